/* Strokes that stand alone: lines, arrows and crosses that enclose nothing and join no two shapes. A piece of the centre
 * lines that is nearly straight, or has something at one end alone, may be one; what it is, the shapes network says. Ink
 * of its size on the page that is neither shape nor such a stroke makes it writing: a 1, a dash. Fails for curved and
 * broken lines. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MIN = 20, BORDER = 2 };
static const double side_share_min = 0.03;   /* of the picture's longer side */
static const double attached_side_min = 0.4; /* of the shorter side of the shape it starts at */
static const double strokes_min = 6;         /* stroke widths that it is long */
static const double straight_min = 0.88;     /* the chord over the way */
static const double spurs_max = 1.15;        /* of the way's pixels: a head's two strokes, a bar across */
static const double near_widths = 3;         /* stroke widths: nearer to a connector or another stroke it is the same */
static const double lopsided_max = 0.5; /* of the stroke's depth: more between its two sides is an edge of the sheet */
static const double faint_max = 0.45; /* of the typical depth of the page's strokes: a fold, a hair, a shadow's edge */

void stage_loose_free(stage_loose_list *list) {
  for (size_t i = 0; i < list->count; i++) shim_image_free(&list->items[i].mask);
  free(list->items);
  memset(list, 0, sizeof *list);
}

static int append(stage_loose_list *list, const stage_loose *loose) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 16;
    stage_loose *items = capacity > SIZE_MAX / sizeof *items ? NULL : realloc(list->items, capacity * sizeof *items);
    if (!items) return SHIM_ERR_MEMORY;
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = *loose;
  return SHIM_OK;
}

/* ---- one piece ---------------------------------------------------------------------------------------------------- */

/* The piece's two pixels that are farthest from each other, as far as 16 directions show. */
static void find_ends(const stage_tracer *t, int piece, int ends[2][2]) {
  enum { DIRECTIONS = 16 };
  const shim_component *c = &t->pieces.items[piece];
  double low[DIRECTIONS], high[DIRECTIONS], longest = -1;
  int at[DIRECTIONS][2][2] = {0};
  for (int k = 0; k < DIRECTIONS; k++) low[k] = INFINITY, high[k] = -INFINITY;
  for (int y = c->y; y < c->y + c->height; y++)
    for (int x = c->x; x < c->x + c->width; x++) {
      if (stage_tracer_piece(t, x, y) != piece) continue;
      for (int k = 0; k < DIRECTIONS; k++) {
        const double turn = k * 3.14159265358979 / DIRECTIONS, along = x * cos(turn) + y * sin(turn);
        if (along < low[k]) low[k] = along, at[k][0][0] = x, at[k][0][1] = y;
        if (along > high[k]) high[k] = along, at[k][1][0] = x, at[k][1][1] = y;
      }
    }
  for (int k = 0; k < DIRECTIONS; k++) {
    if (high[k] - low[k] <= longest) continue;
    longest = high[k] - low[k];
    memcpy(ends, at[k], sizeof at[k]);
  }
}

/* The ink of the piece's part around it that no shape hides. */
static int cut_mask(const stage_tracer *t, int piece, int part, int margin, stage_loose *out) {
  const shim_component *c = &t->pieces.items[piece];
  const int x0 = c->x > margin ? c->x - margin : 0, y0 = c->y > margin ? c->y - margin : 0;
  const int x1 = c->x + c->width + margin, y1 = c->y + c->height + margin;
  const int width = (x1 < t->line.width ? x1 : t->line.width) - x0;
  const int height = (y1 < t->line.height ? y1 : t->line.height) - y0;
  const int status = shim_image_create(&out->mask, width, height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const int is_own = stage_strokes_part(t->strokes, x0 + x, y0 + y) == part &&
                         !t->hidden.data[(y0 + y) * t->hidden.stride + x0 + x];
      out->mask.data[y * out->mask.stride + x] = is_own ? 255 : 0;
    }
  out->x = x0, out->y = y0;
  return SHIM_OK;
}

/* Mean of the ink's depth along the piece. */
static double depth_of(const stage_tracer *t, int piece) {
  const shim_component *c = &t->pieces.items[piece];
  double sum = 0, count = 0;
  for (int y = c->y; y < c->y + c->height; y++)
    for (int x = c->x; x < c->x + c->width; x++)
      if (stage_tracer_piece(t, x, y) == piece)
        sum += t->strokes->depth->data[y * t->strokes->depth->stride + x], count++;
  return count > 0 ? sum / count : 0;
}

/* Which end, 0 or 1, has more ink. */
static int heavier_end(const stage_loose *loose) {
  static const double end_share = 0.35;
  const double dx = loose->ends[1][0] - loose->ends[0][0], dy = loose->ends[1][1] - loose->ends[0][1];
  double ink[2] = {0, 0};
  for (int y = 0; y < loose->mask.height; y++)
    for (int x = 0; x < loose->mask.width; x++) {
      if (!loose->mask.data[y * loose->mask.stride + x]) continue;
      const double px = (loose->x + x + 0.5) * loose->scale - loose->ends[0][0];
      const double py = (loose->y + y + 0.5) * loose->scale - loose->ends[0][1];
      const double share = (px * dx + py * dy) / (dx * dx + dy * dy);
      ink[0] += share < end_share;
      ink[1] += share > 1 - end_share;
    }
  return ink[1] >= ink[0];
}

/* How long it must be, in page pixels: longer where it starts at a shape, whose corners may be drawn too far. */
static double least_length(const stage_tracer *t, const stage_loose *loose, double side) {
  double least = fmax(LENGTH_MIN, fmax(side_share_min * side, strokes_min * loose->stroke));
  for (size_t i = 0; i < t->shape_count; i++) {
    const stage_outline *o = &t->shapes[i]->outline;
    const double reach = near_widths * fmax(o->stroke, loose->stroke);
    const double shorter = fmin(o->box[2] - o->box[0], o->box[3] - o->box[1]);
    for (int end = 0; end < 2; end++)
      if (stage_outline_distance(o, loose->ends[end][0], loose->ends[end][1], NULL) < reach)
        least = fmax(least, attached_side_min * shorter);
  }
  return least;
}

static int is_straight(const stage_way *way, double area) {
  const float *a = way->points, *b = way->points + 2 * (way->count - 1);
  double length = 0;
  for (size_t i = 1; i < way->count; i++)
    length += hypot(way->points[2 * i] - way->points[2 * i - 2], way->points[2 * i + 1] - way->points[2 * i - 1]);
  /* Steps along a line of pixels are longer than the line is, by up to 8 %. */
  return hypot(b[0] - a[0], b[1] - a[1]) > straight_min * length && area < (1 + spurs_max) * (double)way->count;
}

static double gray_at(const stage_tracer *t, double x, double y) {
  const shim_image *gray = t->strokes->gray;
  const int px = (int)fmin(gray->width - 1, fmax(0, x)), py = (int)fmin(gray->height - 1, fmax(0, y));
  return gray->data[py * gray->stride + px];
}

/* Whether the paper is as light on one side as on the other. */
static int is_on_paper(const stage_tracer *t, const stage_way *way, double stroke, double depth) {
  enum { PROBES = 40 };
  const float *a = way->points, *b = way->points + 2 * (way->count - 1);
  const double length = hypot(b[0] - a[0], b[1] - a[1]), off = (1.5 * stroke + 2) / fmax(1, length);
  double difference = 0;
  for (int i = 0; i < PROBES; i++) {
    const float *p = way->points + 2 * (way->count * (size_t)i / PROBES);
    const double nx = -off * (b[1] - a[1]), ny = off * (b[0] - a[0]);
    difference += (gray_at(t, p[0] + nx, p[1] + ny) - gray_at(t, p[0] - nx, p[1] - ny)) / PROBES;
  }
  return fabs(difference) <= lopsided_max * depth;
}

static int touches_border(const stage_tracer *t, const shim_component *c) {
  return c->x < BORDER || c->y < BORDER || c->x + c->width > t->line.width - BORDER ||
         c->y + c->height > t->line.height - BORDER;
}

/* Turns the ends so that a head is at the last. Where none is told, the end with more ink is likelier to have one. */
static void turn_forward(const stage_tracer *t, int part, double stroke, const stage_way *way, stage_loose *loose) {
  const int first = stage_tracer_has_head(t, part, stroke, way, 0),
            last = stage_tracer_has_head(t, part, stroke, way, 1);
  loose->has_head = first || last;
  if (first == last ? heavier_end(loose) : last) return;
  for (int axis = 0; axis < 2; axis++) {
    const double swap = loose->ends[0][axis];
    loose->ends[0][axis] = loose->ends[1][axis];
    loose->ends[1][axis] = swap;
  }
}

static int look_at(const stage_tracer *t, int piece, double side, stage_loose_list *out) {
  const shim_component *c = &t->pieces.items[piece];
  stage_way way;
  int ends[2][2];
  if (c->area * t->scale < LENGTH_MIN || touches_border(t, c)) return SHIM_OK;
  const int part = stage_tracer_part(t, piece);
  const double stroke = t->strokes->widths[part];
  stage_loose loose = {.stroke = stroke * t->scale, .depth = depth_of(t, piece), .scale = t->scale};
  find_ends(t, piece, ends);
  int status = stage_tracer_walk(t, piece, ends[0], ends[1], &way);
  if (status == SHIM_OK && way.count > 1 && is_straight(&way, c->area) && is_on_paper(t, &way, stroke, loose.depth)) {
    for (int i = 0; i < 2; i++)
      for (int axis = 0; axis < 2; axis++) loose.ends[i][axis] = (ends[i][axis] + 0.5) * t->scale;
    loose.length = hypot(loose.ends[1][0] - loose.ends[0][0], loose.ends[1][1] - loose.ends[0][1]);
    if (loose.length >= least_length(t, &loose, side)) {
      status = cut_mask(t, piece, part, (int)ceil(stroke) + 1, &loose);
      if (status == SHIM_OK) turn_forward(t, part, stroke, &way, &loose);
      if (status == SHIM_OK) status = append(out, &loose);
      if (status != SHIM_OK) shim_image_free(&loose.mask);
    }
  }
  free(way.points);
  return status;
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static double distance_to_span(const double p[2], const double *a, const double *b) {
  const double dx = b[0] - a[0], dy = b[1] - a[1], squared = dx * dx + dy * dy;
  double t = squared > 0 ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared : 0;
  t = fmin(1, fmax(0, t));
  return hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

/* Whether a connector, or a stroke of the first `known`, runs where its middle is. */
static int is_known(const stage_loose *loose, const stage_connectors *connectors, const stage_loose_list *list,
                    size_t known) {
  const double middle[2] = {(loose->ends[0][0] + loose->ends[1][0]) / 2, (loose->ends[0][1] + loose->ends[1][1]) / 2};
  const double reach = near_widths * loose->stroke + 0.06 * loose->length;
  for (size_t i = 0; i < connectors->count; i++)
    for (size_t k = 1; k < connectors->items[i].count; k++)
      if (distance_to_span(middle, connectors->items[i].path + 2 * k - 2, connectors->items[i].path + 2 * k) < reach)
        return 1;
  for (size_t i = 0; i < known; i++)
    if (distance_to_span(middle, list->items[i].ends[0], list->items[i].ends[1]) < reach) return 1;
  return 0;
}

static int holds_middle(const stage_loose *loose, const double box[4]) {
  const double x = (loose->ends[0][0] + loose->ends[1][0]) / 2, y = (loose->ends[0][1] + loose->ends[1][1]) / 2;
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
}

static int is_of_drawing(const stage_loose_list *list, const stage_shape *shapes, size_t count, const double box[4]) {
  const double x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2;
  for (size_t i = 0; i < count; i++)
    if (shapes[i].chosen &&
        (stage_outline_holds(&shapes[i].outline, x, y) || stage_box_overlap(shapes[i].part_box, box) > 0.8))
      return 1;
  for (size_t i = 0; i < list->count; i++)
    if (holds_middle(&list->items[i], box)) return 1;
  return 0;
}

/* Ink of its length stands on the page, more than once. */
int stage_loose_is_writing(const stage_loose_list *list, size_t index, const stage_page_parts *parts,
                           const stage_shape *shapes, size_t count, double ratio) {
  const stage_loose *loose = &list->items[index];
  int similar = 0;
  for (size_t i = 0; i < parts->count; i++) {
    const double *box = parts->boxes[i], size = fmax(box[2] - box[0], box[3] - box[1]);
    if (parts->levels[i] || size * ratio < loose->length || loose->length * ratio < size) continue;
    similar += !is_of_drawing(list, shapes, count, box);
  }
  return similar > 1;
}

static int compare_depth(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Drops what is far fainter than half of the level's larger strokes are. */
static int drop_faint(const stage_tracer *t, stage_loose_list *list, size_t known) {
  double *depths = malloc((t->pieces.count + 1) * sizeof *depths);
  size_t count = 0, kept = known;
  if (!depths) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < t->pieces.count; i++)
    if (t->pieces.items[i].area * t->scale >= LENGTH_MIN) depths[count++] = depth_of(t, (int)i);
  if (count) qsort(depths, count, sizeof *depths, compare_depth);
  for (size_t i = known; i < list->count; i++)
    if (list->items[i].depth < faint_max * depths[count / 2])
      shim_image_free(&list->items[i].mask);
    else
      list->items[kept++] = list->items[i];
  list->count = kept;
  free(depths);
  return SHIM_OK;
}

int stage_loose_find(const stage_tracer *t, const stage_connectors *connectors, stage_loose_list *out) {
  const size_t known = out->count;
  const double side = t->scale * (t->line.width > t->line.height ? t->line.width : t->line.height);
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < t->pieces.count; i++) status = look_at(t, (int)i, side, out);
  if (status == SHIM_OK) status = drop_faint(t, out, known);
  size_t kept = known;
  for (size_t i = known; i < out->count; i++)
    if (is_known(&out->items[i], connectors, out, known))
      shim_image_free(&out->items[i].mask);
    else
      out->items[kept++] = out->items[i];
  out->count = kept;
  return status;
}
