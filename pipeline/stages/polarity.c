/* Tells dark ink on light paper from light ink on a dark board: paper covers more than ink does, so in a block that
 * holds both, the mean lies on the paper's side of the middle between the extremes. Blocks of several sizes vote, since
 * a small block can lie inside a thick stroke. Edges of shadows and sheets vote either way and cancel. */
#include "stages.h"

#include <math.h>

enum { LOOK_SIDE = 384, BLOCK_MIN = 12, RANGE_MIN = 24 };

typedef struct block {
  int min, max;
  double mean;
} block;

static block look(const shim_image *gray, int x0, int y0, int width, int height) {
  block b = {255, 0, 0};
  long sum = 0;
  for (int y = y0; y < y0 + height; y++)
    for (int x = x0; x < x0 + width; x++) {
      const int value = gray->data[y * gray->stride + x];
      if (value < b.min) b.min = value;
      if (value > b.max) b.max = value;
      sum += value;
    }
  b.mean = (double)sum / ((double)width * height);
  return b;
}

/* Positive for light paper. A block counts by its contrast, and by how clearly its mean lies on one side. */
static double vote(const shim_image *gray, int side, double *weight) {
  double votes = 0;
  for (int y = 0; y + side <= gray->height; y += side)
    for (int x = 0; x + side <= gray->width; x += side) {
      const block b = look(gray, x, y, side, side);
      const double half = (b.max - b.min) / 2.0;
      if (b.max - b.min < RANGE_MIN) continue;
      votes += half * (b.mean - b.min - half) / half;
      *weight += half;
    }
  return votes;
}

double stage_polarity(const shim_image *gray) {
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  const double scale = longer > LOOK_SIDE ? (double)LOOK_SIDE / longer : 1;
  const int width = (int)(gray->width * scale), height = (int)(gray->height * scale);
  shim_image small;
  if (shim_image_create(&small, width > 0 ? width : 1, height > 0 ? height : 1, 1) != SHIM_OK) return 0;
  double votes = 0, weight = 0;
  if (shim_resize(gray, &small) == SHIM_OK) {
    const int shorter = small.width < small.height ? small.width : small.height;
    for (int side = BLOCK_MIN; side <= shorter; side *= 2) votes += vote(&small, side, &weight);
    if (shorter < BLOCK_MIN || weight == 0) votes += vote(&small, shorter, &weight);
  }
  shim_image_free(&small);
  return weight > 0 ? votes / weight : 0;
}
