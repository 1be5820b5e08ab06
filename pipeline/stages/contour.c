/* From the binary picture to its components, with a mask, area, stroke width and contrast for each. Components too small
 * for a digit are dropped here, by their box, before they cost anything. */
#include "components.h"

#include <stdlib.h>
#include <string.h>

static const double core_depth = 0.75; /* of the deepest ink */

void stage_glyph_free(stage_glyph *glyph) {
  shim_image_free(&glyph->mask);
}

void stage_glyphs_free(stage_glyphs *list) {
  for (size_t i = 0; i < list->count; i++) stage_glyph_free(&list->items[i]);
  free(list->items);
  memset(list, 0, sizeof *list);
}

int stage_glyphs_append(stage_glyphs *list, stage_glyph *glyph) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 64;
    stage_glyph *items = capacity > SIZE_MAX / sizeof *items ? NULL : realloc(list->items, capacity * sizeof *items);
    if (!items) {
      stage_glyph_free(glyph);
      return SHIM_ERR_MEMORY;
    }
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = *glyph;
  memset(glyph, 0, sizeof *glyph);
  return SHIM_OK;
}

void stage_glyph_page_box(const stage_glyph *glyph, int box[4]) {
  box[0] = glyph->x << glyph->level;
  box[1] = glyph->y << glyph->level;
  box[2] = (glyph->x + glyph->width) << glyph->level;
  box[3] = (glyph->y + glyph->height) << glyph->level;
}

void stage_glyph_reading_centre(const stage_glyph *glyph, const stage_map *map, double centre[2]) {
  int box[4];
  stage_glyph_page_box(glyph, box);
  const double picture[2] = {(box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0};
  stage_map_to_reading(map, picture, centre);
}

/* A row or column of the mask, counted. */
static int count_ink(const uint8_t *first, int count, ptrdiff_t step) {
  int ink = 0;
  for (int i = 0; i < count; i++) ink += first[i * step] != 0;
  return ink;
}

static void touch(const shim_image *picture, stage_glyph *g) {
  const shim_image *m = &g->mask;
  const int right = g->x + g->width == picture->width, bottom = g->y + g->height == picture->height;
  g->sides_touched = (g->x == 0) + (g->y == 0) + right + bottom;
  const int contacts[] = {g->x == 0 ? count_ink(m->data, m->height, m->stride) : 0,
                          g->y == 0 ? count_ink(m->data, m->width, 1) : 0,
                          right ? count_ink(m->data + m->width - 1, m->height, m->stride) : 0,
                          bottom ? count_ink(m->data + (m->height - 1) * m->stride, m->width, 1) : 0};
  for (int i = 0; i < 4; i++)
    if (contacts[i] > g->longest_contact) g->longest_contact = contacts[i];
}

enum { DEPTHS = 256, COUNTERS = 4 };

static double mean_depth(const unsigned counts[DEPTHS], double area) {
  unsigned sums[2] = {0}; /* of the depths' low and high halves, so that neither outgrows its type */
  for (unsigned i = 0; i < DEPTHS; i++) sums[0] += i * (counts[i] & 0xffff), sums[1] += i * (counts[i] >> 16);
  return (sums[0] + 65536.0 * sums[1]) / area;
}

/* The deepest is taken where a tenth of the ink is deeper, for the sake of grain. */
static double share_of_core(const unsigned counts[DEPTHS], double area) {
  double deeper = 0;
  unsigned core = 0;
  int top = DEPTHS - 1;
  while (top > 0 && deeper < 0.1 * area) deeper += counts[top--];
  for (int i = DEPTHS - 1; i > 0 && i >= core_depth * (top + 1); i--) core += counts[i];
  return core / area;
}

/* Stroke width is area over half the boundary, exact for a long even stroke; the boundary's own pixels count as
 * half. */
static void measure(const components *all, const component *c, const stage_level *level, stage_glyph *glyph) {
  /* By turns, since neighbours are alike and each would have to wait for the one before. */
  unsigned counters[COUNTERS][DEPTHS] = {{0}}, depths[DEPTHS];
  size_t gray = 0;
  for (int i = c->first_run; i >= 0; i = all->runs[i].next) {
    const component_run *run = &all->runs[i], *next = run->next >= 0 ? &all->runs[run->next] : run;
    const uint8_t *ink = level->ink.data + run->y * level->ink.stride;
    const uint8_t *picture = level->gray.data + run->y * level->gray.stride;
    unsigned row = 0;
    __builtin_prefetch(level->ink.data + next->y * level->ink.stride + next->from);
    __builtin_prefetch(level->gray.data + next->y * level->gray.stride + next->from);
    for (int x = run->from; x < run->to; x++) {
      row += picture[x];
      counters[(unsigned)x % COUNTERS][ink[x]]++;
    }
    gray += row;
  }
  for (int i = 0; i < DEPTHS; i++) depths[i] = counters[0][i] + counters[1][i] + counters[2][i] + counters[3][i];
  glyph->area = c->area;
  glyph->holes = c->holes;
  glyph->contrast = mean_depth(depths, glyph->area);
  glyph->gray = (double)gray / glyph->area;
  glyph->core = share_of_core(depths, glyph->area);
  glyph->stroke_width = 2 * glyph->area / c->boundary;
}

int stage_contour(const stage_pyramid *pyramid, int index, int side_min, stage_glyphs *out) {
  const stage_level *level = &pyramid->levels[index];
  components found = {0}, all;
  int status = level->parts ? SHIM_OK : components_find(&level->binary, &found);
  all = level->parts ? *level->parts : found;
  for (size_t i = 0; status == SHIM_OK && i < all.count; i++) {
    const component *c = &all.items[i];
    if (c->height < side_min && c->width < side_min) continue;
    stage_glyph glyph = {.level = index, .x = c->x, .y = c->y, .width = c->width, .height = c->height};
    status = components_mask(&all, i, &glyph.mask);
    if (status != SHIM_OK) break;
    measure(&all, c, level, &glyph);
    touch(&level->binary, &glyph);
    status = stage_glyphs_append(out, &glyph);
  }
  components_free(&found);
  return status;
}
