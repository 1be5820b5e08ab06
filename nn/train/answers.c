/* The mean over the teachers of their log-probabilities at their own temperatures, TRAIN_DIGITS floats a picture. */
#include "answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../nn.h"
#include "config.h"
#include "extras.h"
#include "pool.h"

static const train_kind answers_kind = {0x31534e414c474c47 /* "GLGLANS1" */, "a file of teachers' answers"};

enum { MOST_TEACHERS = 16, SHARD = 64, NAME_SIZE = 256 };

/* Options that decide what the teachers are asked. */
static const char *const deciding[] = {"rotation", "scale",         "shear",  "shift",       "elastic", "stroke",
                                       "erase",    "late-strength", "copies", "late-copies", "teachers"};

typedef struct bench {
  nn_session *sessions[MOST_TEACHERS];
  train_augmenter *augmenter;
  float *picture;    /* distorted */
  uint8_t *pictures; /* SHARD of them, rounded */
  float *logits;     /* SHARD x classes */
} bench;

typedef struct lesson {
  const train_config *config;
  const train_dataset *dataset;
  size_t first, count; /* of the pictures */
  nn_model *models[MOST_TEACHERS];
  int teachers, threads;
  bench *benches;
  int copy; /* now being asked for */
  float *answers;
} lesson;

/* ---- one shard of one copy ---- */

static void add_log_probabilities(const float *logits, double temperature, float share, float *out) {
  double largest = -INFINITY, sum = 0.0;
  for (int c = 0; c < TRAIN_DIGITS; c++)
    if (logits[c] > largest) largest = logits[c];
  for (int c = 0; c < TRAIN_DIGITS; c++) sum += exp((logits[c] - largest) / temperature);
  for (int c = 0; c < TRAIN_DIGITS; c++) out[c] += share * (float)((logits[c] - largest) / temperature - log(sum));
}

static void ask_shard(void *user, size_t task, int worker) {
  const lesson *l = user;
  bench *b = &l->benches[worker];
  const size_t pixels = (size_t)l->dataset->height * (size_t)l->dataset->width;
  const size_t start = task * SHARD, rest = l->count - start, batch = rest < SHARD ? rest : SHARD;
  for (size_t n = 0; n < batch; n++) {
    train_distort(b->augmenter, l->config, l->copy, (uint32_t)(start + n),
                  l->dataset->pixels + (l->first + start + n) * pixels, b->picture);
    for (size_t i = 0; i < pixels; i++) b->pictures[n * pixels + i] = (uint8_t)(b->picture[i] + 0.5f);
  }
  float *out = l->answers + ((size_t)l->copy * l->count + start) * TRAIN_DIGITS;
  for (int t = 0; t < l->teachers; t++) {
    const nn_model_info *info = nn_model_get_info(l->models[t]);
    nn_session_run(b->sessions[t], b->pictures, batch, b->logits);
    for (size_t n = 0; n < batch; n++)
      add_log_probabilities(b->logits + n * info->classes, info->temperature, 1.0f / (float)l->teachers,
                            out + n * TRAIN_DIGITS);
  }
}

/* ---- teachers ---- */

static int open_teacher(lesson *l, const char *name, train_error *error) {
  nn_error reason;
  if (l->teachers == MOST_TEACHERS)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "--teachers: at most %d are asked", MOST_TEACHERS);
  if (nn_model_open_as(&l->models[l->teachers], name, NN_PRECISION_FP32, &reason))
    return train_fail(error, TRAIN_ERR_FORMAT, "--teachers: %s", reason.message);
  const nn_model_info *info = nn_model_get_info(l->models[l->teachers++]);
  if (info->height != l->dataset->height || info->width != l->dataset->width || info->channels != 1 ||
      info->classes < TRAIN_DIGITS || info->classes > TRAIN_DIGITS + 1)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "--teachers: %s is no model of digits", name);
  return TRAIN_OK;
}

static int open_teachers(lesson *l, const char *names, train_error *error) {
  int status = TRAIN_OK;
  while (!status && *names) {
    char name[NAME_SIZE];
    const size_t length = strcspn(names, ",");
    snprintf(name, sizeof name, "%.*s", (int)length, names);
    status = open_teacher(l, name, error);
    names += length + (names[length] == ',');
  }
  return status;
}

static int open_bench(bench *b, const lesson *l, train_error *error) {
  const size_t pixels = (size_t)l->dataset->height * (size_t)l->dataset->width;
  int status = train_augmenter_open(&b->augmenter, l->dataset->height, l->dataset->width, error);
  if (status) return status;
  b->picture = malloc(pixels * sizeof(float));
  b->pictures = malloc(SHARD * pixels);
  b->logits = malloc(SHARD * (TRAIN_DIGITS + 1) * sizeof(float));
  if (!b->picture || !b->pictures || !b->logits) return train_fail_memory(error);
  for (int t = 0; t < l->teachers; t++)
    if (nn_session_open(&b->sessions[t], l->models[t], SHARD, NULL)) return train_fail_memory(error);
  return TRAIN_OK;
}

static void close_lesson(lesson *l) {
  for (int i = 0; l->benches && i < l->threads; i++) {
    bench *b = &l->benches[i];
    for (int t = 0; t < l->teachers; t++) nn_session_close(&b->sessions[t]);
    train_augmenter_close(&b->augmenter);
    free(b->picture);
    free(b->pictures);
    free(b->logits);
  }
  free(l->benches);
  for (int t = 0; t < l->teachers; t++) nn_model_close(&l->models[t]);
  free(l->answers);
}

static int ask_all(lesson *l, const train_answers_options *options, train_error *error) {
  train_pool *pool;
  const int all = l->config->copies + l->config->late_copies;
  int status = train_pool_open(&pool, options->threads, error);
  for (l->copy = 0; !status && l->copy < all; l->copy++) {
    if (options->stop && options->stop(options->user))
      status = train_fail(error, TRAIN_ERR_STOPPED, "stopped while the teachers were asked");
    else
      train_pool_run(pool, ask_shard, l, (l->count + SHARD - 1) / SHARD);
    if (!status && options->progress) options->progress(l->copy + 1, all);
  }
  train_pool_close(&pool);
  return status;
}

/* ---- the file ---- */

static json_t *make_text(const train_config *config) {
  json_t *text = json_object(), *all = train_config_to_json(config);
  int failed = !text || !all;
  for (size_t i = 0; i < sizeof deciding / sizeof *deciding && !failed; i++)
    failed = json_object_set(text, deciding[i], json_object_get(all, deciding[i]));
  json_decref(all);
  if (!failed) return text;
  json_decref(text);
  return NULL;
}

static int make_file(const train_config *config, const train_dataset *dataset, const train_answers_options *options,
                     const json_t *text, train_error *error) {
  const size_t copies = (size_t)(config->copies + config->late_copies);
  lesson l = {.config = config,
              .dataset = dataset,
              .first = dataset->count - (size_t)config->holdout - options->count,
              .count = options->count,
              .threads = options->threads};
  int status = open_teachers(&l, config->teachers, error);
  if (!status) {
    l.benches = calloc((size_t)options->threads, sizeof *l.benches);
    l.answers = calloc(copies * options->count, TRAIN_DIGITS * sizeof *l.answers);
    if (!l.benches || !l.answers) status = train_fail_memory(error);
  }
  for (int i = 0; i < options->threads && !status; i++) status = open_bench(&l.benches[i], &l, error);
  if (!status) status = ask_all(&l, options, error);
  const train_part part = {.data = l.answers, .count = copies * options->count * TRAIN_DIGITS};
  if (!status) status = train_container_write(options->path, &answers_kind, text, &part, 1, error);
  close_lesson(&l);
  return status;
}

int train_answers_open(train_answers *out, const train_config *config, const train_dataset *dataset,
                       const train_answers_options *options, train_error *error) {
  const size_t row = (size_t)(config->copies + config->late_copies) * TRAIN_DIGITS;
  int status = TRAIN_OK;
  *out = (train_answers){0};
  json_t *text = make_text(config);
  if (!text) return train_fail_memory(error);
  if (access(options->path, F_OK)) status = make_file(config, dataset, options, text, error);
  if (!status) status = train_container_read(&out->container, options->path, &answers_kind, error);
  if (!status && !json_equal(text, out->container.text))
    status =
        train_fail(error, TRAIN_ERR_ARGUMENT,
                   "%s: holds what other teachers said, or said of pictures distorted in another way", options->path);
  if (!status) out->count = out->container.count / row;
  if (!status && (out->count < options->count || out->container.count % row))
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s: holds answers about %zu pictures, and %zu are to be learnt",
                        options->path, out->count, options->count);
  json_decref(text);
  if (status) train_answers_free(out);
  return status;
}

void train_answers_free(train_answers *answers) {
  train_container_free(&answers->container);
  *answers = (train_answers){0};
}
