/* Ink and paper under light, seen through a lens: from strokes to a picture. */
#ifndef GENERATOR_PAPER_H
#define GENERATOR_PAPER_H

#include "layout.h"

/* How much ink lies on each pixel, 0..1. */
typedef struct ink_plane {
  float *ink;
  int width, height;
} ink_plane;

int ink_plane_create(ink_plane *plane, int width, int height);
void ink_plane_free(ink_plane *plane);
/* Lays round-nibbed strokes, in picture coordinates; where they cross the stronger ink stands. */
void ink_plane_stroke(ink_plane *plane, const stroke_glyph *strokes);
void ink_plane_dot(ink_plane *plane, double x, double y, double radius, double flow);

/* writing is the pen's ink; behind (may be NULL) the other side's; dirt the specks and hairs. 0, or -1 without memory. */
int paper_render(const page_spec *spec, const page_view *view, const ink_plane *writing, const ink_plane *behind,
                 const ink_plane *dirt, page_picture *picture);

#endif
