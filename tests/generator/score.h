/* Compares what the reader found on a page with the page's truth. */
#ifndef GENERATOR_SCORE_H
#define GENERATOR_SCORE_H

#include "../../pipeline/glyphlift.h"
#include "../../nn/train/metrics.h"
#include "page.h"

enum { PAGE_SCORE_BINS = 15 };

/* Every digit read, and whether it is one that was written there. */
typedef struct page_answers {
  train_answer *items; /* malloc'd */
  size_t count, capacity;
} page_answers;

/* Sums over pages. */
typedef struct page_score {
  size_t pages, pages_right;     /* right: every digit, blank and line as written */
  size_t digits, read, right;    /* right: in the best alignment of both texts, blanks and line ends left out */
  size_t boxes;                  /* digits written whose box is found with an overlap (IoU) of at least a half */
  double overlap;                /* sum of the best overlap of every digit written */
  size_t placed;                 /* digits read as what stands at their place (page_match), whatever the order */
  size_t false_digits;           /* digits read where no digit is paired with them */
  size_t numbers, numbers_right; /* right: a number read there (IoU of at least a half) has the same text */
  size_t marks;                  /* letters and drawings on the pages */
  size_t bin_counts[PAGE_SCORE_BINS], bin_right[PAGE_SCORE_BINS]; /* of digits read, by confidence */
  double bin_confidence[PAGE_SCORE_BINS];
  double milliseconds;
  page_answers *answers; /* gets every digit read; may be NULL */
} page_score;

/* Pairs of written and read digits by their places, the largest overlap first, of at least PAGE_MATCH_OVERLAP. -1:
 * none. A mark of the truth that is no digit is in no pair. */
typedef struct page_match {
  int *read_of;    /* truth->count: index into the page's glyphs */
  int *written_of; /* page->glyph_count: index into the truth's */
} page_match;

#define PAGE_MATCH_OVERLAP 0.3

/* 0, or -1 without memory; page_match_free in both cases. */
int page_match_make(page_match *match, const page_truth *truth, const glyph_page *page);
void page_match_free(page_match *match);

void page_score_add(page_score *score, const page_truth *truth, const glyph_page *page);
double page_score_recall(const page_score *score);
double page_score_precision(const page_score *score);
/* 1 where nothing was written and nothing read. */
double page_score_f1(const page_score *score);
/* Expected calibration error of the digits read: how far confidences lie from the share that is right (Naeini et al.
 * 2015), in PAGE_SCORE_BINS bins of equal width. */
double page_score_calibration_error(const page_score *score);
void page_score_join(page_score *sum, const page_score *one);

/* The page's lines with " | " between, as page_truth.text; malloc'd. NULL without memory. */
char *page_score_text(const glyph_page *page);
/* Intersection over union of a digit's true box and one that was read. */
double page_score_overlap(const page_truth_glyph *truth, const glyph_box *box);

/* Writes the picture as JPEG, has it read and adds to the score. *out (may be NULL) receives the page, to be closed by
 * the caller. 0, or -1 with a sentence in *error. */
int page_score_picture(glyph_reader *reader, const page_picture *picture, int quality, const page_truth *truth,
                       page_score *score, glyph_page **out, glyph_error *error);
/* Draws the page, writes it as JPEG, has it read and adds to the score. *out (may be NULL) receives the page, to be
 * closed by the caller. 0, or -1 with a sentence in *error. */
int page_score_spec(glyph_reader *reader, const page_spec *spec, page_score *score, glyph_page **out,
                    glyph_error *error);

#endif
