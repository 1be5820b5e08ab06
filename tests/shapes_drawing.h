/* Pictures of drawn shapes for the tests: strokes of a round pen on paper, a little blurred, with a waver that follows
 * from a seed. */
#ifndef GLYPHLIFT_TESTS_SHAPES_DRAWING_H
#define GLYPHLIFT_TESTS_SHAPES_DRAWING_H

#include <math.h>
#include <stdlib.h>

#include "grid.h"

typedef struct drawing {
  shim_image image;
  int pen;      /* pixels */
  double waver; /* pixels a long line strays */
  unsigned seed;
} drawing;

static inline drawing drawing_open(int width, int height, int pen) {
  return (drawing){grid_blank(width, height, GRID_PAPER), pen, 0, 1};
}

static inline double drawing_random(drawing *d) { /* -1..1 */
  d->seed = d->seed * 1664525 + 1013904223;
  return (double)(d->seed >> 8) / (1 << 23) - 1;
}

static inline void drawing_line(drawing *d, double x0, double y0, double x1, double y1) {
  const double bend = d->waver * drawing_random(d), length = fmax(1, hypot(x1 - x0, y1 - y0));
  const int steps = 12;
  double px = x0, py = y0;
  for (int i = 1; i <= steps; i++) {
    const double t = (double)i / steps, off = bend * sin(t * 3.14159265);
    const double x = x0 + t * (x1 - x0) - off * (y1 - y0) / length, y = y0 + t * (y1 - y0) + off * (x1 - x0) / length;
    assert_int_equal(shim_draw_line(&d->image, (int)lround(px), (int)lround(py), (int)lround(x), (int)lround(y),
                                    (shim_colour){GRID_INK, 0, 0}, d->pen),
                     SHIM_OK);
    px = x, py = y;
  }
}

/* Closed; corners are x y pairs. */
static inline void drawing_polygon(drawing *d, const double *corners, int count) {
  for (int i = 0; i < count; i++) {
    const double *p = corners + 2 * i, *q = corners + 2 * ((i + 1) % count);
    drawing_line(d, p[0], p[1], q[0], q[1]);
  }
}

static inline void drawing_rectangle(drawing *d, double x, double y, double width, double height) {
  drawing_polygon(d, (double[]){x, y, x + width, y, x + width, y + height, x, y + height}, 4);
}

/* share: of the way round that is drawn. */
static inline void drawing_ellipse(drawing *d, double x, double y, double a, double b, double degrees, double share) {
  const double turn = degrees * 3.14159265 / 180;
  const int steps = 90, last = (int)(share * steps);
  double px = 0, py = 0;
  for (int i = 0; i <= last; i++) {
    const double t = i * 2 * 3.14159265 / steps, u = a * cos(t), v = b * sin(t);
    const double qx = x + u * cos(turn) - v * sin(turn), qy = y + u * sin(turn) + v * cos(turn);
    if (i)
      assert_int_equal(shim_draw_line(&d->image, (int)lround(px), (int)lround(py), (int)lround(qx), (int)lround(qy),
                                      (shim_colour){GRID_INK, 0, 0}, d->pen),
                       SHIM_OK);
    px = qx, py = qy;
  }
}

/* With a head at its end: two strokes, or solid. */
static inline void drawing_arrow(drawing *d, double x0, double y0, double x1, double y1, double head, int solid) {
  const double length = hypot(x1 - x0, y1 - y0), dx = (x1 - x0) / length * head, dy = (y1 - y0) / length * head;
  const double left[2] = {x1 - dx - dy / 2, y1 - dy + dx / 2}, right[2] = {x1 - dx + dy / 2, y1 - dy - dx / 2};
  drawing_line(d, x0, y0, x1, y1);
  drawing_line(d, left[0], left[1], x1, y1);
  drawing_line(d, right[0], right[1], x1, y1);
  if (solid)
    assert_int_equal(shim_fill_polygon(&d->image,
                                       (float[]){(float)left[0], (float)left[1], (float)x1, (float)y1, (float)right[0],
                                                 (float)right[1]},
                                       3, GRID_INK),
                     SHIM_OK);
}

static inline void drawing_close(drawing *d) {
  shim_image_free(&d->image);
}

#endif
