/* The shapes network's input: the same picture whatever the pen, the size and the place; and what becomes of odd
 * masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/stages/shapes.h"

enum { SIDE = STAGE_SHAPE_SIDE, PIXELS = SIDE * SIDE };

static shim_image blank(int width, int height) {
  shim_image image;
  assert_int_equal(shim_image_create(&image, width, height, 1), SHIM_OK);
  memset(image.data, 0, (size_t)image.stride * (size_t)height);
  return image;
}

/* A ring around the middle, or with inner 0 a disc. */
static shim_image ring(int side, double outer, double inner) {
  shim_image image = blank(side, side);
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      const double r = hypot(x + 0.5 - side / 2.0, y + 0.5 - side / 2.0);
      if (r <= outer && r >= inner) image.data[y * image.stride + x] = 255;
    }
  return image;
}

static void crop(const shim_image *mask, uint8_t out[PIXELS], int *filled) {
  assert_int_equal(stage_shape_crop(mask, out, filled), SHIM_OK);
}

/* Share of the ink of both that only one of them has. */
static double difference(const uint8_t *a, const uint8_t *b) {
  double apart = 0, all = 0;
  for (int i = 0; i < PIXELS; i++) {
    apart += abs(a[i] - b[i]);
    all += a[i] + b[i];
  }
  return apart / all;
}

static void pens_and_sizes_look_alike(void **state) {
  (void)state;
  static const struct {
    int side;
    double outer, inner;
  } rings[] = {{40, 12, 10}, {100, 40, 38.5}, {100, 40, 30}, {500, 220, 217}, {500, 220, 180}, {3000, 1400, 1398}};
  uint8_t first[PIXELS], other[PIXELS];
  int filled;
  shim_image mask = ring(200, 80, 74);
  crop(&mask, first, &filled);
  assert_false(filled);
  shim_image_free(&mask);
  for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
    mask = ring(rings[i].side, rings[i].outer, rings[i].inner);
    crop(&mask, other, &filled);
    if (filled || difference(first, other) > 0.2)
      fail_msg("ring %zu: filled %d, difference %.3f", i, filled, difference(first, other));
    shim_image_free(&mask);
  }
}

static void filled_looks_like_outlined(void **state) {
  (void)state;
  uint8_t outlined[PIXELS], solid[PIXELS];
  int filled;
  shim_image mask = ring(120, 50, 47);
  crop(&mask, outlined, &filled);
  shim_image_free(&mask);
  mask = ring(120, 50, 0);
  crop(&mask, solid, &filled);
  assert_true(filled);
  assert_true(difference(outlined, solid) < 0.2);
  shim_image_free(&mask);
}

static void place_does_not_matter(void **state) {
  (void)state;
  uint8_t first[PIXELS], moved[PIXELS];
  int filled;
  shim_image mask = ring(60, 20, 17), wide = blank(150, 90);
  for (int y = 0; y < 60; y++) memcpy(wide.data + (y + 29) * wide.stride + 83, mask.data + y * mask.stride, 60);
  crop(&mask, first, &filled);
  crop(&wide, moved, &filled);
  assert_memory_equal(first, moved, PIXELS);
  shim_image_free(&mask);
  shim_image_free(&wide);
}

/* The longer side of what is drawn is fitted; the aspect is kept. */
static void box_is_fitted(void **state) {
  (void)state;
  uint8_t out[PIXELS];
  int filled, left = SIDE, right = 0, top = SIDE, bottom = 0;
  shim_image mask = blank(200, 120);
  for (int x = 20; x < 180; x++)
    for (int y = 20; y < 100; y++)
      if (x < 24 || x >= 176 || y < 24 || y >= 96) mask.data[y * mask.stride + x] = 255;
  crop(&mask, out, &filled);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      if (out[y * SIDE + x] >= 128) {
        left = x < left ? x : left, right = x > right ? x : right;
        top = y < top ? y : top, bottom = y > bottom ? y : bottom;
      }
  assert_in_range(right - left, 32, 36);
  assert_in_range(bottom - top, 15, 19);
  assert_true(abs(left + right - SIDE + 1) <= 1 && abs(top + bottom - SIDE + 1) <= 1);
  shim_image_free(&mask);
}

static void odd_masks(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {7, 5}};
  uint8_t out[PIXELS];
  int filled;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shim_image mask = blank(sizes[i][0], sizes[i][1]);
    crop(&mask, out, &filled);
    for (int p = 0; p < PIXELS; p++) assert_int_equal(out[p], 0);
    memset(mask.data, 255, (size_t)mask.stride * (size_t)mask.height);
    crop(&mask, out, &filled);
    int ink = 0;
    for (int p = 0; p < PIXELS; p++) ink += out[p] > 0;
    assert_true(ink > 0);
    shim_image_free(&mask);
  }
}

/* A picture of one shape, in dark on light and light on dark. */
static void polarity_does_not_matter(void **state) {
  (void)state;
  uint8_t dark[PIXELS], light[PIXELS];
  shim_image picture = ring(70, 28, 25);
  for (int i = 0; i < 70 * 70; i++) picture.data[i] = picture.data[i] ? 30 : 220;
  assert_int_equal(stage_shape_normalize(&picture, dark), SHIM_OK);
  for (int i = 0; i < 70 * 70; i++) picture.data[i] = (uint8_t)(255 - picture.data[i]);
  assert_int_equal(stage_shape_normalize(&picture, light), SHIM_OK);
  assert_memory_equal(dark, light, PIXELS);
  memset(picture.data, 200, 70 * 70);
  assert_int_equal(stage_shape_normalize(&picture, dark), SHIM_OK);
  for (int p = 0; p < PIXELS; p++) assert_int_equal(dark[p], 0);
  shim_image_free(&picture);
}

/* Two pictures that mirror each other; the mean is over these. */
static void views_are_mirrored(void **state) {
  (void)state;
  enum { S = STAGE_SHAPE_SIDE, P = S * S };
  static uint8_t views[STAGE_SHAPE_VIEWS * P];
  float answers[2 * STAGE_SHAPE_VIEWS * 3];
  for (int i = 0; i < P; i++) views[i] = (uint8_t)(i % 251);
  stage_shape_views(views);
  for (int y = 0; y < S; y++)
    for (int x = 0; x < S; x++) {
      const int value = (y * S + x) % 251;
      assert_int_equal(views[y * S + x], value);
      assert_int_equal(views[P + y * S + S - 1 - x], value);
    }
  for (int i = 0; i < 12; i++) answers[i] = (float)i;
  stage_shape_views_mean(answers, 2, 3);
  for (int i = 0; i < 6; i++) assert_true(answers[i] == (float)(i / 3 * 6 + i % 3) + 1.5f);
}

/* The network decides between groups, geometry within them. */
static void network_and_geometry_join(void **state) {
  (void)state;
  static const char *const names[] = {"ellipse", "rectangle", "star", "other"};
  const float network[] = {0.1f, 0.6f, 0.2f, 0.1f};
  double p[STAGE_KINDS] = {0}, sum = 0;
  p[STAGE_DIAMOND] = 0.03, p[STAGE_SQUARE] = 0.01, p[STAGE_TRIANGLE] = 0.9;
  stage_kind_join(names, network, 4, p);
  assert_true(fabs(p[STAGE_DIAMOND] - 0.45) < 1e-6 && fabs(p[STAGE_SQUARE] - 0.15) < 1e-6);
  assert_true(fabs(p[STAGE_ELLIPSE] - 0.1) < 1e-6 && p[STAGE_TRIANGLE] == 0);
  for (int k = 0; k < STAGE_KINDS; k++) sum += p[k];
  assert_true(fabs(sum - 1) < 1e-6);
  assert_int_equal(stage_kind_best(p), STAGE_DIAMOND);
}

static double left_of_doubt(double error, double usual_error) {
  const stage_fit fit = {.ellipse_error = error};
  double p[STAGE_KINDS] = {[STAGE_ELLIPSE] = 1};
  assert_true(stage_kind_error(&fit, p) == error);
  stage_kind_doubt(&fit, usual_error, p);
  assert_true(fabs(p[STAGE_ELLIPSE] + p[STAGE_OTHER] - 1) < 1e-9);
  return p[STAGE_ELLIPSE];
}

static void doubt_goes_by_the_hand(void **state) {
  (void)state;
  assert_true(left_of_doubt(0.02, 0.02) > 0.99);
  assert_true(left_of_doubt(0.06, 0.01) < 0.01); /* among careful drawings */
  assert_true(left_of_doubt(0.06, 0.06) > 0.99); /* where all are so */
  assert_true(left_of_doubt(0.2, 0.2) < 0.01);   /* nobody's */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pens_and_sizes_look_alike),
      cmocka_unit_test(filled_looks_like_outlined),
      cmocka_unit_test(place_does_not_matter),
      cmocka_unit_test(box_is_fitted),
      cmocka_unit_test(odd_masks),
      cmocka_unit_test(polarity_does_not_matter),
      cmocka_unit_test(views_are_mirrored),
      cmocka_unit_test(network_and_geometry_join),
      cmocka_unit_test(doubt_goes_by_the_hand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
