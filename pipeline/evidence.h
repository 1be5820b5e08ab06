/* How much a page's reading says for the way it was read. Internal to the pipeline. */
#ifndef GLYPHLIFT_EVIDENCE_H
#define GLYPHLIFT_EVIDENCE_H

#include "glyphlift.h"

/* Between two polarities: digits by area, so that one outweighs many specks. */
double evidence_area(const glyph_page *page);
/* Between two turns: digits by number. The specks are the same in both, but what is large need not be a digit. */
double evidence_digits(const glyph_page *page);
/* The share (0..1) of those digits whose nearest mark of a like size, if one is near, was not read as a digit. `marks` are
 * the boxes of all that was looked at, in the picture; 0 where nothing was read. */
double evidence_beside_others(const glyph_page *page, const glyph_box *marks, size_t count);

#endif
