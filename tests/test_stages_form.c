/* Deskew, crop, single and lines on drawn pictures. */
#include "grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../pipeline/input/input.h"
#include "../pipeline/stages/stages.h"

enum { SIDE = STAGE_CROP_SIDE };

typedef struct form {
  int left, top, right, bottom, max;
  double centre_x, centre_y, mass;
} form;

static form measure(const uint8_t crop[SIDE * SIDE]) {
  form f = {SIDE, SIDE, 0, 0, 0, 0, 0, 0};
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const int v = crop[y * SIDE + x];
      if (!v) continue;
      if (x < f.left) f.left = x;
      if (x >= f.right) f.right = x + 1;
      if (y < f.top) f.top = y;
      f.bottom = y + 1;
      if (v > f.max) f.max = v;
      f.mass += v, f.centre_x += (double)v * x, f.centre_y += (double)v * y;
    }
  f.centre_x /= f.mass, f.centre_y /= f.mass;
  return f;
}

/* MNIST's form, from every size, polarity and contrast. */
static void test_crop_has_mnist_form(void **state) {
  (void)state;
  for (int scale = 1; scale <= 40; scale += scale < 6 ? 1 : 11)
    for (int inverted = 0; inverted < 2; inverted++)
      for (int ink = 30; ink <= 160; ink += 130) {
        shim_image gray = grid_blank(11 * scale, 12 * scale, GRID_PAPER);
        grid_draw(&gray, grid_three, 3 * scale, 2 * scale, scale);
        for (int i = 0; i < gray.width * gray.height; i++) {
          if (gray.data[i] == GRID_INK) gray.data[i] = (uint8_t)ink;
          if (inverted) gray.data[i] = (uint8_t)(255 - gray.data[i]);
        }
        uint8_t crop[SIDE * SIDE];
        assert_int_equal(stage_single_normalize(&gray, crop), SHIM_OK);
        const form f = measure(crop);
        assert_int_equal(f.max, 255);
        assert_int_equal(f.bottom - f.top, 20);
        assert_in_range(f.right - f.left, 16, 19); /* 6 of 7 */
        assert_true(fabs(f.centre_x - 14) <= 0.5 && fabs(f.centre_y - 14) <= 0.5);
        shim_image_free(&gray);
      }
}

static void test_single_without_ink(void **state) {
  (void)state;
  const int sizes[][2] = {{1, 1}, {28, 28}, {1, 200}, {300, 200}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shim_image gray = grid_blank(sizes[i][0], sizes[i][1], 180);
    uint8_t crop[SIDE * SIDE];
    assert_int_equal(stage_single_normalize(&gray, crop), SHIM_OK);
    for (int k = 0; k < SIDE * SIDE; k++) assert_int_equal(crop[k], 0);
    shim_image_free(&gray);
  }
}

/* Specks leave the crop as it is; a neighbour's ink does not enter the crop of a glyph. */
static void test_single_ignores_specks(void **state) {
  (void)state;
  shim_image gray = grid_blank(120, 120, GRID_PAPER);
  grid_draw(&gray, grid_three, 40, 30, 7);
  uint8_t clean[SIDE * SIDE], dusty[SIDE * SIDE];
  assert_int_equal(stage_single_normalize(&gray, clean), SHIM_OK);
  grid_fill(&gray, 10, 10, 3, 3, GRID_INK);
  grid_fill(&gray, 100, 104, 2, 2, GRID_INK);
  assert_int_equal(stage_single_normalize(&gray, dusty), SHIM_OK);
  assert_memory_equal(clean, dusty, sizeof clean);
  shim_image_free(&gray);
}

/* Strokes so fat, and so closely cut, that there is more ink than paper. */
static void test_single_tells_ink_that_fills_the_picture(void **state) {
  (void)state;
  for (int inverted = 0; inverted < 2; inverted++) {
    shim_image gray = grid_blank(64, 80, GRID_PAPER);
    grid_fill(&gray, 6, 0, 52, 80, GRID_INK); /* a zero: two small holes of paper are left, and the corners */
    grid_fill(&gray, 26, 24, 12, 32, GRID_PAPER);
    for (int i = 0; i < 12; i++) {
      grid_fill(&gray, 0, i, 18 - i, 1, GRID_PAPER), grid_fill(&gray, 46 + i, i, 18 - i, 1, GRID_PAPER);
      grid_fill(&gray, 0, 79 - i, 18 - i, 1, GRID_PAPER), grid_fill(&gray, 46 + i, 79 - i, 18 - i, 1, GRID_PAPER);
    }
    for (int i = 0; inverted && i < gray.width * gray.height; i++) gray.data[i] = (uint8_t)(255 - gray.data[i]);
    assert_true(inverted ? stage_polarity_single(&gray) < 0 : stage_polarity_single(&gray) > 0);
    uint8_t crop[SIDE * SIDE];
    assert_int_equal(stage_single_normalize(&gray, crop), SHIM_OK);
    assert_true(crop[14 * SIDE + 14] < 60 && crop[14 * SIDE + 8] > 200);
    shim_image_free(&gray);
  }
}

/* Rules along the sides, also where two meet, and the end of a neighbour's stroke leave the crop as it is. */
static void test_single_ignores_what_others_left(void **state) {
  (void)state;
  shim_image gray = grid_blank(120, 120, GRID_PAPER);
  grid_draw(&gray, grid_three, 40, 30, 7);
  uint8_t clean[SIDE * SIDE], crossed[SIDE * SIDE];
  assert_int_equal(stage_single_normalize(&gray, clean), SHIM_OK);
  grid_fill(&gray, 0, 4, 120, 3, GRID_INK);
  assert_int_equal(stage_single_normalize(&gray, crossed), SHIM_OK);
  assert_memory_equal(clean, crossed, sizeof clean);
  grid_fill(&gray, 4, 0, 3, 120, GRID_INK);
  assert_int_equal(stage_single_normalize(&gray, crossed), SHIM_OK);
  assert_memory_equal(clean, crossed, sizeof clean);
  grid_fill(&gray, 110, 50, 10, 30, GRID_INK);
  assert_int_equal(stage_single_normalize(&gray, crossed), SHIM_OK);
  assert_memory_equal(clean, crossed, sizeof clean);
  shim_image_free(&gray);
}

/* A broken digit is one glyph; a shadow over half of the picture is none of it. */
static void test_single_takes_the_parts_and_not_the_shadow(void **state) {
  (void)state;
  for (int shadow = 0; shadow <= 80; shadow += 40) {
    shim_image gray = grid_blank(240, 300, GRID_PAPER);
    grid_fill(&gray, 0, 150, 240, 150, GRID_PAPER - shadow);
    grid_fill(&gray, 90, 80, 70, 10, GRID_INK); /* the bar of a 5, apart from its body */
    grid_fill(&gray, 86, 98, 10, 40, GRID_INK);
    grid_fill(&gray, 86, 130, 60, 10, GRID_INK);
    grid_fill(&gray, 140, 130, 10, 60, GRID_INK);
    grid_fill(&gray, 86, 184, 60, 10, GRID_INK);
    stage_single single;
    assert_int_equal(stage_single_find(&gray, &single), SHIM_OK);
    assert_int_equal(single.found, 1);
    int box[4];
    stage_glyph_page_box(&single.glyph, box);
    const int slack = 2 << single.glyph.level, margin = single.margin;
    assert_in_range(box[0] - margin + slack, 86, 86 + 2 * slack);
    assert_in_range(box[1] - margin + slack, 80, 80 + 2 * slack);
    assert_in_range(box[2] - margin + slack, 160, 160 + 2 * slack);
    assert_in_range(box[3] - margin + slack, 194, 194 + 2 * slack);
    stage_single_free(&single);
    shim_image_free(&gray);
  }
}

/* What is in MNIST's form already, goes through once more nearly as it is, strokes of all widths and slants. */
static void test_normalizing_again_changes_nothing(void **state) {
  (void)state;
  for (int width = 2; width <= 5; width++)
    for (int slant = -6; slant <= 6; slant += 3)
      for (int inverted = 0; inverted < 2; inverted++) {
        shim_image gray = grid_blank(60, 60, inverted ? 255 : 0);
        const int ink = inverted ? 0 : 255;
        for (int y = 10; y < 50; y++) { /* a seven, crossed */
          const int shift = slant * (30 - y) / 10;
          if (y < 10 + width) grid_fill(&gray, 20 + shift, y, 24, 1, ink);
          grid_fill(&gray, 32 + (30 - y) / 3 + shift, y, width, 1, ink);
          if (y > 29 && y <= 29 + width) grid_fill(&gray, 26 + shift, y, 14, 1, ink);
        }
        uint8_t once[SIDE * SIDE], twice[SIDE * SIDE];
        assert_int_equal(stage_single_normalize(&gray, once), SHIM_OK);
        const shim_image normalized = {once, SIDE, SIDE, 1, SIDE};
        assert_int_equal(stage_single_normalize(&normalized, twice), SHIM_OK);
        double difference = 0;
        for (int i = 0; i < SIDE * SIDE; i++) difference += abs(once[i] - twice[i]);
        if (difference / (SIDE * SIDE) > 2.5)
          fail_msg("width %d, slant %d: differs by %.2f gray levels a pixel", width, slant, difference / (SIDE * SIDE));
        shim_image_free(&gray);
      }
}

static void test_deskew_straightens_a_slanted_bar(void **state) {
  (void)state;
  for (int tenths = -8; tenths <= 8; tenths += 2) {
    shim_image ink = grid_blank(120, 60, 0);
    for (int y = 0; y < 60; y++) grid_fill(&ink, (int)(60 + tenths / 10.0 * (30 - y)), y, 5, 1, 255);
    const double slant = stage_deskew_slant(&ink);
    assert_true(fabs(slant - tenths / 10.0) < 0.03);
    shim_image straight;
    assert_int_equal(stage_deskew(&ink, slant, &straight), SHIM_OK);
    assert_true(fabs(stage_deskew_slant(&straight)) < 0.02);
    double before = 0, after = 0; /* no ink leaves the picture */
    for (int i = 0; i < ink.width * ink.height; i++) before += ink.data[i];
    for (int i = 0; i < straight.width * straight.height; i++) after += straight.data[i];
    assert_true(fabs(before - after) < 0.01 * before);
    shim_image_free(&straight);
    shim_image_free(&ink);
  }
}

static void test_slant_of_nothing_is_none(void **state) {
  (void)state;
  shim_image ink = grid_blank(9, 9, 0);
  assert_true(stage_deskew_slant(&ink) == 0);
  shim_image_free(&ink);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* One box a character, 20 x 30 pixels, 26 apart; a blank leaves its place free. Returns how many were made. */
static size_t write_row(const char *text, double x, double y, double slope, stage_box *out) {
  size_t count = 0;
  for (int i = 0; text[i]; i++)
    if (text[i] != ' ') out[count++] = (stage_box){x + 26 * i, y + slope * 26 * i, 20, 30};
  return count;
}

/* Numbers set tightly, with blanks of half a height: the page's own gaps tell them from those within numbers. */
static void test_narrow_blanks_part_numbers(void **state) {
  (void)state;
  enum { LINES = 3, DIGITS = 6 };
  stage_box boxes[LINES * DIGITS];
  stage_line_item items[LINES * DIGITS];
  size_t order[LINES * DIGITS], count = 0;
  for (int line = 0; line < LINES; line++) {
    double x = 20;
    for (int i = 0; i < DIGITS; i++, x += 24) {
      boxes[count++] = (stage_box){x, 100 * line, 20, 40};
      if (i == 2) x += 16; /* a blank after three digits */
    }
  }
  assert_int_equal(stage_lines(boxes, count, 0, order, items, NULL), SHIM_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(items[i].number, (int)(i / 3));
  assert_int_equal(stage_lines(boxes, 4, 0, order, items, NULL), SHIM_OK); /* too few gaps to tell */
  for (size_t i = 0; i < 4; i++) assert_int_equal(items[i].number, 0);
}

static void test_lines_and_numbers(void **state) {
  (void)state;
  const double slopes[] = {0, 0.08, -0.15, 0.25};
  for (size_t s = 0; s < sizeof slopes / sizeof *slopes; s++) {
    stage_box boxes[32];
    stage_line_item items[32];
    size_t order[32], count = 0;
    count += write_row("123  45", 40, 200, slopes[s], boxes + count);
    count += write_row("6789", 40, 100, slopes[s], boxes + count); /* given second, stands above */
    for (size_t i = 0; i < count / 2; i++) {                       /* the order in which boxes come must not matter */
      const stage_box swap = boxes[i];
      boxes[i] = boxes[count - 1 - i];
      boxes[count - 1 - i] = swap;
    }
    double skew;
    assert_int_equal(stage_lines(boxes, count, 0, order, items, &skew), SHIM_OK);
    assert_true(fabs(skew - atan(slopes[s]) * 180 / 3.14159265) < 0.5);
    const int lines[] = {0, 0, 0, 0, 1, 1, 1, 1, 1}, numbers[] = {0, 0, 0, 0, 1, 1, 1, 2, 2};
    for (size_t i = 0; i < count; i++) {
      assert_int_equal(items[order[i]].line, lines[i]);
      assert_int_equal(items[order[i]].number, numbers[i]);
      if (i && lines[i] == lines[i - 1]) assert_true(boxes[order[i]].x > boxes[order[i - 1]].x);
    }
  }
}

static void test_loosely_written_digits_are_one_number(void **state) {
  (void)state;
  stage_box boxes[8];
  stage_line_item items[8];
  size_t order[8];
  const size_t count = write_row("1 2 3 4 5", 10, 10, 0, boxes);
  assert_int_equal(stage_lines(boxes, count, 0, order, items, NULL), SHIM_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(items[i].number, (int)i); /* more than a height apart */
  for (size_t i = 0; i < count; i++) boxes[i].width = 30;                       /* three quarters of one */
  assert_int_equal(stage_lines(boxes, count, 0, order, items, NULL), SHIM_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(items[i].number, (int)i);
  for (size_t i = 0; i < count; i++) boxes[i].width = 40; /* two fifths */
  assert_int_equal(stage_lines(boxes, count, 0, order, items, NULL), SHIM_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(items[i].number, 0);
}

/* Single digits in columns that nothing rules: the white between them runs through all lines. */
static void test_columns_are_kept_apart(void **state) {
  (void)state;
  enum { LINES = 5, COLUMNS = 4, ALL = LINES * COLUMNS };
  stage_box boxes[ALL];
  stage_line_item items[ALL];
  size_t order[ALL];
  for (int i = 0; i < ALL; i++)
    boxes[i] = (stage_box){40.0 * (i % COLUMNS) + 3 * (i % 3), 60.0 * (i / COLUMNS), 20, 34};
  assert_int_equal(stage_lines(boxes, ALL, 0, order, items, NULL), SHIM_OK);
  for (int i = 0; i < ALL; i++) assert_int_equal(items[i].number, i);
}

/* Digits of numbers that begin below each other leave narrow white that runs through all lines as well. */
static void test_numbers_below_each_other_stay_whole(void **state) {
  (void)state;
  enum { LINES = 4, DIGITS = 4, ALL = LINES * DIGITS };
  stage_box boxes[ALL];
  stage_line_item items[ALL];
  size_t order[ALL];
  for (int i = 0; i < ALL; i++) boxes[i] = (stage_box){32.0 * (i % DIGITS) + i * 7 % 5, 60.0 * (i / DIGITS), 19, 34};
  assert_int_equal(stage_lines(boxes, ALL, 0, order, items, NULL), SHIM_OK);
  for (int i = 0; i < ALL; i++) assert_int_equal(items[i].number, i / DIGITS);
}

/* On squared paper with a digit a square such white says nothing, and a free square parts numbers. */
static void test_a_free_square_parts_numbers(void **state) {
  (void)state;
  enum { LINES = 5, COLUMNS = 4, ALL = LINES * COLUMNS, SQUARE = 40 };
  stage_box boxes[ALL];
  stage_line_item items[ALL];
  size_t order[ALL];
  for (int i = 0; i < ALL; i++) {
    const int column = i % COLUMNS + (i % COLUMNS > 1); /* two numbers of two digits a line */
    boxes[i] = (stage_box){SQUARE * column + 3 * (i % 3), 60.0 * (i / COLUMNS), 18, 32};
  }
  assert_int_equal(stage_lines(boxes, ALL, SQUARE, order, items, NULL), SHIM_OK);
  for (int i = 0; i < ALL; i++) assert_int_equal(items[i].number, i / 2);
}

static void test_a_line_may_bend(void **state) {
  (void)state;
  stage_box boxes[20];
  stage_line_item items[20];
  size_t order[20];
  for (int i = 0; i < 20; i++) boxes[i] = (stage_box){30.0 * i, 100 + 40 * sin(i / 19.0 * 3.14159), 20, 30};
  assert_int_equal(stage_lines(boxes, 20, 0, order, items, NULL), SHIM_OK);
  for (size_t i = 0; i < 20; i++) {
    assert_int_equal(items[i].line, 0);
    assert_int_equal(order[i], i);
  }
}

static void test_no_and_one_box(void **state) {
  (void)state;
  stage_box box = {5, 5, 10, 20};
  stage_line_item item = {7, 7};
  size_t order = 9;
  double skew = 1;
  assert_int_equal(stage_lines(&box, 0, 0, &order, &item, &skew), SHIM_OK);
  assert_true(skew == 0);
  assert_int_equal(stage_lines(&box, 1, 0, &order, &item, &skew), SHIM_OK);
  assert_true(order == 0 && item.line == 0 && item.number == 0 && skew == 0);
}

/* Every factor and a rest at the right and the bottom, against the mean of each square counted here; halves go to the even
 * side. */
static void test_shrinking_takes_means(void **state) {
  (void)state;
  for (int factor = 1; factor <= 7; factor++) {
    shim_image from = grid_blank(50, 39, 0), small = {0};
    for (int i = 0; i < 50 * 39; i++) from.data[i] = (uint8_t)(i * 7919 % 251 + (i % 3 == 0) * 4);
    assert_int_equal(stage_shrink(&from, factor, &small), SHIM_OK);
    assert_int_equal(small.width, 50 / factor);
    assert_int_equal(small.height, 39 / factor);
    for (int y = 0; y < small.height; y++)
      for (int x = 0; x < small.width; x++) {
        double sum = 0;
        for (int k = 0; k < factor * factor; k++)
          sum += from.data[(y * factor + k / factor) * from.stride + x * factor + k % factor];
        assert_true(fabs(small.data[y * small.stride + x] - sum / (factor * factor)) <= 0.501);
        if (factor == 2) assert_int_equal(small.data[y * small.stride + x], (int)rint(sum / 4));
      }
    shim_image_free(&small);
    assert_int_equal(stage_shrink(&from, 40, &small), SHIM_ERR_ARGUMENT);
    assert_int_equal(stage_shrink(&from, 0, &small), SHIM_ERR_ARGUMENT);
    shim_image_free(&from);
  }
}

/* Quarter turns move pixels, degrees make new ones: of 90, 180 and 270 degrees both are the same. Turns asked for together
 * are the same as one by one, in whatever order. */
static void test_turned_crops_agree(void **state) {
  (void)state;
  static const stage_turn together[] = {{0, 2}, {15, 1}, {15, 3}, {0, 0}, {-30, 0}, {15, 0}};
  enum { TOGETHER = sizeof together / sizeof *together };
  uint8_t all[TOGETHER][SIDE * SIDE], by_quarters[SIDE * SIDE], by_degrees[SIDE * SIDE];
  shim_image gray = grid_blank(160, 180, GRID_PAPER);
  stage_pyramid pyramid;
  stage_glyphs glyphs = {0};
  grid_draw(&gray, grid_three, 50, 40, 11);
  assert_int_equal(stage_pyramid_make(&gray, 0, &pyramid), SHIM_OK);
  assert_int_equal(stage_threshold(&pyramid.levels[0], 1), SHIM_OK);
  assert_int_equal(stage_contour(&pyramid, 0, STAGE_FINE_SIDE_MIN, &glyphs), SHIM_OK);
  assert_int_equal(glyphs.count, 1);
  for (int q = 1; q < 4; q++) {
    assert_int_equal(stage_crop_turned(&pyramid, glyphs.items, &(stage_turn){0, q}, 1, by_quarters), SHIM_OK);
    assert_int_equal(stage_crop_turned(&pyramid, glyphs.items, &(stage_turn){90 * q, 0}, 1, by_degrees), SHIM_OK);
    assert_memory_equal(by_quarters, by_degrees, sizeof by_degrees);
  }
  assert_int_equal(stage_crop_turned(&pyramid, glyphs.items, together, TOGETHER, all[0]), SHIM_OK);
  for (int i = 0; i < TOGETHER; i++) {
    assert_int_equal(stage_crop_turned(&pyramid, glyphs.items, &together[i], 1, by_degrees), SHIM_OK);
    assert_memory_equal(all[i], by_degrees, sizeof by_degrees);
    for (int j = 0; j < i; j++) assert_memory_not_equal(all[i], all[j], sizeof all[i]);
  }
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  shim_image_free(&gray);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shrinking_takes_means),
      cmocka_unit_test(test_crop_has_mnist_form),
      cmocka_unit_test(test_turned_crops_agree),
      cmocka_unit_test(test_single_without_ink),
      cmocka_unit_test(test_single_ignores_specks),
      cmocka_unit_test(test_single_tells_ink_that_fills_the_picture),
      cmocka_unit_test(test_single_ignores_what_others_left),
      cmocka_unit_test(test_single_takes_the_parts_and_not_the_shadow),
      cmocka_unit_test(test_normalizing_again_changes_nothing),
      cmocka_unit_test(test_deskew_straightens_a_slanted_bar),
      cmocka_unit_test(test_slant_of_nothing_is_none),
      cmocka_unit_test(test_narrow_blanks_part_numbers),
      cmocka_unit_test(test_lines_and_numbers),
      cmocka_unit_test(test_loosely_written_digits_are_one_number),
      cmocka_unit_test(test_columns_are_kept_apart),
      cmocka_unit_test(test_numbers_below_each_other_stay_whole),
      cmocka_unit_test(test_a_free_square_parts_numbers),
      cmocka_unit_test(test_a_line_may_bend),
      cmocka_unit_test(test_no_and_one_box),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
