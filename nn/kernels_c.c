/* The scalar reference of the kernels: plain loops in a plain order, for the tests to compare with and for machines
 * without a vector level. Packed weights are the plain ones. Slow by design. */
#include "kernels.h"

#include <string.h>

static size_t weight_count(const nn_conv_shape *shape) {
  return (size_t)shape->out_channels * (size_t)shape->kernel_height * (size_t)shape->kernel_width *
         (size_t)shape->in_channels;
}

static void copy_weights(const nn_conv_shape *shape, const float *weights, float *packed) {
  memcpy(packed, weights, weight_count(shape) * sizeof *weights);
}

static float *pixel_at(const nn_view *view, size_t picture, ptrdiff_t y, ptrdiff_t x) {
  return view->data + (ptrdiff_t)picture * view->picture_stride + y * view->row_stride + x * view->channels;
}

/* First input pixel that output pixel (y, x) reads: the window's top left corner, possibly in the border. */
static float *window_at(const nn_conv_shape *shape, const nn_view *view, size_t picture, int y, int x) {
  return pixel_at(view, picture, (ptrdiff_t)y * shape->stride - shape->padding,
                  (ptrdiff_t)x * shape->stride - shape->padding);
}

/* `weights` are one output channel's: kernel_height rows of kernel_width * in_channels. */
static float window_product(const nn_conv_shape *shape, const float *window, ptrdiff_t row_stride,
                            const float *weights) {
  const int row = shape->kernel_width * shape->in_channels;
  float sum = 0;
  for (int ky = 0; ky < shape->kernel_height; ky++)
    for (int k = 0; k < row; k++) sum += window[ky * row_stride + k] * weights[ky * row + k];
  return sum;
}

static void window_add(const nn_conv_shape *shape, float *window, ptrdiff_t row_stride, const float *values,
                       float factor) {
  const int row = shape->kernel_width * shape->in_channels;
  for (int ky = 0; ky < shape->kernel_height; ky++)
    for (int k = 0; k < row; k++) window[ky * row_stride + k] += factor * values[ky * row + k];
}

static void gradient_add(const nn_conv_shape *shape, const float *window, ptrdiff_t row_stride, float factor,
                         float *gradient) {
  const int row = shape->kernel_width * shape->in_channels;
  for (int ky = 0; ky < shape->kernel_height; ky++)
    for (int k = 0; k < row; k++) gradient[ky * row + k] += factor * window[ky * row_stride + k];
}

static void conv_forward(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                         const float *bias, const nn_view *residual, int relu, const nn_view *out) {
  const size_t filter = weight_count(shape) / (size_t)shape->out_channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++) {
        const float *window = window_at(shape, in, n, y, x);
        const float *added = residual ? pixel_at(residual, n, y, x) : NULL;
        float *target = pixel_at(out, n, y, x);
        for (int c = 0; c < shape->out_channels; c++) {
          float sum = bias[c] + window_product(shape, window, in->row_stride, packed + (size_t)c * filter);
          if (added) sum += added[c];
          target[c] = relu && sum < 0 ? 0 : sum;
        }
      }
}

static void conv_grad_input(const nn_conv_shape *shape, size_t batch, const nn_view *grad_out, const float *packed,
                            const nn_view *grad_in) {
  const size_t filter = weight_count(shape) / (size_t)shape->out_channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < grad_out->height; y++)
      for (int x = 0; x < grad_out->width; x++) {
        const float *gradient = pixel_at(grad_out, n, y, x);
        float *window = window_at(shape, grad_in, n, y, x);
        for (int c = 0; c < shape->out_channels; c++)
          window_add(shape, window, grad_in->row_stride, packed + (size_t)c * filter, gradient[c]);
      }
}

static void conv_grad_weights(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *grad_out,
                              float *grad_weights, float *grad_bias) {
  const size_t filter = weight_count(shape) / (size_t)shape->out_channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < grad_out->height; y++)
      for (int x = 0; x < grad_out->width; x++) {
        const float *gradient = pixel_at(grad_out, n, y, x);
        const float *window = window_at(shape, in, n, y, x);
        for (int c = 0; c < shape->out_channels; c++) {
          gradient_add(shape, window, in->row_stride, gradient[c], grad_weights + (size_t)c * filter);
          if (grad_bias) grad_bias[c] += gradient[c];
        }
      }
}

const nn_kernels nn_kernels_scalar = {
    .name = "scalar",
    .lanes = 1,
    .packed_size = weight_count,
    .pack_weights = copy_weights,
    .conv_forward = conv_forward,
    .pack_weights_transposed = copy_weights,
    .conv_grad_input = conv_grad_input,
    .conv_grad_weights = conv_grad_weights,
};
