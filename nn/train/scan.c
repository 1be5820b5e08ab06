/* A simple camera: even or sloping light, a paper gray and an ink gray, a Gaussian blur, noise that is independent from
 * pixel to pixel. Real paper's texture, JPEG's blocks and perspective are not drawn.
 *
 * Two ways lead to the crop, as in the reader: a glyph of a page, found at its own size on the page's finest level, and
 * a picture of one glyph (stage_single_find). Both take all the ink there is as one glyph. */
#include "scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../pipeline/stages/stages.h"

enum { PAGE_MARGIN = 14, EDGE = 2, PART_SIDE_MIN = 4 /* pixels */ };

static const float PAGE_SHARE = 0.5f;      /* of the pictures that go the page's way */
static const int PAGE_SIDE_MOST = 60;      /* pixels: larger glyphs may have strokes too wide for the finest level, */
static const int PAGE_AREA_SIDE_MOST = 20; /* and these, where they are filled areas */
static const double AREA_SHARE = 0.55;     /* of the box that ink covers */
static const float INVERTED_SHARE = 0.1f;  /* of the single pictures that are light on dark */
static const double SPECK_SHARE = 0.03;    /* of all the ink: what noise makes */

typedef struct camera {
  float paper, contrast;  /* gray levels */
  float slope_x, slope_y; /* of the light, gray levels from edge to edge */
  float noise;            /* standard deviation, gray levels */
  int blur;               /* window; 1: none */
} camera;

/* Small glyphs are not blurred beyond reading. */
static camera draw_camera(const train_box *box, train_random *random) {
  const int longer = box->x1 - box->x0 > box->y1 - box->y0 ? box->x1 - box->x0 : box->y1 - box->y0;
  const int widest = longer < 18 ? 2 : longer < 40 ? 3 : 5;
  const uint32_t kind = train_random_below(random, (uint32_t)widest);
  camera c = {.paper = train_random_between(random, 140.0f, 255.0f), .blur = 1 + 2 * (int)kind};
  const int faint = train_random_uniform(random) < 0.25f;
  c.contrast = faint ? train_random_between(random, 30.0f, 80.0f) : train_random_between(random, 80.0f, c.paper);
  c.noise = train_random_uniform(random) * fminf(c.contrast / 10.0f, 10.0f);
  c.slope_x = 0.3f * c.contrast * train_random_signed(random);
  c.slope_y = 0.3f * c.contrast * train_random_signed(random);
  return c;
}

static int photograph(const shim_image *ink, int margin, const camera *c, int inverted, train_random *random,
                      shim_image *out) {
  int status = shim_image_create(out, ink->width + 2 * margin, ink->height + 2 * margin, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < out->height; y++)
    for (int x = 0; x < out->width; x++) {
      const int ix = x - margin, iy = y - margin;
      const int on = ix >= 0 && iy >= 0 && ix < ink->width && iy < ink->height;
      const float coverage = on ? (float)ink->data[iy * ink->stride + ix] / 255.0f : 0.0f;
      const float light =
          c->slope_x * ((float)x / (float)out->width - 0.5f) + c->slope_y * ((float)y / (float)out->height - 0.5f);
      const float gray = fminf(fmaxf(c->paper + light - c->contrast * coverage, 0.0f), 255.0f);
      out->data[y * out->stride + x] = (uint8_t)(inverted ? 255.0f - gray : gray);
    }
  if (c->blur > 1) status = shim_blur(out, out, c->blur);
  for (int y = 0; y < out->height; y++)
    for (int x = 0; x < out->width; x++) {
      uint8_t *pixel = out->data + y * out->stride + x;
      const float gray = (float)*pixel + c->noise * train_random_normal(random);
      *pixel = (uint8_t)(fminf(fmaxf(gray, 0.0f), 255.0f) + 0.5f);
    }
  if (status != SHIM_OK) shim_image_free(out);
  return status;
}

/* All components of the page's finest level but specks, as one glyph. */
static int join_all(const stage_pyramid *pyramid, stage_glyph *out, int *found) {
  stage_glyphs parts = {0};
  double area = 0;
  int status = stage_contour(pyramid, 0, PART_SIDE_MIN, &parts);
  *found = 0;
  for (size_t i = 0; i < parts.count; i++) area += parts.items[i].area;
  for (size_t i = 0; status == SHIM_OK && i < parts.count; i++) {
    stage_glyph joined;
    if (parts.items[i].area < SPECK_SHARE * area) continue;
    if (!*found) {
      *out = parts.items[i];
      memset(&parts.items[i], 0, sizeof parts.items[i]); /* its mask is out's now */
      *found = 1;
      continue;
    }
    status = stage_glyph_join(out, &parts.items[i], &joined);
    if (status != SHIM_OK) break;
    stage_glyph_free(out);
    *out = joined;
  }
  if (status != SHIM_OK && *found) {
    stage_glyph_free(out);
    *found = 0;
  }
  stage_glyphs_free(&parts);
  return status;
}

/* box: of the glyph, in the photograph's pixels. */
static int crop_of_page(const shim_image *photo, uint8_t *out, train_box *box, int *found) {
  stage_pyramid pyramid;
  stage_glyph glyph = {0};
  *found = 0;
  int status = stage_pyramid_make(photo, 0, &pyramid);
  if (status != SHIM_OK) return status;
  status = stage_threshold(&pyramid.levels[0], 1);
  if (status == SHIM_OK) status = join_all(&pyramid, &glyph, found);
  if (status == SHIM_OK && *found) {
    *box = (train_box){glyph.x, glyph.y, glyph.x + glyph.width, glyph.y + glyph.height};
    status = stage_crop(&pyramid, &glyph, out);
  }
  stage_glyph_free(&glyph);
  stage_pyramid_free(&pyramid);
  return status;
}

static int crop_of_single(const shim_image *photo, uint8_t *out, train_box *box, int *found) {
  stage_single single;
  int page_box[4];
  int status = stage_single_find(photo, &single);
  if (status != SHIM_OK) return status;
  *found = single.found;
  if (single.found) {
    stage_glyph_page_box(&single.glyph, page_box);
    *box = (train_box){
        (int)(page_box[0] / single.scale) - single.margin, (int)(page_box[1] / single.scale) - single.margin,
        (int)ceil(page_box[2] / single.scale) - single.margin, (int)ceil(page_box[3] / single.scale) - single.margin};
    status = stage_crop(&single.pyramid, &single.glyph, out);
  }
  stage_single_free(&single);
  return status;
}

/* A blurred or faint edge moves the box by a pixel or two. */
static int holds(const train_box *found, const train_box *must) {
  const int width = must->x1 - must->x0, height = must->y1 - must->y0;
  const int slack = 2 + (width > height ? width : height) / 10;
  return abs(found->x0 - must->x0) <= slack && abs(found->y0 - must->y0) <= slack &&
         abs(found->x1 - must->x1) <= slack && abs(found->y1 - must->y1) <= slack;
}

/* A sixth to a half of the longer side: pictures cut closer are taken for light on dark where strokes are thick. */
static int single_margin(const train_box *box, train_random *random) {
  const int width = box->x1 - box->x0, height = box->y1 - box->y0;
  return (int)((float)(width > height ? width : height) * train_random_between(random, 0.17f, 0.5f));
}

/* The box with the soft edges of its ink, as far as the canvas goes. */
static train_box grown(const shim_image *ink, const train_box *box) {
  return (train_box){box->x0 > EDGE ? box->x0 - EDGE : 0, box->y0 > EDGE ? box->y0 - EDGE : 0,
                     box->x1 + EDGE < ink->width ? box->x1 + EDGE : ink->width,
                     box->y1 + EDGE < ink->height ? box->y1 + EDGE : ink->height};
}

/* Whether the finest level, whose window is a few strokes wide, shows the glyph whole. */
static int fits_page(const shim_image *ink, const train_box *box) {
  const int width = box->x1 - box->x0, height = box->y1 - box->y0;
  double mass = 0;
  for (int y = box->y0; y < box->y1; y++)
    for (int x = box->x0; x < box->x1; x++) mass += ink->data[y * ink->stride + x];
  const int area = mass > AREA_SHARE * 255.0 * width * height;
  const int shorter = width < height ? width : height;
  return area ? shorter <= PAGE_AREA_SIDE_MOST : height <= PAGE_SIDE_MOST;
}

static int has_ink(const uint8_t *picture) {
  for (int i = 0; i < TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE; i++)
    if (picture[i]) return 1;
  return 0;
}

int train_scan(const shim_image *ink, const train_box *must, train_random *random,
               uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], int *found, train_error *error) {
  _Static_assert((int)TRAIN_SCAN_SIDE == (int)STAGE_CROP_SIDE, "the network takes the pipeline's crops");
  train_box box;
  *found = 0;
  if (!train_canvas_box(ink, &box)) return TRAIN_OK;
  const camera c = draw_camera(&box, random);
  const train_box near = grown(ink, &box);
  const shim_image cut = {.data = ink->data + near.y0 * ink->stride + near.x0,
                          .width = near.x1 - near.x0,
                          .height = near.y1 - near.y0,
                          .channels = 1,
                          .stride = ink->stride};
  const int of_page = train_random_uniform(random) < PAGE_SHARE && fits_page(ink, &box);
  const int margin = of_page ? PAGE_MARGIN : single_margin(&near, random);
  const int inverted = !of_page && train_random_uniform(random) < INVERTED_SHARE;
  shim_image photo;
  int status = photograph(&cut, margin, &c, inverted, random, &photo);
  if (status == SHIM_OK) {
    status = of_page ? crop_of_page(&photo, out, &box, found) : crop_of_single(&photo, out, &box, found);
    shim_image_free(&photo);
  }
  if (status != SHIM_OK)
    return train_fail(error, status == SHIM_ERR_MEMORY ? TRAIN_ERR_MEMORY : TRAIN_ERR_INTERNAL,
                      "a drawn picture cannot be cropped: %s", shim_error());
  const int left = near.x0 - margin, top = near.y0 - margin;
  const train_box inner = {box.x0 + left, box.y0 + top, box.x1 + left, box.y1 + top};
  if (*found) *found = has_ink(out) && (!must || holds(&inner, must));
  return TRAIN_OK;
}
