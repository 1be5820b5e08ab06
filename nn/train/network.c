/* From the table of layers to shapes and memory. Activations are NHWC. The gradient of an element-wise layer's input
 * lies in the same memory as that of its output where nobody else reads the input: the backward pass then works in
 * place. */
#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { MAX_SIDE = 1 << 12, MAX_CHANNELS = 1 << 14 };

static int make_convolution(train_op *op, const train_tensor *in, train_tensor *out, size_t index, train_error *error) {
  const train_spec *s = &op->spec;
  const int height = in->height + 2 * s->padding - s->kernel, width = in->width + 2 * s->padding - s->kernel;
  if (s->kernel < 1 || s->stride < 1 || s->padding < 0 || s->outputs < 1 || s->outputs > MAX_CHANNELS || height < 0 ||
      width < 0)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu: a convolution %dx%d does not fit a picture of %d x %d",
                      index, s->kernel, s->kernel, in->width, in->height);
  op->shape = (nn_conv_shape){.kernel_height = s->kernel,
                              .kernel_width = s->kernel,
                              .stride = s->stride,
                              .padding = s->padding,
                              .in_channels = in->channels,
                              .out_channels = s->outputs};
  op->weight_count = (size_t)s->kernel * (size_t)s->kernel * (size_t)in->channels * (size_t)s->outputs;
  op->bias_count = s->bias ? (size_t)s->outputs : 0;
  out->height = height / s->stride + 1;
  out->width = width / s->stride + 1;
  out->channels = s->outputs;
  return TRAIN_OK;
}

static int make_pool(const train_op *op, const train_tensor *in, train_tensor *out, size_t index, train_error *error) {
  const train_spec *s = &op->spec;
  if (s->kernel < 1 || s->stride < 1 || s->kernel > in->height || s->kernel > in->width)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu: pooling %dx%d does not fit a picture of %d x %d", index,
                      s->kernel, s->kernel, in->width, in->height);
  out->height = (in->height - s->kernel) / s->stride + 1;
  out->width = (in->width - s->kernel) / s->stride + 1;
  out->channels = in->channels;
  return TRAIN_OK;
}

static int make_fully_connected(train_op *op, const train_tensor *in, train_tensor *out, size_t index,
                                train_error *error) {
  const size_t inputs = (size_t)in->height * (size_t)in->width * (size_t)in->channels;
  if (op->spec.outputs < 1 || op->spec.outputs > MAX_CHANNELS || inputs > (1u << 24))
    return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu: a fully connected layer of %zu x %d weights", index,
                      inputs, op->spec.outputs);
  op->shape = (nn_conv_shape){
      .kernel_height = 1, .kernel_width = 1, .stride = 1, .in_channels = (int)inputs, .out_channels = op->spec.outputs};
  op->weight_count = inputs * (size_t)op->spec.outputs;
  op->bias_count = (size_t)op->spec.outputs;
  out->height = out->width = 1;
  out->channels = op->spec.outputs;
  return TRAIN_OK;
}

static int make_add(const train_op *op, const train_network *network, train_tensor *out, size_t index,
                    train_error *error) {
  const train_tensor *a = &network->tensors[op->input], *b = &network->tensors[op->second];
  if (a->height != b->height || a->width != b->width || a->channels != b->channels)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu: adds %d x %d x %d and %d x %d x %d", index, a->height,
                      a->width, a->channels, b->height, b->width, b->channels);
  *out = (train_tensor){.height = a->height, .width = a->width, .channels = a->channels};
  return TRAIN_OK;
}

static int make_op(train_network *network, size_t index, train_error *error) {
  train_op *op = &network->ops[index];
  op->input = (int)index - op->spec.back;
  op->second = (int)index - op->spec.second;
  op->output = (int)index + 1;
  if (op->spec.back < 0 || op->spec.second < 0 || op->input < 0 || op->second < 0)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu reads a tensor that is not there", index);
  const train_tensor *in = &network->tensors[op->input];
  train_tensor *out = &network->tensors[op->output];
  switch (op->spec.layer) {
  case TRAIN_CONVOLUTION: return make_convolution(op, in, out, index, error);
  case TRAIN_MAX_POOL:
  case TRAIN_AVERAGE_POOL: return make_pool(op, in, out, index, error);
  case TRAIN_FULLY_CONNECTED: return make_fully_connected(op, in, out, index, error);
  case TRAIN_ADD: return make_add(op, network, out, index, error);
  case TRAIN_BATCH_NORM: op->weight_count = op->bias_count = (size_t)in->channels; break;
  case TRAIN_RELU:
  case TRAIN_DROPOUT: break;
  }
  *out = (train_tensor){.height = in->height, .width = in->width, .channels = in->channels};
  return TRAIN_OK;
}

static int reads(const train_op *op, int tensor) {
  return op->input == tensor || (op->spec.layer == TRAIN_ADD && op->second == tensor);
}

static int count_readers(const train_network *network, int tensor) {
  int count = 0;
  for (size_t i = 0; i < network->op_count; i++) count += reads(&network->ops[i], tensor);
  return count;
}

static int is_element_wise(train_layer layer) {
  return layer == TRAIN_BATCH_NORM || layer == TRAIN_RELU || layer == TRAIN_DROPOUT;
}

/* A fully connected layer reads its input as one row of memory. */
static int check_flattened(const train_network *network, train_error *error) {
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    if (op->spec.layer == TRAIN_FULLY_CONNECTED && network->tensors[op->input].value.border)
      return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu: a padded convolution also reads its input", i);
  }
  return TRAIN_OK;
}

/* Every buffer starts on a cache line and has NN_SLACK floats after it. */
static size_t padded(size_t floats) {
  return (floats + NN_SLACK + 15) / 16 * 16;
}

static size_t place(train_layout *layout, const train_tensor *t, size_t batch, size_t offset) {
  layout->row_stride = (ptrdiff_t)(t->width + 2 * layout->border) * t->channels;
  layout->picture_stride = layout->row_stride * (t->height + 2 * layout->border);
  layout->offset = offset;
  return padded((size_t)layout->picture_stride * batch);
}

/* The next layer is element-wise and the only reader. */
static int shares_gradient(const train_network *network, int tensor) {
  if (tensor == (int)network->op_count) return 0;
  const train_op *next = &network->ops[tensor];
  return next->input == tensor && is_element_wise(next->spec.layer) && count_readers(network, tensor) == 1;
}

static void place_tensors(train_network *network) {
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    train_tensor *in = &network->tensors[op->input];
    if (op->spec.layer == TRAIN_CONVOLUTION && in->value.border < op->spec.padding)
      in->value.border = in->gradient.border = op->spec.padding;
  }
  for (int t = (int)network->op_count; t >= 0; t--) {
    train_tensor *tensor = &network->tensors[t];
    network->value_size += place(&tensor->value, tensor, network->max_batch, network->value_size);
    if (shares_gradient(network, t))
      tensor->gradient = network->tensors[t + 1].gradient;
    else
      network->gradient_size += place(&tensor->gradient, tensor, network->max_batch, network->gradient_size);
  }
}

static void place_parameters(train_network *network) {
  for (size_t i = 0; i < network->op_count; i++) {
    train_op *op = &network->ops[i];
    const train_tensor *out = &network->tensors[op->output];
    op->weights = network->parameter_count;
    op->bias = op->weights + op->weight_count;
    network->parameter_count = op->bias + op->bias_count;
    if (op->spec.layer == TRAIN_BATCH_NORM) {
      op->statistics = network->statistic_count;
      network->statistic_count += 2 * (size_t)out->channels;
    }
    if (op->spec.layer == TRAIN_CONVOLUTION) {
      const size_t size = padded(network->kernels->packed_size(&op->shape));
      op->packed = network->packed_size;
      op->packed_transposed = op->packed + size;
      network->packed_size += 2 * size;
    }
    if (op->spec.layer == TRAIN_CONVOLUTION || op->spec.layer == TRAIN_FULLY_CONNECTED)
      network->multiply_adds += (uint64_t)op->weight_count * (uint64_t)out->height * (uint64_t)out->width;
  }
}

/* The backward pass runs from the last layer to the first: of two readers the later one writes the gradient. */
static void mark_adding(train_network *network) {
  for (size_t i = 0; i < network->op_count; i++) {
    train_op *op = &network->ops[i];
    for (size_t later = i + 1; later < network->op_count; later++) {
      op->adds[0] |= reads(&network->ops[later], op->input);
      op->adds[1] |= reads(&network->ops[later], op->second);
    }
    if (op->spec.layer == TRAIN_ADD) op->adds[1] |= op->second == op->input;
  }
}

int train_network_open(train_network **out, const train_spec *specs, size_t count, int height, int width, int channels,
                       size_t max_batch, const nn_kernels *kernels, train_error *error) {
  *out = NULL;
  if (count < 1 || max_batch < 1 || height < 1 || height > MAX_SIDE || width < 1 || width > MAX_SIDE || channels < 1 ||
      channels > MAX_CHANNELS)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "a network of %zu layers for pictures of %d x %d x %d", count, width,
                      height, channels);
  train_network *network = calloc(1, sizeof *network);
  if (!network) return train_fail_memory(error);
  network->ops = calloc(count, sizeof *network->ops);
  network->tensors = calloc(count + 1, sizeof *network->tensors);
  network->op_count = count;
  network->max_batch = max_batch;
  network->kernels = kernels ? kernels : nn_level_choose()->kernels;
  int status = network->ops && network->tensors ? TRAIN_OK : train_fail_memory(error);
  if (!status) network->tensors[0] = (train_tensor){.height = height, .width = width, .channels = channels};
  for (size_t i = 0; i < count && !status; i++) {
    network->ops[i].spec = specs[i];
    status = make_op(network, i, error);
  }
  if (!status && (network->tensors[count].height != 1 || network->tensors[count].width != 1))
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "the last layer makes a picture of %d x %d, not one value a class",
                        network->tensors[count].width, network->tensors[count].height);
  if (!status) {
    place_tensors(network);
    status = check_flattened(network, error);
  }
  if (status) {
    train_network_close(&network);
    return status;
  }
  network->classes = network->tensors[count].channels;
  place_parameters(network);
  mark_adding(network);
  *out = network;
  return TRAIN_OK;
}

void train_network_close(train_network **network) {
  if (!network || !*network) return;
  free((*network)->ops);
  free((*network)->tensors);
  free(*network);
  *network = NULL;
}

static void initialise_weights(const train_op *op, float *weights, train_random *random) {
  const size_t inputs = op->weight_count / (size_t)op->shape.out_channels;
  const float deviation = sqrtf((op->spec.layer == TRAIN_CONVOLUTION ? 2.0f : 1.0f) / (float)inputs);
  for (size_t i = 0; i < op->weight_count; i++) weights[i] = deviation * train_random_normal(random);
}

void train_network_initialise(const train_network *network, uint64_t seed, float *parameters, float *statistics) {
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    train_random random;
    train_random_start(&random, seed, TRAIN_PURPOSE_INIT, 0, (uint32_t)i);
    if (op->spec.layer == TRAIN_BATCH_NORM) {
      for (size_t c = 0; c < op->weight_count; c++) {
        parameters[op->weights + c] = 1.0f;
        statistics[op->statistics + c] = 0.0f;
        statistics[op->statistics + op->weight_count + c] = 1.0f;
      }
    } else if (op->weight_count) {
      initialise_weights(op, parameters + op->weights, &random);
    }
    for (size_t c = 0; c < op->bias_count; c++) parameters[op->bias + c] = 0.0f;
  }
}

void train_network_mark_decay(const train_network *network, uint8_t *decays) {
  memset(decays, 0, network->parameter_count);
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    if (op->spec.layer != TRAIN_BATCH_NORM) memset(decays + op->weights, 1, op->weight_count);
  }
}

void train_network_pack(const train_network *network, const float *parameters, int transposed, float *packed) {
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    if (op->spec.layer != TRAIN_CONVOLUTION) continue;
    network->kernels->pack_weights(&op->shape, parameters + op->weights, packed + op->packed);
    if (transposed)
      network->kernels->pack_weights_transposed(&op->shape, parameters + op->weights, packed + op->packed_transposed);
  }
}
