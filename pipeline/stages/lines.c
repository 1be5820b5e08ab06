/* Groups glyph boxes into lines and numbers, in reading order.
 *
 * The page's skew is the median slope between right-hand neighbours. With it undone, glyphs are taken from left to
 * right and each goes to the line whose last glyphs it overlaps best in height, so that lines may bend. Within a line a
 * gap starts a new number where it is wide: beside the page's other gaps where these make two heaps, else for the
 * digits' height. Columns are kept apart by the white that runs through the lines above and below as well; but on
 * squared paper with a digit a square it does so everywhere, and there a square left free parts.
 *
 * Fails on columns whose gaps are no wider than those within numbers, and on fewer lines than tell a column. */
#include "sort_doubles.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double overlap_min = 0.4;     /* of the smaller height, to stand on one line */
static const double neighbour_gap_max = 4; /* heights between neighbours that tell the skew */
static const double gap_of_height = 0.54;  /* a wider gap parts numbers where the page's gaps do not tell */
/* Where no digits stand close, those that belong together stand no farther apart than this: of 3,100 gaps between digits
 * that MNIST's training writers left on pages of the tests' generator it told 45 more than limits by the usual gap. */
static const double gap_where_loose = 0.42;
static const double gap_of_usual = 2, gap_of_few_max = 0.85; /* where there are few gaps: for gaps alike, and heights */
static const double tight_gap = 0.45;                        /* heights */
/* Where the page's gaps make two heaps, heights: between which limits they part, how far a gap speaks for its
 * neighbourhood, and how few must lie between the heaps, as a share of the smaller one's height. */
static const double valley_first = 0.24, valley_last = 0.96, valley_step = 0.02, valley_reach = 0.15;
static const double valley_depth = 0.35, heaps_apart = 0.35; /* the latter of their medians */
static const double channel_min = 0.33;                      /* heights: narrower white parts no columns */
static const double channel_sides[] = {0.3, 0.5, 0.7};       /* where in its gap a channel is looked for */
static const double square_least = 0.8, square_most = 2.2, squares_apart = 1.5; /* heights; squares between centres */
static const double level_enough = 0.03, level_least = 0.5, level_most = 0.6;   /* radians, share, radians */
enum { GAPS_LOOSE = 3, GAPS_MIN = 6, HEAP_MIN = 2, CHANNEL_LINES = 3, CHANNEL_BOXES_MAX = 2000 };

typedef struct node {
  size_t box;
  double left, right, top, bottom; /* skew undone */
  int line, number;
} node;

typedef struct row {
  double top, bottom; /* of its latest glyphs */
  double sum;         /* of centres, for the order of lines */
  size_t count;
} row;

static int compare_left(const void *a, const void *b) {
  const node *p = a, *q = b;
  if (p->left != q->left) return p->left < q->left ? -1 : 1;
  return (p->box > q->box) - (p->box < q->box);
}

static int compare_order(const void *a, const void *b) {
  const node *p = a, *q = b;
  return p->line != q->line ? (p->line > q->line) - (p->line < q->line) : compare_left(a, b);
}

/* As fmin and fmax, but for what these owe to numbers that are none: nothing is called. */
static double smaller(double a, double b) {
  return a < b ? a : b;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

static double overlap(double top, double bottom, double other_top, double other_bottom) {
  const double shared = smaller(bottom, other_bottom) - larger(top, other_top);
  return shared / larger(smaller(bottom - top, other_bottom - other_top), 1e-9);
}

static double median(double *values, size_t count) {
  sort_doubles(values, count);
  return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

/* Boxes by their left sides. */
typedef struct placed {
  const stage_box *box;
  double left;
} placed;

static int compare_placed(const void *a, const void *b) {
  const placed *p = a, *q = b;
  if (p->left != q->left) return p->left < q->left ? -1 : 1;
  return (p->box > q->box) - (p->box < q->box);
}

/* The first place whose box starts at x or beyond. */
static size_t first_from(const placed *places, size_t count, double x) {
  size_t low = 0, high = count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (places[middle].left < x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The right-hand neighbour of a box that is closest, or NULL. widest and highest are those of all boxes. */
static const stage_box *neighbour(const placed *places, size_t count, const stage_box *a, double widest,
                                  double highest) {
  const double right = a->x + a->width;
  for (size_t j = first_from(places, count, right - widest / 2); j < count; j++) {
    const stage_box *b = places[j].box;
    const double distance = b->x - right, higher = larger(a->height, b->height);
    if (distance > neighbour_gap_max * highest) return NULL;
    if (b == a || b->x + b->width / 2 <= right || distance > neighbour_gap_max * higher) continue;
    if (higher > 1.8 * smaller(a->height, b->height)) continue;
    if (overlap(a->y, a->y + a->height, b->y, b->y + b->height) >= overlap_min) return b;
  }
  return NULL;
}

/* Median slope over neighbours; bottoms are steadier than centres, since digits stand on the line. 0 for fewer than
 * three pairs, which say little. */
static int find_skew(const stage_box *boxes, size_t count, double *radians) {
  *radians = 0;
  double *slopes = malloc(count * sizeof *slopes), widest = 0, highest = 0;
  placed *places = malloc(count * sizeof *places);
  const int status = slopes && places ? SHIM_OK : SHIM_ERR_MEMORY;
  size_t pairs = 0;
  for (size_t i = 0; status == SHIM_OK && i < count; i++) {
    places[i] = (placed){&boxes[i], boxes[i].x};
    widest = larger(widest, boxes[i].width);
    highest = larger(highest, boxes[i].height);
  }
  if (status == SHIM_OK) qsort(places, count, sizeof *places, compare_placed);
  for (size_t i = 0; status == SHIM_OK && i < count; i++) {
    const stage_box *a = &boxes[i], *b = neighbour(places, count, a, widest, highest);
    if (!b) continue;
    const double dx = b->x + b->width / 2 - a->x - a->width / 2, dy = b->y + b->height - a->y - a->height;
    slopes[pairs++] = atan2(dy, dx);
  }
  if (pairs >= 3) *radians = median(slopes, pairs);
  free(slopes);
  free(places);
  return status;
}

/* The side of a glyph as it stands on its line, from the sides of the box around it as it lies on the page: exact for
 * ellipses, between what it is for the corners of a 7 and for the strokes of a 1. */
static double level_side(double along, double across, double radians) {
  const double c = cos(radians), s = sin(radians);
  if (fabs(radians) < level_enough || fabs(radians) > level_most) return along;
  const double square = (along * along * c * c - across * across * s * s) / (c * c * c * c - s * s * s * s);
  return larger(sqrt(larger(0, square)), level_least * along);
}

static void turn(const stage_box *boxes, size_t count, double radians, node *nodes) {
  const double c = cos(radians), s = sin(radians);
  for (size_t i = 0; i < count; i++) {
    const double cx = boxes[i].x + boxes[i].width / 2, cy = boxes[i].y + boxes[i].height / 2;
    const double x = c * cx + s * cy, y = c * cy - s * cx;
    const double width = level_side(boxes[i].width, boxes[i].height, radians);
    const double height = level_side(boxes[i].height, boxes[i].width, radians);
    nodes[i] = (node){
        .box = i, .left = x - width / 2, .right = x + width / 2, .top = y - height / 2, .bottom = y + height / 2};
  }
}

static size_t join_rows(node *nodes, size_t count, row *rows) {
  size_t row_count = 0;
  for (size_t i = 0; i < count; i++) {
    node *n = &nodes[i];
    size_t best = row_count;
    double best_overlap = overlap_min;
    for (size_t r = 0; r < row_count; r++) {
      const double shared = overlap(rows[r].top, rows[r].bottom, n->top, n->bottom);
      if (shared > best_overlap) best = r, best_overlap = shared;
    }
    row *line = &rows[best];
    if (best == row_count) {
      *line = (row){.top = n->top, .bottom = n->bottom};
      row_count++;
    } else { /* follows the line where it bends */
      line->top += 0.5 * (n->top - line->top);
      line->bottom += 0.5 * (n->bottom - line->bottom);
    }
    line->sum += (n->top + n->bottom) / 2;
    line->count++;
    n->line = (int)best;
  }
  return row_count;
}

typedef struct ranked {
  double centre;
  int line;
} ranked;

static int compare_ranked(const void *a, const void *b) {
  const ranked *p = a, *q = b;
  return p->centre != q->centre ? (p->centre < q->centre ? -1 : 1) : (p->line > q->line) - (p->line < q->line);
}

/* Renumbers lines from top to bottom. */
static int rank_rows(node *nodes, size_t count, const row *rows, size_t row_count) {
  ranked *order = malloc(row_count * sizeof *order);
  int *place = malloc(row_count * sizeof *place);
  const int status = order && place ? SHIM_OK : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    for (size_t r = 0; r < row_count; r++) order[r] = (ranked){rows[r].sum / (double)rows[r].count, (int)r};
    qsort(order, row_count, sizeof *order, compare_ranked);
    for (size_t r = 0; r < row_count; r++) place[order[r].line] = (int)r;
    for (size_t i = 0; i < count; i++) nodes[i].line = place[nodes[i].line];
  }
  free(order);
  free(place);
  return status;
}

static double line_height(const node *nodes, size_t first, size_t last, double *scratch) {
  for (size_t i = first; i < last; i++) scratch[i - first] = nodes[i].bottom - nodes[i].top;
  return median(scratch, last - first);
}

static size_t line_end(const node *nodes, size_t count, size_t first) {
  size_t last = first + 1;
  while (last < count && nodes[last].line == nodes[first].line) last++;
  return last;
}

/* What the page's gaps tell of how its numbers are written. */
typedef struct spacing {
  int tight;     /* a quarter of the gaps is narrow, as people write numbers */
  double limit;  /* heights; a wider gap parts numbers */
  double square; /* side of the paper's squares, where they may hold a digit each; 0: none */
} spacing;

/* How many gaps lie at a place, near ones in part. The gaps come sorted; *first, which is at or before the first near
 * one, is brought there. */
static double heap_at(const double *gaps, size_t count, double place, size_t *first) {
  double sum = 0;
  while (*first < count && place - gaps[*first] >= valley_reach) ++*first;
  for (size_t i = *first; i < count && gaps[i] - place < valley_reach; i++)
    sum += larger(0, 1 - fabs(gaps[i] - place) / valley_reach);
  return sum;
}

/* Blanks and the gaps within numbers make two heaps, which part in the lowest place between them. Where there is no
 * such place, or few gaps, they tell nothing. The gaps come sorted; heaps has room for as many. */
static double find_limit(const double *gaps, size_t count, double *heaps) {
  double limit = gap_of_height, least = INFINITY, before = 0;
  size_t below = 0, near = 0, near_place = 0;
  if (count < GAPS_MIN) return limit;
  for (size_t i = 0; i < count; i++) heaps[i] = heap_at(gaps, count, gaps[i], &near);
  for (double place = valley_first; place <= valley_last; place += valley_step) {
    for (; below < count && gaps[below] < place; below++) before = larger(before, heaps[below]);
    if (below < HEAP_MIN || count - below < HEAP_MIN) continue;
    if (gaps[below + (count - below) / 2] - gaps[below / 2] < heaps_apart) continue;
    double beyond = 0;
    for (size_t i = below; i < count && beyond < before; i++) beyond = larger(beyond, heaps[i]);
    const double here = heap_at(gaps, count, place, &near_place);
    const double cost = here + valley_step * fabs(place - gap_of_height); /* of equals the more usual */
    if (here > valley_depth * smaller(before, beyond) || cost >= least) continue;
    least = cost;
    limit = place;
  }
  return limit;
}

/* Of one line that is all there is, one or two gaps (sorted) tell little: both may stand within one loose number. */
static double few_gaps_limit(const double *gaps, size_t count) {
  return smaller(larger(gap_of_height, gap_of_usual * gaps[count / 2]), gap_of_few_max);
}

/* Scratch has room for twice the nodes. */
static spacing find_spacing(const node *nodes, size_t count, double square, double *scratch) {
  double *gaps = scratch + count;
  size_t gap_count = 0;
  for (size_t first = 0, last; first < count; first = last) {
    last = line_end(nodes, count, first);
    const double height = line_height(nodes, first, last, scratch);
    for (size_t i = first + 1; i < last; i++)
      gaps[gap_count++] = larger(0, nodes[i].left - nodes[i - 1].right) / larger(height, 1e-9);
  }
  if (gap_count == 0) return (spacing){0, gap_of_height, 0};
  sort_doubles(gaps, gap_count);
  const int tight = gaps[gap_count / 4] < tight_gap;
  const double few = gap_count + 1 == count ? few_gaps_limit(gaps, gap_count) : gap_of_height;
  const double loose = gap_count < GAPS_LOOSE ? few : gap_where_loose;
  const double limit = tight ? find_limit(gaps, gap_count, scratch) : loose;
  const double height = line_height(nodes, 0, count, scratch);
  const int holds_digits = square > square_least * height && square < square_most * height;
  return (spacing){tight, limit, holds_digits ? square : 0};
}

/* How wide the white at x is, within [from, to], that runs through all the other lines that reach beyond it on both
 * sides; 0 where these are few. */
static double channel_width(const node *nodes, size_t count, int line, double x, double from, double to) {
  int lines = 0;
  for (size_t first = 0, last; first < count; first = last) {
    int left = 0, right = 0;
    last = line_end(nodes, count, first);
    if (nodes[first].line == line) continue;
    for (size_t i = first; i < last; i++) {
      if (nodes[i].left < x && nodes[i].right > x) return 0;
      if (nodes[i].right <= x) left = 1, from = larger(from, nodes[i].right);
      if (nodes[i].left >= x) right = 1, to = smaller(to, nodes[i].left);
    }
    lines += left && right;
  }
  return lines >= CHANNEL_LINES ? to - from : 0;
}

/* Numbers below each other leave narrow white between their digits as well, and the more so the fewer the lines. */
static int parts_columns(const node *nodes, size_t count, size_t at, double height) {
  const double from = nodes[at - 1].right, to = nodes[at].left, least = channel_min * height;
  if (to - from < least || count > CHANNEL_BOXES_MAX) return 0;
  for (size_t i = 0; i < sizeof channel_sides / sizeof *channel_sides; i++)
    if (channel_width(nodes, count, nodes[at].line, from + channel_sides[i] * (to - from), from, to) >= least) return 1;
  return 0;
}

/* Numbers the nodes [first, last) of one line; scratch has room for them. */
static int part_numbers(node *nodes, size_t count, size_t first, size_t last, spacing spaces, int number,
                        double *scratch) {
  const double height = line_height(nodes, first, last, scratch);
  const double limit = spaces.limit * height;
  const int one_a_square = !spaces.tight && spaces.square > 0;
  for (size_t i = first; i < last; i++) {
    if (i > first && one_a_square)
      number +=
          nodes[i].left + nodes[i].right - nodes[i - 1].left - nodes[i - 1].right > 2 * squares_apart * spaces.square;
    else if (i > first)
      number +=
          nodes[i].left - nodes[i - 1].right > limit || (spaces.square <= 0 && parts_columns(nodes, count, i, height));
    nodes[i].number = number;
  }
  return number + 1;
}

int stage_lines(const stage_box *boxes, size_t count, double square, size_t *order, stage_line_item *items,
                double *skew_degrees) {
  if (skew_degrees) *skew_degrees = 0;
  if (count == 0) return SHIM_OK;
  node *nodes = malloc(count * sizeof *nodes);
  row *rows = malloc(count * sizeof *rows);
  double *scratch = malloc(2 * count * sizeof *scratch), skew = 0;
  int status = nodes && rows && scratch ? find_skew(boxes, count, &skew) : SHIM_ERR_MEMORY;
  if (status != SHIM_OK) goto done;
  turn(boxes, count, skew, nodes);
  qsort(nodes, count, sizeof *nodes, compare_left);
  status = rank_rows(nodes, count, rows, join_rows(nodes, count, rows));
  if (status != SHIM_OK) goto done;
  qsort(nodes, count, sizeof *nodes, compare_order);
  const spacing spaces = find_spacing(nodes, count, square, scratch);
  int number = 0;
  for (size_t first = 0, last; first < count; first = last) {
    last = line_end(nodes, count, first);
    number = part_numbers(nodes, count, first, last, spaces, number, scratch);
  }
  for (size_t i = 0; i < count; i++) {
    order[i] = nodes[i].box;
    items[nodes[i].box] = (stage_line_item){nodes[i].line, nodes[i].number};
  }
  if (skew_degrees) *skew_degrees = skew * 180 / pi;
done:
  free(nodes);
  free(rows);
  free(scratch);
  return status;
}
