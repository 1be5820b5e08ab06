/* Makes a model file of a finished run. The test set has no part in this: temperature and figures come from the
 * holdout. */
#include "finish.h"

#include <stdlib.h>
#include <string.h>

#include "../../pipeline/glyphlift.h"
#include "../../pipeline/stages/shapes.h"
#include "config.h"
#include "evaluate.h"
#include "export.h"
#include "metrics.h"
#include "quantise.h"
#include "shape_material.h"

enum { VERIFIED_PICTURES = 256 };

const char *const train_class_names[TRAIN_DIGITS + 1] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "none"};

typedef struct holdout {
  float *logits;         /* count x views x classes */
  double *probabilities; /* room for as many */
  const uint8_t *labels;
  size_t count, views, classes; /* views: pictures that are asked about for one */
} holdout;

/* Of shapes, the reader's views of each. */
static int predict_views(train_trainer *trainer, const uint8_t *pixels, holdout *h) {
  uint8_t *views = malloc(h->count * h->views * TRAIN_SHAPE_PIXELS + 1);
  for (size_t i = 0; views && i < h->count; i++) {
    uint8_t *first = views + i * h->views * TRAIN_SHAPE_PIXELS;
    memcpy(first, pixels + i * TRAIN_SHAPE_PIXELS, TRAIN_SHAPE_PIXELS);
    stage_shape_views(first);
  }
  if (views) train_trainer_predict(trainer, views, h->count * h->views, h->logits);
  free(views);
  return views ? TRAIN_OK : TRAIN_ERR_MEMORY;
}

static int open_holdout(holdout *h, train_trainer *trainer, train_error *error) {
  const int shapes = train_trainer_config(trainer)->subject == TRAIN_SUBJECT_SHAPES;
  const uint8_t *pixels;
  *h = (holdout){.views = shapes ? STAGE_SHAPE_VIEWS : 1, .classes = (size_t)train_trainer_network(trainer)->classes};
  train_trainer_holdout(trainer, &pixels, &h->labels, &h->count);
  h->logits = calloc(h->count * h->views * h->classes + 1, sizeof *h->logits);
  h->probabilities = calloc(h->count * h->views * h->classes + 1, sizeof *h->probabilities);
  int status = h->logits && h->probabilities ? TRAIN_OK : TRAIN_ERR_MEMORY;
  if (!status && shapes) status = predict_views(trainer, pixels, h);
  if (!status && !shapes) train_trainer_predict(trainer, pixels, h->count, h->logits);
  return status ? train_fail_memory(error) : TRAIN_OK;
}

/* Closes up the rows to their first ten values. Returns how many are left in a row. */
static size_t keep_digits(float *logits, size_t count, size_t classes) {
  if (classes <= TRAIN_DIGITS) return classes;
  for (size_t i = 1; i < count; i++)
    memmove(logits + i * TRAIN_DIGITS, logits + i * classes, TRAIN_DIGITS * sizeof *logits);
  return TRAIN_DIGITS;
}

/* Among the ten digits. */
static int measure_digits(holdout *h, double *temperature, train_metrics *metrics, train_error *error) {
  const size_t classes = keep_digits(h->logits, h->count, h->classes);
  if (*temperature == 0.0) *temperature = train_fit_temperature(h->logits, h->labels, h->count, classes);
  train_softmax(h->logits, h->count, classes, *temperature, h->probabilities);
  return train_metrics_compute(metrics, h->probabilities, h->labels, h->count, classes, error);
}

/* Among the classes that people's drawings are labelled with. */
static int measure_shapes(holdout *h, double *temperature, train_metrics *metrics, train_error *error) {
  int map[TRAIN_SHAPE_CLASSES];
  int status = train_map_classes(train_shape_class_names, TRAIN_SHAPE_CLASSES, train_people_names, TRAIN_PEOPLE_CLASSES,
                                 map, error);
  uint8_t *labels = malloc(h->count + 1);
  if (!status && !labels) status = train_fail_memory(error);
  if (!status) {
    if (*temperature == 0.0)
      *temperature =
          train_fit_temperature_of_sets(h->logits, h->labels, train_shape_sets, h->count, h->views, h->classes);
    train_softmax(h->logits, h->count * h->views, h->classes, *temperature, h->probabilities);
    for (size_t i = 0; i < h->count; i++) {
      float own[TRAIN_SHAPE_CLASSES] = {0}; /* the sums go where this row or one before it was */
      for (size_t v = 0; v < h->views; v++)
        for (size_t c = 0; c < h->classes; c++)
          own[c] += (float)(h->probabilities[(i * h->views + v) * h->classes + c] / (double)h->views);
      train_map_probabilities(map, own, h->classes, h->probabilities + i * TRAIN_PEOPLE_CLASSES, TRAIN_PEOPLE_CLASSES);
      labels[i] = (uint8_t)(h->labels[i] - TRAIN_SHAPE_CLASSES);
    }
    status = train_metrics_compute(metrics, h->probabilities, labels, h->count, TRAIN_PEOPLE_CLASSES, error);
  }
  free(labels);
  return status;
}

/* temperature 0 on entry: it is fitted. */
static int measure(train_trainer *trainer, double *temperature, train_metrics *metrics, train_error *error) {
  holdout h;
  int status = open_holdout(&h, trainer, error);
  const int shapes = train_trainer_config(trainer)->subject == TRAIN_SUBJECT_SHAPES;
  if (!status) status = (shapes ? measure_shapes : measure_digits)(&h, temperature, metrics, error);
  free(h.logits);
  free(h.probabilities);
  return status;
}

int train_finish_holdout_accuracy(train_trainer *trainer, double *accuracy, train_error *error) {
  train_metrics metrics;
  double temperature = 1.0;
  const int status = measure(trainer, &temperature, &metrics, error);
  *accuracy = metrics.accuracy;
  return status;
}

static json_t *make_record(const train_trainer *trainer, const train_finish *options, double temperature,
                           const train_metrics *metrics) {
  const train_config *config = train_trainer_config(trainer);
  const train_network *network = train_trainer_network(trainer);
  const train_architecture *architecture = train_architecture_find(config->architecture);
  json_t *record =
      json_pack("{s:s, s:o, s:s*, s:I, s:I, s:s, s:f, s:O*}", "trainer", "glyphlift-train " GLYPH_VERSION, "config",
                train_config_to_json(config), "architecture", architecture ? architecture->description : NULL,
                "parameters", (json_int_t)network->parameter_count, "multiply_adds", (json_int_t)network->multiply_adds,
                "kernels", network->kernels->name, "temperature", temperature, "run", (json_t *)options->notes);
  if (record && metrics && json_object_set_new(record, "holdout", train_metrics_to_json(metrics))) {
    json_decref(record);
    return NULL;
  }
  return record;
}

/* Nothing where there were no extra pictures. */
static int add_verdict(train_trainer *trainer, const train_finish *options, double temperature, json_t *record,
                       train_error *error) {
  train_verdict verdict;
  if (!options->material || !train_material_has_verdict(options->material)) return TRAIN_OK;
  const int status = train_material_judge(options->material, trainer, temperature, &verdict, error);
  if (status) return status;
  json_t *json = train_verdict_to_json(&verdict, options->material);
  return json && !json_object_set_new(record, "held_out", json) ? TRAIN_OK : train_fail_memory(error);
}

static int export_and_verify(train_trainer *trainer, const train_finish *options, double temperature, json_t *record,
                             train_error *error) {
  char *text = json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS);
  if (!text) return train_fail_memory(error);
  const int shapes = train_trainer_config(trainer)->subject == TRAIN_SUBJECT_SHAPES;
  const train_export description = {.class_names = shapes ? train_shape_class_names : train_class_names,
                                    .temperature = temperature,
                                    .training_record = text};
  const train_dataset *dataset = train_trainer_dataset(trainer);
  const size_t count = dataset->count < VERIFIED_PICTURES ? dataset->count : VERIFIED_PICTURES;
  double difference = 0.0;
  int status = train_export_write(trainer, &description, options->out, error);
  if (!status) status = train_export_verify(trainer, options->out, dataset->pixels, count, &difference, error);
  if (!status && json_object_set_new(record, "export_difference", json_real(difference)))
    status = train_fail_memory(error);
  free(text);
  return status;
}

/* Found on the training pictures. */
static int add_int8(train_trainer *trainer, const train_finish *options, json_t *record, train_error *error) {
  const train_dataset *dataset = train_trainer_dataset(trainer);
  const uint8_t *pixels, *labels;
  size_t held;
  train_quantised report;
  train_trainer_holdout(trainer, &pixels, &labels, &held);
  const int status = train_quantise(options->out, dataset->pixels, dataset->count - held, options->out, &report, error);
  if (status) return status;
  json_t *json = json_pack("{s:I, s:I, s:f}", "pictures", (json_int_t)report.pictures, "same_class",
                           (json_int_t)report.same, "logits_difference", report.difference);
  return json && !json_object_set_new(record, "int8", json) ? TRAIN_OK : train_fail_memory(error);
}

int train_finish_run(train_trainer *trainer, const train_finish *options, json_t **summary, train_error *error) {
  double temperature = options->temperature;
  train_metrics metrics = {0};
  *summary = NULL;
  const int held = train_trainer_config(trainer)->holdout > 0;
  if (!held && temperature == 0.0)
    return train_fail(error, TRAIN_ERR_ARGUMENT,
                      "without a holdout there is nothing to fit the temperature on; give "
                      "--temperature, from a run with one");
  int status = train_trainer_estimate_statistics(trainer, error);
  if (!status && held) status = measure(trainer, &temperature, &metrics, error);
  if (status) return status;
  json_t *record = make_record(trainer, options, temperature, held ? &metrics : NULL);
  if (!record) return train_fail_memory(error);
  status = add_verdict(trainer, options, temperature, record, error);
  if (!status) status = export_and_verify(trainer, options, temperature, record, error);
  if (!status) status = add_int8(trainer, options, record, error);
  if (status)
    json_decref(record);
  else
    *summary = record;
  return status;
}
