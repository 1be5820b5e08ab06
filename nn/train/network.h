/* A network as the trainer sees it: a table of layers, the shapes that follow from it, and where parameters, statistics
 * and activations lie. Immutable once opened; shared by threads. */
#ifndef GLYPHLIFT_TRAIN_NETWORK_H
#define GLYPHLIFT_TRAIN_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "../kernels.h"
#include "error.h"

typedef enum train_layer {
  TRAIN_CONVOLUTION, /* outputs, kernel, stride, padding, bias */
  TRAIN_BATCH_NORM,  /* relu */
  TRAIN_RELU,
  TRAIN_MAX_POOL,        /* kernel, stride */
  TRAIN_AVERAGE_POOL,    /* kernel, stride */
  TRAIN_ADD,             /* second, relu: the residual connection */
  TRAIN_FULLY_CONNECTED, /* outputs; always with a bias; the input is flattened, channel innermost */
  TRAIN_DROPOUT          /* rate */
} train_layer;

/* Tensor 0 is the picture, tensor i + 1 what layer i makes. A layer reads the tensor before it, or with `back` the one
 * `back` further back; `second` counts the same way for the other operand of TRAIN_ADD. */
typedef struct train_spec {
  train_layer layer;
  int outputs, kernel, stride, padding;
  int bias, relu;
  int back, second;
  float rate;
} train_spec;

typedef struct train_architecture {
  const char *name, *description;
  const train_spec *specs;
  size_t count;
} train_architecture;

/* The architectures --arch knows; *count is set. */
const train_architecture *train_architectures(size_t *count);
/* NULL where there is none of that name. */
const train_architecture *train_architecture_find(const char *name);

/* Where a tensor lies in a workspace; all in floats. */
typedef struct train_layout {
  int border; /* as wide as the padding of its readers; zeros around values, without meaning around gradients */
  ptrdiff_t row_stride, picture_stride;
  size_t offset;
} train_layout;

typedef struct train_tensor {
  int height, width, channels;
  train_layout value, gradient;
} train_tensor;

typedef struct train_op {
  train_spec spec;
  int input, second, output;                      /* tensors */
  nn_conv_shape shape;                            /* convolution and fully connected */
  size_t weights, weight_count, bias, bias_count; /* in the parameters; batch norm: gamma and beta */
  size_t statistics;                              /* batch norm: mean, then variance, in the statistics */
  size_t packed, packed_transposed;
  int adds[2]; /* backward: the gradients of input and second are added to, since a later reader has written them */
} train_op;

typedef struct train_network {
  train_op *ops;
  train_tensor *tensors; /* op_count + 1 */
  size_t op_count;
  size_t parameter_count, statistic_count, packed_size;
  size_t value_size, gradient_size; /* floats of a workspace */
  size_t max_batch;
  int classes;
  uint64_t multiply_adds; /* per picture */
  const nn_kernels *kernels;
} train_network;

/* Workspaces will hold up to max_batch pictures. kernels NULL: nn_level_choose's. */
int train_network_open(train_network **out, const train_spec *specs, size_t count, int height, int width, int channels,
                       size_t max_batch, const nn_kernels *kernels, train_error *error);
void train_network_close(train_network **network);

/* Convolutions get He's normal initialisation (for ReLU), fully connected layers variance 1 / inputs, batch norm
 * gamma 1; biases 0. statistics: mean 0, variance 1. */
void train_network_initialise(const train_network *network, uint64_t seed, float *parameters, float *statistics);
/* decays[i] is 1 where weight decay applies: weights, not biases nor batch norm. */
void train_network_mark_decay(const train_network *network, uint8_t *decays);
/* Packs all weights into `packed` (packed_size floats); once a step, for all threads. transposed 0 leaves out what only
 * the backward pass needs. */
void train_network_pack(const train_network *network, const float *parameters, int transposed, float *packed);

#endif
