/* Cells that a table's overlooked lines have joined: parted where each place holds a digit of its own, kept where a
 * number goes over several. Cells are 50 pixels wide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../pipeline/cells.h"

enum { ROWS = 3, COLUMNS = 5, PLACES = ROWS * COLUMNS, CELL = 50, BOXES_MAX = 20 };

typedef struct bench {
  stage_tables tables;
  stage_box boxes[BOXES_MAX];
  size_t count;
} bench;

static void set_up(bench *b) {
  stage_table *table = calloc(1, sizeof *table);
  assert_non_null(table);
  *table = (stage_table){ROWS, COLUMNS, malloc(2 * (ROWS + 1) * (COLUMNS + 1) * sizeof(double)),
                         malloc(PLACES * sizeof(int))};
  assert_true(table->corners && table->cells);
  for (int i = 0; i < (ROWS + 1) * (COLUMNS + 1); i++) {
    table->corners[2 * i] = CELL * (i % (COLUMNS + 1));
    table->corners[2 * i + 1] = CELL * (i / (COLUMNS + 1));
  }
  for (int i = 0; i < PLACES; i++) table->cells[i] = i;
  *b = (bench){.tables = {table, 1}};
}

/* A digit of 20 x 34 pixels in a place, so far off its middle. */
static void add(bench *b, int place, double right, double down) {
  b->boxes[b->count++] =
      (stage_box){CELL * (place % COLUMNS) + 15 + right, CELL * (place / COLUMNS) + 8 + down, 20, 34};
}

/* Arranges them; how many different places the boxes from `first` on are in. */
static int places_of(bench *b, size_t first) {
  size_t order[BOXES_MAX];
  cells_item items[BOXES_MAX];
  int places = 0;
  assert_int_equal(cells_arrange(&b->tables, 0, b->boxes, b->count, order, items, NULL), SHIM_OK);
  for (size_t i = first; i < b->count; i++) {
    int known = 0;
    assert_int_equal(items[i].table, 0);
    for (size_t k = first; k < i; k++) known |= items[k].place == items[i].place;
    places += !known;
  }
  stage_tables_free(&b->tables);
  return places;
}

/* Of a digit a cell, those that lean over the line that was overlooked do not stand in one cell. */
static void test_single_digits_are_parted(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  b.tables.items[0].cells[7] = 2; /* below each other */
  for (int place = 0; place < PLACES; place++)
    if (place != 2 && place != 7) add(&b, place, 0, 0);
  const size_t first = b.count;
  add(&b, 2, 0, 6);
  add(&b, 7, 0, -6);
  assert_int_equal(places_of(&b, first), 2);
}

static void test_a_number_keeps_its_cell(void **state) {
  (void)state;
  bench b;
  set_up(&b);
  for (int place = 0; place < COLUMNS; place++) b.tables.items[0].cells[place] = 0;
  for (int place = COLUMNS; place < PLACES; place++) add(&b, place, 0, 0);
  const size_t first = b.count;
  for (int i = 0; i < 4; i++) add(&b, 0, 60 + 24 * i, 0); /* across the lines of the row below */
  assert_int_equal(places_of(&b, first), 1);
  set_up(&b); /* two lines of writing in a cell, in a table of numbers */
  b.tables.items[0].cells[7] = 2;
  for (int i = 0; i < 10; i++) add(&b, 10 + i / 2, i % 2 ? 11 : -11, 0);
  const size_t second = b.count;
  add(&b, 2, 0, 6);
  add(&b, 7, 0, -6);
  assert_int_equal(places_of(&b, second), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_single_digits_are_parted),
      cmocka_unit_test(test_a_number_keeps_its_cell),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
