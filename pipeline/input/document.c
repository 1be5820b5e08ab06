/* Files of one or more pages. TIFF, PDF and HEIF (HEIC, AVIF) are read by modules that are loaded when such a file is
 * met; everything else has one page, the picture itself. The bytes stay in memory while a document is open, and a
 * page's pixels while it is read, so that memory does not grow with the number of pages.
 *
 * A document's pages may be read by several threads at once. The libraries behind the modules do not allow that of one
 * open file, so each thread takes an idle one or opens another on the same bytes. Of HEIF files the primary picture is
 * the only page: the others are its kin (bursts, depth, thumbnails). */
#include "input.h"

#include "../../shim/module.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MAX = 8 };

typedef struct paged_format {
  const char *name;
  size_t at; /* where the magic number stands */
  const char *magic;
  size_t magic_length;
  const shim_pages *(*module)(const char **why);
} paged_format;

struct glyph_document {
  input_bytes bytes; /* empty where the memory is the caller's */
  const uint8_t *data;
  size_t size;
  char *name;
  int page_count;
  const paged_format *format; /* NULL: one picture, which input_decode reads */
  const shim_pages *module;
  pthread_mutex_t lock; /* of the two below */
  shim_pages_file *idle[IDLE_MAX];
  int idle_count;
};

#define MAGIC(text) text, sizeof(text) - 1

static const paged_format formats[] = {
    {"TIFF", 0, MAGIC("II*\0"), shim_module_tiff},    {"TIFF", 0, MAGIC("MM\0*"), shim_module_tiff},
    {"TIFF", 0, MAGIC("II+\0"), shim_module_tiff},    {"TIFF", 0, MAGIC("MM\0+"), shim_module_tiff},
    {"PDF", 0, MAGIC("%PDF-"), shim_module_pdf},      {"HEIC", 4, MAGIC("ftyphei"), shim_module_heif},
    {"HEIC", 4, MAGIC("ftyphev"), shim_module_heif},  {"HEIC", 4, MAGIC("ftypmif1"), shim_module_heif},
    {"HEIC", 4, MAGIC("ftypmsf1"), shim_module_heif}, {"AVIF", 4, MAGIC("ftypavi"), shim_module_heif},
};

static const paged_format *find_format(const uint8_t *data, size_t size) {
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    const paged_format *f = &formats[i];
    if (size >= f->at + f->magic_length && memcmp(data + f->at, f->magic, f->magic_length) == 0) return f;
  }
  return NULL;
}

int input_is_paged(const uint8_t *data, size_t size) {
  return find_format(data, size) != NULL;
}

/* ---- open files ---------------------------------------------------------------------------------------------------- */

static int module_status(const glyph_document *document, const char *name, int status, glyph_error *error) {
  if (status == SHIM_ERR_MEMORY)
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory to read the %s", name, document->format->name);
  return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the %s cannot be read: %s", name, document->format->name,
                         document->module->error());
}

static int take_file(glyph_document *document, shim_pages_file **file, const char *name, glyph_error *error) {
  int count;
  *file = NULL;
  pthread_mutex_lock(&document->lock);
  if (document->idle_count) *file = document->idle[--document->idle_count];
  pthread_mutex_unlock(&document->lock);
  if (*file) return GLYPH_OK;
  int status = document->module->open(document->data, document->size, file, &count);
  return status == SHIM_OK ? GLYPH_OK : module_status(document, name, status, error);
}

static void give_back(glyph_document *document, shim_pages_file *file) {
  pthread_mutex_lock(&document->lock);
  if (document->idle_count < IDLE_MAX) {
    document->idle[document->idle_count++] = file;
    file = NULL;
  }
  pthread_mutex_unlock(&document->lock);
  document->module->close(file);
}

/* ---- the document -------------------------------------------------------------------------------------------------- */

static int count_pages(glyph_document *document, glyph_error *error) {
  const char *why = NULL;
  document->page_count = 1;
  document->format = find_format(document->data, document->size);
  if (!document->format) return GLYPH_OK;
  document->module = document->format->module(&why);
  if (!document->module)
    return glyph_error_set(error, GLYPH_ERR_MODULE, "%s: cannot read %s files: %s", document->name,
                           document->format->name, why);
  int status = document->module->open(document->data, document->size, &document->idle[0], &document->page_count);
  if (status != SHIM_OK) return module_status(document, document->name, status, error);
  document->idle_count = 1;
  return GLYPH_OK;
}

/* Takes *bytes over where they are not NULL. */
static int open_document(glyph_document **out, input_bytes *bytes, const uint8_t *data, size_t size, const char *name,
                         glyph_error *error) {
  glyph_document *document = calloc(1, sizeof *document);
  *out = NULL;
  if (!document) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", name);
  pthread_mutex_init(&document->lock, NULL);
  document->data = data;
  document->size = size;
  document->name = strdup(name);
  if (bytes) {
    document->bytes = *bytes;
    *bytes = (input_bytes){0};
  }
  int status = document->name ? count_pages(document, error)
                              : glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", name);
  if (status) glyph_document_close(&document);
  *out = document;
  return status;
}

int glyph_document_open(glyph_document **out, const char *path, glyph_error *error) {
  input_bytes bytes = {0};
  *out = NULL;
  int status = input_read_file(path, &bytes, error);
  if (status) return status;
  const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
  status = open_document(out, &bytes, bytes.data, bytes.size, name, error);
  input_bytes_free(&bytes);
  return status;
}

int glyph_document_open_memory(glyph_document **out, const void *data, size_t size, const char *name,
                               glyph_error *error) {
  return open_document(out, NULL, data, size, name ? name : "the picture in memory", error);
}

void glyph_document_close(glyph_document **document) {
  if (!document || !*document) return;
  glyph_document *d = *document;
  for (int i = 0; i < d->idle_count; i++) d->module->close(d->idle[i]);
  pthread_mutex_destroy(&d->lock);
  input_bytes_free(&d->bytes);
  free(d->name);
  free(d);
  *document = NULL;
}

int glyph_document_page_count(const glyph_document *document) {
  return document->page_count;
}

void input_document_label(const glyph_document *document, int page, char *label, size_t size) {
  if (document->page_count > 1)
    snprintf(label, size, "%s:%d", document->name, page);
  else
    snprintf(label, size, "%s", document->name);
}

/* ---- a page -------------------------------------------------------------------------------------------------------- */

typedef struct page_target {
  const char *name;
  const input_options *options;
  shim_image *out;
  int status;
  glyph_error *error;
} page_target;

static int begin(void *user, int width, int height) {
  page_target *target = user;
  target->status = input_check_size(target->name, width, height, target->options, target->error);
  if (!target->status && input_create_picture(target->options, width, height, target->out))
    target->status = glyph_error_set(target->error, GLYPH_ERR_MEMORY, "%s: no memory for a picture of %d x %d pixels",
                                     target->name, width, height);
  return target->status;
}

static void take_row(void *user, int y, const uint8_t *samples, int channels) {
  shim_image *out = ((page_target *)user)->out;
  input_convert_row(samples, channels, out->data + y * out->stride, out->channels, out->width);
}

static int decode_page(glyph_document *document, int page, const char *name, const input_options *options,
                       shim_image *out, int *orientation, glyph_error *error) {
  page_target target = {name, options, out, GLYPH_OK, error};
  const shim_page_sink sink = {&target, options->max_pixels, begin, take_row};
  shim_pages_file *file;
  *out = (shim_image){0};
  *orientation = 1;
  int status = take_file(document, &file, name, error);
  if (status) return status;
  int decoded = document->module->decode(file, page - 1, options->ignore_orientation, &sink, orientation);
  if (decoded != SHIM_OK) status = target.status ? target.status : module_status(document, name, decoded, error);
  give_back(document, file);
  if (status) shim_image_free(out);
  return status;
}

int input_decode_paged(const uint8_t *data, size_t size, const char *name, const input_options *options,
                       shim_image *out, int *orientation, glyph_error *error) {
  glyph_document *document;
  *out = (shim_image){0};
  *orientation = 1;
  int status = open_document(&document, NULL, data, size, name, error);
  if (!status) status = decode_page(document, 1, name, options, out, orientation, error);
  glyph_document_close(&document);
  return status;
}

int input_document_decode(glyph_document *document, int page, const char *name, const input_options *options,
                          shim_image *out, glyph_error *error) {
  int orientation;
  *out = (shim_image){0};
  if (page < 1 || page > document->page_count)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: there is no page %d, the file has %d", document->name, page,
                           document->page_count);
  if (!document->format) return input_decode(document->data, document->size, name, options, out, error);
  int status = decode_page(document, page, name, options, out, &orientation, error);
  return status ? status : input_make_upright(out, orientation, name, options, error);
}
