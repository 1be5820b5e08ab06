/* What is a digit and what is not, decided from made-up candidates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../pipeline/judge.h"

enum { CANDIDATES_MAX = 8, PAGE_SIDE = 1000 };

typedef struct bench {
  stage_glyph items[CANDIDATES_MAX];
  judge_verdict verdicts[CANDIDATES_MAX];
  size_t count;
  int is_clean; /* the page holds hardly anything but digits */
} bench;

/* A candidate in page pixels, its stroke a tenth of its height. */
static void add(bench *b, int x, int y, int width, int height, double contrast, char digit, double confidence) {
  stage_glyph *g = &b->items[b->count];
  *g = (stage_glyph){.x = x, .y = y, .width = width, .height = height, .contrast = contrast};
  g->area = 0.2 * width * height;
  g->stroke_width = 0.1 * height;
  b->verdicts[b->count] = (judge_verdict){.glyph = {.text = {digit}, .confidence = confidence}};
  b->count++;
}

static void judge(bench *b, size_t single_count, const size_t *pairs) {
  const stage_glyphs glyphs = {b->items, b->count, CANDIDATES_MAX};
  assert_int_equal(judge_page(&glyphs, single_count, b->count, pairs, PAGE_SIDE, b->is_clean ? 0.1 : 1, b->verdicts),
                   SHIM_OK);
}

/* Three sure digits of 60 pixels. */
static bench ordinary_page(void) {
  bench b = {.count = 0};
  add(&b, 100, 100, 40, 60, 100, '3', 0.99);
  add(&b, 160, 100, 40, 60, 100, '5', 0.98);
  add(&b, 220, 100, 40, 60, 100, '8', 0.97);
  return b;
}

static void expect_last(double scale, double contrast, char digit, double confidence, judge_decision wanted) {
  bench b = ordinary_page();
  add(&b, 400, 400, (int)(40 * scale), (int)(60 * scale), contrast, digit, confidence);
  judge(&b, b.count, NULL);
  for (size_t i = 0; i < 3; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
  assert_int_equal(b.verdicts[3].decision, wanted);
}

static void test_company_decides(void **state) {
  (void)state;
  expect_last(1, 100, '4', 0.99, JUDGE_ACCEPTED);
  expect_last(1, 100, '4', 0.40, JUDGE_REJECTED);   /* the network does not know it */
  expect_last(1, 20, '4', 0.99, JUDGE_REJECTED);    /* show-through */
  expect_last(0.3, 100, '4', 0.99, JUDGE_ACCEPTED); /* small, but plainly a digit */
  expect_last(0.3, 100, '4', 0.80, JUDGE_REJECTED);
  expect_last(0.2, 100, '1', 0.99, JUDGE_REJECTED); /* dust */
  expect_last(0.1, 100, '4', 0.99, JUDGE_REJECTED);
  expect_last(4, 100, '4', 0.99, JUDGE_ACCEPTED);
  expect_last(4, 50, '4', 0.85, JUDGE_REJECTED); /* large and faint: a shadow */
}

/* On a page that holds digits alone, small ones need not be sure. */
static void test_small_digits_of_clean_pages(void **state) {
  (void)state;
  bench b = ordinary_page();
  b.is_clean = 1;
  add(&b, 400, 400, 12, 18, 100, '4', 0.8);
  add(&b, 500, 400, 8, 12, 100, '1', 0.8);
  add(&b, 600, 400, 12, 18, 40, '4', 0.8); /* show-through */
  judge(&b, b.count, NULL);
  assert_int_equal(b.verdicts[3].decision, JUDGE_ACCEPTED);
  assert_int_equal(b.verdicts[4].decision, JUDGE_ACCEPTED);
  assert_int_equal(b.verdicts[5].decision, JUDGE_REJECTED);
}

/* Dust that the network knows as no digit may not be brought back by its context. */
static void test_doubtful_dust_is_dust(void **state) {
  (void)state;
  bench b = ordinary_page();
  add(&b, 400, 100, 40, 60, 100, '4', 0.4);
  add(&b, 500, 100, 5, 6, 100, '4', 0.4);
  judge(&b, b.count, NULL);
  assert_true(judge_doubts_shape(&b.verdicts[3]));
  assert_false(judge_doubts_shape(&b.verdicts[4]));
}

static void test_one_digit_outweighs_many_specks(void **state) {
  (void)state;
  bench b = {.count = 0};
  add(&b, 200, 200, 300, 500, 100, '6', 0.99);
  for (int i = 0; i < 6; i++) add(&b, 20 + 30 * i, 900, 6, 14, 60, '8', 0.95);
  judge(&b, b.count, NULL);
  assert_int_equal(b.verdicts[0].decision, JUDGE_ACCEPTED);
  for (size_t i = 1; i < b.count; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_REJECTED);
}

/* Digits of 16 pixels in faint ink: several sure ones bear each other out, one alone is dust. */
static void test_faint_writing_is_no_dust(void **state) {
  (void)state;
  bench b = {.count = 0};
  for (int i = 0; i < 4; i++) add(&b, 100 + 20 * i, 100, 12, 16, 20, (char)('2' + i), 0.96);
  add(&b, 180, 100, 12, 16, 20, '7', 0.7);
  judge(&b, b.count, NULL);
  for (size_t i = 0; i < b.count; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
  bench grain = {.count = 0};
  add(&grain, 100, 100, 12, 16, 20, '5', 0.96);
  for (int i = 0; i < 6; i++) add(&grain, 50 + 100 * i, 400, 12, 16, 20, i % 2 ? '0' : '1', 0.96);
  judge(&grain, grain.count, NULL);
  for (size_t i = 0; i < grain.count; i++) assert_int_equal(grain.verdicts[i].decision, JUDGE_REJECTED);
}

static void test_a_dash_is_no_digit(void **state) {
  (void)state;
  bench b = ordinary_page();
  add(&b, 400, 120, 60, 20, 100, '7', 0.99);
  judge(&b, b.count, NULL);
  assert_int_equal(b.verdicts[3].decision, JUDGE_REJECTED);
}

static void test_a_container_is_no_digit(void **state) {
  (void)state;
  bench b = ordinary_page();
  add(&b, 50, 50, 300, 200, 100, '0', 0.99);
  judge(&b, b.count, NULL);
  for (size_t i = 0; i < 3; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
  assert_int_equal(b.verdicts[3].decision, JUDGE_REJECTED);
}

static void test_lonely_marks_are_dust(void **state) {
  (void)state;
  bench b = {.count = 0};
  add(&b, 500, 500, 8, 14, 100, '7', 0.99);
  add(&b, 700, 200, 4, 40, 100, '1', 0.99);
  judge(&b, b.count, NULL);
  assert_int_equal(b.verdicts[0].decision, JUDGE_REJECTED);
  assert_int_equal(b.verdicts[1].decision, JUDGE_REJECTED);
  bench line = {.count = 0}; /* but a line of small digits is none */
  for (int i = 0; i < 5; i++) add(&line, 500 + 12 * i, 500, 8, 14, 100, '7', 0.99);
  judge(&line, line.count, NULL);
  for (size_t i = 0; i < line.count; i++) assert_int_equal(line.verdicts[i].decision, JUDGE_ACCEPTED);
}

static void expect_join(double whole, double upper, double lower, int stands) {
  const size_t pairs[] = {3, 4};
  bench b = ordinary_page();
  add(&b, 400, 100, 40, 12, 100, '7', upper);
  add(&b, 400, 114, 40, 46, 100, '5', lower);
  add(&b, 400, 100, 40, 60, 100, '5', whole);
  judge(&b, 5, pairs);
  assert_int_equal(b.verdicts[5].decision, stands ? JUDGE_ACCEPTED : JUDGE_REPLACED);
  assert_int_equal(b.verdicts[4].decision, stands ? JUDGE_REPLACED : JUDGE_ACCEPTED);
}

static void test_joins_stand_by_the_network(void **state) {
  (void)state;
  expect_join(0.99, 0.5, 0.9, 1);
  expect_join(0.60, 0.5, 0.9, 0);  /* not sure enough */
  expect_join(0.80, 0.9, 0.95, 0); /* the pieces read better */
}

static void test_reading_of_probabilities(void **state) {
  (void)state;
  const char *const names[] = {"0", "none", "2", "3", "4", "5", "6"};
  const float probabilities[] = {0.1f, 0.3f, 0.05f, 0.4f, 0.08f, 0.04f, 0.03f};
  glyph_glyph glyph;
  judge_read(names, 7, probabilities, &glyph);
  assert_string_equal(glyph.text, "3");
  assert_true(glyph.confidence > 0.399 && glyph.confidence < 0.401); /* none's share is nobody's */
  assert_int_equal(glyph.alternative_count, 4);
  const char *const wanted[] = {"0", "4", "2", "5"};
  for (size_t i = 0; i < 4; i++) assert_string_equal(glyph.alternatives[i].text, wanted[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_company_decides),
      cmocka_unit_test(test_small_digits_of_clean_pages),
      cmocka_unit_test(test_doubtful_dust_is_dust),
      cmocka_unit_test(test_one_digit_outweighs_many_specks),
      cmocka_unit_test(test_faint_writing_is_no_dust),
      cmocka_unit_test(test_a_dash_is_no_digit),
      cmocka_unit_test(test_a_container_is_no_digit),
      cmocka_unit_test(test_lonely_marks_are_dust),
      cmocka_unit_test(test_joins_stand_by_the_network),
      cmocka_unit_test(test_reading_of_probabilities),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
