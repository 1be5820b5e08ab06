/* Compares what the reader found on a page with the page's truth. */
#ifndef GENERATOR_SCORE_H
#define GENERATOR_SCORE_H

#include "../../pipeline/glyphlift.h"
#include "page.h"

/* Sums over pages. */
typedef struct page_score {
  size_t pages, pages_right;  /* right: every digit, blank and line as written */
  size_t digits, read, right; /* right: in the best alignment of both texts, blanks and line ends left out */
  size_t boxes;               /* digits written whose box is found with an overlap (IoU) of at least a half */
  double overlap;             /* sum of the best overlap of every digit written */
  double milliseconds;
} page_score;

void page_score_add(page_score *score, const page_truth *truth, const glyph_page *page);
double page_score_recall(const page_score *score);
double page_score_precision(const page_score *score);
/* 1 where nothing was written and nothing read. */
double page_score_f1(const page_score *score);

/* The page's lines with " | " between, as page_truth.text; malloc'd. NULL without memory. */
char *page_score_text(const glyph_page *page);
/* Intersection over union of a digit's true box and one that was read. */
double page_score_overlap(const page_truth_glyph *truth, const glyph_box *box);

/* Draws the page, writes it as JPEG, has it read and adds to the score. *out (may be NULL) receives the page, to be
 * closed by the caller. 0, or -1 with a sentence in *error. */
int page_score_spec(glyph_reader *reader, const page_spec *spec, page_score *score, glyph_page **out,
                    glyph_error *error);

#endif
