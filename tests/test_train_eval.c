/* glyphlift-train's command line: eval on small IDX files, digits with an interruption, export, and what is said to bad
 * input. The map from a model's classes to a set's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>

#include "../nn/nn.h"
#include "../nn/train/evaluate.h"
#include "../nn/train/metrics.h"
#include "train_program.h"

enum { MODEL_SIDE = PROGRAM_PICTURE_SIDE, TRAIN_COUNT = 300 };

static int set_up(void **state) {
  (void)state;
  folder = folder_make();
  write_part("train", TRAIN_COUNT, 0);
  return 0;
}

/* ---- the classes' map ---- */

static void expect_map(const char *const *set, size_t set_count, const int *expected) {
  static const char *const model[] = {"circle", "ellipse", "square", "rectangle", "diamond", "star"};
  int map[6];
  assert_int_equal(train_map_classes(model, 6, set, set_count, map, NULL), TRAIN_OK);
  for (int i = 0; i < 6; i++) assert_int_equal(map[i], expected[i]);
}

static void test_map(void **state) {
  (void)state;
  static const char *const all[] = {"star", "diamond", "rectangle", "square", "ellipse", "circle"};
  static const char *const wide[] = {"ellipse", "rectangle", "triangle", "other"};
  static const char *const closed[] = {"rectangle", "ellipse"};
  static const char *const strange[] = {"a", "b"};
  expect_map(all, 6, (const int[]){5, 4, 3, 2, 1, 0});
  expect_map(wide, 4, (const int[]){0, 0, 1, 1, 1, 3});
  expect_map(closed, 2, (const int[]){1, 1, 0, 0, 0, -1});
  train_error error = {0};
  int map[2];
  assert_true(train_map_classes(all, 2, strange, 2, map, &error) < 0);
  assert_non_null(strstr(error.message, "nothing in common"));

  static const int sums[4] = {0, 0, 1, -1};
  static const float probabilities[4] = {0.2f, 0.25f, 0.3f, 0.25f};
  double out[2];
  train_map_probabilities(sums, probabilities, 4, out, 2);
  assert_true(fabs(out[0] - 0.6) < 1e-6 && fabs(out[1] - 0.4) < 1e-6);
}

/* ---- eval ---- */

static void write_set(const char *name, const train_dataset *set) {
  char images[64], labels[64];
  const uint32_t dimensions[3] = {(uint32_t)set->count, (uint32_t)set->height, (uint32_t)set->width};
  snprintf(images, sizeof images, "%s.images", name);
  snprintf(labels, sizeof labels, "%s.labels.gz", name);
  idx_write(in_folder("%s", images), 3, dimensions, set->pixels);
  idx_write(in_folder("%s", labels), 1, dimensions, set->labels);
}

static json_t *evaluate(const char *name, const char *options) {
  const int status =
      run("eval --images '%s/%s.images' --labels '%s/%s.labels.gz' -f json %s", folder, name, folder, name, options);
  if (status) fail_msg("exit status %d: %s", status, read_text("err"));
  json_t *object = json_loads(read_text("out"), 0, NULL);
  assert_true(json_is_object(object));
  return object;
}

/* eval says what nn says, picture for picture, and its sums agree. */
static void test_eval_agrees_with_nn(void **state) {
  (void)state;
  enum { COUNT = 150 };
  train_dataset set = data_make(COUNT, MODEL_SIDE);
  write_set("small", &set);
  json_t *object = evaluate("small", "");
  nn_model *model;
  nn_session *session;
  enum { CLASSES = 11 }; /* the ten digits and "none", which the set does not name: it is left out */
  float probabilities[CLASSES];
  size_t correct = 0, total = 0, confusion[10][10] = {{0}};
  double nll = 0.0;
  assert_int_equal(nn_model_open_digits(&model, NULL), NN_OK);
  assert_int_equal(nn_model_get_info(model)->classes, CLASSES);
  assert_int_equal(nn_session_open(&session, model, 1, NULL), NN_OK);
  for (size_t i = 0; i < COUNT; i++) {
    size_t best = 0;
    double digits = 0.0;
    nn_session_classify(session, set.pixels + i * MODEL_SIDE * MODEL_SIDE, 1, probabilities);
    for (size_t c = 0; c < 10; c++) digits += probabilities[c];
    for (size_t c = 1; c < 10; c++)
      if (probabilities[c] > probabilities[best]) best = c;
    confusion[set.labels[i]][best]++;
    correct += best == set.labels[i];
    nll -= log(fmax(probabilities[set.labels[i]] / digits, 1e-12)) / COUNT;
  }
  nn_session_close(&session);
  nn_model_close(&model);
  assert_int_equal(json_integer_value(json_object_get(object, "images")), COUNT);
  assert_int_equal(json_integer_value(json_object_get(object, "correct")), correct);
  assert_true(fabs(json_number_value(json_object_get(object, "accuracy")) - (double)correct / COUNT) < 1e-6);
  assert_true(fabs(json_number_value(json_object_get(object, "nll")) - nll) < 1e-3 * (1.0 + nll));
  json_t *rows = json_object_get(object, "confusion");
  assert_int_equal(json_array_size(rows), 10);
  for (size_t t = 0; t < 10; t++)
    for (size_t c = 0; c < 10; c++) {
      const json_int_t found = json_integer_value(json_array_get(json_array_get(rows, t), c));
      assert_int_equal(found, confusion[t][c]);
      total += (size_t)found;
    }
  assert_int_equal(total, COUNT);
  assert_true(json_is_number(json_object_get(object, "ece")));
  assert_true(json_array_size(json_object_get(object, "risk_coverage")) > 3);
  json_decref(object);
  train_dataset_free(&set);
}

/* A crossed seven and a zero, drawn large, both ways round: the crop brings them into MNIST's form. */
static void draw_strokes(uint8_t *picture, int side, int label, int inverted) {
  memset(picture, inverted ? 255 : 0, (size_t)side * (size_t)side);
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      const double u = (double)x / side - 0.5, v = (double)y / side - 0.5, r = sqrt(u * u * 2.2 + v * v);
      const int one = fabs(u) < 0.045 && fabs(v) < 0.33, zero = fabs(r - 0.29) < 0.045;
      if (label ? one : zero) picture[y * side + x] = inverted ? 0 : 255;
    }
}

static void test_eval_normalize(void **state) {
  (void)state;
  enum { LARGE = 90, COUNT = 4 };
  train_dataset set = {.count = COUNT,
                       .height = LARGE,
                       .width = LARGE,
                       .pixels = malloc(COUNT * LARGE * LARGE),
                       .labels = malloc(COUNT)};
  assert_non_null(set.pixels);
  assert_non_null(set.labels);
  for (int i = 0; i < COUNT; i++) {
    set.labels[i] = (uint8_t)(i % 2);
    draw_strokes(set.pixels + i * LARGE * LARGE, LARGE, i % 2, i / 2);
  }
  write_set("large", &set);
  json_t *object = evaluate("large", "--normalize");
  assert_int_equal(json_integer_value(json_object_get(object, "correct")), COUNT);
  json_decref(object);
  assert_int_equal(run("eval --images '%s/large.images' --labels '%s/large.labels.gz'", folder, folder), 1);
  expect_in("err", "--normalize");
  train_dataset_free(&set);
}

static void test_eval_names(void **state) {
  (void)state;
  enum { COUNT = 20 };
  train_dataset set = data_make(COUNT, MODEL_SIDE);
  for (int i = 0; i < COUNT; i++) set.labels[i] %= 2;
  write_set("two", &set);
  json_t *object = evaluate("two", "--names 3,other");
  assert_int_equal(json_array_size(json_object_get(object, "confusion")), 2);
  json_decref(object);
  train_dataset_free(&set);
  const char *files = "eval --images '%s/two.images' --labels '%s/two.labels.gz' --names %s";
  char line[512];
  snprintf(line, sizeof line, files, folder, folder, "x,y");
  assert_int_equal(run("%s", line), 2);
  expect_in("err", "nothing in common");
  snprintf(line, sizeof line, files, folder, folder, "0");
  assert_int_equal(run("%s", line), 1);
  expect_in("err", "there are 1 classes");
  assert_int_equal(run("eval --images '%s/two.images' --labels '%s/two.labels.gz'", folder, folder), 0);
  expect_in("out", "of 20 right");
}

/* Of 200 answers the two least certain are rejected: one of the four errors, another one keeps its place before. */
static void test_metrics_of_answers(void **state) {
  (void)state;
  enum { COUNT = 200 };
  train_answer answers[COUNT];
  for (int i = 0; i < COUNT; i++)
    answers[i] = (train_answer){.confidence = i == 7 ? 0.3 : i == 9 ? 0.4 : 0.95, .correct = 1};
  answers[7].correct = answers[20].correct = answers[21].correct = answers[22].correct = 0;
  train_metrics m;
  train_metrics_of_answers(&m, answers, COUNT);
  assert_int_equal(m.correct, COUNT - 4);
  assert_true(fabs(m.errors_removed - 0.25) < 1e-9);
  const double off = (0.3 + (1 - 0.4) + fabs(198 * 0.95 - 195)) / COUNT; /* three bins */
  assert_true(fabs(m.calibration_error - off) < 1e-9);
}

static void test_eval_markdown(void **state) {
  (void)state;
  enum { COUNT = 20 };
  train_dataset set = data_make(COUNT, MODEL_SIDE);
  write_set("few", &set);
  assert_int_equal(run("eval --images '%s/few.images' --labels '%s/few.labels.gz' -f markdown", folder, folder), 0);
  expect_in("out", "| 20 | ");
  expect_in("out", "| 100.0 % | ");
  train_dataset_free(&set);
}

static void test_usage(void **state) {
  (void)state;
  static const char *const good[] = {"--help", "--version", "eval --help", "digits --help", "export --help"};
  static const char *const bad[] = {"",
                                    "nonsense",
                                    "eval",
                                    "eval --nonsense",
                                    "eval --images a --labels b --format xml",
                                    "eval --images a --labels b extra",
                                    "export",
                                    "export --checkpoint a --temperature -1 --data b",
                                    "export --checkpoint a --temperature 0x2 --data b",
                                    "export --checkpoint a --onnx digits",
                                    "export --onnx digits --data b",
                                    "export --onnx digits --temperature 1",
                                    "export --onnx digits --onnx-int8 digits",
                                    "export --onnx-int8 digits --data b",
                                    "export --onnx digits extra",
                                    "digits --rate fast",
                                    "digits --epochs 2.5",
                                    "digits --holdout -1",
                                    "digits --arch nonsense",
                                    "digits --optimizer nonsense",
                                    "digits --seed -1",
                                    "digits --seed 99999999999999999999",
                                    "digits --rate nan",
                                    "digits --rate ' 0.1'",
                                    "digits --rate 0.1x",
                                    "digits --rate ''",
                                    "digits --threads 0",
                                    "digits --threads 257",
                                    "digits --threads 2.5",
                                    "digits extra"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_int_equal(run("%s", good[i]), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (run("%s", bad[i]) != 2) fail_msg("'%s' is not refused", bad[i]);
    expect_in("err", "glyphlift-train");
  }
  assert_int_equal(run("--help >/dev/full"), 3);
  expect_in("err", "cannot be written");
  assert_int_equal(run("eval --images /nowhere --labels /nowhere"), 1);
  expect_in("err", "/nowhere");
  assert_int_equal(run("eval --model /nowhere --images a --labels b"), 1);
  expect_in("err", "/nowhere");
  assert_int_equal(run("digits --data /nowhere --holdout 10"), 1);
  expect_in("err", "/nowhere");
}

/* ---- digits and export ---- */

#define SHORT_RUN "--holdout 40 --batch 32 --epochs 3 --warmup 1"

static void test_digits_and_export(void **state) {
  (void)state;
  assert_int_equal(run("digits --data '%s' --out '%s/a.glnn' --threads 2 " SHORT_RUN, folder, folder), 0);
  json_t *summary = json_loads(read_text("out"), 0, NULL);
  assert_true(json_is_real(json_object_get(summary, "temperature")));
  expect_in("err", "epoch 3/3");
  expect_in("err", "validation");
  expect_in("err", "pictures/s");
  json_decref(summary);

  assert_int_equal(run("digits --data '%s' --out '%s/a.glnn' " SHORT_RUN, folder, folder), 2);
  expect_in("err", "--resume");
  assert_int_equal(run("digits --data '%s' --out '%s/a.glnn' --resume --rate 0.2 " SHORT_RUN, folder, folder), 2);
  expect_in("err", "--rate");

  /* The finished run again, and the export of its checkpoint: the same file but for nothing. */
  assert_int_equal(
      run("export --data '%s' --checkpoint '%s/a.glnn.checkpoint' --out '%s/b.glnn'", folder, folder, folder), 0);
  char command[1200];
  snprintf(command, sizeof command, "cmp -s '%s/a.glnn' '%s/b.glnn'", folder, folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(run("eval --model '%s/b.glnn' --images '%s/train-images-idx3-ubyte.gz' --labels "
                       "'%s/train-labels-idx1-ubyte'",
                       folder, folder, folder),
                   0);
}

/* SIGTERM while it trains: it ends by itself with a whole checkpoint, from which it goes on. */
static void test_interruption(void **state) {
  (void)state;
  char data[520], out[520];
  snprintf(data, sizeof data, "--data=%s", folder);
  snprintf(out, sizeof out, "--out=%s/c.glnn", folder);
  const char *const arguments[] = {"glyphlift-train", "digits",          data, out, "--holdout=40",
                                   "--batch=32",      "--epochs=100000", NULL};
  assert_int_equal(run_and_interrupt(arguments, "epoch 1/"), 1);
  expect_in("err", "--resume goes on");
  assert_int_equal(access(in_folder("c.glnn"), F_OK), -1);
  assert_int_equal(
      run("export --data '%s' --checkpoint '%s/c.glnn.checkpoint' --out '%s/c.glnn'", folder, folder, folder), 0);
}

/* The shipped model on MNIST's test set: the floor that the project promises. */
static void test_accuracy_floor(void **state) {
  (void)state;
  const char *data = getenv("GLYPHLIFT_DATA");
  char images[600];
  snprintf(images, sizeof images, "%s/mnist/t10k-images-idx3-ubyte.gz", data ? data : "");
  if (!data || access(images, R_OK)) {
    print_message("SKIPPED: no MNIST in GLYPHLIFT_DATA\n");
    skip();
  }
  assert_int_equal(run("eval -f json --images '%s' --labels '%s/mnist/t10k-labels-idx1-ubyte.gz'", images, data), 0);
  json_t *object = json_loads(read_text("out"), 0, NULL);
  assert_int_equal(json_integer_value(json_object_get(object, "images")), 10000);
  assert_true(json_integer_value(json_object_get(object, "correct")) >= 9960);
  assert_true(json_number_value(json_object_get(object, "ece")) < 0.005);
  json_decref(object);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_map),
      cmocka_unit_test(test_eval_agrees_with_nn),
      cmocka_unit_test(test_eval_normalize),
      cmocka_unit_test(test_eval_names),
      cmocka_unit_test(test_metrics_of_answers),
      cmocka_unit_test(test_eval_markdown),
      cmocka_unit_test(test_usage),
      cmocka_unit_test(test_digits_and_export),
      cmocka_unit_test(test_interruption),
      cmocka_unit_test(test_accuracy_floor),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
