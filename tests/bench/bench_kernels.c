/* How fast the fp32 kernels are, forward and backward: each level's on typical layers, as a share of the CPU's peak. */
#include <stdio.h>
#include <stdlib.h>

#include "../nn_levels.h"
#include "nn/timing.h"

enum { BATCH = 64, REPEATS = 7 };
static const double RUN_SECONDS = 0.03;

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

typedef struct layer {
  nn_conv_shape shape;
  int size; /* input height and width */
} layer;

/* Net P's layers, then others that weigh on a kernel: few channels, a fully connected one. */
static const layer layers[] = {
    {{3, 3, 1, 0, 1, 16}, 28},  {{3, 3, 2, 0, 16, 24}, 26}, {{3, 3, 1, 0, 24, 48}, 12}, {{3, 3, 1, 0, 48, 64}, 10},
    {{3, 3, 2, 1, 64, 96}, 8},  {{3, 3, 2, 1, 96, 128}, 4}, {{1, 1, 1, 0, 512, 10}, 1}, {{3, 3, 1, 1, 16, 16}, 28},
    {{3, 3, 1, 1, 32, 32}, 14}, {{3, 3, 1, 1, 64, 64}, 7},  {{5, 5, 1, 0, 6, 16}, 14},  {{1, 1, 1, 0, 512, 512}, 1},
};

typedef enum pass { FORWARD, GRAD_INPUT, GRAD_WEIGHTS, WINOGRAD } pass;

typedef struct kernel_run {
  const nn_kernels *kernels;
  nn_conv_shape shape;
  nn_view in, out;
  float *packed, *packed_transposed, *packed_winograd, *weights, *bias;
} kernel_run;

static float *floats(size_t count) {
  float *memory = aligned_alloc(64, ((count + NN_SLACK) * sizeof(float) + 63) / 64 * 64);
  if (!memory) exit(3);
  for (size_t i = 0; i < count + NN_SLACK; i++) memory[i] = (float)(i % 17) / 17 - 0.4f;
  return memory;
}

static nn_view view_make(int size, int channels, int border) {
  const ptrdiff_t row = (ptrdiff_t)(size + 2 * border) * channels, picture = row * (size + 2 * border);
  return (nn_view){.data = floats((size_t)(picture * BATCH)) + border * (row + channels),
                   .height = size,
                   .width = size,
                   .channels = channels,
                   .row_stride = row,
                   .picture_stride = picture};
}

static void run_pass(const kernel_run *r, pass which) {
  if (which == FORWARD) r->kernels->conv_forward(&r->shape, BATCH, &r->in, r->packed, r->bias, NULL, 1, &r->out);
  if (which == GRAD_INPUT) r->kernels->conv_grad_input(&r->shape, BATCH, &r->out, r->packed_transposed, &r->in);
  if (which == GRAD_WEIGHTS) r->kernels->conv_grad_weights(&r->shape, BATCH, &r->in, &r->out, r->weights, r->bias);
  if (which == WINOGRAD)
    r->kernels->winograd_forward(&r->shape, BATCH, &r->in, r->packed_winograd, r->bias, NULL, 1, &r->out);
}

/* The fastest of several runs: the machine may be shared. */
static double pass_seconds(const kernel_run *r, pass which) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double start = timing_now();
    double end;
    int count = 0;
    do {
      run_pass(r, which);
      count++;
      end = timing_now();
    } while (end - start < RUN_SECONDS);
    if ((end - start) / count < best) best = (end - start) / count;
  }
  return best;
}

static void bench_layer(const nn_kernels *kernels, const layer *l, double peak) {
  const nn_conv_shape *s = &l->shape;
  const int out = (l->size + 2 * s->padding - s->kernel_height) / s->stride + 1;
  const size_t weights = (size_t)(s->kernel_height * s->kernel_width * s->in_channels * s->out_channels);
  const int has_winograd = kernels->winograd_pays && kernels->winograd_pays(s, out, out);
  kernel_run r = {.kernels = kernels,
                  .shape = *s,
                  .in = view_make(l->size, s->in_channels, s->padding),
                  .out = view_make(out, s->out_channels, 0),
                  .packed = floats(kernels->packed_size(s)),
                  .packed_transposed = floats(kernels->packed_size(s)),
                  .packed_winograd = has_winograd ? floats(kernels->winograd_size(s)) : NULL,
                  .weights = floats(weights),
                  .bias = floats((size_t)s->out_channels)};
  const double work = 1e-9 * (double)weights * out * out * BATCH; /* multiply-adds */
  kernels->pack_weights(s, r.weights, r.packed);
  kernels->pack_weights_transposed(s, r.weights, r.packed_transposed);
  if (has_winograd) kernels->winograd_pack(s, r.weights, r.packed_winograd);
  printf("%-8s %dx%d/%d %3d->%-3d on %2dx%-2d", kernels->name, s->kernel_height, s->kernel_width, s->stride,
         s->in_channels, s->out_channels, l->size, l->size);
  for (int which = FORWARD; which <= (has_winograd ? WINOGRAD : GRAD_WEIGHTS); which++) {
    const double seconds = pass_seconds(&r, (pass)which);
    printf("  %8.2f us %3.0f %%", 1e6 * seconds / BATCH, 100 * work / seconds / peak);
  }
  printf("\n");
  free(r.in.data - s->padding * (r.in.row_stride + s->in_channels));
  free(r.out.data);
  free(r.packed);
  free(r.packed_transposed);
  free(r.packed_winograd);
  free(r.weights);
  free(r.bias);
}

int main(void) {
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  for (size_t i = 1; i < count; i++) {
    const double peak = timing_peak_fp32(levels[i]->name);
    printf("%s: peak %.1f G multiply-adds/s; per picture of a batch of %d, and share of the peak:\n", levels[i]->name,
           peak, BATCH);
    printf("%-32s  %-18s %-18s %-18s %-18s\n", "layer", "forward", "grad_input", "grad_weights", "forward, Winograd");
    for (size_t l = 0; l < sizeof layers / sizeof *layers; l++) bench_layer(levels[i], &layers[l], peak);
  }
  return 0;
}
