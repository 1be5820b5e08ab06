/* HEIC pictures through libheif, as telephones write them: upright by the file's own turn, and damage told. libheif
 * writes the files, where it has an encoder. */
#include "document_helpers.h"

#include "../shim/module.h"

#include <libheif/heif.h>

enum { WIDTH = 64, HEIGHT = 48, TOLERANCE = 10 };

/* The encoder that makes this test's files does not give all of its memory back. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:x265_malloc";
}

static void need_module(void) {
  const char *why;
  if (!shim_module_heif(&why)) fail_msg("%s", why);
}

static struct heif_error keep_bytes(struct heif_context *context, const void *data, size_t size, void *user) {
  test_file *file = user;
  (void)context;
  file->data = malloc(size);
  assert_non_null(file->data);
  memcpy(file->data, data, size);
  file->size = size;
  return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, "good"};
}

static void must(struct heif_error error) {
  if (error.code != heif_error_Ok) fail_msg("%s", error.message);
}

static struct heif_image *make_image(int alpha) {
  struct heif_image *image;
  int stride, samples = alpha ? 4 : 3;
  must(heif_image_create(WIDTH, HEIGHT, heif_colorspace_RGB,
                         alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, &image));
  must(heif_image_add_plane(image, heif_channel_interleaved, WIDTH, HEIGHT, 8));
  uint8_t *rows = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      uint8_t *pixel = rows + y * stride + x * samples;
      pattern_pixel(x, y, WIDTH, HEIGHT, pixel);
      if (alpha) pixel[3] = x < WIDTH / 2 ? 255 : 0;
    }
  return image;
}

/* orientation: as EXIF counts. Skips the test where no encoder is there. */
static test_file make_heic(int orientation, int alpha) {
  struct heif_context *context = heif_context_alloc();
  struct heif_encoder *encoder = NULL;
  test_file file = {0};
  if (heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder).code != heif_error_Ok) {
    heif_context_free(context);
    skip();
  }
  must(heif_encoder_set_lossy_quality(encoder, 95));
  struct heif_encoding_options *options = heif_encoding_options_alloc();
#if LIBHEIF_HAVE_VERSION(1, 14, 0)
  options->image_orientation = (enum heif_orientation)orientation;
#else
  if (orientation != 1) skip();
#endif
  struct heif_image *image = make_image(alpha);
  struct heif_image_handle *handle = NULL;
  must(heif_context_encode_image(context, image, encoder, options, &handle));
  struct heif_writer writer = {1, keep_bytes};
  must(heif_context_write(context, &writer, &file));
  heif_image_handle_release(handle);
  heif_image_release(image);
  heif_encoding_options_free(options);
  heif_encoder_release(encoder);
  heif_context_free(context);
  return file;
}

static void pictures_come_upright(void **state) {
  (void)state;
  need_module();
  for (int orientation = 1; orientation <= 8; orientation++) {
    test_file file = make_heic(orientation, 0);
    glyph_document *document = open_or_fail(file.data, file.size);
    assert_int_equal(glyph_document_page_count(document), 1);
    for (int channels = 1; channels <= 3; channels += 2) {
      shim_image image;
      input_options options = {.max_pixels = WIDTH * HEIGHT, .channels = channels};
      page_or_fail(document, 1, &options, &image);
      assert_pattern(&image, WIDTH, HEIGHT, orientation, TOLERANCE);
      shim_image_free(&image);
      options.ignore_orientation = 1;
      page_or_fail(document, 1, &options, &image);
      assert_pattern(&image, WIDTH, HEIGHT, 1, TOLERANCE);
      shim_image_free(&image);
    }
    glyph_document_close(&document);
    free(file.data);
  }
}

static void alpha_is_laid_on_white(void **state) {
  (void)state;
  shim_image image;
  glyph_error error;
  need_module();
  test_file file = make_heic(1, 1);
  if (decode_copy(file.data, file.size, &rgb_options, &image, &error)) fail_msg("%s", error.message);
  for (int y = 8; y < HEIGHT; y += 8) {
    uint8_t rgb[3];
    pattern_pixel(8, y, WIDTH, HEIGHT, rgb);
    for (int c = 0; c < 3; c++) {
      assert_in_range(pixel_at(&image, 8, y)[c], rgb[c] - TOLERANCE, rgb[c] + TOLERANCE);
      assert_in_range(pixel_at(&image, WIDTH - 8, y)[c], 250, 255);
    }
  }
  shim_image_free(&image);
  free(file.data);
}

static void cap_holds(void **state) {
  (void)state;
  input_options options = {.max_pixels = WIDTH * HEIGHT - 1, .channels = 1};
  shim_image image;
  glyph_error error;
  need_module();
  test_file file = make_heic(1, 0);
  assert_int_equal(decode_copy(file.data, file.size, &options, &image, &error), GLYPH_ERR_LIMIT);
  assert_string_equal(error.message, "a.pic: the picture has 64 x 48 pixels, more than the limit of 3071");
  free(file.data);
}

static void cut_files(void **state) {
  (void)state;
  need_module();
  test_file file = make_heic(6, 0);
  assert_int_equal(read_what_is_there(file.data, file.size), 1);
  cut_and_flip(file, 97);
  free(file.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pictures_come_upright),
      cmocka_unit_test(alpha_is_laid_on_white),
      cmocka_unit_test(cap_holds),
      cmocka_unit_test(cut_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
