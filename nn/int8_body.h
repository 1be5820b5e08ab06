/* The vector int8 convolution: one body, compiled once for each instruction set. The file that includes it defines
 *
 *   LANES          sums in a vector
 *   TILES(X), TILE_LIMITS  the register tiles, as for kernels_body.h
 *   LEVEL_TABLE, LEVEL_NAME  the nn_int8_kernels to define
 *   tile_sums      LANES sums in the form in which they are collected
 *   tile_weights   4 weights of each of LANES channels: [channel][4] in memory
 *   tile_bytes     4 bytes of a pixel, for all lanes
 *   start_sums(bias), load_weights(from), load_bytes(from), add_products(sums, bytes, weights), total_sums(sums),
 *   min_floats(a, b), max_floats(a, b)
 *
 * Method: as kernels_body.h (an implicit matrix product, a tile of pixels by output channels in registers), but with
 * four inputs of a window's row at a time. A row is padded with weights of zero to a multiple of four; the bytes read
 * past it are the next pixel's, or the slack behind the buffer.
 *
 * Where it is weak: few input channels in an uneven window (1 channel, 5x5: 5 inputs of 8 count), and output channels
 * that are no multiple of LANES. */
#include "int8.h"

#include <string.h>

#include "tiles.h"
#include "walk.h"

typedef int32_t int32_unaligned __attribute__((aligned(1), may_alias));

enum { MAX_VECTORS = 4, MAX_PIXELS = 12, GROUP = 4 };

typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef float floats_unaligned __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint8_t bytes __attribute__((vector_size(LANES)));
typedef uint8_t bytes_unaligned __attribute__((vector_size(LANES), aligned(1), may_alias));

/* ---- tiles: the loops that take the time ------------------------------------------------------------------------- */

/* sums[p][v] = bias[v] + the sum over `rows` rows of `count` inputs of in[p][k] * weights[k][v]. */
typedef void tile_function(const uint8_t *const *in, int rows, ptrdiff_t count, ptrdiff_t row_stride,
                           const int8_t *weights, const int32_t *bias, int32_t *sums);

static inline __attribute__((always_inline)) void tile(const int pixels, const int vectors, const uint8_t *const *in,
                                                       int rows, ptrdiff_t count, ptrdiff_t row_stride,
                                                       const int8_t *weights, const int32_t *bias, int32_t *sums) {
  tile_sums acc[MAX_PIXELS][MAX_VECTORS];
  tile_weights w[MAX_VECTORS];
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) acc[p][v] = start_sums(bias + v * LANES);
  for (ptrdiff_t row = 0; row < rows; row++)
    for (ptrdiff_t k = row * row_stride; k < row * row_stride + count; k += GROUP) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) w[v] = load_weights(weights + v * LANES * GROUP);
      weights += vectors * LANES * GROUP;
#pragma GCC unroll 16
      for (int p = 0; p < pixels; p++) {
        const tile_bytes inputs = load_bytes(in[p] + k);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) acc[p][v] = add_products(acc[p][v], inputs, w[v]);
      }
    }
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) *(ints *)(sums + (p * vectors + v) * LANES) = total_sums(acc[p][v]);
}

#define DEFINE_TILES(P, V)                                                                                             \
  static void tile_##P##x##V(const uint8_t *const *in, int rows, ptrdiff_t count, ptrdiff_t row_stride,                \
                             const int8_t *weights, const int32_t *bias, int32_t *sums) {                              \
    tile(P, V, in, rows, count, row_stride, weights, bias, sums);                                                      \
  }
TILES(DEFINE_TILES)

#define TILE_ENTRY(P, V) [V][P] = tile_##P##x##V,
static tile_function *const tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(TILE_ENTRY)};

static const int tile_limits[] = {TILE_LIMITS};
enum { VECTOR_LIMIT = sizeof(tile_limits) / sizeof(*tile_limits) - 1, MAX_SUMS = MAX_VECTORS * MAX_PIXELS * LANES };

/* ---- from sums to bytes, as nn_int8_byte does -------------------------------------------------------------------- */

/* A layer's constants in vectors. */
typedef struct rounding {
  floats most, least, integers, residual_multiplier;
  ints offset, residual_zero; /* offset: from the bits of integers to the tensor's zero */
} rounding;

static rounding rounding_of(const nn_int8_conv *conv) {
  const floats none = {0}, integers = none + 12582912.0f;
  return (rounding){.most = none + (float)(NN_INT8_MAX - conv->zero),
                    .least = none + (float)(conv->lowest - conv->zero),
                    .integers = integers,
                    .residual_multiplier = none + conv->residual_multiplier,
                    .offset = (ints)integers - conv->zero,
                    .residual_zero = (ints){0} + conv->residual_zero};
}

static inline bytes round_values(floats values, const rounding *r) {
  values = (floats)max_floats(min_floats(values, r->most), r->least);
  return __builtin_convertvector((ints)(values + r->integers) - r->offset, bytes);
}

static inline floats residual_values(const uint8_t *from, int channels, const rounding *r) {
  bytes values = {0};
  if (channels >= LANES)
    values = *(const bytes_unaligned *)from;
  else
    memcpy(&values, from, (size_t)channels);
  return __builtin_convertvector(__builtin_convertvector(values, ints) - r->residual_zero, floats) *
         r->residual_multiplier;
}

static inline void store_bytes(uint8_t *to, bytes values, int channels) {
  const uint8_t *from = (const uint8_t *)&values;
  if (channels >= LANES) {
    *(bytes_unaligned *)to = values;
    return;
  }
  for (int part = LANES / 2; part > 0; part /= 2) {
    if (!(channels & part)) continue;
    memcpy(to, from, (size_t)part);
    to += part;
    from += part;
  }
}

/* One vector of channels of a tile's pixels; `step` sums lie between two pixels. What is const is known when
 * compiled. */
static inline __attribute__((always_inline)) void finish_column(const int32_t *sums, int step, int pixels, int channels,
                                                                const int has_residual, const float *multiplier,
                                                                const uint8_t *const *residual, ptrdiff_t first,
                                                                const rounding *r, uint8_t *const *out) {
  const floats factor = *(const floats_unaligned *)multiplier;
  for (int p = 0; p < pixels; p++, sums += step) {
    floats values = __builtin_convertvector(*(const ints *)sums, floats) * factor;
    if (has_residual) values += residual_values(residual[p] + first, channels, r);
    store_bytes(out[p] + first, round_values(values, r), channels);
  }
}

/* From the sums of a tile's pixels, `vectors` vectors each of which the first `channels` sums count, to their outputs.
 * residual: NULL, or a pointer a pixel. */
static void finish_bytes(const int32_t *sums, int pixels, int vectors, int channels, const float *multiplier,
                         const uint8_t *const *residual, const rounding *from, uint8_t *const *out) {
  const rounding r = *from; /* in registers: the bytes written could be part of *from for all the compiler knows */
  for (int v = 0; v < vectors; v++, channels -= LANES) {
    const int32_t *at = sums + v * LANES;
    const float *factors = multiplier + v * LANES;
    if (residual)
      finish_column(at, vectors * LANES, pixels, channels, 1, factors, residual, v * LANES, &r, out);
    else if (channels < LANES)
      finish_column(at, vectors * LANES, pixels, channels, 0, factors, NULL, v * LANES, &r, out);
    else
      finish_column(at, vectors * LANES, pixels, LANES, 0, factors, NULL, v * LANES, &r, out);
  }
}

static void finish_floats(const int32_t *sums, int vectors, int channels, const float *multiplier, float *out) {
  for (int v = 0; v < vectors; v++, channels -= LANES) {
    const floats values = __builtin_convertvector(*(const ints *)(sums + v * LANES), floats) *
                          *(const floats_unaligned *)(multiplier + v * LANES);
    memcpy(out + v * LANES, &values, (channels >= LANES ? LANES : (size_t)channels) * sizeof(float));
  }
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

static int vectors_for(int channels) {
  return (channels + LANES - 1) / LANES;
}

/* A window's row of inputs, padded. */
static int padded_row(const nn_conv_shape *shape) {
  return (shape->kernel_width * shape->in_channels + GROUP - 1) / GROUP * GROUP;
}

static size_t packed_size(const nn_conv_shape *shape) {
  return (size_t)vectors_for(shape->out_channels) * LANES * (size_t)shape->kernel_height * (size_t)padded_row(shape);
}

/* `count` inputs of each channel. */
static void pack_group(const int8_t *weights, size_t filter, int channels, int count, int8_t *packed) {
  if (count == GROUP) {
    for (int c = 0; c < channels; c++) memcpy(packed + c * GROUP, weights + (size_t)c * filter, GROUP);
  } else {
    for (int c = 0; c < channels; c++) memcpy(packed + c * GROUP, weights + (size_t)c * filter, (size_t)count);
  }
}

/* packed[group of vectors][ky][inputs / 4][channel][4] */
static void pack_weights(const nn_conv_shape *shape, const int8_t *weights, int8_t *packed) {
  const int row = shape->kernel_width * shape->in_channels, all = vectors_for(shape->out_channels);
  const size_t filter = (size_t)shape->kernel_height * (size_t)row;
  memset(packed, 0, packed_size(shape));
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    const int channels = min_int(vectors * LANES, shape->out_channels - first * LANES);
    for (int ky = 0; ky < shape->kernel_height; ky++)
      for (int k = 0; k < row; k += GROUP, packed += vectors * LANES * GROUP)
        pack_group(weights + (size_t)(first * LANES) * filter + (size_t)(ky * row + k), filter, channels,
                   min_int(row - k, GROUP), packed);
  }
}

/* ---- the convolution --------------------------------------------------------------------------------------------- */

enum { VIEW_IN, VIEW_OUT, VIEW_RESIDUAL };

typedef struct conv_job {
  const nn_int8_conv *conv;
  rounding rounding;
  const uint8_t *in, *residual; /* residual may be NULL */
  ptrdiff_t in_row_stride;
  uint8_t *out; /* one of the two */
  float *out_floats;
} conv_job;

/* Output channels from first * LANES on. */
static void run_group(const conv_job *job, const pixel_chunk *chunk, const int8_t *weights, int first, int vectors) {
  int32_t sums[MAX_SUMS] __attribute__((aligned(64)));
  const uint8_t *in[MAX_PIXELS], *residual[MAX_PIXELS];
  uint8_t *out[MAX_PIXELS];
  const nn_conv_shape *shape = &job->conv->shape;
  const float *multiplier = job->conv->multiplier + first * LANES;
  const int channel = first * LANES, left = shape->out_channels - channel, row = padded_row(shape);
  for (int pixel = 0, share; pixel < chunk->count; pixel += share) {
    const ptrdiff_t *to = chunk->offset[VIEW_OUT] + pixel;
    share = next_share(chunk->count - pixel, tile_limits[vectors]);
    for (int p = 0; p < share; p++) in[p] = job->in + chunk->offset[VIEW_IN][pixel + p];
    tiles[vectors][share](in, shape->kernel_height, row, job->in_row_stride, weights, job->conv->bias + channel, sums);
    if (job->out_floats) {
      for (int p = 0; p < share; p++)
        finish_floats(sums + p * vectors * LANES, vectors, left, multiplier, job->out_floats + to[p] + channel);
      continue;
    }
    for (int p = 0; p < share; p++) out[p] = job->out + to[p] + channel;
    for (int p = 0; job->residual && p < share; p++)
      residual[p] = job->residual + chunk->offset[VIEW_RESIDUAL][pixel + p] + channel;
    finish_bytes(sums, share, vectors, left, multiplier, job->residual ? residual : NULL, &job->rounding, out);
  }
}

static void run_chunk(const conv_job *job, const pixel_chunk *chunk) {
  const nn_conv_shape *shape = &job->conv->shape;
  const int8_t *weights = job->conv->packed;
  const int all = vectors_for(shape->out_channels);
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    run_group(job, chunk, weights, first, vectors);
    weights += shape->kernel_height * padded_row(shape) * vectors * LANES;
  }
}

static void run(conv_job *job, const nn_byte_view *in, const nn_byte_view *residual, walk *pixels) {
  const nn_conv_shape *shape = &job->conv->shape;
  pixel_chunk chunk;
  job->rounding = rounding_of(job->conv);
  job->in = in->data - shape->padding * (in->row_stride + in->channels);
  job->in_row_stride = in->row_stride;
  job->residual = residual ? residual->data : NULL;
  walk_set_view(pixels, VIEW_IN, shape->stride * in->channels, shape->stride * in->row_stride, in->picture_stride);
  if (residual)
    walk_set_view(pixels, VIEW_RESIDUAL, residual->channels, residual->row_stride, residual->picture_stride);
  walk_make_inner_long(pixels);
  memset(chunk.at, 0, sizeof chunk.at);
  while (chunk_next(&chunk, pixels)) run_chunk(job, &chunk);
}

static void conv(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_byte_view *residual,
                 const nn_byte_view *out) {
  conv_job job = {.conv = conv, .out = out->data};
  walk pixels = walk_rows(batch, out->height, out->width);
  walk_set_view(&pixels, VIEW_OUT, out->channels, out->row_stride, out->picture_stride);
  run(&job, in, residual, &pixels);
}

static void conv_to_floats(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_view *out) {
  conv_job job = {.conv = conv, .out_floats = out->data};
  walk pixels = walk_rows(batch, out->height, out->width);
  walk_set_view(&pixels, VIEW_OUT, out->channels, out->row_stride, out->picture_stride);
  run(&job, in, NULL, &pixels);
}

const nn_int8_kernels LEVEL_TABLE = {
    .name = LEVEL_NAME,
    .lanes = LANES,
    .group = GROUP,
    .packed_size = packed_size,
    .pack_weights = pack_weights,
    .conv = conv,
    .conv_to_floats = conv_to_floats,
};
