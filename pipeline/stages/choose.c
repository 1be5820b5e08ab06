/* Which of the outlines found are the page's shapes. The same shape shows on several levels, a divided one in parts and
 * as a whole, and a loop of connectors encloses paper as well as a box does. The likeliest outline is taken first;
 * others are left out where it already explains them. Loops of letters and digits go by their company: ink of their
 * size beside them that encloses nothing is text. Fails for a 0 that stands alone: it is a circle. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>

enum { PROBES = 64, SIDE_MIN = 14 /* page pixels */ };
static const double overlap_same = 0.6;  /* intersection over union of the boxes of one shape seen twice */
static const double overlap_whole = 0.7; /* of an outline's box and that of all its ink, where there is no more to it */
static const double explained_max = 0.6; /* of an outline, by those that were chosen before it */
static const double explained_by_one = 0.3;   /* of an outline, by another one that it lies beside */
static const double explained_by_each = 0.06; /* of a loop between shapes, by two of them */
static const double scrap_area = 0.08;        /* of the largest shape of the same ink: arrow heads, cut off corners */
static const double other_merit = 0.42;
static const double drawn_min = 0.72;
static const double union_merit = 0.06, finer_merit = 0.03, filled_merit = 0.1;
static const double side_share_min = 0.012; /* of the picture's longer side */
static const double strokes_min = 3.5;      /* stroke widths that the longer side has */
static const double nested_side_min = 0.4, nested_loop_min = 0.6,
                    whole_drawn = 0.93; /* of the shorter side of what it lies in: smaller is writing */
static const double filled_named_min = 0.5;
static const double text_merit = 0.36; /* an outline of no known kind, all of it drawn, is more */
static const double large_share = 0.3, large_part_share = 0.15; /* of the picture's longer side: no writing */
static const double compact_aspect = 6;
static const double written_share = 0.07; /* larger ink is writing only with ink beside it */
static const double framed_height = 0.15,
                    framed_share = 0.7;                   /* of a frame's sides: writing in it, at the least and most */
static const double plain_named = 0.8;                    /* no hand makes a letter so like a shape that has corners */
static const double zero_height = 1.3, loop_height = 2.2; /* of a digit, over others; of a digit, over a loop of it */
static const double upright_aspect = 0.95;
static const double plain_round_aspect = 1.3; /* no 0 or O is that wide */

typedef struct chooser {
  const stage_page_parts *parts;
  stage_shape *shapes;
  size_t count;
  double side;               /* of the picture, the longer one */
  unsigned char *part_asked; /* of each part, what is_outline told; 0: not yet asked */
} chooser;

static double width_of(const stage_outline *o) {
  return o->box[2] - o->box[0];
}

static double height_of(const stage_outline *o) {
  return o->box[3] - o->box[1];
}

static double longer(const stage_outline *o) {
  return fmax(width_of(o), height_of(o));
}

double stage_box_overlap(const double a[4], const double b[4]) {
  const double w = fmin(a[2], b[2]) - fmax(a[0], b[0]), h = fmin(a[3], b[3]) - fmax(a[1], b[1]);
  if (w <= 0 || h <= 0) return 0;
  return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h);
}

int stage_outline_holds(const stage_outline *o, double x, double y) {
  int inside = 0;
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; i < STAGE_OUTLINE_POINTS; j = i++) {
    const float *p = o->points + 2 * i, *q = o->points + 2 * j;
    if ((p[1] > y) != (q[1] > y) && x < (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]) + p[0]) inside = !inside;
  }
  return inside;
}

double stage_outline_distance(const stage_outline *o, double x, double y, double nearest[2]) {
  double least = INFINITY;
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; i < STAGE_OUTLINE_POINTS; j = i++) {
    const float *p = o->points + 2 * j, *q = o->points + 2 * i;
    const double dx = q[0] - p[0], dy = q[1] - p[1], squared = dx * dx + dy * dy;
    double t = squared > 0 ? ((x - p[0]) * dx + (y - p[1]) * dy) / squared : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const double d = (x - p[0] - t * dx) * (x - p[0] - t * dx) + (y - p[1] - t * dy) * (y - p[1] - t * dy);
    if (d >= least) continue;
    least = d;
    if (nearest) nearest[0] = p[0] + t * dx, nearest[1] = p[1] + t * dy;
  }
  return sqrt(least);
}

/* ---- company ------------------------------------------------------------------------------------------------------ */

static int is_similar(double a, double b) {
  return a < 1.9 * b && b < 1.9 * a;
}

/* A letter, not a stroke of a drawing or the trace of a rule. */
static int is_compact(const double box[4]) {
  const double width = box[2] - box[0], height = box[3] - box[1];
  return width < compact_aspect * height && height < compact_aspect * width;
}

static int is_middle_within(const double inner[4], const double outer[4]) {
  const double x = (inner[0] + inner[2]) / 2, y = (inner[1] + inner[3]) / 2;
  return x > outer[0] && x < outer[2] && y > outer[1] && y < outer[3];
}

static int is_ink_of_outline(const chooser *c, const double box[4]) {
  for (size_t i = 0; i < c->count; i++) {
    const stage_outline *o = &c->shapes[i].outline;
    const double half = o->stroke / 2;
    const double all[4] = {o->box[0] - half, o->box[1] - half, o->box[2] + half, o->box[3] + half};
    if (c->shapes[i].merit > text_merit && stage_box_overlap(all, box) > overlap_whole) return 1;
  }
  return 0;
}

/* Whether the part is the ink of an outline that may be a shape itself: told once, since every shape asks. */
static int is_outline(const chooser *c, size_t part) {
  enum { NO = 1, YES };
  if (!c->part_asked[part]) c->part_asked[part] = is_ink_of_outline(c, c->parts->boxes[part]) ? YES : NO;
  return c->part_asked[part] == YES;
}

static int is_beside(const double a[4], const double b[4]) {
  const double height = fmax(a[3] - a[1], b[3] - b[1]), gap = fmax(a[0], b[0]) - fmin(a[2], b[2]);
  const double common = fmin(a[3], b[3]) - fmax(a[1], b[1]);
  return gap < 1.3 * height && gap > -0.3 * height && common > 0.4 * fmin(a[3] - a[1], b[3] - b[1]);
}

/* Whether there is no more to its ink than the outline. */
static int is_whole(const stage_shape *shape) {
  const double *b = shape->outline.box, half = shape->outline.stroke / 2;
  const double all[4] = {b[0] - half, b[1] - half, b[2] + half, b[3] + half};
  return stage_box_overlap(all, shape->part_box) > overlap_whole;
}

/* Whether ink stands free in it: no letter's loop has that. */
static int is_frame(const chooser *c, const stage_shape *shape) {
  const stage_outline *o = &shape->outline;
  for (size_t i = 0; i < c->parts->count; i++) {
    const double *box = c->parts->boxes[i], width = box[2] - box[0], height = box[3] - box[1];
    if (c->parts->levels[i] != shape->level || height < framed_height * height_of(o)) continue;
    if (height > framed_share * height_of(o) || width > framed_share * width_of(o)) continue;
    if (stage_outline_holds(o, box[0], box[1]) && stage_outline_holds(o, box[2], box[1]) &&
        stage_outline_holds(o, box[0], box[3]) && stage_outline_holds(o, box[2], box[3]))
      return 1;
  }
  return 0;
}

/* Whether it is taller than wide, as a 0 is, which a hand with corners makes a hexagon or a parallelogram of. */
static int is_upright(const stage_shape *shape) {
  return width_of(&shape->outline) < upright_aspect * height_of(&shape->outline);
}

/* Whether a 0 of the one height, or half an 8, may stand on a page with digits of the other. */
static int is_digit_beside(double digits, double height) {
  return height < zero_height * digits && digits < loop_height * height;
}

/* Whether it is a ring, as a 0 is. */
static int is_zero(const stage_shape *shape) {
  const double *p = shape->probabilities;
  return width_of(&shape->outline) < plain_round_aspect * height_of(&shape->outline) &&
         p[STAGE_CIRCLE] + p[STAGE_ELLIPSE] + p[STAGE_HEXAGON] > p[STAGE_OTHER];
}

/* Whether it is so much like a shape that it is one also among writing. */
static int is_plain(const stage_shape *shape) {
  const double *p = shape->probabilities, round = p[STAGE_CIRCLE] + p[STAGE_ELLIPSE];
  const double angular =
      p[STAGE_SQUARE] + p[STAGE_RECTANGLE] + p[STAGE_TRIANGLE] + p[STAGE_DIAMOND] + p[STAGE_STAR] + p[STAGE_HEART];
  if (!is_whole(shape) || shape->outline.drawn < whole_drawn) return 0;
  if (round > plain_named) return width_of(&shape->outline) > plain_round_aspect * height_of(&shape->outline);
  return (is_upright(shape) ? angular : 1 - p[STAGE_OTHER] - round) > plain_named;
}

/* Ink of its size stands beside it, or the page is full of it, and encloses nothing: this is a letter's or digit's
 * loop. */
static int is_writing(const chooser *c, const stage_shape *shape) {
  const double *box = shape->part_box, height = box[3] - box[1];
  int beside = 0, similar = 0, alike = 0, outlines = 0;
  if (longer(&shape->outline) > large_share * c->side) return 0;
  if (fmin(box[2] - box[0], height) > large_part_share * c->side) return 0;
  if (is_plain(shape) || is_frame(c, shape)) return 0;
  for (size_t i = 0; i < c->parts->count; i++) {
    const double *other = c->parts->boxes[i];
    if (c->parts->levels[i] && c->parts->levels[i] != shape->level) continue;
    if (is_middle_within(other, box)) continue;
    if (!is_compact(other)) continue;
    const int is_alike = is_digit_beside(other[3] - other[1], height);
    const int is_of_size = is_similar(other[3] - other[1], height) || is_similar(other[2] - other[0], height);
    if (!is_alike && !is_of_size) continue;
    if (is_outline(c, i)) {
      outlines++;
      continue;
    }
    alike += is_alike;
    similar += is_of_size;
    beside += is_similar(other[3] - other[1], height) && is_beside(box, other);
  }
  if (is_zero(shape) && alike > outlines) return 1;
  return beside || (similar > 2 + 2 * outlines && (height < written_share * c->side || !is_whole(shape)));
}

/* ---- conflicts ---------------------------------------------------------------------------------------------------- */

/* The share of the candidate's way that runs along the other one; 1 in seen[] where it does. */
static double explain(const stage_outline *way, const stage_outline *by, unsigned char *seen) {
  const double reach = 1.2 * fmax(way->stroke, by->stroke) + 2;
  int along = 0;
  for (int i = 0; i < 4; i++)
    if ((i < 2 ? way->box[i] - by->box[i + 2] : by->box[i - 2] - way->box[i]) > reach) return 0;
  for (int i = 0; i < PROBES; i++) {
    const float *p = way->points + 2 * (i * STAGE_OUTLINE_POINTS / PROBES);
    if (stage_outline_distance(by, p[0], p[1], NULL) > reach) continue;
    seen[i] = 1;
    along++;
  }
  return (double)along / PROBES;
}

static int is_same_ink(const stage_shape *a, const stage_shape *b) {
  return a->outline.part >= 0 && a->level == b->level && a->outline.part == b->outline.part;
}

static int is_within(const stage_outline *inner, const stage_outline *outer) {
  const double x = (inner->box[0] + inner->box[2]) / 2, y = (inner->box[1] + inner->box[3]) / 2;
  return inner->area < outer->area && stage_outline_holds(outer, x, y);
}

/* How large a shape in another must be, in the other's shorter sides: what is part of more ink is likelier a letter's
 * loop. */
static double least_nested(const stage_shape *shape) {
  return is_whole(shape) && shape->outline.drawn > whole_drawn ? nested_side_min : nested_loop_min;
}

static int is_explained(const chooser *c, const stage_shape *shape) {
  unsigned char seen[PROBES] = {0};
  uint64_t faces = 0;
  int beside = 0, total = 0;
  for (size_t i = 0; i < c->count; i++) {
    const stage_shape *other = &c->shapes[i];
    if (!other->chosen) continue;
    if (stage_box_overlap(shape->outline.box, other->outline.box) > overlap_same) return 1;
    if (other->outline.is_filled && is_within(&shape->outline, &other->outline)) return 1;
    if (is_same_ink(shape, other)) {
      faces |= other->outline.faces;
      if (shape->outline.area < scrap_area * other->outline.area) return 1;
    }
    const double share = explain(&shape->outline, &other->outline, seen);
    if (share > explained_by_one) return 1;
    beside += share > explained_by_each;
    if (is_within(&shape->outline, &other->outline) &&
        longer(&shape->outline) < least_nested(shape) * fmin(width_of(&other->outline), height_of(&other->outline)))
      return 1;
  }
  for (int i = 0; i < PROBES; i++) total += seen[i];
  return beside >= 2 || total > explained_max * PROBES || !(shape->outline.faces & ~faces);
}

/* ---- the choice --------------------------------------------------------------------------------------------------- */

int stage_shape_is_plausible(const stage_shape *shape, double side) {
  const stage_outline *o = &shape->outline;
  return o->drawn >= drawn_min && longer(o) >= SIDE_MIN && longer(o) >= side_share_min * side &&
         longer(o) >= strokes_min * o->stroke;
}

static double merit_of(const stage_shape *shape) {
  const stage_outline *o = &shape->outline;
  const double named = 1 - shape->probabilities[STAGE_OTHER];
  if (o->is_filled && named < filled_named_min) return 0; /* a blot */
  const double merges = o->face_count > 3 ? 2 : o->face_count - 1;
  return fmax(named, other_merit) * o->drawn * o->drawn + union_merit * merges - finer_merit * shape->level +
         filled_merit * o->is_filled;
}

static void take_likeliest_first(const chooser *c) {
  for (;;) {
    stage_shape *best = NULL;
    for (size_t i = 0; i < c->count; i++)
      if (!c->shapes[i].dropped && !c->shapes[i].chosen && (!best || c->shapes[i].merit > best->merit))
        best = &c->shapes[i];
    if (!best) return;
    if (is_explained(c, best))
      best->dropped = 1;
    else
      best->chosen = 1;
  }
}

int stage_shapes_choose(const stage_page_parts *parts, stage_shape *shapes, size_t count, double side) {
  chooser c = {parts, shapes, count, side, calloc(parts->count + 1, 1)};
  if (!c.part_asked) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) {
    shapes[i].chosen = shapes[i].dropped = 0;
    shapes[i].merit = merit_of(&shapes[i]);
  }
  for (size_t i = 0; i < count; i++) shapes[i].dropped = shapes[i].merit <= 0 || is_writing(&c, &shapes[i]);
  take_likeliest_first(&c);
  free(c.part_asked);
  return SHIM_OK;
}
