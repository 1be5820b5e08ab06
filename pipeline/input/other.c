/* Everything that has no decoder of its own: the magic number names the format, its header tells the picture's size,
 * and only then is OpenCV's codecs module loaded to decode it. What cannot be read is told by name where its beginning
 * says what it is. EXIF blocks in these formats are left alone: the orientation is always 1. Of files with several
 * frames the first is read. Sources of the layouts: BMP: Windows GDI, BITMAPFILEHEADER; WebP: RFC 9649; JPEG 2000:
 * ISO/IEC 15444-1 annexes A and I; Sun raster: its rasterfile.h. */
#include "input.h"

#include "../../shim/module.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct picture_size {
  int64_t width, height;
} picture_size;

/* False where the header is damaged or cut off. */
typedef bool (*size_reader)(const uint8_t *data, size_t size, picture_size *out);

static uint32_t little_16(const uint8_t *p) {
  return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t little_32(const uint8_t *p) {
  return little_16(p + 2) << 16 | little_16(p);
}

static uint32_t big_16(const uint8_t *p) {
  return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t big_32(const uint8_t *p) {
  return big_16(p) << 16 | big_16(p + 2);
}

static bool begins(const uint8_t *data, size_t size, size_t at, const char *with, size_t length) {
  return size >= at && size - at >= length && memcmp(data + at, with, length) == 0;
}

static bool size_of_bmp(const uint8_t *data, size_t size, picture_size *out) {
  enum { CORE_HEADER_BYTES = 12 };
  if (size < 26) return false;
  if (little_32(data + 14) == CORE_HEADER_BYTES) {
    *out = (picture_size){little_16(data + 18), little_16(data + 20)};
    return true;
  }
  int64_t height = (int32_t)little_32(data + 22); /* negative: rows from the top */
  *out = (picture_size){(int32_t)little_32(data + 18), height < 0 ? -height : height};
  return true;
}

static bool size_of_sun_raster(const uint8_t *data, size_t size, picture_size *out) {
  if (size < 32) return false;
  *out = (picture_size){big_32(data + 4), big_32(data + 8)};
  return true;
}

static bool size_of_webp(const uint8_t *data, size_t size, picture_size *out) {
  if (size < 30) return false;
  const uint8_t *chunk = data + 12, *body = data + 20;
  if (memcmp(chunk, "VP8X", 4) == 0) {
    *out = (picture_size){1 + (little_32(body + 4) & 0xffffff), 1 + (little_32(body + 6) >> 8)};
    return true;
  }
  if (memcmp(chunk, "VP8L", 4) == 0 && body[0] == 0x2f) {
    uint32_t bits = little_32(body + 1);
    *out = (picture_size){1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)};
    return true;
  }
  if (memcmp(chunk, "VP8 ", 4) == 0 && memcmp(body + 3, "\x9d\x01\x2a", 3) == 0) {
    *out = (picture_size){little_16(body + 6) & 0x3fff, little_16(body + 8) & 0x3fff};
    return true;
  }
  return false;
}

/* The codestream begins with SOC and SIZ, which holds the corners of the picture's area on its reference grid. */
static bool size_of_codestream(const uint8_t *data, size_t size, picture_size *out) {
  if (size < 24 || memcmp(data, "\xff\x4f\xff\x51", 4) != 0) return false;
  *out = (picture_size){(int64_t)big_32(data + 8) - big_32(data + 16), (int64_t)big_32(data + 12) - big_32(data + 20)};
  return true;
}

/* Boxes up to the codestream's, whose size is the one that decoders allocate for. */
static bool size_of_jp2(const uint8_t *data, size_t size, picture_size *out) {
  size_t at = 0;
  while (size - at >= 16) {
    uint64_t length = big_32(data + at), header = 8;
    if (length == 1) {
      length = (uint64_t)big_32(data + at + 8) << 32 | big_32(data + at + 12);
      header = 16;
    }
    if (memcmp(data + at + 4, "jp2c", 4) == 0) return size_of_codestream(data + at + header, size - at - header, out);
    if (length < header || length > size - at) return false;
    at += length;
  }
  return false;
}

typedef struct format {
  const char *name;
  size_t at; /* where the magic number stands */
  const char *magic;
  size_t magic_length;
  size_reader read_size; /* NULL: known, but not read */
  bool is_archive;       /* then: files may be in it that are read */
} format;

#define MAGIC(text) text, sizeof(text) - 1

static const format formats[] = {
    {"BMP", 0, MAGIC("BM"), size_of_bmp, false},
    {"Sun raster", 0, MAGIC("\x59\xa6\x6a\x95"), size_of_sun_raster, false},
    {"WebP", 8, MAGIC("WEBP"), size_of_webp, false},
    {"JPEG 2000", 0, MAGIC("\0\0\0\x0cjP  \r\n\x87\n"), size_of_jp2, false},
    {"JPEG 2000", 0, MAGIC("\xff\x4f\xff\x51"), size_of_codestream, false},
    {"GIF", 0, MAGIC("GIF8"), NULL, false},
    {"JPEG XL", 0, MAGIC("\xff\x0a"), NULL, false},
    {"JPEG XL", 0, MAGIC("\0\0\0\x0cJXL "), NULL, false},
    {"Photoshop", 0, MAGIC("8BPS"), NULL, false},
    {"OpenEXR", 0, MAGIC("\x76\x2f\x31\x01"), NULL, false},
    {"Radiance", 0, MAGIC("#?RADIANCE"), NULL, false},
    {"PostScript", 0, MAGIC("%!PS"), NULL, false},
    {"ZIP", 0, MAGIC("PK\3\4"), NULL, true},
    {"ZIP", 0, MAGIC("PK\5\6"), NULL, true},
    {"tar", 257, MAGIC("ustar"), NULL, true},
    {"7z", 0, MAGIC("7z\xbc\xaf\x27\x1c"), NULL, true},
    {"RAR", 0, MAGIC("Rar!\x1a\x07"), NULL, true},
    {"gzip", 0, MAGIC("\x1f\x8b"), NULL, true},
    {"bzip2", 4, MAGIC("1AY&SY"), NULL, true},
    {"xz", 0,
     MAGIC("\xfd"
           "7zXZ\0"),
     NULL, true},
    {"Zstandard", 0, MAGIC("\x28\xb5\x2f\xfd"), NULL, true},
};

/* No control characters, and most bytes ASCII. */
static bool is_text(const uint8_t *data, size_t size) {
  enum { LOOKED_AT = 512, ESCAPE = 0x1b, DELETE = 0x7f };
  size_t count = size < LOOKED_AT ? size : LOOKED_AT, others = 0;
  for (size_t i = 0; i < count; i++) {
    bool space = data[i] >= '\t' && data[i] <= '\r';
    if ((data[i] < ' ' && !space && data[i] != ESCAPE) || data[i] == DELETE) return false;
    others += data[i] > DELETE;
  }
  return others <= count / 2;
}

static const format *find_format(const uint8_t *data, size_t size) {
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (begins(data, size, formats[i].at, formats[i].magic, formats[i].magic_length)) {
      if (formats[i].read_size == size_of_bmp && is_text(data, size)) continue; /* "BMW" */
      return &formats[i];
    }
  return NULL;
}

static int report_unknown(const uint8_t *data, size_t size, const char *name, glyph_error *error) {
  enum { TEXT_SHOWN = 24, BYTES_SHOWN = 8 };
  if (begins(data, size, 0, "\x89PNG", 4))
    return glyph_error_set(error, GLYPH_ERR_FORMAT,
                           "%s: the PNG's signature is damaged, as by a transfer that took it for text", name);
  if (is_text(data, size)) {
    while (size && (*data == ' ' || *data == '\t' || *data == '\n' || *data == '\r')) data++, size--;
    size_t shown = 0;
    while (shown < size && shown < TEXT_SHOWN && data[shown] != '\n' && data[shown] != '\r') shown++;
    while (shown < size && shown > 0 && (data[shown] & 0xc0) == 0x80) shown--; /* UTF-8 is not cut */
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: is not a picture but text: it starts with \"%.*s\"", name,
                           (int)shown, (const char *)data);
  }
  char bytes[BYTES_SHOWN * 3 + 1] = "";
  for (size_t i = 0; i < size && i < BYTES_SHOWN; i++) snprintf(bytes + i * 3, 4, " %02x", data[i]);
  return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: is not a picture of a known format: it starts with the bytes%s",
                         name, bytes);
}

static int check_header(const uint8_t *data, size_t size, const char *name, const input_options *options,
                        const char **format_name, glyph_error *error) {
  const format *found = find_format(data, size);
  picture_size picture;
  if (!found) return report_unknown(data, size, name, error);
  *format_name = found->name;
  if (found->is_archive)
    return glyph_error_set(error, GLYPH_ERR_FORMAT,
                           "%s: is a %s archive: unpack it, and read the files that were in it", name, found->name);
  if (!found->read_size)
    return glyph_error_set(
        error, GLYPH_ERR_FORMAT,
        "%s: %s files are not supported; JPEG, PNG, TIFF, PDF, HEIC, WebP, BMP, PNM or JPEG 2000 is expected", name,
        found->name);
  if (!found->read_size(data, size, &picture))
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the %s file's header is damaged or cut off", name,
                           found->name);
  return input_check_size(name, picture.width, picture.height, options, error);
}

int input_decode_other(const uint8_t *data, size_t size, const char *name, const input_options *options,
                       shim_image *out, int *orientation, glyph_error *error) {
  const char *format_name = NULL, *why = NULL;
  *out = (shim_image){0};
  *orientation = 1;
  int status = check_header(data, size, name, options, &format_name, error);
  if (status) return status;
  const shim_codecs *codecs = shim_module_codecs(&why);
  if (!codecs) return glyph_error_set(error, GLYPH_ERR_MODULE, "%s: cannot read %s files: %s", name, format_name, why);
  switch (codecs->decode(data, size, options->channels, shim_image_create, out)) {
  case SHIM_OK: return GLYPH_OK;
  case SHIM_ERR_MEMORY:
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory to decode the %s file", name, format_name);
  default:
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the %s file cannot be read: %s", name, format_name,
                           codecs->error());
  }
}
