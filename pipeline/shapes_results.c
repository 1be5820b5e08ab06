/* Found shapes into the flat page that callers see. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/input.h"
#include "shapes.h"

static const double alternative_min = 0.01;
static const double outline_error =
    0.02; /* of the longer side: how closely the polygon of an unnamed shape follows it */

static void to_picture(const reading *r, const double from[2], double to[2]) {
  stage_map_to_picture(&r->map, from, to);
}

/* Copies `count` points, in the frame's pixels, into memory that the page will own. */
static int copy_points(const reading *r, const double (*points)[2], size_t count, const double (**out)[2]) {
  double(*copy)[2] = malloc((count + 1) * sizeof *copy);
  if (!copy) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) to_picture(r, points[i], copy[i]);
  *out = (const double(*)[2])copy;
  return SHIM_OK;
}

static int copy_outline(const reading *r, const stage_outline *o, glyph_shape *out) {
  size_t kept[STAGE_OUTLINE_POINTS], count = 0;
  double points[STAGE_OUTLINE_POINTS][2];
  const double side = fmax(o->box[2] - o->box[0], o->box[3] - o->box[1]);
  const int status = shim_simplify(o->points, STAGE_OUTLINE_POINTS, outline_error * side, kept, &count);
  if (status != SHIM_OK) return status;
  for (size_t i = 0; i < count; i++)
    for (int axis = 0; axis < 2; axis++) points[i][axis] = o->points[2 * kept[i] + (size_t)axis];
  out->polygon_count = count;
  return copy_points(r, (const double(*)[2])points, count, &out->polygon);
}

static int corners_of(stage_kind kind) {
  switch (kind) {
  case STAGE_TRIANGLE: return 3;
  case STAGE_SQUARE:
  case STAGE_RECTANGLE:
  case STAGE_DIAMOND:
  case STAGE_PARALLELOGRAM:
  case STAGE_TRAPEZOID: return 4;
  case STAGE_PENTAGON: return 5;
  case STAGE_HEXAGON: return 6;
  default: return 0;
  }
}

/* The frame's pixels are as long in x as in y, but for a rounding of the frame's size. */
static void copy_ellipse(const reading *r, const stage_fit *fit, glyph_shape *out) {
  to_picture(r, fit->centre, out->centre);
  for (int i = 0; i < 2; i++) out->radii[i] = fit->radii[i] * r->map.to_picture[0];
  out->angle_degrees = fit->angle_degrees;
}

static int copy_geometry(const reading *r, const stage_shape *shape, stage_kind kind, glyph_shape *out) {
  const int corners = corners_of(kind);
  if (kind == STAGE_CIRCLE || kind == STAGE_ELLIPSE) {
    copy_ellipse(r, &shape->fit, out);
    return SHIM_OK;
  }
  if (shape->is_stroke) {
    out->polygon_count = 2;
    return copy_points(r, shape->ends, 2, &out->polygon);
  }
  if (!corners) return copy_outline(r, &shape->outline, out);
  const stage_polygon *polygon = &shape->fit.polygons[corners - STAGE_CORNERS_MIN];
  const int is_right = kind == STAGE_SQUARE || kind == STAGE_RECTANGLE;
  out->polygon_count = (size_t)corners;
  return copy_points(r, is_right ? shape->fit.rectangle : polygon->corners, (size_t)corners, &out->polygon);
}

/* Most probable first. */
static void copy_names(const stage_shape *shape, glyph_shape *out) {
  unsigned char named[STAGE_KINDS] = {0};
  const stage_kind best = stage_kind_best(shape->probabilities);
  out->kind = stage_kind_names[best];
  out->confidence = shape->probabilities[best];
  named[best] = 1;
  while (out->alternative_count < GLYPH_ALTERNATIVES_MAX) {
    int next = -1;
    for (int i = 0; i < STAGE_KINDS; i++)
      if (!named[i] && (next < 0 || shape->probabilities[i] > shape->probabilities[next])) next = i;
    if (next < 0 || shape->probabilities[next] < alternative_min) return;
    named[next] = 1;
    out->alternatives[out->alternative_count++] =
        (glyph_shape_alternative){stage_kind_names[next], shape->probabilities[next]};
  }
}

static int fill_shape(const reading *r, const stage_shape *shape, glyph_shape *out) {
  const double *b = shape->outline.box, half = shape->outline.stroke / 2;
  copy_names(shape, out);
  out->filled = shape->outline.is_filled;
  out->box = results_picture_box(r->page, &r->map,
                                 (stage_box){b[0] - half, b[1] - half, b[2] - b[0] + 2 * half, b[3] - b[1] + 2 * half});
  return copy_geometry(r, shape, stage_kind_best(shape->probabilities), out);
}

static int fill_connector(const reading *r, const stage_connector *connector, glyph_connector *out) {
  out->from = (size_t)connector->from;
  out->to = (size_t)connector->to;
  out->arrow = connector->heads == (STAGE_HEAD_START | STAGE_HEAD_END) ? GLYPH_ARROW_BOTH
               : connector->heads                                      ? GLYPH_ARROW_END
                                                                       : GLYPH_ARROW_NONE;
  out->path_count = connector->count;
  return copy_points(r, (const double(*)[2])connector->path, connector->count, &out->path);
}

int shapes_fill_page(reading *r, const shapes_analysis *analysis) {
  glyph_page *page = r->page;
  page->shapes = calloc(analysis->count + 1, sizeof *page->shapes);
  page->connectors = calloc(analysis->connectors.count + 1, sizeof *page->connectors);
  int status = page->shapes && page->connectors ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; status == SHIM_OK && i < analysis->count; i++)
    if (analysis->shapes[i].chosen)
      status = fill_shape(r, &analysis->shapes[i], (glyph_shape *)&page->shapes[page->shape_count++]);
  for (size_t i = 0; status == SHIM_OK && i < analysis->connectors.count; i++)
    status = fill_connector(r, &analysis->connectors.items[i],
                            (glyph_connector *)&page->connectors[page->connector_count++]);
  return reading_status(r, status);
}
