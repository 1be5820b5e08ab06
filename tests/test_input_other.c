/* Formats that OpenCV decodes: their headers are looked at before its module is loaded, the pictures come out right,
 * and damage is told. The files are written here byte by byte. */
#include "document_helpers.h"

#include "../shim/module.h"

static void put(uint8_t **to, uint32_t value, int count, bool big) {
  for (int i = 0; i < count; i++) *(*to)++ = (uint8_t)(value >> 8 * (big ? count - 1 - i : i));
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

enum { WIDTH = 21, HEIGHT = 13, FILE_BYTES = 4096 };

/* 24-bit BMP; rows from the bottom unless top_down. */
static size_t make_bmp(uint8_t *file, int width, int height, bool top_down) {
  uint8_t *to = file;
  const size_t row = ((size_t)width * 3 + 3) / 4 * 4, size = 54 + row * (size_t)height;
  memcpy(to, "BM", 2);
  to += 2;
  const uint32_t fields[] = {(uint32_t)size, 0, 54, 40, (uint32_t)width, (uint32_t)(top_down ? -height : height)};
  for (size_t i = 0; i < 6; i++) put(&to, fields[i], 4, false);
  put(&to, 1, 2, false);
  put(&to, 24, 2, false);
  for (int i = 0; i < 6; i++) put(&to, 0, 4, false);
  if (size > FILE_BYTES) return 54;
  memset(to, 0, row * (size_t)height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint8_t rgb[3], *at = to + (size_t)(top_down ? y : height - 1 - y) * row + (size_t)x * 3;
      pattern_pixel(x, y, width, height, rgb);
      for (int c = 0; c < 3; c++) at[c] = rgb[2 - c];
    }
  return size;
}

static size_t make_webp_header(uint8_t *file, const char *chunk, const uint8_t body[10]) {
  memcpy(file, "RIFF\x16\0\0\0WEBP", 12);
  memcpy(file + 12, chunk, 4);
  memcpy(file + 16, "\x0a\0\0\0", 4);
  memcpy(file + 20, body, 10);
  return 30;
}

/* The beginning of a JPEG 2000 codestream, in the boxes of a JP2 file where `boxed`. */
static size_t make_jpeg_2000_header(uint8_t *file, uint32_t width, uint32_t height, bool boxed) {
  uint8_t *to = file;
  if (boxed) {
    memcpy(to,
           "\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14"
           "ftypjp2 \0\0\0\0jp2 ",
           32);
    to += 32;
    put(&to, 0, 4, true); /* up to the end */
    memcpy(to, "jp2c", 4);
    to += 4;
  }
  memcpy(to, "\xff\x4f\xff\x51\0\x29\0\0", 8);
  to += 8;
  put(&to, width + 5, 4, true);
  put(&to, height + 7, 4, true);
  put(&to, 5, 4, true);
  put(&to, 7, 4, true);
  memset(to, 0, 32);
  return (size_t)(to + 32 - file);
}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

static void expect_over_limit(const uint8_t *file, size_t size, const char *says) {
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_LIMIT);
  assert_says(&error, says);
}

/* First in main(): nothing has asked for the module before. */
static void cap_holds_before_the_module_is_loaded(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  expect_over_limit(file, make_bmp(file, 60000, 50000, false), "60000 x 50000");
  expect_over_limit(file, make_bmp(file, 60000, 50000, true), "60000 x 50000");
  expect_over_limit(file, make_webp_header(file, "VP8X", (const uint8_t[10]){0, 0, 0, 0, 0x5f, 0xea, 0, 0x4f, 0xc3, 0}),
                    "60000 x 50000");
  expect_over_limit(file, make_webp_header(file, "VP8L", (const uint8_t[10]){0x2f, 0xff, 0xff, 0xff, 0x0f}),
                    "16384 x 16384");
  expect_over_limit(
      file, make_webp_header(file, "VP8 ", (const uint8_t[10]){0, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f}),
      "16383 x 16383");
  expect_over_limit(file, make_jpeg_2000_header(file, 60000, 50000, false), "60000 x 50000");
  expect_over_limit(file, make_jpeg_2000_header(file, 60000, 50000, true), "60000 x 50000");
  memcpy(file, "\x59\xa6\x6a\x95\0\0\xea\x60\0\0\xc3\x50", 12);
  expect_over_limit(file, 32, "60000 x 50000");
  assert_false(is_loaded("imgcodecs"));
}

static void damaged_headers(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  shim_image image;
  glyph_error error;
  for (size_t size = 3; size < 26; size++) {
    make_bmp(file, WIDTH, HEIGHT, false);
    assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  }
  for (size_t size = 12; size < 60; size++) {
    make_jpeg_2000_header(file, WIDTH, HEIGHT, true);
    assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  }
  make_bmp(file, 0, HEIGHT, false);
  assert_int_equal(decode_copy(file, 54, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "no pixels");
  assert_false(is_loaded("imgcodecs"));
}

/* ---- pictures, through the module -------------------------------------------------------------------------------- */

static void need_module(void) {
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_codecs.so", F_OK) != 0) skip();
  const char *why;
  if (!shim_module_codecs(&why)) fail_msg("%s", why);
}

static void check_picture(const uint8_t *file, size_t size, int tolerance) {
  for (int channels = 1; channels <= 3; channels += 2) {
    shim_image image;
    glyph_error error;
    if (decode_copy(file, size, channels == 1 ? &gray_options : &rgb_options, &image, &error))
      fail_msg("%s", error.message);
    assert_pattern(&image, WIDTH, HEIGHT, 1, tolerance);
    shim_image_free(&image);
  }
}

static void pictures(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  need_module();
  check_picture(file, make_bmp(file, WIDTH, HEIGHT, false), 0);
  check_picture(file, make_bmp(file, WIDTH, HEIGHT, true), 0);
}

static void damage_is_told_silently(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  shim_image image;
  glyph_error error;
  stderr_watch watch;
  need_module();
  watch_stderr(&watch);
  size_t size = make_bmp(file, WIDTH, HEIGHT, false);
  assert_int_equal(decode_copy(file, size / 2, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "the BMP file cannot be read");
  size = make_jpeg_2000_header(file, WIDTH, HEIGHT, true);
  assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  size = make_webp_header(file, "VP8L", (const uint8_t[10]){0x2f, 0x10, 0, 0, 0});
  assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_stderr_stayed_empty(&watch);
}

static void replaced_header_bytes(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  need_module();
  size_t size = make_bmp(file, WIDTH, HEIGHT, false);
  for (size_t at = 2; at < 54; at++) {
    shim_image image;
    glyph_error error;
    file[at] ^= 0x83;
    if (decode_copy(file, size, &gray_options, &image, &error) == GLYPH_OK) shim_image_free(&image);
    file[at] ^= 0x83;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cap_holds_before_the_module_is_loaded),
      cmocka_unit_test(damaged_headers),
      cmocka_unit_test(pictures),
      cmocka_unit_test(damage_is_told_silently),
      cmocka_unit_test(replaced_header_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
