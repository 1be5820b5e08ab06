/* Ways in which pictures go wrong, each in one fixed severity. */
#ifndef GLYPHLIFT_TRAIN_CORRUPTION_H
#define GLYPHLIFT_TRAIN_CORRUPTION_H

#include "../dataset.h"

typedef enum train_corruption {
  TRAIN_CORRUPTION_BLUR,
  TRAIN_CORRUPTION_NOISE,
  TRAIN_CORRUPTION_ROTATION,
  TRAIN_CORRUPTION_SHIFT,
  TRAIN_CORRUPTION_LINES,
  TRAIN_CORRUPTION_STROKE,
  TRAIN_CORRUPTIONS /* how many there are */
} train_corruption;

typedef struct train_corruption_info {
  const char *name, *description;
} train_corruption_info;

const train_corruption_info *train_corruption_describe(train_corruption corruption);

/* A corrupted copy of the set (train_dataset_free it). What a picture gets depends on its number in the set alone. */
int train_corrupt(train_dataset *out, const train_dataset *set, train_corruption corruption, train_error *error);

#endif
