/* Cuts a glyph out in MNIST's form, as measured on its pictures: paper 0, ink 255, the longer side of the ink's box
 * exactly 20 pixels with the aspect kept, anti-aliased, then moved by whole pixels so that the centre of mass lies at
 * index 14. Made from the depth of the ink (gray levels), not from the binary mask; other glyphs' ink is left out. */
#include "stages.h"

#include <math.h>
#include <string.h>

enum { BOX_SIDE = 20, BOX_LEVEL = 64 /* of 255: what counts as ink for the box */ };
static const double stroke_min = 1.5;   /* of 20 pixels: thinner pens are thickened to what MNIST's thin strokes have */
static const double slant_max = 0.5;    /* up to here the network reads slanted digits as they are */

/* Half a stroke around the mask, but no less than a pixel of the picture. */
static int level_margin(const stage_pyramid *pyramid, const stage_glyph *glyph) {
  const int margin = (int)(glyph->stroke_width / 2 + 0.5), pixel = pyramid->enlarged >> glyph->level;
  const int least = pixel > 1 ? pixel : 1;
  return margin < least ? least : margin;
}

/* Depth under which 85 % of the glyph's ink lies: robust against a dark grain. */
static int reference_depth(const stage_level *level, const stage_glyph *glyph) {
  size_t histogram[256] = {0}, total = 0;
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *mask = glyph->mask.data + y * glyph->mask.stride;
    const uint8_t *ink = level->ink.data + (glyph->y + y) * level->ink.stride + glyph->x;
    for (int x = 0; x < glyph->width; x++)
      if (mask[x]) histogram[ink[x]]++, total++;
  }
  size_t above = 0;
  int depth = 255;
  while (depth > 1 && (above += histogram[depth]) * 100 < total * 15) depth--;
  return depth;
}

/* The glyph's depth stretched to 255, with its blurred margin and without other glyphs' ink. */
static int cut_out(const stage_pyramid *pyramid, const stage_glyph *glyph, shim_image *out) {
  const stage_level *level = &pyramid->levels[glyph->level];
  const int margin = level_margin(pyramid, glyph), depth = reference_depth(level, glyph);
  const int width = glyph->width + 2 * margin, height = glyph->height + 2 * margin;
  shim_image near = {0};
  int status = shim_image_create(&near, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(out, width, height, 1);
  if (status != SHIM_OK) goto done;
  memset(near.data, 0, (size_t)width * (size_t)height);
  for (int y = 0; y < glyph->height; y++)
    memcpy(near.data + (y + margin) * near.stride + margin, glyph->mask.data + y * glyph->mask.stride,
           (size_t)glyph->width);
  status = shim_dilate(&near, out, 2 * margin + 1);
  if (status != SHIM_OK) goto done;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint8_t *to = out->data + y * out->stride + x;
      const int px = glyph->x - margin + x, py = glyph->y - margin + y;
      const int outside = px < 0 || py < 0 || px >= level->ink.width || py >= level->ink.height;
      if (outside || !*to) {
        *to = 0;
        continue;
      }
      const int foreign = level->binary.data[py * level->binary.stride + px] && !near.data[y * near.stride + x];
      const int value = level->ink.data[py * level->ink.stride + px] * 255 / depth;
      *to = (uint8_t)(foreign ? 0 : value > 255 ? 255 : value);
    }
done:
  shim_image_free(&near);
  if (status != SHIM_OK) shim_image_free(out);
  return status;
}

/* The box of what is ink in a stretched picture; 0 where there is none. */
static int ink_box(const shim_image *ink, int box[4]) {
  box[0] = ink->width, box[1] = ink->height, box[2] = box[3] = 0;
  for (int y = 0; y < ink->height; y++)
    for (int x = 0; x < ink->width; x++)
      if (ink->data[y * ink->stride + x] >= BOX_LEVEL) {
        if (x < box[0]) box[0] = x;
        if (x >= box[2]) box[2] = x + 1;
        if (y < box[1]) box[1] = y;
        box[3] = y + 1;
      }
  return box[2] > box[0];
}

static int thicken(shim_image *ink, double stroke_width, int longer) {
  const double wanted = stroke_min * longer / BOX_SIDE;
  const int window = 1 + 2 * (int)((wanted - stroke_width) / 2 + 0.5);
  if (window < 3) return SHIM_OK;
  shim_image thick;
  int status = shim_image_create(&thick, ink->width + window, ink->height + window, 1);
  if (status != SHIM_OK) return status;
  shim_image wide = {0};
  status = shim_image_create(&wide, thick.width, thick.height, 1);
  if (status == SHIM_OK) {
    memset(wide.data, 0, (size_t)wide.stride * (size_t)wide.height);
    for (int y = 0; y < ink->height; y++)
      memcpy(wide.data + (y + window / 2) * wide.stride + window / 2, ink->data + y * ink->stride, (size_t)ink->width);
    status = shim_dilate(&wide, &thick, window);
  }
  shim_image_free(&wide);
  if (status != SHIM_OK) {
    shim_image_free(&thick);
    return status;
  }
  shim_image_free(ink);
  *ink = thick;
  return SHIM_OK;
}

/* Slanted more than slant_max, it is brought to that: a normalised digit stays as it is. */
static int limit_slant(shim_image *ink) {
  const double slant = stage_deskew_slant(ink);
  if (fabs(slant) <= slant_max) return SHIM_OK;
  shim_image straight;
  const int status = stage_deskew(ink, slant - copysign(slant_max, slant), &straight);
  if (status != SHIM_OK) return status;
  shim_image_free(ink);
  *ink = straight;
  return SHIM_OK;
}

/* The whole picture turned back by so many degrees, on a ground of no ink. */
static int turn(shim_image *ink, double degrees) {
  stage_map map;
  int width, height;
  shim_image turned;
  stage_map_init(&map);
  stage_map_turn(&map, degrees, ink->width, ink->height, &width, &height);
  int status = shim_image_create(&turned, width, height, 1);
  if (status != SHIM_OK) return status;
  status = stage_map_warp(&map, ink, 0, &turned);
  if (status != SHIM_OK) {
    shim_image_free(&turned);
    return status;
  }
  shim_image_free(ink);
  *ink = turned;
  return SHIM_OK;
}

/* Thin strokes fade when they are scaled down: the strongest ink is brought to 255 again. */
static void stretch(shim_image *small) {
  int top = 1;
  for (int i = 0; i < small->width * small->height; i++)
    if (small->data[i] > top) top = small->data[i];
  for (int i = 0; i < small->width * small->height; i++) small->data[i] = (uint8_t)(small->data[i] * 255 / top);
}

static void place(const shim_image *small, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  double mass = 0, mx = 0, my = 0;
  for (int y = 0; y < small->height; y++)
    for (int x = 0; x < small->width; x++) {
      const double m = small->data[y * small->stride + x];
      mass += m, mx += m * x, my += m * y;
    }
  const int centre = STAGE_CROP_SIDE / 2;
  const int left = mass > 0 ? (int)floor(centre - mx / mass + 0.5) : 0;
  const int top = mass > 0 ? (int)floor(centre - my / mass + 0.5) : 0;
  memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  for (int y = 0; y < small->height; y++)
    for (int x = 0; x < small->width; x++) {
      const int px = left + x, py = top + y;
      if (px >= 0 && py >= 0 && px < STAGE_CROP_SIDE && py < STAGE_CROP_SIDE)
        out[py * STAGE_CROP_SIDE + px] = small->data[y * small->stride + x];
    }
}

static int fit(const shim_image *ink, const int box[4], uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  const int width = box[2] - box[0], height = box[3] - box[1], longer = width > height ? width : height;
  const shim_image part = {ink->data + box[1] * ink->stride + box[0], width, height, 1, ink->stride};
  const int fit_width = (width * BOX_SIDE + longer / 2) / longer, fit_height = (height * BOX_SIDE + longer / 2) / longer;
  shim_image small;
  int status = shim_image_create(&small, fit_width > 0 ? fit_width : 1, fit_height > 0 ? fit_height : 1, 1);
  if (status != SHIM_OK) return status;
  status = shim_resize(&part, &small);
  if (status == SHIM_OK) {
    stretch(&small);
    place(&small, out);
  }
  shim_image_free(&small);
  return status;
}

int stage_crop(const stage_pyramid *pyramid, const stage_glyph *glyph, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  return stage_crop_turned(pyramid, glyph, 0, out);
}

int stage_crop_turned(const stage_pyramid *pyramid, const stage_glyph *glyph, double degrees,
                      uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  shim_image ink;
  int box[4], status = cut_out(pyramid, glyph, &ink);
  if (status != SHIM_OK) return status;
  const int longer = glyph->width > glyph->height ? glyph->width : glyph->height;
  status = thicken(&ink, glyph->stroke_width, longer);
  if (status == SHIM_OK && degrees != 0) status = turn(&ink, degrees);
  if (status == SHIM_OK) status = limit_slant(&ink);
  if (status == SHIM_OK) {
    if (ink_box(&ink, box)) status = fit(&ink, box, out);
    else memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  }
  shim_image_free(&ink);
  return status;
}
