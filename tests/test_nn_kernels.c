/* Every level's kernels against the scalar ones: all tail sizes, strides, kernels and paddings, extreme values,
 * unaligned buffers, and guards that no kernel may write to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../nn/layers.h"
#include "nn_levels.h"

static const float GUARD = -12345.5f;

typedef struct buffer {
  float *memory, *values;
  size_t count; /* values; as many guards lie before them, and NN_SLACK behind */
} buffer;

static uint32_t random_bits(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static float random_value(uint32_t *state) {
  return (float)random_bits(state) / 8388608.0f - 1;
}

/* Starts `shift` floats after a 64-byte boundary. */
static buffer buffer_make(size_t count, size_t shift) {
  const size_t bytes = ((count + shift + 2 * NN_SLACK) * sizeof(float) + 63) / 64 * 64;
  buffer b = {.memory = aligned_alloc(64, bytes), .count = count};
  assert_non_null(b.memory);
  for (size_t i = 0; i < bytes / sizeof(float); i++) b.memory[i] = GUARD;
  b.values = b.memory + NN_SLACK + shift;
  return b;
}

static void buffer_fill(buffer *b, uint32_t *state) {
  for (size_t i = 0; i < b->count; i++) b->values[i] = random_value(state);
}

static buffer buffer_copy(const buffer *from, size_t shift) {
  buffer b = buffer_make(from->count, shift);
  memcpy(b.values, from->values, from->count * sizeof(float));
  return b;
}

static void buffer_check_guards(const buffer *b) {
  for (const float *p = b->memory; p < b->values; p++) assert_true(*p == GUARD);
  for (size_t i = 0; i < NN_SLACK; i++) assert_true(b->values[b->count + i] == GUARD);
}

static void buffer_free(buffer *b) {
  free(b->memory);
}

/* A picture batch with a border of `border` pixels all round. */
static nn_view view_of(const buffer *b, int height, int width, int channels, int border) {
  const ptrdiff_t row = (ptrdiff_t)(width + 2 * border) * channels;
  return (nn_view){.data = b->values + border * row + border * channels,
                   .height = height,
                   .width = width,
                   .channels = channels,
                   .row_stride = row,
                   .picture_stride = row * (height + 2 * border)};
}

static size_t view_floats(size_t batch, int height, int width, int channels, int border) {
  return batch * (size_t)(height + 2 * border) * (size_t)(width + 2 * border) * (size_t)channels;
}

typedef struct layer_case {
  nn_conv_shape shape;
  int height, width, border, out_border;
  size_t batch, shift;
} layer_case;

static int out_size(int in, int kernel, int stride, int padding) {
  return (in + 2 * padding - kernel) / stride + 1;
}

static size_t plain_count(const nn_conv_shape *s) {
  return (size_t)s->out_channels * (size_t)s->kernel_height * (size_t)s->kernel_width * (size_t)s->in_channels;
}

/* Sums of at most a few thousand products of values in -1..1 differ by their order alone. */
static void assert_close(float expected, float found) {
  if (isnan(expected)) {
    assert_true(isnan(found));
  } else if (isinf(expected)) {
    assert_true(expected == found);
  } else {
    assert_true(fabsf(expected - found) <= 2e-4f + 2e-5f * fabsf(expected));
  }
}

static void compare(const buffer *expected, const buffer *found) {
  for (size_t i = 0; i < expected->count; i++) assert_close(expected->values[i], found->values[i]);
  buffer_check_guards(found);
}

/* Checks the values of two pictures' pixels. */
typedef void pixel_check(const layer_case *c, float expected, float found);

static void check_direct(const layer_case *c, float expected, float found) {
  (void)c;
  assert_close(expected, found);
}

/* The kernels' stated tolerance: a share of the sum of the products' magnitudes, which for values up to 1 is at most
 * the number of products. */
static void check_winograd(const layer_case *c, float expected, float found) {
  assert_true(fabsf(expected - found) <= 1e-5f * (9 * (float)c->shape.in_channels + 2));
}

/* Compares the pictures and wants the border of the found ones untouched. */
static void compare_inside(const layer_case *c, pixel_check *check, const nn_view *expected, const nn_view *found,
                           int border, float border_value) {
  for (size_t n = 0; n < c->batch; n++)
    for (int y = -border; y < found->height + border; y++)
      for (int x = -border; x < found->width + border; x++)
        for (int k = 0; k < found->channels; k++) {
          const ptrdiff_t at = (ptrdiff_t)n * found->picture_stride + y * found->row_stride + x * found->channels + k;
          const int inside = y >= 0 && y < found->height && x >= 0 && x < found->width;
          if (inside) check(c, expected->data[at], found->data[at]);
          if (!inside && !isnan(border_value)) assert_true(found->data[at] == border_value);
        }
}

typedef struct operands {
  int out_height, out_width;
  buffer in, out, weights, bias, residual;
} operands;

static void zero_border(const layer_case *c, buffer *b) {
  const nn_view v = view_of(b, c->height, c->width, c->shape.in_channels, c->border);
  for (size_t n = 0; n < c->batch; n++)
    for (int y = -c->border; y < c->height + c->border; y++)
      for (int x = -c->border; x < c->width + c->border; x++)
        if (y < 0 || y >= c->height || x < 0 || x >= c->width)
          memset(v.data + (ptrdiff_t)n * v.picture_stride + y * v.row_stride + x * v.channels, 0,
                 (size_t)v.channels * sizeof(float));
}

static operands operands_make(const layer_case *c, uint32_t seed) {
  const nn_conv_shape *s = &c->shape;
  operands o = {.out_height = out_size(c->height, s->kernel_height, s->stride, s->padding),
                .out_width = out_size(c->width, s->kernel_width, s->stride, s->padding)};
  const size_t out = view_floats(c->batch, o.out_height, o.out_width, s->out_channels, c->out_border);
  o.in = buffer_make(view_floats(c->batch, c->height, c->width, s->in_channels, c->border), c->shift);
  o.out = buffer_make(out, c->shift);
  o.residual = buffer_make(out, c->shift);
  o.weights = buffer_make(plain_count(s), c->shift);
  o.bias = buffer_make((size_t)s->out_channels, c->shift);
  buffer_fill(&o.in, &seed);
  buffer_fill(&o.out, &seed);
  buffer_fill(&o.residual, &seed);
  buffer_fill(&o.weights, &seed);
  buffer_fill(&o.bias, &seed);
  zero_border(c, &o.in);
  return o;
}

static void operands_free(operands *o) {
  buffer_free(&o->in);
  buffer_free(&o->out);
  buffer_free(&o->weights);
  buffer_free(&o->bias);
  buffer_free(&o->residual);
}

/* A level's way of convolving. */
typedef struct method {
  size_t (*packed_size)(const nn_conv_shape *shape);
  void (*pack)(const nn_conv_shape *shape, const float *weights, float *packed);
  void (*forward)(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed, const float *bias,
                  const nn_view *residual, int relu, const nn_view *out);
  pixel_check *check;
} method;

static method direct(const nn_kernels *k) {
  return (method){k->packed_size, k->pack_weights, k->conv_forward, check_direct};
}

static method winograd(const nn_kernels *k) {
  return (method){k->winograd_size, k->winograd_pack, k->winograd_forward, check_winograd};
}

static void check_forward(method m, const layer_case *c, const operands *o, int with_residual, int relu) {
  const nn_conv_shape *s = &c->shape;
  buffer expected = buffer_make(o->out.count, c->shift), found = buffer_make(o->out.count, c->shift);
  buffer packed = buffer_make(m.packed_size(s), c->shift);
  const nn_view in = view_of(&o->in, c->height, c->width, s->in_channels, c->border);
  const nn_view residual = view_of(&o->residual, o->out_height, o->out_width, s->out_channels, c->out_border);
  const nn_view expected_view = view_of(&expected, o->out_height, o->out_width, s->out_channels, c->out_border);
  const nn_view found_view = view_of(&found, o->out_height, o->out_width, s->out_channels, c->out_border);
  const nn_view *added = with_residual ? &residual : NULL;
  m.pack(s, o->weights.values, packed.values);
  nn_kernels_scalar.conv_forward(s, c->batch, &in, o->weights.values, o->bias.values, added, relu, &expected_view);
  m.forward(s, c->batch, &in, packed.values, o->bias.values, added, relu, &found_view);
  compare_inside(c, m.check, &expected_view, &found_view, c->out_border, GUARD);
  buffer_check_guards(&packed);
  buffer_check_guards(&found);
  buffer_free(&expected);
  buffer_free(&found);
  buffer_free(&packed);
}

static void check_grad_input(const nn_kernels *k, const layer_case *c, const operands *o) {
  const nn_conv_shape *s = &c->shape;
  buffer expected = buffer_copy(&o->in, c->shift), found = buffer_copy(&o->in, c->shift);
  buffer packed = buffer_make(k->packed_size(s), c->shift);
  const nn_view gradient = view_of(&o->out, o->out_height, o->out_width, s->out_channels, c->out_border);
  const nn_view expected_view = view_of(&expected, c->height, c->width, s->in_channels, c->border);
  const nn_view found_view = view_of(&found, c->height, c->width, s->in_channels, c->border);
  k->pack_weights_transposed(s, o->weights.values, packed.values);
  nn_kernels_scalar.conv_grad_input(s, c->batch, &gradient, o->weights.values, &expected_view);
  k->conv_grad_input(s, c->batch, &gradient, packed.values, &found_view);
  compare_inside(c, check_direct, &expected_view, &found_view, c->border, NAN);
  buffer_check_guards(&packed);
  buffer_check_guards(&found);
  buffer_free(&expected);
  buffer_free(&found);
  buffer_free(&packed);
}

static void check_grad_weights(const nn_kernels *k, const layer_case *c, const operands *o, int with_bias) {
  const nn_conv_shape *s = &c->shape;
  const nn_view in = view_of(&o->in, c->height, c->width, s->in_channels, c->border);
  const nn_view gradient = view_of(&o->out, o->out_height, o->out_width, s->out_channels, c->out_border);
  buffer expected = buffer_copy(&o->weights, c->shift), found = buffer_copy(&o->weights, c->shift);
  buffer expected_bias = buffer_copy(&o->bias, c->shift), found_bias = buffer_copy(&o->bias, c->shift);
  nn_kernels_scalar.conv_grad_weights(s, c->batch, &in, &gradient, expected.values,
                                      with_bias ? expected_bias.values : NULL);
  k->conv_grad_weights(s, c->batch, &in, &gradient, found.values, with_bias ? found_bias.values : NULL);
  compare(&expected, &found);
  compare(&expected_bias, &found_bias);
  buffer_free(&expected);
  buffer_free(&found);
  buffer_free(&expected_bias);
  buffer_free(&found_bias);
}

static void check_case(const layer_case *c, uint32_t seed) {
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  operands o = operands_make(c, seed);
  for (size_t i = 0; i < count; i++) {
    check_forward(direct(levels[i]), c, &o, seed & 1, (seed >> 1) & 1);
    check_grad_input(levels[i], c, &o);
    check_grad_weights(levels[i], c, &o, (seed >> 2) & 1);
    if (levels[i]->winograd_forward && c->shape.kernel_height == 3 && c->shape.kernel_width == 3 &&
        c->shape.stride == 1 && o.out_height > 0 && o.out_width > 0)
      check_forward(winograd(levels[i]), c, &o, seed & 1, (seed >> 1) & 1);
  }
  operands_free(&o);
}

static layer_case plain_case(int kernel, int stride, int padding, int in, int out, int height, int width) {
  return (layer_case){.shape = {kernel, kernel, stride, padding, in, out},
                      .height = height,
                      .width = width,
                      .border = padding,
                      .out_border = 1,
                      .batch = 2,
                      .shift = 1};
}

static void every_channel_count(void **state) {
  static const int counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 33, 48, 64, 65};
  (void)state;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
      const layer_case c = plain_case(3, 1, 1, counts[i], counts[j], 3, 5);
      check_case(&c, (uint32_t)(i * 31 + j));
    }
}

static void every_width(void **state) {
  (void)state;
  for (int width = 1; width <= 30; width++)
    for (int channels = 1; channels <= 40; channels += 13) {
      const layer_case c = plain_case(3, 1, 1, channels, 41 - channels, 4, width);
      check_case(&c, (uint32_t)(width * 8 + channels));
    }
}

static void every_kernel_stride_and_padding(void **state) {
  static const int kernels[] = {1, 2, 3, 5, 7};
  (void)state;
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
    for (int stride = 1; stride <= 3; stride++)
      for (int padding = 0; padding <= kernels[i]; padding++)
        for (int size = 7; size <= 12; size++) {
          const layer_case c = plain_case(kernels[i], stride, padding, 3, 18, size, 19 - size);
          check_case(&c, (uint32_t)(stride * 64 + padding * 8 + size));
        }
}

/* Kernel height and width differ; the borders are wider than the padding needs; no border at all behind the output. */
static void uneven_kernels_and_borders(void **state) {
  (void)state;
  for (int height = 1; height <= 5; height++)
    for (int width = 1; width <= 5; width++) {
      const layer_case c = {.shape = {height, width, 1 + height % 2, 1, 5, 20},
                            .height = 6,
                            .width = 9,
                            .border = 3,
                            .out_border = 0,
                            .batch = 3,
                            .shift = (size_t)width};
      check_case(&c, (uint32_t)(height * 8 + width));
    }
}

static void fully_connected(void **state) {
  (void)state;
  for (size_t batch = 1; batch <= 200; batch = batch * 2 + 1)
    for (int out = 1; out <= 130; out = out * 3 + 1) {
      layer_case c = plain_case(1, 1, 0, 77, out, 1, 1);
      c.out_border = 0;
      c.batch = batch;
      check_case(&c, (uint32_t)(batch + (size_t)out));
    }
}

/* Small pictures in large batches, where tiles and chunks cross from picture to picture. */
static void many_small_pictures(void **state) {
  (void)state;
  for (int size = 1; size <= 6; size++)
    for (size_t batch = 1; batch <= 131; batch = batch * 2 + 3) {
      layer_case c = plain_case(3, 1, 1, 17, 50, size, size);
      c.batch = batch;
      check_case(&c, (uint32_t)(batch * 8) + (uint32_t)size);
    }
}

/* Up to the most channels that Winograd's takes, and squares that end inside and outside the picture. */
static void many_channels(void **state) {
  static const int counts[] = {100, 129, NN_WINOGRAD_CHANNELS};
  (void)state;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    for (int padding = 0; padding <= 2; padding++) {
      const layer_case c = plain_case(3, 1, padding, counts[i], 70, 6, 11 - padding);
      check_case(&c, (uint32_t)(i * 4) + (uint32_t)padding);
    }
}

/* Buffers at every place against the vectors' alignment. */
static void unaligned_buffers(void **state) {
  (void)state;
  for (size_t shift = 0; shift < 16; shift++) {
    layer_case c = plain_case(3, 1, 1, 16, 32, 4, 4);
    c.shift = shift;
    check_case(&c, (uint32_t)shift);
  }
}

/* Infinities, NaN, huge and denormal inputs come out as from the scalar kernels; a NaN is not lost in the relu. */
static void extreme_values(void **state) {
  static const float values[] = {INFINITY, -INFINITY, NAN, 3e38f, -3e38f, 1e-42f, -0.0f};
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  (void)state;
  for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
    const layer_case c = plain_case(3, 1, 1, 4, 18, 5, 5);
    operands o = operands_make(&c, (uint32_t)v);
    const nn_view in = view_of(&o.in, 5, 5, 4, 1);
    in.data[2 * in.row_stride + 2 * 4 + 1] = values[v];
    for (size_t i = 0; i < count; i++) {
      check_forward(direct(levels[i]), &c, &o, 0, 1);
      check_forward(direct(levels[i]), &c, &o, 1, 0);
      check_grad_weights(levels[i], &c, &o, 1);
    }
    operands_free(&o);
  }
}

/* One picture gives the same bits alone and in a batch: tiles of every size add in the same order. */
static void compare_bits(method m, const layer_case *all, const operands *o) {
  const nn_conv_shape *s = &all->shape;
  buffer whole = buffer_make(o->out.count, 0), single = buffer_make(o->out.count, 0);
  buffer packed = buffer_make(m.packed_size(s), 0);
  nn_view in = view_of(&o->in, all->height, all->width, s->in_channels, all->border);
  nn_view out = view_of(&whole, o->out_height, o->out_width, s->out_channels, all->out_border);
  m.pack(s, o->weights.values, packed.values);
  m.forward(s, all->batch, &in, packed.values, o->bias.values, NULL, 1, &out);
  out = view_of(&single, o->out_height, o->out_width, s->out_channels, all->out_border);
  for (size_t n = 0; n < all->batch; n++) {
    m.forward(s, 1, &in, packed.values, o->bias.values, NULL, 1, &out);
    in.data += in.picture_stride;
    out.data += out.picture_stride;
  }
  assert_memory_equal(whole.values, single.values, whole.count * sizeof(float));
  buffer_free(&whole);
  buffer_free(&single);
  buffer_free(&packed);
}

static void batch_does_not_change_bits(void **state) {
  static const int paddings[] = {0, 1};
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  (void)state;
  for (size_t p = 0; p < sizeof paddings / sizeof *paddings; p++) {
    layer_case c = plain_case(3, 1, paddings[p], 20, 40, 7, 9);
    c.batch = 9;
    operands o = operands_make(&c, 7);
    for (size_t i = 0; i < count; i++) {
      compare_bits(direct(levels[i]), &c, &o);
      if (levels[i]->winograd_forward) compare_bits(winograd(levels[i]), &c, &o);
    }
    operands_free(&o);
  }
}

/* The bits of a convolution and of the pool behind it, where the two are done in one. */
static void check_pooled(const nn_kernels *k, const layer_case *c, const operands *o, int with_relu) {
  const nn_conv_shape *s = &c->shape, pool = {2, 2, 2, 0, s->out_channels, s->out_channels};
  const int height = o->out_height / 2, width = o->out_width / 2;
  const size_t count = view_floats(c->batch, height, width, s->out_channels, 1);
  buffer between = buffer_make(o->out.count, c->shift), packed = buffer_make(k->packed_size(s), c->shift);
  buffer expected = buffer_make(count, c->shift), found = buffer_make(count, c->shift);
  const nn_view in = view_of(&o->in, c->height, c->width, s->in_channels, c->border);
  const nn_view between_view = view_of(&between, o->out_height, o->out_width, s->out_channels, c->out_border);
  const nn_view expected_view = view_of(&expected, height, width, s->out_channels, 1);
  const nn_view found_view = view_of(&found, height, width, s->out_channels, 1);
  k->pack_weights(s, o->weights.values, packed.values);
  k->conv_forward(s, c->batch, &in, packed.values, o->bias.values, NULL, with_relu, &between_view);
  nn_layer_max_pool(&pool, c->batch, &between_view, &expected_view);
  k->conv_pool_forward(s, c->batch, &in, packed.values, o->bias.values, with_relu, &found_view);
  assert_memory_equal(expected.values, found.values, count * sizeof(float));
  buffer_check_guards(&found);
  buffer_free(&between);
  buffer_free(&packed);
  buffer_free(&expected);
  buffer_free(&found);
}

static void convolution_with_pool(void **state) {
  const nn_kernels *levels[MAX_LEVELS];
  const size_t count = list_kernels(levels);
  int checked[MAX_LEVELS] = {0};
  (void)state;
  for (int channels = 1; channels <= 20; channels++)
    for (int width = 8; width <= 41; width += 3) {
      const int kernel = 1 + (channels + width) % 5;
      const layer_case c = plain_case(kernel, 1, width % kernel, 1, channels, 9 + width % 2, width);
      operands o = operands_make(&c, (uint32_t)(width * 32 + channels));
      for (size_t i = 0; i < count; i++) {
        if (!levels[i]->conv_pool_pays || !levels[i]->conv_pool_pays(&c.shape, o.out_width)) continue;
        check_pooled(levels[i], &c, &o, width & 1);
        checked[i]++;
      }
      operands_free(&o);
    }
  for (size_t i = 1; i < count; i++) assert_true(checked[i] >= 20);
}

static void environment_names_the_level(void **state) {
  const nn_level *best = NULL;
  (void)state;
  assert_string_equal(nn_level_next(NULL)->name, "scalar");
  for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level)) {
    setenv("GLYPHLIFT_CPU", level->name, 1);
    assert_ptr_equal(nn_level_choose(), level);
    best = level;
  }
  assert_string_not_equal(best->name, "scalar");
  setenv("GLYPHLIFT_CPU", "abacus", 1);
  assert_ptr_equal(nn_level_choose(), best);
  unsetenv("GLYPHLIFT_CPU");
  assert_ptr_equal(nn_level_choose(), best);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_channel_count),
      cmocka_unit_test(every_width),
      cmocka_unit_test(every_kernel_stride_and_padding),
      cmocka_unit_test(uneven_kernels_and_borders),
      cmocka_unit_test(fully_connected),
      cmocka_unit_test(many_small_pictures),
      cmocka_unit_test(many_channels),
      cmocka_unit_test(unaligned_buffers),
      cmocka_unit_test(extreme_values),
      cmocka_unit_test(batch_does_not_change_bits),
      cmocka_unit_test(convolution_with_pool),
      cmocka_unit_test(environment_names_the_level),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
