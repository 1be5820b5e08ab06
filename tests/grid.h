/* Small pictures drawn in the source: '#' is ink, '+' half ink, anything else paper. */
#ifndef GLYPHLIFT_TESTS_GRID_H
#define GLYPHLIFT_TESTS_GRID_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../shim/shim.h"

enum { GRID_PAPER = 220, GRID_INK = 40 };

static inline shim_image grid_blank(int width, int height, int value) {
  shim_image image;
  assert_int_equal(shim_image_create(&image, width, height, 1), SHIM_OK);
  memset(image.data, value, (size_t)image.stride * (size_t)height);
  return image;
}

static inline void grid_fill(shim_image *image, int x, int y, int width, int height, int value) {
  for (int row = y; row < y + height; row++)
    for (int column = x; column < x + width; column++)
      if (row >= 0 && column >= 0 && row < image->height && column < image->width)
        image->data[row * image->stride + column] = (uint8_t)value;
}

/* Each character becomes a square of `scale` pixels, its top left at (left, top). */
static inline void grid_draw(shim_image *image, const char *const *rows, int left, int top, int scale) {
  for (int y = 0; rows[y]; y++)
    for (int x = 0; rows[y][x]; x++) {
      if (rows[y][x] == '#') grid_fill(image, left + x * scale, top + y * scale, scale, scale, GRID_INK);
      if (rows[y][x] == '+')
        grid_fill(image, left + x * scale, top + y * scale, scale, scale, (GRID_INK + GRID_PAPER) / 2);
    }
}

static const char *const grid_three[] = {".####.", //
                                         "#....#", //
                                         ".....#", //
                                         "..###.", //
                                         ".....#", //
                                         "#....#", //
                                         ".####.", NULL};

static const char *const grid_zero[] = {".###.", //
                                        "#...#", //
                                        "#...#", //
                                        "#...#", //
                                        "#...#", //
                                        "#...#", //
                                        ".###.", NULL};

#endif
