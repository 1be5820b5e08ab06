/* A picture that holds one drawn shape: its outline, found as a page's are. The picture is enlarged first, since a page's
 * outlines need room inside. Of several outlines the one that encloses most is taken, where it is drawn well. Fails where
 * strokes leave gaps too wide to be bridged. */
#include "shapes.h"

#include <string.h>

enum { SIDE_MIN = 240 /* smaller pictures are enlarged to at least this */ };
static const double drawn_min = 0.5; /* share of the way with ink */

/* By a whole factor, which it returns in *factor. */
static int enlarge(const shim_image *gray, shim_image *out, int *factor) {
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  *factor = longer < SIDE_MIN ? (SIDE_MIN + longer - 1) / longer : 1;
  const int status = shim_image_create(out, gray->width * *factor, gray->height * *factor, 1);
  return status == SHIM_OK ? shim_resize(gray, out) : status;
}

static int find_largest(const stage_level *level, stage_outline *out, int *found) {
  stage_strokes strokes = {0};
  stage_outlines outlines = {0};
  *found = 0;
  int status = stage_strokes_make(level, &strokes);
  if (status == SHIM_OK) status = stage_outlines_find(&strokes, &outlines);
  for (size_t i = 0; status == SHIM_OK && i < outlines.count; i++) {
    const stage_outline *o = &outlines.items[i];
    if (o->drawn < drawn_min || (*found && o->area * o->drawn <= out->area * out->drawn)) continue;
    *out = *o;
    *found = 1;
  }
  stage_outlines_free(&outlines);
  stage_strokes_free(&strokes);
  return status;
}

/* From the pixels of the level to those of the picture: p * scale - margin. */
static void bring_back(stage_outline *o, double scale, double margin) {
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) o->points[i] = (float)(o->points[i] * scale - margin);
  for (int i = 0; i < 4; i++) o->box[i] = o->box[i] * scale - margin;
  o->area *= scale * scale;
  o->stroke *= scale;
}

int stage_shape_outline(const shim_image *gray, stage_outline *out, int *found) {
  shim_image large = {0};
  stage_single single;
  int factor;
  *found = 0;
  int status = enlarge(gray, &large, &factor);
  if (status == SHIM_OK) {
    status = stage_single_find(&large, &single);
    if (status == SHIM_OK) {
      const int level = single.glyph.level;
      if (single.found) status = find_largest(&single.pyramid.levels[level], out, found);
      if (*found) bring_back(out, (double)(1 << level) / (single.scale * factor), (double)single.margin / factor);
      stage_single_free(&single);
    }
  }
  shim_image_free(&large);
  return status;
}
