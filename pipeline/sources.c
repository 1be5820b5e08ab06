/* Where pictures come from: pixels, memory, files, pages of documents. Each becomes a gray picture, upright after EXIF,
 * and goes to reader.c. */
#include <string.h>

#include "input/input.h"
#include "reader.h"
#include "results.h"

enum { LABEL_BYTES = 4200 }; /* a path, and its page */

/* The page takes *rgb over. */
static void keep_picture(glyph_page *page, shim_image *rgb) {
  page->picture = (glyph_pixels){rgb->data, rgb->width, rgb->height, rgb->channels, rgb->stride};
  memset(rgb, 0, sizeof *rgb);
}

static int check_pixels(const glyph_reader *reader, const glyph_pixels *pixels, const char *name, glyph_error *error) {
  if (!pixels || !pixels->data || pixels->width <= 0 || pixels->height <= 0 ||
      (pixels->channels != 1 && pixels->channels != 3) || pixels->stride < (ptrdiff_t)pixels->width * pixels->channels)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "%s: pixels need data, a positive size, 1 or 3 channels and a stride that holds a row",
                           name);
  if ((int64_t)pixels->width * pixels->height > reader->options.max_pixels)
    return glyph_error_set(error, GLYPH_ERR_LIMIT, "%s: %d x %d pixels are over the limit of %lld", name, pixels->width,
                           pixels->height, (long long)reader->options.max_pixels);
  return GLYPH_OK;
}

static int copy_rgb(const shim_image *from, shim_image *rgb) {
  int status = shim_image_create(rgb, from->width, from->height, 3);
  if (status != SHIM_OK) return status;
  if (from->channels == 1) return shim_gray_to_rgb(from, rgb);
  for (int y = 0; y < from->height; y++)
    memcpy(rgb->data + y * rgb->stride, from->data + y * from->stride, (size_t)from->width * 3);
  return SHIM_OK;
}

static int from_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name, reader_gray *read,
                       glyph_page **out, glyph_error *error) {
  *out = NULL;
  if (!name) name = "picture";
  int status = check_pixels(reader, pixels, name, error);
  if (status != GLYPH_OK) return status;
  const double start = reader_now_ms();
  shim_image source = {(uint8_t *)pixels->data, pixels->width, pixels->height, pixels->channels, pixels->stride};
  shim_image gray = {0}, rgb = {0};
  int made = SHIM_OK;
  if (pixels->channels == 3) made = shim_image_create(&gray, pixels->width, pixels->height, 1);
  if (made == SHIM_OK && pixels->channels == 3) made = shim_rgb_to_gray(&source, &gray);
  if (made == SHIM_OK && reader->options.keep_picture) made = copy_rgb(&source, &rgb);
  if (made != SHIM_OK)
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: %s", name, shim_error());
  else
    status = read(reader, gray.data ? &gray : &source, name, out, error);
  if (status == GLYPH_OK && rgb.data) keep_picture(*out, &rgb);
  if (status == GLYPH_OK) results_add_timing(*out, "total", reader_now_ms() - start);
  shim_image_free(&gray);
  shim_image_free(&rgb);
  return status;
}

/* One page of a document on its way to being read. */
typedef struct page_source {
  glyph_document *document;
  int number;
  char label[LABEL_BYTES];
  input_options options;
  shim_image gray; /* owned */
  int halved;      /* it came half as large */
  double decode_ms;
} page_source;

static int decode_gray(page_source *s, glyph_error *error) {
  const double start = reader_now_ms();
  const int status = input_document_decode(s->document, s->number, s->label, &s->options, &s->gray, error);
  s->decode_ms += reader_now_ms() - start;
  return status;
}

/* Reads the page from its half; where that shows too little, decodes it whole. */
static int read_halved(glyph_reader *reader, page_source *s, glyph_page **out, glyph_error *error) {
  const double start = reader_now_ms();
  int too_small;
  int status = reader_read_halved(reader, &s->gray, s->label, out, &too_small, error);
  if (status != GLYPH_OK || !too_small) return status;
  const double looked_at_ms = reader_now_ms() - start;
  reader_keep_image(&reader->buffers.half, &s->gray);
  s->options.halved = NULL;
  status = decode_gray(s, error);
  if (status == GLYPH_OK) status = reader_read_whole(reader, &s->gray, s->label, out, error);
  if (status == GLYPH_OK) results_add_timing_first(*out, "scale", looked_at_ms);
  return status;
}

static int decode_rgb(const page_source *s, shim_image *rgb, glyph_error *error) {
  input_options options = s->options;
  options.channels = 3;
  options.spare = NULL;
  return input_document_decode(s->document, s->number, s->label, &options, rgb, error);
}

static int from_document(glyph_reader *reader, glyph_document *document, int number, reader_gray *read,
                         glyph_page **out, glyph_error *error) {
  const double start = reader_now_ms();
  const int may_halve = read == reader_read_gray && reader->options.region.width == 0;
  page_source s = {.document = document,
                   .number = number,
                   .options = {reader->options.max_pixels, reader->options.ignore_orientation, 1,
                               &reader->buffers.decoded, READER_HALVED_SIDE_MIN, NULL}};
  shim_image rgb = {0};
  *out = NULL;
  if (may_halve) s.options.halved = &s.halved;
  input_document_label(document, number, s.label, sizeof s.label);
  int status = decode_gray(&s, error);
  if (status == GLYPH_OK && reader->options.keep_picture) status = decode_rgb(&s, &rgb, error);
  if (status == GLYPH_OK)
    status = s.halved ? read_halved(reader, &s, out, error) : read(reader, &s.gray, s.label, out, error);
  if (status == GLYPH_OK && rgb.data) keep_picture(*out, &rgb);
  if (status == GLYPH_OK) {
    (*out)->number = number;
    results_add_timing_first(*out, "decode", s.decode_ms);
    results_add_timing(*out, "total", reader_now_ms() - start);
  }
  reader_keep_image(&reader->buffers.decoded, &s.gray);
  shim_image_free(&rgb);
  return status;
}

static int from_memory(glyph_reader *reader, const void *data, size_t size, const char *name, reader_gray *read,
                       glyph_page **out, glyph_error *error) {
  glyph_document *document;
  *out = NULL;
  int status = glyph_document_open_memory(&document, data, size, name ? name : "picture", error);
  if (status == GLYPH_OK) status = from_document(reader, document, 1, read, out, error);
  glyph_document_close(&document);
  return status;
}

static int from_file(glyph_reader *reader, const char *path, reader_gray *read, glyph_page **out, glyph_error *error) {
  glyph_document *document;
  *out = NULL;
  int status = glyph_document_open(&document, path, error);
  if (status == GLYPH_OK) status = from_document(reader, document, 1, read, out, error);
  glyph_document_close(&document);
  return status;
}

int glyph_read_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error) {
  return from_file(reader, path, reader_read_gray, out, error);
}

int glyph_read_memory(glyph_reader *reader, const void *data, size_t size, const char *name, glyph_page **out,
                      glyph_error *error) {
  return from_memory(reader, data, size, name, reader_read_gray, out, error);
}

int glyph_read_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name, glyph_page **out,
                      glyph_error *error) {
  return from_pixels(reader, pixels, name, reader_read_gray, out, error);
}

int glyph_classify_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error) {
  return from_file(reader, path, reader_classify_gray, out, error);
}

int glyph_classify_memory(glyph_reader *reader, const void *data, size_t size, const char *name, glyph_page **out,
                          glyph_error *error) {
  return from_memory(reader, data, size, name, reader_classify_gray, out, error);
}

int glyph_classify_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name, glyph_page **out,
                          glyph_error *error) {
  return from_pixels(reader, pixels, name, reader_classify_gray, out, error);
}

int glyph_read_document_page(glyph_reader *reader, glyph_document *document, int number, glyph_page **out,
                             glyph_error *error) {
  return from_document(reader, document, number, reader_read_gray, out, error);
}

int glyph_classify_document_page(glyph_reader *reader, glyph_document *document, int number, glyph_page **out,
                                 glyph_error *error) {
  return from_document(reader, document, number, reader_classify_gray, out, error);
}

int glyph_read_shapes_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error) {
  return from_file(reader, path, reader_shapes_gray, out, error);
}

int glyph_read_shapes_memory(glyph_reader *reader, const void *data, size_t size, const char *name, glyph_page **out,
                             glyph_error *error) {
  return from_memory(reader, data, size, name, reader_shapes_gray, out, error);
}

int glyph_read_shapes_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name, glyph_page **out,
                             glyph_error *error) {
  return from_pixels(reader, pixels, name, reader_shapes_gray, out, error);
}

int glyph_read_shapes_document_page(glyph_reader *reader, glyph_document *document, int number, glyph_page **out,
                                    glyph_error *error) {
  return from_document(reader, document, number, reader_shapes_gray, out, error);
}
