/* How a model's classes answer a labelled set that may name other classes. */
#ifndef GLYPHLIFT_TRAIN_EVALUATE_H
#define GLYPHLIFT_TRAIN_EVALUATE_H

#include <stddef.h>

#include "error.h"

/* For each of the model's classes, the set's class that its probability counts for, or -1 where it is left out: a
 * name in both counts for itself; circle for ellipse, square and diamond for rectangle, where the set does not name
 * them; all others for the set's "other". Fails where no class of the model counts. */
int train_map_classes(const char *const *model_names, size_t model_count, const char *const *set_names,
                      size_t set_count, int *map, train_error *error);

/* Sums one picture's probabilities along the map, and makes the sums add up to 1 again. */
void train_map_probabilities(const int *map, const float *probabilities, size_t model_count, double *out,
                             size_t set_count);

#endif
