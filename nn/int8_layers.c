/* The int8 layers that are no matrix product, in plain loops along the channels. */
#include "int8_layers.h"

#include <string.h>

void nn_int8_round_weights(const float *weights, size_t count, float scale, int8_t *out) {
  const float inverse = 1 / scale;
  for (size_t i = 0; i < count; i++) {
    const float steps = weights[i] * inverse;
    const float clamped = steps > NN_INT8_MAX ? NN_INT8_MAX : steps < -NN_INT8_MAX ? -NN_INT8_MAX : steps;
    out[i] = (int8_t)nn_round_even(clamped);
  }
}

static uint8_t *row_at(const nn_byte_view *view, size_t picture, int y) {
  return view->data + (ptrdiff_t)picture * view->picture_stride + (ptrdiff_t)y * view->row_stride;
}

static size_t row_bytes(const nn_byte_view *view) {
  return (size_t)view->width * (size_t)view->channels;
}

void nn_int8_take_pictures(const uint8_t *pictures, size_t batch, const nn_byte_view *out) {
  const size_t count = row_bytes(out);
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
  const size_t count = row_bytes(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const uint8_t *from = row_at(in, n, y);
      uint8_t *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) to[i] = from[i] > zero ? from[i] : (uint8_t)zero;
    }
}

void nn_int8_add(const nn_int8_conv *conv, size_t batch, const nn_byte_view *first, int first_zero,
                 float first_multiplier, const nn_byte_view *second, const nn_byte_view *out) {
  const size_t count = row_bytes(out);
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

typedef struct range {
  int first, end;
} range;

/* The part of output pixel `at`'s window that lies inside the picture. */
static range window_inside(int at, int kernel, const nn_conv_shape *shape, int size) {
  const int first = at * shape->stride - shape->padding, end = first + kernel;
  return (range){first > 0 ? first : 0, end < size ? end : size};
}

enum { BLOCK = 16 };

/* The highest of two blocks of channels, as one vector instruction. */
static inline void raise(uint8_t *to, const uint8_t *from) {
  for (int c = 0; c < BLOCK; c++) to[c] = from[c] > to[c] ? from[c] : to[c];
}

static void max_of_window(const nn_byte_view *in, size_t picture, range rows, range columns, uint8_t *to) {
  const int channels = in->channels;
  int c = 0;
  for (; c + BLOCK <= channels; c += BLOCK) {
    uint8_t highest[BLOCK] = {0};
    for (int y = rows.first; y < rows.end; y++) {
      const uint8_t *from = row_at(in, picture, y) + c;
      for (int x = columns.first; x < columns.end; x++) raise(highest, from + (ptrdiff_t)x * channels);
    }
    memcpy(to + c, highest, BLOCK);
  }
  for (; c < channels; c++) {
    to[c] = 0;
    for (int y = rows.first; y < rows.end; y++)
      for (int x = columns.first; x < columns.end; x++) {
        const uint8_t value = row_at(in, picture, y)[(ptrdiff_t)x * channels + c];
        to[c] = value > to[c] ? value : to[c];
      }
  }
}

void nn_int8_max_pool(const nn_conv_shape *shape, size_t batch, const nn_byte_view *in, const nn_byte_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const range rows = window_inside(y, shape->kernel_height, shape, in->height);
      uint8_t *to = row_at(out, n, y);
      for (int x = 0; x < out->width; x++, to += out->channels)
        max_of_window(in, n, rows, window_inside(x, shape->kernel_width, shape, in->width), to);
    }
}

/* A window's sum of one channel: at most 64 * 64 * 127. */
static int32_t sum_of_window(const nn_byte_view *in, size_t picture, range rows, range columns, int channel) {
  int32_t sum = 0;
  for (int y = rows.first; y < rows.end; y++)
    for (int x = columns.first; x < columns.end; x++)
      sum += row_at(in, picture, y)[(ptrdiff_t)x * in->channels + channel];
  return sum;
}

void nn_int8_average_pool(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, int in_zero, float multiplier,
                          const nn_byte_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const range rows = window_inside(y, conv->shape.kernel_height, &conv->shape, in->height);
      uint8_t *to = row_at(out, n, y);
      for (int x = 0; x < out->width; x++, to += out->channels) {
        const range columns = window_inside(x, conv->shape.kernel_width, &conv->shape, in->width);
        const int count = (rows.end - rows.first) * (columns.end - columns.first);
        for (int c = 0; c < out->channels; c++) {
          const int32_t sum = sum_of_window(in, n, rows, columns, c) - count * in_zero;
          to[c] = nn_int8_byte((float)sum * (multiplier / (float)count), conv->zero, conv->lowest);
        }
      }
    }
}

void nn_int8_fill_border(size_t batch, int border, int zero, const nn_byte_view *view) {
  const size_t side = (size_t)border * (size_t)view->channels, row = row_bytes(view);
  for (size_t n = 0; n < batch; n++)
    for (int y = -border; y < view->height + border; y++) {
      uint8_t *at = row_at(view, n, y);
      if (y < 0 || y >= view->height) {
        memset(at - side, zero, row + 2 * side);
      } else {
        memset(at - side, zero, side);
        memset(at + row, zero, side);
      }
    }
}
