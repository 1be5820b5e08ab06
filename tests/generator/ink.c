/* Anti-aliased strokes with a round nib of changing radius: a pixel's ink is how far the nib's edge passes its
 * middle. */
#include "paper.h"

#include <math.h>
#include <stdlib.h>

int ink_plane_create(ink_plane *plane, int width, int height) {
  *plane = (ink_plane){.ink = calloc((size_t)width * (size_t)height, sizeof(float)), .width = width, .height = height};
  plane->left = width, plane->top = height;
  return plane->ink ? 0 : -1;
}

void ink_plane_free(ink_plane *plane) {
  free(plane->ink);
  plane->ink = NULL;
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

void ink_plane_touch(ink_plane *plane, int left, int top, int right, int bottom) {
  if (left >= right || top >= bottom) return;
  plane->left = left < plane->left ? left : plane->left;
  plane->top = top < plane->top ? top : plane->top;
  plane->right = right > plane->right ? right : plane->right;
  plane->bottom = bottom > plane->bottom ? bottom : plane->bottom;
}

static void lay_span(ink_plane *plane, const stroke_point *a, const stroke_point *b) {
  double reach = fmax(a->radius, b->radius) + 1, dx = b->x - a->x, dy = b->y - a->y, square = dx * dx + dy * dy;
  int left = (int)clamp(fmin(a->x, b->x) - reach, 0, plane->width);
  int right = (int)clamp(fmax(a->x, b->x) + reach + 1, 0, plane->width);
  int top = (int)clamp(fmin(a->y, b->y) - reach, 0, plane->height);
  int bottom = (int)clamp(fmax(a->y, b->y) + reach + 1, 0, plane->height);
  ink_plane_touch(plane, left, top, right, bottom);
  for (int y = top; y < bottom; y++)
    for (int x = left; x < right; x++) {
      double px = x + 0.5 - a->x, py = y + 0.5 - a->y;
      double t = square > 0 ? clamp((px * dx + py * dy) / square, 0, 1) : 0;
      double radius = a->radius + t * (b->radius - a->radius);
      double distance = hypot(px - t * dx, py - t * dy);
      double cover = fmin(clamp(radius - distance + 0.5, 0, 1), 2 * radius);
      float *ink = &plane->ink[(size_t)y * (size_t)plane->width + (size_t)x];
      *ink = fmaxf(*ink, (float)(cover * (a->flow + t * (b->flow - a->flow))));
    }
}

void ink_plane_stroke(ink_plane *plane, const stroke_glyph *strokes) {
  for (size_t i = 1; i < strokes->count; i++)
    if (strokes->points[i].joined) lay_span(plane, &strokes->points[i - 1], &strokes->points[i]);
}

void ink_plane_dot(ink_plane *plane, double x, double y, double radius, double flow) {
  stroke_point point = {x, y, radius, flow, 0};
  lay_span(plane, &point, &point);
}
