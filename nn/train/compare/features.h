/* Pictures as rows of numbers, for the classic models. */
#ifndef GLYPHLIFT_TRAIN_FEATURES_H
#define GLYPHLIFT_TRAIN_FEATURES_H

#include "../dataset.h"

typedef enum train_feature {
  TRAIN_FEATURE_PIXELS, /* 0 .. 1 */
  TRAIN_FEATURE_HOG,    /* histograms of oriented gradients */
  /* Of the pipeline's crop of a drawn shape: */
  TRAIN_FEATURE_SHAPE_HOG,
  TRAIN_FEATURE_SHAPE_HU /* Hu's seven moment invariants, their logarithms */
} train_feature;

/* Numbers of one picture. */
size_t train_feature_width(train_feature feature, int height, int width);

/* out: count rows. Only the crop of shapes can fail. */
int train_feature_make(train_feature feature, const uint8_t *pixels, size_t count, int height, int width, float *out,
                       train_error *error);

typedef struct train_samples {
  float *values;   /* count x width; owned */
  int32_t *labels; /* count; 0 where the pictures have none; owned */
  size_t count, width;
} train_samples;

/* All pictures of a set. On failure *out is zeroed. */
int train_samples_make(train_samples *out, train_feature feature, const train_dataset *set, train_error *error);
void train_samples_free(train_samples *samples);

#endif
