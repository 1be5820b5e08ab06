/* Readings into the flat page that callers see. Internal to the pipeline. */
#ifndef GLYPHLIFT_RESULTS_H
#define GLYPHLIFT_RESULTS_H

#include "glyphlift.h"
#include "cells.h"

typedef struct results_glyph {
  glyph_glyph glyph; /* its box in the picture */
  stage_box box;     /* in the frame the page was read in */
  cells_item item;   /* where on the page it stands */
  int unexpected;    /* its number does not fit what is expected */
} results_glyph;

/* Everything of a page but its size, picture and timings. glyphs stand in reading order; all is copied. */
typedef struct results_source {
  const results_glyph *glyphs;
  size_t glyph_count;
  const glyph_glyph *rejected;
  size_t rejected_count;
  const stage_map *map;
  int width, height;   /* of the frame the page was read in */
  double skew_degrees; /* of the lines in that frame */
  double min_confidence;
  const stage_tables *tables; /* NULL: none, and all glyphs stand in lines */
} results_source;

enum { RESULTS_TIMINGS_MAX = 32 };

/* An empty page, number 1, with room for RESULTS_TIMINGS_MAX timings; NULL without memory. Freed by
 * glyph_page_close. */
glyph_page *results_page_new(int width, int height);
/* Groups the glyphs into numbers and lines. GLYPH_ERR_MEMORY leaves the page closable. */
int results_fill(glyph_page *page, const results_source *source);
/* Leaves the glyphs alone: a picture of one glyph has no lines. */
void results_drop_lines(glyph_page *page);
/* A stage that ran twice stands there once, with the time of both. */
void results_add_timing(glyph_page *page, const char *stage, double milliseconds);
/* For what came before the stages: decoding. */
void results_add_timing_first(glyph_page *page, const char *stage, double milliseconds);

/* Every box and quad of the results goes through one of these two on its way from the frame the page was read in to the
 * picture. A box becomes the smallest one around its four corners, within the picture; a quad keeps the order of its
 * corners. */
glyph_box results_picture_box(const glyph_page *page, const stage_map *map, stage_box reading);
void results_picture_quad(const stage_map *map, const double reading[4][2], double picture[4][2]);

/* The smallest box around both; a box of width 0 is empty. */
glyph_box results_box_union(glyph_box a, glyph_box b);

#endif
