/* Pyramid, polarity, threshold, contour and segment on drawn pictures: properties that hold whatever the constants. */
#include "grid.h"

#include <stdio.h>
#include <stdlib.h>

#include "../pipeline/stages/stages.h"

/* Runs the stages up to segmentation. */
static void find(const shim_image *gray, int invert, stage_pyramid *pyramid, stage_glyphs *glyphs) {
  memset(glyphs, 0, sizeof *glyphs);
  assert_int_equal(stage_pyramid_make(gray, invert, pyramid), SHIM_OK);
  for (int i = 0; i < pyramid->count; i++) {
    assert_int_equal(stage_threshold(&pyramid->levels[i], 1), SHIM_OK);
    assert_int_equal(stage_contour(pyramid, i, i ? STAGE_COARSE_SIDE_MIN : STAGE_FINE_SIDE_MIN, glyphs), SHIM_OK);
  }
  assert_int_equal(stage_segment(pyramid, NULL, glyphs), SHIM_OK);
}

static size_t count_glyphs(const shim_image *gray, int invert) {
  stage_pyramid pyramid;
  stage_glyphs glyphs;
  find(gray, invert, &pyramid, &glyphs);
  const size_t count = glyphs.count;
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  return count;
}

static void test_pyramid_halves(void **state) {
  (void)state;
  shim_image gray = grid_blank(400, 201, 100);
  stage_pyramid pyramid;
  assert_int_equal(stage_pyramid_make(&gray, 1, &pyramid), SHIM_OK);
  assert_int_equal(pyramid.count, 3); /* 201, 100, 50; 25 would be under 40 */
  for (int i = 0; i < pyramid.count; i++) {
    assert_int_equal(pyramid.levels[i].gray.width, 400 >> i);
    assert_int_equal(pyramid.levels[i].gray.height, 201 >> i);
    assert_int_equal(pyramid.levels[i].gray.data[0], 155);
    assert_int_equal(pyramid.levels[i].shift, i);
  }
  stage_pyramid_free(&pyramid);
  assert_null(pyramid.levels[0].gray.data);
  shim_image_free(&gray);
}

/* In the memory of another page's, of the same size or not, a page's pyramid is what it is in its own. */
static void test_pyramid_made_again(void **state) {
  (void)state;
  shim_image gray = grid_blank(300, 180, GRID_PAPER), other = grid_blank(170, 300, 90);
  grid_draw(&gray, grid_three, 90, 30, 12);
  stage_pyramid fresh, kept;
  assert_int_equal(stage_pyramid_make(&gray, 0, &fresh), SHIM_OK);
  assert_int_equal(stage_threshold(&fresh.levels[1], 1), SHIM_OK);
  assert_int_equal(stage_pyramid_make(&other, 0, &kept), SHIM_OK);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(stage_pyramid_remake(i == 1 ? &other : &gray, 0, &kept), SHIM_OK);
    for (int k = 0; k < kept.count; k++) assert_int_equal(stage_threshold(&kept.levels[k], 1), SHIM_OK);
    if (i != 1) {
      const shim_image *own = &kept.levels[1].binary, *expected = &fresh.levels[1].binary;
      assert_int_equal(kept.count, fresh.count);
      assert_int_equal(own->width, expected->width);
      assert_memory_equal(own->data, expected->data, (size_t)own->width * (size_t)own->height);
      const uint8_t *before = kept.levels[1].gray.data;
      assert_int_equal(stage_pyramid_remake(&gray, 0, &kept), SHIM_OK);
      assert_ptr_equal(kept.levels[1].gray.data, before);
    }
  }
  stage_pyramid_free(&fresh);
  stage_pyramid_free(&kept);
  shim_image_free(&gray);
  shim_image_free(&other);
}

static void test_polarity(void **state) {
  (void)state;
  for (int scale = 2; scale <= 24; scale *= 2) {
    shim_image gray = grid_blank(12 * scale, 13 * scale, GRID_PAPER);
    grid_draw(&gray, grid_three, 3 * scale, 3 * scale, scale);
    assert_true(stage_polarity(&gray) > 0);
    for (int i = 0; i < gray.width * gray.height; i++) gray.data[i] = (uint8_t)(255 - gray.data[i]);
    assert_true(stage_polarity(&gray) < 0);
    shim_image_free(&gray);
  }
  shim_image flat = grid_blank(90, 90, 128);
  assert_true(stage_polarity(&flat) == 0);
  shim_image_free(&flat);
}

static void test_blank_pictures_have_no_glyphs(void **state) {
  (void)state;
  const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {64, 64}, {333, 211}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int value = 0; value <= 255; value += 85) {
      shim_image gray = grid_blank(sizes[i][0], sizes[i][1], value);
      assert_int_equal(count_glyphs(&gray, 0), 0);
      assert_int_equal(count_glyphs(&gray, 1), 0);
      shim_image_free(&gray);
    }
}

/* What was weak is gone, at the borders too and in pictures too narrow for a ridge: components_find takes 0 and 255 alone. */
static void test_no_weak_ink_is_left(void **state) {
  (void)state;
  unsigned random = 1;
  for (int width = 1; width <= 14; width++)
    for (int height = 1; height <= 14; height++) {
      shim_image gray = grid_blank(width, height, GRID_PAPER);
      stage_pyramid pyramid;
      for (int i = 0; i < width * height; i++) {
        random = random * 1103515245u + 12345u;
        gray.data[i] = (uint8_t)(GRID_INK + (random >> 16) % (GRID_PAPER - GRID_INK));
      }
      assert_int_equal(stage_pyramid_make(&gray, 0, &pyramid), SHIM_OK);
      assert_int_equal(stage_threshold(&pyramid.levels[0], 1), SHIM_OK);
      const shim_image *binary = &pyramid.levels[0].binary;
      for (int i = 0; i < width * height; i++) assert_true(binary->data[i] == 0 || binary->data[i] == 255);
      stage_pyramid_free(&pyramid);
      shim_image_free(&gray);
    }
}

/* One digit at every size: strokes from 2 to 60 pixels, far over the threshold's window. */
static void test_every_size_is_one_glyph_in_its_box(void **state) {
  (void)state;
  for (int scale = 2; scale <= 60; scale += scale < 8 ? 1 : 7) {
    const int margin = 2 * scale;
    shim_image gray = grid_blank(6 * scale + 2 * margin, 7 * scale + 2 * margin, GRID_PAPER);
    grid_draw(&gray, grid_three, margin, margin, scale);
    stage_pyramid pyramid;
    stage_glyphs glyphs;
    find(&gray, 0, &pyramid, &glyphs);
    assert_int_equal(glyphs.count, 1);
    int box[4];
    stage_glyph_page_box(&glyphs.items[0], box);
    const int slack = 2 << glyphs.items[0].level;
    assert_in_range(box[0] + slack - margin, 0, 2 * slack);
    assert_in_range(box[1] + slack - margin, 0, 2 * slack);
    assert_in_range(box[2] + slack - margin - 6 * scale, 0, 2 * slack);
    assert_in_range(box[3] + slack - margin - 7 * scale, 0, 2 * slack);
    stage_glyphs_free(&glyphs);
    stage_pyramid_free(&pyramid);
    shim_image_free(&gray);
  }
}

/* The ink's box moves with the ink, pixel by pixel. */
static void test_shift(void **state) {
  (void)state;
  for (int shift = 0; shift < 9; shift++) {
    shim_image gray = grid_blank(120, 110, GRID_PAPER);
    grid_draw(&gray, grid_three, 30 + shift, 25 + 2 * shift, 4);
    stage_pyramid pyramid;
    stage_glyphs glyphs;
    find(&gray, 0, &pyramid, &glyphs);
    assert_int_equal(glyphs.count, 1);
    assert_int_equal(glyphs.items[0].level, 0);
    assert_int_equal(glyphs.items[0].x, 30 + shift);
    assert_int_equal(glyphs.items[0].y, 25 + 2 * shift);
    assert_int_equal(glyphs.items[0].width, 24);
    assert_int_equal(glyphs.items[0].height, 28);
    stage_glyphs_free(&glyphs);
    stage_pyramid_free(&pyramid);
    shim_image_free(&gray);
  }
}

static void test_shadow_edge_is_no_ink(void **state) {
  (void)state;
  for (int darker = 20; darker <= 120; darker += 50) {
    shim_image gray = grid_blank(300, 300, GRID_PAPER);
    grid_fill(&gray, 0, 140, 300, 160, GRID_PAPER - darker);
    for (int y = 130; y < 150; y++) /* penumbra */
      grid_fill(&gray, 0, y, 300, 1, GRID_PAPER - darker * (y - 130) / 20);
    assert_int_equal(count_glyphs(&gray, 0), 0);
    grid_draw(&gray, grid_three, 100, 60, 4);
    grid_draw(&gray, grid_three, 100, 200, 4);
    assert_int_equal(count_glyphs(&gray, 0), 2);
    shim_image_free(&gray);
  }
}

/* From the grid's grays to black ink on white paper. */
static void stretch_grays(shim_image *gray) {
  for (int i = 0; i < (int)gray->stride * gray->height; i++)
    gray->data[i] = (uint8_t)((gray->data[i] - GRID_INK) * 255 / (GRID_PAPER - GRID_INK));
}

/* A large digit across which a shadow's edge runs is all ink, as dark in the shadow as beside it. */
static void test_ink_is_even_across_a_shadow(void **state) {
  (void)state;
  enum { SIDE = 240, LEFT = 42, TOP = 29, CELL = 26, EDGE = 120, SOFT = 40, LEVEL = 2 };
  for (int i = 0; i < 14; i++) {
    const int left = 50 + i / 2 * 5; /* percent of the light that the shadow leaves */
    shim_image gray = grid_blank(SIDE, SIDE, GRID_PAPER);
    stage_pyramid pyramid;
    int least = 255, most = 0;
    grid_draw(&gray, grid_three, LEFT, TOP, CELL);
    if (i % 2) stretch_grays(&gray);
    for (int y = EDGE - SOFT / 2; y < SIDE; y++) {
      const int deep = y < EDGE + SOFT / 2 ? (100 - left) * (y - EDGE + SOFT / 2) / SOFT : 100 - left;
      for (int x = 0; x < SIDE; x++) {
        uint8_t *pixel = gray.data + y * gray.stride + x;
        *pixel = (uint8_t)(*pixel * (100 - deep) / 100);
      }
    }
    assert_int_equal(stage_pyramid_make(&gray, 0, &pyramid), SHIM_OK);
    const stage_level *level = &pyramid.levels[LEVEL];
    assert_int_equal(stage_threshold(&pyramid.levels[LEVEL], 1), SHIM_OK);
    for (int row = 0; grid_three[row]; row++)
      for (int column = 0; grid_three[row][column]; column++) {
        if (grid_three[row][column] != '#') continue;
        const int x = (LEFT + column * CELL + CELL / 2) >> LEVEL, y = (TOP + row * CELL + CELL / 2) >> LEVEL;
        const int ink = level->ink.data[y * level->ink.stride + x];
        assert_int_equal(level->binary.data[y * level->binary.stride + x], 255);
        least = ink < least ? ink : least, most = ink > most ? ink : most;
      }
    assert_true(least >= 0.75 * most);
    stage_pyramid_free(&pyramid);
    shim_image_free(&gray);
  }
}

static void fill(shim_image *gray, int x0, int y0, int width, int height, int depth) {
  for (int y = y0; y < y0 + height; y++) memset(gray->data + y * gray->stride + x0, GRID_PAPER - depth, (size_t)width);
}

/* Weak ink joins a part of a stroke to the stroke, but not two strokes side by side, nor is it ink where it joins none. */
static void test_weak_ink_joins_parts(void **state) {
  (void)state;
  shim_image torn = grid_blank(140, 160, GRID_PAPER), beside = grid_blank(140, 160, GRID_PAPER);
  stage_pyramid pyramid;
  stage_glyphs glyphs;
  fill(&torn, 60, 30, 4, 60, 120);
  fill(&torn, 60, 90, 4, 16, 45);
  fill(&torn, 60, 106, 4, 14, 120);
  find(&torn, 0, &pyramid, &glyphs);
  assert_int_equal(glyphs.count, 1);
  assert_int_equal(glyphs.items[0].height, 90);
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  for (int reach = 10; reach <= 14; reach += 4) { /* short of the other stroke, and up to it */
    fill(&beside, 50, 40, 4, 60, 120);
    fill(&beside, 68, 40, 4, 60, 120);
    fill(&beside, 54, 70, reach, 4, 45);
    find(&beside, 0, &pyramid, &glyphs);
    assert_int_equal(glyphs.count, 2);
    assert_in_range(glyphs.items[0].width, 4, 5);
    assert_in_range(glyphs.items[1].width, 4, 5);
    stage_glyphs_free(&glyphs);
    stage_pyramid_free(&pyramid);
  }
  shim_image_free(&torn);
  shim_image_free(&beside);
}

static void test_light_on_dark_equals_dark_on_light(void **state) {
  (void)state;
  shim_image gray = grid_blank(200, 100, GRID_PAPER);
  grid_draw(&gray, grid_three, 20, 20, 4);
  grid_draw(&gray, grid_zero, 90, 20, 4);
  assert_int_equal(count_glyphs(&gray, 0), 2);
  for (int i = 0; i < gray.width * gray.height; i++) gray.data[i] = (uint8_t)(255 - gray.data[i]);
  assert_int_equal(count_glyphs(&gray, 1), 2);
  shim_image_free(&gray);
}

static void test_ink_at_the_border_is_kept(void **state) {
  (void)state;
  shim_image gray = grid_blank(90, 80, GRID_PAPER);
  grid_draw(&gray, grid_three, 0, 0, 4);
  grid_draw(&gray, grid_three, 90 - 24, 80 - 28, 4);
  assert_int_equal(count_glyphs(&gray, 0), 2);
  shim_image_free(&gray);
}

static void test_specks_rules_and_boxes_are_dropped(void **state) {
  (void)state;
  shim_image gray = grid_blank(300, 200, GRID_PAPER);
  grid_fill(&gray, 20, 20, 4, 4, GRID_INK);    /* speck */
  grid_fill(&gray, 60, 20, 14, 14, GRID_INK);  /* blot */
  grid_fill(&gray, 20, 100, 250, 3, GRID_INK); /* rule */
  assert_int_equal(count_glyphs(&gray, 0), 0);
  shim_image_free(&gray);
}

/* A digit written with a marker is mostly stroke. */
static void test_bold_digits_are_no_blots(void **state) {
  (void)state;
  static const char *const bold_zero[] = {".###.", "#####", "##.##", "##.##", "##.##", "#####", ".###.", NULL};
  for (int scale = 3; scale <= 12; scale += 3) {
    shim_image gray = grid_blank(200, 160, GRID_PAPER);
    grid_draw(&gray, bold_zero, 40, 30, scale);
    assert_int_equal(count_glyphs(&gray, 0), 1);
    shim_image_free(&gray);
  }
}

static void test_ink_inside_a_frame_is_found(void **state) {
  (void)state;
  shim_image gray = grid_blank(300, 300, GRID_PAPER);
  grid_fill(&gray, 20, 20, 260, 260, GRID_INK);
  grid_fill(&gray, 23, 23, 254, 254, GRID_PAPER);
  grid_draw(&gray, grid_three, 120, 120, 5);
  stage_pyramid pyramid;
  stage_glyphs glyphs;
  find(&gray, 0, &pyramid, &glyphs);
  size_t threes = 0;
  for (size_t i = 0; i < glyphs.count; i++) threes += glyphs.items[i].width < 60;
  assert_int_equal(threes, 1);
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  shim_image_free(&gray);
}

static void test_component_measures(void **state) {
  (void)state;
  shim_image gray = grid_blank(100, 100, GRID_PAPER);
  grid_draw(&gray, grid_zero, 30, 30, 6);
  stage_pyramid pyramid;
  stage_glyphs glyphs;
  find(&gray, 0, &pyramid, &glyphs);
  assert_int_equal(glyphs.count, 1);
  const stage_glyph *zero = &glyphs.items[0];
  assert_int_equal(zero->holes, 1);
  assert_true(zero->contrast > 0.7 * (GRID_PAPER - GRID_INK));
  assert_in_range((int)(zero->stroke_width * 10), 40, 80);
  const double true_area = 16 * 6 * 6;
  assert_in_range((int)zero->area, (int)(0.85 * true_area), (int)(1.15 * true_area));
  const int middle = zero->mask.data[zero->height / 2 * zero->mask.stride + zero->width / 2];
  assert_int_equal(middle, 0); /* the hole is not ink */
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  shim_image_free(&gray);
}

static void test_broken_five_is_proposed_for_joining(void **state) {
  (void)state;
  shim_image gray = grid_blank(120, 120, GRID_PAPER);
  grid_fill(&gray, 42, 24, 34, 5, GRID_INK); /* the bar, apart from the body */
  grid_fill(&gray, 40, 34, 5, 20, GRID_INK);
  grid_fill(&gray, 40, 50, 30, 5, GRID_INK);
  grid_fill(&gray, 66, 50, 5, 26, GRID_INK);
  grid_fill(&gray, 40, 72, 30, 5, GRID_INK);
  grid_draw(&gray, grid_three, 90, 30, 4); /* a neighbour that must not join */
  stage_pyramid pyramid;
  stage_glyphs glyphs, joins = {0};
  size_t *pairs;
  find(&gray, 0, &pyramid, &glyphs);
  assert_int_equal(glyphs.count, 3);
  assert_int_equal(stage_segment_joins(&glyphs, &joins, &pairs), SHIM_OK);
  assert_int_equal(joins.count, 1);
  assert_in_range(joins.items[0].height, 52, 55);
  assert_true(pairs[0] < 3 && pairs[1] < 3 && pairs[0] != pairs[1]);
  free(pairs);
  stage_glyphs_free(&joins);
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  shim_image_free(&gray);
}

/* A texture of more marks than a page has digits costs no more than a full page; the larger ones stay. */
static void test_the_largest_of_too_many_are_kept(void **state) {
  (void)state;
  shim_image gray = grid_blank(2400, 2200, GRID_PAPER);
  for (int y = 0; y + 18 < 2000; y += 18)
    for (int x = 0; x + 20 < 2400; x += 20) grid_fill(&gray, x + 4, y + 3, 3, 12, GRID_INK);
  for (int i = 0; i < 20; i++) grid_draw(&gray, grid_three, 40 + 110 * i, 2080, 7);
  stage_pyramid pyramid;
  stage_glyphs glyphs;
  find(&gray, 0, &pyramid, &glyphs);
  size_t threes = 0;
  for (size_t i = 0; i < glyphs.count; i++)
    threes += glyphs.items[i].y << glyphs.items[i].level > 2040 && glyphs.items[i].height << glyphs.items[i].level > 40;
  assert_int_equal(threes, 20);
  assert_true(glyphs.count <= 10000);
  stage_glyphs_free(&glyphs);
  stage_pyramid_free(&pyramid);
  shim_image_free(&gray);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pyramid_halves),
      cmocka_unit_test(test_pyramid_made_again),
      cmocka_unit_test(test_polarity),
      cmocka_unit_test(test_blank_pictures_have_no_glyphs),
      cmocka_unit_test(test_no_weak_ink_is_left),
      cmocka_unit_test(test_every_size_is_one_glyph_in_its_box),
      cmocka_unit_test(test_shift),
      cmocka_unit_test(test_shadow_edge_is_no_ink),
      cmocka_unit_test(test_ink_is_even_across_a_shadow),
      cmocka_unit_test(test_weak_ink_joins_parts),
      cmocka_unit_test(test_light_on_dark_equals_dark_on_light),
      cmocka_unit_test(test_ink_at_the_border_is_kept),
      cmocka_unit_test(test_specks_rules_and_boxes_are_dropped),
      cmocka_unit_test(test_bold_digits_are_no_blots),
      cmocka_unit_test(test_ink_inside_a_frame_is_found),
      cmocka_unit_test(test_component_measures),
      cmocka_unit_test(test_the_largest_of_too_many_are_kept),
      cmocka_unit_test(test_broken_five_is_proposed_for_joining),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
