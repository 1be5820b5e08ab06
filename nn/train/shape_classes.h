/* What the shapes network tells apart. A circle is an ellipse to it, and all that has four corners a rectangle: how
 * round, square or slanted they are is measured on what is fitted to them, for people who mean a rectangle draw
 * parallelograms and trapezoids of 20 degrees and more. */
#ifndef GLYPHLIFT_TRAIN_SHAPE_CLASSES_H
#define GLYPHLIFT_TRAIN_SHAPE_CLASSES_H

#include <stdint.h>

#include "drawing.h"
#include "people.h"

enum { TRAIN_SHAPE_CLASSES = 11 };

extern const char *const train_shape_class_names[TRAIN_SHAPE_CLASSES];

/* The class of a kind. */
int train_shape_class(train_shape kind);

/* Labels: below TRAIN_SHAPE_CLASSES a class; above, what a set of people's drawings knows of each (TRAIN_SHAPE_CLASSES
 * + train_people_class). There, what is other may be any of the kinds that the set does not name. The sets are those of
 * train_trainer_allow_sets. */
enum { TRAIN_SHAPE_LABELS = TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_CLASSES };
extern const uint32_t train_shape_sets[TRAIN_SHAPE_LABELS];

/* The names of people's classes in the order of their labels. */
extern const char *const train_people_names[TRAIN_PEOPLE_CLASSES];

#endif
