/* The files of a run, one after the other. */
#ifndef GLYPHLIFT_BATCH_LISTING_H
#define GLYPHLIFT_BATCH_LISTING_H

#include "batch.h"

typedef struct listing listing;

typedef struct listing_counts {
  int64_t left_alone;     /* files whose name is not asked for */
  int64_t folders_closed; /* folders that cannot be opened */
} listing_counts;

/* Takes folder or list, patterns and shards from the options, which must outlive it; tells of folders that cannot be
 * opened through options->note unless is_count is set, for a pass that counts only. */
int listing_open(listing **out, const glyph_batch_options *options, int is_count, glyph_error *error);
/* 1 and the next path (below the folder, or as listed), valid until the next call; 0 at the end; or a negative
 * status. */
int listing_next(listing *list, const char **path, glyph_error *error);
listing_counts listing_get_counts(const listing *list);
void listing_close(listing **list);

/* Does the file named by path belong to what the shell pattern asks for? Also for export. */
int path_fits(const char *pattern, const char *path);

#endif
