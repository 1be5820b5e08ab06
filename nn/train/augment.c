/* Affine and elastic distortion in one resampling, then a change of the strokes.
 *
 * The elastic part follows Simard, Steinkraus, Platt (Best practices for convolutional neural networks applied to
 * visual document analysis, 2003), with a coarse grid of displacements between which a cubic runs (no Gaussian
 * filter is needed). Resampling is Keys' cubic convolution (a = -1/2), which keeps thin strokes dark. What leaves
 * the picture is lost: with a large shift a digit can be cut. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Blank rows and columns around the source, so that the 4x4 taps need no test: coordinates are clamped to REACH pixels
 * outside, where only blank is left. */
enum { NODES = TRAIN_ELASTIC_NODES, MARGIN = 8, REACH = 4 };

typedef struct tap {
  int first; /* of four neighbours */
  float weight[4];
} tap;

struct train_augmenter {
  int height, width;
  float *source;       /* (height + 2 MARGIN) x (width + 2 MARGIN) */
  float *scratch;      /* height x width */
  float *node_rows[2]; /* NODES x width: displacements in x and y along the grid's rows */
  tap *column_taps, *row_taps;
};

static void cubic_weights(float t, float weight[4]) {
  const float t2 = t * t, t3 = t2 * t;
  weight[0] = -0.5f * t3 + t2 - 0.5f * t;
  weight[1] = 1.5f * t3 - 2.5f * t2 + 1.0f;
  weight[2] = -1.5f * t3 + 2.0f * t2 + 0.5f * t;
  weight[3] = 0.5f * t3 - 0.5f * t2;
}

/* Where the pixels of an axis lie among the grid's nodes; the first and last pixel lie on nodes. */
static void make_taps(tap *taps, int pixels) {
  for (int i = 0; i < pixels; i++) {
    const float position = pixels > 1 ? (float)i * (NODES - 1) / (float)(pixels - 1) : 0.0f;
    const int node = (int)position < NODES - 2 ? (int)position : NODES - 2;
    taps[i].first = node - 1;
    cubic_weights(position - (float)node, taps[i].weight);
  }
}

int train_augmenter_open(train_augmenter **out, int height, int width, train_error *error) {
  *out = NULL;
  if (height < 1 || width < 1 || height > 4096 || width > 4096)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "cannot augment pictures of %d x %d pixels", width, height);
  train_augmenter *a = calloc(1, sizeof *a);
  if (!a) return train_fail_memory(error);
  const size_t h = (size_t)height, w = (size_t)width;
  a->height = height;
  a->width = width;
  a->source = calloc((h + 2 * MARGIN) * (w + 2 * MARGIN), sizeof(float));
  a->scratch = malloc(h * w * sizeof(float));
  a->node_rows[0] = malloc(NODES * w * sizeof(float));
  a->node_rows[1] = malloc(NODES * w * sizeof(float));
  a->column_taps = malloc(w * sizeof(tap));
  a->row_taps = malloc(h * sizeof(tap));
  if (!a->source || !a->scratch || !a->node_rows[0] || !a->node_rows[1] || !a->column_taps || !a->row_taps) {
    train_augmenter_close(&a);
    return train_fail_memory(error);
  }
  make_taps(a->column_taps, width);
  make_taps(a->row_taps, height);
  *out = a;
  return TRAIN_OK;
}

void train_augmenter_close(train_augmenter **augmenter) {
  if (!augmenter || !*augmenter) return;
  train_augmenter *a = *augmenter;
  free(a->source);
  free(a->scratch);
  free(a->node_rows[0]);
  free(a->node_rows[1]);
  free(a->column_taps);
  free(a->row_taps);
  free(a);
  *augmenter = NULL;
}

static int clamp_node(int node) {
  return node < 0 ? 0 : node > NODES - 1 ? NODES - 1 : node;
}

static void draw_displacements(train_augmenter *a, float pixels, train_random *random) {
  for (int axis = 0; axis < 2; axis++)
    for (int row = 0; row < NODES; row++) {
      float node[NODES];
      for (int i = 0; i < NODES; i++) node[i] = pixels * train_random_signed(random);
      float *out = a->node_rows[axis] + (size_t)row * (size_t)a->width;
      for (int x = 0; x < a->width; x++) {
        const tap *t = &a->column_taps[x];
        float sum = 0.0f;
        for (int k = 0; k < 4; k++) sum += t->weight[k] * node[clamp_node(t->first + k)];
        out[x] = sum;
      }
    }
}

static float displacement(const train_augmenter *a, int axis, int y, int x) {
  const tap *t = &a->row_taps[y];
  float sum = 0.0f;
  for (int k = 0; k < 4; k++) sum += t->weight[k] * a->node_rows[axis][clamp_node(t->first + k) * a->width + x];
  return sum;
}

static float clamp(float value, float low, float high) {
  return value < low ? low : value > high ? high : value;
}

/* sx, sy: pixel coordinates in the source picture. */
static float sample(const train_augmenter *a, float sx, float sy) {
  const int stride = a->width + 2 * MARGIN;
  const float px = clamp(sx, -REACH, (float)(a->width - 1 + REACH)) + MARGIN;
  const float py = clamp(sy, -REACH, (float)(a->height - 1 + REACH)) + MARGIN;
  const int x = (int)px, y = (int)py;
  float wx[4], wy[4], sum = 0.0f;
  cubic_weights(px - (float)x, wx);
  cubic_weights(py - (float)y, wy);
  const float *tap_row = a->source + (y - 1) * stride + x - 1;
  for (int k = 0; k < 4; k++, tap_row += stride)
    sum += wy[k] * (wx[0] * tap_row[0] + wx[1] * tap_row[1] + wx[2] * tap_row[2] + wx[3] * tap_row[3]);
  return clamp(sum, 0.0f, 255.0f);
}

typedef struct affine {
  float xx, xy, yx, yy, tx, ty;
} affine;

/* The map from the distorted picture's coordinates to the source's, both from the middle. */
static affine draw_affine(const train_augmentation *g, float strength, train_random *random) {
  const float angle = strength * g->rotation_degrees * 0.0174532925f * train_random_signed(random);
  const float scale_x = 1.0f + strength * g->scale * train_random_signed(random);
  const float scale_y = 1.0f + strength * g->scale * train_random_signed(random);
  const float shear = strength * g->shear * train_random_signed(random);
  const float c = cosf(angle), s = sinf(angle);
  affine m = {.xx = c * scale_x, .xy = (c * shear - s) * scale_y, .yx = s * scale_x, .yy = (s * shear + c) * scale_y};
  m.tx = strength * g->shift_pixels * train_random_signed(random);
  m.ty = strength * g->shift_pixels * train_random_signed(random);
  return m;
}

/* The largest or smallest of a pixel and its four neighbours. */
static float cross_extreme(const train_augmenter *a, const float *picture, int y, int x, int largest) {
  const int w = a->width;
  float best = picture[y * w + x];
  const float neighbours[4] = {y > 0 ? picture[(y - 1) * w + x] : 0.0f,
                               y < a->height - 1 ? picture[(y + 1) * w + x] : 0.0f,
                               x > 0 ? picture[y * w + x - 1] : 0.0f, x < w - 1 ? picture[y * w + x + 1] : 0.0f};
  for (int k = 0; k < 4; k++)
    if (largest ? neighbours[k] > best : neighbours[k] < best) best = neighbours[k];
  return best;
}

void train_augment_width(train_augmenter *a, float *picture, float share, int thicker) {
  memcpy(a->scratch, picture, (size_t)a->height * (size_t)a->width * sizeof(float));
  for (int y = 0; y < a->height; y++)
    for (int x = 0; x < a->width; x++) {
      float *pixel = &picture[y * a->width + x];
      *pixel += share * (cross_extreme(a, a->scratch, y, x, thicker) - *pixel);
    }
}

void train_augment_soften(train_augmenter *a, float *picture, float share) {
  const int h = a->height, w = a->width;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++)
      a->scratch[y * w + x] = 0.25f * (x > 0 ? picture[y * w + x - 1] : 0.0f) + 0.5f * picture[y * w + x] +
                              0.25f * (x < w - 1 ? picture[y * w + x + 1] : 0.0f);
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      const float soft = 0.25f * (y > 0 ? a->scratch[(y - 1) * w + x] : 0.0f) + 0.5f * a->scratch[y * w + x] +
                         0.25f * (y < h - 1 ? a->scratch[(y + 1) * w + x] : 0.0f);
      picture[y * w + x] += share * (soft - picture[y * w + x]);
    }
}

static void change_gamma(const train_augmenter *a, float *picture, float gamma) {
  for (int i = 0; i < a->height * a->width; i++) picture[i] = 255.0f * powf(picture[i] / 255.0f, gamma);
}

/* Pens are thicker and thinner than MNIST's, and lenses softer. */
static void change_stroke(train_augmenter *a, float *picture, float strength, train_random *random) {
  const uint32_t kind = train_random_below(random, 4);
  const float share = strength * train_random_uniform(random);
  switch (kind) {
  case 0: train_augment_width(a, picture, share, 1); break;
  case 1: train_augment_width(a, picture, 0.7f * share, 0); break;
  case 2: train_augment_soften(a, picture, share); break;
  default: change_gamma(a, picture, expf(0.7f * strength * train_random_signed(random))); break;
  }
}

/* Random erasing (Zhong, Zheng, Kang, Li, Yang 2017), with paper: a stroke may be broken anywhere. */
static void erase(const train_augmenter *a, float *picture, train_random *random) {
  const int height = 3 + (int)train_random_below(random, 8), width = 3 + (int)train_random_below(random, 8);
  const int top = (int)train_random_below(random, (uint32_t)a->height) - height / 2;
  const int left = (int)train_random_below(random, (uint32_t)a->width) - width / 2;
  for (int y = top < 0 ? 0 : top; y < top + height && y < a->height; y++)
    for (int x = left < 0 ? 0 : left; x < left + width && x < a->width; x++) picture[y * a->width + x] = 0.0f;
}

enum { UPSIDE_DOWN = 1, SIDEWAYS = 2, TRANSPOSED = 4 }; /* together the square's eight symmetries; 0: as it is */

static uint32_t draw_symmetry(int symmetric, int square, train_random *random) {
  if (symmetric == 1) return train_random_below(random, 2) * SIDEWAYS;
  return symmetric && square ? train_random_below(random, UPSIDE_DOWN + SIDEWAYS + TRANSPOSED + 1) : 0;
}

/* Into the source, as the symmetry has it. */
static void load(train_augmenter *a, const uint8_t *picture, uint32_t symmetry) {
  const int h = a->height, w = a->width, stride = w + 2 * MARGIN;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      const int v = symmetry & UPSIDE_DOWN ? h - 1 - y : y, u = symmetry & SIDEWAYS ? w - 1 - x : x;
      a->source[(y + MARGIN) * stride + x + MARGIN] = symmetry & TRANSPOSED ? picture[u * w + v] : picture[v * w + u];
    }
}

void train_augment(train_augmenter *a, const train_augmentation *augmentation, float strength, train_random *random,
                   const uint8_t *picture, float *out) {
  const int h = a->height, w = a->width;
  load(a, picture, draw_symmetry(augmentation->symmetric, h == w, random));
  const affine m = draw_affine(augmentation, strength, random);
  draw_displacements(a, strength * augmentation->elastic_pixels, random);
  const float middle_x = 0.5f * (float)(w - 1), middle_y = 0.5f * (float)(h - 1);
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      const float rx = (float)x - middle_x, ry = (float)y - middle_y;
      const float sx = m.xx * rx + m.xy * ry + middle_x + m.tx + displacement(a, 0, y, x);
      const float sy = m.yx * rx + m.yy * ry + middle_y + m.ty + displacement(a, 1, y, x);
      out[y * w + x] = sample(a, sx, sy);
    }
  if (train_random_uniform(random) < augmentation->stroke_probability && strength > 0.0f)
    change_stroke(a, out, strength, random);
  if (augmentation->erase_probability > 0.0f &&
      train_random_uniform(random) < strength * augmentation->erase_probability)
    erase(a, out, random);
}
