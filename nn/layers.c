/* The layers that are no matrix product, in plain loops along the channels, which the compiler turns into vectors. */
#include "layers.h"

#include <math.h>
#include <string.h>

#define VALUE float
#define VIEW nn_view
#include "max_pool_body.h"

void nn_layer_normalise(const uint8_t *pictures, size_t batch, float mean, float scale, const nn_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      float *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) to[i] = ((float)pictures[i] / 255 - mean) * scale;
      pictures += count;
    }
}

/* NaN stays NaN, as in the kernels. */
static float relu(float value) {
  return value < 0 ? 0 : value;
}

void nn_layer_relu(size_t batch, const nn_view *in, const nn_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const float *from = row_at(in, n, y);
      float *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) to[i] = relu(from[i]);
    }
}

void nn_layer_add(size_t batch, const nn_view *first, const nn_view *second, int with_relu, const nn_view *out) {
  const size_t count = row_values(out);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const float *a = row_at(first, n, y), *b = row_at(second, n, y);
      float *to = row_at(out, n, y);
      for (size_t i = 0; i < count; i++) to[i] = a[i] + b[i];
      for (size_t i = 0; with_relu && i < count; i++) to[i] = relu(to[i]);
    }
}

static void mean_of_window(const nn_view *in, size_t picture, range rows, range columns, float *to) {
  const int channels = in->channels;
  const float share = 1 / (float)((rows.end - rows.first) * (columns.end - columns.first));
  memset(to, 0, (size_t)channels * sizeof(float));
  for (int y = rows.first; y < rows.end; y++)
    for (int x = columns.first; x < columns.end; x++) {
      const float *from = row_at(in, picture, y) + (ptrdiff_t)x * channels;
      for (int c = 0; c < channels; c++) to[c] += from[c];
    }
  for (int c = 0; c < channels; c++) to[c] *= share;
}

void nn_layer_max_pool(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *out) {
  max_pool(shape, batch, in, out);
}

void nn_layer_average_pool(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const range rows = window_inside(y, shape->kernel_height, shape, in->height);
      for (int x = 0; x < out->width; x++)
        mean_of_window(in, n, rows, window_inside(x, shape->kernel_width, shape, in->width),
                       row_at(out, n, y) + (ptrdiff_t)x * out->channels);
    }
}

void nn_layer_fill_border(size_t batch, int border, float value, const nn_view *view) {
  fill_border(batch, border, value, view);
}

void nn_layer_softmax(float *values, size_t count, double temperature) {
  float highest = values[0];
  double sum = 0;
  for (size_t i = 1; i < count; i++)
    if (values[i] > highest) highest = values[i];
  for (size_t i = 0; i < count; i++) sum += exp(((double)values[i] - (double)highest) / temperature);
  for (size_t i = 0; i < count; i++)
    values[i] = (float)(exp(((double)values[i] - (double)highest) / temperature) / sum);
}
