/* A small picture made of a larger one. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_SCALE_H
#define GLYPHLIFT_STAGE_SCALE_H

#include "stages.h"

enum { SCALE_SIDE_MAX = 64 }; /* of the small picture */

/* Scales src to dst's size, no side of which is longer than src's or SCALE_SIDE_MAX: each pixel is the mean of the area
 * it covers, parts of pixels counted in part. */
int scale_down(const shim_image *src, shim_image *dst);

#endif
