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

/* ---- tiles: the loops that take the time ------------------------------------------------------------------------- */

/* sums[p][v] = bias[v] + the sum over `rows` rows of `count` inputs of in[in_offset[p]][k] * weights[k][v]. */
typedef void sum_tile_function(const uint8_t *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                               ptrdiff_t row_stride, const int8_t *weights, const int32_t *bias, int32_t *sums);

static inline __attribute__((always_inline)) void accumulate(const int pixels, const int vectors, const uint8_t *in,
                                                             const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                                                             ptrdiff_t row_stride, const int8_t *weights,
                                                             const int32_t *bias, tile_sums acc[][MAX_VECTORS]) {
  tile_weights w[MAX_VECTORS];
  const uint8_t *from[MAX_PIXELS];
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++) from[p] = in + in_offset[p];
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
        const tile_bytes inputs = load_bytes(from[p] + k);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) acc[p][v] = add_products(acc[p][v], inputs, w[v]);
      }
    }
}

static inline __attribute__((always_inline)) void sum_tile(const int pixels, const int vectors, const uint8_t *in,
                                                           const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                                                           ptrdiff_t row_stride, const int8_t *weights,
                                                           const int32_t *bias, int32_t *sums) {
  tile_sums acc[MAX_PIXELS][MAX_VECTORS];
  accumulate(pixels, vectors, in, in_offset, rows, count, row_stride, weights, bias, acc);
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) *(ints *)(sums + (p * vectors + v) * LANES) = total_sums(acc[p][v]);
}

/* The same rounded at once to out + out_offset[p]: `valid` channels, of which at least one is in the last vector. */
typedef void forward_tile_function(const uint8_t *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                                   ptrdiff_t row_stride, const int8_t *weights, const int32_t *bias,
                                   const float *multiplier, const rounding *rounding, int valid, uint8_t *out,
                                   const ptrdiff_t *out_offset);

static inline __attribute__((always_inline)) bytes round_sums(tile_sums sums, floats factor, const rounding *r) {
  return round_values(__builtin_convertvector((ints)total_sums(sums), floats) * factor, r);
}

static inline __attribute__((always_inline)) void
forward_tile(const int pixels, const int vectors, const uint8_t *in, const ptrdiff_t *in_offset, int rows,
             ptrdiff_t count, ptrdiff_t row_stride, const int8_t *weights, const int32_t *bias, const float *multiplier,
             const rounding *rounding_at, int valid, uint8_t *out, const ptrdiff_t *out_offset) {
  const int last = valid - (vectors - 1) * LANES;
  tile_sums acc[MAX_PIXELS][MAX_VECTORS];
  accumulate(pixels, vectors, in, in_offset, rows, count, row_stride, weights, bias, acc);
  const rounding r = *rounding_at; /* in registers: the bytes written could be part of it for all the compiler knows */
#pragma GCC unroll 4
  for (int v = 0; v < vectors; v++) {
    const floats factor = *(const floats_unaligned *)(multiplier + v * LANES);
    if (v + 1 < vectors || last >= LANES) {
#pragma GCC unroll 16
      for (int p = 0; p < pixels; p++)
        *(bytes_unaligned *)(out + out_offset[p] + v * LANES) = round_sums(acc[p][v], factor, &r);
    } else {
#pragma GCC unroll 16
      for (int p = 0; p < pixels; p++)
        store_bytes(out + out_offset[p] + v * LANES, round_sums(acc[p][v], factor, &r), last);
    }
  }
}

#define DEFINE_TILES(P, V)                                                                                             \
  static void sum_tile_##P##x##V(const uint8_t *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,             \
                                 ptrdiff_t row_stride, const int8_t *weights, const int32_t *bias, int32_t *sums) {    \
    sum_tile(P, V, in, in_offset, rows, count, row_stride, weights, bias, sums);                                       \
  }                                                                                                                    \
  static void forward_tile_##P##x##V(const uint8_t *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,         \
                                     ptrdiff_t row_stride, const int8_t *weights, const int32_t *bias,                 \
                                     const float *multiplier, const rounding *rounding, int valid, uint8_t *out,       \
                                     const ptrdiff_t *out_offset) {                                                    \
    forward_tile(P, V, in, in_offset, rows, count, row_stride, weights, bias, multiplier, rounding, valid, out,        \
                 out_offset);                                                                                          \
  }
TILES(DEFINE_TILES)

#define SUM_ENTRY(P, V) [V][P] = sum_tile_##P##x##V,
#define FORWARD_ENTRY(P, V) [V][P] = forward_tile_##P##x##V,
static sum_tile_function *const sum_tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(SUM_ENTRY)};
static forward_tile_function *const forward_tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(FORWARD_ENTRY)};

static const int tile_limits[] = {TILE_LIMITS};
enum { VECTOR_LIMIT = sizeof(tile_limits) / sizeof(*tile_limits) - 1, MAX_SUMS = MAX_VECTORS * MAX_PIXELS * LANES };

/* ---- from a tile's sums: with a residual, or to floats ----------------------------------------------------------- */

static inline floats residual_values(const uint8_t *from, int channels, const rounding *r) {
  bytes values = {0};
  if (channels >= LANES)
    values = *(const bytes_unaligned *)from;
  else
    memcpy(&values, from, (size_t)channels);
  return __builtin_convertvector(__builtin_convertvector(values, ints) - r->residual_zero, floats) *
         r->residual_multiplier;
}

/* One pixel's `channels`, in `vectors` vectors. */
static void finish_with_residual(const int32_t *sums, int vectors, int channels, const float *multiplier,
                                 const uint8_t *residual, const rounding *r, uint8_t *out) {
  for (int v = 0; v < vectors; v++, channels -= LANES) {
    floats values = __builtin_convertvector(*(const ints *)(sums + v * LANES), floats) *
                    *(const floats_unaligned *)(multiplier + v * LANES);
    values += residual_values(residual + v * LANES, channels, r);
    store_bytes(out + v * LANES, round_values(values, r), channels);
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

/* A tile's pixels from their sums. */
static void finish_sums(const conv_job *job, const int32_t *sums, const pixel_chunk *chunk, int pixel, int share,
                        int channel, int vectors) {
  const float *multiplier = job->conv->multiplier + channel;
  const int left = job->conv->shape.out_channels - channel;
  for (int p = 0; p < share; p++, sums += vectors * LANES) {
    const ptrdiff_t to = chunk->offset[VIEW_OUT][pixel + p] + channel;
    if (job->out_floats)
      finish_floats(sums, vectors, left, multiplier, job->out_floats + to);
    else
      finish_with_residual(sums, vectors, left, multiplier,
                           job->residual + chunk->offset[VIEW_RESIDUAL][pixel + p] + channel, &job->rounding,
                           job->out + to);
  }
}

/* Output channels from `channel` on. */
static void run_group(const conv_job *job, const pixel_chunk *chunk, const int8_t *weights, int channel, int vectors) {
  int32_t sums[MAX_SUMS] __attribute__((aligned(64)));
  const nn_int8_conv *conv = job->conv;
  const int row = padded_row(&conv->shape), rows = conv->shape.kernel_height;
  const int valid = min_int(conv->shape.out_channels - channel, vectors * LANES);
  const int shares = (chunk->count + tile_limits[vectors] - 1) / tile_limits[vectors];
  const int least = chunk->count / shares, larger = chunk->count % shares; /* as next_share, with fewer divisions */
  for (int i = 0, pixel = 0, share; i < shares; i++, pixel += share) {
    const ptrdiff_t *from = chunk->offset[VIEW_IN] + pixel;
    share = least + (i < larger);
    if (!job->residual && !job->out_floats) {
      forward_tiles[vectors][share](job->in, from, rows, row, job->in_row_stride, weights, conv->bias + channel,
                                    conv->multiplier + channel, &job->rounding, valid, job->out + channel,
                                    chunk->offset[VIEW_OUT] + pixel);
      continue;
    }
    sum_tiles[vectors][share](job->in, from, rows, row, job->in_row_stride, weights, conv->bias + channel, sums);
    finish_sums(job, sums, chunk, pixel, share, channel, vectors);
  }
}

static void run_chunk(const conv_job *job, const pixel_chunk *chunk) {
  const nn_conv_shape *shape = &job->conv->shape;
  const int8_t *weights = job->conv->packed;
  const int all = vectors_for(shape->out_channels);
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    run_group(job, chunk, weights, first * LANES, vectors);
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
