/* What a worker makes of one page of one file. The one place through which files are read. */
#ifndef GLYPHLIFT_BATCH_DOCUMENT_H
#define GLYPHLIFT_BATCH_DOCUMENT_H

#include "hash.h"

/* How the pages are read; the same for all of a run. */
typedef struct page_reading {
  const char *folder; /* NULL: paths are as they are */
  int shapes;         /* the drawn shapes, not the lines of digits */
} page_reading;

/* An open file, shared by those who read its pages. */
typedef struct document document;

typedef struct page_result {
  int number;          /* from 1; 0: no page was read */
  glyph_page *content; /* NULL where it failed */
  char *json;
  glyph_error error; /* a file that cannot be opened fails as its page 1 */
} page_result;

/* Looks at the file `path` below the folder. If its content has the hash known_sha256 and pages_done is -1 it is not
 * opened: *out is NULL, as it is after a failure, which stands in *page. */
void document_open(document **out, const page_reading *reading, const char *path, const char *known_sha256,
                   int pages_done, file_facts *facts, page_result *page);
int document_page_count(const document *document);
/* Another owner. */
document *document_share(document *document);
void document_release(document **document);

/* On failure page->error tells. */
void document_read(document *document, glyph_reader *reader, int number, page_result *page);
void page_result_free(page_result *page);

/* folder/path, the caller's; NULL without memory. */
char *document_path(const char *folder, const char *path);

#endif
