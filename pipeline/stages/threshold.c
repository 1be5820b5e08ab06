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
  DEPTH_MIN = 10 /* gray levels; what a JPEG's noise reaches on plain paper */
};
static const double local_share = 0.42; /* of the deepest ink in the window */
static const double noise_factor = 2.2; /* what is left of the noise rarely passes this many times its usual depth */

static void subtract_saturating(const shim_image *a, const shim_image *b, shim_image *out) {
  for (int y = 0; y < out->height; y++) {
    const uint8_t *p = a->data + y * a->stride, *q = b->data + y * b->stride;
    uint8_t *to = out->data + y * out->stride;
    for (int x = 0; x < out->width; x++) to[x] = (uint8_t)(p[x] > q[x] ? p[x] - q[x] : 0);
  }
}

/* The value under which 40 % of a tile lies: ink covers less than the rest. */
static int tile_noise(const shim_image *ink, int x0, int y0) {
  const int x1 = x0 + TILE < ink->width ? x0 + TILE : ink->width, y1 = y0 + TILE < ink->height ? y0 + TILE : ink->height;
  int histogram[256] = {0}, below = 0, value = 0;
  for (int y = y0; y < y1; y++) {
    const uint8_t *row = ink->data + y * ink->stride;
    for (int x = x0; x < x1; x++) histogram[row[x]]++;
  }
  const int rank = (x1 - x0) * (y1 - y0) * 2 / 5;
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

static void mark(const shim_image *ink, const shim_image *deepest, const shim_image *noise, shim_image *binary) {
  const int share_256 = (int)(local_share * 256 + 0.5), factor_256 = (int)(noise_factor * 256 + 0.5);
  for (int y = 0; y < ink->height; y++) {
    const uint8_t *depth = ink->data + y * ink->stride, *top = deepest->data + y * deepest->stride;
    const uint8_t *grain = noise->data + y * noise->stride;
    uint8_t *to = binary->data + y * binary->stride;
    for (int x = 0; x < ink->width; x++)
      to[x] = (uint8_t)(-((depth[x] >= DEPTH_MIN) & (depth[x] * 256 >= grain[x] * factor_256) &
                          (depth[x] * 256 > top[x] * share_256)));
  }
}

int stage_threshold(stage_level *level) {
  const int width = level->gray.width, height = level->gray.height;
  shim_image work = {0}, noise = {0};
  int status = shim_image_create(&work, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&noise, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&level->ink, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&level->binary, width, height, 1);
  /* binary holds the blurred picture until it gets its own contents. */
  if (status == SHIM_OK) status = shim_blur(&level->gray, &level->binary, NOISE_BLUR);
  if (status == SHIM_OK) status = shim_close(&level->binary, &work, STAGE_WINDOW);
  if (status != SHIM_OK) goto done;
  subtract_saturating(&work, &level->binary, &level->ink);
  status = map_noise(&level->ink, &noise);
  if (status != SHIM_OK) goto done;
  subtract_saturating(&level->ink, &noise, &level->ink);
  status = shim_dilate(&level->ink, &work, STAGE_WINDOW);
  if (status == SHIM_OK) mark(&level->ink, &work, &noise, &level->binary);
done:
  shim_image_free(&work);
  shim_image_free(&noise);
  return status;
}
