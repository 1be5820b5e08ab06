/* Steps down the gradient, the learning rate's schedule, and the averaging of weights. */
#ifndef GLYPHLIFT_TRAIN_OPTIMIZER_H
#define GLYPHLIFT_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

typedef enum train_method { TRAIN_SGD, TRAIN_ADAMW } train_method;

typedef struct train_optimizer {
  train_method method;
  int nesterov;         /* SGD */
  float momentum;       /* SGD; AdamW's beta1 */
  float beta2, epsilon; /* AdamW */
  float weight_decay;
} train_optimizer;

/* One step of all parameters. gradients are the loss's; weight decay is added where decays[i] is 1 (SGD: to the
 * gradient; AdamW: decoupled). first, second: moments, zero before the first step (SGD uses only the first). step
 * counts from 1. */
void train_optimizer_step(const train_optimizer *optimizer, float rate, uint64_t step, size_t count,
                          const float *gradients, const uint8_t *decays, float *parameters, float *first,
                          float *second);

/* From peak / warm-up steps up to peak, then half a cosine down to last at total. step counts from 0. A last rate
 * above 0 keeps the weights moving around a minimum, whose middle their average then is (Izmailov and others, Averaging
 * weights leads to wider optima and better generalization, 2018). */
float train_schedule_rate(float peak, float last, uint64_t step, uint64_t warmup, uint64_t total);

/* average += (1 - decay) (values - average), with the decay lowered to (1 + step) / (10 + step) in the beginning. */
void train_average(float decay, uint64_t step, size_t count, const float *values, float *average);

#endif
