/* Training pictures of what is on pages and is no digit. */
#ifndef GLYPHLIFT_TRAIN_REJECTS_H
#define GLYPHLIFT_TRAIN_REJECTS_H

#include "dataset.h"
#include "printed.h"

typedef enum train_reject {
  TRAIN_REJECT_PRINTED_SIGN, /* a letter or sign of a font */
  TRAIN_REJECT_DRAWN_SIGN,   /* a letter or mark by hand */
  TRAIN_REJECT_SCRIBBLE,
  TRAIN_REJECT_RULE, /* pieces, corners and crossings of ruled lines */
  TRAIN_REJECT_BLOB,
  TRAIN_REJECT_TEXTURE, /* hatching, clusters of dots */
  TRAIN_REJECT_WEDGE,   /* edges of sheets and shadows: wedges and strips */
  TRAIN_REJECT_SHAPE,   /* filled */
  TRAIN_REJECT_HALF_DIGIT,
  TRAIN_REJECT_DIGIT_PAIR,
  TRAIN_REJECT_PRINTED_PAIR,
  TRAIN_REJECT_TURNED_DIGIT,
  TRAIN_REJECT_KINDS
} train_reject;

/* Where rejects come from. */
typedef struct train_scraps {
  train_press press;
  const uint8_t *pixels, *labels; /* MNIST's pictures that halves and pairs are made of: count x 28 x 28 */
  size_t count;
} train_scraps;

/* The kind of picture `index`: the kinds alternate in fixed shares. */
train_reject train_reject_kind(size_t index);

/* One picture in MNIST's form. */
int train_reject_make(const train_scraps *scraps, train_reject kind, train_random *random,
                      uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], train_error *error);

#endif
