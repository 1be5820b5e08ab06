/* What a sudoku's rule does to doubtful digits, to plain ones, and to tables that are none. Cells are 50 pixels wide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/sudoku.h"

enum { SIDE = 9, PLACES = SIDE * SIDE, CELL = 50 };

typedef struct bench {
  stage_table table;
  double corners[2 * (SIDE + 1) * (SIDE + 1)];
  int places[PLACES];
  stage_glyph items[PLACES];
  judge_verdict verdicts[PLACES];
} bench;

static const char solved[] = "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

/* The digits, each nearly sure, in the middle of its cell. */
static void set_up(bench *b, const char *digits) {
  memset(b, 0, sizeof *b);
  for (int i = 0; i < (SIDE + 1) * (SIDE + 1); i++) {
    b->corners[2 * i] = CELL * (i % (SIDE + 1));
    b->corners[2 * i + 1] = CELL * (i / (SIDE + 1));
  }
  b->table = (stage_table){SIDE, SIDE, b->corners, b->places};
  for (int i = 0; i < PLACES; i++) {
    b->places[i] = i;
    b->items[i] = (stage_glyph){.x = CELL * (i % SIDE) + 15, .y = CELL * (i / SIDE) + 10, .width = 20, .height = 30};
    b->verdicts[i] = (judge_verdict){.glyph = {.text = {digits[i]}, .confidence = 0.98},
                                     .decision = JUDGE_ACCEPTED,
                                     .in_cell = 1,
                                     .one_a_cell = 1,
                                     .in_singles = 1};
  }
}

/* Reads the place as `text`, or else as `other`. */
static void read_as(bench *b, int place, char text, double confidence, char other, double less) {
  glyph_glyph *g = &b->verdicts[place].glyph;
  *g = (glyph_glyph){.text = {text}, .confidence = confidence, .alternative_count = 2};
  g->alternatives[0] = (glyph_alternative){{other}, less};
  g->alternatives[1] = (glyph_alternative){"0", less / 4};
}

static void judge(bench *b) {
  const stage_tables tables = {&b->table, 1};
  const stage_glyphs glyphs = {b->items, PLACES, PLACES};
  judge_sudokus(&tables, &glyphs, b->verdicts);
}

static void test_doubtful_digits_heed_the_others(void **state) {
  (void)state;
  bench b;
  set_up(&b, solved);
  read_as(&b, 40, '9', 0.80, solved[40], 0.15);
  read_as(&b, 8, '7', 0.55, solved[8], 0.40);
  b.verdicts[8].in_cell = 0; /* too small or too wide for a digit of its cell, and yet it is one */
  b.verdicts[8].one_a_cell = 0;
  judge(&b);
  for (int i = 0; i < PLACES; i++) assert_int_equal(b.verdicts[i].glyph.text[0], solved[i]);
  const glyph_glyph *g = &b.verdicts[40].glyph;
  assert_true(g->confidence > 0.85 && g->confidence <= 0.80 + 0.15 + 0.15 / 4); /* of being a digit, as before */
  assert_string_equal(g->alternatives[0].text, "9");
  assert_true(g->alternatives[0].confidence >= g->alternatives[1].confidence);
}

/* Who fills a sudoku in makes mistakes, and they are what stands there. */
static void test_what_is_plainly_written_stays(void **state) {
  (void)state;
  bench b;
  set_up(&b, solved);
  read_as(&b, 40, '9', 0.9995, solved[40], 0.0004);
  judge(&b);
  assert_string_equal(b.verdicts[40].glyph.text, "9");
}

static void test_few_clues_are_enough(void **state) {
  (void)state;
  bench b;
  set_up(&b, solved);
  for (int i = 0; i < PLACES; i++)
    if (i % 3 && i != 40) b.verdicts[i].decision = JUDGE_REJECTED;
  read_as(&b, 36, '7', 0.80, solved[36], 0.15);
  judge(&b);
  assert_int_equal(b.verdicts[36].glyph.text[0], solved[36]);
}

/* A misread 9 is the likelier, where a 0 seems to stand. */
static void test_no_sudoku_has_a_zero(void **state) {
  (void)state;
  bench b;
  set_up(&b, solved);
  read_as(&b, 40, '0', 0.99, solved[40], 0.004);
  judge(&b);
  assert_int_equal(b.verdicts[40].glyph.text[0], solved[40]);
}

/* What may stand in an empty place the others tell, and they turn a doubtful reading of it. */
static void test_empty_places_have_their_chances(void **state) {
  (void)state;
  bench b;
  const stage_tables tables = {&b.table, 1};
  const stage_glyphs glyphs = {b.items, PLACES, PLACES};
  double chances[SUDOKU_PLACES][SUDOKU_DIGITS];
  set_up(&b, solved);
  b.verdicts[40].decision = JUDGE_REJECTED;
  assert_true(judge_sudoku_chances(&tables, 0, &glyphs, b.verdicts, chances));
  for (int place = 0; place < PLACES; place++) {
    double sum = 0;
    for (int d = 0; d < SUDOKU_DIGITS; d++) sum += chances[place][d];
    assert_true(sum > 0.999 && sum < 1.001);
    assert_true(chances[place][solved[place] - '0'] > 0.8);
  }
  glyph_glyph reading = {.text = "9", .confidence = 0.3, .alternatives = {{{solved[40]}, 0.2}}, .alternative_count = 1};
  sudoku_weigh_reading(chances[40], &reading);
  assert_int_equal(reading.text[0], solved[40]);
  assert_true(reading.confidence > 0.7 && reading.confidence < 1);
  for (int i = 0; i < PLACES; i++) b.verdicts[i].glyph.text[0] = (char)('1' + i * i % 7);
  assert_false(judge_sudoku_chances(&tables, 0, &glyphs, b.verdicts, chances));
}

/* A table of numbers repeats digits; it keeps them all, and so does one of another size. */
static void test_other_tables_are_left_alone(void **state) {
  (void)state;
  bench b;
  char digits[PLACES + 1] = "";
  for (int i = 0; i < PLACES; i++) digits[i] = (char)('1' + i * i % 7);
  set_up(&b, digits);
  read_as(&b, 40, '9', 0.60, '8', 0.35);
  judge(&b);
  for (int i = 0; i < PLACES; i++)
    if (i != 40) assert_true(b.verdicts[i].glyph.text[0] == digits[i] && b.verdicts[i].glyph.confidence == 0.98);
  assert_true(b.verdicts[40].glyph.confidence == 0.60);
  set_up(&b, solved);
  b.table.rows = SIDE - 1;
  read_as(&b, 40, '9', 0.60, solved[40], 0.35);
  judge(&b);
  assert_string_equal(b.verdicts[40].glyph.text, "9");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_doubtful_digits_heed_the_others),
      cmocka_unit_test(test_what_is_plainly_written_stays),
      cmocka_unit_test(test_no_sudoku_has_a_zero),
      cmocka_unit_test(test_empty_places_have_their_chances),
      cmocka_unit_test(test_few_clues_are_enough),
      cmocka_unit_test(test_other_tables_are_left_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
