/* Lines and arrows between shapes: what is left of the strokes' centre lines when the shapes are taken away, and ends
 * near two of them. Its path is the shortest way along the line from one to the other, so that spurs do no harm. Fails
 * for lines in pieces, and where a line runs along a shape's side. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  TERMINALS_MAX = 24,
  LENGTH_MIN = 8,
  CLOSED_LENGTH_MAX = 400 /* pixels of a piece whose every place may touch */
};
static const double reach_widths = 3;                       /* stroke widths, */
static const double reach_side = 0.12, reach_length = 0.35; /* and shares of the shape's side and the line's length */
static const double length_side_min = 0.06;                 /* of the smaller shape's shorter side */
static const double same_middle = 0.25; /* of the length: nearer, two connectors of the same shapes are one */

typedef struct terminal {
  int at[2];
  int shape; /* the nearest chosen one; -1: none within reach */
  double distance, nearest[2];
} terminal;

void stage_connectors_free(stage_connectors *connectors) {
  for (size_t i = 0; i < connectors->count; i++) free(connectors->items[i].path);
  free(connectors->items);
  memset(connectors, 0, sizeof *connectors);
}

static int append(stage_connectors *list, const stage_connector *connector) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 16;
    stage_connector *items =
        capacity > SIZE_MAX / sizeof *items ? NULL : realloc(list->items, capacity * sizeof *items);
    if (!items) return SHIM_ERR_MEMORY;
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = *connector;
  return SHIM_OK;
}

static double shorter_side(const stage_outline *o) {
  return fmin(o->box[2] - o->box[0], o->box[3] - o->box[1]);
}

/* ---- ends ---------------------------------------------------------------------------------------------------------- */

static void attach(const stage_tracer *t, double length, double stroke, terminal *end) {
  const double x = (end->at[0] + 0.5) * t->scale, y = (end->at[1] + 0.5) * t->scale;
  end->shape = -1;
  end->distance = INFINITY;
  for (size_t i = 0; i < t->shape_count; i++) {
    const stage_outline *o = &t->shapes[i]->outline;
    const double share = fmin(reach_side * shorter_side(o), reach_length * length);
    const double reach = reach_widths * fmax(stroke, o->stroke) + share + t->scale;
    double nearest[2];
    if (x < o->box[0] - reach || x > o->box[2] + reach || y < o->box[1] - reach || y > o->box[3] + reach) continue;
    const double distance = stage_outline_distance(o, x, y, nearest);
    if (distance > reach || distance >= end->distance) continue;
    end->shape = (int)i;
    end->distance = distance;
    memcpy(end->nearest, nearest, sizeof nearest);
  }
}

/* Adds the piece's nearest place for each shape that it reaches: its ends, or other pixels, whose distance counts
 * double. */
static int add_terminals(const stage_tracer *t, int piece, double stroke, int ends, terminal *out, int count) {
  const shim_component *c = &t->pieces.items[piece];
  const double length = c->area * t->scale;
  for (int y = c->y; y < c->y + c->height; y++)
    for (int x = c->x; x < c->x + c->width; x++) {
      if (stage_tracer_piece(t, x, y) != piece || stage_line_ends(&t->line, x, y) != ends) continue;
      terminal end = {.at = {x, y}};
      attach(t, ends ? length : length / 2, ends ? stroke : stroke / 2, &end);
      if (end.shape < 0) continue;
      if (!ends) end.distance *= 2;
      int same = 0;
      while (same < count && out[same].shape != end.shape) same++;
      if (same == TERMINALS_MAX || (same < count && out[same].distance <= end.distance)) continue;
      out[same] = end;
      if (same == count) count++;
    }
  return count;
}

/* ---- connectors ----------------------------------------------------------------------------------------------------- */

/* The way's corners, from one outline to the other: its own first and last points are where the outlines' ink ended. */
static int keep_path(const stage_tracer *t, const terminal *a, const terminal *b, const stage_way *way, double stroke,
                     stage_connector *out) {
  const int status = stage_tracer_corners(t, way, stroke, &out->path, &out->count);
  if (status != SHIM_OK) return status;
  if (out->count < 2) out->count = 2;
  memcpy(out->path, a->nearest, sizeof a->nearest);
  memcpy(out->path + 2 * (out->count - 1), b->nearest, sizeof b->nearest);
  return SHIM_OK;
}

static int connect(const stage_tracer *t, int piece, const terminal *a, const terminal *b, stage_connectors *out) {
  const int part = stage_tracer_part(t, piece);
  const double stroke = t->strokes->widths[part];
  const stage_outline *one = &t->shapes[a->shape]->outline, *two = &t->shapes[b->shape]->outline;
  const double least = fmax(LENGTH_MIN, length_side_min * fmin(shorter_side(one), shorter_side(two)) / t->scale);
  stage_connector c = {.from = a->shape, .to = b->shape};
  stage_way way;
  int status = stage_tracer_walk(t, piece, a->at, b->at, &way);
  if (status == SHIM_OK && way.count >= 2 && (double)way.count >= fmax(least, 2 * stroke)) {
    if (stage_tracer_has_head(t, part, stroke, &way, 0)) c.heads |= STAGE_HEAD_START;
    if (stage_tracer_has_head(t, part, stroke, &way, 1)) c.heads |= STAGE_HEAD_END;
    status = keep_path(t, a, b, &way, stroke, &c);
    if (status == SHIM_OK) status = append(out, &c);
    if (status != SHIM_OK) free(c.path);
  }
  free(way.points);
  return status;
}

/* A head at the start alone: the line leads the other way. */
static void turn_forward(stage_connector *c) {
  if (c->heads != STAGE_HEAD_START) return;
  for (size_t i = 0, j = c->count - 1; i < j; i++, j--)
    for (int axis = 0; axis < 2; axis++) {
      const double swap = c->path[2 * i + (size_t)axis];
      c->path[2 * i + (size_t)axis] = c->path[2 * j + (size_t)axis];
      c->path[2 * j + (size_t)axis] = swap;
    }
  const int from = c->from;
  c->from = c->to;
  c->to = from;
  c->heads = STAGE_HEAD_END;
}

static int connect_piece(const stage_tracer *t, int piece, stage_connectors *out) {
  terminal ends[TERMINALS_MAX];
  const shim_component *c = &t->pieces.items[piece];
  if (c->area < LENGTH_MIN) return SHIM_OK;
  const double stroke = t->strokes->widths[stage_tracer_part(t, piece)] * t->scale;
  int count = add_terminals(t, piece, stroke, 1, ends, 0), status = SHIM_OK;
  if (count == 1 || c->area < CLOSED_LENGTH_MAX) count = add_terminals(t, piece, stroke, 0, ends, count);
  for (int i = 1; status == SHIM_OK && i < count; i++) status = connect(t, piece, &ends[0], &ends[i], out);
  return status;
}

/* ---- levels --------------------------------------------------------------------------------------------------------- */

static double middle_distance(const stage_connector *a, const stage_connector *b) {
  const double *a0 = a->path, *a1 = a->path + 2 * (a->count - 1), *b0 = b->path, *b1 = b->path + 2 * (b->count - 1);
  return hypot((a0[0] + a1[0] - b0[0] - b1[0]) / 2, (a0[1] + a1[1] - b0[1] - b1[1]) / 2);
}

/* Drops what the finer levels, the first `known` of the list, had found already; heads that they missed are added. */
static void merge_levels(stage_connectors *list, size_t known) {
  size_t kept = known;
  for (size_t i = known; i < list->count; i++) {
    stage_connector *c = &list->items[i];
    int is_new = 1;
    for (size_t k = 0; k < known && is_new; k++) {
      stage_connector *old = &list->items[k];
      const int same = c->from == old->from && c->to == old->to, turned = c->from == old->to && c->to == old->from;
      const double length = hypot(c->path[0] - c->path[2 * c->count - 2], c->path[1] - c->path[2 * c->count - 1]);
      if ((!same && !turned) || middle_distance(c, old) > same_middle * length) continue;
      is_new = 0;
      const int heads = same ? c->heads : (c->heads & 1) << 1 | c->heads >> 1;
      old->heads |= heads;
      turn_forward(old);
    }
    if (is_new)
      list->items[kept++] = *c;
    else
      free(c->path);
  }
  list->count = kept;
}

int stage_connectors_find(const stage_tracer *t, stage_connectors *out) {
  const size_t known = out->count;
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && t->shape_count > 1 && i < t->pieces.count; i++)
    status = connect_piece(t, (int)i, out);
  for (size_t i = known; i < out->count; i++) turn_forward(&out->items[i]);
  merge_levels(out, known);
  return status;
}
