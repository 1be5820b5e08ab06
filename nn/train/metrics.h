/* How good a classifier's probabilities are. */
#ifndef GLYPHLIFT_TRAIN_METRICS_H
#define GLYPHLIFT_TRAIN_METRICS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

typedef struct train_risk {
  double coverage;  /* share of the pictures kept, the surest first */
  double threshold; /* least confidence among them */
  double risk;      /* share of wrong answers among them */
} train_risk;

enum { TRAIN_RISK_POINTS = 9 };

typedef struct train_answer {
  double confidence;
  int correct;
} train_answer;

typedef struct train_metrics {
  size_t images, correct;
  double accuracy;
  double negative_log_likelihood; /* mean, natural logarithm */
  double calibration_error;       /* expected calibration error, 15 bins of equal width */
  train_risk risks[TRAIN_RISK_POINTS];
  double errors_removed; /* share of the wrong answers that goes with the least certain 1 %; 0: none was wrong */
} train_metrics;

/* probabilities: count x classes, each row adds up to 1. */
int train_metrics_compute(train_metrics *out, const double *probabilities, const uint8_t *labels, size_t count,
                          size_t classes, train_error *error);

/* What answers alone tell: all but the likelihood, which is 0. Sorts them. count > 0. */
void train_metrics_of_answers(train_metrics *out, train_answer *answers, size_t count);

/* Writes the softmax of logits / temperature, count x classes. */
void train_softmax(const float *logits, size_t count, size_t classes, double temperature, double *probabilities);

/* The temperature that minimises the negative log likelihood. count > 0. */
double train_fit_temperature(const float *logits, const uint8_t *labels, size_t count, size_t classes);
/* The same where a label stands for any of the classes of sets[label] (bit c: class c; NULL: for its class) and an answer
 * is the mean of a picture's views (logits: count x views x classes). */
double train_fit_temperature_of_sets(const float *logits, const uint8_t *labels, const uint32_t *sets, size_t count,
                                     size_t views, size_t classes);

/* {"images", "correct", "accuracy", "nll", "ece", "errors_removed_by_1_percent", "risk_coverage"}; NULL without
 * memory. */
json_t *train_metrics_to_json(const train_metrics *metrics);

#endif
