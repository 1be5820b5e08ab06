/* How fast nn is: each level's kernels on typical layers as a share of the CPU's peak, measured by a loop of fused
 * multiply-adds; or the shipped model, or the model files named, in microseconds a picture. One thread, CPU time.
 *
 * usage: bench_nn [kernels | MODEL...] */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../nn/nn.h"
#include "../nn_levels.h"

enum { BATCH = 64, REPEATS = 7 };
static const double RUN_SECONDS = 0.03;

/* CPU time, as the machine may be shared. */
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- peak: enough independent sums to hide the latency ----------------------------------------------------------- */

enum { PEAK_SUMS = 12, PEAK_STEPS = 1000000 };

#define DEFINE_PEAK(NAME, LANES, ATTRIBUTES)                                                                           \
  ATTRIBUTES static float NAME(void) {                                                                                 \
    typedef float vec __attribute__((vector_size(LANES * sizeof(float))));                                             \
    vec sums[PEAK_SUMS];                                                                                               \
    volatile float half = 0.5f;                                                                                        \
    const vec factor = (vec){0} + half, added = (vec){0} + half;                                                       \
    float total = 0;                                                                                                   \
    for (int i = 0; i < PEAK_SUMS; i++) sums[i] = (vec){0} + (float)i;                                                 \
    for (int step = 0; step < PEAK_STEPS; step++) {                                                                    \
      _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_SUMS; i++) sums[i] = sums[i] * factor + added;                 \
    }                                                                                                                  \
    for (int i = 0; i < PEAK_SUMS; i++) total += sums[i][0];                                                           \
    return total;                                                                                                      \
  }

DEFINE_PEAK(peak_baseline, 4, )
#if defined(__x86_64__)
DEFINE_PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))))
DEFINE_PEAK(peak_avx512, 16, __attribute__((target("avx512f"))))
#endif

static double peak_gflops(const char *level) {
  volatile float sink;
  double best = 1e9;
  int lanes = 1;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double start = now();
#if defined(__x86_64__)
    if (strcmp(level, "avx2") == 0) {
      lanes = 8;
      sink = peak_avx2();
    } else if (strcmp(level, "avx512") == 0) {
      lanes = 16;
      sink = peak_avx512();
    } else
#endif
    {
      lanes = strcmp(level, "scalar") == 0 ? 1 : 4;
      sink = peak_baseline();
    }
    const double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  (void)sink;
  return 2e-9 * PEAK_SUMS * PEAK_STEPS * lanes / best;
}

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

typedef enum pass { FORWARD, GRAD_INPUT, GRAD_WEIGHTS } pass;

typedef struct kernel_run {
  const nn_kernels *kernels;
  nn_conv_shape shape;
  nn_view in, out;
  float *packed, *packed_transposed, *weights, *bias;
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
}

/* The fastest of several runs: the machine may be shared. */
static double pass_seconds(const kernel_run *r, pass which) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double start = now();
    double end;
    int count = 0;
    do {
      run_pass(r, which);
      count++;
      end = now();
    } while (end - start < RUN_SECONDS);
    if ((end - start) / count < best) best = (end - start) / count;
  }
  return best;
}

static void bench_layer(const nn_kernels *kernels, const layer *l, double peak) {
  const nn_conv_shape *s = &l->shape;
  const int out = (l->size + 2 * s->padding - s->kernel_height) / s->stride + 1;
  const size_t weights = (size_t)(s->kernel_height * s->kernel_width * s->in_channels * s->out_channels);
  kernel_run r = {.kernels = kernels,
                  .shape = *s,
                  .in = view_make(l->size, s->in_channels, s->padding),
                  .out = view_make(out, s->out_channels, 0),
                  .packed = floats(kernels->packed_size(s)),
                  .packed_transposed = floats(kernels->packed_size(s)),
                  .weights = floats(weights),
                  .bias = floats((size_t)s->out_channels)};
  const double gflop = 2e-9 * (double)weights * out * out * BATCH;
  kernels->pack_weights(s, r.weights, r.packed);
  kernels->pack_weights_transposed(s, r.weights, r.packed_transposed);
  printf("%-8s %dx%d/%d %3d->%-3d on %2dx%-2d", kernels->name, s->kernel_height, s->kernel_width, s->stride,
         s->in_channels, s->out_channels, l->size, l->size);
  for (int which = FORWARD; which <= GRAD_WEIGHTS; which++) {
    const double seconds = pass_seconds(&r, (pass)which);
    printf("  %8.2f us %3.0f %%", 1e6 * seconds / BATCH, 100 * gflop / seconds / peak);
  }
  printf("\n");
  free(r.in.data - s->padding * (r.in.row_stride + s->in_channels));
  free(r.out.data);
  free(r.packed);
  free(r.packed_transposed);
  free(r.weights);
  free(r.bias);
}

static void bench_kernels(void) {
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  for (size_t i = 1; i < count; i++) {
    const double peak = peak_gflops(levels[i]->name);
    printf("%s: peak %.1f GFLOP/s; per picture of a batch of %d, and share of the peak:\n", levels[i]->name, peak,
           BATCH);
    printf("%-32s  %-18s %-18s %-18s\n", "layer", "forward", "grad_input", "grad_weights");
    for (size_t l = 0; l < sizeof layers / sizeof *layers; l++) bench_layer(levels[i], &layers[l], peak);
  }
}

/* ---- models ------------------------------------------------------------------------------------------------------ */

static double run_seconds(nn_session *session, const uint8_t *pictures, size_t batch, float *logits) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double start = now();
    double end;
    int count = 0;
    do {
      nn_session_run(session, pictures, batch, logits);
      count++;
      end = now();
    } while (end - start < RUN_SECONDS);
    if ((end - start) / count < best) best = (end - start) / count;
  }
  return best;
}

static double open_seconds(const char *path) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    nn_model *model;
    const double start = now();
    if ((path ? nn_model_open_file(&model, path, NULL) : nn_model_open_digits(&model, NULL)) != NN_OK) exit(1);
    const double seconds = now() - start;
    nn_model_close(&model);
    if (seconds < best) best = seconds;
  }
  return best;
}

static void bench_batches(const nn_model *model, double peak) {
  static const size_t batches[] = {1, 16, 64, 256};
  const nn_model_info *info = nn_model_get_info(model);
  const size_t picture = (size_t)(info->height * info->width * info->channels);
  uint8_t *pictures = malloc(256 * picture);
  float *logits = malloc(256 * info->classes * sizeof *logits);
  if (!pictures || !logits) exit(3);
  for (size_t i = 0; i < 256 * picture; i++) pictures[i] = (uint8_t)(i * i >> 5);
  for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
    nn_session *session;
    if (nn_session_open(&session, model, batches[b], NULL) != NN_OK) exit(3);
    const double seconds = run_seconds(session, pictures, batches[b], logits) / (double)batches[b];
    printf("  batch %3zu: %7.1f us a picture, %3.0f %% of the peak\n", batches[b], 1e6 * seconds,
           100 * 2e-9 * (double)info->multiply_adds / seconds / peak);
    nn_session_close(&session);
  }
  free(pictures);
  free(logits);
}

/* path NULL: the shipped digits model. */
static int bench_model(const char *path) {
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  nn_error error;
  for (size_t i = 0; i < count; i++) {
    nn_model *model;
    setenv("GLYPHLIFT_CPU", levels[i]->name, 1);
    if ((path ? nn_model_open_file(&model, path, &error) : nn_model_open_digits(&model, &error)) != NN_OK) {
      fprintf(stderr, "%s\n", error.message);
      return 1;
    }
    const nn_model_info *info = nn_model_get_info(model);
    printf("%s, %s kernels: %.2f M multiply-adds, %zu parameters, opened in %.2f ms\n", path ? path : "digits",
           info->kernels, 1e-6 * (double)info->multiply_adds, info->parameters, 1e3 * open_seconds(path));
    bench_batches(model, peak_gflops(levels[i]->name));
    nn_model_close(&model);
  }
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0;
  if (argc > 1 && strcmp(argv[1], "kernels") == 0) {
    bench_kernels();
    return 0;
  }
  for (int i = 1; i < argc; i++) failed |= bench_model(argv[i]);
  if (argc == 1) failed = bench_model(NULL);
  return failed;
}
