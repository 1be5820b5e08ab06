/* A picture of MNIST enlarged to a page's size is soft; the photograph's own blur and noise come on top. */
#include "rescan.h"

#include <math.h>

#include "blemish.h"

static const float HEIGHT_LEAST = 12.0f, HEIGHT_MOST = 80.0f; /* pixels */
static const float PEN_HEIGHT = 80.0f;                        /* at which pens are changed */
static const float THINNER_SHARE = 0.4f, THICKER_SHARE = 0.1f;
enum { THINNER_MOST = 11, THICKER_MOST = 5 }; /* windows, pixels at that height; odd */

int train_rescan_enlarge(const uint8_t *picture, float height, shim_image *out) {
  const shim_image whole = {.data = (uint8_t *)picture,
                            .width = TRAIN_SCAN_SIDE,
                            .height = TRAIN_SCAN_SIDE,
                            .channels = 1,
                            .stride = TRAIN_SCAN_SIDE};
  train_box box;
  if (!train_canvas_box(&whole, &box)) return train_canvas_open(out, 1, 1);
  const int width = box.x1 - box.x0, tall = box.y1 - box.y0;
  const shim_image part = {.data = whole.data + box.y0 * TRAIN_SCAN_SIDE + box.x0,
                           .width = width,
                           .height = tall,
                           .channels = 1,
                           .stride = TRAIN_SCAN_SIDE};
  const float scale = height / (float)tall;
  const int status = shim_image_create(out, 1 + (int)(scale * (float)width), 1 + (int)(scale * (float)tall), 1);
  return status ? status : shim_resize(&part, out);
}

/* ---- other pens: MNIST's strokes are an eighth of a digit's height wide, a ballpoint's half of that and less ---- */

static void invert(shim_image *image) {
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++) image->data[y * image->stride + x] ^= 0xff;
}

/* Pieces of ink and holes in them, -1 without memory. */
static int count_parts(const shim_image *ink) {
  shim_image binary;
  shim_contours contours;
  if (shim_image_create(&binary, ink->width, ink->height, 1) != SHIM_OK) return -1;
  for (int y = 0; y < ink->height; y++)
    for (int x = 0; x < ink->width; x++)
      binary.data[y * binary.stride + x] = ink->data[y * ink->stride + x] > 127 ? 255 : 0;
  const int found = shim_contours_find(&binary, &contours) == SHIM_OK;
  const int count = found ? (int)contours.count : -1;
  if (found) shim_contours_free(&contours);
  shim_image_free(&binary);
  return count;
}

/* Takes off the strokes (or puts on) what the window does, or less where that breaks them or fills their loops. */
static int change_width(shim_image *digit, int window, int thinner) {
  const int parts = count_parts(digit);
  shim_image changed;
  if (parts < 0 || shim_image_create(&changed, digit->width, digit->height, 1) != SHIM_OK) return SHIM_ERR_MEMORY;
  int status = SHIM_OK, left = -1;
  if (thinner) invert(digit);
  for (; status == SHIM_OK && window > 1 && left != parts; window -= 2) {
    status = shim_dilate(digit, &changed, window);
    if (thinner) invert(&changed);
    if (status == SHIM_OK) left = count_parts(&changed);
  }
  if (thinner) invert(digit);
  if (status == SHIM_OK && left == parts) {
    const shim_image before = *digit;
    *digit = changed;
    changed = before;
  }
  shim_image_free(&changed);
  return status;
}

static int change_pen(shim_image *digit, train_random *random) {
  const float choice = train_random_uniform(random);
  const int thinner = choice < THINNER_SHARE, most = thinner ? THINNER_MOST : THICKER_MOST;
  if (choice >= THINNER_SHARE + THICKER_SHARE) return SHIM_OK;
  return change_width(digit, 3 + 2 * (int)train_random_below(random, (uint32_t)most / 2), thinner);
}

static int draw_digit(const uint8_t *picture, float height, train_random *random, shim_image *out) {
  shim_image large;
  int status = train_rescan_enlarge(picture, PEN_HEIGHT, &large);
  if (status) return status;
  const float scale = height / (float)large.height;
  status = change_pen(&large, random);
  if (status == SHIM_OK)
    status = shim_image_create(out, 1 + (int)(scale * (float)large.width), 1 + (int)height, 1);
  if (status == SHIM_OK) status = shim_resize(&large, out);
  shim_image_free(&large);
  return status;
}

int train_rescan(const uint8_t *picture, train_random *random, uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE],
                 int *found, train_error *error) {
  const float height = HEIGHT_LEAST * powf(HEIGHT_MOST / HEIGHT_LEAST, train_random_uniform(random));
  const int room = 3 + (int)(0.3f * height);
  shim_image digit, canvas;
  train_box box;
  *found = 0;
  if (draw_digit(picture, height, random, &digit)) return train_fail_memory(error);
  int drawn = train_canvas_open(&canvas, digit.width + 2 * room, digit.height + 2 * room);
  if (!drawn) train_canvas_lay(&canvas, &digit, room, room);
  shim_image_free(&digit);
  if (drawn) return train_fail_memory(error);
  int status = TRAIN_OK;
  if (train_canvas_box(&canvas, &box)) {
    if (train_blemish(&canvas, &box, random)) status = train_fail_memory(error);
    if (!status && train_canvas_box(&canvas, &box)) status = train_scan(&canvas, &box, random, out, found, error);
  }
  shim_image_free(&canvas);
  return status;
}
