/* The largest and smallest values in a window of STAGE_WINDOW x STAGE_WINDOW pixels around each pixel, row by row, so
 * that a stage goes over its picture once and keeps no picture in between. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_WINDOW_H
#define GLYPHLIFT_STAGE_WINDOW_H

#include "stages.h"

enum { WINDOW_REACH = STAGE_WINDOW / 2 }; /* pixels to every side */

typedef struct window_max window_max;

/* For rows of `width` pixels. */
int window_max_open(window_max **out, int width);
void window_max_close(window_max **window);

/* Takes the next row of the picture, or NULL below its last one, and gives the maxima around the row WINDOW_REACH
 * before it: of no use until there is one. What lies outside the picture counts for nothing. out may be the row
 * itself. */
void window_max_push(window_max *window, const uint8_t *row, uint8_t *out);

/* A morphological closing (Serra 1982) with the window: dilation, then erosion. out has the picture's size. */
int window_close(const shim_image *picture, shim_image *out);

#endif
