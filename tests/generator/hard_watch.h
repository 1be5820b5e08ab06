/* Draws hard pages and has them read under the eyes of whoever wants to learn from their candidates. */
#ifndef GENERATOR_HARD_WATCH_H
#define GENERATOR_HARD_WATCH_H

#include "../../pipeline/reader.h"
#include "../../pipeline/touching.h"
#include "hard_run.h"

/* As reader_observer, beside what was drawn; 0, or not 0 to give up. Of a page that was read
 * several times the reading that was kept is seen. */
typedef int hard_watcher(void *user, const page_truth *drawn, const stage_glyphs *glyphs, size_t uncut_count,
                         const judge_verdict *verdicts, const uint8_t *crops);

/* As reader_split_observer, likewise; called before the watcher of the same reading's candidates. */
typedef int hard_split_watcher(void *user, const page_truth *drawn, const touching *t);

typedef struct hard_watchers {
  hard_watcher *candidates;
  hard_split_watcher *splits; /* NULL: none */
  void *user;
} hard_watchers;

/* The run's page of that seed. 0, or -1 with a sentence in *error. */
int hard_watch_page(glyph_reader *reader, const hard_run *run, uint64_t seed, const hard_watchers *watchers,
                    glyph_error *error);
/* A page of the other generator. */
int hard_watch_spec(glyph_reader *reader, const page_spec *spec, const hard_watchers *watchers, glyph_error *error);

#endif
