/* The int8 part of a plan: the tensors' scales, and weights rounded to integers and packed for the CPU's kernels. All
 * of it follows from the model file in exactly rounded steps, so that it is the same on every machine. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "int8_layers.h"
#include "pairs.h"

/* What only takes values over cannot change their scale. */
static int check_scales(const nn_model *model, nn_error *error) {
  for (size_t s = 0; s < model->step_count; s++) {
    const nn_step *step = &model->steps[s];
    const nn_tensor_scale in = model->tensors[step->input].scale, out = model->tensors[step->output].scale;
    if (step->type != NN_STEP_RELU && step->type != NN_STEP_MAX_POOL) continue;
    if (in.scale < out.scale || in.scale > out.scale || in.zero != out.zero)
      return nn_error_set(error, NN_ERR_FORMAT,
                          "the model file's int8 part has different scales before and behind a relu or max pool "
                          "(tensors %d and %d)",
                          step->input, step->output);
  }
  return NN_OK;
}

static void set_scales(const nn_model *model, nn_step *step) {
  const nn_tensor_scale in = model->tensors[step->input].scale, out = model->tensors[step->output].scale;
  nn_int8_conv *conv = &step->int8;
  conv->shape = step->shape;
  conv->zero = out.zero;
  conv->lowest = step->relu ? out.zero : 0;
  step->input_multiplier = (float)((double)in.scale / (double)out.scale);
  if (step->second == NN_NO_TENSOR) return;
  const nn_tensor_scale second = model->tensors[step->second].scale;
  conv->residual_zero = second.zero;
  conv->residual_multiplier = (float)((double)second.scale / (double)out.scale);
}

static size_t align(size_t bytes) {
  return (bytes + NN_INT8_LANES - 1) / NN_INT8_LANES * NN_INT8_LANES;
}

static size_t padded_channels(const nn_step *step) {
  return align((size_t)step->shape.out_channels);
}

/* Packed weights, biases, multipliers. */
static size_t parameter_bytes(const nn_int8_kernels *kernels, const nn_step *step) {
  return align(kernels->packed_size(&step->shape)) + padded_channels(step) * (sizeof(int32_t) + sizeof(float));
}

/* Rounds and packs one layer. to: parameter_bytes of zeros; integers and pairs: room for a layer's weights each. */
static void pack_step(const nn_model *model, nn_step *step, const nn_layer *layer, const float *weights,
                      const nn_output_scale *outputs, int8_t *integers, int8_t *pairs, int8_t *to) {
  const nn_int8_kernels *kernels = model->level->int8;
  const size_t filter = layer->weight_count / layer->bias_count;
  const double in = (double)model->tensors[step->input].scale.scale;
  const double out = nn_step_gives_logits(model, step) ? 1 : (double)model->tensors[step->output].scale.scale;
  int32_t *bias = (int32_t *)(to + align(kernels->packed_size(&step->shape)));
  float *multiplier = (float *)(bias + padded_channels(step));
  for (size_t o = 0; o < layer->bias_count; o++)
    nn_int8_round_weights(weights + o * filter, filter, outputs[o].scale, integers + o * filter);
  for (size_t c = 0; c < (size_t)step->shape.out_channels; c++) {
    const nn_output_scale *output = &outputs[c % layer->bias_count];
    bias[c] = output->bias;
    multiplier[c] = (float)(in * (double)output->scale / out);
  }
  if (step->is_paired) nn_pairs_weights(step, integers, 1, pairs);
  kernels->pack_weights(&step->shape, step->is_paired ? pairs : integers, to);
  step->int8.packed = to;
  step->int8.bias = bias;
  step->int8.multiplier = multiplier;
}

int nn_plan_pack_int8(nn_model *model, const nn_model_content *content, nn_error *error) {
  const float *weights = content->weights;
  const nn_output_scale *outputs = content->spec.int8->outputs;
  nn_step *step = model->steps;
  const size_t largest = nn_plan_largest_weights(model);
  size_t total = NN_INT8_LANES;
  for (size_t t = 0; t < model->tensor_count; t++) model->tensors[t].scale = content->spec.int8->tensors[t];
  const int status = check_scales(model, error);
  if (status != NN_OK) return status;
  for (size_t s = 0; s < model->step_count; s++) {
    set_scales(model, &model->steps[s]);
    if (model->steps[s].type == NN_STEP_CONVOLUTION) total += parameter_bytes(model->level->int8, &model->steps[s]);
  }
  int8_t *integers = malloc(2 * largest), *next = aligned_alloc(64, align(total));
  model->parameters = next;
  if (!integers || !next) {
    free(integers);
    return nn_error_memory(error);
  }
  memset(next, 0, align(total));
  for (size_t i = 0; i < content->spec.layer_count; i++) {
    const nn_layer *layer = &content->layers[i];
    if (layer->weight_count == 0) continue;
    step = nn_plan_product(step);
    pack_step(model, step, layer, weights, outputs, integers, integers + largest, next);
    next += parameter_bytes(model->level->int8, step);
    weights += layer->weight_count + layer->bias_count;
    outputs += layer->bias_count;
    step++;
  }
  free(integers);
  return NN_OK;
}
