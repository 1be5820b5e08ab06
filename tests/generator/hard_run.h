/* Has many hard pages drawn and read, in threads. */
#ifndef GENERATOR_HARD_RUN_H
#define GENERATOR_HARD_RUN_H

#include "hard.h"
#include "hard_losses.h"
#include "score.h"

typedef struct hard_run {
  uint64_t first; /* seed */
  size_t pages;
  int threads;
  int has_letters;        /* pages of letters, not of numbers */
  const scan_set *scans;  /* NULL: stroke models */
  const char *model_path; /* NULL: the built-in model */
  const char *only;       /* NULL, or the label that a page must have */
  int with_losses;        /* what became of each digit is found out */
} hard_run;

typedef struct hard_result {
  uint64_t seed;
  page_score score;   /* of this page alone */
  hard_losses losses; /* owned; empty without with_losses */
  const char *labels[HARD_LABELS_MAX];
  int label_count;
} hard_result;

/* Has so many threads (or the caller's own, where there can be none) do the work, and waits for them. */
void hard_run_threads(int count, void *(*work_on)(void *work), void *work);
/* The spec of a page of the run. */
void hard_run_page(const hard_run *run, uint64_t seed, hard_page *page);
/* results: run->pages of them, in the order of their seeds, the same for any number of threads. 0, or -1 with a
 * sentence in *error. */
int hard_run_read(const hard_run *run, hard_result *results, glyph_error *error);
/* The sum of all results, or of those with the label. */
page_score hard_run_sum(const hard_result *results, size_t count, const char *label);
/* The losses' counts alone, likewise. */
hard_losses hard_run_losses(const hard_result *results, size_t count, const char *label);
/* Frees what the results own. */
void hard_run_free(const hard_run *run, hard_result *results);

/* Draws the `count` worst pages into one picture, each with its misread places marked: red a digit that was missed or
 * misread (with what was read), violet a digit read where there is none. As PNG. 0, or -1 with a sentence in *error. */
int hard_overview_write(const hard_run *run, const hard_result *results, size_t count, const char *path,
                        glyph_error *error);

#endif
