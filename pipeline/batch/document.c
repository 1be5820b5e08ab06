/* One file to page results: looked at, hashed, read, and looked at again, so that results never belong to another content
 * than the hash beside them. A file that changes meanwhile is left to the next run. */
#include "document.h"

#include "../input/input.h"
#include "../output/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *document_path(const char *folder, const char *path) {
  const size_t size = (folder ? strlen(folder) : 0) + strlen(path) + 2;
  char *whole = malloc(size);
  if (whole) snprintf(whole, size, "%s%s%s", folder && *path != '/' ? folder : "", folder ? "/" : "", path);
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

static page_result *add_page(file_result *result, int page) {
  result->pages = calloc(1, sizeof *result->pages);
  if (!result->pages) return NULL;
  result->count = 1;
  result->pages->page = page;
  return result->pages;
}

static int look(const char *whole, const char *path, const char *known_sha256, file_result *out, glyph_error *error) {
  int status = file_facts_look(whole, path, &out->facts, error);
  if (status == GLYPH_OK) status = file_facts_hash(whole, path, &out->facts, error);
  out->is_same = status == GLYPH_OK && *known_sha256 && !strcmp(known_sha256, out->facts.sha256);
  return status;
}

static int check_unchanged(const char *whole, const char *path, const file_facts *before, glyph_error *error) {
  file_facts now;
  const int status = file_facts_look(whole, path, &now, error);
  if (status || file_facts_agree(before, &now)) return status;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: the file changed while it was read", path);
}

static void read_pages(glyph_reader *reader, const char *folder, const char *whole, const char *path,
                       file_result *out) {
  page_result *page = add_page(out, 1);
  if (!page) return;
  int status = glyph_read_file(reader, whole, &page->content, &page->error);
  if (status == GLYPH_OK) status = check_unchanged(whole, path, &out->facts, &page->error);
  if (status == GLYPH_OK) {
    page->json = glyph_page_json(page->content, path, GLYPH_PAGE_READ);
    if (!page->json) status = glyph_error_set(&page->error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  }
  if (status == GLYPH_OK) out->page_count = 1;
  if (status == GLYPH_OK) return;
  leave_folder_out(folder, &page->error);
  glyph_page_close(&page->content);
}

void document_read(glyph_reader *reader, const char *folder, const char *path, const char *known_sha256,
                   file_result *out) {
  glyph_error error;
  *out = (file_result){0};
  char *whole = document_path(folder, path);
  int status = whole ? look(whole, path, known_sha256, out, &error)
                     : glyph_error_set(&error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  if (status) {
    page_result *page = add_page(out, 1);
    if (page) page->error = error;
  } else if (!out->is_same) {
    read_pages(reader, folder, whole, path, out);
  }
  free(whole);
}

void file_result_free(file_result *result) {
  for (size_t i = 0; i < result->count; i++) {
    glyph_page_close(&result->pages[i].content);
    glyph_string_free(result->pages[i].json);
  }
  free(result->pages);
  *result = (file_result){0};
}
