/* A network as a list of layers, and the check that they fit together. */
#ifndef GLYPHLIFT_NN_GRAPH_H
#define GLYPHLIFT_NN_GRAPH_H

#include "model_format.h"
#include "nn.h"

typedef struct nn_shape {
  int height, width, channels;
} nn_shape;

/* The first members are the fields of model_format.h; nn_graph_infer sets the shape and the counts. */
typedef struct nn_layer {
  nn_layer_type type;
  int input, second_input;
  int kernel_height, kernel_width, stride, padding;
  int outputs;
  nn_shape shape; /* of the tensor it makes */
  size_t weight_count, bias_count;
} nn_layer;

/* Checks every field, follows the shapes from the picture to the logits, and sums up the weights and biases. A
 * violation is NN_ERR_FORMAT with the number of the layer, from 1. */
int nn_graph_infer(nn_shape picture, nn_layer *layers, size_t count, size_t classes, size_t *weight_total,
                   nn_error *error);

/* The shape of tensor `tensor`: 0 is the picture. */
nn_shape nn_graph_tensor(nn_shape picture, const nn_layer *layers, int tensor);

#endif
