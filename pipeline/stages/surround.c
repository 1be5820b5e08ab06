/* Tells ink from the edge of something large. Around a stroke there is paper on every side; a scrap that the threshold
 * leaves along the edge of a sheet or of a shadow has paper on one side and more of the dark thing on the other.
 *
 * Every pixel of a thin ring around the component is compared with the darkest ink of the component near it, not with
 * its mean, so that a digit which lies half in a shadow passes. A dark line along a sheet's edge (its own shadow) is
 * lighter on all sides, but has paper on one and table on the other: that shows in the difference of the two. */
#include "spread.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RING_WIDTH = 2 };
static const double lighter_by = 0.4; /* of the component's contrast */

/* Pictures of the component's box, grown by a margin, without padding. */
typedef struct ring {
  int margin, width, height;
  uint8_t *near;    /* the component and the gap around it: not 0 */
  uint8_t *darkest; /* 255 - gray of its darkest ink within reach; 0 beyond the ring */
} ring;

/* The darkness (255 - gray) of the component's ink, 0 elsewhere. */
static void lay_out(const stage_level *level, const stage_glyph *glyph, const ring *r, uint8_t *out) {
  memset(out, 0, (size_t)r->width * (size_t)r->height);
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *mask = glyph->mask.data + y * glyph->mask.stride;
    const uint8_t *gray = level->gray.data + (glyph->y + y) * level->gray.stride + glyph->x;
    uint8_t *dark = out + (size_t)(y + r->margin) * (size_t)r->width + r->margin;
    for (int x = 0; x < glyph->width; x++) {
      const uint8_t darkness = (uint8_t)(255 - gray[x]);
      dark[x] = (uint8_t)(mask[x] & (darkness | (darkness == 0))); /* at least 1: ink is told from what is none */
    }
  }
}

typedef struct tally {
  size_t ring, lighter, left, right;
  double left_gray, right_gray;
} tally;

typedef struct part {
  int ring, lighter, gray;
} part;

/* One row of the ring, and of the level at the same height; the ring's pixel 0 is the level's pixel `shift`. */
typedef struct ring_row {
  const uint8_t *near, *darkest, *gray, *binary;
  int shift;
  uint8_t step;
} ring_row;

/* Up to PIECE pixels of it, counted in bytes, which every CPU does many at a time. A neighbour's ink tells nothing. */
static part count_piece(const uint8_t *near, const uint8_t *darkest, const uint8_t *gray, const uint8_t *binary,
                        int count, uint8_t step) {
  uint8_t ring = 0, lighter = 0;
  uint16_t sum = 0;
  for (int x = 0; x < count; x++) {
    const uint8_t here = (darkest[x] != 0) & (near[x] == 0) & (binary[x] == 0);
    const uint8_t least = (uint8_t)(255 - (darkest[x] - step)); /* of the gray, where that is lighter by a step */
    ring = (uint8_t)(ring + here);
    lighter = (uint8_t)(lighter + (uint8_t)(here & (darkest[x] >= step) & (gray[x] >= least)));
    sum = (uint16_t)(sum + (uint8_t)(gray[x] & (uint8_t)-here));
  }
  return (part){ring, lighter, sum};
}

static part count_part(const ring_row *row, int from, int to) {
  enum { PIECE = 128 };
  part all = {0, 0, 0};
  for (int x = from; x < to; x += PIECE) {
    const int count = to - x < PIECE ? to - x : PIECE, px = row->shift + x;
    const part p = count_piece(row->near + x, row->darkest + x, row->gray + px, row->binary + px, count, row->step);
    all.ring += p.ring, all.lighter += p.lighter, all.gray += p.gray;
  }
  return all;
}

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

/* One row of the ring. Left of the row's first ink is the left side, right of its last the right one. */
static void count_row(const stage_level *level, const stage_glyph *glyph, const ring *r, int y, uint8_t step,
                      tally *t) {
  const int px = glyph->x - r->margin, py = glyph->y - r->margin + y, own = y - r->margin;
  if (py < 0 || py >= level->gray.height) return;
  const size_t place = (size_t)y * (size_t)r->width;
  const uint8_t *gray = level->gray.data + py * level->gray.stride;
  const uint8_t *binary = level->binary.data + py * level->binary.stride;
  const ring_row row = {r->near + place, r->darkest + place, gray, binary, px, step};
  const int from = clamp(-px, 0, r->width), to = clamp(level->gray.width - px, from, r->width);
  int first = 0, end = 0; /* of the row's ink */
  if (own >= 0 && own < glyph->height) {
    const uint8_t *mask = glyph->mask.data + own * glyph->mask.stride;
    for (end = glyph->width; end > 0 && !mask[end - 1];) end--;
    while (first < end && !mask[first]) first++;
  }
  const int has_ink = first < end;
  const int left_end = has_ink ? clamp(first + r->margin, from, to) : from;
  const int right_start = has_ink ? clamp(end + r->margin, from, to) : to;
  const part left = count_part(&row, from, left_end);
  const part middle = count_part(&row, left_end, right_start);
  const part right = count_part(&row, right_start, to);
  t->ring += (size_t)(left.ring + middle.ring + right.ring);
  t->lighter += (size_t)(left.lighter + middle.lighter + right.lighter);
  t->left += (size_t)left.ring, t->left_gray += left.gray;
  t->right += (size_t)right.ring, t->right_gray += right.gray;
}

int stage_surround(const stage_level *level, const stage_glyph *glyph, stage_surroundings *out) {
  const int gap = glyph->stroke_width > 4 ? (int)(glyph->stroke_width / 4 + 0.5) : 1, reach = gap + RING_WIDTH;
  const int margin = reach + 1;
  ring r = {.margin = margin, .width = glyph->width + 2 * margin, .height = glyph->height + 2 * margin};
  const size_t work = spread_work_size(r.width, r.height, reach); /* more than both pictures together */
  r.near = work && work <= SIZE_MAX / 2 ? malloc(2 * work) : NULL;
  if (!r.near) return SHIM_ERR_MEMORY;
  r.darkest = r.near + (size_t)r.width * (size_t)r.height;
  lay_out(level, glyph, &r, r.near);
  spread(r.near, r.width, r.height, gap, r.near + work, r.near);
  spread(r.near, r.width, r.height, RING_WIDTH, r.near + work, r.darkest);
  const uint8_t step = (uint8_t)(lighter_by * glyph->contrast + 0.5);
  tally t = {0, 0, 0, 0, 0, 0};
  for (int y = 0; y < r.height; y++) count_row(level, glyph, &r, y, step, &t);
  out->lighter = t.ring ? (double)t.lighter / (double)t.ring : 1;
  out->lopsided = 0;
  if (t.left && t.right && glyph->contrast > 0)
    out->lopsided = fabs(t.left_gray / (double)t.left - t.right_gray / (double)t.right) / glyph->contrast;
  free(r.near);
  return SHIM_OK;
}
