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
#include "shared_reader.h"

typedef struct expectation {
  const char *condition;
  int seeds;
  double f1, boxes;   /* boxes: share of digits whose box is found with an overlap of at least a half */
  double overlap;     /* mean IoU of the boxes */
  size_t pages_right; /* pages with every digit, blank and line as written */
} expectation;

static const expectation expectations[] = {
    {"plain", 4, 0.97, 0.98, 0.96, 3},     {"shadow", 4, 0.97, 0.98, 0.96, 3},    {"dim", 4, 0.96, 0.98, 0.95, 2},
    {"colored", 4, 0.97, 0.98, 0.96, 3},   {"pencil", 4, 0.97, 0.98, 0.95, 3},    {"marker", 8, 0.87, 0.87, 0.85, 7},
    {"unfocused", 4, 0.95, 0.94, 0.84, 2}, {"small", 4, 0.96, 0.96, 0.86, 2},     {"board", 4, 0.97, 0.98, 0.94, 3},
    {"dirty", 4, 0.97, 0.98, 0.96, 3},     {"edge", 4, 0.97, 0.98, 0.95, 2},      {"tilted", 4, 0.97, 0.98, 0.96, 3},
    {"behind", 4, 0.97, 0.98, 0.96, 3},    {"folded", 4, 0.97, 0.98, 0.95, 3},    {"mixed", 6, 0.97, 0.98, 0.95, 4},
    {"photo", 2, 0.94, 0.94, 0.93, 1},     {"scattered", 3, 0.94, 0.95, 0.93, 2}, {"blank", 4, 1, 0, 0, 4},
    {"blank-shadow", 6, 1, 0, 0, 6},       {"blank-edge", 6, 1, 0, 0, 6},         {"blank-dirty", 6, 1, 0, 0, 6},
    {"blank-dim", 4, 1, 0, 0, 4},
};
enum { EXPECTATIONS = sizeof expectations / sizeof *expectations };

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
  assert_true(score.pages_right >= expected->pages_right);
}

/* One digit a picture, from 40 pixels wide up, any pen, on paper or on a board. */
static void single_spec(page_spec *spec, uint64_t seed) {
  random_stream random;
  random_start(&random, seed, 7);
  page_condition_spec(page_condition_find(seed % 4 ? "marker" : "board"), seed, spec);
  spec->width = 40 + random_below(&random, 260);
  spec->height = spec->width * 5 / 4;
  spec->layout.height = 0.7 * spec->height;
  spec->layout.text[0] = (char)('0' + (int)(seed % 10));
  spec->layout.text[1] = '\0';
  spec->pen.width = random_between(&random, 0.06, 0.16);
  spec->camera.blur = 0.5 + spec->width / 300.0;
}

static void single_digits_are_classified(void **state) {
  (void)state;
  enum { PICTURES = 60 };
  int right = 0, placed = 0;
  for (uint64_t seed = 1; seed <= PICTURES; seed++) {
    page_spec spec;
    page_picture picture;
    page_truth truth;
    glyph_page *page;
    glyph_error error;
    single_spec(&spec, seed);
    assert_int_equal(page_draw(&spec, &picture, &truth), 0);
    glyph_pixels pixels = {picture.data, picture.width, picture.height, 3, (ptrdiff_t)picture.width * 3};
    assert_int_equal(glyph_classify_pixels(reader, &pixels, NULL, &page, &error), GLYPH_OK);
    if (page->glyph_count == 1) {
      right += page->glyphs[0].text[0] == truth.glyphs[0].digit;
      placed += page_score_overlap(&truth.glyphs[0], &page->glyphs[0].box) >= 0.7;
    }
    glyph_page_close(&page);
    page_picture_free(&picture);
    page_truth_free(&truth);
  }
  print_message("single digits: %d right, %d boxes of %d\n", right, placed, PICTURES);
  assert_true(right >= PICTURES * 0.93);
  assert_true(placed >= PICTURES * 0.95);
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
  struct CMUnitTest tests[EXPECTATIONS + 2];
  for (int i = 0; i < EXPECTATIONS; i++)
    tests[i] = (struct CMUnitTest){expectations[i].condition, condition_is_read, NULL, NULL,
                                   (void *)(uintptr_t)&expectations[i]};
  tests[EXPECTATIONS] = (struct CMUnitTest)cmocka_unit_test(every_condition_is_expected);
  tests[EXPECTATIONS + 1] = (struct CMUnitTest)cmocka_unit_test(single_digits_are_classified);
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
