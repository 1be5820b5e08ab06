/* Draws a hard page: the paper's lines, the writing, what lies about, then light and camera; and the truth. */
#include "hard_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_PIXELS 24.0 /* of the pieces that a straight line is bent in */

void hard_line(const hard_drawing *drawing, ink_plane *plane, double x0, double y0, double x1, double y1, double width,
               double flow) {
  const page_view *view = &drawing->sheet.view;
  double length = hypot(x1 - x0, y1 - y0);
  stroke_glyph piece = {.count = 2};
  int pieces = 1 + (int)(length / STEP_PIXELS);
  for (int i = 0; i <= pieces; i++) {
    double t = (double)i / pieces, x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0);
    stroke_point *point = &piece.points[1];
    piece.points[0] = *point;
    page_view_apply(view, x, y, &point->x, &point->y);
    point->radius = width / 2 * page_map_scale(&view->to_picture, x, y);
    point->flow = flow;
    point->joined = i > 0;
    ink_plane_stroke(plane, &piece);
  }
}

void hard_take(hard_drawing *drawing, hard_box box) {
  if (drawing->taken_count == drawing->taken_capacity) {
    size_t capacity = 2 * drawing->taken_capacity + 64;
    hard_box *taken = realloc(drawing->taken, capacity * sizeof *taken);
    if (!taken) {
      drawing->failed = -1;
      return;
    }
    drawing->taken = taken;
    drawing->taken_capacity = capacity;
  }
  drawing->taken[drawing->taken_count++] = box;
}

int hard_is_free(const hard_drawing *drawing, hard_box box, double margin) {
  for (size_t i = 0; i < drawing->taken_count; i++) {
    const hard_box *other = &drawing->taken[i];
    if (box.left < other->right + margin && other->left < box.right + margin && box.top < other->bottom + margin &&
        other->top < box.bottom + margin)
      return 0;
  }
  return 1;
}

hard_box hard_cover(const hard_drawing *drawing, double left, double top, double right, double bottom) {
  hard_box box = {1e9, 1e9, -1e9, -1e9};
  for (int i = 0; i < 9; i++) {
    double x, y;
    page_view_apply(&drawing->sheet.view, left + (right - left) * (i % 3) / 2, top + (bottom - top) * (i / 3) / 2, &x,
                    &y);
    box.left = fmin(box.left, x), box.right = fmax(box.right, x);
    box.top = fmin(box.top, y), box.bottom = fmax(box.bottom, y);
  }
  return box;
}

/* The part of the sheet that the picture shows, a little more of it. */
static hard_box seen_sheet(const hard_drawing *drawing) {
  const page_view *view = &drawing->sheet.view;
  const page_spec *spec = &drawing->page->spec;
  hard_box box = {1e9, 1e9, -1e9, -1e9};
  for (int i = 0; i < 4; i++) {
    double x, y;
    page_map_apply(&view->to_sheet, i & 1 ? spec->width : 0, i & 2 ? spec->height : 0, &x, &y);
    box.left = fmin(box.left, x - spec->bend.depth), box.right = fmax(box.right, x + spec->bend.depth);
    box.top = fmin(box.top, y - spec->bend.depth), box.bottom = fmax(box.bottom, y + spec->bend.depth);
  }
  box.left = fmax(box.left, -view->sheet_width / 2), box.right = fmin(box.right, view->sheet_width / 2);
  box.top = fmax(box.top, -view->sheet_height / 2), box.bottom = fmin(box.bottom, view->sheet_height / 2);
  return box;
}

void hard_rule_paper(hard_drawing *drawing) {
  static const double red[3] = {0.85, 0.45, 0.45};
  const hard_rules *rules = &drawing->page->rules;
  if (rules->pattern == HARD_PLAIN) return;
  hard_box seen = seen_sheet(drawing);
  ink_plane *plane = &drawing->scratch;
  for (double y = ceil(seen.top / rules->pitch) * rules->pitch; y < seen.bottom; y += rules->pitch)
    hard_line(drawing, plane, seen.left, y, seen.right, y, rules->width, 0.95);
  if (rules->pattern == HARD_SQUARED)
    for (double x = ceil(seen.left / rules->pitch) * rules->pitch; x < seen.right; x += rules->pitch)
      hard_line(drawing, plane, x, seen.top, x, seen.bottom, rules->width, 0.95);
  color_layer_lay(&drawing->sheet.print, plane, rules->color, rules->density);
  if (!rules->has_margin) return;
  double x = drawing->sheet.view.left - 0.3 * drawing->page->spec.layout.height;
  hard_line(drawing, plane, x, seen.top, x, seen.bottom, rules->width, 0.95);
  color_layer_lay(&drawing->sheet.print, plane, red, rules->density);
}

/* The numbers with blanks between, the lines with " | ". */
static char *join_text(const page_truth *truth) {
  char *text = malloc(4 * truth->count + 1), *end = text;
  if (!text) return NULL;
  for (size_t i = 0; i < truth->count; i++) {
    const page_truth_glyph *glyph = &truth->glyphs[i];
    if (i && glyph->line != glyph[-1].line)
      end += sprintf(end, " | ");
    else if (i && glyph->number != glyph[-1].number)
      *end++ = ' ';
    *end++ = glyph->digit;
  }
  *end = '\0';
  return text;
}

/* ---- quarter turns ---- */

static int turn_picture(page_picture *picture, int turns) {
  int width = turns % 2 ? picture->height : picture->width, height = turns % 2 ? picture->width : picture->height;
  uint8_t *data = malloc((size_t)width * (size_t)height * 3);
  if (!data) return -1;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int from_x = turns == 1 ? y : turns == 2 ? width - 1 - x : height - 1 - y;
      int from_y = turns == 1 ? width - 1 - x : turns == 2 ? height - 1 - y : x;
      const uint8_t *from = picture->data + ((size_t)from_y * (size_t)picture->width + (size_t)from_x) * 3;
      memcpy(data + ((size_t)y * (size_t)width + (size_t)x) * 3, from, 3);
    }
  free(picture->data);
  *picture = (page_picture){data, width, height};
  return 0;
}

/* One quarter turn clockwise of a picture that was `height` high. */
static void turn_truth(page_truth *truth, int height) {
  for (size_t i = 0; i < truth->count; i++) {
    page_truth_glyph *glyph = &truth->glyphs[i], old = *glyph;
    glyph->x = height - old.y - old.height, glyph->y = old.x;
    glyph->width = old.height, glyph->height = old.width;
  }
  for (size_t i = 0; i < truth->table_count; i++)
    for (int k = 0; k < 4; k++) {
      double *corner = truth->tables[i].quad[k], x = corner[0];
      corner[0] = height - corner[1], corner[1] = x;
    }
}

static int turn(const hard_page *page, page_picture *picture, page_truth *truth) {
  if (!page->quarter_turns) return 0;
  for (int i = 0; truth && i < page->quarter_turns; i++) turn_truth(truth, i % 2 ? picture->width : picture->height);
  return turn_picture(picture, page->quarter_turns);
}

/* ---- the whole ---- */

static int open_drawing(hard_drawing *drawing, const hard_page *page, const scan_set *scans) {
  *drawing = (hard_drawing){.page = page, .scans = scans};
  random_start(&drawing->random, page->spec.seed, 22);
  page_sheet *sheet = &drawing->sheet;
  drawing->tables = malloc(HARD_TABLES_MAX * sizeof *drawing->tables);
  return !drawing->tables || page_sheet_create(sheet, &page->spec) ||
         ink_plane_create(&drawing->scratch, page->spec.width, page->spec.height) ||
         color_layer_create(&sheet->print, page->spec.width, page->spec.height) ||
         color_layer_create(&sheet->things, page->spec.width, page->spec.height);
}

static void close_drawing(hard_drawing *drawing) {
  page_sheet_free(&drawing->sheet);
  ink_plane_free(&drawing->scratch);
  free(drawing->glyphs);
  free(drawing->tables);
  free(drawing->taken);
}

static int give_truth(hard_drawing *drawing, page_truth *truth) {
  if (page_sheet_truth(drawing->glyphs, drawing->count, truth)) return -1;
  truth->tables = drawing->tables;
  truth->table_count = drawing->table_count;
  drawing->tables = NULL;
  truth->marks = drawing->marks;
  truth->text = join_text(truth);
  return truth->text ? 0 : -1;
}

int hard_page_draw(const hard_page *page, const scan_set *scans, page_picture *picture, page_truth *truth) {
  hard_drawing drawing;
  page_truth own;
  int status = -1;
  *picture = (page_picture){0};
  if (!truth) truth = &own;
  *truth = (page_truth){0};
  if (open_drawing(&drawing, page, scans)) goto cleanup;
  hard_rule_paper(&drawing);
  if (page->content == HARD_LETTERS)
    hard_write_letters(&drawing);
  else
    hard_write_numbers(&drawing);
  hard_lay_clutter(&drawing);
  if (drawing.failed || paper_render(&page->spec, &drawing.sheet, picture) || give_truth(&drawing, truth)) goto cleanup;
  status = turn(page, picture, truth);
cleanup:
  close_drawing(&drawing);
  if (status) page_picture_free(picture);
  if (status || truth == &own) page_truth_free(truth);
  return status;
}
