/* An account of lost digits: each drawn digit beside the candidates that the network was shown, and beside what became
 * of them. Boxes overlap as in page_score_overlap: intersection over union. */
#include "hard_losses.h"

#include <stdlib.h>
#include <string.h>

const char *const hard_fate_names[HARD_FATES] = {"right",  "misread",  "context", "shape", "company",
                                                 "reason", "replaced", "merged",  "torn",  "unseen"};

static const double same_overlap = 0.5;
static const double covered_min = 0.6; /* of the digit's box, by one candidate that holds more than the digit */
static const double part_min = 0.1;    /* of the digit's box, by a candidate that is a part of it */

/* ---- watching the reader ---- */

static int make_room(hard_candidates *watch, size_t count) {
  if (watch->count + count <= watch->capacity) return 0;
  hard_candidate *items = realloc(watch->items, 2 * (watch->count + count) * sizeof *items);
  if (!items) return 1;
  watch->items = items;
  watch->capacity = 2 * (watch->count + count);
  return 0;
}

static void watch_reading(void *user, const stage_glyphs *glyphs, size_t uncut_count, const judge_verdict *verdicts,
                          const uint8_t *crops) {
  hard_candidates *watch = user;
  (void)uncut_count, (void)crops;
  if (watch->failed || make_room(watch, glyphs->count)) {
    watch->failed = 1;
    return;
  }
  for (size_t i = 0; i < glyphs->count; i++)
    watch->items[watch->count++] =
        (hard_candidate){watch->reader->readings, verdicts[i].glyph.box, verdicts[i].decision};
}

void hard_losses_watch(hard_candidates *watch, glyph_reader *reader) {
  *watch = (hard_candidates){.reader = reader};
  reader->observer = watch_reading;
  reader->observing = watch;
  reader->options.keep_rejected = 1;
}

void hard_losses_unwatch(hard_candidates *watch) {
  free(watch->items);
  *watch = (hard_candidates){0};
}

/* The candidates of the reading that the page is of. */
static const hard_candidate *kept_candidates(const hard_candidates *watch, size_t *count) {
  size_t first = 0;
  while (first < watch->count && watch->items[first].reading != watch->reader->reading_kept) first++;
  size_t end = first;
  while (end < watch->count && watch->items[end].reading == watch->reader->reading_kept) end++;
  *count = end - first;
  return watch->items + first;
}

/* ---- what became of a digit ---- */

/* Of the digit's box, and *of_other: of the other one. */
static double covered(const page_truth_glyph *glyph, const glyph_box *box, double *of_other) {
  const int left = glyph->x > box->x ? glyph->x : box->x, top = glyph->y > box->y ? glyph->y : box->y;
  const int glyph_right = glyph->x + glyph->width, box_right = box->x + box->width;
  const int glyph_bottom = glyph->y + glyph->height, box_bottom = box->y + box->height;
  const int right = glyph_right < box_right ? glyph_right : box_right;
  const int bottom = glyph_bottom < box_bottom ? glyph_bottom : box_bottom;
  const double common = right > left && bottom > top ? (double)(right - left) * (bottom - top) : 0;
  *of_other = common / ((double)box->width * box->height + 1e-9);
  return common / ((double)glyph->width * glyph->height + 1e-9);
}

static hard_fate fate_of_reason(const char *reason) {
  for (hard_fate fate = HARD_CONTEXT; fate < HARD_OTHER_REASON; fate++)
    if (reason && !strcmp(reason, hard_fate_names[fate])) return fate;
  return HARD_OTHER_REASON;
}

static hard_fate fate_among(const page_truth_glyph *glyph, const hard_candidate *items, size_t count) {
  int is_merged = 0, is_torn = 0;
  for (size_t i = 0; i < count; i++) {
    double of_other;
    const double own = covered(glyph, &items[i].box, &of_other);
    if (page_score_overlap(glyph, &items[i].box) >= same_overlap) return HARD_REPLACED;
    is_merged |= own >= covered_min;
    is_torn |= own >= part_min && own < covered_min && of_other >= same_overlap;
  }
  return is_torn ? HARD_TORN : is_merged ? HARD_MERGED : HARD_UNSEEN;
}

static hard_fate find_fate(const page_truth_glyph *glyph, int read, const glyph_page *page, const hard_candidate *items,
                           size_t count) {
  if (read >= 0) return page->glyphs[read].text[0] == glyph->digit ? HARD_RIGHT : HARD_MISREAD;
  double best = same_overlap;
  const glyph_glyph *rejected = NULL;
  for (size_t k = 0; k < page->rejected_count; k++) {
    const double overlap = page_score_overlap(glyph, &page->rejected[k].box);
    if (overlap < best) continue;
    best = overlap;
    rejected = &page->rejected[k];
  }
  return rejected ? fate_of_reason(rejected->reason) : fate_among(glyph, items, count);
}

int hard_losses_find(hard_candidates *watch, const page_truth *truth, const glyph_page *page, hard_losses *out) {
  page_match match;
  size_t count;
  const hard_candidate *items = kept_candidates(watch, &count);
  *out = (hard_losses){.fates = calloc(truth->count + 1, 1), .count = truth->count};
  int failed = page_match_make(&match, truth, page) || !out->fates || watch->failed;
  for (size_t i = 0; i < truth->count && !failed; i++) {
    const page_truth_glyph *glyph = &truth->glyphs[i];
    if (glyph->digit < '0' || glyph->digit > '9') continue;
    const hard_fate fate = find_fate(glyph, match.read_of[i], page, items, count);
    out->fates[i] = (unsigned char)fate;
    out->counts[fate]++;
  }
  page_match_free(&match);
  watch->count = 0;
  if (failed) hard_losses_free(out);
  return failed ? -1 : 0;
}

void hard_losses_free(hard_losses *losses) {
  free(losses->fates);
  *losses = (hard_losses){0};
}
