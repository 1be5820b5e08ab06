/* The backward pass against finite differences: each layer within a small network, whole networks with residual
 * connections, on every kernel level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../nn/train/layers.h"
#include "../nn/train/pass.h"
#include "nn_levels.h"

enum { BATCH = 6, SIDE = 8, CHANNELS = 2, CLASSES = 3 };

static const uint32_t pictures[BATCH] = {3, 14, 15, 92, 65, 35};
static const int labels[BATCH] = {0, 1, 2, 1, 0, 2};

typedef struct fixture {
  train_network *network;
  train_workspace *workspace;
  float *parameters, *statistics, *packed, *gradients;
} fixture;

static float *zeros(size_t count) {
  float *memory = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
  assert_non_null(memory);
  memset(memory, 0, (count * sizeof(float) + 127) / 64 * 64);
  return memory;
}

static void fill_input(fixture *f) {
  train_random random;
  train_random_start(&random, 7, 1000, 0, 0);
  for (size_t n = 0; n < BATCH; n++) {
    ptrdiff_t stride;
    float *row = train_workspace_input(f->workspace, n, &stride);
    for (int y = 0; y < SIDE; y++)
      for (int i = 0; i < SIDE * CHANNELS; i++) row[y * stride + i] = train_random_normal(&random);
  }
}

static void open_fixture(fixture *f, const train_spec *specs, size_t count, const nn_kernels *kernels) {
  train_error error = {0};
  if (train_network_open(&f->network, specs, count, SIDE, SIDE, CHANNELS, BATCH, kernels, &error))
    fail_msg("%s", error.message);
  assert_int_equal(train_workspace_open(&f->workspace, f->network, &error), TRAIN_OK);
  f->parameters = zeros(f->network->parameter_count);
  f->statistics = zeros(f->network->statistic_count);
  f->packed = zeros(f->network->packed_size);
  f->gradients = zeros(f->network->parameter_count);
  train_network_initialise(f->network, 11, f->parameters, f->statistics);
  /* Biases and batch norm away from 0 and 1, so that an error in them shows. */
  train_random random;
  train_random_start(&random, 8, 1000, 0, 0);
  for (size_t i = 0; i < f->network->parameter_count; i++) f->parameters[i] += 0.1f * train_random_normal(&random);
  fill_input(f);
}

static void close_fixture(fixture *f) {
  train_workspace_close(&f->workspace);
  train_network_close(&f->network);
  free(f->parameters);
  free(f->statistics);
  free(f->packed);
  free(f->gradients);
}

/* Forward, and backward where wanted. */
static double mean_loss(fixture *f, int backward) {
  const train_pass pass = {.parameters = f->parameters,
                           .packed = f->packed,
                           .statistics = f->statistics,
                           .batch = BATCH,
                           .shard_statistics = 1,
                           .dropout = 1,
                           .pictures = pictures,
                           .seed = 5,
                           .epoch = 1};
  ptrdiff_t stride;
  double loss = 0.0;
  train_network_pack(f->network, f->parameters, 1, f->packed);
  const float *logits = train_forward(f->workspace, &pass, &stride);
  for (size_t n = 0; n < BATCH; n++)
    loss += train_cross_entropy(logits + (ptrdiff_t)n * stride, CLASSES, labels[n], 0.1f, 1.0f / BATCH,
                                backward ? train_workspace_loss_gradient(f->workspace, n) : NULL) /
            BATCH;
  if (backward) {
    memset(f->gradients, 0, f->network->parameter_count * sizeof(float));
    train_backward(f->workspace, &pass, f->gradients);
  }
  return loss;
}

static double find_slope(fixture *f, size_t index, float step) {
  const float kept = f->parameters[index];
  f->parameters[index] = kept + step;
  const double up = mean_loss(f, 0);
  f->parameters[index] = kept - step;
  const double down = mean_loss(f, 0);
  f->parameters[index] = kept;
  return (up - down) / (2.0 * (double)step);
}

/* Up to about 60 parameters of a layer. Where the slope depends on the step a ReLU bends or a maximum changes within
 * it, and nothing can be said; that may not be so for most. A bend close to the middle moves both slopes alike: one
 * parameter in twenty may be off for it. */
static void compare_parameters(fixture *f, size_t first, size_t count, const char *what, size_t op) {
  const size_t stride = count > 60 ? count / 60 : 1;
  size_t total = 0, checked = 0, wrong = 0;
  double scale = 0.0;
  for (size_t i = first; i < first + count; i++) scale = fmax(scale, fabs((double)f->gradients[i]));
  const double tolerance = 0.02 * scale + 2e-4;
  for (size_t i = first; i < first + count; i += stride, total++) {
    const double slope = find_slope(f, i, 2e-3f), found = (double)f->gradients[i];
    if (fabs(slope - find_slope(f, i, 4e-3f)) > 0.5 * tolerance) continue;
    checked++;
    wrong += fabs(slope - found) > tolerance;
  }
  if (2 * checked < total)
    fail_msg("%s, layer %zu, %s: only %zu of %zu could be checked", f->network->kernels->name, op, what, checked,
             total);
  if (wrong > (checked + 19) / 20)
    fail_msg("%s, layer %zu, %s: %zu of %zu gradients are wrong", f->network->kernels->name, op, what, wrong, checked);
}

static void check_network(const train_spec *specs, size_t count) {
  const nn_kernels *kernels[MAX_LEVELS];
  const size_t levels = list_kernels(kernels);
  for (size_t level = 0; level < levels; level++) {
    fixture f;
    open_fixture(&f, specs, count, kernels[level]);
    assert_true(isfinite(mean_loss(&f, 1)));
    for (size_t i = 0; i < f.network->op_count; i++) {
      const train_op *op = &f.network->ops[i];
      if (op->weight_count) compare_parameters(&f, op->weights, op->weight_count, "weights", i);
      if (op->bias_count) compare_parameters(&f, op->bias, op->bias_count, "bias", i);
    }
    close_fixture(&f);
  }
}

#define CHECK(...)                                                                                                     \
  do {                                                                                                                 \
    static const train_spec specs[] = {__VA_ARGS__};                                                                   \
    check_network(specs, sizeof specs / sizeof *specs);                                                                \
  } while (0)

#define CONV(channels, size, step, pad)                                                                                \
  { .layer = TRAIN_CONVOLUTION, .outputs = channels, .kernel = size, .stride = step, .padding = pad, .bias = 1 }
#define PLAIN_CONV(channels, size, step, pad)                                                                          \
  { .layer = TRAIN_CONVOLUTION, .outputs = channels, .kernel = size, .stride = step, .padding = pad }
#define LAST                                                                                                           \
  { .layer = TRAIN_FULLY_CONNECTED, .outputs = CLASSES }

static void test_fully_connected(void **state) {
  (void)state;
  CHECK(LAST);
  CHECK({.layer = TRAIN_FULLY_CONNECTED, .outputs = 7}, {.layer = TRAIN_RELU}, LAST);
}

static void test_convolution(void **state) {
  (void)state;
  CHECK(CONV(4, 3, 1, 0), LAST);
  CHECK(CONV(5, 3, 1, 1), CONV(3, 3, 2, 1), LAST);
  CHECK(CONV(6, 5, 1, 2), CONV(17, 1, 1, 0), CONV(4, 2, 2, 0), LAST);
}

static void test_relu(void **state) {
  (void)state;
  CHECK(CONV(4, 3, 1, 0), {.layer = TRAIN_RELU}, CONV(4, 3, 1, 1), {.layer = TRAIN_RELU}, LAST);
}

static void test_pooling(void **state) {
  (void)state;
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2}, LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_MAX_POOL, .kernel = 3, .stride = 2}, CONV(3, 3, 1, 1), LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_AVERAGE_POOL, .kernel = 2, .stride = 2}, LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_AVERAGE_POOL, .kernel = 3, .stride = 1}, CONV(3, 3, 1, 1), LAST);
}

static void test_batch_norm(void **state) {
  (void)state;
  CHECK(PLAIN_CONV(4, 3, 1, 0), {.layer = TRAIN_BATCH_NORM}, LAST);
  CHECK(PLAIN_CONV(4, 3, 1, 0), {.layer = TRAIN_BATCH_NORM, .relu = 1}, PLAIN_CONV(5, 3, 2, 1),
        {.layer = TRAIN_BATCH_NORM, .relu = 1}, LAST);
}

static void test_dropout(void **state) {
  (void)state;
  CHECK(CONV(4, 3, 2, 0), {.layer = TRAIN_DROPOUT, .rate = 0.4f}, LAST);
}

static void test_addition(void **state) {
  (void)state;
  /* Around a padded convolution, both operands read twice. */
  CHECK(CONV(4, 3, 1, 1), CONV(4, 3, 1, 1), {.layer = TRAIN_ADD, .second = 1, .relu = 1}, CONV(3, 3, 1, 0), LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_ADD}, CONV(3, 3, 2, 0), LAST);
}

/* Element-wise layers whose input others read too: their gradients add up, and may not work in place. */
static void test_shared_inputs(void **state) {
  (void)state;
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_BATCH_NORM, .relu = 1}, CONV(4, 3, 1, 1), {.layer = TRAIN_ADD, .second = 2},
        LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_RELU}, {.layer = TRAIN_ADD, .second = 1}, LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_DROPOUT, .rate = 0.3f}, {.layer = TRAIN_ADD, .second = 1}, LAST);
  CHECK(CONV(4, 3, 1, 1), {.layer = TRAIN_MAX_POOL, .kernel = 8, .stride = 8},
        {.layer = TRAIN_CONVOLUTION, .outputs = 5, .kernel = 8, .stride = 1, .back = 1}, CONV(4, 1, 1, 0),
        {.layer = TRAIN_ADD, .second = 2}, LAST);
  /* A projection: the block's input goes through a convolution of its own. */
  CHECK(CONV(3, 3, 1, 1), CONV(5, 3, 2, 1),
        {.layer = TRAIN_CONVOLUTION, .outputs = 5, .kernel = 1, .stride = 2, .back = 1},
        {.layer = TRAIN_ADD, .second = 1, .relu = 1}, LAST);
}

static void test_whole_network(void **state) {
  (void)state;
  CHECK(PLAIN_CONV(6, 3, 1, 0), {.layer = TRAIN_BATCH_NORM, .relu = 1}, PLAIN_CONV(6, 3, 1, 1),
        {.layer = TRAIN_BATCH_NORM, .relu = 1}, PLAIN_CONV(6, 3, 1, 1), {.layer = TRAIN_BATCH_NORM},
        {.layer = TRAIN_ADD, .second = 4, .relu = 1}, {.layer = TRAIN_AVERAGE_POOL, .kernel = 2, .stride = 2},
        {.layer = TRAIN_DROPOUT, .rate = 0.2f}, LAST);
}

/* A network whose layers do not fit together is refused with a sentence. */
static void test_refused(void **state) {
  (void)state;
  static const train_spec too_large[] = {CONV(4, 9, 1, 0), LAST};
  static const train_spec unfinished[] = {CONV(4, 3, 1, 0)};
  static const train_spec before_first[] = {{.layer = TRAIN_ADD, .second = 1}, LAST};
  static const train_spec unequal[] = {CONV(4, 3, 1, 0), {.layer = TRAIN_ADD, .second = 1}, LAST};
  static const train_spec bordered[] = {
      CONV(4, 3, 1, 1), CONV(4, 3, 1, 1), {.layer = TRAIN_FULLY_CONNECTED, .outputs = 3, .back = 1}};
  static const train_spec *const tables[] = {too_large, unfinished, before_first, unequal, bordered};
  static const size_t counts[] = {2, 1, 2, 3, 3};
  for (size_t i = 0; i < 5; i++) {
    train_network *network;
    train_error error = {0};
    assert_int_equal(train_network_open(&network, tables[i], counts[i], SIDE, SIDE, CHANNELS, BATCH, NULL, &error),
                     TRAIN_ERR_ARGUMENT);
    assert_null(network);
    assert_true(strlen(error.message) > 10);
  }
}

static void test_cross_entropy(void **state) {
  (void)state;
  float logits[4] = {1.0f, -2.0f, 0.5f, 3.0f}, gradient[4];
  for (int label = 0; label < 4; label++) {
    train_cross_entropy(logits, 4, label, 0.2f, 1.0f, gradient);
    for (int c = 0; c < 4; c++) {
      const float kept = logits[c], step = 1e-2f;
      logits[c] = kept + step;
      const double up = train_cross_entropy(logits, 4, label, 0.2f, 1.0f, NULL);
      logits[c] = kept - step;
      const double down = train_cross_entropy(logits, 4, label, 0.2f, 1.0f, NULL);
      logits[c] = kept;
      assert_true(fabs((up - down) / (2.0 * (double)step) - (double)gradient[c]) < 1e-4);
    }
  }
  const float even[2] = {1000.0f, 1000.0f};
  assert_true(fabs(train_cross_entropy(even, 2, 0, 0.0f, 1.0f, NULL) - log(2.0)) < 1e-9);
}

/* Of equal values one alone gets the gradient. */
static void test_max_pool_tie(void **state) {
  (void)state;
  float in[4] = {2.0f, 2.0f, 1.0f, 2.0f}, out[1] = {0.0f}, grad_out[1] = {3.0f}, grad_in[4] = {9.0f, 9.0f, 9.0f, 9.0f};
  const nn_view views[4] = {
      {in, 2, 2, 1, 2, 4}, {out, 1, 1, 1, 1, 1}, {grad_out, 1, 1, 1, 1, 1}, {grad_in, 2, 2, 1, 2, 4}};
  train_max_pool_forward(&views[0], 1, 2, 2, &views[1]);
  assert_true(out[0] == 2.0f);
  train_max_pool_backward(&views[0], &views[1], &views[2], 1, 2, 2, 0, &views[3]);
  assert_true(grad_in[0] == 3.0f && grad_in[1] == 0.0f && grad_in[2] == 0.0f && grad_in[3] == 0.0f);
}

/* Windows that overlap or leave a rest, more channels than are worked on at a time, many equal values: against plain
 * loops. */
static void check_max_pool(int kernel, int stride, int add) {
  enum { POOL_SIDE = 7, POOL_CHANNELS = 133, POOL_BATCH = 2 };
  const int side = (POOL_SIDE - kernel) / stride + 1;
  const size_t picture = POOL_SIDE * POOL_SIDE * POOL_CHANNELS, pooled = (size_t)(side * side * POOL_CHANNELS);
  float *in = zeros(POOL_BATCH * picture), *grad_in = zeros(POOL_BATCH * picture);
  float *expected = zeros(POOL_BATCH * picture);
  float *out = zeros(POOL_BATCH * pooled), *grad_out = zeros(POOL_BATCH * pooled);
  const ptrdiff_t row = POOL_SIDE * POOL_CHANNELS, pooled_row = side * POOL_CHANNELS;
  const nn_view views[4] = {{in, POOL_SIDE, POOL_SIDE, POOL_CHANNELS, row, (ptrdiff_t)picture},
                            {out, side, side, POOL_CHANNELS, pooled_row, (ptrdiff_t)pooled},
                            {grad_out, side, side, POOL_CHANNELS, pooled_row, (ptrdiff_t)pooled},
                            {grad_in, POOL_SIDE, POOL_SIDE, POOL_CHANNELS, row, (ptrdiff_t)picture}};
  train_random random;
  train_random_start(&random, 7, 0, 0, 0);
  for (size_t i = 0; i < POOL_BATCH * picture; i++) {
    in[i] = (float)train_random_below(&random, 4) - 2.0f;
    grad_in[i] = (float)train_random_below(&random, 9);
    expected[i] = add ? grad_in[i] : 0.0f;
  }
  for (size_t i = 0; i < POOL_BATCH * pooled; i++) grad_out[i] = (float)train_random_below(&random, 100);
  train_max_pool_forward(&views[0], POOL_BATCH, kernel, stride, &views[1]);
  train_max_pool_backward(&views[0], &views[1], &views[2], POOL_BATCH, kernel, stride, add, &views[3]);
  for (size_t i = 0; i < POOL_BATCH * pooled; i++) {
    const size_t n = i / pooled, y = i % pooled / (size_t)pooled_row;
    const size_t x = i % (size_t)pooled_row / POOL_CHANNELS, c = i % POOL_CHANNELS;
    size_t best = 0;
    for (size_t k = 0; k < (size_t)(kernel * kernel); k++) {
      const size_t at_y = y * (size_t)stride + k / (size_t)kernel, at_x = x * (size_t)stride + k % (size_t)kernel;
      const size_t at = n * picture + (at_y * POOL_SIDE + at_x) * POOL_CHANNELS + c;
      if (k == 0 || in[at] > in[best]) best = at;
    }
    assert_true(out[i] == in[best]);
    expected[best] += grad_out[i];
  }
  assert_memory_equal(grad_in, expected, POOL_BATCH * picture * sizeof *expected);
  float *const all[] = {in, grad_in, expected, out, grad_out};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void test_max_pool(void **state) {
  (void)state;
  for (int add = 0; add <= 1; add++) {
    check_max_pool(2, 2, add);
    check_max_pool(3, 2, add);
    check_max_pool(3, 1, add);
    check_max_pool(2, 3, add);
    check_max_pool(7, 7, add);
  }
}

static void test_dropout_keeps_mean(void **state) {
  (void)state;
  enum { COUNT = 20000 };
  float *in = zeros(COUNT), *out = zeros(COUNT);
  const nn_view from = {in, 1, 1, COUNT, COUNT, COUNT}, to = {out, 1, 1, COUNT, COUNT, COUNT};
  train_random random;
  double sum = 0.0;
  int dropped = 0;
  for (int i = 0; i < COUNT; i++) in[i] = 1.0f;
  train_random_start(&random, 1, 2, 3, 4);
  train_dropout(&from, 0, 0.3f, random, 0, &to);
  for (int i = 0; i < COUNT; i++) {
    sum += (double)out[i];
    dropped += out[i] == 0.0f;
  }
  assert_true(fabs(sum / COUNT - 1.0) < 0.02);
  assert_true(fabs((double)dropped / COUNT - 0.3) < 0.02);
  train_dropout(&from, 0, 0.0f, random, 0, &to);
  assert_memory_equal(in, out, COUNT * sizeof *in);
  free(in);
  free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fully_connected),
      cmocka_unit_test(test_convolution),
      cmocka_unit_test(test_relu),
      cmocka_unit_test(test_pooling),
      cmocka_unit_test(test_batch_norm),
      cmocka_unit_test(test_dropout),
      cmocka_unit_test(test_addition),
      cmocka_unit_test(test_shared_inputs),
      cmocka_unit_test(test_whole_network),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_cross_entropy),
      cmocka_unit_test(test_max_pool_tie),
      cmocka_unit_test(test_max_pool),
      cmocka_unit_test(test_dropout_keeps_mean),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
