/* The scalar int8 kernels: what int8.h says, in plain C, for every other level to be compared with. Packed weights are
 * the plain ones. */
#include "int8.h"

#include <string.h>

static size_t weight_count(const nn_conv_shape *shape) {
  return (size_t)shape->out_channels * (size_t)shape->kernel_height * (size_t)shape->kernel_width *
         (size_t)shape->in_channels;
}

static void copy_weights(const nn_conv_shape *shape, const int8_t *weights, int8_t *packed) {
  memcpy(packed, weights, weight_count(shape));
}

static const uint8_t *window_at(const nn_conv_shape *shape, const nn_byte_view *in, size_t picture, int y, int x) {
  return in->data + (ptrdiff_t)picture * in->picture_stride +
         (ptrdiff_t)(y * shape->stride - shape->padding) * in->row_stride +
         (ptrdiff_t)(x * shape->stride - shape->padding) * in->channels;
}

static int32_t window_sum(const nn_int8_conv *conv, const uint8_t *window, ptrdiff_t row_stride, int channel) {
  const nn_conv_shape *s = &conv->shape;
  const int row = s->kernel_width * s->in_channels;
  const int8_t *weights = conv->packed + (size_t)channel * weight_count(s) / (size_t)s->out_channels;
  int32_t sum = conv->bias[channel];
  for (int ky = 0; ky < s->kernel_height; ky++, weights += row)
    for (int i = 0; i < row; i++) sum += window[ky * row_stride + i] * weights[i];
  return sum;
}

static void conv_pixel(const nn_int8_conv *conv, const uint8_t *window, ptrdiff_t row_stride, const uint8_t *residual,
                       uint8_t *to) {
  for (int c = 0; c < conv->shape.out_channels; c++) {
    float value = (float)window_sum(conv, window, row_stride, c) * conv->multiplier[c];
    if (residual) value += (float)(residual[c] - conv->residual_zero) * conv->residual_multiplier;
    to[c] = nn_int8_byte(value, conv->zero, conv->lowest);
  }
}

static void conv(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_byte_view *residual,
                 const nn_byte_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++) {
        const uint8_t *added = residual ? residual->data + (ptrdiff_t)n * residual->picture_stride +
                                              (ptrdiff_t)y * residual->row_stride + (ptrdiff_t)x * residual->channels
                                        : NULL;
        conv_pixel(conv, window_at(&conv->shape, in, n, y, x), in->row_stride, added,
                   out->data + (ptrdiff_t)n * out->picture_stride + (ptrdiff_t)y * out->row_stride +
                       (ptrdiff_t)x * out->channels);
      }
}

static void conv_to_floats(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++) {
        float *to = out->data + (ptrdiff_t)n * out->picture_stride + (ptrdiff_t)y * out->row_stride +
                    (ptrdiff_t)x * out->channels;
        const uint8_t *window = window_at(&conv->shape, in, n, y, x);
        for (int c = 0; c < out->channels; c++)
          to[c] = (float)window_sum(conv, window, in->row_stride, c) * conv->multiplier[c];
      }
}

const nn_int8_kernels nn_int8_scalar = {
    .name = "scalar",
    .lanes = 1,
    .group = 1,
    .packed_size = weight_count,
    .pack_weights = copy_weights,
    .conv = conv,
    .conv_to_floats = conv_to_floats,
};
