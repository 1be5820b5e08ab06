/* Crops that are a little too tight, and remains of ruled lines. */
#include "blemish.h"

#include <math.h>

static const float RULE_SHARE = 0.15f, CUT_SHARE = 0.12f;

/* A piece of a ruled line through the digit's foot or head, fainter than the digit and hardly longer than it is wide: a
 * longer one is taken out by the pipeline, and one across the middle would make another character. */
static int add_rule(shim_image *canvas, const train_box *box, train_random *random) {
  const float width = (float)(box->x1 - box->x0), height = (float)(box->y1 - box->y0);
  const int at_foot = train_random_uniform(random) < 0.7f;
  const float y = at_foot ? (float)box->y0 + height * train_random_between(random, 0.86f, 1.05f)
                          : (float)box->y0 + height * train_random_between(random, -0.05f, 0.08f);
  const float reach = 0.12f * height, middle = (float)box->x0 + width * train_random_uniform(random);
  const float tilt = 0.04f * width * train_random_signed(random);
  const train_point ends[2] = {{train_random_between(random, (float)box->x0 - reach, middle), y - tilt},
                               {train_random_between(random, middle, (float)box->x1 + reach), y + tilt}};
  const float strength = train_random_between(random, 0.3f, 0.75f);
  shim_image rule;
  const int status = train_canvas_open(&rule, canvas->width, canvas->height);
  if (status) return status;
  train_canvas_stroke(&rule, ends, 2, fmaxf(0.5f, height * train_random_between(random, 0.01f, 0.03f)));
  for (int i = 0; i < rule.width * rule.height; i++) rule.data[i] = (uint8_t)((float)rule.data[i] * strength);
  train_canvas_lay(canvas, &rule, 0, 0);
  shim_image_free(&rule);
  return SHIM_OK;
}

/* Takes up to a twelfth off one side, as a crop does that is a little too tight. */
static void cut_short(shim_image *canvas, const train_box *box, train_random *random) {
  const float share = train_random_uniform(random) / 12.0f;
  const int dx = (int)(share * (float)(box->x1 - box->x0) + 0.5f);
  const int dy = (int)(share * (float)(box->y1 - box->y0) + 0.5f);
  train_box band = {0, 0, canvas->width, canvas->height};
  switch (train_random_below(random, 4)) {
  case 0: band.x1 = box->x0 + dx; break;
  case 1: band.x0 = box->x1 - dx; break;
  case 2: band.y1 = box->y0 + dy; break;
  default: band.y0 = box->y1 - dy; break;
  }
  train_canvas_blank(canvas, band);
}

int train_blemish(shim_image *canvas, const train_box *box, train_random *random) {
  if (train_random_uniform(random) < CUT_SHARE) cut_short(canvas, box, random);
  return train_random_uniform(random) < RULE_SHARE ? add_rule(canvas, box, random) : SHIM_OK;
}
