/* ONNX files: OpenCV's DNN module gives the logits and probabilities of nn, for every kind of layer and any number of
 * pictures; of int8 files ONNX Runtime does, where GLYPHLIFT_ONNXRUNTIME names its library; the metadata is there; nothing is left behind where the file cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../nn/train/onnx.h"
#include "../nn/train/protobuf.h"
#include "../nn/train/quantise.h"
#include "bench/nn/peers.h"
#include "nn_networks.h"
#include "opencv_dnn.h"
#include "train_data.h"

enum { MOST_PICTURES = 5 };

static const double TOLERANCE = 1e-4;

static char *folder;

static int set_up(void **state) {
  (void)state;
  folder = folder_make();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[300];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  const int failed = system(command);
  free(folder);
  return failed;
}

static const char *in_folder(const char *name) {
  static char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

/* ---- against OpenCV ---- */

#ifdef GLYPHLIFT_OPENCV_DNN

/* Bytes of pictures, height x width x channels, as floats, channels x height x width. */
static void transpose(const uint8_t *pictures, size_t count, const nn_model_info *info, float *out) {
  const size_t pixels = (size_t)info->height * (size_t)info->width, channels = (size_t)info->channels;
  for (size_t n = 0; n < count; n++)
    for (size_t c = 0; c < channels; c++)
      for (size_t p = 0; p < pixels; p++) *out++ = pictures[(n * pixels + p) * channels + c];
}

static void compare(const char *output, const char *path, const float *input, const int sizes[4], const float *expected,
                    size_t values) {
  char message[512];
  float *found = calloc(values, sizeof *found);
  assert_non_null(found);
  opencv_dnn *network = opencv_dnn_open(path, sizes, values, message);
  if (!network || opencv_dnn_forward(network, input, output, found, message)) fail_msg("%s: %s", output, message);
  opencv_dnn_close(network);
  for (size_t i = 0; i < values; i++)
    if (!(fabs((double)found[i] - (double)expected[i]) <= TOLERANCE))
      fail_msg("%s %zu of %zu: OpenCV gives %g, nn %g", output, i, values, (double)found[i], (double)expected[i]);
  free(found);
}

/* The model that `data` holds (NULL: the embedded one) as ONNX in OpenCV and as it is in nn. */
static void check_model(const void *data, size_t size) {
  nn_model_content content;
  nn_model *model;
  nn_session *session;
  train_error error;
  const char *path = in_folder("model.onnx");
  assert_int_equal(data ? nn_model_read_memory(&content, data, size, NULL) : nn_model_read_digits(&content, NULL), 0);
  assert_int_equal(data ? nn_model_open_memory(&model, data, size, NULL)
                        : nn_model_open_as(&model, NULL, NN_PRECISION_FP32, NULL),
                   0);
  assert_int_equal(nn_session_open(&session, model, MOST_PICTURES, NULL), 0);
  if (train_onnx_write(&content, NN_PRECISION_FP32, path, &error)) fail_msg("%s", error.message);
  const nn_model_info *info = nn_model_get_info(model);
  const size_t picture = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
  uint8_t *pictures = malloc(MOST_PICTURES * picture);
  float *input = malloc(MOST_PICTURES * picture * sizeof *input);
  float *answers = malloc(MOST_PICTURES * info->classes * sizeof *answers);
  assert_true(pictures && input && answers);
  train_random random;
  train_random_start(&random, 5, 1, 0, 0);
  for (size_t i = 0; i < MOST_PICTURES * picture; i++) pictures[i] = (uint8_t)train_random_below(&random, 256);
  memset(pictures, 0, picture / 2);
  memset(pictures + picture / 2, 255, picture / 2);
  transpose(pictures, MOST_PICTURES, info, input);
  for (size_t count = 1; count <= MOST_PICTURES; count += MOST_PICTURES - 1) {
    const int sizes[4] = {(int)count, info->channels, info->height, info->width};
    nn_session_run(session, pictures, count, answers);
    compare("logits", path, input, sizes, answers, count * info->classes);
    nn_session_classify(session, pictures, count, answers);
    compare("probabilities", path, input, sizes, answers, count * info->classes);
  }
  free(pictures);
  free(input);
  free(answers);
  nn_session_close(&session);
  nn_model_close(&model);
  nn_model_content_free(&content);
}

static void check_network(network *n) {
  void *data;
  size_t size;
  nn_error error = {.message = ""};
  network_finish(n);
  if (nn_model_write_memory(&n->spec, &data, &size, &error)) fail_msg("%s", error.message);
  check_model(data, size);
  free(data);
  network_free(n);
}

static void test_digits(void **state) {
  (void)state;
  check_model(NULL, 0);
}

/* Padding of zeros and not of white paper, strides that leave a rest, a sum of two branches, pools of both kinds. */
static void test_residual(void **state) {
  (void)state;
  network n = network_start(28, 28, 1, 3);
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 6)), short_cut = t;
  t = network_convolution(&n, network_relu(&n, network_convolution(&n, t, 3, 1, 1, 6)), 3, 1, 1, 6);
  t = network_relu(&n, network_sum(&n, t, short_cut));
  t = network_pool(&n, NN_LAYER_MAX_POOL, t, 3, 2, 1);
  t = network_convolution(&n, t, 4, 3, 0, 8);
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 2, 1, 1);
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 5, 5, 0);
  network_softmax(&n, network_fully_connected(&n, t, 10));
  check_network(&n);
}

/* Colour, neither square nor with square windows: whatever is transposed wrongly shows. Fully connected layers flatten
 * the picture, are added to, and are read by a convolution. No softmax at the end. */
static void test_fully_connected(void **state) {
  (void)state;
  network n = network_start(9, 14, 3, 8);
  const nn_layer_spec window = {
      .type = NN_LAYER_CONVOLUTION, .kernel_height = 2, .kernel_width = 5, .stride = 2, .padding = 1, .outputs = 5};
  int t = network_relu(&n, network_add(&n, window));
  t = network_pool(&n, NN_LAYER_MAX_POOL, t, 2, 2, 0);
  const int first = network_fully_connected(&n, t, 12), second = network_fully_connected(&n, t, 12);
  t = network_relu(&n, network_sum(&n, first, second));
  network_fully_connected(&n, network_convolution(&n, t, 1, 1, 0, 9), 4);
  check_network(&n);
}

/* The picture itself is what the layers pass on. */
static void test_one_layer(void **state) {
  (void)state;
  network n = network_start(1, 1, 2, 8);
  network_relu(&n, 0);
  check_network(&n);
}

#endif

/* ---- the file ---- */

static int contains(const uint8_t *bytes, size_t size, const char *text) {
  const size_t length = strlen(text);
  for (size_t i = 0; i + length <= size; i++)
    if (memcmp(bytes + i, text, length) == 0) return 1;
  return 0;
}

static size_t read_file(const char *path, uint8_t *bytes, size_t room) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t size = fread(bytes, 1, room, file);
  fclose(file);
  return size;
}

static void test_metadata(void **state) {
  (void)state;
  static uint8_t bytes[1 << 22];
  nn_model_content content;
  train_error error;
  const char *path = in_folder("digits.onnx");
  assert_int_equal(nn_model_read_digits(&content, NULL), 0);
  if (train_onnx_write(&content, NN_PRECISION_FP32, path, &error)) fail_msg("%s", error.message);
  const size_t size = read_file(path, bytes, sizeof bytes);
  assert_true(contains(bytes, size, "class_names"));
  assert_true(contains(bytes, size, "[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"none\"]"));
  assert_true(contains(bytes, size, "temperature"));
  assert_true(contains(bytes, size, content.spec.training_record));
  nn_model_content_free(&content);
}

/* ---- int8 ---- */

static void test_int8_weights_are_bytes(void **state) {
  (void)state;
  static uint8_t bytes[1 << 22];
  nn_model_content content;
  train_error error;
  const char *path = in_folder("int8.onnx");
  assert_int_equal(nn_model_read_digits(&content, NULL), 0);
  if (train_onnx_write(&content, NN_PRECISION_INT8, path, &error)) fail_msg("%s", error.message);
  const size_t size = read_file(path, bytes, sizeof bytes);
  assert_true(contains(bytes, size, "QuantizeLinear"));
  assert_true(size > content.weight_count && size < 2 * content.weight_count);
  nn_model_content_free(&content);
}

/* Blots, of the size of the model's pictures. */
static void draw_blots(uint8_t *pictures, size_t count, int side) {
  for (size_t p = 0; p < count; p++)
    for (int y = 0; y < side; y++)
      for (int x = 0; x < side; x++) {
        const int dy = y - 8 - (int)(p * 5 % 12), dx = x - 8 - (int)(p * 7 % 12), far = dx * dx + dy * dy;
        *pictures++ = (uint8_t)(far < 20 ? 255 : far < 60 ? 120 : 0);
      }
}

/* In int8 both add the same integers; what differs is how a byte is rounded, and that nn's end at 127. */
static void compare_int8(const char *model_file) {
  enum { PICTURES = 16, SIDE = 28 };
  static uint8_t pictures[PICTURES * SIDE * SIDE];
  float input[PICTURES * SIDE * SIDE], expected[PICTURES * 16], found[PICTURES * 16];
  char message[PEER_MESSAGE] = "", onnx[512];
  nn_model_content content;
  nn_model *model;
  nn_session *session;
  train_error error;
  double off = 0, size = 0;
  snprintf(onnx, sizeof onnx, "%s", in_folder("int8.onnx"));
  assert_int_equal(nn_model_read_file(&content, model_file, NULL), 0);
  assert_int_equal(nn_model_open_as(&model, model_file, NN_PRECISION_INT8, NULL), 0);
  assert_int_equal(nn_session_open(&session, model, PICTURES, NULL), 0);
  if (train_onnx_write(&content, NN_PRECISION_INT8, onnx, &error)) fail_msg("%s", error.message);
  const peer_network network = {&content, onnx, onnx};
  void *runtime = peer_onnxruntime_int8.open(&network, PICTURES, message);
  if (!runtime) fail_msg("%s", message);
  draw_blots(pictures, PICTURES, SIDE);
  for (size_t i = 0; i < sizeof pictures; i++) input[i] = pictures[i];
  nn_session_run(session, pictures, PICTURES, expected);
  assert_int_equal(peer_onnxruntime_int8.run(runtime, input, found), 0);
  for (size_t i = 0; i < PICTURES * content.spec.classes; i++) {
    const double difference = (double)found[i] - (double)expected[i];
    off += difference * difference;
    size += (double)expected[i] * (double)expected[i];
  }
  if (!(sqrt(off / size) < 0.01)) fail_msg("ONNX Runtime's logits are %.3f off", sqrt(off / size));
  peer_onnxruntime_int8.close(runtime);
  nn_session_close(&session);
  nn_model_close(&model);
  nn_model_content_free(&content);
}

static void test_int8_in_onnxruntime(void **state) {
  (void)state;
  static uint8_t pictures[64 * 28 * 28];
  char fp32[512], int8[512];
  train_quantised report;
  train_error error = {.message = ""};
  if (!getenv("GLYPHLIFT_ONNXRUNTIME")) {
    print_message("SKIPPED: GLYPHLIFT_ONNXRUNTIME names no library that reads int8 files\n");
    skip();
  }
  snprintf(fp32, sizeof fp32, "%s", in_folder("fp32.glnn"));
  snprintf(int8, sizeof int8, "%s", in_folder("int8.glnn"));
  draw_blots(pictures, 64, 28);
  network n = network_start(28, 28, 1, 3);
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 6)), short_cut = t;
  t = network_convolution(&n, network_relu(&n, network_convolution(&n, t, 3, 1, 1, 6)), 3, 1, 1, 6);
  t = network_pool(&n, NN_LAYER_MAX_POOL, network_relu(&n, network_sum(&n, t, short_cut)), 3, 2, 0);
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, network_convolution(&n, t, 4, 3, 0, 8), 2, 1, 0);
  network_softmax(&n, network_fully_connected(&n, t, 10));
  network_finish(&n);
  assert_int_equal(nn_model_write_file(&n.spec, fp32, NULL), 0);
  if (train_quantise(fp32, pictures, 64, int8, &report, &error)) fail_msg("%s", error.message);
  compare_int8(int8);
  if (train_quantise("digits", pictures, 64, int8, &report, &error)) fail_msg("%s", error.message);
  compare_int8(int8);
  network_free(&n);
}

static void test_failures(void **state) {
  (void)state;
  nn_model_content content;
  train_error error;
  char path[520];
  snprintf(path, sizeof path, "%s/no/such/folder.onnx", folder);
  assert_int_equal(nn_model_read_digits(&content, NULL), 0);
  assert_int_equal(train_onnx_write(&content, NN_PRECISION_FP32, path, &error), TRAIN_ERR_IO);
  assert_non_null(strstr(error.message, "folder.onnx: cannot be created"));
  assert_int_equal(mkdir(in_folder("taken.onnx"), 0700), 0);
  assert_int_equal(train_onnx_write(&content, NN_PRECISION_FP32, in_folder("taken.onnx"), &error), TRAIN_ERR_IO);
  assert_non_null(strstr(error.message, "taken.onnx"));
  assert_int_equal(access(in_folder("taken.onnx.part"), F_OK), -1);
  content.class_names[3] = "caf\xe9";
  assert_int_equal(train_onnx_write(&content, NN_PRECISION_FP32, in_folder("latin.onnx"), &error), TRAIN_ERR_FORMAT);
  assert_non_null(strstr(error.message, "UTF-8"));
  assert_int_equal(access(in_folder("latin.onnx"), F_OK), -1);
  nn_model_content_free(&content);
}

/* The examples of the encoding's own description: 150 in field 1, "testing" in field 2, a message in field 3. */
static void test_encoding(void **state) {
  (void)state;
  static const uint8_t expected[] = {0x08, 0x96, 0x01, 0x12, 0x07, 't',  'e',  's',  't', 'i', 'n',  'g',
                                     0x1a, 0x03, 0x08, 0x96, 0x01, 0xa2, 0x06, 0x04, 0,   0,   0x80, 0x3f};
  train_message outer = {0}, inner = {0};
  const float one = 1.0f;
  train_message_add_number(&inner, 1, 150);
  train_message_add_number(&outer, 1, 150);
  train_message_add_text(&outer, 2, "testing");
  train_message_add_message(&outer, 3, &inner);
  train_message_begin_bytes(&outer, 100, sizeof one);
  train_message_put_values(&outer, &one, sizeof one, 1, 1);
  assert_false(outer.failed);
  assert_null(inner.data);
  assert_int_equal(outer.size, sizeof expected);
  assert_memory_equal(outer.data, expected, sizeof expected);
  train_message_free(&outer);
  train_message_add_number(&outer, 1, UINT64_MAX);
  assert_int_equal(outer.size, 11);
  train_message_free(&outer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#ifdef GLYPHLIFT_OPENCV_DNN
      cmocka_unit_test(test_digits),
      cmocka_unit_test(test_residual),
      cmocka_unit_test(test_fully_connected),
      cmocka_unit_test(test_one_layer),
#endif
      cmocka_unit_test(test_metadata),
      cmocka_unit_test(test_failures),
      cmocka_unit_test(test_encoding),
      cmocka_unit_test(test_int8_weights_are_bytes),
      cmocka_unit_test(test_int8_in_onnxruntime),
  };
#ifndef GLYPHLIFT_OPENCV_DNN
  print_message("SKIPPED: without OpenCV's DNN module (Debian: libopencv-dnn-dev) nothing else reads the files\n");
#endif
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
