/* The marks that stand in numbers, dates and times, told by their place and size beside the digits next to them: point
 * and comma at the foot, minus and plus at half height, two points above each other, and the slash, which is taller
 * than a digit and leans. The network knows none of them. Looked for in the ink between two digits alone, so that dust
 * elsewhere is never one; dust that lies just where a point would stand is. */
#include "components.h"

#include <math.h>
#include <string.h>

enum { PARTS_MAX = 12, PART_AREA_MIN = 3, HARMONICS = 5 };
static const double before_heights = 1.3; /* how far a sign may stand before its number */
static const double above_heights = 0.3, below_heights = 0.5;
static const double contrast_min = 0.5;           /* of the digit's, for a slash */
static const double dot_max = 0.4, dot_off = 0.4; /* its size, and from the foot */
static const double colon_dot_min = 0.2;          /* two such points are no accident */
static const double sure_enough = 0.5;
static const double arm_max = 0.55;        /* of the side that it stands on */
static const double plus_height_max = 1.1; /* of one that reads as a digit, beside the digit after it */
static const double plus_four_min = 0.3, plus_three_max = 0.35, plus_two_max = 0.85;
static const double slash_lean_min = 0.2, slash_height_min = 0.95;

/* A piece of ink; lengths in heights of the digits, up and across from the foot of the line at its middle. */
typedef struct part {
  int box[4]; /* pixels of the region: x0, y0, x1, y1 */
  double x, y, width, height, top, bottom, fill;
  int arms; /* sides of its box that a narrow end alone reaches: a plus has four */
  double lean;
  double side;  /* of a square of its area */
  double depth; /* beside the digit's */
} part;

typedef struct region {
  int x, y;                  /* of its corner, pixels of the level */
  shim_image ink;            /* binary, without the two digits */
  double height;             /* of the digits */
  double foot[2], foot_x[2]; /* of each digit, and where; the same twice where there is but one */
} region;

/* ---- the ink between ---------------------------------------------------------------------------------------------- */

static void erase_exactly(const stage_glyph *glyph, region *r) {
  const int left = glyph->x - r->x, top = glyph->y - r->y;
  const int x0 = left > 0 ? left : 0, x1 = left + glyph->width < r->ink.width ? left + glyph->width : r->ink.width;
  const int y0 = top > 0 ? top : 0, y1 = top + glyph->height < r->ink.height ? top + glyph->height : r->ink.height;
  for (int y = y0; y < y1; y++) {
    const uint8_t *mask = glyph->mask.data + (y - top) * glyph->mask.stride;
    uint8_t *ink = r->ink.data + y * r->ink.stride;
    for (int x = x0; x < x1; x++) ink[x] &= (uint8_t)~mask[x - left];
  }
}

/* A digit of a coarser level is taken out with its rim: its outline is not exact here. */
static void erase_widely(const stage_glyph *glyph, int level, region *r) {
  const int size = 1 << (glyph->level - level), rim = size / 2;
  for (int y = 0; y < glyph->height; y++)
    for (int x = 0; x < glyph->width; x++) {
      if (!glyph->mask.data[y * glyph->mask.stride + x]) continue;
      const int left = (glyph->x + x) * size - r->x - rim, top = (glyph->y + y) * size - r->y - rim;
      const int right = left + size + 2 * rim, bottom = top + size + 2 * rim;
      const int x0 = left > 0 ? left : 0, x1 = right < r->ink.width ? right : r->ink.width;
      for (int row = top > 0 ? top : 0; x0 < x1 && row < bottom && row < r->ink.height; row++)
        memset(r->ink.data + row * r->ink.stride + x0, 0, (size_t)(x1 - x0));
    }
}

static void erase(const stage_glyph *glyph, int level, region *r) {
  if (glyph->level == level)
    erase_exactly(glyph, r);
  else
    erase_widely(glyph, level, r);
}

/* The glyph's box in pixels of a level that is no coarser than its own. */
static stage_box box_at(const stage_glyph *glyph, int level) {
  const double size = 1 << (glyph->level - level);
  return (stage_box){glyph->x * size, glyph->y * size, glyph->width * size, glyph->height * size};
}

static int open_region(const stage_level *level, int index, const stage_glyph *left, const stage_glyph *right,
                       region *r) {
  const stage_box last = box_at(right, index), first = left ? box_at(left, index) : last;
  r->height = (first.height + last.height) / 2;
  double x0 = left ? first.x + first.width / 2 : last.x - before_heights * r->height;
  double x1 = last.x + last.width / 2;
  double y0 = fmin(first.y, last.y) - above_heights * r->height;
  double y1 = fmax(first.y + first.height, last.y + last.height) + below_heights * r->height;
  x0 = fmax(x0, 0), y0 = fmax(y0, 0), x1 = fmin(x1, level->binary.width), y1 = fmin(y1, level->binary.height);
  r->x = (int)x0, r->y = (int)y0;
  const int width = (int)x1 - r->x, height = (int)y1 - r->y;
  memset(&r->ink, 0, sizeof r->ink);
  if (width < 3 || height < 3) return SHIM_OK;
  const int status = shim_image_create(&r->ink, width, height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < height; y++)
    memcpy(r->ink.data + y * r->ink.stride, level->binary.data + (r->y + y) * level->binary.stride + r->x,
           (size_t)width);
  if (left) erase(left, index, r);
  erase(right, index, r);
  r->foot[0] = first.y + first.height - r->y, r->foot_x[0] = first.x + first.width / 2 - r->x;
  r->foot[1] = last.y + last.height - r->y, r->foot_x[1] = last.x + last.width / 2 - r->x;
  return SHIM_OK;
}

static double foot_at(const region *r, double x) {
  const double span = r->foot_x[1] - r->foot_x[0];
  return span > 1 ? r->foot[0] + (r->foot[1] - r->foot[0]) * (x - r->foot_x[0]) / span : r->foot[1];
}

/* How far the ink of some rows or columns of the mask reaches across, as a share of that side. */
static double extent(const shim_image *mask, int x0, int y0, int x1, int y1, int is_row) {
  int first = is_row ? mask->width : mask->height, last = -1;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++) {
      const int at = is_row ? x : y;
      if (!mask->data[y * mask->stride + x]) continue;
      first = at < first ? at : first;
      last = at > last ? at : last;
    }
  return (last + 1.0 - first) / (is_row ? mask->width : mask->height);
}

static int count_arms(const shim_image *mask) {
  const int w = mask->width, h = mask->height, end_x = (w + 7) / 8, end_y = (h + 7) / 8;
  return (extent(mask, 0, 0, w, end_y, 1) <= arm_max) + (extent(mask, 0, h - end_y, w, h, 1) <= arm_max) +
         (extent(mask, 0, 0, end_x, h, 0) <= arm_max) + (extent(mask, w - end_x, 0, w, h, 0) <= arm_max);
}

/* Measures the part's mask; 0 where it is too small to be seen. */
static int measure(const stage_level *level, const stage_glyph *digit, const region *r, const shim_image *mask,
                   part *p) {
  const int w = mask->width, h = mask->height;
  double area = 0, depth = 0;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      if (!mask->data[y * mask->stride + x]) continue;
      area++;
      depth += level->ink.data[(r->y + p->box[1] + y) * level->ink.stride + r->x + p->box[0] + x];
    }
  if (area < PART_AREA_MIN) return 0;
  const double middle = (p->box[0] + p->box[2]) / 2.0, foot = foot_at(r, middle);
  p->x = middle / r->height;
  p->width = w / r->height, p->height = h / r->height;
  p->top = (foot - p->box[1]) / r->height, p->bottom = (foot - p->box[3]) / r->height;
  p->y = (p->top + p->bottom) / 2;
  p->fill = area / (w * h);
  p->arms = count_arms(mask);
  p->lean = stage_deskew_slant(mask);
  p->side = sqrt(area) / r->height;
  p->depth = fmin(1, depth / (area * fmax(digit->contrast, 1)));
  return 1;
}

/* The parts that lie wholly in the region. *count is 0 where there are too many: a texture. */
static int find_parts(const stage_level *level, const stage_glyph *digit, const region *r, part parts[PARTS_MAX],
                      size_t *count) {
  components all;
  int status = components_find(&r->ink, &all);
  *count = 0;
  for (size_t i = 0; status == SHIM_OK && i < all.count; i++) {
    const component *c = &all.items[i];
    const int cut = c->x == 0 || c->y == 0 || c->x + c->width == r->ink.width || c->y + c->height == r->ink.height;
    if (cut || c->width * c->height < PART_AREA_MIN) continue;
    if (*count == PARTS_MAX) {
      *count = 0;
      break;
    }
    shim_image mask;
    status = components_mask(&all, i, &mask);
    if (status != SHIM_OK) break;
    part *p = &parts[*count];
    *p = (part){.box = {c->x, c->y, c->x + c->width, c->y + c->height}};
    *count += (size_t)measure(level, digit, r, &mask, p);
    shim_image_free(&mask);
  }
  components_free(&all);
  return status;
}

/* ---- what it is --------------------------------------------------------------------------------------------------- */

/* 1 in the middle half of the range, falling to 0 at its ends. */
static double within(double value, double low, double high) {
  const double off = fabs(value - (low + high) / 2) / ((high - low) / 2);
  return off >= 1 ? 0 : off <= 0.5 ? 1 : 2 * (1 - off);
}

static double fmin3(double a, double b, double c) {
  return fmin(a, fmin(b, c));
}

/* Logistic regressions over the parts beside 5,900 read digits of pages that the tests' generator drew with MNIST's
 * training writers. Each takes how many parts there are: among many, one is more likely dust. */
static double chance(const double *weights, const double *values, int count) {
  double sum = weights[0];
  for (int i = 0; i < count; i++) sum += weights[i + 1] * values[i];
  return 1 / (1 + exp(-sum));
}

/* A point that stands `off` its place. */
static double point_chance(const part *p, double off, size_t count) {
  static const double weights[] = {2.01, 1.29, 3.28, -4.04, -1.85, -1.93};
  const double values[] = {log(p->side), p->depth, fabs(off), fabs(log(p->height / p->width)), log((double)count)};
  return fmax(p->width, p->height) < dot_max ? chance(weights, values, 5) : 0;
}

static double comma_chance(const part *p, size_t count) {
  static const double weights[] = {-4.25, 3.32, 1.2, 2.79, -0.53, 1.54, 2.44, -0.79};
  const double values[] = {p->height, p->width,          p->top, p->bottom, log(p->height / p->width),
                           p->depth,  log((double)count)};
  return p->height < 0.65 && p->height > 0.08 && p->width < 0.45 && p->top < 0.45 && p->bottom < 0.05
             ? chance(weights, values, 7)
             : 0;
}

/* Of what is a point or a comma. */
static double comma_share(const part *p) {
  static const double weights[] = {-3.33, 2.36, 4.14, -0.21, -1.39};
  const double values[] = {p->height, log(p->height / p->width), p->y, p->bottom};
  return chance(weights, values, 4);
}

static double minus_chance(const part *p, size_t count) {
  static const double weights[] = {-0.09, -2.23, 0.57, -4.03, 2.17, -0.84, 0.62};
  const double values[] = {
      fabs(log(p->width / 0.42)), log(p->width / p->height), fabs(p->y - 0.5), p->depth, log((double)count), p->fill};
  return p->width > 1.3 * p->height && p->y > 0 && p->y < 1 ? chance(weights, values, 6) : 0;
}

static double plus_chance(const part *p, size_t count) {
  static const double weights[] = {-1.85, -2.18, -2.96, -1.12, -0.79, 1.17, 0.1, -0.71};
  const double values[] = {
      fabs(log(p->width / 0.36)), fabs(log(p->height / 0.62)), fabs(p->y - 0.38), p->depth, p->arms, p->fill,
      log((double)count)};
  return p->arms >= 3 && p->width < 2 * p->height && p->y > 0 && p->y < 0.9 ? chance(weights, values, 7) : 0;
}

static double slash_chance(const part *p) {
  const int leans = p->height >= slash_height_min && p->lean >= slash_lean_min && p->width < 1.1 * p->height;
  const double fit = leans && p->fill < 0.6 && p->depth >= contrast_min
                         ? fmin3(within(p->height, 0.8, 2.2), within(p->lean, 0.1, 1.1), within(p->y, 0.1, 0.9))
                         : 0;
  return fit > 0 ? sure_enough + (1 - sure_enough) * fit : 0;
}

/* The mark that the part is most likely. Only a sign stands before a number. */
static void weigh(const part *p, int before, size_t count, char *best, double *confidence) {
  static const char names[] = "-+/.,";
  const double comma = comma_share(p);
  const double point = fabs(p->y) < dot_off ? point_chance(p, p->y, count) : 0;
  const double chances[] = {minus_chance(p, count), plus_chance(p, count), slash_chance(p), point * (1 - comma),
                            comma_chance(p, count) * comma};
  for (int i = 0; i < (before ? 2 : 5); i++)
    if (chances[i] > *confidence) *best = names[i], *confidence = chances[i];
}

/* Two points above each other. */
static double weigh_colon(const part *a, const part *b, size_t count) {
  const part *upper = a->y > b->y ? a : b, *lower = a->y > b->y ? b : a;
  const double apart = upper->y - lower->y, larger = fmax(a->side, b->side), smaller = fmin(a->side, b->side);
  const double one = point_chance(a, 0, count), other = point_chance(b, 0, count);
  if (fabs(a->x - b->x) > 0.25 || smaller < 0.45 * larger || fmin(one, other) < colon_dot_min) return 0;
  if (apart < 0.15 || apart > 0.85 || lower->y < -0.3 || lower->y > 0.5) return 0;
  return 1 - (1 - one) * (1 - other);
}

static void set_box(const region *r, int level, const int a[4], const int b[4], stage_box *out) {
  const double scale = 1 << level;
  const double x0 = fmin(a[0], b[0]), y0 = fmin(a[1], b[1]), x1 = fmax(a[2], b[2]), y1 = fmax(a[3], b[3]);
  *out = (stage_box){(r->x + x0) * scale, (r->y + y0) * scale, (x1 - x0) * scale, (y1 - y0) * scale};
}

static void choose(const region *r, int level, const part *parts, size_t count, int before, stage_mark *out) {
  for (size_t i = 0; i < count; i++) {
    char best = '\0';
    double confidence = fmax(out->confidence, sure_enough);
    weigh(&parts[i], before, count, &best, &confidence);
    if (best) {
      *out = (stage_mark){best, confidence, {0, 0, 0, 0}};
      set_box(r, level, parts[i].box, parts[i].box, &out->box);
    }
  }
  for (size_t i = 0; i < count && !before; i++)
    for (size_t k = i + 1; k < count; k++) {
      const double confidence = weigh_colon(&parts[i], &parts[k], count);
      /* Its lower point alone fits a point as well. */
      if (confidence <= 0 || (out->confidence > confidence && !strchr(".,", out->text))) continue;
      *out = (stage_mark){':', confidence, {0, 0, 0, 0}};
      set_box(r, level, parts[i].box, parts[k].box, &out->box);
    }
}

int stage_mark_find(const stage_pyramid *pyramid, const stage_glyph *left, const stage_glyph *right, stage_mark *out) {
  part parts[PARTS_MAX];
  region r;
  size_t count = 0;
  memset(out, 0, sizeof *out);
  const int index = left && left->level < right->level ? left->level : right->level;
  const stage_level *level = &pyramid->levels[index];
  int status = open_region(level, index, left, right, &r);
  if (status == SHIM_OK && r.ink.data) status = find_parts(level, right, &r, parts, &count);
  if (status == SHIM_OK) choose(&r, index, parts, count, left == NULL, out);
  shim_image_free(&r.ink);
  return status;
}

/* How much of the ink repeats itself k times on the way around its middle, 0 to 1: circular harmonics, in which a plus
 * has the fourth and little of the third, however it leans or is turned. Farther ink counts for more. */
static void harmonics(const shim_image *mask, double amounts[HARMONICS]) {
  double count = 0, middle_x = 0, middle_y = 0, sum = 0, real[HARMONICS] = {0}, imaginary[HARMONICS] = {0};
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      if (mask->data[y * mask->stride + x]) count++, middle_x += x, middle_y += y;
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++) {
      if (!mask->data[y * mask->stride + x]) continue;
      const double dx = x - middle_x / count, dy = y - middle_y / count, far = sqrt(dx * dx + dy * dy);
      const double c = dx / fmax(far, 1e-9), s = dy / fmax(far, 1e-9);
      double re = far, im = 0; /* of far times the k-th power of the direction */
      for (int k = 0; k < HARMONICS; k++) {
        real[k] += re, imaginary[k] += im;
        const double turned = re * c - im * s;
        im = re * s + im * c;
        re = turned;
      }
      sum += far;
    }
  for (int k = 0; k < HARMONICS; k++) amounts[k] = sum > 0 ? hypot(real[k], imaginary[k]) / sum : 0;
}

int stage_mark_is_crossing(const stage_glyph *glyph) {
  double of[HARMONICS];
  if (glyph->holes || count_arms(&glyph->mask) < 4) return 0;
  harmonics(&glyph->mask, of);
  return of[4] >= plus_four_min && of[3] <= plus_three_max && of[2] <= plus_two_max;
}

/* Fitted over 257 first digits of numbers that were read as a 4 or 7 on pages of the tests' generator, MNIST's
 * training writers; 15 of them were pluses. */
double stage_mark_plus_chance(const stage_glyph *glyph, const stage_glyph *digit, double confidence) {
  static const double weights[] = {-0.32, -2.51, 3.27, -2.96, 1.06};
  const double p = fmin(0.999, fmax(0.001, confidence));
  const double size = (double)glyph->height * (1 << glyph->level) / ((double)digit->height * (1 << digit->level));
  double of[HARMONICS];
  if (glyph->holes || size > plus_height_max) return 0;
  harmonics(&glyph->mask, of);
  const double values[] = {of[3], of[4], log(size), log((1 - p) / p)};
  return chance(weights, values, 4);
}
