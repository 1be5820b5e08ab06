/* The largest value in a square window around each pixel of a small picture: what a glyph's surroundings and its crop
 * are made of. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_SPREAD_H
#define GLYPHLIFT_STAGE_SPREAD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of work that spread() needs; 0 where they would be more than memory can hold. */
size_t spread_work_size(int width, int height, int reach);

/* out gets the maxima of the squares of 2 * reach + 1 pixels. The picture's rows follow each other without padding, and
 * its outermost `reach` columns on either side hold 0. out may be the picture. */
void spread(const uint8_t *picture, int width, int height, int reach, uint8_t *work, uint8_t *out);

#endif
