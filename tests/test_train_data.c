/* What goes into training: IDX files and their damage, random numbers, distortions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "../nn/train/augment.h"
#include "../nn/train/material.h"
#include "train_data.h"

static char *folder;
static char path[512];

static int make_folder(void **state) {
  (void)state;
  folder = folder_make();
  snprintf(path, sizeof path, "%s/file", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  remove(path);
  rmdir(folder);
  free(folder);
  return 0;
}

static void put_bytes(const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static uint8_t *get_bytes(const char *name, size_t *size) {
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  uint8_t *bytes = malloc(1 << 16);
  assert_non_null(bytes);
  *size = fread(bytes, 1, 1 << 16, file);
  fclose(file);
  return bytes;
}

/* ---- IDX ---- */

static void expect_refused(const char *part) {
  train_idx idx;
  train_error error = {0};
  assert_true(train_idx_read(&idx, path, 3, &error) < 0);
  assert_null(idx.data);
  if (!strstr(error.message, path) || !strstr(error.message, part)) fail_msg("'%s' lacks '%s'", error.message, part);
}

static void test_idx_plain_and_gzip(void **state) {
  (void)state;
  static const uint32_t dimensions[3] = {2, 3, 4};
  uint8_t data[24];
  for (int i = 0; i < 24; i++) data[i] = (uint8_t)(i * 10);
  for (int zipped = 0; zipped < 2; zipped++) {
    char name[520];
    snprintf(name, sizeof name, "%s%s", path, zipped ? ".gz" : "");
    idx_write(name, 3, dimensions, data);
    train_idx idx;
    train_error error = {0};
    if (train_idx_read(&idx, name, 3, &error)) fail_msg("%s", error.message);
    assert_int_equal(idx.size, 24);
    for (int i = 0; i < 3; i++) assert_int_equal(idx.dimensions[i], dimensions[i]);
    assert_memory_equal(idx.data, data, 24);
    train_idx_free(&idx);
    remove(name);
  }
}

static void test_idx_damage(void **state) {
  (void)state;
  static const uint8_t good[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4};
  uint8_t bad[sizeof good + 1];
  for (size_t size = 0; size < sizeof good; size++) {
    put_bytes(good, size);
    expect_refused("expected");
  }
  memcpy(bad, good, sizeof good);
  bad[sizeof good] = 5;
  put_bytes(bad, sizeof bad);
  expect_refused("after the 4 of its data");
  for (size_t i = 0; i < 4; i++) { /* magic number, type and rank */
    memcpy(bad, good, sizeof good);
    bad[i] ^= 1;
    put_bytes(bad, sizeof good);
    expect_refused("not an IDX file");
  }
  memcpy(bad, good, sizeof good);
  bad[7] = 0;
  put_bytes(bad, sizeof good);
  expect_refused("dimension 1 is 0");
  memset(bad + 4, 0xff, 12);
  put_bytes(bad, sizeof good);
  expect_refused("asks for more");
  remove(path);
  expect_refused("cannot be opened: there is no such file or folder");
}

/* Each truncation of a gzip file; and each byte behind gzip's header flipped: that is told, or changes nothing (the
 * last bits of a deflate stream mean nothing). */
static void test_idx_gzip_damage(void **state) {
  (void)state;
  static const uint32_t dimensions[3] = {4, 5, 6};
  enum { GZIP_HEADER = 10 };
  uint8_t data[120];
  char name[520];
  size_t size, refused = 0;
  for (int i = 0; i < 120; i++) data[i] = (uint8_t)(i * i);
  snprintf(name, sizeof name, "%s.gz", path);
  idx_write(name, 3, dimensions, data);
  uint8_t *bytes = get_bytes(name, &size);
  for (size_t cut = 0; cut < size; cut++) {
    put_bytes(bytes, cut);
    expect_refused("");
  }
  for (size_t i = GZIP_HEADER; i < size; i++) {
    bytes[i] ^= 0x10;
    put_bytes(bytes, size);
    bytes[i] ^= 0x10;
    train_idx idx;
    train_error error = {0};
    if (train_idx_read(&idx, path, 3, &error)) {
      assert_non_null(strstr(error.message, path));
      refused++;
      continue;
    }
    assert_memory_equal(idx.data, data, sizeof data);
    train_idx_free(&idx);
  }
  assert_true(refused + 2 > size - GZIP_HEADER);
  free(bytes);
  remove(name);
}

static void test_dataset_pairs(void **state) {
  (void)state;
  static const uint32_t images[3] = {3, 2, 2}, three[1] = {3}, two[1] = {2};
  static const uint8_t pixels[12] = {0}, labels[3] = {0, 9, 4};
  char labels_path[520];
  train_dataset set;
  train_error error = {0};
  snprintf(labels_path, sizeof labels_path, "%s.labels", path);
  idx_write(path, 3, images, pixels);
  idx_write(labels_path, 1, three, labels);
  assert_int_equal(train_dataset_read(&set, path, labels_path, 10, &error), TRAIN_OK);
  assert_int_equal(set.count, 3);
  train_dataset_free(&set);
  assert_true(train_dataset_read(&set, path, labels_path, 9, &error) < 0);
  assert_non_null(strstr(error.message, "label 1 is 9"));
  idx_write(labels_path, 1, two, labels);
  assert_true(train_dataset_read(&set, path, labels_path, 10, &error) < 0);
  assert_non_null(strstr(error.message, "3 pictures"));
  assert_true(train_dataset_read(&set, path, path, 10, &error) < 0);
  assert_true(train_dataset_read_folder(&set, folder, "train", 10, &error) < 0);
  assert_non_null(strstr(error.message, "fetch_mnist.sh"));
  remove(labels_path);
}

/* ---- crops of read pages ---- */

enum { DIGITS = 3, CROPS = 5, CROP = 28 * 28 };

static void write_part(const char *part, size_t count, uint8_t first_label) {
  uint8_t pixels[CROPS * CROP], labels[CROPS];
  char name[600];
  for (size_t i = 0; i < count; i++) {
    labels[i] = (uint8_t)(first_label + i);
    memset(pixels + i * CROP, 10 * labels[i], CROP);
  }
  snprintf(name, sizeof name, "%s/%s-images-idx3-ubyte", folder, part);
  idx_write(name, 3, (uint32_t[]){(uint32_t)count, 28, 28}, pixels);
  snprintf(name, sizeof name, "%s/%s-labels-idx1-ubyte", folder, part);
  idx_write(name, 1, (uint32_t[]){(uint32_t)count}, labels);
}

static void remove_part(const char *part) {
  char name[600];
  snprintf(name, sizeof name, "%s/%s-images-idx3-ubyte", folder, part);
  remove(name);
  snprintf(name, sizeof name, "%s/%s-labels-idx1-ubyte", folder, part);
  remove(name);
}

/* The first crops of the folder, before MNIST's pictures, from whose end the holdout is taken. */
static void test_crops(void **state) {
  (void)state;
  train_config config;
  train_material material;
  train_error error = {0};
  write_part("train", DIGITS, 0);
  write_part("crops", CROPS, 5);
  train_config_initialise(&config);
  snprintf(config.crop_folder, sizeof config.crop_folder, "%s", folder);
  config.crops = CROPS - 1;
  if (train_material_open(&material, &config, folder, 1, &error)) fail_msg("%s", error.message);
  assert_int_equal(material.digits, DIGITS);
  assert_int_equal(material.dataset.count, DIGITS + CROPS - 1);
  static const uint8_t expected[] = {5, 6, 7, 8, 0, 1, 2};
  assert_memory_equal(material.dataset.labels, expected, sizeof expected);
  for (size_t i = 0; i < sizeof expected; i++) assert_int_equal(material.dataset.pixels[i * CROP], 10 * expected[i]);
  train_material_close(&material);
  /* Without rejects there is no class for a label of 10. */
  write_part("crops", CROPS, 6);
  assert_int_equal(train_material_open(&material, &config, folder, 1, &error), TRAIN_ERR_FORMAT);
  write_part("crops", CROPS, 5);
  config.crops = CROPS + 1;
  assert_int_equal(train_material_open(&material, &config, folder, 1, &error), TRAIN_ERR_FORMAT);
  assert_non_null(strstr(error.message, "holds 5 pictures"));
  assert_null(material.dataset.pixels);
  remove_part("crops");
  assert_int_not_equal(train_material_open(&material, &config, folder, 1, &error), TRAIN_OK);
  assert_non_null(strstr(error.message, "crops-images"));
  remove_part("train");
}

/* ---- random numbers ---- */

static void test_random(void **state) {
  (void)state;
  /* Philox-4x32-10 with counter and key 0: known answer of Salmon et al.'s reference. */
  static const uint32_t known[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  train_random random, other;
  train_random_start(&random, 0, 0, 0, 0);
  for (int i = 0; i < 4; i++) assert_int_equal(train_random_bits(&random), known[i]);
  train_random_start(&random, 1, 2, 3, 4);
  train_random_start(&other, 1, 2, 3, 5);
  assert_int_not_equal(train_random_bits(&random), train_random_bits(&other));
  double sum = 0.0, square = 0.0;
  int counts[7] = {0};
  for (int i = 0; i < 70000; i++) {
    const double value = (double)train_random_normal(&random);
    sum += value;
    square += value * value;
    counts[train_random_below(&random, 7)]++;
  }
  assert_true(fabs(sum / 70000) < 0.02 && fabs(square / 70000 - 1.0) < 0.03);
  for (int i = 0; i < 7; i++) assert_in_range(counts[i], 9600, 10400);
}

/* ---- distortions ---- */

enum { SIDE = 28, PIXELS = SIDE * SIDE };

static const train_augmentation strong = {.rotation_degrees = 15,
                                          .scale = 0.15f,
                                          .shear = 0.25f,
                                          .shift_pixels = 2.5f,
                                          .elastic_pixels = 1.4f,
                                          .stroke_probability = 1.0f};

static void distort(const train_augmentation *augmentation, float strength, uint32_t index, const uint8_t *in,
                    float *out) {
  train_augmenter *augmenter;
  train_random random;
  assert_int_equal(train_augmenter_open(&augmenter, SIDE, SIDE, NULL), TRAIN_OK);
  train_random_start(&random, 1, TRAIN_PURPOSE_AUGMENT, 0, index);
  train_augment(augmenter, augmentation, strength, &random, in, out);
  train_augmenter_close(&augmenter);
  assert_null(augmenter);
}

static void draw_bar(uint8_t *picture) {
  memset(picture, 0, PIXELS);
  for (int y = 6; y < 22; y++)
    for (int x = 12; x < 16; x++) picture[y * SIDE + x] = 255;
}

static void test_augment_identity(void **state) {
  (void)state;
  uint8_t picture[PIXELS];
  float out[PIXELS];
  for (int i = 0; i < PIXELS; i++) picture[i] = (uint8_t)(i * 37);
  for (uint32_t n = 0; n < 20; n++) {
    distort(&strong, 0.0f, n, picture, out);
    for (int i = 0; i < PIXELS; i++) assert_true(out[i] == (float)picture[i]);
  }
}

/* The ways in which a square can lie, told by where the picture's first two pixels come to be; and all is kept.
 * Returns those seen as bits: 1 for as it is, 4 for mirrored sideways. */
static int see_symmetries(int symmetric) {
  const train_augmentation augmentation = {.symmetric = symmetric};
  static const int starts[8][2] = {{0, 1},
                                   {0, SIDE},
                                   {SIDE - 1, SIDE - 2},
                                   {SIDE - 1, 2 * SIDE - 1},
                                   {PIXELS - SIDE, PIXELS - SIDE + 1},
                                   {PIXELS - SIDE, PIXELS - 2 * SIDE},
                                   {PIXELS - 1, PIXELS - 2},
                                   {PIXELS - 1, PIXELS - 1 - SIDE}};
  uint8_t picture[PIXELS] = {200, 100};
  float out[PIXELS];
  int seen = 0;
  for (uint32_t n = 0; n < 200; n++) {
    int ways = 0;
    double sum = 0;
    distort(&augmentation, 1.0f, n, picture, out);
    for (int w = 0; w < 8; w++)
      if (out[starts[w][0]] == 200.0f && out[starts[w][1]] == 100.0f) ways++, seen |= 1 << w;
    for (int i = 0; i < PIXELS; i++) sum += (double)out[i];
    assert_int_equal(ways, 1);
    assert_true(sum == 300);
  }
  return seen;
}

static void test_augment_symmetric(void **state) {
  (void)state;
  assert_int_equal(see_symmetries(0), 1);
  assert_int_equal(see_symmetries(1), 1 | 4);
  assert_int_equal(see_symmetries(2), 255);
}

static void test_augment_repeats(void **state) {
  (void)state;
  uint8_t picture[PIXELS];
  float first[PIXELS], again[PIXELS], other[PIXELS];
  draw_bar(picture);
  distort(&strong, 1.0f, 3, picture, first);
  distort(&strong, 1.0f, 4, picture, other);
  distort(&strong, 1.0f, 3, picture, again);
  assert_memory_equal(first, again, sizeof first);
  assert_memory_not_equal(first, other, sizeof first);
}

/* Ink stays in range, stays about as much, and stays where the shift lets it. */
static void test_augment_bounds(void **state) {
  (void)state;
  uint8_t picture[PIXELS];
  float out[PIXELS];
  draw_bar(picture);
  for (uint32_t n = 0; n < 300; n++) {
    double ink = 0.0, x_sum = 0.0;
    distort(&strong, 1.0f, n, picture, out);
    for (int i = 0; i < PIXELS; i++) {
      assert_true(out[i] >= 0.0f && out[i] <= 255.0f);
      ink += (double)out[i] / 255.0;
      x_sum += (double)out[i] / 255.0 * (i % SIDE);
    }
    assert_true(ink > 64 * 0.3 && ink < 64 * 3.0);
    assert_true(fabs(x_sum / ink - 13.5) < 5.0);
  }
}

/* A pure shift moves the middle of the ink by what was drawn, in all directions, up to the given amount and no
 * further. */
static void test_augment_shift(void **state) {
  (void)state;
  static const train_augmentation shift = {.shift_pixels = 3.0f};
  uint8_t picture[PIXELS];
  float out[PIXELS];
  double least = 99.0, most = -99.0;
  draw_bar(picture);
  for (uint32_t n = 0; n < 200; n++) {
    double ink = 0.0, sum = 0.0;
    distort(&shift, 1.0f, n, picture, out);
    for (int i = 0; i < PIXELS; i++) {
      ink += (double)out[i];
      sum += (double)out[i] * (i / SIDE);
    }
    least = fmin(least, sum / ink - 13.5);
    most = fmax(most, sum / ink - 13.5);
  }
  assert_true(least > -3.1 && least < -2.5 && most < 3.1 && most > 2.5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_idx_plain_and_gzip),
      cmocka_unit_test(test_idx_damage),
      cmocka_unit_test(test_idx_gzip_damage),
      cmocka_unit_test(test_dataset_pairs),
      cmocka_unit_test(test_crops),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_augment_identity),
      cmocka_unit_test(test_augment_symmetric),
      cmocka_unit_test(test_augment_repeats),
      cmocka_unit_test(test_augment_bounds),
      cmocka_unit_test(test_augment_shift),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
