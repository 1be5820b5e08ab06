/* The training pictures beside MNIST's: printed digits, and what is no digit. Drawn from the seed, whole, before
 * training begins. Part of the fonts (by family) and of the random streams is kept out of training, for judging. */
#ifndef GLYPHLIFT_TRAIN_EXTRAS_H
#define GLYPHLIFT_TRAIN_EXTRAS_H

#include "dataset.h"

enum { TRAIN_DIGITS = 10, TRAIN_CLASS_NONE = TRAIN_DIGITS /* label of what is no digit */ };

typedef struct train_extras {
  train_dataset printed, rejects, rescans; /* 28 x 28; of no picture where none were asked for */
  train_dataset held_printed, held_rejects,
      held_rescans; /* a tenth as many, at least TRAIN_EXTRAS_HELD_LEAST, of held-out fonts */
  size_t font_count, family_count, held_family_count;
  char *held_families; /* their names, with commas between; owned */
} train_extras;

enum { TRAIN_EXTRAS_HELD_LEAST = 100 };

typedef struct train_extras_options {
  uint64_t seed;
  int printed, rejects, rescans; /* how many pictures to train on; 0: none, nor held-out ones */
  const char *fonts;             /* folder */
  int threads;                   /* changes the time only */
  /* MNIST's pictures, of which rescans, halves and pairs of digits are made: the last `holdout` for those held out. */
  const train_dataset *digits;
  size_t holdout;
} train_extras_options;

/* Classes of a model trained with so many rejects. */
static inline int train_extras_classes(int rejects) {
  return rejects > 0 ? TRAIN_DIGITS + 1 : TRAIN_DIGITS;
}

/* Digits and kinds of rejects come in fixed shares. At least two families of fonts are needed. A build without
 * FreeType fails here with a sentence that says so. On failure *out is zeroed. */
int train_extras_make(train_extras *out, const train_extras_options *options, train_error *error);
void train_extras_free(train_extras *extras);

#endif
