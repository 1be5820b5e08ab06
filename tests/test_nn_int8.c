/* int8: every level's kernels give the scalar ones' bytes and floats, for all tail sizes, strides, kernels and
 * paddings, unaligned buffers and extreme values, and write to nothing else; whole networks give the same bits at every
 * level; model files carry what they need.
 *
 * usage: test_nn_int8 [--bench]   the second: microseconds of each level's kernels on typical layers */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../nn/int8.h"
#include "../nn/int8_layers.h"
#include "nn_levels.h"
#include "nn_networks.h"

enum { GUARD = 0xa5, GUARDS = 256 };

static uint32_t random_state = 1;

static uint32_t random_bits(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

static int random_between(int lowest, int highest) {
  return lowest + (int)(random_bits() % (uint32_t)(highest - lowest + 1));
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

typedef struct buffer {
  uint8_t *memory, *bytes;
  size_t count; /* guards lie before and behind */
} buffer;

static buffer buffer_make(size_t count, size_t shift) {
  buffer b = {.memory = aligned_alloc(64, (count + shift + 2 * GUARDS + 63) / 64 * 64), .count = count};
  assert_non_null(b.memory);
  memset(b.memory, GUARD, (count + shift + 2 * GUARDS + 63) / 64 * 64);
  b.bytes = b.memory + GUARDS + shift;
  return b;
}

static void buffer_check_guards(const buffer *b) {
  for (const uint8_t *p = b->memory; p < b->bytes; p++) assert_int_equal(*p, GUARD);
  for (size_t i = 0; i < GUARDS; i++) assert_int_equal(b->bytes[b->count + i], GUARD);
}

/* What values a case has: anything; the largest sums either way; scales that clamp everything, or make everything one
 * half of a step, where rounding to even shows. */
typedef enum manner { ANYTHING, LARGEST, SMALLEST, HUGE_SCALE, TINY_SCALE, HALVES, MANNERS } manner;

typedef struct conv_case {
  nn_conv_shape shape;
  int height, width, border, out_border, with_residual;
  size_t batch, shift;
  manner manner;
} conv_case;

typedef struct operands {
  nn_int8_conv conv;
  int out_height, out_width;
  buffer in, residual;
  int8_t *weights;
  int32_t *bias;
  float *multiplier;
} operands;

static int out_size(int in, int kernel, int stride, int padding) {
  return (in + 2 * padding - kernel) / stride + 1;
}

static nn_byte_view view_of(const buffer *b, int height, int width, int channels, int border) {
  const ptrdiff_t row = (ptrdiff_t)(width + 2 * border) * channels;
  return (nn_byte_view){b->bytes + border * (row + channels), height, width, channels, row,
                        row * (height + 2 * border)};
}

static size_t view_bytes(size_t batch, int height, int width, int channels, int border) {
  return batch * (size_t)((height + 2 * border) * (width + 2 * border) * channels);
}

static buffer random_bytes(size_t count, size_t shift, manner m) {
  buffer b = buffer_make(count, shift);
  for (size_t i = 0; i < count; i++)
    b.bytes[i] = m == LARGEST || m == SMALLEST ? NN_INT8_MAX : (uint8_t)random_between(0, NN_INT8_MAX);
  return b;
}

static operands operands_make(const conv_case *c) {
  const nn_conv_shape *s = &c->shape;
  const size_t channels = (size_t)(s->out_channels + NN_INT8_LANES),
               filter = (size_t)(s->kernel_height * s->kernel_width * s->in_channels),
               weights = (size_t)s->out_channels * filter;
  static const float factors[MANNERS] = {[ANYTHING] = 1e-3f,   [LARGEST] = 1e-4f,     [SMALLEST] = 1e-4f,
                                         [HUGE_SCALE] = 1e37f, [TINY_SCALE] = 1e-40f, [HALVES] = 0.5f};
  operands o = {.out_height = out_size(c->height, s->kernel_height, s->stride, s->padding),
                .out_width = out_size(c->width, s->kernel_width, s->stride, s->padding),
                .weights = malloc(weights),
                .bias = calloc(channels, sizeof *o.bias),
                .multiplier = calloc(channels, sizeof *o.multiplier)};
  o.in = random_bytes(view_bytes(c->batch, c->height, c->width, s->in_channels, c->border), c->shift, c->manner);
  o.residual =
      random_bytes(view_bytes(c->batch, o.out_height, o.out_width, s->out_channels, c->out_border), c->shift, ANYTHING);
  for (size_t i = 0; i < weights; i++)
    o.weights[i] = (int8_t)(c->manner == LARGEST    ? NN_INT8_MAX
                            : c->manner == SMALLEST ? -NN_INT8_MAX
                                                    : random_between(-NN_INT8_MAX, NN_INT8_MAX));
  for (int i = 0; i < s->out_channels; i++) {
    o.bias[i] = c->manner == LARGEST    ? NN_INT8_MAX_BIAS
                : c->manner == SMALLEST ? -NN_INT8_MAX_BIAS
                                        : random_between(-30000, 30000);
    o.multiplier[i] = factors[c->manner] * (float)(c->manner == HALVES ? 1 : random_between(1, 30));
  }
  const int zero = random_between(0, NN_INT8_MAX);
  o.conv = (nn_int8_conv){.shape = *s,
                          .bias = o.bias,
                          .multiplier = o.multiplier,
                          .zero = zero,
                          .lowest = random_bits() % 2 ? zero : 0,
                          .residual_multiplier = c->manner == HALVES ? 0.5f : 0.37f,
                          .residual_zero = random_between(0, NN_INT8_MAX)};
  return o;
}

static void operands_free(operands *o) {
  free(o->in.memory);
  free(o->residual.memory);
  free(o->weights);
  free(o->bias);
  free(o->multiplier);
}

/* Runs one level; the caller frees the buffer. floats: the same, to floats. */
static buffer run_level(const nn_int8_kernels *k, const conv_case *c, operands *o, int floats) {
  const nn_conv_shape *s = &c->shape;
  const size_t count = view_bytes(c->batch, o->out_height, o->out_width, s->out_channels, c->out_border);
  buffer out = buffer_make(floats ? count * sizeof(float) : count, floats ? c->shift * sizeof(float) : c->shift);
  buffer packed = buffer_make(k->packed_size(s), c->shift);
  const nn_byte_view in = view_of(&o->in, c->height, c->width, s->in_channels, c->border);
  const nn_byte_view residual = view_of(&o->residual, o->out_height, o->out_width, s->out_channels, c->out_border);
  k->pack_weights(s, o->weights, (int8_t *)packed.bytes);
  o->conv.packed = (const int8_t *)packed.bytes;
  if (floats) {
    const ptrdiff_t row = (ptrdiff_t)(o->out_width + 2 * c->out_border) * s->out_channels;
    const nn_view view = {(float *)(void *)out.bytes + c->out_border * (row + s->out_channels),
                          o->out_height,
                          o->out_width,
                          s->out_channels,
                          row,
                          row * (o->out_height + 2 * c->out_border)};
    k->conv_to_floats(&o->conv, c->batch, &in, &view);
  } else {
    const nn_byte_view view = view_of(&out, o->out_height, o->out_width, s->out_channels, c->out_border);
    k->conv(&o->conv, c->batch, &in, c->with_residual ? &residual : NULL, &view);
  }
  buffer_check_guards(&packed);
  buffer_check_guards(&out);
  free(packed.memory);
  return out;
}

/* Borders count, too: every level leaves them alone. */
static void check_case(const conv_case *c) {
  operands o = operands_make(c);
  for (int floats = 0; floats <= 1; floats++) {
    buffer expected = run_level(&nn_int8_scalar, c, &o, floats);
    for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level)) {
      buffer found = run_level(level->int8, c, &o, floats);
      if (memcmp(expected.bytes, found.bytes, expected.count) != 0)
        fail_msg("%s, %s: a %dx%d/%d window, padding %d, %d to %d channels, %zu pictures of %dx%d, manner %d differ",
                 level->int8->name, floats ? "floats" : "bytes", c->shape.kernel_height, c->shape.kernel_width,
                 c->shape.stride, c->shape.padding, c->shape.in_channels, c->shape.out_channels, c->batch, c->height,
                 c->width, (int)c->manner);
      free(found.memory);
    }
    free(expected.memory);
  }
  operands_free(&o);
}

static conv_case case_of(int kernel, int stride, int padding, int in, int out, int height, int width) {
  return (conv_case){.shape = {kernel, kernel, stride, padding, in, out},
                     .height = height,
                     .width = width,
                     .border = padding,
                     .out_border = 1,
                     .with_residual = random_bits() % 2,
                     .batch = 2,
                     .shift = random_bits() % 16,
                     .manner = (manner)(random_bits() % MANNERS)};
}

static void every_channel_count(void **state) {
  (void)state;
  for (int in = 1; in <= 20; in++)
    for (int out = 1; out <= 81; out += out < 34 ? 1 : 15) {
      const conv_case c = case_of(3, 1, 1, in, out, 3, 4);
      check_case(&c);
    }
}

static void every_width(void **state) {
  (void)state;
  for (int width = 1; width <= 30; width++)
    for (int channels = 1; channels <= 40; channels += 13) {
      const conv_case c = case_of(3, 1, 1, channels, 41 - channels, 4, width);
      check_case(&c);
    }
}

static void every_kernel_stride_and_padding(void **state) {
  (void)state;
  for (int height = 1; height <= 5; height++)
    for (int width = 1; width <= 5; width++)
      for (int stride = 1; stride <= 3; stride++)
        for (int padding = 0; padding < (height < width ? height : width); padding++) {
          conv_case c = case_of(height, stride, padding, 3, 18, 7, 9);
          c.shape.kernel_width = width;
          c.border += height % 2;
          check_case(&c);
        }
}

static void fully_connected(void **state) {
  (void)state;
  for (size_t batch = 1; batch <= 200; batch = batch * 2 + 1)
    for (int out = 1; out <= 130; out = out * 3 + 1) {
      conv_case c = case_of(1, 1, 0, 77, out, 1, 1);
      c.out_border = 0;
      c.batch = batch;
      check_case(&c);
    }
}

/* Of every manner, with sums as long as they get in practice. */
static void extreme_values(void **state) {
  (void)state;
  for (int m = 0; m < MANNERS; m++)
    for (int residual = 0; residual <= 1; residual++) {
      conv_case c = case_of(3, 1, 1, 128, 33, 3, 3);
      c.manner = (manner)m;
      c.with_residual = residual;
      check_case(&c);
    }
}

static void the_longest_filter(void **state) {
  (void)state;
  conv_case c = case_of(1, 1, 0, NN_INT8_MAX_FILTER, 17, 1, 1);
  c.manner = LARGEST; /* bias and products together: 2^30 + 65536 * 127 * 127 */
  check_case(&c);
  c.manner = SMALLEST;
  check_case(&c);
}

/* ---- what is no kernel ------------------------------------------------------------------------------------------- */

static void ties_go_to_even(void **state) {
  (void)state;
  assert_int_equal(nn_round_even(0.5f), 0);
  assert_int_equal(nn_round_even(1.5f), 2);
  assert_int_equal(nn_round_even(-0.5f), 0);
  assert_int_equal(nn_round_even(-2.5f), -2);
  assert_int_equal(nn_round_even(nextafterf(0.5f, 1)), 1);
  assert_int_equal(nn_int8_byte(2.5f, 3, 0), 5);
  assert_int_equal(nn_int8_byte(-2.5f, 3, 0), 1);
  assert_int_equal(nn_int8_byte(-2.5f, 3, 3), 3);
  assert_int_equal(nn_int8_byte(FLT_MAX, 100, 0), NN_INT8_MAX);
  assert_int_equal(nn_int8_byte(-FLT_MAX, 100, 0), 0);
}

static void pictures_become_bytes(void **state) {
  uint8_t pictures[256], bytes[256];
  const nn_byte_view view = {bytes, 16, 16, 1, 16, 256};
  (void)state;
  for (int i = 0; i < 256; i++) pictures[i] = (uint8_t)i;
  nn_int8_take_pictures(pictures, 1, &view);
  for (int i = 0; i < 256; i++) assert_int_equal(bytes[i], (int)lround(i * 127 / 255.0));
}

static void weights_become_integers(void **state) {
  static const float weights[] = {0, 1, -1, 0.49f, 0.51f, -126.6f, 200, -200, 1e30f, 63.5f, 64.5f};
  static const int expected[] = {0, 1, -1, 0, 1, -127, 127, -127, 127, 64, 64};
  int8_t found[11];
  (void)state;
  nn_int8_round_weights(weights, 11, 1, found);
  for (int i = 0; i < 11; i++) assert_int_equal(found[i], expected[i]);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

/* Random scales: good for nothing but comparing. A relu and a max pool keep theirs. */
static void give_scales(const network *n, nn_tensor_scale *tensors, nn_output_scale *outputs) {
  size_t output = 0;
  for (size_t t = 0; t <= n->spec.layer_count; t++)
    tensors[t] = (nn_tensor_scale){0.01f * (float)random_between(1, 9), random_between(0, 60)};
  for (size_t i = 0; i < n->spec.layer_count; i++) {
    const nn_layer_spec *l = &n->layers[i];
    if (l->type == NN_LAYER_RELU || l->type == NN_LAYER_MAX_POOL) tensors[i + 1] = tensors[l->input];
    for (int o = 0; o < l->outputs; o++)
      outputs[output++] = (nn_output_scale){0.001f * (float)random_between(1, 20), random_between(-3000, 3000)};
  }
}

static network every_layer(void) {
  network n = network_start(13, 11, 2, 5);
  int t = network_relu(&n, network_convolution(&n, 0, 3, 1, 1, 16));
  const int stem = network_pool(&n, NN_LAYER_MAX_POOL, t, 3, 2, 1);
  t = network_relu(&n, network_convolution(&n, stem, 3, 1, 1, 16));
  t = network_relu(&n, network_sum(&n, network_convolution(&n, t, 3, 1, 1, 16), stem));
  const int twice = network_sum(&n, t, t);
  t = network_relu(&n, network_sum(&n, twice, t));
  t = network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 3, 2, 1);
  t = network_relu(&n, network_convolution(&n, network_relu(&n, t), 2, 1, 0, 7));
  network_softmax(&n, network_fully_connected(&n, t, 10));
  return n;
}

static network pool_at_the_end(void) {
  network n = network_start(8, 8, 1, 6);
  const int t = network_relu(&n, network_convolution(&n, 0, 5, 1, 2, 11));
  network_pool(&n, NN_LAYER_AVERAGE_POOL, t, 8, 1, 0);
  return n;
}

static nn_model *open_network(const network *n, const nn_int8_spec *int8) {
  nn_model_spec spec = n->spec;
  void *data;
  size_t size;
  nn_model *model;
  nn_error error = {.message = ""};
  spec.int8 = int8;
  if (nn_model_write_memory(&spec, &data, &size, &error) != NN_OK) fail_msg("%s", error.message);
  if (nn_model_open_memory(&model, data, size, &error) != NN_OK) fail_msg("%s", error.message);
  free(data);
  return model;
}

/* The same bits at every level, alone and in batches. */
static void check_network(network (*make)(void)) {
  network n = make();
  nn_tensor_scale tensors[NETWORK_MAX_LAYERS + 1];
  nn_output_scale outputs[256];
  const nn_int8_spec int8 = {tensors, outputs};
  uint8_t pictures[7 * 13 * 11 * 2];
  float expected[7 * 16] = {0}, found[7 * 16];
  network_finish(&n);
  give_scales(&n, tensors, outputs);
  const size_t bytes = (size_t)(n.spec.height * n.spec.width * n.spec.channels), classes = n.spec.classes;
  for (size_t i = 0; i < sizeof pictures; i++) pictures[i] = (uint8_t)random_bits();
  for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level)) {
    nn_session *session;
    setenv("GLYPHLIFT_CPU", level->name, 1);
    nn_model *model = open_network(&n, &int8);
    assert_string_equal(nn_model_get_info(model)->precision, "int8");
    assert_int_equal(nn_session_open(&session, model, 3, NULL), NN_OK);
    assert_int_equal(nn_session_run(session, pictures, 7, found), NN_OK);
    if (strcmp(level->name, "scalar") == 0) memcpy(expected, found, sizeof expected);
    assert_memory_equal(found, expected, 7 * classes * sizeof(float));
    for (size_t p = 0; p < 7; p++) {
      assert_int_equal(nn_session_run(session, pictures + p * bytes, 1, found), NN_OK);
      assert_memory_equal(found, expected + p * classes, classes * sizeof(float));
    }
    nn_session_close(&session);
    nn_model_close(&model);
  }
  unsetenv("GLYPHLIFT_CPU");
  network_free(&n);
}

static void networks_give_the_same_bits(void **state) {
  (void)state;
  for (int repeat = 0; repeat < 20; repeat++) {
    check_network(every_layer);
    check_network(pool_at_the_end);
  }
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int write_status(const network *n, const nn_int8_spec *int8, const char **message) {
  static nn_error error;
  nn_model_spec spec = n->spec;
  void *data;
  size_t size;
  spec.int8 = int8;
  const int status = nn_model_write_memory(&spec, &data, &size, &error);
  *message = error.message;
  free(data);
  return status;
}

/* Writing opens what it wrote, and so refuses what reading does. */
static void bad_scales_are_refused(void **state) {
  network n = pool_at_the_end();
  nn_tensor_scale tensors[NETWORK_MAX_LAYERS + 1];
  nn_output_scale outputs[256];
  const nn_int8_spec int8 = {tensors, outputs};
  const char *message;
  (void)state;
  network_finish(&n);
  give_scales(&n, tensors, outputs);
  assert_int_equal(write_status(&n, &int8, &message), NN_OK);
  static const nn_tensor_scale bad_tensors[] = {{0, 0}, {-1, 0}, {INFINITY, 0}, {NAN, 0}, {1, -1}, {1, 128}};
  for (size_t i = 0; i < sizeof bad_tensors / sizeof *bad_tensors; i++) {
    const nn_tensor_scale good = tensors[2];
    tensors[2] = bad_tensors[i];
    assert_int_equal(write_status(&n, &int8, &message), NN_ERR_FORMAT);
    assert_non_null(strstr(message, "scale or zero of tensor 2"));
    tensors[2] = good;
  }
  static const nn_output_scale bad_outputs[] = {{0, 0}, {-1, 0}, {NAN, 0}, {1, NN_INT8_MAX_BIAS + 1}, {1, INT32_MIN}};
  for (size_t i = 0; i < sizeof bad_outputs / sizeof *bad_outputs; i++) {
    const nn_output_scale good = outputs[3];
    outputs[3] = bad_outputs[i];
    assert_int_equal(write_status(&n, &int8, &message), NN_ERR_FORMAT);
    assert_non_null(strstr(message, "scale or bias of output 3"));
    outputs[3] = good;
  }
  network_free(&n);
  n = every_layer();
  network_finish(&n);
  give_scales(&n, tensors, outputs);
  tensors[3].zero ^= 1; /* behind the max pool */
  assert_int_equal(write_status(&n, &int8, &message), NN_ERR_FORMAT);
  assert_non_null(strstr(message, "before and behind a relu or max pool"));
  network_free(&n);
}

/* Cut anywhere, and with any byte of the int8 part changed but its checksum left, a file is refused. */
static void damage_is_noticed(void **state) {
  network n = pool_at_the_end();
  nn_tensor_scale tensors[NETWORK_MAX_LAYERS + 1];
  nn_output_scale outputs[256];
  const nn_int8_spec int8 = {tensors, outputs};
  void *data;
  size_t size;
  nn_model *model;
  (void)state;
  network_finish(&n);
  give_scales(&n, tensors, outputs);
  n.spec.int8 = &int8;
  assert_int_equal(nn_model_write_memory(&n.spec, &data, &size, NULL), NN_OK);
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *copy = malloc(cut + 1);
    memcpy(copy, data, cut);
    assert_int_not_equal(nn_model_open_memory(&model, copy, cut, NULL), NN_OK);
    free(copy);
  }
  for (size_t at = size - 100; at < size; at++) {
    ((uint8_t *)data)[at] ^= 1;
    assert_int_equal(nn_model_open_memory(&model, data, size, NULL), NN_ERR_CHECKSUM);
    ((uint8_t *)data)[at] ^= 1;
  }
  free(data);
  network_free(&n);
}

static void precision_can_be_asked_for(void **state) {
  network n = every_layer();
  nn_tensor_scale tensors[NETWORK_MAX_LAYERS + 1];
  nn_output_scale outputs[256];
  const nn_int8_spec int8 = {tensors, outputs};
  static const char path[] = "test_nn_int8.glnn";
  static const char *const found[] = {"int8", "fp32", "int8"};
  nn_model *model;
  nn_error error;
  (void)state;
  network_finish(&n);
  give_scales(&n, tensors, outputs);
  assert_int_equal(nn_model_write_file(&n.spec, path, NULL), NN_OK);
  assert_int_equal(nn_model_open_as(&model, path, NN_PRECISION_INT8, &error), NN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, path));
  assert_non_null(strstr(error.message, "no int8 part"));
  n.spec.int8 = &int8;
  assert_int_equal(nn_model_write_file(&n.spec, path, NULL), NN_OK);
  for (int precision = NN_PRECISION_BEST; precision <= NN_PRECISION_INT8; precision++) {
    assert_int_equal(nn_model_open_as(&model, path, (nn_precision)precision, NULL), NN_OK);
    assert_string_equal(nn_model_get_info(model)->precision, found[precision]);
    nn_model_close(&model);
  }
  remove(path);
  network_free(&n);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double microseconds(const nn_int8_kernels *k, const conv_case *c, operands *o) {
  const nn_byte_view in = view_of(&o->in, c->height, c->width, c->shape.in_channels, c->border);
  buffer out = buffer_make(view_bytes(c->batch, o->out_height, o->out_width, c->shape.out_channels, 0), 0);
  buffer packed = buffer_make(k->packed_size(&c->shape), 0);
  const nn_byte_view view = view_of(&out, o->out_height, o->out_width, c->shape.out_channels, 0);
  double best = 1e9;
  k->pack_weights(&c->shape, o->weights, (int8_t *)packed.bytes);
  o->conv.packed = (const int8_t *)packed.bytes;
  for (int repeat = 0; repeat < 200; repeat++) {
    const double start = now();
    k->conv(&o->conv, c->batch, &in, NULL, &view);
    const double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  free(out.memory);
  free(packed.memory);
  return 1e6 * best / (double)c->batch;
}

static int bench(void) {
  static const conv_case layers[] = {{{3, 3, 1, 0, 1, 16}, 28, 28, 0, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 2, 0, 16, 24}, 26, 26, 0, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 1, 0, 24, 48}, 12, 12, 0, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 1, 0, 48, 64}, 10, 10, 0, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 2, 1, 64, 96}, 8, 8, 1, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 2, 1, 96, 128}, 4, 4, 1, 0, 0, 16, 0, ANYTHING},
                                     {{1, 1, 1, 0, 512, 11}, 1, 1, 0, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 1, 1, 16, 16}, 28, 28, 1, 0, 0, 16, 0, ANYTHING},
                                     {{3, 3, 1, 1, 32, 32}, 14, 14, 1, 0, 0, 16, 0, ANYTHING},
                                     {{5, 5, 1, 2, 1, 6}, 28, 28, 2, 0, 0, 16, 0, ANYTHING}};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    const conv_case *c = &layers[i];
    operands o = operands_make(c);
    const double work = 1e-3 * c->shape.kernel_height * c->shape.kernel_width * c->shape.in_channels *
                        c->shape.out_channels * o.out_height * o.out_width; /* thousands of multiply-adds */
    printf("%dx%d/%d %3d->%-3d on %2dx%-2d", c->shape.kernel_height, c->shape.kernel_width, c->shape.stride,
           c->shape.in_channels, c->shape.out_channels, c->height, c->width);
    for (const nn_level *level = nn_level_next(nn_level_next(NULL)); level; level = nn_level_next(level)) {
      const double time = microseconds(level->int8, c, &o);
      printf("  %s %.2f us %.0f G/s", level->int8->name, time, work / time);
    }
    printf("\n");
    operands_free(&o);
  }
  return 0;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_channel_count),
      cmocka_unit_test(every_width),
      cmocka_unit_test(every_kernel_stride_and_padding),
      cmocka_unit_test(fully_connected),
      cmocka_unit_test(extreme_values),
      cmocka_unit_test(the_longest_filter),
      cmocka_unit_test(ties_go_to_even),
      cmocka_unit_test(pictures_become_bytes),
      cmocka_unit_test(weights_become_integers),
      cmocka_unit_test(networks_give_the_same_bits),
      cmocka_unit_test(bad_scales_are_refused),
      cmocka_unit_test(damage_is_noticed),
      cmocka_unit_test(precision_can_be_asked_for),
  };
  if (argc > 1 && strcmp(argv[1], "--bench") == 0) return bench();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
