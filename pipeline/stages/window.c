/* The maximum of a window in two steps: of five neighbours, and of five fives beside each other; first along the row, then
 * across the latest rows. Sixteen comparisons a pixel whatever lies there, all of them of whole rows of bytes, which
 * every CPU does sixteen or more at a time, and only four rows written (van Herk's and Gil & Werman's way of 1992 needs
 * six comparisons, but they depend on each other). Minima likewise. */
#include "window.h"

#include "row_clones.h"

#include <stdlib.h>
#include <string.h>

enum {
  FIVE = 5,
  ALIGNMENT = 64,                       /* bytes; a row that starts so is gone through fastest */
  FIVES_KEPT = (FIVE - 1) * FIVE + 1,   /* rows of fives that are looked back at, with the latest */
  BESIDE = 2 * WINDOW_REACH + ALIGNMENT /* bytes of a row beyond the picture's */
};
_Static_assert(STAGE_WINDOW == FIVE * FIVE, "five fives must make the window");

/* out[i] of the five rows' i-th bytes. */
typedef void combine_rows(const uint8_t *const rows[FIVE], size_t count, uint8_t *restrict out);

struct window_max {
  combine_rows *combine;
  uint8_t outside; /* what counts for nothing */
  int width;
  size_t stride;
  unsigned row;                  /* the next one's number */
  uint8_t *line, *fives_of_line; /* a row with what lies beside it */
  uint8_t *singles, *fives;      /* rings of the latest rows: single ones, and of five together */
  uint8_t *memory;
};

ROW_CLONES static void take_larger(const uint8_t *const rows[FIVE], size_t count, uint8_t *restrict out) {
  const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3], *e = rows[4];
  for (size_t i = 0; i < count; i++) {
    const uint8_t ab = a[i] > b[i] ? a[i] : b[i], cd = c[i] > d[i] ? c[i] : d[i], four = ab > cd ? ab : cd;
    out[i] = four > e[i] ? four : e[i];
  }
}

ROW_CLONES static void take_smaller(const uint8_t *const rows[FIVE], size_t count, uint8_t *restrict out) {
  const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3], *e = rows[4];
  for (size_t i = 0; i < count; i++) {
    const uint8_t ab = a[i] < b[i] ? a[i] : b[i], cd = c[i] < d[i] ? c[i] : d[i], four = ab < cd ? ab : cd;
    out[i] = four < e[i] ? four : e[i];
  }
}

static int open_window(window_max **out, int width, combine_rows *combine, uint8_t outside) {
  enum { ROWS = 2 + FIVE + FIVES_KEPT };
  const size_t stride = ((size_t)width + BESIDE + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  *out = NULL;
  if (stride > SIZE_MAX / ROWS) return SHIM_ERR_MEMORY;
  window_max *w = malloc(sizeof *w);
  uint8_t *memory = aligned_alloc(ALIGNMENT, stride * ROWS);
  if (!w || !memory) {
    free(w);
    free(memory);
    return SHIM_ERR_MEMORY;
  }
  memset(memory, outside, stride * ROWS);
  *w = (window_max){.combine = combine, .outside = outside, .width = width, .stride = stride, .memory = memory};
  w->row = FIVE * FIVES_KEPT; /* so that no row that is looked back at has a number below 0 */
  w->line = memory;
  w->fives_of_line = w->line + stride;
  w->singles = w->fives_of_line + stride;
  w->fives = w->singles + FIVE * stride;
  *out = w;
  return SHIM_OK;
}

int window_max_open(window_max **out, int width) {
  return open_window(out, width, take_larger, 0);
}

void window_max_close(window_max **window) {
  if (*window) free((*window)->memory);
  free(*window);
  *window = NULL;
}

static size_t whole_blocks(size_t count) {
  return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The window's extremes along the row. What stands beside the row's place in `line` stays as it is. */
static void go_along(window_max *w, const uint8_t *row, uint8_t *out) {
  const uint8_t *neighbours[FIVE], *fives[FIVE];
  memcpy(w->line + WINDOW_REACH, row, (size_t)w->width);
  for (int i = 0; i < FIVE; i++) neighbours[i] = w->line + i, fives[i] = w->fives_of_line + FIVE * i;
  w->combine(neighbours, whole_blocks((size_t)w->width + FIVES_KEPT - 1), w->fives_of_line);
  w->combine(fives, whole_blocks((size_t)w->width), out);
}

void window_max_push(window_max *w, const uint8_t *row, uint8_t *out) {
  const unsigned y = w->row++;
  const uint8_t *singles[FIVE], *fives[FIVE];
  uint8_t *const latest = w->singles + y % FIVE * w->stride, *const five = w->fives + y % FIVES_KEPT * w->stride;
  if (row)
    go_along(w, row, latest);
  else
    memset(latest, w->outside, w->stride);
  for (unsigned i = 0; i < FIVE; i++) {
    singles[i] = w->singles + (y - i) % FIVE * w->stride;
    fives[i] = w->fives + (y - FIVE * i) % FIVES_KEPT * w->stride;
  }
  w->combine(singles, whole_blocks((size_t)w->width), five);
  w->combine(fives, (size_t)w->width, out);
}

static uint8_t *row_of(const shim_image *image, int y) {
  return image->data + y * image->stride;
}

int window_close(const shim_image *picture, shim_image *out) {
  const int width = picture->width, height = picture->height;
  window_max *dilation = NULL, *erosion = NULL;
  uint8_t *row = malloc((size_t)width);
  int status = row ? window_max_open(&dilation, width) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = open_window(&erosion, width, take_smaller, 255);
  for (int y = 0; status == SHIM_OK && y < height + 2 * WINDOW_REACH; y++) {
    const int dilated = y - WINDOW_REACH, closed = dilated - WINDOW_REACH;
    if (dilated < height) window_max_push(dilation, y < height ? row_of(picture, y) : NULL, row);
    if (dilated < 0) continue;
    window_max_push(erosion, dilated < height ? row : NULL, closed < 0 ? row : row_of(out, closed));
  }
  window_max_close(&dilation);
  window_max_close(&erosion);
  free(row);
  return status;
}
