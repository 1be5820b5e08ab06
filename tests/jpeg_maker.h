/* JPEG files made with libjpeg itself, in every kind a camera, a scanner or a layout program writes. */
#ifndef GLYPHLIFT_TESTS_JPEG_MAKER_H
#define GLYPHLIFT_TESTS_JPEG_MAKER_H

#include "input_helpers.h"

#include <stdbool.h>

#include <jpeglib.h>

typedef struct jpeg_kind {
  int width, height;
  J_COLOR_SPACE stored; /* JCS_YCbCr where 0 */
  int samplings[4][2];  /* horizontal, vertical of each component; 0: 1 */
  bool progressive, arithmetic, one_scan_each, no_adobe_marker;
  int restart_rows;
  const uint8_t *exif;
  size_t exif_size;
} jpeg_kind;

typedef struct bytes {
  uint8_t *data;
  size_t size;
} bytes;

static inline void fill_row(const jpeg_kind *kind, int y, JSAMPLE *row) {
  for (int x = 0; x < kind->width; x++) {
    uint8_t rgb[3];
    pattern_pixel(x, y, kind->width, kind->height, rgb);
    if (kind->stored == JCS_GRAYSCALE) {
      row[x] = pattern_gray(x, y, kind->width, kind->height);
    } else if (kind->stored == JCS_CMYK || kind->stored == JCS_YCCK) {
      /* No black ink; Adobe's way of storing is 255 - ink. */
      for (int c = 0; c < 3; c++) row[4 * x + c] = kind->no_adobe_marker ? (JSAMPLE)(255 - rgb[c]) : rgb[c];
      row[4 * x + 3] = kind->no_adobe_marker ? 0 : 255;
    } else {
      memcpy(row + 3 * x, rgb, 3);
    }
  }
}

static inline void set_up(struct jpeg_compress_struct *cinfo, const jpeg_kind *kind) {
  bool gray = kind->stored == JCS_GRAYSCALE, four = kind->stored == JCS_CMYK || kind->stored == JCS_YCCK;
  cinfo->image_width = (JDIMENSION)kind->width;
  cinfo->image_height = (JDIMENSION)kind->height;
  cinfo->input_components = gray ? 1 : four ? 4 : 3;
  cinfo->in_color_space = gray ? JCS_GRAYSCALE : four ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(cinfo);
  jpeg_set_colorspace(cinfo, kind->stored ? kind->stored : JCS_YCbCr);
  jpeg_set_quality(cinfo, 97, TRUE);
  for (int i = 0; i < cinfo->num_components; i++) {
    cinfo->comp_info[i].h_samp_factor = kind->samplings[i][0] ? kind->samplings[i][0] : 1;
    cinfo->comp_info[i].v_samp_factor = kind->samplings[i][1] ? kind->samplings[i][1] : 1;
  }
  cinfo->restart_in_rows = kind->restart_rows;
  cinfo->arith_code = kind->arithmetic;
  if (kind->no_adobe_marker) cinfo->write_Adobe_marker = FALSE;
  if (kind->progressive) jpeg_simple_progression(cinfo);
}

static inline bytes make_jpeg(const jpeg_kind *kind) {
  static const jpeg_scan_info one_scan_each[3] = {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  struct jpeg_compress_struct cinfo;
  struct jpeg_error_mgr manager;
  unsigned char *buffer = NULL;
  unsigned long size = 0;
  cinfo.err = jpeg_std_error(&manager);
  jpeg_create_compress(&cinfo);
  jpeg_mem_dest(&cinfo, &buffer, &size);
  set_up(&cinfo, kind);
  if (kind->one_scan_each) {
    cinfo.scan_info = one_scan_each;
    cinfo.num_scans = 3;
  }
  jpeg_start_compress(&cinfo, TRUE);
  if (kind->exif) jpeg_write_marker(&cinfo, JPEG_APP0 + 1, kind->exif, (unsigned)kind->exif_size);
  JSAMPLE *row = malloc((size_t)kind->width * 4);
  assert_non_null(row);
  for (int y = 0; y < kind->height; y++) {
    fill_row(kind, y, row);
    jpeg_write_scanlines(&cinfo, &row, 1);
  }
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  free(row);
  return (bytes){buffer, size};
}

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};
static const input_options rgb_options = {.max_pixels = 1000000, .channels = 3};

enum { EXIF_BYTES = 6 + 8 + 2 + 2 * 12 + 4 };

static inline void put(uint8_t **to, unsigned value, int count, bool big) {
  for (int i = 0; i < count; i++) *(*to)++ = (uint8_t)(value >> 8 * (big ? count - 1 - i : i));
}

static inline void make_exif(uint8_t block[EXIF_BYTES], int orientation, bool big) {
  uint8_t *to = block;
  memcpy(to, "Exif\0", 6);
  memcpy(to + 6, big ? "MM" : "II", 2);
  to += 8;
  put(&to, 42, 2, big);
  put(&to, 8, 4, big);
  put(&to, 2, 2, big);      /* entries */
  put(&to, 0x0100, 2, big); /* ImageWidth, LONG */
  put(&to, 4, 2, big);
  put(&to, 1, 4, big);
  put(&to, 6, 4, big);
  put(&to, 0x0112, 2, big); /* Orientation, SHORT */
  put(&to, 3, 2, big);
  put(&to, 1, 4, big);
  put(&to, (unsigned)orientation, 2, big);
  put(&to, 0, 2, big);
  put(&to, 0, 4, big); /* no further directory */
}

#endif
