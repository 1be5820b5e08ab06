/* The named shapes. Where two kinds border on each other, a strip is left out that nobody could name: parallelograms
 * lean by at least 20 degrees, trapezoids narrow by a quarter, diamonds stand within 10 degrees of upright. */
#include "outlines.h"

#include <math.h>
#include <string.h>

static const float PI = 3.1415927f;
static const float ANYHOW = 3.1415927f, UPRIGHT = 0.17f; /* how far it may be turned */
static const float LEAST_TURN = 0.4f;                    /* of an outline at a corner, radians */

enum { LOOP_POINTS = 120 };

/* Draws the polygon, and notes corners and area. */
static void draw_polygon(train_hand *h, train_point *corners, size_t count) {
  train_drawing *d = h->drawing;
  train_hand_polygon(h, corners, count);
  memcpy(d->corners, corners, count * sizeof *corners);
  d->corner_count = count;
  memcpy(d->area.points, corners, count * sizeof *corners);
  d->area.count = count;
}

/* Width to height of what is neither wide nor high to speak of, or, with `slender`, up to six times as long as wide. */
static void draw_extent(train_hand *h, float slender, float *width, float *height) {
  const float share = 1 - train_random_uniform(h->random) * train_random_uniform(h->random) * (1 - slender);
  const int wide = train_hand_chance(h, 0.6f);
  *width = wide ? 1 : share;
  *height = wide ? share : 1;
}

static float draw_ellipse(train_hand *h, float ratio, float tilt) {
  train_point loop[LOOP_POINTS];
  train_drawing *d = h->drawing;
  const float dent = train_hand_chance(h, 0.3f) ? 4 * h->wobble : 0, at = train_hand_between(h, 0, 2 * PI);
  for (int i = 0; i < LOOP_POINTS; i++) {
    const float angle = 2 * PI * (float)i / LOOP_POINTS, radius = 0.5f + dent * sinf(3 * angle + at);
    loop[i] = (train_point){radius * cosf(angle), ratio * radius * sinf(angle)};
  }
  for (int i = 0; i < 4; i++)
    d->corners[i] = (train_point){i % 2 ? 0 : 0.5f - (float)(i / 2), i % 2 ? ratio * (0.5f - (float)(i / 2)) : 0};
  d->corner_count = 4;
  d->finest = ratio;
  memcpy(d->area.points, loop, sizeof loop);
  d->area.count = LOOP_POINTS;
  train_hand_loop(h, loop, LOOP_POINTS);
  return tilt;
}

static float draw_box(train_hand *h, float width, float height) {
  train_point c[4] = {
      {-width / 2, -height / 2}, {width / 2, -height / 2}, {width / 2, height / 2}, {-width / 2, height / 2}};
  draw_polygon(h, c, 4);
  h->drawing->finest = fminf(width, height);
  return fminf(width, height) < 0.7f * fmaxf(width, height) ? ANYHOW : 2.5f * UPRIGHT;
}

static float draw_rectangle(train_hand *h) {
  const float share = 0.06f + 0.74f * sqrtf(train_random_uniform(h->random));
  return train_hand_chance(h, 0.65f) ? draw_box(h, 1, share) : draw_box(h, share, 1);
}

/* Its least height over its longest side is 0.2. */
static float draw_triangle(train_hand *h) {
  train_point c[3] = {{-0.5f, 0}, {0.5f, 0}, {0, 0}};
  const uint32_t way = train_hand_below(h, 4);
  const float height = train_hand_between(h, 0.3f, 1.4f), scale = height > 1 ? 1 / height : 1;
  if (way == 0)
    c[2] = (train_point){0, -0.866f};
  else if (way == 1)
    c[2] = (train_point){0, -height};
  else if (way == 2)
    c[2] = (train_point){0.5f, -height};
  else
    c[2] = (train_point){train_hand_between(h, -0.8f, 0.8f), -height};
  train_place(c, 3, 0, scale, (train_point){0, scale * height / 2});
  draw_polygon(h, c, 3);
  return ANYHOW;
}

static float draw_diamond(train_hand *h) {
  float width, height;
  draw_extent(h, 0.4f, &width, &height);
  train_point c[4] = {{0, -height / 2}, {width / 2, 0}, {0, height / 2}, {-width / 2, 0}};
  draw_polygon(h, c, 4);
  return UPRIGHT;
}

static float draw_parallelogram(train_hand *h) {
  const float height = train_hand_between(h, 0.25f, 0.9f);
  const float lean = height * tanf(train_hand_between(h, 0.36f, 0.85f)) * (train_hand_chance(h, 0.5f) ? 1 : -1) / 2;
  train_point c[4] = {
      {lean - 0.5f, -height / 2}, {lean + 0.5f, -height / 2}, {0.5f - lean, height / 2}, {-0.5f - lean, height / 2}};
  draw_polygon(h, c, 4);
  return train_hand_chance(h, 0.85f) ? UPRIGHT : UPRIGHT + PI / 2;
}

static float draw_trapezoid(train_hand *h) {
  const float height = train_hand_between(h, 0.3f, 0.9f), top = train_hand_between(h, 0.25f, 0.72f);
  const float shift = train_hand_chance(h, 0.6f) ? 0 : (1 - top) / 2 * train_hand_between(h, -1, 1);
  train_point c[4] = {
      {shift - top / 2, -height / 2}, {shift + top / 2, -height / 2}, {0.5f, height / 2}, {-0.5f, height / 2}};
  if (train_hand_chance(h, 0.4f)) train_place(c, 4, PI, 1, (train_point){0, 0});
  draw_polygon(h, c, 4);
  return train_hand_chance(h, 0.7f) ? UPRIGHT : ANYHOW;
}

/* Whether the outline turns the same way at each corner, and by enough to be seen. */
static int has_plain_corners(const train_point *c, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const train_point a = c[(i + count - 1) % count], b = c[i], d = c[(i + 1) % count];
    const float ux = b.x - a.x, uy = b.y - a.y, vx = d.x - b.x, vy = d.y - b.y;
    if (atan2f(ux * vy - uy * vx, ux * vx + uy * vy) < LEAST_TURN) return 0;
  }
  return 1;
}

/* Regular, stretched; with a corner above or a side; some with sides of any length. */
static float draw_regular(train_hand *h, size_t count) {
  train_point c[TRAIN_DRAWING_CORNERS];
  float width, height;
  draw_extent(h, 0.5f, &width, &height);
  const float start = train_hand_chance(h, 0.7f) ? -PI / 2 : -PI / 2 + PI / (float)count;
  const float most = train_hand_chance(h, 0.45f) ? 0.25f : 0.12f;
  do {
    const float uneven = train_hand_between(h, 0, most);
    for (size_t i = 0; i < count; i++) {
      const float angle = start + 2 * PI * ((float)i + uneven * train_random_normal(h->random)) / (float)count;
      c[i] = (train_point){width / 2 * cosf(angle), height / 2 * sinf(angle)};
    }
  } while (!has_plain_corners(c, count));
  draw_polygon(h, c, count);
  return ANYHOW;
}

/* A house: a box with a roof. */
static float draw_house(train_hand *h) {
  const float width = train_hand_between(h, 0.6f, 1), eaves = train_hand_between(h, -0.3f, 0.1f);
  train_point c[5] = {{0, -0.5f}, {width / 2, eaves}, {width / 2, 0.5f}, {-width / 2, 0.5f}, {-width / 2, eaves}};
  draw_polygon(h, c, 5);
  return ANYHOW;
}

/* A bar that ends in points on two sides. */
static float draw_long_hexagon(train_hand *h) {
  const float height = train_hand_between(h, 0.25f, 0.8f), point = train_hand_between(h, 0.12f, 0.3f);
  train_point c[6] = {{-0.5f, 0}, {point - 0.5f, -height / 2}, {0.5f - point, -height / 2},
                      {0.5f, 0},  {0.5f - point, height / 2},  {point - 0.5f, height / 2}};
  draw_polygon(h, c, 6);
  return ANYHOW;
}

/* As an outline, or (five or six points) drawn through the middle. */
static float draw_star(train_hand *h) {
  train_point c[TRAIN_DRAWING_CORNERS];
  const size_t points = train_hand_chance(h, 0.8f) ? 5 : 4 + 2 * train_hand_below(h, 2);
  const int crossed = points == 5 && train_hand_chance(h, 0.45f);
  const float inner = points == 4 ? train_hand_between(h, 0.12f, 0.22f) : train_hand_between(h, 0.15f, 0.28f);
  for (size_t i = 0; i < 2 * points; i++) {
    const float angle = PI * ((float)i + 0.05f * train_random_normal(h->random)) / (float)points - PI / 2;
    const float radius = i % 2 ? inner : 0.5f;
    c[i] = (train_point){radius * cosf(angle), radius * sinf(angle)};
  }
  if (!crossed) {
    draw_polygon(h, c, 2 * points);
    return ANYHOW;
  }
  train_point tips[6];
  for (int i = 0; i <= 5; i++) tips[i] = c[4 * i % 10];
  train_hand_polyline(h, tips, 6);
  return ANYHOW;
}

/* The well-known curve of sines and cosines. */
static void draw_neat_heart(train_hand *h) {
  train_point loop[LOOP_POINTS];
  const float width = train_hand_between(h, 0.65f, 1.15f), notch = train_hand_between(h, 0.6f, 1.3f);
  for (int i = 0; i < LOOP_POINTS; i++) {
    const float t = 2 * PI * (float)i / LOOP_POINTS, s = sinf(t);
    const float y = 13 * cosf(t) - notch * 5 * cosf(2 * t) - 2 * cosf(3 * t) - cosf(4 * t);
    loop[i] = (train_point){width * 0.5f * s * s * s, -y / 32};
  }
  memcpy(h->drawing->area.points, loop, sizeof loop);
  h->drawing->area.count = LOOP_POINTS;
  train_hand_loop(h, loop, LOOP_POINTS);
}

/* Drawn from the notch and back, as one stroke or a stroke a lobe. The notch may be a mere dent and the tip blunt: what
 * makes it a heart then is the stroke that turns inwards above. */
static void draw_quick_heart(train_hand *h) {
  const float width = train_hand_between(h, 0.3f, 0.65f), lobe = train_hand_between(h, 0.35f, 0.7f);
  const float notch = train_hand_between(h, 0.07f, 0.45f), aside = train_hand_between(h, -0.1f, 0.1f);
  const float blunt = train_hand_chance(h, 0.5f) ? width * train_hand_between(h, 0.1f, 0.7f) : 0;
  const float low = blunt > 0 ? train_hand_between(h, 0.3f, 0.45f) : train_hand_between(h, 0.1f, 0.25f);
  const float sink = train_hand_between(h, -0.08f, 0.1f); /* how much deeper the second lobe ends */
  const train_point left[5] = {
      {aside, notch - 0.5f}, {-lobe * width, -0.5f}, {-width, -0.2f}, {-fmaxf(blunt, 0.55f * width), low}, {0, 0.5f}};
  const train_point right[5] = {{0, 0.5f},
                                {fmaxf(blunt, 0.55f * width), low},
                                {width, -0.2f},
                                {lobe * width, -0.5f},
                                {aside, notch + sink - 0.5f}};
  if (blunt > 0) {
    train_point whole[9];
    memcpy(whole, left, sizeof left);
    memcpy(whole + 4, right, sizeof right);
    train_hand_curve(h, whole, 9);
  } else {
    train_hand_curve(h, left, 5);
    train_hand_curve(h, right, 5);
  }
}

static float draw_heart(train_hand *h) {
  if (train_hand_chance(h, 0.5f))
    draw_neat_heart(h);
  else
    draw_quick_heart(h);
  return 0.6f;
}

static float draw_cross(train_hand *h) {
  float width, height;
  draw_extent(h, 0.55f, &width, &height);
  if (train_hand_chance(h, 0.35f)) { /* an outline */
    const float arm = train_hand_between(h, 0.1f, 0.19f) * fminf(width, height) / 1, x = width / 2, y = height / 2;
    train_point c[12] = {{-arm, -y}, {arm, -y}, {arm, -arm}, {x, -arm}, {x, arm},   {arm, arm},
                         {arm, y},   {-arm, y}, {-arm, arm}, {-x, arm}, {-x, -arm}, {-arm, -arm}};
    draw_polygon(h, c, 12);
    return ANYHOW;
  }
  const float off = height / 2 * train_hand_between(h, -0.3f, 0.3f);
  const train_point down[2] = {{0, -height / 2}, {0, height / 2}}, across[2] = {{-width / 2, off}, {width / 2, off}};
  train_hand_polyline(h, down, 2);
  train_hand_polyline(h, across, 2);
  return ANYHOW;
}

static float draw_block_arrow(train_hand *h) {
  const float head = train_hand_between(h, 0.25f, 0.5f), wide = train_hand_between(h, 0.2f, 0.45f);
  const float shaft = wide * train_hand_between(h, 0.25f, 0.65f), neck = 0.5f - head;
  train_point c[7] = {{-0.5f, -shaft}, {neck, -shaft}, {neck, -wide}, {0.5f, 0},
                      {neck, wide},    {neck, shaft},  {-0.5f, shaft}};
  draw_polygon(h, c, 7);
  return ANYHOW;
}

/* Two barbs in one stroke or two, or a closed head. */
static void draw_head(train_hand *h, train_point tip, train_point along) {
  const float length = train_hand_between(h, 0.1f, 0.3f), half = length * train_hand_between(h, 0.4f, 0.9f);
  const train_point back = {tip.x - length * along.x, tip.y - length * along.y};
  const train_point left = {back.x - half * along.y, back.y + half * along.x};
  const train_point right = {back.x + half * along.y, back.y - half * along.x};
  const train_point barbs[4] = {left, tip, right, left};
  h->drawing->finest = fminf(h->drawing->finest, fminf(length, 2 * half));
  if (train_hand_chance(h, 0.25f)) {
    train_hand_polyline(h, barbs, 4);
  } else if (train_hand_chance(h, 0.6f)) {
    train_hand_polyline(h, barbs, 3);
  } else {
    train_hand_polyline(h, barbs, 2);
    train_hand_polyline(h, barbs + 1, 2);
  }
}

static float draw_arrow(train_hand *h) {
  if (train_hand_chance(h, 0.35f)) return draw_block_arrow(h);
  const float bend = train_hand_chance(h, 0.6f) ? 0 : train_hand_between(h, -0.25f, 0.25f);
  const train_point shaft[3] = {{-0.5f, 0}, {0, bend}, {0.5f, 0}};
  const float norm = hypotf(0.5f, 1.6f * bend);
  train_hand_curve(h, shaft, 3);
  draw_head(h, shaft[2], (train_point){0.5f / norm, -1.6f * bend / norm});
  if (train_hand_chance(h, 0.12f)) draw_head(h, shaft[0], (train_point){-0.5f / norm, -1.6f * bend / norm});
  return ANYHOW;
}

static float draw_line(train_hand *h) {
  const float bend = train_hand_between(h, -0.05f, 0.05f);
  const train_point way[3] = {{-0.5f, 0}, {0, bend}, {0.5f, 0}};
  train_hand_curve(h, way, 3);
  return ANYHOW;
}

float train_outline_draw(train_hand *h, train_shape kind) {
  switch (kind) {
  case TRAIN_SHAPE_CIRCLE: return draw_ellipse(h, train_hand_between(h, 0.94f, 1), ANYHOW);
  case TRAIN_SHAPE_ELLIPSE: return draw_ellipse(h, train_hand_between(h, 0.1f, 0.78f), ANYHOW);
  case TRAIN_SHAPE_SQUARE: return draw_box(h, 1, train_hand_between(h, 0.95f, 1.05f));
  case TRAIN_SHAPE_RECTANGLE: return draw_rectangle(h);
  case TRAIN_SHAPE_TRIANGLE: return draw_triangle(h);
  case TRAIN_SHAPE_DIAMOND: return draw_diamond(h);
  case TRAIN_SHAPE_PARALLELOGRAM: return draw_parallelogram(h);
  case TRAIN_SHAPE_TRAPEZOID: return draw_trapezoid(h);
  case TRAIN_SHAPE_PENTAGON: return train_hand_chance(h, 0.75f) ? draw_regular(h, 5) : draw_house(h);
  case TRAIN_SHAPE_HEXAGON: return train_hand_chance(h, 0.6f) ? draw_regular(h, 6) : draw_long_hexagon(h);
  case TRAIN_SHAPE_STAR: return draw_star(h);
  case TRAIN_SHAPE_HEART: return draw_heart(h);
  case TRAIN_SHAPE_CROSS: return draw_cross(h);
  case TRAIN_SHAPE_ARROW: return draw_arrow(h);
  case TRAIN_SHAPE_LINE: return draw_line(h);
  case TRAIN_SHAPE_OTHER:
  case TRAIN_SHAPES: break;
  }
  return train_doodle_draw(h);
}
