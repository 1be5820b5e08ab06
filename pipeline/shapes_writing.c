/* What stands in shapes: where writing is, and its digits, read as on any page once the outlines are taken away.
 * Letters are not read, and a shape in which they outnumber the digits has none, since a letter here and there looks
 * like a digit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

enum {
  SPECK_SIDE = 4,
  ONES_ALONE_MAX = 2 /* so many parts may all be ones: of more, strokes of letters are likelier */
};
static const double speck_share = 0.04;  /* of a shape's shorter side: smaller parts are dust */
static const double digits_share = 0.85; /* of the parts in a shape that are whole digits, for them to be numbers */
static const double other_digits_share = 0.4; /* that are digits and no ones */
static const double part_height_min = 0.5;    /* of the tallest part: lower ones are marks */
static const double band_widths = 1.1;        /* stroke widths to either side of an outline that are taken away */

typedef struct writing {
  const shapes_analysis *analysis;
  const stage_shape **shapes; /* the chosen ones, as results have them */
  int count;
} writing;

/* The smallest shape that a point lies in; -1: none. */
static int shape_at(const writing *w, double x, double y) {
  int best = -1;
  for (int i = 0; i < w->count; i++) {
    const stage_outline *o = &w->shapes[i]->outline;
    if (x < o->box[0] || x > o->box[2] || y < o->box[1] || y > o->box[3] || o->is_filled) continue;
    if ((best < 0 || o->area < w->shapes[best]->outline.area) && stage_outline_holds(o, x, y)) best = i;
  }
  return best;
}

/* ---- the ink inside ----------------------------------------------------------------------------------------------- */

static int draw_band(const stage_outline *o, double scale, shim_image *mask) {
  const int width = 2 * (int)ceil(band_widths * o->stroke / scale) + 1;
  int status = SHIM_OK;
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; status == SHIM_OK && i < STAGE_OUTLINE_POINTS; j = i++) {
    const float *p = o->points + 2 * j, *q = o->points + 2 * i;
    status = shim_draw_line(mask, (int)(p[0] / scale), (int)(p[1] / scale), (int)(q[0] / scale), (int)(q[1] / scale),
                            (shim_colour){0, 0, 0}, width);
  }
  return status;
}

static int fill_shape(const stage_outline *o, double scale, shim_image *mask) {
  float points[2 * STAGE_OUTLINE_POINTS];
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) points[i] = (float)(o->points[i] / scale - 0.5);
  return shim_fill_polygon(mask, points, STAGE_OUTLINE_POINTS, 255);
}

/* Leaves of a level's ink what lies in shapes. */
static int keep_inside(const writing *w, stage_level *level) {
  shim_image mask;
  const double scale = 1 << level->shift;
  int status = shim_image_create(&mask, level->binary.width, level->binary.height, 1);
  if (status != SHIM_OK) return status;
  memset(mask.data, 0, (size_t)mask.stride * (size_t)mask.height);
  for (int i = 0; status == SHIM_OK && i < w->count; i++)
    if (!w->shapes[i]->outline.is_filled) status = fill_shape(&w->shapes[i]->outline, scale, &mask);
  for (int i = 0; status == SHIM_OK && i < w->count; i++) status = draw_band(&w->shapes[i]->outline, scale, &mask);
  for (int y = 0; y < mask.height; y++)
    for (int x = 0; x < mask.width; x++) {
      const uint8_t inside = mask.data[y * mask.stride + x];
      level->binary.data[y * level->binary.stride + x] &= inside;
      level->ink.data[y * level->ink.stride + x] &= inside;
    }
  shim_image_free(&mask);
  return status;
}

/* ---- where writing is --------------------------------------------------------------------------------------------- */

/* Calls for the parts of the finest level that lie in a shape; returns how many it has, and widens boxes[shape] around
 * them where boxes is not NULL. `least` is the height of a part that counts, per shape. */
static void count_parts(const writing *w, const double *least, double (*boxes)[4], int *counts) {
  const stage_page_parts *parts = &w->analysis->parts;
  for (size_t i = 0; i < parts->count; i++) {
    const double *b = parts->boxes[i], height = b[3] - b[1], side = fmax(b[2] - b[0], height);
    if (parts->levels[i] || side < SPECK_SIDE) continue;
    const int shape = shape_at(w, (b[0] + b[2]) / 2, (b[1] + b[3]) / 2);
    if (shape < 0) continue;
    const double *o = w->shapes[shape]->outline.box;
    if (b[0] < o[0] || b[1] < o[1] || b[2] > o[2] || b[3] > o[3]) continue;
    if (side < speck_share * fmin(o[2] - o[0], o[3] - o[1]) || height < least[shape]) continue;
    int is_shape = 0; /* a nested one's own ink */
    for (int k = 0; k < w->count; k++) is_shape |= k != shape && !memcmp(w->shapes[k]->part_box, b, sizeof(double[4]));
    if (is_shape) continue;
    counts[shape]++;
    if (!boxes) continue;
    for (int axis = 0; axis < 2; axis++) {
      boxes[shape][axis] = fmin(boxes[shape][axis], b[axis]);
      boxes[shape][2 + axis] = fmax(boxes[shape][2 + axis], b[2 + axis]);
    }
  }
}

/* The height, per shape, that parts must have to count as letters or digits. */
static void find_heights(const writing *w, double *least) {
  const stage_page_parts *parts = &w->analysis->parts;
  for (size_t i = 0; i < parts->count; i++) {
    const double *b = parts->boxes[i];
    const int shape = parts->levels[i] ? -1 : shape_at(w, (b[0] + b[2]) / 2, (b[1] + b[3]) / 2);
    if (shape < 0 || b[3] - b[1] > 0.8 * (w->shapes[shape]->outline.box[3] - w->shapes[shape]->outline.box[1]))
      continue;
    least[shape] = fmax(least[shape], part_height_min * (b[3] - b[1]));
  }
}

/* ---- digits --------------------------------------------------------------------------------------------------------- */

typedef struct tally {
  int whole, ones; /* digits that were not cut off others, and how many of them are ones */
} tally;

/* Puts accepted glyphs into the shapes they stand in, but for shapes full of letters, which when cut look like ones. */
static void group_glyphs(const reading *r, const writing *w, const int *letters, int *groups, tally *digits) {
  for (size_t i = 0; i < r->glyphs.count; i++) {
    const stage_box box = reading_box(r, &r->glyphs.items[i]);
    groups[i] = shape_at(w, box.x + box.width / 2, box.y + box.height / 2);
    if (groups[i] < 0 || i >= r->uncut_count || r->verdicts[i].decision != JUDGE_ACCEPTED) continue;
    digits[groups[i]].whole++;
    digits[groups[i]].ones += r->verdicts[i].glyph.text[0] == '1';
  }
  for (size_t i = 0; i < r->glyphs.count; i++) {
    if (groups[i] < 0) continue;
    const tally *t = &digits[groups[i]];
    const int count = letters[groups[i]], surer = t->whole - t->ones;
    if (t->whole < digits_share * count || (count > ONES_ALONE_MAX && surer < other_digits_share * count))
      groups[i] = -1;
  }
}

static int read_digits(reading *r, const writing *w, const int *letters, glyph_shape *shapes) {
  int status = GLYPH_OK;
  for (int i = 0; status == GLYPH_OK && i < r->pyramid.count; i++)
    status = reading_status(r, keep_inside(w, &r->pyramid.levels[i]));
  if (status == GLYPH_OK) status = reader_judge_ink(r);
  int *groups = malloc((r->glyphs.count + 1) * sizeof *groups);
  tally *digits = calloc((size_t)w->count + 1, sizeof *digits);
  size_t *lines = calloc((size_t)w->count + 1, sizeof *lines), first = 0;
  if (status == GLYPH_OK && (!groups || !digits || !lines)) status = reading_status(r, SHIM_ERR_MEMORY);
  if (status == GLYPH_OK) {
    group_glyphs(r, w, letters, groups, digits);
    status = reading_run_lines(r, groups, w->count, lines);
  }
  for (int i = 0; status == GLYPH_OK && i < w->count; first += lines[i++]) {
    shapes[i].first_line = first;
    shapes[i].line_count = lines[i];
  }
  free(groups), free(digits), free(lines);
  return status;
}

int shapes_read_writing(reading *r, const shapes_analysis *analysis) {
  const size_t count = r->page->shape_count;
  glyph_shape *shapes = (glyph_shape *)r->page->shapes;
  writing w = {.analysis = analysis, .shapes = malloc((count + 1) * sizeof *w.shapes)};
  double *least = calloc(count + 1, sizeof *least), (*boxes)[4] = malloc((count + 1) * sizeof *boxes);
  double *nothing = calloc(count + 1, sizeof *nothing);
  int *letters = calloc(count + 1, sizeof *letters), *all = calloc(count + 1, sizeof *all), any = 0;
  int status = w.shapes && least && boxes && nothing && letters && all ? GLYPH_OK : reading_status(r, SHIM_ERR_MEMORY);
  for (size_t i = 0; status == GLYPH_OK && i < analysis->count; i++)
    if (analysis->shapes[i].chosen) w.shapes[w.count++] = &analysis->shapes[i];
  if (status == GLYPH_OK) {
    for (int i = 0; i < w.count; i++)
      memcpy(boxes[i], (double[4]){INFINITY, INFINITY, -INFINITY, -INFINITY}, sizeof *boxes);
    find_heights(&w, least);
    count_parts(&w, least, NULL, letters);
    count_parts(&w, nothing, boxes, all);
  }
  for (int i = 0; status == GLYPH_OK && i < w.count; i++) {
    if (!all[i]) continue;
    const stage_box box = {boxes[i][0], boxes[i][1], boxes[i][2] - boxes[i][0], boxes[i][3] - boxes[i][1]};
    shapes[i].text_box = results_picture_box(r->page, &r->map, box);
    any |= letters[i];
  }
  if (status == GLYPH_OK && any) status = read_digits(r, &w, letters, shapes);
  free(w.shapes), free(least), free(boxes), free(nothing), free(letters), free(all);
  return status;
}
