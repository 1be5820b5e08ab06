/* A ring reads as a 0, a line as a 1 and the corner of a frame as a 7. Where something that was read is larger than the
 * page's digits are, or where rings and lines are all there is, the page's shapes are looked for, too, and what lies along
 * one of them is no digit. Fails for a ring as large as the digits, and for one that stands alone, upright and slender: it
 * is a 0. */
#include "drawings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

static const double sure = 0.8;         /* confidence of the digits that tell how large the page's are */
static const double sure_of_cut = 0.95; /* of those that were cut apart: parts of drawings are cut, too */
static const double large = 1.3;       /* typical digit heights from which on a glyph is suspected and a shape is one */
static const double larger = 1.8;      /* from which on also what no ring and no line reads as is suspected */
static const double far_larger = 3;    /* from which on also a slender ring is a shape */
static const double named_min = 0.5;   /* of a shape's probability */
static const double telling_min = 0.8; /* of that of one with corners, which tells that the page is a drawing */
static const double telling_size = 0.2;          /* of the largest shape: a thick pen's grain has outlines, too */
static const double along_min = 0.6;             /* of a glyph's ink along a shape */
static const double reach_strokes = 1.2;         /* stroke widths, and two pixels, from the shape's way */
static const double head_share = 0.25;           /* of an arrow's length: its head */
static const double slender = 0.85, wide = 1.15; /* width over height: of a 0; of what is no 0 */

typedef struct sight {
  const reading *r;
  double scale;   /* pixels of the reading's frame a pixel of the shapes' */
  double height;  /* of the page's typical digit, in the reading's frame; 0: none but 0 and 1 */
  int is_drawing; /* a shape with corners, or an arrow, is on the page */
} sight;

/* In a table the cells tell: where they hold one digit each, also what is too wide for one that stands alone. */
static int is_digit(const reading *r, size_t index) {
  const judge_verdict *verdict = &r->verdicts[index];
  return verdict->decision == JUDGE_ACCEPTED && !verdict->in_cell && !verdict->in_singles;
}

static double longer_side(const stage_glyph *g) {
  return (double)((g->width > g->height ? g->width : g->height) << g->level);
}

static int compare_heights(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The heights' median, where at least so many of them are about that; else 0. */
static double common_height(double *heights, size_t count, size_t least) {
  size_t alike = 0;
  if (count < least) return 0;
  qsort(heights, count, sizeof *heights, compare_heights);
  const double middle = heights[count / 2];
  for (size_t i = 0; i < count; i++) alike += heights[i] < large * middle && middle < large * heights[i];
  return alike >= least ? middle : 0;
}

/* Of the sure digits that no ring and no line reads as; where there are none, of rings and lines that are many of one
 * height; 0: it cannot be told. */
static int find_height(const reading *r, double *height) {
  enum { RINGS_MIN = 3 };
  double *heights = malloc((r->glyphs.count + 1) * sizeof *heights);
  *height = 0;
  if (!heights) return SHIM_ERR_MEMORY;
  for (int rings = 0; rings < 2 && *height == 0; rings++) {
    size_t count = 0;
    for (size_t i = 0; i < r->glyphs.count; i++) {
      const glyph_glyph *g = &r->verdicts[i].glyph;
      const double least = i < r->uncut_count ? sure : sure_of_cut;
      if (is_digit(r, i) && g->confidence >= least && (strchr("01", g->text[0]) != NULL) == rings)
        heights[count++] = (double)(r->glyphs.items[i].height << r->glyphs.items[i].level);
    }
    *height = common_height(heights, count, rings ? RINGS_MIN : 1);
  }
  free(heights);
  return SHIM_OK;
}

static int is_suspect(const reading *r, double height) {
  for (size_t i = 0; i < r->glyphs.count; i++) {
    const stage_glyph *g = &r->glyphs.items[i];
    if (!is_digit(r, i)) continue;
    const char text = r->verdicts[i].glyph.text[0];
    if (height == 0 || longer_side(g) >= (strchr("01", text) ? large : larger) * height) return 1;
    if (text == '0' && g->width > wide * g->height) return 1;
  }
  return 0;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static double longer_of(const stage_outline *o) {
  return fmax(o->box[2] - o->box[0], o->box[3] - o->box[1]);
}

/* Whether a digit was read inside of it. */
static int holds_digit(const sight *s, const stage_outline *o) {
  for (size_t i = 0; i < s->r->glyphs.count; i++) {
    if (!is_digit(s->r, i)) continue;
    const stage_box b = reading_box(s->r, &s->r->glyphs.items[i]);
    const double box[4] = {b.x / s->scale, b.y / s->scale, (b.x + b.width) / s->scale, (b.y + b.height) / s->scale};
    if (box[0] > o->box[0] && box[1] > o->box[1] && box[2] < o->box[2] && box[3] < o->box[3] &&
        stage_outline_holds(o, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
      return 1;
  }
  return 0;
}

static int is_slender_ring(const stage_shape *shape) {
  const double *b = shape->outline.box, *p = shape->probabilities;
  return p[STAGE_CIRCLE] + p[STAGE_ELLIPSE] > named_min && b[2] - b[0] < slender * (b[3] - b[1]);
}

/* Whether it is a shape, not a digit that looks like one. */
static int is_shape(const sight *s, const stage_shape *shape) {
  const stage_outline *o = &shape->outline;
  const double *p = shape->probabilities, size = longer_of(o) * s->scale;
  const stage_kind kind = stage_kind_best(p);
  if (!shape->chosen) return 0;
  if (!shape->is_stroke && holds_digit(s, o)) return 1;
  if (kind == STAGE_OTHER || p[kind] < named_min) return 0;
  if (s->height > 0) return size >= (is_slender_ring(shape) ? far_larger : large) * s->height;
  return s->is_drawing || (kind == STAGE_ELLIPSE && o->box[2] - o->box[0] > wide * (o->box[3] - o->box[1]));
}

static int is_telling(const stage_shape *shape, double largest) {
  const stage_kind kind = stage_kind_best(shape->probabilities);
  return shape->chosen && longer_of(&shape->outline) >= telling_size * largest && kind != STAGE_CIRCLE &&
         kind != STAGE_ELLIPSE && kind != STAGE_LINE && kind != STAGE_OTHER && kind != STAGE_PENTAGON &&
         kind != STAGE_HEXAGON && /* as 0s are, by some hands */
         shape->probabilities[kind] >= telling_min;
}

/* ---- glyphs ------------------------------------------------------------------------------------------------------- */

static int is_along(const stage_shape *shape, double x, double y) {
  const stage_outline *o = &shape->outline;
  if (stage_outline_distance(o, x, y, NULL) <= reach_strokes * o->stroke + 2) return 1;
  if (o->is_filled) return stage_outline_holds(o, x, y);
  const double *tail = shape->ends[0], *head = shape->ends[1];
  return shape->is_stroke && hypot(x - head[0], y - head[1]) < head_share * hypot(head[0] - tail[0], head[1] - tail[1]);
}

/* Whether a place lies along a connector, or in a head at one of its ends. */
static int is_along_connector(const stage_connector *c, const stage_shape *start, double x, double y) {
  const double reach = reach_strokes * start->outline.stroke + 2;
  double length = 0;
  for (size_t i = 1; i < c->count; i++) {
    const double *p = c->path + 2 * i - 2, *q = p + 2, dx = q[0] - p[0], dy = q[1] - p[1], span = hypot(dx, dy);
    const double t = span > 0 ? ((x - p[0]) * dx + (y - p[1]) * dy) / (span * span) : 0, on = fmin(1, fmax(0, t));
    if (hypot(x - p[0] - on * dx, y - p[1] - on * dy) <= reach) return 1;
    length += span;
  }
  const double *head = c->path + 2 * c->count - 2;
  return fmin(hypot(x - c->path[0], y - c->path[1]), hypot(x - head[0], y - head[1])) < head_share * length;
}

/* What of the drawing a glyph may be part of: a shape, or a connector and the shape it starts at. */
typedef struct drawn {
  const stage_shape *shape;
  const stage_connector *connector; /* NULL: the shape itself */
} drawn;

/* The share of the glyph's ink that lies along it. */
static double share_along(const sight *s, const stage_glyph *g, const drawn *d) {
  enum { PROBES = 400 };
  const int step = 1 + (int)sqrt((double)g->width * g->height / PROBES);
  const double scale = (1 << g->level) / s->scale;
  int ink = 0, along = 0;
  for (int y = step / 2; y < g->height; y += step)
    for (int x = step / 2; x < g->width; x += step) {
      if (!g->mask.data[y * g->mask.stride + x]) continue;
      const double px = (g->x + x + 0.5) * scale, py = (g->y + y + 0.5) * scale;
      ink++;
      along += d->connector ? is_along_connector(d->connector, d->shape, px, py) : is_along(d->shape, px, py);
    }
  return ink ? (double)along / ink : 0;
}

static int is_near(const sight *s, const stage_glyph *g, const stage_outline *o) {
  const stage_box b = reading_box(s->r, g);
  return b.x / s->scale <= o->box[2] + o->stroke && (b.x + b.width) / s->scale >= o->box[0] - o->stroke &&
         b.y / s->scale <= o->box[3] + o->stroke && (b.y + b.height) / s->scale >= o->box[1] - o->stroke;
}

static void reject_along(const sight *s, const drawn *d, judge_verdict *verdicts) {
  for (size_t i = 0; i < s->r->glyphs.count; i++) {
    const stage_glyph *g = &s->r->glyphs.items[i];
    if (!is_digit(s->r, i) || (!d->connector && !is_near(s, g, &d->shape->outline))) continue;
    if (share_along(s, g, d) < along_min) continue;
    verdicts[i].decision = JUDGE_REJECTED;
    verdicts[i].glyph.reason = "drawing";
  }
}

static void reject_drawn(sight *s, const shapes_analysis *a, judge_verdict *verdicts) {
  double largest = 0;
  for (size_t i = 0; i < a->count; i++)
    if (a->shapes[i].chosen) largest = fmax(largest, longer_of(&a->shapes[i].outline));
  for (size_t i = 0; i < a->count; i++) s->is_drawing |= is_telling(&a->shapes[i], largest);
  for (size_t i = 0; i < a->connectors.count; i++) {
    const stage_connector *c = &a->connectors.items[i];
    const stage_shape *ends[2] = {&a->shapes[c->from], &a->shapes[c->to]};
    if (is_shape(s, ends[0]) && is_shape(s, ends[1])) reject_along(s, &(drawn){ends[0], c}, verdicts);
  }
  for (size_t i = 0; i < a->count; i++)
    if (is_shape(s, &a->shapes[i])) reject_along(s, &(drawn){&a->shapes[i], NULL}, verdicts);
}

int drawings_reject(reading *r, int inverted) {
  shapes_sight seen = {0};
  sight s = {.r = r};
  int status = reading_status(r, find_height(r, &s.height));
  if (status != GLYPH_OK || !is_suspect(r, s.height)) return status;
  status = shapes_see(r, inverted, &seen);
  s.scale = seen.scale;
  if (status == GLYPH_OK) reject_drawn(&s, &seen.analysis, r->verdicts);
  shapes_sight_free(&seen);
  return status == GLYPH_OK ? reading_finish(r, "drawings", 0.98) : status;
}
