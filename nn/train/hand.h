/* The hand that draws: ideal outlines in, strokes out. Used by what makes drawings (drawing.h). Units: shapes are about
 * one wide. */
#ifndef GLYPHLIFT_TRAIN_HAND_H
#define GLYPHLIFT_TRAIN_HAND_H

#include "drawing.h"

/* How careless this drawing is; lengths in units. */
typedef struct train_hand {
  train_random *random;
  train_drawing *drawing; /* gets the strokes */
  float wobble, tremor;   /* amplitudes: slow and quick */
  float bow;              /* of straight sides, share of their length */
  float rounding;         /* most of a corner, share of its sides */
  float misplaced;        /* standard deviation of corners */
  float overshoot, drift; /* standard deviations at a stroke's ends */
  int gaps;               /* 0 none, 1 one or two in a stroke, 2 dashed */
} train_hand;

void train_hand_draw(train_hand *hand, train_drawing *drawing, train_random *random);

float train_hand_between(train_hand *hand, float low, float high);
/* Whether something of this probability happens. */
int train_hand_chance(train_hand *hand, float probability);
uint32_t train_hand_below(train_hand *hand, uint32_t bound);

/* A closed polygon of straight sides, in one stroke, a stroke a side, or something between. The corners are moved
 * first, in place. */
void train_hand_polygon(train_hand *hand, train_point *corners, size_t count);
/* A closed curve through many points. */
void train_hand_loop(train_hand *hand, const train_point *points, size_t count);
/* A part of a line, straight from point to point, or a smooth curve through them. */
void train_hand_polyline(train_hand *hand, const train_point *points, size_t count);
void train_hand_curve(train_hand *hand, const train_point *controls, size_t count);
/* Part of an ellipse, from one angle (radians) to another. */
void train_hand_arc(train_hand *hand, train_point centre, float rx, float ry, float from, float to);

/* Moves, turns (clockwise) and scales points about the origin. */
void train_place(train_point *points, size_t count, float radians, float scale, train_point to);

#endif
