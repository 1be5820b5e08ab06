/* Counter-based random numbers: what a picture gets depends on (seed, purpose, epoch, picture) alone, so neither the
 * number of threads nor an interruption changes it. */
#ifndef GLYPHLIFT_TRAIN_RANDOM_H
#define GLYPHLIFT_TRAIN_RANDOM_H

#include <stdint.h>

typedef enum train_purpose {
  TRAIN_PURPOSE_INIT,
  TRAIN_PURPOSE_SHUFFLE,
  TRAIN_PURPOSE_AUGMENT,
  TRAIN_PURPOSE_DROPOUT, /* + index of the layer */
  TRAIN_PURPOSE_PRINTED = 1 << 16,
  TRAIN_PURPOSE_REJECTS,
  TRAIN_PURPOSE_RESCANS,
  TRAIN_PURPOSE_DISTORT,
  TRAIN_PURPOSE_DRAWINGS
} train_purpose;

typedef struct train_random {
  uint32_t key[2];
  uint32_t counter[4];
  uint32_t block[4];
  int used; /* words of the block given out; 4: a new block is due */
} train_random;

void train_random_start(train_random *random, uint64_t seed, uint32_t purpose, uint32_t epoch, uint32_t index);
uint32_t train_random_bits(train_random *random);
/* In [0, 1). */
float train_random_uniform(train_random *random);
/* In [-1, 1). */
float train_random_signed(train_random *random);
/* In [low, high). */
float train_random_between(train_random *random, float low, float high);
/* Mean 0, variance 1. */
float train_random_normal(train_random *random);
/* In [0, bound), without bias. bound > 0. */
uint32_t train_random_below(train_random *random, uint32_t bound);

#endif
