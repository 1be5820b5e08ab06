/* A ruled table of one digit a cell, drawn: the digits of a generated page, each in the middle of its cell. Include after
 * cmocka.h. */
#ifndef GLYPHLIFT_TESTS_DIGIT_TABLE_H
#define GLYPHLIFT_TESTS_DIGIT_TABLE_H

#include <string.h>

#include "../pipeline/stages/stages.h"
#include "generator/page.h"

enum {
  DIGIT_TABLE_PITCH = 100,
  DIGIT_TABLE_LEFT = 140,
  DIGIT_TABLE_TOP = 60,
  DIGIT_TABLE_COLUMNS = 5,
  DIGIT_TABLE_ROWS = 4
};

static inline void image_darken(shim_image *image, int x0, int y0, int x1, int y1, double light) {
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++) {
      uint8_t *pixel = &image->data[y * image->stride + x];
      *pixel = (uint8_t)(*pixel * light);
    }
}

/* Makes *gray of a generated picture, and frees that. */
static inline void take_gray(page_picture *picture, shim_image *gray) {
  const shim_image rgb = {picture->data, picture->width, picture->height, 3, (ptrdiff_t)picture->width * 3};
  assert_int_equal(shim_image_create(gray, rgb.width, rgb.height, 1), SHIM_OK);
  assert_int_equal(shim_rgb_to_gray(&rgb, gray), SHIM_OK);
  page_picture_free(picture);
}

static inline void draw_gray_spec(const page_spec *spec, shim_image *gray, page_truth *truth) {
  page_picture picture;
  assert_int_equal(page_draw(spec, &picture, truth), 0);
  take_gray(&picture, gray);
}

/* A page of the text in gray, and its truth. */
static inline void draw_gray_page(const char *text, uint64_t seed, shim_image *gray, page_truth *truth) {
  page_spec spec;
  page_spec_init(&spec, seed);
  strcpy(spec.layout.text, text);
  spec.width = 800;
  spec.height = 560;
  draw_gray_spec(&spec, gray, truth);
}

/* Every row has the five digits of the text, which stand apart in it; ink[] says how much of its depth each cell's digit
 * has: 1 all, 0 none. 800 x 560 pixels, to be freed. */
static inline void digit_table_draw(const char *text, const double ink[DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS],
                                    shim_image *out) {
  shim_image page;
  page_truth truth;
  draw_gray_page(text, 21, &page, &truth);
  const int paper = page.data[0], right = DIGIT_TABLE_LEFT + DIGIT_TABLE_COLUMNS * DIGIT_TABLE_PITCH,
            bottom = DIGIT_TABLE_TOP + DIGIT_TABLE_ROWS * DIGIT_TABLE_PITCH;
  assert_int_equal(truth.count, DIGIT_TABLE_COLUMNS);
  assert_int_equal(shim_image_create(out, page.width, page.height, 1), SHIM_OK);
  memset(out->data, paper, (size_t)out->stride * (size_t)out->height);
  for (int i = 0; i < DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS; i++) {
    const page_truth_glyph *t = &truth.glyphs[i % DIGIT_TABLE_COLUMNS];
    const shim_image from = {page.data + t->y * page.stride + t->x, t->width, t->height, 1, page.stride};
    const int width = t->width / 2 + 1, height = t->height / 2 + 1; /* half as large */
    const int x = DIGIT_TABLE_LEFT + i % DIGIT_TABLE_COLUMNS * DIGIT_TABLE_PITCH + (DIGIT_TABLE_PITCH - width) / 2;
    const int y = DIGIT_TABLE_TOP + i / DIGIT_TABLE_COLUMNS * DIGIT_TABLE_PITCH + (DIGIT_TABLE_PITCH - height) / 2;
    shim_image to = {out->data + y * out->stride + x, width, height, 1, out->stride};
    assert_int_equal(shim_resize(&from, &to), SHIM_OK);
    for (int v = 0; v < height; v++)
      for (int u = 0; u < width; u++) {
        uint8_t *pixel = &to.data[v * to.stride + u];
        *pixel = (uint8_t)(paper + ink[i] * (*pixel - paper) + 0.5);
      }
  }
  for (int x = DIGIT_TABLE_LEFT; x <= right; x += DIGIT_TABLE_PITCH)
    image_darken(out, x, DIGIT_TABLE_TOP, x + 2, bottom + 2, 0.4);
  for (int y = DIGIT_TABLE_TOP; y <= bottom; y += DIGIT_TABLE_PITCH)
    image_darken(out, DIGIT_TABLE_LEFT, y, right, y + 2, 0.4);
  shim_image_free(&page);
  page_truth_free(&truth);
}

#endif
