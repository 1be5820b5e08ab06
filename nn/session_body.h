/* Where the tensors of a running session lie, compiled for floats and for bytes. The file that includes it defines VALUE,
 * the type, VIEW, that of the pictures, and FILL_BORDER(batch, border, value, view). */
#include "model.h"

/* Up to a block's pictures on their way through a model. */
typedef struct run {
  const nn_model *model;
  VALUE *memory;
  size_t block, batch;
} run;

static VIEW view_of(const run *r, int index) {
  const nn_tensor *t = &r->model->tensors[index];
  return (VIEW){.data = r->memory + t->offset * r->block + t->border * (t->row_stride + (ptrdiff_t)t->shape.channels),
                .height = t->shape.height,
                .width = t->shape.width,
                .channels = t->shape.channels,
                .row_stride = t->row_stride,
                .picture_stride = t->picture_stride};
}

/* A tensor that is about to be written; others may have lain where its border is. */
static VIEW view_to_write(const run *r, int index) {
  const VIEW view = view_of(r, index);
  const nn_tensor *t = &r->model->tensors[index];
  if (t->border > 0) FILL_BORDER(r->batch, t->border, (VALUE)t->scale.zero, &view);
  return view;
}

/* A convolution of pairs sees its tensors as half as wide, with twice the channels. */
static VIEW pair_view(const nn_step *step, VIEW view) {
  if (!step->is_paired) return view;
  view.width /= 2;
  view.channels *= 2;
  return view;
}

typedef struct conv_views {
  VIEW in, second, out; /* second: of a step that has one */
} conv_views;

static conv_views views_of_convolution(const run *r, const nn_step *step) {
  const int second = step->second != NN_NO_TENSOR ? step->second : step->output;
  const VIEW plain = view_of(r, step->input);
  conv_views views = {.in = pair_view(step, plain),
                      .second = pair_view(step, view_of(r, second)),
                      .out = pair_view(step, view_to_write(r, step->output))};
  views.in.data += step->shape.padding * (views.in.channels - plain.channels); /* padding counts pixels, not pairs */
  return views;
}
