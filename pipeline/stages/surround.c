/* Tells ink from the edge of something large. Around a stroke there is paper on every side; a scrap that the threshold
 * leaves along the edge of a sheet or of a shadow has paper on one side and more of the dark thing on the other.
 *
 * Every pixel of a thin ring around the component is compared with the darkest ink of the component near it, not with its mean,
 * so that a digit which lies half in a shadow passes. */
#include "stages.h"

#include <string.h>

enum { RING_WIDTH = 2 };
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

static double count_lighter(const stage_level *level, const stage_glyph *glyph, int margin, const shim_image *inner,
                            const shim_image *outer, const shim_image *darkest) {
  const int step = (int)(lighter_by * glyph->contrast + 0.5);
  size_t ring = 0, lighter = 0;
  for (int y = 0; y < outer->height; y++)
    for (int x = 0; x < outer->width; x++) {
      const int px = glyph->x - margin + x, py = glyph->y - margin + y;
      if (!outer->data[y * outer->stride + x] || inner->data[y * inner->stride + x]) continue;
      if (px < 0 || py < 0 || px >= level->gray.width || py >= level->gray.height) continue;
      if (level->binary.data[py * level->binary.stride + px]) continue; /* a neighbour's ink tells nothing */
      ring++;
      lighter += 255 - level->gray.data[py * level->gray.stride + px] + step <= darkest->data[y * darkest->stride + x];
    }
  return ring ? (double)lighter / (double)ring : 1;
}

int stage_surround(const stage_level *level, const stage_glyph *glyph, double *lighter) {
  const int gap = glyph->stroke_width > 4 ? (int)(glyph->stroke_width / 4 + 0.5) : 1, reach = gap + RING_WIDTH;
  const int margin = reach + 1, width = glyph->width + 2 * margin, height = glyph->height + 2 * margin;
  shim_image images[5] = {{0}};
  shim_image *mask = &images[0], *darkness = &images[1], *inner = &images[2], *outer = &images[3];
  shim_image *darkest = &images[4];
  int status = SHIM_OK;
  for (int i = 0; status == SHIM_OK && i < 5; i++) status = shim_image_create(&images[i], width, height, 1);
  if (status == SHIM_OK) {
    lay_out(level, glyph, margin, mask, darkness);
    status = shim_dilate(mask, inner, 2 * gap + 1);
  }
  if (status == SHIM_OK) status = shim_dilate(mask, outer, 2 * reach + 1);
  if (status == SHIM_OK) status = shim_dilate(darkness, darkest, 2 * reach + 1);
  if (status == SHIM_OK) *lighter = count_lighter(level, glyph, margin, inner, outer, darkest);
  for (int i = 0; i < 5; i++) shim_image_free(&images[i]);
  return status;
}
