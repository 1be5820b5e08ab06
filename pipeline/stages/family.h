/* The lines of a table that run in one direction. Internal to the stages. */
#ifndef GLYPHLIFT_FAMILY_H
#define GLYPHLIFT_FAMILY_H

#include "crossing.h"

typedef struct family_line {
  size_t track;
  double position; /* across, where the family's middle is */
  int crossings;
  int boundary; /* index into boundaries */
} family_line;

/* Lines of one direction bend and fan out alike: a line at `position` is at
 *   position + (shape[0] + shape[1] q) u + (shape[2] + shape[3] q) u^2
 * across, where u = (along - middle) / half and q = (position - origin) / half. */
typedef struct family {
  int upright;
  family_line *lines; /* owned; by position */
  size_t line_count;
  double middle, half, origin, shape[4];
  double *boundaries; /* owned; positions of the borders of rows or columns, sorted; each has one line or more */
  int boundary_count;
} family;

/* The family of the lines of one direction in a group of crossings, without boundaries yet. */
int family_open(const stage_crossings *crossings, int group, int upright, family *out);
void family_free(family *f);

/* The line at `position` at a place along it, and the position of the line that goes through a point. */
double family_across(const family *f, double position, double along);
double family_position(const family *f, double along, double across);

/* Lines closer than `together` become one boundary: double lines, and pieces of one. */
int family_group(family *f, double together);
/* The distance of neighbouring boundaries that a share of all (below 1) is smaller than; 0 for fewer than two. */
double family_gap(const family *f, double rank);
/* Their median. */
double family_pitch(const family *f);
void family_drop_boundary(family *f, int boundary);
/* Inserts a boundary that no line belongs to; room is made by family_group for two. */
void family_add_boundary(family *f, int at, double position);

#endif
