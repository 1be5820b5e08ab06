/* The maximum of a window by doubling: of two neighbours, of four, of eight, of sixteen, and of two sixteens that
 * overlap; first along the row, then across the latest rows. Ten comparisons a pixel whatever lies there, all of them
 * of whole rows of bytes, which every CPU does sixteen or more at a time (van Herk's and Gil & Werman's way of 1992
 * needs six, but they depend on each other). Minima are the maxima of the complement. */
#include "window.h"

#include <stdlib.h>
#include <string.h>

enum { DOUBLED = 16, OVERLAP = STAGE_WINDOW - DOUBLED, SLACK = 2 * DOUBLED };
_Static_assert(OVERLAP > 0 && OVERLAP <= DOUBLED, "two doubled windows must cover the whole one");

/* Rings of rows: the latest one of single rows and those of two, four ... together, as many as are looked back at. */
enum { STEPS = 5 };
static const int ring_rows[STEPS] = {2, 4, 8, 16, 16};
static const int look_back[STEPS] = {1, 2, 4, 8, OVERLAP};

struct window_max {
  int width;
  size_t stride;
  unsigned row;                /* rows pushed so far */
  uint8_t *line[2];            /* a row with what lies beside it */
  uint8_t *rings[STEPS];
  uint8_t rows[];
};

WINDOW_ROWS static void take_larger(const uint8_t *a, const uint8_t *b, size_t count, uint8_t *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = a[i] > b[i] ? a[i] : b[i];
}

int window_max_open(window_max **out, int width) {
  const size_t stride = (size_t)width + 2 * WINDOW_REACH + SLACK;
  size_t count = 2;
  *out = NULL;
  for (int i = 0; i < STEPS; i++) count += (size_t)ring_rows[i];
  if (stride > (SIZE_MAX - sizeof(window_max)) / count) return SHIM_ERR_MEMORY;
  window_max *window = calloc(1, sizeof *window + stride * count);
  if (!window) return SHIM_ERR_MEMORY;
  uint8_t *next = window->rows;
  window->width = width;
  window->stride = stride;
  for (int i = 0; i < 2; i++, next += stride) window->line[i] = next;
  for (int i = 0; i < STEPS; i++, next += stride * (size_t)ring_rows[i - 1]) window->rings[i] = next;
  *out = window;
  return SHIM_OK;
}

void window_max_close(window_max **window) {
  free(*window);
  *window = NULL;
}

static uint8_t *ring_row(const window_max *w, int ring, unsigned row) {
  return w->rings[ring] + row % (unsigned)ring_rows[ring] * w->stride;
}

/* The window's maxima along the row. */
static void go_along(window_max *w, const uint8_t *row, uint8_t *out) {
  uint8_t *from = w->line[0], *to = w->line[1];
  const size_t count = (size_t)w->width + 2 * WINDOW_REACH;
  memcpy(from + WINDOW_REACH, row, (size_t)w->width);
  memset(from, 0, WINDOW_REACH);
  memset(from + WINDOW_REACH + w->width, 0, WINDOW_REACH + SLACK);
  for (size_t step = 1; step < DOUBLED; step *= 2) {
    take_larger(from, from + step, count, to);
    uint8_t *const swapped = from;
    from = to;
    to = swapped;
  }
  take_larger(from, from + OVERLAP, (size_t)w->width, out);
}

void window_max_push(window_max *w, const uint8_t *row, uint8_t *out) {
  const unsigned y = w->row++;
  const size_t width = (size_t)w->width;
  if (row)
    go_along(w, row, ring_row(w, 0, y));
  else
    memset(ring_row(w, 0, y), 0, width);
  for (int i = 0; i < STEPS; i++) {
    uint8_t *to = i + 1 < STEPS ? ring_row(w, i + 1, y) : out;
    take_larger(ring_row(w, i, y), ring_row(w, i, y - (unsigned)look_back[i]), width, to);
  }
}

WINDOW_ROWS static void complement(uint8_t *row, int width) {
  for (int x = 0; x < width; x++) row[x] = (uint8_t)(255 - row[x]);
}

static uint8_t *row_of(const shim_image *image, int y) {
  return image->data + y * image->stride;
}

int window_close(const shim_image *picture, shim_image *out) {
  const int width = picture->width, height = picture->height;
  window_max *dilation = NULL, *erosion = NULL;
  uint8_t *row = malloc((size_t)width);
  int status = row ? window_max_open(&dilation, width) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = window_max_open(&erosion, width);
  for (int y = 0; status == SHIM_OK && y < height + 2 * WINDOW_REACH; y++) {
    const int dilated = y - WINDOW_REACH, closed = dilated - WINDOW_REACH;
    if (dilated < height) window_max_push(dilation, y < height ? row_of(picture, y) : NULL, row);
    if (dilated < 0) continue;
    complement(row, width);
    window_max_push(erosion, dilated < height ? row : NULL, row);
    if (closed < 0) continue;
    memcpy(row_of(out, closed), row, (size_t)width);
    complement(row_of(out, closed), width);
  }
  window_max_close(&dilation);
  window_max_close(&erosion);
  free(row);
  return status;
}
