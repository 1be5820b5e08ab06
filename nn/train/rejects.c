/* Draws what is no digit. Nothing that a person would take for a digit once its size is lost may come out; so, beside
 * the characters that fonts.c leaves out:
 * - of the drawn ones T, Y, U, C, J, O, S, Z and upright single strokes are not there, nor the ruled lines' corner that
 *   is a 7, or crossings that are a 1 with its foot or a 4;
 * - what comes out of the crop as one narrow upright bar is thrown away: that is a 1;
 * - digits are halved only where the table says that neither a digit nor a stroke like a 1 is left.
 * Scribbles and blobs are not looked at; now and then one looks like a digit. */
#include "rejects.h"

#include <math.h>
#include <string.h>

#include "rescan.h"
#include "signs.h"

enum { TRIES = 60, CANVAS = 150, POINTS_MOST = 16, CURVE_STEPS = 8, BAR_WIDTH = 8, BAR_HEIGHT = 18 };

static const float SIDE_LEAST = 13.0f, SIDE_MOST = 64.0f; /* pixels, of what is drawn */

/* What is being drawn: a square of `side` pixels, its corner at (left, top) of the canvas. */
typedef struct drawing {
  const train_scraps *scraps;
  train_random *random;
  shim_image canvas;
  float side, left, top, radius; /* radius: of the pen */
} drawing;

static float between(drawing *d, float low, float high) {
  return train_random_between(d->random, low, high);
}

static uint32_t below(drawing *d, uint32_t bound) {
  return train_random_below(d->random, bound);
}

/* x, y: shares of the side. */
static train_point place(const drawing *d, float x, float y) {
  return (train_point){d->left + x * d->side, d->top + y * d->side};
}

static void turn(const drawing *d, train_point *points, size_t count, float radians) {
  const float cx = d->left + 0.5f * d->side, cy = d->top + 0.5f * d->side, c = cosf(radians), s = sinf(radians);
  for (size_t i = 0; i < count; i++) {
    const float x = points[i].x - cx, y = points[i].y - cy;
    points[i] = (train_point){cx + c * x - s * y, cy + s * x + c * y};
  }
}

static void draw_curve(drawing *d, const train_point *controls, size_t count) {
  train_point points[(POINTS_MOST - 1) * CURVE_STEPS + 1];
  train_canvas_stroke(&d->canvas, points, train_curve(controls, count, CURVE_STEPS, points), d->radius);
}

/* ---- signs ---- */

static int draw_printed(drawing *d, char character, size_t font, const train_type *type, float x, float y,
                        train_box *box, train_error *error) {
  const train_press *press = &d->scraps->press;
  shim_image coverage;
  const int status = train_typesetter_draw(press->typesetter, press->fonts, font, character, type, &coverage, error);
  if (status) return status;
  train_canvas_lay(&d->canvas, &coverage, (int)x, (int)y);
  *box = (train_box){(int)x, (int)y, (int)x + coverage.width, (int)y + coverage.height};
  shim_image_free(&coverage);
  return TRAIN_OK;
}

static int draw_printed_sign(drawing *d, train_error *error) {
  const size_t font = train_press_font(&d->scraps->press, d->random);
  const train_type type = train_press_type(fminf(1.35f * d->side, 78.0f), d->random);
  const char sign = train_fonts_signs[below(d, (uint32_t)strlen(train_fonts_signs))];
  train_box box;
  if (!train_fonts_has(d->scraps->press.fonts, font, sign)) return TRAIN_OK;
  return draw_printed(d, sign, font, &type, d->left, d->top, &box, error);
}

/* Letters first, then marks. */
static const char *const drawn_signs[] = {
    "094089;2575",
    "70101979;1454",
    "701019;1454",
    "0009;8089;0484",
    "0009;700589",
    "000979",
    "0900458089",
    "09007970",
    "0900;~0060725505",
    "0900;~0060725505;3589",
    "004980",
    "0029426980",
    "0089;8009",
    "1019;641669",
    "0409;~05243549;~45647589",
    "0428436884",
    "0009;~06346669",
    "~71503239;1474",
    "2379;7329",
    "4048;0484",
    "0585",
    "0088;8008",
    "053990",
    "0585;538557",
    "0585;330537",
    "4049;164976",
    "4049;134073",
    "60202969",
    "20606929",
    "800489",
    "008409",
    "4048;0484;1177;7117",
    "0383;0686",
    "~0624456684",
    "0326436683",
    "2029;6069;0383;0686",
    "09408909",
    "0080880800",
    "4084480440",
};

static int draw_drawn_sign(drawing *d, train_error *error) {
  (void)error;
  const char *text = drawn_signs[below(d, (uint32_t)(sizeof drawn_signs / sizeof *drawn_signs))];
  const float jitter = between(d, 0.01f, 0.05f), slant = 0.25f * train_random_signed(d->random);
  const float width = between(d, 0.75f, 1.15f), angle = 0.12f * train_random_signed(d->random);
  while (*text) {
    train_point points[TRAIN_SIGN_POINTS];
    int smooth;
    const size_t count = train_sign_stroke(&text, points, &smooth);
    for (size_t i = 0; i < count; i++) {
      const float x = points[i].x + jitter * train_random_normal(d->random);
      const float y = points[i].y + jitter * train_random_normal(d->random);
      points[i] = place(d, width * x + slant * (0.5f - y), y);
    }
    turn(d, points, count, angle);
    if (smooth)
      draw_curve(d, points, count);
    else
      train_canvas_stroke(&d->canvas, points, count, d->radius);
  }
  return TRAIN_OK;
}

static int draw_scribble(drawing *d, train_error *error) {
  (void)error;
  train_point points[POINTS_MOST];
  const size_t count = 7 + below(d, 7);
  const float squeeze = between(d, 0.4f, 1.0f);
  for (size_t i = 0; i < count; i++)
    points[i] = place(d, train_random_uniform(d->random), squeeze * train_random_uniform(d->random));
  draw_curve(d, points, count);
  return TRAIN_OK;
}

/* ---- scraps of the page ---- */

static void draw_line(drawing *d, float x0, float y0, float x1, float y1, float angle) {
  train_point ends[2] = {place(d, x0, y0), place(d, x1, y1)};
  turn(d, ends, 2, angle);
  train_canvas_stroke(&d->canvas, ends, 2, d->radius);
}

static int draw_rule(drawing *d, train_error *error) {
  (void)error;
  const float angle = 0.09f * train_random_signed(d->random);
  const float x = between(d, 0.25f, 0.75f), y = between(d, 0.25f, 0.75f);
  d->radius = fmaxf(0.5f, d->side * between(d, 0.01f, 0.06f));
  switch (below(d, 6)) {
  case 0: draw_line(d, 0, 0.5f, 1, 0.5f, 4.0f * angle); break;
  case 1: /* two rules */
    draw_line(d, 0, 0.2f, 1, 0.2f, angle);
    draw_line(d, 0, 0.2f + 0.7f * y, between(d, 0.6f, 1.0f), 0.2f + 0.7f * y, angle);
    break;
  case 2: /* the two corners on the left */
    draw_line(d, 0, 0, 0, 1, angle);
    if (train_random_uniform(d->random) < 0.5f)
      draw_line(d, 0, 0, between(d, 0.6f, 1.0f), 0, angle);
    else
      draw_line(d, 0, 1, between(d, 0.6f, 1.0f), 1, angle);
    break;
  case 3: /* a rule that ends on another */
    draw_line(d, 0, 0, 0, 1, angle);
    draw_line(d, 0, y, between(d, 0.6f, 1.0f), y, angle);
    break;
  case 4: /* a crossing */
    draw_line(d, 0, y, 1, y, angle);
    draw_line(d, x, 0, x, 1, angle);
    break;
  default: /* a cell's corner with its neighbours */
    draw_line(d, 0, 0.3f * y, 1, 0.3f * y, angle);
    draw_line(d, 0, 0.4f + 0.5f * y, 1, 0.4f + 0.5f * y, angle);
    draw_line(d, x, 0, x, 1, angle);
    break;
  }
  return TRAIN_OK;
}

static void draw_dot(drawing *d, float x, float y, float radius) {
  const train_point point = place(d, x, y);
  train_canvas_stroke(&d->canvas, &point, 1, radius * d->side);
}

static int draw_blob(drawing *d, train_error *error) {
  (void)error;
  const int dots = 1 + (int)below(d, 7);
  const float spread = between(d, 0.05f, 0.35f), radius = between(d, 0.1f, 0.3f);
  for (int i = 0; i < dots; i++)
    draw_dot(d, 0.5f + spread * train_random_normal(d->random), 0.5f + spread * train_random_normal(d->random),
             radius * between(d, 0.4f, 1.2f));
  return TRAIN_OK;
}

static int draw_texture(drawing *d, train_error *error) {
  (void)error;
  const int count = 6 + (int)below(d, 24), hatched = train_random_uniform(d->random) < 0.5f;
  const float angle = 6.2832f * train_random_uniform(d->random), length = between(d, 0.15f, 0.5f);
  for (int i = 0; i < count; i++) {
    const float x = train_random_uniform(d->random), y = train_random_uniform(d->random);
    const float lean = angle + (hatched ? 0.15f : 3.0f) * train_random_signed(d->random);
    const float dx = hatched ? length * cosf(lean) : 0.06f * cosf(lean), dy = hatched ? length * sinf(lean) : 0.0f;
    const train_point ends[2] = {place(d, x, y), place(d, x + dx, y + dy)};
    train_canvas_stroke(&d->canvas, ends, 2, fmaxf(0.6f, 0.6f * d->radius * between(d, 0.5f, 1.5f)));
  }
  return TRAIN_OK;
}

/* Half planes whose edge crosses the square, and strips that do not stand upright. */
static int draw_wedge(drawing *d, train_error *error) {
  (void)error;
  train_point points[4];
  if (train_random_uniform(d->random) < 0.5f) {
    points[0] = place(d, 0, between(d, 0.0f, 0.3f));
    points[1] = place(d, 1, between(d, 0.0f, 1.0f));
    points[2] = place(d, between(d, 0.3f, 1.0f), 1);
    points[3] = place(d, 0, between(d, 0.5f, 1.0f));
  } else {
    const float width = between(d, 0.08f, 0.35f), taper = between(d, 0.2f, 1.0f);
    points[0] = place(d, 0, 0.5f - width);
    points[1] = place(d, 1, 0.5f - width * taper);
    points[2] = place(d, 1, 0.5f + width * taper);
    points[3] = place(d, 0, 0.5f + width);
    turn(d, points, 4, 0.6f * train_random_signed(d->random));
  }
  train_canvas_fill(&d->canvas, points, 4);
  return TRAIN_OK;
}

static int draw_shape(drawing *d, train_error *error) {
  (void)error;
  train_point points[12];
  const uint32_t corners = 3 + below(d, 10);
  const float start = 6.2832f * train_random_uniform(d->random), rough = between(d, 0.0f, 0.35f);
  const float width = between(d, 0.6f, 1.0f), height = between(d, 0.6f, 1.0f);
  for (uint32_t i = 0; i < corners; i++) {
    const float angle = start + 6.2832f * (float)i / (float)corners;
    const float reach = 0.5f * (1.0f - rough * train_random_uniform(d->random));
    points[i] = place(d, 0.5f + reach * width * cosf(angle), 0.5f + reach * height * sinf(angle));
  }
  train_canvas_fill(&d->canvas, points, corners);
  return TRAIN_OK;
}

/* ---- halves and pairs of digits ---- */

static int enlarge_digit(const drawing *d, size_t index, float height, shim_image *out) {
  return train_rescan_enlarge(d->scraps->pixels + index * TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE, height, out);
}

typedef enum side { SIDE_TOP, SIDE_BOTTOM, SIDE_LEFT, SIDE_RIGHT } side;

/* What may be kept of a digit, and the least and most share of it. Not there: 1 (any part is a 1), 3 and 7 but for its
 * bar (parts are 7, 2, 3 or 1), tops of 8 and 9 and bottoms of 6 and 8 (0), the right of 8 (3), stems (1). */
static const struct {
  int digit;
  side kept;
  float least, most;
} halves[] = {
    {0, SIDE_TOP, 0.35f, 0.6f},  {0, SIDE_BOTTOM, 0.35f, 0.6f}, {0, SIDE_LEFT, 0.4f, 0.6f},
    {0, SIDE_RIGHT, 0.4f, 0.6f}, {2, SIDE_BOTTOM, 0.2f, 0.4f},  {4, SIDE_TOP, 0.3f, 0.45f},
    {4, SIDE_LEFT, 0.4f, 0.55f}, {5, SIDE_TOP, 0.35f, 0.5f},    {6, SIDE_LEFT, 0.4f, 0.55f},
    {7, SIDE_LEFT, 0.4f, 0.6f},  {8, SIDE_LEFT, 0.4f, 0.55f},   {9, SIDE_LEFT, 0.35f, 0.5f},
};

/* A picture with this label, -1: any; the search begins at a random one and may find none. */
static int find_digit(drawing *d, int label, size_t *index) {
  const uint32_t start = below(d, (uint32_t)d->scraps->count);
  for (size_t i = 0; i < d->scraps->count; i++) {
    *index = (start + i) % d->scraps->count;
    if (label < 0 || d->scraps->labels[*index] == label) return 1;
  }
  return 0;
}

static int draw_half(drawing *d, train_error *error) {
  const uint32_t choice = below(d, (uint32_t)(sizeof halves / sizeof *halves));
  const float share = between(d, halves[choice].least, halves[choice].most);
  size_t index;
  shim_image digit;
  if (!find_digit(d, halves[choice].digit, &index)) return TRAIN_OK;
  if (enlarge_digit(d, index, 1.3f * d->side, &digit)) return train_fail_memory(error);
  train_box gone = {0, 0, digit.width, digit.height};
  switch (halves[choice].kept) {
  case SIDE_TOP: gone.y0 = (int)(share * (float)digit.height); break;
  case SIDE_BOTTOM: gone.y1 = (int)((1.0f - share) * (float)digit.height); break;
  case SIDE_LEFT: gone.x0 = (int)(share * (float)digit.width); break;
  case SIDE_RIGHT: gone.x1 = (int)((1.0f - share) * (float)digit.width); break;
  }
  train_canvas_blank(&digit, gone);
  train_canvas_lay(&d->canvas, &digit, (int)d->left, (int)d->top);
  shim_image_free(&digit);
  return TRAIN_OK;
}

/* Two pictures that touch or nearly do. Two ones close together would be a thick 1. */
static int draw_pair(drawing *d, train_error *error) {
  size_t first, second;
  shim_image a, b;
  if (!find_digit(d, -1, &first) || !find_digit(d, -1, &second)) return TRAIN_OK;
  const int ones = d->scraps->labels[first] == 1 && d->scraps->labels[second] == 1;
  const float gap = ones ? between(d, 0.15f, 0.4f) : between(d, -0.06f, 0.15f);
  if (enlarge_digit(d, first, d->side, &a)) return train_fail_memory(error);
  if (enlarge_digit(d, second, d->side * between(d, 0.85f, 1.15f), &b)) {
    shim_image_free(&a);
    return train_fail_memory(error);
  }
  const float x = 2.0f, right = x + (float)a.width + gap * d->side;
  train_canvas_lay(&d->canvas, &a, (int)x, (int)d->top);
  train_canvas_lay(&d->canvas, &b, (int)right, (int)(d->top + 0.1f * d->side * train_random_signed(d->random)));
  shim_image_free(&a);
  shim_image_free(&b);
  return TRAIN_OK;
}

static int draw_printed_pair(drawing *d, train_error *error) {
  const size_t font = train_press_font(&d->scraps->press, d->random);
  const train_type type = train_press_type(fminf(1.35f * d->side, 70.0f), d->random);
  const char first = (char)('0' + below(d, 10)), second = (char)('0' + below(d, 10));
  const int ones = first == '1' && second == '1';
  const float gap = ones ? between(d, 0.15f, 0.3f) : between(d, -0.04f, 0.12f);
  train_box box;
  int status = draw_printed(d, first, font, &type, 2.0f, d->top, &box, error);
  if (!status) status = draw_printed(d, second, font, &type, (float)box.x1 + gap * type.em_pixels, d->top, &box, error);
  return status;
}

/* A digit on its side, or on its head where that is no digit: what a page shows that has to be turned first. Not 0,
 * which stays one. */
static int draw_turned(drawing *d, train_error *error) {
  static const struct {
    int digit, quarters;
  } turns[] = {{2, 1}, {2, 3}, {3, 1}, {3, 3}, {4, 1}, {4, 3}, {5, 1}, {5, 3}, {6, 1}, {6, 3},
               {7, 1}, {7, 3}, {8, 1}, {9, 1}, {9, 3}, {1, 1}, {3, 2}, {4, 2}, {7, 2}};
  const uint32_t choice = below(d, (uint32_t)(sizeof turns / sizeof *turns));
  size_t index;
  shim_image digit;
  if (!find_digit(d, turns[choice].digit, &index)) return TRAIN_OK;
  if (enlarge_digit(d, index, d->side, &digit)) return train_fail_memory(error);
  const int w = digit.width, h = digit.height, quarters = turns[choice].quarters, upright = quarters == 2;
  shim_image turned;
  if (train_canvas_open(&turned, upright ? w : h, upright ? h : w)) {
    shim_image_free(&digit);
    return train_fail_memory(error);
  }
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      const int tx = quarters == 1 ? h - 1 - y : upright ? w - 1 - x : y;
      const int ty = quarters == 1 ? x : upright ? h - 1 - y : w - 1 - x;
      turned.data[ty * turned.stride + tx] = digit.data[y * digit.stride + x];
    }
  train_canvas_lay(&d->canvas, &turned, (int)d->left, (int)d->top);
  shim_image_free(&turned);
  shim_image_free(&digit);
  return TRAIN_OK;
}

/* ---- all kinds ---- */

static const struct {
  int share;
  int (*draw)(drawing *, train_error *);
} kinds[TRAIN_REJECT_KINDS] = {
    [TRAIN_REJECT_PRINTED_SIGN] = {7, draw_printed_sign},
    [TRAIN_REJECT_DRAWN_SIGN] = {7, draw_drawn_sign},
    [TRAIN_REJECT_SCRIBBLE] = {2, draw_scribble},
    [TRAIN_REJECT_RULE] = {4, draw_rule},
    [TRAIN_REJECT_BLOB] = {3, draw_blob},
    [TRAIN_REJECT_TEXTURE] = {3, draw_texture},
    [TRAIN_REJECT_WEDGE] = {3, draw_wedge},
    [TRAIN_REJECT_SHAPE] = {3, draw_shape},
    [TRAIN_REJECT_HALF_DIGIT] = {6, draw_half},
    [TRAIN_REJECT_DIGIT_PAIR] = {8, draw_pair},
    [TRAIN_REJECT_PRINTED_PAIR] = {4, draw_printed_pair},
    [TRAIN_REJECT_TURNED_DIGIT] = {6, draw_turned},
};

train_reject train_reject_kind(size_t index) {
  size_t total = 0;
  for (int k = 0; k < TRAIN_REJECT_KINDS; k++) total += (size_t)kinds[k].share;
  size_t rest = index % total;
  int kind = 0;
  while (rest >= (size_t)kinds[kind].share) rest -= (size_t)kinds[kind++].share;
  return (train_reject)kind;
}

/* One narrow upright bar: a 1. */
static int is_bar(const uint8_t *picture) {
  const shim_image image = {.data = (uint8_t *)picture,
                            .width = TRAIN_SCAN_SIDE,
                            .height = TRAIN_SCAN_SIDE,
                            .channels = 1,
                            .stride = TRAIN_SCAN_SIDE};
  train_box box;
  return train_canvas_box(&image, &box) && box.x1 - box.x0 <= BAR_WIDTH && box.y1 - box.y0 >= BAR_HEIGHT;
}

int train_reject_make(const train_scraps *scraps, train_reject kind, train_random *random,
                      uint8_t out[TRAIN_SCAN_SIDE * TRAIN_SCAN_SIDE], train_error *error) {
  for (int i = 0; i < TRIES; i++) {
    drawing d = {.scraps = scraps, .random = random, .side = train_press_size(SIDE_LEAST, SIDE_MOST, random)};
    d.left = d.top = 0.5f * (CANVAS - d.side);
    d.radius = fmaxf(0.6f, d.side * between(&d, 0.02f, 0.07f));
    train_box box;
    int found = 0;
    if (train_canvas_open(&d.canvas, CANVAS, CANVAS)) return train_fail_memory(error);
    int status = kinds[kind].draw(&d, error);
    if (!status && train_canvas_box(&d.canvas, &box)) status = train_scan(&d.canvas, &box, random, out, &found, error);
    shim_image_free(&d.canvas);
    if (status == TRAIN_ERR_FORMAT) continue; /* a font with a broken character */
    if (status || (found && !is_bar(out))) return status;
  }
  return train_fail(error, TRAIN_ERR_INTERNAL, "the pipeline found none of %d drawings of kind %d of what is no digit",
                    TRIES, (int)kind);
}
