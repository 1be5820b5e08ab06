/* Words and numbers of made-up marks: what stands near a mark decides on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../pipeline/context.h"

enum { MARKS_MAX = 400, HEIGHT = 40 };

typedef struct bench {
  stage_glyph items[MARKS_MAX];
  judge_verdict verdicts[MARKS_MAX];
  size_t count;
} bench;

/* A mark of the usual height with its left side at x, as the judge left it: accepted, or rejected for its shape. */
static size_t add(bench *b, int x, int y, char text, double confidence) {
  const size_t i = b->count++;
  b->items[i] = (stage_glyph){.x = x, .y = y, .width = 26, .height = HEIGHT, .contrast = 100};
  b->verdicts[i] = (judge_verdict){.glyph = {.text = {text}, .confidence = confidence}, .decision = JUDGE_ACCEPTED};
  if (confidence >= 0.5) return i;
  b->verdicts[i].decision = JUDGE_REJECTED;
  b->verdicts[i].glyph.reason = "shape";
  return i;
}

/* As many marks side by side as there are signs; '?' is what the network takes for no digit. */
static size_t add_string(bench *b, int x, int y, const char *signs) {
  const size_t first = b->count;
  for (; *signs; signs++, x += 32) add(b, x, y, *signs == '?' ? '6' : *signs, *signs == '?' ? 0.004 : 0.995);
  return first;
}

/* A page of numbers, with a word that gives the context something to decide. */
static bench ordinary_page(void) {
  bench b = {.count = 0};
  for (int line = 0; line < 4; line++) add_string(&b, 100, 100 + 100 * line, "27354");
  add_string(&b, 900, 300, "??");
  return b;
}

static void judge(bench *b) {
  const stage_glyphs glyphs = {b->items, b->count, MARKS_MAX};
  assert_int_equal(context_judge(context_shipped(), &glyphs, b->count, b->verdicts), SHIM_OK);
}

static void expect_all(const bench *b, size_t first, size_t count, judge_decision wanted) {
  for (size_t i = first; i < first + count; i++) assert_int_equal(b->verdicts[i].decision, wanted);
}

static void test_numbers_stand(void **state) {
  (void)state;
  bench b = {.count = 0};
  add_string(&b, 100, 100, "27354");
  add_string(&b, 100, 200, "8");
  add_string(&b, 400, 100, "190");
  judge(&b);
  expect_all(&b, 0, b.count, JUDGE_ACCEPTED);
}

/* Nothing speaks of what stands alone: a narrow 1 is one, dust is not promoted. */
static void test_a_lone_mark_is_left_to_the_judge(void **state) {
  (void)state;
  bench b = {.count = 0};
  add(&b, 500, 500, '1', 0.8);
  b.items[0].width = 4;
  judge(&b);
  assert_int_equal(b.verdicts[0].decision, JUDGE_ACCEPTED);
  assert_true(b.verdicts[0].glyph.confidence == 0.8);
  bench doubted = {.count = 0};
  add(&doubted, 500, 500, '6', 0.45);
  judge(&doubted);
  assert_int_equal(doubted.verdicts[0].decision, JUDGE_REJECTED);
}

/* Little else on the page: two digits bear each other out. */
static void test_a_short_number_alone_is_read(void **state) {
  (void)state;
  bench b = {.count = 0};
  add_string(&b, 100, 100, "42");
  judge(&b);
  expect_all(&b, 0, 2, JUDGE_ACCEPTED);
}

static void test_a_narrow_one_in_a_number_is_read(void **state) {
  (void)state;
  bench b = ordinary_page();
  const size_t one = add(&b, 264, 100, '1', 0.98);
  b.items[one].width = 6;
  judge(&b);
  assert_int_equal(b.verdicts[one].decision, JUDGE_ACCEPTED);
}

/* Some letters look like digits to the network; a page full of words has them in every word. */
static void test_a_page_of_words_has_no_digits(void **state) {
  (void)state;
  bench b = {.count = 0};
  for (int line = 0; line < 8; line++) {
    add_string(&b, 100, 100 + 80 * line, "?5??0?");
    add_string(&b, 340, 100 + 80 * line, "??1?");
    add_string(&b, 540, 100 + 80 * line, "8????9?");
  }
  judge(&b);
  expect_all(&b, 0, b.count, JUDGE_REJECTED);
  assert_string_equal(b.verdicts[1].glyph.reason, "context");
  assert_string_equal(b.verdicts[0].glyph.reason, "shape");
}

static void test_a_word_beside_numbers_is_rejected(void **state) {
  (void)state;
  bench b = {.count = 0};
  for (int line = 0; line < 4; line++) add_string(&b, 100, 100 + 100 * line, "27354");
  const size_t word = add_string(&b, 900, 300, "??????");
  b.verdicts[word + 2] = (judge_verdict){.glyph = {.text = "5", .confidence = 0.9}, .decision = JUDGE_ACCEPTED};
  judge(&b);
  expect_all(&b, 0, word, JUDGE_ACCEPTED);
  expect_all(&b, word, 6, JUDGE_REJECTED);
}

static void test_an_unsure_digit_in_a_number_is_read(void **state) {
  (void)state;
  bench b = {.count = 0};
  for (int line = 0; line < 4; line++) add_string(&b, 100, 100 + 100 * line, "27354");
  const size_t unsure = add(&b, 260, 100, '6', 0.42);
  judge(&b);
  assert_int_equal(b.verdicts[unsure].decision, JUDGE_ACCEPTED);
  assert_null(b.verdicts[unsure].glyph.reason);
}

/* What the network is less sure of is never surer afterwards, in the same company. */
static void test_more_network_means_more_confidence(void **state) {
  (void)state;
  double before = 0;
  for (int step = 1; step < 20; step++) {
    bench b = ordinary_page();
    const size_t last = add(&b, 264, 100, '6', step / 20.0);
    judge(&b);
    assert_true(b.verdicts[last].glyph.confidence >= before);
    before = b.verdicts[last].glyph.confidence;
  }
}

static void test_cells_are_left_alone(void **state) {
  (void)state;
  bench b = {.count = 0};
  add_string(&b, 100, 100, "?1??1???");
  for (size_t i = 0; i < b.count; i++) {
    b.verdicts[i].in_cell = i % 2;
    b.verdicts[i].in_singles = i % 2 == 0;
  }
  const bench before = b;
  judge(&b);
  for (size_t i = 0; i < b.count; i++) {
    assert_int_equal(b.verdicts[i].decision, before.verdicts[i].decision);
    assert_true(b.verdicts[i].glyph.confidence == before.verdicts[i].glyph.confidence);
  }
}

static void test_an_empty_page(void **state) {
  (void)state;
  bench b = {.count = 0};
  judge(&b);
}

/* Probabilities stay such: the best reading and its alternatives together are at most 1. */
static void test_alternatives_share_what_is_left(void **state) {
  (void)state;
  bench b = ordinary_page();
  const size_t torn = add(&b, 264, 100, '6', 0.55);
  glyph_glyph *reading = &b.verdicts[torn].glyph;
  reading->alternative_count = 2;
  reading->alternatives[0] = (glyph_alternative){"0", 0.4};
  reading->alternatives[1] = (glyph_alternative){"8", 0.04};
  judge(&b);
  const double others = reading->alternatives[0].confidence + reading->alternatives[1].confidence;
  assert_int_equal(b.verdicts[torn].decision, JUDGE_ACCEPTED);
  assert_true(reading->confidence + others <= 1);
  assert_true(reading->confidence >= reading->alternatives[0].confidence);
  assert_true(reading->alternatives[0].confidence > reading->alternatives[1].confidence);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_stand),
      cmocka_unit_test(test_a_lone_mark_is_left_to_the_judge),
      cmocka_unit_test(test_a_short_number_alone_is_read),
      cmocka_unit_test(test_a_narrow_one_in_a_number_is_read),
      cmocka_unit_test(test_a_page_of_words_has_no_digits),
      cmocka_unit_test(test_a_word_beside_numbers_is_rejected),
      cmocka_unit_test(test_an_unsure_digit_in_a_number_is_read),
      cmocka_unit_test(test_more_network_means_more_confidence),
      cmocka_unit_test(test_cells_are_left_alone),
      cmocka_unit_test(test_an_empty_page),
      cmocka_unit_test(test_alternatives_share_what_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
