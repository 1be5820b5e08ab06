/* PNG, read and written: every colour type and depth, transparency, interlacing, damage; files made here with
 * libpng. */
#include "input_helpers.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include <png.h>

typedef struct png_kind {
  int width, height, depth, colour; /* as in IHDR */
  bool interlaced, exif_first, exif_last;
  int transparent; /* gray or palette index that is transparent, or -1 */
} png_kind;

typedef struct bytes {
  uint8_t *data;
  size_t size, capacity;
} bytes;

static void append(png_structp png, png_bytep data, size_t count) {
  bytes *to = png_get_io_ptr(png);
  if (to->size + count > to->capacity) {
    to->capacity = 2 * (to->size + count);
    to->data = realloc(to->data, to->capacity);
    assert_non_null(to->data);
  }
  memcpy(to->data + to->size, data, count);
  to->size += count;
}

static void flush(png_structp png) {
  (void)png;
}

/* A sample of the pixel at x, y, of `depth` bits. Channels differ, rows and columns too. */
static unsigned sample(const png_kind *kind, int x, int y, int channel) {
  unsigned greatest = (1u << kind->depth) - 1;
  return ((unsigned)x * 37 + (unsigned)y * 11 + (unsigned)channel * 101 + 3) * (kind->depth == 16 ? 1009u : 1u) %
         (greatest + 1);
}

static int channels_of(int colour) {
  return colour == PNG_COLOR_TYPE_RGB          ? 3
         : colour == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
         : colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                               : 1;
}

static void pack_row(const png_kind *kind, int y, uint8_t *row) {
  int channels = channels_of(kind->colour);
  size_t bit = 0;
  memset(row, 0, (size_t)kind->width * 8 + 8);
  for (int x = 0; x < kind->width; x++)
    for (int c = 0; c < channels; c++, bit += (size_t)kind->depth) {
      unsigned value = sample(kind, x, y, c);
      if (kind->depth == 16) {
        row[bit / 8] = (uint8_t)(value >> 8);
        row[bit / 8 + 1] = (uint8_t)value;
      } else {
        row[bit / 8] |= (uint8_t)(value << (8 - (size_t)kind->depth - bit % 8));
      }
    }
}

static png_color palette_entry(unsigned i) {
  return (png_color){(png_byte)(i * 13), (png_byte)(255 - i * 7), (png_byte)(i * 29)};
}

static png_byte exif_turned[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0";

static void add_transparency(png_structp png, png_infop info, const png_kind *kind) {
  png_byte alphas[256];
  png_color_16 colour = {.gray = (png_uint_16)kind->transparent};
  memset(alphas, 255, sizeof alphas);
  if (kind->transparent < 0) return;
  alphas[kind->transparent] = 0;
  png_set_tRNS(png, info, alphas, kind->colour == PNG_COLOR_TYPE_PALETTE ? kind->transparent + 1 : 0, &colour);
}

static bytes make_png(const png_kind *kind) {
  bytes file = {0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png), end = png_create_info_struct(png);
  png_color palette[256];
  png_bytep *rows = malloc((size_t)kind->height * sizeof *rows);
  png_set_write_fn(png, &file, append, flush);
  png_set_IHDR(png, info, (png_uint_32)kind->width, (png_uint_32)kind->height, kind->depth, kind->colour,
               kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  for (unsigned i = 0; i < 256; i++) palette[i] = palette_entry(i);
  if (kind->colour == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 1 << kind->depth);
  add_transparency(png, info, kind);
#ifdef PNG_eXIf_SUPPORTED
  if (kind->exif_first) png_set_eXIf_1(png, info, sizeof exif_turned - 1, exif_turned);
  if (kind->exif_last) png_set_eXIf_1(png, end, sizeof exif_turned - 1, exif_turned);
#endif
  png_write_info(png, info);
  for (int y = 0; y < kind->height; y++) {
    rows[y] = malloc((size_t)kind->width * 8 + 8);
    pack_row(kind, y, rows[y]);
  }
  png_write_image(png, rows);
  png_write_end(png, end);
  for (int y = 0; y < kind->height; y++) free(rows[y]);
  free(rows);
  png_destroy_info_struct(png, &end);
  png_destroy_write_struct(&png, &info);
  return file;
}

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};
static const input_options rgb_options = {.max_pixels = 1000000, .channels = 3};

/* What the reader must make of a pixel, from the definition of PNG. */
static void expected_pixel(const png_kind *kind, int x, int y, double rgb[3]) {
  double greatest = (1 << kind->depth) - 1, alpha = 1;
  int channels = channels_of(kind->colour);
  unsigned first = sample(kind, x, y, 0);
  if (kind->colour == PNG_COLOR_TYPE_PALETTE) {
    png_color entry = palette_entry(first);
    rgb[0] = entry.red;
    rgb[1] = entry.green;
    rgb[2] = entry.blue;
  } else {
    for (int c = 0; c < 3; c++) rgb[c] = sample(kind, x, y, channels >= 3 ? c : 0) * 255 / greatest;
  }
  if (channels % 2 == 0) alpha = sample(kind, x, y, channels - 1) / greatest;
  if ((int)first == kind->transparent) alpha = 0;
  for (int c = 0; c < 3; c++) rgb[c] = rgb[c] * alpha + 255 * (1 - alpha);
}

static void check_kind(const png_kind *kind) {
  bytes file = make_png(kind);
  for (int channels = 1; channels <= 3; channels += 2) {
    shim_image image;
    glyph_error error;
    if (decode_copy(file.data, file.size, channels == 1 ? &gray_options : &rgb_options, &image, &error))
      fail_msg("%s", error.message);
    assert_int_equal(image.width, kind->width);
    assert_int_equal(image.height, kind->height);
    for (int y = 0; y < image.height; y++)
      for (int x = 0; x < image.width; x++) {
        double rgb[3];
        expected_pixel(kind, x, y, rgb);
        double gray = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
        for (int c = 0; c < channels; c++) {
          double expected = channels == 1 ? gray : rgb[c], off = pixel_at(&image, x, y)[c] - expected;
          if (off > 1.6 || off < -1.6)
            fail_msg("type %d depth %d pixel %d,%d channel %d is %d, expected %.1f", kind->colour, kind->depth, x, y, c,
                     pixel_at(&image, x, y)[c], expected);
        }
      }
    shim_image_free(&image);
  }
  free(file.data);
}

static void every_type_and_depth(void **state) {
  (void)state;
  static const int types[][2] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                                 {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    for (int interlaced = 0; interlaced < 2; interlaced++) {
      png_kind kind = {.width = 19, .height = 13, .depth = types[i][1], .colour = types[i][0], .transparent = -1};
      kind.interlaced = interlaced;
      check_kind(&kind);
      kind.width = kind.height = 1;
      check_kind(&kind);
      kind.width = 3;
      check_kind(&kind);
      kind.height = 9;
      check_kind(&kind);
    }
}

static void transparent_values(void **state) {
  (void)state;
  check_kind(&(png_kind){.width = 19, .height = 13, .depth = 8, .colour = PNG_COLOR_TYPE_PALETTE, .transparent = 40});
  check_kind(&(png_kind){.width = 19, .height = 13, .depth = 2, .colour = PNG_COLOR_TYPE_PALETTE, .transparent = 1});
  check_kind(&(png_kind){.width = 19, .height = 13, .depth = 8, .colour = PNG_COLOR_TYPE_GRAY, .transparent = 3});
  check_kind(&(png_kind){.width = 19, .height = 13, .depth = 4, .colour = PNG_COLOR_TYPE_GRAY, .transparent = 3});
}

static void exif_turns_the_picture(void **state) {
  (void)state;
#ifdef PNG_eXIf_SUPPORTED
  for (int last = 0; last < 2; last++) {
    png_kind kind = {.width = 9, .height = 5, .depth = 8, .transparent = -1, .exif_first = !last, .exif_last = last};
    bytes file = make_png(&kind);
    shim_image image;
    glyph_error error;
    assert_int_equal(decode_copy(file.data, file.size, &gray_options, &image, &error), GLYPH_OK);
    assert_int_equal(image.width, 5);
    assert_int_equal(image.height, 9);
    for (int y = 0; y < 9; y++)
      for (int x = 0; x < 5; x++) {
        int stored_x, stored_y;
        stored_position(6, 9, 5, x, y, &stored_x, &stored_y);
        assert_int_equal(*pixel_at(&image, x, y), sample(&kind, stored_x, stored_y, 0));
      }
    shim_image_free(&image);
    free(file.data);
  }
#else
  skip();
#endif
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

enum { SIGNATURE_BYTES = 8, WIDTH_AT = 16, HEADER_CRC_AT = 29 };

static void header_over_the_cap_is_refused(void **state) {
  (void)state;
  bytes file = make_png(&(png_kind){.width = 9, .height = 5, .depth = 8, .transparent = -1});
  memcpy(file.data + WIDTH_AT, "\0\0\xea\x60\0\0\xea\x60", 8); /* 60000 x 60000 */
  shim_image image;
  glyph_error error;
  const input_options usual = {.max_pixels = 200000000, .channels = 1};
  assert_int_equal(decode_copy(file.data, file.size, &usual, &image, &error), GLYPH_ERR_LIMIT);
  assert_says(&error, "60000 x 60000");
  /* The header alone is enough to say so. */
  assert_int_equal(decode_copy(file.data, HEADER_CRC_AT + 4, &usual, &image, &error), GLYPH_ERR_LIMIT);
  memcpy(file.data + WIDTH_AT, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  assert_int_equal(decode_copy(file.data, file.size, &usual, &image, &error), GLYPH_ERR_LIMIT);
  free(file.data);
}

static void truncation_at_every_length(void **state) {
  (void)state;
  for (int interlaced = 0; interlaced < 2; interlaced++) {
    png_kind kind = {.width = 23, .height = 31, .depth = 8, .colour = 2, .transparent = -1, .interlaced = interlaced};
    bytes file = make_png(&kind);
    shim_image image;
    glyph_error error;
    for (size_t size = SIGNATURE_BYTES; size < file.size; size++) {
      assert_int_equal(decode_copy(file.data, size, &rgb_options, &image, &error), GLYPH_ERR_FORMAT);
      assert_says(&error, "the PNG is truncated");
    }
    free(file.data);
  }
}

static void truncation_tells_the_missing_rows(void **state) {
  (void)state;
  bytes file = make_png(&(png_kind){.width = 200, .height = 400, .depth = 16, .colour = 2, .transparent = -1});
  shim_image image;
  glyph_error error;
  int missing = 0, rows = 0;
  assert_int_equal(decode_copy(file.data, file.size / 2, &rgb_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_int_equal(sscanf(error.message, "a.pic: the PNG is truncated: %d of %d rows are missing", &missing, &rows), 2);
  assert_int_equal(rows, 400);
  assert_in_range(missing, 1, 399);
  free(file.data);
}

static void checksums_are_looked_at(void **state) {
  (void)state;
  bytes file = make_png(&(png_kind){.width = 23, .height = 31, .depth = 8, .transparent = -1});
  shim_image image;
  glyph_error error;
  size_t data_end = file.size - 12; /* the end chunk has 12 bytes; the data's checksum stands before it */
  file.data[data_end - 1] ^= 1;
  assert_int_equal(decode_copy(file.data, file.size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "CRC");
  file.data[data_end - 1] ^= 1;
  file.data[HEADER_CRC_AT] ^= 1;
  assert_int_equal(decode_copy(file.data, file.size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  free(file.data);
}

/* Silently: whatever a byte is replaced by, the file is read or refused with a sentence. */
static void replaced_bytes(void **state) {
  (void)state;
  stderr_watch watch;
  static const uint8_t flips[] = {0x01, 0x20, 0x80, 0xff};
  bytes file = make_png(&(png_kind){
      .width = 11, .height = 9, .depth = 4, .colour = 3, .transparent = 2, .exif_first = true, .interlaced = true});
  watch_stderr(&watch);
  for (size_t at = 0; at < file.size; at++)
    for (size_t f = 0; f < sizeof flips; f++) {
      shim_image image;
      glyph_error error;
      file.data[at] ^= flips[f];
      if (decode_copy(file.data, file.size, &gray_options, &image, &error) == GLYPH_OK) shim_image_free(&image);
      file.data[at] ^= flips[f];
    }
  assert_stderr_stayed_empty(&watch);
  free(file.data);
}

static void damaged_signature(void **state) {
  (void)state;
  bytes file = make_png(&(png_kind){.width = 9, .height = 5, .depth = 8, .transparent = -1});
  shim_image image;
  glyph_error error;
  memmove(file.data + 4, file.data + 5, file.size - 5); /* CR LF became LF */
  assert_int_equal(decode_copy(file.data, file.size - 1, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "signature");
  free(file.data);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static shim_image make_pattern(int width, int height, int channels) {
  shim_image image;
  assert_int_equal(shim_image_create(&image, width, height, channels), SHIM_OK);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint8_t rgb[3], gray = pattern_gray(x, y, width, height);
      pattern_pixel(x, y, width, height, rgb);
      memcpy(pixel_at(&image, x, y), channels == 1 ? &gray : rgb, (size_t)channels);
    }
  return image;
}

static shim_image read_back(const char *path, int channels) {
  input_bytes file;
  glyph_error error;
  shim_image image;
  const input_options options = {.max_pixels = 1000000, .channels = channels};
  if (input_read_file(path, &file, &error)) fail_msg("%s", error.message);
  if (input_decode(file.data, file.size, path, &options, &image, &error)) fail_msg("%s", error.message);
  input_bytes_free(&file);
  return image;
}

static void written_files_read_back(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "written.png");
  for (int channels = 1; channels <= 3; channels += 2)
    for (int width = 1; width < 90; width += 44) {
      shim_image image = make_pattern(width, 37, channels);
      glyph_error error;
      if (png_write_file(path, &image, &error)) fail_msg("%s", error.message);
      shim_image back = read_back(path, channels);
      assert_same_picture(&back, &image);
      shim_image_free(&back);
      shim_image_free(&image);
    }
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(folder->folder), 0); /* nothing else was left behind */
  assert_int_equal(mkdir(folder->folder, 0700), 0);
}

static void views_are_written_with_their_stride(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "view.png");
  shim_image image = make_pattern(50, 40, 3);
  shim_image view = {pixel_at(&image, 7, 5), 20, 11, 3, image.stride};
  glyph_error error;
  assert_int_equal(png_write_file(path, &view, &error), GLYPH_OK);
  shim_image back = read_back(path, 3);
  assert_same_picture(&back, &view);
  shim_image_free(&back);
  shim_image_free(&image);
  unlink(path);
}

static void failures_leave_nothing_and_say_why(void **state) {
  scratch *folder = *state;
  shim_image image = make_pattern(300, 200, 3);
  glyph_error error;
  assert_int_equal(png_write_file("/nowhere/at/all.png", &image, &error), GLYPH_ERR_IO);
  assert_string_equal(error.message, "/nowhere/at/all.png: cannot be written: there is no such file or folder");
  assert_int_equal(png_write_file(folder->folder, &image, &error), GLYPH_ERR_IO);
  assert_says(&error, "it is a directory");
  shim_image_free(&image);
}

/* On a copy of /dev/full: if this fails as root, the machine's own stays what it is. */
static void devices_are_written_to_and_stay(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "full");
  shim_image image = make_pattern(300, 200, 3);
  glyph_error error;
  struct stat device;
  bool made = mknod(path, S_IFCHR | 0600, makedev(1, 7)) == 0;
  int opened = made ? open(path, O_WRONLY) : -1; /* not where the folder's file system allows no devices */
  if (opened >= 0) {
    close(opened);
    assert_int_equal(png_write_file(path, &image, &error), GLYPH_ERR_IO);
    assert_says(&error, "full: cannot be written: no space left on the disk");
    assert_int_equal(stat(path, &device), 0);
    assert_true(S_ISCHR(device.st_mode));
  }
  shim_image_free(&image);
  if (made) unlink(path);
  if (opened < 0) skip();
}

/* A file size limit stands for the full disk. */
static void half_a_file_is_taken_away(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "kept.png");
  enum { LIMIT_BYTES = 5000 };
  struct rlimit before, limit;
  shim_image image = make_pattern(400, 300, 3);
  glyph_error error;
  for (int i = 0; i < 400 * 300 * 3; i++) image.data[i] = (uint8_t)(i * 2654435761u >> 13); /* hard to compress */
  write_file(path, "old", 3);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  limit = before;
  limit.rlim_cur = LIMIT_BYTES;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int status = png_write_file(path, &image, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(status, GLYPH_ERR_IO);
  assert_says(&error, "kept.png: cannot be written: the file would be too large");
  input_bytes bytes;
  assert_int_equal(input_read_file(path, &bytes, &error), GLYPH_OK);
  assert_int_equal(bytes.size, 3); /* what was there is still there */
  input_bytes_free(&bytes);
  shim_image_free(&image);
  assert_int_equal(unlink(path), 0); /* and tear_down finds nothing else */
}

static void links_are_followed(void **state) {
  scratch *folder = *state;
  char target[128], link[128];
  snprintf(target, sizeof target, "%s", scratch_path(folder, "target.png"));
  snprintf(link, sizeof link, "%s", scratch_path(folder, "link.png"));
  write_file(target, "old", 3);
  assert_int_equal(symlink("target.png", link), 0);
  shim_image image = make_pattern(30, 20, 1);
  glyph_error error;
  assert_int_equal(png_write_file(link, &image, &error), GLYPH_OK);
  struct stat status;
  assert_int_equal(lstat(link, &status), 0);
  assert_true(S_ISLNK(status.st_mode));
  shim_image back = read_back(target, 1);
  assert_same_picture(&back, &image);
  shim_image_free(&back);
  shim_image_free(&image);
  unlink(link);
  unlink(target);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_and_depth),
      cmocka_unit_test(transparent_values),
      cmocka_unit_test(exif_turns_the_picture),
      cmocka_unit_test(header_over_the_cap_is_refused),
      cmocka_unit_test(truncation_at_every_length),
      cmocka_unit_test(truncation_tells_the_missing_rows),
      cmocka_unit_test(checksums_are_looked_at),
      cmocka_unit_test(replaced_bytes),
      cmocka_unit_test(damaged_signature),
      cmocka_unit_test(written_files_read_back),
      cmocka_unit_test(views_are_written_with_their_stride),
      cmocka_unit_test(failures_leave_nothing_and_say_why),
      cmocka_unit_test(devices_are_written_to_and_stay),
      cmocka_unit_test(half_a_file_is_taken_away),
      cmocka_unit_test(links_are_followed),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
