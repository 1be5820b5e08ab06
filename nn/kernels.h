/* The kernels that reader and trainer share. One body (kernels_body.h), compiled for each instruction set; kernels_c.c
 * is the scalar reference. Activations are NHWC float32: channel innermost.
 *
 * A picture lies in a nn_view with a border wide enough for every convolution that reads it: padding is memory that is
 * zero, so no kernel tests for edges. */
#ifndef GLYPHLIFT_NN_KERNELS_H
#define GLYPHLIFT_NN_KERNELS_H

#include <stddef.h>

/* A batch of pictures. data points at the first pixel inside the border; pixel (n, y, x) starts at
 * data + n * picture_stride + y * row_stride + x * channels (strides in floats). */
typedef struct nn_view {
  float *data;
  int height, width, channels;
  ptrdiff_t row_stride, picture_stride;
} nn_view;

typedef struct nn_conv_shape {
  int kernel_height, kernel_width, stride, padding;
  int in_channels, out_channels;
} nn_conv_shape;

/* Floats that may be read (never written with anything but zero) past the end of any buffer handed to a kernel. */
enum { NN_SLACK = 64 };

/* A fully connected layer is the 1x1 convolution of pictures one pixel wide and high (the flattened input as channels).
 * Plain weights are [out][kernel_height][kernel_width][in]; packed weights are each level's own order, zero padded. */
typedef struct nn_kernels {
  const char *name; /* of the instruction set: "scalar", "baseline", "avx2", "avx512" */
  int lanes;        /* outputs in a vector */
  /* Floats that packed weights take; the two packings below may differ in order but not in this size bound. */
  size_t (*packed_size)(const nn_conv_shape *shape);
  void (*pack_weights)(const nn_conv_shape *shape, const float *weights, float *packed);
  /* out = conv(in) + bias, then max(0, .) if relu; with residual (same shape as out, own strides) not NULL it is added
   * before the relu. */
  void (*conv_forward)(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                       const float *bias, const nn_view *residual, int relu, const nn_view *out);
  /* Transposed order for conv_grad_input. */
  void (*pack_weights_transposed)(const nn_conv_shape *shape, const float *weights, float *packed);
  /* grad_in += conv transposed(grad_out). The border of grad_in receives sums of no meaning. */
  void (*conv_grad_input)(const nn_conv_shape *shape, size_t batch, const nn_view *grad_out, const float *packed,
                          const nn_view *grad_in);
  /* grad_weights ([out][ky][kx][in], plain order) += , grad_bias += (may be NULL). */
  void (*conv_grad_weights)(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *grad_out,
                            float *grad_weights, float *grad_bias);
  /* As conv_forward without a residual, and the max pool of 2x2 with stride 2 behind it in one: out is the pool's. For
   * one input channel and stride 1, with weights as packed for conv_forward; bits are those of the two one after the
   * other. conv_pool_pays says whether the convolution, out_width wide, is one of these and sooner done so. The scalar
   * kernels have neither. */
  int (*conv_pool_pays)(const nn_conv_shape *shape, int out_width);
  void (*conv_pool_forward)(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                            const float *bias, int relu, const nn_view *out);
  /* As packed_size, pack_weights and conv_forward, by Winograd's F(4x4, 3x3): for 3x3 windows with stride 1 and at most
   * NN_WINOGRAD_CHANNELS input channels. Sums differ from conv_forward's by up to 1e-5 of the sum of the products'
   * magnitudes, and a value that is not finite reaches up to 16 outputs around. winograd_pays says whether the
   * convolution is one of these and sooner done so. The scalar kernels have none of the four. */
  int (*winograd_pays)(const nn_conv_shape *shape, int out_height, int out_width);
  size_t (*winograd_size)(const nn_conv_shape *shape);
  void (*winograd_pack)(const nn_conv_shape *shape, const float *weights, float *packed);
  void (*winograd_forward)(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                           const float *bias, const nn_view *residual, int relu, const nn_view *out);
} nn_kernels;

enum { NN_WINOGRAD_CHANNELS = 256 };

extern const nn_kernels nn_kernels_scalar, nn_kernels_baseline, nn_kernels_avx2, nn_kernels_avx512;

typedef struct nn_int8_kernels nn_int8_kernels; /* int8.h */

/* What is used together on one kind of CPU. Levels may share kernels. */
typedef struct nn_level {
  const char *name; /* "scalar", "baseline"; x86: "avx2", "avxvnni", "avx512", "vnni"; arm64: "dotprod" */
  const nn_kernels *kernels;
  const nn_int8_kernels *int8;
} nn_level;

/* The best level this CPU has, or the one GLYPHLIFT_CPU names where the CPU has it. In cpu.c. Never NULL. */
const nn_level *nn_level_choose(void);
/* The levels this CPU can run, worst ("scalar") to best: NULL gives the first, the last gives NULL. */
const nn_level *nn_level_next(const nn_level *before);

#endif
