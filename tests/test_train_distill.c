/* Learning from teachers: the loss's gradient, the file of their answers and its refusals, and what a pupil takes from
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "../nn/train/answers.h"
#include "../nn/train/finish.h"
#include "../nn/train/layers.h"
#include "train_data.h"

enum { SIDE = 20, COUNT = 330, HOLDOUT = 50 };

static const train_spec specs[] = {
    {.layer = TRAIN_CONVOLUTION, .outputs = 8, .kernel = 5, .stride = 2},
    {.layer = TRAIN_BATCH_NORM, .relu = 1},
    {.layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static train_dataset dataset;
static char *folder;
static char teacher[512], answers_path[512];

static train_config make_config(void) {
  train_config config;
  train_config_initialise(&config);
  config.epochs = 12;
  config.batch = 32;
  config.shard = 16;
  config.holdout = HOLDOUT;
  config.warmup_epochs = 1.0f;
  config.average = 0.9f;
  config.augmentation = (train_augmentation){.shift_pixels = 0.5f};
  config.copies = 2;
  config.late_copies = 1;
  return config;
}

static train_trainer *open_trainer(const train_config *config, const train_dataset *set) {
  train_trainer *trainer;
  train_error error = {0};
  if (train_trainer_open_specs(&trainer, config, specs, sizeof specs / sizeof *specs, set, 2, &error))
    fail_msg("%s", error.message);
  return trainer;
}

static void train_epochs(train_trainer *trainer, int epochs) {
  train_error error = {0};
  train_report report;
  for (int i = 0; i < epochs; i++)
    if (train_trainer_epoch(trainer, NULL, NULL, &report, &error)) fail_msg("%s", error.message);
}

/* A teacher that knows its classes. */
static int set_up(void **state) {
  (void)state;
  dataset = data_make(COUNT, SIDE);
  folder = folder_make();
  snprintf(teacher, sizeof teacher, "%s/teacher.glnn", folder);
  snprintf(answers_path, sizeof answers_path, "%s/answers", folder);
  const train_config config = make_config();
  train_trainer *trainer = open_trainer(&config, &dataset);
  train_error error = {0};
  json_t *summary;
  const train_finish options = {.out = teacher};
  train_epochs(trainer, config.epochs);
  if (train_finish_run(trainer, &options, &summary, &error)) fail_msg("%s", error.message);
  json_decref(summary);
  train_trainer_close(&trainer);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  train_dataset_free(&dataset);
  remove(teacher);
  remove(answers_path);
  rmdir(folder);
  free(folder);
  return 0;
}

static void test_gradient(void **state) {
  (void)state;
  const float answer[4] = {-0.1f, -3.0f, -4.0f, -2.5f};
  for (int i = 0; i < 3; i++) {
    const float temperature = 0.5f + (float)i;
    float logits[4] = {1.0f, -2.0f, 0.5f, 3.0f}, gradient[4] = {5, 5, 5, 5}, scrap[4] = {0};
    train_distillation(logits, 4, answer, temperature, 0.25f, gradient);
    for (int c = 0; c < 4; c++) {
      const float kept = logits[c], step = 1e-2f;
      logits[c] = kept + step;
      const double up = train_distillation(logits, 4, answer, temperature, 0, scrap);
      logits[c] = kept - step;
      const double down = train_distillation(logits, 4, answer, temperature, 0, scrap);
      logits[c] = kept;
      assert_true(fabs(0.25 * (up - down) / (2.0 * (double)step) - ((double)gradient[c] - 5)) < 1e-4);
    }
  }
}

static int open_answers(train_answers *answers, const train_config *config, train_error *error) {
  const train_answers_options options = {.path = answers_path, .count = COUNT - HOLDOUT, .threads = 2};
  return train_answers_open(answers, config, &dataset, &options, error);
}

static train_config pupil_config(void) {
  train_config config = make_config();
  snprintf(config.teachers, sizeof config.teachers, "%s,%s", teacher, teacher);
  return config;
}

/* Log-probabilities; two copies differ, and what is read again is what was written. */
static void test_file(void **state) {
  (void)state;
  const train_config config = pupil_config();
  train_answers made, again;
  train_error error = {0};
  remove(answers_path);
  if (open_answers(&made, &config, &error)) fail_msg("%s", error.message);
  assert_int_equal(made.container.count, 3 * (COUNT - HOLDOUT) * 10);
  for (size_t i = 0; i < made.container.count; i += 10) {
    double sum = 0;
    for (int c = 0; c < 10; c++) sum += exp((double)made.container.values[i + (size_t)c]);
    assert_true(fabs(sum - 1) < 1e-4);
  }
  const size_t copy = (COUNT - HOLDOUT) * 10 * sizeof(float);
  assert_memory_not_equal(made.container.values, made.container.values + (COUNT - HOLDOUT) * 10, copy);
  if (open_answers(&again, &config, &error)) fail_msg("%s", error.message);
  assert_memory_equal(made.container.values, again.container.values, 3 * copy);
  train_answers_free(&made);
  train_answers_free(&again);
}

static void expect_refusal(const train_config *config, const char *part) {
  train_answers answers;
  train_error error = {0};
  assert_true(open_answers(&answers, config, &error) < 0);
  if (!strstr(error.message, part)) fail_msg("'%s' lacks '%s'", error.message, part);
  assert_null(answers.container.body);
}

static void test_refusals(void **state) {
  (void)state;
  train_config config = pupil_config();
  train_answers answers;
  train_error error = {0};
  if (open_answers(&answers, &config, &error)) fail_msg("%s", error.message);
  train_answers_free(&answers);
  config.augmentation.rotation_degrees = 3.0f;
  expect_refusal(&config, "distorted in another way");
  config = make_config();
  snprintf(config.teachers, sizeof config.teachers, "%s", teacher);
  expect_refusal(&config, "other teachers");
  assert_int_equal(truncate(answers_path, 1000), 0);
  expect_refusal(&config, "damaged");
  remove(answers_path);
  config = pupil_config();
  config.holdout = COUNT - 40;
  const train_answers_options few = {.path = answers_path, .count = 40, .threads = 1};
  if (train_answers_open(&answers, &config, &dataset, &few, &error)) fail_msg("%s", error.message);
  train_answers_free(&answers);
  expect_refusal(&config, "about 40 pictures");
  remove(answers_path);
  snprintf(config.teachers, sizeof config.teachers, "%s,/nowhere", teacher);
  expect_refusal(&config, "/nowhere");
  assert_int_equal(access(answers_path, F_OK), -1);
}

static double accuracy(train_trainer *trainer, const train_dataset *truth) {
  float logits[COUNT * 10];
  size_t right = 0;
  train_trainer_predict(trainer, truth->pixels, COUNT, logits);
  for (size_t n = 0; n < COUNT; n++) {
    int best = 0;
    for (int c = 1; c < 10; c++)
      if (logits[n * 10 + (size_t)c] > logits[n * 10 + (size_t)best]) best = c;
    right += best == truth->labels[n];
  }
  return (double)right / COUNT;
}

/* With labels that say nothing, all that a pupil knows is its teachers'. */
static void test_pupil(void **state) {
  (void)state;
  train_config config = pupil_config();
  train_answers answers;
  train_error error = {0};
  if (open_answers(&answers, &config, &error)) fail_msg("%s", error.message);
  train_dataset blank = {.pixels = dataset.pixels, .labels = calloc(COUNT, 1), .count = COUNT, SIDE, SIDE};
  assert_non_null(blank.labels);
  config.distill = 1.0f;
  train_trainer *pupil = open_trainer(&config, &blank), *alone = open_trainer(&config, &blank);
  train_trainer_learn_from(pupil, &answers);
  train_epochs(pupil, config.epochs);
  train_epochs(alone, config.epochs);
  assert_true(accuracy(pupil, &dataset) > 0.8);
  assert_true(accuracy(alone, &dataset) < 0.3);
  train_trainer_close(&pupil);
  train_trainer_close(&alone);
  train_answers_free(&answers);
  free(blank.labels);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradient), cmocka_unit_test(test_file),
                                     cmocka_unit_test(test_refusals), cmocka_unit_test(test_pupil)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
