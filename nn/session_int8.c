/* Runs a model's steps in int8: bytes from the picture to the logits. */
#include "int8_layers.h"

#define VALUE uint8_t
#define VIEW nn_byte_view
#define FILL_BORDER nn_int8_fill_border
#include "session_body.h"

static void run_convolution(const run *r, const nn_step *step, float *logits) {
  const nn_int8_kernels *kernels = r->model->level->int8;
  const conv_views views = views_of_convolution(r, step);
  if (nn_step_gives_logits(r->model, step)) {
    const int classes = step->shape.out_channels;
    const nn_view out = {logits, 1, 1, classes, classes, classes};
    kernels->conv_to_floats(&step->int8, r->batch, &views.in, &out);
  } else {
    kernels->conv(&step->int8, r->batch, &views.in, step->second != NN_NO_TENSOR ? &views.second : NULL, &views.out);
  }
}

static void run_step(const run *r, const nn_step *step, float *logits) {
  const nn_byte_view in = view_of(r, step->input);
  const int zero = r->model->tensors[step->input].scale.zero;
  if (step->type == NN_STEP_CONVOLUTION) {
    run_convolution(r, step, logits);
    return;
  }
  const nn_byte_view out = view_to_write(r, step->output);
  if (step->type == NN_STEP_RELU) {
    nn_int8_relu(r->batch, &in, zero, &out);
  } else if (step->type == NN_STEP_MAX_POOL) {
    nn_int8_max_pool(&step->shape, r->batch, &in, &out);
  } else if (step->type == NN_STEP_AVERAGE_POOL) {
    nn_int8_average_pool(&step->int8, r->batch, &in, zero, step->input_multiplier, &out);
  } else {
    const nn_byte_view second = view_of(r, step->second);
    nn_int8_add(&step->int8, r->batch, &in, zero, step->input_multiplier, &second, &out);
  }
}

void nn_session_run_int8(const nn_model *model, uint8_t *memory, size_t block, const uint8_t *pictures, size_t batch,
                         float *logits) {
  const run r = {model, memory, block, batch};
  const nn_byte_view picture = view_to_write(&r, 0);
  nn_int8_take_pictures(pictures, batch, &picture);
  for (size_t s = 0; s < model->step_count; s++) run_step(&r, &model->steps[s], logits);
  if (model->step_count > 0 && nn_step_gives_logits(model, &model->steps[model->step_count - 1])) return;
  const nn_byte_view result = view_of(&r, model->output);
  nn_int8_give_values(batch, &result, model->tensors[model->output].scale, logits);
}
