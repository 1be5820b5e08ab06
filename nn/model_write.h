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

typedef struct nn_model_spec {
  int height, width, channels;
  float mean, scale;
  double temperature;
  size_t classes;
  const char *const *class_names;
  const char *training_record; /* JSON text */
  const nn_layer_spec *layers;
  size_t layer_count;
} nn_model_spec;

/* Both check the model as reading it does, so what they write can be opened. */

/* *data is malloc'd. */
int nn_model_write_memory(const nn_model_spec *spec, void **data, size_t *size, nn_error *error);
/* The file appears whole or not at all. */
int nn_model_write_file(const nn_model_spec *spec, const char *path, nn_error *error);

#endif
