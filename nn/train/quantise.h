/* The int8 part of a model file, from what the network's tensors hold for pictures of the kind it will see. */
#ifndef GLYPHLIFT_TRAIN_QUANTISE_H
#define GLYPHLIFT_TRAIN_QUANTISE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

typedef struct train_quantised {
  size_t pictures;   /* looked at */
  size_t same;       /* of these, read as the same class in int8 as in fp32 */
  double difference; /* root of the mean squared difference between the logits */
} train_quantised;

/* Writes `model` (a model file, or digits for the built-in one) with an int8 part to `out`, which may be the same file.
 * pixels: count training pictures of the model's size; a part of them, evenly spread, is looked at. */
int train_quantise(const char *model, const uint8_t *pixels, size_t count, const char *out, train_quantised *report,
                   train_error *error);

#endif
