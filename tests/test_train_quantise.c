/* The int8 part that the trainer finds: its answers are near those of fp32, whose weights stay what they were; finding
 * it again changes nothing; what it cannot do it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../nn/file.h"
#include "../nn/train/quantise.h"
#include "nn_networks.h"

enum { PICTURES = 300, SIDE = 12, CLASSES = 10, PICTURE_BYTES = SIDE * SIDE };

static const char plain[] = "test_train_quantise.glnn", quantised[] = "test_train_quantise.int8.glnn";

static uint8_t pictures[PICTURES * PICTURE_BYTES];

/* Bars at any angle, with gray edges. */
static void draw_pictures(void) {
  for (int p = 0; p < PICTURES; p++)
    for (int i = 0; i < PICTURE_BYTES; i++) {
      const double y = i / SIDE - 5.5, x = i % SIDE - 5.5, turn = 0.37 * p;
      const double across = fabs(x * cos(turn) + y * sin(turn) + p % 5 - 2);
      pictures[p * PICTURE_BYTES + i] = (uint8_t)(across < 1 ? 255 : across < 2 ? 255 * (2 - across) : 0);
    }
}

/* Padding around the picture, whose zero is between two integers; a residual sum of either sign; an average. */
static network make_network(float scale) {
  network n = network_start(SIDE, SIDE, 1, 11);
  n.spec.mean = 0.13f;
  n.spec.scale = scale;
  const int stem = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 8));
  int t = network_pool(&n, NN_LAYER_MAX_POOL, network_relu(&n, network_convolution(&n, stem, 3, 1, 1, 16)), 2, 2, 0);
  t = network_sum(&n, network_convolution(&n, t, 3, 1, 1, 16), t);
  t = network_relu(&n, network_convolution(&n, t, 3, 1, 0, 24));
  network_softmax(&n, network_fully_connected(&n, network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 2, 2, 0), CLASSES));
  return n;
}

static void write_plain(float scale) {
  network n = make_network(scale);
  nn_error error;
  network_finish(&n);
  if (nn_model_write_file(&n.spec, plain, &error)) fail_msg("%s", error.message);
  network_free(&n);
}

static void run_file(const char *path, nn_precision precision, float *logits) {
  nn_model *model;
  nn_session *session;
  assert_int_equal(nn_model_open_as(&model, path, precision, NULL), NN_OK);
  assert_int_equal(nn_session_open(&session, model, 16, NULL), NN_OK);
  assert_int_equal(nn_session_run(session, pictures, PICTURES, logits), NN_OK);
  nn_session_close(&session);
  nn_model_close(&model);
}

static void answers_stay_near(void **state) {
  static float before[PICTURES * CLASSES], after[PICTURES * CLASSES], int8[PICTURES * CLASSES];
  train_quantised report;
  train_error error;
  double spread = 0, difference = 0;
  (void)state;
  write_plain(3.0f);
  if (train_quantise(plain, pictures, PICTURES, quantised, &report, &error)) fail_msg("%s", error.message);
  run_file(plain, NN_PRECISION_FP32, before);
  run_file(quantised, NN_PRECISION_FP32, after);
  run_file(quantised, NN_PRECISION_INT8, int8);
  assert_memory_equal(before, after, sizeof before);
  for (size_t c = 0; c < CLASSES; c++) {
    double mean = 0;
    for (size_t p = 0; p < PICTURES; p++) mean += (double)before[p * CLASSES + c] / PICTURES;
    for (size_t p = 0; p < PICTURES; p++) {
      spread += ((double)before[p * CLASSES + c] - mean) * ((double)before[p * CLASSES + c] - mean);
      difference += pow((double)int8[p * CLASSES + c] - (double)before[p * CLASSES + c], 2);
    }
  }
  assert_int_equal(report.pictures, PICTURES);
  assert_true(report.same >= PICTURES * 95 / 100);
  assert_true(difference < 0.01 * spread);
  assert_true(fabs(report.difference - sqrt(difference / (PICTURES * CLASSES))) < 1e-6);
}

static void again_is_the_same_file(void **state) {
  void *once, *twice;
  size_t once_size, twice_size;
  train_quantised report;
  (void)state;
  write_plain(3.0f);
  assert_int_equal(train_quantise(plain, pictures, PICTURES, quantised, &report, NULL), TRAIN_OK);
  assert_int_equal(nn_file_read(quantised, &once, &once_size, NULL), NN_OK);
  assert_int_equal(train_quantise(quantised, pictures, PICTURES, quantised, &report, NULL), TRAIN_OK);
  assert_int_equal(nn_file_read(quantised, &twice, &twice_size, NULL), NN_OK);
  assert_int_equal(once_size, twice_size);
  assert_memory_equal(once, twice, once_size);
  free(once);
  free(twice);
}

static void what_cannot_be_is_said(void **state) {
  train_quantised report;
  train_error error;
  (void)state;
  write_plain(3.0f);
  assert_int_equal(train_quantise(plain, pictures, 0, quantised, &report, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "no pictures"));
  assert_int_equal(train_quantise("nowhere.glnn", pictures, PICTURES, quantised, &report, &error), TRAIN_ERR_IO);
  assert_non_null(strstr(error.message, "nowhere.glnn"));
  assert_int_equal(train_quantise(plain, pictures, PICTURES, "nowhere/x.glnn", &report, &error), TRAIN_ERR_IO);
  write_plain(-3.0f);
  assert_int_equal(train_quantise(plain, pictures, PICTURES, quantised, &report, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "negative"));
}

static int remove_files(void **state) {
  (void)state;
  remove(plain);
  remove(quantised);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_stay_near),
      cmocka_unit_test(again_is_the_same_file),
      cmocka_unit_test(what_cannot_be_is_said),
  };
  draw_pictures();
  return cmocka_run_group_tests(tests, NULL, remove_files);
}
