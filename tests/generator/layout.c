/* Sets digits in lines on the sheet and maps them through the camera (a rotation and a mild perspective). Digits keep a
 * gap between their ink, so none touch: the truth is one box a digit. */
#include "layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEGREE 0.017453292519943295
#define PI 3.141592653589793
#define TEXT_MAX 4096

void page_map_apply(const page_map *map, double x, double y, double *out_x, double *out_y) {
  const double *m = map->m;
  double w = m[6] * x + m[7] * y + m[8];
  *out_x = (m[0] * x + m[1] * y + m[2]) / w;
  *out_y = (m[3] * x + m[4] * y + m[5]) / w;
}

double page_map_scale(const page_map *map, double x, double y) {
  double x0, y0, x1, y1, x2, y2;
  page_map_apply(map, x, y, &x0, &y0);
  page_map_apply(map, x + 1, y, &x1, &y1);
  page_map_apply(map, x, y + 1, &x2, &y2);
  return sqrt(fabs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)));
}

void page_map_invert(const page_map *map, page_map *inverse) {
  const double *m = map->m;
  double *n = inverse->m;
  n[0] = m[4] * m[8] - m[5] * m[7], n[1] = m[2] * m[7] - m[1] * m[8], n[2] = m[1] * m[5] - m[2] * m[4];
  n[3] = m[5] * m[6] - m[3] * m[8], n[4] = m[0] * m[8] - m[2] * m[6], n[5] = m[2] * m[3] - m[0] * m[5];
  n[6] = m[3] * m[7] - m[4] * m[6], n[7] = m[1] * m[6] - m[0] * m[7], n[8] = m[0] * m[4] - m[1] * m[3];
}

static void view_map(page_map *map, const page_spec *spec, double scale) {
  double angle = spec->camera.tilt * DEGREE, side = spec->width > spec->height ? spec->width : spec->height;
  double lean = spec->camera.perspective / side, toward = spec->camera.perspective_angle * DEGREE;
  double px = lean * cos(toward), py = lean * sin(toward), cx = spec->width / 2.0, cy = spec->height / 2.0;
  *map = (page_map){{scale * cos(angle) + cx * px, -scale * sin(angle) + cx * py, cx, scale * sin(angle) + cy * px,
                     scale * cos(angle) + cy * py, cy, px, py, 1}};
}

/* The largest distance of the rectangle's corners from the picture's middle; 1 is the picture's border. */
static double reach(const page_map *map, const page_spec *spec, double half_width, double half_height) {
  double most = 0;
  for (int i = 0; i < 4; i++) {
    double x, y;
    page_map_apply(map, i & 1 ? half_width : -half_width, i & 2 ? half_height : -half_height, &x, &y);
    most = fmax(most, fabs(2 * x / spec->width - 1));
    most = fmax(most, fabs(2 * y / spec->height - 1));
  }
  return most;
}

void page_view_init(page_view *view, const page_spec *spec) {
  double half_width = spec->width / 2.0, half_height = spec->height / 2.0;
  view_map(&view->to_picture, spec, 1);
  page_map_invert(&view->to_picture, &view->to_sheet);
  double share = 1, inside = spec->paper.edge > 0 ? 1 - spec->paper.edge : 0.97;
  while (share > 0.05 && reach(&view->to_picture, spec, share * half_width, share * half_height) > inside)
    share *= 0.98;
  double sheet = spec->paper.edge > 0 ? share : 100, free = share * (spec->paper.edge > 0 ? 0.9 : 1);
  view->sheet_width = 2 * sheet * half_width;
  view->sheet_height = 2 * sheet * half_height;
  view->bend = spec->bend;
  view->right = free * half_width - spec->bend.depth;
  view->bottom = free * half_height - spec->bend.depth;
  view->left = -view->right;
  view->top = -view->bottom;
}

/* The sheet's coordinates turned into the wave's direction, and how far the wave lifts a point across it. */
static double bend_phase(const page_bend *bend, double x, double y) {
  double angle = bend->angle * DEGREE;
  return 2 * PI * (x * cos(angle) + y * sin(angle)) / bend->length + bend->phase;
}

static void bend_point(const page_bend *bend, double sign, double *x, double *y) {
  if (bend->depth == 0) return;
  double lift = sign * bend->depth * sin(bend_phase(bend, *x, *y));
  *x -= lift * sin(bend->angle * DEGREE);
  *y += lift * cos(bend->angle * DEGREE);
}

void page_view_apply(const page_view *view, double x, double y, double *out_x, double *out_y) {
  bend_point(&view->bend, 1, &x, &y);
  page_map_apply(&view->to_picture, x, y, out_x, out_y);
}

void page_view_undo(const page_view *view, double x, double y, double *out_x, double *out_y) {
  page_map_apply(&view->to_sheet, x, y, out_x, out_y);
  bend_point(&view->bend, -1, out_x, out_y);
}

double page_view_slope(const page_view *view, double x, double y) {
  if (view->bend.depth == 0) return 0;
  return 2 * PI * view->bend.depth / view->bend.length * cos(bend_phase(&view->bend, x, y));
}

static char *random_text(const page_layout *layout, random_stream *random) {
  char *text = malloc(TEXT_MAX), *end = text;
  if (!text) return NULL;
  for (int line = 0; line < layout->lines && end - text < TEXT_MAX - 256; line++) {
    if (line) end = strcpy(end, " | ") + 3;
    int numbers = 1 + random_below(random, layout->numbers);
    for (int number = 0; number < numbers && end - text < TEXT_MAX - 64; number++) {
      if (number) *end++ = ' ';
      int digits = 1 + random_below(random, layout->digits);
      for (int i = 0; i < digits; i++) *end++ = (char)('0' + random_below(random, 10));
    }
  }
  *end = '\0';
  return text;
}

/* Draws every digit at unit height with its left ink at the pen's place; returns the widest line's width. */
static double set_lines(const page_spec *spec, const char *text, random_stream *random, page_glyph *glyphs,
                        size_t *count, int *lines) {
  const page_layout *layout = &spec->layout;
  double pen = 0, widest = 0, baseline = 0;
  int line = 0, number = 0;
  *count = 0;
  for (const char *at = text; *at; at++) {
    if (*at == '|') {
      line++, number++, pen = 0, baseline = 0;
      if (at[1] == ' ') at++;
    } else if (*at == ' ') {
      if (at[1] != '|') number++, pen += layout->blank - layout->gap;
    } else {
      page_glyph *glyph = &glyphs[(*count)++];
      glyph->digit = *at, glyph->line = line, glyph->number = number, glyph->table = 0;
      stroke_digit(*at - '0', &spec->writer, random, &glyph->strokes);
      double size = 1 + layout->wobble * random_normal(random);
      baseline += 0.5 * layout->wobble * random_normal(random);
      for (size_t i = 0; i < glyph->strokes.count; i++) {
        stroke_point *point = &glyph->strokes.points[i];
        point->x = pen + (point->x - glyph->strokes.left) * size;
        point->y = line * layout->pitch + baseline + 1 - (1 - point->y) * size;
      }
      pen += (glyph->strokes.right - glyph->strokes.left) * size;
      widest = fmax(widest, pen);
      pen += layout->gap * (1 + 0.4 * random_normal(random) / 3.5);
    }
  }
  *lines = line + 1;
  return widest;
}

void page_view_map_strokes(const page_view *view, double x, double y, double height, stroke_glyph *strokes) {
  strokes->left = strokes->top = 1e9;
  strokes->right = strokes->bottom = -1e9;
  for (size_t i = 0; i < strokes->count; i++) {
    stroke_point *point = &strokes->points[i];
    double sheet_x = x + point->x * height, sheet_y = y + point->y * height;
    point->radius *= height * page_map_scale(&view->to_picture, sheet_x, sheet_y);
    page_view_apply(view, sheet_x, sheet_y, &point->x, &point->y);
    strokes->left = fmin(strokes->left, point->x - point->radius);
    strokes->right = fmax(strokes->right, point->x + point->radius);
    strokes->top = fmin(strokes->top, point->y - point->radius);
    strokes->bottom = fmax(strokes->bottom, point->y + point->radius);
  }
}

static int are_apart(const stroke_glyph *a, const stroke_glyph *b, double gap) {
  return a->left > b->right + gap || b->left > a->right + gap || a->top > b->bottom + gap || b->top > a->bottom + gap;
}

/* Digits strewn over the sheet with one pen, in sizes from a quarter of the height up; each is a line of its own. */
static size_t scatter(const page_spec *spec, const page_view *view, random_stream *random, page_glyph *glyphs,
                      char *text) {
  enum { TRIES = 60 };
  writer_style style = spec->writer;
  size_t count = 0;
  for (int i = 0; i < spec->layout.scattered; i++) {
    page_glyph *glyph = &glyphs[count];
    double share = random_unit(random), size = spec->layout.height * (0.25 + 0.75 * share * share);
    style.width = fmin(0.16, spec->writer.width * spec->layout.height / size * 0.5);
    glyph->digit = (char)('0' + random_below(random, 10));
    glyph->line = glyph->number = (int)count;
    glyph->table = 0;
    int placed = 0;
    for (int try = 0; try < TRIES && !placed; try++) {
      double x = random_between(random, view->left + 0.5 * size, view->right - 0.5 * size);
      double y = random_between(random, view->top, view->bottom - 1.1 * size);
      stroke_digit(glyph->digit - '0', &style, random, &glyph->strokes);
      page_view_map_strokes(view, x, y, size, &glyph->strokes);
      placed = 1;
      for (size_t k = 0; k < count && placed; k++)
        placed = are_apart(&glyph->strokes, &glyphs[k].strokes, 0.12 * spec->layout.height);
    }
    if (!placed) continue;
    text += sprintf(text, "%s%c", count ? " | " : "", glyph->digit);
    count++;
  }
  return count;
}

static int write_scattered(const page_spec *spec, const page_view *view, random_stream *random, page_glyph **glyphs,
                           size_t *count, char **text) {
  size_t most = (size_t)spec->layout.scattered;
  *glyphs = malloc(most * sizeof **glyphs);
  *text = calloc(most, 4);
  if (!*glyphs || !*text) return -1;
  *count = scatter(spec, view, random, *glyphs, *text);
  return 0;
}

static int write_lines(const page_spec *spec, const page_view *view, random_stream *random, page_glyph **glyphs,
                       size_t *count, char **text) {
  *text = spec->layout.text[0] ? strdup(spec->layout.text) : random_text(&spec->layout, random);
  *glyphs = *text ? malloc((strlen(*text) + 1) * sizeof **glyphs) : NULL;
  if (!*glyphs) return -1;
  int lines;
  double widest = set_lines(spec, *text, random, *glyphs, count, &lines);
  if (!*count) return 0;
  double tall = (lines - 1) * spec->layout.pitch + 1 + 4 * spec->layout.wobble + 2 * spec->writer.width;
  double room_x = view->right - view->left, room_y = view->bottom - view->top, height = spec->layout.height;
  height = fmin(height, fmin(room_x / (widest + spec->writer.width), room_y / tall));
  double x = view->left + spec->layout.x * (room_x - widest * height);
  double y =
      view->top + spec->layout.y * (room_y - tall * height) + (2 * spec->layout.wobble + spec->writer.width) * height;
  for (size_t i = 0; i < *count; i++) page_view_map_strokes(view, x, y, height, &(*glyphs)[i].strokes);
  return 0;
}

int page_layout_write(const page_spec *spec, const page_view *view, page_glyph **glyphs, size_t *count, char **text) {
  random_stream random;
  random_start(&random, spec->seed, 1);
  *count = 0;
  *glyphs = NULL;
  *text = NULL;
  int status = spec->layout.scattered ? write_scattered(spec, view, &random, glyphs, count, text)
                                      : write_lines(spec, view, &random, glyphs, count, text);
  if (!status) return 0;
  free(*glyphs);
  free(*text);
  *glyphs = NULL;
  *text = NULL;
  return -1;
}
