/* MNIST's digits once more, as the pipeline finds them on a page. */
#ifndef GLYPHLIFT_TRAIN_RESCAN_H
#define GLYPHLIFT_TRAIN_RESCAN_H

#include "canvas.h"
#include "scan.h"

/* The ink box of a MNIST picture (28 x 28) scaled to `height` pixels, as coverage (shim_image_free it); a shim
 * status. */
int train_rescan_enlarge(const uint8_t *picture, float height, shim_image *out);

/* The digit drawn at a random size, slightly blemished, photographed and cut out again, in MNIST's form. *found as for
 * train_scan. */
int train_rescan(const uint8_t *picture, train_random *random, uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE],
                 int *found, train_error *error);

#endif
