/* Anti-aliased drawing by distance (strokes) and by nine samples a pixel (areas). Meant for pictures of a hundred
 * pixels: every pixel of a shape's box is looked at for every segment. */
#include "canvas.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 3 /* a pixel and direction, of a filled area */ };

int train_canvas_open(shim_image *out, int width, int height) {
  const int status = shim_image_create(out, width, height, 1);
  if (status == SHIM_OK) memset(out->data, 0, (size_t)out->stride * (size_t)height);
  return status;
}

/* The pixels that lie in a rectangle grown by margin. */
static train_box clip(const shim_image *canvas, float left, float top, float right, float bottom, float margin) {
  const float width = (float)canvas->width, height = (float)canvas->height;
  return (train_box){.x0 = (int)fminf(fmaxf(floorf(left - margin), 0.0f), width),
                     .y0 = (int)fminf(fmaxf(floorf(top - margin), 0.0f), height),
                     .x1 = (int)fmaxf(fminf(ceilf(right + margin), width), 0.0f),
                     .y1 = (int)fmaxf(fminf(ceilf(bottom + margin), height), 0.0f)};
}

static void cover(shim_image *canvas, int x, int y, float share) {
  uint8_t *pixel = canvas->data + y * canvas->stride + x;
  const float value = 255.0f * fminf(fmaxf(share, 0.0f), 1.0f);
  if (value > *pixel) *pixel = (uint8_t)value;
}

static float distance(float x, float y, train_point a, train_point b) {
  const float dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  const float along = square > 0.0f ? ((x - a.x) * dx + (y - a.y) * dy) / square : 0.0f;
  const float t = fminf(fmaxf(along, 0.0f), 1.0f);
  return hypotf(x - a.x - t * dx, y - a.y - t * dy);
}

void train_canvas_stroke(shim_image *canvas, const train_point *points, size_t count, float radius) {
  for (size_t i = 0; i < count; i++) {
    const train_point a = points[i > 0 ? i - 1 : 0], b = points[i];
    const train_box box = clip(canvas, fminf(a.x, b.x), fminf(a.y, b.y), fmaxf(a.x, b.x), fmaxf(a.y, b.y), radius + 1);
    for (int y = box.y0; y < box.y1; y++)
      for (int x = box.x0; x < box.x1; x++)
        cover(canvas, x, y, radius + 0.5f - distance((float)x + 0.5f, (float)y + 0.5f, a, b));
  }
}

static int inside(const train_point *points, size_t count, float x, float y) {
  int crossings = 0;
  for (size_t i = 0; i < count; i++) {
    const train_point a = points[i], b = points[(i + 1) % count];
    crossings += (a.y > y) != (b.y > y) && x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
  }
  return crossings % 2;
}

void train_canvas_fill(shim_image *canvas, const train_point *points, size_t count) {
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (size_t i = 0; i < count; i++) {
    left = fminf(left, points[i].x);
    top = fminf(top, points[i].y);
    right = fmaxf(right, points[i].x);
    bottom = fmaxf(bottom, points[i].y);
  }
  const train_box box = clip(canvas, left, top, right, bottom, 0.0f);
  for (int y = box.y0; y < box.y1; y++)
    for (int x = box.x0; x < box.x1; x++) {
      int hits = 0;
      for (int s = 0; s < SAMPLES * SAMPLES; s++)
        hits += inside(points, count, (float)x + ((float)(s % SAMPLES) + 0.5f) / SAMPLES,
                       (float)y + ((float)(s / SAMPLES) + 0.5f) / SAMPLES);
      cover(canvas, x, y, (float)hits / (SAMPLES * SAMPLES));
    }
}

void train_canvas_lay(shim_image *canvas, const shim_image *coverage, int x, int y) {
  for (int row = 0; row < coverage->height; row++)
    for (int column = 0; column < coverage->width; column++) {
      const int px = x + column, py = y + row;
      if (px < 0 || py < 0 || px >= canvas->width || py >= canvas->height) continue;
      const uint8_t value = coverage->data[row * coverage->stride + column];
      uint8_t *pixel = canvas->data + py * canvas->stride + px;
      if (value > *pixel) *pixel = value;
    }
}

void train_canvas_blank(shim_image *canvas, train_box box) {
  for (int y = box.y0 > 0 ? box.y0 : 0; y < box.y1 && y < canvas->height; y++)
    for (int x = box.x0 > 0 ? box.x0 : 0; x < box.x1 && x < canvas->width; x++)
      canvas->data[y * canvas->stride + x] = 0;
}

int train_canvas_box(const shim_image *canvas, train_box *box) {
  *box = (train_box){canvas->width, canvas->height, 0, 0};
  for (int y = 0; y < canvas->height; y++)
    for (int x = 0; x < canvas->width; x++) {
      if (canvas->data[y * canvas->stride + x] < 128) continue;
      if (x < box->x0) box->x0 = x;
      if (x >= box->x1) box->x1 = x + 1;
      if (y < box->y0) box->y0 = y;
      box->y1 = y + 1;
    }
  return box->x1 > 0;
}

static float spline(float before, float from, float to, float after, float t) {
  const float a = -before + 3.0f * from - 3.0f * to + after, b = 2.0f * before - 5.0f * from + 4.0f * to - after;
  return from + 0.5f * t * (to - before + t * (b + t * a));
}

size_t train_curve(const train_point *controls, size_t count, int steps, train_point *out) {
  size_t made = 0;
  if (count == 0) return 0;
  out[made++] = controls[0];
  for (size_t i = 1; i < count; i++) {
    const train_point before = controls[i > 1 ? i - 2 : 0], after = controls[i + 1 < count ? i + 1 : i];
    const train_point from = controls[i - 1], to = controls[i];
    for (int s = 1; s <= steps; s++) {
      const float t = (float)s / (float)steps;
      out[made++] =
          (train_point){spline(before.x, from.x, to.x, after.x, t), spline(before.y, from.y, to.y, after.y, t)};
    }
  }
  return made;
}
