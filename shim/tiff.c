/* The tiff module: pages of TIFF files through libtiff, with whatever compression that was built with (Group 3 and 4,
 * LZW, deflate, JPEG ...), 1 to 16 bits a sample, tiles and strips, any of the photometric kinds libtiff makes RGBA of.
 *
 * The chain of directories is walked here and not by libtiff, which gives a file up whose first directory is damaged:
 * so damage costs its own page only. Directories of thumbnails and masks (tag NewSubfileType) are no pages. A page is
 * read in bands of whole strips, so that a page of one large strip costs four bytes a pixel on the way, others little.
 * Samples of floating point are refused, and pixels that are not square (204 x 98 dots an inch, coarse faxes) stay so.
 * Layouts: TIFF 6.0, section 2; BigTIFF as libtiff's documentation describes it. */
#include "pages_module.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

enum { PAGES_MAX = 20000, BAND_ROWS = 256, REASON_BYTES = 256 };
enum { TAG_SUBFILE_TYPE = 254, REDUCED_OR_MASK = 1 | 4 };

struct shim_pages_file {
  const uint8_t *data;
  uint64_t size, position;
  uint64_t *directories; /* their offsets, one a page */
  int count;
  char reason[REASON_BYTES]; /* what libtiff said first */
};

/* ---- the chain of directories ------------------------------------------------------------------------------------- */

typedef struct layout {
  bool big_endian;
  int offset_bytes, count_bytes, entry_bytes, value_at;
} layout;

static uint64_t number_at(const uint8_t *p, int bytes, bool big_endian) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | p[big_endian ? i : bytes - 1 - i];
  return value;
}

static bool read_header(const uint8_t *data, size_t size, layout *out, uint64_t *first) {
  enum { HEADER_BYTES = 8, BIG_HEADER_BYTES = 16, BIG_TIFF = 43 };
  if (size < HEADER_BYTES) return false;
  bool big_endian = data[0] == 'M';
  if (number_at(data + 2, 2, big_endian) == BIG_TIFF) {
    if (size < BIG_HEADER_BYTES) return false;
    *out = (layout){big_endian, 8, 8, 20, 12};
    *first = number_at(data + 8, 8, big_endian);
  } else {
    *out = (layout){big_endian, 4, 2, 12, 8};
    *first = number_at(data + 4, 4, big_endian);
  }
  return true;
}

/* What is known of the directory at `at`: whether it is a page, and where the next one is (0: nowhere). One that is cut
 * off is a page, for libtiff to tell. */
static bool look_at_directory(const shim_pages_file *file, const layout *l, uint64_t at, uint64_t *next) {
  bool page = true;
  *next = 0;
  if (at > file->size || file->size - at < (uint64_t)l->count_bytes) return true;
  uint64_t entries = number_at(file->data + at, l->count_bytes, l->big_endian);
  uint64_t left = file->size - at - (uint64_t)l->count_bytes;
  const uint8_t *entry = file->data + at + l->count_bytes;
  uint64_t present = left / (uint64_t)l->entry_bytes;
  for (uint64_t i = 0; i < entries && i < present; i++) {
    const uint8_t *e = entry + i * (uint64_t)l->entry_bytes;
    if (number_at(e, 2, l->big_endian) == TAG_SUBFILE_TYPE)
      page = !(number_at(e + l->value_at, 4, l->big_endian) & REDUCED_OR_MASK);
  }
  uint64_t used = entries * (uint64_t)l->entry_bytes;
  if (entries <= present && left - used >= (uint64_t)l->offset_bytes)
    *next = number_at(entry + used, l->offset_bytes, l->big_endian);
  return page;
}

static bool is_known(const uint64_t *offsets, int count, uint64_t offset) {
  for (int i = 0; i < count; i++)
    if (offsets[i] == offset) return true;
  return false;
}

/* All directories' offsets; pages come first in the order of the chain, `*pages` of them. A chain that comes back to
 * itself ends there. */
static int walk(shim_pages_file *file, const layout *l, uint64_t first) {
  uint64_t *met = malloc(PAGES_MAX * sizeof *met);
  int met_count = 0;
  uint64_t next;
  file->directories = malloc(PAGES_MAX * sizeof *file->directories);
  if (!met || !file->directories) {
    free(met);
    return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  }
  for (uint64_t at = first; at && met_count < PAGES_MAX && !is_known(met, met_count, at); at = next) {
    met[met_count++] = at;
    if (look_at_directory(file, l, at, &next)) file->directories[file->count++] = at;
  }
  if (!file->count && met_count) file->directories[file->count++] = met[0]; /* nothing but a thumbnail */
  free(met);
  return file->count ? SHIM_OK : pages_fail(SHIM_ERR_FAILED, "it has no pages");
}

static void close_file(shim_pages_file *file) {
  if (!file) return;
  free(file->directories);
  free(file);
}

static int open_file(const uint8_t *data, size_t size, shim_pages_file **out, int *page_count) {
  layout l;
  uint64_t first;
  *out = NULL;
  if (!read_header(data, size, &l, &first)) return pages_fail(SHIM_ERR_FAILED, "its header is cut off");
  shim_pages_file *file = calloc(1, sizeof *file);
  if (!file) return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  file->data = data;
  file->size = size;
  int status = walk(file, &l, first);
  if (status != SHIM_OK) {
    close_file(file);
    return status;
  }
  *out = file;
  *page_count = file->count;
  return SHIM_OK;
}

/* ---- libtiff on bytes in memory ----------------------------------------------------------------------------------- */

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count) {
  shim_pages_file *file = handle;
  uint64_t left = file->position < file->size ? file->size - file->position : 0;
  if (count < 0) return -1;
  if ((uint64_t)count > left) count = (tmsize_t)left;
  if (count) memcpy(to, file->data + file->position, (size_t)count);
  file->position += (uint64_t)count;
  return count;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count) {
  (void)handle, (void)from, (void)count;
  return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  shim_pages_file *file = handle;
  file->position = whence == SEEK_SET ? offset : whence == SEEK_CUR ? file->position + offset : file->size + offset;
  return file->position;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) {
  return ((shim_pages_file *)handle)->size;
}

static int map(thandle_t handle, void **base, toff_t *size) {
  shim_pages_file *file = handle;
  *base = (void *)file->data;
  *size = file->size;
  return 1;
}

static void unmap(thandle_t handle, void *base, toff_t size) {
  (void)handle, (void)base, (void)size;
}

#if TIFFLIB_VERSION >= 20221213 /* 4.5.0, since when each file may have handlers of its own */
static int keep_reason(TIFF *tiff, void *user, const char *where, const char *format, va_list arguments) {
  shim_pages_file *file = user;
  (void)tiff, (void)where;
  if (!*file->reason) vsnprintf(file->reason, sizeof file->reason, format, arguments);
  return 1;
}

static int ignore_warning(TIFF *tiff, void *user, const char *where, const char *format, va_list arguments) {
  (void)tiff, (void)user, (void)where, (void)format, (void)arguments;
  return 1;
}

static TIFF *open_tiff(shim_pages_file *file) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_reason, file);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, file);
  TIFF *tiff = TIFFClientOpenExt("TIFF", "rh", file, read_bytes, write_nothing, seek, close_nothing, size_of, map,
                                 unmap, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}
#else
/* The handlers of older versions are the process's: reasons are not told apart there, and libtiff is kept silent. */
static TIFF *open_tiff(shim_pages_file *file) {
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  return TIFFClientOpen("TIFF", "rh", file, read_bytes, write_nothing, seek, close_nothing, size_of, map, unmap);
}
#endif

static int fail_with_reason(const shim_pages_file *file, const char *otherwise) {
  const char *reason = *file->reason ? file->reason : otherwise;
  size_t length = strlen(reason);
  while (length && reason[length - 1] == '.') length--;
  return pages_fail(SHIM_ERR_FAILED, "libtiff says: %.*s", (int)length, reason);
}

/* ---- one page ------------------------------------------------------------------------------------------------------ */

/* libtiff's RGBA has its colours multiplied by alpha; here they come to lie on white. */
static void unpack_row(const uint32_t *in, uint8_t *out, uint32_t width) {
  for (uint32_t x = 0; x < width; x++, out += 3) {
    unsigned missing = 255u - TIFFGetA(in[x]);
    unsigned rgb[3] = {TIFFGetR(in[x]) + missing, TIFFGetG(in[x]) + missing, TIFFGetB(in[x]) + missing};
    for (int c = 0; c < 3; c++) out[c] = (uint8_t)(rgb[c] < 255 ? rgb[c] : 255);
  }
}

/* Rows that are read at once: whole strips or tiles, so that none is decoded twice. */
static uint32_t rows_of_band(TIFF *tiff, uint32_t height) {
  uint32_t rows = 0;
  if (TIFFIsTiled(tiff))
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &rows);
  else
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
  if (rows == 0 || rows >= height) return height;
  if (rows < BAND_ROWS) rows *= BAND_ROWS / rows;
  return rows < height ? rows : height;
}

static int read_bands(shim_pages_file *file, TIFF *tiff, TIFFRGBAImage *image, const shim_page_sink *sink) {
  uint32_t width = image->width, height = image->height, band = rows_of_band(tiff, height);
  if (width > SIZE_MAX / 4 / band) return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  uint32_t *raster = malloc((size_t)width * band * 4);
  uint8_t *row = calloc(width, 3);
  int status = raster && row ? SHIM_OK : pages_fail(SHIM_ERR_MEMORY, "out of memory");
  for (uint32_t y = 0; status == SHIM_OK && y < height; y += band) {
    uint32_t rows = height - y < band ? height - y : band;
    image->row_offset = (int)y;
    if (!TIFFRGBAImageGet(image, raster, width, rows))
      status = fail_with_reason(file, "its data is damaged or cut off");
    for (uint32_t i = 0; status == SHIM_OK && i < rows; i++) {
      unpack_row(raster + (size_t)i * width, row, width);
      sink->row(sink->user, (int)(y + i), row, 3);
    }
  }
  free(raster);
  free(row);
  return status;
}

static int read_page(shim_pages_file *file, TIFF *tiff, const shim_page_sink *sink, int *orientation) {
  char message[1024] = "";
  TIFFRGBAImage image;
  uint32_t width = 0, height = 0;
  uint16_t stored = ORIENTATION_TOPLEFT;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  if (!width || !height) return pages_fail(SHIM_ERR_FAILED, "its directory gives no size");
  if (width > INT32_MAX || height > INT32_MAX)
    return pages_fail(SHIM_ERR_FAILED, "its directory gives a size of %u x %u pixels", width, height);
  if (sink->begin(sink->user, (int)width, (int)height)) return SHIM_ERR_FAILED;
  if (!TIFFRGBAImageOK(tiff, message) || !TIFFRGBAImageBegin(&image, tiff, 1, message)) {
    if (*message) snprintf(file->reason, sizeof file->reason, "%s", message);
    return fail_with_reason(file, "it is of a kind that cannot be read");
  }
  TIFFGetField(tiff, TIFFTAG_ORIENTATION, &stored);
  *orientation = stored >= 1 && stored <= 8 ? stored : 1;
  image.req_orientation = image.orientation; /* as stored */
  int status = read_bands(file, tiff, &image, sink);
  TIFFRGBAImageEnd(&image);
  return status;
}

/* The caller turns the page by its orientation, where it wants to. */
static int decode(shim_pages_file *file, int page, int as_stored, const shim_page_sink *sink, int *orientation) {
  (void)as_stored;
  *orientation = 1;
  file->position = 0;
  file->reason[0] = '\0';
  pages_error_buffer()[0] = '\0';
  uint64_t at = file->directories[page];
  if (at >= file->size) return pages_fail(SHIM_ERR_FAILED, "it is cut off: its directory lies past the file's end");
  TIFF *tiff = open_tiff(file);
  if (!tiff) return fail_with_reason(file, "its header is damaged");
  int status = TIFFSetSubDirectory(tiff, at) ? read_page(file, tiff, sink, orientation)
                                             : fail_with_reason(file, "its directory is damaged");
  TIFFClose(tiff);
  return status;
}

PAGES_MODULE_TABLE glyphlift_tiff_table = {SHIM_PAGES_VERSION, sizeof(shim_pages), pages_error_text,
                                           open_file,          close_file,         decode};
