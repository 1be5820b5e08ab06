/* What a worker makes of one file. The one place through which the pages of a file are read. */
#ifndef GLYPHLIFT_BATCH_DOCUMENT_H
#define GLYPHLIFT_BATCH_DOCUMENT_H

#include "hash.h"

typedef struct page_result {
  int page;            /* from 1 */
  glyph_page *content; /* NULL where it failed */
  char *json;
  glyph_error error;
} page_result;

typedef struct file_result {
  file_facts facts;
  int is_same;    /* its content is what is known already: it was not read */
  int page_count; /* of the file; 0 where it could not be opened */
  page_result *pages;
  size_t count;
} file_result;

/* Reads the file `path` below `folder` (NULL: as it is), whose content may be known by its hash (empty: it is not). Every
 * failure is in *out, that of the file as a whole as its page 1. */
void document_read(glyph_reader *reader, const char *folder, const char *path, const char *known_sha256,
                   file_result *out);
void file_result_free(file_result *result);

/* folder/path, the caller's; NULL without memory. */
char *document_path(const char *folder, const char *path);

#endif
