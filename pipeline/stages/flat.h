/* A table seen straight on. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_FLAT_H
#define GLYPHLIFT_STAGE_FLAT_H

#include "stages.h"

/* Direction 0 are the lines along x, whose positions are y, direction 1 those along y. Positions are pixels of `gray`. */
typedef struct flat {
  const stage_table *table;
  shim_image gray;  /* owned; the table and what lies around it; without data where there is no such view */
  stage_map map;    /* from it to the page, but for the bends */
  double *found[2]; /* owned; where the table's boundaries stand */
  double *bends;    /* owned; by how much each of its corners lies aside of where these cross, x y */
} flat;

int flat_open(const stage_pyramid *pyramid, const stage_table *table, flat *out);
void flat_close(flat *f);
/* How many boundaries of a direction the table has. */
int flat_boundaries(const flat *f, int direction);
/* Where a point of it lies on the page. */
void flat_to_page(const flat *f, double x, double y, double page[2]);
/* How far a line of the direction at a position is darker than what is on both sides of it, from and to a place along
 * it: the median, in 256ths of the paper's brightness; 0 where there is none. */
double flat_depth(const flat *f, int direction, int at, double from, double to);

#endif
