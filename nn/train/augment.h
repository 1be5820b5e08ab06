/* Random distortions of a training picture. */
#ifndef GLYPHLIFT_TRAIN_AUGMENT_H
#define GLYPHLIFT_TRAIN_AUGMENT_H

#include <stdint.h>

#include "error.h"
#include "random.h"

/* Each is the largest amount; the amounts are drawn uniformly. */
typedef struct train_augmentation {
  float rotation_degrees;
  float scale; /* each axis is scaled by 1 +- this */
  float shear;
  float shift_pixels;
  float elastic_pixels;     /* displacement of the nodes of a grid ELASTIC_NODES wide and high */
  float stroke_probability; /* of thicker, thinner or softer strokes, or another gamma */
  float erase_probability;  /* of a rectangle of paper on the picture */
  int symmetric; /* 1: every other picture is first mirrored sideways, 2: a square one is turned by right angles, too */
} train_augmentation;

enum { TRAIN_ELASTIC_NODES = 7 };

/* Buffers for pictures of one size; belongs to one thread. */
typedef struct train_augmenter train_augmenter;

int train_augmenter_open(train_augmenter **out, int height, int width, train_error *error);
void train_augmenter_close(train_augmenter **augmenter);

/* picture: height x width bytes. out: height x width floats in 0..255. All amounts are multiplied by strength; at 0 the
 * picture comes out unchanged, if not turned and mirrored (symmetric). */
void train_augment(train_augmenter *augmenter, const train_augmentation *augmentation, float strength,
                   train_random *random, const uint8_t *picture, float *out);

/* Two of its parts alone, in place on height x width floats. share 0: nothing, 1: all of it. */

/* Each pixel goes to the largest (thicker) or smallest of itself and its four neighbours. */
void train_augment_width(train_augmenter *augmenter, float *picture, float share, int thicker);
/* Each pixel goes to the mean of its neighbourhood, weighted 1-2-1 in both directions. */
void train_augment_soften(train_augmenter *augmenter, float *picture, float share);

#endif
