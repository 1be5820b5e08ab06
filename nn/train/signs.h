/* Letters and marks as strokes, written as text in a grid of 0..9 in both directions: two figures a point, x then y;
 * ';' lifts the pen, '~' begins a smooth curve. */
#ifndef GLYPHLIFT_TRAIN_SIGNS_H
#define GLYPHLIFT_TRAIN_SIGNS_H

#include "canvas.h"

enum { TRAIN_SIGN_POINTS = 16 /* of a stroke, at most */ };

/* Reads the stroke that *text stands at and moves *text behind it; points lie in 0..1. Returns their number, 0 at the
 * end. */
size_t train_sign_stroke(const char **text, train_point points[TRAIN_SIGN_POINTS], int *smooth);

#endif
