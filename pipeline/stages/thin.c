/* Ink thinned to its centre line, one pixel wide (Zhang & Suen, A fast parallel algorithm for thinning digital
 * patterns, 1984). Only the pixels that are still ink are visited, so that a page of thin strokes costs little. A place
 * where strokes meet may become a small cluster of pixels, and fat ends grow spurs. */
#include "stages.h"

#include <stdlib.h>

/* Whether a pixel goes in the first (0) or second (1) half of a round. Neighbours are numbered from the one above,
 * clockwise. */
static int goes(const uint8_t *at, ptrdiff_t stride, int half) {
  const int p[9] = {at[-stride] != 0,    at[-stride + 1] != 0, at[1] != 0,
                    at[stride + 1] != 0, at[stride] != 0,      at[stride - 1] != 0,
                    at[-1] != 0,         at[-stride - 1] != 0, at[-stride] != 0};
  int neighbours = 0, rises = 0;
  for (int i = 0; i < 8; i++) {
    neighbours += p[i];
    rises += !p[i] && p[i + 1];
  }
  if (neighbours < 2 || neighbours > 6 || rises != 1) return 0;
  return half ? !(p[0] && p[2] && p[6]) && !(p[0] && p[4] && p[6]) : !(p[0] && p[2] && p[4]) && !(p[2] && p[4] && p[6]);
}

static void clear_frame(shim_image *ink) {
  for (int x = 0; x < ink->width; x++) ink->data[x] = ink->data[(ink->height - 1) * ink->stride + x] = 0;
  for (int y = 0; y < ink->height; y++) ink->data[y * ink->stride] = ink->data[y * ink->stride + ink->width - 1] = 0;
}

int stage_thin(shim_image *ink, int rounds) {
  size_t count = 0, gone_count;
  clear_frame(ink);
  for (int y = 1; y < ink->height - 1; y++)
    for (int x = 1; x < ink->width - 1; x++) count += ink->data[y * ink->stride + x] != 0;
  uint8_t **left = malloc((count + 1) * sizeof *left), **gone = malloc((count + 1) * sizeof *gone);
  if (!left || !gone) {
    free(left), free(gone);
    return SHIM_ERR_MEMORY;
  }
  count = 0;
  for (int y = 1; y < ink->height - 1; y++)
    for (int x = 1; x < ink->width - 1; x++)
      if (ink->data[y * ink->stride + x]) left[count++] = &ink->data[y * ink->stride + x];
  for (int idle = 0, half = 0; idle < 2 && rounds > 0; half = !half, rounds -= !half) {
    gone_count = 0;
    for (size_t i = 0; i < count; i++)
      if (goes(left[i], ink->stride, half)) gone[gone_count++] = left[i];
    for (size_t i = 0; i < gone_count; i++) *gone[i] = 0;
    idle = gone_count ? 0 : idle + 1;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
      if (*left[i]) left[kept++] = left[i];
    count = kept;
  }
  free(left), free(gone);
  return SHIM_OK;
}
