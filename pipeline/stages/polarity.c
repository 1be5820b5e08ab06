/* Tells dark ink on light paper from light ink on a dark board: paper covers more than ink does, so in a block that
 * holds both, the mean lies on the paper's side of the middle between the extremes. Blocks of several sizes vote, since
 * a small block can lie inside a thick stroke. Edges of shadows and sheets vote either way and cancel.
 *
 * On a picture that holds one glyph and little else, ink may well cover more than half. There the rim votes too, most
 * of all its corners, which hardly any digit reaches; ink and paper are told apart by Otsu's threshold (1979). */
#include "stages.h"

#include <math.h>

enum { LOOK_SIDE = 768, BLOCK_MIN = 12, RANGE_MIN = 24 };
static const double rim_weight = 0.75; /* beside the blocks' vote */
static const double separability_min = 0.7, separability_plain = 0.85;

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

/* *separability: the share of the variance that lies between the two classes; high where ink and paper are all there
 * is, low where light and shadow spread the grays. */
static double otsu_threshold(const shim_image *gray, double *separability) {
  double histogram[256] = {0}, total = 0, sum = 0, squares = 0, count = 0, below = 0, best = 0, threshold = 127.5;
  for (int y = 0; y < gray->height; y++)
    for (int x = 0; x < gray->width; x++) histogram[gray->data[y * gray->stride + x]]++;
  for (int i = 0; i < 256; i++) total += histogram[i], sum += i * histogram[i], squares += (double)i * i * histogram[i];
  for (int i = 0; i < 255; i++) {
    count += histogram[i];
    below += i * histogram[i];
    if (count == 0 || count == total) continue;
    const double apart = below / count - (sum - below) / (total - count);
    const double between = count * (total - count) * apart * apart;
    if (between > best) best = between, threshold = i + 0.5;
  }
  const double variance = total * squares - sum * sum; /* both are total squared times what they are called */
  *separability = variance > 0 ? best / variance : 0;
  return threshold;
}

/* -1..1: positive where the rim is lighter than the threshold; the nearer to 0 the less the threshold is to be
 * trusted. */
static double rim(const shim_image *gray) {
  double separability;
  const double threshold = otsu_threshold(gray, &separability);
  const double trust = fmin(fmax((separability - separability_min) / (separability_plain - separability_min), 0), 1);
  const double half_width = gray->width / 2.0, half_height = gray->height / 2.0;
  double votes = 0, weight = 0;
  for (int y = 0; y < gray->height; y++) {
    const int step = y == 0 || y == gray->height - 1 || gray->width < 2 ? 1 : gray->width - 1;
    for (int x = 0; x < gray->width; x += step) {
      const double to_corner = fmin(fabs(x + 0.5 - half_width) / half_width, fabs(y + 0.5 - half_height) / half_height);
      weight += to_corner * to_corner;
      votes += to_corner * to_corner * (gray->data[y * gray->stride + x] > threshold ? 1 : -1);
    }
  }
  return weight > 0 ? trust * votes / weight : 0;
}

double stage_polarity_single(const shim_image *gray) { return stage_polarity(gray) + rim_weight * rim(gray); }
