/* Writes model files (model_format.h); for the trainer's exporter. */
#ifndef GLYPHLIFT_NN_MODEL_WRITE_H
#define GLYPHLIFT_NN_MODEL_WRITE_H

#include "model_format.h"
#include "nn.h"

/* What a layer's type does not use stays 0 or NULL. The shapes of weights and biases are in model_format.h. */
typedef struct nn_layer_spec {
  nn_layer_type type;
  int input, second_input; /* tensors: 0 is the picture, i + 1 what layer i made */
  int kernel_height, kernel_width, stride, padding;
  int outputs;
  const float *weights, *bias;
} nn_layer_spec;

/* value = scale * (byte - zero) */
typedef struct nn_tensor_scale {
  float scale; /* above 0 */
  int zero;    /* 0 to NN_INT8_MAX */
} nn_tensor_scale;

/* weight = scale * integer; bias in units of scale * the input's scale */
typedef struct nn_output_scale {
  float scale; /* above 0 */
  int32_t bias;
} nn_output_scale;

typedef struct nn_int8_spec {
  const nn_tensor_scale *tensors; /* layer_count + 1, the picture's first */
  const nn_output_scale *outputs; /* of all layers with weights */
} nn_int8_spec;

typedef struct nn_model_spec {
  int height, width, channels;
  float mean, scale;
  double temperature;
  size_t classes;
  const char *const *class_names;
  const char *training_record; /* JSON text */
  const nn_layer_spec *layers;
  size_t layer_count;
  const nn_int8_spec *int8; /* NULL: fp32 only */
} nn_model_spec;

/* Both check the model as reading it does, so what they write can be opened. */

/* *data is malloc'd. */
int nn_model_write_memory(const nn_model_spec *spec, void **data, size_t *size, nn_error *error);
/* The file appears whole or not at all. */
int nn_model_write_file(const nn_model_spec *spec, const char *path, nn_error *error);

#endif
