/* Convolutions of one input channel whose outputs go straight into a max pool of 2x2, part of kernels_body.h.
 *
 * Method: a vector is a row of neighbouring pixels, not of channels: with one input channel these lie side by side, and
 * few output channels would leave most of a vector empty. Two rows of outputs are computed for some channels at a time,
 * brought down to their maxima in registers, and only these are put where the channels lie side by side. Sums are added
 * in conv_forward's order, and maxima are taken in that of max_pool_body.h, so that bits are the same as theirs.
 *
 * Where it is weak: rows that are no multiple of two vectors waste the rest; the last step goes value by value. */

enum { POOL_CHANNELS = 6, POOL_COLUMNS = 2 * LANES };

static inline vec larger(vec first, vec second) {
  const mask greater = (mask)(second > first);
  return (vec)(((mask)second & greater) | ((mask)first & ~greater));
}

/* sums[channel][left, right]: a row of POOL_COLUMNS outputs of some channels. */
static inline __attribute__((always_inline)) void sum_columns(const int channels, const nn_conv_shape *shape,
                                                              const float *corner, ptrdiff_t row_stride,
                                                              const float *weights, const float *bias, vec sums[][2]) {
  const int tap = vectors_for(shape->out_channels) * LANES; /* from one to the next, as pack_weights lays them */
#pragma GCC unroll 6
  for (int c = 0; c < channels; c++) sums[c][0] = sums[c][1] = (vec){0} + bias[c];
  for (int ky = 0; ky < shape->kernel_height; ky++)
    for (const float *in = corner + ky * row_stride, *end = in + shape->kernel_width; in < end; in++, weights += tap) {
      const vec left = load(in), right = load(in + LANES);
#pragma GCC unroll 6
      for (int c = 0; c < channels; c++) {
        const vec w = (vec){0} + weights[c];
        sums[c][0] += w * left;
        sums[c][1] += w * right;
      }
    }
}

/* Some channels of `pixels` outputs of the pool, `step` floats apart; corner: of the first one's first window. */
typedef void pool_tile_function(const nn_conv_shape *shape, const float *corner, ptrdiff_t row_stride,
                                const float *weights, const float *bias, int relu, int pixels, ptrdiff_t step,
                                float *to);

static inline __attribute__((always_inline)) void pool_tile(const int channels, const nn_conv_shape *shape,
                                                            const float *corner, ptrdiff_t row_stride,
                                                            const float *weights, const float *bias, int relu,
                                                            int pixels, ptrdiff_t step, float *to) {
  const vec lowest = (vec){0} + (relu ? 0 : -INFINITY);
  float highest[POOL_CHANNELS][POOL_COLUMNS] __attribute__((aligned(64)));
  vec sums[POOL_CHANNELS][2];
  sum_columns(channels, shape, corner, row_stride, weights, bias, sums);
#pragma GCC unroll 6
  for (int c = 0; c < channels; c++)
    for (int v = 0; v < 2; v++) store(highest[c] + v * LANES, sums[c][v]);
  sum_columns(channels, shape, corner + row_stride, row_stride, weights, bias, sums);
#pragma GCC unroll 6
  for (int c = 0; c < channels; c++)
    for (int v = 0; v < 2; v++) {
      const vec most = larger(load(highest[c] + v * LANES), sums[c][v]);
      store(highest[c] + v * LANES, (vec)((mask)most & ~(mask)(most < lowest)));
    }
  for (int p = 0; p < pixels; p++, to += step)
#pragma GCC unroll 6
    for (int c = 0; c < channels; c++) {
      const float *pair = highest[c] + 2 * p;
      to[c] = pair[1] > pair[0] ? pair[1] : pair[0];
    }
}

#define DEFINE_POOL_TILE(C, V)                                                                                         \
  static void pool_tile_##C(const nn_conv_shape *shape, const float *corner, ptrdiff_t row_stride,                     \
                            const float *weights, const float *bias, int relu, int pixels, ptrdiff_t step,             \
                            float *to) {                                                                               \
    pool_tile(C, shape, corner, row_stride, weights, bias, relu, pixels, step, to);                                    \
  }
#define POOL_TILE_ENTRY(C, V) [C] = pool_tile_##C,
UP_TO_6(DEFINE_POOL_TILE, 2)
static pool_tile_function *const pool_tiles[POOL_CHANNELS + 1] = {UP_TO_6(POOL_TILE_ENTRY, 2)};

static void conv_pool_forward(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                              const float *bias, int relu, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const float *corner = window_corner(shape, in) + (ptrdiff_t)n * in->picture_stride + 2 * y * in->row_stride;
      float *row = out->data + (ptrdiff_t)n * out->picture_stride + y * out->row_stride;
      for (int first = 0, channels; first < shape->out_channels; first += channels) {
        channels = next_share(shape->out_channels - first, POOL_CHANNELS);
        for (int x = 0; x < out->width; x += LANES)
          pool_tiles[channels](shape, corner + 2 * x, in->row_stride, packed + first, bias + first, relu,
                               min_int(LANES, out->width - x), out->channels,
                               row + (ptrdiff_t)x * out->channels + first);
      }
    }
}

/* Whether it takes fewer vector steps for a row of outputs than going by pixels does. */
static int conv_pool_pays(const nn_conv_shape *shape, int out_width) {
  const int by_channels = shape->out_channels * 2 * ((out_width + POOL_COLUMNS - 1) / POOL_COLUMNS);
  const int vectors = vectors_for(shape->out_channels);
  return shape->in_channels == 1 && shape->stride == 1 && vectors <= VECTOR_LIMIT && by_channels < vectors * out_width;
}
