/* Readings into the flat page that callers see. Internal to the pipeline. */
#ifndef GLYPHLIFT_RESULTS_H
#define GLYPHLIFT_RESULTS_H

#include "glyphlift.h"

typedef struct results_glyph {
  glyph_glyph glyph;
  int line, number; /* as stage_lines gave them */
} results_glyph;

/* Everything of a page but its size, picture and timings. glyphs stand in reading order; all is copied. */
typedef struct results_source {
  const results_glyph *glyphs;
  size_t glyph_count;
  const glyph_glyph *rejected;
  size_t rejected_count;
  double skew_degrees, min_confidence;
} results_source;

enum { RESULTS_TIMINGS_MAX = 16 };

/* An empty page, number 1, with room for RESULTS_TIMINGS_MAX timings; NULL without memory. Freed by glyph_page_close. */
glyph_page *results_page_new(int width, int height);
/* Groups the glyphs into numbers and lines. GLYPH_ERR_MEMORY leaves the page closable. */
int results_fill(glyph_page *page, const results_source *source);
/* Leaves the glyphs alone: a picture of one glyph has no lines. */
void results_drop_lines(glyph_page *page);
void results_add_timing(glyph_page *page, const char *stage, double milliseconds);
/* For what came before the stages: decoding. */
void results_add_timing_first(glyph_page *page, const char *stage, double milliseconds);

/* The smallest box around both; a box of width 0 is empty. */
glyph_box results_box_union(glyph_box a, glyph_box b);

#endif
