/* From layers to steps: bias, residual add and relu go into the convolution before them where no one else reads what
 * lies between; weights are packed for the CPU's kernels; tensors share memory when they are not alive at the same time
 * (first fit in the order of steps). */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "pairs.h"

typedef struct plan {
  nn_model *model;
  const nn_layer *layers;
  size_t layer_count;
  int *readers;  /* of each tensor */
  int *producer; /* step of each tensor; -1 for the picture */
} plan;

static nn_shape shape_of(const plan *p, int tensor) {
  return p->model->tensors[tensor].shape;
}

static nn_step *add_step(plan *p, nn_step_type type, const nn_layer *layer, int output) {
  nn_step *step = &p->model->steps[p->model->step_count];
  *step = (nn_step){.type = type,
                    .input = layer->input,
                    .second = NN_NO_TENSOR,
                    .output = output,
                    .shape = {layer->kernel_height, layer->kernel_width, layer->stride, layer->padding,
                              shape_of(p, layer->input).channels, shape_of(p, output).channels}};
  p->producer[output] = (int)p->model->step_count++;
  return step;
}

/* The step that makes `tensor`, if it may be changed to make something else instead. */
static nn_step *open_producer(const plan *p, int tensor) {
  if (p->producer[tensor] < 0 || p->readers[tensor] != 1) return NULL;
  nn_step *step = &p->model->steps[p->producer[tensor]];
  return step->relu ? NULL : step;
}

static void redirect(plan *p, nn_step *step, int output) {
  p->producer[output] = p->producer[step->output];
  step->output = output;
}

static void plan_relu(plan *p, const nn_layer *layer, int output) {
  nn_step *before = open_producer(p, layer->input);
  if (before && (before->type == NN_STEP_CONVOLUTION || before->type == NN_STEP_ADD)) {
    before->relu = 1;
    redirect(p, before, output);
  } else {
    add_step(p, NN_STEP_RELU, layer, output);
  }
}

/* The sum goes into the later of the two producers, when the other operand is there before it runs. */
static int fuse_add(plan *p, int operand, int other, int output) {
  nn_step *before = open_producer(p, operand);
  if (!before || before->type != NN_STEP_CONVOLUTION || before->second != NN_NO_TENSOR) return 0;
  if (p->producer[other] >= p->producer[operand]) return 0;
  before->second = other;
  redirect(p, before, output);
  return 1;
}

static void plan_add(plan *p, const nn_layer *layer, int output) {
  if (fuse_add(p, layer->input, layer->second_input, output)) return;
  if (fuse_add(p, layer->second_input, layer->input, output)) return;
  add_step(p, NN_STEP_ADD, layer, output)->second = layer->second_input;
}

static void plan_fully_connected(plan *p, const nn_layer *layer, int output) {
  const nn_shape in = shape_of(p, layer->input);
  nn_step *step = add_step(p, NN_STEP_CONVOLUTION, layer, output);
  step->shape.kernel_height = in.height;
  step->shape.kernel_width = in.width;
  step->shape.stride = 1;
}

static void plan_layer(plan *p, const nn_layer *layer, int output) {
  switch (layer->type) {
  case NN_LAYER_CONVOLUTION: add_step(p, NN_STEP_CONVOLUTION, layer, output); break;
  case NN_LAYER_RELU: plan_relu(p, layer, output); break;
  case NN_LAYER_MAX_POOL: add_step(p, NN_STEP_MAX_POOL, layer, output); break;
  case NN_LAYER_AVERAGE_POOL: add_step(p, NN_STEP_AVERAGE_POOL, layer, output); break;
  case NN_LAYER_ADD: plan_add(p, layer, output); break;
  case NN_LAYER_FULLY_CONNECTED: plan_fully_connected(p, layer, output); break;
  case NN_LAYER_SOFTMAX: /* nn_session_run stops before it */ break;
  }
}

static void count_readers(plan *p) {
  for (size_t i = 0; i < p->layer_count; i++) {
    p->readers[p->layers[i].input]++;
    if (p->layers[i].type == NN_LAYER_ADD) p->readers[p->layers[i].second_input]++;
  }
}

/* ---- weights ----------------------------------------------------------------------------------------------------- */

static size_t aligned_floats(size_t count) {
  return (count + 15) / 16 * 16;
}

static size_t packed_floats(const nn_kernels *kernels, const nn_step *step) {
  return aligned_floats(step->is_winograd ? kernels->winograd_size(&step->shape) : kernels->packed_size(&step->shape));
}

/* A convolution step's weights come before its bias; both start at a multiple of 64 bytes. */
static size_t parameter_floats(const nn_kernels *kernels, const nn_step *step) {
  return packed_floats(kernels, step) + aligned_floats((size_t)step->shape.out_channels);
}

nn_step *nn_plan_product(nn_step *step) {
  while (step->type != NN_STEP_CONVOLUTION) step++;
  return step;
}

size_t nn_plan_largest_weights(const nn_model *model) {
  size_t largest = 1;
  for (size_t s = 0; s < model->step_count; s++) {
    const nn_conv_shape *shape = &model->steps[s].shape;
    const size_t count = (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->in_channels *
                         (size_t)shape->out_channels;
    if (model->steps[s].type == NN_STEP_CONVOLUTION && largest < count) largest = count;
  }
  return largest;
}

static int pack_parameters(nn_model *model, const nn_model_content *content, nn_error *error) {
  const nn_kernels *kernels = model->level->kernels;
  const float *weights = content->weights;
  nn_step *step = model->steps;
  size_t total = NN_SLACK;
  for (size_t s = 0; s < model->step_count; s++)
    if (model->steps[s].type == NN_STEP_CONVOLUTION) total += parameter_floats(kernels, &model->steps[s]);
  total = aligned_floats(total);
  float *next = aligned_alloc(64, total * sizeof(float));
  float *pairs = malloc(nn_plan_largest_weights(model) * sizeof *pairs);
  model->parameters = next;
  if (!next || !pairs) {
    free(pairs);
    return nn_error_memory(error);
  }
  memset(next, 0, total * sizeof(float));
  for (size_t i = 0; i < content->spec.layer_count; i++) {
    const nn_layer *layer = &content->layers[i];
    if (layer->weight_count == 0) continue;
    step = nn_plan_product(step);
    float *bias = next + packed_floats(kernels, step);
    if (step->is_paired) nn_pairs_weights(step, weights, sizeof *pairs, pairs);
    (step->is_winograd ? kernels->winograd_pack : kernels->pack_weights)(&step->shape,
                                                                         step->is_paired ? pairs : weights, next);
    for (int o = 0; o < step->shape.out_channels; o++)
      bias[o] = weights[layer->weight_count + (size_t)o % layer->bias_count];
    step->packed = next;
    step->bias = bias;
    next += parameter_floats(kernels, step);
    weights += layer->weight_count + layer->bias_count;
    step++;
  }
  free(pairs);
  return NN_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void note_reader(nn_tensor *tensor, int step) {
  if (tensor->last_step < step) tensor->last_step = step;
}

/* Lifetimes and borders. The logits live on after the last step, and the picture is there before the first. */
static void describe_tensors(nn_model *model) {
  for (size_t t = 0; t < model->tensor_count; t++) {
    model->tensors[t].first_step = (int)model->step_count;
    model->tensors[t].last_step = -1;
  }
  model->tensors[0].first_step = -1;
  for (int s = 0; s < (int)model->step_count; s++) {
    const nn_step *step = &model->steps[s];
    nn_tensor *input = &model->tensors[step->input];
    model->tensors[step->output].first_step = s;
    note_reader(input, s);
    if (step->second != NN_NO_TENSOR) note_reader(&model->tensors[step->second], s);
    if (step->with_pool) note_reader(input, s + 1);
    if (step->type == NN_STEP_CONVOLUTION && input->border < step->shape.padding) input->border = step->shape.padding;
  }
  model->tensors[model->output].last_step = (int)model->step_count;
  for (size_t t = 0; t < model->tensor_count; t++) {
    nn_tensor *tensor = &model->tensors[t];
    tensor->row_stride = (ptrdiff_t)(tensor->shape.width + 2 * tensor->border) * tensor->shape.channels;
    tensor->picture_stride =
        (ptrdiff_t)aligned_floats((size_t)tensor->row_stride * (size_t)(tensor->shape.height + 2 * tensor->border));
  }
}

static int conflict(const nn_tensor *a, const nn_tensor *b, size_t offset) {
  return a->first_step <= b->last_step && b->first_step <= a->last_step &&
         offset < b->offset + (size_t)b->picture_stride && b->offset < offset + (size_t)a->picture_stride;
}

/* Moves up past every placed tensor that is in the way until none is. */
static size_t first_fit(const nn_model *model, const size_t *placed, size_t placed_count, const nn_tensor *tensor) {
  size_t offset = 0;
  for (size_t i = 0; i < placed_count; i++) {
    const nn_tensor *other = &model->tensors[placed[i]];
    if (!conflict(tensor, other, offset)) continue;
    offset = other->offset + (size_t)other->picture_stride;
    i = (size_t)-1;
  }
  return offset;
}

static void place_tensors(nn_model *model, size_t *placed) {
  size_t placed_count = 0;
  for (size_t t = 0; t < model->tensor_count; t++) {
    nn_tensor *tensor = &model->tensors[t];
    if (tensor->first_step > tensor->last_step) continue;
    tensor->offset = first_fit(model, placed, placed_count, tensor);
    placed[placed_count++] = t;
    if (model->picture_values < tensor->offset + (size_t)tensor->picture_stride)
      model->picture_values = tensor->offset + (size_t)tensor->picture_stride;
  }
}

/* Whether the step after `s` is a max pool of 2x2 that alone reads what `s` makes. */
static int pools_next(const nn_model *model, size_t s) {
  const int made = model->steps[s].output;
  if (s + 1 == model->step_count) return 0;
  const nn_step *next = &model->steps[s + 1];
  const nn_conv_shape *pool = &next->shape;
  for (size_t i = s + 2; i < model->step_count; i++)
    if (model->steps[i].input == made || model->steps[i].second == made) return 0;
  return next->type == NN_STEP_MAX_POOL && next->input == made && pool->kernel_height == 2 && pool->kernel_width == 2 &&
         pool->stride == 2 && pool->padding == 0;
}

/* How each convolution is done. */
static void choose_methods(nn_model *model) {
  const nn_kernels *kernels = model->level->kernels;
  for (size_t s = 0; s < model->step_count; s++) {
    nn_step *step = &model->steps[s];
    const nn_shape out = model->tensors[step->output].shape;
    if (step->type != NN_STEP_CONVOLUTION) continue;
    step->is_winograd =
        !model->is_int8 && kernels->winograd_pays && kernels->winograd_pays(&step->shape, out.height, out.width);
    step->with_pool = !model->is_int8 && kernels->conv_pool_pays && step->second == NN_NO_TENSOR &&
                      kernels->conv_pool_pays(&step->shape, out.width) && pools_next(model, s);
    if (step->is_winograd || step->with_pool) continue;
    nn_pairs_choose(step, out.width, model->is_int8 ? model->level->int8->lanes : model->level->kernels->lanes,
                    model->is_int8 ? model->level->int8->group : 1);
  }
}

static uint64_t multiply_adds(const nn_layer *layers, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += (uint64_t)layers[i].weight_count * (uint64_t)layers[i].shape.height * (uint64_t)layers[i].shape.width;
  return sum;
}

int nn_plan_make(nn_model *model, const nn_model_content *content, nn_error *error) {
  const nn_layer *layers = content->layers;
  const size_t layer_count = content->spec.layer_count;
  const nn_shape picture = {model->info.height, model->info.width, model->info.channels};
  const int last = (int)layer_count - 1;
  int status = NN_ERR_MEMORY;
  plan p = {.model = model, .layers = layers, .layer_count = layer_count};
  size_t *placed = calloc(layer_count + 1, sizeof *placed);
  p.readers = calloc(layer_count + 1, sizeof *p.readers);
  p.producer = calloc(layer_count + 1, sizeof *p.producer);
  model->tensors = calloc(layer_count + 1, sizeof *model->tensors);
  model->steps = calloc(layer_count, sizeof *model->steps);
  model->tensor_count = layer_count + 1;
  if (!placed || !p.readers || !p.producer || !model->tensors || !model->steps) {
    nn_error_memory(error);
    goto done;
  }
  for (int t = 0; t <= (int)layer_count; t++) model->tensors[t].shape = nn_graph_tensor(picture, layers, t);
  p.producer[0] = -1;
  count_readers(&p);
  for (size_t i = 0; i < layer_count; i++) plan_layer(&p, &layers[i], (int)i + 1);
  model->output = layers[last].type == NN_LAYER_SOFTMAX ? layers[last].input : last + 1;
  model->info.multiply_adds = multiply_adds(layers, layer_count);
  choose_methods(model);
  describe_tensors(model);
  place_tensors(model, placed);
  status = model->is_int8 ? nn_plan_pack_int8(model, content, error) : pack_parameters(model, content, error);
done:
  free(placed);
  free(p.readers);
  free(p.producer);
  return status;
}
