/* Tells dark ink on light paper from light ink on a dark board: paper covers more than ink does, so in a block that
 * holds both, the mean lies on the paper's side of the middle between the extremes. Blocks of several sizes vote, since
 * a small block can lie inside a thick stroke. Edges of shadows and sheets vote either way and cancel.
 *
 * On a picture that holds one glyph and little else, ink may well cover more than half. There the rim votes too, most
 * of all its corners, which hardly any digit reaches; ink and paper are told apart by Otsu's threshold (1979). */
#include "stages.h"

#include <math.h>
#include <stdlib.h>

enum { LOOK_SIDE = 768, BLOCK_MIN = 12, RANGE_MIN = 24 };
static const double rim_weight = 0.75; /* beside the blocks' vote */
static const double separability_min = 0.7, separability_plain = 0.85;

typedef struct block {
  int min, max;
  int64_t sum;
} block;

static block look(const shim_image *gray, int x0, int y0, int width, int height) {
  block b = {255, 0, 0};
  for (int y = y0; y < y0 + height; y++) {
    const uint8_t *row = gray->data + y * gray->stride + x0;
    int min = 255, max = 0, sum = 0;
    for (int x = 0; x < width; x++) {
      min = row[x] < min ? row[x] : min;
      max = row[x] > max ? row[x] : max;
      sum += row[x];
    }
    if (min < b.min) b.min = min;
    if (max > b.max) b.max = max;
    b.sum += sum;
  }
  return b;
}

/* Positive for light paper. A block counts by its contrast, and by how clearly its mean lies on one side. */
static double vote(const block *b, double pixels, double *weight) {
  const double half = (b->max - b->min) / 2.0;
  if (b->max - b->min < RANGE_MIN) return 0;
  *weight += half;
  return (double)b->sum / pixels - b->min - half;
}

static block join(const block *a, const block *b) {
  return (block){a->min < b->min ? a->min : b->min, a->max > b->max ? a->max : b->max, a->sum + b->sum};
}

/* Blocks of BLOCK_MIN pixels a side, then of twice as many, made of four of these each, and so on. */
static double vote_all(const shim_image *gray, double *weight) {
  const int columns = gray->width / BLOCK_MIN, rows = gray->height / BLOCK_MIN;
  block *blocks = malloc(((size_t)columns * (size_t)rows + 1) * sizeof *blocks);
  double votes = 0;
  if (!blocks) return 0;
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++)
      blocks[y * columns + x] = look(gray, x * BLOCK_MIN, y * BLOCK_MIN, BLOCK_MIN, BLOCK_MIN);
  for (int step = 1, side = BLOCK_MIN; step <= columns && step <= rows; step *= 2, side *= 2)
    for (int y = 0; y + step <= rows; y += step)
      for (int x = 0; x + step <= columns; x += step) {
        block *b = &blocks[y * columns + x];
        if (step > 1) {
          const block upper = join(b, b + step / 2), *below = b + step / 2 * columns;
          const block lower = join(below, below + step / 2);
          *b = join(&upper, &lower);
        }
        votes += vote(b, (double)side * side, weight);
      }
  free(blocks);
  return votes;
}

/* gray scaled down to LOOK_SIDE or up to half of that: by halves, since these are many times faster; what is too thin for
 * them, otherwise. */
static int make_small(const shim_image *gray, shim_image *small) {
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  const double scale = longer > LOOK_SIDE ? (double)LOOK_SIDE / longer : 1;
  const int width = (int)(gray->width * scale), height = (int)(gray->height * scale);
  shim_image half = {0};
  int status = SHIM_OK;
  *small = (shim_image){0};
  if (longer > LOOK_SIDE && gray->width > 1 && gray->height > 1) {
    const shim_image even = {gray->data, gray->width / 2 * 2, gray->height / 2 * 2, 1, gray->stride};
    status = shim_image_create(&half, even.width / 2, even.height / 2, 1);
    if (status == SHIM_OK) status = shim_resize(&even, &half);
    if (status == SHIM_OK) status = make_small(&half, small);
  } else {
    status = shim_image_create(small, width > 0 ? width : 1, height > 0 ? height : 1, 1);
    if (status == SHIM_OK) status = shim_resize(gray, small);
  }
  shim_image_free(&half);
  if (status != SHIM_OK) shim_image_free(small);
  return status;
}

double stage_polarity(const shim_image *gray) {
  shim_image small;
  if (make_small(gray, &small) != SHIM_OK) return 0;
  double weight = 0, votes = vote_all(&small, &weight);
  if (weight == 0) {
    const int side = small.width < small.height ? small.width : small.height;
    for (int y = 0; y + side <= small.height; y += side)
      for (int x = 0; x + side <= small.width; x += side) {
        const block b = look(&small, x, y, side, side);
        votes += vote(&b, (double)side * side, &weight);
      }
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

double stage_polarity_single(const shim_image *gray) {
  return stage_polarity(gray) + rim_weight * rim(gray);
}
