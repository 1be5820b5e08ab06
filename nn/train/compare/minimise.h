/* Minimisation of a smooth function of many variables. */
#ifndef GLYPHLIFT_TRAIN_MINIMISE_H
#define GLYPHLIFT_TRAIN_MINIMISE_H

#include <stddef.h>

#include "../error.h"

/* The value at x, and its gradient. */
typedef double train_objective(void *user, const float *x, float *gradient);

typedef struct train_minimum {
  int iterations, converged;
  double value;
} train_minimum;

/* Moves x (size numbers) downhill until the largest part of the gradient is below `tolerance`, no step leads down any
 * more, or after `most` iterations. stop (may be NULL) is asked before each: other than 0 is TRAIN_ERR_STOPPED. */
int train_minimise(train_objective *objective, void *user, size_t size, float *x, double tolerance, int most,
                   int (*stop)(void *), train_minimum *out, train_error *error);

#endif
