/* Lines and arrows between shapes: what is left of the strokes' centre lines when the shapes are taken away, and ends
 * near two of them. Its path is the shortest way along the line from one to the other, so that spurs do no harm. An
 * arrow head is told by its ink: near the end, it spreads to both sides of the path as the middle of the path does not,
 * be it filled, open or a small triangle. Fails for lines in pieces, and where a line runs along a shape's side. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  TERMINALS_MAX = 24,
  LENGTH_MIN = 8,
  CLOSED_LENGTH_MAX = 400 /* pixels of a piece whose every place may touch */
};
static const double hidden_widths = 1.2;                    /* stroke widths beside an outline that belong to it */
static const double reach_widths = 3;                       /* stroke widths, */
static const double reach_side = 0.12, reach_length = 0.35; /* and shares of the shape's side and the line's length */
static const double length_side_min = 0.06;                 /* of the smaller shape's shorter side */
static const double head_spread = 1.3;                      /* stroke widths to either side of the path */
static const double head_over_middle = 1.6;
static const double same_middle = 0.25; /* of the length: nearer, two connectors of the same shapes are one */

typedef struct terminal {
  int x, y;
  int shape; /* the nearest chosen one; -1: none within reach */
  double distance, nearest[2];
} terminal;

typedef struct tracer {
  const stage_strokes *strokes;
  const stage_shape **shapes; /* the chosen ones */
  size_t shape_count;
  double scale;            /* page pixels a pixel of the level */
  shim_image line, hidden; /* what is left of the centre lines; 255 where shapes are */
  shim_components pieces;
  stage_connectors *out;
} tracer;

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

/* ---- the shapes taken away ---------------------------------------------------------------------------------------- */

static int hide_shape(tracer *t, const stage_outline *o) {
  enum { STEP = 2 };
  static const shim_colour white = {255, 255, 255};
  float points[2 * STAGE_OUTLINE_POINTS];
  const int width = 2 * (int)ceil(hidden_widths * o->stroke / t->scale) + 1;
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) points[i] = (float)(o->points[i] / t->scale - 0.5);
  int status = shim_fill_polygon(&t->hidden, points, STAGE_OUTLINE_POINTS, 255);
  for (int i = 0; status == SHIM_OK && i < STAGE_OUTLINE_POINTS; i += STEP) {
    const float *p = points + 2 * i, *q = points + 2 * ((i + STEP) % STAGE_OUTLINE_POINTS);
    status = shim_draw_line(&t->hidden, (int)lround(p[0]), (int)lround(p[1]), (int)lround(q[0]), (int)lround(q[1]),
                            white, width);
  }
  return status;
}

static int take_shapes_away(tracer *t) {
  const shim_image *line = &t->strokes->line;
  int status = shim_image_create(&t->hidden, line->width, line->height, 1);
  if (status == SHIM_OK) status = shim_image_create(&t->line, line->width, line->height, 1);
  if (status != SHIM_OK) return status;
  memset(t->hidden.data, 0, (size_t)t->hidden.stride * (size_t)t->hidden.height);
  for (size_t i = 0; status == SHIM_OK && i < t->shape_count; i++) status = hide_shape(t, &t->shapes[i]->outline);
  for (int y = 0; y < line->height; y++)
    for (int x = 0; x < line->width; x++)
      t->line.data[y * t->line.stride + x] =
          t->hidden.data[y * t->hidden.stride + x] ? 0 : line->data[y * line->stride + x];
  return status == SHIM_OK ? shim_components_find(&t->line, &t->pieces) : status;
}

/* ---- ends ---------------------------------------------------------------------------------------------------------- */

static int piece_at(const tracer *t, int x, int y) {
  return t->pieces.labels[(size_t)y * (size_t)t->line.width + (size_t)x] - 1;
}

static void attach(const tracer *t, double length, double stroke, terminal *end) {
  const double x = (end->x + 0.5) * t->scale, y = (end->y + 0.5) * t->scale;
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
static int add_terminals(const tracer *t, int piece, double stroke, int ends, terminal *out, int count) {
  const shim_component *c = &t->pieces.items[piece];
  const double length = c->area * t->scale;
  for (int y = c->y; y < c->y + c->height; y++)
    for (int x = c->x; x < c->x + c->width; x++) {
      if (piece_at(t, x, y) != piece || stage_line_ends(&t->line, x, y) != ends) continue;
      terminal end = {.x = x, .y = y};
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

/* ---- paths ---------------------------------------------------------------------------------------------------------- */

/* The shortest way along the piece between two of its pixels: *path (malloc'd) gets level pixels' middles from a to
 * b. */
static int walk(const tracer *t, int piece, const terminal *a, const terminal *b, float **path, size_t *count) {
  const shim_component *c = &t->pieces.items[piece];
  const size_t cells = (size_t)c->width * (size_t)c->height;
  int *from = malloc(cells * sizeof *from), *queue = malloc(cells * sizeof *queue);
  size_t head = 0, tail = 0;
  *path = NULL;
  *count = 0;
  if (!from || !queue) {
    free(from), free(queue);
    return SHIM_ERR_MEMORY;
  }
  for (size_t i = 0; i < cells; i++) from[i] = -1;
  const int start = (b->y - c->y) * c->width + b->x - c->x, goal = (a->y - c->y) * c->width + a->x - c->x;
  from[start] = start;
  queue[tail++] = start;
  while (head < tail && from[goal] < 0) {
    const int at = queue[head++], x = at % c->width, y = at / c->width;
    for (int k = 0; k < 8; k++) {
      const int step = k < 4 ? 2 * k : 2 * k - 7; /* straight steps first */
      const int nx = x + stage_around[step][0], ny = y + stage_around[step][1], next = ny * c->width + nx;
      if (nx < 0 || ny < 0 || nx >= c->width || ny >= c->height || from[next] >= 0) continue;
      if (piece_at(t, c->x + nx, c->y + ny) != piece) continue;
      from[next] = at;
      queue[tail++] = next;
    }
  }
  if (from[goal] >= 0) *path = malloc((tail + 1) * 2 * sizeof **path);
  for (int at = goal; *path; at = from[at]) {
    (*path)[2 * *count] = (float)(c->x + at % c->width + 0.5);
    (*path)[2 * *count + 1] = (float)(c->y + at / c->width + 0.5);
    (*count)++;
    if (at == start) break;
  }
  const int failed = from[goal] >= 0 && !*path;
  free(from), free(queue);
  return failed ? SHIM_ERR_MEMORY : SHIM_OK;
}

/* ---- heads ---------------------------------------------------------------------------------------------------------- */

/* How far the ink of the part reaches to one side of a point. */
static double spread(const tracer *t, int part, double x, double y, double dx, double dy, double farthest) {
  double reached = 0;
  for (double d = 0; d <= farthest; d += 0.5) {
    const int px = (int)floor(x + d * dx), py = (int)floor(y + d * dy);
    if (px < 0 || py < 0 || px >= t->line.width || py >= t->line.height) break;
    if (t->hidden.data[py * t->hidden.stride + px]) break;
    if (stage_strokes_part(t->strokes, px, py) == part) reached = d;
  }
  return reached;
}

/* How far the part's ink reaches to both sides of a point of the path. */
static double both_sides(const tracer *t, int part, const double p[2], const double normal[2], double farthest) {
  return fmin(spread(t, part, p[0], p[1], normal[0], normal[1], farthest),
              spread(t, part, p[0], p[1], -normal[0], -normal[1], farthest));
}

/* Whether the path ends in a head; with `back`, at its last point. The head's axis is where the shaft points to: the
 * path itself may end in a corner of the head. All in level pixels. */
static int has_head(const tracer *t, int part, double stroke, const float *path, size_t count, int back) {
  const double limit = 6 * stroke + 8;
  const size_t zone = (size_t)fmin(2 * limit, (double)count / 2);
  const size_t near_end = zone < count ? zone : count - 1, far_end = 2 * zone < count ? 2 * zone : count - 1;
  const float *end = path + 2 * (back ? count - 1 : 0), *middle = path + 2 * (count / 2);
  const float *shaft = path + 2 * (back ? count - 1 - near_end : near_end);
  const float *tail = path + 2 * (back ? count - 1 - far_end : far_end);
  double most = 0;
  for (int way = 0; way < 2; way++) { /* the chord from the end to the shaft, then the shaft's own direction */
    const float *from = way ? tail : shaft, *to = way ? shaft : end;
    const double dx = to[0] - from[0], dy = to[1] - from[1], length = hypot(dx, dy);
    if (length < 2) continue;
    const double step[2] = {dx / length, dy / length}, normal[2] = {-step[1], step[0]};
    for (double k = 0; k <= zone; k++) {
      const double p[2] = {shaft[0] + k * step[0], shaft[1] + k * step[1]};
      most = fmax(most, both_sides(t, part, p, normal, limit));
    }
    if (way) continue;
    const double m[2] = {middle[0], middle[1]};
    if (most < head_over_middle * both_sides(t, part, m, normal, limit)) most = 0;
  }
  return most >= head_spread * stroke;
}

/* ---- connectors ----------------------------------------------------------------------------------------------------- */

/* Takes the way's corners, in page pixels, from one outline to the other. */
static int keep_path(const tracer *t, const terminal *a, const terminal *b, float *way, size_t count, double stroke,
                     stage_connector *out) {
  size_t *kept = malloc((count + 1) * sizeof *kept), kept_count = 0;
  if (!kept) return SHIM_ERR_MEMORY;
  int status = shim_simplify(way, count, fmax(1.2, stroke), kept, &kept_count);
  if (status == SHIM_OK && !(out->path = malloc((kept_count + 2) * 2 * sizeof *out->path))) status = SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    memcpy(out->path, a->nearest, sizeof a->nearest);
    /* Its own first and last points are where the outline's ink ended. */
    for (size_t i = 1; i + 1 < kept_count; i++)
      for (int axis = 0; axis < 2; axis++) out->path[2 * i + (size_t)axis] = way[2 * kept[i] + (size_t)axis] * t->scale;
    out->count = kept_count > 2 ? kept_count : 2;
    memcpy(out->path + 2 * (out->count - 1), b->nearest, sizeof b->nearest);
  }
  free(kept);
  return status;
}

static int connect(tracer *t, int piece, const terminal *a, const terminal *b, int part, double stroke) {
  float *way;
  size_t count;
  int status = walk(t, piece, a, b, &way, &count);
  if (status != SHIM_OK || count < 2) {
    free(way);
    return status;
  }
  stage_connector c = {.from = a->shape, .to = b->shape};
  if (has_head(t, part, stroke, way, count, 0)) c.heads |= STAGE_HEAD_START;
  if (has_head(t, part, stroke, way, count, 1)) c.heads |= STAGE_HEAD_END;
  const stage_outline *one = &t->shapes[a->shape]->outline, *two = &t->shapes[b->shape]->outline;
  const double least = fmax(LENGTH_MIN, length_side_min * fmin(shorter_side(one), shorter_side(two)) / t->scale);
  if ((double)count >= fmax(least, 2 * stroke)) {
    status = keep_path(t, a, b, way, count, stroke, &c);
    if (status == SHIM_OK) status = append(t->out, &c);
    if (status != SHIM_OK) free(c.path);
  }
  free(way);
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

static int connect_piece(tracer *t, int piece) {
  terminal ends[TERMINALS_MAX];
  const shim_component *c = &t->pieces.items[piece];
  if (c->area < LENGTH_MIN) return SHIM_OK;
  int part = -1;
  for (int x = c->x; part < 0 && x < c->x + c->width; x++)
    if (piece_at(t, x, c->y) == piece) part = stage_strokes_part(t->strokes, x, c->y);
  const double stroke = t->strokes->widths[part];
  int count = add_terminals(t, piece, stroke * t->scale, 1, ends, 0), status = SHIM_OK;
  if (count == 1 || c->area < CLOSED_LENGTH_MAX) count = add_terminals(t, piece, stroke * t->scale, 0, ends, count);
  for (int i = 1; status == SHIM_OK && i < count; i++) status = connect(t, piece, &ends[0], &ends[i], part, stroke);
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

int stage_connectors_find(const stage_strokes *strokes, int shift, const stage_shape *shapes, size_t count,
                          stage_connectors *out) {
  const size_t known = out->count;
  tracer t = {.strokes = strokes, .scale = 1 << shift, .out = out};
  t.shapes = malloc((count + 1) * sizeof *t.shapes);
  if (!t.shapes) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    if (shapes[i].chosen) t.shapes[t.shape_count++] = &shapes[i];
  int status = t.shape_count > 1 ? take_shapes_away(&t) : SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < t.pieces.count; i++) status = connect_piece(&t, (int)i);
  for (size_t i = known; i < out->count; i++) turn_forward(&out->items[i]);
  merge_levels(out, known);
  shim_components_free(&t.pieces);
  shim_image_free(&t.line), shim_image_free(&t.hidden);
  free(t.shapes);
  return status;
}
