/* Tells ink from the edge of something large. Around a stroke there is paper on every side; a scrap that the threshold
 * leaves along the edge of a sheet or of a shadow has paper on one side and more of the dark thing on the other.
 *
 * Every pixel of a thin ring around the component is compared with the darkest ink of the component near it, not with
 * its mean, so that a digit which lies half in a shadow passes. A dark line along a sheet's edge (its own shadow) is
 * lighter on all sides, but has paper on one and table on the other: that shows in the difference of the two. */
#include "stages.h"

#include <math.h>
#include <string.h>

enum { RING_WIDTH = 2 };
enum { MASK, DARKNESS, INNER, OUTER, DARKEST, IMAGES }; /* pictures of the component's box, grown by a margin */
static const double lighter_by = 0.4; /* of the component's contrast */

/* The component's mask within its box grown by `margin`, and its darkness (255 - gray) there; 0 elsewhere. */
static void lay_out(const stage_level *level, const stage_glyph *glyph, int margin, shim_image *mask,
                    shim_image *darkness) {
  memset(mask->data, 0, (size_t)mask->stride * (size_t)mask->height);
  memset(darkness->data, 0, (size_t)darkness->stride * (size_t)darkness->height);
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *from = glyph->mask.data + y * glyph->mask.stride;
    const uint8_t *gray = level->gray.data + (glyph->y + y) * level->gray.stride + glyph->x;
    uint8_t *to = mask->data + (y + margin) * mask->stride + margin;
    uint8_t *dark = darkness->data + (y + margin) * darkness->stride + margin;
    for (int x = 0; x < glyph->width; x++)
      if (from[x]) {
        to[x] = 255;
        dark[x] = (uint8_t)(255 - gray[x]);
      }
  }
}

typedef struct tally {
  size_t ring, lighter, left, right;
  double left_gray, right_gray;
} tally;

/* One row of the ring. Left of the row's first ink is the left side, right of its last the right one. */
static void count_row(const stage_level *level, const stage_glyph *glyph, int margin, int y, const shim_image *images,
                      int step, tally *t) {
  const uint8_t *mask = images[MASK].data + y * images[MASK].stride;
  const uint8_t *inner = images[INNER].data + y * images[INNER].stride;
  const uint8_t *outer = images[OUTER].data + y * images[OUTER].stride;
  const uint8_t *darkest = images[DARKEST].data + y * images[DARKEST].stride;
  const int width = images[MASK].width, py = glyph->y - margin + y;
  int first = 0, last = width - 1;
  if (py < 0 || py >= level->gray.height) return;
  while (first < width && !mask[first]) first++;
  while (last >= 0 && !mask[last]) last--;
  for (int x = 0; x < width; x++) {
    const int px = glyph->x - margin + x;
    if (!outer[x] || inner[x] || px < 0 || px >= level->gray.width) continue;
    if (level->binary.data[py * level->binary.stride + px]) continue; /* a neighbour's ink tells nothing */
    const int gray = level->gray.data[py * level->gray.stride + px];
    t->ring++;
    t->lighter += 255 - gray + step <= darkest[x];
    if (x < first && first < width) t->left++, t->left_gray += gray;
    if (x > last && last >= 0) t->right++, t->right_gray += gray;
  }
}

int stage_surround(const stage_level *level, const stage_glyph *glyph, stage_surroundings *out) {
  const int gap = glyph->stroke_width > 4 ? (int)(glyph->stroke_width / 4 + 0.5) : 1, reach = gap + RING_WIDTH;
  const int margin = reach + 1, width = glyph->width + 2 * margin, height = glyph->height + 2 * margin;
  shim_image images[IMAGES] = {{0}};
  int status = SHIM_OK;
  for (int i = 0; status == SHIM_OK && i < IMAGES; i++) status = shim_image_create(&images[i], width, height, 1);
  if (status == SHIM_OK) {
    lay_out(level, glyph, margin, &images[MASK], &images[DARKNESS]);
    status = shim_dilate(&images[MASK], &images[INNER], 2 * gap + 1);
  }
  if (status == SHIM_OK) status = shim_dilate(&images[MASK], &images[OUTER], 2 * reach + 1);
  if (status == SHIM_OK) status = shim_dilate(&images[DARKNESS], &images[DARKEST], 2 * reach + 1);
  if (status == SHIM_OK) {
    tally t = {0, 0, 0, 0, 0, 0};
    for (int y = 0; y < height; y++)
      count_row(level, glyph, margin, y, images, (int)(lighter_by * glyph->contrast + 0.5), &t);
    out->lighter = t.ring ? (double)t.lighter / (double)t.ring : 1;
    out->lopsided = 0;
    if (t.left && t.right && glyph->contrast > 0)
      out->lopsided = fabs(t.left_gray / (double)t.left - t.right_gray / (double)t.right) / glyph->contrast;
  }
  for (int i = 0; i < IMAGES; i++) shim_image_free(&images[i]);
  return status;
}
