/* The folded network of a model file trained on: the person's pictures, distorted, among MNIST's and the drawn ones, a
 * few passes of AdamW at a low rate. Then the weights go back towards the old ones as far as MNIST asks for it: between
 * weights that lie in one basin of the loss accuracy changes smoothly (Wortsman and others: Robust fine-tuning of
 * zero-shot models, 2022). Fails where the person's sevens look as everybody else's ones: both cannot be kept. */
#include "finetune.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"

enum {
  REHEARSED_MNIST = 6000,
  REHEARSED_PRINTED = 800,
  REHEARSED_REJECTS = 1600,
  JUDGED_PART = 6, /* the last sixth of MNIST's training pictures */
  OWN_PART = 3,    /* one of the person's pictures on so many others */
  EPOCHS = 8,
  PICTURES_ALONE = 1500, /* of an epoch without rehearsal */
  EPOCHS_ALONE = 4,
  STEPS_BACK = 10
};
static const float rate_mixed = 5e-4f, rate_alone = 1e-4f;

/* ---- the model file's layers as the trainer's --------------------------------------------------------------------- */

static int convert_layer(const nn_layer *layer, size_t index, train_spec *spec, train_error *error) {
  *spec = (train_spec){.back = (int)index - layer->input, .outputs = layer->outputs};
  const int square = layer->kernel_height == layer->kernel_width;
  spec->kernel = layer->kernel_height;
  spec->stride = layer->stride;
  spec->padding = layer->padding;
  switch (layer->type) {
  case NN_LAYER_CONVOLUTION:
    spec->layer = TRAIN_CONVOLUTION;
    spec->bias = 1;
    if (square) return TRAIN_OK;
    break;
  case NN_LAYER_MAX_POOL:
  case NN_LAYER_AVERAGE_POOL:
    spec->layer = layer->type == NN_LAYER_MAX_POOL ? TRAIN_MAX_POOL : TRAIN_AVERAGE_POOL;
    if (square && !layer->padding) return TRAIN_OK;
    break;
  case NN_LAYER_RELU: spec->layer = TRAIN_RELU; return TRAIN_OK;
  case NN_LAYER_FULLY_CONNECTED: spec->layer = TRAIN_FULLY_CONNECTED; return TRAIN_OK;
  case NN_LAYER_ADD:
    spec->layer = TRAIN_ADD;
    spec->second = (int)index - layer->second_input;
    return TRAIN_OK;
  case NN_LAYER_SOFTMAX: break;
  }
  return train_fail(error, TRAIN_ERR_ARGUMENT, "the model's layer %zu is of a kind that cannot be trained on",
                    index + 1);
}

static int check_model(const nn_model_spec *spec, train_error *error) {
  int good = spec->classes >= TRAIN_DIGITS && spec->classes <= TRAIN_DIGITS + 1 && spec->channels == 1 &&
             spec->height == 28 && spec->width == 28;
  for (int d = 0; d < TRAIN_DIGITS && good; d++)
    good = spec->class_names[d][0] == '0' + d && spec->class_names[d][1] == '\0';
  if (good) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_ARGUMENT,
                    "the model is none of digits: 28 x 28 pixels, and the classes 0 to 9 with or without one more, are "
                    "expected");
}

int train_finetune_open(train_trainer **out, const nn_model_content *model, train_config config,
                        const train_dataset *dataset, int threads, train_error *error) {
  *out = NULL;
  int status = check_model(&model->spec, error);
  if (status) return status;
  size_t count = model->spec.layer_count;
  if (model->layers[count - 1].type == NN_LAYER_SOFTMAX) count--;
  train_spec *specs = calloc(count + 1, sizeof *specs);
  if (!specs) return train_fail_memory(error);
  for (size_t i = 0; i < count && !status; i++) status = convert_layer(&model->layers[i], i, &specs[i], error);
  config.mean = model->spec.mean;
  config.scale = model->spec.scale;
  if (!status) status = train_trainer_open_specs(out, &config, specs, count, dataset, threads, error);
  free(specs);
  if (status) return status;
  train_state *state = train_trainer_state(*out);
  if (train_trainer_network(*out)->parameter_count != model->weight_count) {
    train_trainer_close(out);
    return train_fail(error, TRAIN_ERR_INTERNAL, "the model has %zu weights, the trainer's layers another number",
                      model->weight_count);
  }
  /* Both keep them layer for layer, weights before biases. */
  memcpy(state->parameters, model->weights, model->weight_count * sizeof *model->weights);
  memcpy(state->average, model->weights, model->weight_count * sizeof *model->weights);
  return TRAIN_OK;
}

/* ---- rehearsal ---------------------------------------------------------------------------------------------------- */

static int reserve(train_dataset *set, size_t count, int height, int width, train_error *error) {
  const size_t pixels = (size_t)height * (size_t)width;
  *set = (train_dataset){.height = height, .width = width};
  if (count <= SIZE_MAX / pixels - 1) {
    set->pixels = malloc(count * pixels + 1);
    set->labels = malloc(count + 1);
  }
  if (set->pixels && set->labels) return TRAIN_OK;
  train_dataset_free(set);
  return train_fail_memory(error);
}

/* There is room. */
static void copy(train_dataset *to, const train_dataset *from, size_t first, size_t count) {
  const size_t pixels = (size_t)to->height * (size_t)to->width;
  if (!count) return;
  memcpy(to->pixels + to->count * pixels, from->pixels + first * pixels, count * pixels);
  memcpy(to->labels + to->count, from->labels + first, count);
  to->count += count;
}

/* Some of MNIST's pictures, no matter which, and the drawn ones. */
static int mix(train_rehearsal *r, const train_dataset *digits, size_t kept, const train_extras *extras, uint64_t seed,
               train_error *error) {
  const size_t wanted = kept < REHEARSED_MNIST ? kept : REHEARSED_MNIST;
  int status = reserve(&r->pictures, wanted + extras->printed.count + extras->rejects.count, digits->height,
                       digits->width, error);
  if (!status) status = reserve(&r->judged, digits->count - kept, digits->height, digits->width, error);
  if (status) return status;
  train_random random;
  train_random_start(&random, seed, TRAIN_PURPOSE_SHUFFLE, 0, 0);
  for (size_t i = 0; i < wanted; i++) copy(&r->pictures, digits, train_random_below(&random, (uint32_t)kept), 1);
  copy(&r->pictures, &extras->printed, 0, extras->printed.count);
  copy(&r->pictures, &extras->rejects, 0, extras->rejects.count);
  copy(&r->judged, digits, kept, digits->count - kept);
  r->drawn = extras->printed.count > 0;
  return TRAIN_OK;
}

int train_rehearsal_make(train_rehearsal *out, const char *folder, const nn_model_content *model, uint64_t seed,
                         int threads, train_error *error) {
  train_dataset digits;
  train_extras extras = {0};
  train_config config;
  *out = (train_rehearsal){0};
  int status = train_dataset_read_folder(&digits, folder, "train", TRAIN_DIGITS, error);
  if (status) return status;
  const size_t judged = digits.count / JUDGED_PART;
  train_config_initialise(&config);
  const train_extras_options options = {.seed = seed,
                                        .printed = REHEARSED_PRINTED,
                                        .rejects = model->spec.classes > TRAIN_DIGITS ? REHEARSED_REJECTS : 0,
                                        .fonts = config.fonts,
                                        .threads = threads,
                                        .digits = &digits,
                                        .holdout = judged};
  if (digits.height != model->spec.height || digits.width != model->spec.width || digits.count <= judged)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: pictures of %d x %d pixels are expected", folder,
                        model->spec.width, model->spec.height);
  if (!status && train_extras_make(&extras, &options, error) == TRAIN_ERR_MEMORY) status = TRAIN_ERR_MEMORY;
  if (!status) status = mix(out, &digits, digits.count - judged, &extras, seed, error);
  train_extras_free(&extras);
  train_dataset_free(&digits);
  if (status) train_rehearsal_free(out);
  return status;
}

void train_rehearsal_free(train_rehearsal *rehearsal) {
  if (!rehearsal) return;
  train_dataset_free(&rehearsal->pictures);
  train_dataset_free(&rehearsal->judged);
}

/* ---- the run ------------------------------------------------------------------------------------------------------ */

/* The person's pictures again and again, so that they are a fixed part of all. */
static int gather(train_dataset *out, const train_dataset *own, const train_dataset *others, train_error *error) {
  const size_t wanted = others->count ? others->count / OWN_PART : PICTURES_ALONE;
  const size_t times = (wanted + own->count - 1) / own->count + (wanted == 0);
  if (own->count > SIZE_MAX / (times + 1)) return train_fail_memory(error);
  const int status = reserve(out, times * own->count + others->count, own->height, own->width, error);
  if (status) return status;
  for (size_t i = 0; i < times; i++) copy(out, own, 0, own->count);
  copy(out, others, 0, others->count);
  return TRAIN_OK;
}

/* The share read right: of digits among the ten. 0 of no pictures. */
static int measure(train_trainer *trainer, const train_dataset *set, double *right, train_error *error) {
  const size_t classes = (size_t)train_trainer_network(trainer)->classes;
  *right = 0;
  if (!set->count) return TRAIN_OK;
  float *logits =
      set->count > SIZE_MAX / classes / sizeof *logits ? NULL : malloc(set->count * classes * sizeof *logits);
  if (!logits) return train_fail_memory(error);
  train_trainer_predict(trainer, set->pixels, set->count, logits);
  for (size_t i = 0; i < set->count; i++) {
    const float *row = logits + i * classes;
    const size_t among = set->labels[i] < TRAIN_DIGITS ? TRAIN_DIGITS : classes;
    size_t best = 0;
    for (size_t c = 1; c < among; c++)
      if (row[c] > row[best]) best = c;
    *right += best == set->labels[i];
  }
  *right /= (double)set->count;
  free(logits);
  return TRAIN_OK;
}

/* From the trained weights towards the old ones until MNIST is kept. */
static int step_back(train_trainer *t, const float *old, const train_rehearsal *r, train_finetune_result *out,
                     train_error *error) {
  train_state *state = train_trainer_state(t);
  const size_t count = train_trainer_network(t)->parameter_count;
  memcpy(state->first, state->average, count * sizeof *old); /* the moments are of no further use */
  for (int step = STEPS_BACK; step >= 0; step--) {
    out->share = (double)step / STEPS_BACK;
    for (size_t i = 0; i < count; i++) state->average[i] = old[i] + (float)out->share * (state->first[i] - old[i]);
    const int status = measure(t, &r->judged, &out->mnist_after, error);
    if (status || out->mnist_after >= out->mnist_before - TRAIN_FINETUNE_LOSS_MAX) return status;
  }
  return TRAIN_OK;
}

static int learn(train_trainer *t, const train_finetune_options *options, train_error *error) {
  const int epochs = train_trainer_config(t)->epochs;
  for (int epoch = 0; epoch < epochs; epoch++) {
    train_report report;
    const int status = train_trainer_epoch(t, options->stop, options->user, &report, error);
    if (status) return status;
    if (options->progress) options->progress(options->user, epoch + 1, epochs);
  }
  return TRAIN_OK;
}

int train_finetune_run(nn_model_content *model, const train_handwriting *handwriting, const train_rehearsal *rehearsal,
                       const train_finetune_options *options, train_finetune_result *out, train_error *error) {
  const int mixed = rehearsal->pictures.count > 0;
  train_config config;
  train_dataset all = {0};
  train_trainer *t = NULL;
  train_config_initialise(&config);
  config.seed = options->seed;
  config.epochs = mixed ? EPOCHS : EPOCHS_ALONE;
  config.rate = mixed ? rate_mixed : rate_alone;
  config.warmup_epochs = 0.5f;
  config.optimizer.method = TRAIN_ADAMW;
  config.optimizer.weight_decay = 0; /* it would pull towards 0, not towards what the model knows */
  config.average = 0.99f;
  *out = (train_finetune_result){.epochs = config.epochs, .rate = (double)config.rate};
  int status = gather(&all, &handwriting->learned, &rehearsal->pictures, error);
  if (!status) status = train_finetune_open(&t, model, config, &all, options->threads, error);
  if (!status) status = measure(t, &handwriting->held, &out->own_before, error);
  if (!status) status = measure(t, &rehearsal->judged, &out->mnist_before, error);
  if (!status) status = learn(t, options, error);
  if (!status) status = step_back(t, model->weights, rehearsal, out, error);
  if (!status) status = measure(t, &handwriting->held, &out->own_after, error);
  if (!status) {
    memcpy(model->weight_memory, train_trainer_state(t)->average, model->weight_count * sizeof *model->weights);
    model->spec.int8 = NULL; /* its scales are those of other weights */
  }
  train_trainer_close(&t);
  train_dataset_free(&all);
  return status;
}
