/* Runs a model's steps in int8: bytes from the picture to the logits. */
#include "model.h"

#include "int8_layers.h"

typedef struct run {
  const nn_model *model;
  uint8_t *memory;
  size_t block, batch;
  float *logits;
} run;

static nn_byte_view view_of(const run *r, int index) {
  const nn_tensor *t = &r->model->tensors[index];
  return (nn_byte_view){.data = r->memory + t->offset * r->block +
                                t->border * (t->row_stride + (ptrdiff_t)t->shape.channels),
                        .height = t->shape.height,
                        .width = t->shape.width,
                        .channels = t->shape.channels,
                        .row_stride = t->row_stride,
                        .picture_stride = t->picture_stride};
}

/* A tensor that is about to be written; others may have lain where its border is. */
static nn_byte_view view_to_write(const run *r, int index) {
  const nn_byte_view view = view_of(r, index);
  const nn_tensor *t = &r->model->tensors[index];
  if (t->border > 0) nn_int8_fill_border(r->batch, t->border, t->scale.zero, &view);
  return view;
}

/* A convolution of pairs sees its tensors as half as wide, with twice the channels. */
static nn_byte_view pair_view(const nn_step *step, nn_byte_view view) {
  if (!step->is_paired) return view;
  view.width /= 2;
  view.channels *= 2;
  return view;
}

static void run_convolution(const run *r, const nn_step *step) {
  const nn_int8_kernels *kernels = r->model->level->int8;
  const nn_byte_view plain = view_of(r, step->input);
  nn_byte_view in = pair_view(step, plain);
  in.data += step->shape.padding * (in.channels - plain.channels); /* padding counts pixels, not pairs */
  if (nn_step_gives_logits(r->model, step)) {
    const int classes = step->shape.out_channels;
    const nn_view out = {r->logits, 1, 1, classes, classes, classes};
    kernels->conv_to_floats(&step->int8, r->batch, &in, &out);
  } else {
    const int has_second = step->second != NN_NO_TENSOR;
    const nn_byte_view second = pair_view(step, view_of(r, has_second ? step->second : step->output));
    const nn_byte_view out = pair_view(step, view_to_write(r, step->output));
    kernels->conv(&step->int8, r->batch, &in, has_second ? &second : NULL, &out);
  }
}

static void run_step(const run *r, const nn_step *step) {
  const nn_byte_view in = view_of(r, step->input);
  const int zero = r->model->tensors[step->input].scale.zero;
  if (step->type == NN_STEP_CONVOLUTION) {
    run_convolution(r, step);
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
  const run r = {model, memory, block, batch, logits};
  const nn_byte_view picture = view_to_write(&r, 0);
  nn_int8_take_pictures(pictures, batch, &picture);
  for (size_t s = 0; s < model->step_count; s++) run_step(&r, &model->steps[s]);
  if (model->step_count > 0 && nn_step_gives_logits(model, &model->steps[model->step_count - 1])) return;
  const nn_byte_view result = view_of(&r, model->output);
  nn_int8_give_values(batch, &result, model->tensors[model->output].scale, logits);
}
