/* From a kind to a drawing: the hand's strokes, what people put in and at shapes, and how the page lies before the
 * eye. */
#include "drawing.h"

#include <math.h>
#include <string.h>

#include "outlines.h"
#include "signs.h"

static const float TILT = 0.12f;         /* a page's, radians */
static const float TILTED_SHARE = 0.35f; /* of drawings turned as far as their kind allows */
static const float SLANT = 0.06f, TAPER = 0.06f;
static const float FILLED_SHARE = 0.08f, TEXT_SHARE = 0.05f, CONNECTED_SHARE = 0.08f, TRACED_SHARE = 0.03f;

const char *const train_shape_names[TRAIN_SHAPES] = {
    "circle",   "ellipse", "square", "rectangle", "triangle", "diamond", "parallelogram", "trapezoid",
    "pentagon", "hexagon", "star",   "heart",     "cross",    "arrow",   "line",          "other"};

/* ---- what stands in and at shapes --------------------------------------------------------------------------------- */

/* A short word in the middle. */
static void write_inside(train_hand *h) {
  static const char *const words[] = {
      "0009;0989", "~8160200308296989",      "0009;8089;0484", "~0240726209;0989", "~0240725434657849",
      "3039",      "800004;~04447486490819", "004980",         "70303979;3464",    "~4000034980834000"};
  const int count = 1 + (int)train_hand_below(h, 3);
  const float size = train_hand_between(h, 0.06f, 0.12f);
  for (int i = 0; i < count; i++) {
    const char *text = words[train_hand_below(h, (uint32_t)(sizeof words / sizeof *words))];
    while (*text) {
      train_point points[TRAIN_SIGN_POINTS];
      int smooth;
      const size_t n = train_sign_stroke(&text, points, &smooth);
      train_place(points, n, 0, size, (train_point){1.2f * size * ((float)i - (float)count / 2), -size / 2});
      if (smooth)
        train_hand_curve(h, points, n);
      else
        train_hand_polyline(h, points, n);
    }
  }
}

/* Ends of lines that lead away from the shape. */
static void connect(train_hand *h) {
  const train_stroke *area = &h->drawing->area;
  const int count = 1 + (int)train_hand_below(h, 2);
  for (int i = 0; i < count; i++) {
    const size_t at = train_hand_below(h, (uint32_t)area->count);
    const train_point a = area->points[at], b = area->points[(at + 1) % area->count];
    const train_point from = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    const float norm = hypotf(from.x, from.y), length = train_hand_between(h, 0.05f, 0.2f);
    if (norm < 0.05f) continue;
    train_hand_polyline(h, (train_point[]){from, {from.x * (1 + length / norm), from.y * (1 + length / norm)}}, 2);
  }
}

/* The same strokes again, a little beside. */
static void trace_again(train_hand *h) {
  train_drawing *d = h->drawing;
  const size_t count = d->stroke_count;
  for (size_t i = 0; i < count && d->stroke_count < TRAIN_DRAWING_STROKES; i++) {
    train_stroke *copy = &d->strokes[d->stroke_count++];
    const train_point beside = {0.02f * train_random_normal(h->random), 0.02f * train_random_normal(h->random)};
    *copy = d->strokes[i];
    train_place(copy->points, copy->count, 0, 1 + 0.02f * train_random_normal(h->random), beside);
  }
}

static void adorn(train_hand *h) {
  train_drawing *d = h->drawing;
  const int closed = d->area.count > 0;
  if (!closed || !train_hand_chance(h, FILLED_SHARE)) {
    if (closed && train_hand_chance(h, TEXT_SHARE)) write_inside(h);
    if (closed && train_hand_chance(h, CONNECTED_SHARE)) connect(h);
    d->area.count = 0;
  }
  if (d->kind != TRAIN_SHAPE_OTHER && train_hand_chance(h, TRACED_SHARE)) trace_again(h);
}

/* ---- how it lies -------------------------------------------------------------------------------------------------- */

typedef struct view {
  float turn, slant, taper_x, taper_y, mirror;
} view;

static void look(const view *v, train_point *points, size_t count) {
  for (size_t i = 0; i < count; i++) points[i].x = v->mirror * points[i].x + v->slant * points[i].y;
  train_place(points, count, v->turn, 1, (train_point){0, 0});
  for (size_t i = 0; i < count; i++) {
    const float w = 1 + v->taper_x * points[i].x + v->taper_y * points[i].y;
    points[i] = (train_point){points[i].x / w, points[i].y / w};
  }
}

static void each_point(train_drawing *d, const view *v, void (*change)(const view *, train_point *, size_t)) {
  for (size_t i = 0; i < d->stroke_count; i++) change(v, d->strokes[i].points, d->strokes[i].count);
  change(v, d->area.points, d->area.count);
  change(v, d->corners, d->corner_count);
}

static void turn_and_tilt(train_drawing *d, float most, int axes_kept, train_random *random) {
  view v = {.mirror = 1};
  const float small = most < TILT ? most : TILT;
  v.turn = (train_random_uniform(random) < TILTED_SHARE ? most : small) * train_random_signed(random);
  if (!axes_kept) { /* an ellipse seen askew has other axes */
    v.slant = SLANT * train_random_signed(random);
    v.taper_x = TAPER * train_random_signed(random);
    v.taper_y = TAPER * train_random_signed(random);
    v.mirror = d->kind != TRAIN_SHAPE_OTHER && train_random_uniform(random) < 0.5f ? -1.0f : 1.0f;
  }
  each_point(d, &v, look);
}

typedef struct box {
  float left, top, right, bottom;
} box;

static void include(box *b, const train_point *points, size_t count) {
  for (size_t i = 0; i < count; i++) {
    b->left = fminf(b->left, points[i].x);
    b->top = fminf(b->top, points[i].y);
    b->right = fmaxf(b->right, points[i].x);
    b->bottom = fmaxf(b->bottom, points[i].y);
  }
}

/* Brings the box of the strokes to 0..1. */
static void fit(train_drawing *d) {
  box b = {1e9f, 1e9f, -1e9f, -1e9f};
  for (size_t i = 0; i < d->stroke_count; i++) include(&b, d->strokes[i].points, d->strokes[i].count);
  const float longer = fmaxf(fmaxf(b.right - b.left, b.bottom - b.top), 1e-6f), scale = 1 / longer;
  const train_point to = {-b.left * scale, -b.top * scale};
  for (size_t i = 0; i < d->stroke_count; i++) train_place(d->strokes[i].points, d->strokes[i].count, 0, scale, to);
  train_place(d->area.points, d->area.count, 0, scale, to);
  train_place(d->corners, d->corner_count, 0, scale, to);
  d->width = (b.right - b.left) * scale;
  d->height = (b.bottom - b.top) * scale;
  d->finest *= scale;
}

void train_drawing_make(train_drawing *out, train_shape kind, int plain, train_random *random) {
  train_hand hand;
  memset(out, 0, sizeof *out);
  out->kind = kind;
  out->finest = 1;
  train_hand_draw(&hand, out, random);
  const float most = train_outline_draw(&hand, kind);
  if (plain)
    out->area.count = 0;
  else
    adorn(&hand);
  turn_and_tilt(out, most, kind == TRAIN_SHAPE_ELLIPSE || kind == TRAIN_SHAPE_CIRCLE, random);
  fit(out);
}

void train_drawing_draw(const train_drawing *drawing, shim_image *canvas, float left, float top, float size,
                        float radius) {
  train_stroke moved;
  for (size_t i = 0; i <= drawing->stroke_count; i++) {
    moved = i < drawing->stroke_count ? drawing->strokes[i] : drawing->area;
    train_place(moved.points, moved.count, 0, size, (train_point){left, top});
    if (i < drawing->stroke_count)
      train_canvas_stroke(canvas, moved.points, moved.count, radius);
    else if (moved.count)
      train_canvas_fill(canvas, moved.points, moved.count);
  }
}
