/* Support vector machines with an RBF kernel (Cortes, Vapnik 1995; one against one), trained by OpenCV's ml and
 * answered here: the products with all support vectors of a block of pictures are one matrix product. The kernel's
 * width is tried in multiples of 1 / total variance of the features. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shim/module.h"
#include "compare.h"
#include "features.h"

enum { BLOCK = 64, FITTING = 10000, HELD = 5000 };

/* With --quick the first QUICK_SETTINGS alone. Where features are few, the classes part in narrower folds. */
static const struct setting {
  double penalty, width;
} settings_of_many[] = {{10, 0.5}, {10, 1}, {10, 0.25}, {10, 2}, {3, 0.5}, {3, 1}},
  settings_of_few[] = {{10, 5}, {10, 1}, {3, 5}, {30, 1}, {3, 20}, {1, 5}};

enum { SETTINGS = sizeof settings_of_many / sizeof *settings_of_many, QUICK_SETTINGS = 2 };
_Static_assert(sizeof settings_of_few == sizeof settings_of_many, "as many settings of one as of the other");

static const struct setting *settings_of(train_feature feature) {
  return feature == TRAIN_FEATURE_SHAPE_HU ? settings_of_few : settings_of_many;
}

typedef struct machine {
  const shim_ml_table *ml;
  shim_svm svm;
  train_feature feature;
  int height, width, classes;
  float *squares;                /* |v|^2 of each support vector */
  float *block, *kernels, *sums; /* BLOCK x features, BLOCK x vectors, BLOCK x pairs */
} machine;

static void close_machine(void **model) {
  machine *m = *model;
  if (!m) return;
  m->ml->svm_free(&m->svm);
  free(m->squares);
  free(m->block);
  free(m->kernels);
  free(m->sums);
  free(m);
  *model = NULL;
}

static int prepare(machine *m, train_error *error) {
  const shim_svm *s = &m->svm;
  m->squares = malloc(s->vector_count * sizeof *m->squares);
  m->block = malloc(BLOCK * s->width * sizeof *m->block);
  m->kernels = malloc(BLOCK * s->vector_count * sizeof *m->kernels);
  m->sums = malloc(BLOCK * s->pair_count * sizeof *m->sums);
  if (!m->squares || !m->block || !m->kernels || !m->sums) return train_fail_memory(error);
  for (size_t i = 0; i < s->vector_count; i++) {
    const float *vector = s->vectors + i * s->width;
    m->squares[i] = cblas_sdot((int)s->width, vector, 1, vector, 1);
  }
  return TRAIN_OK;
}

/* One vote a pair; of equal votes the larger sum decides. */
static void vote(const shim_svm *s, int classes, const float *sums, float *scores) {
  float totals[TRAIN_COMPARED_CLASSES_MOST] = {0};
  for (int c = 0; c < classes; c++) scores[c] = 0.0f;
  for (int i = 0, pair = 0; i < classes; i++)
    for (int j = i + 1; j < classes; j++, pair++) {
      const float sum = sums[pair] - (float)s->offsets[pair];
      scores[sum > 0.0f ? i : j] += 1.0f;
      totals[i] += sum;
      totals[j] -= sum;
    }
  for (int c = 0; c < classes; c++) scores[c] += totals[c] / (3.0f * (1.0f + fabsf(totals[c])));
}

static int predict_block(const machine *m, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const shim_svm *s = &m->svm;
  const int width = (int)s->width, vectors = (int)s->vector_count, pairs = (int)s->pair_count;
  const int status = train_feature_make(m->feature, pixels, count, m->height, m->width, m->block, error);
  if (status) return status;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, vectors, width, -2.0f, m->block, width, s->vectors,
              width, 0.0f, m->kernels, vectors);
  for (size_t i = 0; i < count; i++) {
    const float square = cblas_sdot(width, m->block + i * s->width, 1, m->block + i * s->width, 1);
    float *row = m->kernels + i * s->vector_count;
    for (int k = 0; k < vectors; k++) row[k] = expf((float)-s->gamma * (square + m->squares[k] + row[k]));
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, pairs, vectors, 1.0f, m->kernels, vectors,
              s->weights, vectors, 0.0f, m->sums, pairs);
  for (size_t i = 0; i < count; i++) vote(s, m->classes, m->sums + i * s->pair_count, scores + i * (size_t)m->classes);
  return TRAIN_OK;
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const machine *m = model;
  int status = TRAIN_OK;
  const size_t picture = (size_t)m->height * (size_t)m->width;
  for (size_t first = 0; first < count && !status; first += BLOCK) {
    const size_t rest = count - first;
    status = predict_block(m, pixels + first * picture, rest < BLOCK ? rest : BLOCK,
                           scores + first * (size_t)m->classes, error);
  }
  return status;
}

/* The sum of all features' variances. */
static double total_variance(const train_samples *samples) {
  double total = 0.0;
  for (size_t f = 0; f < samples->width; f++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < samples->count; i++) {
      const double value = (double)samples->values[i * samples->width + f];
      sum += value;
      square += value * value;
    }
    total += square / (double)samples->count - sum * sum / ((double)samples->count * (double)samples->count);
  }
  return total;
}

static int learn(machine *m, const train_dataset *set, const struct setting *setting, train_error *error) {
  train_samples samples;
  int status = train_samples_make(&samples, m->feature, set, error);
  if (status) return status;
  const shim_samples view = {.values = samples.values,
                             .labels = samples.labels,
                             .count = samples.count,
                             .width = samples.width,
                             .classes = m->classes};
  const double variance = total_variance(&samples);
  if (!status && m->ml->svm_train(&view, setting->penalty, setting->width / (variance > 0.0 ? variance : 1.0), &m->svm))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "support vector machine: %s", m->ml->error());
  train_samples_free(&samples);
  return status;
}

static int fit(void **model, const train_dataset *set, train_feature feature, int classes,
               const struct setting *setting, train_error *error) {
  machine *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  *m = (machine){
      .ml = shim_module_ml(NULL), .feature = feature, .height = set->height, .width = set->width, .classes = classes};
  int status = learn(m, set, setting, error);
  if (!status) status = prepare(m, error);
  if (status) close_machine(model);
  return status;
}

typedef struct trials {
  train_split split;
  train_feature feature;
  int classes;
} trials;

static int fit_setting(void *user, size_t setting, char *text, void **model, train_error *error) {
  const trials *t = user;
  const struct setting *tried = &settings_of(t->feature)[setting];
  snprintf(text, TRAIN_SETTINGS_SIZE, "C = %g, gamma = %g / variance", tried->penalty, tried->width);
  return fit(model, &t->split.fitting, t->feature, t->classes, tried, error);
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  const int classes = compare->problem->classes;
  trials t = {.split = train_compare_split(compare, family->fitting ? family->fitting : FITTING, HELD),
              .feature = (train_feature)family->variant,
              .classes = classes};
  size_t best;
  *model = NULL;
  int status = train_compare_choose_fit(compare, family, &t.split.held, compare->quick ? QUICK_SETTINGS : SETTINGS,
                                        fit_setting, &t, row, &best, error);
  if (!status) status = fit(model, compare->training, t.feature, classes, &settings_of(t.feature)[best], error);
  if (status) return status;
  const shim_svm *s = &((const machine *)*model)->svm;
  const size_t used = strlen(row->settings);
  snprintf(row->settings + used, TRAIN_SETTINGS_SIZE - used, "; gamma = %.4g, %zu support vectors", s->gamma,
           s->vector_count);
  row->parameters = s->vector_count * (s->width + (size_t)classes - 1) + s->pair_count;
  row->bytes = row->parameters * sizeof(float);
  return TRAIN_OK;
}

#define MACHINE .missing = train_compare_missing_ml, .train = train, .predict = predict, .close = close_machine

const train_family train_family_svm_pixels = {.name = "svm-pixels",
                                              .title = "RBF SVM of pixels",
                                              .variant = TRAIN_FEATURE_PIXELS,
                                              .full_seconds = 2400,
                                              .quick_seconds = 6,
                                              MACHINE};
const train_family train_family_svm_hog = {.name = "svm-hog",
                                           .title = "RBF SVM of HOG",
                                           .variant = TRAIN_FEATURE_HOG,
                                           .full_seconds = 2400,
                                           .quick_seconds = 6,
                                           MACHINE};
const train_family train_family_svm_hu = {.name = "svm-hu",
                                          .title = "RBF SVM of Hu's moments",
                                          .variant = TRAIN_FEATURE_SHAPE_HU,
                                          .fitting = 1500,
                                          .full_seconds = 60,
                                          .quick_seconds = 3,
                                          MACHINE};
const train_family train_family_svm_shape_hog = {.name = "svm-hog",
                                                 .title = "RBF SVM of HOG",
                                                 .variant = TRAIN_FEATURE_SHAPE_HOG,
                                                 .fitting = 1500,
                                                 .full_seconds = 300,
                                                 .quick_seconds = 12,
                                                 MACHINE};
