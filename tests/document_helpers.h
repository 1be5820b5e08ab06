/* What the tests of documents share: opening and decoding, the cutting and damaging of files, several threads at one
 * document. */
#ifndef GLYPHLIFT_TESTS_DOCUMENT_HELPERS_H
#define GLYPHLIFT_TESTS_DOCUMENT_HELPERS_H

#include "input_helpers.h"

#include <pthread.h>
#include <stdbool.h>

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};
static const input_options rgb_options = {.max_pixels = 1000000, .channels = 3};

/* A file in memory, the test's to free. */
typedef struct test_file {
  uint8_t *data;
  size_t size;
} test_file;

static inline test_file load_file(const char *path) {
  input_bytes bytes;
  glyph_error error;
  if (input_read_file(path, &bytes, &error)) fail_msg("%s", error.message);
  return (test_file){bytes.data, bytes.size};
}

static inline glyph_document *open_or_fail(const uint8_t *data, size_t size) {
  glyph_document *document;
  glyph_error error;
  if (glyph_document_open_memory(&document, data, size, "a.pic", &error)) fail_msg("%s", error.message);
  return document;
}

static inline int decode_document(glyph_document *document, int page, const input_options *options, shim_image *out,
                                  glyph_error *error) {
  char label[64];
  input_document_label(document, page, label, sizeof label);
  *error = (glyph_error){0};
  int status = input_document_decode(document, page, label, options, out, error);
  if (status) {
    assert_int_equal(error->status, status);
    assert_null(out->data);
    assert_null(strchr(error->message, '\n'));
    assert_ptr_equal(strstr(error->message, "a.pic"), error->message);
  }
  return status;
}

static inline void page_or_fail(glyph_document *document, int page, const input_options *options, shim_image *out) {
  glyph_error error;
  if (decode_document(document, page, options, out, &error)) fail_msg("%s", error.message);
}

/* Opens exactly `size` bytes, so that a sanitizer sees every byte read too far, and reads all pages. Whatever happens
 * must be told in a sentence. Returns how many pages could be read. */
static inline int read_what_is_there(const uint8_t *data, size_t size) {
  glyph_document *document;
  glyph_error error = {0};
  uint8_t *copy = malloc(size ? size : 1);
  int good = 0;
  assert_non_null(copy);
  memcpy(copy, data, size);
  if (glyph_document_open_memory(&document, copy, size, "a.pic", &error)) {
    assert_ptr_equal(strstr(error.message, "a.pic: "), error.message);
    assert_null(document);
  } else {
    const int count = glyph_document_page_count(document);
    assert_true(count >= 1);
    for (int page = 1; page <= count && page <= 20; page++) {
      shim_image image;
      good += decode_document(document, page, &rgb_options, &image, &error) == GLYPH_OK;
      shim_image_free(&image);
    }
  }
  glyph_document_close(&document);
  free(copy);
  return good;
}

/* Cuts the file at every `step`-th byte, then flips bits of every `step`-th byte. */
static inline void cut_and_flip(test_file file, size_t step) {
  stderr_watch watch;
  watch_stderr(&watch);
  for (size_t size = 0; size < file.size; size += step) read_what_is_there(file.data, size);
  for (size_t at = 0; at < file.size; at += step) {
    file.data[at] ^= 0x95;
    read_what_is_there(file.data, file.size);
    file.data[at] ^= 0x95;
  }
  assert_stderr_stayed_empty(&watch);
}

typedef struct reader_thread {
  pthread_t thread;
  glyph_document *document;
  int first, pages, least_width, reads, good;
} reader_thread;

static inline void *read_pages(void *user) {
  reader_thread *reader = user;
  for (int i = 0; i < reader->reads; i++) {
    shim_image image;
    glyph_error error;
    const int page = (reader->first + i) % reader->pages;
    if (!input_document_decode(reader->document, page + 1, "a.pic", &gray_options, &image, &error))
      reader->good += image.width == reader->least_width + page;
    shim_image_free(&image);
  }
  return NULL;
}

enum { MOST_THREADS = 16 };

/* Each thread reads so many pages of one document, beginning at a page of its own; page i (from 0) must be i pixels
 * wider than least_width. */
static inline void read_in_threads(test_file file, int threads, int pages, int least_width, int reads) {
  reader_thread readers[MOST_THREADS];
  glyph_document *document = open_or_fail(file.data, file.size);
  assert_true(threads <= MOST_THREADS);
  for (int i = 0; i < threads; i++) {
    readers[i] =
        (reader_thread){.document = document, .first = i, .pages = pages, .least_width = least_width, .reads = reads};
    assert_int_equal(pthread_create(&readers[i].thread, NULL, read_pages, &readers[i]), 0);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(readers[i].thread, NULL);
    assert_int_equal(readers[i].good, reads);
  }
  glyph_document_close(&document);
}

static inline bool is_loaded(const char *library) {
  char line[4096];
  bool found = false;
  FILE *maps = fopen("/proc/self/maps", "r");
  assert_non_null(maps);
  while (!found && fgets(line, sizeof line, maps)) found = strstr(line, library) != NULL;
  fclose(maps);
  return found;
}

#endif
