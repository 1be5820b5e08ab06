/* A picture that holds one drawn shape: its outline, found as a page's are. The picture is enlarged first, since a page's
 * outlines need room inside. Of several outlines the one that encloses most is taken, where it is drawn well. Where nothing is
 * enclosed, a filled shape's edge. Fails where strokes leave gaps too wide to be bridged. */
#include "shapes.h"

#include <string.h>

enum {
  SIDE_MIN = 240, /* smaller pictures are enlarged to at least this */
  EDGE = 4,       /* pixels that the drawn edge of a filled shape is wide */
  FRAME = 8       /* of paper around it */
};
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

/* The glyph's mask without what lies deeper than EDGE: a filled shape as a drawn one, with paper around. */
static int draw_edge(const stage_glyph *glyph, shim_image *out) {
  shim_image paper = {0}, near = {0};
  const int width = glyph->width + 2 * FRAME, height = glyph->height + 2 * FRAME;
  int status = shim_image_create(&paper, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&near, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(out, width, height, 1);
  if (status != SHIM_OK) goto done;
  memset(paper.data, 255, (size_t)paper.stride * (size_t)height);
  for (int y = 0; y < glyph->height; y++)
    for (int x = 0; x < glyph->width; x++)
      if (glyph->mask.data[y * glyph->mask.stride + x]) paper.data[(y + FRAME) * paper.stride + x + FRAME] = 0;
  status = shim_dilate(&paper, &near, 2 * EDGE + 1);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const int is_ink = !paper.data[y * paper.stride + x];
      out->data[y * out->stride + x] = is_ink && near.data[y * near.stride + x] ? 255 : 0;
    }
done:
  shim_image_free(&paper);
  shim_image_free(&near);
  if (status != SHIM_OK) shim_image_free(out);
  return status;
}

static void move(stage_outline *o, double x, double y) {
  for (int i = 0; i < STAGE_OUTLINE_POINTS; i++) {
    o->points[2 * i] += (float)x;
    o->points[2 * i + 1] += (float)y;
  }
  for (int i = 0; i < 4; i++) o->box[i] += i % 2 ? y : x;
}

/* The glyph as a filled shape; *found stays 0 where it is none. */
static int find_filled(const stage_glyph *glyph, stage_outline *out, int *found) {
  uint8_t crop[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE];
  shim_image edge = {0};
  int filled, status = stage_shape_crop(&glyph->mask, crop, &filled);
  if (status != SHIM_OK || !filled) return status;
  status = draw_edge(glyph, &edge);
  if (status != SHIM_OK) return status;
  const stage_level level = {.gray = edge, .ink = edge, .binary = edge};
  status = find_largest(&level, out, found);
  if (*found) {
    move(out, glyph->x - FRAME, glyph->y - FRAME);
    out->is_filled = 1;
  }
  shim_image_free(&edge);
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
      if (status == SHIM_OK && single.found && !*found) status = find_filled(&single.glyph, out, found);
      if (*found) bring_back(out, (double)(1 << level) / (single.scale * factor), (double)single.margin / factor);
      stage_single_free(&single);
    }
  }
  shim_image_free(&large);
  return status;
}
