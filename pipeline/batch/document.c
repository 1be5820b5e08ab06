/* Pages of files to results. A file is looked at, hashed, opened, and looked at again, so that results never belong to
 * another content than the hash beside them: one that changes meanwhile is left to the next run. */
#include "document.h"

#include "../input/input.h"
#include "../output/output.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct document {
  const page_reading *reading;
  glyph_document *pages;
  char *path;
  atomic_int owners;
};

char *document_path(const char *folder, const char *path) {
  const size_t size = (folder ? strlen(folder) : 0) + strlen(path) + 2;
  char *whole = malloc(size);
  if (whole) snprintf(whole, size, "%s%s%s", folder ? folder : "", folder ? "/" : "", path);
  return whole;
}

/* The database tells of paths below the folder, wherever that is mounted; the reader's sentence begins with both. */
static void leave_folder_out(const char *folder, glyph_error *error) {
  glyph_error prefix;
  if (!folder) return;
  glyph_error_set(&prefix, GLYPH_OK, "%s/", folder);
  const size_t length = strlen(prefix.message);
  if (!strncmp(error->message, prefix.message, length))
    memmove(error->message, error->message + length, strlen(error->message + length) + 1);
}

static int look(const char *whole, const char *path, file_facts *facts, glyph_error *error) {
  const int status = file_facts_look(whole, path, facts, error);
  return status == GLYPH_OK ? file_facts_hash(whole, path, facts, error) : status;
}

static int check_unchanged(const char *whole, const char *path, const file_facts *before, glyph_error *error) {
  file_facts now;
  const int status = file_facts_look(whole, path, &now, error);
  if (status || file_facts_agree(before, &now)) return status;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: the file changed while it was read", path);
}

static int open_pages(document **out, const page_reading *reading, const char *path, const char *whole,
                      const file_facts *facts, glyph_error *error) {
  document *document = calloc(1, sizeof *document);
  *out = document;
  if (document) document->path = strdup(path);
  if (!document || !document->path) {
    document_release(out);
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  }
  document->reading = reading;
  atomic_init(&document->owners, 1);
  int status = glyph_document_open(&document->pages, whole, error);
  if (status == GLYPH_OK) status = check_unchanged(whole, path, facts, error);
  if (status) document_release(out);
  return status;
}

void document_open(document **out, const page_reading *reading, const char *path, const char *known_sha256,
                   int pages_done, file_facts *facts, page_result *page) {
  char *whole = document_path(reading->folder, path);
  *out = NULL;
  *facts = (file_facts){0};
  int status = whole ? look(whole, path, facts, &page->error)
                     : glyph_error_set(&page->error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  const int is_done = status == GLYPH_OK && pages_done < 0 && !strcmp(known_sha256, facts->sha256);
  if (status == GLYPH_OK && !is_done) status = open_pages(out, reading, path, whole, facts, &page->error);
  if (status) page->number = 1;
  if (status) leave_folder_out(reading->folder, &page->error);
  free(whole);
}

int document_page_count(const document *document) {
  return glyph_document_page_count(document->pages);
}

document *document_share(document *document) {
  atomic_fetch_add(&document->owners, 1);
  return document;
}

void document_release(document **address) {
  document *document = *address;
  *address = NULL;
  if (!document || atomic_fetch_sub(&document->owners, 1) > 1) return;
  glyph_document_close(&document->pages);
  free(document->path);
  free(document);
}

void document_read(document *document, glyph_reader *reader, int number, page_result *page) {
  const int shapes = document->reading->shapes;
  page->number = number;
  int status = shapes ? glyph_read_shapes_document_page(reader, document->pages, number, &page->content, &page->error)
                      : glyph_read_document_page(reader, document->pages, number, &page->content, &page->error);
  if (status == GLYPH_OK) {
    page->json = glyph_page_json(page->content, document->path, shapes ? GLYPH_PAGE_SHAPES : GLYPH_PAGE_READ);
    if (page->json) return;
    glyph_error_set(&page->error, GLYPH_ERR_MEMORY, "%s: out of memory", document->path);
  }
  leave_folder_out(document->reading->folder, &page->error);
  glyph_page_close(&page->content);
}

void page_result_free(page_result *page) {
  glyph_page_close(&page->content);
  glyph_string_free(page->json);
  *page = (page_result){0};
}
