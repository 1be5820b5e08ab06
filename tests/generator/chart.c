/* Charts on a grid of places: each holds a shape, a number, a line or an arrow, or nothing. Shapes are larger than the
 * page's digits are; what is written in one keeps clear of its sides. */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paper.h"

enum {
  SIGNS_MAX = 4,
  SHAPE_TRIES = 40,
  HANDS = 1000 /* of the trainer's random numbers, which it draws nothing from */
};
static const double place_filled = 0.72;              /* of a place's shorter side: the largest shape's size */
static const double size_least = 1.5;                 /* of a shape, in digit heights; of one with a number in it, */
static const double size_inscribed = 3.4;             /* in these */
static const double clear = 0.35;                     /* digit heights between a number and the sides around it */
static const double gap_least = 0.08, gap_most = 0.3; /* between a link's end and its shape, in digit heights */

typedef struct place {
  int shape; /* in the truth; -1: none */
  double x, y, width, height;
} place;

typedef struct chart {
  const chart_spec *spec;
  page_sheet sheet;
  chart_truth *truth;
  place *places;
  page_glyph *glyphs;
  size_t glyph_count;
  random_stream random;
  train_random hand;
} chart;

/* ---- strokes ------------------------------------------------------------------------------------------------------ */

/* Draws strokes whose points are in digit heights, their origin at (x, y) of the sheet. */
static void lay(chart *c, double x, double y, stroke_glyph *strokes) {
  page_view_map_strokes(&c->sheet.view, x, y, c->spec->page.layout.height, strokes);
  ink_plane_stroke(&c->sheet.writing, strokes);
}

static void widen(double box[4], double x, double y) {
  box[0] = fmin(box[0], x), box[1] = fmin(box[1], y);
  box[2] = fmax(box[2], x), box[3] = fmax(box[3], y);
}

static stroke_point pen_at(const chart *c, double x, double y, int joined) {
  return (stroke_point){x, y, c->spec->page.pen.width / 2, 1, joined};
}

/* A drawing `size` heights large with its box's middle at (x, y); the box gets where it is in the picture. */
static void lay_drawing(chart *c, const train_drawing *d, double x, double y, double size, double box[4]) {
  const double height = c->spec->page.layout.height;
  box[0] = box[1] = INFINITY, box[2] = box[3] = -INFINITY;
  for (size_t s = 0; s < d->stroke_count; s++) {
    stroke_glyph strokes = {.count = d->strokes[s].count};
    for (size_t i = 0; i < strokes.count; i++) {
      const train_point *p = &d->strokes[s].points[i];
      strokes.points[i] = pen_at(c, size * (double)p->x, size * (double)p->y, i > 0);
    }
    lay(c, x - size * (double)d->width * height / 2, y - size * (double)d->height * height / 2, &strokes);
    for (size_t i = 0; i < strokes.count; i++) widen(box, strokes.points[i].x, strokes.points[i].y);
  }
}

/* A line that is bent a little, in digit heights from (x, y) on. */
static void lay_line(chart *c, double x, double y, double dx, double dy) {
  enum { STEPS = 24 };
  const double bend = 0.03 * random_normal(&c->random);
  stroke_glyph line = {.count = STEPS + 1};
  for (int i = 0; i <= STEPS; i++) {
    const double t = (double)i / STEPS, off = bend * sin(t * 3.14159265);
    line.points[i] = pen_at(c, t * dx - off * dy, t * dy + off * dx, i > 0);
  }
  lay(c, x, y, &line);
}

/* Two strokes back from the tip of a line that runs along (dx, dy). */
static void lay_head(chart *c, double x, double y, double dx, double dy) {
  const double length = hypot(dx, dy), size = random_between(&c->random, 0.25, 0.4);
  for (int side = -1; side <= 1; side += 2) {
    const double spread = side * random_between(&c->random, 0.45, 0.7), back = size / length;
    lay_line(c, x, y, -back * (dx * cos(spread) - dy * sin(spread)), -back * (dx * sin(spread) + dy * cos(spread)));
  }
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

/* The number's middle at (x, y); `height` of its digits, pixels of the sheet. */
static void write_number(chart *c, const char *text, double x, double y) {
  const double height = c->spec->page.layout.height, gap = random_between(&c->random, 0.2, 0.4);
  stroke_glyph digits[SIGNS_MAX];
  double width = -gap, pen;
  for (int i = 0; text[i]; i++) {
    stroke_digit(text[i] - '0', &c->spec->page.writer, &c->random, &digits[i]);
    width += digits[i].right - digits[i].left + gap;
  }
  pen = -width / 2;
  for (int i = 0; text[i]; i++) {
    page_glyph *glyph = &c->glyphs[c->glyph_count++];
    *glyph = (page_glyph){.strokes = digits[i], .digit = text[i]};
    page_view_map_strokes(&c->sheet.view, x + (pen - digits[i].left) * height, y - height / 2, height, &glyph->strokes);
    ink_plane_stroke(&c->sheet.writing, &glyph->strokes);
    pen += digits[i].right - digits[i].left + gap;
  }
}

static void draw_number(chart *c, char text[SIGNS_MAX + 1], int digits) {
  for (int i = 0; i < digits; i++) text[i] = (char)('0' + random_below(&c->random, 10));
  text[digits] = '\0';
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static int holds(const train_drawing *d, double x, double y) {
  int inside = 0;
  for (size_t i = 0, j = d->corner_count - 1; i < d->corner_count; j = i++) {
    const train_point p = d->corners[i], q = d->corners[j];
    if ((p.y > (float)y) != (q.y > (float)y) &&
        x < (double)(q.x - p.x) * (y - (double)p.y) / (double)(q.y - p.y) + (double)p.x)
      inside = !inside;
  }
  return inside;
}

/* Whether a number of so many digits has room in its middle, `size` heights large. */
static int has_room(const train_drawing *d, int digits, double size) {
  const double half_width = (0.45 * digits + clear) / size, half_height = (0.5 + clear) / size;
  if (!d->corner_count) return 0;
  for (int i = 0; i < 4; i++)
    if (!holds(d, (double)d->width / 2 + (i % 2 ? half_width : -half_width),
               (double)d->height / 2 + (i / 2 ? half_height : -half_height)))
      return 0;
  return 1;
}

static train_shape draw_kind(chart *c, int is_inscribed) {
  static const train_shape roomy[] = {TRAIN_SHAPE_CIRCLE,    TRAIN_SHAPE_ELLIPSE,       TRAIN_SHAPE_SQUARE,
                                      TRAIN_SHAPE_RECTANGLE, TRAIN_SHAPE_PARALLELOGRAM, TRAIN_SHAPE_HEXAGON};
  static const train_shape flow[] = {TRAIN_SHAPE_ELLIPSE, TRAIN_SHAPE_RECTANGLE, TRAIN_SHAPE_DIAMOND,
                                     TRAIN_SHAPE_PARALLELOGRAM};
  if (c->spec->flow) return flow[c->truth->shape_count % (sizeof flow / sizeof *flow)];
  if (is_inscribed) return roomy[random_below(&c->random, (int)(sizeof roomy / sizeof *roomy))];
  return (train_shape)random_below(&c->random, TRAIN_SHAPE_ARROW); /* those before it are closed */
}

static void add_shape(chart *c, place *at) {
  const double height = c->spec->page.layout.height, most = place_filled * fmin(at->width, at->height) / height;
  const int digits =
      random_chance(&c->random, c->spec->inscribed) && most > size_inscribed ? 1 + random_below(&c->random, 3) : 0;
  const double least = fmin(most, digits ? size_inscribed : size_least);
  const train_shape kind = draw_kind(c, digits > 0);
  train_drawing drawing;
  double size;
  int has_number = 0;
  for (int i = 0; i < SHAPE_TRIES && !has_number; i++) {
    train_drawing_make(&drawing, kind, 1, &c->hand);
    size = c->spec->flow ? most : random_between(&c->random, least, most);
    has_number = digits && has_room(&drawing, digits, size);
    if (!digits && fmin((double)drawing.width, (double)drawing.height) * size > size_least / 2) break;
  }
  chart_shape *shape = &c->truth->shapes[c->truth->shape_count];
  shape->kind = kind;
  at->shape = (int)c->truth->shape_count++;
  const double x = at->x + at->width / 2, y = at->y + at->height / 2;
  lay_drawing(c, &drawing, x, y, size, shape->box);
  if (!has_number) return;
  draw_number(c, shape->text, digits);
  write_number(c, shape->text, x, y);
}

/* A line or an arrow of one stroke and a head, anyhow across the place. */
static void add_stroke(chart *c, place *at) {
  const double height = c->spec->page.layout.height, most = place_filled * fmin(at->width, at->height) / height;
  const double length = random_between(&c->random, fmin(most, 1.5), most),
               angle = random_between(&c->random, 0, 6.2832);
  const double dx = length * cos(angle), dy = length * sin(angle);
  const double x = at->x + at->width / 2 - dx * height / 2, y = at->y + at->height / 2 - dy * height / 2;
  chart_shape *shape = &c->truth->shapes[c->truth->shape_count++];
  shape->kind = random_chance(&c->random, 0.5) ? TRAIN_SHAPE_ARROW : TRAIN_SHAPE_LINE;
  lay_line(c, x, y, dx, dy);
  if (shape->kind == TRAIN_SHAPE_ARROW) lay_head(c, x + dx * height, y + dy * height, dx, dy);
  shape->box[0] = shape->box[1] = INFINITY, shape->box[2] = shape->box[3] = -INFINITY;
  for (int end = 0; end < 2; end++) {
    double px, py;
    page_view_apply(&c->sheet.view, x + end * dx * height, y + end * dy * height, &px, &py);
    widen(shape->box, px, py);
  }
}

static void fill_place(chart *c, place *at) {
  const chart_spec *s = c->spec;
  const double what = random_unit(&c->random);
  char text[SIGNS_MAX + 1];
  at->shape = -1;
  if (what < s->shapes) {
    add_shape(c, at);
  } else if (what < s->shapes + s->numbers) {
    draw_number(c, text, 1 + random_below(&c->random, SIGNS_MAX));
    write_number(c, text, at->x + at->width / 2, at->y + at->height / 2);
  } else if (what < s->shapes + s->numbers + s->strokes) {
    add_stroke(c, at);
  }
}

/* ---- links -------------------------------------------------------------------------------------------------------- */

/* Between the middles of the sides that face each other, along the axis (0: x, 1: y). Only straight shapes have ink in
 * the middle of their box's side. */
static int is_linkable(train_shape kind) {
  return kind == TRAIN_SHAPE_CIRCLE || kind == TRAIN_SHAPE_ELLIPSE || kind == TRAIN_SHAPE_DIAMOND ||
         kind == TRAIN_SHAPE_SQUARE || kind == TRAIN_SHAPE_RECTANGLE || kind == TRAIN_SHAPE_PARALLELOGRAM;
}

/* Where the ink on the way from (x, y) of the sheet along an axis ends: the last ink met, in units of the sheet. */
static double last_ink(const chart *c, double x, double y, int axis, double way) {
  double last = 0;
  for (double d = 0; d < fabs(way); d++) {
    double px, py;
    const double off = way < 0 ? -d : d;
    page_view_apply(&c->sheet.view, axis ? x : x + off, axis ? y + off : y, &px, &py);
    const int ix = (int)px, iy = (int)py;
    if (ix < 0 || iy < 0 || ix >= c->sheet.writing.width || iy >= c->sheet.writing.height) break;
    if (c->sheet.writing.ink[(size_t)iy * (size_t)c->sheet.writing.width + (size_t)ix] > 0.2f) last = d;
  }
  return last;
}

static void link_places(chart *c, const place *a, const place *b, int axis) {
  const double height = c->spec->page.layout.height;
  if (a->shape < 0 || b->shape < 0 || !random_chance(&c->random, c->spec->linked)) return;
  if (!is_linkable(c->truth->shapes[a->shape].kind) || !is_linkable(c->truth->shapes[b->shape].kind)) return;
  const double x = a->x + a->width / 2, y = a->y + a->height / 2, tx = b->x + b->width / 2, ty = b->y + b->height / 2;
  const double way = axis ? ty - y : tx - x;
  const double from = last_ink(c, x, y, axis, 0.5 * way) + height * random_between(&c->random, gap_least, gap_most);
  const double to =
      way - last_ink(c, tx, ty, axis, -0.5 * way) - height * random_between(&c->random, gap_least, gap_most);
  const double length = (to - from) / height;
  if (length < 0.8) return;
  const int turned = random_chance(&c->random, 0.5) && !c->spec->flow;
  chart_link *link = &c->truth->links[c->truth->link_count++];
  *link = (chart_link){turned ? b->shape : a->shape, turned ? a->shape : b->shape,
                       c->spec->flow || random_chance(&c->random, 0.7)};
  const double start = turned ? to : from, dx = (axis ? 0 : length) * (turned ? -1 : 1),
               dy = (axis ? length : 0) * (turned ? -1 : 1);
  const double sx = axis ? x : x + start, sy = axis ? y + start : y;
  lay_line(c, sx, sy, dx, dy);
  if (link->has_head) lay_head(c, sx + dx * height, sy + dy * height, dx, dy);
}

static void link_all(chart *c) {
  const int columns = c->spec->columns, rows = c->spec->rows;
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++) {
      const place *at = &c->places[row * columns + column];
      if (column + 1 < columns) link_places(c, at, at + 1, 0);
      if (row + 1 < rows) link_places(c, at, at + columns, 1);
    }
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */

void chart_spec_random(chart_spec *spec, uint64_t seed, double difficulty) {
  *spec = (chart_spec){
      .columns = 4, .rows = 4, .shapes = 0.5, .numbers = 0.2, .strokes = 0.15, .inscribed = 0.5, .linked = 0.5};
  page_spec_random(&spec->page, seed, difficulty);
  random_stream random;
  random_start(&random, seed, 31);
  spec->columns = 3 + random_below(&random, 3);
  spec->rows = 3 + random_below(&random, 2);
  spec->page.width = 1600, spec->page.height = 1200;
  spec->page.layout.height = random_between(&random, 36, 56);
}

void chart_spec_flow(chart_spec *spec, uint64_t seed, int shapes) {
  *spec = (chart_spec){.columns = 1, .rows = shapes, .shapes = 1, .inscribed = 1, .linked = 1, .flow = 1};
  page_spec_init(&spec->page, seed);
  spec->page.width = 640;
  spec->page.height = 200 * shapes + 80;
  spec->page.layout.height = 34;
}

static int draw(chart *c, page_picture *picture) {
  const page_view *view = &c->sheet.view;
  const int columns = c->spec->columns, rows = c->spec->rows;
  const double width = (view->right - view->left) / columns, height = (view->bottom - view->top) / rows;
  for (int i = 0; i < columns * rows; i++) {
    c->places[i] = (place){-1, view->left + i % columns * width, view->top + i / columns * height, width, height};
    fill_place(c, &c->places[i]);
  }
  link_all(c);
  if (page_sheet_truth(c->glyphs, c->glyph_count, &c->truth->digits)) return -1;
  return paper_render(&c->spec->page, &c->sheet, picture);
}

int chart_draw(const chart_spec *given, page_picture *picture, chart_truth *truth) {
  chart_spec spec = *given;
  chart c = {.spec = &spec, .truth = truth};
  const size_t places = (size_t)spec.columns * (size_t)spec.rows;
  *picture = (page_picture){0};
  *truth = (chart_truth){0};
  spec.page.writer.width = spec.page.pen.width;
  random_start(&c.random, spec.page.seed, 32);
  train_random_start(&c.hand, spec.page.seed, TRAIN_PURPOSE_DRAWINGS, HANDS, 0);
  c.places = calloc(places, sizeof *c.places);
  c.glyphs = calloc(places * SIGNS_MAX, sizeof *c.glyphs);
  truth->shapes = calloc(places, sizeof *truth->shapes);
  truth->links = calloc(2 * places, sizeof *truth->links);
  int status = c.places && c.glyphs && truth->shapes && truth->links ? page_sheet_create(&c.sheet, &spec.page) : -1;
  if (!status) status = draw(&c, picture);
  page_sheet_free(&c.sheet);
  free(c.places);
  free(c.glyphs);
  if (status) {
    page_picture_free(picture);
    chart_truth_free(truth);
  }
  return status;
}

void chart_truth_free(chart_truth *truth) {
  free(truth->shapes);
  free(truth->links);
  page_truth_free(&truth->digits);
  *truth = (chart_truth){0};
}
