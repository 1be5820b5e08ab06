/* What extra training pictures are drawn with, and the way of the drawn ink through the pipeline's crop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "../nn/train/scan.h"

static shim_image open_canvas(int width, int height) {
  shim_image canvas;
  assert_int_equal(train_canvas_open(&canvas, width, height), SHIM_OK);
  return canvas;
}

/* Covered pixels, halves counted as halves. */
static double area(const shim_image *canvas) {
  double sum = 0;
  for (int y = 0; y < canvas->height; y++)
    for (int x = 0; x < canvas->width; x++) sum += canvas->data[y * canvas->stride + x] / 255.0;
  return sum;
}

static void test_stroke(void **state) {
  (void)state;
  shim_image canvas = open_canvas(60, 40);
  const train_point ends[] = {{10, 20}, {50, 20}};
  train_box box;
  assert_false(train_canvas_box(&canvas, &box));
  train_canvas_stroke(&canvas, ends, 2, 3.0f);
  assert_true(fabs(area(&canvas) - (40 * 6 + 3.14159 * 9)) < 8);
  assert_true(train_canvas_box(&canvas, &box));
  assert_int_equal(box.x0, 7);
  assert_int_equal(box.x1, 53);
  assert_int_equal(box.y0, 17);
  assert_int_equal(box.y1, 23);
  shim_image_free(&canvas);
}

static void test_strokes_outside(void **state) {
  (void)state;
  shim_image canvas = open_canvas(20, 20);
  const train_point far[] = {{-500, -300}, {-100, 1e6f}}, across[] = {{-50, 10}, {70, 10}};
  train_canvas_stroke(&canvas, far, 2, 5.0f);
  assert_true(area(&canvas) == 0);
  train_canvas_stroke(&canvas, across, 2, 2.0f);
  assert_true(fabs(area(&canvas) - 20 * 4) < 1);
  shim_image_free(&canvas);
}

static void test_fill(void **state) {
  (void)state;
  shim_image canvas = open_canvas(50, 50);
  const train_point triangle[] = {{5, 5}, {45, 5}, {5, 45}};
  train_canvas_fill(&canvas, triangle, 3);
  assert_true(fabs(area(&canvas) - 800) < 12);
  assert_int_equal(canvas.data[10 * canvas.stride + 10], 255);
  assert_int_equal(canvas.data[40 * canvas.stride + 40], 0);
  train_canvas_blank(&canvas, (train_box){-5, -5, 60, 25});
  assert_true(fabs(area(&canvas) - 200) < 12);
  shim_image_free(&canvas);
}

/* What lies over the edge is cut off; what is darker stays. */
static void test_lay(void **state) {
  (void)state;
  shim_image canvas = open_canvas(10, 10), stamp = open_canvas(6, 6);
  for (int i = 0; i < 36; i++) stamp.data[i] = 100;
  canvas.data[0] = 200;
  train_canvas_lay(&canvas, &stamp, -3, -3);
  train_canvas_lay(&canvas, &stamp, 8, 8);
  assert_int_equal(canvas.data[0], 200);
  assert_int_equal(canvas.data[2 * canvas.stride + 2], 100);
  assert_int_equal(canvas.data[3 * canvas.stride + 3], 0);
  assert_int_equal(canvas.data[9 * canvas.stride + 9], 100);
  shim_image_free(&canvas);
  shim_image_free(&stamp);
}

/* A curve passes through its control points, and of two is straight. */
static void test_curve(void **state) {
  (void)state;
  const train_point controls[] = {{0, 0}, {10, 5}, {20, -5}, {30, 0}};
  train_point points[31];
  assert_int_equal(train_curve(controls, 4, 10, points), 31);
  for (int i = 0; i < 4; i++)
    assert_true(fabsf(points[10 * i].x - controls[i].x) + fabsf(points[10 * i].y - controls[i].y) < 1e-4f);
  assert_int_equal(train_curve(controls, 2, 4, points), 5);
  for (int i = 0; i < 5; i++) assert_true(fabsf(points[i].y - 0.5f * points[i].x) < 1e-4f);
  assert_int_equal(train_curve(controls, 0, 4, points), 0);
}

/* However it is photographed, a drawn cross comes out in MNIST's form. */
static void test_scan_gives_mnist_form(void **state) {
  (void)state;
  int good = 0;
  for (uint32_t n = 0; n < 60; n++) {
    const int side = 16 + (int)n;
    shim_image canvas = open_canvas(side + 30, side + 30);
    const float low = 15, high = 15 + (float)side, middle = 15 + 0.5f * (float)side;
    const train_point upright[] = {{middle, low}, {middle, high}}, level[] = {{low, middle}, {high, middle}};
    train_canvas_stroke(&canvas, upright, 2, 0.08f * (float)side);
    train_canvas_stroke(&canvas, level, 2, 0.08f * (float)side);
    train_random random;
    train_box box;
    uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE];
    int found;
    train_error error;
    train_random_start(&random, 5, 0, 0, n);
    assert_true(train_canvas_box(&canvas, &box));
    if (train_scan(&canvas, &box, &random, out, &found, &error)) fail_msg("%s", error.message);
    const shim_image picture = {out, TRAIN_SCAN_SIDE, TRAIN_SCAN_SIDE, 1, TRAIN_SCAN_SIDE};
    if (found && train_canvas_box(&picture, &box)) {
      assert_in_range(box.x1 - box.x0, 16, 20);
      assert_in_range(box.y1 - box.y0, 16, 20);
      assert_int_equal(out[14 * TRAIN_SCAN_SIDE + 14] > 128, 1);
      good++;
    }
    shim_image_free(&canvas);
  }
  assert_in_range(good, 50, 60);
}

/* The pipeline must find what was drawn, not only part of it. */
static void test_scan_refuses(void **state) {
  (void)state;
  shim_image canvas = open_canvas(80, 80);
  uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE];
  train_random random;
  int found = 1;
  train_error error;
  train_random_start(&random, 6, 0, 0, 0);
  assert_int_equal(train_scan(&canvas, NULL, &random, out, &found, &error), TRAIN_OK);
  assert_false(found);
  const train_point stroke[] = {{20, 20}, {40, 60}, {60, 20}};
  const train_box elsewhere = {0, 0, 40, 40};
  train_canvas_stroke(&canvas, stroke, 3, 3.0f);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(train_scan(&canvas, &elsewhere, &random, out, &found, &error), TRAIN_OK);
    assert_false(found);
  }
  shim_image_free(&canvas);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stroke),       cmocka_unit_test(test_strokes_outside),
      cmocka_unit_test(test_fill),         cmocka_unit_test(test_lay),
      cmocka_unit_test(test_curve),        cmocka_unit_test(test_scan_gives_mnist_form),
      cmocka_unit_test(test_scan_refuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
