/* Cuts a glyph out in MNIST's form, as measured on its pictures: paper 0, ink 255, the longer side of the ink's box
 * exactly 20 pixels with the aspect kept, anti-aliased, then moved by whole pixels so that the centre of mass lies at
 * index 14. Made from the depth of the ink (gray levels), not from the binary mask; other glyphs' ink is left out. */
#include "scale.h"
#include "spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOX_SIDE = 20, BOX_LEVEL = 64 /* of 255: what counts as ink for the box */ };
static const double stroke_min = 1.5; /* of 20 pixels: thinner pens are thickened to what MNIST's thin strokes have */
static const double slant_max = 0.5;  /* up to here the network reads slanted digits as they are */

/* Half a stroke around the mask, but no less than a pixel of the picture. */
static int level_margin(const stage_pyramid *pyramid, const stage_glyph *glyph) {
  const int margin = (int)(glyph->stroke_width / 2 + 0.5), pixel = pyramid->enlarged >> glyph->level;
  const int least = pixel > 1 ? pixel : 1;
  return margin < least ? least : margin;
}

/* Depth under which 85 % of the glyph's ink lies: robust against a dark grain. Counters by turns, since neighbours are
 * alike and each would have to wait for the one before; eight pixels without ink are passed over at once. The rows lie far
 * apart in memory: those AHEAD are asked for early. */
static int reference_depth(const stage_level *level, const stage_glyph *glyph) {
  enum { COUNTERS = 4, STRIDE = 8, AHEAD = 6 };
  unsigned histogram[256][COUNTERS] = {{0}};
  size_t above = 0, total = 0;
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *mask = glyph->mask.data + y * glyph->mask.stride;
    const uint8_t *ink = level->ink.data + (glyph->y + y) * level->ink.stride + glyph->x;
    const int ahead = y + AHEAD < glyph->height ? AHEAD : 0;
    __builtin_prefetch(ink + ahead * level->ink.stride);
    __builtin_prefetch(ink + ahead * level->ink.stride + glyph->width - 1);
    for (int x0 = 0; x0 < glyph->width; x0 += STRIDE) {
      const int end = x0 + STRIDE < glyph->width ? x0 + STRIDE : glyph->width;
      uint64_t any = 1;
      if (end - x0 == STRIDE) memcpy(&any, mask + x0, sizeof any);
      if (!any) continue;
      unsigned count = 0;
      for (int x = x0; x < end; x++) {
        histogram[ink[x] & mask[x]][x % COUNTERS]++; /* what is none counts as 0 */
        count += mask[x] & 1;
      }
      total += count;
    }
  }
  for (int depth = 255; depth > 1; depth--) {
    const unsigned *h = histogram[depth];
    above += (size_t)h[0] + h[1] + h[2] + h[3];
    if (above * 100 >= total * 15) return depth;
  }
  return 1;
}

/* The depths stretched to 255 where `out` is set; without other glyphs' ink. */
static void stretch_row(const uint8_t *ink, const uint8_t *binary, const uint8_t *own, int count, int depth,
                        uint8_t *restrict out) {
  for (int x = 0; x < count; x++) {
    const int value = (int)((float)(ink[x] * 255) / (float)depth); /* exact, of so small numbers */
    const uint8_t foreign = binary[x] & (uint8_t)~own[x];
    out[x] &= (uint8_t)((value > 255 ? 255 : value) & ~foreign);
  }
}

/* The glyph's depth stretched to 255, with its blurred margin and without other glyphs' ink. */
static int cut_out(const stage_pyramid *pyramid, const stage_glyph *glyph, shim_image *out) {
  const stage_level *level = &pyramid->levels[glyph->level];
  const int margin = level_margin(pyramid, glyph), depth = reference_depth(level, glyph);
  const int width = glyph->width + 2 * margin, height = glyph->height + 2 * margin;
  const size_t pixels = (size_t)width * (size_t)height, work = spread_work_size(width, height, margin);
  uint8_t *own = work && work <= SIZE_MAX / 2 ? calloc(work + pixels, 1) : NULL;
  int status = own ? shim_image_create(out, width, height, 1) : SHIM_ERR_MEMORY;
  if (status != SHIM_OK) {
    free(own);
    return status;
  }
  for (int y = 0; y < glyph->height; y++)
    memcpy(own + (y + margin) * width + margin, glyph->mask.data + y * glyph->mask.stride, (size_t)glyph->width);
  spread(own, width, height, margin, own + pixels, out->data);
  const int left = glyph->x - margin, inside = level->ink.width - left;
  const int from = left < 0 ? -left : 0, to = inside < width ? inside : width;
  for (int y = 0; y < height; y++) {
    const int py = glyph->y - margin + y;
    const size_t row = (size_t)y * (size_t)width;
    if (py < 0 || py >= level->ink.height) {
      memset(out->data + row, 0, (size_t)width);
      continue;
    }
    memset(out->data + row, 0, (size_t)from);
    memset(out->data + row + to, 0, (size_t)(width - to));
    stretch_row(level->ink.data + py * level->ink.stride + left + from,
                level->binary.data + py * level->binary.stride + left + from, own + row + from, to - from, depth,
                out->data + row + from);
  }
  free(own);
  return SHIM_OK;
}

static int deepest(const uint8_t *row, int count) {
  uint8_t top = 0;
  for (int x = 0; x < count; x++) top = row[x] > top ? row[x] : top;
  return top;
}

/* The box of what is ink in a stretched picture; 0 where there is none. */
static int ink_box(const shim_image *ink, int box[4]) {
  box[0] = ink->width, box[1] = ink->height, box[2] = box[3] = 0;
  for (int y = 0; y < ink->height; y++) {
    const uint8_t *row = ink->data + y * ink->stride;
    if (deepest(row, ink->width) < BOX_LEVEL) continue;
    int first = 0, end = ink->width;
    while (first < box[0] && row[first] < BOX_LEVEL) first++;
    while (end > box[2] && row[end - 1] < BOX_LEVEL) end--;
    box[0] = first, box[2] = end;
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
  const int reach = window / 2, width = ink->width + window, height = ink->height + window;
  const size_t work = spread_work_size(width, height, reach);
  int status = shim_image_create(&thick, width, height, 1);
  if (status != SHIM_OK) return status;
  uint8_t *scratch = work ? malloc(work) : NULL;
  if (!scratch) {
    shim_image_free(&thick);
    return SHIM_ERR_MEMORY;
  }
  memset(thick.data, 0, (size_t)thick.stride * (size_t)height);
  for (int y = 0; y < ink->height; y++)
    memcpy(thick.data + (y + reach) * thick.stride + reach, ink->data + y * ink->stride, (size_t)ink->width);
  spread(thick.data, width, height, reach, scratch, thick.data);
  free(scratch);
  shim_image_free(ink);
  *ink = thick;
  return SHIM_OK;
}

/* Makes *out, which the caller frees: the picture turned back by so many degrees, on a ground of no ink. */
static int turn(const shim_image *ink, double degrees, shim_image *out) {
  stage_map map;
  int width, height;
  stage_map_init(&map);
  stage_map_turn(&map, degrees, ink->width, ink->height, &width, &height);
  int status = shim_image_create(out, width, height, 1);
  if (status != SHIM_OK) return status;
  status = stage_map_warp(&map, ink, 0, out);
  if (status != SHIM_OK) shim_image_free(out);
  return status;
}

/* The same by 1 to 3 quarter turns, pixel for pixel. */
static int turn_quarters(const shim_image *ink, int quarters, shim_image *out) {
  const int last = ink->width - 1, lowest = ink->height - 1, lies = quarters % 2;
  const int status = shim_image_create(out, lies ? ink->height : ink->width, lies ? ink->width : ink->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < out->height; y++) {
    uint8_t *row = out->data + y * out->stride;
    if (quarters == 1)
      for (int x = 0; x < out->width; x++) row[x] = ink->data[x * ink->stride + last - y];
    else if (quarters == 2)
      for (int x = 0; x < out->width; x++) row[x] = ink->data[(lowest - y) * ink->stride + last - x];
    else
      for (int x = 0; x < out->width; x++) row[x] = ink->data[(lowest - x) * ink->stride + y];
  }
  return SHIM_OK;
}

/* Thin strokes fade when they are scaled down: the strongest ink is brought to 255 again. */
static void stretch(shim_image *small) {
  const int count = small->width * small->height, top = deepest(small->data, count);
  if (top == 0) return;
  for (int i = 0; i < count; i++) small->data[i] = (uint8_t)((float)(small->data[i] * 255) / (float)top);
}

static void place(const shim_image *small, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  int mass = 0, mx = 0, my = 0;
  for (int y = 0; y < small->height; y++) {
    int row = 0;
    for (int x = 0; x < small->width; x++) {
      const int m = small->data[y * small->stride + x];
      row += m, mx += m * x;
    }
    mass += row, my += row * y;
  }
  const int centre = STAGE_CROP_SIDE / 2;
  const int left = mass > 0 ? (int)floor(centre - (double)mx / mass + 0.5) : 0;
  const int top = mass > 0 ? (int)floor(centre - (double)my / mass + 0.5) : 0;
  const int from = left < 0 ? -left : 0;
  const int to = left + small->width < STAGE_CROP_SIDE ? small->width : STAGE_CROP_SIDE - left;
  memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  for (int y = 0; y < small->height; y++)
    if (top + y >= 0 && top + y < STAGE_CROP_SIDE && from < to)
      memcpy(out + (top + y) * STAGE_CROP_SIDE + left + from, small->data + y * small->stride + from,
             (size_t)(to - from));
}

static int fit(const shim_image *ink, const int box[4], uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  const int width = box[2] - box[0], height = box[3] - box[1], longer = width > height ? width : height;
  const shim_image part = {ink->data + box[1] * ink->stride + box[0], width, height, 1, ink->stride};
  const int fit_width = (width * BOX_SIDE + longer / 2) / longer,
            fit_height = (height * BOX_SIDE + longer / 2) / longer;
  shim_image small;
  int status = shim_image_create(&small, fit_width > 0 ? fit_width : 1, fit_height > 0 ? fit_height : 1, 1);
  if (status != SHIM_OK) return status;
  const int shrinks = small.width <= width && small.height <= height;
  status = shrinks ? scale_down(&part, &small) : shim_resize(&part, &small);
  if (status == SHIM_OK) {
    stretch(&small);
    place(&small, out);
  }
  shim_image_free(&small);
  return status;
}

/* Slanted more than slant_max, it is brought to that: a normalised digit stays as it is. */
static int normalise(const shim_image *ink, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  const double slant = stage_deskew_slant(ink);
  shim_image straight = {0};
  int box[4], status = SHIM_OK;
  if (fabs(slant) > slant_max) {
    status = stage_deskew(ink, slant - copysign(slant_max, slant), &straight);
    ink = &straight;
  }
  if (status == SHIM_OK) {
    if (ink_box(ink, box))
      status = fit(ink, box, out);
    else
      memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
    shim_image_free(&straight);
  }
  return status;
}

static int normalise_turned(const shim_image *ink, int quarters, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  shim_image turned;
  if (quarters == 0) return normalise(ink, out);
  int status = turn_quarters(ink, quarters, &turned);
  if (status != SHIM_OK) return status;
  status = normalise(&turned, out);
  shim_image_free(&turned);
  return status;
}

int stage_crop(const stage_pyramid *pyramid, const stage_glyph *glyph, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  return stage_crop_turned(pyramid, glyph, &(stage_turn){0, 0}, 1, out);
}

int stage_crop_turned(const stage_pyramid *pyramid, const stage_glyph *glyph, const stage_turn *turns, size_t count,
                      uint8_t *out) {
  shim_image ink, level = {0};
  double level_degrees = 0;
  int status = cut_out(pyramid, glyph, &ink);
  if (status != SHIM_OK) return status;
  const int longer = glyph->width > glyph->height ? glyph->width : glyph->height;
  status = thicken(&ink, glyph->stroke_width, longer);
  for (size_t i = 0; status == SHIM_OK && i < count; i++) {
    const double degrees = turns[i].degrees;
    if (degrees != 0 && degrees != level_degrees) {
      shim_image_free(&level);
      status = turn(&ink, degrees, &level);
      level_degrees = degrees;
    }
    if (status == SHIM_OK)
      status = normalise_turned(degrees != 0 ? &level : &ink, turns[i].quarters,
                                out + i * STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  }
  shim_image_free(&level);
  shim_image_free(&ink);
  return status;
}
