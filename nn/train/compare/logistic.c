/* Multinomial logistic regression on pixels: softmax of a linear map, the mean negative log likelihood plus
 * decay / 2 |weights|^2 brought to its minimum by L-BFGS. It sees no strokes, only which pixels are dark. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../interruption.h"
#include "compare.h"
#include "features.h"
#include "minimise.h"

enum { BLOCK = 1024, FITTING = 50000, HELD = 10000, MOST_ITERATIONS = 1500, QUICK_ITERATIONS = 100 };

static const double decays[] = {1e-5, 1e-4, 1e-3};
static const double TOLERANCE = 2e-5;

typedef struct logistic {
  float *weights; /* TRAIN_DIGITS x inputs, then TRAIN_DIGITS offsets */
  float *block;   /* BLOCK x inputs */
  size_t inputs;
  int height, width;
} logistic;

/* The logits of count rows. */
static void map_rows(const float *weights, size_t inputs, const float *rows, size_t count, float *out) {
  const float *offsets = weights + TRAIN_DIGITS * inputs;
  for (size_t i = 0; i < count; i++) memcpy(out + i * TRAIN_DIGITS, offsets, TRAIN_DIGITS * sizeof *out);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, TRAIN_DIGITS, (int)inputs, 1.0f, rows, (int)inputs,
              weights, (int)inputs, 1.0f, out, TRAIN_DIGITS);
}

typedef struct objective {
  const train_samples *samples;
  double decay;
  float *errors; /* BLOCK x TRAIN_DIGITS: logits, then probability minus truth */
} objective;

/* Returns the negative log likelihood; the logits become its gradient by them. */
static double descend_row(float *row, int label) {
  double sum = 0.0;
  float most = row[0];
  for (int c = 1; c < TRAIN_DIGITS; c++) most = row[c] > most ? row[c] : most;
  const double right = (double)(row[label] - most);
  for (int c = 0; c < TRAIN_DIGITS; c++) sum += (double)(row[c] = expf(row[c] - most));
  for (int c = 0; c < TRAIN_DIGITS; c++) row[c] = (float)((double)row[c] / sum) - (float)(c == label);
  return log(sum) - right;
}

static double evaluate(void *user, const float *x, float *gradient) {
  const objective *o = user;
  const size_t inputs = o->samples->width, weights = TRAIN_DIGITS * inputs;
  const float share = 1.0f / (float)o->samples->count;
  double loss = 0.0;
  memset(gradient, 0, (weights + TRAIN_DIGITS) * sizeof *gradient);
  for (size_t first = 0; first < o->samples->count; first += BLOCK) {
    const size_t rest = o->samples->count - first, count = rest < BLOCK ? rest : BLOCK;
    const float *rows = o->samples->values + first * inputs;
    map_rows(x, inputs, rows, count, o->errors);
    for (size_t i = 0; i < count; i++) {
      float *row = o->errors + i * TRAIN_DIGITS;
      loss += descend_row(row, o->samples->labels[first + i]);
      for (int c = 0; c < TRAIN_DIGITS; c++) gradient[weights + (size_t)c] += share * row[c];
    }
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, TRAIN_DIGITS, (int)inputs, (int)count, share, o->errors,
                TRAIN_DIGITS, rows, (int)inputs, 1.0f, gradient, (int)inputs);
  }
  cblas_saxpy((int)weights, (float)o->decay, x, 1, gradient, 1);
  return loss * (double)share + 0.5 * o->decay * cblas_dsdot((int)weights, x, 1, x, 1);
}

static void close_logistic(void **model) {
  logistic *m = *model;
  if (!m) return;
  free(m->weights);
  free(m->block);
  free(m);
  *model = NULL;
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  (void)error;
  const logistic *m = model;
  for (size_t first = 0; first < count; first += BLOCK) {
    const size_t rest = count - first, block = rest < BLOCK ? rest : BLOCK;
    train_feature_make(TRAIN_FEATURE_PIXELS, pixels + first * m->inputs, block, m->height, m->width, m->block, NULL);
    map_rows(m->weights, m->inputs, m->block, block, scores + first * TRAIN_DIGITS);
  }
  return TRAIN_OK;
}

static int fit(void **model, const train_compare *compare, const train_dataset *set, double decay,
               train_minimum *minimum, train_error *error) {
  train_samples samples;
  *model = NULL;
  int status = train_samples_make(&samples, TRAIN_FEATURE_PIXELS, set, error);
  if (status) return status;
  logistic *m = calloc(1, sizeof *m);
  objective o = {.samples = &samples, .decay = decay, .errors = malloc((size_t)BLOCK * TRAIN_DIGITS * sizeof(float))};
  *model = m;
  if (m) {
    *m = (logistic){.inputs = samples.width, .height = set->height, .width = set->width};
    m->weights = calloc(TRAIN_DIGITS * (samples.width + 1), sizeof *m->weights);
    m->block = malloc(BLOCK * samples.width * sizeof *m->block);
  }
  if (!m || !m->weights || !m->block || !o.errors) status = train_fail_memory(error);
  const int most = compare->quick ? QUICK_ITERATIONS : MOST_ITERATIONS;
  if (!status)
    status = train_minimise(evaluate, &o, TRAIN_DIGITS * (samples.width + 1), m->weights, TOLERANCE, most,
                            train_interruption_asked, minimum, error);
  free(o.errors);
  train_samples_free(&samples);
  if (status) close_logistic(model);
  return status;
}

typedef struct trials {
  const train_compare *compare;
  train_split split;
} trials;

static int fit_setting(void *user, size_t setting, char *text, void **model, train_error *error) {
  const trials *t = user;
  train_minimum minimum;
  snprintf(text, TRAIN_SETTINGS_SIZE, "weight decay %g", decays[setting]);
  return fit(model, t->compare, &t->split.fitting, decays[setting], &minimum, error);
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  trials t = {.compare = compare, .split = train_compare_split(compare, FITTING, HELD)};
  train_minimum minimum;
  size_t best;
  *model = NULL;
  int status = train_compare_choose_fit(compare, family, &t.split.held, sizeof decays / sizeof *decays, fit_setting, &t,
                                        row, &best, error);
  if (!status) status = fit(model, compare, compare->training, decays[best], &minimum, error);
  if (status) return status;
  const size_t used = strlen(row->settings);
  snprintf(row->settings + used, TRAIN_SETTINGS_SIZE - used, "; %d iterations, %s", minimum.iterations,
           minimum.converged ? "converged" : "not yet converged");
  row->parameters = TRAIN_DIGITS * (((const logistic *)*model)->inputs + 1);
  row->bytes = row->parameters * sizeof(float);
  return TRAIN_OK;
}

const train_family train_family_logistic = {.name = "logistic",
                                            .title = "logistic regression",
                                            .full_seconds = 700,
                                            .quick_seconds = 4,
                                            .train = train,
                                            .predict = predict,
                                            .close = close_logistic};
