/* The int8 kernels of the reader. Every level gives the same bytes, the scalar one included: sums are exact, and what
 * is rounded is rounded as defined here.
 *
 * A tensor's values are bytes from 0 to NN_INT8_MAX, value = scale * (byte - zero): seven bits, so that two products
 * with weights from -127 to 127 fit into the 16 bits of instructions that would saturate beyond (vpmaddubsw), and so
 * that a byte is the same signed and unsigned. Weights have a scale an output channel. A convolution makes
 *
 *   sum     = bias + sum of byte * weight                     exact in 32 bits
 *   value   = (float)sum * multiplier[channel]                rounded after each operation, never fused
 *             + (float)(residual - residual_zero) * residual_multiplier
 *   byte    = zero + round to nearest, ties to even, of value, clamped to lowest .. NN_INT8_MAX
 *
 * where bias already makes up for the input's zero. Files that round are compiled without contraction
 * (-ffp-contract=off).
 *
 * The scheme is that of Jacob et al., Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference (2018), but for the seven bits and the multiplier in float. */
#ifndef GLYPHLIFT_NN_INT8_H
#define GLYPHLIFT_NN_INT8_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

enum {
  NN_INT8_MAX = 127,
  NN_INT8_MAX_FILTER = 65536, /* inputs of one output: the sum of their products is at most 2^30 ... */
  NN_INT8_MAX_BIAS = 1 << 30, /* ... and so is a bias, either way */
  NN_INT8_LANES = 64          /* biases and multipliers are padded with zeros to a multiple of this */
};

/* As nn_view, of bytes. */
typedef struct nn_byte_view {
  uint8_t *data;
  int height, width, channels;
  ptrdiff_t row_stride, picture_stride;
} nn_byte_view;

typedef struct nn_int8_conv {
  nn_conv_shape shape;
  const int8_t *packed;
  const int32_t *bias;
  const float *multiplier;
  int zero, lowest; /* of the output; lowest is zero behind a relu, otherwise 0 */
  float residual_multiplier;
  int residual_zero;
} nn_int8_conv;

struct nn_int8_kernels {
  const char *name;
  int lanes, group; /* outputs in a vector; inputs that are taken together */
  /* Bytes that packed weights take. Plain weights are [out][kernel_height][kernel_width][in]. */
  size_t (*packed_size)(const nn_conv_shape *shape);
  void (*pack_weights)(const nn_conv_shape *shape, const int8_t *weights, int8_t *packed);
  /* residual: NULL, or of out's shape. Borders are as for nn_kernels, filled with the tensor's zero. */
  void (*conv)(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_byte_view *residual,
               const nn_byte_view *out);
  /* out = sum * multiplier. Strides of out are in floats. */
  void (*conv_to_floats)(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_view *out);
};

extern const nn_int8_kernels nn_int8_scalar, nn_int8_sse2, nn_int8_avx2, nn_int8_avxvnni, nn_int8_avx512, nn_int8_vnni,
    nn_int8_neon, nn_int8_dotprod;

/* To nearest, ties to even, of values up to 2^22: beyond 1.5 * 2^23 a float has no fraction. */
static inline int32_t nn_round_even(float value) {
  const float integers = 12582912.0f;
  return (int32_t)(value + integers - integers);
}

/* The byte that stands for value, given in the tensor's steps from its zero. */
static inline uint8_t nn_int8_byte(float value, int zero, int lowest) {
  const float most = (float)(NN_INT8_MAX - zero), least = (float)(lowest - zero);
  const float clamped = value > most ? most : value < least ? least : value;
  return (uint8_t)(zero + nn_round_even(clamped));
}

#endif
