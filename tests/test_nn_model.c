/* Model files: what is written is read back; every kind of damage is refused with its own status; layers that do not
 * fit together are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../nn/crc.h"
#include "../nn/nn.h"
#include "nn_networks.h"

typedef struct file_image {
  uint8_t *bytes;
  size_t size;
} file_image;

static network small_network(void) {
  network n = network_start(5, 4, 1, 1);
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 2));
  t = network_sum(&n, network_convolution(&n, t, 1, 1, 0, 2), t);
  network_softmax(&n, network_fully_connected(&n, network_pool(&n, NN_LAYER_MAX_POOL, t, 2, 2, 0), 3));
  return n;
}

static file_image image_of(const nn_model_spec *spec) {
  file_image f;
  void *data;
  nn_error error = {.message = ""};
  if (nn_model_write_memory(spec, &data, &f.size, &error) != NN_OK) fail_msg("%s", error.message);
  f.bytes = data;
  return f;
}

static file_image small_image(void) {
  network n = small_network();
  network_finish(&n);
  const file_image f = image_of(&n.spec);
  network_free(&n);
  return f;
}

/* A checksum of its own, bit by bit. */
static uint32_t plain_crc(uint32_t crc, const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc & 1) ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return crc;
}

static void put_u32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static void repair_checksum(file_image *f) {
  const uint32_t crc = plain_crc(0xffffffffu, f->bytes, 24);
  put_u32(f->bytes + 24, ~plain_crc(crc, f->bytes + 28, f->size - 28));
}

static int open_status(const uint8_t *bytes, size_t size, nn_error *error) {
  nn_model *model = (nn_model *)error;
  *error = (nn_error){.status = NN_OK, .message = ""};
  /* Exactly as long as it is, so that a sanitizer sees what reads too far. */
  uint8_t *copy = malloc(size ? size : 1);
  memcpy(copy, bytes, size);
  const int status = nn_model_open_memory(&model, copy, size, error);
  free(copy);
  assert_int_equal(status == NN_OK, model != NULL);
  if (status != NN_OK) {
    assert_int_equal(error->status, status);
    assert_true(strlen(error->message) > 10);
    assert_null(strchr(error->message, '\n'));
  }
  nn_model_close(&model);
  return status;
}

static void assert_refused(const file_image *f, int expected_status, const char *expected_phrase) {
  nn_error error;
  const int status = open_status(f->bytes, f->size, &error);
  if (status != expected_status || !strstr(error.message, expected_phrase))
    fail_msg("status %d, '%s'; expected %d, '%s'", status, error.message, expected_status, expected_phrase);
}

/* ---- the good way ------------------------------------------------------------------------------------------------ */

static void checksum_is_the_known_one(void **state) {
  static uint8_t bytes[20000];
  (void)state;
  assert_int_equal(nn_crc32(0, "123456789", 9), 0xcbf43926u);
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * i >> 3);
  for (size_t size = sizeof bytes - 20; size <= sizeof bytes; size++) {
    assert_int_equal(nn_crc32(0, bytes, size), ~plain_crc(0xffffffffu, bytes, size));
    assert_int_equal(nn_crc32(nn_crc32(0, bytes, 777), bytes + 777, size - 777), nn_crc32(0, bytes, size));
  }
}

static void info_comes_back(void **state) {
  network n = small_network();
  nn_model *model;
  (void)state;
  network_finish(&n);
  n.spec.training_record = "{\"epochs\": 3, \"name\": \"\xc3\xa9\"}";
  const file_image f = image_of(&n.spec);
  uint32_t checksum = 0;
  for (int i = 0; i < 4; i++) checksum |= (uint32_t)f.bytes[NN_MODEL_CHECKSUM_OFFSET + i] << 8 * i;
  assert_int_equal(nn_model_open_memory(&model, f.bytes, f.size, NULL), NN_OK);
  memset(f.bytes, 0xff, f.size); /* the memory was copied */
  const nn_model_info *info = nn_model_get_info(model);
  assert_int_equal(info->checksum, checksum);
  assert_int_equal(info->height, 5);
  assert_int_equal(info->width, 4);
  assert_int_equal(info->channels, 1);
  assert_int_equal(info->classes, 3);
  assert_string_equal(info->class_names[0], "zero");
  assert_string_equal(info->class_names[2], "two");
  assert_true(info->mean == 0.25f && info->scale == 2 && info->temperature == 1.5);
  assert_int_equal(info->parameters, 2 * 9 + 2 + 4 + 2 + 3 * 8 + 3);
  assert_int_equal(info->multiply_adds, 20 * 18 + 20 * 4 + 24);
  assert_string_equal(info->training_record, n.spec.training_record);
  nn_model_close(&model);
  free(f.bytes);
  network_free(&n);
}

/* The layout that model_format.h describes, byte by byte, of a model of one layer. */
static void bytes_are_as_documented(void **state) {
  static const float weights[] = {0.5f, -2}, bias[] = {1};
  static const char *const names[] = {"ab"};
  const nn_layer_spec layer = {.type = NN_LAYER_FULLY_CONNECTED, .outputs = 1, .weights = weights, .bias = bias};
  const nn_model_spec spec = {.height = 1,
                              .width = 2,
                              .channels = 1,
                              .mean = 0,
                              .scale = 1,
                              .temperature = 1,
                              .classes = 1,
                              .class_names = names,
                              .training_record = "{}",
                              .layers = &layer,
                              .layer_count = 1};
  static const uint8_t expected[] = {
      0x89, 'G',  'L', 'N', 'N', 13, 10, 26, 1, 0, 0, 0, 80, 0, 0, 0, 132, 0,    0,    0,    0, 0,    0, 0, 0,    0,
      0,    0, /* checksum */
      1,    0,    0,   0,   2,   0,  0,  0,  1, 0, 0, 0, 0,  0, 0, 0, 0,   0,    0x80, 0x3f, 0, 0,    0, 0, 0,    0,
      0xf0, 0x3f, 1,   0,   0,   0,  1,  0,  0, 0, 3, 0, 0,  0, 3, 0, 0,   0,    3,    0,    0, 0,    0, 0, 0,    0,
      'a',  'b',  0,   '{', '}', 0,  0,  0,  6, 0, 0, 0, 0,  0, 0, 0, 0,   0,    0,    0,    0, 0,    0, 0, 0,    0,
      0,    0,    0,   0,   0,   0,  0,  0,  0, 0, 1, 0, 0,  0, 0, 0, 0,   0x3f, 0,    0,    0, 0xc0, 0, 0, 0x80, 0x3f};
  file_image f = image_of(&spec), wanted = {malloc(sizeof expected), sizeof expected};
  (void)state;
  memcpy(wanted.bytes, expected, sizeof expected);
  repair_checksum(&wanted);
  assert_int_equal(f.size, wanted.size);
  assert_memory_equal(f.bytes, wanted.bytes, f.size);
  free(f.bytes);
  free(wanted.bytes);
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

static void every_flipped_bit_is_found(void **state) {
  file_image f = small_image();
  nn_error error;
  (void)state;
  for (size_t i = 0; i < f.size; i++)
    for (int bit = 0; bit < 8; bit++) {
      f.bytes[i] ^= (uint8_t)(1 << bit);
      const int status = open_status(f.bytes, f.size, &error);
      f.bytes[i] ^= (uint8_t)(1 << bit);
      if (i < 8) assert_int_equal(status, NN_ERR_FORMAT);
      if (i >= 8 && i < 12) assert_int_equal(status, NN_ERR_VERSION);
      if (i >= 12 && i < 24) assert_int_equal(status, NN_ERR_FORMAT);
      if (i >= 24) assert_int_equal(status, NN_ERR_CHECKSUM);
    }
  assert_int_equal(open_status(f.bytes, f.size, &error), NN_OK);
  free(f.bytes);
}

static void every_truncation_is_found(void **state) {
  const file_image f = small_image();
  nn_error error;
  (void)state;
  for (size_t size = 0; size < f.size; size++) {
    assert_int_equal(open_status(f.bytes, size, &error), NN_ERR_FORMAT);
    assert_non_null(strstr(error.message, size < 8 ? "not a glyphlift model" : "cut short"));
  }
  free(f.bytes);
}

static void trailing_bytes_are_refused(void **state) {
  file_image f = small_image();
  (void)state;
  f.bytes = realloc(f.bytes, f.size + 4);
  memset(f.bytes + f.size, 0, 4);
  f.size += 4;
  assert_refused(&f, NN_ERR_FORMAT, "followed by other data");
  f.bytes[16] += 4; /* a header that counts them in does not help */
  repair_checksum(&f);
  assert_refused(&f, NN_ERR_FORMAT, "parts take");
  free(f.bytes);
}

/* Damage behind a checksum that fits, as from a hostile hand: refused or harmless, under a sanitizer's eyes. */
static void every_byte_changed_with_a_good_checksum(void **state) {
  static const uint8_t values[] = {0, 1, 2, 3, 5, 7, 0x40, 0x7f, 0x80, 0xff};
  file_image f = small_image();
  size_t opened = 0, refused = 0;
  (void)state;
  for (size_t i = 0; i < f.size; i++)
    for (size_t v = 0; v < sizeof values; v++) {
      const uint8_t before = f.bytes[i];
      uint8_t pictures[512] = {0};
      float logits[64];
      nn_model *model;
      nn_session *session;
      f.bytes[i] = values[v];
      repair_checksum(&f);
      if (nn_model_open_memory(&model, f.bytes, f.size, NULL) == NN_OK) {
        const nn_model_info *info = nn_model_get_info(model);
        assert_true(info->classes <= 64 && (size_t)(info->height * info->width * info->channels) <= sizeof pictures);
        assert_int_equal(nn_session_open(&session, model, 1, NULL), NN_OK);
        assert_int_equal(nn_session_classify(session, pictures, 1, logits), NN_OK);
        nn_session_close(&session);
        opened++;
      } else {
        refused++;
      }
      nn_model_close(&model);
      f.bytes[i] = before;
    }
  assert_true(opened > 100 && refused > 100);
  free(f.bytes);
}

typedef struct header_case {
  size_t offset;
  uint32_t value;
  int status;
  const char *phrase;
} header_case;

static void header_values_are_checked(void **state) {
  static const header_case cases[] = {
      {8, 3, NN_ERR_VERSION, "version 3"},
      {12, 84, NN_ERR_FORMAT, "header has 84"},
      {28, 0, NN_ERR_FORMAT, "out of range"}, /* height */
      {28, 0xffffffff, NN_ERR_FORMAT, "out of range"},
      {28, 4096, NN_ERR_FORMAT, "weights, but its layers"},
      {32, 5000, NN_ERR_FORMAT, "out of range"},         /* width */
      {36, 2, NN_ERR_FORMAT, "weights, but its layers"}, /* channels */
      {40, 0x7fc00000, NN_ERR_FORMAT, "mean"},           /* NaN */
      {44, 0x7f800000, NN_ERR_FORMAT, "scale"},          /* infinite */
      {52, 0, NN_ERR_FORMAT, "temperature"},             /* upper half: 0 */
      {52, 0xbff80000, NN_ERR_FORMAT, "temperature"},    /* -1.5 */
      {56, 0, NN_ERR_FORMAT, "out of range"},            /* classes */
      {56, 2, NN_ERR_FORMAT, "class names"},
      {56, 4, NN_ERR_FORMAT, "class names"},
      {56, 0x80000000, NN_ERR_FORMAT, "out of range"},
      {60, 0, NN_ERR_FORMAT, "out of range"}, /* layers */
      {60, 100, NN_ERR_FORMAT, "parts take"},
      {60, 0xffffffff, NN_ERR_FORMAT, "out of range"},
      {64, 0xffffffff, NN_ERR_FORMAT, "out of range"}, /* class names */
      {64, 1 << 20, NN_ERR_FORMAT, "parts take"},
      {68, 0, NN_ERR_FORMAT, "out of range"}, /* training record */
      {68, 0xfffffff0, NN_ERR_FORMAT, "out of range"},
      {72, 0, NN_ERR_FORMAT, "parts take"}, /* weights */
      {72, 0xffffffff, NN_ERR_FORMAT, "out of range"},
      {76, 0x40000000, NN_ERR_FORMAT, "out of range"}, /* 2^62 of them: times 4 is 0 */
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    file_image f = small_image();
    put_u32(f.bytes + cases[i].offset, cases[i].value);
    repair_checksum(&f);
    assert_refused(&f, cases[i].status, cases[i].phrase);
    free(f.bytes);
  }
}

static void weights_and_texts_are_checked(void **state) {
  file_image f = small_image();
  const uint8_t letter = f.bytes[80 + 6];
  (void)state;
  put_u32(f.bytes + f.size - 4, 0x7fc00000);
  repair_checksum(&f);
  assert_refused(&f, NN_ERR_FORMAT, "not a finite number");
  put_u32(f.bytes + f.size - 4, 0);
  f.bytes[80 + 6] = 0; /* within the second name */
  repair_checksum(&f);
  assert_refused(&f, NN_ERR_FORMAT, "class names");
  f.bytes[80 + 6] = letter;
  f.bytes[80 + 13 + 3] = 0; /* within the record */
  repair_checksum(&f);
  assert_refused(&f, NN_ERR_FORMAT, "training record");
  free(f.bytes);
}

/* ---- layers that do not fit together ----------------------------------------------------------------------------- */

static const float some_weights[4096];

static nn_layer_spec convolution(int input, int kernel, int stride, int padding, int outputs) {
  return (nn_layer_spec){.type = NN_LAYER_CONVOLUTION,
                         .input = input,
                         .kernel_height = kernel,
                         .kernel_width = kernel,
                         .stride = stride,
                         .padding = padding,
                         .outputs = outputs,
                         .weights = some_weights,
                         .bias = some_weights};
}

static void assert_layers_refused(const nn_layer_spec *layers, size_t count, const char *phrase) {
  static const char *const names[] = {"a", "b", "c"};
  const nn_model_spec spec = {.height = 6,
                              .width = 6,
                              .channels = 1,
                              .scale = 1,
                              .temperature = 1,
                              .classes = 3,
                              .class_names = names,
                              .training_record = "{}",
                              .layers = layers,
                              .layer_count = count};
  void *data = &data;
  size_t size = 1;
  nn_error error = {.message = ""};
  const int status = nn_model_write_memory(&spec, &data, &size, &error);
  if (status == NN_OK || !strstr(error.message, phrase))
    fail_msg("status %d, '%s'; expected '%s'", status, error.message, phrase);
  assert_null(data);
  assert_int_equal(size, 0);
}

#define REFUSED(PHRASE, ...)                                                                                           \
  do {                                                                                                                 \
    const nn_layer_spec layers[] = {__VA_ARGS__};                                                                      \
    assert_layers_refused(layers, sizeof layers / sizeof *layers, PHRASE);                                             \
  } while (0)

static void layers_that_do_not_fit_are_named(void **state) {
  const nn_layer_spec to_classes = {
      .type = NN_LAYER_FULLY_CONNECTED, .input = 1, .outputs = 3, .weights = some_weights, .bias = some_weights};
  nn_layer_spec no_weights = to_classes, square = convolution(0, 3, 1, 1, 2), pool = convolution(0, 2, 2, 0, 0);
  (void)state;
  no_weights.weights = NULL;
  pool.type = NN_LAYER_MAX_POOL;
  REFUSED("layer 1: a 7x7 window does not fit", convolution(0, 7, 1, 0, 3));
  REFUSED("layer 2: a 5x5 window does not fit", convolution(0, 3, 1, 0, 3), convolution(1, 5, 1, 0, 3));
  REFUSED("gives 4x4x3 values, expected 1x1x3", convolution(0, 3, 1, 0, 3));
  REFUSED("gives 1x1x2 values, expected 1x1x3", convolution(0, 6, 1, 0, 2));
  REFUSED("layer 1: kernel, stride", convolution(0, 3, 0, 0, 3));
  REFUSED("layer 1: kernel, stride", convolution(0, 3, 1, 3, 3));
  REFUSED("layer 1: kernel, stride", convolution(0, 0, 1, 0, 3));
  REFUSED("layer 1: kernel, stride", convolution(0, 3, 1, 0, 0));
  REFUSED("layer 1: kernel, stride", convolution(0, 3, 1, -1, 3));
  REFUSED("layer 1: kernel, stride", convolution(0, 65, 1, 64, 3));
  REFUSED("layer 1: reads tensor 1", to_classes);
  REFUSED("layer 2: reads tensor -1", square, convolution(-1, 3, 1, 1, 2), to_classes);
  REFUSED("layer 2: no weights", square, no_weights);
  REFUSED("tensor 1 is read by no layer", square, convolution(0, 6, 1, 0, 3));
  REFUSED("layer 3: adds tensors of 6x6x2 and 3x3x1", square, pool,
          {.type = NN_LAYER_ADD, .input = 1, .second_input = 2}, to_classes);
  REFUSED("layer 3: reads tensor 3", square, pool, {.type = NN_LAYER_ADD, .input = 1, .second_input = 3}, to_classes);
  REFUSED("layer 2: a softmax that is not the last", square, {.type = NN_LAYER_SOFTMAX, .input = 1},
          {.type = NN_LAYER_RELU, .input = 2});
  REFUSED("layer 2: kernel, stride", square, {.type = NN_LAYER_RELU, .input = 1, .stride = 1}, to_classes);
  REFUSED("layer 2: kernel, stride", square, {.type = NN_LAYER_RELU, .input = 1, .second_input = 1}, to_classes);
  REFUSED("layer 1: unknown type 8", {.type = (nn_layer_type)8});
  REFUSED("layer 1: unknown type 0", {.input = 0});
}

static void empty_models_are_refused(void **state) {
  const nn_model_spec spec = {.height = 1, .width = 1, .channels = 1, .classes = 1, .training_record = ""};
  nn_error error;
  void *data;
  size_t size;
  (void)state;
  assert_int_equal(nn_model_write_memory(&spec, &data, &size, &error), NN_ERR_ARGUMENT);
  assert_null(data);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void assert_file_refused(const char *path, int expected_status, const char *phrase) {
  nn_model *model = (nn_model *)path;
  nn_error error;
  assert_int_equal(nn_model_open_file(&model, path, &error), expected_status);
  assert_null(model);
  if (!strstr(error.message, phrase)) fail_msg("'%s', expected '%s'", error.message, phrase);
}

static void files_open_or_say_why_not(void **state) {
  char folder[] = "/tmp/glyphlift-nn-XXXXXX", path[600], part[700];
  network n = small_network();
  nn_model *model;
  nn_error error = {.message = ""};
  struct stat info;
  (void)state;
  network_finish(&n);
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/model.glnn", folder);
  snprintf(part, sizeof part, "%s.part", path);
  assert_file_refused(path, NN_ERR_IO, "model.glnn: cannot be opened");
  assert_file_refused(folder, NN_ERR_IO, "cannot be read");
  for (int again = 0; again < 2; again++) { /* the second time over the first file */
    if (nn_model_write_file(&n.spec, path, &error) != NN_OK) fail_msg("%s", error.message);
    assert_int_not_equal(stat(part, &info), 0);
    assert_int_equal(nn_model_open_file(&model, path, &error), NN_OK);
    nn_model_close(&model);
  }
  assert_int_equal(truncate(path, 100), 0);
  assert_file_refused(path, NN_ERR_FORMAT, "model.glnn: the model file is cut short: 100 bytes");
  assert_int_equal(truncate(path, 0), 0);
  assert_file_refused(path, NN_ERR_FORMAT, "not a glyphlift model");
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkdir(path, 0700), 0); /* what cannot be replaced is left, and so is no half file */
  assert_int_equal(nn_model_write_file(&n.spec, path, &error), NN_ERR_IO);
  assert_int_not_equal(stat(part, &info), 0);
  assert_int_equal(rmdir(path), 0);
  assert_int_equal(rmdir(folder), 0);
  assert_int_equal(nn_model_write_file(&n.spec, path, &error), NN_ERR_IO);
  network_free(&n);
}

static void long_paths_keep_the_reason(void **state) {
  char path[1000];
  (void)state;
  memset(path, 'x', sizeof path);
  memcpy(path + sizeof path - 12, "/model.glnn", 12);
  assert_file_refused(path, NN_ERR_IO, "x/model.glnn: cannot be opened");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checksum_is_the_known_one),
      cmocka_unit_test(info_comes_back),
      cmocka_unit_test(bytes_are_as_documented),
      cmocka_unit_test(every_flipped_bit_is_found),
      cmocka_unit_test(every_truncation_is_found),
      cmocka_unit_test(trailing_bytes_are_refused),
      cmocka_unit_test(every_byte_changed_with_a_good_checksum),
      cmocka_unit_test(header_values_are_checked),
      cmocka_unit_test(weights_and_texts_are_checked),
      cmocka_unit_test(layers_that_do_not_fit_are_named),
      cmocka_unit_test(empty_models_are_refused),
      cmocka_unit_test(files_open_or_say_why_not),
      cmocka_unit_test(long_paths_keep_the_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
