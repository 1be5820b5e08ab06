/* Gradient boosted trees on pixels by XGBoost (Chen, Guestrin 2016) through its C library, a pixel's level in 64 steps:
 * its histograms would otherwise be larger than the processor's cache. The number of rounds is the
 * one at which the held-out pictures were read best; then all training pictures are taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "../interruption.h"
#include "compare.h"
#include "features.h"

enum { FITTING = 50000, HELD = 10000, ROUNDS = 400, QUICK_ROUNDS = 6, PATIENCE = 20 };

static const int depths[] = {4, 6, 8};

enum { SETTINGS = sizeof depths / sizeof *depths, QUICK_SETTINGS = 2 };

typedef struct booster {
  BoosterHandle handle;
  int height, width;
} booster;

static int fail_with_reason(train_error *error) {
  return train_fail(error, TRAIN_ERR_INTERNAL, "XGBoost: %s", XGBGetLastError());
}

static void close_booster(void **model) {
  booster *m = *model;
  if (!m) return;
  if (m->handle) XGBoosterFree(m->handle);
  free(m);
  *model = NULL;
}

/* XGBoost takes a copy. */
static int make_matrix(DMatrixHandle *out, const train_dataset *set, int labelled, train_error *error) {
  train_samples samples;
  *out = NULL;
  int status = train_samples_make(&samples, TRAIN_FEATURE_PIXELS, set, error);
  if (status) return status;
  float *labels = malloc(set->count * sizeof *labels);
  if (!labels)
    status = train_fail_memory(error);
  else if (XGDMatrixCreateFromMat(samples.values, samples.count, samples.width, -1.0f, out))
    status = fail_with_reason(error);
  for (size_t i = 0; i < set->count && !status && labelled; i++) labels[i] = set->labels[i];
  if (!status && labelled && XGDMatrixSetFloatInfo(*out, "label", labels, set->count)) status = fail_with_reason(error);
  free(labels);
  train_samples_free(&samples);
  return status;
}

/* Each picture's probabilities, which belong to the booster. */
static int predict_matrix(BoosterHandle handle, DMatrixHandle matrix, size_t count, const float **out,
                          train_error *error) {
  static const char config[] = "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, "
                               "\"strict_shape\": false}";
  const bst_ulong *shape;
  bst_ulong rank;
  if (XGBoosterPredictFromDMatrix(handle, matrix, config, &shape, &rank, out)) return fail_with_reason(error);
  if (rank == 2 && shape[0] == count && shape[1] == TRAIN_DIGITS) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_INTERNAL, "XGBoost does not answer with ten probabilities a picture");
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const booster *m = model;
  const train_dataset set = {.pixels = (uint8_t *)pixels, .count = count, .height = m->height, .width = m->width};
  DMatrixHandle matrix;
  const float *found = NULL;
  if (XGBoosterSetParam(m->handle, "nthread", "1")) return fail_with_reason(error);
  int status = make_matrix(&matrix, &set, 0, error);
  if (!status) status = predict_matrix(m->handle, matrix, count, &found, error);
  if (!status) memcpy(scores, found, count * TRAIN_DIGITS * sizeof *scores);
  if (matrix) XGDMatrixFree(matrix);
  return status;
}

static int open_booster(void **model, const train_compare *compare, DMatrixHandle matrix, int depth,
                        train_error *error) {
  char numbers[3][16];
  booster *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  m->height = compare->training->height;
  m->width = compare->training->width;
  snprintf(numbers[0], sizeof numbers[0], "%d", depth);
  snprintf(numbers[1], sizeof numbers[1], "%d", compare->threads);
  snprintf(numbers[2], sizeof numbers[2], "%d", TRAIN_DIGITS);
  const char *const parameters[][2] = {
      {"objective", "multi:softprob"},
      {"num_class", numbers[2]},
      {"tree_method", "hist"},
      {"max_depth", numbers[0]},
      {"nthread", numbers[1]},
      {"eta", "0.2"},
      {"subsample", "0.8"},
      {"colsample_bytree", "0.5"},
      {"seed", "1"},
      {"verbosity", "0"},
      {"max_bin", "64"},
  };
  int failed = XGBoosterCreate(&matrix, 1, &m->handle);
  for (size_t i = 0; i < sizeof parameters / sizeof *parameters && !failed; i++)
    failed = XGBoosterSetParam(m->handle, parameters[i][0], parameters[i][1]);
  if (!failed) return TRAIN_OK;
  fail_with_reason(error);
  close_booster(model);
  return TRAIN_ERR_INTERNAL;
}

static int boost(BoosterHandle handle, DMatrixHandle matrix, int round, train_error *error) {
  if (train_interruption_asked(NULL)) return train_fail(error, TRAIN_ERR_STOPPED, "stopped in round %d", round + 1);
  return XGBoosterUpdateOneIter(handle, round, matrix) ? fail_with_reason(error) : TRAIN_OK;
}

typedef struct trials {
  const train_compare *compare;
  train_split split;
  DMatrixHandle fitting, held;
  int rounds[SETTINGS]; /* the best number with each setting */
} trials;

static int try_depth(void *user, size_t setting, char *text, double *accuracy, train_error *error) {
  trials *t = user;
  void *model;
  const float *found;
  *accuracy = 0.0;
  t->rounds[setting] = 1;
  int status = open_booster(&model, t->compare, t->fitting, depths[setting], error);
  const int most = t->compare->quick ? QUICK_ROUNDS : ROUNDS;
  for (int round = 0; round < most && round < t->rounds[setting] + PATIENCE && !status; round++) {
    const booster *m = model;
    status = boost(m->handle, t->fitting, round, error);
    if (!status) status = predict_matrix(m->handle, t->held, t->split.held.count, &found, error);
    const double now =
        status ? 0.0 : train_compare_accuracy(found, t->split.held.labels, t->split.held.count, TRAIN_DIGITS);
    if (now <= *accuracy) continue;
    *accuracy = now;
    t->rounds[setting] = round + 1;
  }
  close_booster(&model);
  snprintf(text, TRAIN_SETTINGS_SIZE, "depth %d, %d rounds of ten trees", depths[setting], t->rounds[setting]);
  return status;
}

static int measure(const booster *m, train_row *row, train_error *error) {
  const char *bytes;
  bst_ulong size;
  if (XGBoosterSaveModelToBuffer(m->handle, "{\"format\": \"ubj\"}", &size, &bytes)) return fail_with_reason(error);
  row->bytes = size;
  return TRAIN_OK;
}

static int fit(void **model, const train_compare *compare, int depth, int rounds, train_row *row, train_error *error) {
  DMatrixHandle matrix;
  int status = make_matrix(&matrix, compare->training, 1, error);
  if (!status) status = open_booster(model, compare, matrix, depth, error);
  const booster *m = *model;
  for (int round = 0; round < rounds && !status; round++) status = boost(m->handle, matrix, round, error);
  if (!status) status = measure(m, row, error);
  if (matrix) XGDMatrixFree(matrix);
  if (status) close_booster(model);
  return status;
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  trials t = {.compare = compare, .split = train_compare_split(compare, FITTING, HELD)};
  size_t best;
  *model = NULL;
  int status = make_matrix(&t.fitting, &t.split.fitting, 1, error);
  if (!status) status = make_matrix(&t.held, &t.split.held, 1, error);
  if (!status)
    status = train_compare_choose(compare, family, compare->quick ? QUICK_SETTINGS : SETTINGS, try_depth, &t, row,
                                  &best, error);
  if (t.fitting) XGDMatrixFree(t.fitting);
  if (t.held) XGDMatrixFree(t.held);
  return status ? status : fit(model, compare, depths[best], t.rounds[best], row, error);
}

const train_family train_family_boosted = {.name = "boosted",
                                           .title = "boosted trees of pixels",
                                           .full_seconds = 1500,
                                           .quick_seconds = 12,
                                           .train = train,
                                           .predict = predict,
                                           .close = close_booster};
