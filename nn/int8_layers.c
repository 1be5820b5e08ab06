/* The int8 layers that are no matrix product, in plain loops along the channels. */
#include "int8_layers.h"

#include <string.h>

#define VALUE uint8_t
#define VIEW nn_byte_view
#include "max_pool_body.h"

void nn_int8_round_weights(const float *weights, size_t count, float scale, int8_t *out) {
  const float inverse = 1 / scale;
  for (size_t i = 0; i < count; i++) {
    const float steps = weights[i] * inverse;
    const float clamped = steps > NN_INT8_MAX ? NN_INT8_MAX : steps < -NN_INT8_MAX ? -NN_INT8_MAX : steps;
    out[i] = (int8_t)nn_round_even(clamped);
  }
}

void nn_int8_take_pictures(const uint8_t *pictures, size_t batch, const nn_byte_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++, pictures += count) {
      uint8_t *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) {
        /* t / 255, rounded down, for t below 65535 */
        const uint16_t t = (uint16_t)(pictures[i] * NN_INT8_MAX + 127);
        to[i] = (uint8_t)((uint16_t)(t + 1 + (t >> 8)) >> 8);
      }
    }
}

void nn_int8_give_values(size_t batch, const nn_byte_view *in, nn_tensor_scale scale, float *out) {
  for (size_t n = 0; n < batch; n++) {
    const uint8_t *from = row_at(in, n, 0);
    for (int c = 0; c < in->channels; c++) *out++ = (float)(from[c] - scale.zero) * scale.scale;
  }
}

void nn_int8_relu(size_t batch, const nn_byte_view *in, int zero, const nn_byte_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const uint8_t *from = row_at(in, n, y);
      uint8_t *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) to[i] = from[i] > zero ? from[i] : (uint8_t)zero;
    }
}

void nn_int8_add(const nn_int8_conv *conv, size_t batch, const nn_byte_view *first, int first_zero,
                 float first_multiplier, const nn_byte_view *second, const nn_byte_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const uint8_t *a = row_at(first, n, y), *b = row_at(second, n, y);
      uint8_t *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) {
        const float left = (float)(a[i] - first_zero) * first_multiplier;
        const float right = (float)(b[i] - conv->residual_zero) * conv->residual_multiplier;
        to[i] = nn_int8_byte(left + right, conv->zero, conv->lowest);
      }
    }
}

void nn_int8_max_pool(const nn_conv_shape *shape, size_t batch, const nn_byte_view *in, const nn_byte_view *out) {
  max_pool(shape, batch, in, out);
}

enum { SUM_CHANNELS = 64 };

/* A window's sums of up to SUM_CHANNELS channels: each at most 64 * 64 * 127. */
static void sum_window(const nn_byte_view *in, size_t picture, range rows, range columns, int first_channel, int count,
                       int32_t *sums) {
  memset(sums, 0, (size_t)count * sizeof *sums);
  for (int y = rows.first; y < rows.end; y++)
    for (int x = columns.first; x < columns.end; x++) {
      const uint8_t *from = row_at(in, picture, y) + (ptrdiff_t)x * in->channels + first_channel;
      for (int c = 0; c < count; c++) sums[c] += from[c];
    }
}

static void average_pixel(const nn_int8_conv *conv, const nn_byte_view *in, size_t picture, range rows, range columns,
                          int in_zero, float multiplier, uint8_t *to) {
  const int pixels = (rows.end - rows.first) * (columns.end - columns.first);
  const float share = multiplier / (float)pixels;
  for (int first = 0; first < in->channels; first += SUM_CHANNELS) {
    const int left = in->channels - first, count = left < SUM_CHANNELS ? left : SUM_CHANNELS;
    int32_t sums[SUM_CHANNELS];
    sum_window(in, picture, rows, columns, first, count, sums);
    for (int c = 0; c < count; c++)
      to[first + c] = nn_int8_byte((float)(sums[c] - pixels * in_zero) * share, conv->zero, conv->lowest);
  }
}

void nn_int8_average_pool(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, int in_zero, float multiplier,
                          const nn_byte_view *out) {
  const nn_conv_shape *shape = &conv->shape;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const range rows = window_inside(y, shape->kernel_height, shape, in->height);
      for (int x = 0; x < out->width; x++)
        average_pixel(conv, in, n, rows, window_inside(x, shape->kernel_width, shape, in->width), in_zero, multiplier,
                      row_at(out, n, y) + (ptrdiff_t)x * out->channels);
    }
}

void nn_int8_fill_border(size_t batch, int border, uint8_t zero, const nn_byte_view *view) {
  fill_border(batch, border, zero, view);
}
