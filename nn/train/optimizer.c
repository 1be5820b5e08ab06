/* SGD with (Nesterov) momentum as in Sutskever, Martens, Dahl, Hinton (2013), in the form that keeps the velocity apart
 * from the rate; AdamW by Loshchilov and Hutter (2019); cosine schedule by the same (2017). */
#include "optimizer.h"

#include <math.h>

static void step_sgd(const train_optimizer *o, float rate, size_t count, const float *gradients, const uint8_t *decays,
                     float *parameters, float *velocity) {
  for (size_t i = 0; i < count; i++) {
    const float g = gradients[i] + (decays[i] ? o->weight_decay * parameters[i] : 0.0f);
    velocity[i] = o->momentum * velocity[i] + g;
    parameters[i] -= rate * (o->nesterov ? g + o->momentum * velocity[i] : velocity[i]);
  }
}

static void step_adamw(const train_optimizer *o, float rate, uint64_t step, size_t count, const float *gradients,
                       const uint8_t *decays, float *parameters, float *first, float *second) {
  const float correction1 = (float)(1.0 - pow(o->momentum, (double)step));
  const float correction2 = (float)(1.0 - pow(o->beta2, (double)step));
  for (size_t i = 0; i < count; i++) {
    const float g = gradients[i];
    first[i] += (1.0f - o->momentum) * (g - first[i]);
    second[i] += (1.0f - o->beta2) * (g * g - second[i]);
    const float direction = first[i] / correction1 / (sqrtf(second[i] / correction2) + o->epsilon);
    parameters[i] -= rate * (direction + (decays[i] ? o->weight_decay * parameters[i] : 0.0f));
  }
}

void train_optimizer_step(const train_optimizer *optimizer, float rate, uint64_t step, size_t count,
                          const float *gradients, const uint8_t *decays, float *parameters, float *first,
                          float *second) {
  if (optimizer->method == TRAIN_SGD)
    step_sgd(optimizer, rate, count, gradients, decays, parameters, first);
  else
    step_adamw(optimizer, rate, step, count, gradients, decays, parameters, first, second);
}

float train_schedule_rate(float peak, float last, uint64_t step, uint64_t warmup, uint64_t total) {
  if (step < warmup) return peak * (float)(step + 1) / (float)warmup;
  if (step >= total) return last;
  const double done = (double)(step - warmup) / (double)(total - warmup);
  return last + (peak - last) * (float)(0.5 * (1.0 + cos(3.14159265358979 * done)));
}

void train_average(float decay, uint64_t step, size_t count, const float *values, float *average) {
  const float early = (float)(1 + step) / (float)(10 + step);
  const float share = 1.0f - (early < decay ? early : decay);
  for (size_t i = 0; i < count; i++) average[i] += share * (values[i] - average[i]);
}
