/* Whole training runs, small: the same weights with any number of threads and after an interruption; checkpoints and
 * their damage; what is exported gives the trainer's logits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "../nn/nn.h"
#include "../nn/train/checkpoint.h"
#include "../nn/train/export.h"
#include "../nn/train/finish.h"
#include "../nn/train/metrics.h"
#include "../nn/train/trainer.h"
#include "train_data.h"

enum { SIDE = 20, COUNT = 330, EPOCHS = 4 };

static const train_spec specs[] = {
    {.layer = TRAIN_CONVOLUTION, .outputs = 8, .kernel = 3, .stride = 1},
    {.layer = TRAIN_BATCH_NORM, .relu = 1},
    {.layer = TRAIN_CONVOLUTION, .outputs = 8, .kernel = 3, .stride = 1, .padding = 1},
    {.layer = TRAIN_BATCH_NORM},
    {.layer = TRAIN_ADD, .second = 2, .relu = 1},
    {.layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2},
    {.layer = TRAIN_CONVOLUTION, .outputs = 12, .kernel = 3, .stride = 2, .padding = 1, .bias = 1},
    {.layer = TRAIN_RELU},
    {.layer = TRAIN_AVERAGE_POOL, .kernel = 2, .stride = 2},
    {.layer = TRAIN_DROPOUT, .rate = 0.2f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static train_dataset dataset;
static char *folder;
static char path[512];

static int set_up(void **state) {
  (void)state;
  dataset = data_make(COUNT, SIDE);
  folder = folder_make();
  snprintf(path, sizeof path, "%s/file", folder);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  train_dataset_free(&dataset);
  remove(path);
  rmdir(folder);
  free(folder);
  return 0;
}

static train_config make_config(void) {
  train_config config;
  train_config_initialise(&config);
  config.epochs = EPOCHS;
  config.batch = 40; /* not a multiple of the shard: the last shard is smaller */
  config.shard = 16;
  config.holdout = 50;
  config.warmup_epochs = 1.0f;
  config.average = 0.9f;
  return config;
}

static train_trainer *open_trainer(const train_config *config, int threads) {
  train_trainer *trainer;
  train_error error = {0};
  if (train_trainer_open_specs(&trainer, config, specs, sizeof specs / sizeof *specs, &dataset, threads, &error))
    fail_msg("%s", error.message);
  return trainer;
}

static void train_epochs(train_trainer *trainer, int epochs) {
  train_error error = {0};
  train_report report;
  for (int i = 0; i < epochs; i++)
    if (train_trainer_epoch(trainer, NULL, NULL, &report, &error)) fail_msg("%s", error.message);
}

static void expect_same_state(train_trainer *a, train_trainer *b) {
  const train_network *network = train_trainer_network(a);
  const train_state *x = train_trainer_state(a), *y = train_trainer_state(b);
  const size_t size = network->parameter_count * sizeof(float);
  assert_int_equal(x->epoch, y->epoch);
  assert_int_equal(x->step, y->step);
  assert_memory_equal(x->parameters, y->parameters, size);
  assert_memory_equal(x->first, y->first, size);
  assert_memory_equal(x->second, y->second, size);
  assert_memory_equal(x->average, y->average, size);
  assert_memory_equal(x->statistics, y->statistics, network->statistic_count * sizeof(float));
}

static void test_threads_change_nothing(void **state) {
  (void)state;
  const train_config config = make_config();
  train_trainer *one = open_trainer(&config, 1);
  train_epochs(one, 2);
  for (int threads = 2; threads <= 5; threads += 3) {
    train_trainer *many = open_trainer(&config, threads);
    train_epochs(many, 2);
    expect_same_state(one, many);
    train_trainer_close(&many);
  }
  train_trainer_close(&one);
  assert_null(one);
}

static void test_seed_changes_all(void **state) {
  (void)state;
  train_config config = make_config();
  train_trainer *one = open_trainer(&config, 2);
  config.seed = 2;
  train_trainer *two = open_trainer(&config, 2);
  assert_true(train_trainer_state(one)->parameters[0] != train_trainer_state(two)->parameters[0]);
  train_trainer_close(&one);
  train_trainer_close(&two);
}

static void test_resume(void **state) {
  (void)state;
  train_config config = make_config();
  for (int method = TRAIN_SGD; method <= TRAIN_ADAMW; method++) {
    train_error error = {0};
    config.optimizer.method = (train_method)method;
    config.rate = method == TRAIN_SGD ? 0.1f : 0.003f;
    train_trainer *whole = open_trainer(&config, 2), *first = open_trainer(&config, 2);
    train_epochs(whole, EPOCHS);
    train_epochs(first, 1);
    json_t *notes = json_pack("{s:i}", "seconds", 7), *read_notes;
    if (train_checkpoint_write(first, notes, path, &error)) fail_msg("%s", error.message);
    json_decref(notes);
    train_trainer_close(&first);

    train_config stored;
    if (train_checkpoint_read_config(path, &stored, &read_notes, &error)) fail_msg("%s", error.message);
    assert_int_equal(json_integer_value(json_object_get(read_notes, "seconds")), 7);
    json_decref(read_notes);
    train_trainer *second = open_trainer(&stored, 1);
    if (train_checkpoint_read(second, path, &error)) fail_msg("%s", error.message);
    assert_int_equal(train_trainer_state(second)->epoch, 1);
    train_epochs(second, EPOCHS - 1);
    expect_same_state(whole, second);
    train_trainer_close(&whole);
    train_trainer_close(&second);
  }
}

static void test_checkpoint_of_other_options(void **state) {
  (void)state;
  train_config config = make_config();
  train_error error = {0};
  train_trainer *trainer = open_trainer(&config, 1);
  assert_int_equal(train_checkpoint_write(trainer, NULL, path, &error), TRAIN_OK);
  train_trainer_close(&trainer);
  config.rate = 0.2f;
  trainer = open_trainer(&config, 1);
  assert_true(train_checkpoint_read(trainer, path, &error) < 0);
  assert_non_null(strstr(error.message, "--rate"));
  train_trainer_close(&trainer);
}

static void test_checkpoint_damage(void **state) {
  (void)state;
  const train_config config = make_config();
  train_error error = {0};
  train_trainer *trainer = open_trainer(&config, 1);
  assert_int_equal(train_checkpoint_write(trainer, NULL, path, &error), TRAIN_OK);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  static uint8_t bytes[1 << 20];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_in_range(size, 1000, sizeof bytes - 1);
  for (size_t i = 0; i < size; i += i < 64 ? 1 : size / 97) {
    for (int cut = 0; cut < 2; cut++) {
      bytes[i] ^= 1;
      file = fopen(path, "wb");
      assert_non_null(file);
      assert_int_equal(fwrite(bytes, 1, cut ? i : size, file), cut ? i : size);
      fclose(file);
      bytes[i] ^= 1;
      error.message[0] = '\0';
      assert_true(train_checkpoint_read(trainer, path, &error) < 0);
      assert_non_null(strstr(error.message, path));
    }
  }
  train_trainer_close(&trainer);
}

static void test_checkpoint_unwritable(void **state) {
  (void)state;
  const train_config config = make_config();
  train_error error = {0};
  train_trainer *trainer = open_trainer(&config, 1);
  assert_int_equal(train_checkpoint_write(trainer, NULL, "/nowhere/at/all", &error), TRAIN_ERR_IO);
  assert_non_null(strstr(error.message, "/nowhere/at/all"));
  train_trainer_close(&trainer);
}

static int stop_at_third(void *user) {
  return ++*(int *)user == 3;
}

static void test_stop(void **state) {
  (void)state;
  const train_config config = make_config();
  train_error error = {0};
  train_report report;
  int asked = 0;
  train_trainer *trainer = open_trainer(&config, 2);
  assert_int_equal(train_trainer_epoch(trainer, stop_at_third, &asked, &report, &error), TRAIN_ERR_STOPPED);
  assert_int_equal(asked, 3);
  train_trainer_close(&trainer);
}

static void test_diverging_run_is_told(void **state) {
  (void)state;
  train_config config = make_config();
  config.rate = 1e3f;
  config.warmup_epochs = 0.0f;
  config.optimizer.weight_decay = 10.0f;
  train_error error = {0};
  train_report report;
  int status = TRAIN_OK;
  train_trainer *trainer = open_trainer(&config, 2);
  for (int i = 0; i < EPOCHS && !status; i++) status = train_trainer_epoch(trainer, NULL, NULL, &report, &error);
  assert_int_equal(status, TRAIN_ERR_DIVERGED);
  assert_non_null(strstr(error.message, "rate"));
  train_trainer_close(&trainer);
}

static void test_bad_options(void **state) {
  (void)state;
  train_config config = make_config();
  train_trainer *trainer;
  train_error error = {0};
  config.holdout = COUNT;
  assert_int_equal(train_trainer_open_specs(&trainer, &config, specs, 11, &dataset, 1, &error), TRAIN_ERR_ARGUMENT);
  assert_null(trainer);
  config = make_config();
  assert_int_equal(train_trainer_open_specs(&trainer, &config, specs, 11, &dataset, 0, &error), TRAIN_ERR_ARGUMENT);
  snprintf(config.architecture, sizeof config.architecture, "nonsense");
  assert_int_equal(train_trainer_open(&trainer, &config, &dataset, 1, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "nonsense"));
}

/* Learns ten classes it has not seen the held-out pictures of, and exports them: nn gives the trainer's logits. */
static void test_learn_export_parity(void **state) {
  (void)state;
  train_config config = make_config();
  config.epochs = 25;
  config.average = 0.95f;
  config.augmentation = (train_augmentation){.shift_pixels = 0.5f};
  train_error error = {0};
  train_trainer *trainer = open_trainer(&config, 2);
  train_epochs(trainer, config.epochs);
  json_t *summary;
  const train_finish options = {.out = path};
  if (train_finish_run(trainer, &options, &summary, &error)) fail_msg("%s", error.message);
  json_t *holdout = json_object_get(summary, "holdout");
  assert_true(json_number_value(json_object_get(holdout, "accuracy")) > 0.9);
  assert_int_equal(json_integer_value(json_object_get(holdout, "images")), 50);
  const double temperature = json_number_value(json_object_get(summary, "temperature"));
  assert_true(temperature > 0.04 && temperature < 21.0);
  json_decref(summary);

  nn_model *model;
  nn_error failure = {0};
  double difference = 1.0;
  if (nn_model_open_file(&model, path, &failure)) fail_msg("%s", failure.message);
  assert_true(nn_model_get_info(model)->temperature == temperature);
  assert_int_equal(nn_model_get_info(model)->classes, 10);
  assert_string_equal(nn_model_get_info(model)->class_names[7], "7");
  nn_model_close(&model);
  assert_int_equal(train_export_verify(trainer, path, dataset.pixels, COUNT, &difference, &error), TRAIN_OK);
  assert_true(difference > 0.0 && difference < TRAIN_EXPORT_TOLERANCE);
  /* Other weights than the written ones are noticed. */
  train_trainer_state(trainer)->average[5] += 0.1f;
  assert_int_equal(train_export_verify(trainer, path, dataset.pixels, COUNT, &difference, &error), TRAIN_ERR_INTERNAL);
  train_trainer_close(&trainer);
}

/* Batch norm behind a fully connected layer goes into the model's weights, too. */
static void test_perceptron_export_parity(void **state) {
  (void)state;
  static const train_spec dense[] = {
      {.layer = TRAIN_FULLY_CONNECTED, .outputs = 24}, {.layer = TRAIN_BATCH_NORM, .relu = 1},
      {.layer = TRAIN_FULLY_CONNECTED, .outputs = 12}, {.layer = TRAIN_BATCH_NORM, .relu = 1},
      {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
  };
  const train_config config = make_config();
  train_trainer *trainer;
  train_error error = {0};
  json_t *summary;
  const train_finish options = {.out = path};
  if (train_trainer_open_specs(&trainer, &config, dense, sizeof dense / sizeof *dense, &dataset, 2, &error))
    fail_msg("%s", error.message);
  train_epochs(trainer, EPOCHS);
  if (train_finish_run(trainer, &options, &summary, &error)) fail_msg("%s", error.message);
  const double difference = json_number_value(json_object_get(summary, "export_difference"));
  assert_true(difference > 0.0 && difference < TRAIN_EXPORT_TOLERANCE);
  json_decref(summary);
  train_trainer_close(&trainer);
}

static void test_temperature_needs_holdout(void **state) {
  (void)state;
  train_config config = make_config();
  config.holdout = 0;
  train_error error = {0};
  json_t *summary;
  train_trainer *trainer = open_trainer(&config, 1);
  train_epochs(trainer, 1);
  train_finish options = {.out = path};
  assert_int_equal(train_finish_run(trainer, &options, &summary, &error), TRAIN_ERR_ARGUMENT);
  assert_null(summary);
  options.temperature = 1.25;
  if (train_finish_run(trainer, &options, &summary, &error)) fail_msg("%s", error.message);
  assert_true(json_number_value(json_object_get(summary, "temperature")) == 1.25);
  json_decref(summary);
  train_trainer_close(&trainer);
}

/* ---- optimizer ---- */

static void test_optimizers_find_minimum(void **state) {
  (void)state;
  for (int method = TRAIN_SGD; method <= TRAIN_ADAMW; method++) {
    const train_optimizer optimizer = {
        .method = (train_method)method, .nesterov = 1, .momentum = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    float values[2] = {3.0f, -2.0f}, gradients[2], first[2] = {0}, second[2] = {0};
    const uint8_t decays[2] = {1, 0};
    for (uint64_t step = 1; step <= 600; step++) {
      gradients[0] = 2.0f * (values[0] - 1.0f);
      gradients[1] = 4.0f * (values[1] - 0.5f);
      train_optimizer_step(&optimizer, train_schedule_rate(0.05f, 0.0f, step - 1, 10, 600), step, 2, gradients, decays,
                           values, first, second);
    }
    assert_true(fabs((double)values[0] - 1.0) < 1e-3 && fabs((double)values[1] - 0.5) < 1e-3);
  }
}

/* Without a gradient only the decay moves, and only where it applies. */
static void test_weight_decay(void **state) {
  (void)state;
  for (int method = TRAIN_SGD; method <= TRAIN_ADAMW; method++) {
    const train_optimizer optimizer = {
        .method = (train_method)method, .momentum = 0.0f, .beta2 = 0.999f, .epsilon = 1e-8f, .weight_decay = 0.5f};
    float values[2] = {2.0f, 2.0f}, first[2] = {0}, second[2] = {0};
    const float gradients[2] = {0};
    const uint8_t decays[2] = {1, 0};
    train_optimizer_step(&optimizer, 0.1f, 1, 2, gradients, decays, values, first, second);
    assert_true(fabs((double)values[0] - 1.9) < 1e-6);
    assert_true(values[1] == 2.0f);
  }
}

static void test_schedule(void **state) {
  (void)state;
  assert_true(fabs((double)train_schedule_rate(1.0f, 0.0f, 0, 10, 110) - 0.1) < 1e-6);
  assert_true(fabs((double)train_schedule_rate(1.0f, 0.0f, 10, 10, 110) - 1.0) < 1e-6);
  assert_true(fabs((double)train_schedule_rate(1.0f, 0.0f, 60, 10, 110) - 0.5) < 1e-6);
  assert_true(train_schedule_rate(1.0f, 0.0f, 109, 10, 110) < 1e-3f);
  assert_true(train_schedule_rate(1.0f, 0.0f, 110, 10, 110) == 0.0f);
  assert_true(fabs((double)train_schedule_rate(1.0f, 0.2f, 60, 10, 110) - 0.6) < 1e-6);
  assert_true(train_schedule_rate(1.0f, 0.2f, 110, 10, 110) == 0.2f);
}

/* ---- metrics ---- */

static void test_metrics(void **state) {
  (void)state;
  static const double probabilities[] = {0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7};
  static const uint8_t labels[] = {0, 1, 1, 1};
  train_metrics m;
  assert_int_equal(train_metrics_compute(&m, probabilities, labels, 4, 2, NULL), TRAIN_OK);
  assert_int_equal(m.correct, 3);
  assert_true(fabs(m.negative_log_likelihood + (log(0.9) + log(0.8) + log(0.4) + log(0.7)) / 4) < 1e-12);
  /* Four bins with one picture each: |0.9-1|, |0.8-1|, |0.6-0|, |0.7-1|. */
  assert_true(fabs(m.calibration_error - (0.1 + 0.2 + 0.6 + 0.3) / 4) < 1e-12);
  assert_true(m.risks[0].coverage == 0.5 && m.risks[0].risk == 0.0 && fabs(m.risks[0].threshold - 0.8) < 1e-12);
  assert_true(m.risks[TRAIN_RISK_POINTS - 1].risk == 0.25);
  assert_true(train_metrics_compute(&m, probabilities, labels, 0, 2, NULL) < 0);
}

/* Logits that are right with the odds of temperature 2 get temperature 2. */
static void test_temperature(void **state) {
  (void)state;
  enum { N = 20000 };
  float *logits = malloc(N * 2 * sizeof *logits);
  uint8_t *labels = malloc(N);
  assert_non_null(logits);
  assert_non_null(labels);
  train_random random;
  train_random_start(&random, 3, 0, 0, 0);
  for (int i = 0; i < N; i++) {
    const double odds = 4.0 * (double)train_random_signed(&random);
    logits[2 * i] = 0.0f;
    logits[2 * i + 1] = (float)(2.0 * odds);
    labels[i] = (double)train_random_uniform(&random) < 1.0 / (1.0 + exp(-odds));
  }
  assert_true(fabs(train_fit_temperature(logits, labels, N, 2) - 2.0) < 0.1);
  free(logits);
  free(labels);
}

/* Two views of each picture, equally far beside its true odds: their mean is less sure than one of them, so that less is
 * to be taken back; two views alike are as one. */
static void test_temperature_of_views(void **state) {
  (void)state;
  enum { N = 20000 };
  float *apart = malloc(N * 4 * sizeof *apart), *alike = malloc(N * 4 * sizeof *alike),
        *one = malloc(N * 2 * sizeof *one);
  uint8_t *labels = malloc(N);
  assert_true(apart && alike && one && labels);
  train_random random;
  train_random_start(&random, 4, 0, 0, 0);
  for (int i = 0; i < N; i++) {
    const float odds = 4.0f * train_random_signed(&random), beside = 2.0f * train_random_signed(&random);
    const float of_first[4] = {0.0f, odds + beside, 0.0f, odds + beside},
                of_both[4] = {0.0f, odds + beside, 0.0f, odds - beside};
    memcpy(alike + 4 * i, of_first, sizeof of_first);
    memcpy(apart + 4 * i, of_both, sizeof of_both);
    memcpy(one + 2 * i, of_first, 2 * sizeof *one);
    labels[i] = train_random_uniform(&random) < 1.0f / (1.0f + expf(-odds));
  }
  const double of_one = train_fit_temperature(one, labels, N, 2);
  assert_true(fabs(train_fit_temperature_of_sets(alike, labels, NULL, N, 2, 2) - of_one) < 1e-3);
  assert_true(train_fit_temperature_of_sets(apart, labels, NULL, N, 2, 2) < 0.95 * of_one);
  free(apart);
  free(alike);
  free(one);
  free(labels);
}

/* Another run may begin with the averaged weights, whatever its options; not one of another architecture. */
static void test_start(void **state) {
  (void)state;
  train_config config = make_config();
  train_error error = {0};
  train_trainer *first = open_trainer(&config, 1);
  train_epochs(first, 1);
  assert_int_equal(train_checkpoint_write(first, NULL, path, &error), TRAIN_OK);
  config.rate = 0.2f;
  config.seed = 9;
  train_trainer *second = open_trainer(&config, 1);
  if (train_checkpoint_start(second, path, &error)) fail_msg("%s", error.message);
  const train_state *from = train_trainer_state(first), *to = train_trainer_state(second);
  const size_t size = train_trainer_network(first)->parameter_count * sizeof(float);
  assert_int_equal(to->epoch, 0);
  assert_int_equal(to->step, 0);
  assert_memory_equal(to->parameters, from->average, size);
  assert_memory_equal(to->average, from->average, size);
  assert_memory_equal(to->statistics, from->statistics, train_trainer_network(first)->statistic_count * sizeof(float));
  train_trainer_close(&second);
  strcpy(config.architecture, strcmp(config.architecture, "conv6") ? "conv6" : "lenet");
  second = open_trainer(&config, 1);
  assert_int_equal(train_checkpoint_start(second, path, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, config.architecture));
  assert_int_equal(train_checkpoint_start(second, "/nowhere/at/all", &error), TRAIN_ERR_IO);
  train_trainer_close(&first);
  train_trainer_close(&second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_threads_change_nothing),
      cmocka_unit_test(test_seed_changes_all),
      cmocka_unit_test(test_resume),
      cmocka_unit_test(test_checkpoint_of_other_options),
      cmocka_unit_test(test_checkpoint_damage),
      cmocka_unit_test(test_checkpoint_unwritable),
      cmocka_unit_test(test_start),
      cmocka_unit_test(test_temperature_of_views),
      cmocka_unit_test(test_stop),
      cmocka_unit_test(test_diverging_run_is_told),
      cmocka_unit_test(test_bad_options),
      cmocka_unit_test(test_learn_export_parity),
      cmocka_unit_test(test_perceptron_export_parity),
      cmocka_unit_test(test_temperature_needs_holdout),
      cmocka_unit_test(test_optimizers_find_minimum),
      cmocka_unit_test(test_weight_decay),
      cmocka_unit_test(test_schedule),
      cmocka_unit_test(test_metrics),
      cmocka_unit_test(test_temperature),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
