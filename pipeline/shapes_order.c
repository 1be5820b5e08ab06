/* Shapes in the order in which a page is read: rows from the top, each from the left, a frame before what is in it. A
 * row goes on as long as the middle of either shape is beside the other; of a drawing that stands askew, rows may fall
 * apart. */
#include <stdlib.h>

#include "shapes.h"

static int compare_places(double a, double b) {
  return (a > b) - (a < b);
}

/* Those that were not chosen last. */
static int by_top(const void *a, const void *b) {
  const stage_shape *p = a, *q = b;
  if (p->chosen != q->chosen) return q->chosen - p->chosen;
  return compare_places(p->outline.box[1], q->outline.box[1]);
}

static int by_left(const void *a, const void *b) {
  return compare_places(((const stage_shape *)a)->outline.box[0], ((const stage_shape *)b)->outline.box[0]);
}

static int by_ends(const void *a, const void *b) {
  const stage_connector *p = a, *q = b;
  if (p->from != q->from) return p->from - q->from;
  return p->to != q->to ? p->to - q->to : compare_places(p->path[1], q->path[1]);
}

static int are_beside(const stage_shape *a, const stage_shape *b) {
  const double *p = a->outline.box, *q = b->outline.box;
  const double middle = (p[1] + p[3]) / 2, other = (q[1] + q[3]) / 2;
  return middle > q[1] && middle < q[3] && other > p[1] && other < p[3];
}

void shapes_order(stage_shape *shapes, size_t count) {
  if (!count) return;
  qsort(shapes, count, sizeof *shapes, by_top);
  for (size_t first = 0, last; first < count && shapes[first].chosen; first = last) {
    last = first + 1;
    while (last < count && shapes[last].chosen && are_beside(&shapes[first], &shapes[last])) last++;
    qsort(shapes + first, last - first, sizeof *shapes, by_left);
  }
}

void shapes_order_connectors(stage_connectors *connectors) {
  if (connectors->count) qsort(connectors->items, connectors->count, sizeof *connectors->items, by_ends);
}
