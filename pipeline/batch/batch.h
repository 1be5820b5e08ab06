/* Folders of pictures into a results database (SQLite), shards of such a run joined, results as rows. Installed as
 * <glyphlift/batch.h>; in the library glyphlift-batch. The schema is in database.c and in the README.
 *
 * A run may be killed at any moment: the next one with the same options goes on, and the database ends as if nothing
 * had happened. Files whose size and times, or else whose content, are as they were are not read again. */
#ifndef GLYPHLIFT_BATCH_H
#define GLYPHLIFT_BATCH_H

#ifdef GLYPHLIFT_BUILD
#include "../glyphlift.h"
#else
#include <glyphlift/glyphlift.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define GLYPH_BATCH_DOUBTFUL 0.9 /* numbers below this confidence count as doubtful */
enum { GLYPH_BATCH_KINDS = 16 }; /* more than there are glyph_status values */

/* What a run has done so far. */
typedef struct glyph_batch_counts {
  double seconds;
  int64_t total;     /* files it will look at; -1 where that is not known (a list from standard input) */
  int64_t files;     /* looked at: the sum of the next four */
  int64_t unchanged; /* not read again, because they are as they were */
  int64_t read;      /* at least one page of each */
  int64_t failed;
  int64_t failed_before; /* unchanged files that an earlier run could not read */
  int64_t pages;         /* read by this run, as all that follows */
  int64_t numbers, digits;
  int64_t doubtful; /* numbers below GLYPH_BATCH_DOUBTFUL */
  int64_t shapes, connectors;
  int64_t failures[GLYPH_BATCH_KINDS]; /* pages and files that failed, by -status */
  int64_t other_settings;              /* unchanged files read by another model, version or with other settings */
  int64_t missing;                     /* files in the database that are not in the folder any more */
  int64_t left_alone;                  /* files whose name is not that of a picture, or fits no pattern */
  int64_t folders_closed;              /* folders that cannot be opened */
} glyph_batch_counts;

typedef struct glyph_batch_options {
  size_t size;          /* sizeof(glyph_batch_options), set by glyph_batch_options_init */
  const char *database; /* made if missing */
  /* Its pictures and those of its folders, in the order of their paths' bytes; hidden ones and links to folders are
   * left out. */
  const char *folder;
  const char *list;       /* in place of folder: a file of paths, one a line; "-" is standard input */
  int list_ends_with_nul; /* the paths in it end with a NUL, not a newline */
  /* Shell patterns: one without a slash is for the name, one with for the path below folder. */
  const char *const *patterns;
  size_t pattern_count;   /* 0: in a folder, names that end like those of pictures; all of a list */
  int shard, shard_count; /* take the files whose path's hash is `shard` modulo shard_count; 0 and 0: all */
  int workers;            /* threads that read; 0: one a core */
  int shapes;             /* the drawn shapes and the digits in them are read, not the lines of digits */
  int redo;               /* read again what another model, version, or other settings read */
  int forget;             /* take out of the database what is not in the folder any more */
  int moved;              /* the database may be that of a folder by another name, which this one is now */
  glyph_options reader;   /* its progress, user, keep_picture and dump_directory are not used */
  /* Called from the calling thread a few times a second; a result other than 0 ends the run once the pages in hand are
   * done, with GLYPH_ERR_CANCELLED. */
  int (*progress)(void *user, const glyph_batch_counts *counts);
  /* Something to know that is not an error of the run: one sentence. May be NULL. */
  void (*note)(void *user, const char *sentence);
  void *user;
} glyph_batch_options;

GLYPH_API void glyph_batch_options_init(glyph_batch_options *options);

/* GLYPH_OK also where files failed: *counts tells, and the database has each error. Otherwise what was done is in the
 * database all the same, and *error says what ended the run. */
GLYPH_API int glyph_batch_run(const glyph_batch_options *options, glyph_batch_counts *counts, glyph_error *error);

/* Joins databases into `output`, which appears whole or not at all, and must not be there already unless it is an
 * input. Of a file that several have with the same content the later reading stays; with different content it is an
 * error. */
GLYPH_API int glyph_batch_merge(const char *const *inputs, size_t count, const char *output,
                                void (*note)(void *user, const char *sentence), void *user, glyph_error *error);

typedef enum glyph_export_rows {
  GLYPH_EXPORT_NUMBERS,
  GLYPH_EXPORT_GLYPHS,
  GLYPH_EXPORT_CELLS,
  GLYPH_EXPORT_SHAPES,
  GLYPH_EXPORT_CONNECTORS,
  GLYPH_EXPORT_ERRORS
} glyph_export_rows;

typedef struct glyph_export_options {
  size_t size; /* sizeof(glyph_export_options), set by glyph_export_options_init */
  glyph_export_rows rows;
  char separator;        /* ',' or '\t' (quoting as glyph_page_table), or 0: JSON, one object a line */
  double min_confidence; /* rows from this ... */
  double max_confidence; /* ... to this confidence; connectors and errors have none and all go out */
  const char *pattern;   /* shell pattern for the path, or, without a slash, for the name; NULL: all files */
  int64_t run;           /* what this run read; 0: all, -1: the last run */
} glyph_export_options;

GLYPH_API void glyph_export_options_init(glyph_export_options *options);

/* Hands the rows to `write` one by one, each ended by a newline, separated ones under a header; in the order of path,
 * page and place. A result of write other than 0 ends it with GLYPH_ERR_CANCELLED. */
GLYPH_API int glyph_batch_export(const char *database, const glyph_export_options *options,
                                 int (*write)(void *user, const char *row), void *user, glyph_error *error);

#ifdef __cplusplus
}
#endif
#endif
