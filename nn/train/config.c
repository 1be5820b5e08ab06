/* Training options by name. Numbers go to JSON and back without loss. */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

typedef enum field_kind { FIELD_NAME, FIELD_SEED, FIELD_INT, FIELD_FLOAT, FIELD_METHOD, FIELD_TEXT } field_kind;

typedef struct field {
  field_kind kind;
  size_t offset;
  double least, most;
} field;

static const char *const method_names[] = {"sgd", "adamw"};

#define FIELD_COUNT (sizeof options / sizeof *options)

static const train_option options[] = {
    {"arch", "architecture", TRAIN_OF_ALL},
    {"seed", "of all random numbers", TRAIN_OF_ALL},
    {"epochs", "passes over the training pictures", TRAIN_OF_ALL},
    {"batch", "pictures a step", TRAIN_OF_ALL},
    {"shard", "pictures that share batch-norm statistics", TRAIN_OF_ALL},
    {"holdout", "last N training pictures, kept for validation", TRAIN_OF_DIGITS},
    {"optimizer", "sgd or adamw", TRAIN_OF_ALL},
    {"rate", "peak learning rate", TRAIN_OF_ALL},
    {"final-rate", "share of the peak rate that is left at the end", TRAIN_OF_ALL},
    {"warmup", "epochs in which the rate rises", TRAIN_OF_ALL},
    {"momentum", "of SGD; AdamW's first decay", TRAIN_OF_ALL},
    {"nesterov", "1: Nesterov's momentum, 0: plain", TRAIN_OF_ALL},
    {"beta2", "AdamW's second decay", TRAIN_OF_ALL},
    {"epsilon", "AdamW's", TRAIN_OF_ALL},
    {"weight-decay", "not on biases and batch norm", TRAIN_OF_ALL},
    {"smoothing", "label smoothing", TRAIN_OF_DIGITS},
    {"average", "decay of the weight average, a step", TRAIN_OF_ALL},
    {"rotation", "largest turn, degrees", TRAIN_OF_ALL},
    {"scale", "each axis is scaled by 1 +- this", TRAIN_OF_ALL},
    {"shear", "largest shear", TRAIN_OF_ALL},
    {"shift", "largest shift, pixels", TRAIN_OF_ALL},
    {"elastic", "largest elastic displacement, pixels", TRAIN_OF_ALL},
    {"stroke", "probability of thicker, thinner or softer strokes", TRAIN_OF_ALL},
    {"erase", "probability of a rectangle of paper over the picture", TRAIN_OF_ALL},
    {"symmetric", "1: also mirrored sideways, 2: also turned by right angles", TRAIN_OF_SHAPES},
    {"late-strength", "factor on the distortions at the end", TRAIN_OF_ALL},
    {"late-share", "share of the epochs that count as the end", TRAIN_OF_ALL},
    {"teachers", "model files, with commas between, whose answers are learnt beside the labels", TRAIN_OF_DIGITS},
    {"copies", "distorted copies of a picture that teachers are asked about", TRAIN_OF_DIGITS},
    {"late-copies", "the same at the late strength", TRAIN_OF_DIGITS},
    {"distill", "share of the teachers in the loss", TRAIN_OF_DIGITS},
    {"distill-temperature", "of both sides' softmax", TRAIN_OF_DIGITS},
    {"mean", "input value = (byte / 255 - mean) * gain", TRAIN_OF_ALL},
    {"gain", "see mean", TRAIN_OF_ALL},
    {"printed", "pictures of printed digits beside MNIST's", TRAIN_OF_DIGITS},
    {"rejects", "pictures of what is no digit; with them the model has an eleventh class, none", TRAIN_OF_DIGITS},
    {"rescans", "pictures of the given ones placed anew and cut out again by the pipeline", TRAIN_OF_ALL},
    {"drawings", "pictures of shapes that the program draws itself, beside people's", TRAIN_OF_SHAPES},
    {"extras-share", "share of these that an epoch takes, others each time", TRAIN_OF_ALL},
    {"fonts", "folder that printed digits and signs are drawn from; the more families, the better", TRAIN_OF_DIGITS},
    {"crops", "pictures cut out of read pages, labelled 0 to 9 or 10 for none", TRAIN_OF_DIGITS},
    {"crop-folder", "where they are: crops-images-idx3-ubyte, crops-labels-idx1-ubyte", TRAIN_OF_DIGITS},
    {"held-writers", "people, with commas between, whose drawings are kept for validation", TRAIN_OF_SHAPES},
};

#define PLACE(member) offsetof(train_config, member)

/* Row for row with options. */
static const field fields[] = {
    {FIELD_NAME, PLACE(architecture), 0, 0},
    {FIELD_SEED, PLACE(seed), 0, 0},
    {FIELD_INT, PLACE(epochs), 1, 100000},
    {FIELD_INT, PLACE(batch), 1, 1 << 16},
    {FIELD_INT, PLACE(shard), 1, 4096},
    {FIELD_INT, PLACE(holdout), 0, 1 << 30},
    {FIELD_METHOD, PLACE(optimizer.method), 0, 0},
    {FIELD_FLOAT, PLACE(rate), 0, 1e3},
    {FIELD_FLOAT, PLACE(final_rate), 0, 1},
    {FIELD_FLOAT, PLACE(warmup_epochs), 0, 1e5},
    {FIELD_FLOAT, PLACE(optimizer.momentum), 0, 0.99999},
    {FIELD_INT, PLACE(optimizer.nesterov), 0, 1},
    {FIELD_FLOAT, PLACE(optimizer.beta2), 0, 0.999999},
    {FIELD_FLOAT, PLACE(optimizer.epsilon), 1e-20, 1},
    {FIELD_FLOAT, PLACE(optimizer.weight_decay), 0, 10},
    {FIELD_FLOAT, PLACE(smoothing), 0, 0.9},
    {FIELD_FLOAT, PLACE(average), 0, 0.999999},
    {FIELD_FLOAT, PLACE(augmentation.rotation_degrees), 0, 180},
    {FIELD_FLOAT, PLACE(augmentation.scale), 0, 0.9},
    {FIELD_FLOAT, PLACE(augmentation.shear), 0, 2},
    {FIELD_FLOAT, PLACE(augmentation.shift_pixels), 0, 100},
    {FIELD_FLOAT, PLACE(augmentation.elastic_pixels), 0, 100},
    {FIELD_FLOAT, PLACE(augmentation.stroke_probability), 0, 1},
    {FIELD_FLOAT, PLACE(augmentation.erase_probability), 0, 1},
    {FIELD_INT, PLACE(augmentation.symmetric), 0, 2},
    {FIELD_FLOAT, PLACE(late_strength), 0, 1},
    {FIELD_FLOAT, PLACE(late_share), 0, 1},
    {FIELD_TEXT, PLACE(teachers), 0, sizeof((train_config *)0)->teachers},
    {FIELD_INT, PLACE(copies), 1, 1000},
    {FIELD_INT, PLACE(late_copies), 1, 1000},
    {FIELD_FLOAT, PLACE(distill), 0, 1},
    {FIELD_FLOAT, PLACE(distill_temperature), 0.1, 100},
    {FIELD_FLOAT, PLACE(mean), -10, 10},
    {FIELD_FLOAT, PLACE(scale), 1e-6, 1e6},
    {FIELD_INT, PLACE(printed), 0, 10000000},
    {FIELD_INT, PLACE(rejects), 0, 10000000},
    {FIELD_INT, PLACE(rescans), 0, 10000000},
    {FIELD_INT, PLACE(drawings), 0, 10000000},
    {FIELD_FLOAT, PLACE(extras_share), 0, 1},
    {FIELD_TEXT, PLACE(fonts), 0, sizeof((train_config *)0)->fonts},
    {FIELD_INT, PLACE(crops), 0, 10000000},
    {FIELD_TEXT, PLACE(crop_folder), 0, sizeof((train_config *)0)->crop_folder},
    {FIELD_TEXT, PLACE(held_writers), 0, sizeof((train_config *)0)->held_writers},
};

_Static_assert(sizeof fields / sizeof *fields == FIELD_COUNT, "a field for each option");

const train_option *train_config_options(size_t *count) {
  *count = FIELD_COUNT;
  return options;
}

int train_config_has(const train_config *config, size_t index) {
  const int own = config->subject == TRAIN_SUBJECT_SHAPES ? TRAIN_OF_SHAPES : TRAIN_OF_DIGITS;
  return options[index].subjects == TRAIN_OF_ALL || (int)options[index].subjects == own;
}

static void *place_of(train_config *config, size_t index) {
  return (char *)config + fields[index].offset;
}

static const void *value_of(const train_config *config, size_t index) {
  return (const char *)config + fields[index].offset;
}

static int set_name(train_config *config, const char *text, train_error *error) {
  if (!train_architecture_find(text))
    return train_fail(error, TRAIN_ERR_ARGUMENT, "--arch %s: there is no such architecture; --help lists them", text);
  snprintf(config->architecture, sizeof config->architecture, "%s", text);
  return TRAIN_OK;
}

static int set_text(train_config *config, size_t index, const char *text, train_error *error) {
  const size_t size = (size_t)fields[index].most;
  if (strlen(text) >= size)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "--%s: at most %zu bytes are expected", options[index].name, size - 1);
  snprintf(place_of(config, index), size, "%s", text);
  return TRAIN_OK;
}

static int set_method(train_method *method, const char *text, train_error *error) {
  for (size_t i = 0; i < sizeof method_names / sizeof *method_names; i++)
    if (strcmp(text, method_names[i]) == 0) {
      *method = (train_method)i;
      return TRAIN_OK;
    }
  return train_fail(error, TRAIN_ERR_ARGUMENT, "--optimizer %s: sgd and adamw are known", text);
}

static train_range range_of(size_t index) {
  const field *f = &fields[index];
  return (train_range){
      .option = options[index].name, .least = f->least, .most = f->most, .whole = f->kind == FIELD_INT};
}

static void store_number(train_config *config, size_t index, double value) {
  if (fields[index].kind == FIELD_INT)
    *(int *)place_of(config, index) = (int)value;
  else
    *(float *)place_of(config, index) = (float)value;
}

int train_config_set(train_config *config, size_t index, const char *text, train_error *error) {
  const field *f = &fields[index];
  if (f->kind == FIELD_NAME) return set_name(config, text, error);
  if (f->kind == FIELD_TEXT) return set_text(config, index, text, error);
  if (f->kind == FIELD_METHOD) return set_method(place_of(config, index), text, error);
  if (f->kind == FIELD_SEED) return train_number_parse_u64(options[index].name, text, place_of(config, index), error);
  const train_range range = range_of(index);
  double value = 0.0;
  const int status = train_number_parse(&range, text, &value, error);
  if (!status) store_number(config, index, value);
  return status;
}

void train_config_print(const train_config *config, size_t index, char *text, size_t size) {
  const void *value = value_of(config, index);
  switch (fields[index].kind) {
  case FIELD_NAME:
  case FIELD_TEXT: snprintf(text, size, "%s", (const char *)value); break;
  case FIELD_SEED: snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)value); break;
  case FIELD_INT: snprintf(text, size, "%d", *(const int *)value); break;
  case FIELD_FLOAT: snprintf(text, size, "%.4g", (double)*(const float *)value); break;
  case FIELD_METHOD: snprintf(text, size, "%s", method_names[*(const train_method *)value]); break;
  }
}

static const char *const SUBJECT = "subject", *const SHAPES = "shapes"; /* the digits' options name none */

/* The seed and the names go as text: JSON's integers are signed. */
json_t *train_config_to_json(const train_config *config) {
  json_t *object = json_object();
  if (config->subject == TRAIN_SUBJECT_SHAPES && json_object_set_new(object, SUBJECT, json_string(SHAPES))) {
    json_decref(object);
    return NULL;
  }
  for (size_t i = 0; i < FIELD_COUNT && object; i++) {
    if (!train_config_has(config, i)) continue;
    char text[sizeof config->teachers];
    json_t *value;
    train_config_print(config, i, text, sizeof text);
    if (fields[i].kind == FIELD_INT)
      value = json_integer(*(const int *)value_of(config, i));
    else if (fields[i].kind == FIELD_FLOAT)
      value = json_real((double)*(const float *)value_of(config, i));
    else
      value = json_string(text);
    if (json_object_set_new(object, options[i].name, value)) {
      json_decref(object);
      return NULL;
    }
  }
  return object;
}

static int take_number(train_config *config, size_t index, double value, train_error *error) {
  const train_range range = range_of(index);
  const int status = train_number_check(&range, value, error);
  if (!status) store_number(config, index, value);
  return status;
}

int train_config_compare(const train_config *config, const json_t *stored, const char *path, train_error *error) {
  json_t *own = train_config_to_json(config);
  if (!own) return train_fail_memory(error);
  int status = TRAIN_OK;
  const char *key;
  json_t *value;
  json_object_foreach(own, key, value) {
    const json_t *other = json_object_get(stored, key);
    if (json_equal(value, (json_t *)other)) continue;
    char *was = json_dumps(other, JSON_ENCODE_ANY), *is = json_dumps(value, JSON_ENCODE_ANY);
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s: was trained with --%s %s, and is now asked to go on with %s",
                        path, key, was ? was : "?", is ? is : "?");
    free(was);
    free(is);
    break;
  }
  json_decref(own);
  return status;
}

int train_config_from_json(const json_t *json, const char *name, train_config *out, train_error *error) {
  const char *subject = json_string_value(json_object_get(json, SUBJECT));
  if (subject && strcmp(subject, SHAPES) == 0)
    train_config_initialise_shapes(out);
  else
    train_config_initialise(out);
  for (size_t i = 0; i < FIELD_COUNT; i++) {
    if (!train_config_has(out, i)) continue;
    const json_t *value = json_object_get(json, options[i].name);
    int status;
    if (json_is_string(value))
      status = train_config_set(out, i, json_string_value(value), error);
    else if (json_is_number(value) && (fields[i].kind == FIELD_INT || fields[i].kind == FIELD_FLOAT))
      status = take_number(out, i, json_number_value(value), error);
    else
      status = train_fail(error, TRAIN_ERR_FORMAT, "%s: holds no usable option '%s'", name, options[i].name);
    if (status) return status;
  }
  return TRAIN_OK;
}
