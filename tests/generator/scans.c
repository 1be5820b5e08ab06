/* A 28 pixel picture becomes an outline of any size: a cubic B-spline surface through its grays (Unser 1999, without
 * the prefilter, which smooths the steps of the pixels), cut at a level. Strokes of one pixel come out a little
 * thin. */
#include "scans.h"

#include <math.h>

enum { PICK_TRIES = 400, INK_GRAY = 100 };
#define EDGE_PIXELS 0.7 /* half the width of an ink's edge, in the picture's pixels */

static void measure(scan_digit *scan) {
  int left = SCAN_SIDE, top = SCAN_SIDE, right = 0, bottom = 0;
  for (int y = 0; y < SCAN_SIDE; y++)
    for (int x = 0; x < SCAN_SIDE; x++) {
      if (scan->pixels[y * SCAN_SIDE + x] < INK_GRAY) continue;
      left = x < left ? x : left, right = x + 1 > right ? x + 1 : right;
      top = y < top ? y : top, bottom = y + 1;
    }
  scan->left = left, scan->top = top, scan->right = right, scan->bottom = bottom;
}

int scan_pick(const scan_set *set, int digit, random_stream *random, scan_digit *out) {
  for (int i = 0; i < PICK_TRIES && set->count; i++) {
    int at = random_below(random, (int)set->count);
    if (set->labels[at] != digit) continue;
    out->pixels = set->pixels + (size_t)at * SCAN_SIDE * SCAN_SIDE;
    measure(out);
    if (out->right > out->left && out->bottom > out->top) return 0;
  }
  return -1;
}

static void spline_weights(double t, double weights[4]) {
  double s = 1 - t;
  weights[0] = s * s * s / 6;
  weights[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  weights[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  weights[3] = t * t * t / 6;
}

/* Gray 0..1 at a place where pixel 0 covers 0..1. */
static double gray_at(const uint8_t *pixels, double x, double y) {
  double wx[4], wy[4], sum = 0;
  int column = (int)floor(x - 0.5), row = (int)floor(y - 0.5);
  spline_weights(x - 0.5 - column, wx);
  spline_weights(y - 0.5 - row, wy);
  for (int j = 0; j < 4; j++)
    for (int i = 0; i < 4; i++) {
      int px = column - 1 + i, py = row - 1 + j;
      if (px >= 0 && py >= 0 && px < SCAN_SIDE && py < SCAN_SIDE) sum += wx[i] * wy[j] * pixels[py * SCAN_SIDE + px];
    }
  return sum / 255;
}

/* The picture's box of the square that the scan covers, a pixel around it. */
static void cover(const page_view *view, double x, double y, double side, int box[4]) {
  double low[2] = {1e9, 1e9}, high[2] = {-1e9, -1e9};
  for (int i = 0; i < 9; i++) {
    double at[2];
    page_view_apply(view, x + side * (i % 3) / 2, y + side * (i / 3) / 2, &at[0], &at[1]);
    for (int k = 0; k < 2; k++) low[k] = fmin(low[k], at[k]), high[k] = fmax(high[k], at[k]);
  }
  for (int k = 0; k < 2; k++) box[k] = (int)floor(low[k]) - 1, box[k + 2] = (int)ceil(high[k]) + 1;
}

static void limit(int box[4], const ink_plane *plane) {
  box[0] = box[0] < 0 ? 0 : box[0];
  box[1] = box[1] < 0 ? 0 : box[1];
  box[2] = box[2] > plane->width ? plane->width : box[2];
  box[3] = box[3] > plane->height ? plane->height : box[3];
}

void scan_lay(ink_plane *plane, const page_view *view, const scan_digit *scan, double x, double baseline, double height,
              double level, stroke_glyph *glyph) {
  double unit = height / (scan->bottom - scan->top); /* of the sheet, a pixel of the scan */
  double left = x - scan->left * unit, top = baseline - scan->bottom * unit;
  double scale = page_map_scale(&view->to_picture, x, baseline) * unit;
  int box[4];
  cover(view, left, top, SCAN_SIDE * unit, box);
  limit(box, plane);
  ink_plane_touch(plane, box[0], box[1], box[2], box[3]);
  *glyph = (stroke_glyph){.left = 1e9, .top = 1e9, .right = -1e9, .bottom = -1e9};
  for (int row = box[1]; row < box[3]; row++)
    for (int column = box[0]; column < box[2]; column++) {
      double sheet_x, sheet_y;
      page_view_undo(view, column + 0.5, row + 0.5, &sheet_x, &sheet_y);
      /* A gray changes by about a third a pixel of the scan across an edge. */
      double gray = gray_at(scan->pixels, (sheet_x - left) / unit, (sheet_y - top) / unit);
      double ink = 0.5 + (gray - level) * 3 * scale / (2 * EDGE_PIXELS);
      if (ink <= 0) continue;
      float *at = &plane->ink[(size_t)row * (size_t)plane->width + (size_t)column];
      *at = fmaxf(*at, ink > 1 ? 1 : (float)ink);
      if (ink < 0.5) continue;
      glyph->left = fmin(glyph->left, column), glyph->right = fmax(glyph->right, column + 1);
      glyph->top = fmin(glyph->top, row), glyph->bottom = fmax(glyph->bottom, row + 1);
    }
}
