/* The one thing of EXIF that matters here: which way up the camera was held. EXIF is a TIFF structure (EXIF 2.32,
 * sections 4.5 and 4.6.4; TIFF 6.0, section 2); the orientation is tag 0x0112 of its first directory. Damage is not
 * an error: the picture is then taken as it is stored. A wrong orientation written by the camera cannot be noticed. */
#include "input.h"

#include <stdbool.h>
#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_BYTE = 1, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_BYTES = 12 };

static uint32_t read_16(const uint8_t *p, bool big) {
  return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read_32(const uint8_t *p, bool big) {
  return big ? read_16(p, big) << 16 | read_16(p + 2, big) : read_16(p + 2, big) << 16 | read_16(p, big);
}

/* The standard asks for one SHORT; BYTE and LONG are met in the wild. */
static int entry_value(const uint8_t *entry, bool big) {
  uint32_t type = read_16(entry + 2, big), count = read_32(entry + 4, big);
  const uint8_t *value = entry + 8;
  if (count != 1) return 1;
  uint32_t orientation = type == TYPE_SHORT  ? read_16(value, big)
                         : type == TYPE_LONG ? read_32(value, big)
                         : type == TYPE_BYTE ? value[0]
                                             : 1;
  return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
}

int exif_orientation(const uint8_t *tiff, size_t size) {
  if (size < 8) return 1;
  bool big = memcmp(tiff, "MM\0*", 4) == 0;
  if (!big && memcmp(tiff, "II*\0", 4) != 0) return 1;
  size_t directory = read_32(tiff + 4, big);
  if (directory > size || size - directory < 2) return 1;
  size_t entries = read_16(tiff + directory, big);
  size_t present = (size - directory - 2) / ENTRY_BYTES;
  if (entries > present) entries = present;
  for (size_t i = 0; i < entries; i++) {
    const uint8_t *entry = tiff + directory + 2 + i * ENTRY_BYTES;
    if (read_16(entry, big) == TAG_ORIENTATION) return entry_value(entry, big);
  }
  return 1;
}

static void mirror_row(uint8_t *row, int width, int channels) {
  uint8_t *left = row, *right = row + (size_t)(width - 1) * (size_t)channels;
  for (; left < right; left += channels, right -= channels)
    for (int c = 0; c < channels; c++) {
      uint8_t swap = left[c];
      left[c] = right[c];
      right[c] = swap;
    }
}

static void mirror_horizontally(shim_image *image) {
  for (int y = 0; y < image->height; y++) mirror_row(image->data + y * image->stride, image->width, image->channels);
}

static void mirror_vertically(shim_image *image) {
  size_t row_bytes = (size_t)image->width * (size_t)image->channels;
  for (int y = 0; y < image->height / 2; y++) {
    uint8_t *upper = image->data + y * image->stride;
    uint8_t *lower = image->data + (image->height - 1 - y) * image->stride;
    for (size_t i = 0; i < row_bytes; i++) {
      uint8_t swap = upper[i];
      upper[i] = lower[i];
      lower[i] = swap;
    }
  }
}

/* Rows of `out` are columns of `in`; in squares, so that both sides stay in the cache. */
static void transpose(const shim_image *in, shim_image *out) {
  enum { SQUARE = 32 };
  int channels = in->channels;
  for (int y0 = 0; y0 < out->height; y0 += SQUARE)
    for (int x0 = 0; x0 < out->width; x0 += SQUARE)
      for (int y = y0; y < y0 + SQUARE && y < out->height; y++) {
        uint8_t *to = out->data + y * out->stride + (ptrdiff_t)x0 * channels;
        const uint8_t *from = in->data + x0 * in->stride + (ptrdiff_t)y * channels;
        for (int x = x0; x < x0 + SQUARE && x < out->width; x++, to += channels, from += in->stride) {
          to[0] = from[0];
          if (channels == 3) {
            to[1] = from[1];
            to[2] = from[2];
          }
        }
      }
}

int exif_apply_orientation(shim_image *image, int orientation) {
  if (orientation < 1 || orientation > 8) return GLYPH_ERR_ARGUMENT;
  if (orientation >= 5) {
    shim_image turned;
    if (shim_image_create(&turned, image->height, image->width, image->channels)) return GLYPH_ERR_MEMORY;
    transpose(image, &turned);
    shim_image_free(image);
    *image = turned;
  }
  /* What is left after the transposition: 2, 3 and 4 of the upright ones; 6, 7 and 8 of the turned ones. */
  bool horizontally = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  bool vertically = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  if (horizontally) mirror_horizontally(image);
  if (vertically) mirror_vertically(image);
  return GLYPH_OK;
}
