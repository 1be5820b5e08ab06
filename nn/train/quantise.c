/* Post-training quantisation (int8.h has the scheme). A tensor's scale is the one whose rounding and clamping together
 * do the least squared error to a histogram of its values; an output's is that of its largest weight. Biases take the
 * rounded weights' own sums into account, so that a zero that is no whole number (the picture's) costs nothing.
 *
 * Where it is weak: weights are rounded one by one, to nearest; a network with channels of very different sizes in one
 * tensor would want those evened out first. */
#include "quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../int8_layers.h"
#include "../session.h"
#include "named_model.h"

enum { PICTURES = 4000, BATCH = 16, BINS = 2048, CLIPS = 60 };
static const double LEAST_CLIP = 0.25; /* of the range of values */

typedef struct histogram {
  float lowest, highest; /* 0 is always between */
  double counts[BINS];
} histogram;

typedef struct calibration {
  nn_model_content content;
  nn_model *model; /* in fp32 */
  nn_session *session;
  histogram *histograms; /* one a tensor */
  int counting;          /* ranges are found first, then values counted */
  nn_tensor_scale *tensors;
  nn_output_scale *outputs;
  int8_t *integers;
} calibration;

/* ---- what the tensors hold --------------------------------------------------------------------------------------- */

static void widen(histogram *h, float value) {
  if (value < h->lowest) h->lowest = value;
  if (value > h->highest) h->highest = value;
}

static void count_value(histogram *h, float value) {
  const float share = (value - h->lowest) / (h->highest - h->lowest);
  const int bin = (int)(share * BINS);
  h->counts[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
}

static void watch(void *user, int tensor, const nn_view *view, size_t batch) {
  calibration *c = user;
  histogram *h = &c->histograms[tensor];
  const int row = view->width * view->channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < view->height; y++) {
      const float *values = view->data + (ptrdiff_t)n * view->picture_stride + (ptrdiff_t)y * view->row_stride;
      for (int i = 0; i < row; i++)
        if (!c->counting)
          widen(h, values[i]);
        else if (h->highest > h->lowest)
          count_value(h, values[i]);
    }
}

/* Picture `index` of those looked at. */
static const uint8_t *picture_at(const calibration *c, const uint8_t *pixels, size_t count, size_t index,
                                 size_t looked_at) {
  const nn_model_spec *s = &c->content.spec;
  return pixels + index * count / looked_at * (size_t)(s->height * s->width * s->channels);
}

static void run_all(calibration *c, const uint8_t *pixels, size_t count, size_t looked_at, float *logits) {
  for (size_t i = 0; i < looked_at; i++)
    nn_session_run(c->session, picture_at(c, pixels, count, i, looked_at), 1, logits + i * c->content.spec.classes);
}

/* ---- scales ------------------------------------------------------------------------------------------------------ */

static nn_tensor_scale scale_of(double lowest, double highest) {
  const double scale = fmax((highest - lowest) / NN_INT8_MAX, 1e-9);
  return (nn_tensor_scale){(float)scale, (int)lrint(fmin(-lowest / scale, NN_INT8_MAX))};
}

static double squared_error(const histogram *h, nn_tensor_scale scale) {
  const double width = ((double)h->highest - (double)h->lowest) / BINS;
  double sum = 0.0;
  for (int bin = 0; bin < BINS; bin++) {
    if (h->counts[bin] == 0.0) continue;
    const double value = (double)h->lowest + (bin + 0.5) * width;
    const double steps = fmin(fmax(rint(value / (double)scale.scale), -scale.zero), NN_INT8_MAX - scale.zero);
    const double error = steps * (double)scale.scale - value;
    sum += h->counts[bin] * error * error;
  }
  return sum;
}

static nn_tensor_scale best_scale(const histogram *h) {
  nn_tensor_scale best = scale_of((double)h->lowest, (double)h->highest);
  double least = squared_error(h, best);
  for (int clip = 0; clip < CLIPS; clip++) {
    const double share = LEAST_CLIP + (1.0 - LEAST_CLIP) * clip / CLIPS;
    const nn_tensor_scale scale = scale_of(share * (double)h->lowest, share * (double)h->highest);
    const double error = squared_error(h, scale);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

/* byte / 255 is integer / 127: the picture's values are what normalisation makes of that. */
static nn_tensor_scale picture_scale(const nn_model_spec *spec) {
  const double zero = fmin(fmax((double)spec->mean * NN_INT8_MAX, 0.0), NN_INT8_MAX);
  return (nn_tensor_scale){spec->scale / NN_INT8_MAX, (int)lrint(zero)};
}

static void choose_tensor_scales(calibration *c) {
  for (size_t t = 0; t < c->model->tensor_count; t++) c->tensors[t] = (nn_tensor_scale){1.0f, 0};
  c->tensors[0] = picture_scale(&c->content.spec);
  for (size_t s = 0; s < c->model->step_count; s++) {
    const nn_step *step = &c->model->steps[s];
    const int keeps = step->type == NN_STEP_RELU || step->type == NN_STEP_MAX_POOL;
    c->tensors[step->output] = keeps ? c->tensors[step->input] : best_scale(&c->histograms[step->output]);
  }
}

/* One output of a layer: filter weights, and what stands for zero in the input's integers. */
static int choose_output_scale(calibration *c, const float *weights, size_t filter, double bias, double input_scale,
                               double zero, nn_output_scale *out) {
  double largest = 0.0, sum = 0.0;
  for (size_t k = 0; k < filter; k++) largest = fmax(largest, fabs((double)weights[k]));
  /* Next to a bias that is far larger than all weights these lose precision, as the bias has to fit into its range. */
  out->scale = (float)fmax(fmax(largest / NN_INT8_MAX, fabs(bias) / input_scale / (NN_INT8_MAX_BIAS / 4)), 1e-9);
  nn_int8_round_weights(weights, filter, out->scale, c->integers);
  for (size_t k = 0; k < filter; k++) sum += c->integers[k];
  const double units = bias / (input_scale * (double)out->scale) - zero * sum;
  out->bias = (int32_t)lrint(fmin(fmax(units, -NN_INT8_MAX_BIAS), NN_INT8_MAX_BIAS));
  return isfinite(units) && fabs(units) <= NN_INT8_MAX_BIAS;
}

static int choose_output_scales(calibration *c, train_error *error) {
  const nn_model_spec *spec = &c->content.spec;
  nn_step *step = c->model->steps;
  nn_output_scale *out = c->outputs;
  for (size_t i = 0; i < spec->layer_count; i++) {
    const nn_layer *layer = &c->content.layers[i];
    if (layer->weight_count == 0) continue;
    step = nn_plan_product(step);
    const nn_tensor_scale input = c->tensors[step->input];
    const double zero = step->input == 0 ? (double)spec->mean * NN_INT8_MAX : input.zero;
    const size_t filter = layer->weight_count / layer->bias_count;
    if (filter > NN_INT8_MAX_FILTER)
      return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu has %zu inputs an output, in int8 at most %d", i + 1,
                        filter, NN_INT8_MAX_FILTER);
    for (size_t o = 0; o < layer->bias_count; o++)
      if (!choose_output_scale(c, spec->layers[i].weights + o * filter, filter, (double)spec->layers[i].bias[o],
                               (double)input.scale, zero, out++))
        return train_fail(error, TRAIN_ERR_ARGUMENT, "layer %zu, output %zu: its bias is out of int8's range", i + 1,
                          o);
    step++;
  }
  return TRAIN_OK;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void calibration_close(calibration *c) {
  nn_session_close(&c->session);
  nn_model_close(&c->model);
  nn_model_content_free(&c->content);
  free(c->histograms);
  free(c->tensors);
  free(c->outputs);
  free(c->integers);
}

static int calibration_open(calibration *c, const char *name, train_error *error) {
  size_t outputs = 1, largest = 1;
  nn_error failure = {0};
  int status = train_model_read(&c->content, name, error);
  if (status) return status;
  status = train_model_open(&c->model, name, NN_PRECISION_FP32, error);
  if (status) return status;
  if (nn_session_open(&c->session, c->model, BATCH, &failure))
    return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  for (size_t i = 0; i < c->content.spec.layer_count; i++) {
    outputs += c->content.layers[i].bias_count;
    if (largest < c->content.layers[i].weight_count) largest = c->content.layers[i].weight_count;
  }
  c->histograms = calloc(c->model->tensor_count, sizeof *c->histograms);
  c->tensors = calloc(c->model->tensor_count, sizeof *c->tensors);
  c->outputs = calloc(outputs, sizeof *c->outputs);
  c->integers = malloc(largest);
  if (!c->histograms || !c->tensors || !c->outputs || !c->integers) return train_fail_memory(error);
  nn_session_watch(c->session, watch, c);
  return TRAIN_OK;
}

static int write_file(calibration *c, const char *out, train_error *error) {
  const nn_int8_spec int8 = {c->tensors, c->outputs};
  nn_model_spec spec = c->content.spec;
  nn_error failure = {0};
  spec.int8 = &int8;
  if (nn_model_write_file(&spec, out, &failure)) return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}

static size_t highest(const float *values, size_t count) {
  size_t best = 0;
  for (size_t i = 1; i < count; i++)
    if (values[i] > values[best]) best = i;
  return best;
}

/* Runs the written file on the same pictures. logits: the ones of fp32. */
static int compare(calibration *c, const char *out, const uint8_t *pixels, size_t count, const float *logits,
                   train_quantised *report, train_error *error) {
  const size_t classes = c->content.spec.classes;
  nn_error failure = {0};
  double sum = 0.0;
  float *found = calloc(report->pictures * classes + 1, sizeof *found);
  nn_session_close(&c->session);
  nn_model_close(&c->model);
  int status = found ? TRAIN_OK : train_fail_memory(error);
  if (!status && (nn_model_open_as(&c->model, out, NN_PRECISION_INT8, &failure) ||
                  nn_session_open(&c->session, c->model, BATCH, &failure)))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "the written model cannot be used: %s", failure.message);
  if (!status) {
    run_all(c, pixels, count, report->pictures, found);
    for (size_t i = 0; i < report->pictures * classes; i++)
      sum += ((double)found[i] - (double)logits[i]) * ((double)found[i] - (double)logits[i]);
    for (size_t i = 0; i < report->pictures; i++)
      report->same += highest(found + i * classes, classes) == highest(logits + i * classes, classes);
    report->difference = sqrt(sum / (double)(report->pictures * classes));
  }
  free(found);
  return status;
}

int train_quantise(const char *model, const uint8_t *pixels, size_t count, const char *out, train_quantised *report,
                   train_error *error) {
  calibration c = {0};
  float *logits = NULL;
  *report = (train_quantised){.pictures = count < PICTURES ? count : PICTURES};
  int status = calibration_open(&c, model, error);
  if (!status && report->pictures == 0)
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "there are no pictures to find the scales of int8 on");
  if (!status && !(c.content.spec.scale > 0.0f))
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s: its pictures are turned negative, which int8 cannot", model);
  if (!status && !(logits = calloc(report->pictures * c.content.spec.classes, sizeof *logits)))
    status = train_fail_memory(error);
  if (!status) {
    run_all(&c, pixels, count, report->pictures, logits);
    c.counting = 1;
    run_all(&c, pixels, count, report->pictures, logits);
    choose_tensor_scales(&c);
    status = choose_output_scales(&c, error);
  }
  if (!status) status = write_file(&c, out, error);
  if (!status) status = compare(&c, out, pixels, count, logits, report, error);
  calibration_close(&c);
  free(logits);
  return status;
}
