/* JPEG and EXIF: files made here with libjpeg itself, in every kind a camera, a scanner or a layout program writes. */
#include "jpeg_maker.h"

/* Both gray and RGB must show the pattern. */
static void check_kind(const jpeg_kind *kind, int orientation, int tolerance) {
  bytes file = make_jpeg(kind);
  for (int channels = 1; channels <= 3; channels += 2) {
    shim_image image;
    glyph_error error;
    if (decode_copy(file.data, file.size, channels == 1 ? &gray_options : &rgb_options, &image, &error))
      fail_msg("%s", error.message);
    assert_int_equal(image.channels, channels);
    assert_pattern(&image, kind->width, kind->height, orientation, tolerance);
    shim_image_free(&image);
  }
  free(file.data);
}

/* ---- EXIF -------------------------------------------------------------------------------------------------------- */

static void orientations(void **state) {
  (void)state;
  for (int big = 0; big < 2; big++)
    for (int orientation = 1; orientation <= 8; orientation++) {
      uint8_t exif[EXIF_BYTES];
      make_exif(exif, orientation, big);
      check_kind(&(jpeg_kind){.width = 70, .height = 41, .exif = exif, .exif_size = sizeof exif}, orientation, 4);
    }
}

static void orientation_is_ignored_when_asked(void **state) {
  (void)state;
  uint8_t exif[EXIF_BYTES];
  make_exif(exif, 6, true);
  bytes file = make_jpeg(&(jpeg_kind){.width = 30, .height = 20, .exif = exif, .exif_size = sizeof exif});
  input_options options = gray_options;
  options.ignore_orientation = 1;
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, file.size, &options, &image, &error), GLYPH_OK);
  assert_pattern(&image, 30, 20, 1, 4);
  shim_image_free(&image);
  free(file.data);
}

static void exif_values_out_of_range_count_as_none(void **state) {
  (void)state;
  static const int values[] = {0, 9, 255, 65535};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    uint8_t exif[EXIF_BYTES];
    make_exif(exif, values[i], false);
    assert_int_equal(exif_orientation(exif + 6, sizeof exif - 6), 1);
  }
}

/* A list of values does not stand in the entry itself. */
static void exif_lists_count_as_none(void **state) {
  (void)state;
  enum { COUNT_AT = 6 + 8 + 2 + 12 + 4 };
  uint8_t exif[EXIF_BYTES];
  make_exif(exif, 6, false);
  exif[COUNT_AT] = 3;
  assert_int_equal(exif_orientation(exif + 6, sizeof exif - 6), 1);
}

/* Every truncation and every byte replaced: an orientation from 1 to 8 comes back, and no byte beyond is read. */
static void damaged_exif(void **state) {
  (void)state;
  uint8_t exif[EXIF_BYTES];
  make_exif(exif, 6, true);
  const uint8_t *tiff = exif + 6;
  const size_t size = EXIF_BYTES - 6, end_of_entries = size - 4;
  assert_int_equal(exif_orientation(tiff, size), 6);
  for (size_t cut = 0; cut <= size; cut++) {
    uint8_t *copy = malloc(cut ? cut : 1);
    memcpy(copy, tiff, cut);
    assert_int_equal(exif_orientation(copy, cut), cut >= end_of_entries ? 6 : 1);
    free(copy);
  }
  uint8_t *copy = malloc(size);
  for (size_t at = 0; at < size; at++)
    for (int value = 0; value < 256; value++) {
      memcpy(copy, tiff, size);
      copy[at] = (uint8_t)value;
      int orientation = exif_orientation(copy, size);
      assert_in_range(orientation, 1, 8);
    }
  free(copy);
}

static void damaged_exif_does_not_fail_the_picture(void **state) {
  (void)state;
  uint8_t exif[EXIF_BYTES];
  make_exif(exif, 6, true);
  exif[6 + 4] = 0xff; /* the directory lies beyond the end */
  check_kind(&(jpeg_kind){.width = 30, .height = 20, .exif = exif, .exif_size = sizeof exif}, 1, 4);
  check_kind(&(jpeg_kind){.width = 30, .height = 20, .exif = exif, .exif_size = 3}, 1, 4);
}

static void views_and_sizes_survive_turning(void **state) {
  (void)state;
  shim_image image;
  assert_int_equal(shim_image_create(&image, 3, 2, 1), SHIM_OK);
  for (int y = 0; y < 2; y++)
    for (int x = 0; x < 3; x++) *pixel_at(&image, x, y) = (uint8_t)(10 * y + x);
  assert_int_equal(exif_apply_orientation(&image, 0), GLYPH_ERR_ARGUMENT);
  assert_int_equal(exif_apply_orientation(&image, 9), GLYPH_ERR_ARGUMENT);
  /* 6 turns clockwise, 8 back; 5 and 7 undo themselves. */
  assert_int_equal(exif_apply_orientation(&image, 6), GLYPH_OK);
  assert_int_equal(image.width, 2);
  assert_int_equal(*pixel_at(&image, 0, 0), 10);
  assert_int_equal(*pixel_at(&image, 1, 2), 2);
  assert_int_equal(exif_apply_orientation(&image, 8), GLYPH_OK);
  for (int orientation = 5; orientation <= 7; orientation += 2)
    for (int twice = 0; twice < 2; twice++) assert_int_equal(exif_apply_orientation(&image, orientation), GLYPH_OK);
  for (int y = 0; y < 2; y++)
    for (int x = 0; x < 3; x++) assert_int_equal(*pixel_at(&image, x, y), 10 * y + x);
  shim_image_free(&image);
}

/* ---- kinds of files ---------------------------------------------------------------------------------------------- */

static void samplings(void **state) {
  (void)state;
  static const int luma[][2] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {1, 4}, {3, 1}, {1, 3}, {3, 2}, {2, 3}, {4, 2}};
  for (size_t i = 0; i < sizeof luma / sizeof *luma; i++) {
    jpeg_kind kind = {.width = 117, .height = 91, .samplings = {{luma[i][0], luma[i][1]}}};
    check_kind(&kind, 1, 8);
    kind.progressive = true;
    check_kind(&kind, 1, 8);
  }
  /* Chroma finer than luma, and the two chromas unlike each other. */
  check_kind(&(jpeg_kind){.width = 117, .height = 91, .samplings = {{1, 1}, {2, 2}, {2, 2}}}, 1, 8);
  check_kind(&(jpeg_kind){.width = 117, .height = 91, .samplings = {{2, 2}, {1, 2}, {2, 1}}}, 1, 8);
}

static void colour_spaces(void **state) {
  (void)state;
  jpeg_kind kind = {.width = 61, .height = 37, .stored = JCS_RGB};
  check_kind(&kind, 1, 5);
  kind.stored = JCS_CMYK;
  check_kind(&kind, 1, 5);
  kind.no_adobe_marker = true;
  check_kind(&kind, 1, 5);
  kind = (jpeg_kind){.width = 61, .height = 37, .stored = JCS_YCCK};
  check_kind(&kind, 1, 5);
  kind.samplings[0][0] = kind.samplings[3][0] = 2;
  kind.progressive = true;
  check_kind(&kind, 1, 8);
}

static void black_ink_darkens(void **state) {
  (void)state;
  jpeg_kind kind = {.width = 16, .height = 16, .stored = JCS_CMYK};
  struct jpeg_compress_struct cinfo;
  struct jpeg_error_mgr manager;
  unsigned char *buffer = NULL;
  unsigned long size = 0;
  JSAMPLE row[16 * 4], *rows = row;
  for (int x = 0; x < 16; x++) memcpy(row + 4 * x, "\xff\xff\xff\x80", 4); /* no colour, half black, Adobe's way */
  cinfo.err = jpeg_std_error(&manager);
  jpeg_create_compress(&cinfo);
  jpeg_mem_dest(&cinfo, &buffer, &size);
  set_up(&cinfo, &kind);
  jpeg_start_compress(&cinfo, TRUE);
  for (int y = 0; y < 16; y++) jpeg_write_scanlines(&cinfo, &rows, 1);
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(buffer, size, &gray_options, &image, &error), GLYPH_OK);
  assert_in_range(*pixel_at(&image, 8, 8), 0x7e, 0x82);
  shim_image_free(&image);
  free(buffer);
}

/* Its sampling factors mean nothing with a single component, and some scanners write odd ones. */
static void gray_file(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 50, .height = 33, .stored = JCS_GRAYSCALE, .samplings = {{2, 3}}});
  shim_image gray, rgb;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, file.size, &gray_options, &gray, &error), GLYPH_OK);
  assert_int_equal(decode_copy(file.data, file.size, &rgb_options, &rgb, &error), GLYPH_OK);
  assert_pattern(&gray, 50, 33, 1, 4);
  for (int c = 0; c < 3; c++) assert_int_equal(pixel_at(&rgb, 20, 10)[c], *pixel_at(&gray, 20, 10));
  shim_image_free(&gray);
  shim_image_free(&rgb);
  free(file.data);
}

static void codings(void **state) {
  (void)state;
  check_kind(&(jpeg_kind){.width = 90, .height = 75, .progressive = true}, 1, 5);
  check_kind(&(jpeg_kind){.width = 90, .height = 75, .restart_rows = 1, .samplings = {{2, 2}}}, 1, 8);
  check_kind(&(jpeg_kind){.width = 90, .height = 75, .one_scan_each = true, .samplings = {{2, 1}}}, 1, 8);
#ifdef D_ARITH_CODING_SUPPORTED
  check_kind(&(jpeg_kind){.width = 90, .height = 75, .arithmetic = true}, 1, 5);
  check_kind(&(jpeg_kind){.width = 90, .height = 75, .arithmetic = true, .progressive = true}, 1, 5);
#endif
}

static void small_sizes(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {2, 3}, {8, 8}, {9, 17}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    jpeg_kind kind = {.width = sizes[i][0], .height = sizes[i][1], .samplings = {{2, 2}}};
    bytes file = make_jpeg(&kind);
    shim_image image;
    glyph_error error;
    assert_int_equal(decode_copy(file.data, file.size, &gray_options, &image, &error), GLYPH_OK);
    assert_pattern(&image, kind.width, kind.height, 1, 8);
    shim_image_free(&image);
    free(file.data);
  }
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

/* At every length a file is refused, or gives the very picture of the whole file. */
static void check_truncations(const jpeg_kind *kind, size_t least_refused) {
  bytes file = make_jpeg(kind);
  shim_image whole, image;
  glyph_error error;
  size_t refused = 0;
  assert_int_equal(decode_copy(file.data, file.size, &rgb_options, &whole, &error), GLYPH_OK);
  for (size_t size = 3; size < file.size; size++) {
    int status = decode_copy(file.data, size, &rgb_options, &image, &error);
    if (status) {
      assert_int_equal(status, GLYPH_ERR_FORMAT);
      assert_says(&error, "the JPEG is truncated");
      refused++;
    } else {
      assert_same_picture(&image, &whole);
      shim_image_free(&image);
    }
  }
  assert_true(refused >= file.size - 3 - least_refused);
  shim_image_free(&whole);
  free(file.data);
}

static void truncation_at_every_length(void **state) {
  (void)state;
  enum { END_MARKER_BYTES = 2 };
  jpeg_kind kind = {.width = 40, .height = 53, .samplings = {{2, 2}}};
  check_truncations(&kind, END_MARKER_BYTES);
  kind.restart_rows = 1;
  check_truncations(&kind, END_MARKER_BYTES);
  kind = (jpeg_kind){.width = 40, .height = 53, .progressive = true};
  check_truncations(&kind, END_MARKER_BYTES);
  kind = (jpeg_kind){.width = 40, .height = 53, .one_scan_each = true};
  check_truncations(&kind, END_MARKER_BYTES);
  kind = (jpeg_kind){.width = 40, .height = 53, .stored = JCS_GRAYSCALE};
  check_truncations(&kind, END_MARKER_BYTES);
#ifdef D_ARITH_CODING_SUPPORTED
  kind = (jpeg_kind){.width = 40, .height = 53, .arithmetic = true};
  check_truncations(&kind, END_MARKER_BYTES);
#endif
}

static void truncation_tells_the_missing_rows(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 64, .height = 640});
  shim_image image;
  glyph_error error;
  int missing = 0, rows = 0;
  assert_int_equal(decode_copy(file.data, file.size / 2, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_int_equal(sscanf(error.message, "a.pic: the JPEG is truncated: %d of %d rows are missing", &missing, &rows),
                   2);
  assert_int_equal(rows, 640);
  assert_in_range(missing, 200, 440);
  /* An end marker put after the cut does not hide it. */
  memcpy(file.data + file.size / 2, "\xff\xd9", 2);
  assert_int_equal(decode_copy(file.data, file.size / 2 + 2, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "of 640 rows are missing");
  free(file.data);
}

/* Position of the n-th (from 0) marker of this kind, or 0. */
static size_t find_marker(bytes file, uint8_t marker, int n) {
  for (size_t i = 0; i + 1 < file.size; i++)
    if (file.data[i] == 0xff && file.data[i + 1] == marker && n-- == 0) return i;
  return 0;
}

static void truncation_within_the_header(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 64, .height = 64});
  size_t scan = find_marker(file, 0xda, 0);
  for (size_t size = 3; size < scan + 10; size++) {
    shim_image image;
    glyph_error error;
    assert_int_equal(decode_copy(file.data, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
    assert_string_equal(error.message, "a.pic: the JPEG is truncated: it ends within its header");
  }
  free(file.data);
}

static void missing_component_is_an_error(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 40, .height = 40, .one_scan_each = true});
  size_t second_scan = find_marker(file, 0xda, 1);
  assert_true(second_scan > 0);
  memcpy(file.data + second_scan, "\xff\xd9", 2);
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, second_scan + 2, &rgb_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "2 of 3 colour components are missing");
  free(file.data);
}

static void warnings_do_not_fail_a_file(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 64, .height = 64, .restart_rows = 1});
  uint8_t *longer = malloc(file.size + 64);
  shim_image image;
  glyph_error error;
  /* Extraneous bytes before a restart marker, and after the end. */
  size_t restart = find_marker(file, 0xd3, 0);
  assert_true(restart > 0);
  memcpy(longer, file.data, restart);
  memset(longer + restart, 0x55, 20);
  memcpy(longer + restart + 20, file.data + restart, file.size - restart);
  memset(longer + file.size + 20, 0xaa, 30);
  assert_int_equal(decode_copy(longer, file.size + 50, &gray_options, &image, &error), GLYPH_OK);
  assert_pattern(&image, 64, 64, 1, 5);
  shim_image_free(&image);
  /* Damaged bits within one restart interval: the other rows stay as they are. */
  memcpy(longer, file.data, file.size);
  for (size_t i = restart - 8; i < restart - 2; i++)
    if (longer[i] != 0xff && longer[i + 1] != 0x00) longer[i] ^= 0x2a;
  assert_int_equal(decode_copy(longer, file.size, &gray_options, &image, &error), GLYPH_OK);
  assert_true(difference(*pixel_at(&image, 5, 5), pattern_gray(5, 5, 64, 64)) <= 5);
  assert_true(difference(*pixel_at(&image, 60, 60), pattern_gray(60, 60, 64, 64)) <= 5);
  shim_image_free(&image);
  /* Bytes missing in one restart interval. */
  memcpy(longer + restart - 8, file.data + restart, file.size - restart);
  assert_int_equal(decode_copy(longer, file.size - 8, &gray_options, &image, &error), GLYPH_OK);
  assert_true(difference(*pixel_at(&image, 60, 60), pattern_gray(60, 60, 64, 64)) <= 5);
  shim_image_free(&image);
  free(longer);
  free(file.data);
}

/* Chroma sampled at 2/3 of luma. libjpeg does not write that, but in a file of 8 x 8 pixels with a scan for each
 * component the factor can be changed afterwards. */
static void fractional_sampling_gives_gray(void **state) {
  (void)state;
  enum { COMPONENTS_AT = 10, COMPONENT_BYTES = 3 };
  bytes file = make_jpeg(&(jpeg_kind){.width = 8, .height = 8, .samplings = {{3, 1}}, .one_scan_each = true});
  uint8_t *components = file.data + find_marker(file, 0xc0, 0) + COMPONENTS_AT;
  assert_int_equal(components[COMPONENT_BYTES + 1], 0x11);
  components[COMPONENT_BYTES + 1] = 0x21;
  shim_image gray, rgb;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, file.size, &gray_options, &gray, &error), GLYPH_OK);
  assert_pattern(&gray, 8, 8, 1, 5);
  assert_int_equal(decode_copy(file.data, file.size, &rgb_options, &rgb, &error), GLYPH_OK);
  for (int c = 0; c < 3; c++) assert_int_equal(pixel_at(&rgb, 5, 3)[c], *pixel_at(&gray, 5, 3));
  shim_image_free(&gray);
  shim_image_free(&rgb);
  free(file.data);
}

/* Whatever a byte is replaced by, the file is read or refused with a sentence. */
static void replaced_bytes(void **state) {
  (void)state;
  static const uint8_t flips[] = {0x01, 0x80, 0xff, 0x55};
  const jpeg_kind kinds[] = {{.width = 17, .height = 19, .samplings = {{2, 2}}},
                             {.width = 17, .height = 19, .progressive = true},
                             {.width = 17, .height = 19, .stored = JCS_YCCK, .restart_rows = 1}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    bytes file = make_jpeg(&kinds[k]);
    for (size_t at = 3; at < file.size; at++)
      for (size_t f = 0; f < sizeof flips; f++) {
        shim_image image;
        glyph_error error;
        file.data[at] ^= flips[f];
        if (decode_copy(file.data, file.size, &gray_options, &image, &error) == GLYPH_OK) shim_image_free(&image);
        file.data[at] ^= flips[f];
      }
    free(file.data);
  }
}

static void pixel_cap(void **state) {
  (void)state;
  bytes file = make_jpeg(&(jpeg_kind){.width = 50, .height = 40});
  size_t frame = find_marker(file, 0xc0, 0);
  assert_true(frame > 0);
  memcpy(file.data + frame + 5, "\xea\x60\xea\x60", 4); /* 60000 x 60000 */
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, file.size, &gray_options, &image, &error), GLYPH_ERR_LIMIT);
  assert_says(&error, "60000 x 60000");
  input_options exact = {.max_pixels = 2000, .channels = 1};
  memcpy(file.data + frame + 5, "\0\x28\0\x32", 4);
  assert_int_equal(decode_copy(file.data, file.size, &exact, &image, &error), GLYPH_OK);
  shim_image_free(&image);
  exact.max_pixels = 1999;
  assert_int_equal(decode_copy(file.data, file.size, &exact, &image, &error), GLYPH_ERR_LIMIT);
  free(file.data);
}

/* A few bytes a scan, each of which makes the decoder go over the whole picture. */
static void too_many_scans(void **state) {
  (void)state;
  enum { COPIES = 600 };
  bytes file = make_jpeg(&(jpeg_kind){.width = 16, .height = 16, .progressive = true});
  int scans = 0;
  while (find_marker(file, 0xda, scans)) scans++;
  size_t last = find_marker(file, 0xda, scans - 1), length = file.size - 2 - last;
  uint8_t *bomb = malloc(file.size + COPIES * length);
  memcpy(bomb, file.data, file.size - 2);
  size_t size = file.size - 2;
  for (int i = 0; i < COPIES; i++, size += length) memcpy(bomb + size, file.data + last, length);
  memcpy(bomb + size, "\xff\xd9", 2);
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(bomb, size + 2, &gray_options, &image, &error), GLYPH_ERR_LIMIT);
  assert_says(&error, "scans");
  free(bomb);
  free(file.data);
}

static void nothing_is_printed(void **state) {
  (void)state;
  stderr_watch watch;
  bytes file = make_jpeg(&(jpeg_kind){.width = 64, .height = 64});
  watch_stderr(&watch);
  for (size_t at = file.size / 2; at < file.size; at += 7) {
    shim_image image;
    glyph_error error;
    file.data[at] ^= 0x5a;
    if (decode_copy(file.data, file.size - at % 5, &gray_options, &image, &error) == GLYPH_OK) shim_image_free(&image);
  }
  assert_stderr_stayed_empty(&watch);
  free(file.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(orientations),
      cmocka_unit_test(orientation_is_ignored_when_asked),
      cmocka_unit_test(exif_values_out_of_range_count_as_none),
      cmocka_unit_test(exif_lists_count_as_none),
      cmocka_unit_test(damaged_exif),
      cmocka_unit_test(damaged_exif_does_not_fail_the_picture),
      cmocka_unit_test(views_and_sizes_survive_turning),
      cmocka_unit_test(samplings),
      cmocka_unit_test(colour_spaces),
      cmocka_unit_test(black_ink_darkens),
      cmocka_unit_test(gray_file),
      cmocka_unit_test(codings),
      cmocka_unit_test(small_sizes),
      cmocka_unit_test(truncation_at_every_length),
      cmocka_unit_test(truncation_tells_the_missing_rows),
      cmocka_unit_test(truncation_within_the_header),
      cmocka_unit_test(missing_component_is_an_error),
      cmocka_unit_test(warnings_do_not_fail_a_file),
      cmocka_unit_test(fractional_sampling_gives_gray),
      cmocka_unit_test(replaced_bytes),
      cmocka_unit_test(pixel_cap),
      cmocka_unit_test(too_many_scans),
      cmocka_unit_test(nothing_is_printed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
