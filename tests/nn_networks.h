/* Small networks with random weights for the tests of nn, and a forward pass that shares nothing with the library:
 * plain loops in double precision over tensors without borders. */
#ifndef GLYPHLIFT_TEST_NN_NETWORKS_H
#define GLYPHLIFT_TEST_NN_NETWORKS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../nn/model_write.h"

enum { NETWORK_MAX_LAYERS = 24 };

typedef struct network_shape {
  int height, width, channels;
} network_shape;

typedef struct network {
  nn_model_spec spec;
  nn_layer_spec layers[NETWORK_MAX_LAYERS];
  network_shape shapes[NETWORK_MAX_LAYERS + 1]; /* of the tensors */
  const char *names[64];
  uint32_t random;
} network;

static inline uint32_t network_random(network *n) {
  n->random = n->random * 1664525u + 1013904223u;
  return n->random >> 8;
}

static inline float network_random_value(network *n) {
  return (float)network_random(n) / 8388608.0f - 1;
}

static inline network network_start(int height, int width, int channels, uint32_t seed) {
  network n = {.spec = {.height = height,
                        .width = width,
                        .channels = channels,
                        .mean = 0.25f,
                        .scale = 2,
                        .temperature = 1.5,
                        .training_record = "{\"test\":true}"},
               .shapes = {{height, width, channels}},
               .random = seed};
  return n;
}

static inline float *network_weights(network *n, size_t count, size_t inputs) {
  float *weights = malloc(count * sizeof *weights);
  for (size_t i = 0; i < count; i++) weights[i] = network_random_value(n) * sqrtf(3.0f / (float)inputs);
  return weights;
}

static inline network_shape network_layer_shape(const network *n, const nn_layer_spec *l) {
  const network_shape in = n->shapes[l->input];
  network_shape out = in;
  if (l->stride > 0) {
    out.height = (in.height + 2 * l->padding - l->kernel_height) / l->stride + 1;
    out.width = (in.width + 2 * l->padding - l->kernel_width) / l->stride + 1;
  }
  if (l->outputs > 0) out.channels = l->outputs;
  if (l->type == NN_LAYER_FULLY_CONNECTED) out.height = out.width = 1;
  return out;
}

/* Adds a layer and gives it weights; returns its tensor. */
static inline int network_add(network *n, nn_layer_spec layer) {
  const size_t index = n->spec.layer_count++;
  const network_shape in = n->shapes[layer.input];
  size_t inputs = (size_t)in.channels;
  if (layer.type == NN_LAYER_CONVOLUTION) inputs *= (size_t)(layer.kernel_height * layer.kernel_width);
  if (layer.type == NN_LAYER_FULLY_CONNECTED) inputs *= (size_t)(in.height * in.width);
  if (layer.outputs > 0) {
    layer.weights = network_weights(n, inputs * (size_t)layer.outputs, inputs);
    layer.bias = network_weights(n, (size_t)layer.outputs, 4);
  }
  n->layers[index] = layer;
  n->shapes[index + 1] = network_layer_shape(n, &layer);
  return (int)index + 1;
}

static inline int network_convolution(network *n, int input, int kernel, int stride, int padding, int outputs) {
  return network_add(n, (nn_layer_spec){.type = NN_LAYER_CONVOLUTION,
                                        .input = input,
                                        .kernel_height = kernel,
                                        .kernel_width = kernel,
                                        .stride = stride,
                                        .padding = padding,
                                        .outputs = outputs});
}

static inline int network_pool(network *n, nn_layer_type type, int input, int kernel, int stride, int padding) {
  return network_add(n, (nn_layer_spec){.type = type,
                                        .input = input,
                                        .kernel_height = kernel,
                                        .kernel_width = kernel,
                                        .stride = stride,
                                        .padding = padding});
}

static inline int network_relu(network *n, int input) {
  return network_add(n, (nn_layer_spec){.type = NN_LAYER_RELU, .input = input});
}

static inline int network_sum(network *n, int first, int second) {
  return network_add(n, (nn_layer_spec){.type = NN_LAYER_ADD, .input = first, .second_input = second});
}

static inline int network_fully_connected(network *n, int input, int outputs) {
  return network_add(n, (nn_layer_spec){.type = NN_LAYER_FULLY_CONNECTED, .input = input, .outputs = outputs});
}

static inline void network_softmax(network *n, int input) {
  network_add(n, (nn_layer_spec){.type = NN_LAYER_SOFTMAX, .input = input});
}

/* Points the spec at the network's own arrays, so the network may not move afterwards. */
static inline void network_finish(network *n) {
  static const char *const names[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
  n->spec.classes = (size_t)n->shapes[n->spec.layer_count].channels;
  for (size_t i = 0; i < n->spec.classes; i++) n->names[i] = names[i % 10];
  n->spec.class_names = n->names;
  n->spec.layers = n->layers;
}

static inline void network_free(network *n) {
  for (size_t i = 0; i < n->spec.layer_count; i++) {
    free((void *)n->layers[i].weights);
    free((void *)n->layers[i].bias);
  }
}

/* ---- the independent forward pass -------------------------------------------------------------------------------- */

static inline double network_at(const double *tensor, network_shape s, int y, int x, int c) {
  if (y < 0 || y >= s.height || x < 0 || x >= s.width) return 0;
  return tensor[(y * s.width + x) * s.channels + c];
}

static inline double network_conv_at(const nn_layer_spec *l, const double *in, network_shape s, int y, int x, int out) {
  double sum = l->bias[out];
  for (int ky = 0; ky < l->kernel_height; ky++)
    for (int kx = 0; kx < l->kernel_width; kx++)
      for (int c = 0; c < s.channels; c++)
        sum += network_at(in, s, y * l->stride - l->padding + ky, x * l->stride - l->padding + kx, c) *
               l->weights[((out * l->kernel_height + ky) * l->kernel_width + kx) * s.channels + c];
  return sum;
}

static inline double network_pool_at(const nn_layer_spec *l, const double *in, network_shape s, int y, int x, int c) {
  double highest = -INFINITY, sum = 0;
  int count = 0;
  for (int ky = 0; ky < l->kernel_height; ky++)
    for (int kx = 0; kx < l->kernel_width; kx++) {
      const int at_y = y * l->stride - l->padding + ky, at_x = x * l->stride - l->padding + kx;
      if (at_y < 0 || at_y >= s.height || at_x < 0 || at_x >= s.width) continue;
      const double value = network_at(in, s, at_y, at_x, c);
      highest = value > highest ? value : highest;
      sum += value;
      count++;
    }
  return l->type == NN_LAYER_MAX_POOL ? highest : sum / count;
}

static inline double network_value(const network *n, double *const *tensors, size_t layer, int y, int x, int c) {
  const nn_layer_spec *l = &n->layers[layer];
  const double *in = tensors[l->input];
  const network_shape s = n->shapes[l->input];
  double sum;
  switch (l->type) {
  case NN_LAYER_CONVOLUTION: return network_conv_at(l, in, s, y, x, c);
  case NN_LAYER_MAX_POOL:
  case NN_LAYER_AVERAGE_POOL: return network_pool_at(l, in, s, y, x, c);
  case NN_LAYER_RELU: return fmax(0, network_at(in, s, y, x, c));
  case NN_LAYER_ADD: return network_at(in, s, y, x, c) + network_at(tensors[l->second_input], s, y, x, c);
  case NN_LAYER_SOFTMAX: return network_at(in, s, y, x, c);
  case NN_LAYER_FULLY_CONNECTED:
    sum = l->bias[c];
    for (int i = 0; i < s.height * s.width * s.channels; i++)
      sum += in[i] * l->weights[c * s.height * s.width * s.channels + i];
    return sum;
  }
  return NAN;
}

/* The logits of one picture. */
static inline void network_forward(const network *n, const uint8_t *picture, double *logits) {
  double *tensors[NETWORK_MAX_LAYERS + 1];
  const size_t last = n->spec.layer_count;
  for (size_t t = 0; t <= last; t++) {
    const network_shape s = n->shapes[t];
    tensors[t] = malloc((size_t)(s.height * s.width * s.channels) * sizeof(double));
    for (int y = 0, i = 0; y < s.height; y++)
      for (int x = 0; x < s.width; x++)
        for (int c = 0; c < s.channels; c++, i++)
          tensors[t][i] = t == 0 ? (picture[i] / 255.0 - (double)n->spec.mean) * (double)n->spec.scale
                                 : network_value(n, tensors, t - 1, y, x, c);
  }
  memcpy(logits, tensors[last], n->spec.classes * sizeof *logits);
  for (size_t t = 0; t <= last; t++) free(tensors[t]);
}

#endif
