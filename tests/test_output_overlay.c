/* The overlay: size, colours by confidence, marks at the picture's edge, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../pipeline/input/input.h"
#include "../pipeline/output/output.h"
#include "output_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 700, HEIGHT = 500, PAPER = 200 };

typedef struct fixture {
  char folder[64], path[80];
  uint8_t pixels[HEIGHT][WIDTH][3];
} fixture;

static int set_up(void **state) {
  fixture *f = malloc(sizeof *f);
  assert_non_null(f);
  strcpy(f->folder, "/tmp/glyphlift-overlay-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->path, sizeof f->path, "%s/o.png", f->folder);
  memset(f->pixels, PAPER, sizeof f->pixels);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  unlink(f->path);
  int left = rmdir(f->folder); /* fails where a temporary file was left */
  free(f);
  return left;
}

static glyph_pixels picture_of(const fixture *f, int width, int height) {
  return (glyph_pixels){f->pixels[0][0], width, height, 3, sizeof f->pixels[0]};
}

static shim_image written(const fixture *f) {
  input_bytes bytes;
  input_options options = {.max_pixels = 10000000, .channels = 3};
  shim_image image;
  glyph_error error;
  assert_int_equal(input_read_file(f->path, &bytes, &error), GLYPH_OK);
  assert_int_equal(input_decode(bytes.data, bytes.size, f->path, &options, &image, &error), GLYPH_OK);
  input_bytes_free(&bytes);
  return image;
}

static const uint8_t *pixel(const shim_image *image, int x, int y) {
  return image->data + y * image->stride + 3 * x;
}

static void assert_greenish(const uint8_t *p) {
  assert_true(p[1] > p[0] + 60 && p[1] > p[2] + 60);
}

static void assert_reddish(const uint8_t *p) {
  assert_true(p[0] > p[1] + 100 && p[0] > p[2] + 100);
}

static void test_colours(void **state) {
  fixture *f = *state;
  glyph_glyph glyphs[] = {{.text = "3", .confidence = 0.99, .box = {100, 100, 60, 80}},
                          {.text = "4", .confidence = 0.30, .box = {300, 100, 60, 80}}};
  glyph_page page = {.number = 1, .width = WIDTH, .height = HEIGHT, .glyphs = glyphs, .glyph_count = 2};
  page.picture = picture_of(f, WIDTH, HEIGHT);
  glyph_error error;
  assert_int_equal(glyph_overlay_write(&page, f->path, &error), GLYPH_OK);
  shim_image image = written(f);
  assert_int_equal(image.width, WIDTH);
  assert_int_equal(image.height, HEIGHT);
  assert_greenish(pixel(&image, 100, 140));
  assert_reddish(pixel(&image, 300, 140));
  assert_int_equal(pixel(&image, 130, 140)[0], PAPER); /* the glyph itself stays visible */
  assert_int_equal(pixel(&image, 500, 300)[1], PAPER);
  int green = 0; /* the reading above the first box */
  for (int y = 20; y < 95; y++)
    for (int x = 100; x < 160; x++) green += pixel(&image, x, y)[1] > pixel(&image, x, y)[0] + 60;
  assert_true(green > 50);
  shim_image_free(&image);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) assert_int_equal(f->pixels[y][x][0], PAPER);
}

/* On a tilted page the outline follows the quad, not the box. */
static void test_tilted_glyph(void **state) {
  fixture *f = *state;
  glyph_glyph glyph = {.text = "0",
                       .confidence = 0.99,
                       .box = {200, 150, 100, 100},
                       .quad = {{250, 150}, {300, 200}, {250, 250}, {200, 200}}};
  glyph_page page = {.number = 1, .width = WIDTH, .height = HEIGHT, .glyphs = &glyph, .glyph_count = 1};
  page.picture = picture_of(f, WIDTH, HEIGHT);
  glyph_error error;
  assert_int_equal(glyph_overlay_write(&page, f->path, &error), GLYPH_OK);
  shim_image image = written(f);
  assert_greenish(pixel(&image, 275, 175));
  assert_greenish(pixel(&image, 225, 225));
  assert_int_equal(pixel(&image, 200, 245)[0], PAPER);
  assert_int_equal(pixel(&image, 299, 245)[0], PAPER);
  shim_image_free(&image);
}

static void test_small_pictures_grow(void **state) {
  fixture *f = *state;
  glyph_page page = example_page();
  page.picture = picture_of(f, 100, 120);
  glyph_error error;
  assert_int_equal(glyph_overlay_write(&page, f->path, &error), GLYPH_OK);
  shim_image image = written(f);
  assert_int_equal(image.width, 600);
  assert_int_equal(image.height, 720);
  assert_greenish(pixel(&image, 60, 210)); /* left side of the first glyph's box, six times enlarged */
  shim_image_free(&image);
}

static void test_marks_at_the_edge(void **state) {
  fixture *f = *state;
  static const glyph_box boxes[] = {{0, 0, 1, 1}, {0, 0, 40, 50}, {39, 49, 1, 1}, {0, 0, 40, 1}, {0, 0, 1, 50}};
  glyph_error error;
  for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
    glyph_glyph glyph = {.text = "8", .confidence = 0.6, .box = boxes[i]};
    glyph_number number = {.text = "8", .confidence = 0.6, .box = boxes[i], .glyph_count = 1}; /* quad: one point */
    glyph_line line = {.text = "8", .box = boxes[i], .number_count = 1};
    glyph_page page = {.number = 1, .width = 40, .height = 50, .glyphs = &glyph, .glyph_count = 1};
    page.numbers = &number;
    page.lines = &line;
    page.number_count = page.line_count = page.rejected_count = 1;
    page.rejected = &glyph;
    page.picture = picture_of(f, 40, 50);
    assert_int_equal(glyph_overlay_write(&page, f->path, &error), GLYPH_OK);
  }
  glyph_page tiny = {.number = 1, .width = 1, .height = 1, .picture = picture_of(f, 1, 1)};
  assert_int_equal(glyph_overlay_write(&tiny, f->path, &error), GLYPH_OK);
}

static void test_refusals(void **state) {
  fixture *f = *state;
  glyph_page page = example_page();
  glyph_error error;
  assert_int_equal(glyph_overlay_write(&page, f->path, &error), GLYPH_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "keep_picture"));
  page.picture = picture_of(f, 100, 100);
  assert_int_equal(glyph_overlay_write(&page, "/nowhere/at/all.png", &error), GLYPH_ERR_IO);
  assert_non_null(strstr(error.message, "/nowhere/at/all.png"));
  assert_int_equal(glyph_overlay_write(&page, f->folder, &error), GLYPH_ERR_IO);
  assert_int_equal(glyph_overlay_write(&page, f->folder, NULL), GLYPH_ERR_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_colours, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_tilted_glyph, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_small_pictures_grow, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_marks_at_the_edge, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
