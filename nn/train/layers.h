/* Forward and backward of the layers that are not matrix products. Views are NHWC (nn/kernels.h); `batch` pictures. A
 * gradient with `add` is added to what is there, otherwise it replaces it. */
#ifndef GLYPHLIFT_TRAIN_LAYERS_H
#define GLYPHLIFT_TRAIN_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "../kernels.h"
#include "random.h"

/* Added to a variance before its root; the exporter folds with the same. */
#define TRAIN_BATCH_NORM_EPSILON 1e-5f

/* Mean and (biased) variance of each channel over the batch. scratch: 4 x channels doubles. */
void train_batch_statistics(const nn_view *in, size_t batch, float *mean, float *variance, double *scratch);
/* out = gamma (in - mean) / sqrt(variance + epsilon) + beta, then max(0, .) if relu. */
void train_batch_norm_forward(const nn_view *in, size_t batch, const float *mean, const float *variance,
                              const float *gamma, const float *beta, int relu, const nn_view *out, double *scratch);
/* With the batch's own statistics. grad_in may be the memory of grad_out (then without `add`). grad_gamma and
 * grad_beta are added to. */
void train_batch_norm_backward(const nn_view *in, const nn_view *out, const nn_view *grad_out, size_t batch,
                               const float *mean, const float *variance, const float *gamma, int relu, int add,
                               const nn_view *grad_in, float *grad_gamma, float *grad_beta, double *scratch);

void train_relu_forward(const nn_view *in, size_t batch, const nn_view *out);

/* No padding; windows that do not fit are left out. */
void train_max_pool_forward(const nn_view *in, size_t batch, int kernel, int stride, const nn_view *out);
/* The gradient goes to the first of equal largest values. */
void train_max_pool_backward(const nn_view *in, const nn_view *out, const nn_view *grad_out, size_t batch, int kernel,
                             int stride, int add, const nn_view *grad_in);
void train_average_pool_forward(const nn_view *in, size_t batch, int kernel, int stride, const nn_view *out);
void train_average_pool_backward(const nn_view *grad_out, size_t batch, int kernel, int stride, int add,
                                 const nn_view *grad_in);

void train_add_forward(const nn_view *a, const nn_view *b, size_t batch, int relu, const nn_view *out);
/* The gradient of one operand; with relu also that of a ReLU's input. */
void train_add_backward(const nn_view *out, const nn_view *grad_out, size_t batch, int relu, int add,
                        const nn_view *grad_in);

/* What stays is divided by 1 - rate (inverted dropout). The same random state gives the same mask in both
 * directions. */
void train_dropout(const nn_view *in, size_t picture, float rate, train_random random, int add, const nn_view *out);

/* Softmax cross entropy of one picture against the label, whose target is 1 - smoothing with smoothing / classes
 * everywhere added. gradient (may be NULL): classes floats, multiplied by scale. */
double train_cross_entropy(const float *logits, int classes, int label, float smoothing, float scale, float *gradient);

/* Minus the logarithm of the probability that softmax gives all the classes of a set together (bit c: class c); the
 * gradient as above. For labels that tell but that it is one of several. */
double train_set_cross_entropy(const float *logits, int classes, uint32_t set, float scale, float *gradient);

/* Cross entropy of softmax(logits / temperature) against softmax(answer / temperature), times temperature squared, so
 * that its gradient weighs the same at every temperature. gradient: `classes` floats, `scale` times the gradient is
 * added. */
double train_distillation(const float *logits, int classes, const float *answer, float temperature, float scale,
                          float *gradient);

/* Zeroes the pictures with their borders. */
void train_view_clear(const nn_view *view, size_t batch, int border);

#endif
