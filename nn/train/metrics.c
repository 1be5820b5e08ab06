/* Accuracy, likelihood, calibration (expected calibration error and temperature scaling: Guo, Pleiss, Sun,
 * Weinberger: On calibration of modern neural networks, 2017) and the risk-coverage curve (El-Yaniv and Wiener,
 * 2010). */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 15 };

static const double coverages[TRAIN_RISK_POINTS] = {0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0};

/* A probability of 0 would make the likelihood infinite. */
static const double LEAST_PROBABILITY = 1e-12;

static int by_confidence(const void *a, const void *b) {
  const train_answer *x = a, *y = b;
  if (x->confidence != y->confidence) return x->confidence < y->confidence ? 1 : -1;
  return x->correct - y->correct; /* of equally sure answers the wrong one first: no luck in the curve */
}

static void measure_risks(train_metrics *m, train_answer *answers, size_t count) {
  qsort(answers, count, sizeof *answers, by_confidence);
  size_t done = 0, wrong = 0;
  for (int i = 0; i < TRAIN_RISK_POINTS; i++) {
    size_t kept = (size_t)ceil(coverages[i] * (double)count - 1e-9);
    if (kept < 1) kept = 1;
    for (; done < kept; done++) wrong += !answers[done].correct;
    m->risks[i] = (train_risk){.coverage = (double)kept / (double)count,
                               .threshold = answers[kept - 1].confidence,
                               .risk = (double)wrong / (double)kept};
  }
}

enum { REJECTED_SHARE = 100 /* one in so many */ };

/* answers: the surest first. */
static double removed_errors(const train_answer *answers, size_t count) {
  size_t wrong = 0, removed = 0;
  for (size_t i = 0; i < count; i++) {
    wrong += !answers[i].correct;
    removed += !answers[i].correct && i >= count - count / REJECTED_SHARE;
  }
  return wrong ? (double)removed / (double)wrong : 0.0;
}

static double calibration_error(const train_answer *answers, size_t count) {
  double confidence[BINS] = {0}, correct[BINS] = {0}, error = 0.0;
  for (size_t i = 0; i < count; i++) {
    const int bin = answers[i].confidence < 1.0 ? (int)(answers[i].confidence * BINS) : BINS - 1;
    confidence[bin] += answers[i].confidence;
    correct[bin] += answers[i].correct;
  }
  for (int b = 0; b < BINS; b++) error += fabs(confidence[b] - correct[b]) / (double)count;
  return error;
}

void train_metrics_of_answers(train_metrics *out, train_answer *answers, size_t count) {
  *out = (train_metrics){.images = count};
  for (size_t i = 0; i < count; i++) out->correct += answers[i].correct != 0;
  out->accuracy = (double)out->correct / (double)count;
  out->calibration_error = calibration_error(answers, count);
  measure_risks(out, answers, count);
  out->errors_removed = removed_errors(answers, count);
}

int train_metrics_compute(train_metrics *out, const double *probabilities, const uint8_t *labels, size_t count,
                          size_t classes, train_error *error) {
  double loss = 0.0;
  *out = (train_metrics){0};
  if (count == 0) return train_fail(error, TRAIN_ERR_ARGUMENT, "there are no pictures to measure on");
  train_answer *answers = calloc(count, sizeof *answers);
  if (!answers) return train_fail_memory(error);
  for (size_t i = 0; i < count; i++) {
    const double *row = probabilities + i * classes;
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
      if (row[c] > row[best]) best = c;
    answers[i] = (train_answer){.confidence = row[best], .correct = best == labels[i]};
    loss -= log(fmax(row[labels[i]], LEAST_PROBABILITY));
  }
  train_metrics_of_answers(out, answers, count);
  out->negative_log_likelihood = loss / (double)count;
  free(answers);
  return TRAIN_OK;
}

void train_softmax(const float *logits, size_t count, size_t classes, double temperature, double *probabilities) {
  for (size_t i = 0; i < count; i++, logits += classes, probabilities += classes) {
    double largest = logits[0], sum = 0.0;
    for (size_t c = 1; c < classes; c++)
      if (logits[c] > largest) largest = logits[c];
    for (size_t c = 0; c < classes; c++) sum += probabilities[c] = exp((logits[c] - largest) / temperature);
    for (size_t c = 0; c < classes; c++) probabilities[c] /= sum;
  }
}

typedef struct judged {
  const float *logits; /* count x views x classes */
  const uint8_t *labels;
  const uint32_t *sets;
  size_t count, views, classes;
} judged;

/* The probability of the set's classes, the mean over a picture's views. */
static double set_probability(const judged *j, const float *logits, uint32_t set, double scale) {
  double mean = 0.0;
  for (size_t v = 0; v < j->views; v++, logits += j->classes) {
    double largest = logits[0], sum = 0.0, within = 0.0;
    for (size_t c = 1; c < j->classes; c++)
      if (logits[c] > largest) largest = logits[c];
    for (size_t c = 0; c < j->classes; c++) {
      const double weight = exp((logits[c] - largest) * scale);
      sum += weight;
      within += set >> c & 1 ? weight : 0.0;
    }
    mean += within / sum / (double)j->views;
  }
  return mean;
}

static double likelihood_loss(const judged *j, double scale) {
  double loss = 0.0;
  for (size_t i = 0; i < j->count; i++) {
    const uint32_t set = j->sets ? j->sets[j->labels[i]] : (uint32_t)1 << j->labels[i];
    loss -= log(fmax(set_probability(j, j->logits + i * j->views * j->classes, set, scale), 1e-300));
  }
  return loss;
}

double train_fit_temperature(const float *logits, const uint8_t *labels, size_t count, size_t classes) {
  return train_fit_temperature_of_sets(logits, labels, NULL, count, 1, classes);
}

/* Golden section over the logarithm of 1 / temperature, in which the loss has one minimum (of sets: nearly always). */
double train_fit_temperature_of_sets(const float *logits, const uint8_t *labels, const uint32_t *sets, size_t count,
                                     size_t views, size_t classes) {
  const judged j = {logits, labels, sets, count, views, classes};
  const double golden = 0.6180339887498949;
  double low = log(0.05), high = log(20.0);
  double a = high - golden * (high - low), b = low + golden * (high - low);
  double loss_a = likelihood_loss(&j, exp(a)), loss_b = likelihood_loss(&j, exp(b));
  while (high - low > 1e-4) {
    if (loss_a < loss_b) {
      high = b;
      b = a;
      loss_b = loss_a;
      a = high - golden * (high - low);
      loss_a = likelihood_loss(&j, exp(a));
    } else {
      low = a;
      a = b;
      loss_a = loss_b;
      b = low + golden * (high - low);
      loss_b = likelihood_loss(&j, exp(b));
    }
  }
  return exp(-0.5 * (low + high));
}

json_t *train_metrics_to_json(const train_metrics *m) {
  json_t *curve = json_array();
  for (int i = 0; i < TRAIN_RISK_POINTS; i++)
    if (json_array_append_new(curve, json_pack("{s:f, s:f, s:f}", "coverage", m->risks[i].coverage, "threshold",
                                               m->risks[i].threshold, "risk", m->risks[i].risk))) {
      json_decref(curve);
      return NULL;
    }
  return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:o}", "images", (json_int_t)m->images, "correct",
                   (json_int_t)m->correct, "accuracy", m->accuracy, "nll", m->negative_log_likelihood, "ece",
                   m->calibration_error, "errors_removed_by_1_percent", m->errors_removed, "risk_coverage", curve);
}
