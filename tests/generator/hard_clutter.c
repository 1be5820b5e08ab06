/* What lies about on a hard page and is no number: words, drawings, printed paragraphs and stamps on the sheet;
 * staples, pens and hands over it. All of it keeps clear of the numbers; what finds no free place is left out. */
#include "hard_text.h"

#include <math.h>

#include "alphabet.h"

enum { PLACE_TRIES = 25, THING_TRIES = 12 };

/* Finds room for a rectangle of the sheet and takes it; 0 where there is none. */
static int find_place(hard_drawing *drawing, double width, double height, double *x, double *y) {
  const page_view *view = &drawing->sheet.view;
  double room_x = view->right - view->left - width, room_y = view->bottom - view->top - height;
  if (room_x <= 0 || room_y <= 0) return 0;
  for (int i = 0; i < PLACE_TRIES; i++) {
    *x = view->left + room_x * random_unit(&drawing->random);
    *y = view->top + room_y * random_unit(&drawing->random);
    hard_box box = hard_cover(drawing, *x, *y, *x + width, *y + height);
    if (!hard_is_free(drawing, box, 0.6 * drawing->page->spec.layout.height)) continue;
    hard_take(drawing, box);
    return 1;
  }
  return 0;
}

static void write_word(hard_drawing *drawing) {
  char word[ALPHABET_WORD_MAX];
  hard_text text;
  double x, y, height = drawing->page->spec.layout.height * random_between(&drawing->random, 0.7, 1.2);
  alphabet_word(&drawing->random, word);
  hard_text_set(drawing, word, &drawing->page->spec.writer, 0.15, 0, &text);
  if (!find_place(drawing, text.width * height, 1.5 * height, &x, &y)) return;
  hard_text_lay(drawing, &text, &drawing->sheet.writing, x, y + height, height);
  drawing->marks += (size_t)text.count;
}

static void draw_doodle(hard_drawing *drawing) {
  stroke_glyph doodle;
  double x, y, height = drawing->page->spec.layout.height * random_between(&drawing->random, 0.8, 2.5);
  alphabet_doodle(random_below(&drawing->random, alphabet_doodle_count()), &drawing->page->spec.writer,
                  &drawing->random, &doodle);
  if (!find_place(drawing, 1.1 * height, height, &x, &y)) return;
  page_view_map_strokes(&drawing->sheet.view, x + 0.3 * height, y, height, &doodle);
  ink_plane_stroke(&drawing->sheet.writing, &doodle);
  drawing->marks++;
}

/* An even hand that stands for print. */
static writer_style print_style(random_stream *random) {
  writer_style style = {.aspect = random_between(random, 0.8, 1.1), .width = random_between(random, 0.1, 0.2)};
  return style;
}

/* A paragraph without figures. */
static void print_paragraph(hard_drawing *drawing) {
  random_stream *random = &drawing->random;
  const page_view *view = &drawing->sheet.view;
  static const double ink[3] = {0.1, 0.1, 0.1};
  writer_style style = print_style(random);
  double height = random_between(random, 8, 20), width = random_between(random, 0.2, 0.5) * (view->right - view->left);
  int lines = 2 + random_below(random, 5);
  double x, y;
  if (!find_place(drawing, width, 1.6 * lines * height, &x, &y)) return;
  for (int line = 0; line < lines; line++)
    for (double pen = x;;) {
      char word[ALPHABET_WORD_MAX];
      hard_text text;
      alphabet_word(random, word);
      hard_text_set(drawing, word, &style, 0.12, 0, &text);
      if (!text.count || pen + text.width * height > x + width) break;
      hard_text_lay(drawing, &text, &drawing->scratch, pen, y + (1.6 * line + 1.1) * height, height);
      drawing->marks += (size_t)text.count;
      pen += (text.width + 0.45) * height;
    }
  color_layer_lay(&drawing->sheet.print, &drawing->scratch, ink, 0.9);
}

static void ring(hard_drawing *drawing, double x, double y, double radius, double width) {
  enum { STEPS = 40 };
  for (int i = 0; i < STEPS; i++) {
    double a = 2 * 3.14159265 * i / STEPS, b = 2 * 3.14159265 * (i + 1) / STEPS;
    hard_line(drawing, &drawing->scratch, x + radius * cos(a), y + radius * sin(a), x + radius * cos(b),
              y + radius * sin(b), width, random_between(&drawing->random, 0.5, 1));
  }
}

/* Two rings around a word. */
static void stamp(hard_drawing *drawing) {
  random_stream *random = &drawing->random;
  static const double inks[][3] = {{0.15, 0.2, 0.6}, {0.7, 0.12, 0.2}, {0.35, 0.15, 0.5}};
  writer_style style = print_style(random);
  char word[ALPHABET_WORD_MAX];
  hard_text text;
  double x, y, radius = random_between(random, 30, 90);
  if (!find_place(drawing, 2 * radius, 2 * radius, &x, &y)) return;
  ring(drawing, x + radius, y + radius, 0.97 * radius, 0.05 * radius);
  ring(drawing, x + radius, y + radius, 0.8 * radius, 0.03 * radius);
  alphabet_word(random, word);
  hard_text_set(drawing, word, &style, 0.12, 0, &text);
  double height = fmin(0.5 * radius, 1.3 * radius / fmax(text.width, 1));
  hard_text_lay(drawing, &text, &drawing->scratch, x + radius - text.width * height / 2, y + radius + height / 2,
                height);
  drawing->marks += (size_t)text.count + 1;
  color_layer_lay(&drawing->sheet.print, &drawing->scratch, inks[random_below(random, 3)],
                  random_between(random, 0.4, 0.85));
}

/* ---- things, in the picture's coordinates ---- */

typedef struct thing_part {
  double x0, y0, x1, y1, radius0, radius1;
} thing_part;

static void lay_parts(hard_drawing *drawing, const thing_part *parts, int count, const double color[3], double density,
                      double shift) {
  stroke_glyph stroke = {.count = 2};
  for (int i = 0; i < count; i++) {
    const thing_part *part = &parts[i];
    stroke.points[0] = (stroke_point){part->x0 + shift, part->y0 + shift, part->radius0, 1, 0};
    stroke.points[1] = (stroke_point){part->x1 + shift, part->y1 + shift, part->radius1, 1, 1};
    ink_plane_stroke(&drawing->scratch, &stroke);
  }
  color_layer_lay(&drawing->sheet.things, &drawing->scratch, color, density);
}

static hard_box around(const thing_part *parts, int count) {
  hard_box box = {1e9, 1e9, -1e9, -1e9};
  for (int i = 0; i < count; i++) {
    double radius = fmax(parts[i].radius0, parts[i].radius1);
    box.left = fmin(box.left, fmin(parts[i].x0, parts[i].x1) - radius);
    box.right = fmax(box.right, fmax(parts[i].x0, parts[i].x1) + radius);
    box.top = fmin(box.top, fmin(parts[i].y0, parts[i].y1) - radius);
    box.bottom = fmax(box.bottom, fmax(parts[i].y0, parts[i].y1) + radius);
  }
  return box;
}

/* Lays the thing with its shadow where it covers no writing; 0 where it would. */
static int lay_thing(hard_drawing *drawing, const thing_part *parts, int count, const double color[3], double lift) {
  static const double dark[3] = {0.05, 0.05, 0.05};
  hard_box box = around(parts, count);
  box.right += 2 * lift, box.bottom += 2 * lift;
  if (!hard_is_free(drawing, box, 4)) return 0;
  hard_take(drawing, box);
  lay_parts(drawing, parts, count, dark, 0.35, lift);
  lay_parts(drawing, parts, count, color, 1, 0);
  return 1;
}

/* A place on the picture's border and the direction from it to somewhere inside. */
static void enter(hard_drawing *drawing, double *x, double *y, double *angle) {
  const page_spec *spec = &drawing->page->spec;
  random_stream *random = &drawing->random;
  int side = random_below(random, 4);
  double along = random_between(random, 0.05, 0.95);
  *x = side == 0 ? 0 : side == 1 ? spec->width : along * spec->width;
  *y = side == 2 ? 0 : side == 3 ? spec->height : along * spec->height;
  *angle = atan2(spec->height / 2.0 - *y, spec->width / 2.0 - *x) + 0.5 * random_normal(random);
}

static void lay_hand(hard_drawing *drawing) {
  enum { FINGERS = 4 };
  random_stream *random = &drawing->random;
  double shade = random_between(random, 0.35, 0.9), skin[3] = {shade, shade * 0.78, shade * 0.65};
  for (int try = 0; try < THING_TRIES; try++) {
    thing_part parts[FINGERS + 1];
    double x, y, angle, size = random_between(random, 0.04, 0.09) * drawing->page->spec.width;
    enter(drawing, &x, &y, &angle);
    parts[FINGERS] = (thing_part){x - size * cos(angle), y - size * sin(angle), x, y, 1.3 * size, 1.2 * size};
    for (int i = 0; i < FINGERS; i++) {
      double spread = (i - 1.5) * 0.25 + 0.05 * random_normal(random), across = (i - 1.5) * 0.6 * size;
      double reach = size * (i == 0 ? 1.4 : 2) * random_between(random, 0.9, 1.1);
      double base_x = x - across * sin(angle), base_y = y + across * cos(angle);
      parts[i] = (thing_part){
          base_x,      base_y,     base_x + reach * cos(angle + spread), base_y + reach * sin(angle + spread),
          0.33 * size, 0.24 * size};
    }
    if (lay_thing(drawing, parts, FINGERS + 1, skin, 0.15 * size)) return;
  }
}

static void lay_pen(hard_drawing *drawing) {
  random_stream *random = &drawing->random;
  double color[3];
  for (int c = 0; c < 3; c++) color[c] = random_between(random, 0.03, 0.9);
  for (int try = 0; try < THING_TRIES; try++) {
    double x, y, angle, length = random_between(random, 0.1, 0.35) * drawing->page->spec.width;
    enter(drawing, &x, &y, &angle);
    double radius = random_between(random, 4, 11), tip = length + 4 * radius;
    thing_part parts[2] = {
        {x, y, x + length * cos(angle), y + length * sin(angle), radius, radius},
        {x + length * cos(angle), y + length * sin(angle), x + tip * cos(angle), y + tip * sin(angle), radius, 1}};
    if (lay_thing(drawing, parts, 2, color, radius)) return;
  }
}

static void lay_staple(hard_drawing *drawing) {
  static const double metal[3] = {0.62, 0.62, 0.65};
  random_stream *random = &drawing->random;
  const page_spec *spec = &drawing->page->spec;
  for (int try = 0; try < THING_TRIES; try++) {
    double x = random_between(random, 0.03, 0.97) * spec->width, y = random_between(random, 0.03, 0.97) * spec->height;
    double angle = random_between(random, 0, 3.14), length = random_between(random, 18, 45);
    double dx = length * cos(angle), dy = length * sin(angle);
    thing_part parts[1] = {{x, y, x + dx, y + dy, 1.6, 1.6}};
    if (lay_thing(drawing, parts, 1, metal, 2)) return;
  }
}

void hard_lay_clutter(hard_drawing *drawing) {
  const hard_clutter *clutter = &drawing->page->clutter;
  for (int i = 0; i < clutter->words; i++) write_word(drawing);
  for (int i = 0; i < clutter->doodles; i++) draw_doodle(drawing);
  for (int i = 0; i < clutter->print; i++) print_paragraph(drawing);
  for (int i = 0; i < clutter->stamps; i++) stamp(drawing);
  for (int i = 0; i < clutter->staples; i++) lay_staple(drawing);
  for (int i = 0; i < clutter->pens; i++) lay_pen(drawing);
  for (int i = 0; i < clutter->hands; i++) lay_hand(drawing);
}
