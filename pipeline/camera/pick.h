/* Pages made of another page's numbers. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_PICK_H
#define GLYPHLIFT_CAMERA_PICK_H

#include "tracks.h"

/* A page with the numbers of `page` that are steady, or with all, as the frames so far read them; those without a vote
 * as they are. Lines, tables and cells that lose all their numbers go. What it takes over from `page` (table corners,
 * the picture, times) stays that page's, and must outlive it. NULL without memory; freed by pick_free. */
glyph_page *pick_numbers(const glyph_page *page, const tracks_reading *readings, int steady_only,
                         double min_confidence);
/* Takes off the page that pick_numbers made those shapes that are not told, and connectors that end at them. The page
 * keeps the memory. -1 without memory. */
int pick_shapes(glyph_page *page, const tracks_reading *readings);
void pick_free(glyph_page **page); /* accepts NULL and a pointer to NULL */

#endif
