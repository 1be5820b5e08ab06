/* Shapes in front of a camera, followed as numbers are. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_SHAPES_H
#define GLYPHLIFT_CAMERA_SHAPES_H

#include "tracks.h"

/* tracks_update for the page's shapes: readings has room for page->shape_count. -1 without memory. */
int shapes_update(tracks *t, const glyph_page *page, double time_ms, tracks_reading *readings);

#endif
