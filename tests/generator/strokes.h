/* Handwritten-like digits as pen strokes. Units: the digit stands between y = 0 (top) and y = 1 (baseline). */
#ifndef GENERATOR_STROKES_H
#define GENERATOR_STROKES_H

#include <stddef.h>

#include "random.h"

/* How one person writes. Angles as tangents, lengths in digit heights. */
typedef struct writer_style {
  double slant;    /* x shift a unit of height; positive leans right */
  double aspect;   /* width factor */
  double jitter;   /* standard deviation of a control point */
  double warp;     /* amplitude of a smooth bend of the whole digit */
  double tremor;   /* amplitude of the hand's shaking along the stroke */
  double width;    /* pen width, in digit heights */
  double pressure; /* relative variation of the pen width */
  double loyalty;  /* probability of writing a digit in the favourite way */
  int favourite[10];
} writer_style;

typedef struct stroke_point {
  double x, y, radius;
  double flow; /* amount of ink, 0..1 */
  int joined;  /* 1: the pen came here from the point before */
} stroke_point;

#define STROKE_POINTS_MAX 512

typedef struct stroke_glyph {
  stroke_point points[STROKE_POINTS_MAX];
  size_t count;
  double left, top, right, bottom; /* of the ink */
} stroke_glyph;

void writer_style_random(writer_style *style, random_stream *random);
/* Draws digit 0..9 the way the writer does, a little different each time. */
void stroke_digit(int digit, const writer_style *style, random_stream *random, stroke_glyph *out);
typedef struct skeleton_point skeleton_point;
/* The same for any skeleton that ends with a point of kind 'e'. */
void stroke_skeleton(const skeleton_point *skeleton, const writer_style *style, random_stream *random,
                     stroke_glyph *out);
/* A short bent hair of the given length and radius, starting at the origin: dust, not writing. */
void stroke_hair(double length, double radius, random_stream *random, stroke_glyph *out);

/* The skeletons: number of ways to write a digit, and their control points. */
struct skeleton_point {
  short x, y; /* hundredths of the digit's height; x runs from 0 to about 60 */
  char kind;  /* 'm' pen set down, 's' smooth, 'c' corner, 'e' end of the skeleton */
};

int skeleton_count(int digit);
/* Ends with a point of kind 'e'. */
const skeleton_point *skeleton_get(int digit, int variant);

#endif
