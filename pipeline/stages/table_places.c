/* Where on a found table a point or a piece of ink lies, and what a cell's ink is by that: a digit that stands in its
 * cell, or what a removed line has left. Fails where a digit reaches far out of its cell. */
#include "stages.h"

#include <math.h>

static const double digit_height_min = 0.3;                   /* of its cell's */
static const double digit_aspect_max = 1.3;                   /* wider ink is two digits that touch */
static const double digit_overhang = 0.06;                    /* of the cell, by which it may reach out */
static const double digit_stroke_max = 0.5;                   /* of its own height: a blurred 8 is nearly a blot */
static const double line_near = 0.12, scrap_height_max = 0.3; /* of a cell: what a removed line may leave */
static const double line_length_min = 1.6;

/* Whether p lies to the right of the way from a to b, which goes clockwise around a cell. */
static int is_right_of(const double *a, const double *b, double x, double y) {
  return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0;
}

static int lies_in(const stage_table *t, int row, int column, double x, double y) {
  const double *top = t->corners + 2 * (row * (t->columns + 1) + column), *bottom = top + 2 * (t->columns + 1);
  return is_right_of(top, top + 2, x, y) && is_right_of(top + 2, bottom + 2, x, y) &&
         is_right_of(bottom + 2, bottom, x, y) && is_right_of(bottom, top, x, y);
}

void stage_table_place_box(const stage_table *t, int place, double box[4]) {
  const double *top = t->corners + 2 * (place / t->columns * (t->columns + 1) + place % t->columns);
  const double *bottom = top + 2 * (t->columns + 1);
  box[0] = fmin(top[0], bottom[0]);
  box[1] = fmin(top[1], top[3]);
  box[2] = fmax(top[2], bottom[2]);
  box[3] = fmax(bottom[1], bottom[3]);
}

void stage_table_cell_box(const stage_table *t, int cell, double box[4]) {
  stage_table_place_box(t, cell, box);
  for (int place = cell + 1; place < t->rows * t->columns; place++) {
    double other[4];
    if (t->cells[place] != cell) continue;
    stage_table_place_box(t, place, other);
    for (int i = 0; i < 4; i++) box[i] = i < 2 ? fmin(box[i], other[i]) : fmax(box[i], other[i]);
  }
}

int stage_tables_locate(const stage_tables *tables, double x, double y, size_t *table, int *place) {
  for (*table = 0; *table < tables->count; (*table)++) {
    const stage_table *t = &tables->items[*table];
    for (*place = 0; *place < t->rows * t->columns; (*place)++)
      if (lies_in(t, *place / t->columns, *place % t->columns, x, y)) return 1;
  }
  return 0;
}

/* The glyph's box as a share of the cell its centre lies in: 0, 0, 1, 1 is the cell itself. */
static int place_in_cell(const stage_tables *tables, const stage_glyph *glyph, size_t *table, double share[4]) {
  int box[4], place;
  double cell[4];
  stage_glyph_page_box(glyph, box);
  if (!stage_tables_locate(tables, (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0, table, &place)) return 0;
  const stage_table *t = &tables->items[*table];
  stage_table_cell_box(t, t->cells[place], cell);
  for (int i = 0; i < 4; i++) share[i] = (box[i] - cell[i % 2]) / fmax(cell[i % 2 + 2] - cell[i % 2], 1);
  return 1;
}

int stage_tables_hold(const stage_tables *tables, const stage_glyph *glyph, size_t *table) {
  double share[4];
  if (!place_in_cell(tables, glyph, table, share)) return 0;
  for (int i = 0; i < 4; i++)
    if (share[i] < -digit_overhang || share[i] > 1 + digit_overhang) return 0;
  if (glyph->width > digit_aspect_max * glyph->height) return 0;
  return share[3] - share[1] >= digit_height_min && glyph->stroke_width <= digit_stroke_max * glyph->height;
}

int stage_tables_left(const stage_tables *tables, const stage_glyph *glyph) {
  double share[4];
  size_t table;
  if (!place_in_cell(tables, glyph, &table, share)) return 0;
  const double x = (share[0] + share[2]) / 2, y = (share[1] + share[3]) / 2;
  if (fmax(share[3] - share[1], share[2] - share[0]) > line_length_min) return 1;
  return (x < line_near || x > 1 - line_near || y < line_near || y > 1 - line_near) &&
         (share[3] - share[1] <= scrap_height_max || share[2] - share[0] <= line_near / 2);
}
