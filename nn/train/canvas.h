/* Drawing of ink: a canvas is a gray picture of coverage, 0 paper to 255 ink. Coordinates are pixels, y downwards; the
 * middle of the first pixel lies at 0.5, 0.5. What reaches past the canvas is cut off. */
#ifndef GLYPHLIFT_TRAIN_CANVAS_H
#define GLYPHLIFT_TRAIN_CANVAS_H

#include <stddef.h>

#include "../../shim/shim.h"

typedef struct train_point {
  float x, y;
} train_point;

/* x1 and y1 are exclusive. */
typedef struct train_box {
  int x0, y0, x1, y1;
} train_box;

/* A blank canvas; a shim status. shim_image_free it. */
int train_canvas_open(shim_image *out, int width, int height);

/* A pen of this radius along the points. */
void train_canvas_stroke(shim_image *canvas, const train_point *points, size_t count, float radius);
/* The area inside the polygon (even-odd rule). */
void train_canvas_fill(shim_image *canvas, const train_point *points, size_t count);
/* Coverage laid over what is there, its first pixel at x, y. */
void train_canvas_lay(shim_image *canvas, const shim_image *coverage, int x, int y);
/* Blanks a rectangle. */
void train_canvas_blank(shim_image *canvas, train_box box);
/* The box of all that is at least half covered; 0 where there is nothing. */
int train_canvas_box(const shim_image *canvas, train_box *box);

/* Points along a smooth curve through the controls (Catmull and Rom 1974), `steps` a span; returns their number, at
 * most (count - 1) * steps + 1. */
size_t train_curve(const train_point *controls, size_t count, int steps, train_point *out);

#endif
