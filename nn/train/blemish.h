/* What happens to a digit on its way from the page into a crop. */
#ifndef GLYPHLIFT_TRAIN_BLEMISH_H
#define GLYPHLIFT_TRAIN_BLEMISH_H

#include "canvas.h"
#include "random.h"

/* Some digits are cut a little short at one side, and some get a piece of a ruled line. box: of the ink. A shim
 * status. */
int train_blemish(shim_image *canvas, const train_box *box, train_random *random);

#endif
