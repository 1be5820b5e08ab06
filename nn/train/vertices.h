/* How far fitted corners are from those that a person's drawing is known to have. */
#ifndef GLYPHLIFT_TRAIN_VERTICES_H
#define GLYPHLIFT_TRAIN_VERTICES_H

#include "../../pipeline/stages/shapes.h"
#include "people.h"

typedef struct train_corner_error {
  size_t shapes; /* whose corners are known */
  size_t fitted; /* of these, those with an outline to fit */
  double mean;   /* of the fitted ones' corners, share of the picture's width */
} train_corner_error;

/* The same for a whole set. names: of its classes; those called ellipse, rectangle and triangle get their place in out,
 * which train_people_class numbers. The index must have a row a picture. */
int train_vertices_measure_set(const train_dataset *set, const char *const *names, const train_index *index,
                               train_corner_error out[TRAIN_PEOPLE_CLASSES], train_error *error);

/* Fits what the label says to a picture and measures it against the entry's vertices; *error: mean distance of the
 * corners, of an ellipse the ends of its axes, as a share of the picture's width, in the order that suits best.
 * *fitted: 0 where there is no outline, and *error is undefined. A shim status. */
int train_vertices_measure(const shim_image *picture, train_people_class label, const train_index_entry *entry,
                           double *error, int *fitted);

#endif
