/* Strings of digits, signs and letters as one writer sets them. */
#ifndef GENERATOR_HARD_TEXT_H
#define GENERATOR_HARD_TEXT_H

#include "hard_parts.h"

#define HARD_TEXT_MAX 40

/* A string before it has a place: lengths in digit heights, the pen starts at x = 0. The glyphs are those behind the
 * drawing's last one: the next hard_text_set overwrites them unless hard_text_keep has been called. */
typedef struct hard_text {
  char signs[HARD_TEXT_MAX];
  scan_digit scans[HARD_TEXT_MAX];
  int is_scan[HARD_TEXT_MAX];
  double x[HARD_TEXT_MAX], size[HARD_TEXT_MAX], drop[HARD_TEXT_MAX]; /* drop: of the foot below the baseline */
  int count;
  double width;
} hard_text;

/* gap: between neighbours' ink; pitch: 0, or the width of the squares in whose middles the signs stand. */
void hard_text_set(hard_drawing *drawing, const char *string, const writer_style *style, double gap, double pitch,
                   hard_text *out);
/* Draws the string with its left end at x of the sheet and returns the box of its ink. */
hard_box hard_text_lay(hard_drawing *drawing, const hard_text *text, ink_plane *plane, double x, double baseline,
                       double height);
/* Makes the string that was laid last a number of the truth. */
void hard_text_keep(hard_drawing *drawing, const hard_text *text, int table, int row, int column);

#endif
