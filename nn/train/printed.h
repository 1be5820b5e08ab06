/* Training pictures of printed digits. */
#ifndef GLYPHLIFT_TRAIN_PRINTED_H
#define GLYPHLIFT_TRAIN_PRINTED_H

#include "fonts.h"
#include "random.h"
#include "scan.h"

/* What one thread prints with, and the families it may use. */
typedef struct train_press {
  const train_fonts *fonts;
  const size_t *families;
  size_t family_count;
  train_typesetter *typesetter;
} train_press;

/* A font of a family drawn at random, every family as often. */
size_t train_press_font(const train_press *press, train_random *random);
/* Stretch, slight turn and slant, thickness and position at random. */
train_type train_press_type(float em_pixels, train_random *random);
/* Between low and high, small sizes as often as large ones of the same ratio. */
float train_press_size(float low, float high, train_random *random);

/* One picture in MNIST's form: a digit of a random font, size and state of print, some with a piece of a ruled line or
 * cut a little short at one side. */
int train_printed_make(const train_press *press, int digit, train_random *random,
                       uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], train_error *error);

#endif
