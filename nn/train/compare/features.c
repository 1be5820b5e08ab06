/* Pixels, and histograms of oriented gradients (Dalal, Triggs: Histograms of oriented gradients for human detection,
 * 2005): cells of CELL x CELL pixels with BINS directions without sign, a pixel's gradient shared among the nearest
 * cells and directions; blocks of 2 x 2 cells, one cell apart, each brought to length 1, cut at CLIP, and again. What
 * remains of the picture beyond whole cells is left out. Moment invariants are those of Hu (Visual pattern recognition
 * by moment invariants, 1962): they change with neither place, size nor turn, and can tell little but how spread the
 * ink is, for of anything symmetric all but the first are nearly 0. */
#include "features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../../pipeline/stages/stages.h"

enum { CELL = 4, BINS = 9, BLOCK = 2, BLOCK_SIZE = BLOCK * BLOCK * BINS, MOST_CELLS = 64, HU = 7 };

static const float CLIP = 0.2f;
static const double LEAST_MOMENT = 1e-3; /* of the root that the degree asks for: below, a moment is noise */

static int cells_of(int pixels) {
  return pixels / CELL < MOST_CELLS ? pixels / CELL : MOST_CELLS;
}

static size_t blocks_of(int pixels) {
  const int cells = cells_of(pixels);
  return cells < BLOCK ? 0 : (size_t)(cells - BLOCK + 1);
}

size_t train_feature_width(train_feature feature, int height, int width) {
  if (feature == TRAIN_FEATURE_PIXELS) return (size_t)height * (size_t)width;
  if (feature == TRAIN_FEATURE_SHAPE_HU) return HU;
  if (feature == TRAIN_FEATURE_SHAPE_HOG) height = width = STAGE_SHAPE_SIDE;
  return blocks_of(height) * blocks_of(width) * BLOCK_SIZE;
}

/* The two neighbours that a position lies between, and the share of the second. */
typedef struct between {
  int first;
  float second_share;
} between;

static between locate(float position) {
  const float low = floorf(position);
  return (between){.first = (int)low, .second_share = position - low};
}

/* Adds a pixel's gradient to the histograms around it. */
static void vote(float *cells, int rows, int columns, int y, int x, float gy, float gx) {
  const float strength = sqrtf(gx * gx + gy * gy);
  if (strength == 0.0f) return;
  float turn = atan2f(gy, gx) / 3.14159265f;
  if (turn < 0.0f) turn += 1.0f;
  const between row = locate(((float)y + 0.5f) / CELL - 0.5f), column = locate(((float)x + 0.5f) / CELL - 0.5f);
  const between bin = locate(turn * BINS - 0.5f);
  for (int k = 0; k < 8; k++) {
    const int r = row.first + (k >> 2), c = column.first + (k >> 1 & 1), b = (bin.first + (k & 1) + BINS) % BINS;
    if (r < 0 || r >= rows || c < 0 || c >= columns) continue;
    cells[(r * columns + c) * BINS + b] += strength * (k >> 2 ? row.second_share : 1.0f - row.second_share) *
                                           (k >> 1 & 1 ? column.second_share : 1.0f - column.second_share) *
                                           (k & 1 ? bin.second_share : 1.0f - bin.second_share);
  }
}

static float pixel_at(const uint8_t *picture, int height, int width, int y, int x) {
  return y < 0 || y >= height || x < 0 || x >= width ? 0.0f : (float)picture[y * width + x] / 255.0f;
}

static void normalise(float *block) {
  for (int round = 0; round < 2; round++) {
    float square = 1e-4f;
    for (int i = 0; i < BLOCK_SIZE; i++) square += block[i] * block[i];
    const float factor = 1.0f / sqrtf(square);
    for (int i = 0; i < BLOCK_SIZE; i++) {
      block[i] *= factor;
      if (round == 0 && block[i] > CLIP) block[i] = CLIP;
    }
  }
}

static void make_hog(const uint8_t *picture, int height, int width, float *out) {
  float cells[MOST_CELLS * MOST_CELLS * BINS];
  const int rows = cells_of(height), columns = cells_of(width);
  memset(cells, 0, (size_t)rows * (size_t)columns * BINS * sizeof *cells);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      vote(cells, rows, columns, y, x,
           pixel_at(picture, height, width, y + 1, x) - pixel_at(picture, height, width, y - 1, x),
           pixel_at(picture, height, width, y, x + 1) - pixel_at(picture, height, width, y, x - 1));
  for (int r = 0; r + BLOCK <= rows; r++)
    for (int c = 0; c + BLOCK <= columns; c++, out += BLOCK_SIZE) {
      for (int k = 0; k < BLOCK; k++)
        memcpy(out + k * BLOCK * BINS, cells + ((r + k) * columns + c) * BINS, BLOCK * BINS * sizeof *out);
      normalise(out);
    }
}

/* The magnitudes' roots by each one's degree in the picture's moments, which makes them alike in size; a mirrored
 * drawing has the same. */
static int make_hu(const uint8_t crop[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE], float *out) {
  static const double degrees[HU] = {1, 2, 2, 2, 4, 3, 4};
  const shim_image view = {(uint8_t *)crop, STAGE_SHAPE_SIDE, STAGE_SHAPE_SIDE, 1, STAGE_SHAPE_SIDE};
  double moments[HU];
  const int status = shim_hu_moments(&view, moments);
  for (int i = 0; i < HU && status == SHIM_OK; i++)
    out[i] = (float)log10(fmax(pow(fabs(moments[i]), 1.0 / degrees[i]), LEAST_MOMENT));
  return status;
}

static int make_of_shape(train_feature feature, const uint8_t *pixels, int height, int width, float *out,
                         train_error *error) {
  uint8_t crop[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE];
  const shim_image picture = {(uint8_t *)pixels, width, height, 1, width};
  int status = stage_shape_normalize(&picture, crop);
  if (status == SHIM_OK && feature == TRAIN_FEATURE_SHAPE_HU) status = make_hu(crop, out);
  if (status != SHIM_OK) return train_fail(error, TRAIN_ERR_INTERNAL, "a drawing cannot be cropped: %s", shim_error());
  if (feature == TRAIN_FEATURE_SHAPE_HOG) make_hog(crop, STAGE_SHAPE_SIDE, STAGE_SHAPE_SIDE, out);
  return TRAIN_OK;
}

int train_feature_make(train_feature feature, const uint8_t *pixels, size_t count, int height, int width, float *out,
                       train_error *error) {
  const size_t size = (size_t)height * (size_t)width, row = train_feature_width(feature, height, width);
  int status = TRAIN_OK;
  for (size_t i = 0; i < count && !status; i++) {
    const uint8_t *picture = pixels + i * size;
    if (feature == TRAIN_FEATURE_PIXELS)
      for (size_t p = 0; p < size; p++) out[i * row + p] = (float)picture[p] / 255.0f;
    else if (feature == TRAIN_FEATURE_HOG)
      make_hog(picture, height, width, out + i * row);
    else
      status = make_of_shape(feature, picture, height, width, out + i * row, error);
  }
  return status;
}

int train_samples_make(train_samples *out, train_feature feature, const train_dataset *set, train_error *error) {
  *out = (train_samples){.count = set->count};
  out->width = train_feature_width(feature, set->height, set->width);
  if (out->width == 0)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "pictures of %d x %d pixels are too small for features", set->width,
                      set->height);
  if (set->count <= SIZE_MAX / sizeof(float) / out->width)
    out->values = malloc(set->count * out->width * sizeof(float));
  out->labels = calloc(set->count, sizeof *out->labels);
  if (!out->values || !out->labels) {
    train_samples_free(out);
    return train_fail_memory(error);
  }
  for (size_t i = 0; i < set->count && set->labels; i++) out->labels[i] = set->labels[i];
  const int status = train_feature_make(feature, set->pixels, set->count, set->height, set->width, out->values, error);
  if (status) train_samples_free(out);
  return status;
}

void train_samples_free(train_samples *samples) {
  if (!samples) return;
  free(samples->values);
  free(samples->labels);
  *samples = (train_samples){0};
}
