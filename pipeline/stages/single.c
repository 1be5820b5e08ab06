/* A picture that holds one glyph. It is framed with paper, because such pictures are often cut close, enlarged where it
 * is tiny, and then goes through the same pyramid, threshold and contours as a page; of the levels, the finest that
 * shows the strokes whole is taken. Everything on it that is not a speck belongs to the glyph. */
#include "stages.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE_MIN = 64 /* smaller pictures are enlarged to at least this */, PART_SIDE_MIN = 4 };
static const double speck_share = 0.06; /* of the largest component's area */
static const double more_ink = 1.4; /* times a finer level's ink: that one lost some */

/* The gray of the paper: the upper quartile (ink covers less than a quarter of what is not paper). */
static int paper_gray(const shim_image *gray, int dark_ink) {
  size_t histogram[256] = {0}, total = (size_t)gray->width * (size_t)gray->height, seen = 0;
  for (int y = 0; y < gray->height; y++)
    for (int x = 0; x < gray->width; x++) histogram[gray->data[y * gray->stride + x]]++;
  const size_t rank = dark_ink ? total - total / 4 : total / 4;
  int value = 0;
  while (value < 255 && (seen += histogram[value]) < rank) value++;
  return value;
}

static int enlarge(const shim_image *gray, double scale, shim_image *out) {
  const int status = shim_image_create(out, (int)(gray->width * scale), (int)(gray->height * scale), 1);
  return status == SHIM_OK ? shim_resize(gray, out) : status;
}

/* Paper around the picture, so wide that the threshold's window never lies on ink alone. */
static int frame(const shim_image *gray, int margin, int paper, shim_image *out) {
  const int status = shim_image_create(out, gray->width + 2 * margin, gray->height + 2 * margin, 1);
  if (status != SHIM_OK) return status;
  memset(out->data, paper, (size_t)out->stride * (size_t)out->height);
  for (int y = 0; y < gray->height; y++)
    memcpy(out->data + (y + margin) * out->stride + margin, gray->data + y * gray->stride, (size_t)gray->width);
  return SHIM_OK;
}

static size_t largest(const stage_glyphs *glyphs) {
  size_t best = 0;
  for (size_t i = 1; i < glyphs->count; i++)
    if (glyphs->items[i].area * glyphs->items[i].contrast > glyphs->items[best].area * glyphs->items[best].contrast)
      best = i;
  return best;
}

/* All components of a level but specks, as one glyph. *found is 0 where the level has none. */
static int gather(const stage_pyramid *pyramid, int level, stage_glyph *out, int *found) {
  stage_glyphs parts = {0};
  int status = stage_contour(pyramid, level, PART_SIDE_MIN, &parts);
  *found = 0;
  if (status == SHIM_OK && parts.count) {
    const size_t main_part = largest(&parts);
    const double speck = speck_share * parts.items[main_part].area;
    *out = parts.items[main_part];
    parts.items[main_part] = parts.items[--parts.count]; /* its mask is out's now */
    *found = 1;
    for (size_t i = 0; status == SHIM_OK && i < parts.count; i++) {
      stage_glyph joined;
      if (parts.items[i].area < speck || parts.items[i].contrast < 0.4 * out->contrast) continue;
      status = stage_glyph_join(out, &parts.items[i], &joined);
      if (status != SHIM_OK) break;
      stage_glyph_free(out);
      *out = joined;
    }
  }
  if (status != SHIM_OK && *found) {
    stage_glyph_free(out);
    *found = 0;
  }
  stage_glyphs_free(&parts);
  return status;
}

static double page_area(const stage_glyph *glyph) { return glyph->area * (double)(1 << 2 * glyph->level); }

/* A level takes over from a finer one that has no ink, or whose strokes are too wide for its threshold. */
static int takes_over(const stage_glyph *coarse, const stage_glyph *fine) {
  if (coarse->stroke_width < STAGE_STROKE_RESOLVED) return 0;
  const double fine_stroke = coarse->stroke_width * (1 << (coarse->level - fine->level));
  return fine_stroke > STAGE_STROKE_WHOLE || page_area(coarse) > more_ink * page_area(fine);
}

static int pick_level(stage_single *single) {
  int status = SHIM_OK;
  for (int level = 0; status == SHIM_OK && level < single->pyramid.count; level++) {
    stage_glyph glyph = {0};
    int found = 0;
    status = stage_threshold(&single->pyramid.levels[level]);
    if (status == SHIM_OK) status = gather(&single->pyramid, level, &glyph, &found);
    if (status != SHIM_OK || !found) continue;
    if (!single->found || takes_over(&glyph, &single->glyph)) {
      stage_glyph_free(&single->glyph);
      single->glyph = glyph;
      single->found = 1;
    } else {
      stage_glyph_free(&glyph);
    }
  }
  return status;
}

int stage_single_find(const shim_image *gray, stage_single *out) {
  memset(out, 0, sizeof *out);
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  const int dark_ink = stage_polarity(gray) >= 0;
  out->scale = longer < SIDE_MIN ? (double)((SIDE_MIN + longer - 1) / longer) : 1;
  out->margin = longer / 4 + 2;
  shim_image framed = {0}, large = {0};
  int status = frame(gray, out->margin, paper_gray(gray, dark_ink), &framed);
  if (status == SHIM_OK && out->scale > 1) status = enlarge(&framed, out->scale, &large);
  if (status == SHIM_OK) status = stage_pyramid_make(large.data ? &large : &framed, !dark_ink, &out->pyramid);
  if (status == SHIM_OK) status = pick_level(out);
  shim_image_free(&framed);
  shim_image_free(&large);
  if (status != SHIM_OK) stage_single_free(out);
  return status;
}

void stage_single_free(stage_single *single) {
  stage_pyramid_free(&single->pyramid);
  stage_glyph_free(&single->glyph);
  single->found = 0;
}

int stage_single_normalize(const shim_image *gray, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  stage_single single;
  int status = stage_single_find(gray, &single);
  if (status != SHIM_OK) return status;
  if (single.found) status = stage_crop(&single.pyramid, &single.glyph, out);
  else memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  stage_single_free(&single);
  return status;
}
