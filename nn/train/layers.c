/* The layers around the convolutions. Batch norm is Ioffe and Szegedy's (2015); its statistics are taken over one
 * shard of a batch ("ghost batch norm": Hoffer, Hubara, Soudry: Train longer, generalize better, 2017). Sums run in
 * float within a picture and in double between pictures. */
#include "layers.h"

#include <math.h>
#include <string.h>

/* Compiled for each instruction set, chosen by the loader: the loops run over channels and vectorise. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&          \
    !defined(__SANITIZE_THREAD__)
#define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define VECTORISED
#endif

/* The loop behind it may be vectorised: where its rows are the same memory, element i is read before it is written. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

static float *row_at(const nn_view *view, size_t picture, int y) {
  return view->data + (ptrdiff_t)picture * view->picture_stride + y * view->row_stride;
}

static int row_length(const nn_view *view) {
  return view->width * view->channels;
}

/* ---- batch norm ---- */

enum { CHANNEL_BLOCK = 128 };

/* sums[c] += values, squares[c] += their squares, of `channels` <= CHANNEL_BLOCK channels of one picture. */
VECTORISED
static void sum_picture(const float *data, int height, int width, ptrdiff_t row_stride, int step, int channels,
                        double *sums, double *squares) {
  float s[CHANNEL_BLOCK] = {0}, q[CHANNEL_BLOCK] = {0};
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const float *pixel = data + y * row_stride + (ptrdiff_t)x * step;
      for (int c = 0; c < channels; c++) {
        s[c] += pixel[c];
        q[c] += pixel[c] * pixel[c];
      }
    }
  for (int c = 0; c < channels; c++) {
    sums[c] += (double)s[c];
    squares[c] += (double)q[c];
  }
}

void train_batch_statistics(const nn_view *in, size_t batch, float *mean, float *variance, double *scratch) {
  const int channels = in->channels;
  double *sums = scratch, *squares = scratch + channels;
  memset(scratch, 0, 2 * (size_t)channels * sizeof *scratch);
  for (size_t n = 0; n < batch; n++)
    for (int c = 0; c < channels; c += CHANNEL_BLOCK)
      sum_picture(row_at(in, n, 0) + c, in->height, in->width, in->row_stride, channels,
                  channels - c < CHANNEL_BLOCK ? channels - c : CHANNEL_BLOCK, sums + c, squares + c);
  const double count = (double)batch * in->height * in->width;
  for (int c = 0; c < channels; c++) {
    const double m = sums[c] / count, v = squares[c] / count - m * m;
    mean[c] = (float)m;
    variance[c] = v > 0 ? (float)v : 0.0f;
  }
}

VECTORISED
static void scale_row(const float *restrict in, int width, int channels, const float *restrict factor,
                      const float *restrict offset, float floor, float *restrict out) {
  for (int x = 0; x < width; x++, in += channels, out += channels)
    for (int c = 0; c < channels; c++) {
      const float value = in[c] * factor[c] + offset[c];
      out[c] = value > floor ? value : floor;
    }
}

void train_batch_norm_forward(const nn_view *in, size_t batch, const float *mean, const float *variance,
                              const float *gamma, const float *beta, int relu, const nn_view *out, double *scratch) {
  float *factor = (float *)scratch, *offset = factor + in->channels;
  for (int c = 0; c < in->channels; c++) {
    factor[c] = gamma[c] / sqrtf(variance[c] + TRAIN_BATCH_NORM_EPSILON);
    offset[c] = beta[c] - mean[c] * factor[c];
  }
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < in->height; y++)
      scale_row(row_at(in, n, y), in->width, in->channels, factor, offset, relu ? 0.0f : -INFINITY, row_at(out, n, y));
}

typedef struct norm_picture {
  const float *in, *out;
  const float *gradient;
  ptrdiff_t in_stride, out_stride, gradient_stride; /* of rows */
  int height, width, step;
} norm_picture;

/* Sums of the gradient behind the ReLU, and of it times (in - mean). */
VECTORISED
static void sum_gradients(const norm_picture *p, const float *mean, int relu, int channels, double *sums,
                          double *products) {
  float s[CHANNEL_BLOCK] = {0}, q[CHANNEL_BLOCK] = {0};
  for (int y = 0; y < p->height; y++)
    for (int x = 0; x < p->width; x++) {
      const ptrdiff_t column = (ptrdiff_t)x * p->step;
      const float *in = p->in + y * p->in_stride + column, *out = p->out + y * p->out_stride + column;
      const float *gradient = p->gradient + y * p->gradient_stride + column;
      for (int c = 0; c < channels; c++) {
        const float g = !relu || out[c] > 0.0f ? gradient[c] : 0.0f;
        s[c] += g;
        q[c] += g * (in[c] - mean[c]);
      }
    }
  for (int c = 0; c < channels; c++) {
    sums[c] += (double)s[c];
    products[c] += (double)q[c];
  }
}

/* grad_in = a g + b in + c (+ grad_in), g the gradient behind the ReLU. grad_in may be grad_out. */
VECTORISED
static void norm_gradient_row(const float *in, const float *out, const float *grad_out, int relu, int add, int width,
                              int channels, const float *a, const float *b, const float *c, float *grad_in) {
  for (int x = 0; x < width; x++) {
    const ptrdiff_t column = (ptrdiff_t)x * channels;
    INDEPENDENT
    for (int k = 0; k < channels; k++) {
      const float g = !relu || out[column + k] > 0.0f ? grad_out[column + k] : 0.0f;
      grad_in[column + k] = a[k] * g + b[k] * in[column + k] + c[k] + (add ? grad_in[column + k] : 0.0f);
    }
  }
}

void train_batch_norm_backward(const nn_view *in, const nn_view *out, const nn_view *grad_out, size_t batch,
                               const float *mean, const float *variance, const float *gamma, int relu, int add,
                               const nn_view *grad_in, float *grad_gamma, float *grad_beta, double *scratch) {
  const int channels = in->channels;
  double *sums = scratch, *products = scratch + channels;
  memset(scratch, 0, 2 * (size_t)channels * sizeof *scratch);
  for (size_t n = 0; n < batch; n++)
    for (int c = 0; c < channels; c += CHANNEL_BLOCK) {
      const norm_picture p = {.in = row_at(in, n, 0) + c,
                              .out = row_at(out, n, 0) + c,
                              .gradient = row_at(grad_out, n, 0) + c,
                              .in_stride = in->row_stride,
                              .out_stride = out->row_stride,
                              .gradient_stride = grad_out->row_stride,
                              .height = in->height,
                              .width = in->width,
                              .step = channels};
      sum_gradients(&p, mean + c, relu, channels - c < CHANNEL_BLOCK ? channels - c : CHANNEL_BLOCK, sums + c,
                    products + c);
    }
  /* d in = gamma / s (g - mean(g) - (in - mean) mean(g (in - mean)) / s^2), s^2 = variance + epsilon. */
  const double count = (double)batch * in->height * in->width;
  float *a = (float *)(scratch + 2 * channels), *b = a + channels, *c = b + channels;
  for (int k = 0; k < channels; k++) {
    const double inverse = 1.0 / sqrt((double)variance[k] + (double)TRAIN_BATCH_NORM_EPSILON);
    grad_beta[k] += (float)sums[k];
    grad_gamma[k] += (float)(products[k] * inverse);
    a[k] = gamma[k] * (float)inverse;
    b[k] = (float)(-(double)gamma[k] * inverse * inverse * inverse * products[k] / count);
    c[k] = (float)(-(double)gamma[k] * inverse * sums[k] / count) - b[k] * mean[k];
  }
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < in->height; y++)
      norm_gradient_row(row_at(in, n, y), row_at(out, n, y), row_at(grad_out, n, y), relu, add, in->width, channels, a,
                        b, c, row_at(grad_in, n, y));
}

/* ---- ReLU, addition, dropout ---- */

VECTORISED
static void relu_row(const float *restrict in, int count, float *restrict out) {
  for (int i = 0; i < count; i++) out[i] = in[i] > 0.0f ? in[i] : 0.0f;
}

void train_relu_forward(const nn_view *in, size_t batch, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < in->height; y++) relu_row(row_at(in, n, y), row_length(in), row_at(out, n, y));
}

VECTORISED
static void add_row(const float *a, const float *b, int count, float floor, float *restrict out) {
  for (int i = 0; i < count; i++) {
    const float sum = a[i] + b[i];
    out[i] = sum > floor ? sum : floor;
  }
}

void train_add_forward(const nn_view *a, const nn_view *b, size_t batch, int relu, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      add_row(row_at(a, n, y), row_at(b, n, y), row_length(out), relu ? 0.0f : -INFINITY, row_at(out, n, y));
}

/* grad_in = the gradient, with relu where value is above 0, else 0 (+ grad_in). grad_in may be grad_out. */
VECTORISED
static void add_gradient_row(const float *value, const float *grad_out, int count, int relu, int add, float *grad_in) {
  INDEPENDENT
  for (int i = 0; i < count; i++) {
    const float g = !relu || value[i] > 0.0f ? grad_out[i] : 0.0f;
    grad_in[i] = g + (add ? grad_in[i] : 0.0f);
  }
}

void train_add_backward(const nn_view *out, const nn_view *grad_out, size_t batch, int relu, int add,
                        const nn_view *grad_in) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      add_gradient_row(row_at(out, n, y), row_at(grad_out, n, y), row_length(out), relu, add, row_at(grad_in, n, y));
}

void train_dropout(const nn_view *in, size_t picture, float rate, train_random random, int add, const nn_view *out) {
  const float kept = 1.0f / (1.0f - rate);
  for (int y = 0; y < in->height; y++) {
    const float *source = row_at(in, picture, y);
    float *target = row_at(out, picture, y);
    for (int i = 0; i < row_length(in); i++) {
      const float value = train_random_uniform(&random) < rate ? 0.0f : kept * source[i];
      target[i] = add ? target[i] + value : value;
    }
  }
}

/* ---- pooling ---- */

VECTORISED
static void raise_to(const float *restrict in, int channels, float *restrict largest) {
  for (int c = 0; c < channels; c++) largest[c] = in[c] > largest[c] ? in[c] : largest[c];
}

void train_max_pool_forward(const nn_view *in, size_t batch, int kernel, int stride, const nn_view *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++) {
        float *target = row_at(out, n, y) + x * out->channels;
        memcpy(target, row_at(in, n, y * stride) + x * stride * in->channels, (size_t)in->channels * sizeof(float));
        for (int k = 1; k < kernel * kernel; k++)
          raise_to(row_at(in, n, y * stride + k / kernel) + (x * stride + k % kernel) * in->channels, in->channels,
                   target);
      }
}

/* One window of `channels` <= CHANNEL_BLOCK channels; in and grad_in point at its first pixel. */
VECTORISED
static void max_window_gradient(const float *in, ptrdiff_t in_stride, const float *largest, const float *grad_out,
                                int kernel, int step, int channels, float *grad_in, ptrdiff_t grad_stride) {
  float left[CHANNEL_BLOCK]; /* what has not found its pixel yet */
  memcpy(left, grad_out, (size_t)channels * sizeof *left);
  for (int k = 0; k < kernel * kernel; k++) {
    const float *pixel = in + k / kernel * in_stride + (ptrdiff_t)(k % kernel) * step;
    float *target = grad_in + k / kernel * grad_stride + (ptrdiff_t)(k % kernel) * step;
    INDEPENDENT
    for (int c = 0; c < channels; c++) {
      const float taken = pixel[c] == largest[c] ? left[c] : 0.0f;
      target[c] += taken;
      left[c] = pixel[c] == largest[c] ? 0.0f : left[c];
    }
  }
}

void train_max_pool_backward(const nn_view *in, const nn_view *out, const nn_view *grad_out, size_t batch, int kernel,
                             int stride, int add, const nn_view *grad_in) {
  if (!add) train_view_clear(grad_in, batch, 0);
  const int channels = in->channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++)
        for (int c = 0; c < channels; c += CHANNEL_BLOCK) {
          const int from = x * stride * channels + c, to = x * channels + c;
          max_window_gradient(row_at(in, n, y * stride) + from, in->row_stride, row_at(out, n, y) + to,
                              row_at(grad_out, n, y) + to, kernel, channels,
                              channels - c < CHANNEL_BLOCK ? channels - c : CHANNEL_BLOCK,
                              row_at(grad_in, n, y * stride) + from, grad_in->row_stride);
        }
}

void train_average_pool_forward(const nn_view *in, size_t batch, int kernel, int stride, const nn_view *out) {
  const float share = 1.0f / (float)(kernel * kernel);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++)
      for (int x = 0; x < out->width; x++) {
        float *target = row_at(out, n, y) + x * out->channels;
        for (int c = 0; c < out->channels; c++) target[c] = 0.0f;
        for (int k = 0; k < kernel * kernel; k++) {
          const float *source = row_at(in, n, y * stride + k / kernel) + (x * stride + k % kernel) * in->channels;
          for (int c = 0; c < out->channels; c++) target[c] += share * source[c];
        }
      }
}

void train_average_pool_backward(const nn_view *grad_out, size_t batch, int kernel, int stride, int add,
                                 const nn_view *grad_in) {
  const float share = 1.0f / (float)(kernel * kernel);
  if (!add) train_view_clear(grad_in, batch, 0);
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < grad_out->height; y++)
      for (int x = 0; x < grad_out->width; x++) {
        const float *source = row_at(grad_out, n, y) + x * grad_out->channels;
        for (int k = 0; k < kernel * kernel; k++) {
          float *target = row_at(grad_in, n, y * stride + k / kernel) + (x * stride + k % kernel) * grad_in->channels;
          for (int c = 0; c < grad_out->channels; c++) target[c] += share * source[c];
        }
      }
}

/* ---- loss ---- */

double train_cross_entropy(const float *logits, int classes, int label, float smoothing, float scale, float *gradient) {
  double largest = logits[0], sum = 0.0, loss = 0.0;
  for (int c = 1; c < classes; c++)
    if (logits[c] > largest) largest = logits[c];
  for (int c = 0; c < classes; c++) sum += exp(logits[c] - largest);
  const double log_sum = largest + log(sum);
  for (int c = 0; c < classes; c++) {
    const double target = (c == label ? 1.0 - smoothing : 0.0) + smoothing / classes;
    loss += target * (log_sum - logits[c]);
    if (gradient) gradient[c] = (float)((exp(logits[c] - log_sum) - target) * scale);
  }
  return loss;
}

/* log sum exp(values / temperature) */
static double log_sum(const float *values, int count, double temperature) {
  double largest = values[0], sum = 0.0;
  for (int c = 1; c < count; c++)
    if (values[c] > largest) largest = values[c];
  for (int c = 0; c < count; c++) sum += exp((values[c] - largest) / temperature);
  return largest / temperature + log(sum);
}

double train_set_cross_entropy(const float *logits, int classes, uint32_t set, float scale, float *gradient) {
  float chosen[32] = {0};
  int count = 0;
  for (int c = 0; c < classes; c++)
    if (set >> c & 1) chosen[count++] = logits[c];
  const double all = log_sum(logits, classes, 1.0), within = log_sum(chosen, count, 1.0);
  for (int c = 0; c < classes; c++) {
    const double target = set >> c & 1 ? exp(logits[c] - within) : 0.0;
    gradient[c] = (float)((exp(logits[c] - all) - target) * scale);
  }
  return all - within;
}

double train_distillation(const float *logits, int classes, const float *answer, float temperature, float scale,
                          float *gradient) {
  const double own = log_sum(logits, classes, temperature), others = log_sum(answer, classes, temperature);
  double loss = 0.0;
  for (int c = 0; c < classes; c++) {
    const double target = exp((double)answer[c] / temperature - others),
                 log_own = (double)logits[c] / temperature - own;
    loss -= target * log_own;
    gradient[c] += (float)((exp(log_own) - target) * temperature) * scale;
  }
  return loss * temperature * temperature;
}

void train_view_clear(const nn_view *view, size_t batch, int border) {
  const size_t floats = (size_t)(view->width + 2 * border) * (size_t)view->channels;
  for (size_t n = 0; n < batch; n++)
    for (int y = -border; y < view->height + border; y++)
      memset(row_at(view, n, y) - border * view->channels, 0, floats * sizeof(float));
}
