/* The area mean in two steps: the rows that a row of the small picture covers are summed up by their shares, many pixels
 * at a time, and then the columns of that one row. */
#include "scale.h"

#include <stdlib.h>
#include <string.h>

/* The pixels that one of the small picture covers along one axis: the first and the last one in part. */
typedef struct cover {
  int first, last;
  float first_share, last_share; /* of the pixel of the small picture; those between have `share` */
  float share;
} cover;

static cover cover_of(int at, int small, int large) {
  const double scale = (double)large / small, from = at * scale, to = at + 1 < small ? from + scale : large;
  cover c = {.first = (int)from, .last = (int)to, .share = (float)(1 / scale)};
  const double rest = to - c.last;
  if (rest <= 1e-6) c.last--; /* it ends with a pixel, but for rounding */
  c.last_share = rest <= 1e-6 ? c.share : (float)(rest / scale);
  c.first_share = c.first == c.last ? 1 : (float)((c.first + 1 - from) / scale);
  return c;
}

static void add_row(const uint8_t *row, int width, float share, float *restrict sums) {
  for (int x = 0; x < width; x++) sums[x] += share * (float)row[x];
}

static uint8_t mean_of(const float *sums, const cover *c) {
  float inner = 0, mean = c->first_share * sums[c->first];
  for (int x = c->first + 1; x < c->last; x++) inner += sums[x];
  if (c->last > c->first) mean += c->share * inner + c->last_share * sums[c->last];
  return (uint8_t)(mean + 0.5F);
}

int scale_down(const shim_image *src, shim_image *dst) {
  cover columns[SCALE_SIDE_MAX];
  float *sums = malloc((size_t)src->width * sizeof *sums);
  if (!sums) return SHIM_ERR_MEMORY;
  for (int x = 0; x < dst->width; x++) columns[x] = cover_of(x, dst->width, src->width);
  for (int y = 0; y < dst->height; y++) {
    const cover rows = cover_of(y, dst->height, src->height);
    memset(sums, 0, (size_t)src->width * sizeof *sums);
    for (int k = rows.first; k <= rows.last; k++) {
      const float share = k == rows.first ? rows.first_share : k == rows.last ? rows.last_share : rows.share;
      add_row(src->data + k * src->stride, src->width, share, sums);
    }
    for (int x = 0; x < dst->width; x++) dst->data[y * dst->stride + x] = mean_of(sums, &columns[x]);
  }
  free(sums);
  return SHIM_OK;
}
