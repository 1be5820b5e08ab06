/* JPEGs that are decoded half as large, where that is allowed. */
#include "jpeg_maker.h"

enum { HALVED_FROM = 80, HALF_TOLERANCE = 8 };

/* Whether it came half as large; *image is the caller's. */
static int decode_halved(const jpeg_kind *kind, int channels, shim_image *image) {
  int halved = 0;
  glyph_error error;
  const input_options options = {
      .max_pixels = 1000000, .channels = channels, .halved_from = HALVED_FROM, .halved = &halved};
  bytes file = make_jpeg(kind);
  if (decode_copy(file.data, file.size, &options, image, &error)) fail_msg("%s", error.message);
  free(file.data);
  return halved;
}

/* Each pixel of the half is about the mean of the four that it stands for, whichever way the picture is turned. */
static void large_pictures_come_half_as_large(void **state) {
  (void)state;
  for (int orientation = 1; orientation <= 8; orientation++) {
    uint8_t exif[EXIF_BYTES];
    make_exif(exif, orientation, false);
    const jpeg_kind kind = {.width = 90, .height = 54, .exif = exif, .exif_size = sizeof exif};
    shim_image half, whole;
    glyph_error error;
    assert_int_equal(decode_halved(&kind, 1, &half), 1);
    bytes file = make_jpeg(&kind);
    assert_int_equal(decode_copy(file.data, file.size, &gray_options, &whole, &error), GLYPH_OK);
    assert_int_equal(2 * half.width, whole.width);
    assert_int_equal(2 * half.height, whole.height);
    for (int y = 0; y < half.height; y++)
      for (int x = 0; x < half.width; x++) {
        const uint8_t *above = whole.data + 2 * y * whole.stride + 2 * x, *below = above + whole.stride;
        const int mean = (above[0] + above[1] + below[0] + below[1] + 2) / 4;
        assert_in_range(abs(half.data[y * half.stride + x] - mean), 0, HALF_TOLERANCE);
      }
    shim_image_free(&half);
    shim_image_free(&whole);
    free(file.data);
  }
}

static void others_come_whole(void **state) {
  (void)state;
  static const struct {
    int width, height, channels, halved;
  } cases[] = {{82, 2, 1, 1},  {2, 82, 1, 1},  {80, 80, 1, 0}, {81, 82, 1, 0},
               {82, 81, 1, 0}, {82, 80, 3, 0}, {1, 90, 1, 0},  {60, 40, 1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    shim_image image;
    const int halved =
        decode_halved(&(jpeg_kind){.width = cases[i].width, .height = cases[i].height}, cases[i].channels, &image);
    assert_int_equal(halved, cases[i].halved);
    assert_int_equal(image.width << halved, cases[i].width);
    assert_int_equal(image.height << halved, cases[i].height);
    shim_image_free(&image);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(large_pictures_come_half_as_large),
      cmocka_unit_test(others_come_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
