/* Turns a digit's skeleton into pen strokes: control points are shaken, leaned, stretched and bent, then joined by
 * Catmull-Rom curves on non-uniform knots (Catmull and Rom 1974; Lee 1989) that break at corners; the pen's radius and
 * ink flow change along the way. Digits come out legible and of ordinary shape: wild or hurried writing is not
 * drawn. */
#include "strokes.h"

#include <math.h>

#define SAMPLES_A_SPAN 14
#define KNOT_POWER 0.6 /* of the chord: 0.5 hugs the points, 1 swings widest */
#define CONTROLS_MAX 24

typedef struct control_point {
  double x, y;
  char kind;
} control_point;

void writer_style_random(writer_style *style, random_stream *random) {
  *style = (writer_style){
      .slant = random_between(random, -0.12, 0.32),
      .aspect = random_between(random, 0.82, 1.15),
      .jitter = random_between(random, 0.008, 0.022),
      .warp = random_between(random, 0.01, 0.05),
      .tremor = random_between(random, 0.001, 0.005),
      .width = random_between(random, 0.06, 0.1),
      .pressure = random_between(random, 0.05, 0.25),
      .loyalty = random_between(random, 0.75, 1),
  };
  for (int digit = 0; digit < 10; digit++) style->favourite[digit] = random_below(random, skeleton_count(digit));
}

/* Shakes, turns, leans and bends the skeleton; returns the number of control points. */
static size_t control_points(const skeleton_point *skeleton, const writer_style *style, random_stream *random,
                             control_point *out) {
  uint32_t warp_seed = random_bits(random);
  double slant = style->slant + 0.05 * random_normal(random), turn = 0.03 * random_normal(random);
  double aspect = style->aspect * (1 + 0.06 * random_normal(random));
  size_t count = 0;
  for (; skeleton[count].kind != 'e'; count++) {
    double x = (skeleton[count].x / 100.0 - 0.3) * aspect + style->jitter * random_normal(random);
    double y = skeleton[count].y / 100.0 + style->jitter * random_normal(random);
    x += slant * (0.5 - y) + turn * (y - 0.5);
    y += turn * x * -1;
    double bend_x = style->warp * noise_at(warp_seed, 1.6 * x + 7, 1.6 * y + 3);
    double bend_y = style->warp * noise_at(warp_seed + 1, 1.6 * x + 5, 1.6 * y + 9);
    out[count] = (control_point){x + bend_x, y + bend_y, skeleton[count].kind};
  }
  return count;
}

/* The neighbour that shapes the curve at `at`; at corners and ends the curve starts straight. */
static control_point neighbour(const control_point *points, size_t count, size_t at, int step) {
  int is_first = points[at].kind == 'm', is_last = at + 1 == count || points[at + 1].kind == 'm';
  if (points[at].kind == 'c' || (step < 0 && is_first) || (step > 0 && is_last)) return points[at];
  return points[at + (size_t)(ptrdiff_t)step];
}

static double knot_step(control_point a, control_point b) {
  return pow((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y), KNOT_POWER / 2);
}

/* Tangent at `at`, in units of a span that is `ahead` long in knots, between neighbours on a non-uniform knot line. */
static double tangent(double before, double at, double after, double behind, double ahead, double span) {
  if (behind <= 0) return (after - at) / ahead * span;
  if (ahead <= 0) return (at - before) / behind * span;
  return ((at - before) / behind - (after - before) / (behind + ahead) + (after - at) / ahead) * span;
}

static double hermite(double from, double to, double leave, double arrive, double t) {
  double c = 3 * (to - from) - 2 * leave - arrive, d = 2 * (from - to) + leave + arrive;
  return from + t * (leave + t * (c + t * d));
}

static void add_point(stroke_glyph *glyph, double x, double y, int joined) {
  if (glyph->count < STROKE_POINTS_MAX) glyph->points[glyph->count++] = (stroke_point){x, y, 0, 1, joined};
}

static void add_span(stroke_glyph *glyph, const control_point *points, size_t count, size_t to) {
  control_point before = neighbour(points, count, to - 1, -1), after = neighbour(points, count, to, 1);
  control_point a = points[to - 1], b = points[to];
  double behind = knot_step(before, a), span = fmax(knot_step(a, b), 1e-6), ahead = knot_step(b, after);
  double leave_x = tangent(before.x, a.x, b.x, behind, span, span);
  double leave_y = tangent(before.y, a.y, b.y, behind, span, span);
  double arrive_x = tangent(a.x, b.x, after.x, span, ahead, span);
  double arrive_y = tangent(a.y, b.y, after.y, span, ahead, span);
  for (int i = 1; i <= SAMPLES_A_SPAN; i++) {
    double t = (double)i / SAMPLES_A_SPAN;
    add_point(glyph, hermite(a.x, b.x, leave_x, arrive_x, t), hermite(a.y, b.y, leave_y, arrive_y, t), 1);
  }
}

/* Pen width, ink flow and tremor; a stroke's ends are a little thinner where the pen lands and leaves. */
static void apply_pen(stroke_glyph *glyph, const writer_style *style, random_stream *random) {
  uint32_t seed = random_bits(random);
  double phase = random_between(random, 0, 50), width = style->width * (1 + 0.05 * random_normal(random));
  for (size_t i = 0; i < glyph->count; i++) {
    stroke_point *point = &glyph->points[i];
    double along = phase + i * 0.045;
    point->x += style->tremor * noise_at(seed, along * 5, 0.5);
    point->y += style->tremor * noise_at(seed, along * 5, 7.5);
    double pressure = noise_fractal(seed, along, 3.5, 2);
    int is_end = !point->joined || i + 1 == glyph->count || !glyph->points[i + 1].joined;
    point->radius = 0.5 * width * (1 + style->pressure * pressure) * (is_end ? 0.9 : 1);
    point->flow = 1 - 0.2 * fabs(noise_fractal(seed, along * 3, 11.5, 2));
  }
}

static void measure(stroke_glyph *glyph) {
  glyph->left = glyph->top = 1e9;
  glyph->right = glyph->bottom = -1e9;
  for (size_t i = 0; i < glyph->count; i++) {
    const stroke_point *point = &glyph->points[i];
    glyph->left = fmin(glyph->left, point->x - point->radius);
    glyph->right = fmax(glyph->right, point->x + point->radius);
    glyph->top = fmin(glyph->top, point->y - point->radius);
    glyph->bottom = fmax(glyph->bottom, point->y + point->radius);
  }
}

void stroke_skeleton(const skeleton_point *skeleton, const writer_style *style, random_stream *random,
                     stroke_glyph *out) {
  control_point points[CONTROLS_MAX];
  size_t count = control_points(skeleton, style, random, points);
  out->count = 0;
  for (size_t i = 0; i < count; i++)
    if (points[i].kind == 'm')
      add_point(out, points[i].x, points[i].y, 0);
    else
      add_span(out, points, count, i);
  apply_pen(out, style, random);
  measure(out);
}

void stroke_digit(int digit, const writer_style *style, random_stream *random, stroke_glyph *out) {
  int loyal = random_chance(random, style->loyalty), other = random_below(random, skeleton_count(digit));
  stroke_skeleton(skeleton_get(digit, loyal ? style->favourite[digit] : other), style, random, out);
}

void stroke_hair(double length, double radius, random_stream *random, stroke_glyph *out) {
  double x = 0, y = 0, angle = random_between(random, 0, 6.28), bend = random_between(random, -0.12, 0.12);
  out->count = 0;
  for (int i = 0; i < 16; i++) {
    add_point(out, x, y, i > 0);
    out->points[i].radius = radius;
    x += length / 16 * cos(angle);
    y += length / 16 * sin(angle);
    angle += bend + 0.05 * random_normal(random);
  }
  measure(out);
}
