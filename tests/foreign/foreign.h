/* MNIST's pictures redrawn as other collections of digits show them: a stand-in for those collections, whose own
 * pictures are not at hand. */
#ifndef FOREIGN_FOREIGN_H
#define FOREIGN_FOREIGN_H

#include "../../nn/train/dataset.h"
#include "../../shim/shim.h"

typedef enum foreign_kind {
  FOREIGN_PLAIN,   /* as it is */
  FOREIGN_ARCHIVE, /* cut from old records: ink thin to thick and fading on stained paper, neighbours' strokes and ruled
                      lines at the edges (as ARDIS: Kusetogullari and others, 2019) */
  FOREIGN_POSTAL,  /* 16 x 16 gray pixels that the digit fills, some enlarged, either polarity (as USPS: Hull 1994) */
  FOREIGN_SCREEN,  /* strokes of one thick width, white on black, anywhere on a large canvas */
  FOREIGN_KINDS
} foreign_kind;

extern const char *const foreign_names[FOREIGN_KINDS];

/* The same index and kind give the same picture. *out is the caller's. 0, or a negative status of the shim. */
int foreign_make(foreign_kind kind, const train_dataset *digits, size_t index, shim_image *out);

#endif
