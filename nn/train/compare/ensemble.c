/* The mean of the CNNs' probabilities. Their errors differ in part, so the mean is right more often than each alone;
 * it takes the time of all. */
#include <stdio.h>
#include <stdlib.h>

#include "compare.h"

static const char *const members[] = {"lenet", "shipped", "large"};

enum { MEMBERS = sizeof members / sizeof *members };

typedef struct ensemble {
  void *models[MEMBERS];
} ensemble;

static void close_ensemble(void **model) {
  ensemble *m = *model;
  if (!m) return;
  for (int i = 0; i < MEMBERS; i++) train_network_close_file(&m->models[i]);
  free(m);
  *model = NULL;
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  (void)family;
  char path[TRAIN_PATH_SIZE];
  int status = TRAIN_OK, used = snprintf(row->settings, sizeof row->settings, "mean of the probabilities of");
  ensemble *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  for (int i = 0; i < MEMBERS && !status; i++) {
    train_row member = {0};
    status = train_network_file(compare, members[i], path, &member, error);
    if (!status) status = train_network_open_file(&m->models[i], path, compare->problem, error);
    if (status) break;
    train_network_measure(m->models[i], row);
    row->training_seconds += member.training_seconds;
    used += snprintf(row->settings + used, sizeof row->settings - (size_t)used, "%s %s", i ? "," : "", members[i]);
  }
  if (status) close_ensemble(model);
  return status;
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const ensemble *m = model;
  const size_t size = count * TRAIN_DIGITS;
  int status = TRAIN_OK;
  float *single = malloc(size * sizeof *single);
  if (!single) return train_fail_memory(error);
  for (size_t k = 0; k < size; k++) scores[k] = 0.0f;
  for (int i = 0; i < MEMBERS && !status; i++) {
    status = train_network_predict(m->models[i], pixels, count, single, error);
    for (size_t k = 0; k < size && !status; k++) scores[k] += single[k] / MEMBERS;
  }
  free(single);
  return status;
}

const train_family train_family_ensemble = {.name = "ensemble",
                                            .title = "ensemble of the CNNs",
                                            .full_seconds = 60,
                                            .quick_seconds = 3,
                                            .train = train,
                                            .predict = predict,
                                            .close = close_ensemble,
                                            .made_of_rows = 1};
