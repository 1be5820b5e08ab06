/* What is none of the shapes: letters and digits, marks, scribbles, open and half shapes, solids, several shapes in
 * one. What a person would take for one of the shapes must not come out: no O or 0, no +, X or l, no triangle with a
 * stroke missing by a hair. Scribbles are not looked at. */
#include <math.h>

#include "outlines.h"
#include "signs.h"

static const float PI = 3.1415927f;
static const float ANYHOW = 3.1415927f, UPRIGHT = 0.25f;

enum { POINTS_MOST = 16 };

/* Letters, digits, check marks, brackets, zigzags. */
static const char *const signs[] = {"094089;2575",
                                    "0009;~0060725505;~5585896909",
                                    "~8160200308296989",
                                    "0009;~0050837509",
                                    "80000989;0464",
                                    "800009;0464",
                                    "~81502003082969898555;5585",
                                    "0009;8089;0484",
                                    "8070;~7077592917",
                                    "0009;8004;0489",
                                    "000989",
                                    "0900448089",
                                    "09008980",
                                    "0009;~0060725505",
                                    "0009;~0060725505;3589",
                                    "~806020426478592908",
                                    "0080;4049",
                                    "~000629698980",
                                    "004980",
                                    "0029436980",
                                    "004480;4449",
                                    "00800989",
                                    "~0240726209;0989",
                                    "~024072543465784908",
                                    "60075787;6069",
                                    "800004;~044474864908",
                                    "~703003072868643406",
                                    "008029",
                                    "~826020042444628268;6889",
                                    "~642003246464;6469",
                                    "053989",
                                    "053980",
                                    "70303979",
                                    "20707929",
                                    "~602024340425296069",
                                    "0080;0989;8009",
                                    "05082040808669",
                                    "09202949",
                                    "0009;0989",
                                    "~095070808969",
                                    "~00203040607089",
                                    "0009;~0434558579;0979",
                                    "~0424446484;~0727476787",
                                    "0383;0686",
                                    "0387;0783;0585;4149",
                                    "2029;6069;0383;0686"};

static void draw_sign(train_hand *h, const char *text, train_point at, float width, float height) {
  const float slant = 0.25f * train_random_signed(h->random), jitter = train_hand_between(h, 0, 0.04f);
  while (*text) {
    train_point points[TRAIN_SIGN_POINTS];
    int smooth;
    const size_t count = train_sign_stroke(&text, points, &smooth);
    for (size_t i = 0; i < count; i++) {
      const float x = points[i].x + jitter * train_random_normal(h->random) + slant * (0.5f - points[i].y);
      points[i] =
          (train_point){at.x + width * x, at.y + height * (points[i].y + jitter * train_random_normal(h->random))};
    }
    if (smooth)
      train_hand_curve(h, points, count);
    else
      train_hand_polyline(h, points, count);
  }
}

static const char *any_sign(train_hand *h) {
  return signs[train_hand_below(h, (uint32_t)(sizeof signs / sizeof *signs))];
}

static float draw_letter(train_hand *h) {
  const float width = train_hand_between(h, 0.5f, 1.1f);
  draw_sign(h, any_sign(h), (train_point){-width / 2, -0.5f}, width, 1);
  return UPRIGHT;
}

static float draw_word(train_hand *h) {
  const int count = 2 + (int)train_hand_below(h, 4);
  const float step = 1.0f / (float)count, height = step * train_hand_between(h, 1, 1.8f);
  for (int i = 0; i < count; i++)
    draw_sign(h, any_sign(h), (train_point){step * (float)i - 0.5f, -height / 2}, 0.75f * step, height);
  return UPRIGHT;
}

static float draw_scribble(train_hand *h) {
  train_point points[POINTS_MOST];
  const size_t count = 5 + train_hand_below(h, 9);
  const float squeeze = train_hand_between(h, 0.3f, 1);
  for (size_t i = 0; i < count; i++)
    points[i] = (train_point){train_hand_between(h, -0.5f, 0.5f), squeeze * train_hand_between(h, -0.5f, 0.5f)};
  if (train_hand_chance(h, 0.7f))
    train_hand_curve(h, points, count);
  else
    train_hand_polyline(h, points, 4 + count / 3);
  return ANYHOW;
}

static float draw_cloud(train_hand *h) {
  const int bumps = 5 + (int)train_hand_below(h, 5);
  const float ratio = train_hand_between(h, 0.5f, 1), step = 2 * PI / (float)bumps;
  const float bump = train_hand_between(h, 0.5f, 0.75f) * step * 0.38f;
  for (int i = 0; i < bumps; i++) {
    const float angle = step * (float)i;
    const train_point centre = {0.38f * cosf(angle), ratio * 0.38f * sinf(angle)};
    train_hand_arc(h, centre, bump, bump, angle - 1.9f, angle + 1.9f);
  }
  return UPRIGHT;
}

static float draw_cube(train_hand *h) {
  const float dx = train_hand_between(h, 0.15f, 0.5f), dy = train_hand_between(h, 0.15f, 0.4f);
  const float width = 1 - dx, height = train_hand_between(h, 0.3f, 0.8f), x = -0.5f, y = 0.1f;
  train_point front[4] = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
  train_hand_polygon(h, front, 4);
  const train_point above[4] = {front[0], {x + dx, y - dy}, {x + dx + width, y - dy}, front[1]};
  const train_point beside[3] = {above[2], {x + dx + width, y - dy + height}, front[2]};
  train_hand_polyline(h, above, 4);
  train_hand_polyline(h, beside, 3);
  return UPRIGHT;
}

static float draw_cylinder(train_hand *h) {
  const float width = train_hand_between(h, 0.4f, 1), lid = width * train_hand_between(h, 0.1f, 0.3f), x = width / 2;
  const train_point left[2] = {{-x, -0.4f}, {-x, 0.4f}}, right[2] = {{x, -0.4f}, {x, 0.4f}};
  train_hand_arc(h, (train_point){0, -0.4f}, x, lid, 0, 2 * PI);
  train_hand_polyline(h, left, 2);
  train_hand_polyline(h, right, 2);
  train_hand_arc(h, (train_point){0, 0.4f}, x, lid, 0, PI);
  return UPRIGHT;
}

static float draw_spiral(train_hand *h) {
  train_point points[POINTS_MOST];
  const float turns = train_hand_between(h, 1.6f, 2.5f);
  for (int i = 0; i < POINTS_MOST; i++) {
    const float share = (float)i / (POINTS_MOST - 1), angle = 2 * PI * turns * share;
    points[i] =
        (train_point){0.5f * (0.08f + 0.92f * share) * cosf(angle), 0.5f * (0.08f + 0.92f * share) * sinf(angle)};
  }
  train_hand_curve(h, points, POINTS_MOST);
  return ANYHOW;
}

/* An arc that is no closed ellipse, with or without its chord. */
static float draw_arc(train_hand *h) {
  const float ratio = train_hand_between(h, 0.6f, 1), sweep = train_hand_between(h, 0.6f, 1.35f) * PI;
  const float half = 0.5f * ratio;
  train_hand_arc(h, (train_point){0, 0}, 0.5f, half, 0, sweep);
  if (train_hand_chance(h, 0.5f) || sweep < 0.8f * PI) {
    const train_point chord[2] = {{0.5f, 0}, {0.5f * cosf(sweep), half * sinf(sweep)}};
    const train_point wedge[3] = {chord[0], {0, 0}, chord[1]};
    if (train_hand_chance(h, 0.4f))
      train_hand_polyline(h, wedge, 3);
    else
      train_hand_polyline(h, chord, 2);
  }
  return ANYHOW;
}

/* An arc of a circle between (0, -0.5) and (0, 0.5) that bulges by `bulge` to the right. */
static void draw_bulge(train_hand *h, float bulge) {
  const float radius = (0.25f + bulge * bulge) / (2 * bulge), angle = atan2f(0.5f, radius - bulge);
  train_hand_arc(h, (train_point){bulge - radius, 0}, radius, radius, -angle, angle);
}

/* Two arcs that meet: a moon, from a sickle to more than half a ring; a lens is left out. */
static float draw_moon(train_hand *h) {
  const float outer = train_hand_between(h, 0.12f, 0.7f);
  draw_bulge(h, outer);
  draw_bulge(h, fmaxf(0.03f, outer * train_hand_between(h, 0.15f, 0.75f)));
  return ANYHOW;
}

/* A bow with thickness: two arcs one in the other, closed below. */
static float draw_arch(train_hand *h) {
  const float inner = train_hand_between(h, 0.15f, 0.35f);
  const train_point left[2] = {{-0.5f, 0}, {-inner, 0}}, right[2] = {{inner, 0}, {0.5f, 0}};
  train_hand_arc(h, (train_point){0, 0}, 0.5f, 0.6f, PI, 2 * PI);
  train_hand_arc(h, (train_point){0, 0}, inner, inner * 1.2f, PI, 2 * PI);
  train_hand_polyline(h, left, 2);
  train_hand_polyline(h, right, 2);
  return ANYHOW;
}

/* Some sides of a polygon, with one wholly missing. */
static float draw_open_polygon(train_hand *h) {
  train_point points[6];
  const size_t count = 3 + train_hand_below(h, 3);
  const float height = train_hand_between(h, 0.5f, 1);
  for (size_t i = 0; i < count; i++) {
    const float angle = 2 * PI * ((float)i + 0.5f) / (float)count;
    points[i] = (train_point){0.5f * cosf(angle), height * 0.5f * sinf(angle)};
  }
  train_hand_polyline(h, points, count);
  return ANYHOW;
}

/* A corner cut in: L, notched and waisted outlines. */
static float draw_notched(train_hand *h) {
  const float a = train_hand_between(h, -0.25f, 0.25f), b = train_hand_between(h, -0.25f, 0.25f);
  train_point ell[6] = {{-0.5f, -0.5f}, {a, -0.5f}, {a, b}, {0.5f, b}, {0.5f, 0.5f}, {-0.5f, 0.5f}};
  train_point notch[5] = {{-0.5f, -0.4f}, {a, 0.15f + 0.6f * b}, {0.5f, -0.4f}, {0.5f, 0.5f}, {-0.5f, 0.5f}};
  if (train_hand_chance(h, 0.6f))
    train_hand_polygon(h, ell, 6);
  else
    train_hand_polygon(h, notch, 5);
  return ANYHOW;
}

/* The flow chart's document: a box with a wave below, and sometimes its neighbour, the punched tape, with one above. */
static float draw_document(train_hand *h) {
  const float height = train_hand_between(h, 0.35f, 0.9f), wave = train_hand_between(h, 0.07f, 0.18f);
  const float side = train_hand_chance(h, 0.5f) ? 1 : -1, low = height / 2 - wave;
  const train_point below[5] = {
      {side * 0.5f, low}, {side * 0.25f, low - wave}, {0, low}, {-side * 0.25f, low + wave}, {-side * 0.5f, low}};
  train_hand_curve(h, below, 5);
  if (train_hand_chance(h, 0.2f)) {
    train_point above[5];
    for (int i = 0; i < 5; i++) above[i] = (train_point){below[i].x, below[i].y - height + wave};
    train_hand_curve(h, above, 5);
    train_hand_polyline(h, (train_point[]){below[0], above[0]}, 2);
    train_hand_polyline(h, (train_point[]){below[4], above[4]}, 2);
  } else {
    train_hand_polyline(h, (train_point[]){below[0], {below[0].x, -height / 2}, {below[4].x, -height / 2}, below[4]},
                        4);
  }
  return UPRIGHT;
}

static void draw_part(train_hand *h, train_point at, float width, float height) {
  train_point c[4] = {{at.x, at.y}, {at.x + width, at.y}, {at.x + width, at.y + height}, {at.x, at.y + height}};
  const uint32_t kind = train_hand_below(h, 3);
  if (kind == 0) {
    train_hand_arc(h, (train_point){at.x + width / 2, at.y + height / 2}, width / 2, height / 2, 0, 2 * PI);
  } else if (kind == 1) {
    train_hand_polygon(h, c, 4);
  } else {
    c[0].x += width / 2;
    train_hand_polygon(h, (train_point[]){c[0], c[2], c[3]}, 3);
  }
}

/* Two or three shapes apart, overlapping, or one in the other. */
static float draw_several(train_hand *h) {
  const int count = 2 + (int)train_hand_below(h, 2);
  for (int i = 0; i < count; i++) {
    const float width = train_hand_between(h, 0.25f, 0.5f), height = train_hand_between(h, 0.25f, 0.6f);
    const train_point at = {(float)i * 0.45f - 0.6f + 0.1f * train_random_signed(h->random),
                            train_hand_between(h, -0.4f, 0)};
    draw_part(h, at, width, height);
  }
  return ANYHOW;
}

/* A shape with rings, blobs, dots or bars beside it or on its outline. Connectors, which the generator puts at shapes
 * that keep their names, lead away from the outline instead. */
static float draw_accompanied(train_hand *h) {
  const float height = train_hand_between(h, 0.25f, 1);
  draw_part(h, (train_point){-0.5f, -height / 2}, 1, height);
  const int count = 1 + (int)train_hand_below(h, 3);
  for (int i = 0; i < count; i++) {
    const float angle = train_hand_between(h, 0, 2 * PI), c = cosf(angle), s = sinf(angle);
    const float norm = hypotf(c * height, s), reach = 0.5f * height / norm, size = train_hand_between(h, 0.03f, 0.12f);
    if (train_hand_chance(h, 0.2f)) { /* a dot */
      const float far = reach + train_hand_between(h, 0.06f, 0.3f), dot = size / 4;
      train_hand_arc(h, (train_point){far * c, far * s}, dot, dot, 0, 2 * PI);
    } else if (train_hand_chance(h, 0.7f)) {
      const float far = reach + size * train_hand_between(h, -0.5f, 3);
      train_hand_arc(h, (train_point){far * c, far * s}, size, size * train_hand_between(h, 0.7f, 1), angle,
                     angle + 2.1f * PI);
    } else {
      const float far = reach + train_hand_between(h, 0.1f, 0.3f), half = train_hand_between(h, 0.1f, 0.4f);
      train_hand_polyline(
          h, (train_point[]){{far * c - half * s, far * s + half * c}, {far * c + half * s, far * s - half * c}}, 2);
    }
  }
  return ANYHOW;
}

/* A shape with lines through it from side to side, or legs far beyond it. */
static float draw_divided(train_hand *h) {
  const float width = 1, height = train_hand_between(h, 0.5f, 1);
  train_point c[4] = {{-0.5f, -height / 2}, {0.5f, -height / 2}, {0.5f, height / 2}, {-0.5f, height / 2}};
  train_hand_polygon(h, c, 4);
  const int lines = 1 + (int)train_hand_below(h, 3), slanted = train_hand_chance(h, 0.4f);
  for (int i = 0; i < lines; i++) {
    const float share = (float)(i + 1) / (float)(lines + 1) - 0.5f;
    const train_point down[2] = {{share, -height / 2}, {share, height / 2}},
                      across[2] = {{-width / 2, share * height}, {width / 2, share * height}};
    if (slanted)
      train_hand_polyline(h, (train_point[]){c[i % 2], c[i % 2 + 2]}, 2);
    else
      train_hand_polyline(h, train_hand_chance(h, 0.5f) ? down : across, 2);
  }
  return ANYHOW;
}

/* Strokes beside each other. */
static float draw_tally(train_hand *h) {
  const int count = 2 + (int)train_hand_below(h, 5);
  const float slant = train_hand_between(h, -0.3f, 0.3f), height = train_hand_between(h, 0.3f, 1);
  for (int i = 0; i < count; i++) {
    const float x = (float)i / (float)(count - 1) - 0.5f;
    const train_point way[2] = {{x + slant, -height / 2}, {x - slant, height / 2}};
    train_hand_polyline(h, way, 2);
  }
  return ANYHOW;
}

/* A face, a lollipop, a wheel: round with something that belongs to it. */
static float draw_round_thing(train_hand *h) {
  const uint32_t way = train_hand_below(h, 3);
  const float length = train_hand_between(h, 0.5f, 0.9f);
  train_hand_arc(h, (train_point){0, 0}, 0.4f, 0.4f, 0, 2 * PI);
  if (way == 0) {
    train_hand_arc(h, (train_point){-0.15f, -0.1f}, 0.04f, 0.04f, 0, 2 * PI);
    train_hand_arc(h, (train_point){0.15f, -0.1f}, 0.04f, 0.04f, 0, 2 * PI);
    train_hand_arc(h, (train_point){0, 0.05f}, 0.2f, 0.15f, 0.3f, PI - 0.3f);
  } else if (way == 1) {
    train_hand_polyline(h, (train_point[]){{0, 0.4f}, {0, 0.4f + length}}, 2);
  } else {
    for (int i = 0; i < 8; i++) {
      const float c = cosf(PI * (float)i / 4), s = sinf(PI * (float)i / 4);
      train_hand_polyline(h, (train_point[]){{0.45f * c, 0.45f * s}, {0.7f * c, 0.7f * s}}, 2);
    }
  }
  return UPRIGHT;
}

/* A line bent too much to be one. */
static float draw_bent(train_hand *h) {
  const float bend = train_hand_between(h, 0.2f, 0.5f) * (train_hand_chance(h, 0.5f) ? 1 : -1);
  const float other = train_hand_chance(h, 0.5f) ? bend : -bend;
  const train_point way[4] = {{-0.5f, 0}, {-0.17f, bend}, {0.17f, other}, {0.5f, 0}};
  if (train_hand_chance(h, 0.7f))
    train_hand_curve(h, way, 4);
  else
    train_hand_polyline(h, way, 3);
  return ANYHOW;
}

float train_doodle_draw(train_hand *h) {
  static const struct {
    int share;
    float (*draw)(train_hand *);
  } kinds[] = {{8, draw_letter},   {4, draw_word},         {4, draw_scribble}, {3, draw_cloud},      {2, draw_cube},
               {2, draw_cylinder}, {3, draw_document},     {2, draw_spiral},   {6, draw_arc},        {6, draw_moon},
               {3, draw_arch},     {4, draw_open_polygon}, {3, draw_notched},  {4, draw_several},    {4, draw_divided},
               {3, draw_tally},    {3, draw_round_thing},  {3, draw_bent},     {7, draw_accompanied}};
  int total = 0, kind = 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) total += kinds[i].share;
  for (int rest = (int)train_hand_below(h, (uint32_t)total); rest >= kinds[kind].share; kind++)
    rest -= kinds[kind].share;
  return kinds[kind].draw(h);
}
