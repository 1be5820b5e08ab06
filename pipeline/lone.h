/* A picture that holds one large digit. Internal to the pipeline. */
#ifndef GLYPHLIFT_LONE_H
#define GLYPHLIFT_LONE_H

#include "reading.h"

/* Where nothing was read on *page: takes its place with a page of one digit where the region holds one that is large
 * and plain. `gray` is the region, 1 / `factor` as large. On failure *page stays. */
int lone_read(const reading *start, const shim_image *gray, int factor, glyph_page **page);

#endif
