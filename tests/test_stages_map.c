/* The map between the reading frame and the picture, and the boxes and quads that go through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/results.h"

static void assert_near(const double a[2], double x, double y) {
  if (fabs(a[0] - x) > 1e-6 || fabs(a[1] - y) > 1e-6)
    fail_msg("(%.9f, %.9f) where (%.9f, %.9f) was expected", a[0], a[1], x, y);
}

/* Both directions undo each other. */
static void assert_inverse(const stage_map *map, double width, double height) {
  for (int i = 0; i < 25; i++) {
    const double reading[2] = {width * (i % 5) / 4, height * (i / 5) / 4};
    double picture[2], back[2];
    stage_map_to_picture(map, reading, picture);
    stage_map_to_reading(map, picture, back);
    assert_near(back, reading[0], reading[1]);
  }
}

static void quad_corners_meet(void **state) {
  (void)state;
  static const double quads[][4][2] = {{{0, 0}, {30, 0}, {30, 40}, {0, 40}},
                                       {{10, 5}, {90, 12}, {100, 70}, {4, 60}},
                                       {{200, 10}, {210, 300}, {20, 240}, {40, 30}}};
  for (size_t q = 0; q < sizeof quads / sizeof *quads; q++) {
    stage_map map;
    assert_int_equal(stage_map_from_quad(quads[q], 30, 40, &map), SHIM_OK);
    const double corners[4][2] = {{0, 0}, {30, 0}, {30, 40}, {0, 40}};
    for (int i = 0; i < 4; i++) {
      double picture[2];
      stage_map_to_picture(&map, corners[i], picture);
      assert_near(picture, quads[q][i][0], quads[q][i][1]);
    }
    assert_inverse(&map, 30, 40);
  }
}

static void bent_quads_are_refused(void **state) {
  (void)state;
  static const double quads[][4][2] = {{{0, 0}, {10, 10}, {10, 0}, {0, 10}}, /* crosses itself */
                                       {{0, 0}, {10, 0}, {3, 3}, {0, 10}},   /* a corner bent in */
                                       {{0, 0}, {0, 10}, {10, 10}, {10, 0}}, /* counterclockwise: a mirror */
                                       {{0, 0}, {5, 0}, {10, 0}, {0, 10}}};  /* a triangle */
  stage_map map, before;
  stage_map_init(&map);
  before = map;
  for (size_t q = 0; q < sizeof quads / sizeof *quads; q++)
    assert_int_equal(stage_map_from_quad(quads[q], 10, 10, &map), SHIM_ERR_ARGUMENT);
  assert_memory_equal(&map, &before, sizeof map);
}

static void turn_holds_the_whole_frame(void **state) {
  (void)state;
  for (int degrees = -180; degrees <= 270; degrees += 15) {
    int width, height;
    stage_map map;
    stage_map_init(&map);
    stage_map_turn(&map, degrees, 300, 200, &width, &height);
    assert_inverse(&map, width, height);
    assert_true(fabs(remainder(stage_map_angle(&map, 50, 50) - degrees, 360)) < 1e-6);
    for (int corner = 0; corner < 4; corner++) {
      const double picture[2] = {corner % 2 * 300.0, corner / 2 * 200.0};
      double reading[2];
      stage_map_to_reading(&map, picture, reading);
      assert_true(reading[0] > -1e-6 && reading[1] > -1e-6 && reading[0] < width + 1e-6 && reading[1] < height + 1e-6);
    }
  }
}

/* A region of a page that lies on its side, by hand: pixel (1, 2) of the region as read. */
static void shift_then_turn(void **state) {
  (void)state;
  int width, height;
  double picture[2];
  const double reading[2] = {1, 2};
  stage_map map;
  stage_map_init(&map);
  stage_map_shift(&map, 100, 50); /* the region 40 x 30 at (100, 50) */
  stage_map_turn(&map, 90, 40, 30, &width, &height);
  assert_int_equal(width, 30);
  assert_int_equal(height, 40);
  stage_map_to_picture(&map, reading, picture);
  assert_near(picture, 100 + 40 - 2, 50 + 1);
}

static void boxes_stay_in_the_picture(void **state) {
  (void)state;
  int width, height;
  stage_map map;
  glyph_page *page = results_page_new(300, 200);
  assert_non_null(page);
  stage_map_init(&map);
  glyph_box box = results_picture_box(page, &map, (stage_box){10, 20, 30, 40});
  assert_memory_equal(&box, (&(glyph_box){10, 20, 30, 40}), sizeof box);
  stage_map_turn(&map, 180, 300, 200, &width, &height);
  box = results_picture_box(page, &map, (stage_box){10, 20, 30, 40});
  assert_memory_equal(&box, (&(glyph_box){260, 140, 30, 40}), sizeof box);
  stage_map_turn(&map, 30, 300, 200, &width, &height);
  box = results_picture_box(page, &map, (stage_box){0, 0, width, height}); /* reaches past it at every corner */
  assert_memory_equal(&box, (&(glyph_box){0, 0, 300, 200}), sizeof box);
  glyph_page_close(&page);
}

/* A number of two glyphs on a page that was read after undoing a quarter turn. */
static void page_tells_its_turn(void **state) {
  (void)state;
  static const double skews[] = {0, 3, -4};
  for (int quarter = 0; quarter < 4; quarter++)
    for (size_t s = 0; s < 3; s++) {
      int width, height;
      stage_map map;
      glyph_page *page = results_page_new(300, 200);
      assert_non_null(page);
      stage_map_init(&map);
      stage_map_turn(&map, 90 * quarter, 300, 200, &width, &height);
      const results_glyph glyphs[2] = {{.glyph.text = "1", .box = {20, 30, 10, 20}},
                                       {.glyph.text = "2", .box = {35, 30, 10, 20}}};
      const results_source source = {glyphs, 2, NULL, 0, &map, width, height, skews[s], 0, NULL};
      assert_int_equal(results_fill(page, &source), GLYPH_OK);
      assert_int_equal(page->rotation, 90 * quarter);
      assert_true(fabs(page->skew_degrees - skews[s]) < 1e-6);
      const double *first = page->numbers[0].quad[0], *second = page->numbers[0].quad[1];
      const double along = atan2(second[1] - first[1], second[0] - first[0]) * 180 / 3.14159265358979323846;
      assert_true(fabs(remainder(along - 90 * quarter - skews[s], 360)) < 1e-6);
      glyph_page_close(&page);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quad_corners_meet),          cmocka_unit_test(bent_quads_are_refused),
      cmocka_unit_test(turn_holds_the_whole_frame), cmocka_unit_test(shift_then_turn),
      cmocka_unit_test(boxes_stay_in_the_picture),  cmocka_unit_test(page_tells_its_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
