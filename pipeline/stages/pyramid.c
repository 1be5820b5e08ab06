/* The picture at several scales, each level the 2x2 mean of the one before (a box-filter pyramid). Strokes thinner than
 * a pixel fade on the coarse levels; they are read on the fine ones. */
#include "components.h"

#include <stdlib.h>
#include <string.h>

enum { SHORTER_SIDE_MIN = 40 };

static int copy(const shim_image *src, int invert, shim_image *dst) {
  const int status = shim_image_reuse(dst, src->width, src->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < src->height; y++) {
    const uint8_t *from = src->data + y * src->stride;
    uint8_t *to = dst->data + y * dst->stride;
    if (!invert)
      memcpy(to, from, (size_t)src->width);
    else
      for (int x = 0; x < src->width; x++) to[x] = (uint8_t)(255 - from[x]);
  }
  return SHIM_OK;
}

void stage_level_forget_parts(stage_level *level) {
  if (level->parts) components_free(level->parts);
  free(level->parts);
  level->parts = NULL;
}

static void free_level(stage_level *level) {
  shim_image_free(&level->gray);
  shim_image_free(&level->ink);
  shim_image_free(&level->binary);
  stage_level_forget_parts(level);
}

int stage_pyramid_remake(const shim_image *gray, int invert, stage_pyramid *pyramid) {
  int status = copy(gray, invert, &pyramid->levels[0].gray), count = 1;
  while (status == SHIM_OK && count < STAGE_LEVELS_MAX) {
    const shim_image *finer = &pyramid->levels[count - 1].gray;
    const int width = finer->width / 2, height = finer->height / 2;
    if (width < SHORTER_SIDE_MIN || height < SHORTER_SIDE_MIN) break;
    stage_level *level = &pyramid->levels[count];
    level->shift = count++;
    status = shim_image_reuse(&level->gray, width, height, 1);
    if (status == SHIM_OK) status = shim_resize(finer, &level->gray);
  }
  for (int i = count; i < STAGE_LEVELS_MAX; i++) free_level(&pyramid->levels[i]);
  pyramid->count = count;
  pyramid->enlarged = 0;
  if (status != SHIM_OK) stage_pyramid_free(pyramid);
  return status;
}

int stage_pyramid_make(const shim_image *gray, int invert, stage_pyramid *out) {
  memset(out, 0, sizeof *out);
  return stage_pyramid_remake(gray, invert, out);
}

void stage_pyramid_free(stage_pyramid *pyramid) {
  if (!pyramid) return;
  for (int i = 0; i < STAGE_LEVELS_MAX; i++) free_level(&pyramid->levels[i]);
  memset(pyramid, 0, sizeof *pyramid);
}
