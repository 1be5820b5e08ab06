/* From a model file's content to a model that sessions run. */
#include "model.h"

#include <assert.h>
#include <stdlib.h>

#include "error.h"
#include "model_read.h"

static void fill_info(nn_model *model, const nn_model_content *content) {
  const nn_model_spec *spec = &content->spec;
  model->info = (nn_model_info){.height = spec->height,
                                .width = spec->width,
                                .channels = spec->channels,
                                .classes = spec->classes,
                                .class_names = spec->class_names,
                                .mean = spec->mean,
                                .scale = spec->scale,
                                .temperature = spec->temperature,
                                .parameters = content->weight_count,
                                .checksum = content->checksum,
                                .training_record = spec->training_record,
                                .kernels = model->level->name,
                                .precision = model->is_int8 ? "int8" : "fp32"};
}

int nn_model_open_content(nn_model **out, nn_model_content *content, nn_precision precision, nn_error *error) {
  nn_model *model = calloc(1, sizeof *model);
  int status = model ? NN_OK : nn_error_memory(error);
  if (status == NN_OK && precision == NN_PRECISION_INT8 && !content->spec.int8)
    status =
        nn_error_set(error, NN_ERR_ARGUMENT, "the model has no int8 part (glyphlift-train export --int8 adds one)");
  if (status == NN_OK) {
    model->level = nn_level_choose();
    model->is_int8 = content->spec.int8 && precision != NN_PRECISION_FP32;
    fill_info(model, content);
    model->text = content->text;
    model->class_names = content->class_names;
    content->text = NULL;
    content->class_names = NULL;
    status = nn_plan_make(model, content, error);
  }
  nn_model_content_free(content);
  if (status != NN_OK) nn_model_close(&model);
  *out = model;
  return status;
}

int nn_model_open_memory(nn_model **out, const void *data, size_t size, nn_error *error) {
  nn_model_content content;
  assert(out);
  *out = NULL;
  const int status = nn_model_read_memory(&content, data, size, error);
  return status == NN_OK ? nn_model_open_content(out, &content, NN_PRECISION_BEST, error) : status;
}

int nn_model_open_as(nn_model **out, const char *path, nn_precision precision, nn_error *error) {
  nn_model_content content;
  assert(out);
  *out = NULL;
  int status = path ? nn_model_read_file(&content, path, error) : nn_model_read_digits(&content, error);
  if (status != NN_OK) return status;
  status = nn_model_open_content(out, &content, precision, error);
  if (status != NN_OK && path) nn_error_name_file(error, path);
  return status;
}

int nn_model_open_file(nn_model **out, const char *path, nn_error *error) {
  assert(path);
  return nn_model_open_as(out, path, NN_PRECISION_BEST, error);
}

int nn_model_open_digits(nn_model **out, nn_error *error) {
  return nn_model_open_as(out, NULL, NN_PRECISION_BEST, error);
}

int nn_model_open_shapes(nn_model **out, nn_error *error) {
  nn_model_content content;
  assert(out);
  *out = NULL;
  const int status = nn_model_read_shapes(&content, error);
  return status == NN_OK ? nn_model_open_content(out, &content, NN_PRECISION_BEST, error) : status;
}

void nn_model_close(nn_model **model) {
  if (!model || !*model) return;
  free((*model)->text);
  free((*model)->class_names);
  free((*model)->tensors);
  free((*model)->steps);
  free((*model)->parameters);
  free(*model);
  *model = NULL;
}

const nn_model_info *nn_model_get_info(const nn_model *model) {
  assert(model);
  return &model->info;
}
