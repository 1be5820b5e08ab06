/* Sets strings sign by sign: each digit from the stroke models or from a writer's scan, each with its own size and
 * foot. */
#include "hard_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alphabet.h"

static int reserve(hard_drawing *drawing) {
  if (drawing->count + HARD_TEXT_MAX <= drawing->capacity) return 0;
  size_t capacity = 2 * drawing->capacity + 4 * HARD_TEXT_MAX;
  page_glyph *glyphs = realloc(drawing->glyphs, capacity * sizeof *glyphs);
  if (!glyphs) return drawing->failed = -1;
  drawing->glyphs = glyphs;
  drawing->capacity = capacity;
  return 0;
}

static int is_digit(char sign) {
  return sign >= '0' && sign <= '9';
}

/* Draws sign `at` at unit height with its left ink at 0; returns its width. */
static double set_sign(hard_drawing *drawing, hard_text *text, int at, const writer_style *style) {
  random_stream *random = &drawing->random;
  double wobble = drawing->page->spec.layout.wobble, size = 1 + wobble * random_normal(random);
  stroke_glyph *strokes = &drawing->glyphs[drawing->count + (size_t)at].strokes;
  char sign = text->signs[at];
  text->size[at] = size;
  text->drop[at] = 0.4 * wobble * random_normal(random);
  text->is_scan[at] =
      drawing->scans && is_digit(sign) && !scan_pick(drawing->scans, sign - '0', random, &text->scans[at]);
  if (text->is_scan[at]) {
    const scan_digit *scan = &text->scans[at];
    return size * (scan->right - scan->left) / (scan->bottom - scan->top);
  }
  if (is_digit(sign))
    stroke_digit(sign - '0', style, random, strokes);
  else if (alphabet_sign(sign, style, random, strokes))
    strokes->count = 0;
  if (!strokes->count) return 0;
  for (size_t i = 0; i < strokes->count; i++) {
    strokes->points[i].x = (strokes->points[i].x - strokes->left) * size;
    strokes->points[i].y = 1 - (1 - strokes->points[i].y) * size + text->drop[at];
  }
  return (strokes->right - strokes->left) * size;
}

void hard_text_set(hard_drawing *drawing, const char *string, const writer_style *style, double gap, double pitch,
                   hard_text *out) {
  static const double gap_min = -0.1, gap_max = 0.2, gap_of_signs = 0.05; /* a point inside a digit is no point */
  double pen = 0;
  *out = (hard_text){0};
  if (reserve(drawing)) return;
  for (; *string && out->count < HARD_TEXT_MAX; string++) {
    int at = out->count++;
    out->signs[at] = *string;
    double width = set_sign(drawing, out, at, style);
    out->x[at] = pitch > 0 ? (at + 0.5) * pitch - width / 2 : pen;
    double apart = fmax(gap_min, fmin(gap_max, gap + 0.04 * random_normal(&drawing->random)));
    if (!is_digit(*string) || (string[1] && !is_digit(string[1]))) apart = fmax(apart, gap_of_signs);
    out->width = pitch > 0 ? out->count * pitch : pen + width;
    pen += width + apart;
  }
}

static void widen(hard_box *box, const stroke_glyph *ink) {
  box->left = fmin(box->left, ink->left), box->right = fmax(box->right, ink->right);
  box->top = fmin(box->top, ink->top), box->bottom = fmax(box->bottom, ink->bottom);
}

hard_box hard_text_lay(hard_drawing *drawing, const hard_text *text, ink_plane *plane, double x, double baseline,
                       double height) {
  hard_box box = {1e9, 1e9, -1e9, -1e9};
  const page_view *view = &drawing->sheet.view;
  for (int i = 0; i < text->count; i++) {
    stroke_glyph *strokes = &drawing->glyphs[drawing->count + (size_t)i].strokes;
    double left = x + text->x[i] * height;
    if (text->is_scan[i]) {
      scan_lay(plane, view, &text->scans[i], left, baseline + text->drop[i] * height, text->size[i] * height,
               drawing->page->boldness, strokes);
    } else {
      page_view_map_strokes(view, left, baseline - height, height, strokes);
      ink_plane_stroke(plane, strokes);
    }
    widen(&box, strokes);
  }
  return box;
}

void hard_text_keep(hard_drawing *drawing, const hard_text *text, int table, int row, int column) {
  for (int i = 0; i < text->count; i++) {
    page_glyph *glyph = &drawing->glyphs[drawing->count++];
    glyph->digit = text->signs[i];
    glyph->line = drawing->line, glyph->number = drawing->number;
    glyph->table = table, glyph->row = row, glyph->column = column;
  }
  drawing->number++;
}
