/* Tables of one digit a cell: how they are known, and what becomes of two in a cell. Cells are 50 pixels wide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../pipeline/single_cells.h"
#include "../pipeline/touching.h"

enum { ROWS = 2, COLUMNS = 4, CELL = 50, CANDIDATES_MAX = 12 };

typedef struct bench {
  stage_table table;
  double corners[2 * (ROWS + 1) * (COLUMNS + 1)];
  int places[ROWS * COLUMNS];
  stage_glyph items[CANDIDATES_MAX];
  judge_verdict verdicts[CANDIDATES_MAX];
  size_t count;
} bench;

static void set_up(bench *b) {
  memset(b, 0, sizeof *b);
  for (int i = 0; i < (ROWS + 1) * (COLUMNS + 1); i++) {
    b->corners[2 * i] = CELL * (i % (COLUMNS + 1));
    b->corners[2 * i + 1] = CELL * (i / (COLUMNS + 1));
  }
  for (int i = 0; i < ROWS * COLUMNS; i++) b->places[i] = i;
  b->table = (stage_table){ROWS, COLUMNS, b->corners, b->places};
}

static void add(bench *b, int x, int y, int width, int height, double confidence) {
  stage_glyph *g = &b->items[b->count];
  *g = (stage_glyph){.x = x, .y = y, .width = width, .height = height, .contrast = 100, .stroke_width = 3, .area = 150};
  b->verdicts[b->count++] =
      (judge_verdict){.glyph = {.text = "3", .confidence = confidence}, .decision = JUDGE_ACCEPTED};
}

static void weigh(bench *b) {
  const stage_tables tables = {&b->table, 1};
  const stage_glyphs glyphs = {b->items, b->count, CANDIDATES_MAX};
  assert_int_equal(judge_cells(&tables, &glyphs, b->verdicts), SHIM_OK);
}

static void settle(bench *b) {
  const stage_tables tables = {&b->table, 1};
  const stage_glyphs glyphs = {b->items, b->count, CANDIDATES_MAX};
  assert_int_equal(judge_single_cells(&tables, &glyphs, b->verdicts), SHIM_OK);
}

/* A digit in the middle of each of the first `count` cells. */
static void fill(bench *b, int count) {
  for (int i = 0; i < count; i++) add(b, CELL * (i % COLUMNS) + 15, CELL * (i / COLUMNS) + 10, 20, 30, 0.99);
}

static void test_single_digits_are_known(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  fill(&b, 6);
  weigh(&b);
  for (size_t i = 0; i < b.count; i++) assert_true(b.verdicts[i].one_a_cell && b.verdicts[i].in_singles);
  set_up(&b);
  fill(&b, 6);
  add(&b, 120, 70, 8, 10, 0.9);                 /* low for a digit of its cell */
  add(&b, CELL * COLUMNS + 9, 10, 20, 30, 0.9); /* beside the table */
  weigh(&b);
  assert_true(!b.verdicts[6].in_cell && b.verdicts[6].in_singles && !b.verdicts[7].in_singles);
  set_up(&b);
  fill(&b, 4); /* too few to tell */
  weigh(&b);
  for (size_t i = 0; i < b.count; i++) assert_false(b.verdicts[i].one_a_cell);
  set_up(&b);
  for (int i = 0; i < 6; i++) /* two in every cell */
    for (int k = 0; k < 2; k++) add(&b, CELL * (i % COLUMNS) + 5 + 20 * k, CELL * (i / COLUMNS) + 10, 17, 30, 0.99);
  weigh(&b);
  for (size_t i = 0; i < b.count; i++) assert_false(b.verdicts[i].one_a_cell);
}

/* A table over words, or of words, says nothing about what looks like a digit in it; one word in it is no matter. */
static void test_cells_of_words_are_no_digits(void **state) {
  (void)state;
  for (int words = 1; words <= 7; words += 6) {
    bench b;
    set_up(&b);
    fill(&b, 8);
    for (int i = 0; i < words; i++) b.verdicts[i].glyph.confidence = 0.001;
    b.verdicts[7].glyph.confidence = 0.6;
    weigh(&b);
    assert_int_equal(b.verdicts[7].in_cell, words == 1);
    assert_true(words == 1 ? b.verdicts[7].glyph.confidence > 0.8 : b.verdicts[7].glyph.confidence == 0.6);
  }
}

static void test_the_best_of_a_cell_stays(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  fill(&b, 8);
  weigh(&b);
  add(&b, 2, 30, 8, 18, 0.6); /* a scrap of the frame in the first cell */
  settle(&b);
  for (size_t i = 0; i < 8; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
  assert_int_equal(b.verdicts[8].decision, JUDGE_REJECTED);
  assert_string_equal(b.verdicts[8].glyph.reason, "cell");
}

static void test_what_hangs_over_into_a_free_cell_stays(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  fill(&b, 6); /* the lower right two are free */
  weigh(&b);
  add(&b, 84, 70, 28, 28, 0.99); /* mostly in the second cell below, which has its digit, reaching into the third */
  settle(&b);
  for (size_t i = 0; i < b.count; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
}

/* Where a line between two cells was overlooked, a digit in each is no scrap. */
static void test_joined_cells_keep_their_digits(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  b.places[6] = b.places[7] = 6;
  fill(&b, 8);
  weigh(&b);
  settle(&b);
  for (size_t i = 0; i < b.count; i++) assert_int_equal(b.verdicts[i].decision, JUDGE_ACCEPTED);
}

static void test_a_cell_s_digit_is_not_cut(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  fill(&b, 6);
  b.verdicts[2].glyph.confidence = 0.5;
  assert_true(touching_is_suspect(&b.items[2], &b.verdicts[2]));
  weigh(&b);
  b.verdicts[2].glyph.confidence = 0.5;
  assert_false(touching_is_suspect(&b.items[2], &b.verdicts[2]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_single_digits_are_known),
      cmocka_unit_test(test_cells_of_words_are_no_digits),
      cmocka_unit_test(test_the_best_of_a_cell_stays),
      cmocka_unit_test(test_what_hangs_over_into_a_free_cell_stays),
      cmocka_unit_test(test_joined_cells_keep_their_digits),
      cmocka_unit_test(test_a_cell_s_digit_is_not_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
