/* Windows by doubling, of two neighbours, of four, and so on, over the picture as one long row: where its margin is
 * empty, what a window sees of the next or the last row is 0, so that neither ends of rows nor rows themselves cost
 * anything. */
#include "spread.h"

#include "row_clones.h"

#include <string.h>

size_t spread_work_size(int width, int height, int reach) {
  const size_t row = (size_t)width, rows = (size_t)height + 2 * (size_t)reach;
  if (row > (SIZE_MAX / 2 - 2 * (size_t)reach) / rows) return 0;
  return 2 * (row * rows + 2 * (size_t)reach);
}

ROW_CLONES static void take_larger(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = a[i] > b[i] ? a[i] : b[i];
}

/* One step of `span` bytes: buffers[0] gets what buffers[0] and itself `span` further on hold at most. */
static size_t look_ahead(uint8_t *buffers[2], size_t count, size_t span) {
  uint8_t *const from = buffers[0], *const to = buffers[1];
  take_larger(from, from + span, count - span, to);
  buffers[0] = to;
  buffers[1] = from;
  return count - span;
}

/* The maxima of `window` places `unit` bytes apart, from each byte on; returns how many bytes have them all. */
static size_t go_along(uint8_t *buffers[2], size_t count, size_t unit, size_t window) {
  size_t seen = 1;
  for (; 2 * seen <= window; seen *= 2) count = look_ahead(buffers, count, seen * unit);
  return seen < window ? look_ahead(buffers, count, (window - seen) * unit) : count;
}

void spread(const uint8_t *picture, int width, int height, int reach, uint8_t *work, uint8_t *out) {
  const size_t row = (size_t)width, pixels = row * (size_t)height, window = 2 * (size_t)reach + 1;
  const size_t before = (size_t)reach * (row + 1), all = pixels + 2 * before;
  uint8_t *buffers[2] = {work, work + all};
  memset(work, 0, before);
  memcpy(work + before, picture, pixels);
  memset(work + before + pixels, 0, before);
  go_along(buffers, go_along(buffers, all, 1, window), row, window);
  memcpy(out, buffers[0], pixels);
}
