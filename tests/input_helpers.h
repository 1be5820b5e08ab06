/* What the input tests share: a picture without any symmetry, comparison, a scratch folder, and a watch over stderr. */
#ifndef GLYPHLIFT_TESTS_INPUT_HELPERS_H
#define GLYPHLIFT_TESTS_INPUT_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../pipeline/input/input.h"

/* Smooth, so that JPEG keeps it and any chroma sampling can follow; brighter to the right and, less so, downwards. */
static inline void pattern_pixel(int x, int y, int width, int height, uint8_t rgb[3]) {
  rgb[0] = (uint8_t)(30 + 150 * x / width + 50 * y / height);
  rgb[1] = (uint8_t)(40 + 120 * x / width + 60 * y / height);
  rgb[2] = (uint8_t)(200 - 100 * x / width - 40 * y / height);
}

static inline uint8_t pattern_gray(int x, int y, int width, int height) {
  uint8_t rgb[3];
  pattern_pixel(x, y, width, height, rgb);
  return input_luma(rgb[0], rgb[1], rgb[2]);
}

static inline int difference(int a, int b) {
  return a > b ? a - b : b - a;
}

static inline uint8_t *pixel_at(const shim_image *image, int x, int y) {
  return image->data + y * image->stride + (ptrdiff_t)x * image->channels;
}

/* The stored pixel (*x, *y) of a width x height picture that orientation shows at (shown_x, shown_y); written from the
 * table of EXIF 2.32, apart from exif.c. */
static inline void stored_position(int orientation, int width, int height, int shown_x, int shown_y, int *x, int *y) {
  const int right = width - 1, bottom = height - 1;
  const int table[9][2] = {{0, 0},
                           {shown_x, shown_y},
                           {right - shown_x, shown_y},
                           {right - shown_x, bottom - shown_y},
                           {shown_x, bottom - shown_y},
                           {shown_y, shown_x},
                           {shown_y, bottom - shown_x},
                           {right - shown_y, bottom - shown_x},
                           {right - shown_y, shown_x}};
  *x = table[orientation][0];
  *y = table[orientation][1];
}

/* The decoded picture must be the pattern of width x height as orientation shows it, within `tolerance`. */
static inline void assert_pattern(const shim_image *image, int width, int height, int orientation, int tolerance) {
  assert_int_equal(image->width, orientation >= 5 ? height : width);
  assert_int_equal(image->height, orientation >= 5 ? width : height);
  for (int shown_y = 0; shown_y < image->height; shown_y++)
    for (int shown_x = 0; shown_x < image->width; shown_x++) {
      int x, y;
      stored_position(orientation, width, height, shown_x, shown_y, &x, &y);
      uint8_t rgb[3], gray = pattern_gray(x, y, width, height);
      pattern_pixel(x, y, width, height, rgb);
      const uint8_t *found = pixel_at(image, shown_x, shown_y);
      for (int c = 0; c < image->channels; c++) {
        int expected = image->channels == 1 ? gray : rgb[c];
        if (difference(found[c], expected) > tolerance)
          fail_msg("pixel %d,%d channel %d is %d, expected %d", shown_x, shown_y, c, found[c], expected);
      }
    }
}

/* Decodes a copy of exactly `size` bytes, so that a sanitizer sees every byte read too far. A failure must come with a
 * sentence that names the file and with an empty picture. */
static inline int decode_copy(const uint8_t *data, size_t size, const input_options *options, shim_image *out,
                              glyph_error *error) {
  uint8_t *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  memcpy(copy, data, size);
  *error = (glyph_error){0};
  int status = input_decode(copy, size, "a.pic", options, out, error);
  free(copy);
  if (status) {
    assert_int_equal(error->status, status);
    assert_ptr_equal(strstr(error->message, "a.pic: "), error->message);
    assert_null(strchr(error->message, '\n'));
    assert_null(out->data);
  }
  return status;
}

static inline void assert_same_picture(const shim_image *a, const shim_image *b) {
  assert_int_equal(a->width, b->width);
  assert_int_equal(a->height, b->height);
  assert_int_equal(a->channels, b->channels);
  for (int y = 0; y < a->height; y++)
    assert_memory_equal(pixel_at(a, 0, y), pixel_at(b, 0, y), (size_t)a->width * (size_t)a->channels);
}

static inline void assert_says(const glyph_error *error, const char *part) {
  if (!strstr(error->message, part)) fail_msg("\"%s\" does not say \"%s\"", error->message, part);
}

/* ---- a scratch folder, removed by remove_scratch with the plain files in it ---------------------------------------- */

typedef struct scratch {
  char folder[64];
  char path[128];
} scratch;

static inline void make_scratch(scratch *s) {
  snprintf(s->folder, sizeof s->folder, "/tmp/glyphlift-test-XXXXXX");
  assert_non_null(mkdtemp(s->folder));
}

/* For cmocka_run_group_tests: *state is the scratch folder, which the tests must leave empty. */
static inline int scratch_set_up(void **state) {
  static scratch folder;
  make_scratch(&folder);
  *state = &folder;
  return 0;
}

static inline int scratch_tear_down(void **state) {
  scratch *folder = *state;
  return rmdir(folder->folder);
}

/* Valid until the next call with the same scratch. */
static inline const char *scratch_path(scratch *s, const char *name) {
  snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
  return s->path;
}

static inline void write_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

/* ---- stderr: what is written to it between the two calls is counted ------------------------------------------------ */

typedef struct stderr_watch {
  int before;
  FILE *caught;
} stderr_watch;

static inline void watch_stderr(stderr_watch *watch) {
  fflush(stderr);
  watch->before = dup(STDERR_FILENO);
  watch->caught = tmpfile();
  assert_non_null(watch->caught);
  assert_true(dup2(fileno(watch->caught), STDERR_FILENO) >= 0);
}

static inline void assert_stderr_stayed_empty(stderr_watch *watch) {
  struct stat caught;
  fflush(stderr);
  assert_true(dup2(watch->before, STDERR_FILENO) >= 0);
  close(watch->before);
  assert_int_equal(fstat(fileno(watch->caught), &caught), 0);
  fclose(watch->caught);
  assert_int_equal(caught.st_size, 0);
}

#endif
