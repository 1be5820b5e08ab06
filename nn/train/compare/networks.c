/* The networks, trained by this project's own trainer on MNIST's training pictures alone, without printed digits or
 * rejects, in the recipe of glyphlift-train digits unless said otherwise in `recipes`. A run goes on from its last
 * epoch. Predictions are those of the exported model file, batch norm folded, by nn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../checkpoint.h"
#include "../config.h"
#include "../evaluate.h"
#include "../finish.h"
#include "../interruption.h"
#include "../named_model.h"
#include "compare.h"

enum { BATCH = 64, QUICK_EPOCHS = 6, QUICK_BATCH = 32, MOST_CLASSES = 256 };

typedef enum variant { PERCEPTRON, LENET, SHIPPED, LARGE } variant;

static const struct recipe {
  const char *architecture; /* NULL: the trainer's default */
  float rate;               /* 0: the default */
} recipes[] = {
    [PERCEPTRON] = {"perceptron", 0.0f},
    [LENET] = {"lenet", 0.02f}, /* without batch norm the default of 0.1 diverges */
    [SHIPPED] = {NULL, 0.0f},
    [LARGE] = {"large", 0.0f},
};

typedef struct network {
  nn_model *model;
  nn_session *session;
  int classes;           /* the problem's */
  int map[MOST_CLASSES]; /* of the model's classes to these */
} network;

/* ---- a model file ---- */

void train_network_close_file(void **model) {
  network *m = *model;
  if (!m) return;
  nn_session_close(&m->session);
  nn_model_close(&m->model);
  free(m);
  *model = NULL;
}

static int open_model(network *m, const char *path, const train_problem *problem, train_error *error) {
  nn_error failure = {0};
  const int status = train_model_open(&m->model, path, NN_PRECISION_BEST, error);
  if (status) return status;
  const nn_model_info *info = nn_model_get_info(m->model);
  if (info->classes > MOST_CLASSES)
    return train_fail(error, TRAIN_ERR_FORMAT, "%s: %zu classes are more than a model of glyphs has", path,
                      info->classes);
  if (nn_session_open(&m->session, m->model, BATCH, &failure))
    return train_fail(error, TRAIN_ERR_MEMORY, "%s", failure.message);
  m->classes = problem->classes;
  return train_map_classes(info->class_names, info->classes, problem->class_names, (size_t)problem->classes, m->map,
                           error);
}

int train_network_open_file(void **model, const char *path, const train_problem *problem, train_error *error) {
  network *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  const int status = open_model(m, path, problem, error);
  if (status) train_network_close_file(model);
  return status;
}

const nn_model_info *train_network_info(const void *model) {
  return nn_model_get_info(((const network *)model)->model);
}

int train_network_classify(void *model, const uint8_t *pixels, size_t count, float *probabilities, train_error *error) {
  const network *m = model;
  if (nn_session_classify(m->session, pixels, count, probabilities) == NN_OK) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_INTERNAL, "the model does not run");
}

int train_network_predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const network *m = model;
  const nn_model_info *info = nn_model_get_info(m->model);
  const size_t picture = (size_t)info->height * (size_t)info->width;
  float probabilities[BATCH * MOST_CLASSES];
  for (size_t first = 0; first < count; first += BATCH) {
    const size_t rest = count - first, batch = rest < BATCH ? rest : BATCH, classes = (size_t)m->classes;
    const int status = train_network_classify(model, pixels + first * picture, batch, probabilities, error);
    if (status) return status;
    for (size_t i = 0; i < batch; i++) {
      double sums[TRAIN_COMPARED_CLASSES_MOST];
      train_map_probabilities(m->map, probabilities + i * info->classes, info->classes, sums, classes);
      for (size_t c = 0; c < classes; c++) scores[(first + i) * classes + c] = (float)sums[c];
    }
  }
  return TRAIN_OK;
}

void train_network_measure(const void *model, train_row *row) {
  const nn_model_info *info = train_network_info(model);
  row->parameters += info->parameters;
  row->bytes += info->parameters * sizeof(float);
}

/* ---- training ---- */

static void make_config(const train_compare *compare, const train_family *family, train_config *config) {
  const struct recipe *recipe = &recipes[family->variant];
  train_config_initialise(config);
  if (recipe->architecture) snprintf(config->architecture, sizeof config->architecture, "%s", recipe->architecture);
  if (recipe->rate > 0.0f) config->rate = recipe->rate;
  config->holdout = config->printed = config->rejects = 0;
  config->epochs = train_network_epochs(compare);
  if (compare->quick) {
    config->batch = QUICK_BATCH;
    config->warmup_epochs = 1.0f;
  }
}

int train_network_epochs(const train_compare *compare) {
  train_config config;
  train_config_initialise(&config);
  return compare->epochs ? compare->epochs : compare->quick ? QUICK_EPOCHS : config.epochs;
}

static int is_taken(const train_compare *compare, const train_family *family) {
  return family->variant == SHIPPED && compare->shipped;
}

static json_t *recipe(const train_compare *compare, const train_family *family) {
  train_config config;
  if (is_taken(compare, family)) return json_string(compare->shipped);
  make_config(compare, family, &config);
  return train_config_to_json(&config);
}

static int run_epochs(train_trainer *trainer, const train_compare *compare, const train_family *family,
                      const char *checkpoint, double *seconds, train_error *error) {
  const train_state *state = train_trainer_state(trainer);
  const int epochs = train_trainer_config(trainer)->epochs;
  int status = TRAIN_OK;
  while (!status && state->epoch < epochs) {
    train_report report;
    status = train_trainer_epoch(trainer, train_interruption_asked, NULL, &report, error);
    if (status) break;
    *seconds += report.seconds;
    json_t *notes = json_pack("{s:f}", "seconds", *seconds);
    status = notes ? train_checkpoint_write(trainer, notes, checkpoint, error) : train_fail_memory(error);
    json_decref(notes);
    const int left = (int)(report.seconds * (epochs - state->epoch) + 0.5);
    train_compare_say(compare, "  %s: epoch %d/%d, training %.2f %%, %d min %02d s left", family->name, state->epoch,
                      epochs, 100.0 * report.accuracy, left / 60, left % 60);
  }
  return status;
}

/* Goes on from the checkpoint where there is one. */
static int resume(train_trainer *trainer, const char *checkpoint, double *seconds, train_error *error) {
  train_config config;
  json_t *notes;
  if (access(checkpoint, F_OK)) return TRAIN_OK;
  int status = train_checkpoint_read_config(checkpoint, &config, &notes, error);
  if (!status) status = train_checkpoint_read(trainer, checkpoint, error);
  *seconds = json_number_value(json_object_get(notes, "seconds"));
  json_decref(notes);
  return status;
}

/* Trains and writes NAME.glnn. */
static int make_file(const train_compare *compare, const train_family *family, const char *path, double *seconds,
                     train_error *error) {
  char checkpoint[TRAIN_PATH_SIZE];
  train_config config;
  train_trainer *trainer = NULL;
  json_t *summary = NULL;
  /* Without a holdout there is no temperature to fit; it changes no choice. */
  const train_finish finish = {.out = path, .temperature = 1.0};
  make_config(compare, family, &config);
  int status = train_compare_path(checkpoint, compare->work, family->name, ".checkpoint", error);
  if (!status) status = train_trainer_open(&trainer, &config, compare->training, compare->threads, error);
  if (!status) status = resume(trainer, checkpoint, seconds, error);
  if (!status) status = run_epochs(trainer, compare, family, checkpoint, seconds, error);
  if (!status) status = train_finish_run(trainer, &finish, &summary, error);
  if (!status) remove(checkpoint);
  json_decref(summary);
  train_trainer_close(&trainer);
  return status;
}

int train_network_file(const train_compare *compare, const char *name, char path[TRAIN_PATH_SIZE], train_row *row,
                       train_error *error) {
  const size_t count = compare->problem->family_count;
  const train_family *const *families = compare->problem->families;
  const train_family *family = NULL;
  int found = 0;
  for (size_t i = 0; i < count; i++)
    if (strcmp(families[i]->name, name) == 0) family = families[i];
  if (!family) return train_fail(error, TRAIN_ERR_INTERNAL, "there is no row '%s'", name);
  const int status = train_row_read(compare, family, row, &found, error);
  if (status) return status;
  if (!found)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "%s: the row %s is not there yet; it must be measured first",
                      compare->work, name);
  if (!is_taken(compare, family)) return train_compare_path(path, compare->work, name, ".glnn", error);
  if (train_path_make(path, "%s", compare->shipped)) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_ARGUMENT, "--shipped: the name is too long");
}

void train_network_describe(const void *model, const char *path, train_row *row) {
  json_t *record = json_loads(train_network_info(model)->training_record, 0, NULL);
  const json_t *run = json_object_get(record, "run");
  row->training_seconds = json_number_value(json_object_get(run, "seconds"));
  snprintf(row->settings, sizeof row->settings, "%s, as it is", train_is_built_in(path) ? "the built-in model" : path);
  json_decref(record);
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  char path[TRAIN_PATH_SIZE];
  train_config config;
  *model = NULL;
  if (is_taken(compare, family)) {
    const int status = train_network_open_file(model, compare->shipped, compare->problem, error);
    if (status) return status;
    train_network_describe(*model, compare->shipped, row);
  } else {
    int status = train_compare_path(path, compare->work, family->name, ".glnn", error);
    if (!status) status = make_file(compare, family, path, &row->training_seconds, error);
    if (!status) status = train_network_open_file(model, path, compare->problem, error);
    if (status) return status;
    make_config(compare, family, &config);
    snprintf(row->settings, sizeof row->settings, "%s, %d epochs of distorted pictures, seed %llu", config.architecture,
             config.epochs, (unsigned long long)config.seed);
  }
  train_network_measure(*model, row);
  return TRAIN_OK;
}

#define NETWORK                                                                                                        \
  .recipe = recipe, .train = train, .predict = train_network_predict, .close = train_network_close_file, .epochs = 1

const train_family train_family_perceptron = {.name = "perceptron",
                                              .title = "multilayer perceptron",
                                              .variant = PERCEPTRON,
                                              .full_seconds = 15,
                                              .quick_seconds = 0.7,
                                              NETWORK};
const train_family train_family_lenet = {
    .name = "lenet", .title = "LeNet-5", .variant = LENET, .full_seconds = 15, .quick_seconds = 0.7, NETWORK};
const train_family train_family_shipped = {
    .name = "shipped", .title = "the shipped CNN", .variant = SHIPPED, .full_seconds = 20, .quick_seconds = 1, NETWORK};
const train_family train_family_large = {
    .name = "large", .title = "larger CNN", .variant = LARGE, .full_seconds = 75, .quick_seconds = 4, NETWORK};
