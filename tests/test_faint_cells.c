/* Faint digits in tables of one digit a cell are read, and in its empty cells nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "digit_table.h"
#include "shared_reader.h"

enum { CELLS = DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS };
static const char digits[] = "53826";

static void assert_reads(const double ink[CELLS], int noise) {
  shim_image cells;
  glyph_page *page;
  glyph_error error;
  uint32_t random = 1;
  digit_table_draw("5 3 8 2 6", ink, &cells);
  for (int i = 0; i < (int)cells.stride * cells.height; i++) {
    random = random * 1664525 + 1013904223;
    cells.data[i] = (uint8_t)(cells.data[i] - (int)(random >> 24) * noise / 256);
  }
  const glyph_pixels pixels = {cells.data, cells.width, cells.height, 1, cells.stride};
  if (glyph_read_pixels(reader, &pixels, "cells", &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  assert_int_equal(page->table_count, 1);
  size_t expected = 0;
  for (int i = 0; i < CELLS; i++) expected += ink[i] > 0;
  assert_int_equal(page->glyph_count, expected);
  for (size_t i = 0; i < page->glyph_count; i++) {
    const glyph_box *b = &page->glyphs[i].box;
    const int column = (b->x + b->width / 2 - DIGIT_TABLE_LEFT) / DIGIT_TABLE_PITCH;
    const int row = (b->y + b->height / 2 - DIGIT_TABLE_TOP) / DIGIT_TABLE_PITCH;
    assert_true(ink[row * DIGIT_TABLE_COLUMNS + column] > 0);
    assert_int_equal(page->glyphs[i].text[0], digits[column]);
  }
  glyph_page_close(&page);
  shim_image_free(&cells);
}

/* Ink of less than 10 gray levels, which no threshold of a whole page takes. */
static void test_faint_digits_are_read(void **state) {
  (void)state;
  for (int faint = 0; faint < CELLS; faint += 3) {
    double ink[CELLS];
    for (int i = 0; i < CELLS; i++) ink[i] = i == faint ? 0.065 : 1;
    assert_reads(ink, 2);
  }
}

static void test_empty_cells_stay_empty(void **state) {
  (void)state;
  double ink[CELLS];
  for (int noise = 0; noise <= 24; noise += 8) {
    for (int i = 0; i < CELLS; i++) ink[i] = i % 3 != 1;
    assert_reads(ink, noise);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_faint_digits_are_read),
      cmocka_unit_test(test_empty_cells_stay_empty),
  };
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
