/* What the hand is to draw: the ideal form of each kind, in one of the ways people know it by. */
#ifndef GLYPHLIFT_TRAIN_OUTLINES_H
#define GLYPHLIFT_TRAIN_OUTLINES_H

#include "hand.h"

/* Has the hand draw one of the kind, about the origin and about one unit large, with its corners and area. Returns how
 * far (radians) it may be turned and still be of the kind. */
float train_outline_draw(train_hand *hand, train_shape kind);

/* doodles.c: the same of what is none of the shapes. */
float train_doodle_draw(train_hand *hand);

#endif
