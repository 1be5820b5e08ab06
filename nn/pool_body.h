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

/* Maxima of two rows of outputs, POOL_COLUMNS of each channel: highest[channel][column]. */
typedef void pool_tile_function(const nn_conv_shape *shape, const float *corner, ptrdiff_t row_stride,
                                const float *weights, const float *bias, int relu, float *highest);

static inline __attribute__((always_inline)) void pool_tile(const int channels, const nn_conv_shape *shape,
                                                            const float *corner, ptrdiff_t row_stride,
                                                            const float *weights, const float *bias, int relu,
                                                            float *highest) {
  const int tap = vectors_for(shape->out_channels) * LANES; /* from one to the next, as pack_weights lays them */
  const vec lowest = (vec){0} + (relu ? 0 : -INFINITY);
  vec acc[POOL_CHANNELS][2];
  for (int row = 0; row < 2; row++, corner += row_stride) {
    const float *w = weights;
#pragma GCC unroll 6
    for (int c = 0; c < channels; c++) acc[c][0] = acc[c][1] = (vec){0} + bias[c];
    for (int ky = 0; ky < shape->kernel_height; ky++)
      for (const float *in = corner + ky * row_stride, *end = in + shape->kernel_width; in < end; in++, w += tap) {
        const vec left = load(in), right = load(in + LANES);
#pragma GCC unroll 6
        for (int c = 0; c < channels; c++) {
          acc[c][0] += w[c] * left;
          acc[c][1] += w[c] * right;
        }
      }
#pragma GCC unroll 6
    for (int c = 0; c < channels; c++)
      for (int v = 0; v < 2; v++) {
        float *to = highest + (2 * c + v) * LANES;
        const vec most = row == 0 ? acc[c][v] : larger(load(to), acc[c][v]);
        store(to, row == 0 ? most : (vec)((mask)most & ~(mask)(most < lowest)));
      }
  }
}

#define DEFINE_POOL_TILE(C, V)                                                                                         \
  static void pool_tile_##C(const nn_conv_shape *shape, const float *corner, ptrdiff_t row_stride,                     \
                            const float *weights, const float *bias, int relu, float *highest) {                       \
    pool_tile(C, shape, corner, row_stride, weights, bias, relu, highest);                                             \
  }
#define POOL_TILE_ENTRY(C, V) [C] = pool_tile_##C,
UP_TO_6(DEFINE_POOL_TILE, 2)
static pool_tile_function *const pool_tiles[POOL_CHANNELS + 1] = {UP_TO_6(POOL_TILE_ENTRY, 2)};

/* The larger of each two columns, to every `step`th float. */
static void put_pooled(const float *highest, int channels, int pixels, ptrdiff_t step, float *to) {
  for (int p = 0; p < pixels; p++, to += step)
    for (int c = 0; c < channels; c++) {
      const float *pair = highest + c * POOL_COLUMNS + 2 * p;
      to[c] = pair[1] > pair[0] ? pair[1] : pair[0];
    }
}

static void conv_pool_forward(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                              const float *bias, int relu, const nn_view *out) {
  float highest[POOL_CHANNELS * POOL_COLUMNS] __attribute__((aligned(64)));
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const float *corner = window_corner(shape, in) + (ptrdiff_t)n * in->picture_stride + 2 * y * in->row_stride;
      float *row = out->data + (ptrdiff_t)n * out->picture_stride + y * out->row_stride;
      for (int first = 0, channels; first < shape->out_channels; first += channels) {
        channels = next_share(shape->out_channels - first, POOL_CHANNELS);
        for (int x = 0; x < out->width; x += LANES) {
          pool_tiles[channels](shape, corner + 2 * x, in->row_stride, packed + first, bias + first, relu, highest);
          put_pooled(highest, channels, min_int(LANES, out->width - x), out->channels,
                     row + (ptrdiff_t)x * out->channels + first);
        }
      }
    }
}

/* Whether it takes fewer vector steps for a row of outputs than going by pixels does. */
static int conv_pool_pays(const nn_conv_shape *shape, int out_width) {
  const int by_channels = shape->out_channels * 2 * ((out_width + POOL_COLUMNS - 1) / POOL_COLUMNS);
  const int vectors = vectors_for(shape->out_channels);
  return shape->in_channels == 1 && shape->stride == 1 && vectors <= VECTOR_LIMIT && by_channels < vectors * out_width;
}
