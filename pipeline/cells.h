/* What was read, put into the cells of the tables it stands in. Internal to the pipeline. */
#ifndef GLYPHLIFT_CELLS_H
#define GLYPHLIFT_CELLS_H

#include "stages/stages.h"

typedef struct cells_item {
  int line, number; /* as stage_lines gives them; line is -1 in a table. Numbers count on through the tables */
  int table, place; /* -1, or the table and the cell (of stage_table's cells) it stands in */
} cells_item;

/* Puts boxes into the cells of tables, the others into lines: order[] gets their indices in reading order, lines first,
 * then table by table and cell by cell; items[i] belongs to boxes[i]. Tables in which nothing stands, or whose lines
 * run through what was read, are taken from the list; cells that were joined for want of a line between them are parted
 * where what stands in them keeps away from it. square and skew_degrees as of stage_lines, the latter of all boxes. */
int cells_arrange(stage_tables *tables, double square, const stage_box *boxes, size_t count, size_t *order,
                  cells_item *items, double *skew_degrees);

#endif
