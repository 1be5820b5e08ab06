/* A picture made smaller by a whole factor: the mean of each square of pixels. Whole rows are added up first, which compilers
 * turn into vector code; OpenCV does so for a factor of two alone. */
#include "row_clones.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FACTOR_MAX = 256 }; /* so many bytes' sum fits in 16 bits */

ROW_CLONES static void add_row(const uint8_t *row, int count, uint16_t *restrict sums) {
  for (int x = 0; x < count; x++) sums[x] = (uint16_t)(sums[x] + row[x]);
}

ROW_CLONES static void take_means(const uint16_t *sums, int factor, int width, uint8_t *restrict out) {
  const float share = 1.0f / (float)(factor * factor);
  for (int x = 0; x < width; x++) {
    int sum = 0;
    for (int k = 0; k < factor; k++) sum += sums[x * factor + k];
    out[x] = (uint8_t)rintf((float)sum * share); /* halves to the even side: the error has no direction */
  }
}

int stage_shrink(const shim_image *from, int factor, shim_image *out) {
  if (factor < 1 || factor > FACTOR_MAX || from->width < factor || from->height < factor) return SHIM_ERR_ARGUMENT;
  const int width = from->width / factor, height = from->height / factor;
  const size_t used = (size_t)width * (size_t)factor;
  uint16_t *sums = malloc(used * sizeof *sums);
  const int status = sums ? shim_image_create(out, width, height, 1) : SHIM_ERR_MEMORY;
  for (int y = 0; status == SHIM_OK && y < height; y++) {
    memset(sums, 0, used * sizeof *sums);
    for (int k = 0; k < factor; k++) add_row(from->data + (y * factor + k) * from->stride, (int)used, sums);
    take_means(sums, factor, width, out->data + y * out->stride);
  }
  free(sums);
  return status;
}
