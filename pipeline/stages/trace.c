/* Strokes outside of shapes, along their centre lines. An arrow head is told by its ink: near the way's end it spreads to
 * both sides as the middle of the way does not, be it filled, open or a small triangle, before a shape's outline or drawn
 * into the shape. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double hidden_widths = 1.2; /* stroke widths beside an outline that belong to it */
static const double head_spread = 1.3;   /* stroke widths to either side of the way */
static const double head_over_middle = 1.6;

/* ---- the shapes taken away ---------------------------------------------------------------------------------------- */

/* Whether another shape lies in it. */
static int is_frame(const stage_tracer *t, size_t index) {
  const stage_outline *o = &t->shapes[index]->outline;
  for (size_t i = 0; i < t->shape_count; i++) {
    const stage_outline *other = &t->shapes[i]->outline;
    const double x = (other->box[0] + other->box[2]) / 2, y = (other->box[1] + other->box[3]) / 2;
    if (i != index && other->area < o->area && stage_outline_holds(o, x, y)) return 1;
  }
  return 0;
}

static void level_points(const stage_tracer *t, const stage_outline *o, float points[2 * STAGE_OUTLINE_POINTS]) {
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) points[i] = (float)(o->points[i] / t->scale - 0.5);
}

static int hide_inside(stage_tracer *t, size_t index) {
  float points[2 * STAGE_OUTLINE_POINTS];
  if (is_frame(t, index)) return SHIM_OK;
  level_points(t, &t->shapes[index]->outline, points);
  return shim_fill_polygon(&t->hidden, points, STAGE_OUTLINE_POINTS, STAGE_HIDDEN_INSIDE);
}

static int hide_stroke(stage_tracer *t, const stage_outline *o) {
  enum { STEP = 2 };
  static const shim_colour colour = {STAGE_HIDDEN_STROKE, STAGE_HIDDEN_STROKE, STAGE_HIDDEN_STROKE};
  float points[2 * STAGE_OUTLINE_POINTS];
  const int width = 2 * (int)ceil(hidden_widths * o->stroke / t->scale) + 1;
  int status = SHIM_OK;
  level_points(t, o, points);
  for (int i = 0; status == SHIM_OK && i < STAGE_OUTLINE_POINTS; i += STEP) {
    const float *p = points + 2 * i, *q = points + 2 * ((i + STEP) % STAGE_OUTLINE_POINTS);
    status = shim_draw_line(&t->hidden, (int)lround(p[0]), (int)lround(p[1]), (int)lround(q[0]), (int)lround(q[1]),
                            colour, width);
  }
  return status;
}

static int take_shapes_away(stage_tracer *t) {
  const shim_image *line = &t->strokes->line;
  int status = shim_image_create(&t->hidden, line->width, line->height, 1);
  if (status == SHIM_OK) status = shim_image_create(&t->line, line->width, line->height, 1);
  if (status != SHIM_OK) return status;
  memset(t->hidden.data, 0, (size_t)t->hidden.stride * (size_t)t->hidden.height);
  for (size_t i = 0; status == SHIM_OK && i < t->shape_count; i++) status = hide_inside(t, i);
  for (size_t i = 0; status == SHIM_OK && i < t->shape_count; i++) status = hide_stroke(t, &t->shapes[i]->outline);
  for (int y = 0; y < line->height; y++)
    for (int x = 0; x < line->width; x++)
      t->line.data[y * t->line.stride + x] =
          t->hidden.data[y * t->hidden.stride + x] ? 0 : line->data[y * line->stride + x];
  return status == SHIM_OK ? shim_components_find(&t->line, &t->pieces) : status;
}

int stage_tracer_open(const stage_strokes *strokes, int shift, const stage_shape *shapes, size_t count,
                      stage_tracer *out) {
  *out = (stage_tracer){.strokes = strokes, .scale = 1 << shift};
  out->shapes = malloc((count + 1) * sizeof *out->shapes);
  if (!out->shapes) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    if (shapes[i].chosen) out->shapes[out->shape_count++] = &shapes[i];
  return take_shapes_away(out);
}

void stage_tracer_close(stage_tracer *t) {
  shim_components_free(&t->pieces);
  shim_image_free(&t->line);
  shim_image_free(&t->hidden);
  free(t->shapes);
  memset(t, 0, sizeof *t);
}

int stage_tracer_piece(const stage_tracer *t, int x, int y) {
  return t->pieces.labels[(size_t)y * (size_t)t->line.width + (size_t)x] - 1;
}

int stage_tracer_part(const stage_tracer *t, int piece) {
  const shim_component *c = &t->pieces.items[piece];
  int x = c->x;
  while (stage_tracer_piece(t, x, c->y) != piece) x++;
  return stage_strokes_part(t->strokes, x, c->y);
}

/* ---- ways --------------------------------------------------------------------------------------------------------- */

/* Breadth first from `start` until `goal` is met: from[] gets where each cell of the piece's box was come from. */
static size_t flood(const stage_tracer *t, int piece, int start, int goal, int *from, int *queue) {
  const shim_component *c = &t->pieces.items[piece];
  size_t head = 0, tail = 0;
  from[start] = start;
  queue[tail++] = start;
  while (head < tail && from[goal] < 0) {
    const int at = queue[head++], x = at % c->width, y = at / c->width;
    for (int k = 0; k < 8; k++) {
      const int step = k < 4 ? 2 * k : 2 * k - 7; /* straight steps first */
      const int nx = x + stage_around[step][0], ny = y + stage_around[step][1], next = ny * c->width + nx;
      if (nx < 0 || ny < 0 || nx >= c->width || ny >= c->height || from[next] >= 0) continue;
      if (stage_tracer_piece(t, c->x + nx, c->y + ny) != piece) continue;
      from[next] = at;
      queue[tail++] = next;
    }
  }
  return tail;
}

int stage_tracer_walk(const stage_tracer *t, int piece, const int a[2], const int b[2], stage_way *out) {
  const shim_component *c = &t->pieces.items[piece];
  const size_t cells = (size_t)c->width * (size_t)c->height;
  int *from = malloc(cells * sizeof *from), *queue = malloc(cells * sizeof *queue), status = SHIM_OK;
  *out = (stage_way){0};
  if (!from || !queue) {
    free(from), free(queue);
    return SHIM_ERR_MEMORY;
  }
  for (size_t i = 0; i < cells; i++) from[i] = -1;
  const int start = (b[1] - c->y) * c->width + b[0] - c->x, goal = (a[1] - c->y) * c->width + a[0] - c->x;
  const size_t seen = flood(t, piece, start, goal, from, queue);
  if (from[goal] >= 0 && !(out->points = malloc((seen + 1) * 2 * sizeof *out->points))) status = SHIM_ERR_MEMORY;
  for (int at = goal; out->points; at = from[at]) {
    out->points[2 * out->count] = (float)(c->x + at % c->width + 0.5);
    out->points[2 * out->count + 1] = (float)(c->y + at / c->width + 0.5);
    out->count++;
    if (at == start) break;
  }
  free(from), free(queue);
  return status;
}

int stage_tracer_corners(const stage_tracer *t, const stage_way *way, double stroke, double **path, size_t *count) {
  size_t *kept = malloc((way->count + 1) * sizeof *kept);
  *path = NULL;
  *count = 0;
  int status = kept ? shim_simplify(way->points, way->count, fmax(1.2, stroke), kept, count) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK && !(*path = malloc((*count + 2) * 2 * sizeof **path))) status = SHIM_ERR_MEMORY;
  for (size_t i = 0; status == SHIM_OK && i < *count; i++)
    for (size_t axis = 0; axis < 2; axis++) (*path)[2 * i + axis] = way->points[2 * kept[i] + axis] * t->scale;
  free(kept);
  return status;
}

/* ---- heads -------------------------------------------------------------------------------------------------------- */

static int hidden_at(const stage_tracer *t, int x, int y) {
  return t->hidden.data[y * t->hidden.stride + x];
}

static int is_outside(const stage_tracer *t, int x, int y) {
  return x < 0 || y < 0 || x >= t->line.width || y >= t->line.height;
}

/* How far the ink of the part reaches to one side of a point. */
static double spread(const stage_tracer *t, int part, const double p[2], double dx, double dy, double farthest) {
  double reached = 0;
  for (double d = 0; d <= farthest; d += 0.5) {
    const int x = (int)floor(p[0] + d * dx), y = (int)floor(p[1] + d * dy);
    if (is_outside(t, x, y) || hidden_at(t, x, y) == STAGE_HIDDEN_STROKE) break;
    if (stage_strokes_part(t->strokes, x, y) == part) reached = d;
  }
  return reached;
}

/* How far the part's ink reaches to both sides of a point of the way. */
static double both_sides(const stage_tracer *t, int part, const double p[2], const double normal[2], double farthest) {
  return fmin(spread(t, part, p, normal[0], normal[1], farthest), spread(t, part, p, -normal[0], -normal[1], farthest));
}

/* Whether the head's axis still runs in ink there, or through the outline that it ends at. */
static int leads_on(const stage_tracer *t, int part, const double p[2]) {
  const int x = (int)floor(p[0]), y = (int)floor(p[1]);
  return !is_outside(t, x, y) &&
         (stage_strokes_part(t->strokes, x, y) == part || hidden_at(t, x, y) == STAGE_HIDDEN_STROKE);
}

/* The largest spread along the axis from `shaft` on, over `zone` pixels and as far beyond as the ink leads. */
static double widest(const stage_tracer *t, int part, const float shaft[2], const double step[2], double zone,
                     double limit) {
  const double normal[2] = {-step[1], step[0]};
  double most = 0;
  for (double k = 0; k <= 2 * zone; k++) {
    const double p[2] = {shaft[0] + k * step[0], shaft[1] + k * step[1]};
    if (k > zone && !leads_on(t, part, p)) break;
    most = fmax(most, both_sides(t, part, p, normal, limit));
  }
  return most;
}

int stage_tracer_has_head(const stage_tracer *t, int part, double stroke, const stage_way *way, int back) {
  const double limit = 6 * stroke + 8;
  const size_t count = way->count, zone = (size_t)fmin(2 * limit, (double)count / 2);
  const size_t near_end = zone < count ? zone : count - 1, far_end = 2 * zone < count ? 2 * zone : count - 1;
  const float *end = way->points + 2 * (back ? count - 1 : 0), *middle = way->points + 2 * (count / 2);
  const float *shaft = way->points + 2 * (back ? count - 1 - near_end : near_end);
  const float *tail = way->points + 2 * (back ? count - 1 - far_end : far_end);
  double most = 0;
  /* The head's axis is where the shaft points to: the way itself may end in a corner of the head. So the chord from the
   * shaft to the end is tried first, then the shaft's own direction. */
  for (int own = 0; own < 2; own++) {
    const float *from = own ? tail : shaft, *to = own ? shaft : end;
    const double dx = to[0] - from[0], dy = to[1] - from[1], length = hypot(dx, dy);
    if (length < 2) continue;
    const double step[2] = {dx / length, dy / length}, normal[2] = {-step[1], step[0]};
    most = fmax(most, widest(t, part, shaft, step, (double)zone, limit));
    const double m[2] = {middle[0], middle[1]};
    if (!own && most < head_over_middle * both_sides(t, part, m, normal, limit)) most = 0;
  }
  return most >= head_spread * stroke;
}
