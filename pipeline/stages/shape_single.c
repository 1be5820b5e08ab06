/* A picture that holds one drawn shape: its outline, found as a page's are. The picture is enlarged first, since a
 * page's outlines need room inside. Of several outlines the one that encloses most is taken, where it is drawn well.
 * Where nothing is enclosed, a filled shape's edge. Where gaps are too wide to be bridged, the hull of all strokes,
 * which fails for what is not convex or has strokes sticking out. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SIDE_MIN = 240,    /* smaller pictures are enlarged to at least this */
  FILLED_SIDE = 160, /* a filled shape's mask is enlarged to at least this */
  EDGE = 4,          /* pixels that the drawn edge of a filled shape is wide */
  FRAME = 8          /* of paper around it */
};
static const double drawn_min = 0.5;     /* share of the way with ink */
static const double hull_area_min = 100; /* pixels */

int stage_shape_enlarge(const shim_image *gray, shim_image *out, int *factor) {
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

/* The mask, `factor` times as large, without what lies deeper than EDGE: a filled shape as a drawn one, with paper
 * around. */
static int draw_edge(const shim_image *mask, int factor, shim_image *out) {
  shim_image large = {0}, paper = {0}, near = {0};
  const int width = mask->width * factor + 2 * FRAME, height = mask->height * factor + 2 * FRAME;
  int status = shim_image_create(&large, mask->width * factor, mask->height * factor, 1);
  if (status == SHIM_OK) status = shim_resize(mask, &large);
  if (status == SHIM_OK) status = shim_image_create(&paper, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&near, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(out, width, height, 1);
  if (status != SHIM_OK) goto done;
  memset(paper.data, 255, (size_t)paper.stride * (size_t)height);
  for (int y = 0; y < large.height; y++)
    for (int x = 0; x < large.width; x++)
      if (large.data[y * large.stride + x] >= 128) paper.data[(y + FRAME) * paper.stride + x + FRAME] = 0;
  status = shim_dilate(&paper, &near, 2 * EDGE + 1);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const int is_ink = !paper.data[y * paper.stride + x];
      out->data[y * out->stride + x] = is_ink && near.data[y * near.stride + x] ? 255 : 0;
    }
done:
  shim_image_free(&large);
  shim_image_free(&paper);
  shim_image_free(&near);
  if (status != SHIM_OK) shim_image_free(out);
  return status;
}

/* p * scale + (x, y) */
static void place(stage_outline *o, double scale, double x, double y) {
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) o->points[i] = (float)(o->points[i] * scale + (i % 2 ? y : x));
  for (int i = 0; i < 4; i++) o->box[i] = o->box[i] * scale + (i % 2 ? y : x);
  o->area *= scale * scale;
  o->stroke *= scale;
}

/* The glyph as a filled shape; *found stays 0 where it is none. */
static int find_filled(const stage_glyph *glyph, stage_outline *out, int *found) {
  uint8_t crop[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE];
  shim_image edge = {0};
  int filled, status = stage_shape_crop(&glyph->mask, crop, &filled);
  if (status != SHIM_OK || !filled) return status;
  const int longer = glyph->width > glyph->height ? glyph->width : glyph->height;
  const int factor = (FILLED_SIDE + longer - 1) / longer;
  status = draw_edge(&glyph->mask, factor, &edge);
  if (status != SHIM_OK) return status;
  const stage_level level = {.gray = edge, .ink = edge, .binary = edge};
  status = find_largest(&level, out, found);
  const double scale = 1.0 / factor;
  if (*found) place(out, scale, glyph->x - FRAME * scale, glyph->y - FRAME * scale);
  out->is_filled = *found;
  shim_image_free(&edge);
  return status;
}

/* ---- what gaps leave open ----------------------------------------------------------------------------------------- */

static double turn_of(const int *a, const int *b, const int *c) {
  return (double)(b[0] - a[0]) * (c[1] - a[1]) - (double)(b[1] - a[1]) * (c[0] - a[0]);
}

/* The convex hull of the non-zero pixels (Andrew's monotone chain, 1979): `points` has room for 4 * height + 4 pairs
 * and gets the corners, `row_ends` 2 * height pairs. Returns their number. */
static size_t find_hull(const shim_image *line, int *row_ends, int *points) {
  size_t ends = 0, count = 0;
  for (int y = 0; y < line->height; y++) {
    const uint8_t *row = line->data + y * line->stride;
    int first = 0, last = line->width - 1;
    while (first < line->width && !row[first]) first++;
    if (first == line->width) continue;
    while (!row[last]) last--;
    for (int i = 0; i < 2; i++, ends++) row_ends[2 * ends] = i ? last : first, row_ends[2 * ends + 1] = y;
  }
  for (int way = 0; way < 2; way++) {
    const size_t start = count;
    for (size_t k = 0; k < ends; k++) {
      const int *p = row_ends + 2 * (way ? ends - 1 - k : k);
      while (count >= start + 2 && turn_of(points + 2 * (count - 2), points + 2 * (count - 1), p) <= 0) count--;
      points[2 * count] = p[0], points[2 * count + 1] = p[1];
      count++;
    }
    if (count > start) count--; /* the other way begins with it */
  }
  return count;
}

static double area_of(const int *points, size_t count) {
  double sum = 0;
  for (size_t i = 0, j = count - 1; i < count; j = i++)
    sum += (double)points[2 * j] * points[2 * i + 1] - (double)points[2 * i] * points[2 * j + 1];
  return fabs(sum) / 2;
}

static void take_hull(const stage_glyph *ink, const int *points, size_t count, stage_outline *out) {
  memset(out, 0, sizeof *out);
  stage_outline_resample(points, count, out->points);
  out->area = area_of(points, count);
  out->stroke = ink->stroke_width;
  out->box[2] = ink->width, out->box[3] = ink->height;
  place(out, 1, ink->x, ink->y);
}

/* The hull of all strokes' centre lines: right for what is convex and has nothing sticking out. */
static int find_around(const stage_single *single, stage_outline *out, int *found) {
  stage_glyph ink;
  int *row_ends = NULL, *points = NULL;
  int status = stage_shape_ink(single, single->glyph.level, &ink);
  if (status != SHIM_OK || !ink.mask.data) return status;
  const size_t rows = (size_t)ink.height;
  row_ends = malloc((4 * rows + 4) * sizeof *row_ends);
  points = malloc((8 * rows + 8) * sizeof *points);
  if (!row_ends || !points) status = SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = stage_thin(&ink.mask, ink.width + ink.height);
  if (status == SHIM_OK) {
    const size_t count = find_hull(&ink.mask, row_ends, points);
    *found = count > 2 && area_of(points, count) >= hull_area_min;
    if (*found) take_hull(&ink, points, count, out);
  }
  free(row_ends);
  free(points);
  stage_glyph_free(&ink);
  return status;
}

int stage_shape_outline(const shim_image *gray, stage_outline *out, int *found) {
  shim_image large = {0};
  stage_single single;
  int factor;
  *found = 0;
  int status = stage_shape_enlarge(gray, &large, &factor);
  if (status == SHIM_OK) {
    status = stage_single_find(&large, &single);
    if (status == SHIM_OK) {
      const int level = single.glyph.level;
      if (single.found) status = find_largest(&single.pyramid.levels[level], out, found);
      if (status == SHIM_OK && single.found && !*found) status = find_filled(&single.glyph, out, found);
      if (status == SHIM_OK && !*found) status = find_around(&single, out, found);
      if (*found) {
        const double scale = (double)(1 << level) / (single.scale * factor), margin = (double)single.margin / factor;
        place(out, scale, -margin, -margin);
      }
      stage_single_free(&single);
    }
  }
  shim_image_free(&large);
  return status;
}
