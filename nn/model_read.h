/* Reads model files (model_format.h) into what model_write.h writes: for nn_model_open_*, which plans a session's steps
 * from it, and for tools that make something else of a model. */
#ifndef GLYPHLIFT_NN_MODEL_READ_H
#define GLYPHLIFT_NN_MODEL_READ_H

#include "graph.h"
#include "model_write.h"

typedef struct nn_model_content {
  nn_model_spec spec; /* its pointers lead into what follows */
  nn_layer *layers;   /* spec.layer_count, with the shapes of the tensors they make */
  nn_layer_spec *layer_specs;
  const float *weights; /* of all layers in the file's order: in weight_memory, or in the memory that was read */
  float *weight_memory;
  size_t weight_count;
  nn_int8_spec int8; /* of a model with that part; spec.int8 is then its address */
  nn_tensor_scale *tensor_scales;
  nn_output_scale *output_scales;
  uint32_t checksum; /* of the file */
  char *text;        /* class names, then the training record */
  const char **class_names;
} nn_model_content;

/* These verify the whole model before it is given away. On failure *out is empty. */
int nn_model_read_memory(nn_model_content *out, const void *data, size_t size, nn_error *error);
int nn_model_read_file(nn_model_content *out, const char *path, nn_error *error);
/* The models embedded by the build, which has verified them: neither the checksum nor each weight is looked at again,
 * and the weights stay where they are. */
int nn_model_read_digits(nn_model_content *out, nn_error *error);
int nn_model_read_shapes(nn_model_content *out, nn_error *error);
/* These files, byte for byte. */
const uint8_t *nn_model_digits(size_t *size);
const uint8_t *nn_model_shapes(size_t *size);
/* For embedded models: memory that lives as long as the program. */
int nn_model_read_trusted(nn_model_content *out, const void *data, size_t size, nn_error *error);
/* Leaves it empty. */
void nn_model_content_free(nn_model_content *content);

#endif
