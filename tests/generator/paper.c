/* Composes a page in linear light: paper and table, ink with the paper's tooth, light with gradient, vignette and
 * shadows, defocus, then the sensor's noise and the sRGB curve (taken as a power of 2.2). Not modelled: colour fringes,
 * motion blur, moire. */
#include "paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEGREE 0.017453292519943295
#define CURVE_STEPS 4096
#define SLOPE_SHADE 0.6 /* share of the light that a slope of 45 degrees takes or adds */

enum { SEED_GRAIN = 11, SEED_CLOUD = 23, SEED_TOOTH = 37, SEED_TABLE = 41, SEED_SHADOW = 53, SEED_NOISE = 67 };

static double smooth_step(double from, double to, double value) {
  double t = (value - from) / (to - from);
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return t * t * (3 - 2 * t);
}

static void to_linear(const double color[3], double out[3]) {
  for (int c = 0; c < 3; c++) out[c] = pow(color[c], 2.2);
}

/* 1 in the open, down to 1 - depth in full shadow. */
static double shadow_at(const page_shadow *shadow, uint32_t seed, double x, double y) {
  double wave = 0.01 * noise_at(seed, 9 * x, 9 * y), soft = fmax(shadow->softness, 0.0005);
  double across = (x - shadow->x) * cos(shadow->angle * DEGREE) + (y - shadow->y) * sin(shadow->angle * DEGREE) + wave;
  double along = (y - shadow->y) * cos(shadow->angle * DEGREE) - (x - shadow->x) * sin(shadow->angle * DEGREE);
  double inside = -across;
  if (shadow->kind == PAGE_SHADOW_BAND) inside = shadow->width / 2 - fabs(across);
  if (shadow->kind == PAGE_SHADOW_BLOB) inside = shadow->width / 2 - hypot(across, 0.6 * along) + 3 * wave;
  return 1 - shadow->depth * smooth_step(-soft, soft, inside);
}

static double light_at(const page_spec *spec, double x, double y) {
  const page_light *light = &spec->light;
  double side = spec->width > spec->height ? spec->width : spec->height;
  double u = (x - spec->width / 2.0) / side, v = (y - spec->height / 2.0) / side;
  double slope = u * cos(light->gradient_angle * DEGREE) + v * sin(light->gradient_angle * DEGREE);
  double level = light->level * (1 + light->gradient * slope) * (1 - 1.6 * light->vignette * (u * u + v * v));
  for (int i = 0; i < light->shadow_count; i++)
    level *= shadow_at(&light->shadows[i], (uint32_t)spec->seed + SEED_SHADOW + (uint32_t)i, x / side, y / side);
  return level;
}

/* Signed distance from the sheet's edge in sheet units, positive inside. */
static double inside_sheet(const page_view *view, double x, double y) {
  return fmin(view->sheet_width / 2 - fabs(x), view->sheet_height / 2 - fabs(y));
}

static double paper_grain(const page_spec *spec, double x, double y) {
  uint32_t seed = (uint32_t)spec->seed;
  double fine = noise_fractal(seed + SEED_GRAIN, x / 3.1, y / 3.1, 2),
         cloud = noise_at(seed + SEED_CLOUD, x / 90, y / 90);
  double folds = 0;
  for (int i = 0; i < spec->paper.folds; i++) {
    double angle = 2.4 * noise_white(seed + 5, i, 1), place = 0.4 * spec->width * noise_white(seed + 5, i, 2);
    double across = x * cos(angle) + y * sin(angle) - place + 4 * noise_at(seed, x / 60, y / 60);
    folds += 0.05 * across / (1 + 0.02 * across * across);
  }
  return 1 + spec->paper.texture * (fine + 0.7 * cloud) + 0.35 * folds;
}

/* Share of ink that reaches the paper at this place. Pencil and chalk leave the tooth's valleys empty. */
static double ink_kept(const page_spec *spec, double x, double y) {
  double tooth = noise_fractal((uint32_t)spec->seed + SEED_TOOTH, x / 1.7, y / 1.7, 2);
  return 1 - spec->pen.grain * smooth_step(-0.3, 0.5, tooth);
}

typedef struct paper_colors {
  double paper[3], ink[3], table[3], tint[3];
} paper_colors;

static void paper_colors_init(paper_colors *colors, const page_spec *spec) {
  to_linear(spec->paper.color, colors->paper);
  to_linear(spec->pen.color, colors->ink);
  to_linear(spec->paper.table_color, colors->table);
  colors->tint[0] = 1 + 0.12 * spec->light.warmth;
  colors->tint[1] = 1;
  colors->tint[2] = 1 - 0.2 * spec->light.warmth;
}

static double glare_at(const page_spec *spec, double x, double y) {
  if (spec->glare.strength <= 0) return 0;
  double side = spec->width > spec->height ? spec->width : spec->height;
  double dx = (x / side - spec->glare.x) / spec->glare.radius, dy = (y / side - spec->glare.y) / spec->glare.radius;
  return spec->glare.strength * exp(-(dx * dx + dy * dy));
}

static double layer_over(const color_layer *layer, size_t at, int channel, double below) {
  if (!layer->rgba) return below;
  const float *rgba = layer->rgba + at * 4;
  return below * (1 - rgba[3]) + rgba[channel];
}

/* One pixel of the page under its light, in linear RGB. */
static void shade(const page_spec *spec, const page_sheet *sheet, const paper_colors *colors, int column, int row,
                  float *out) {
  const page_view *view = &sheet->view;
  size_t at = (size_t)row * (size_t)spec->width + (size_t)column;
  double writing = sheet->writing.ink[at], behind = sheet->behind.ink ? sheet->behind.ink[at] : 0;
  double dirt = sheet->dirt.ink[at], x, y, px = column + 0.5, py = row + 0.5;
  page_view_undo(view, px, py, &x, &y);
  double on_sheet = smooth_step(-0.7, 0.7, inside_sheet(view, x, y));
  double near_sheet = smooth_step(-9, 9, inside_sheet(view, x - 4, y - 6));
  double ink = writing > 0 ? writing * spec->pen.density * ink_kept(spec, x, y) : 0;
  double grain = paper_grain(spec, x, y), light = light_at(spec, px, py), glare = glare_at(spec, px, py);
  double slope = 1 + SLOPE_SHADE * page_view_slope(view, x, y) * on_sheet;
  double wood = on_sheet < 1 ? noise_fractal((uint32_t)spec->seed + SEED_TABLE, x / 160, y / 11, 3) : 0;
  for (int c = 0; c < 3; c++) {
    double paper = colors->paper[c] * grain * (1 - spec->paper.show_through * behind);
    paper = layer_over(&sheet->print, at, c, paper);
    paper = paper * (1 - ink) + colors->ink[c] * ink;
    paper = paper * (1 - dirt) + 0.04 * dirt;
    double around = colors->table[c] * (1 + 0.12 * wood) * (1 - 0.45 * near_sheet);
    double seen = layer_over(&sheet->things, at, c, paper * slope * on_sheet + around * (1 - on_sheet));
    out[c] = (float)(light * colors->tint[c] * seen + glare);
  }
}

#define BLUR_RADIUS_MAX 64

/* Half of a Gaussian's weights, the middle first; returns its radius. */
static int blur_weights(double sigma, float weights[BLUR_RADIUS_MAX + 1]) {
  int radius = (int)ceil(3 * sigma);
  if (radius > BLUR_RADIUS_MAX) radius = BLUR_RADIUS_MAX;
  float total = 0;
  for (int k = 0; k <= radius; k++) {
    weights[k] = (float)exp(-0.5 * k * k / (sigma * sigma));
    total += k ? 2 * weights[k] : weights[k];
  }
  for (int k = 0; k <= radius; k++) weights[k] /= total;
  return radius;
}

/* Along a row of RGB; padded holds the row with `radius` pixels repeated at either end. */
static void blur_row(float *row, int width, const float *weights, int radius, float *padded) {
  for (int i = 0; i < width + 2 * radius; i++) {
    int at = i - radius < 0 ? 0 : i - radius >= width ? width - 1 : i - radius;
    memcpy(padded + 3 * i, row + 3 * at, 3 * sizeof *row);
  }
  const float *middle = padded + 3 * radius;
  for (int i = 0; i < 3 * width; i++) row[i] = weights[0] * middle[i];
  for (int k = 1; k <= radius; k++)
    for (int i = 0; i < 3 * width; i++) row[i] += weights[k] * (middle[i - 3 * k] + middle[i + 3 * k]);
}

static const float *plane_row(const float *plane, int width, int height, int y) {
  return plane + (size_t)(y < 0 ? 0 : y >= height ? height - 1 : y) * (size_t)width * 3;
}

static int blur(float *plane, int width, int height, double sigma) {
  if (sigma < 0.2) return 0;
  float weights[BLUR_RADIUS_MAX + 1];
  int radius = blur_weights(sigma, weights), status = -1;
  size_t row_size = (size_t)width * 3;
  float *padded = malloc(((size_t)width + 2 * BLUR_RADIUS_MAX) * 3 * sizeof *padded);
  float *copy = malloc((size_t)height * row_size * sizeof *copy);
  if (!padded || !copy) goto cleanup;
  for (int y = 0; y < height; y++) blur_row(plane + (size_t)y * row_size, width, weights, radius, padded);
  memcpy(copy, plane, (size_t)height * row_size * sizeof *copy);
  for (int y = 0; y < height; y++) {
    float *row = plane + (size_t)y * row_size;
    for (size_t i = 0; i < row_size; i++) row[i] *= weights[0];
    for (int k = 1; k <= radius; k++) {
      const float *above = plane_row(copy, width, height, y - k), *below = plane_row(copy, width, height, y + k);
      for (size_t i = 0; i < row_size; i++) row[i] += weights[k] * (above[i] + below[i]);
    }
  }
  status = 0;
cleanup:
  free(padded);
  free(copy);
  return status;
}

/* The sRGB curve and the sensor's noise: stronger in the dark after the curve, a little wider than a pixel. */
static void expose(const page_spec *spec, const float *plane, page_picture *picture) {
  static const int CHANNEL_SEED = 1000;
  float curve[CURVE_STEPS + 1];
  for (int i = 0; i <= CURVE_STEPS; i++) curve[i] = (float)(255 * pow((double)i / CURVE_STEPS, 1 / 2.2));
  uint32_t seed = (uint32_t)spec->seed + SEED_NOISE;
  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++) {
      double shared = noise_white(seed, x, y) + noise_at(seed + 7, x / 1.6, y / 1.6);
      for (int c = 0; c < 3; c++) {
        size_t at = ((size_t)y * (size_t)picture->width + (size_t)x) * 3 + (size_t)c;
        double linear = plane[at] < 0 ? 0 : plane[at] > 1 ? 1 : plane[at], level = curve[(int)(linear * CURVE_STEPS)];
        double own = noise_white(seed + (uint32_t)(CHANNEL_SEED * (c + 1)), x, y);
        level += spec->camera.noise * (1.3 * shared + 0.6 * own) * (1.25 - 0.5 * level / 255) + 0.5;
        picture->data[at] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
      }
    }
}

int paper_render(const page_spec *spec, const page_sheet *sheet, page_picture *picture) {
  size_t pixels = (size_t)spec->width * (size_t)spec->height;
  float *plane = malloc(pixels * 3 * sizeof *plane);
  *picture = (page_picture){malloc(pixels * 3), spec->width, spec->height};
  int status = -1;
  if (!plane || !picture->data) goto cleanup;
  paper_colors colors;
  paper_colors_init(&colors, spec);
  for (size_t at = 0; at < pixels; at++)
    shade(spec, sheet, &colors, (int)(at % (size_t)spec->width), (int)(at / (size_t)spec->width), plane + at * 3);
  if (blur(plane, spec->width, spec->height, spec->camera.blur)) goto cleanup;
  expose(spec, plane, picture);
  status = 0;
cleanup:
  free(plane);
  if (status) page_picture_free(picture);
  return status;
}
