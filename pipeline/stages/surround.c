/* Tells ink from the edge of something large. Around a stroke there is paper on every side; a scrap that the threshold
 * leaves along the edge of a sheet or of a shadow has paper on one side and more of the dark thing on the other.
 *
 * Every pixel of a thin ring around the component is compared with the darkest ink of the component near it, not with
 * its mean, so that a digit which lies half in a shadow passes. A dark line along a sheet's edge (its own shadow) is
 * lighter on all sides, but has paper on one and table on the other: that shows in the difference of the two. */
#include "row_clones.h"
#include "spread.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RING_WIDTH = 2, AHEAD = 6 };
static const double lighter_by = 0.4; /* of the component's contrast */

/* Pictures of the component's box, grown by a margin, without padding. */
typedef struct ring {
  int margin, width, height;
  size_t pixels;
  uint8_t *near;         /* the component and the gap around it: not 0. Then 1 in the ring, 0 elsewhere */
  uint8_t *darkest;      /* 255 - gray of its darkest ink within reach; 0 beyond the ring */
  uint8_t *gray, *taken; /* the level's; not 0 where it has ink or ends */
} ring;

static void darken(const uint8_t *restrict gray, const uint8_t *restrict mask, int width, uint8_t *restrict dark) {
  for (int x = 0; x < width; x++) {
    const uint8_t darkness = (uint8_t)(255 - gray[x]);
    dark[x] = (uint8_t)(mask[x] & (darkness | (darkness == 0))); /* at least 1: ink is told from what is none */
  }
}

/* The darkness (255 - gray) of the component's ink, 0 elsewhere. */
static void lay_out(const stage_level *level, const stage_glyph *glyph, const ring *r, uint8_t *out) {
  memset(out, 0, r->pixels);
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *mask = glyph->mask.data + y * glyph->mask.stride;
    const uint8_t *gray = level->gray.data + (glyph->y + y) * level->gray.stride + glyph->x;
    const int ahead = y + AHEAD < glyph->height ? AHEAD : 0; /* rows that lie far apart in memory are asked for early */
    __builtin_prefetch(gray + ahead * level->gray.stride);
    __builtin_prefetch(gray + ahead * level->gray.stride + glyph->width - 1);
    __builtin_prefetch(level->binary.data + (glyph->y + y) * level->binary.stride + glyph->x);
    darken(gray, mask, glyph->width, out + (size_t)(y + r->margin) * (size_t)r->width + r->margin);
  }
}

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

/* The level's part that the pictures show. */
static void copy_level(const stage_level *level, const stage_glyph *glyph, const ring *r) {
  const int left = glyph->x - r->margin, top = glyph->y - r->margin;
  const int x0 = clamp(-left, 0, r->width), x1 = clamp(level->gray.width - left, x0, r->width);
  const int y0 = clamp(-top, 0, r->height), y1 = clamp(level->gray.height - top, y0, r->height);
  if (x0 > 0 || y0 > 0 || x1 < r->width || y1 < r->height) {
    memset(r->gray, 0, r->pixels);
    memset(r->taken, 255, r->pixels);
  }
  for (int y = y0; y < y1; y++) {
    const size_t to = (size_t)y * (size_t)r->width + (size_t)x0, count = (size_t)(x1 - x0);
    memcpy(r->gray + to, level->gray.data + (top + y) * level->gray.stride + left + x0, count);
    memcpy(r->taken + to, level->binary.data + (top + y) * level->binary.stride + left + x0, count);
  }
}

typedef struct tally {
  size_t ring, lighter, left, right;
  double left_gray, right_gray;
} tally;

/* Tells the ring's pixels, and counts them in bytes, which every CPU does many at a time. A neighbour's ink tells
 * nothing. */
ROW_CLONES static void count_ring(const ring *r, uint8_t step, tally *t) {
  enum { PIECE = 128 };
  for (size_t start = 0; start < r->pixels; start += PIECE) {
    const size_t count = r->pixels - start < PIECE ? r->pixels - start : PIECE;
    const uint8_t *darkest = r->darkest + start, *gray = r->gray + start, *taken = r->taken + start;
    uint8_t *restrict near = r->near + start, ring = 0, lighter = 0;
    for (size_t i = 0; i < count; i++) {
      const uint8_t here = (darkest[i] != 0) & (near[i] == 0) & (taken[i] == 0);
      const uint8_t least = (uint8_t)(255 - (darkest[i] - step)); /* of the gray, where that is lighter by a step */
      ring = (uint8_t)(ring + here);
      lighter = (uint8_t)(lighter + (uint8_t)(here & (darkest[i] >= step) & (gray[i] >= least)));
      near[i] = here;
    }
    t->ring += ring, t->lighter += lighter;
  }
}

static void add_side(const ring *r, size_t from, size_t to, size_t *count, double *gray) {
  int pixels = 0, sum = 0;
  for (size_t i = from; i < to; i++) pixels += r->near[i], sum += r->near[i] * r->gray[i];
  *count += (size_t)pixels;
  *gray += sum;
}

/* Left of a row's first ink is the left side, right of its last the right one. */
static void count_sides(const stage_glyph *glyph, const ring *r, tally *t) {
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *mask = glyph->mask.data + y * glyph->mask.stride;
    const size_t row = (size_t)(y + r->margin) * (size_t)r->width;
    int first = 0, end = glyph->width;
    while (end > 0 && !mask[end - 1]) end--;
    while (first < end && !mask[first]) first++;
    if (first == end) continue;
    add_side(r, row, row + (size_t)(first + r->margin), &t->left, &t->left_gray);
    add_side(r, row + (size_t)(end + r->margin), row + (size_t)r->width, &t->right, &t->right_gray);
  }
}

int stage_surround(const stage_level *level, const stage_glyph *glyph, stage_surroundings *out) {
  const int gap = glyph->stroke_width > 4 ? (int)(glyph->stroke_width / 4 + 0.5) : 1, reach = gap + RING_WIDTH;
  const int margin = reach + 1;
  ring r = {.margin = margin, .width = glyph->width + 2 * margin, .height = glyph->height + 2 * margin};
  const size_t work = spread_work_size(r.width, r.height, reach); /* more than two of the pictures together */
  r.near = work && work <= SIZE_MAX / 3 ? malloc(3 * work) : NULL;
  if (!r.near) return SHIM_ERR_MEMORY;
  r.pixels = (size_t)r.width * (size_t)r.height;
  r.darkest = r.near + r.pixels, r.gray = r.darkest + r.pixels, r.taken = r.gray + r.pixels;
  lay_out(level, glyph, &r, r.near);
  copy_level(level, glyph, &r);
  spread(r.near, r.width, r.height, gap, r.near + 2 * work, r.near);
  spread(r.near, r.width, r.height, RING_WIDTH, r.near + 2 * work, r.darkest);
  tally t = {0, 0, 0, 0, 0, 0};
  count_ring(&r, (uint8_t)(lighter_by * glyph->contrast + 0.5), &t);
  count_sides(glyph, &r, &t);
  out->lighter = t.ring ? (double)t.lighter / (double)t.ring : 1;
  out->lopsided = 0;
  if (t.left && t.right && glyph->contrast > 0)
    out->lopsided = fabs(t.left_gray / (double)t.left - t.right_gray / (double)t.right) / glyph->contrast;
  free(r.near);
  return SHIM_OK;
}
