/* A printed digit as a careless scan shows it. Not drawn: outlined and shaded figures, seven-segment displays, print
 * whose strokes are broken by the raster of the press. */
#include "printed.h"

#include <math.h>

#include "blemish.h"

enum { TRIES = 60 };

static const float EM_LEAST = 17.0f, EM_MOST = 100.0f; /* pixels; a digit is about 0.7 em high */

size_t train_press_font(const train_press *press, train_random *random) {
  size_t first;
  const size_t family = press->families[train_random_below(random, (uint32_t)press->family_count)];
  const size_t count = train_fonts_family(press->fonts, family, &first);
  return first + train_random_below(random, (uint32_t)count);
}

train_type train_press_type(float em_pixels, train_random *random) {
  return (train_type){.em_pixels = em_pixels,
                      .stretch = train_random_between(random, 0.85f, 1.15f),
                      .turn_radians = 0.1f * train_random_signed(random),
                      .slant = 0.12f * train_random_signed(random),
                      .weight = train_random_between(random, -0.012f, 0.045f),
                      .shift_x = train_random_uniform(random),
                      .shift_y = train_random_uniform(random)};
}

float train_press_size(float low, float high, train_random *random) {
  return low * powf(high / low, train_random_uniform(random));
}

/* The digit on a canvas with room around it. */
static int print_digit(const train_press *press, int digit, train_random *random, shim_image *canvas,
                       train_error *error) {
  const train_type type = train_press_type(train_press_size(EM_LEAST, EM_MOST, random), random);
  const int room = 2 + (int)(0.2f * type.em_pixels);
  train_box box;
  shim_image coverage;
  const int status = train_typesetter_draw(press->typesetter, press->fonts, train_press_font(press, random),
                                           (char)('0' + digit), &type, &coverage, error);
  if (status) return status;
  int drawn = train_canvas_open(canvas, coverage.width + 2 * room, coverage.height + 2 * room);
  if (!drawn) train_canvas_lay(canvas, &coverage, room, room);
  shim_image_free(&coverage);
  if (!drawn && train_canvas_box(canvas, &box)) drawn = train_blemish(canvas, &box, random);
  if (!drawn) return TRAIN_OK;
  shim_image_free(canvas);
  return train_fail_memory(error);
}

int train_printed_make(const train_press *press, int digit, train_random *random,
                       uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], train_error *error) {
  for (int i = 0; i < TRIES; i++) {
    shim_image canvas;
    train_box box;
    int found = 0;
    int status = print_digit(press, digit, random, &canvas, error);
    if (status == TRAIN_ERR_FORMAT) continue; /* a font with a broken character */
    if (status) return status;
    if (train_canvas_box(&canvas, &box)) status = train_scan(&canvas, &box, random, out, &found, error);
    shim_image_free(&canvas);
    if (status || found) return status;
  }
  return train_fail(error, TRAIN_ERR_INTERNAL, "the pipeline found none of %d printed drawings of the digit %d", TRIES,
                    digit);
}
