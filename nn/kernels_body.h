/* The vector kernels: one body, compiled once for each instruction set. The file that includes it defines
 *
 *   LANES        floats in a vector
 *   TILES(X)     the register tiles: for every number of vectors v from 1 to MAX_VECTORS an UP_TO_n(X, v)
 *   TILE_LIMITS  0, n1, n2, ...: that n for every v
 *   LEVEL_TABLE, LEVEL_NAME  the nn_kernels to define
 *   STORE_FIRST(to, value, count)  where the instruction set can store a vector's first floats at once
 *
 * Method: direct convolution as an implicit matrix product (no im2col). In NHWC the kernel_width * in_channels inputs
 * of a window's row are contiguous, so a tile of pixels by output channels stays in registers while the loop runs along
 * these inputs: each weight vector is loaded once for all the tile's pixels, each input broadcast once for all its
 * vectors. A tile's pixels are reached through an array of pointers, so it may cross rows and pictures, and the pixels
 * of a batch are shared out evenly among tiles, each of a size known at compile time. The gradient of the input is the
 * same product over the output channels, added where the windows lie; that of the weights is a sum of outer products
 * with the weights in registers. The order of additions to one output does not depend on the tile's size, so results
 * are the same for every batch size.
 *
 * Where it is weak: channels that are no multiple of LANES waste the rest of a vector, and a single pixel (a fully
 * connected layer at batch 1) waits for the latency of its additions. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tiles.h"
#include "walk.h"

enum {
  MAX_VECTORS = 4,
  MAX_PIXELS = 12,
  MAX_SUMS = MAX_VECTORS * MAX_PIXELS * LANES,
  CHUNK_FLOATS = 64 * 1024, /* inputs and gradients that conv_grad_weights reads again for each tile: 256 KiB of L2 */
};

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef float vec_unaligned __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(float))));

static inline vec load(const float *from) {
  return *(const vec_unaligned *)from;
}

static inline void store(float *to, vec value) {
  *(vec_unaligned *)to = value;
}

/* The first `count` floats of a vector, or all. */
static inline void store_first(float *to, vec value, int count) {
#ifdef STORE_FIRST
  if (count < LANES)
    STORE_FIRST(to, value, count);
  else
    store(to, value);
#else
  const float *from = (const float *)&value;
  if (count >= LANES) {
    store(to, value);
    return;
  }
  for (int part = LANES / 2; part > 0; part /= 2) {
    if (!(count & part)) continue;
    memcpy(to, from, (size_t)part * sizeof *to);
    to += part;
    from += part;
  }
#endif
}

/* ---- tiles: the loops that take the time ------------------------------------------------------------------------- */

/* sums[p][v] = start[v] + the sum over `rows` rows of `count` inputs of in[p][k] * weights[k][v]. */
typedef void sum_tile_function(const float *const *in, int rows, ptrdiff_t count, ptrdiff_t row_stride,
                               const float *weights, const float *start, float *sums);

static inline __attribute__((always_inline)) void accumulate(const int pixels, const int vectors,
                                                             const float *const *in, int rows, ptrdiff_t count,
                                                             ptrdiff_t row_stride, const float *weights,
                                                             const float *start, vec acc[][MAX_VECTORS]) {
  vec w[MAX_VECTORS];
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) acc[p][v] = load(start + v * LANES);
  for (ptrdiff_t row = 0; row < rows; row++)
    for (ptrdiff_t k = row * row_stride; k < row * row_stride + count; k++) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) w[v] = load(weights + v * LANES);
      weights += vectors * LANES;
#pragma GCC unroll 16
      for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) acc[p][v] += in[p][k] * w[v];
    }
}

static inline __attribute__((always_inline)) void sum_tile(const int pixels, const int vectors, const float *const *in,
                                                           int rows, ptrdiff_t count, ptrdiff_t row_stride,
                                                           const float *weights, const float *start, float *sums) {
  vec acc[MAX_PIXELS][MAX_VECTORS];
  accumulate(pixels, vectors, in, rows, count, row_stride, weights, start, acc);
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) store(sums + (p * vectors + v) * LANES, acc[p][v]);
}

/* The same from in + in_offset[p], with relu or without, at once to out + out_offset[p]: `valid` channels, of which at
 * least one is in the last vector. */
typedef void forward_tile_function(const float *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                                   ptrdiff_t row_stride, const float *weights, const float *start, int relu, int valid,
                                   float *out, const ptrdiff_t *out_offset);

static inline __attribute__((always_inline)) void forward_tile(const int pixels, const int vectors, const float *in,
                                                               const ptrdiff_t *in_offset, int rows, ptrdiff_t count,
                                                               ptrdiff_t row_stride, const float *weights,
                                                               const float *start, int relu, int valid, float *out,
                                                               const ptrdiff_t *out_offset) {
  const int last = valid - (vectors - 1) * LANES;
  const vec lowest = (vec){0} + (relu ? 0 : -INFINITY);
  const float *from[MAX_PIXELS];
  vec acc[MAX_PIXELS][MAX_VECTORS];
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++) from[p] = in + in_offset[p];
  accumulate(pixels, vectors, from, rows, count, row_stride, weights, start, acc);
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) acc[p][v] = (vec)((mask)acc[p][v] & ~(mask)(acc[p][v] < lowest));
#pragma GCC unroll 16
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int v = 0; v + 1 < vectors; v++) store(out + out_offset[p] + v * LANES, acc[p][v]);
  if (last >= LANES) {
#pragma GCC unroll 16
    for (int p = 0; p < pixels; p++) store(out + out_offset[p] + (vectors - 1) * LANES, acc[p][vectors - 1]);
  } else {
#pragma GCC unroll 16
    for (int p = 0; p < pixels; p++)
      store_first(out + out_offset[p] + (vectors - 1) * LANES, acc[p][vectors - 1], last);
  }
}

/* sums[t][v] = the sum over all pixels of the walk of a[t] * b[v]; the walk's views 0 and 1 are a and b. */
typedef void product_tile_function(const walk *pixels, const float *a, const float *b, float *sums);

static inline __attribute__((always_inline)) void product_tile(const int scalars, const int vectors, const walk *pixels,
                                                               const float *a, const float *b, float *sums) {
  const ptrdiff_t a_step = pixels->step[0][0], b_step = pixels->step[1][0];
  vec acc[MAX_PIXELS][MAX_VECTORS] = {{{0}}}, w[MAX_VECTORS];
  for (size_t i = 0; i < pixels->count[2]; i++)
    for (size_t j = 0; j < pixels->count[1]; j++) {
      const float *a_at = a + (ptrdiff_t)i * pixels->step[0][2] + (ptrdiff_t)j * pixels->step[0][1];
      const float *b_at = b + (ptrdiff_t)i * pixels->step[1][2] + (ptrdiff_t)j * pixels->step[1][1];
      for (size_t k = pixels->count[0]; k > 0; k--) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) w[v] = load(b_at + v * LANES);
#pragma GCC unroll 16
        for (int t = 0; t < scalars; t++)
#pragma GCC unroll 4
          for (int v = 0; v < vectors; v++) acc[t][v] += a_at[t] * w[v];
        a_at += a_step;
        b_at += b_step;
      }
    }
#pragma GCC unroll 16
  for (int t = 0; t < scalars; t++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) store(sums + (t * vectors + v) * LANES, acc[t][v]);
}

#define DEFINE_TILES(P, V)                                                                                             \
  static void sum_tile_##P##x##V(const float *const *in, int rows, ptrdiff_t count, ptrdiff_t row_stride,              \
                                 const float *weights, const float *start, float *sums) {                              \
    sum_tile(P, V, in, rows, count, row_stride, weights, start, sums);                                                 \
  }                                                                                                                    \
  static void forward_tile_##P##x##V(const float *in, const ptrdiff_t *in_offset, int rows, ptrdiff_t count,           \
                                     ptrdiff_t row_stride, const float *weights, const float *start, int relu,         \
                                     int valid, float *out, const ptrdiff_t *out_offset) {                             \
    forward_tile(P, V, in, in_offset, rows, count, row_stride, weights, start, relu, valid, out, out_offset);          \
  }                                                                                                                    \
  static void product_tile_##P##x##V(const walk *pixels, const float *a, const float *b, float *sums) {                \
    product_tile(P, V, pixels, a, b, sums);                                                                            \
  }
TILES(DEFINE_TILES)

#define SUM_ENTRY(P, V) [V][P] = sum_tile_##P##x##V,
#define FORWARD_ENTRY(P, V) [V][P] = forward_tile_##P##x##V,
#define PRODUCT_ENTRY(P, V) [V][P] = product_tile_##P##x##V,
static sum_tile_function *const sum_tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(SUM_ENTRY)};
static forward_tile_function *const forward_tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(FORWARD_ENTRY)};
static product_tile_function *const product_tiles[MAX_VECTORS + 1][MAX_PIXELS + 1] = {TILES(PRODUCT_ENTRY)};

static const int tile_limits[] = {TILE_LIMITS};
enum { VECTOR_LIMIT = sizeof(tile_limits) / sizeof(*tile_limits) - 1 };

/* ---- sharing out ------------------------------------------------------------------------------------------------- */

static int vectors_for(int floats) {
  return (floats + LANES - 1) / LANES;
}

static int window_row(const nn_conv_shape *shape) {
  return shape->kernel_width * shape->in_channels;
}

static size_t filter_size(const nn_conv_shape *shape) {
  return (size_t)shape->kernel_height * (size_t)window_row(shape);
}

static const float *window_corner(const nn_conv_shape *shape, const nn_view *view) {
  return view->data - shape->padding * (view->row_stride + view->channels);
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

static size_t packed_size(const nn_conv_shape *shape) {
  const size_t out = (size_t)vectors_for(shape->out_channels) * LANES;
  const size_t row = (size_t)vectors_for(window_row(shape)) * LANES;
  const size_t forward = filter_size(shape) * out;
  const size_t transposed = (size_t)shape->kernel_height * (size_t)shape->out_channels * row;
  return forward > transposed ? forward : transposed;
}

/* packed[group][row][lane] of a matrix whose element (row, column) is from[row * row_step + column * column_step];
 * a group is as many vectors of columns as a tile takes. */
static float *pack_matrix(const float *from, size_t rows, ptrdiff_t row_step, int columns, ptrdiff_t column_step,
                          float *packed) {
  const int all = vectors_for(columns);
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    for (size_t row = 0; row < rows; row++)
      for (int column = first * LANES; column < (first + vectors) * LANES; column++)
        *packed++ = column < columns ? from[(ptrdiff_t)row * row_step + column * column_step] : 0;
  }
  return packed;
}

static void pack_weights(const nn_conv_shape *shape, const float *weights, float *packed) {
  pack_matrix(weights, filter_size(shape), 1, shape->out_channels, (ptrdiff_t)filter_size(shape), packed);
}

static void pack_weights_transposed(const nn_conv_shape *shape, const float *weights, float *packed) {
  for (int ky = 0; ky < shape->kernel_height; ky++)
    packed = pack_matrix(weights + ky * window_row(shape), (size_t)shape->out_channels, (ptrdiff_t)filter_size(shape),
                         window_row(shape), 1, packed);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

enum { VIEW_IN, VIEW_OUT, VIEW_RESIDUAL };

typedef struct forward_job {
  const nn_conv_shape *shape;
  const float *in, *residual; /* residual may be NULL */
  ptrdiff_t in_row_stride;
  float *out;
  int relu;
} forward_job;

/* From a tile's sums, of which the first `valid` of a pixel are channels, to its outputs. */
static void finish_tile(const float *sums, int pixels, int vectors, int valid, const float *const *residual, int relu,
                        float *const *out) {
  const vec lowest = (vec){0} + (relu ? 0 : -INFINITY);
  for (int p = 0; p < pixels; p++)
    for (int v = 0; v < vectors; v++, sums += LANES) {
      const vec value = load(sums) + load(residual[p] + v * LANES);
      store_first(out[p] + v * LANES, (vec)((mask)value & ~(mask)(value < lowest)), valid - v * LANES);
    }
}

/* Output channels from first_vector * LANES on. */
static void forward_group(const forward_job *job, const pixel_chunk *chunk, const float *weights, const float *start,
                          int first_vector, int vectors) {
  float sums[MAX_SUMS] __attribute__((aligned(64)));
  const float *in[MAX_PIXELS], *residual[MAX_PIXELS];
  float *out[MAX_PIXELS];
  const int channel = first_vector * LANES, valid = min_int(job->shape->out_channels - channel, vectors * LANES);
  const int rows = job->shape->kernel_height, row = window_row(job->shape);
  const int shares = (chunk->count + tile_limits[vectors] - 1) / tile_limits[vectors];
  const int least = chunk->count / shares, larger = chunk->count % shares; /* as next_share, with fewer divisions */
  for (int i = 0, first = 0, share; i < shares; i++, first += share) {
    const ptrdiff_t *from = chunk->offset[VIEW_IN] + first, *to = chunk->offset[VIEW_OUT] + first;
    share = least + (i < larger);
    if (!job->residual) {
      forward_tiles[vectors][share](job->in, from, rows, row, job->in_row_stride, weights, start, job->relu, valid,
                                    job->out + channel, to);
      continue;
    }
    for (int p = 0; p < share; p++) {
      in[p] = job->in + from[p];
      out[p] = job->out + to[p] + channel;
      residual[p] = job->residual + chunk->offset[VIEW_RESIDUAL][first + p] + channel;
    }
    sum_tiles[vectors][share](in, rows, row, job->in_row_stride, weights, start, sums);
    finish_tile(sums, share, vectors, valid, residual, job->relu, out);
  }
}

static void forward_chunk(const forward_job *job, const pixel_chunk *chunk, const float *packed, const float *bias) {
  const nn_conv_shape *shape = job->shape;
  const int all = vectors_for(shape->out_channels);
  for (int first = 0, vectors; first < all; first += vectors) {
    float start[MAX_VECTORS * LANES] = {0};
    vectors = next_share(all - first, VECTOR_LIMIT);
    for (int i = 0; i < min_int(vectors * LANES, shape->out_channels - first * LANES); i++)
      start[i] = bias[first * LANES + i];
    forward_group(job, chunk, packed, start, first, vectors);
    packed += filter_size(shape) * (size_t)(vectors * LANES);
  }
}

static void conv_forward(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                         const float *bias, const nn_view *residual, int relu, const nn_view *out) {
  const forward_job job = {.shape = shape,
                           .in = window_corner(shape, in),
                           .residual = residual ? residual->data : NULL,
                           .in_row_stride = in->row_stride,
                           .out = out->data,
                           .relu = relu};
  walk pixels = walk_rows(batch, out->height, out->width);
  pixel_chunk chunk;
  walk_set_view(&pixels, VIEW_IN, shape->stride * in->channels, shape->stride * in->row_stride, in->picture_stride);
  walk_set_view(&pixels, VIEW_OUT, out->channels, out->row_stride, out->picture_stride);
  if (residual)
    walk_set_view(&pixels, VIEW_RESIDUAL, residual->channels, residual->row_stride, residual->picture_stride);
  walk_make_inner_long(&pixels);
  memset(chunk.at, 0, sizeof chunk.at);
  while (chunk_next(&chunk, &pixels)) forward_chunk(&job, &chunk, packed, bias);
}

#include "pool_body.h"
#include "winograd_body.h"

/* ---- gradient of the input --------------------------------------------------------------------------------------- */

static inline void add_values(const float *values, int count, float *to) {
  int i = 0;
  for (; i + LANES <= count; i += LANES) store(to + i, load(to + i) + load(values + i));
  for (; i < count; i++) to[i] += values[i];
}

/* Adds `valid` columns of one kernel row's windows at `to`. */
static void grad_input_group(const pixel_chunk *chunk, const float *gradient, int channels, const float *weights,
                             float *to, int valid, int vectors) {
  static const float zeros[MAX_VECTORS * LANES] = {0};
  float sums[MAX_SUMS] __attribute__((aligned(64)));
  const float *in[MAX_PIXELS];
  for (int first = 0, share; first < chunk->count; first += share) {
    share = next_share(chunk->count - first, tile_limits[vectors]);
    for (int p = 0; p < share; p++) in[p] = gradient + chunk->offset[VIEW_IN][first + p];
    sum_tiles[vectors][share](in, 1, channels, 0, weights, zeros, sums);
    for (int p = 0; p < share; p++)
      add_values(sums + p * vectors * LANES, valid, to + chunk->offset[VIEW_OUT][first + p]);
  }
}

static void grad_input_chunk(const nn_conv_shape *shape, const pixel_chunk *chunk, const float *gradient,
                             const float *packed, float *corner, ptrdiff_t row_stride) {
  const int row = window_row(shape), all = vectors_for(row);
  for (int ky = 0; ky < shape->kernel_height; ky++)
    for (int first = 0, vectors; first < all; first += vectors) {
      vectors = next_share(all - first, VECTOR_LIMIT);
      grad_input_group(chunk, gradient, shape->out_channels, packed, corner + ky * row_stride + first * LANES,
                       min_int(vectors * LANES, row - first * LANES), vectors);
      packed += shape->out_channels * vectors * LANES;
    }
}

/* So many pictures that there is a chunk of pixels. */
static size_t pictures_for_chunk(const nn_view *view) {
  const size_t pixels = (size_t)view->height * (size_t)view->width;
  return pixels >= CHUNK_PIXELS ? 1 : CHUNK_PIXELS / pixels;
}

static void conv_grad_input(const nn_conv_shape *shape, size_t batch, const nn_view *grad_out, const float *packed,
                            const nn_view *grad_in) {
  const size_t pictures = pictures_for_chunk(grad_out);
  float *corner = grad_in->data - shape->padding * (grad_in->row_stride + grad_in->channels);
  for (size_t first = 0; first < batch; first += pictures) {
    walk pixels = walk_rows(batch - first < pictures ? batch - first : pictures, grad_out->height, grad_out->width);
    pixel_chunk chunk;
    walk_set_view(&pixels, VIEW_IN, grad_out->channels, grad_out->row_stride, grad_out->picture_stride);
    walk_set_view(&pixels, VIEW_OUT, shape->stride * grad_in->channels, shape->stride * grad_in->row_stride,
                  grad_in->picture_stride);
    /* y, then picture, then x: windows of one kernel row in one column do not overlap, so that no sum is read back
     * right after it was written. */
    walk_swap_levels(&pixels, 0, 1);
    walk_swap_levels(&pixels, 1, 2);
    memset(chunk.at, 0, sizeof chunk.at);
    while (chunk_next(&chunk, &pixels))
      grad_input_chunk(shape, &chunk, grad_out->data + (ptrdiff_t)first * grad_out->picture_stride, packed,
                       corner + (ptrdiff_t)first * grad_in->picture_stride, grad_in->row_stride);
  }
}

/* ---- gradient of the weights ------------------------------------------------------------------------------------- */

/* A matrix of outer products to be added to: element (scalar t, column c) is to[t * scalar_step + c * column_step]. */
typedef struct product_job {
  const walk *pixels; /* view 0: scalars, view 1: columns */
  const float *scalars, *columns;
  int scalar_count, column_count;
  float *to;
  ptrdiff_t scalar_step, column_step;
} product_job;

static void add_products(const product_job *job, const float *sums, int first_scalar, int scalars, int first_column,
                         int vectors) {
  const int valid = min_int(vectors * LANES, job->column_count - first_column);
  for (int t = 0; t < scalars; t++) {
    float *to = job->to + (first_scalar + t) * job->scalar_step + first_column * job->column_step;
    const float *values = sums + t * vectors * LANES;
    if (job->column_step == 1) {
      add_values(values, valid, to);
    } else {
      for (int i = 0; i < valid; i++) to[i * job->column_step] += values[i];
    }
  }
}

static void sum_products(const product_job *job) {
  float sums[MAX_SUMS] __attribute__((aligned(64)));
  const int all = vectors_for(job->column_count);
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    for (int scalar = 0, scalars; scalar < job->scalar_count; scalar += scalars) {
      scalars = next_share(job->scalar_count - scalar, tile_limits[vectors]);
      product_tiles[vectors][scalars](job->pixels, job->scalars + scalar, job->columns + first * LANES, sums);
      add_products(job, sums, scalar, scalars, first * LANES, vectors);
    }
  }
}

/* Columns are what fills the vectors better: a window's row, which lies like the weights, or the output channels. */
static int columns_are_channels(const nn_conv_shape *shape) {
  const int row = window_row(shape), out = shape->out_channels;
  return vectors_for(row) * out > vectors_for(out) * row;
}

static void grad_bias_chunk(const walk *windows, const float *gradient, int channels, float *grad_bias) {
  static const float one = 1;
  walk pixels = *windows;
  walk_set_view(&pixels, 0, 0, 0, 0);
  const product_job job = {.pixels = &pixels,
                           .scalars = &one,
                           .columns = gradient,
                           .scalar_count = 1,
                           .column_count = channels,
                           .to = grad_bias,
                           .column_step = 1};
  sum_products(&job);
}

static void grad_weights_row(const nn_conv_shape *shape, const walk *windows, const float *in, const float *gradient,
                             float *grad_weights) {
  const product_job by_channel = {.pixels = windows,
                                  .scalars = in,
                                  .columns = gradient,
                                  .scalar_count = window_row(shape),
                                  .column_count = shape->out_channels,
                                  .to = grad_weights,
                                  .scalar_step = 1,
                                  .column_step = (ptrdiff_t)filter_size(shape)};
  walk swapped = *windows;
  memcpy(swapped.step[0], windows->step[1], sizeof swapped.step[0]);
  memcpy(swapped.step[1], windows->step[0], sizeof swapped.step[1]);
  const product_job by_window = {.pixels = &swapped,
                                 .scalars = gradient,
                                 .columns = in,
                                 .scalar_count = shape->out_channels,
                                 .column_count = window_row(shape),
                                 .to = grad_weights,
                                 .scalar_step = (ptrdiff_t)filter_size(shape),
                                 .column_step = 1};
  sum_products(columns_are_channels(shape) ? &by_channel : &by_window);
}

static void conv_grad_weights(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *grad_out,
                              float *grad_weights, float *grad_bias) {
  const size_t picture = (size_t)(in->picture_stride + grad_out->picture_stride);
  const size_t chunk = picture >= CHUNK_FLOATS ? 1 : CHUNK_FLOATS / picture;
  for (size_t first = 0; first < batch; first += chunk) {
    const float *gradient = grad_out->data + (ptrdiff_t)first * grad_out->picture_stride;
    const float *corner = window_corner(shape, in) + (ptrdiff_t)first * in->picture_stride;
    walk pixels = walk_rows(batch - first < chunk ? batch - first : chunk, grad_out->height, grad_out->width);
    walk_set_view(&pixels, 0, shape->stride * in->channels, shape->stride * in->row_stride, in->picture_stride);
    walk_set_view(&pixels, 1, grad_out->channels, grad_out->row_stride, grad_out->picture_stride);
    walk_make_inner_long(&pixels);
    for (int ky = 0; ky < shape->kernel_height; ky++)
      grad_weights_row(shape, &pixels, corner + ky * in->row_stride, gradient, grad_weights + ky * window_row(shape));
    if (grad_bias) grad_bias_chunk(&pixels, gradient, shape->out_channels, grad_bias);
  }
}

const nn_kernels LEVEL_TABLE = {
    .name = LEVEL_NAME,
    .lanes = LANES,
    .packed_size = packed_size,
    .pack_weights = pack_weights,
    .conv_forward = conv_forward,
    .pack_weights_transposed = pack_weights_transposed,
    .conv_grad_input = conv_grad_input,
    .conv_grad_weights = conv_grad_weights,
    .conv_pool_pays = conv_pool_pays,
    .conv_pool_forward = conv_pool_forward,
    .winograd_pays = winograd_pays,
    .winograd_size = winograd_size,
    .winograd_pack = winograd_pack,
    .winograd_forward = winograd_forward,
};
