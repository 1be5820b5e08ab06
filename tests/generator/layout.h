/* Where the text stands and what the camera sees of it. */
#ifndef GENERATOR_LAYOUT_H
#define GENERATOR_LAYOUT_H

#include "page.h"

/* A plane-to-plane map with w = 1 at the origin; row-major. */
typedef struct page_map {
  double m[9];
} page_map;

void page_map_apply(const page_map *map, double x, double y, double *out_x, double *out_y);
/* Local scale (square root of the area's) at (x, y). */
double page_map_scale(const page_map *map, double x, double y);
void page_map_invert(const page_map *map, page_map *inverse);

/* From the sheet's coordinates (origin in its middle, sheet_width x sheet_height units) to the picture's. */
typedef struct page_view {
  page_map to_picture, to_sheet;
  double sheet_width, sheet_height;
  double left, top, right, bottom; /* the part of the sheet that may be written on: wholly inside the picture */
  page_bend bend;
} page_view;

void page_view_init(page_view *view, const page_spec *spec);
/* From the sheet to the picture and back, the bend included. */
void page_view_apply(const page_view *view, double x, double y, double *out_x, double *out_y);
void page_view_undo(const page_view *view, double x, double y, double *out_x, double *out_y);
/* How steeply the bent sheet stands at a place of the sheet: 0 where it lies flat. */
double page_view_slope(const page_view *view, double x, double y);
/* Strokes in digit heights to picture coordinates: (x, y) of the sheet is their origin. */
void page_view_map_strokes(const page_view *view, double x, double y, double height, stroke_glyph *strokes);

typedef struct page_glyph {
  stroke_glyph strokes; /* in picture coordinates */
  char digit;
  int line, number;
  int table, row, column; /* as in page_truth_glyph */
} page_glyph;

/* Writes the text. *glyphs is malloc'd, *text too; both are the caller's. 0, or -1 without memory. */
int page_layout_write(const page_spec *spec, const page_view *view, page_glyph **glyphs, size_t *count, char **text);

#endif
