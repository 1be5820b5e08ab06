/* Random forests (Breiman 2001), trained and answered by OpenCV's ml. Its trees grow to a depth of 25 at most. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shim/module.h"
#include "compare.h"
#include "features.h"

enum { BLOCK = 256, FITTING = 10000, HELD = 5000, TREES = 300, TRIAL_TREES = 100, QUICK_TREES = 50, DEPTH = 25 };

/* Variables a node looks at, as a multiple of the square root of all. */
static const double choices[] = {0.5, 1.0, 2.0};

typedef struct forest {
  const shim_ml_table *ml;
  shim_forest *trees;
  train_feature feature;
  int height, width;
  float *block; /* BLOCK x features */
} forest;

static void close_forest(void **model) {
  forest *m = *model;
  if (!m) return;
  m->ml->forest_close(&m->trees);
  free(m->block);
  free(m);
  *model = NULL;
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const forest *m = model;
  const size_t picture = (size_t)m->height * (size_t)m->width;
  for (size_t first = 0; first < count; first += BLOCK) {
    const size_t rest = count - first, block = rest < BLOCK ? rest : BLOCK;
    const int status =
        train_feature_make(m->feature, pixels + first * picture, block, m->height, m->width, m->block, error);
    if (status) return status;
    if (m->ml->forest_predict(m->trees, m->block, block, scores + first * TRAIN_DIGITS))
      return train_fail(error, TRAIN_ERR_INTERNAL, "random forest: %s", m->ml->error());
  }
  return TRAIN_OK;
}

static int learn(forest *m, const train_dataset *set, double choice, int trees, train_error *error) {
  train_samples samples;
  int status = train_samples_make(&samples, m->feature, set, error);
  if (status) return status;
  const shim_samples view = {.values = samples.values,
                             .labels = samples.labels,
                             .count = samples.count,
                             .width = samples.width,
                             .classes = TRAIN_DIGITS};
  const shim_forest_options options = {
      .trees = trees, .depth = DEPTH, .variables = 1 + (int)(choice * sqrt((double)samples.width))};
  if (!status && m->ml->forest_train(&view, &options, &m->trees))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "random forest: %s", m->ml->error());
  if (!status && !(m->block = malloc(BLOCK * samples.width * sizeof *m->block))) status = train_fail_memory(error);
  train_samples_free(&samples);
  return status;
}

static int fit(void **model, const train_dataset *set, train_feature feature, double choice, int trees,
               train_error *error) {
  forest *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  *m = (forest){.ml = shim_module_ml(NULL), .feature = feature, .height = set->height, .width = set->width};
  const int status = learn(m, set, choice, trees, error);
  if (status) close_forest(model);
  return status;
}

typedef struct trials {
  train_split split;
  train_feature feature;
  int trees;
} trials;

static int fit_setting(void *user, size_t setting, char *text, void **model, train_error *error) {
  const trials *t = user;
  snprintf(text, TRAIN_SETTINGS_SIZE, "%g sqrt(features) tried at a node", choices[setting]);
  return fit(model, &t->split.fitting, t->feature, choices[setting], t->trees, error);
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  const int trees = compare->quick ? QUICK_TREES : TREES;
  trials t = {.split = train_compare_split(compare, FITTING, HELD),
              .feature = (train_feature)family->variant,
              .trees = trees < TRIAL_TREES ? trees : TRIAL_TREES};
  size_t best, nodes = 0;
  *model = NULL;
  int status = train_compare_choose_fit(compare, family, &t.split.held, sizeof choices / sizeof *choices, fit_setting,
                                        &t, row, &best, error);
  if (!status) status = fit(model, compare->training, t.feature, choices[best], trees, error);
  if (status) return status;
  const forest *m = *model;
  if (m->ml->forest_measure(m->trees, &nodes, &row->bytes)) {
    close_forest(model);
    return train_fail(error, TRAIN_ERR_INTERNAL, "random forest: %s", m->ml->error());
  }
  const size_t used = strlen(row->settings);
  snprintf(row->settings + used, TRAIN_SETTINGS_SIZE - used, "; %d trees, %zu nodes", trees, nodes);
  row->parameters = nodes;
  return TRAIN_OK;
}

#define FOREST                                                                                                         \
  .full_seconds = 1500, .quick_seconds = 10, .missing = train_compare_missing_ml, .train = train, .predict = predict,  \
  .close = close_forest

const train_family train_family_forest_pixels = {
    .name = "forest-pixels", .title = "random forest of pixels", .variant = TRAIN_FEATURE_PIXELS, FOREST};
const train_family train_family_forest_hog = {
    .name = "forest-hog", .title = "random forest of HOG", .variant = TRAIN_FEATURE_HOG, FOREST};
