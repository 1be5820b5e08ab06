/* One pass over the rows: runs that touch, diagonally too, have the same label, and labels that meet become one (union
 * and find, after Rosenfeld & Pfaltz 1966, by runs). Everything that is asked of a component adds up over its runs and
 * over the pairs of them that touch, so that no pixel is looked at twice:
 *
 *  - holes: as many as there are pairs more than a tree of the runs would have;
 *  - the way around it and its holes: a 4-connected boundary has 2 sides at the ends of each run, and 2 more for each
 *    pixel that has no pixel of the next row under it; where it turns around a corner of a pixel, following the boundary
 *    from pixel to pixel takes no step for that (Gray's quads of 1971, summed up). */
#include "components.h"

#include <stdlib.h>
#include <string.h>

/* While runs are found, a run's `next` is its label. */
typedef struct label {
  int parent;            /* itself, or a label that it was joined with */
  int runs, pairs, area; /* of the runs that got this label, and pairs with those above */
  int shared, blocked;   /* columns that both runs of a pair have; corners of runs that a pair covers */
} label;

typedef struct finding {
  component_run *runs;
  label *labels;
  size_t run_count, run_capacity, label_count, label_capacity;
} finding;

static int find_root(label *labels, int at) {
  while (labels[at].parent != at) at = labels[at].parent = labels[labels[at].parent].parent;
  return at;
}

/* The smaller label is the parent: it is the topmost run's. */
static int join(label *labels, int a, int b) {
  a = find_root(labels, a), b = find_root(labels, b);
  if (a > b)
    labels[a].parent = b;
  else
    labels[b].parent = a;
  return a < b ? a : b;
}

static int grow(void **items, size_t *capacity, size_t size) {
  const size_t wanted = *capacity ? 2 * *capacity : 256;
  void *grown = wanted > INT32_MAX || wanted > SIZE_MAX / size ? NULL : realloc(*items, wanted * size);
  if (!grown) return SHIM_ERR_MEMORY;
  *items = grown;
  *capacity = wanted;
  return SHIM_OK;
}

enum { BLOCK = 64 }; /* pixels that are looked at together */

static int is_any(const uint8_t *pixels) {
  uint64_t words[BLOCK / 8];
  memcpy(words, pixels, sizeof words);
  return (words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7]) != 0;
}

/* Bit i tells whether pixel i is ink. Of eight pixels, the product's highest byte gathers the lowest bits; of a word's bytes
 * the lowest comes first. */
static uint64_t bits_of(const uint8_t *pixels) {
  const uint64_t lowest = 0x0101010101010101, gather = 0x0102040810204080;
  uint64_t words[BLOCK / 8], bits = 0;
  memcpy(words, pixels, sizeof words);
  for (int i = 0; i < BLOCK / 8; i++) bits |= ((words[i] & lowest) * gather) >> 56 << 8 * i;
  return bits;
}

static int add_run(finding *f, int y, int from, int to) {
  if (f->run_count == f->run_capacity) {
    const int status = grow((void **)&f->runs, &f->run_capacity, sizeof *f->runs);
    if (status != SHIM_OK) return status;
  }
  f->runs[f->run_count++] = (component_run){y, from, to, -1};
  return SHIM_OK;
}

static int add_runs(finding *f, const uint8_t *row, int y, int width) {
  int from = -1, status = SHIM_OK; /* where the run began that goes on */
  for (int x = 0; x < width; x += BLOCK) {
    uint8_t last[BLOCK] = {0};
    const uint8_t *pixels = row + x;
    if (width - x < BLOCK) pixels = memcpy(last, pixels, (size_t)(width - x));
    if (from < 0 && !is_any(pixels)) continue;
    const uint64_t ink = bits_of(pixels);
    for (uint64_t changes = ink ^ (ink << 1 | (from >= 0)); changes; changes &= changes - 1) {
      const int at = x + __builtin_ctzll(changes);
      if (from >= 0) status = add_run(f, y, from, at);
      if (status != SHIM_OK) return status;
      from = from < 0 ? at : -1;
    }
  }
  return from < 0 ? SHIM_OK : add_run(f, y, from, width);
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

static int larger(int a, int b) {
  return a > b ? a : b;
}

static int is_in(int corner, const component_run *run) {
  return run->from <= corner && corner <= run->to;
}

/* The lower run touches the upper one: it takes its label, or where it has one already, joins the two. */
static void pair_up(finding *f, const component_run *upper, component_run *lower) {
  lower->next = lower->next < 0 ? find_root(f->labels, upper->next) : join(f->labels, upper->next, lower->next);
  label *l = &f->labels[lower->next];
  l->pairs++;
  l->shared += larger(0, smaller(upper->to, lower->to) - larger(upper->from, lower->from));
  l->blocked +=
      is_in(lower->from, upper) + is_in(lower->to, upper) + is_in(upper->from, lower) + is_in(upper->to, lower);
}

/* Labels the runs from `row` on by those above, which start at `above`. */
static int label_row(finding *f, size_t above, size_t row) {
  for (size_t i = row, first = above; i < f->run_count; i++) {
    component_run *run = &f->runs[i];
    while (first < row && f->runs[first].to < run->from) first++;
    for (size_t k = first; k < row && f->runs[k].from <= run->to; k++) pair_up(f, &f->runs[k], run);
    if (run->next < 0) {
      if (f->label_count == f->label_capacity) {
        const int status = grow((void **)&f->labels, &f->label_capacity, sizeof *f->labels);
        if (status != SHIM_OK) return status;
      }
      run->next = (int)f->label_count;
      f->labels[f->label_count++] = (label){.parent = run->next};
    }
    f->labels[run->next].runs++;
    f->labels[run->next].area += run->to - run->from;
  }
  return SHIM_OK;
}

static int find_runs(const shim_image *binary, finding *f) {
  size_t above = 0, row = 0;
  for (int y = 0; y < binary->height; y++) {
    above = row, row = f->run_count;
    int status = add_runs(f, binary->data + y * binary->stride, y, binary->width);
    if (status == SHIM_OK) status = label_row(f, above, row);
    if (status != SHIM_OK) return status;
  }
  return SHIM_OK;
}

/* Sums the labels up at their roots, which become their parents, and returns how many these are. */
static size_t sum_up(finding *f) {
  size_t count = 0;
  for (size_t i = f->label_count; i-- > 0;) {
    label *l = &f->labels[i];
    const int root = find_root(f->labels, (int)i);
    if (root == (int)i) {
      count++;
      continue;
    }
    label *to = &f->labels[root];
    to->runs += l->runs, to->pairs += l->pairs, to->area += l->area;
    to->shared += l->shared, to->blocked += l->blocked;
    l->parent = root;
  }
  return count;
}

static component of_label(const label *l) {
  const int sides = 2 * l->runs + 2 * (l->area - l->shared), corners = 4 * l->runs - l->blocked;
  return (component){.first_run = -1,
                     .area = l->area,
                     .holes = l->pairs - l->runs + 1,
                     .boundary = l->area == 1 ? 1 : sides - corners};
}

/* Hands the runs to their components, from the last one on, so that each list begins at its top. */
static void hand_out(finding *f, components *out) {
  for (size_t i = f->run_count; i-- > 0;) {
    component_run *run = &f->runs[i];
    component *c = &out->items[f->labels[f->labels[run->next].parent].runs];
    const int right = c->first_run < 0 ? run->to : larger(c->x + c->width, run->to);
    const int bottom = c->first_run < 0 ? run->y + 1 : c->y + c->height;
    c->x = c->first_run < 0 ? run->from : smaller(c->x, run->from);
    c->y = run->y;
    c->width = right - c->x;
    c->height = bottom - run->y;
    run->next = c->first_run;
    c->first_run = (int)i;
  }
}

static int make_items(finding *f, components *out) {
  const size_t count = sum_up(f);
  out->items = malloc((count + 1) * sizeof *out->items);
  if (!out->items) return SHIM_ERR_MEMORY;
  for (size_t i = f->label_count; i-- > 0;) {
    label *l = &f->labels[i];
    if (l->parent != (int)i) continue;
    out->items[out->count] = of_label(l);
    l->runs = (int)out->count++; /* its number, from here on */
  }
  hand_out(f, out);
  out->runs = f->runs;
  f->runs = NULL;
  return SHIM_OK;
}

int components_find(const shim_image *binary, components *out) {
  finding f = {0};
  *out = (components){0};
  int status = find_runs(binary, &f);
  if (status == SHIM_OK) status = make_items(&f, out);
  free(f.runs);
  free(f.labels);
  return status;
}

void components_free(components *components) {
  free(components->runs);
  free(components->items);
  memset(components, 0, sizeof *components);
}

int components_mask(const components *components, size_t index, shim_image *out) {
  const component *c = &components->items[index];
  const int status = shim_image_create(out, c->width, c->height, 1);
  if (status != SHIM_OK) return status;
  memset(out->data, 0, (size_t)c->width * (size_t)c->height);
  for (int i = c->first_run; i >= 0; i = components->runs[i].next) {
    const component_run *run = &components->runs[i];
    memset(out->data + (run->y - c->y) * out->stride + run->from - c->x, 255, (size_t)(run->to - run->from));
  }
  return SHIM_OK;
}
