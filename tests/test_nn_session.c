/* Sessions against an independent forward pass, on hand-made and on random networks, at every kernel level; batches of
 * every kind; and no allocation while running. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../nn/kernels.h"
#include "../nn/nn.h"
#include "nn_networks.h"

/* ---- a malloc that counts, and fails when told to ---------------------------------------------------------------- */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static size_t allocations;
static size_t fail_at = SIZE_MAX; /* the allocation that fails, counted from 0 */

static int refused(void) {
  if (allocations++ != fail_at) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) {
  return refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  return refused() ? NULL : __libc_calloc(count, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return refused() ? NULL : __libc_memalign(alignment, size);
}
#endif

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static nn_model *model_of(const network *n) {
  void *data;
  size_t size;
  nn_model *model;
  nn_error error = {.message = ""};
  if (nn_model_write_memory(&n->spec, &data, &size, &error) != NN_OK) fail_msg("%s", error.message);
  if (nn_model_open_memory(&model, data, size, &error) != NN_OK) fail_msg("%s", error.message);
  free(data);
  return model;
}

static uint8_t *random_pictures(network *n, size_t count) {
  const size_t bytes = count * (size_t)(n->spec.height * n->spec.width * n->spec.channels);
  uint8_t *pictures = malloc(bytes);
  for (size_t i = 0; i < bytes; i++) pictures[i] = (uint8_t)network_random(n);
  return pictures;
}

static double *expected_logits(const network *n, const uint8_t *pictures, size_t count) {
  const size_t bytes = (size_t)(n->spec.height * n->spec.width * n->spec.channels);
  double *logits = malloc(count * n->spec.classes * sizeof *logits);
  for (size_t i = 0; i < count; i++) network_forward(n, pictures + i * bytes, logits + i * n->spec.classes);
  return logits;
}

static void assert_logits(const double *expected, const float *found, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!(fabs(expected[i] - (double)found[i]) <= 1e-4 + 1e-4 * fabs(expected[i])))
      fail_msg("logit %zu is %g, expected %g", i, (double)found[i], expected[i]);
}

static void check_batches(network *n, const nn_model *model) {
  static const size_t batches[] = {1, 2, 7, 11}, rooms[] = {1, 3, 16};
  const size_t most = 11, guarded = most * n->spec.classes;
  uint8_t *pictures = random_pictures(n, most);
  double *expected = expected_logits(n, pictures, most);
  float *found = malloc((guarded + 1) * sizeof *found);
  for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
    nn_session *session;
    assert_int_equal(nn_session_open(&session, model, rooms[r], NULL), NN_OK);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
      const size_t count = batches[b] * n->spec.classes;
      for (size_t i = 0; i <= guarded; i++) found[i] = -999;
      assert_int_equal(nn_session_run(session, pictures, batches[b], found), NN_OK);
      assert_logits(expected, found, count);
      for (size_t i = count; i <= guarded; i++) assert_true(found[i] == -999);
    }
    nn_session_close(&session);
    assert_null(session);
  }
  free(pictures);
  free(expected);
  free(found);
}

/* Frees the network. */
static void check_network(network *n) {
  network_finish(n);
  for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level)) {
    setenv("GLYPHLIFT_CPU", level->name, 1);
    nn_model *model = model_of(n);
    assert_string_equal(nn_model_get_info(model)->kernels, level->name);
    check_batches(n, model);
    nn_model_close(&model);
    assert_null(model);
  }
  unsetenv("GLYPHLIFT_CPU");
  network_free(n);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static void plain_network(void **state) {
  network n = network_start(12, 10, 1, 1);
  (void)state;
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 0, 16));
  t = network_relu(&n, network_convolution(&n, t, 3, 2, 1, 24));
  t = network_relu(&n, network_convolution(&n, t, 3, 1, 1, 10));
  network_softmax(&n, network_fully_connected(&n, t, 10));
  check_network(&n);
}

/* Enough channels and pixels that the convolutions are done by Winograd's, with a residual and without padding too. */
static void winograd_network(void **state) {
  network n = network_start(15, 12, 1, 5);
  (void)state;
  const int first = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 16));
  int t = network_convolution(&n, network_relu(&n, network_convolution(&n, first, 3, 1, 1, 20)), 3, 1, 1, 16);
  t = network_relu(&n, network_sum(&n, t, first));
  t = network_relu(&n, network_convolution(&n, t, 3, 1, 0, 33));
  network_fully_connected(&n, t, 10);
  check_network(&n);
}

static void pools_and_lone_relus(void **state) {
  network n = network_start(13, 11, 3, 2);
  (void)state;
  int t = network_relu(&n, 0);
  t = network_convolution(&n, t, 5, 1, 2, 7);
  t = network_relu(&n, network_pool(&n, NN_LAYER_MAX_POOL, t, 3, 2, 1));
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 2, 2, 0);
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 3, 1, 1);
  t = network_relu(&n, network_relu(&n, t));
  network_fully_connected(&n, t, 4);
  check_network(&n);
}

static void global_pool(void **state) {
  network n = network_start(9, 9, 1, 3);
  (void)state;
  const int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 6));
  network_softmax(&n, network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 9, 1, 0));
  check_network(&n);
}

/* Identity and projected shortcuts, the operands in either order, with and without relu. */
static void residual_blocks(void **state) {
  network n = network_start(8, 8, 1, 4);
  (void)state;
  const int stem = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 12));
  int t = network_relu(&n, network_convolution(&n, stem, 3, 1, 1, 12));
  const int identity = network_relu(&n, network_sum(&n, network_convolution(&n, t, 3, 1, 1, 12), stem));
  t = network_relu(&n, network_convolution(&n, identity, 3, 2, 1, 20));
  t = network_convolution(&n, t, 3, 1, 1, 20);
  const int projected = network_convolution(&n, identity, 1, 2, 0, 20);
  const int block = network_relu(&n, network_sum(&n, t, projected));
  t = network_convolution(&n, block, 3, 1, 1, 20);
  t = network_sum(&n, block, t);
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 4, 1, 0);
  network_softmax(&n, network_fully_connected(&n, t, 10));
  check_network(&n);
}

/* What may not be fused: a sum of a tensor with itself, of two relus, and convolutions that others read too. */
static void sums_that_stay(void **state) {
  network n = network_start(6, 7, 2, 5);
  (void)state;
  const int first = network_convolution(&n, 0, 3, 1, 1, 5);
  const int twice = network_sum(&n, first, first);
  const int left = network_relu(&n, twice), right = network_relu(&n, network_convolution(&n, twice, 1, 1, 0, 5));
  const int sum = network_relu(&n, network_sum(&n, left, right));
  const int read_twice = network_convolution(&n, sum, 3, 1, 1, 5);
  const int active = network_relu(&n, read_twice);
  network_fully_connected(&n, network_sum(&n, active, read_twice), 3);
  check_network(&n);
}

static void uneven_kernels(void **state) {
  network n = network_start(9, 14, 2, 6);
  (void)state;
  const int t = network_add(&n, (nn_layer_spec){.type = NN_LAYER_CONVOLUTION,
                                                .input = 0,
                                                .kernel_height = 2,
                                                .kernel_width = 5,
                                                .stride = 3,
                                                .padding = 1,
                                                .outputs = 9});
  network_fully_connected(&n, t, 17);
  check_network(&n);
}

static void softmax_alone(void **state) {
  network n = network_start(1, 1, 5, 7);
  (void)state;
  network_softmax(&n, 0);
  check_network(&n);
}

/* One more layer on top of tensor `top`, now and then reading an older tensor of the same shape. */
static int add_random_layer(network *n, int top) {
  const network_shape s = n->shapes[top];
  const int kernel = 1 + (int)(network_random(n) % 3), stride = 1 + (int)(network_random(n) % 2);
  const int padding = (int)(network_random(n) % (uint32_t)kernel);
  const int fits = s.height + 2 * padding >= kernel && s.width + 2 * padding >= kernel;
  const int older = (int)(network_random(n) % (uint32_t)(top + 1));
  const network_shape o = n->shapes[older];
  switch (network_random(n) % 6) {
  case 0:
  case 1:
    if (fits) return network_convolution(n, top, kernel, stride, padding, 1 + (int)(network_random(n) % 20));
    return network_relu(n, top);
  case 2: return network_relu(n, top);
  case 3: return fits ? network_pool(n, NN_LAYER_MAX_POOL, top, kernel, stride, padding) : network_relu(n, top);
  case 4:
    if (o.height == s.height && o.width == s.width && o.channels == s.channels)
      return older % 2 ? network_sum(n, top, older) : network_sum(n, older, top);
    return network_convolution(n, top, 3, 1, 1, s.channels);
  default: return fits ? network_pool(n, NN_LAYER_AVERAGE_POOL, top, kernel, stride, padding) : network_relu(n, top);
  }
}

static void random_networks(void **state) {
  (void)state;
  for (uint32_t seed = 100; seed < 250; seed++) {
    network n = network_start(4 + (int)(seed % 7), 4 + (int)(seed % 5), 1 + (int)(seed % 3), seed * 7919);
    int top = 0;
    for (int layers = 2 + (int)(seed % 15); layers > 0; layers--) top = add_random_layer(&n, top);
    top = network_fully_connected(&n, top, 1 + (int)(seed % 19));
    if (seed % 2) network_softmax(&n, top);
    check_network(&n);
  }
}

/* ---- what a session promises ------------------------------------------------------------------------------------- */

static network small_network(void) {
  network n = network_start(10, 10, 1, 8);
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 8));
  t = network_sum(&n, network_convolution(&n, t, 3, 1, 1, 8), t);
  network_softmax(&n, network_fully_connected(&n, network_pool(&n, NN_LAYER_MAX_POOL, t, 2, 2, 0), 10));
  return n;
}

/* Probabilities sum to 1 and are the softmax of the logits at the model's temperature. */
static void classify_applies_the_temperature(void **state) {
  network n = small_network();
  float logits[30], probabilities[30];
  nn_session *session;
  (void)state;
  network_finish(&n);
  nn_model *model = model_of(&n);
  uint8_t *pictures = random_pictures(&n, 3);
  assert_int_equal(nn_session_open(&session, model, 2, NULL), NN_OK);
  assert_int_equal(nn_session_run(session, pictures, 3, logits), NN_OK);
  assert_int_equal(nn_session_classify(session, pictures, 3, probabilities), NN_OK);
  for (size_t p = 0; p < 3; p++) {
    double sum = 0, total = 0;
    for (size_t c = 0; c < 10; c++) sum += exp((double)logits[p * 10 + c] / 1.5);
    for (size_t c = 0; c < 10; c++) {
      assert_true(fabs((double)probabilities[p * 10 + c] - exp((double)logits[p * 10 + c] / 1.5) / sum) < 1e-6);
      total += (double)probabilities[p * 10 + c];
    }
    assert_true(fabs(total - 1) < 1e-6);
  }
  nn_session_close(&session);
  nn_model_close(&model);
  free(pictures);
  network_free(&n);
}

/* Earlier runs leave nothing behind: the same picture gives the same bits after others, and in any place of a batch. */
static void runs_do_not_influence_each_other(void **state) {
  network n = small_network();
  float alone[10], batch[70];
  nn_session *session;
  (void)state;
  network_finish(&n);
  nn_model *model = model_of(&n);
  uint8_t *pictures = random_pictures(&n, 7);
  assert_int_equal(nn_session_open(&session, model, 5, NULL), NN_OK);
  assert_int_equal(nn_session_run(session, pictures, 7, batch), NN_OK);
  for (size_t p = 0; p < 7; p++) {
    assert_int_equal(nn_session_run(session, pictures + p * 100, 1, alone), NN_OK);
    assert_memory_equal(alone, batch + p * 10, sizeof alone);
  }
  assert_int_equal(nn_session_run(session, NULL, 0, NULL), NN_OK);
  nn_session_close(&session);
  nn_model_close(&model);
  free(pictures);
  network_free(&n);
}

static void refuses_an_empty_batch_size(void **state) {
  network n = small_network();
  nn_session *session = (nn_session *)&n;
  nn_error error;
  (void)state;
  network_finish(&n);
  nn_model *model = model_of(&n);
  assert_int_equal(nn_session_open(&session, model, 0, &error), NN_ERR_ARGUMENT);
  assert_int_equal(error.status, NN_ERR_ARGUMENT);
  assert_null(session);
  nn_session_close(&session);
  nn_session_close(NULL);
  nn_model_close(&model);
  nn_model_close(NULL);
  network_free(&n);
}

static void run_does_not_allocate(void **state) {
  (void)state;
#ifdef COUNTS_ALLOCATIONS
  network n = small_network();
  float logits[400];
  nn_session *session;
  network_finish(&n);
  nn_model *model = model_of(&n);
  uint8_t *pictures = random_pictures(&n, 40);
  const size_t at_open = allocations;
  assert_int_equal(nn_session_open(&session, model, 8, NULL), NN_OK);
  assert_true(allocations > at_open);
  const size_t before = allocations;
  assert_int_equal(nn_session_run(session, pictures, 40, logits), NN_OK);
  assert_int_equal(nn_session_classify(session, pictures, 40, logits), NN_OK);
  assert_int_equal(allocations, before);
  nn_session_close(&session);
  nn_model_close(&model);
  free(pictures);
  network_free(&n);
#else
  skip();
#endif
}

/* Each allocation of opening and writing fails once: the status says so, and nothing is left half made. */
static void survives_failing_allocations(void **state) {
  (void)state;
#ifdef COUNTS_ALLOCATIONS
  network n = small_network();
  nn_model *model = NULL;
  nn_session *session = NULL;
  size_t failures = 0;
  network_finish(&n);
  for (int done = 0; !done; failures++) {
    void *data = NULL;
    size_t size = 0;
    nn_error error = {.status = NN_OK};
    fail_at = allocations + failures;
    int status = nn_model_write_memory(&n.spec, &data, &size, &error);
    if (status == NN_OK) status = nn_model_open_memory(&model, data, size, &error);
    if (status == NN_OK) status = nn_session_open(&session, model, 4, &error);
    done = allocations <= fail_at;
    fail_at = SIZE_MAX;
    assert_int_equal(status, done ? NN_OK : NN_ERR_MEMORY);
    if (!done) assert_int_equal(error.status, NN_ERR_MEMORY);
    if (!done) assert_null(session);
    nn_session_close(&session);
    nn_model_close(&model);
    free(data);
  }
  assert_true(failures > 20);
  network_free(&n);
#else
  skip();
#endif
}

/* ---- the embedded model ------------------------------------------------------------------------------------------ */

static void embedded_model_is_the_shipped_file(void **state) {
  static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  nn_model *embedded, *file;
  nn_session *sessions[2];
  uint8_t pictures[4 * 784];
  float logits[2][4 * 64];
  nn_error error = {.message = ""};
  (void)state;
  if (nn_model_open_digits(&embedded, &error) != NN_OK) fail_msg("%s", error.message);
  if (nn_model_open_file(&file, GLYPHLIFT_SOURCE_DIR "/nn/models/digits.glnn", &error) != NN_OK)
    fail_msg("%s", error.message);
  const nn_model_info *info = nn_model_get_info(embedded);
  assert_int_equal(info->height, 28);
  assert_int_equal(info->width, 28);
  assert_int_equal(info->channels, 1);
  assert_in_range(info->classes, 10, 64);
  for (size_t i = 0; i < 10; i++) assert_string_equal(info->class_names[i], digits[i]);
  assert_true(info->parameters > 1000 && info->multiply_adds > 10000 && info->temperature > 0);
  assert_string_equal(info->training_record, nn_model_get_info(file)->training_record);
  for (size_t i = 0; i < sizeof pictures; i++) pictures[i] = (uint8_t)(i * i / 7);
  assert_int_equal(nn_session_open(&sessions[0], embedded, 4, NULL), NN_OK);
  assert_int_equal(nn_session_open(&sessions[1], file, 4, NULL), NN_OK);
  for (int i = 0; i < 2; i++) assert_int_equal(nn_session_run(sessions[i], pictures, 4, logits[i]), NN_OK);
  assert_memory_equal(logits[0], logits[1], 4 * info->classes * sizeof(float));
  for (int i = 0; i < 2; i++) nn_session_close(&sessions[i]);
  nn_model_close(&embedded);
  nn_model_close(&file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_network),
      cmocka_unit_test(winograd_network),
      cmocka_unit_test(pools_and_lone_relus),
      cmocka_unit_test(global_pool),
      cmocka_unit_test(residual_blocks),
      cmocka_unit_test(sums_that_stay),
      cmocka_unit_test(uneven_kernels),
      cmocka_unit_test(softmax_alone),
      cmocka_unit_test(random_networks),
      cmocka_unit_test(classify_applies_the_temperature),
      cmocka_unit_test(runs_do_not_influence_each_other),
      cmocka_unit_test(refuses_an_empty_batch_size),
      cmocka_unit_test(run_does_not_allocate),
      cmocka_unit_test(survives_failing_allocations),
      cmocka_unit_test(embedded_model_is_the_shipped_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
