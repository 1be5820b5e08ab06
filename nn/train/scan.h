/* From drawn ink to a training picture: a photograph of the ink on paper, read through the pipeline's own threshold,
 * contours and crop, so that a trained picture and a read picture go through the same code. */
#ifndef GLYPHLIFT_TRAIN_SCAN_H
#define GLYPHLIFT_TRAIN_SCAN_H

#include "canvas.h"
#include "error.h"
#include "random.h"

enum { TRAIN_SCAN_SIDE = 28 };

/* Photographs the canvas's ink (contrast, light, blur, noise drawn at random) and cuts it out in MNIST's form.
 * must (may be NULL): what the pipeline has to find of the ink; where it finds clearly less or more, or nothing, *found
 * is 0 and out is undefined: draw another. */
int train_scan(const shim_image *ink, const train_box *must, train_random *random,
               uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], int *found, train_error *error);

#endif
