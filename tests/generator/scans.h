/* Digits of real writers, from labelled pictures in MNIST's form, laid on a sheet as ink. */
#ifndef GENERATOR_SCANS_H
#define GENERATOR_SCANS_H

#include "paper.h"

enum { SCAN_SIDE = 28 };

/* Labelled pictures, ink 255 on 0; views of the caller's memory. */
typedef struct scan_set {
  const uint8_t *pixels, *labels; /* count x 28 x 28 and count */
  size_t count;
} scan_set;

/* One digit. The ink stands from `top` to `bottom` and from `left` on, in the picture's pixels. */
typedef struct scan_digit {
  const uint8_t *pixels;
  double left, top, right, bottom;
} scan_digit;

/* Some picture of the digit; 0, or -1 where the set holds none. */
int scan_pick(const scan_set *set, int digit, random_stream *random, scan_digit *out);

/* Lays the digit's ink, its left end at x and its foot at `baseline` on the sheet, `height` high. level: the gray,
 * 0..1, from which there is ink; lower is bolder. *glyph receives the box of the ink and no strokes. */
void scan_lay(ink_plane *plane, const page_view *view, const scan_digit *scan, double x, double baseline, double height,
              double level, stroke_glyph *glyph);

#endif
