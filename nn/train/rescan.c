/* A picture of MNIST enlarged to a page's size is soft; the photograph's own blur and noise come on top. */
#include "rescan.h"

#include <math.h>

#include "blemish.h"

static const float HEIGHT_LEAST = 12.0f, HEIGHT_MOST = 80.0f; /* pixels */

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

int train_rescan(const uint8_t *picture, train_random *random, uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE],
                 int *found, train_error *error) {
  const float height = HEIGHT_LEAST * powf(HEIGHT_MOST / HEIGHT_LEAST, train_random_uniform(random));
  const int room = 3 + (int)(0.3f * height);
  shim_image digit, canvas;
  train_box box;
  *found = 0;
  if (train_rescan_enlarge(picture, height, &digit)) return train_fail_memory(error);
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
