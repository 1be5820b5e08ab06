/* Composes a page in linear light: paper and table, ink with the paper's tooth, light with gradient, vignette and
 * shadows, defocus, then the sensor's noise and the sRGB curve (taken as a power of 2.2). Not modelled: colour fringes,
 * motion blur, moire. */
#include "paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEGREE 0.017453292519943295
#define CURVE_STEPS 4096

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

/* One pixel of the page under its light, in linear RGB. */
static void shade(const page_spec *spec, const page_view *view, const paper_colors *colors, int column, int row,
                  double writing, double behind, double dirt, float *out) {
  double x, y, px = column + 0.5, py = row + 0.5;
  page_map_apply(&view->to_sheet, px, py, &x, &y);
  double on_sheet = smooth_step(-0.7, 0.7, inside_sheet(view, x, y));
  double near_sheet = smooth_step(-9, 9, inside_sheet(view, x - 4, y - 6));
  double ink = writing > 0 ? writing * spec->pen.density * ink_kept(spec, x, y) : 0;
  double grain = paper_grain(spec, x, y), light = light_at(spec, px, py);
  double table = 1 + 0.12 * noise_fractal((uint32_t)spec->seed + SEED_TABLE, x / 160, y / 11, 3);
  for (int c = 0; c < 3; c++) {
    double sheet = colors->paper[c] * grain * (1 - spec->paper.show_through * behind);
    sheet = sheet * (1 - ink) + colors->ink[c] * ink;
    sheet = sheet * (1 - dirt) + 0.04 * dirt;
    double around = colors->table[c] * table * (1 - 0.45 * near_sheet);
    out[c] = (float)(light * colors->tint[c] * (sheet * on_sheet + around * (1 - on_sheet)));
  }
}

/* Gaussian blur along one axis of an interleaved RGB plane; step is the distance of neighbours in floats. */
static void blur_line(float *line, size_t count, size_t step, const float *weights, int radius, float *scratch) {
  for (size_t i = 0; i < count; i++) {
    float sum = 0;
    for (int k = -radius; k <= radius; k++) {
      ptrdiff_t at = (ptrdiff_t)i + k;
      at = at < 0 ? 0 : at >= (ptrdiff_t)count ? (ptrdiff_t)count - 1 : at;
      sum += weights[k < 0 ? -k : k] * line[(size_t)at * step];
    }
    scratch[i] = sum;
  }
  for (size_t i = 0; i < count; i++) line[i * step] = scratch[i];
}

#define BLUR_RADIUS_MAX 64

static int blur(float *plane, int width, int height, double sigma) {
  if (sigma < 0.2) return 0;
  int radius = (int)ceil(3 * sigma);
  if (radius > BLUR_RADIUS_MAX) radius = BLUR_RADIUS_MAX;
  float weights[BLUR_RADIUS_MAX + 1], total = 0;
  for (int k = 0; k <= radius; k++) {
    weights[k] = (float)exp(-0.5 * k * k / (sigma * sigma));
    total += k ? 2 * weights[k] : weights[k];
  }
  for (int k = 0; k <= radius; k++) weights[k] /= total;
  float *scratch = malloc((size_t)(width > height ? width : height) * sizeof *scratch);
  if (!scratch) return -1;
  for (int y = 0; y < height; y++)
    for (int c = 0; c < 3; c++)
      blur_line(plane + (size_t)y * (size_t)width * 3 + c, (size_t)width, 3, weights, radius, scratch);
  for (int i = 0; i < width * 3; i++) blur_line(plane + i, (size_t)height, (size_t)width * 3, weights, radius, scratch);
  free(scratch);
  return 0;
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

int paper_render(const page_spec *spec, const page_view *view, const ink_plane *writing, const ink_plane *behind,
                 const ink_plane *dirt, page_picture *picture) {
  size_t pixels = (size_t)spec->width * (size_t)spec->height;
  float *plane = malloc(pixels * 3 * sizeof *plane);
  *picture = (page_picture){malloc(pixels * 3), spec->width, spec->height};
  int status = -1;
  if (!plane || !picture->data) goto cleanup;
  paper_colors colors;
  paper_colors_init(&colors, spec);
  for (size_t at = 0; at < pixels; at++)
    shade(spec, view, &colors, (int)(at % (size_t)spec->width), (int)(at / (size_t)spec->width), writing->ink[at],
          behind ? behind->ink[at] : 0, dirt->ink[at], plane + at * 3);
  if (blur(plane, spec->width, spec->height, spec->camera.blur)) goto cleanup;
  expose(spec, plane, picture);
  status = 0;
cleanup:
  free(plane);
  if (status) page_picture_free(picture);
  return status;
}
