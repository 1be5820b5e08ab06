/* What the network's answers and the geometry together say of each candidate. Internal to the pipeline. */
#ifndef GLYPHLIFT_JUDGE_H
#define GLYPHLIFT_JUDGE_H

#include "glyphlift.h"
#include "stages/stages.h"

typedef enum judge_decision {
  JUDGE_REJECTED, /* seen, and not a digit */
  JUDGE_ACCEPTED,
  JUDGE_REPLACED /* a piece of an accepted join, a join that does not stand, or what was cut into digits */
} judge_decision;

typedef struct judge_verdict {
  glyph_glyph glyph; /* text, confidence, alternatives; where it is rejected, the reason */
  judge_decision decision;
  size_t in_cell; /* 1 + the table in whose cell it has the size and place of a digit, which then need not look like the
                       page's other ones; 0: in none */
  int one_a_cell; /* not 0: the cells of that table hold one digit each */
  int in_singles; /* not 0: lies in such a table, whatever its size */
  int scrap;      /* not 0: in a table, what may be left of a line, or is far fainter than the digits there */
} judge_verdict;

/* Text, confidence and alternatives from class probabilities. Classes whose name is not one digit are no readings:
 * their probability lowers the confidence of all. */
void judge_read(const char *const *class_names, size_t classes, const float *probabilities, glyph_glyph *out);

/* Of being a digit, whichever. */
double judge_digit_probability(const glyph_glyph *reading);

/* Rejected for its shape alone, in which its context may overrule the network. */
int judge_doubts_shape(const judge_verdict *verdict);

/* Ink of a digit's size in a table's cell is a digit more often than ink elsewhere: how much more often, the table's
 * own cells tell. Sets in_cell, one_a_cell, in_singles and scrap, and weighs the probability of being no digit anew.
 * SHIM_ERR_MEMORY is the only failure. */
int judge_cells(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts);
/* The same odds of what stands in no table: the network learned from more marks than digits, a page may have digits
 * alone. At most 1. judge_weigh has a reading heed them. */
double judge_page_odds(size_t single_count, const judge_verdict *verdicts);
void judge_weigh(glyph_glyph *reading, double odds);

/* Decides on every candidate: single_count components first (those that were cut are JUDGE_REPLACED already), up to
 * uncut_count the joins, whose two components pairs names, then digits cut off, JUDGE_ACCEPTED until here.
 * page_side is the page's shorter side in pixels, odds what judge_page_odds said. SHIM_ERR_MEMORY is the only failure. */
int judge_page(const stage_glyphs *glyphs, size_t single_count, size_t uncut_count, const size_t *pairs, int page_side,
               double odds, judge_verdict *verdicts);

#endif
