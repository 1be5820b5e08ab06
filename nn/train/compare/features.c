/* Pixels, and histograms of oriented gradients (Dalal, Triggs: Histograms of oriented gradients for human detection,
 * 2005): cells of CELL x CELL pixels with BINS directions without sign, a pixel's gradient shared among the nearest
 * cells and directions; blocks of 2 x 2 cells, one cell apart, each brought to length 1, cut at CLIP, and again. What
 * remains of the picture beyond whole cells is left out. */
#include "features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 4, BINS = 9, BLOCK = 2, BLOCK_SIZE = BLOCK * BLOCK * BINS, MOST_CELLS = 64 };

static const float CLIP = 0.2f;

const char *train_feature_name(train_feature feature) {
  return feature == TRAIN_FEATURE_HOG ? "HOG" : "pixels";
}

static int cells_of(int pixels) {
  return pixels / CELL < MOST_CELLS ? pixels / CELL : MOST_CELLS;
}

static size_t blocks_of(int pixels) {
  const int cells = cells_of(pixels);
  return cells < BLOCK ? 0 : (size_t)(cells - BLOCK + 1);
}

size_t train_feature_width(train_feature feature, int height, int width) {
  if (feature == TRAIN_FEATURE_PIXELS) return (size_t)height * (size_t)width;
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

void train_feature_make(train_feature feature, const uint8_t *pixels, size_t count, int height, int width, float *out) {
  const size_t size = (size_t)height * (size_t)width, row = train_feature_width(feature, height, width);
  if (feature == TRAIN_FEATURE_PIXELS)
    for (size_t i = 0; i < count * size; i++) out[i] = (float)pixels[i] / 255.0f;
  else
    for (size_t i = 0; i < count; i++) make_hog(pixels + i * size, height, width, out + i * row);
}

int train_samples_make(train_samples *out, train_feature feature, const train_dataset *set, train_error *error) {
  *out = (train_samples){.labels = set->labels, .count = set->count};
  out->width = train_feature_width(feature, set->height, set->width);
  if (out->width == 0)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "pictures of %d x %d pixels are too small for features", set->width,
                      set->height);
  if (set->count <= SIZE_MAX / sizeof(float) / out->width)
    out->values = malloc(set->count * out->width * sizeof(float));
  if (!out->values) {
    *out = (train_samples){0};
    return train_fail_memory(error);
  }
  train_feature_make(feature, set->pixels, set->count, set->height, set->width, out->values);
  return TRAIN_OK;
}

void train_samples_free(train_samples *samples) {
  if (!samples) return;
  free(samples->values);
  *samples = (train_samples){0};
}
