/* Formats that OpenCV decodes: their headers are looked at before its module is loaded, the pictures come out right,
 * and damage is told. The files are written here byte by byte. */
#include "input_helpers.h"

#include <stdbool.h>

#include "../shim/module.h"

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};
static const input_options rgb_options = {.max_pixels = 1000000, .channels = 3};

static bool is_loaded(const char *library) {
  char line[4096];
  bool found = false;
  FILE *maps = fopen("/proc/self/maps", "r");
  assert_non_null(maps);
  while (!found && fgets(line, sizeof line, maps)) found = strstr(line, library) != NULL;
  fclose(maps);
  return found;
}

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

typedef struct tiff_entry {
  unsigned tag, type;
  uint32_t value;
} tiff_entry;

/* TIFF without compression, one strip: samples 1 gray, 3 RGB, 4 RGB + alpha; bits 8 or 16. The alpha channel is half
 * transparent. */
static size_t make_tiff(uint8_t *file, int width, int height, int samples, int bits, bool big) {
  uint8_t *to = file;
  const uint32_t count = samples == 4 ? 11 : 10, pixels_at = 8 + 2 + count * 12 + 4 + 8;
  const uint32_t pixel_bytes = (uint32_t)width * (uint32_t)height * (uint32_t)samples * (uint32_t)bits / 8;
  const uint32_t bits_at = 8 + 2 + count * 12 + 4;
  const tiff_entry entries[] = {{256, 4, (uint32_t)width},
                                {257, 4, (uint32_t)height},
                                {258, 3, samples == 1 ? (uint32_t)bits : bits_at},
                                {259, 3, 1},
                                {262, 3, samples == 1 ? 1 : 2},
                                {273, 4, pixels_at},
                                {277, 3, (uint32_t)samples},
                                {278, 4, (uint32_t)height},
                                {279, 4, pixel_bytes},
                                {284, 3, 1},
                                {338, 3, 2}};
  memcpy(to, big ? "MM" : "II", 2);
  to += 2;
  put(&to, 42, 2, big);
  put(&to, 8, 4, big);
  put(&to, count, 2, big);
  for (uint32_t i = 0; i < count; i++) {
    const bool list = entries[i].tag == 258 && samples > 1, is_short = entries[i].type == 3 && !list;
    put(&to, entries[i].tag, 2, big);
    put(&to, entries[i].type, 2, big);
    put(&to, list ? (uint32_t)samples : 1, 4, big);
    put(&to, entries[i].value, is_short ? 2 : 4, big);
    if (is_short) put(&to, 0, 2, big);
  }
  put(&to, 0, 4, big);
  for (int i = 0; i < 4; i++) put(&to, (uint32_t)bits, 2, big);
  if ((size_t)pixels_at + pixel_bytes > FILE_BYTES) return pixels_at;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint8_t rgba[4] = {0, 0, 0, 128};
      pattern_pixel(x, y, width, height, rgba);
      if (samples == 1) rgba[0] = pattern_gray(x, y, width, height);
      for (int c = 0; c < samples; c++) put(&to, bits == 16 ? rgba[c] * 257u : rgba[c], bits / 8, big);
    }
  return pixels_at + pixel_bytes;
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
  expect_over_limit(file, make_tiff(file, 60000, 50000, 1, 8, false), "60000 x 50000");
  expect_over_limit(file, make_tiff(file, 60000, 50000, 3, 16, true), "60000 x 50000");
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
  size_t size = make_tiff(file, WIDTH, HEIGHT, 3, 8, false);
  memset(file + 4, 0xff, 4); /* the directory lies beyond the end */
  assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "the TIFF file's header is damaged or cut off");
  for (size = 12; size < 60; size++) {
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
  for (int big = 0; big < 2; big++) {
    check_picture(file, make_tiff(file, WIDTH, HEIGHT, 3, 8, big), 0);
    check_picture(file, make_tiff(file, WIDTH, HEIGHT, 3, 16, big), 0);
  }
}

static void gray_tiff(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  need_module();
  for (int bits = 8; bits <= 16; bits += 8) {
    shim_image image;
    glyph_error error;
    size_t size = make_tiff(file, WIDTH, HEIGHT, 1, bits, false);
    assert_int_equal(decode_copy(file, size, &gray_options, &image, &error), GLYPH_OK);
    assert_pattern(&image, WIDTH, HEIGHT, 1, 0);
    shim_image_free(&image);
  }
}

static void alpha_is_laid_on_white(void **state) {
  (void)state;
  uint8_t file[FILE_BYTES];
  shim_image image;
  glyph_error error;
  need_module();
  size_t size = make_tiff(file, WIDTH, HEIGHT, 4, 8, false);
  assert_int_equal(decode_copy(file, size, &rgb_options, &image, &error), GLYPH_OK);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      uint8_t rgb[3];
      pattern_pixel(x, y, WIDTH, HEIGHT, rgb);
      for (int c = 0; c < 3; c++)
        assert_in_range(pixel_at(&image, x, y)[c], (rgb[c] * 128 + 255 * 127) / 255 - 1,
                        (rgb[c] * 128 + 255 * 127) / 255 + 1);
    }
  shim_image_free(&image);
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
  size = make_tiff(file, WIDTH, HEIGHT, 3, 8, false);
  assert_int_equal(decode_copy(file, size / 2, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
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
  for (int format = 0; format < 2; format++) {
    size_t size = format ? make_tiff(file, WIDTH, HEIGHT, 3, 8, true) : make_bmp(file, WIDTH, HEIGHT, false);
    for (size_t at = 2; at < 150; at++) {
      shim_image image;
      glyph_error error;
      file[at] ^= 0x83;
      if (decode_copy(file, size, &gray_options, &image, &error) == GLYPH_OK) shim_image_free(&image);
      file[at] ^= 0x83;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cap_holds_before_the_module_is_loaded),
      cmocka_unit_test(damaged_headers),
      cmocka_unit_test(pictures),
      cmocka_unit_test(gray_tiff),
      cmocka_unit_test(alpha_is_laid_on_white),
      cmocka_unit_test(damage_is_told_silently),
      cmocka_unit_test(replaced_header_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
