/* Max pooling of NHWC rows, compiled for floats and for bytes. The file that includes it defines VALUE, the type, and
 * VIEW, that of the pictures.
 *
 * Method: the rows of a window's height are brought down to one row of maxima, then each of its columns to the maximum
 * of those a window's width from it on, all channels and columns at once; of these every stride-th is kept. All but the
 * last are vectors, whatever the channels; a stride larger than 1 throws some of it away. */
#include <string.h>

#include "kernels.h"
#include "rows_body.h"

enum { ROW_VALUES = 2048, BLOCK_VALUES = 16 / sizeof(VALUE) };

/* NaN stays out of a maximum, unless it comes first. */
static inline void raise(VALUE *to, const VALUE *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i] > to[i] ? from[i] : to[i];
}

/* Every pixel that is `step` values from the one before, side by side. In blocks, which reach over the next pixel until
 * that is written; so `from` has a block more than is copied. */
static void keep_pixels(const VALUE *from, size_t step, size_t pixel, size_t pixels, VALUE *to) {
  const size_t whole = (pixel + BLOCK_VALUES - 1) / BLOCK_VALUES * BLOCK_VALUES;
  size_t x = 0;
  for (; x * pixel + whole <= pixels * pixel; x++)
    for (size_t i = 0; i < whole; i += BLOCK_VALUES)
      memcpy(to + x * pixel + i, from + x * step + i, BLOCK_VALUES * sizeof(VALUE));
  for (; x < pixels; x++) memcpy(to + x * pixel, from + x * step, pixel * sizeof(VALUE));
}

/* `pixels` outputs in a row, all of whose columns are inside. from: the first of them in the first of `rows` rows. */
static void pool_run(const nn_conv_shape *shape, const VALUE *from, ptrdiff_t row_stride, int rows, int channels,
                     int pixels, VALUE *to) {
  VALUE row[ROW_VALUES], highest[ROW_VALUES + BLOCK_VALUES];
  const size_t last = (size_t)((pixels - 1) * shape->stride * channels), pixel = (size_t)channels;
  const size_t count = last + (size_t)shape->kernel_width * pixel;
  memcpy(row, from, count * sizeof(VALUE));
  for (int y = 1; y < rows; y++) raise(row, from + y * row_stride, count);
  memcpy(highest, row, (last + pixel) * sizeof(VALUE));
  for (int kx = 1; kx < shape->kernel_width; kx++) raise(highest, row + (size_t)kx * pixel, last + pixel);
  keep_pixels(highest, (size_t)shape->stride * pixel, pixel, (size_t)pixels, to);
}

typedef struct range {
  int first, end;
} range;

/* The part of output pixel `at`'s window that lies inside the picture. */
static range window_inside(int at, int kernel, const nn_conv_shape *shape, int size) {
  const int first = at * shape->stride - shape->padding, end = first + kernel;
  return (range){first > 0 ? first : 0, end < size ? end : size};
}

/* One output at the picture's edge, or of more channels than fit into a row of maxima. */
static void pool_pixel(const VALUE *first_row, ptrdiff_t row_stride, int rows, range columns, int channels, VALUE *to) {
  memcpy(to, first_row + (ptrdiff_t)columns.first * channels, (size_t)channels * sizeof(VALUE));
  for (int y = 0; y < rows; y++)
    for (int x = columns.first; x < columns.end; x++)
      raise(to, first_row + y * row_stride + (ptrdiff_t)x * channels, (size_t)channels);
}

/* How many output columns from x on have windows that are wholly inside and fit into a row of maxima together. */
static int whole_run(const nn_conv_shape *shape, int x, int in_width, int out_width, int channels) {
  const int first = x * shape->stride - shape->padding;
  const int room = (ROW_VALUES / channels - shape->kernel_width) / shape->stride + 1;
  const int inside = (in_width - shape->kernel_width - first) / shape->stride + 1;
  if (first < 0 || first + shape->kernel_width > in_width || ROW_VALUES / channels < shape->kernel_width) return 0;
  const int most = room < inside ? room : inside;
  return most < out_width - x ? most : out_width - x;
}

static void max_pool(const nn_conv_shape *shape, size_t batch, const VIEW *in, const VIEW *out) {
  for (size_t n = 0; n < batch; n++)
    for (int y = 0; y < out->height; y++) {
      const range rows = window_inside(y, shape->kernel_height, shape, in->height);
      const VALUE *from = row_at(in, n, rows.first);
      VALUE *to = row_at(out, n, y);
      for (int x = 0, run; x < out->width; x += run) {
        run = whole_run(shape, x, in->width, out->width, in->channels);
        if (run > 0) {
          const ptrdiff_t column = x * shape->stride - shape->padding;
          pool_run(shape, from + column * in->channels, in->row_stride, rows.end - rows.first, in->channels, run,
                   to + (ptrdiff_t)x * out->channels);
        } else {
          pool_pixel(from, in->row_stride, rows.end - rows.first,
                     window_inside(x, shape->kernel_width, shape, in->width), in->channels,
                     to + (ptrdiff_t)x * out->channels);
          run = 1;
        }
      }
    }
}
