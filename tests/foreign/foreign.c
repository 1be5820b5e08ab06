/* Each kind redraws the digit from its gray levels, read between the pixels. The archive's strokes get their width from
 * the level at which the blurred edge is cut; those of the screen are a skeleton (Zhang and Suen 1984) drawn with a
 * round pen. What no stand-in has: other people's ways of writing. */
#include "foreign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../generator/random.h"
#include "../generator/samples.h"

enum { DIGIT_SIDE = SAMPLE_SIDE, INK_MIN = 64, FINE = 3, FINE_SIDE = FINE * DIGIT_SIDE };

const char *const foreign_names[FOREIGN_KINDS] = {"plain", "archive", "postal", "screen"};

typedef struct digit {
  const uint8_t *pixels;
  double x0, y0, x1, y1; /* of the ink */
} digit;

static digit look_up(const train_dataset *digits, size_t index) {
  const uint8_t *pixels = digits->pixels + index * DIGIT_SIDE * DIGIT_SIDE;
  int box[4];
  sample_ink_box(pixels, INK_MIN, box);
  if (box[2] == 0) return (digit){pixels, 0, 0, DIGIT_SIDE, DIGIT_SIDE};
  return (digit){pixels, box[0], box[1], box[2], box[3]};
}

/* Ink 0..1 at a point of the digit's picture, bilinear. */
static double ink_at(const digit *d, double x, double y) {
  const int cx = (int)floor(x - 0.5), cy = (int)floor(y - 0.5);
  const double fx = x - 0.5 - cx, fy = y - 0.5 - cy;
  double sum = 0;
  for (int j = 0; j < 2; j++)
    for (int i = 0; i < 2; i++) {
      const int px = cx + i, py = cy + j;
      if (px < 0 || py < 0 || px >= DIGIT_SIDE || py >= DIGIT_SIDE) continue;
      sum += (i ? fx : 1 - fx) * (j ? fy : 1 - fy) * d->pixels[py * DIGIT_SIDE + px];
    }
  return sum / 255;
}

static double clamp(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

static int make_plain(const digit *d, shim_image *out) {
  const int status = shim_image_create(out, DIGIT_SIDE, DIGIT_SIDE, 1);
  if (status == SHIM_OK) memcpy(out->data, d->pixels, DIGIT_SIDE * DIGIT_SIDE);
  return status;
}

/* ---- archive ------------------------------------------------------------------------------------------------------ */

typedef struct sheet {
  double scale, left, top; /* picture = digit * scale - (left, top) */
  double cut;              /* ink level of the strokes' edges: lower ones are thicker */
  double density, fade;
  double neighbour_shift;                          /* pixels of the picture; 0: none */
  double rule_y, rule_x, rule_width, rule_density; /* below 0: none */
  double paper, stain, grain;
  uint32_t noise;
} sheet;

static sheet choose_sheet(random_stream *r, const digit *d, int *width, int *height) {
  const double side = random_between(r, 45, 150), scale = side / 20, pad = side * 0.2;
  const double before = random_between(r, 0.02, 1) * pad, above = random_between(r, 0.02, 1) * pad;
  sheet s = {.scale = scale, .left = d->x0 * scale - before, .top = d->y0 * scale - above};
  *width = (int)((d->x1 - d->x0) * scale + before + random_between(r, 0.02, 1) * pad) + 1;
  *height = (int)((d->y1 - d->y0) * scale + above + random_between(r, 0.02, 1) * pad) + 1;
  s.cut = random_between(r, 0.25, 0.7);
  s.density = random_between(r, 0.35, 0.85);
  s.fade = random_between(r, 0, 0.35);
  if (random_chance(r, 0.4)) {
    const double visible = random_between(r, 0.3, 0.9) * (random_chance(r, 0.5) ? before : -before);
    s.neighbour_shift = visible > 0 ? visible : visible - 1e-9;
  }
  s.rule_y = random_chance(r, 0.35)
                 ? (random_chance(r, 0.5) ? random_between(r, 0, 0.07) : random_between(r, 0.93, 1)) * *height
                 : -1e9;
  s.rule_x = random_chance(r, 0.25)
                 ? (random_chance(r, 0.5) ? random_between(r, 0, 0.05) : random_between(r, 0.95, 1)) * *width
                 : -1e9;
  s.rule_width = side * random_between(r, 0.01, 0.025);
  s.rule_density = random_between(r, 0.2, 0.6);
  s.paper = random_between(r, 140, 225);
  s.stain = random_between(r, 0, 18);
  s.grain = random_between(r, 2, 9);
  s.noise = random_bits(r);
  return s;
}

static double stroke_at(const sheet *s, const digit *d, double x, double y) {
  return clamp((ink_at(d, x, y) - s->cut) * s->scale / 2 + 0.5, 0, 1);
}

static int make_archive(const digit *d, const digit *neighbour, random_stream *r, shim_image *out) {
  int width, height;
  const sheet s = choose_sheet(r, d, &width, &height);
  const int status = shim_image_create(out, width, height, 1);
  if (status != SHIM_OK) return status;
  /* The neighbour's inner edge lies so far within the picture, on the left or on the right. */
  const double shift = s.neighbour_shift > 0 ? neighbour->x1 - (s.left + s.neighbour_shift) / s.scale
                                             : neighbour->x0 - (s.left + width + s.neighbour_shift) / s.scale;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const double u = (x + 0.5 + s.left) / s.scale, v = (y + 0.5 + s.top) / s.scale;
      double ink = stroke_at(&s, d, u, v);
      if (s.neighbour_shift != 0) ink = fmax(ink, stroke_at(&s, neighbour, u + shift, v));
      ink *=
          s.density * (1 - s.fade * (0.5 + 0.5 * noise_fractal(s.noise + 1, x / (3 * s.scale), y / (3 * s.scale), 2)));
      if (fabs(x - s.rule_x) < s.rule_width || fabs(y - s.rule_y) < s.rule_width) ink = fmax(ink, s.rule_density);
      const double paper = s.paper + s.stain * noise_fractal(s.noise, x / 25.0, y / 25.0, 3);
      out->data[y * out->stride + x] =
          (uint8_t)clamp(paper * (1 - ink) + s.grain * noise_white(s.noise + 2, x, y), 0, 255);
    }
  return shim_blur(out, out, 3);
}

/* ---- postal ------------------------------------------------------------------------------------------------------- */

static int make_postal(const digit *d, random_stream *r, shim_image *out) {
  enum { SIDE = 16, SAMPLES = 4 };
  const int side = SIDE * (1 << random_below(r, 2)), inverted = random_chance(r, 0.5);
  const double longer = fmax(d->x1 - d->x0, d->y1 - d->y0), step = longer / SIDE;
  const double left = (d->x0 + d->x1 - longer) / 2, top = (d->y0 + d->y1 - longer) / 2;
  const uint32_t noise = random_bits(r);
  uint8_t small[SIDE * SIDE];
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      double sum = 0;
      for (int j = 0; j < SAMPLES; j++)
        for (int i = 0; i < SAMPLES; i++)
          sum += ink_at(d, left + (x + (i + 0.5) / SAMPLES) * step, top + (y + (j + 0.5) / SAMPLES) * step);
      const double value = clamp(255 * sum / (SAMPLES * SAMPLES) + 6 * noise_white(noise, x, y), 0, 255);
      small[y * SIDE + x] = (uint8_t)(inverted ? 255 - value : value);
    }
  const shim_image from = {small, SIDE, SIDE, 1, SIDE};
  const int status = shim_image_create(out, side, side, 1);
  return status == SHIM_OK ? shim_resize(&from, out) : status;
}

/* ---- screen ------------------------------------------------------------------------------------------------------- */

/* The neighbours clockwise from above, as bits. */
static unsigned neighbours(const uint8_t *map, int x, int y) {
  static const int dx[] = {0, 1, 1, 1, 0, -1, -1, -1}, dy[] = {-1, -1, 0, 1, 1, 1, 0, -1};
  unsigned bits = 0;
  for (int i = 0; i < 8; i++) bits |= (unsigned)(map[(y + dy[i]) * FINE_SIDE + x + dx[i]] != 0) << i;
  return bits;
}

static int goes(unsigned bits, int second) {
  int count = 0, changes = 0;
  for (int i = 0; i < 8; i++) {
    count += bits >> i & 1;
    changes += !(bits >> i & 1) && (bits >> (i + 1) % 8 & 1);
  }
  const unsigned up = bits & 1, right = bits >> 2 & 1, down = bits >> 4 & 1, left = bits >> 6 & 1;
  if (count < 2 || count > 6 || changes != 1) return 0;
  return second ? !(up & right & left) && !(up & down & left) : !(up & right & down) && !(right & down & left);
}

/* One pixel wide; the map's own border must be empty. */
static void thin(uint8_t map[FINE_SIDE * FINE_SIDE]) {
  uint8_t before[FINE_SIDE * FINE_SIDE];
  for (int changed = 1; changed;) {
    changed = 0;
    for (int second = 0; second < 2; second++) {
      memcpy(before, map, sizeof before);
      for (int y = 1; y < FINE_SIDE - 1; y++)
        for (int x = 1; x < FINE_SIDE - 1; x++)
          if (before[y * FINE_SIDE + x] && goes(neighbours(before, x, y), second)) {
            map[y * FINE_SIDE + x] = 0;
            changed = 1;
          }
    }
  }
}

static void draw_dot(shim_image *out, double x, double y, double radius) {
  for (int py = (int)(y - radius - 1); py <= (int)(y + radius + 1); py++)
    for (int px = (int)(x - radius - 1); px <= (int)(x + radius + 1); px++) {
      if (px < 0 || py < 0 || px >= out->width || py >= out->height) continue;
      const double ink = 255 * clamp(radius + 0.5 - hypot(px + 0.5 - x, py + 0.5 - y), 0, 1);
      uint8_t *to = out->data + py * out->stride + px;
      if (ink > *to) *to = (uint8_t)ink;
    }
}

static int make_screen(const digit *d, random_stream *r, shim_image *out) {
  uint8_t map[FINE_SIDE * FINE_SIDE] = {0};
  for (int y = 1; y < FINE_SIDE - 1; y++)
    for (int x = 1; x < FINE_SIDE - 1; x++)
      map[y * FINE_SIDE + x] = ink_at(d, (x + 0.5) / FINE, (y + 0.5) / FINE) > 0.5;
  thin(map);
  const int side = 100 + random_below(r, 200);
  const double size = side * random_between(r, 0.35, 0.75), scale = size / 20 / FINE;
  const double radius = size * random_between(r, 0.04, 0.08), room = side - size;
  const double left = random_between(r, 0.1, 0.9) * room - d->x0 * FINE * scale;
  const double top = random_between(r, 0.1, 0.9) * room - d->y0 * FINE * scale;
  const int status = shim_image_create(out, side, side, 1);
  if (status != SHIM_OK) return status;
  memset(out->data, 0, (size_t)out->stride * (size_t)side);
  for (int y = 0; y < FINE_SIDE; y++)
    for (int x = 0; x < FINE_SIDE; x++)
      if (map[y * FINE_SIDE + x]) draw_dot(out, left + (x + 0.5) * scale, top + (y + 0.5) * scale, radius);
  return SHIM_OK;
}

int foreign_make(foreign_kind kind, const train_dataset *digits, size_t index, shim_image *out) {
  const digit d = look_up(digits, index), neighbour = look_up(digits, (index + 1) % digits->count);
  random_stream r;
  random_start(&r, index, (uint64_t)kind);
  switch (kind) {
  case FOREIGN_ARCHIVE: return make_archive(&d, &neighbour, &r, out);
  case FOREIGN_POSTAL: return make_postal(&d, &r, out);
  case FOREIGN_SCREEN: return make_screen(&d, &r, out);
  case FOREIGN_PLAIN:
  case FOREIGN_KINDS: break;
  }
  return make_plain(&d, out);
}
