/* Printed digits and what is no digit as training pictures: the fonts found, the same pictures from the same seed,
 * their form, the shares of the classes, and a small training run on them. Draws with the fonts of the system, and is
 * skipped where there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "../nn/nn.h"
#include "../nn/train/evaluate.h"
#include "../nn/train/finish.h"
#include "../nn/train/fonts.h"
#include "../nn/train/rejects.h"
#include "train_data.h"

#define FONTS "/usr/share/fonts"
enum { SIDE = TRAIN_SCAN_SIDE, PIXELS = SIDE * SIDE, DIGITS = 400, HOLDOUT = 60, SKIPPED = 77 };

static train_dataset digits;

static int set_up(void **state) {
  (void)state;
  digits = data_make(DIGITS, SIDE);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  train_dataset_free(&digits);
  return 0;
}

static train_extras make(uint64_t seed, int printed, int rejects, int threads) {
  const train_extras_options options = {.seed = seed,
                                        .printed = printed,
                                        .rejects = rejects,
                                        .fonts = FONTS,
                                        .threads = threads,
                                        .digits = &digits,
                                        .holdout = HOLDOUT};
  train_extras extras;
  train_error error;
  if (train_extras_make(&extras, &options, &error)) fail_msg("%s", error.message);
  return extras;
}

/* ---- fonts ---- */

static void test_fonts(void **state) {
  (void)state;
  train_fonts *fonts;
  train_typesetter *typesetter;
  train_error error;
  if (train_fonts_open(&fonts, FONTS, &error)) fail_msg("%s", error.message);
  assert_int_equal(train_typesetter_open(&typesetter, &error), TRAIN_OK);
  size_t first, next = 0;
  for (size_t f = 0; f < train_fonts_family_count(fonts); f++) {
    const size_t count = train_fonts_family(fonts, f, &first);
    assert_true(count > 0 && first == next);
    next += count;
    if (f) assert_true(strcmp(train_fonts_family_name(fonts, f - 1), train_fonts_family_name(fonts, f)) < 0);
  }
  assert_int_equal(next, train_fonts_count(fonts));
  assert_false(train_fonts_has(fonts, 0, 'O'));
  for (char c = '0'; c <= '9'; c++) {
    shim_image small, large;
    assert_true(train_fonts_has(fonts, 0, c));
    const train_type one = {.em_pixels = 40, .stretch = 1}, two = {.em_pixels = 80, .stretch = 1};
    assert_int_equal(train_typesetter_draw(typesetter, fonts, 0, c, &one, &small, &error), TRAIN_OK);
    assert_int_equal(train_typesetter_draw(typesetter, fonts, 0, c, &two, &large, &error), TRAIN_OK);
    assert_in_range(small.height, 20, 50);
    assert_in_range(large.height, 2 * small.height - 4, 2 * small.height + 2);
    shim_image_free(&small);
    shim_image_free(&large);
  }
  train_typesetter_close(&typesetter);
  train_fonts_close(&fonts);
  assert_null(fonts);
}

/* A quarter turn swaps the sides; a shift of the raster changes the grays, not the amount of ink. */
static void test_type(void **state) {
  (void)state;
  train_fonts *fonts;
  train_typesetter *typesetter;
  train_error error;
  shim_image plain, turned, shifted;
  if (train_fonts_open(&fonts, FONTS, &error)) fail_msg("%s", error.message);
  assert_int_equal(train_typesetter_open(&typesetter, &error), TRAIN_OK);
  train_type type = {.em_pixels = 60, .stretch = 1};
  assert_int_equal(train_typesetter_draw(typesetter, fonts, 0, '7', &type, &plain, &error), TRAIN_OK);
  type.turn_radians = 1.5707963f;
  assert_int_equal(train_typesetter_draw(typesetter, fonts, 0, '7', &type, &turned, &error), TRAIN_OK);
  assert_true(abs(turned.width - plain.height) <= 1 && abs(turned.height - plain.width) <= 1);
  /* The bar of a 7 lies on top; turned clockwise, on the right. */
  double left = 0, right = 0;
  for (int y = 0; y < turned.height; y++)
    for (int x = 0; x < turned.width; x++)
      *(x < turned.width / 2 ? &left : &right) += turned.data[y * turned.stride + x];
  assert_true(right > left);
  type = (train_type){.em_pixels = 60, .stretch = 1, .shift_x = 0.5f, .shift_y = 0.5f};
  assert_int_equal(train_typesetter_draw(typesetter, fonts, 0, '7', &type, &shifted, &error), TRAIN_OK);
  double before = 0, after = 0;
  for (int i = 0; i < plain.width * plain.height; i++) before += plain.data[i];
  for (int i = 0; i < shifted.width * shifted.height; i++) after += shifted.data[i];
  assert_true(fabs(after / before - 1) < 0.02);
  shim_image_free(&plain);
  shim_image_free(&turned);
  shim_image_free(&shifted);
  train_typesetter_close(&typesetter);
  train_fonts_close(&fonts);
}

static void expect_no_fonts(const char *folder, const char *part) {
  const train_extras_options options = {
      .seed = 1, .printed = 10, .fonts = folder, .threads = 1, .digits = &digits, .holdout = HOLDOUT};
  train_extras extras;
  train_error error = {0};
  assert_int_equal(train_extras_make(&extras, &options, &error), TRAIN_ERR_IO);
  assert_null(extras.printed.pixels);
  if (!strstr(error.message, folder) || !strstr(error.message, part))
    fail_msg("'%s' lacks '%s' or '%s'", error.message, folder, part);
}

static void test_no_fonts(void **state) {
  (void)state;
  char *folder = folder_make(), path[300];
  expect_no_fonts(folder, "none of the 0 font files");
  snprintf(path, sizeof path, "%s/damaged.ttf", folder);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fputs("this is no font", file) >= 0, 1);
  fclose(file);
  expect_no_fonts(folder, "none of the 1 font files");
  remove(path);
  rmdir(folder);
  expect_no_fonts(folder, "cannot be opened");
  free(folder);
}

/* ---- pictures ---- */

static void expect_same(const train_dataset *a, const train_dataset *b) {
  assert_int_equal(a->count, b->count);
  assert_memory_equal(a->labels, b->labels, a->count);
  assert_memory_equal(a->pixels, b->pixels, a->count * PIXELS);
}

static void test_seed_decides(void **state) {
  (void)state;
  train_extras one = make(7, 60, 100, 1), same = make(7, 60, 100, 3), other = make(8, 60, 100, 2);
  expect_same(&one.printed, &same.printed);
  expect_same(&one.rejects, &same.rejects);
  expect_same(&one.held_printed, &same.held_printed);
  expect_same(&one.held_rejects, &same.held_rejects);
  assert_string_equal(one.held_families, same.held_families);
  size_t equal = 0;
  for (size_t i = 0; i < one.printed.count; i++)
    equal += memcmp(one.printed.pixels + i * PIXELS, other.printed.pixels + i * PIXELS, PIXELS) == 0;
  assert_int_equal(equal, 0);
  train_extras_free(&one);
  train_extras_free(&same);
  train_extras_free(&other);
}

/* The side of the ink's box and its centre of mass; ink: any. */
static void measure(const uint8_t *picture, int *longer, double *cx, double *cy) {
  int x0 = SIDE, x1 = 0, y0 = SIDE, y1 = 0;
  double mass = 0;
  *cx = *cy = 0;
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const int v = picture[y * SIDE + x];
      if (!v) continue;
      if (x < x0) x0 = x;
      if (x >= x1) x1 = x + 1;
      if (y < y0) y0 = y;
      y1 = y + 1;
      mass += v;
      *cx += v * x;
      *cy += v * y;
    }
  assert_true(mass > 0);
  *cx /= mass;
  *cy /= mass;
  *longer = x1 - x0 > y1 - y0 ? x1 - x0 : y1 - y0;
}

static void expect_mnist_form(const train_dataset *set) {
  for (size_t i = 0; i < set->count; i++) {
    int longer, top = 0;
    double cx, cy;
    const uint8_t *picture = set->pixels + i * PIXELS;
    measure(picture, &longer, &cx, &cy);
    for (int p = 0; p < PIXELS; p++) top = picture[p] > top ? picture[p] : top;
    assert_int_equal(top, 255);
    /* A row of ink so faint that it comes out as 0 may be missing at an end. */
    assert_in_range(longer, 18, 20);
    assert_true(fabs(cx - 14) <= 0.51 && fabs(cy - 14) <= 0.51);
  }
}

static void test_form_and_balance(void **state) {
  (void)state;
  train_extras extras = make(1, 300, 400, 2);
  size_t counts[TRAIN_DIGITS + 1] = {0};
  expect_mnist_form(&extras.printed);
  expect_mnist_form(&extras.held_printed);
  for (size_t i = 0; i < extras.printed.count; i++) counts[extras.printed.labels[i]]++;
  for (int d = 0; d < TRAIN_DIGITS; d++) assert_int_equal(counts[d], 30);
  for (size_t i = 0; i < extras.rejects.count; i++) assert_int_equal(extras.rejects.labels[i], TRAIN_CLASS_NONE);
  assert_int_equal(extras.held_printed.count, TRAIN_EXTRAS_HELD_LEAST);
  assert_int_equal(extras.held_rejects.count, TRAIN_EXTRAS_HELD_LEAST);
  assert_in_range(extras.held_family_count, 1, (extras.family_count + 5) / 6);
  assert_true(extras.held_families[0] != '\0');
  train_extras_free(&extras);
}

/* MNIST's digits drawn again keep their form, and the pipeline changes each. */
static void test_rescans(void **state) {
  (void)state;
  const train_extras_options options = {
      .seed = 5, .rescans = 200, .fonts = FONTS, .threads = 2, .digits = &digits, .holdout = HOLDOUT};
  train_extras extras;
  train_error error = {0};
  if (train_extras_make(&extras, &options, &error)) fail_msg("%s", error.message);
  assert_int_equal(extras.rescans.count, 200);
  assert_int_equal(extras.held_rescans.count, TRAIN_EXTRAS_HELD_LEAST);
  expect_mnist_form(&extras.rescans);
  for (size_t i = 0; i < extras.rescans.count; i++) assert_in_range(extras.rescans.labels[i], 0, 9);
  for (size_t i = 1; i < extras.rescans.count; i++)
    assert_memory_not_equal(extras.rescans.pixels, extras.rescans.pixels + i * PIXELS, PIXELS);
  train_extras_free(&extras);
}

/* A few parts of long thin things end up outside the picture, their centre of mass being at one end. */
static void test_rejects_form(void **state) {
  (void)state;
  train_extras extras = make(3, 0, 500, 2);
  size_t whole = 0, kinds[TRAIN_REJECT_KINDS] = {0};
  for (size_t i = 0; i < extras.rejects.count; i++) {
    int longer;
    double cx, cy;
    measure(extras.rejects.pixels + i * PIXELS, &longer, &cx, &cy);
    whole += longer >= 18 && longer <= 20 && fabs(cx - 14) <= 0.51 && fabs(cy - 14) <= 0.51;
    kinds[train_reject_kind(i)]++;
  }
  assert_in_range(whole, 480, 500);
  for (int k = 0; k < TRAIN_REJECT_KINDS; k++) assert_in_range(kinds[k], 10, 120);
  assert_int_equal(extras.printed.count, 0);
  assert_int_equal(extras.held_printed.count, 0);
  train_extras_free(&extras);
}

/* The nearest of the trained printed digits, by correlation, has the label of most held-out ones: the labels are right,
 * and so is the orientation. */
static void test_printed_digits_are_alike(void **state) {
  (void)state;
  train_extras extras = make(2, 600, 0, 2);
  size_t right = 0;
  for (size_t i = 0; i < extras.held_printed.count; i++) {
    const uint8_t *a = extras.held_printed.pixels + i * PIXELS;
    double best = 1e18;
    int label = -1;
    for (size_t j = 0; j < extras.printed.count; j++) {
      const uint8_t *b = extras.printed.pixels + j * PIXELS;
      double distance = 0;
      for (int p = 0; p < PIXELS; p++) distance += (a[p] - b[p]) * (double)(a[p] - b[p]);
      if (distance < best) best = distance, label = extras.printed.labels[j];
    }
    right += label == extras.held_printed.labels[i];
  }
  assert_true((double)right >= 0.85 * (double)extras.held_printed.count);
  train_extras_free(&extras);
}

static void test_wrong_size(void **state) {
  (void)state;
  train_dataset small = data_make(20, 20);
  const train_extras_options options = {.printed = 10, .fonts = FONTS, .threads = 1, .digits = &small};
  train_extras extras;
  train_error error = {0};
  assert_int_equal(train_extras_make(&extras, &options, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "20 x 20"));
  train_dataset_free(&small);
}

/* ---- training ---- */

static char *write_digits(void) {
  char *folder = folder_make(), path[300];
  const uint32_t dimensions[] = {DIGITS, SIDE, SIDE};
  snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", folder);
  idx_write(path, 3, dimensions, digits.pixels);
  snprintf(path, sizeof path, "%s/train-labels-idx1-ubyte", folder);
  idx_write(path, 1, dimensions, digits.labels);
  return folder;
}

static void remove_digits(char *folder) {
  char path[300];
  static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "model"};
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    remove(path);
  }
  rmdir(folder);
  free(folder);
}

static train_config small_config(void) {
  train_config config;
  train_config_initialise(&config);
  snprintf(config.architecture, sizeof config.architecture, "lenet");
  config.epochs = 6;
  config.batch = 50;
  config.rate = 0.03f;
  config.warmup_epochs = 0.5f;
  config.average = 0.8f;
  config.holdout = HOLDOUT;
  config.printed = 200;
  config.rejects = 300;
  config.augmentation = (train_augmentation){.shift_pixels = 0.5f};
  return config;
}

/* Trained, exported, read back: eleven classes, and figures of the held-out pictures in the record. */
static void test_eleven_classes(void **state) {
  (void)state;
  const train_config config = small_config();
  char *folder = write_digits(), path[300];
  train_material material;
  train_trainer *trainer;
  train_report report;
  train_error error = {0};
  json_t *summary;
  snprintf(path, sizeof path, "%s/model", folder);
  if (train_material_open(&material, &config, folder, 2, &error)) fail_msg("%s", error.message);
  assert_int_equal(material.dataset.count, 200 + 300 + DIGITS);
  assert_memory_equal(material.dataset.pixels + 500 * PIXELS, digits.pixels, DIGITS * PIXELS);
  if (train_trainer_open(&trainer, &config, &material.dataset, 2, &error)) fail_msg("%s", error.message);
  assert_int_equal(train_trainer_network(trainer)->classes, 11);
  for (int i = 0; i < config.epochs; i++)
    if (train_trainer_epoch(trainer, NULL, NULL, &report, &error)) fail_msg("%s", error.message);
  const train_finish options = {.out = path, .material = &material};
  if (train_finish_run(trainer, &options, &summary, &error)) fail_msg("%s", error.message);
  const json_t *held = json_object_get(summary, "held_out");
  assert_int_equal(json_integer_value(json_object_get(held, "printed")), TRAIN_EXTRAS_HELD_LEAST);
  assert_true(json_number_value(json_object_get(held, "printed_accuracy")) > 0.3); /* ten classes: 0.1 by chance */
  assert_true(json_number_value(json_object_get(held, "false_accepts")) < 0.5);
  assert_int_equal(json_integer_value(json_object_get(json_object_get(summary, "holdout"), "images")), HOLDOUT);
  json_decref(summary);

  nn_model *model;
  nn_error failure = {0};
  if (nn_model_open_file(&model, path, &failure)) fail_msg("%s", failure.message);
  const nn_model_info *info = nn_model_get_info(model);
  assert_int_equal(info->classes, 11);
  assert_string_equal(info->class_names[9], "9");
  assert_string_equal(info->class_names[10], "none");
  /* A set of the ten digits leaves the eleventh class out. */
  int map[11];
  assert_int_equal(train_map_classes(info->class_names, 11, train_class_names, 10, map, &error), TRAIN_OK);
  for (int c = 0; c < 10; c++) assert_int_equal(map[c], c);
  assert_int_equal(map[10], -1);
  nn_model_close(&model);
  train_trainer_close(&trainer);
  train_material_close(&material);
  remove_digits(folder);
}

/* Without rejects the model has ten classes; without either, the data set is MNIST as it is. */
static void test_ten_classes(void **state) {
  (void)state;
  train_config config = small_config();
  char *folder = write_digits();
  train_material material;
  train_trainer *trainer;
  train_error error = {0};
  config.rejects = 0;
  config.printed = 20;
  if (train_material_open(&material, &config, folder, 1, &error)) fail_msg("%s", error.message);
  if (train_trainer_open(&trainer, &config, &material.dataset, 1, &error)) fail_msg("%s", error.message);
  assert_int_equal(train_trainer_network(trainer)->classes, 10);
  train_trainer_close(&trainer);
  train_material_close(&material);
  config.printed = 0;
  if (train_material_open(&material, &config, folder, 1, &error)) fail_msg("%s", error.message);
  expect_same(&material.dataset, &digits);
  assert_int_equal(material.extras.font_count, 0);
  train_material_close(&material);
  remove_digits(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fonts),
      cmocka_unit_test(test_type),
      cmocka_unit_test(test_no_fonts),
      cmocka_unit_test(test_seed_decides),
      cmocka_unit_test(test_form_and_balance),
      cmocka_unit_test(test_rescans),
      cmocka_unit_test(test_rejects_form),
      cmocka_unit_test(test_printed_digits_are_alike),
      cmocka_unit_test(test_wrong_size),
      cmocka_unit_test(test_eleven_classes),
      cmocka_unit_test(test_ten_classes),
  };
  train_fonts *fonts;
  train_error error;
  if (train_fonts_open(&fonts, FONTS, &error) || train_fonts_family_count(fonts) < 2) {
    puts("SKIPPED: fonts of two families are needed in " FONTS);
    return SKIPPED;
  }
  train_fonts_close(&fonts);
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
