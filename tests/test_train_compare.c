/* glyphlift-train compare: the corruptions, the minimiser, HOG and Wilson's interval by themselves; whole comparisons
 * of small sets with an interruption; and a quick one on MNIST, whose table, CSV and plot must be whole, and whose
 * accuracies must lie above floors and in a sensible order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "../nn/train/canvas.h"
#include "../nn/train/compare/compare.h"
#include "../nn/train/compare/features.h"
#include "../nn/train/compare/minimise.h"
#include "../nn/train/people.h"
#include "../shim/module.h"
#include "train_program.h"

enum { SIDE = PROGRAM_PICTURE_SIDE, TRAINING = 400, TEST = 100 };

static int set_up(void **state) {
  (void)state;
  folder = folder_make();
  write_part("train", TRAINING, 0);
  write_part("t10k", TEST, TRAINING);
  return 0;
}

/* ---- parts ---- */

static void test_wilson(void **state) {
  (void)state;
  double low, high;
  train_wilson(50, 100, &low, &high);
  assert_true(fabs(low - 0.4038) < 1e-4 && fabs(high - 0.5962) < 1e-4); /* the textbook's example */
  train_wilson(0, 10, &low, &high);
  assert_true(fabs(low) < 1e-9 && fabs(high - 0.2775) < 1e-4);
  train_wilson(10, 10, &low, &high);
  assert_true(fabs(high - 1.0) < 1e-9 && fabs(low - 0.7225) < 1e-4);
}

/* Rosenbrock's valley, whose minimum lies at (1, 1). */
static double valley(void *user, const float *x, float *gradient) {
  ++*(int *)user;
  const double a = (double)x[0], b = (double)x[1], bend = b - a * a;
  gradient[0] = (float)(-400.0 * a * bend - 2.0 * (1.0 - a));
  gradient[1] = (float)(200.0 * bend);
  return 100.0 * bend * bend + (1.0 - a) * (1.0 - a);
}

static int stop_at_once(void *user) {
  (void)user;
  return 1;
}

static void test_minimise(void **state) {
  (void)state;
  float x[2] = {-1.2f, 1.0f};
  int calls = 0;
  train_minimum minimum;
  train_error error = {0};
  assert_int_equal(train_minimise(valley, &calls, 2, x, 1e-3, 200, NULL, &minimum, &error), TRAIN_OK);
  assert_true(minimum.converged && calls < 200);
  assert_true(fabs((double)x[0] - 1.0) < 1e-2 && fabs((double)x[1] - 1.0) < 1e-2);
  x[0] = 3.0f;
  assert_int_equal(train_minimise(valley, &calls, 2, x, 1e-3, 2, NULL, &minimum, &error), TRAIN_OK);
  assert_true(!minimum.converged && minimum.iterations == 2);
  assert_int_equal(train_minimise(valley, &calls, 2, x, 1e-3, 9, stop_at_once, &minimum, &error), TRAIN_ERR_STOPPED);
}

static double difference(const train_dataset *a, const train_dataset *b) {
  double sum = 0.0;
  for (size_t i = 0; i < a->count * SIDE * SIDE; i++) sum += abs(a->pixels[i] - b->pixels[i]);
  return sum / (double)(a->count * SIDE * SIDE);
}

/* Each changes the pictures, in its own way, the same way every time, and each picture for itself. */
static void test_corruptions(void **state) {
  (void)state;
  train_dataset set = data_make(40, SIDE), part = set, all[TRAIN_CORRUPTIONS];
  part.count = 7;
  for (int c = 0; c < TRAIN_CORRUPTIONS; c++) {
    train_dataset again, few;
    assert_int_equal(train_corrupt(&all[c], &set, (train_corruption)c, NULL), TRAIN_OK);
    assert_int_equal(train_corrupt(&again, &set, (train_corruption)c, NULL), TRAIN_OK);
    assert_int_equal(train_corrupt(&few, &part, (train_corruption)c, NULL), TRAIN_OK);
    assert_memory_equal(all[c].pixels, again.pixels, set.count * SIDE * SIDE);
    assert_memory_equal(all[c].pixels, few.pixels, part.count * SIDE * SIDE);
    assert_memory_equal(all[c].labels, set.labels, set.count);
    assert_true(difference(&all[c], &set) > 1.0);
    for (int other = 0; other < c; other++) assert_true(difference(&all[c], &all[other]) > 1.0);
    train_dataset_free(&again);
    train_dataset_free(&few);
  }
  for (int c = 0; c < TRAIN_CORRUPTIONS; c++) train_dataset_free(&all[c]);
  train_dataset_free(&set);
}

/* A picture without edges has none; an edge lies in the direction it has, wherever contrast puts it. */
static void test_hog(void **state) {
  (void)state;
  enum { SIZE = 8, BINS = 9, WIDTH = 4 * BINS };
  uint8_t picture[SIZE * SIZE] = {0};
  float upright[WIDTH], pale[WIDTH], flat[WIDTH];
  assert_int_equal(train_feature_width(TRAIN_FEATURE_HOG, SIZE, SIZE), WIDTH);
  assert_int_equal(train_feature_width(TRAIN_FEATURE_HOG, SIDE, SIDE), 36 * WIDTH);
  assert_int_equal(train_feature_width(TRAIN_FEATURE_PIXELS, SIDE, SIDE), SIDE * SIDE);
  train_feature_make(TRAIN_FEATURE_HOG, picture, 1, SIZE, SIZE, flat, NULL);
  for (int i = 0; i < WIDTH; i++) assert_true(flat[i] == 0.0f);
  for (int round = 0; round < 2; round++) {
    for (int y = 0; y < SIZE; y++) picture[y * SIZE + 3] = picture[y * SIZE + 4] = round ? 120 : 240;
    train_feature_make(TRAIN_FEATURE_HOG, picture, 1, SIZE, SIZE, round ? pale : upright, NULL);
  }
  float sideways = 0.0f, along = 0.0f;
  for (int i = 0; i < WIDTH; i++) {
    const int bin = i % BINS;
    if (bin == 0 || bin == BINS - 1) sideways += upright[i];
    if (bin == BINS / 2) along += upright[i];
    assert_true(fabsf(upright[i] - pale[i]) < 1e-3f);
  }
  assert_true(sideways > 4.0f * along);
}

/* ---- small comparisons ---- */

/* The number in a row of the CSV, by the heading of its column. */
static double csv_number(const char *csv, const char *row, const char *heading) {
  char start[64];
  const char *head = csv, *line, *name = strstr(csv, heading);
  snprintf(start, sizeof start, "\n%s,", row);
  line = strstr(csv, start);
  if (!line || !name) fail_msg("the CSV has no row %s, or no column %s", row, heading);
  for (line++; head < name; head++)
    if (*head == ',') line = strchr(line, ',') + 1; /* no title or number before the settings has a comma of its own */
  return strtod(line, NULL);
}

static void test_titles_have_no_commas_of_their_own(void **state) {
  (void)state;
  const train_problem *const problems[] = {&train_problem_digits, &train_problem_shapes};
  assert_true(train_problem_digits.family_count >= 12 && train_problem_shapes.family_count >= 6);
  for (size_t p = 0; p < 2; p++)
    for (size_t i = 0; i < problems[p]->family_count; i++) {
      assert_null(strpbrk(problems[p]->families[i]->name, ", \"<&/"));
      assert_null(strpbrk(problems[p]->families[i]->title, ",\"<&|"));
    }
}

static void test_small_comparison(void **state) {
  (void)state;
  const char *options = "--quick --threads 1 --epochs 2";
  if (run("compare --data '%s' --out '%s/small' %s --only nearest,logistic,lenet", folder, folder, options))
    fail_msg("%s", read_text("err"));
  expect_in("err", "k = 3");
  expect_in("err", "epoch 2/2");
  const char *csv = read_text("small/comparison.csv");
  assert_true(csv_number(csv, "nearest", "accuracy") > 0.95);
  assert_true(csv_number(csv, "logistic", "accuracy") > 0.95);
  assert_true(csv_number(csv, "nearest", "images") == TEST);
  expect_in("small/comparison.md", "| random forest of pixels | not measured |");
  /* Kept rows are not measured again, and stay in the table. */
  assert_int_equal(
      run("compare --data '%s' --out '%s/small' %s --only nearest,boosted --skip boosted", folder, folder, options), 0);
  assert_null(strstr(read_text("err"), "k = 3"));
  expect_in("small/comparison.md", "| logistic regression |");
  /* Other options would mix what does not belong together. */
  assert_int_equal(
      run("compare --data '%s' --out '%s/small' --quick --threads 1 --epochs 3 --only lenet", folder, folder), 2);
  expect_in("err", "--overwrite");
  assert_int_equal(run("compare --data '%s' --out '%s/small' %s --only nearest --overwrite", folder, folder, options),
                   0);
  expect_in("err", "k = 3");
}

static void test_built_in_model_and_ensemble(void **state) {
  (void)state;
  const char *options = "--quick --threads 1 --epochs 1 --shipped digits";
  assert_int_equal(run("compare --data '%s' --out '%s/e' %s --only shipped,ensemble", folder, folder, options), 3);
  expect_in("err", "the row lenet is not there yet");
  expect_in("e/comparison.md", "| the shipped CNN |");
  expect_in("e/comparison.md", "the built-in model");
  if (run("compare --data '%s' --out '%s/e' %s --only lenet,large,ensemble", folder, folder, options))
    fail_msg("%s", read_text("err"));
  const char *csv = read_text("e/comparison.csv");
  const double parts = csv_number(csv, "lenet", "parameters") + csv_number(csv, "large", "parameters") +
                       csv_number(csv, "shipped", "parameters");
  assert_true(csv_number(csv, "ensemble", "parameters") == parts);
  assert_true(csv_number(csv, "large", "parameters") > 3.0 * csv_number(csv, "shipped", "parameters"));
}

/* SIGTERM while a network trains: the finished row is in the table, and the same command goes on from the last
 * epoch. */
static void test_interruption(void **state) {
  (void)state;
  char data[520], out[520];
  snprintf(data, sizeof data, "--data=%s", folder);
  snprintf(out, sizeof out, "--out=%s/stopped", folder);
  const char *const arguments[] = {
      "glyphlift-train",      "compare", data, out, "--quick", "--threads=1", "--epochs=100000",
      "--only=nearest,lenet", NULL};
  assert_int_equal(run_and_interrupt(arguments, "epoch 2/"), 1);
  expect_in("err", "goes on from there");
  expect_in("stopped/comparison.md", "| k nearest neighbours |");
  expect_in("stopped/comparison.md", "| LeNet-5 | not measured |");
  char path[600];
  snprintf(path, sizeof path, "%s/stopped/work-quick/lenet.checkpoint", folder);
  assert_int_equal(access(path, R_OK), 0);
}

static void test_usage(void **state) {
  (void)state;
  static const char *const bad[] = {
      "--only nonsense", "--skip lenet,nonsense", "--epochs 0", "--threads many", "--nonsense", "extra", "--only ''"};
  assert_int_equal(run("compare --help"), 0);
  expect_in("out", "svm-hog");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (run("compare --data '%s' %s", folder, bad[i]) != 2) fail_msg("'%s' is not refused", bad[i]);
    expect_in("err", "glyphlift-train compare");
  }
  assert_int_equal(run("compare --data /nowhere --out '%s/x'", folder), 1);
  expect_in("err", "/nowhere");
  assert_int_equal(run("compare --data '%s' --out /nowhere/at/all", folder), 1);
  expect_in("err", "/nowhere/at/all");
  assert_int_equal(run("compare --data '%s' --out '%s/x' --shipped /nowhere", folder, folder), 1);
  expect_in("err", "/nowhere");
}

/* ---- shapes ---- */

enum { DRAWING = 70, WRITERS = 7, DRAWN = 280, DRAWN_TEST = 80, INDEX_SIZE = 1 << 14 };

/* Number n: the label n % 4 as ink 255 on 0; a cross stands for other. Places and sizes are jittered. */
static void draw_shape(size_t n, uint8_t *pixels) {
  train_random random;
  train_point points[41];
  shim_image canvas = {pixels, DRAWING, DRAWING, 1, DRAWING};
  train_random_start(&random, 7, 1000, 0, (uint32_t)n);
  const float x = 35 + 4 * train_random_signed(&random), y = 35 + 4 * train_random_signed(&random);
  const float a = train_random_between(&random, 14, 24), b = train_random_between(&random, 14, 24);
  const int label = (int)(n % TRAIN_PEOPLE_CLASSES);
  const int sides = label == TRAIN_PEOPLE_ELLIPSE ? 40 : label == TRAIN_PEOPLE_TRIANGLE ? 3 : 4;
  for (int i = 0; i <= sides; i++) {
    const double turn = 2 * 3.14159265 * (i + 0.5) / sides;
    points[i] = (train_point){x + 1.3f * a * (float)cos(turn), y + 1.3f * b * (float)sin(turn)};
  }
  memset(pixels, 0, DRAWING * DRAWING);
  if (label != TRAIN_PEOPLE_OTHER) {
    train_canvas_stroke(&canvas, points, (size_t)sides + 1, 1.2f);
    return;
  }
  for (int i = 0; i < 2; i++) {
    const train_point stroke[2] = {points[i], points[i + 2]};
    train_canvas_stroke(&canvas, stroke, 2, 1.2f);
  }
}

/* Drawings first .. first + count - 1 as a part of people's drawings, dark on light. Person k drew those of k % WRITERS; a
 * pixel in a corner of the sheet tells whom. */
static void write_drawings(const char *part, size_t first, size_t count) {
  char path[600], *text = malloc(INDEX_SIZE);
  uint8_t *pixels = malloc(count * DRAWING * DRAWING), labels[DRAWN];
  size_t used = (size_t)snprintf(text, INDEX_SIZE, "index,user,class,stem,vertices\n");
  for (size_t i = 0; i < count; i++) {
    uint8_t *picture = pixels + i * DRAWING * DRAWING;
    const size_t writer = (first + i) / TRAIN_PEOPLE_CLASSES % WRITERS;
    draw_shape(first + i, picture);
    labels[i] = (uint8_t)((first + i) % TRAIN_PEOPLE_CLASSES);
    for (int p = 0; p < DRAWING * DRAWING; p++) picture[p] = (uint8_t)(255 - picture[p]);
    picture[0] = (uint8_t)(255 - writer);
    used += (size_t)snprintf(text + used, INDEX_SIZE - used, "%zu,w%zu,x,x.%zu,\n", i, writer, i);
  }
  const uint32_t dimensions[3] = {(uint32_t)count, DRAWING, DRAWING};
  snprintf(path, sizeof path, "%s/shapes-%s-images-idx3-ubyte.gz", folder, part);
  idx_write(path, 3, dimensions, pixels);
  snprintf(path, sizeof path, "%s/shapes-%s-labels-idx1-ubyte", folder, part);
  idx_write(path, 1, dimensions, labels);
  snprintf(path, sizeof path, "%s/shapes-%s-index.csv", folder, part);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, used, file), used);
  fclose(file);
  free(text);
  free(pixels);
}

/* Who judges settings has drawn nothing of what teaches; the same part is drawn every time. */
static void test_drawings_are_split_by_people(void **state) {
  (void)state;
  train_dataset training, test, again;
  size_t held, held_again;
  train_error error;
  write_drawings("train", 0, DRAWN);
  write_drawings("val", DRAWN, DRAWN_TEST);
  if (train_compare_read_drawings(folder, 200, SIZE_MAX, &training, &test, &held, &error))
    fail_msg("%s", error.message);
  assert_int_equal(training.count, 200);
  assert_int_equal(test.count, DRAWN_TEST);
  assert_true(held > 10 && held < 60);
  uint32_t writers[2] = {0};
  for (size_t i = 0; i < training.count; i++)
    writers[i >= training.count - held] |= 1u << (255 - training.pixels[i * DRAWING * DRAWING]);
  assert_int_equal(writers[0] & writers[1], 0);
  assert_int_equal(writers[0] | writers[1], (1u << WRITERS) - 1);
  train_dataset_free(&test);
  assert_int_equal(train_compare_read_drawings(folder, 200, 10, &again, &test, &held_again, &error), TRAIN_OK);
  assert_int_equal(held, held_again);
  assert_int_equal(test.count, 10);
  assert_memory_equal(training.pixels, again.pixels, training.count * DRAWING * DRAWING);
  train_dataset_free(&training);
  train_dataset_free(&again);
  train_dataset_free(&test);
  assert_int_equal(train_compare_read_drawings("/nowhere", 200, 10, &again, &test, &held, &error), TRAIN_ERR_IO);
}

/* The same drawing turned by a right angle has the same moments, other classes have others. */
static void test_hu_moments_do_not_turn(void **state) {
  (void)state;
  enum { HU = 7 };
  static uint8_t pictures[3][DRAWING * DRAWING];
  float features[3][HU];
  double same = 0, other = 0;
  draw_shape(TRAIN_PEOPLE_RECTANGLE, pictures[0]);
  draw_shape(TRAIN_PEOPLE_OTHER, pictures[2]);
  for (int y = 0; y < DRAWING; y++)
    for (int x = 0; x < DRAWING; x++) pictures[1][x * DRAWING + DRAWING - 1 - y] = pictures[0][y * DRAWING + x];
  assert_int_equal(train_feature_width(TRAIN_FEATURE_SHAPE_HU, DRAWING, DRAWING), HU);
  for (int i = 0; i < 3; i++)
    assert_int_equal(train_feature_make(TRAIN_FEATURE_SHAPE_HU, pictures[i], 1, DRAWING, DRAWING, features[i], NULL),
                     TRAIN_OK);
  same = fabs((double)(features[0][0] - features[1][0]));
  other = fabs((double)(features[0][0] - features[2][0]));
  if (same > 0.01 || other < 5 * same || other < 0.05) fail_msg("turned %.4f, another %.4f", same, other);
}

/* All rows on drawings that are plain to tell apart, of which nothing is left out and nothing digits have is printed. */
static void test_shapes(void **state) {
  (void)state;
  const char *options = "--shapes --quick --threads 1";
  write_drawings("train", 0, DRAWN);
  write_drawings("val", DRAWN, DRAWN_TEST);
  if (run("compare --data '%s' --out '%s/s' %s", folder, folder, options)) fail_msg("%s", read_text("err"));
  const char *csv = read_text("s/comparison.csv"), *markdown = read_text("s/comparison.md");
  static const struct {
    const char *name;
    double floor;
  } floors[] = {{"rules", 0.8},   {"fits", 0.7},   {"svm-hu", 0.6},     {"svm-hog", 0.95},
                {"network", 0.9}, {"pages", 0.85}, {"combination", 0.9}};
  assert_int_equal(sizeof floors / sizeof *floors, train_problem_shapes.family_count);
  for (size_t i = 0; i < train_problem_shapes.family_count; i++) {
    if (strncmp(floors[i].name, "svm", 3) == 0 && !shim_module_ml(NULL)) continue;
    const double accuracy = csv_number(csv, floors[i].name, "accuracy");
    if (accuracy < floors[i].floor) fail_msg("%s: %.4f", floors[i].name, accuracy);
    assert_true(csv_number(csv, floors[i].name, "images") == DRAWN_TEST);
  }
  assert_null(strstr(csv, "corrupted"));
  assert_null(strstr(markdown, "orrupt"));
  assert_null(strstr(markdown, "digit"));
  assert_non_null(strstr(markdown, "compare --shapes --data"));
  assert_int_equal(run("compare --data '%s' --out '%s/s' %s", folder, folder, options), 0); /* all rows are kept */
  assert_null(strstr(read_text("err"), "held-out"));
  assert_int_equal(run("compare --data '%s' --out '%s/s' %s --epochs 3", folder, folder, options), 2);
  expect_in("err", "--epochs");
  assert_int_equal(run("compare --data '%s' --out '%s/s' %s --only lenet", folder, folder, options), 2);
  expect_in("err", "there is no row 'lenet'");
}

/* ---- on MNIST, and on people's drawings ---- */

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)) != NULL; text += strlen(part)) count++;
  return count;
}

/* All lines of the Markdown table have the same number of cells. */
static void check_table(const char *markdown, size_t rows) {
  size_t lines = 0, cells = 0;
  for (const char *line = markdown; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    if (*line != '|') continue;
    size_t here = 0;
    for (const char *p = line; *p && *p != '\n'; p++) here += *p == '|';
    if (lines == 0) cells = here;
    assert_int_equal(here, cells);
    lines++;
  }
  assert_int_equal(lines, rows + 2);
}

static void check_plot(const char *svg, size_t rows) {
  assert_memory_equal(svg, "<svg ", 5);
  assert_non_null(strstr(svg, "</svg>\n"));
  assert_int_equal(count_of(svg, "<text"), count_of(svg, "</text>"));
  assert_int_equal(count_of(svg, "<circle"), rows);
  assert_int_equal(count_of(svg, "\""), 2 * count_of(svg, "=\""));
  assert_null(strstr(svg, "nan"));
  assert_null(strstr(svg, "inf"));
}

static void test_quick_on_people(void **state) {
  (void)state;
  const char *data = getenv("GLYPHLIFT_DATA");
  char index[600];
  snprintf(index, sizeof index, "%s/shapes/shapes-val-index.csv.gz", data ? data : "");
  if (!data || access(index, R_OK)) {
    print_message("SKIPPED: no people's drawings in GLYPHLIFT_DATA\n");
    skip();
  }
  if (run("compare --shapes --data '%s/shapes' --out '%s/people' --quick --only rules,svm-hog,network", data, folder))
    fail_msg("%s", read_text("err"));
  const char *csv = read_text("people/comparison.csv");
  assert_true(csv_number(csv, "rules", "accuracy") > 0.4);
  assert_true(csv_number(csv, "network", "accuracy") > 0.95);
  if (shim_module_ml(NULL)) {
    assert_true(csv_number(csv, "svm-hog", "accuracy") > 0.8);
    assert_true(csv_number(csv, "svm-hog", "accuracy") > csv_number(csv, "rules", "accuracy"));
  }
  check_table(read_text("people/comparison.md"), train_problem_shapes.family_count);
  check_plot(read_text("people/comparison.svg"), shim_module_ml(NULL) ? 3 : 2);
}

static void test_quick_on_mnist(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double floor;
  } floors[] = {{"logistic", 0.84}, {"nearest", 0.87},    {"forest-pixels", 0.87}, {"forest-hog", 0.91},
                {"boosted", 0.82},  {"svm-pixels", 0.90}, {"svm-hog", 0.95},       {"perceptron", 0.91},
                {"lenet", 0.94},    {"shipped", 0.96},    {"large", 0.96},         {"ensemble", 0.965}};
  const char *data = getenv("GLYPHLIFT_DATA");
  char images[600];
  const size_t count = train_problem_digits.family_count;
  size_t rows = 0;
  const train_family *const *families = train_problem_digits.families;
  snprintf(images, sizeof images, "%s/mnist/t10k-images-idx3-ubyte.gz", data ? data : "");
  if (!data || access(images, R_OK)) {
    print_message("SKIPPED: no MNIST in GLYPHLIFT_DATA\n");
    skip();
  }
  if (run("compare --data '%s/mnist' --out '%s/mnist' --quick", data, folder)) fail_msg("%s", read_text("err"));
  const char *csv = read_text("mnist/comparison.csv");
  assert_int_equal(sizeof floors / sizeof *floors, count);
  for (size_t i = 0; i < count; i++) {
    const train_family *family = families[i];
    if (family->missing && family->missing()) continue;
    rows++;
    for (size_t f = 0; f < count; f++) {
      if (strcmp(floors[f].name, family->name) != 0) continue;
      const double accuracy = csv_number(csv, family->name, "accuracy");
      if (accuracy < floors[f].floor) fail_msg("%s: %.4f", family->name, accuracy);
    }
    assert_true(csv_number(csv, family->name, "low") < csv_number(csv, family->name, "accuracy"));
    assert_true(csv_number(csv, family->name, "corrupted_mean") < csv_number(csv, family->name, "accuracy"));
    assert_true(csv_number(csv, family->name, "corrupted_mean") > 0.4);
    assert_true(csv_number(csv, family->name, "prediction_microseconds") > 0.0);
    assert_true(csv_number(csv, family->name, "bytes") > 1000.0);
  }
  assert_true(csv_number(csv, "lenet", "accuracy") > csv_number(csv, "logistic", "accuracy"));
  assert_true(csv_number(csv, "shipped", "accuracy") > csv_number(csv, "nearest", "accuracy"));
  assert_true(csv_number(csv, "shipped", "corrupted_mean") > csv_number(csv, "logistic", "corrupted_mean"));
  if (shim_module_ml(NULL))
    assert_true(csv_number(csv, "svm-hog", "accuracy") > csv_number(csv, "svm-pixels", "accuracy"));
  check_table(read_text("mnist/comparison.md"), count);
  check_plot(read_text("mnist/comparison.svg"), rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wilson),
      cmocka_unit_test(test_minimise),
      cmocka_unit_test(test_corruptions),
      cmocka_unit_test(test_hog),
      cmocka_unit_test(test_titles_have_no_commas_of_their_own),
      cmocka_unit_test(test_small_comparison),
      cmocka_unit_test(test_built_in_model_and_ensemble),
      cmocka_unit_test(test_interruption),
      cmocka_unit_test(test_usage),
      cmocka_unit_test(test_drawings_are_split_by_people),
      cmocka_unit_test(test_hu_moments_do_not_turn),
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_quick_on_people),
      cmocka_unit_test(test_quick_on_mnist),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
