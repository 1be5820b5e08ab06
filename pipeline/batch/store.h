/* Runs, files and pages into the results database. */
#ifndef GLYPHLIFT_BATCH_STORE_H
#define GLYPHLIFT_BATCH_STORE_H

#include "batch.h"
#include "database.h"
#include "document.h"

enum { STORE_STATEMENTS = 28 };

typedef struct store {
  database db;
  sqlite3_stmt *statements[STORE_STATEMENTS];
  int64_t run; /* 0 before store_start_run */
} store;

/* A file that the database has. */
typedef struct known_file {
  int64_t file;
  file_facts facts;
  int done, missing, failed;
  int is_current; /* read by this version and model, with these settings */
  int pages_done; /* of a file that is not done: so many of its pages, from the first, need not be read again */
} known_file;

int store_open(store *out, const char *path, glyph_error *error);
void store_close(store *store);

/* Refuses a database of another folder or shard. models: what tells them apart. */
int store_start_run(store *store, const glyph_batch_options *options, const char *models, glyph_error *error);
/* Commits. state: "finished", "interrupted" or "failed". */
int store_end_run(store *store, const char *state, const glyph_batch_counts *counts, glyph_error *error);

/* Writes between the two are a transaction: committed as one, or lost as one. */
int store_begin(store *store, glyph_error *error);
int store_commit(store *store, glyph_error *error);
void store_roll_back(store *store);

/* 1 and *out, 0 where the database has no such path, or a negative status. */
int store_find(store *store, const char *path, known_file *out, glyph_error *error);
/* What a file is now; *known is 0 for a new one. With first_page 1 all that the database has of its pages goes,
 * otherwise the pages before first_page stay. page_count 0: unknown. *file is its number. */
int store_put_file(store *store, const char *path, const known_file *known, const file_facts *facts, int page_count,
                   int first_page, int done, int64_t *file, glyph_error *error);
int store_put_page(store *store, int64_t file, const page_result *page, glyph_error *error);
int store_put_done(store *store, int64_t file, int done, glyph_error *error);
/* The content is as it was, the times are not. */
int store_put_times(store *store, const known_file *known, const file_facts *facts, glyph_error *error);
/* The first file after `after`, or 0. *path is valid until the next call. */
int store_next_file(store *store, int64_t after, int64_t *file, const char **path, int *missing, glyph_error *error);
int store_put_missing(store *store, int64_t file, int missing, glyph_error *error);
int store_forget(store *store, int64_t file, glyph_error *error);

/* A failure that may pass: of a device, of memory, of a module that may be installed. */
int failure_may_pass(int status);

#endif
