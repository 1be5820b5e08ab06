/* Boxes that stand in a row. Internal to the stages: a form's boxes are a table of one row. */
#ifndef GLYPHLIFT_BOX_ROW_H
#define GLYPHLIFT_BOX_ROW_H

#include "family.h"

/* Four lines around a single cell. */
typedef struct box_frame {
  double corners[8]; /* x y pairs as a table's: top left, top right, bottom left, bottom right */
  size_t *tracks;    /* owned; its lines */
  size_t track_count;
} box_frame;

typedef struct box_frames {
  box_frame *items;
  size_t count;
} box_frames;

int box_frames_add(box_frames *frames, const double corners[8], const family along[2]);
void box_frames_free(box_frames *frames);

/* Makes tables of one row of frames, and of tables of one row, that stand side by side; these go from the list.
 * ruling[i] becomes 1 for the lines of frames that do. */
int box_rows_join(const box_frames *frames, stage_tables *tables, unsigned char *ruling);

#endif
