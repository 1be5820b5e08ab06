/* What follows the last epoch: statistics, calibration, export, the check of what was exported. */
#ifndef GLYPHLIFT_TRAIN_FINISH_H
#define GLYPHLIFT_TRAIN_FINISH_H

#include <jansson.h>

#include "material.h"

typedef struct train_finish {
  const char *out;                /* model file to write */
  double temperature;             /* 0: fitted on the holdout, which must then be there */
  const json_t *notes;            /* of the run: command, seconds, last loss ...; goes into the training record */
  const train_material *material; /* NULL, or what the trainer trains on: the record gets its verdict, too */
} train_finish;

/* *summary (json_decref it) gets the figures, also found in the model's training record. */
int train_finish_run(train_trainer *trainer, const train_finish *options, json_t **summary, train_error *error);

/* The trainer's averaged weights on its holdout, among the ten digits. The holdout must not be empty. */
int train_finish_holdout_accuracy(train_trainer *trainer, double *accuracy, train_error *error);

/* "0" ... "9", "none". */
extern const char *const train_class_names[TRAIN_DIGITS + 1];

#endif
