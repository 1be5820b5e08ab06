/* From boxes on a page to lines, and to numbers in the cells of tables. A box stands in the cell its centre lies in.
 * Whether a grid is a table shows in what is written there: on squared paper, digits stand on the lines. */
#include "cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALONE_MIN = 9 };
static const double alone_share = 0.85;  /* of the filled cells */
static const double overhang_max = 0.25; /* of a box that may lie outside its cell */
static const double misfits_max = 0.34;  /* of a table's boxes */
static const double near_side = 0.3;     /* heights between a box and a side that it may belong across */

static int fits(const stage_box *b, const double cell[4]) {
  return b->x >= cell[0] - overhang_max * b->width && b->x + b->width <= cell[2] + overhang_max * b->width &&
         b->y >= cell[1] - overhang_max * b->height && b->y + b->height <= cell[3] + overhang_max * b->height;
}

static void locate(const stage_tables *tables, const stage_box *boxes, size_t count, cells_item *items) {
  for (size_t i = 0; i < count; i++) {
    size_t table;
    int place;
    items[i] = (cells_item){-1, 0, -1, -1};
    if (!stage_tables_locate(tables, boxes[i].x + boxes[i].width / 2, boxes[i].y + boxes[i].height / 2, &table, &place))
      continue;
    items[i].table = (int)table;
    items[i].place = place; /* of the grid; its cell follows when cells are parted */
  }
}

/* Whether a box touches or nears another place of its joined cell. */
static int leans_over(const stage_table *t, int place, const stage_box *b) {
  const double near = near_side * b->height;
  const double *corner = t->corners + 2 * (place / t->columns * (t->columns + 1) + place % t->columns);
  const double *below = corner + 2 * (t->columns + 1);
  const int column = place % t->columns, cell = t->cells[place];
  const int left = column > 0 && t->cells[place - 1] == cell,
            right = column + 1 < t->columns && t->cells[place + 1] == cell;
  const int up = place >= t->columns && t->cells[place - t->columns] == cell;
  const int down = place + t->columns < t->rows * t->columns && t->cells[place + t->columns] == cell;
  return (left && b->x - near < (corner[0] + below[0]) / 2) ||
         (right && b->x + b->width + near > (corner[2] + below[2]) / 2) ||
         (up && b->y - near < (corner[1] + corner[3]) / 2) ||
         (down && b->y + b->height + near > (below[1] + below[3]) / 2);
}

/* Whether nearly all cells that are filled hold one box. */
static int has_one_a_cell(const stage_table *t, int table, size_t count, const cells_item *items) {
  int filled = 0, alone = 0;
  for (int cell = 0; cell < t->rows * t->columns; cell++) {
    int here = 0;
    for (size_t i = 0; t->cells[cell] == cell && i < count; i++)
      here += items[i].table == table && t->cells[items[i].place] == cell;
    filled += here > 0;
    alone += here == 1;
  }
  return alone >= ALONE_MIN && alone >= alone_share * filled;
}

/* Whether each of the boxes in a joined cell stands alone in a place of its own. */
static int stand_apart(const stage_table *t, int table, int cell, const stage_box *boxes, size_t count,
                       const cells_item *items) {
  for (size_t i = 0; i < count; i++) {
    double box[4];
    if (items[i].table != table || t->cells[items[i].place] != cell) continue;
    stage_table_place_box(t, items[i].place, box);
    if (!fits(&boxes[i], box)) return 0;
    for (size_t k = 0; k < i; k++)
      if (items[k].table == table && items[k].place == items[i].place) return 0;
  }
  return 1;
}

/* Parts joined cells in which boxes stand in more than one place, each well away from the others or, in a table of one
 * box a cell, alone. */
static void part_cells(stage_table *t, int table, const stage_box *boxes, size_t count, const cells_item *items) {
  const int single = has_one_a_cell(t, table, count, items);
  for (int cell = 0; cell < t->rows * t->columns; cell++) {
    int first = -1, places = 0, whole = 0;
    if (t->cells[cell] != cell) continue;
    for (size_t i = 0; i < count; i++) {
      if (items[i].table != table || t->cells[items[i].place] != cell) continue;
      places += first >= 0 && items[i].place != first;
      first = items[i].place;
      whole |= leans_over(t, items[i].place, &boxes[i]);
    }
    if (!places || (whole && !(single && stand_apart(t, table, cell, boxes, count, items)))) continue;
    for (int place = t->rows * t->columns - 1; place >= cell; place--)
      if (t->cells[place] == cell) t->cells[place] = place;
  }
}

/* Whether the boxes stand in the cells, and not across their lines. */
static int is_filled(const stage_table *t, int table, const stage_box *boxes, size_t count, const cells_item *items) {
  size_t inside = 0, misfits = 0;
  for (size_t i = 0; i < count; i++) {
    if (items[i].table != table) continue;
    double cell[4];
    stage_table_cell_box(t, t->cells[items[i].place], cell);
    inside++;
    misfits += !fits(&boxes[i], cell);
  }
  return inside && misfits <= misfits_max * inside;
}

static void drop_table(stage_tables *tables, int table, cells_item *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (items[i].table == table) items[i].table = items[i].place = -1;
    items[i].table -= items[i].table > table;
  }
  free(tables->items[table].corners);
  free(tables->items[table].cells);
  tables->count--;
  memmove(&tables->items[table], &tables->items[table + 1], (tables->count - (size_t)table) * sizeof *tables->items);
}

static void choose_tables(stage_tables *tables, const stage_box *boxes, size_t count, cells_item *items) {
  locate(tables, boxes, count, items);
  for (int table = (int)tables->count - 1; table >= 0; table--) {
    stage_table *t = &tables->items[table];
    part_cells(t, table, boxes, count, items);
    if (!is_filled(t, table, boxes, count, items)) drop_table(tables, table, items, count);
  }
  for (size_t i = 0; i < count; i++)
    if (items[i].table >= 0) items[i].place = tables->items[items[i].table].cells[items[i].place];
}

/* ---- order -------------------------------------------------------------------------------------------------------- */

typedef struct arrangement {
  const stage_box *boxes;
  double square; /* as of stage_lines */
  cells_item *items;
  size_t *order;      /* all boxes: lines first, then by table and cell */
  stage_box *part;    /* the boxes of one cell, or of all lines */
  size_t *part_order; /* and their reading order */
  size_t *indices;    /* and which ones they are */
  stage_line_item *lines;
  int number; /* how many numbers there are so far */
} arrangement;

/* Puts those of order[first, last) into reading order, as stage_lines reads them. */
static int arrange_part(arrangement *a, size_t first, size_t last, int in_lines) {
  const size_t count = last - first;
  int numbers = 0;
  for (size_t k = 0; k < count; k++) {
    a->indices[k] = a->order[first + k];
    a->part[k] = a->boxes[a->indices[k]];
  }
  const int status = stage_lines(a->part, count, a->square, a->part_order, a->lines, NULL);
  if (status != SHIM_OK) return status;
  for (size_t k = 0; k < count; k++) {
    const size_t from = a->part_order[k];
    cells_item *item = &a->items[a->indices[from]];
    a->order[first + k] = a->indices[from];
    if (in_lines) item->line = a->lines[from].line;
    item->number = a->number + a->lines[from].number;
    if (a->lines[from].number >= numbers) numbers = a->lines[from].number + 1;
  }
  a->number += numbers;
  return SHIM_OK;
}

static int arrange_all(const stage_tables *tables, size_t count, arrangement *a) {
  size_t next = 0;
  for (size_t i = 0; i < count; i++)
    if (a->items[i].table < 0) a->order[next++] = i;
  int status = arrange_part(a, 0, next, 1);
  for (int table = 0; status == SHIM_OK && table < (int)tables->count; table++) {
    const stage_table *t = &tables->items[table];
    for (int cell = 0; status == SHIM_OK && cell < t->rows * t->columns; cell++) {
      const size_t first = next;
      for (size_t i = 0; t->cells[cell] == cell && i < count; i++)
        if (a->items[i].table == table && a->items[i].place == cell) a->order[next++] = i;
      if (next > first) status = arrange_part(a, first, next, 0);
    }
  }
  return status;
}

int cells_arrange(stage_tables *tables, double square, const stage_box *boxes, size_t count, size_t *order,
                  cells_item *items, double *skew_degrees) {
  const size_t n = count + 1;
  arrangement a = {boxes,
                   square,
                   items,
                   order,
                   malloc(n * sizeof *a.part),
                   malloc(n * sizeof *a.part_order),
                   malloc(n * sizeof *a.indices),
                   malloc(n * sizeof *a.lines),
                   0};
  int status = a.part && a.part_order && a.indices && a.lines ? SHIM_OK : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = stage_lines(boxes, count, square, a.part_order, a.lines, skew_degrees);
  if (status == SHIM_OK) {
    choose_tables(tables, boxes, count, items);
    status = arrange_all(tables, count, &a);
  }
  free(a.part), free(a.part_order), free(a.indices), free(a.lines);
  return status;
}
