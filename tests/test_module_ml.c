/* The ml module: both models learn classes that no straight line parts, the machine's arrays answer by the rule their
 * header gives, and bad samples are refused with a sentence. */
#include "input_helpers.h"

#include <math.h>

#include "../shim/module.h"

enum { COUNT = 240, CLASSES = 3 };

static const shim_ml_table *load(void) {
  const char *why;
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_ml.so", F_OK) != 0) skip();
  const shim_ml_table *ml = shim_module_ml(&why);
  if (!ml) fail_msg("%s", why);
  assert_int_equal(ml->version, SHIM_ML_VERSION);
  return ml;
}

/* Three rings around one middle; every radius and angle is another. */
static shim_samples make_rings(float values[COUNT * 2], int32_t labels[COUNT]) {
  for (int i = 0; i < COUNT; i++) {
    const double radius = 1.0 + 2.0 * (i % CLASSES) + 0.5 * sin(1.7 * i), angle = 0.61 * i;
    values[2 * i] = (float)(radius * cos(angle));
    values[2 * i + 1] = (float)(radius * sin(angle));
    labels[i] = i % CLASSES;
  }
  return (shim_samples){.values = values, .labels = labels, .count = COUNT, .width = 2, .classes = CLASSES};
}

static int vote(const shim_svm *svm, const float *x) {
  int votes[CLASSES] = {0}, best = 0;
  size_t pair = 0;
  for (int i = 0; i < CLASSES; i++)
    for (int j = i + 1; j < CLASSES; j++, pair++) {
      double sum = -svm->offsets[pair];
      for (size_t k = 0; k < svm->vector_count; k++) {
        const double dx = (double)(svm->vectors[2 * k] - x[0]), dy = (double)(svm->vectors[2 * k + 1] - x[1]);
        sum += (double)svm->weights[pair * svm->vector_count + k] * exp(-svm->gamma * (dx * dx + dy * dy));
      }
      votes[sum > 0.0 ? i : j]++;
    }
  for (int c = 1; c < CLASSES; c++)
    if (votes[c] > votes[best]) best = c;
  return best;
}

static void machine_learns_rings(void **state) {
  (void)state;
  const shim_ml_table *ml = load();
  float values[COUNT * 2];
  int32_t labels[COUNT];
  const shim_samples samples = make_rings(values, labels);
  shim_svm svm;
  if (ml->svm_train(&samples, 10.0, 1.0, &svm)) fail_msg("%s", ml->error());
  assert_int_equal(svm.pair_count, 3);
  assert_int_equal(svm.width, 2);
  assert_in_range(svm.vector_count, 3, COUNT);
  for (int i = 0; i < COUNT; i++) assert_int_equal(vote(&svm, values + 2 * i), labels[i]);
  ml->svm_free(&svm);
  assert_null(svm.vectors);
  ml->svm_free(&svm);
  ml->svm_free(NULL);
}

static void forest_learns_rings(void **state) {
  (void)state;
  const shim_ml_table *ml = load();
  float values[COUNT * 2], votes[COUNT * CLASSES];
  int32_t labels[COUNT];
  const shim_samples samples = make_rings(values, labels);
  const shim_forest_options options = {.trees = 20, .depth = 15, .variables = 1};
  shim_forest *forest;
  size_t nodes, bytes, right = 0;
  if (ml->forest_train(&samples, &options, &forest)) fail_msg("%s", ml->error());
  assert_int_equal(ml->forest_measure(forest, &nodes, &bytes), SHIM_OK);
  assert_true(nodes > 20 * 5 && bytes > nodes);
  assert_int_equal(ml->forest_predict(forest, values, COUNT, votes), SHIM_OK);
  for (int i = 0; i < COUNT; i++) {
    const float *row = votes + i * CLASSES;
    assert_true(row[0] + row[1] + row[2] == 20.0f);
    right += row[labels[i]] > 10.0f;
  }
  assert_true(right >= COUNT * 95 / 100);
  ml->forest_close(&forest);
  assert_null(forest);
  ml->forest_close(&forest);
  ml->forest_close(NULL);
}

static void expect_refused(const shim_samples *samples, const char *says) {
  const shim_ml_table *ml = load();
  const shim_forest_options options = {.trees = 2, .depth = 5, .variables = 1};
  shim_svm svm;
  shim_forest *forest;
  assert_int_equal(ml->svm_train(samples, 1.0, 1.0, &svm), SHIM_ERR_ARGUMENT);
  if (!strstr(ml->error(), says)) fail_msg("\"%s\" does not say \"%s\"", ml->error(), says);
  assert_null(svm.vectors);
  assert_int_equal(ml->forest_train(samples, &options, &forest), SHIM_ERR_ARGUMENT);
  assert_null(forest);
}

static void bad_samples_are_refused(void **state) {
  (void)state;
  float values[COUNT * 2];
  int32_t labels[COUNT];
  shim_samples samples = make_rings(values, labels);
  labels[7] = CLASSES;
  expect_refused(&samples, "outside the classes");
  labels[7] = -1;
  expect_refused(&samples, "outside the classes");
  for (int i = 0; i < COUNT; i++) labels[i] = i % 2;
  expect_refused(&samples, "no sample");
  samples.count = 0;
  expect_refused(&samples, "two classes");
  samples = make_rings(values, labels);
  const shim_forest_options deep = {.trees = 2, .depth = 26, .variables = 1};
  shim_forest *forest;
  assert_int_equal(load()->forest_train(&samples, &deep, &forest), SHIM_ERR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(machine_learns_rings),
      cmocka_unit_test(forest_learns_rings),
      cmocka_unit_test(bad_samples_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
