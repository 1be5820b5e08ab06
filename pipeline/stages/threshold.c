/* Evens the light out and thresholds.
 *
 * The paper is estimated by a morphological closing: dark structures into which the window does not fit (strokes) are
 * filled, while larger ones (shadows, tables) and their edges stay. What the closing added is the ink's depth (the
 * black top-hat of Serra 1982), so that an edge of a shadow leaves no ink. A pixel is ink where its depth reaches a
 * share of the deepest ink around it, which keeps the width of blurred and faint strokes, and the noise floor of the
 * page. Strokes wider than the window vanish: a coarser level of the pyramid shows them. */
#include "stages.h"

enum {
  NOISE_BLUR = 3,
  DEPTH_MIN = 10 /* gray levels; what a JPEG's noise reaches on plain paper */
};
static const double local_share = 0.42; /* of the deepest ink in the window */
static const double noise_factor = 2.2; /* depth on plain paper is noise: its median times this is rarely passed */

static void subtract_saturating(const shim_image *a, const shim_image *b, shim_image *out) {
  for (int y = 0; y < out->height; y++) {
    const uint8_t *p = a->data + y * a->stride, *q = b->data + y * b->stride;
    uint8_t *to = out->data + y * out->stride;
    for (int x = 0; x < out->width; x++) to[x] = (uint8_t)(p[x] > q[x] ? p[x] - q[x] : 0);
  }
}

static int median(const shim_image *image) {
  size_t histogram[256] = {0}, half = (size_t)image->width * (size_t)image->height / 2, below = 0;
  for (int y = 0; y < image->height; y++) {
    const uint8_t *row = image->data + y * image->stride;
    for (int x = 0; x < image->width; x++) histogram[row[x]]++;
  }
  int value = 0;
  while (value < 255 && below + histogram[value] <= half) below += histogram[value++];
  return value;
}

/* Takes the noise's own depth away, so that the depth of paper is about 0. */
static void lower(shim_image *image, int amount) {
  for (int y = 0; y < image->height; y++) {
    uint8_t *row = image->data + y * image->stride;
    for (int x = 0; x < image->width; x++) row[x] = (uint8_t)(row[x] > amount ? row[x] - amount : 0);
  }
}

static void mark(const shim_image *ink, const shim_image *deepest, int floor_depth, shim_image *binary) {
  const int share_256 = (int)(local_share * 256 + 0.5);
  for (int y = 0; y < ink->height; y++) {
    const uint8_t *depth = ink->data + y * ink->stride, *top = deepest->data + y * deepest->stride;
    uint8_t *to = binary->data + y * binary->stride;
    for (int x = 0; x < ink->width; x++)
      to[x] = (uint8_t)(-((depth[x] >= floor_depth) & (depth[x] * 256 > top[x] * share_256)));
  }
}

int stage_threshold(stage_level *level) {
  const int width = level->gray.width, height = level->gray.height;
  shim_image work = {0};
  int status = shim_image_create(&work, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&level->ink, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&level->binary, width, height, 1);
  /* binary holds the blurred picture until it gets its own contents. */
  if (status == SHIM_OK) status = shim_blur(&level->gray, &level->binary, NOISE_BLUR);
  if (status == SHIM_OK) status = shim_close(&level->binary, &work, STAGE_WINDOW);
  if (status != SHIM_OK) goto done;
  subtract_saturating(&work, &level->binary, &level->ink);
  const int noise = median(&level->ink);
  lower(&level->ink, noise);
  status = shim_dilate(&level->ink, &work, STAGE_WINDOW);
  if (status != SHIM_OK) goto done;
  const int noise_floor = (int)(noise * noise_factor);
  mark(&level->ink, &work, noise_floor > DEPTH_MIN ? noise_floor : DEPTH_MIN, &level->binary);
done:
  shim_image_free(&work);
  return status;
}
