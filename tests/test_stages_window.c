/* The window's maxima and its closing, beside those that are looked up pixel by pixel and OpenCV's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/stages/window.h"

static const int sizes[][2] = {{1, 1},   {1, 40},  {40, 1},  {5, 7},    {24, 25},
                               {25, 24}, {26, 60}, {61, 90}, {200, 31}, {131, 77}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Mostly one gray with few others, so that a wrong border or row shows. */
static shim_image draw(int width, int height, int rare) {
  shim_image image;
  assert_int_equal(shim_image_create(&image, width, height, 1), SHIM_OK);
  for (int i = 0; i < width * height; i++) image.data[i] = (uint8_t)(rand() % rare ? 100 : rand() % 256);
  return image;
}

static uint8_t brightest_around(const shim_image *image, int x, int y) {
  uint8_t best = 0;
  for (int j = y - WINDOW_REACH; j <= y + WINDOW_REACH; j++)
    for (int i = x - WINDOW_REACH; i <= x + WINDOW_REACH; i++)
      if (i >= 0 && j >= 0 && i < image->width && j < image->height && image->data[j * image->stride + i] > best)
        best = image->data[j * image->stride + i];
  return best;
}

static void check_maxima(const shim_image *image) {
  window_max *window;
  uint8_t *row = malloc((size_t)image->width);
  assert_non_null(row);
  assert_int_equal(window_max_open(&window, image->width), SHIM_OK);
  for (int y = 0; y < image->height + WINDOW_REACH; y++) {
    window_max_push(window, y < image->height ? image->data + y * image->stride : NULL, row);
    for (int x = 0; y >= WINDOW_REACH && x < image->width; x++)
      assert_int_equal(row[x], brightest_around(image, x, y - WINDOW_REACH));
  }
  window_max_close(&window);
  assert_null(window);
  free(row);
}

static void test_maxima(void **state) {
  (void)state;
  for (int i = 0; i < SIZES; i++)
    for (int rare = 1; rare <= 300; rare += 100) {
      shim_image image = draw(sizes[i][0], sizes[i][1], rare);
      check_maxima(&image);
      shim_image_free(&image);
    }
}

static void test_closing(void **state) {
  (void)state;
  for (int i = 0; i < SIZES; i++)
    for (int rare = 1; rare <= 300; rare += 100) {
      shim_image image = draw(sizes[i][0], sizes[i][1], rare), closed, expected;
      assert_int_equal(shim_image_create(&closed, image.width, image.height, 1), SHIM_OK);
      assert_int_equal(shim_image_create(&expected, image.width, image.height, 1), SHIM_OK);
      assert_int_equal(window_close(&image, &closed), SHIM_OK);
      assert_int_equal(shim_close(&image, &expected, STAGE_WINDOW), SHIM_OK);
      assert_memory_equal(closed.data, expected.data, (size_t)(image.width * image.height));
      shim_image_free(&image), shim_image_free(&closed), shim_image_free(&expected);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_maxima), cmocka_unit_test(test_closing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
