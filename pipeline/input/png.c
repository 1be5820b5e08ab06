/* PNG through libpng, read and written: any bit depth, palette, transparency (laid on white), interlacing, the eXIf
 * chunk's orientation. Gamma and colour profiles are ignored, as everywhere in this program. A file is read to its
 * IEND chunk: a bad checksum of a chunk that matters, or a missing end, is an error. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h>

typedef struct png_state {
  png_structp png;
  png_infop info;
  jmp_buf jump;
  char reason[160];
  const char *name;
  const input_options *options;
  glyph_error *error;
  shim_image *out;
  const uint8_t *data; /* what is not read yet */
  size_t size;
  bool data_ended;
  uint8_t *buffer; /* one row, or all rows of an interlaced picture, before conversion; NULL where none is needed */
  int rows_read;   /* of a picture that is not interlaced */
} png_state;

static void keep_reason(png_structp png, png_const_charp reason) {
  png_state *state = png_get_error_ptr(png);
  snprintf(state->reason, sizeof state->reason, "%s", reason);
  longjmp(state->jump, 1);
}

static void ignore_warning(png_structp png, png_const_charp warning) {
  (void)png;
  (void)warning;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  png_state *state = png_get_io_ptr(png);
  if (count > state->size) {
    state->data_ended = true;
    png_error(png, "the data end");
  }
  memcpy(to, state->data, count);
  state->data += count;
  state->size -= count;
}

/* The size stands at a fixed place, so that the cap holds before libpng sees the file. */
static int check_header(png_state *state) {
  enum { HEADER_BYTES = 24, TYPE_AT = 12, WIDTH_AT = 16, HEIGHT_AT = 20 };
  if (state->size < HEADER_BYTES || memcmp(state->data + TYPE_AT, "IHDR", 4) != 0) return GLYPH_OK; /* libpng tells */
  return input_check_size(state->name, png_get_uint_32(state->data + WIDTH_AT),
                          png_get_uint_32(state->data + HEIGHT_AT), state->options, state->error);
}

/* Compressed texts and profiles are of no use here, and could be bombs. */
static void skip_useless_chunks(png_structp png) {
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
  static const png_byte useless[] = "iCCP\0zTXt\0iTXt\0tEXt\0sPLT";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, useless, sizeof useless / 5);
#else
  (void)png;
#endif
}

/* After it, rows have 1 to 4 channels (gray, gray + alpha, RGB, RGB + alpha) of 8 bits. */
static int read_header(png_state *state) {
  png_structp png = state->png;
  png_set_read_fn(png, state, read_bytes);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* input_check_size is the limit */
  skip_useless_chunks(png);
  png_read_info(png, state->info);
  png_set_expand(png);
  png_set_scale_16(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, state->info);
  return passes;
}

static int allocate(png_state *state, int passes) {
  int width = (int)png_get_image_width(state->png, state->info);
  int height = (int)png_get_image_height(state->png, state->info);
  int channels = png_get_channels(state->png, state->info);
  bool direct = channels == state->options->channels;
  size_t row_bytes = png_get_rowbytes(state->png, state->info), rows = passes > 1 ? (size_t)height : 1;
  if (!input_create_picture(state->options, width, height, state->out)) {
    if (direct) return GLYPH_OK;
    if (row_bytes <= SIZE_MAX / rows) state->buffer = malloc(row_bytes * rows);
  }
  if (state->buffer) return GLYPH_OK;
  return glyph_error_set(state->error, GLYPH_ERR_MEMORY, "%s: no memory for a picture of %d x %d pixels", state->name,
                         width, height);
}

static void read_rows(png_state *state, int passes) {
  shim_image *out = state->out;
  int channels = png_get_channels(state->png, state->info);
  size_t step = passes > 1 ? png_get_rowbytes(state->png, state->info) : 0;
  for (int pass = 0; pass < passes; pass++)
    for (int y = 0; y < out->height; y++) {
      uint8_t *to = out->data + y * out->stride;
      uint8_t *row = state->buffer ? state->buffer + (size_t)y * step : to;
      png_read_row(state->png, row, NULL);
      if (state->buffer && pass == passes - 1) input_convert_row(row, channels, to, out->channels, out->width);
      if (passes == 1) state->rows_read++;
    }
}

static int orientation_of(png_state *state) {
#ifdef PNG_eXIf_SUPPORTED
  png_uint_32 size = 0;
  png_bytep exif = NULL;
  if (png_get_eXIf_1(state->png, state->info, &size, &exif)) return exif_orientation(exif, size);
#endif
  (void)state;
  return 1;
}

static int report(png_state *state) {
  const char *name = state->name;
  if (!state->data_ended)
    return glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the PNG cannot be read: %s", name, state->reason);
  int height = state->out->height;
  if (height == 0)
    return glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the PNG is truncated: it ends within its header", name);
  if (png_get_interlace_type(state->png, state->info) != PNG_INTERLACE_NONE)
    return glyph_error_set(state->error, GLYPH_ERR_FORMAT,
                           "%s: the PNG is truncated: its interlaced rows are incomplete", name);
  return glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the PNG is truncated: %d of %d rows are missing", name,
                         height - state->rows_read, height);
}

/* libpng's errors come back through setjmp. No local variable lives across it: all is in *state. */
static int decode(png_state *state, int *orientation) {
  if (setjmp(state->jump)) return report(state);
  int passes = read_header(state);
  int status = allocate(state, passes);
  if (status) return status;
  read_rows(state, passes);
  png_read_end(state->png, state->info);
  *orientation = orientation_of(state);
  return GLYPH_OK;
}

int input_decode_png(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                     int *orientation, glyph_error *error) {
  png_state state = {.name = name, .options = options, .error = error, .out = out, .data = data, .size = size};
  *out = (shim_image){0};
  *orientation = 1;
  int status = check_header(&state);
  if (status) return status;
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, keep_reason, ignore_warning);
  if (state.png) state.info = png_create_info_struct(state.png);
  if (state.info)
    status = decode(&state, orientation);
  else
    status =
        glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: libpng cannot be started (no memory, or another version)", name);
  png_destroy_read_struct(&state.png, &state.info, NULL);
  free(state.buffer);
  if (status) shim_image_free(out);
  return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

typedef struct write_state {
  png_structp png;
  png_infop info;
  jmp_buf jump;
  FILE *file;
  int error_number; /* errno of the write that failed, or 0 */
  char reason[160];
} write_state;

static void keep_write_reason(png_structp png, png_const_charp reason) {
  write_state *state = png_get_error_ptr(png);
  snprintf(state->reason, sizeof state->reason, "%s", reason);
  longjmp(state->jump, 1);
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  write_state *state = png_get_io_ptr(png);
  if (fwrite(from, 1, count, state->file) == count) return;
  state->error_number = errno;
  png_error(png, "the file cannot be written");
}

static void flush_nothing(png_structp png) {
  (void)png;
}

/* Pictures are written while a person waits: level 1 is several times faster than zlib's default and costs a few per
 * cent of size. */
static int encode(write_state *state, const shim_image *image) {
  if (setjmp(state->jump)) return GLYPH_ERR_IO;
  png_structp png = state->png;
  png_set_write_fn(png, state, write_bytes, flush_nothing);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_compression_level(png, 1);
  png_set_IHDR(png, state->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
               image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_write_info(png, state->info);
  for (int y = 0; y < image->height; y++) png_write_row(png, image->data + y * image->stride);
  png_write_end(png, state->info);
  return GLYPH_OK;
}

static int write_stream(FILE *file, const char *path, const shim_image *image, glyph_error *error) {
  write_state state = {.file = file};
  state.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, keep_write_reason, ignore_warning);
  if (state.png) state.info = png_create_info_struct(state.png);
  int status = state.info ? encode(&state, image) : GLYPH_ERR_MEMORY;
  png_destroy_write_struct(&state.png, &state.info);
  if (!status && fflush(file) != 0) {
    state.error_number = errno;
    status = GLYPH_ERR_IO;
  }
  if (status == GLYPH_ERR_MEMORY) return glyph_error_set(error, status, "%s: no memory to write the PNG", path);
  if (status)
    return glyph_error_set(error, status, "%s: cannot be written: %s", path,
                           state.error_number ? glyph_errno_text(state.error_number) : state.reason);
  return GLYPH_OK;
}

/* Opens a new file beside `path`; its name goes to `temporary`. mkstemp would make it private to the user. */
static FILE *open_temporary(const char *path, char *temporary, size_t size) {
  enum { TRIES = 100 };
  for (int i = 0; i < TRIES; i++) {
    int length = snprintf(temporary, size, "%s.%ld-%d.tmp", path, (long)getpid(), i);
    if (length < 0 || (size_t)length >= size) {
      errno = ENAMETOOLONG;
      return NULL;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      FILE *file = fdopen(fd, "wb");
      if (!file) {
        close(fd);
        unlink(temporary);
      }
      return file;
    }
    if (errno != EEXIST) return NULL;
  }
  return NULL;
}

/* The file is written under another name and then renamed, so that nobody meets half a picture. A link is followed;
 * devices and pipes are written to as they are. */
int png_write_file(const char *path, const shim_image *image, glyph_error *error) {
  char target[PATH_MAX], temporary[PATH_MAX] = "";
  struct stat existing;
  bool exists = stat(path, &existing) == 0, replace = !exists || S_ISREG(existing.st_mode);
  if (!exists || !realpath(path, target)) snprintf(target, sizeof target, "%s", path);

  FILE *file = replace ? open_temporary(target, temporary, sizeof temporary) : fopen(target, "wb");
  if (!file) return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be written: %s", path, glyph_errno_text(errno));
  int status = write_stream(file, path, image, error);
  if (fclose(file) != 0 && !status)
    status = glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be written: %s", path, glyph_errno_text(errno));
  if (!status && replace && rename(temporary, target) != 0)
    status = glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be written: %s", path, glyph_errno_text(errno));
  if (status && replace) unlink(temporary);
  return status;
}
