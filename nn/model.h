/* A model in memory: the steps that a session runs, and where their tensors lie. Made by model.c
 * (from what model_read.c reads) and plan.c (layers to steps). */
#ifndef GLYPHLIFT_NN_MODEL_H
#define GLYPHLIFT_NN_MODEL_H

#include "graph.h"
#include "int8.h"
#include "kernels.h"
#include "model_read.h"
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
  int is_paired;              /* a convolution of pairs of pixels (pairs.h) */
  int is_winograd;            /* a convolution in fp32 whose weights are packed for winograd_forward */
  int with_pool;              /* a convolution in fp32 that conv_pool_forward does together with the next step */
  nn_conv_shape shape;        /* of a convolution; a pool's kernel, stride and padding */
  const float *packed, *bias; /* in fp32 */
  /* In int8. A convolution that makes the logits gives floats; an add and an average pool use zero, lowest and what is
   * said of the residual, and input_multiplier: the input's scale by the output's. */
  nn_int8_conv int8;
  float input_multiplier;
} nn_step;

/* Counted for one picture: a session multiplies offset by the pictures it takes at a time. */
typedef struct nn_tensor {
  nn_shape shape;
  int border;                /* pixels, as wide as the padding of the convolutions that read it */
  int first_step, last_step; /* from being written to being read for the last time; first > last: not in memory */
  ptrdiff_t row_stride, picture_stride; /* values, as is offset */
  size_t offset;
  nn_tensor_scale scale; /* in int8; otherwise zeros */
} nn_tensor;

struct nn_model {
  nn_model_info info;
  const nn_level *level;
  int is_int8; /* values are bytes, otherwise floats */
  char *text;  /* class names, then the training record */
  const char **class_names;
  nn_tensor *tensors;
  size_t tensor_count;
  nn_step *steps;
  size_t step_count;
  int output;            /* the tensor of the logits */
  void *parameters;      /* packed weights and biases, 64-byte aligned */
  size_t picture_values; /* memory that the tensors of one picture share */
};

/* Takes the content's texts and frees the rest of it, also on failure. */
int nn_model_open_content(nn_model **out, nn_model_content *content, nn_precision precision, nn_error *error);

/* Fills steps, tensors and parameters, with content's weights in the precision that model->is_int8 says; keeps nothing
 * of content. */
int nn_plan_make(nn_model *model, const nn_model_content *content, nn_error *error);
/* A convolution that makes the logits, and nothing after its sums: in int8 it gives them as floats. */
static inline int nn_step_gives_logits(const nn_model *model, const nn_step *step) {
  return step->type == NN_STEP_CONVOLUTION && step->output == model->output && !step->relu &&
         step->second == NN_NO_TENSOR;
}

/* The next step with weights, from `step` on. They are in the order of their layers: fusing only adds to a step. */
nn_step *nn_plan_product(nn_step *step);
/* Of the steps' convolutions the most weights that one has. */
size_t nn_plan_largest_weights(const nn_model *model);
/* nn_plan_make's last part, in int8: scales and parameters. In plan_int8.c. */
int nn_plan_pack_int8(nn_model *model, const nn_model_content *content, nn_error *error);

/* A whole model in int8 on up to a block's pictures, in the session's memory. In session_int8.c. */
void nn_session_run_int8(const nn_model *model, uint8_t *memory, size_t block, const uint8_t *pictures, size_t batch,
                         float *logits);

#endif
