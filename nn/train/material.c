/* Puts the training pictures together, and measures on those held out. */
#include "material.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "scan.h"
#include "shape_material.h"

static const double DECIDED = 0.5; /* the reader takes a digit from this probability on */

/* ---- together ---- */

static void move(train_dataset *to, train_dataset *from) {
  const size_t pixels = (size_t)to->height * (size_t)to->width;
  if (from->count) {
    memcpy(to->pixels + to->count * pixels, from->pixels, from->count * pixels);
    memcpy(to->labels + to->count, from->labels, from->count);
    to->count += from->count;
  }
  train_dataset_free(from);
}

/* The first pictures that were cut out of pages. On failure, and where none are asked for, *out is zeroed. */
static int read_crops(train_dataset *out, const train_config *config, train_error *error) {
  *out = (train_dataset){0};
  if (config->crops == 0) return TRAIN_OK;
  const int classes = train_extras_classes(config->rejects);
  const int status = train_dataset_read_folder(out, config->crop_folder, "crops", classes, error);
  if (status) return status;
  const size_t count = out->count, wanted = (size_t)config->crops;
  const int height = out->height, width = out->width;
  out->count = wanted;
  if (count >= wanted && height == TRAIN_SCAN_SIDE && width == TRAIN_SCAN_SIDE) return TRAIN_OK;
  train_dataset_free(out);
  return train_fail(error, TRAIN_ERR_FORMAT, "%s: holds %zu pictures of %d x %d; %d of %d x %d are asked for",
                    config->crop_folder, count, width, height, config->crops, TRAIN_SCAN_SIDE, TRAIN_SCAN_SIDE);
}

static int join(train_material *m, train_dataset *crops, train_dataset *digits, train_error *error) {
  const size_t count =
      m->extras.printed.count + m->extras.rejects.count + m->extras.rescans.count + crops->count + digits->count;
  const size_t pixels = (size_t)digits->height * (size_t)digits->width;
  m->dataset = (train_dataset){.height = digits->height, .width = digits->width};
  if (count <= SIZE_MAX / pixels) {
    m->dataset.pixels = malloc(count * pixels);
    m->dataset.labels = malloc(count);
  }
  if (!m->dataset.pixels || !m->dataset.labels) return train_fail_memory(error);
  move(&m->dataset, &m->extras.printed);
  move(&m->dataset, &m->extras.rejects);
  move(&m->dataset, &m->extras.rescans);
  move(&m->dataset, crops);
  move(&m->dataset, digits);
  return TRAIN_OK;
}

static int open_shapes(train_material *out, const train_config *config, const char *folder, int threads,
                       train_error *error) {
  out->sets = train_shape_sets;
  return train_shape_material_open(&out->dataset, &out->held_drawings, &out->holdout, config, folder, threads, error);
}

int train_material_open(train_material *out, const train_config *config, const char *folder, int threads,
                        train_error *error) {
  train_dataset digits, crops;
  *out = (train_material){0};
  if (config->subject == TRAIN_SUBJECT_SHAPES) return open_shapes(out, config, folder, threads, error);
  out->holdout = (size_t)config->holdout;
  int status = train_dataset_read_folder(&digits, folder, "train", TRAIN_DIGITS, error);
  if (status) return status;
  out->digits = digits.count;
  status = read_crops(&crops, config, error);
  const train_extras_options options = {.seed = config->seed,
                                        .printed = config->printed,
                                        .rejects = config->rejects,
                                        .rescans = config->rescans,
                                        .fonts = config->fonts,
                                        .threads = threads,
                                        .digits = &digits,
                                        .holdout = (size_t)config->holdout};
  const int has_extras = config->printed || config->rejects || config->rescans;
  if (!status && has_extras) status = train_extras_make(&out->extras, &options, error);
  if (!status) status = join(out, &crops, &digits, error);
  train_dataset_free(&crops);
  train_dataset_free(&digits);
  if (status) train_material_close(out);
  return status;
}

void train_material_close(train_material *material) {
  if (!material) return;
  train_dataset_free(&material->dataset);
  train_dataset_free(&material->held_drawings);
  train_extras_free(&material->extras);
}

int train_material_open_trainer(train_trainer **out, const train_material *material, const train_config *config,
                                int threads, train_error *error) {
  train_config own = *config;
  own.holdout = (int)material->holdout;
  const int status = train_trainer_open(out, &own, &material->dataset, threads, error);
  if (!status) train_trainer_allow_sets(*out, material->sets);
  return status;
}

/* ---- judging ---- */

/* Counts over a set; any of the shares may be NULL. */
static int judge(train_trainer *trainer, double temperature, const uint8_t *pixels, const uint8_t *labels, size_t count,
                 double *accuracy, double *accepted, double *rejected, train_error *error) {
  const size_t classes = (size_t)train_trainer_network(trainer)->classes;
  float *logits = malloc(count * classes * sizeof *logits + 1);
  double *probabilities = malloc(count * classes * sizeof *probabilities + 1);
  const int status = logits && probabilities ? TRAIN_OK : train_fail_memory(error);
  if (!status) {
    size_t right = 0, accepts = 0, rejects = 0;
    train_trainer_predict(trainer, pixels, count, logits);
    train_softmax(logits, count, classes, temperature, probabilities);
    for (size_t i = 0; i < count; i++) {
      const double *row = probabilities + i * classes;
      const int shapes = train_trainer_config(trainer)->subject == TRAIN_SUBJECT_SHAPES;
      const size_t judged = shapes || classes < TRAIN_DIGITS ? classes : TRAIN_DIGITS;
      size_t best = 0;
      for (size_t c = 1; c < judged; c++)
        if (row[c] > row[best]) best = c;
      right += best == labels[i];
      accepts += row[best] >= DECIDED;
      rejects += judged < classes && row[judged] > DECIDED;
    }
    const double total = count ? (double)count : 1.0;
    if (accuracy) *accuracy = (double)right / total;
    if (accepted) *accepted = (double)accepts / total;
    if (rejected) *rejected = (double)rejects / total;
  }
  free(logits);
  free(probabilities);
  return status;
}

int train_material_judge(const train_material *material, train_trainer *trainer, double temperature, train_verdict *out,
                         train_error *error) {
  const train_dataset *printed = &material->extras.held_printed, *rejects = &material->extras.held_rejects,
                      *rescans = &material->extras.held_rescans;
  const train_dataset *drawings = &material->held_drawings;
  const uint8_t *pixels, *labels;
  size_t count;
  if (material->sets) {
    *out = (train_verdict){.drawings = drawings->count};
    return judge(trainer, temperature, drawings->pixels, drawings->labels, drawings->count, &out->drawings_accuracy,
                 NULL, NULL, error);
  }
  *out = (train_verdict){.printed = printed->count, .rejects = rejects->count, .rescans = rescans->count};
  train_trainer_holdout(trainer, &pixels, &labels, &count);
  int status = judge(trainer, temperature, printed->pixels, printed->labels, printed->count, &out->printed_accuracy,
                     NULL, &out->false_rejects_printed, error);
  if (!status)
    status = judge(trainer, temperature, rescans->pixels, rescans->labels, rescans->count, &out->rescans_accuracy, NULL,
                   &out->false_rejects_rescans, error);
  if (!status)
    status = judge(trainer, temperature, rejects->pixels, rejects->labels, rejects->count, NULL, &out->false_accepts,
                   NULL, error);
  if (!status)
    status = judge(trainer, temperature, pixels, labels, count, NULL, NULL, &out->false_rejects_mnist, error);
  return status;
}

int train_material_has_verdict(const train_material *material) {
  return material->extras.font_count > 0 || material->held_drawings.count > 0;
}

json_t *train_verdict_to_json(const train_verdict *v, const train_material *material) {
  const train_extras *extras = &material->extras;
  if (material->sets)
    return json_pack("{s:I, s:f}", "drawings", (json_int_t)v->drawings, "drawings_accuracy", v->drawings_accuracy);
  return json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "fonts",
                   (json_int_t)extras->font_count, "families", (json_int_t)extras->family_count, "held_families",
                   extras->held_families, "printed", (json_int_t)v->printed, "rejects", (json_int_t)v->rejects,
                   "rescans", (json_int_t)v->rescans, "printed_accuracy", v->printed_accuracy, "rescans_accuracy",
                   v->rescans_accuracy, "false_accepts", v->false_accepts, "false_rejects_printed",
                   v->false_rejects_printed, "false_rejects_rescans", v->false_rejects_rescans, "false_rejects_mnist",
                   v->false_rejects_mnist);
}
