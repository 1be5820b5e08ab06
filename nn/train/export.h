/* From the trainer's weights to a model file. */
#ifndef GLYPHLIFT_TRAIN_EXPORT_H
#define GLYPHLIFT_TRAIN_EXPORT_H

#include "trainer.h"

/* Largest difference between the logits of the trainer and of the written model, as a share of the largest logit (or
 * of 1 where that is smaller). Folding batch norm into the weights rounds differently. */
#define TRAIN_EXPORT_TOLERANCE 1e-4

typedef struct train_export {
  const char *const *class_names; /* one a class of the network */
  double temperature;
  const char *training_record; /* JSON text */
} train_export;

/* Writes the averaged weights, batch norm folded, with a softmax at the end. */
int train_export_write(train_trainer *trainer, const train_export *options, const char *path, train_error *error);

/* Opens the file and compares its logits with the trainer's on `count` pictures; *difference gets the largest one in
 * the measure of TRAIN_EXPORT_TOLERANCE, and beyond that the call fails. */
int train_export_verify(train_trainer *trainer, const char *path, const uint8_t *pixels, size_t count,
                        double *difference, train_error *error);

#endif
