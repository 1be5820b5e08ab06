/* Digits and the marks between them into whole numbers. Internal to the pipeline. */
#ifndef GLYPHLIFT_NUMBERS_H
#define GLYPHLIFT_NUMBERS_H

#include "results.h"

/* glyphs (count of them, in reading order; room for 2 * count) get the marks that stand among them, and their numbers
 * are counted anew: a mark joins what stands on its two sides, in one cell where these stand in tables. shapes[i] is the
 * ink of glyphs[i]. Boxes of marks are set in the reading frame alone. SHIM_ERR_MEMORY or another failure of the shim. */
int numbers_mark(const stage_pyramid *pyramid, const stage_tables *tables, const stage_glyph *const *shapes,
                 results_glyph *glyphs, size_t *count);

#endif
