/* Which reading of a number is chosen, from made-up glyphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../pipeline/expect.h"

typedef struct number {
  glyph_glyph glyphs[EXPECTATION_GLYPHS_MAX + 1];
  size_t count;
} number;

static void add(number *n, char text, double confidence, char other, double other_confidence) {
  glyph_glyph *g = &n->glyphs[n->count++];
  *g = (glyph_glyph){.text = {text}, .confidence = confidence};
  if (!other) return;
  g->alternatives[0] = (glyph_alternative){{other}, other_confidence};
  g->alternative_count = 1;
}

/* 4 (or 9), 1 (or 7), 5 that may be nothing. */
static number ordinary(void) {
  number n = {.count = 0};
  add(&n, '4', 0.9, '9', 0.1);
  add(&n, '1', 0.6, '7', 0.4);
  add(&n, '5', 0.7, 0, 0);
  return n;
}

static int choose(number *n, const char *pattern, int digits, char *text) {
  expectation *e;
  glyph_error error;
  glyph_glyph *glyphs[EXPECTATION_GLYPHS_MAX + 1];
  unsigned char dropped[EXPECTATION_GLYPHS_MAX + 1];
  int fits;
  for (size_t i = 0; i < n->count; i++) glyphs[i] = &n->glyphs[i];
  assert_int_equal(expectation_open(&e, pattern, digits, &error), GLYPH_OK);
  assert_int_equal(expectation_choose(e, glyphs, n->count, dropped, &fits), GLYPH_OK);
  expectation_close(&e);
  assert_null(e);
  *text = '\0';
  for (size_t i = 0; i < n->count; i++)
    if (!dropped[i]) strcat(text, n->glyphs[i].text);
  return fits;
}

static void expect(const char *pattern, int digits, int fits, const char *wanted) {
  char text[64];
  number n = ordinary();
  assert_int_equal(choose(&n, pattern, digits, text), fits);
  assert_string_equal(text, wanted);
}

static void test_the_likeliest_that_fits(void **state) {
  (void)state;
  expect("[0-9]+", 0, 1, "415");
  expect("[0-9]7[0-9]", 0, 1, "475");
  expect("9.*", 0, 1, "915");
  expect("9.*7.", 0, 1, "975");
  expect("4[0-9]", 0, 1, "41"); /* the 5 may be no digit */
  expect("[0-9]{2}", 0, 1, "41");
  expect("47|48", 0, 1, "47");
}

static void test_the_whole_number_must_fit(void **state) {
  (void)state;
  expect("1", 0, 0, "415");
  expect("4|5", 0, 0, "415");
  expect("6.*", 0, 0, "415");
}

static void test_digits_are_counted(void **state) {
  (void)state;
  expect(NULL, 3, 1, "415");
  expect(NULL, 2, 1, "41");
  expect(NULL, 4, 0, "415");
  expect("[0-9]7.*", 2, 1, "47");
  number n = {.count = 0};
  char text[64];
  add(&n, '1', 0.9, 0, 0);
  add(&n, '.', 0.95, 0, 0);
  add(&n, '5', 0.99, 0, 0);
  assert_true(choose(&n, NULL, 2, text));
  assert_string_equal(text, "1.5");
}

static void test_what_was_read_stays_an_alternative(void **state) {
  (void)state;
  number n = ordinary();
  char text[64];
  assert_true(choose(&n, ".7.", 0, text));
  assert_string_equal(n.glyphs[1].text, "7");
  assert_true(n.glyphs[1].confidence == 0.4);
  assert_string_equal(n.glyphs[1].alternatives[0].text, "1");
  assert_true(n.glyphs[1].alternatives[0].confidence == 0.6);
}

static void test_long_numbers_stay(void **state) {
  (void)state;
  number n = {.count = 0};
  char text[EXPECTATION_GLYPHS_MAX + 2];
  for (int i = 0; i <= EXPECTATION_GLYPHS_MAX; i++) add(&n, '8', 0.9, '3', 0.1);
  assert_false(choose(&n, "3*", 0, text));
  n.count = EXPECTATION_GLYPHS_MAX; /* too many readings to try them all: it gives up */
  assert_false(choose(&n, "3*", 0, text));
}

static void test_bad_patterns(void **state) {
  (void)state;
  static const char *const bad[] = {"[0-9", "(", "*{", "a{2,1}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    expectation *e;
    glyph_error error = {0};
    assert_int_equal(expectation_open(&e, bad[i], 0, &error), GLYPH_ERR_ARGUMENT);
    assert_null(e);
    assert_non_null(strstr(error.message, bad[i]));
  }
  expectation *e;
  assert_int_equal(expectation_open(&e, NULL, -1, NULL), GLYPH_ERR_ARGUMENT);
  assert_int_equal(expectation_open(&e, NULL, 0, NULL), GLYPH_OK);
  assert_null(e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_likeliest_that_fits), cmocka_unit_test(test_the_whole_number_must_fit),
      cmocka_unit_test(test_digits_are_counted),      cmocka_unit_test(test_what_was_read_stays_an_alternative),
      cmocka_unit_test(test_long_numbers_stay),       cmocka_unit_test(test_bad_patterns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
