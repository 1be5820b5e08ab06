/* What all rows share: the choice of settings, and the measuring. */
#include <cblas.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../interruption.h"
#include "../../../shim/module.h"
#include "compare.h"

void train_compare_say(const train_compare *compare, const char *format, ...) {
  if (compare->quiet) return;
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

train_split train_compare_split(const train_compare *compare, size_t fitting, size_t held) {
  const train_dataset *all = compare->training;
  const size_t pixels = (size_t)all->height * (size_t)all->width;
  if (held > all->count / 5) held = all->count / 5;
  if (compare->held) held = compare->held;
  if (held == 0) held = 1;
  const size_t first_held = all->count - held;
  if (fitting > first_held) fitting = first_held;
  train_split split = {.fitting = *all, .held = *all};
  split.fitting.pixels += (first_held - fitting) * pixels;
  split.fitting.labels += first_held - fitting;
  split.fitting.count = fitting;
  split.held.pixels += first_held * pixels;
  split.held.labels += first_held;
  split.held.count = held;
  return split;
}

static size_t count_correct(const float *scores, const uint8_t *labels, size_t count, int classes) {
  size_t correct = 0;
  for (size_t i = 0; i < count; i++) {
    const float *row = scores + i * (size_t)classes;
    int best = 0;
    for (int c = 1; c < classes; c++)
      if (row[c] > row[best]) best = c;
    correct += best == labels[i];
  }
  return correct;
}

const char *train_compare_missing_ml(void) {
  const char *why = NULL;
  shim_module_ml(&why);
  return why;
}

double train_compare_accuracy(const float *scores, const uint8_t *labels, size_t count, int classes) {
  return count ? (double)count_correct(scores, labels, count, classes) / (double)count : 0.0;
}

int train_compare_choose(const train_compare *compare, const train_family *family, size_t count, train_trial *trial,
                         void *user, train_row *row, size_t *best, train_error *error) {
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  double most = -1.0;
  *best = 0;
  for (size_t i = 0; i < count; i++) {
    char text[TRAIN_SETTINGS_SIZE];
    double accuracy;
    if (train_interruption_asked(NULL)) return train_fail(error, TRAIN_ERR_STOPPED, "stopped");
    const double before = train_clock_seconds(CLOCK_MONOTONIC);
    const int status = trial(user, i, text, &accuracy, error);
    if (status) return status;
    train_compare_say(compare, "  %s: %s: %.2f %% of held-out training pictures, %.1f s", family->name, text,
                      100.0 * accuracy, train_clock_seconds(CLOCK_MONOTONIC) - before);
    if (accuracy <= most) continue;
    most = accuracy;
    *best = i;
    snprintf(row->settings, sizeof row->settings, "%s", text);
  }
  row->choosing_seconds = train_clock_seconds(CLOCK_MONOTONIC) - start;
  return TRAIN_OK;
}

typedef struct fit_trials {
  const train_family *family;
  const train_dataset *held;
  train_fitting *fit;
  void *user;
  float *scores; /* of the held pictures */
  int classes;
} fit_trials;

static int try_fit(void *user, size_t setting, char *text, double *accuracy, train_error *error) {
  const fit_trials *t = user;
  void *model;
  int status = t->fit(t->user, setting, text, &model, error);
  if (status) return status;
  status = t->family->predict(model, t->held->pixels, t->held->count, t->scores, error);
  if (!status) *accuracy = train_compare_accuracy(t->scores, t->held->labels, t->held->count, t->classes);
  t->family->close(&model);
  return status;
}

int train_compare_choose_fit(const train_compare *compare, const train_family *family, const train_dataset *held,
                             size_t count, train_fitting *fit, void *user, train_row *row, size_t *best,
                             train_error *error) {
  fit_trials t = {.family = family, .held = held, .fit = fit, .user = user, .classes = compare->problem->classes};
  t.scores = malloc(held->count * (size_t)t.classes * sizeof *t.scores);
  if (!t.scores) return train_fail_memory(error);
  const int status = train_compare_choose(compare, family, count, try_fit, &t, row, best, error);
  free(t.scores);
  return status;
}

/* The test set as it is, timed; then in each corruption. */
static int measure(const train_compare *compare, const train_family *family, void *model, train_row *row,
                   train_error *error) {
  const train_dataset *test = compare->test;
  const int classes = compare->problem->classes;
  float *scores = malloc(test->count * (size_t)classes * sizeof *scores);
  if (!scores) return train_fail_memory(error);
  openblas_set_num_threads(1);
  const double start = train_clock_seconds(CLOCK_THREAD_CPUTIME_ID);
  int status = family->predict(model, test->pixels, test->count, scores, error);
  row->prediction_microseconds = 1e6 * (train_clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start) / (double)test->count;
  row->images = test->count;
  if (!status) row->correct = count_correct(scores, test->labels, test->count, classes);
  openblas_set_num_threads(compare->threads);
  for (int c = 0; c < compare->problem->corruptions && !status; c++) {
    train_dataset corrupted;
    if (train_interruption_asked(NULL)) {
      status = train_fail(error, TRAIN_ERR_STOPPED, "stopped while it was measured");
      break;
    }
    status = train_corrupt(&corrupted, test, (train_corruption)c, error);
    if (!status) status = family->predict(model, corrupted.pixels, corrupted.count, scores, error);
    if (!status) row->corrupted[c] = train_compare_accuracy(scores, corrupted.labels, corrupted.count, classes);
    train_dataset_free(&corrupted);
  }
  free(scores);
  return status;
}

int train_compare_run(const train_compare *compare, const train_family *family, train_row *row, train_error *error) {
  void *model = NULL;
  *row = (train_row){0};
  openblas_set_num_threads(compare->threads);
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  int status = family->train(&model, compare, family, row, error);
  if (status) return status;
  if (row->training_seconds == 0.0)
    row->training_seconds = train_clock_seconds(CLOCK_MONOTONIC) - start - row->choosing_seconds;
  status = measure(compare, family, model, row, error);
  family->close(&model);
  return status;
}
