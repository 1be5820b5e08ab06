/* Runs a model's steps over pictures. A session's one buffer holds the tensors of as many pictures as stay in the CPU's
 * second cache together; a larger batch goes through in blocks of that size. */
#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "layers.h"

#define VALUE float
#define VIEW nn_view
#define FILL_BORDER nn_layer_fill_border
#include "session_body.h"

/* Half of a cache of 1 MiB; the other half is for the weights. */
enum { BLOCK_BYTES = 512 * 1024 };

struct nn_session {
  const nn_model *model;
  size_t block; /* pictures at a time */
  void *memory; /* floats, or bytes of a model in int8 */
  nn_session_watcher *watcher;
  void *watcher_user;
};

static size_t value_size(const nn_model *model) {
  return model->is_int8 ? 1 : sizeof(float);
}

static size_t choose_block(const nn_model *model, size_t max_batch) {
  const size_t fitting = BLOCK_BYTES / (model->picture_values * value_size(model));
  if (fitting < 1) return 1;
  return fitting < max_batch ? fitting : max_batch;
}

int nn_session_open(nn_session **out, const nn_model *model, size_t max_batch, nn_error *error) {
  assert(out && model);
  *out = NULL;
  if (max_batch < 1) return nn_error_set(error, NN_ERR_ARGUMENT, "a session for 0 pictures, expected at least 1");
  nn_session *session = calloc(1, sizeof *session);
  if (!session) return nn_error_memory(error);
  session->model = model;
  session->block = choose_block(model, max_batch);
  const size_t bytes = ((session->block * model->picture_values + NN_SLACK) * value_size(model) + 63) / 64 * 64;
  session->memory = aligned_alloc(64, bytes);
  if (!session->memory) {
    nn_session_close(&session);
    return nn_error_memory(error);
  }
  memset(session->memory, 0, bytes);
  *out = session;
  return NN_OK;
}

void nn_session_close(nn_session **session) {
  if (!session || !*session) return;
  free((*session)->memory);
  free(*session);
  *session = NULL;
}

void nn_session_watch(nn_session *session, nn_session_watcher *watcher, void *user) {
  assert(session && !session->model->is_int8);
  session->watcher = watcher;
  session->watcher_user = user;
}

static void run_convolution(const run *r, const nn_step *step) {
  const conv_views views = views_of_convolution(r, step);
  const nn_kernels *kernels = r->model->level->kernels;
  (step->is_winograd ? kernels->winograd_forward : kernels->conv_forward)(
      &step->shape, r->batch, &views.in, step->packed, step->bias, step->second != NN_NO_TENSOR ? &views.second : NULL,
      step->relu, &views.out);
}

/* The two steps in one, unless what lies between is to be seen. */
static void run_with_pool(const run *r, const nn_step *step) {
  const nn_view in = view_of(r, step->input), out = view_to_write(r, step[1].output);
  r->model->level->kernels->conv_pool_forward(&step->shape, r->batch, &in, step->packed, step->bias, step->relu, &out);
}

static void run_step(const run *r, const nn_step *step) {
  if (step->type == NN_STEP_CONVOLUTION) {
    run_convolution(r, step);
    return;
  }
  const nn_view in = view_of(r, step->input), out = view_to_write(r, step->output);
  const nn_view second = view_of(r, step->second != NN_NO_TENSOR ? step->second : step->input);
  switch (step->type) {
  case NN_STEP_CONVOLUTION: break;
  case NN_STEP_RELU: nn_layer_relu(r->batch, &in, &out); break;
  case NN_STEP_MAX_POOL: nn_layer_max_pool(&step->shape, r->batch, &in, &out); break;
  case NN_STEP_AVERAGE_POOL: nn_layer_average_pool(&step->shape, r->batch, &in, &out); break;
  case NN_STEP_ADD: nn_layer_add(r->batch, &in, &second, step->relu, &out); break;
  }
}

static void run_block(const nn_session *session, const uint8_t *pictures, size_t batch, float *logits) {
  const nn_model *model = session->model;
  if (model->is_int8) {
    nn_session_run_int8(model, session->memory, session->block, pictures, batch, logits);
    return;
  }
  const run r = {model, session->memory, session->block, batch};
  const nn_view picture = view_to_write(&r, 0);
  nn_layer_normalise(pictures, batch, model->info.mean, model->info.scale, &picture);
  for (size_t s = 0; s < model->step_count; s++) {
    if (model->steps[s].with_pool && !session->watcher) {
      run_with_pool(&r, &model->steps[s++]);
      continue;
    }
    run_step(&r, &model->steps[s]);
    if (!session->watcher) continue;
    const nn_view made = view_of(&r, model->steps[s].output);
    session->watcher(session->watcher_user, model->steps[s].output, &made, batch);
  }
  const nn_view result = view_of(&r, model->output);
  for (size_t n = 0; n < batch; n++)
    memcpy(logits + n * model->info.classes, result.data + (ptrdiff_t)n * result.picture_stride,
           model->info.classes * sizeof(float));
}

int nn_session_run(nn_session *session, const uint8_t *pictures, size_t batch, float *logits) {
  assert(session && (batch == 0 || (pictures && logits)));
  const nn_model_info *info = &session->model->info;
  const size_t picture_bytes = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
  for (size_t first = 0; first < batch; first += session->block) {
    const size_t count = batch - first < session->block ? batch - first : session->block;
    run_block(session, pictures + first * picture_bytes, count, logits + first * info->classes);
  }
  return NN_OK;
}

int nn_session_classify(nn_session *session, const uint8_t *pictures, size_t batch, float *probabilities) {
  const int status = nn_session_run(session, pictures, batch, probabilities);
  const nn_model_info *info = &session->model->info;
  if (status != NN_OK) return status;
  for (size_t n = 0; n < batch; n++)
    nn_layer_softmax(probabilities + n * info->classes, info->classes, info->temperature);
  return NN_OK;
}
