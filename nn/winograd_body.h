/* Convolutions of 3x3 windows a pixel apart with fewer multiplications, part of kernels_body.h.
 *
 * Method: Winograd's F(4x4, 3x3) as Lavin and Gray gave it to networks ("Fast Algorithms for Convolutional Neural
 * Networks", 2016, section 4.3). A square of 4x4 outputs comes from 6x6 inputs; both these and the filters are
 * transformed once, multiplied position by position (36 products instead of 144 for each pair of channels; a matrix
 * product over the channels at each position, by the tiles of the direct convolution), and transformed back.
 *
 * Where it fails: results differ from the direct ones by some units in the last places, about ten times as much as two
 * orders of addition differ; an input that is not finite, or near the largest float, reaches all 16 outputs of its
 * square; outputs that are no multiple of 4 high or wide waste the rest of a square. */

enum {
  SQUARE_OUT = 4,
  SQUARE_IN = 6,
  POSITIONS = SQUARE_IN * SQUARE_IN,
  SQUARE_FLOATS = 768, /* transformed input channels of all squares done together, at each position */
  LEAST_CHANNELS = 16, /* with fewer the transforms take longer than what they save */
};

/* ---- the three transforms, in one direction each ----------------------------------------------------------------- */

static inline void transform_inputs(const vec *d, ptrdiff_t step, vec *out) {
  const vec d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const vec far_even = d4 - 4 * d2, far_odd = d3 - 4 * d1, near_even = d4 - d2, near_odd = 2 * (d3 - d1);
  out[0] = 4 * d0 - 5 * d2 + d4;
  out[1] = far_even + far_odd;
  out[2] = far_even - far_odd;
  out[3] = near_even + near_odd;
  out[4] = near_even - near_odd;
  out[5] = 4 * d1 - 5 * d3 + d5;
}

static inline void transform_filter(vec g0, vec g1, vec g2, vec *out, ptrdiff_t step) {
  const vec outer = (g0 + g2) * (1.0f / 6), middle = g1 * (1.0f / 6);
  const vec wide = g0 * (1.0f / 24) + g2 * (1.0f / 6), between = g1 * (1.0f / 12);
  out[0] = g0 * 0.25f;
  out[step] = -outer - middle;
  out[2 * step] = middle - outer;
  out[3 * step] = wide + between;
  out[4 * step] = wide - between;
  out[5 * step] = g2;
}

static inline void transform_products(const vec *m, ptrdiff_t step, vec *out) {
  const vec near_sum = m[step] + m[2 * step], near_difference = m[step] - m[2 * step];
  const vec far_sum = m[3 * step] + m[4 * step], far_difference = m[3 * step] - m[4 * step];
  out[0] = m[0] + near_sum + far_sum;
  out[1] = near_difference + 2 * far_difference;
  out[2] = near_sum + 4 * far_sum;
  out[3] = near_difference + 8 * far_difference + m[5 * step];
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

static int padded_channels(const nn_conv_shape *shape) {
  return vectors_for(shape->in_channels) * LANES;
}

static size_t winograd_size(const nn_conv_shape *shape) {
  return POSITIONS * (size_t)shape->in_channels * (size_t)vectors_for(shape->out_channels) * LANES;
}

/* LANES input channels of one output channel, `count` of which there are, to all positions, `position_step` floats
 * apart; input channels are `row` floats apart. */
static void pack_filters(const nn_conv_shape *shape, const float *weights, int count, ptrdiff_t position_step, int row,
                         float *packed) {
  vec taps[9], columns[SQUARE_IN * 3], all[POSITIONS];
  memset(taps, 0, sizeof taps);
  for (int i = 0; i < 9; i++) memcpy(&taps[i], weights + i * shape->in_channels, (size_t)count * sizeof *weights);
  for (int x = 0; x < 3; x++) transform_filter(taps[x], taps[3 + x], taps[6 + x], columns + x, 3);
  for (int y = 0; y < SQUARE_IN; y++)
    transform_filter(columns[3 * y], columns[3 * y + 1], columns[3 * y + 2], all + SQUARE_IN * y, 1);
  for (int i = 0; i < POSITIONS; i++)
    for (int c = 0; c < count; c++) packed[i * position_step + c * row] = all[i][c];
}

/* packed[group of vectors][position][input channel][lane] */
static void winograd_pack(const nn_conv_shape *shape, const float *weights, float *packed) {
  const int all = vectors_for(shape->out_channels), in = shape->in_channels;
  memset(packed, 0, winograd_size(shape) * sizeof *packed);
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    const int row = vectors * LANES, end = min_int((first + vectors) * LANES, shape->out_channels);
    for (int o = first * LANES; o < end; o++)
      for (int i = 0; i < in; i += LANES)
        pack_filters(shape, weights + (ptrdiff_t)o * 9 * in + i, min_int(in - i, LANES), (ptrdiff_t)in * row, row,
                     packed + i * row + o - first * LANES);
    packed += (ptrdiff_t)POSITIONS * in * row;
  }
}

/* ---- the convolution --------------------------------------------------------------------------------------------- */

typedef struct winograd_job {
  const nn_conv_shape *shape;
  const nn_view *in, *residual, *out; /* residual may be NULL */
  const float *bias;
  int relu, across, down; /* squares in a picture */
} winograd_job;

/* Where a square of outputs lies. */
typedef struct square {
  size_t picture;
  int y, x;
} square;

static square square_at(const winograd_job *job, size_t index) {
  const size_t each = (size_t)job->across * (size_t)job->down, rest = index % each;
  return (square){index / each, SQUARE_OUT * (int)(rest / (size_t)job->across),
                  SQUARE_OUT * (int)(rest % (size_t)job->across)};
}

/* The inputs of a square, `rows` by `columns` of which are in memory, LANES channels of each; the others count as
 * zero. */
static inline __attribute__((always_inline)) void transform_square(const float *from, ptrdiff_t row_stride,
                                                                   int pixel_stride, const int rows, const int columns,
                                                                   float *to, ptrdiff_t position_step) {
  vec d[POSITIONS], t[POSITIONS], column[SQUARE_IN];
  for (int y = 0; y < SQUARE_IN; y++)
    for (int x = 0; x < SQUARE_IN; x++)
      d[y * SQUARE_IN + x] = y < rows && x < columns ? load(from + y * row_stride + x * pixel_stride) : (vec){0};
  for (int y = 0; y < SQUARE_IN; y++) {
    transform_inputs(d + y * SQUARE_IN, 1, column);
    for (int x = 0; x < SQUARE_IN; x++) t[y * SQUARE_IN + x] = column[x];
  }
  for (int x = 0; x < SQUARE_IN; x++) {
    transform_inputs(t + x, SQUARE_IN, column);
    for (int y = 0; y < SQUARE_IN; y++) store(to + (y * SQUARE_IN + x) * position_step, column[y]);
  }
}

/* to: [position][square][input channel], from its square's channels on. */
static void take_square(const winograd_job *job, square s, float *to, ptrdiff_t position_step) {
  const nn_view *in = job->in;
  const int padding = job->shape->padding;
  const int rows = min_int(SQUARE_IN, in->height + 2 * padding - s.y);
  const int columns = min_int(SQUARE_IN, in->width + 2 * padding - s.x);
  const float *from = window_corner(job->shape, in) + (ptrdiff_t)s.picture * in->picture_stride + s.y * in->row_stride +
                      s.x * in->channels;
  for (int c = 0; c < in->channels; c += LANES) {
    if (rows == SQUARE_IN && columns == SQUARE_IN)
      transform_square(from + c, in->row_stride, in->channels, SQUARE_IN, SQUARE_IN, to + c, position_step);
    else
      transform_square(from + c, in->row_stride, in->channels, rows, columns, to + c, position_step);
  }
}

/* One vector of a square's outputs from its products, `step` vectors apart from position to position. */
static void give_square(const winograd_job *job, square s, int channel, const vec *products, ptrdiff_t step) {
  const nn_view *out = job->out, *residual = job->residual;
  const int valid = job->shape->out_channels - channel;
  const int rows = min_int(SQUARE_OUT, out->height - s.y), columns = min_int(SQUARE_OUT, out->width - s.x);
  const vec zero = {0};
  vec start = zero, t[SQUARE_OUT * SQUARE_IN], line[SQUARE_OUT];
  memcpy(&start, job->bias + channel, (size_t)min_int(valid, LANES) * sizeof(float));
  for (int x = 0; x < SQUARE_IN; x++) {
    transform_products(products + x * step, SQUARE_IN * step, line);
    for (int y = 0; y < SQUARE_OUT; y++) t[y * SQUARE_IN + x] = line[y];
  }
  for (int y = 0; y < rows; y++) {
    float *to = out->data + (ptrdiff_t)s.picture * out->picture_stride + (s.y + y) * out->row_stride +
                s.x * out->channels + channel;
    transform_products(t + y * SQUARE_IN, 1, line);
    for (int x = 0; x < columns; x++, to += out->channels) {
      vec value = line[x] + start;
      if (residual)
        value += load(residual->data + (ptrdiff_t)s.picture * residual->picture_stride +
                      (s.y + y) * residual->row_stride + (s.x + x) * residual->channels + channel);
      if (job->relu) value = (vec)((mask)value & ~(mask)(value < zero));
      store_first(to, value, valid);
    }
  }
}

/* All output channels of up to MAX_PIXELS squares. inputs: [position][square][input channel]. */
static void multiply_squares(const winograd_job *job, const square *squares, int count, const float *inputs,
                             const float *packed) {
  vec products[POSITIONS * MAX_SUMS / LANES];
  static const float zeros[MAX_VECTORS * LANES];
  const int all = vectors_for(job->shape->out_channels), channels = padded_channels(job->shape);
  const float *in[MAX_PIXELS];
  for (int first = 0, vectors; first < all; first += vectors) {
    vectors = next_share(all - first, VECTOR_LIMIT);
    for (int s = 0; s < count; s++) in[s] = inputs + s * channels;
    for (int i = 0; i < POSITIONS; i++) {
      sum_tiles[vectors][count](in, 1, job->shape->in_channels, 0, packed, zeros,
                                (float *)(products + i * count * vectors));
      packed += (ptrdiff_t)job->shape->in_channels * vectors * LANES;
      for (int s = 0; s < count; s++) in[s] += count * channels;
    }
    for (int s = 0; s < count; s++)
      for (int v = 0; v < vectors; v++)
        give_square(job, squares[s], (first + v) * LANES, products + s * vectors + v, (ptrdiff_t)count * vectors);
  }
}

static int winograd_pays(const nn_conv_shape *shape, int out_height, int out_width) {
  const int squares = ((out_height + SQUARE_OUT - 1) / SQUARE_OUT) * ((out_width + SQUARE_OUT - 1) / SQUARE_OUT);
  if (shape->kernel_height != 3 || shape->kernel_width != 3 || shape->stride != 1) return 0;
  if (shape->in_channels < LEAST_CHANNELS || shape->out_channels < LEAST_CHANNELS) return 0;
  return shape->in_channels <= NN_WINOGRAD_CHANNELS && 36 * squares < 5 * out_height * out_width;
}

static void winograd_forward(const nn_conv_shape *shape, size_t batch, const nn_view *in, const float *packed,
                             const float *bias, const nn_view *residual, int relu, const nn_view *out) {
  float inputs[POSITIONS * SQUARE_FLOATS] __attribute__((aligned(64)));
  const winograd_job job = {shape,
                            in,
                            residual,
                            out,
                            bias,
                            relu,
                            (out->width + SQUARE_OUT - 1) / SQUARE_OUT,
                            (out->height + SQUARE_OUT - 1) / SQUARE_OUT};
  const int channels = padded_channels(shape);
  const int limit =
      min_int(tile_limits[next_share(vectors_for(shape->out_channels), VECTOR_LIMIT)], SQUARE_FLOATS / channels);
  const size_t total = batch * (size_t)job.across * (size_t)job.down;
  square squares[MAX_PIXELS];
  for (size_t first = 0, count; first < total; first += count) {
    count = (size_t)next_share((int)(total - first < 1024 ? total - first : 1024), limit);
    for (size_t s = 0; s < count; s++) {
      squares[s] = square_at(&job, first + s);
      take_square(&job, squares[s], inputs + (ptrdiff_t)s * channels, (ptrdiff_t)count * channels);
    }
    multiply_squares(&job, squares, (int)count, inputs, packed);
  }
}
