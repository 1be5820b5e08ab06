/* Ink and paper under light, seen through a lens: from strokes to a picture. */
#ifndef GENERATOR_PAPER_H
#define GENERATOR_PAPER_H

#include "layout.h"

/* How much ink lies on each pixel, 0..1. */
typedef struct ink_plane {
  float *ink;
  int width, height;
  int left, top, right, bottom; /* a box around all ink; left > right where there is none */
} ink_plane;

int ink_plane_create(ink_plane *plane, int width, int height);
void ink_plane_free(ink_plane *plane);
/* Lays round-nibbed strokes, in picture coordinates; where they cross the stronger ink stands. */
void ink_plane_stroke(ink_plane *plane, const stroke_glyph *strokes);
/* Widens the box around the ink; for those who lay ink themselves. */
void ink_plane_touch(ink_plane *plane, int left, int top, int right, int bottom);
void ink_plane_dot(ink_plane *plane, double x, double y, double radius, double flow);

/* Print and things in their own colours: RGBA in linear light, the colours multiplied by the opacity. */
typedef struct color_layer {
  float *rgba;
  int width, height;
} color_layer;

int color_layer_create(color_layer *layer, int width, int height);
void color_layer_free(color_layer *layer);
/* Lays the plane's ink over the layer in one colour (sRGB), and empties the plane. */
void color_layer_lay(color_layer *layer, ink_plane *plane, const double color[3], double density);

/* All that lies on a page before light falls on it. Layers whose memory is NULL are left out. */
typedef struct page_sheet {
  page_view view;
  ink_plane writing, behind, dirt; /* the pen's ink, the other side's, specks and hairs */
  color_layer print;               /* on the paper, under the writing */
  color_layer things;              /* on the sheet and the table around it */
} page_sheet;

/* With the specks and hairs, and the other side's text where it shows through. 0, or -1 without memory; page_sheet_free
 * in both cases. */
int page_sheet_create(page_sheet *sheet, const page_spec *spec);
void page_sheet_free(page_sheet *sheet);
/* The part of the truth that the glyphs are. 0, or -1 without memory. */
int page_sheet_truth(const page_glyph *glyphs, size_t count, page_truth *truth);

int paper_render(const page_spec *spec, const page_sheet *sheet, page_picture *picture);

#endif
