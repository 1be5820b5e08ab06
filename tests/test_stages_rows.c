/* Rows of boxes for a digit each, some of whose lines are too faint to be followed, on drawn pictures. */
#include "grid.h"
#include "generator/random.h"

#include <math.h>

#include "../pipeline/stages/stages.h"

enum { WIDTH = 640, HEIGHT = 640, LEFT = 60, TOP = 80, PITCH = 60, PEN = 2, GRAINS = 8 };
enum { PLAIN = 90, FAINT = 208 };

typedef struct row {
  const char *lines; /* 'x' plain to see, '.' too faint to be followed, ' ' none */
  int height, columns, seen_to;
} row;

static void add_grain(shim_image *image) {
  random_stream random;
  random_start(&random, 7, 0);
  for (int i = 0; i < (int)image->stride * image->height; i++)
    image->data[i] = (uint8_t)(image->data[i] - random_below(&random, GRAINS + 1));
}

/* From left to right, or from top to bottom. The long lines are plain to see up to one of the boxes' sides. */
static void draw_row(shim_image *image, const row *r, int is_column) {
  const int sides = (int)strlen(r->lines);
  for (int i = 0; i < sides; i++) {
    const int at = LEFT + i * PITCH, gray = r->lines[i] == 'x' ? PLAIN : FAINT;
    if (r->lines[i] != ' ' && is_column) grid_fill(image, TOP, at, r->height, PEN, gray);
    if (r->lines[i] != ' ' && !is_column) grid_fill(image, at, TOP, PEN, r->height, gray);
  }
  for (int i = 0; i < 2; i++)
    for (int faint = 1; faint >= 0; faint--) {
      const int at = TOP + i * r->height, length = (faint ? sides - 1 : r->seen_to) * PITCH + PEN;
      if (is_column)
        grid_fill(image, at, LEFT, PEN, length, faint ? FAINT : PLAIN);
      else
        grid_fill(image, LEFT, at, length, PEN, faint ? FAINT : PLAIN);
    }
}

static void expect_row(const row *r, int is_column) {
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  stage_pyramid pyramid;
  stage_rules rules;
  draw_row(&image, r, is_column);
  add_grain(&image);
  assert_int_equal(stage_pyramid_make(&image, 0, &pyramid), SHIM_OK);
  assert_int_equal(stage_rules_find(&pyramid, &rules), SHIM_OK);
  assert_int_equal(rules.tables.count, 1);
  const stage_table *t = &rules.tables.items[0];
  assert_int_equal(is_column ? t->columns : t->rows, 1);
  assert_int_equal(is_column ? t->rows : t->columns, r->columns);
  for (int i = 0; i <= r->columns && r->columns + 1 == (int)strlen(r->lines); i++) {
    const double at = is_column ? t->corners[4 * i + 1] : t->corners[2 * i];
    assert_true(fabs(at - LEFT - PEN / 2.0 - i * PITCH) < 0.08 * PITCH);
    assert_int_equal(t->cells[i < r->columns ? i : 0], i < r->columns ? i : 0);
  }
  stage_rules_free(&rules);
  stage_pyramid_free(&pyramid);
  shim_image_free(&image);
}

static void expect_rows(const row *rows, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (int is_column = 0; is_column < 2; is_column++) expect_row(&rows[i], is_column);
}

/* A line between two boxes is known by the others' distances. */
static void test_faint_lines_between_boxes(void **state) {
  (void)state;
  static const row rows[] = {{"xxxxxxxx", PITCH, 7, 7},
                             {"xx.xx..x", PITCH, 7, 7},
                             {"xxx.xx.xx", 6 * PITCH / 5, 8, 8},
                             {"x.xxx", 4 * PITCH / 5, 4, 4}};
  expect_rows(rows, sizeof rows / sizeof *rows);
}

/* Boxes at the row's end whose sides can hardly be seen. */
static void test_faint_boxes_at_the_end(void **state) {
  (void)state;
  static const row rows[] = {{"xxxxx.", PITCH, 5, 4}, {"xxx.x..", PITCH, 6, 4}};
  expect_rows(rows, sizeof rows / sizeof *rows);
}

/* Where no line shows, a cell is as wide as it seems; cells too narrow for a digit, or of any width, are no boxes. */
static void test_cells_that_are_no_boxes(void **state) {
  (void)state;
  static const row rows[] = {
      {"xx xx xx", PITCH, 5, 7}, {"xx.xx.xx", 5 * PITCH / 2, 5, 7}, {"xx   xxx", PITCH / 2, 4, 7}};
  expect_rows(rows, sizeof rows / sizeof *rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_faint_lines_between_boxes),
                                     cmocka_unit_test(test_faint_boxes_at_the_end),
                                     cmocka_unit_test(test_cells_that_are_no_boxes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
