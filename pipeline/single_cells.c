/* One digit a cell: whether a table is filled so, which its sure digits tell, and what follows. There, ink of a digit's
 * size is not cut into several, and of two digits in a cell one is a scrap or the neighbour's, which hangs over the
 * line. Fails on tables of few digits, which do not tell, and on numbers in square cells where nearly all have one
 * digit. */
#include "single_cells.h"

#include <math.h>
#include <stdlib.h>

enum { FILLED_MIN = 5 };
static const double sure = 0.9;
static const double alone_min = 0.85; /* of the filled cells */
static const double filled_min =
    0.15; /* of all cells: squared paper has many empty ones, a sudoku has 17 of 81 filled */
static const double aspect_max = 1.3;
static const double high_min = 0.3;     /* of its cell */
static const double reaches_min = 0.25; /* of a box that lies in the cell beside its own */

static stage_box box_of(const stage_glyph *glyph) {
  int box[4];
  stage_glyph_page_box(glyph, box);
  return (stage_box){box[0], box[1], box[2] - box[0], box[3] - box[1]};
}

int cells_place_of(const stage_tables *tables, size_t table, const stage_glyph *glyph) {
  const stage_box b = box_of(glyph);
  size_t found;
  int place;
  if (!stage_tables_locate(tables, b.x + b.width / 2, b.y + b.height / 2, &found, &place) || found != table) return -1;
  return place;
}

/* Boxes for one digit are about square; wider ones are made for numbers. */
static int has_square_cells(const stage_table *table) {
  const int places = table->rows * table->columns;
  double width = 0, height = 0;
  for (int place = 0; place < places; place++) {
    double box[4];
    stage_table_cell_box(table, table->cells[place], box);
    width += box[2] - box[0];
    height += box[3] - box[1];
  }
  return fmax(width, height) <= aspect_max * fmin(width, height);
}

/* Whether the ink has about the height of a digit in the cell it lies in: several digits that touch have it too. */
static int is_high(const stage_table *table, int place, const stage_glyph *glyph) {
  double cell[4];
  stage_table_cell_box(table, place, cell);
  return box_of(glyph).height >= high_min * (cell[3] - cell[1]);
}

int cells_mark_single(const stage_table *table, size_t number, const stage_glyphs *glyphs, judge_verdict *verdicts) {
  const stage_tables one = {(stage_table *)table, 1};
  const size_t places = (size_t)table->rows * (size_t)table->columns;
  int *sure_digits = calloc(2 * places, sizeof *sure_digits), *wide = sure_digits + places, filled = 0, alone = 0;
  if (!sure_digits) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    const int place = verdicts[i].scrap ? -1 : cells_place_of(&one, 0, g);
    if (place < 0 || !is_high(table, place, g)) continue;
    if (verdicts[i].in_cell == number)
      sure_digits[place] += verdicts[i].glyph.confidence >= sure;
    else
      wide[place]++;
  }
  for (size_t i = 0; i < places; i++) {
    filled += sure_digits[i] || wide[i];
    alone += sure_digits[i] == 1 && !wide[i];
  }
  free(sure_digits);
  if (alone < FILLED_MIN || filled < filled_min * (double)places || alone < alone_min * filled) return SHIM_OK;
  if (!has_square_cells(table)) return SHIM_OK;
  for (size_t i = 0; i < glyphs->count; i++) {
    verdicts[i].one_a_cell |= verdicts[i].in_cell == number;
    verdicts[i].in_singles |= cells_place_of(&one, 0, &glyphs->items[i]) >= 0;
  }
  return SHIM_OK;
}

double cells_share_inside(const stage_table *table, int place, const stage_box *b) {
  double cell[4];
  stage_table_cell_box(table, table->cells[place], cell);
  const double width = fmin(b->x + b->width, cell[2]) - fmax(b->x, cell[0]);
  const double height = fmin(b->y + b->height, cell[3]) - fmax(b->y, cell[1]);
  return fmax(0, width) * fmax(0, height) / fmax(b->width * b->height, 1e-9);
}

int cells_find_free(const stage_table *table, int place, const stage_box *box, const int *taken) {
  const int row = place / table->columns, column = place % table->columns;
  const int steps[4][2] = {{0, 1}, {0, -1}, {1, 0}, {-1, 0}};
  int best = -1;
  double most = reaches_min;
  for (int i = 0; i < 4; i++) {
    const int r = row + steps[i][0], c = column + steps[i][1];
    if (r < 0 || c < 0 || r >= table->rows || c >= table->columns) continue;
    const int beside = r * table->columns + c;
    if (taken[beside]) continue;
    const double share = cells_share_inside(table, beside, box);
    if (share >= most) best = beside, most = share;
  }
  return best;
}

/* Keeps the best of those in each cell of the table. */
static int keep_best(const stage_tables *tables, size_t table, const stage_glyphs *glyphs, judge_verdict *verdicts) {
  const stage_table *t = &tables->items[table];
  const size_t places = (size_t)t->rows * (size_t)t->columns;
  int *taken = calloc(places, sizeof *taken);
  double *best = calloc(places, sizeof *best);
  const int status = taken && best ? SHIM_OK : SHIM_ERR_MEMORY;
  for (int round = 0; status == SHIM_OK && round < 2; round++)
    for (size_t i = 0; i < glyphs->count; i++) {
      const int place = verdicts[i].decision == JUDGE_ACCEPTED ? cells_place_of(tables, table, &glyphs->items[i]) : -1;
      if (place < 0) continue;
      const stage_box box = box_of(&glyphs->items[i]);
      const double score = verdicts[i].glyph.confidence * cells_share_inside(t, place, &box) * box.height;
      if (round == 0) {
        taken[place]++;
        best[place] = fmax(best[place], score);
      } else if (score < best[place] && cells_find_free(t, place, &box, taken) < 0) {
        verdicts[i].decision = JUDGE_REJECTED;
        verdicts[i].glyph.reason = "cell";
      }
    }
  free(taken);
  free(best);
  return status;
}

int judge_single_cells(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts) {
  int status = SHIM_OK;
  for (size_t table = 0; status == SHIM_OK && table < tables->count; table++) {
    int single = 0;
    for (size_t i = 0; i < glyphs->count && !single; i++)
      single = verdicts[i].one_a_cell && verdicts[i].in_cell == table + 1;
    if (single) status = keep_best(tables, table, glyphs, verdicts);
  }
  return status;
}
