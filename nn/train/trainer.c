/* Stochastic gradient descent over a data set. A batch is cut into shards of fixed size; a thread takes a shard,
 * distorts its pictures, runs forward and backward, and keeps the gradient apart; the gradients are then summed in
 * the order of the shards. So the same seed gives the same weights with any number of threads. */
#include "trainer.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "clock.h"
#include "extras.h"
#include "layers.h"
#include "pass.h"
#include "pool.h"
#include "shape_classes.h"

/* What one thread needs. */
typedef struct bench {
  train_workspace *workspace;
  train_augmenter *augmenter;
  float *picture; /* distorted, height x width */
} bench;

/* What one shard of a step leaves behind. */
typedef struct shard_result {
  float *gradients, *statistics;
  double loss;
  size_t correct;
} shard_result;

struct train_trainer {
  train_config config;
  const train_dataset *dataset;
  const train_answers *answers; /* NULL: no teachers */
  const uint32_t *sets;         /* NULL: a label is its class */
  size_t train_count;
  size_t extra_count, epoch_extras; /* the first pictures, beside MNIST's; how many of them an epoch takes */
  size_t batch, steps_per_epoch, shard_count;
  train_network *network;
  train_pool *pool;
  int threads;
  bench *benches;
  shard_result *results;
  train_state state;
  uint8_t *decays;
  uint32_t *order; /* of the epoch's pictures */
  float *packed;
};

void train_config_initialise(train_config *config) {
  *config = (train_config){
      .architecture = "conv6",
      .seed = 1,
      .epochs = 40,
      .batch = 128,
      .shard = 32,
      .rate = 0.1f,
      .warmup_epochs = 2.0f,
      .optimizer = {.method = TRAIN_SGD,
                    .nesterov = 1,
                    .momentum = 0.9f,
                    .beta2 = 0.999f,
                    .epsilon = 1e-8f,
                    .weight_decay = 5e-4f},
      .average = 0.999f,
      .augmentation = {.rotation_degrees = 15.0f,
                       .scale = 0.15f,
                       .shear = 0.25f,
                       .shift_pixels = 2.5f,
                       .elastic_pixels = 1.4f,
                       .stroke_probability = 0.3f},
      .late_strength = 0.7f,
      .late_share = 0.4f,
      .copies = 12,
      .late_copies = 8,
      .distill = 0.7f,
      .distill_temperature = 2.0f,
      .mean = 0.1307f,
      .scale = 1.0f / 0.3081f,
      .extras_share = 1.0f,
      .fonts = "/usr/share/fonts",
  };
}

void train_config_initialise_shapes(train_config *config) {
  train_config_initialise(config);
  config->subject = TRAIN_SUBJECT_SHAPES;
  snprintf(config->architecture, sizeof config->architecture, "outline");
  config->epochs = 56;
  config->drawings = 60000;
  config->rescans = 16000;
  config->extras_share = 0.25f;
  config->augmentation = (train_augmentation){.rotation_degrees = 12.0f,
                                              .scale = 0.1f,
                                              .shear = 0.12f,
                                              .shift_pixels = 1.0f,
                                              .elastic_pixels = 1.0f,
                                              .stroke_probability = 0.1f,
                                              .erase_probability = 0.05f,
                                              .symmetric = 1};
  config->mean = 0.1f;
  config->scale = 4.0f;
}

/* Pictures that an epoch takes a share of. */
static size_t count_extras(const train_config *c) {
  return (size_t)c->printed + (size_t)c->rejects + (size_t)c->rescans + (size_t)c->drawings + (size_t)c->crops;
}

/* ---- opening ---- */

static int check_config(const train_config *c, const train_dataset *dataset, train_error *error) {
  if (c->epochs < 1 || c->batch < 1 || c->shard < 1 || c->holdout < 0)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "epochs, batch and shard must be 1 or more, holdout 0 or more");
  if ((size_t)c->holdout >= dataset->count)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "a holdout of %d leaves nothing of %zu pictures to train on",
                      c->holdout, dataset->count);
  if (count_extras(c) + (size_t)c->holdout >= dataset->count)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "the data set lacks pictures that the options ask for");
  if (dataset->count > UINT32_MAX)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "%zu pictures are too many", dataset->count);
  return TRAIN_OK;
}

static void *allocate_zeroed(size_t count, size_t size) {
  void *memory = NULL;
  if (count > (SIZE_MAX - 64) / size || posix_memalign(&memory, 64, count * size + 64)) return NULL;
  return memset(memory, 0, count * size + 64);
}

static int open_benches(train_trainer *t, train_error *error) {
  const size_t pixels = (size_t)t->dataset->height * (size_t)t->dataset->width;
  t->benches = calloc((size_t)t->threads, sizeof *t->benches);
  if (!t->benches) return train_fail_memory(error);
  for (int i = 0; i < t->threads; i++) {
    bench *b = &t->benches[i];
    int status = train_workspace_open(&b->workspace, t->network, error);
    if (!status) status = train_augmenter_open(&b->augmenter, t->dataset->height, t->dataset->width, error);
    if (status) return status;
    if (!(b->picture = allocate_zeroed(pixels, sizeof(float)))) return train_fail_memory(error);
  }
  return TRAIN_OK;
}

static int open_state(train_trainer *t, train_error *error) {
  const size_t parameters = t->network->parameter_count, statistics = t->network->statistic_count;
  train_state *s = &t->state;
  s->parameters = allocate_zeroed(parameters, sizeof(float));
  s->first = allocate_zeroed(parameters, sizeof(float));
  s->second = allocate_zeroed(parameters, sizeof(float));
  s->average = allocate_zeroed(parameters, sizeof(float));
  s->statistics = allocate_zeroed(statistics, sizeof(float));
  t->decays = allocate_zeroed(parameters, 1);
  t->order = allocate_zeroed(t->train_count, sizeof *t->order);
  t->packed = allocate_zeroed(t->network->packed_size, sizeof(float));
  t->results = calloc(t->shard_count, sizeof *t->results);
  if (!s->parameters || !s->first || !s->second || !s->average || !s->statistics || !t->decays || !t->order ||
      !t->packed || !t->results)
    return train_fail_memory(error);
  for (size_t i = 0; i < t->shard_count; i++) {
    t->results[i].gradients = allocate_zeroed(parameters, sizeof(float));
    t->results[i].statistics = allocate_zeroed(statistics, sizeof(float));
    if (!t->results[i].gradients || !t->results[i].statistics) return train_fail_memory(error);
  }
  train_network_initialise(t->network, t->config.seed, s->parameters, s->statistics);
  train_network_mark_decay(t->network, t->decays);
  memcpy(s->average, s->parameters, parameters * sizeof(float));
  return TRAIN_OK;
}

int train_trainer_open_specs(train_trainer **out, const train_config *config, const train_spec *specs, size_t count,
                             const train_dataset *dataset, int threads, train_error *error) {
  *out = NULL;
  int status = check_config(config, dataset, error);
  if (status) return status;
  train_trainer *t = calloc(1, sizeof *t);
  if (!t) return train_fail_memory(error);
  t->config = *config;
  t->dataset = dataset;
  t->train_count = dataset->count - (size_t)config->holdout;
  t->batch = (size_t)config->batch < t->train_count ? (size_t)config->batch : t->train_count;
  t->extra_count = count_extras(config);
  t->epoch_extras = (size_t)(config->extras_share * (float)t->extra_count + 0.5f);
  t->steps_per_epoch = (t->train_count - t->extra_count + t->epoch_extras) / t->batch;
  t->shard_count = (t->batch + (size_t)config->shard - 1) / (size_t)config->shard;
  t->threads = threads;
  openblas_set_num_threads(1);
  status = train_pool_open(&t->pool, threads, error);
  if (!status)
    status = train_network_open(&t->network, specs, count, dataset->height, dataset->width, 1, (size_t)config->shard,
                                NULL, error);
  if (!status) status = open_benches(t, error);
  if (!status) status = open_state(t, error);
  if (status) train_trainer_close(&t);
  *out = t;
  return status;
}

int train_trainer_open(train_trainer **out, const train_config *config, const train_dataset *dataset, int threads,
                       train_error *error) {
  const train_architecture *architecture = train_architecture_find(config->architecture);
  *out = NULL;
  if (!architecture)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "there is no architecture '%s'", config->architecture);
  train_spec *specs = malloc(architecture->count * sizeof *specs);
  if (!specs) return train_fail_memory(error);
  memcpy(specs, architecture->specs, architecture->count * sizeof *specs);
  specs[architecture->count - 1].outputs =
      config->subject == TRAIN_SUBJECT_SHAPES ? TRAIN_SHAPE_CLASSES : train_extras_classes(config->rejects);
  const int status = train_trainer_open_specs(out, config, specs, architecture->count, dataset, threads, error);
  free(specs);
  return status;
}

void train_trainer_close(train_trainer **trainer) {
  if (!trainer || !*trainer) return;
  train_trainer *t = *trainer;
  train_pool_close(&t->pool);
  for (int i = 0; t->benches && i < t->threads; i++) {
    train_workspace_close(&t->benches[i].workspace);
    train_augmenter_close(&t->benches[i].augmenter);
    free(t->benches[i].picture);
  }
  for (size_t i = 0; t->results && i < t->shard_count; i++) {
    free(t->results[i].gradients);
    free(t->results[i].statistics);
  }
  free(t->benches);
  free(t->results);
  free(t->state.parameters);
  free(t->state.first);
  free(t->state.second);
  free(t->state.average);
  free(t->state.statistics);
  free(t->decays);
  free(t->order);
  free(t->packed);
  train_network_close(&t->network);
  free(t);
  *trainer = NULL;
}

void train_trainer_learn_from(train_trainer *trainer, const train_answers *answers) {
  trainer->answers = answers;
}

void train_trainer_allow_sets(train_trainer *trainer, const uint32_t *sets) {
  trainer->sets = sets;
}

const train_config *train_trainer_config(const train_trainer *trainer) {
  return &trainer->config;
}

const train_network *train_trainer_network(const train_trainer *trainer) {
  return trainer->network;
}

const train_dataset *train_trainer_dataset(const train_trainer *trainer) {
  return trainer->dataset;
}

train_state *train_trainer_state(train_trainer *trainer) {
  return &trainer->state;
}

void train_trainer_holdout(const train_trainer *trainer, const uint8_t **pixels, const uint8_t **labels,
                           size_t *count) {
  const train_dataset *d = trainer->dataset;
  *pixels = d->pixels + trainer->train_count * (size_t)d->height * (size_t)d->width;
  *labels = d->labels + trainer->train_count;
  *count = d->count - trainer->train_count;
}

/* ---- one step ---- */

static void fill_input_float(const train_trainer *t, train_workspace *workspace, size_t picture, const float *source) {
  const float factor = t->config.scale / 255.0f, offset = -t->config.mean * t->config.scale;
  ptrdiff_t stride;
  float *target = train_workspace_input(workspace, picture, &stride);
  for (int y = 0; y < t->dataset->height; y++, target += stride, source += t->dataset->width)
    for (int x = 0; x < t->dataset->width; x++) target[x] = factor * source[x] + offset;
}

static void fill_input_bytes(const train_trainer *t, train_workspace *workspace, size_t picture,
                             const uint8_t *source) {
  const float factor = t->config.scale / 255.0f, offset = -t->config.mean * t->config.scale;
  ptrdiff_t stride;
  float *target = train_workspace_input(workspace, picture, &stride);
  for (int y = 0; y < t->dataset->height; y++, target += stride, source += t->dataset->width)
    for (int x = 0; x < t->dataset->width; x++) target[x] = factor * (float)source[x] + offset;
}

static int largest(const float *values, int count) {
  int best = 0;
  for (int i = 1; i < count; i++)
    if (values[i] > values[best]) best = i;
  return best;
}

typedef struct learn_context {
  train_trainer *trainer;
  const uint32_t *pictures; /* of the batch */
  float strength;           /* of the augmentation */
  int copy;                 /* of MNIST's pictures, where there are teachers */
} learn_context;

void train_distort(train_augmenter *augmenter, const train_config *config, int copy, uint32_t picture,
                   const uint8_t *pixels, float *out) {
  train_random random;
  train_random_start(&random, 0, TRAIN_PURPOSE_DISTORT, (uint32_t)copy, picture);
  train_augment(augmenter, &config->augmentation, copy < config->copies ? 1.0f : config->late_strength, &random, pixels,
                out);
}

/* What the teachers said of picture `index` of the data set; NULL where nobody asked them. */
static const float *find_answer(const learn_context *context, uint32_t index) {
  const train_answers *answers = context->trainer->answers;
  if (!answers || index < context->trainer->extra_count) return NULL;
  const size_t picture = index - context->trainer->extra_count;
  return answers->container.values + ((size_t)context->copy * answers->count + picture) * TRAIN_DIGITS;
}

static void distort(const learn_context *context, bench *b, uint32_t index) {
  const train_trainer *t = context->trainer;
  const uint8_t *pixels = t->dataset->pixels + index * (size_t)t->dataset->height * (size_t)t->dataset->width;
  if (find_answer(context, index)) {
    train_distort(b->augmenter, &t->config, context->copy, index - (uint32_t)t->extra_count, pixels, b->picture);
    return;
  }
  train_random random;
  train_random_start(&random, t->config.seed, TRAIN_PURPOSE_AUGMENT, (uint32_t)t->state.epoch, index);
  train_augment(b->augmenter, &t->config.augmentation, context->strength, &random, pixels, b->picture);
}

/* The classes that a label stands for, as bits. */
static uint32_t classes_of(const train_trainer *t, uint8_t label) {
  return t->sets ? t->sets[label] : (uint32_t)1 << label;
}

/* Label and teachers mixed. Returns the loss; the gradient is that of the mean over the batch. */
static double judge_picture(const learn_context *context, uint32_t index, const float *logits, float *gradient) {
  const train_trainer *t = context->trainer;
  const train_config *c = &t->config;
  const float *answer = find_answer(context, index), share = answer ? c->distill : 0.0f;
  const float scale = 1.0f / (float)t->batch;
  if (t->sets)
    return train_set_cross_entropy(logits, t->network->classes, t->sets[t->dataset->labels[index]], scale, gradient);
  const double loss = train_cross_entropy(logits, t->network->classes, t->dataset->labels[index], c->smoothing,
                                          (1.0f - share) * scale, gradient);
  if (!answer) return loss;
  return (1.0 - share) * loss +
         share * train_distillation(logits, TRAIN_DIGITS, answer, c->distill_temperature, share * scale, gradient);
}

static void learn_shard(void *user, size_t task, int worker) {
  const learn_context *context = user;
  train_trainer *t = context->trainer;
  bench *b = &t->benches[worker];
  shard_result *result = &t->results[task];
  const size_t first = task * (size_t)t->config.shard, rest = t->batch - first;
  const size_t batch = rest < (size_t)t->config.shard ? rest : (size_t)t->config.shard;
  const uint32_t *pictures = context->pictures + first;
  const uint32_t epoch = (uint32_t)t->state.epoch;
  for (size_t n = 0; n < batch; n++) {
    distort(context, b, pictures[n]);
    fill_input_float(t, b->workspace, n, b->picture);
  }
  const train_pass pass = {.parameters = t->state.parameters,
                           .packed = t->packed,
                           .statistics = result->statistics,
                           .batch = batch,
                           .shard_statistics = 1,
                           .dropout = 1,
                           .pictures = pictures,
                           .seed = t->config.seed,
                           .epoch = epoch};
  ptrdiff_t stride;
  const float *logits = train_forward(b->workspace, &pass, &stride);
  const int classes = t->network->classes;
  result->loss = 0.0;
  result->correct = 0;
  for (size_t n = 0; n < batch; n++) {
    const float *row = logits + (ptrdiff_t)n * stride;
    result->loss += judge_picture(context, pictures[n], row, train_workspace_loss_gradient(b->workspace, n));
    result->correct += classes_of(t, t->dataset->labels[pictures[n]]) >> largest(row, classes) & 1;
  }
  memset(result->gradients, 0, t->network->parameter_count * sizeof(float));
  train_backward(b->workspace, &pass, result->gradients);
}

/* Gathers the shards' gradients and statistics in the first one, in order. */
static void sum_shards(train_trainer *t) {
  float *gradients = t->results[0].gradients, *statistics = t->results[0].statistics;
  for (size_t s = 1; s < t->shard_count; s++) {
    for (size_t i = 0; i < t->network->parameter_count; i++) gradients[i] += t->results[s].gradients[i];
    for (size_t i = 0; i < t->network->statistic_count; i++) statistics[i] += t->results[s].statistics[i];
  }
  for (size_t i = 0; i < t->network->statistic_count; i++) statistics[i] /= (float)t->shard_count;
}

static void shuffle(train_trainer *t) {
  train_random random;
  train_random_start(&random, t->config.seed, TRAIN_PURPOSE_SHUFFLE, (uint32_t)t->state.epoch, 0);
  for (size_t i = 0; i < t->train_count; i++) t->order[i] = (uint32_t)i;
  for (size_t i = t->train_count; i > 1; i--) {
    const uint32_t other = train_random_below(&random, (uint32_t)i), moved = t->order[i - 1];
    t->order[i - 1] = t->order[other];
    t->order[other] = moved;
  }
  size_t kept = 0, extras = 0;
  for (size_t i = 0; i < t->train_count; i++)
    if (t->order[i] >= t->extra_count || extras++ < t->epoch_extras) t->order[kept++] = t->order[i];
}

static int learn_batch(train_trainer *t, size_t index, train_report *report, train_error *error) {
  const train_config *c = &t->config;
  train_state *s = &t->state;
  const int first_late = (int)ceilf((float)c->epochs * (1.0f - c->late_share)), late = s->epoch >= first_late;
  learn_context context = {.trainer = t,
                           .pictures = t->order + index * t->batch,
                           .strength = late ? c->late_strength : 1.0f,
                           .copy = late ? c->copies + (s->epoch - first_late) % c->late_copies : s->epoch % c->copies};
  train_network_pack(t->network, s->parameters, 1, t->packed);
  train_pool_run(t->pool, learn_shard, &context, t->shard_count);
  double loss = 0.0;
  for (size_t i = 0; i < t->shard_count; i++) {
    loss += t->results[i].loss;
    report->accuracy += (double)t->results[i].correct;
  }
  if (!isfinite(loss))
    return train_fail(error, TRAIN_ERR_DIVERGED,
                      "epoch %d, step %zu: the loss is no longer a finite number; try a lower learning rate than %g",
                      s->epoch + 1, index + 1, (double)c->rate);
  report->loss += loss;
  sum_shards(t);
  const uint64_t warmup = (uint64_t)(c->warmup_epochs * (float)t->steps_per_epoch);
  const float rate =
      train_schedule_rate(c->rate, c->final_rate * c->rate, s->step, warmup, (uint64_t)c->epochs * t->steps_per_epoch);
  train_optimizer_step(&c->optimizer, rate, s->step + 1, t->network->parameter_count, t->results[0].gradients,
                       t->decays, s->parameters, s->first, s->second);
  train_average(c->average, s->step, t->network->parameter_count, s->parameters, s->average);
  train_average(c->average, s->step, t->network->statistic_count, t->results[0].statistics, s->statistics);
  s->step++;
  return TRAIN_OK;
}

int train_trainer_epoch(train_trainer *t, int (*stop)(void *), void *user, train_report *report, train_error *error) {
  *report = (train_report){0};
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  shuffle(t);
  for (size_t i = 0; i < t->steps_per_epoch; i++) {
    if (stop && stop(user)) return train_fail(error, TRAIN_ERR_STOPPED, "stopped in epoch %d", t->state.epoch + 1);
    const int status = learn_batch(t, i, report, error);
    if (status) return status;
  }
  t->state.epoch++;
  report->pictures = t->steps_per_epoch * t->batch;
  report->loss /= (double)report->pictures;
  report->accuracy /= (double)report->pictures;
  report->seconds = train_clock_seconds(CLOCK_MONOTONIC) - start;
  return TRAIN_OK;
}

/* ---- with the averaged weights ---- */

typedef struct predict_context {
  train_trainer *trainer;
  const uint8_t *pixels;
  size_t count;
  float *logits;     /* NULL: batch-norm statistics are wanted */
  float *statistics; /* one set a shard */
} predict_context;

static void predict_shard(void *user, size_t task, int worker) {
  const predict_context *context = user;
  train_trainer *t = context->trainer;
  train_workspace *workspace = t->benches[worker].workspace;
  const size_t pixels = (size_t)t->dataset->height * (size_t)t->dataset->width;
  const size_t first = task * (size_t)t->config.shard, rest = context->count - first;
  const size_t batch = rest < (size_t)t->config.shard ? rest : (size_t)t->config.shard;
  for (size_t n = 0; n < batch; n++) fill_input_bytes(t, workspace, n, context->pixels + (first + n) * pixels);
  const int own = context->logits == NULL;
  const train_pass pass = {.parameters = t->state.average,
                           .packed = t->packed,
                           .batch = batch,
                           .shard_statistics = own,
                           .statistics =
                               own ? context->statistics + task * t->network->statistic_count : t->state.statistics};
  ptrdiff_t stride;
  const float *logits = train_forward(workspace, &pass, &stride);
  const size_t classes = (size_t)t->network->classes;
  for (size_t n = 0; !own && n < batch; n++)
    memcpy(context->logits + (first + n) * classes, logits + (ptrdiff_t)n * stride, classes * sizeof(float));
}

void train_trainer_predict(train_trainer *t, const uint8_t *pixels, size_t count, float *logits) {
  const size_t shard = (size_t)t->config.shard;
  predict_context context = {.trainer = t, .pixels = pixels, .count = count, .logits = logits};
  train_network_pack(t->network, t->state.average, 0, t->packed);
  train_pool_run(t->pool, predict_shard, &context, (count + shard - 1) / shard);
}

/* Mean over the shards, and the variance within and between them. Shards are full, so all weigh the same. */
static void merge_statistics(const train_network *network, const float *sets, size_t count, float *out) {
  for (size_t i = 0; i < network->op_count; i++) {
    const train_op *op = &network->ops[i];
    if (op->spec.layer != TRAIN_BATCH_NORM) continue;
    for (size_t c = 0; c < op->weight_count; c++) {
      double mean = 0.0, square = 0.0;
      for (size_t s = 0; s < count; s++) {
        const float *set = sets + s * network->statistic_count + op->statistics;
        mean += (double)set[c] / (double)count;
        square += ((double)set[op->weight_count + c] + (double)set[c] * set[c]) / (double)count;
      }
      const double variance = square - mean * mean;
      out[op->statistics + c] = (float)mean;
      out[op->statistics + op->weight_count + c] = variance > 0 ? (float)variance : 0.0f;
    }
  }
}

int train_trainer_estimate_statistics(train_trainer *t, train_error *error) {
  if (t->network->statistic_count == 0) return TRAIN_OK;
  const size_t shard = t->batch < (size_t)t->config.shard ? t->batch : (size_t)t->config.shard;
  const size_t shards = t->train_count / shard;
  float *sets = allocate_zeroed(shards * t->network->statistic_count, sizeof(float));
  if (!sets) return train_fail_memory(error);
  predict_context context = {.trainer = t, .pixels = t->dataset->pixels, .count = shards * shard, .statistics = sets};
  train_network_pack(t->network, t->state.average, 0, t->packed);
  train_pool_run(t->pool, predict_shard, &context, shards);
  merge_statistics(t->network, sets, shards, t->state.statistics);
  free(sets);
  return TRAIN_OK;
}
