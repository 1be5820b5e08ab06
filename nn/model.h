/* A model in memory: the steps that a session runs, and where their tensors lie. Made by model.c
 * (from what model_read.c reads) and plan.c (layers to steps). */
#ifndef GLYPHLIFT_NN_MODEL_H
#define GLYPHLIFT_NN_MODEL_H

#include "graph.h"
#include "kernels.h"
#include "nn.h"

typedef enum nn_step_type {
  NN_STEP_CONVOLUTION, /* with bias, residual and relu; a fully connected layer is one whose kernel is its input */
  NN_STEP_RELU,
  NN_STEP_MAX_POOL,
  NN_STEP_AVERAGE_POOL,
  NN_STEP_ADD /* with relu */
} nn_step_type;

enum { NN_NO_TENSOR = -1 };

/* One or more layers, done in one pass. */
typedef struct nn_step {
  nn_step_type type;
  int input, second, output; /* tensors; second: the other operand of an add, the residual of a convolution, or
                                NN_NO_TENSOR */
  int relu;
  nn_conv_shape shape; /* of a convolution; a pool's kernel, stride and padding */
  const float *packed, *bias;
} nn_step;

/* Counted for one picture: a session multiplies offset by the pictures it takes at a time. */
typedef struct nn_tensor {
  nn_shape shape;
  int border;                /* pixels, as wide as the padding of the convolutions that read it */
  int first_step, last_step; /* from being written to being read for the last time; first > last: not in memory */
  ptrdiff_t row_stride, picture_stride; /* floats */
  size_t offset;
} nn_tensor;

struct nn_model {
  nn_model_info info;
  const nn_kernels *kernels;
  char *text; /* class names, then the training record */
  const char **class_names;
  nn_tensor *tensors;
  size_t tensor_count;
  nn_step *steps;
  size_t step_count;
  int output;            /* the tensor of the logits */
  float *parameters;     /* packed weights and biases, 64-byte aligned */
  size_t picture_floats; /* memory that the tensors of one picture share */
};

/* Fills steps, tensors and parameters. weights: those of all layers in the file's order; not kept. */
int nn_plan_make(nn_model *model, const nn_layer *layers, size_t layer_count, const float *weights, nn_error *error);

#endif
