/* End to end on generated pages with exact truth: for every condition the share of digits read right, the boxes, and
 * nothing at all on blank pages. glyphlift-page-report prints the same figures for any number of pages and keeps those
 * that fail. The floors are what the reader reached, less a margin of about two digits a condition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generator/conditions.h"
#include "generator/score.h"

typedef struct expectation {
  const char *condition;
  int seeds;
  double f1, boxes; /* boxes: share of digits whose box is found with an overlap of at least a half */
  double overlap;   /* mean IoU of the boxes */
} expectation;

static const expectation expectations[] = {
    {"plain", 4, 0.95, 0.98, 0.95},    {"shadow", 4, 0.95, 0.98, 0.95},  {"dim", 4, 0.95, 0.98, 0.95},
    {"colored", 4, 0.95, 0.98, 0.95},  {"pencil", 4, 0.95, 0.98, 0.95},  {"marker", 8, 0.95, 0.98, 0.9},
    {"unfocused", 4, 0.95, 0.98, 0.8}, {"small", 4, 0.9, 0.95, 0.8},     {"board", 4, 0.95, 0.98, 0.9},
    {"dirty", 4, 0.95, 0.98, 0.95},    {"edge", 4, 0.95, 0.98, 0.95},    {"tilted", 4, 0.95, 0.98, 0.95},
    {"behind", 4, 0.95, 0.98, 0.95},   {"folded", 4, 0.95, 0.98, 0.95},  {"mixed", 6, 0.9, 0.95, 0.9},
    {"photo", 2, 0.9, 0.95, 0.9},      {"scattered", 3, 0.9, 0.95, 0.9}, {"blank", 4, 1, 0, 0},
    {"blank-shadow", 6, 1, 0, 0},      {"blank-edge", 6, 1, 0, 0},       {"blank-dirty", 6, 1, 0, 0},
    {"blank-dim", 4, 1, 0, 0},
};
enum { EXPECTATIONS = sizeof expectations / sizeof *expectations };

static glyph_reader *reader;

static int open_reader(void **state) {
  (void)state;
  glyph_error error;
  if (glyph_reader_open(&reader, NULL, &error) == GLYPH_OK) return 0;
  print_error("%s\n", error.message);
  return -1;
}

static int close_reader(void **state) {
  (void)state;
  glyph_reader_close(&reader);
  return 0;
}

static void condition_is_read(void **state) {
  const expectation *expected = *state;
  const page_condition *condition = page_condition_find(expected->condition);
  page_score score = {0};
  assert_non_null(condition);
  for (uint64_t seed = 1; seed <= (uint64_t)expected->seeds; seed++) {
    page_spec spec;
    glyph_error error;
    page_condition_spec(condition, seed, &spec);
    assert_int_equal(page_score_spec(reader, &spec, &score, NULL, &error), 0);
  }
  double digits = score.digits ? (double)score.digits : 1;
  print_message("%-13s %3zu digits, %3zu read: F1 %.4f, boxes %.3f, IoU %.3f, pages wholly right %zu of %zu\n",
                expected->condition, score.digits, score.read, page_score_f1(&score), score.boxes / digits,
                score.overlap / digits, score.pages_right, score.pages);
  assert_int_equal(score.digits == 0, condition->is_blank);
  assert_true(page_score_f1(&score) >= expected->f1);
  assert_true(score.boxes / digits >= expected->boxes);
  assert_true(score.overlap / digits >= expected->overlap);
}

static void every_condition_is_expected(void **state) {
  (void)state;
  for (size_t i = 0; i < page_condition_count; i++) {
    int found = 0;
    for (int k = 0; k < EXPECTATIONS; k++) found |= !strcmp(expectations[k].condition, page_conditions[i].name);
    if (!found) fail_msg("%s has no expectation", page_conditions[i].name);
  }
}

int main(void) {
  struct CMUnitTest tests[EXPECTATIONS + 1];
  for (int i = 0; i < EXPECTATIONS; i++)
    tests[i] = (struct CMUnitTest){expectations[i].condition, condition_is_read, NULL, NULL,
                                   (void *)(uintptr_t)&expectations[i]};
  tests[EXPECTATIONS] = (struct CMUnitTest)cmocka_unit_test(every_condition_is_expected);
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
