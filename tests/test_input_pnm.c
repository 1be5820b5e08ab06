/* Netpbm files: all seven kinds, every greatest value, comments, damage. */
#include "input_helpers.h"

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};
static const input_options rgb_options = {.max_pixels = 1000000, .channels = 3};

static void expect(const char *file, size_t size, int width, int height, const uint8_t *gray) {
  shim_image image;
  glyph_error error;
  if (decode_copy((const uint8_t *)file, size, &gray_options, &image, &error)) fail_msg("%s", error.message);
  assert_int_equal(image.width, width);
  assert_int_equal(image.height, height);
  for (int y = 0; y < height; y++) assert_memory_equal(pixel_at(&image, 0, y), gray + y * width, (size_t)width);
  shim_image_free(&image);
}

#define EXPECT(width, height, file, ...)                                                                               \
  expect(file, sizeof(file) - 1, width, height, (const uint8_t[(width) * (height)]){__VA_ARGS__})

static void kinds(void **state) {
  (void)state;
  EXPECT(3, 2, "P1\n3 2\n0 1 0\n1 0 1\n", 255, 0, 255, 0, 255, 0);
  EXPECT(3, 2, "P1 3 2 010101", 255, 0, 255, 0, 255, 0);
  EXPECT(3, 2, "P2\n3 2\n255\n0 1 2\n250 255 999\n", 0, 1, 2, 250, 255, 255);
  EXPECT(2, 1, "P3 2 1 255 255 0 0 0 0 255", 76, 29);
  EXPECT(10, 2, "P4 10 2\n\x80\x40\x01\x80", 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255,
         255, 0, 0, 255);
  EXPECT(2, 2, "P5 2 2 255\n\x01\x02\x03\x04", 1, 2, 3, 4);
  EXPECT(2, 1, "P6 2 1 255\n\xff\xff\xff\x00\xff\x00", 255, 150);
  EXPECT(2, 1, "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n\x07\x08", 7, 8);
  EXPECT(2, 1, "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nENDHDR\n\x00\xff\x00\x00", 0, 255);
  EXPECT(1, 1, "P7\n# x\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nENDHDR\n\x00\x00\x00\x80", 127);
}

static void greatest_values(void **state) {
  (void)state;
  EXPECT(4, 1, "P2 4 1 15 0 5 10 15", 0, 85, 170, 255);
  EXPECT(2, 1, "P5 2 1 1\n\x00\x01", 0, 255);
  EXPECT(2, 1, "P5 2 1 31\n\x1f\x10", 255, 132);
  EXPECT(3, 1, "P5 3 1 1023\n\x03\xff\x01\xff\x00\x00", 255, 127, 0);
  EXPECT(2, 1, "P5 2 1 65535\n\xff\xff\x80\x80", 255, 128);
}

static void comments_and_white_space(void **state) {
  (void)state;
  EXPECT(1, 1, "P5\n# one # two\r\n1\t# width\n 1\n#\n255\n\x42", 0x42);
  EXPECT(1, 1, "P5#a\n1 1 255 \x23", 0x23); /* after the blank even '#' is a sample */
  EXPECT(1, 1, "P2 1 1 255 # the sample\n 66", 66);
}

static void rgb_is_kept(void **state) {
  (void)state;
  static const char file[] = "P6 2 1 255\n\x01\x02\x03\x04\x05\x06";
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy((const uint8_t *)file, sizeof file - 1, &rgb_options, &image, &error), GLYPH_OK);
  assert_memory_equal(image.data, "\x01\x02\x03\x04\x05\x06", 6);
  shim_image_free(&image);
}

static void refuse(const char *file, size_t size, glyph_status status, const char *says) {
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy((const uint8_t *)file, size, &gray_options, &image, &error), status);
  assert_says(&error, says);
}

#define REFUSE(file, status, says) refuse(file, sizeof(file) - 1, status, says)

static void damage(void **state) {
  (void)state;
  REFUSE("P5 2 3 255\n\x01\x02\x03", GLYPH_ERR_FORMAT, "the PNM file is truncated: 2 of 3 rows are missing");
  REFUSE("P2 2 3 255\n1 2 3 4 5", GLYPH_ERR_FORMAT, "1 of 3 rows are missing");
  REFUSE("P2 2 1 255\n1 x", GLYPH_ERR_FORMAT, "1 of 1 rows are missing");
  REFUSE("P5 2", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 2 2 255", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 -2 2 255\n", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 2 2 0\n", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 2 2 65536\n", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 0 2 255\n", GLYPH_ERR_FORMAT, "no pixels");
  REFUSE("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n", GLYPH_ERR_FORMAT, "header");
  REFUSE("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\n", GLYPH_ERR_FORMAT, "header");
  REFUSE("P5 60000 60000 255\n", GLYPH_ERR_LIMIT, "60000 x 60000");
  REFUSE("P5 99999999999999999999 1 255\n", GLYPH_ERR_LIMIT, "more than the limit");
}

/* Every truncation of every kind is refused. */
static void truncation_at_every_length(void **state) {
  (void)state;
  static const char *const files[] = {"P1 3 2 1 0 1 0 1 0", "P3 1 2 9 1 2 3 4 5 6", "P4 9 2\nabcd",
                                      "P6 2 2 511\nabcdefghijklmnopqrstuvwx",
                                      "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 2\nMAXVAL 255\nENDHDR\nabcdefgh"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    shim_image image;
    glyph_error error;
    const uint8_t *data = (const uint8_t *)files[i];
    for (size_t size = 3; size < strlen(files[i]); size++)
      assert_int_equal(decode_copy(data, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
    assert_int_equal(decode_copy(data, strlen(files[i]), &gray_options, &image, &error), GLYPH_OK);
    shim_image_free(&image);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds),       cmocka_unit_test(greatest_values),
      cmocka_unit_test(rgb_is_kept), cmocka_unit_test(comments_and_white_space),
      cmocka_unit_test(damage),      cmocka_unit_test(truncation_at_every_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
