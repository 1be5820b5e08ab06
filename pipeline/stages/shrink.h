/* A small picture made of a larger one. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_SHRINK_H
#define GLYPHLIFT_STAGE_SHRINK_H

#include "stages.h"

enum { SHRINK_SIDE_MAX = 64 }; /* of the small picture */

/* Scales src to dst's size, no side of which is longer than src's or SHRINK_SIDE_MAX: each pixel is the mean of the area
 * it covers, parts of pixels counted in part. */
int shrink(const shim_image *src, shim_image *dst);

#endif
