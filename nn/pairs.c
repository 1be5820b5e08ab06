/* The convolution of pairs: its window is as wide as two windows a stride apart, its filters are the layer's twice, the
 * second time a stride further to the right. A window that is no whole number of pairs wide would read pixels that are
 * not there; it stays as it is. */
#include "pairs.h"

#include <string.h>

/* Vector steps for `pixels` neighbours, `outputs` channels in all. */
static long cost(const nn_conv_shape *s, int width, int in_channels, int outputs, int lanes, int group) {
  const long row = ((long)width * in_channels + group - 1) / group;
  return s->kernel_height * row * ((outputs + lanes - 1) / lanes);
}

void nn_pairs_choose(nn_step *step, int out_width, int lanes, int group) {
  nn_conv_shape *s = &step->shape;
  const int width = s->kernel_width + s->stride;
  if (out_width % 2 || width % 2) return;
  const long alone = 2 * cost(s, s->kernel_width, s->in_channels, s->out_channels, lanes, group);
  if (cost(s, width, s->in_channels, 2 * s->out_channels, lanes, group) >= alone) return;
  step->is_paired = 1;
  s->kernel_width = width / 2;
  s->in_channels *= 2;
  s->out_channels *= 2;
}

void nn_pairs_weights(const nn_step *step, const void *weights, size_t value, void *out) {
  const nn_conv_shape *s = &step->shape;
  const size_t channels = (size_t)s->in_channels / 2, outputs = (size_t)s->out_channels / 2;
  const size_t row = (size_t)(2 * s->kernel_width - s->stride) * channels * value;
  const size_t pair_row = (size_t)(2 * s->kernel_width) * channels * value;
  const size_t shift = (size_t)s->stride * channels * value, rows = outputs * (size_t)s->kernel_height;
  const uint8_t *from = weights;
  uint8_t *to = out;
  memset(to, 0, 2 * rows * pair_row);
  for (size_t r = 0; r < rows; r++) {
    memcpy(to + r * pair_row, from + r * row, row);
    memcpy(to + (rows + r) * pair_row + shift, from + r * row, row);
  }
}
