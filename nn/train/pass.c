/* One thread's way through the network: each layer over the whole shard before the next. Convolutions go through the
 * inference module's kernels, fully connected layers through OpenBLAS (single-threaded: the shards are the threads). */
#include "pass.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"

struct train_workspace {
  const train_network *network;
  float *values, *gradients; /* all tensors; the values' borders stay zero */
  float *zeros;              /* bias of convolutions that have none */
  double *scratch;           /* for batch norm: 4 x channels */
};

static int most_channels(const train_network *network) {
  int most = 0;
  for (size_t t = 0; t <= network->op_count; t++)
    if (network->tensors[t].channels > most) most = network->tensors[t].channels;
  return most;
}

static void *allocate_zeroed(size_t count, size_t size) {
  void *memory = NULL;
  if (count > SIZE_MAX / size || posix_memalign(&memory, 64, count * size)) return NULL;
  return memset(memory, 0, count * size);
}

int train_workspace_open(train_workspace **out, const train_network *network, train_error *error) {
  *out = NULL;
  train_workspace *w = calloc(1, sizeof *w);
  if (!w) return train_fail_memory(error);
  const size_t channels = (size_t)most_channels(network);
  w->network = network;
  w->values = allocate_zeroed(network->value_size, sizeof(float));
  w->gradients = allocate_zeroed(network->gradient_size, sizeof(float));
  w->zeros = allocate_zeroed(channels + NN_SLACK, sizeof(float));
  w->scratch = allocate_zeroed(4 * channels, sizeof(double));
  if (!w->values || !w->gradients || !w->zeros || !w->scratch) {
    train_workspace_close(&w);
    return train_fail_memory(error);
  }
  *out = w;
  return TRAIN_OK;
}

void train_workspace_close(train_workspace **workspace) {
  if (!workspace || !*workspace) return;
  free((*workspace)->values);
  free((*workspace)->gradients);
  free((*workspace)->zeros);
  free((*workspace)->scratch);
  free(*workspace);
  *workspace = NULL;
}

static nn_view make_view(float *memory, const train_tensor *t, const train_layout *layout) {
  return (nn_view){.data = memory + layout->offset + layout->border * (layout->row_stride + t->channels),
                   .height = t->height,
                   .width = t->width,
                   .channels = t->channels,
                   .row_stride = layout->row_stride,
                   .picture_stride = layout->picture_stride};
}

static nn_view value_view(const train_workspace *w, int tensor) {
  const train_tensor *t = &w->network->tensors[tensor];
  return make_view(w->values, t, &t->value);
}

static nn_view gradient_view(const train_workspace *w, int tensor) {
  const train_tensor *t = &w->network->tensors[tensor];
  return make_view(w->gradients, t, &t->gradient);
}

float *train_workspace_input(train_workspace *workspace, size_t picture, ptrdiff_t *row_stride) {
  const nn_view view = value_view(workspace, 0);
  *row_stride = view.row_stride;
  return view.data + (ptrdiff_t)picture * view.picture_stride;
}

static int last_tensor(const train_workspace *w) {
  return (int)w->network->op_count;
}

float *train_workspace_loss_gradient(train_workspace *workspace, size_t picture) {
  const nn_view view = gradient_view(workspace, last_tensor(workspace));
  return view.data + (ptrdiff_t)picture * view.picture_stride;
}

static void fully_connected_forward(const train_op *op, const train_pass *pass, const nn_view *in, const nn_view *out) {
  const int inputs = op->shape.in_channels, outputs = op->shape.out_channels;
  for (size_t n = 0; n < pass->batch; n++)
    memcpy(out->data + (ptrdiff_t)n * out->picture_stride, pass->parameters + op->bias,
           (size_t)outputs * sizeof(float));
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)pass->batch, outputs, inputs, 1.0f, in->data,
              (int)in->picture_stride, pass->parameters + op->weights, inputs, 1.0f, out->data,
              (int)out->picture_stride);
}

static void fully_connected_backward(const train_op *op, const train_pass *pass, const nn_view *in,
                                     const nn_view *grad_out, const nn_view *grad_in, float *gradients) {
  const int inputs = op->shape.in_channels, outputs = op->shape.out_channels, batch = (int)pass->batch;
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, outputs, inputs, batch, 1.0f, grad_out->data,
              (int)grad_out->picture_stride, in->data, (int)in->picture_stride, 1.0f, gradients + op->weights, inputs);
  for (int n = 0; n < batch; n++)
    for (int c = 0; c < outputs; c++)
      gradients[op->bias + (size_t)c] += grad_out->data[n * grad_out->picture_stride + c];
  if (!grad_in) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, inputs, outputs, 1.0f, grad_out->data,
              (int)grad_out->picture_stride, pass->parameters + op->weights, inputs, op->adds[0] ? 1.0f : 0.0f,
              grad_in->data, (int)grad_in->picture_stride);
}

static void dropout(const train_workspace *w, const train_op *op, const train_pass *pass, const nn_view *from, int add,
                    const nn_view *to) {
  const uint32_t purpose = TRAIN_PURPOSE_DROPOUT + (uint32_t)(op - w->network->ops);
  for (size_t n = 0; n < pass->batch; n++) {
    train_random random;
    train_random_start(&random, pass->seed, purpose, pass->epoch, pass->dropout ? pass->pictures[n] : 0);
    train_dropout(from, n, pass->dropout ? op->spec.rate : 0.0f, random, add, to);
  }
}

static void batch_norm_forward(const train_workspace *w, const train_op *op, const train_pass *pass, const nn_view *in,
                               const nn_view *out) {
  float *mean = pass->statistics + op->statistics, *variance = mean + in->channels;
  if (pass->shard_statistics) train_batch_statistics(in, pass->batch, mean, variance, w->scratch);
  train_batch_norm_forward(in, pass->batch, mean, variance, pass->parameters + op->weights, pass->parameters + op->bias,
                           op->spec.relu, out, w->scratch);
}

static void forward_op(const train_workspace *w, const train_op *op, const train_pass *pass) {
  const train_spec *s = &op->spec;
  const nn_view in = value_view(w, op->input), second = value_view(w, op->second), out = value_view(w, op->output);
  switch (s->layer) {
  case TRAIN_CONVOLUTION:
    w->network->kernels->conv_forward(&op->shape, pass->batch, &in, pass->packed + op->packed,
                                      op->bias_count ? pass->parameters + op->bias : w->zeros, NULL, 0, &out);
    break;
  case TRAIN_BATCH_NORM: batch_norm_forward(w, op, pass, &in, &out); break;
  case TRAIN_RELU: train_relu_forward(&in, pass->batch, &out); break;
  case TRAIN_MAX_POOL: train_max_pool_forward(&in, pass->batch, s->kernel, s->stride, &out); break;
  case TRAIN_AVERAGE_POOL: train_average_pool_forward(&in, pass->batch, s->kernel, s->stride, &out); break;
  case TRAIN_ADD: train_add_forward(&in, &second, pass->batch, s->relu, &out); break;
  case TRAIN_FULLY_CONNECTED: fully_connected_forward(op, pass, &in, &out); break;
  case TRAIN_DROPOUT: dropout(w, op, pass, &in, 0, &out); break;
  }
}

const float *train_forward(train_workspace *workspace, const train_pass *pass, ptrdiff_t *stride) {
  for (size_t i = 0; i < workspace->network->op_count; i++) forward_op(workspace, &workspace->network->ops[i], pass);
  const nn_view view = value_view(workspace, last_tensor(workspace));
  *stride = view.picture_stride;
  return view.data;
}

static void convolution_backward(const train_workspace *w, const train_op *op, const train_pass *pass,
                                 const nn_view *in, const nn_view *grad_out, const nn_view *grad_in, float *gradients) {
  const nn_kernels *kernels = w->network->kernels;
  kernels->conv_grad_weights(&op->shape, pass->batch, in, grad_out, gradients + op->weights,
                             op->bias_count ? gradients + op->bias : NULL);
  if (!grad_in) return;
  if (!op->adds[0]) train_view_clear(grad_in, pass->batch, w->network->tensors[op->input].gradient.border);
  kernels->conv_grad_input(&op->shape, pass->batch, grad_out, pass->packed + op->packed_transposed, grad_in);
}

/* grad_in is NULL where the input is the picture, whose gradient nobody needs. */
static void backward_op(const train_workspace *w, const train_op *op, const train_pass *pass, float *gradients) {
  const train_spec *s = &op->spec;
  const nn_view in = value_view(w, op->input), out = value_view(w, op->output), grad_out = gradient_view(w, op->output);
  const nn_view grad = gradient_view(w, op->input), grad_second = gradient_view(w, op->second);
  const nn_view *grad_in = op->input ? &grad : NULL;
  const float *statistics = pass->statistics + op->statistics;
  switch (s->layer) {
  case TRAIN_CONVOLUTION: convolution_backward(w, op, pass, &in, &grad_out, grad_in, gradients); return;
  case TRAIN_FULLY_CONNECTED: fully_connected_backward(op, pass, &in, &grad_out, grad_in, gradients); return;
  case TRAIN_BATCH_NORM:
    train_batch_norm_backward(&in, &out, &grad_out, pass->batch, statistics, statistics + in.channels,
                              pass->parameters + op->weights, s->relu, op->adds[0], &grad, gradients + op->weights,
                              gradients + op->bias, w->scratch);
    return;
  case TRAIN_RELU: train_add_backward(&out, &grad_out, pass->batch, 1, op->adds[0], &grad); return;
  case TRAIN_DROPOUT: dropout(w, op, pass, &grad_out, op->adds[0], &grad); return;
  case TRAIN_MAX_POOL:
    train_max_pool_backward(&in, &out, &grad_out, pass->batch, s->kernel, s->stride, op->adds[0], &grad);
    return;
  case TRAIN_AVERAGE_POOL:
    train_average_pool_backward(&grad_out, pass->batch, s->kernel, s->stride, op->adds[0], &grad);
    return;
  case TRAIN_ADD:
    train_add_backward(&out, &grad_out, pass->batch, s->relu, op->adds[0], &grad);
    train_add_backward(&out, &grad_out, pass->batch, s->relu, op->adds[1], &grad_second);
    return;
  }
}

void train_backward(train_workspace *workspace, const train_pass *pass, float *gradients) {
  for (size_t i = workspace->network->op_count; i-- > 0;)
    backward_op(workspace, &workspace->network->ops[i], pass, gradients);
}
