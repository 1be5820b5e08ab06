/* Gaps of drawn outlines, drawn shut: from where a stroke ends to the nearest other end, or to the ink that it heads
 * for. How far a stroke may reach depends on the size of what it belongs to: a box of 300 pixels may stay open by 40, a
 * letter by a few. Fails where a shape is left open by more than a sixth of itself. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  PART_SIDE_MIN = 14,  /* smaller parts are dust, or letters' */
  ENDS_MAX = 6000,     /* a page with more is no drawing */
  FAINT_DEPTH_MIN = 5, /* gray levels */
  TRACE_MIN = 5        /* pixels that tell where a stroke heads */
};
static const double reach_share = 0.16;                 /* of the part's longer side */
static const double branch_share = 0.5;                 /* of the way back to where the stroke forks */
static const double faint_reach = 3, faint_share = 0.8; /* where faint ink shows, an end reaches farther */
static const double reach_strokes = 2.5;                /* stroke widths a gap may have at the least */
static const double heading_min = 0.2;                  /* cosine between a stroke's heading and the way over the gap */
static const double facing_min = 0.94,
                    facing_reach = 2;        /* the cosine for ends that face each other, how much farther they reach */
static const double partner_size_min = 0.25; /* of a part's longer side: what is smaller is not what it heads for */
static const double pair_preference =
    1.6; /* an end is preferred to a stroke's side up to this many times the distance */

typedef struct stroke_end {
  int x, y, part;
  double heading[2]; /* unit vector outwards; 0 0 for a stroke too short to have one */
  double reach;
} stroke_end;

typedef struct end_list {
  stroke_end *items;
  size_t count;
} end_list;

/* Walks back along the line from its end; at forks the way that goes straightest from the end is as good as any. */
static void find_heading(const shim_image *line, int steps, stroke_end *end) {
  int x = end->x, y = end->y, from_x = x, from_y = y;
  for (int k = 0; k < steps; k++) {
    int best = -1, best_distance = -1;
    for (int i = 0; i < 8; i++) {
      const int nx = x + stage_around[i][0], ny = y + stage_around[i][1];
      const int distance = (nx - end->x) * (nx - end->x) + (ny - end->y) * (ny - end->y);
      if (!stage_line_at(line, nx, ny) || (nx == from_x && ny == from_y) || distance <= best_distance) continue;
      best = i;
      best_distance = distance;
    }
    const int gone = (x - end->x) * (x - end->x) + (y - end->y) * (y - end->y);
    if (best < 0 || best_distance < gone) break;
    from_x = x, from_y = y;
    x += stage_around[best][0], y += stage_around[best][1];
  }
  const double length = hypot(end->x - x, end->y - y);
  if (length < 2) return;
  end->heading[0] = (end->x - x) / length;
  end->heading[1] = (end->y - y) / length;
}

/* The line's pixels from the end to where it forks or ends, `limit` at the most. */
static int branch_length(const shim_image *line, const stroke_end *end, int limit) {
  int x = end->x, y = end->y, from_x = -1, from_y = -1, length = 0;
  for (; length < limit; length++) {
    int next = -1, ways = 0, before = stage_line_at(line, x + stage_around[7][0], y + stage_around[7][1]);
    for (int i = 0; i < 8; i++) {
      const int nx = x + stage_around[i][0], ny = y + stage_around[i][1], here = stage_line_at(line, nx, ny);
      ways += here && !before;
      before = here;
      /* Of two neighbours beside each other the straight one leads on; what lies next to the place before leads
       * back. */
      if (here && (abs(nx - from_x) > 1 || abs(ny - from_y) > 1 || from_x < 0) && (next < 0 || i % 2 == 0)) next = i;
    }
    if (ways > 2 || next < 0) break;
    from_x = x, from_y = y;
    x += stage_around[next][0], y += stage_around[next][1];
  }
  return length;
}

static double side_of(const stage_strokes *s, int part) {
  const shim_component *c = &s->parts.items[part];
  return c->width > c->height ? c->width : c->height;
}

static int list_ends(const stage_strokes *s, end_list *out) {
  out->items = malloc(ENDS_MAX * sizeof *out->items);
  out->count = 0;
  if (!out->items) return SHIM_ERR_MEMORY;
  for (int y = 1; y < s->line.height - 1; y++)
    for (int x = 1; x < s->line.width - 1; x++) {
      if (!s->line.data[y * s->line.stride + x] || !stage_line_ends(&s->line, x, y)) continue;
      const int part = stage_strokes_part(s, x, y);
      const double side = side_of(s, part);
      if (side < PART_SIDE_MIN || out->count == ENDS_MAX) continue;
      stroke_end *end = &out->items[out->count++];
      *end = (stroke_end){x, y, part, {0, 0}, 0};
      const double branch = branch_share * branch_length(&s->line, end, (int)(reach_share / branch_share * side) + 1);
      end->reach = fmax(fmin(reach_share * side, branch), reach_strokes * s->widths[part]);
      find_heading(&s->line, (int)fmax(TRACE_MIN, 4 * s->widths[part]), end);
    }
  return SHIM_OK;
}

/* Whether the gap shows ink that was too faint for the threshold, as it is beside a darker stroke. */
static int is_faint_ink(const shim_image *depth, double x0, double y0, double x1, double y1) {
  const int steps = (int)hypot(x1 - x0, y1 - y0);
  int dark = 0;
  for (int k = 1; k < steps; k++) {
    const int x = (int)lround(x0 + k * (x1 - x0) / steps), y = (int)lround(y0 + k * (y1 - y0) / steps);
    int deepest = 0;
    for (int i = 0; i < 9; i++) {
      const int px = x + i % 3 - 1, py = y + i / 3 - 1;
      if (px < 0 || py < 0 || px >= depth->width || py >= depth->height) continue;
      const int here = depth->data[py * depth->stride + px];
      deepest = here > deepest ? here : deepest;
    }
    dark += deepest >= FAINT_DEPTH_MIN;
  }
  return dark > faint_share * (steps - 1);
}

/* How far the other end is, or INFINITY where the end does not head for it. Ends that face each other are one
 * stroke. */
static double gap_to(const stage_strokes *s, const stroke_end *end, const stroke_end *other) {
  const double dx = other->x - end->x, dy = other->y - end->y, distance = hypot(dx, dy);
  const double ahead = dx * end->heading[0] + dy * end->heading[1];
  const double towards = -dx * other->heading[0] - dy * other->heading[1];
  const int facing = fmin(ahead, towards) > facing_min * distance;
  if (distance > (facing ? facing_reach : 1) * end->reach) {
    if (distance > faint_reach * end->reach || ahead < heading_min * distance) return INFINITY;
    return is_faint_ink(s->depth, end->x, end->y, other->x, other->y) ? distance : INFINITY;
  }
  if (distance > reach_strokes * s->widths[end->part] && ahead < heading_min * distance) return INFINITY;
  return distance;
}

/* The nearest other end, of the same part or one that is not much smaller. Ends are sorted by y. */
static double nearest_end(const stage_strokes *s, const end_list *ends, size_t index, int to[2]) {
  const stroke_end *end = &ends->items[index];
  double best = INFINITY;
  for (int way = -1; way <= 1; way += 2)
    for (size_t i = index + (size_t)way; i < ends->count; i += (size_t)way) {
      const stroke_end *other = &ends->items[i];
      if (abs(other->y - end->y) > faint_reach * end->reach) break;
      if (side_of(s, other->part) < partner_size_min * side_of(s, end->part)) continue;
      const double distance = gap_to(s, end, other);
      if (distance >= best) continue;
      best = distance;
      to[0] = other->x, to[1] = other->y;
    }
  return best;
}

/* The nearest ink ahead, beyond the stroke's own. */
static double nearest_ink(const stage_strokes *s, const stroke_end *end, int to[2]) {
  static const double turns[][2] = {{1, 0}, {0.94, 0.34}, {0.94, -0.34}, {0.77, 0.64}, {0.77, -0.64}};
  double best = INFINITY;
  if (end->heading[0] == 0 && end->heading[1] == 0) return best;
  for (size_t t = 0; t < sizeof turns / sizeof *turns; t++) {
    const double dx = turns[t][0] * end->heading[0] - turns[t][1] * end->heading[1];
    const double dy = turns[t][1] * end->heading[0] + turns[t][0] * end->heading[1];
    int left = 0;
    for (double d = 1; d < faint_reach * end->reach + s->widths[end->part] && d < best; d++) {
      const int x = (int)(end->x + 0.5 + d * dx), y = (int)(end->y + 0.5 + d * dy);
      if (x < 0 || y < 0 || x >= s->ink->width || y >= s->ink->height) break;
      const int part = stage_strokes_part(s, x, y);
      left |= part < 0;
      if (!left || part < 0) continue;
      if (side_of(s, part) < partner_size_min * side_of(s, end->part)) continue;
      if (d > end->reach + s->widths[end->part] && !is_faint_ink(s->depth, end->x, end->y, x, y)) break;
      best = d;
      to[0] = x, to[1] = y;
    }
  }
  return best;
}

int stage_bridge_gaps(const stage_strokes *strokes, shim_image *closed) {
  end_list ends;
  int status = shim_image_create(closed, strokes->ink->width, strokes->ink->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < closed->height; y++)
    memcpy(closed->data + y * closed->stride, strokes->ink->data + y * strokes->ink->stride, (size_t)closed->width);
  status = list_ends(strokes, &ends);
  for (size_t i = 0; status == SHIM_OK && i < ends.count; i++) {
    const stroke_end *end = &ends.items[i];
    const int width = (int)fmax(2, strokes->widths[end->part] + 0.5);
    int pair[2], ink[2];
    const double pair_gap = nearest_end(strokes, &ends, i, pair), ink_gap = nearest_ink(strokes, end, ink);
    const int *to = pair_gap <= pair_preference * ink_gap ? pair : ink;
    if (isinf(pair_gap) && isinf(ink_gap)) continue;
    status = shim_draw_line(closed, end->x, end->y, to[0], to[1], (shim_colour){255, 255, 255}, width);
  }
  free(ends.items);
  if (status != SHIM_OK) shim_image_free(closed);
  return status;
}
