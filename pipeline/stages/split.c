/* Cuts through a component that may be several digits that touch: over-segmentation, after LeCun, Bottou, Bengio and
 * Haffner (1998), section VI. It only proposes; which cuts stand is for the network's readings and lattice.c to say.
 *
 * A cut is the path from the top to the bottom that crosses the least ink, found by dynamic programming; it may lean
 * by one pixel a row, so that slanted strings are cut along their slant. The cheapest path through each place at half
 * height is known from one pass down and one up. Paths are taken in the order of their cost, where they leave clearly
 * other ink on their left than those taken before. That is done twice: once for paths that go a long way round to save
 * ink, and once for nearly straight ones, which part two strokes that have grown together. Fails where digits overlap
 * so far that the line between them goes up again, and where one lies inside the other. */
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAPER_COST = 1, STEP_COST = 3 /* to the side */, INK_COSTS = 2 };
static const int ink_costs[INK_COSTS] = {12, 3};
static const double apart_min = 0.12;   /* ink between two cuts, in upright strokes of the component's height */
static const double cuts_of_height = 5; /* of each kind, at most so many for each height of width */

/* Room for the search; all of the mask's size, or of its height or width. */
typedef struct search {
  const shim_image *mask;
  int *down, *up;               /* cost of the cheapest way to each pixel from the top, and from the bottom */
  int *from_above, *from_below; /* the column it comes from */
  int *ink_before;              /* ink of the row on the left of each pixel */
  int *order;                   /* columns, the cheapest path first */
  int (*paths)[STAGE_CUTS_MAX]; /* one row a row of the mask */
} search;

typedef struct cut {
  int path;    /* column of search.paths */
  double left; /* ink on its left */
} cut;

/* Cheapest way to each pixel from the row before it; step is 1 downwards, -1 upwards. */
static void accumulate(const shim_image *mask, int step, int ink_cost, int *cost, int *came) {
  const int w = mask->width, first = step > 0 ? 0 : mask->height - 1;
  for (int n = 0, y = first; n < mask->height; n++, y += step) {
    const uint8_t *row = mask->data + y * mask->stride;
    int *now = cost + (ptrdiff_t)y * w, *from = came + (ptrdiff_t)y * w;
    const int *before = n ? now - (ptrdiff_t)step * w : NULL;
    for (int x = 0; x < w; x++) {
      int least = before ? before[x] : 0, place = x;
      if (before && x > 0 && before[x - 1] + STEP_COST < least) least = before[x - 1] + STEP_COST, place = x - 1;
      if (before && x + 1 < w && before[x + 1] + STEP_COST < least) least = before[x + 1] + STEP_COST, place = x + 1;
      now[x] = least + (row[x] ? ink_cost : PAPER_COST);
      from[x] = place;
    }
  }
}

static void sum_rows(search *s) {
  for (int y = 0; y < s->mask->height; y++) {
    int ink = 0;
    for (int x = 0; x < s->mask->width; x++) {
      s->ink_before[(ptrdiff_t)y * s->mask->width + x] = ink;
      ink += s->mask->data[y * s->mask->stride + x] != 0;
    }
  }
}

/* Columns in the order of the cost of the path through them at half height. A shell sort: qsort has no context. */
static void sort_columns(search *s) {
  const int w = s->mask->width;
  const ptrdiff_t middle = (ptrdiff_t)(s->mask->height / 2) * w;
  for (int x = 0; x < w; x++) s->order[x] = x;
  for (int gap = w / 2; gap > 0; gap /= 2)
    for (int i = gap; i < w; i++) {
      const int moved = s->order[i], cost = s->down[middle + moved] + s->up[middle + moved];
      int k = i;
      for (; k >= gap && s->down[middle + s->order[k - gap]] + s->up[middle + s->order[k - gap]] > cost; k -= gap)
        s->order[k] = s->order[k - gap];
      s->order[k] = moved;
    }
}

/* The path through column x at half height becomes path number `path`. Returns the ink on its left. */
static double trace(search *s, int x, int path) {
  const int w = s->mask->width, h = s->mask->height;
  double left = 0;
  for (int y = h / 2, at = x; y >= 0; y--) s->paths[y][path] = at, at = s->from_above[(ptrdiff_t)y * w + at];
  for (int y = h / 2, at = x; y < h; y++) s->paths[y][path] = at, at = s->from_below[(ptrdiff_t)y * w + at];
  for (int y = 0; y < h; y++) left += s->ink_before[(ptrdiff_t)y * w + s->paths[y][path]];
  return left;
}

static void choose(search *s, double total, double apart, cut *cuts, int *count) {
  int most = *count + 1 + (int)(cuts_of_height * s->mask->width / s->mask->height);
  if (most > STAGE_CUTS_MAX) most = STAGE_CUTS_MAX;
  sort_columns(s);
  for (int i = 0; i < s->mask->width && *count < most; i++) {
    const double left = trace(s, s->order[i], *count);
    int is_new = left >= apart && left <= total - apart;
    for (int k = 0; is_new && k < *count; k++) is_new = fabs(left - cuts[k].left) >= apart;
    if (is_new) cuts[*count] = (cut){*count, left}, ++*count;
  }
}

static int compare_cut(const void *a, const void *b) {
  const cut *p = a, *q = b;
  return (p->left > q->left) - (p->left < q->left);
}

/* A pixel's slot is the number of cuts that it lies right of. Cuts of different kinds may cross; they differ by little
 * there. */
static void lay_cuts(const search *s, const cut *cuts, stage_split *out) {
  const int w = s->mask->width;
  for (int y = 0; y < s->mask->height; y++)
    for (int i = 0; i < out->cut_count; i++)
      for (int x = s->paths[y][cuts[i].path]; x < w; x++) out->slots[(ptrdiff_t)y * w + x]++;
}

static int open_search(search *s, const shim_image *mask) {
  const size_t w = (size_t)mask->width, h = (size_t)mask->height, area = w * h;
  int *room = area > SIZE_MAX / (6 * sizeof *room) ? NULL : malloc((5 * area + w) * sizeof *room);
  *s = (search){.mask = mask, .paths = malloc(h * sizeof *s->paths), .down = room};
  if (!room || !s->paths) return SHIM_ERR_MEMORY;
  s->up = room + area, s->from_above = room + 2 * area, s->from_below = room + 3 * area;
  s->ink_before = room + 4 * area, s->order = room + 5 * area;
  return SHIM_OK;
}

int stage_split_find(const stage_glyph *glyph, stage_split *out) {
  const shim_image *mask = &glyph->mask;
  const double apart = fmax(1, apart_min * glyph->stroke_width * glyph->height);
  cut cuts[STAGE_CUTS_MAX];
  search s;
  memset(out, 0, sizeof *out);
  out->slots = calloc((size_t)mask->width, (size_t)mask->height);
  int status = open_search(&s, mask);
  if (!out->slots) status = SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    sum_rows(&s);
    for (int kind = 0; kind < INK_COSTS; kind++) {
      accumulate(mask, 1, ink_costs[kind], s.down, s.from_above);
      accumulate(mask, -1, ink_costs[kind], s.up, s.from_below);
      choose(&s, glyph->area, apart, cuts, &out->cut_count);
    }
    qsort(cuts, (size_t)out->cut_count, sizeof *cuts, compare_cut);
    lay_cuts(&s, cuts, out);
  }
  free(s.down);
  free(s.paths);
  if (status != SHIM_OK) stage_split_free(out);
  return status;
}

void stage_split_free(stage_split *split) {
  free(split->slots);
  memset(split, 0, sizeof *split);
}

/* The box of the ink between two cuts, in the glyph's own pixels: x0, y0, x1, y1; and how much it is. */
static double measure(const stage_glyph *glyph, const stage_split *split, int first, int last, int box[4]) {
  double area = 0;
  box[0] = glyph->width, box[1] = glyph->height, box[2] = box[3] = 0;
  for (int y = 0; y < glyph->height; y++)
    for (int x = 0; x < glyph->width; x++) {
      const int slot = split->slots[y * glyph->width + x];
      if (slot < first || slot >= last || !glyph->mask.data[y * glyph->mask.stride + x]) continue;
      area++;
      if (x < box[0]) box[0] = x;
      if (x >= box[2]) box[2] = x + 1;
      if (y < box[1]) box[1] = y;
      box[3] = y + 1;
    }
  return area;
}

int stage_split_piece(const stage_glyph *glyph, const stage_split *split, int first, int last, stage_glyph *out) {
  int box[4];
  const double area = measure(glyph, split, first, last, box);
  *out = *glyph;
  memset(&out->mask, 0, sizeof out->mask);
  out->area = area;
  out->x += box[0], out->y += box[1];
  out->width = box[2] - box[0], out->height = box[3] - box[1];
  out->holes = 0;
  if (area <= 0) {
    out->width = out->height = 0;
    return SHIM_OK;
  }
  const int status = shim_image_create(&out->mask, out->width, out->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < out->height; y++)
    for (int x = 0; x < out->width; x++) {
      const int slot = split->slots[(box[1] + y) * glyph->width + box[0] + x];
      const int inside = slot >= first && slot < last;
      out->mask.data[y * out->mask.stride + x] =
          inside ? glyph->mask.data[(box[1] + y) * glyph->mask.stride + box[0] + x] : 0;
    }
  return SHIM_OK;
}
