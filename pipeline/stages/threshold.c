/* Evens the light out and thresholds.
 *
 * The paper is estimated by a morphological closing: dark structures into which the window does not fit (strokes) are
 * filled, while larger ones (shadows, tables) and their edges stay. What the closing added is the ink's depth (the
 * black top-hat of Serra 1982), so that an edge of a shadow leaves no ink. A pixel is ink where its depth reaches a
 * share of the deepest ink around it, which keeps the width of blurred and faint strokes, and the noise around
 * it. Strokes wider than the window vanish: a coarser level of the pyramid shows them. */
#include "stages.h"

enum {
  NOISE_BLUR = 3,
  TILE = 96, /* side of the squares in which noise is measured */
  TILE_ROW_STEP = 4, /* every fourth row tells it as well as all */
  DEPTH_MIN = 10 /* gray levels; what a JPEG's noise reaches on plain paper */
};
enum {
  LOCAL_SHARE_256 = 108, /* 0.42 of the deepest ink in the window */
  NOISE_FACTOR_4 = 9     /* what is left of the noise rarely passes 2.25 times its usual depth */
};

static void subtract_saturating(const shim_image *a, const shim_image *b, shim_image *out) {
  for (int y = 0; y < out->height; y++) {
    const uint8_t *p = a->data + y * a->stride, *q = b->data + y * b->stride;
    uint8_t *to = out->data + y * out->stride;
    for (int x = 0; x < out->width; x++) {
      const uint8_t least = p[x] < q[x] ? p[x] : q[x]; /* said so, it becomes one instruction for many pixels */
      to[x] = (uint8_t)(p[x] - least);
    }
  }
}

/* The value under which 40 % of a tile lies: ink covers less than the rest. */
static int tile_noise(const shim_image *ink, int x0, int y0) {
  const int x1 = x0 + TILE < ink->width ? x0 + TILE : ink->width, y1 = y0 + TILE < ink->height ? y0 + TILE : ink->height;
  int histogram[256] = {0}, below = 0, value = 0, count = 0;
  for (int y = y0; y < y1; y += TILE_ROW_STEP, count += x1 - x0) {
    const uint8_t *row = ink->data + y * ink->stride;
    for (int x = x0; x < x1; x++) histogram[row[x]]++;
  }
  const int rank = count * 2 / 5;
  while (value < 255 && below + histogram[value] <= rank) below += histogram[value++];
  return value;
}

/* The noise's depth at every pixel: measured in tiles, since a table is rougher than the paper on it, and interpolated. */
static int map_noise(const shim_image *ink, shim_image *noise) {
  const int columns = (ink->width + TILE - 1) / TILE, rows = (ink->height + TILE - 1) / TILE;
  shim_image tiles;
  int status = shim_image_create(&tiles, columns, rows, 1);
  if (status != SHIM_OK) return status;
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++)
      tiles.data[row * tiles.stride + column] = (uint8_t)tile_noise(ink, column * TILE, row * TILE);
  status = shim_resize(&tiles, noise);
  shim_image_free(&tiles);
  return status;
}

/* One row, in 16-bit arithmetic, which every CPU does eight or more pixels at a time. */
static void mark_row(const uint8_t *depth, const uint8_t *deepest, const uint8_t *noise, int width, uint8_t *binary) {
  for (int x = 0; x < width; x++) {
    const uint16_t share = (uint16_t)(deepest[x] * LOCAL_SHARE_256) >> 8, grain = (uint16_t)(noise[x] * NOISE_FACTOR_4) >> 2;
    const uint16_t d = depth[x];
    binary[x] = (uint8_t)((d >= DEPTH_MIN) & (d >= grain) & (d > share) ? 255 : 0);
  }
}

static void mark(const shim_image *ink, const shim_image *deepest, const shim_image *noise, shim_image *binary) {
  for (int y = 0; y < ink->height; y++)
    mark_row(ink->data + y * ink->stride, deepest->data + y * deepest->stride, noise->data + y * noise->stride,
             ink->width, binary->data + y * binary->stride);
}

/* How deep each pixel lies below the paper, without the noise's own depth. */
static void measure_depth(const shim_image *paper, const shim_image *gray, const shim_image *noise, shim_image *depth) {
  subtract_saturating(paper, gray, depth);
  subtract_saturating(depth, noise, depth);
}

enum { SMOOTH, PAPER, NOISE, DEEPEST, WORKS };

static int evaluate(stage_level *level, shim_image works[WORKS]) {
  int status = shim_blur(&level->gray, &works[SMOOTH], NOISE_BLUR);
  if (status == SHIM_OK) status = shim_close(&works[SMOOTH], &works[PAPER], STAGE_WINDOW);
  if (status != SHIM_OK) return status;
  subtract_saturating(&works[PAPER], &works[SMOOTH], &level->ink);
  status = map_noise(&level->ink, &works[NOISE]);
  if (status != SHIM_OK) return status;
  measure_depth(&works[PAPER], &works[SMOOTH], &works[NOISE], &level->ink);
  status = shim_dilate(&level->ink, &works[DEEPEST], STAGE_WINDOW);
  if (status != SHIM_OK) return status;
  mark(&level->ink, &works[DEEPEST], &works[NOISE], &level->binary);
  /* The blur served the decision; what is cut out keeps its edges. */
  measure_depth(&works[PAPER], &level->gray, &works[NOISE], &level->ink);
  return SHIM_OK;
}

int stage_threshold(stage_level *level) {
  const int width = level->gray.width, height = level->gray.height;
  shim_image works[WORKS] = {{0}};
  int status = shim_image_create(&level->ink, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&level->binary, width, height, 1);
  for (int i = 0; status == SHIM_OK && i < WORKS; i++) status = shim_image_create(&works[i], width, height, 1);
  if (status == SHIM_OK) status = evaluate(level, works);
  for (int i = 0; i < WORKS; i++) shim_image_free(&works[i]);
  return status;
}
