/* TIFF files through libtiff: every kind of page that scanners write comes out right, each page of several is there,
 * and damage costs the page it stands in. libtiff writes the files. */
#include "document_helpers.h"

#include "../shim/module.h"

#include <tiffio.h>

enum { WIDTH = 45, HEIGHT = 37 };

typedef struct page_kind {
  const char *name;
  uint16_t samples, bits, photometric, compression;
  uint32_t strip_rows; /* 0: tiles */
  int tolerance;
} page_kind;

static const page_kind kinds[] = {
    {"gray", 1, 8, PHOTOMETRIC_MINISBLACK, COMPRESSION_NONE, HEIGHT, 0},
    {"gray, white is 0, LZW", 1, 8, PHOTOMETRIC_MINISWHITE, COMPRESSION_LZW, 8, 0},
    {"gray, 16 bits, deflate", 1, 16, PHOTOMETRIC_MINISBLACK, COMPRESSION_ADOBE_DEFLATE, 5, 1},
    {"RGB, deflate", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_ADOBE_DEFLATE, 4, 0},
    {"RGB, 16 bits, LZW", 3, 16, PHOTOMETRIC_RGB, COMPRESSION_LZW, 1, 1},
    {"RGB, pack bits, tiles", 3, 8, PHOTOMETRIC_RGB, COMPRESSION_PACKBITS, 0, 0},
    {"gray, JPEG", 1, 8, PHOTOMETRIC_MINISBLACK, COMPRESSION_JPEG, 16, 4},
    {"YCbCr, JPEG", 3, 8, PHOTOMETRIC_YCBCR, COMPRESSION_JPEG, 16, 8},
    {"RGB + alpha", 4, 8, PHOTOMETRIC_RGB, COMPRESSION_NONE, 9, 0},
};

static bool is_black(int x, int y) {
  return (x / 3 + y / 2) % 3 == 0;
}

static void put_sample(uint8_t *to, uint8_t value, const page_kind *kind) {
  if (kind->photometric == PHOTOMETRIC_MINISWHITE) value = (uint8_t)(255 - value);
  if (kind->bits == 16)
    memcpy(to, &(uint16_t){(uint16_t)(value * 257)}, 2);
  else
    *to = value;
}

/* `row` has room for a tile's row; columns from x on. */
static void fill_row(uint8_t *row, int x, int y, int count, const page_kind *kind) {
  for (int i = 0; i < count; i++) {
    uint8_t rgba[4] = {0, 0, 0, 255};
    int from_x = x + i < WIDTH ? x + i : WIDTH - 1, from_y = y < HEIGHT ? y : HEIGHT - 1;
    pattern_pixel(from_x, from_y, WIDTH, HEIGHT, rgba);
    if (kind->samples == 1) rgba[0] = pattern_gray(from_x, from_y, WIDTH, HEIGHT);
    for (int c = 0; c < kind->samples; c++) put_sample(row + (i * kind->samples + c) * kind->bits / 8, rgba[c], kind);
  }
}

static void write_tiles(TIFF *tiff, const page_kind *kind) {
  enum { TILE = 16 };
  uint8_t tile[TILE * TILE * 8];
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, TILE);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, TILE);
  for (int y0 = 0; y0 < HEIGHT; y0 += TILE)
    for (int x0 = 0; x0 < WIDTH; x0 += TILE) {
      for (int y = 0; y < TILE; y++) fill_row(tile + y * TILE * kind->samples * kind->bits / 8, x0, y0 + y, TILE, kind);
      assert_true(TIFFWriteTile(tiff, tile, (uint32_t)x0, (uint32_t)y0, 0, 0) > 0);
    }
}

static void write_page(TIFF *tiff, const page_kind *kind, int orientation) {
  uint8_t row[WIDTH * 8];
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, WIDTH);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, HEIGHT);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind->samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind->bits);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind->photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind->compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
  if (kind->samples == 4) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, (uint16_t[]){EXTRASAMPLE_UNASSALPHA});
  if (kind->compression == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 95);
  if (kind->photometric == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (!kind->strip_rows) {
    write_tiles(tiff, kind);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, kind->strip_rows);
    for (int y = 0; y < HEIGHT; y++) {
      fill_row(row, 0, y, WIDTH, kind);
      assert_int_equal(TIFFWriteScanline(tiff, row, (uint32_t)y, 0), 1);
    }
  }
  assert_int_equal(TIFFWriteDirectory(tiff), 1);
}

/* A page as fax machines and scanners write it, black on white. */
static void write_fax_page(TIFF *tiff, int width, int height, uint16_t compression, uint16_t photometric) {
  uint8_t row[512];
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, height);
  for (int y = 0; y < height; y++) {
    memset(row, 0, sizeof row);
    for (int x = 0; x < width; x++)
      if (is_black(x, y) == (photometric == PHOTOMETRIC_MINISWHITE)) row[x / 8] |= (uint8_t)(0x80 >> x % 8);
    assert_int_equal(TIFFWriteScanline(tiff, row, (uint32_t)y, 0), 1);
  }
  assert_int_equal(TIFFWriteDirectory(tiff), 1);
}

static TIFF *create(scratch *folder, const char *mode) {
  TIFF *tiff = TIFFOpen(scratch_path(folder, "a.tif"), mode);
  assert_non_null(tiff);
  return tiff;
}

static test_file finish(scratch *folder, TIFF *tiff) {
  TIFFClose(tiff);
  const char *path = scratch_path(folder, "a.tif");
  test_file file = load_file(path);
  unlink(path);
  return file;
}

static void need_module(void) {
  const char *why;
  if (!shim_module_tiff(&why)) fail_msg("%s", why);
}

/* ---- what is read ------------------------------------------------------------------------------------------------- */

static void all_kinds_of_pages(void **state) {
  enum { KINDS = sizeof kinds / sizeof *kinds };
  need_module();
  static const char *const modes[] = {"wl", "wb", "wl8", "wb8"};
  for (int mode = 0; mode < 4; mode++) {
    TIFF *tiff = create(*state, modes[mode]);
    for (int i = 0; i < KINDS; i++) write_page(tiff, &kinds[i], ORIENTATION_TOPLEFT);
    test_file file = finish(*state, tiff);
    glyph_document *document = open_or_fail(file.data, file.size);
    assert_int_equal(glyph_document_page_count(document), KINDS);
    for (int i = KINDS - 1; i >= 0; i--)
      for (int channels = 1; channels <= 3; channels += 2) {
        shim_image image;
        if (channels == 3 && kinds[i].samples == 1) continue;
        page_or_fail(document, i + 1, channels == 1 ? &gray_options : &rgb_options, &image);
        assert_pattern(&image, WIDTH, HEIGHT, 1, kinds[i].tolerance);
        shim_image_free(&image);
      }
    glyph_document_close(&document);
    free(file.data);
  }
}

static void fax_pages(void **state) {
  static const uint16_t compressions[] = {COMPRESSION_CCITTFAX4, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTRLE,
                                          COMPRESSION_NONE};
  const int width = 203, height = 600; /* more than one band of rows */
  TIFF *tiff = create(*state, "w");
  for (int i = 0; i < 8; i++)
    write_fax_page(tiff, width, height, compressions[i / 2], i % 2 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_MINISWHITE);
  test_file file = finish(*state, tiff);
  glyph_document *document = open_or_fail(file.data, file.size);
  assert_int_equal(glyph_document_page_count(document), 8);
  for (int page = 1; page <= 8; page++) {
    shim_image image;
    page_or_fail(document, page, &gray_options, &image);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) assert_int_equal(*pixel_at(&image, x, y), is_black(x, y) ? 0 : 255);
    shim_image_free(&image);
  }
  glyph_document_close(&document);
  free(file.data);
}

static void orientations(void **state) {
  TIFF *tiff = create(*state, "w");
  for (int orientation = 1; orientation <= 8; orientation++) write_page(tiff, &kinds[3], orientation);
  test_file file = finish(*state, tiff);
  glyph_document *document = open_or_fail(file.data, file.size);
  for (int orientation = 1; orientation <= 8; orientation++) {
    shim_image image;
    page_or_fail(document, orientation, &rgb_options, &image);
    assert_pattern(&image, WIDTH, HEIGHT, orientation, 0);
    shim_image_free(&image);
    input_options as_stored = rgb_options;
    as_stored.ignore_orientation = 1;
    page_or_fail(document, orientation, &as_stored, &image);
    assert_pattern(&image, WIDTH, HEIGHT, 1, 0);
    shim_image_free(&image);
  }
  glyph_document_close(&document);
  free(file.data);
}

static void alpha_is_laid_on_white(void **state) {
  TIFF *tiff = create(*state, "w");
  const uint8_t pixel[4] = {10, 100, 200, 128};
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 1);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 4);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, (uint16_t[]){EXTRASAMPLE_UNASSALPHA});
  TIFFWriteScanline(tiff, (void *)pixel, 0, 0);
  test_file file = finish(*state, tiff);
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(file.data, file.size, &rgb_options, &image, &error), GLYPH_OK);
  for (int c = 0; c < 3; c++)
    assert_in_range(image.data[c], (pixel[c] * 128 + 255 * 127) / 255 - 1, (pixel[c] * 128 + 255 * 127) / 255 + 1);
  shim_image_free(&image);
  free(file.data);
}

static void thumbnails_are_no_pages(void **state) {
  TIFF *tiff = create(*state, "w");
  for (int i = 0; i < 4; i++) {
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, i % 2 ? FILETYPE_REDUCEDIMAGE : FILETYPE_PAGE);
    write_page(tiff, &kinds[0], 1);
  }
  test_file file = finish(*state, tiff);
  glyph_document *document = open_or_fail(file.data, file.size);
  assert_int_equal(glyph_document_page_count(document), 2);
  glyph_document_close(&document);
  free(file.data);
}

/* ---- limits and damage -------------------------------------------------------------------------------------------- */

static void cap_holds_before_pixels(void **state) {
  input_options options = gray_options;
  shim_image image;
  glyph_error error;
  TIFF *tiff = create(*state, "w");
  write_page(tiff, &kinds[0], 1);
  test_file file = finish(*state, tiff);
  options.max_pixels = WIDTH * HEIGHT - 1;
  assert_int_equal(decode_copy(file.data, file.size, &options, &image, &error), GLYPH_ERR_LIMIT);
  assert_string_equal(error.message, "a.pic: the picture has 45 x 37 pixels, more than the limit of 1664");
  free(file.data);
  tiff = create(*state, "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 60000);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 50000);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 50000);
  uint8_t row[60000 / 8] = {0};
  assert_int_equal(TIFFWriteScanline(tiff, row, 0, 0), 1);
  file = finish(*state, tiff);
  options.max_pixels = 200000000;
  assert_int_equal(decode_copy(file.data, file.size, &options, &image, &error), GLYPH_ERR_LIMIT);
  assert_says(&error, "60000 x 50000");
  free(file.data);
}

static void no_such_page(void **state) {
  shim_image image;
  glyph_error error;
  TIFF *tiff = create(*state, "w");
  for (int i = 0; i < 3; i++) write_page(tiff, &kinds[0], 1);
  test_file file = finish(*state, tiff);
  glyph_document *document = open_or_fail(file.data, file.size);
  static const int wrong[] = {0, -1, 4, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(decode_document(document, wrong[i], &gray_options, &image, &error), GLYPH_ERR_ARGUMENT);
  decode_document(document, 4, &gray_options, &image, &error);
  assert_string_equal(error.message, "a.pic: there is no page 4, the file has 3");
  glyph_document_close(&document);
  glyph_document_close(&document);
  glyph_document_close(NULL);
  free(file.data);
}

/* Where the directory of page `page` (from 0) stands in a little-endian file. */
static uint32_t directory_of(test_file file, int page) {
  uint32_t at;
  uint16_t entries;
  memcpy(&at, file.data + 4, 4);
  for (; page > 0; page--) {
    memcpy(&entries, file.data + at, 2);
    memcpy(&at, file.data + at + 2 + entries * 12, 4);
  }
  return at;
}

static void damage_costs_its_page_only(void **state) {
  enum { PAGES = 4 };
  for (int damaged = 0; damaged < PAGES; damaged++) {
    shim_image image;
    glyph_error error;
    TIFF *tiff = create(*state, "wl");
    for (int i = 0; i < PAGES; i++) write_page(tiff, &kinds[3], 1);
    test_file file = finish(*state, tiff);
    uint32_t at = directory_of(file, damaged);
    memset(file.data + at + 2, 0xee, 12 * 4); /* its entries of size, bits and compression */
    glyph_document *document = open_or_fail(file.data, file.size);
    assert_int_equal(glyph_document_page_count(document), PAGES);
    for (int page = 1; page <= PAGES; page++) {
      int status = decode_document(document, page, &rgb_options, &image, &error);
      assert_int_equal(status, page == damaged + 1 ? GLYPH_ERR_FORMAT : GLYPH_OK);
      if (!status) assert_pattern(&image, WIDTH, HEIGHT, 1, 0);
      shim_image_free(&image);
    }
    glyph_document_close(&document);
    free(file.data);
  }
}

static void chains_that_end_wrongly(void **state) {
  shim_image image;
  glyph_error error;
  TIFF *tiff = create(*state, "wl");
  for (int i = 0; i < 2; i++) write_page(tiff, &kinds[0], 1);
  test_file file = finish(*state, tiff);
  uint32_t first = directory_of(file, 0), second = directory_of(file, 1), beyond = 0x7fffff00;
  uint16_t entries;
  memcpy(&entries, file.data + second, 2);
  uint8_t *link = file.data + second + 2 + entries * 12;
  memcpy(link, &first, 4); /* back to the first */
  glyph_document *document = open_or_fail(file.data, file.size);
  assert_int_equal(glyph_document_page_count(document), 2);
  glyph_document_close(&document);
  memcpy(link, &beyond, 4);
  document = open_or_fail(file.data, file.size);
  assert_int_equal(glyph_document_page_count(document), 3);
  page_or_fail(document, 2, &gray_options, &image);
  shim_image_free(&image);
  assert_int_equal(decode_document(document, 3, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_string_equal(error.message,
                      "a.pic:3: the TIFF cannot be read: it is cut off: its directory lies past the file's end");
  glyph_document_close(&document);
  free(file.data);
}

static void cut_files(void **state) {
  TIFF *tiff = create(*state, "w");
  write_page(tiff, &kinds[7], 1);
  write_fax_page(tiff, 64, 40, COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISWHITE);
  write_page(tiff, &kinds[2], 1);
  write_page(tiff, &kinds[5], 1);
  test_file file = finish(*state, tiff);
  assert_int_equal(read_what_is_there(file.data, file.size), 4);
  assert_int_equal(read_what_is_there(file.data, 6), 0);
  cut_and_flip(file, 97);
  free(file.data);
}

/* ---- threads ------------------------------------------------------------------------------------------------------- */

static void several_threads_read_one_document(void **state) {
  enum { PAGES = 8, THREADS = 10 /* more than the open files that are kept */, LEAST_WIDTH = 20 };
  TIFF *tiff = create(*state, "w");
  for (int i = 0; i < PAGES; i++)
    write_fax_page(tiff, LEAST_WIDTH + i, 300, COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISWHITE);
  test_file file = finish(*state, tiff);
  read_in_threads(file, THREADS, PAGES, LEAST_WIDTH, 5 * PAGES);
  free(file.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_kinds_of_pages),
      cmocka_unit_test(fax_pages),
      cmocka_unit_test(orientations),
      cmocka_unit_test(alpha_is_laid_on_white),
      cmocka_unit_test(thumbnails_are_no_pages),
      cmocka_unit_test(cap_holds_before_pixels),
      cmocka_unit_test(no_such_page),
      cmocka_unit_test(damage_costs_its_page_only),
      cmocka_unit_test(chains_that_end_wrongly),
      cmocka_unit_test(cut_files),
      cmocka_unit_test(several_threads_read_one_document),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
