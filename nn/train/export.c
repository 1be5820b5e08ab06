/* The trainer's layers as those of the model file: a convolution or fully connected layer takes the batch norm behind
 * it into its weights, dropout vanishes, a ReLU inside batch norm or addition becomes a layer of its own (nn fuses it
 * again). */
#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model_write.h"
#include "layers.h"

typedef struct builder {
  const train_network *network;
  const train_state *state;
  nn_layer_spec *layers;
  size_t count;
  int *tensors;  /* of the trainer's tensors, the model's */
  float *folded; /* all weights and biases of the model */
  size_t used;
} builder;

static int add_layer(builder *b, nn_layer_spec layer) {
  b->layers[b->count++] = layer;
  return (int)b->count;
}

static int add_relu(builder *b, int input) {
  return add_layer(b, (nn_layer_spec){.type = NN_LAYER_RELU, .input = input});
}

/* The batch norm that alone reads this convolution or fully connected layer, or NULL. */
static const train_op *norm_behind(const train_network *network, const train_op *op) {
  const train_op *found = NULL;
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *other = &network->ops[i];
    const int reads = other->input == op->output || (other->spec.layer == TRAIN_ADD && other->second == op->output);
    if (!reads) continue;
    if (found || other->spec.layer != TRAIN_BATCH_NORM) return NULL;
    found = other;
  }
  return found;
}

/* weights and biases times gamma / s, plus beta - mean gamma / s. */
static void fold(builder *b, const train_op *op, const train_op *norm, float *weights, float *bias) {
  const float *parameters = b->state->average;
  const size_t outputs = (size_t)op->shape.out_channels, filter = op->weight_count / outputs;
  for (size_t o = 0; o < outputs; o++) {
    double factor = 1.0, offset = 0.0;
    if (norm) {
      const float *mean = b->state->statistics + norm->statistics, *variance = mean + outputs;
      factor = parameters[norm->weights + o] / sqrt((double)variance[o] + (double)TRAIN_BATCH_NORM_EPSILON);
      offset = parameters[norm->bias + o] - mean[o] * factor;
    }
    for (size_t k = 0; k < filter; k++)
      weights[o * filter + k] = (float)(parameters[op->weights + o * filter + k] * factor);
    bias[o] = (float)((op->bias_count ? parameters[op->bias + o] * factor : 0.0) + offset);
  }
}

static int add_product(builder *b, const train_op *op, const train_op *norm) {
  float *weights = b->folded + b->used, *bias = weights + op->weight_count;
  b->used += op->weight_count + (size_t)op->shape.out_channels;
  fold(b, op, norm, weights, bias);
  nn_layer_spec layer = {
      .input = b->tensors[op->input], .outputs = op->shape.out_channels, .weights = weights, .bias = bias};
  if (op->spec.layer == TRAIN_FULLY_CONNECTED) {
    layer.type = NN_LAYER_FULLY_CONNECTED;
  } else {
    layer.type = NN_LAYER_CONVOLUTION;
    layer.kernel_height = layer.kernel_width = op->spec.kernel;
    layer.stride = op->spec.stride;
    layer.padding = op->spec.padding;
  }
  return add_layer(b, layer);
}

static int add_pool(builder *b, const train_op *op, nn_layer_type type) {
  return add_layer(b, (nn_layer_spec){.type = type,
                                      .input = b->tensors[op->input],
                                      .kernel_height = op->spec.kernel,
                                      .kernel_width = op->spec.kernel,
                                      .stride = op->spec.stride});
}

static int is_product(train_layer layer) {
  return layer == TRAIN_CONVOLUTION || layer == TRAIN_FULLY_CONNECTED;
}

/* The model's tensor that holds what `op` makes. */
static int add_op(builder *b, const train_op *op, size_t index, int *tensor, train_error *error) {
  const train_op *norm;
  const int input = b->tensors[op->input];
  switch (op->spec.layer) {
  case TRAIN_CONVOLUTION:
  case TRAIN_FULLY_CONNECTED: *tensor = add_product(b, op, norm_behind(b->network, op)); return TRAIN_OK;
  case TRAIN_MAX_POOL: *tensor = add_pool(b, op, NN_LAYER_MAX_POOL); return TRAIN_OK;
  case TRAIN_AVERAGE_POOL: *tensor = add_pool(b, op, NN_LAYER_AVERAGE_POOL); return TRAIN_OK;
  case TRAIN_RELU: *tensor = add_relu(b, input); return TRAIN_OK;
  case TRAIN_DROPOUT: *tensor = input; return TRAIN_OK;
  case TRAIN_ADD:
    *tensor =
        add_layer(b, (nn_layer_spec){.type = NN_LAYER_ADD, .input = input, .second_input = b->tensors[op->second]});
    if (op->spec.relu) *tensor = add_relu(b, *tensor);
    return TRAIN_OK;
  case TRAIN_BATCH_NORM:
    norm = op->input ? norm_behind(b->network, &b->network->ops[op->input - 1]) : NULL;
    if (norm != op || !is_product(b->network->ops[op->input - 1].spec.layer))
      return train_fail(error, TRAIN_ERR_ARGUMENT,
                        "layer %zu: batch norm can be exported only behind a convolution or fully connected layer",
                        index);
    *tensor = op->spec.relu ? add_relu(b, input) : input;
    return TRAIN_OK;
  }
  return TRAIN_OK;
}

static int build(builder *b, train_error *error) {
  b->tensors[0] = 0;
  for (size_t i = 0; i < b->network->op_count; i++) {
    const int status = add_op(b, &b->network->ops[i], i, &b->tensors[i + 1], error);
    if (status) return status;
  }
  add_layer(b, (nn_layer_spec){.type = NN_LAYER_SOFTMAX, .input = b->tensors[b->network->op_count]});
  return TRAIN_OK;
}

int train_export_write(train_trainer *trainer, const train_export *options, const char *path, train_error *error) {
  const train_network *network = train_trainer_network(trainer);
  const train_config *config = train_trainer_config(trainer);
  const train_tensor *input = &network->tensors[0];
  nn_error nn_failure = {0};
  size_t floats = network->parameter_count;
  for (size_t i = 0; i < network->op_count; i++) floats += (size_t)network->ops[i].shape.out_channels;
  builder b = {.network = network, .state = train_trainer_state(trainer)};
  b.layers = calloc(2 * network->op_count + 1, sizeof *b.layers);
  b.tensors = calloc(network->op_count + 1, sizeof *b.tensors);
  b.folded = calloc(floats, sizeof *b.folded);
  int status = b.layers && b.tensors && b.folded ? build(&b, error) : train_fail_memory(error);
  if (!status) {
    const nn_model_spec spec = {.height = input->height,
                                .width = input->width,
                                .channels = input->channels,
                                .mean = config->mean,
                                .scale = config->scale,
                                .temperature = options->temperature,
                                .classes = (size_t)network->classes,
                                .class_names = options->class_names,
                                .training_record = options->training_record,
                                .layers = b.layers,
                                .layer_count = b.count};
    if (nn_model_write_file(&spec, path, &nn_failure))
      status = train_fail(error, TRAIN_ERR_IO, "%s", nn_failure.message);
  }
  free(b.layers);
  free(b.tensors);
  free(b.folded);
  return status;
}

static int compare(const float *own, const float *written, size_t count, double *difference) {
  double largest = 1.0, worst = 0.0;
  for (size_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs((double)own[i]));
    worst = fmax(worst, fabs((double)own[i] - (double)written[i]));
    if (!isfinite(own[i]) || !isfinite(written[i])) worst = INFINITY;
  }
  *difference = worst / largest;
  return *difference <= TRAIN_EXPORT_TOLERANCE;
}

int train_export_verify(train_trainer *trainer, const char *path, const uint8_t *pixels, size_t count,
                        double *difference, train_error *error) {
  const size_t classes = (size_t)train_trainer_network(trainer)->classes;
  nn_model *model = NULL;
  nn_session *session = NULL;
  nn_error failure = {0};
  float *own = calloc(count * classes + 1, sizeof *own), *written = calloc(count * classes + 1, sizeof *written);
  int status = TRAIN_OK;
  if (!own || !written)
    status = train_fail_memory(error);
  else if (nn_model_open_as(&model, path, NN_PRECISION_FP32, &failure) ||
           nn_session_open(&session, model, 64, &failure))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "the written model cannot be used: %s", failure.message);
  if (!status) {
    train_trainer_predict(trainer, pixels, count, own);
    if (nn_session_run(session, pixels, count, written))
      status = train_fail(error, TRAIN_ERR_INTERNAL, "%s: the written model does not run", path);
    else if (!compare(own, written, count * classes, difference))
      status = train_fail(error, TRAIN_ERR_INTERNAL,
                          "%s: the written model's logits differ from the trainer's by %g of "
                          "the largest logit (%g are tolerated)",
                          path, *difference, TRAIN_EXPORT_TOLERANCE);
  }
  nn_session_close(&session);
  nn_model_close(&model);
  free(own);
  free(written);
  return status;
}
