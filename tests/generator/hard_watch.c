/* Hooks a watcher into the reader for one page. */
#include "hard_watch.h"

#include <stdio.h>

typedef struct watch {
  const hard_watchers *watchers;
  const page_truth *drawn;
  const glyph_reader *reader;
  size_t wanted; /* reading, by its number */
  int failed;
} watch;

static void observe(void *user, const stage_glyphs *glyphs, size_t uncut_count, const judge_verdict *verdicts,
                    const uint8_t *crops) {
  watch *w = user;
  if (!w->failed && w->reader->readings == w->wanted)
    w->failed = w->watchers->candidates(w->watchers->user, w->drawn, glyphs, uncut_count, verdicts, crops);
}

static void observe_splits(void *user, const touching *t) {
  watch *w = user;
  if (!w->failed && w->reader->readings == w->wanted) w->failed = w->watchers->splits(w->watchers->user, w->drawn, t);
}

/* Which of its readings a page is of is known in the end, so that it is read once more for the watchers. Frees the
 * picture and its truth. */
static int watch_picture(glyph_reader *reader, page_picture *picture, page_truth *drawn, int quality,
                         const hard_watchers *watchers, glyph_error *error) {
  watch w = {watchers, drawn, reader, 0, 0};
  page_score score = {0};
  const size_t before = reader->readings;
  int status = page_score_picture(reader, picture, quality, drawn, &score, NULL, error);
  w.wanted = reader->readings + reader->reading_kept - before;
  reader->observer = observe;
  reader->split_observer = watchers->splits ? observe_splits : NULL;
  reader->observing = &w;
  if (!status) status = page_score_picture(reader, picture, quality, drawn, &score, NULL, error);
  reader->observer = NULL;
  reader->split_observer = NULL;
  page_picture_free(picture);
  page_truth_free(drawn);
  return status || w.failed ? -1 : 0;
}

int hard_watch_page(glyph_reader *reader, const hard_run *run, uint64_t seed, const hard_watchers *watchers,
                    glyph_error *error) {
  hard_page page;
  page_picture picture;
  page_truth drawn;
  snprintf(error->message, sizeof error->message, "page %llu: out of memory", (unsigned long long)seed);
  hard_run_page(run, seed, &page);
  if (hard_page_draw(&page, run->scans, &picture, &drawn)) return -1;
  return watch_picture(reader, &picture, &drawn, page.spec.camera.quality, watchers, error);
}

int hard_watch_spec(glyph_reader *reader, const page_spec *spec, const hard_watchers *watchers, glyph_error *error) {
  page_picture picture;
  page_truth drawn;
  snprintf(error->message, sizeof error->message, "page %llu: out of memory", (unsigned long long)spec->seed);
  if (page_draw(spec, &picture, &drawn)) return -1;
  return watch_picture(reader, &picture, &drawn, spec->camera.quality, watchers, error);
}
