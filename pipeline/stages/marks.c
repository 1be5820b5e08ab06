/* The marks that stand in numbers, dates and times, told by their place and size beside the digits next to them: point
 * and comma at the foot, minus and plus at half height, two points above each other, and the slash, which is taller
 * than a digit and leans. The network knows none of them. Looked for in the ink between two digits alone, so that dust
 * elsewhere is never one; dust that lies just where a point would stand is. */
#include "components.h"

#include <math.h>
#include <string.h>

enum { PARTS_MAX = 12, PART_AREA_MIN = 3, THIN_AREA_MIN = 20 /* page pixels */ };
static const double before_heights = 1.3; /* how far a sign may stand before its number */
static const double above_heights = 0.3, below_heights = 0.5;
static const double contrast_min = 0.5; /* of the digit's */
/* Of the square of the digit's stroke; a thick pen makes thin points, which are not told from dust where they are small. */
static const double area_min = 0.35, thin_area_min = 0.12;
static const double dot_max = 0.3, dot_stretch = 1.7;
static const double arm_max = 0.55; /* of the side that it stands on */
static const double slash_lean_min = 0.2, slash_height_min = 0.95;

/* A piece of ink; lengths in heights of the digits, up and across from the foot of the line at its middle. */
typedef struct part {
  int box[4]; /* pixels of the region: x0, y0, x1, y1 */
  double x, y, width, height, top, bottom, fill;
  int arms; /* sides of its box that a narrow end alone reaches: a plus has four */
  double lean;
} part;

typedef struct region {
  int x, y;                  /* of its corner, pixels of the level */
  shim_image ink;            /* binary, without the two digits */
  double height;             /* of the digits */
  double foot[2], foot_x[2]; /* of each digit, and where; the same twice where there is but one */
} region;

/* ---- the ink between ---------------------------------------------------------------------------------------------- */

static void erase(const stage_glyph *glyph, region *r) {
  const int left = glyph->x - r->x, top = glyph->y - r->y;
  const int x0 = left > 0 ? left : 0, x1 = left + glyph->width < r->ink.width ? left + glyph->width : r->ink.width;
  const int y0 = top > 0 ? top : 0, y1 = top + glyph->height < r->ink.height ? top + glyph->height : r->ink.height;
  for (int y = y0; y < y1; y++) {
    const uint8_t *mask = glyph->mask.data + (y - top) * glyph->mask.stride;
    uint8_t *ink = r->ink.data + y * r->ink.stride;
    for (int x = x0; x < x1; x++) ink[x] &= (uint8_t)~mask[x - left];
  }
}

static int open_region(const stage_level *level, const stage_glyph *left, const stage_glyph *right, region *r) {
  const stage_glyph *first = left ? left : right;
  r->height = (first->height + right->height) / 2.0;
  double x0 = left ? left->x + left->width / 2.0 : right->x - before_heights * r->height;
  double x1 = right->x + right->width / 2.0;
  double y0 = fmin(first->y, right->y) - above_heights * r->height;
  double y1 = fmax(first->y + first->height, right->y + right->height) + below_heights * r->height;
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
  if (left) erase(left, r);
  erase(right, r);
  r->foot[0] = first->y + first->height - r->y, r->foot_x[0] = first->x + first->width / 2.0 - r->x;
  r->foot[1] = right->y + right->height - r->y, r->foot_x[1] = right->x + right->width / 2.0 - r->x;
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

/* Measures the part's mask; 0 where it is too faint or too small to be written with that pen. */
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
  const double least = area * (1 << 2 * level->shift) >= THIN_AREA_MIN ? thin_area_min : area_min;
  if (area < PART_AREA_MIN || area < least * digit->stroke_width * digit->stroke_width) return 0;
  if (depth < contrast_min * digit->contrast * area) return 0;
  const double middle = (p->box[0] + p->box[2]) / 2.0, foot = foot_at(r, middle);
  p->x = middle / r->height;
  p->width = w / r->height, p->height = h / r->height;
  p->top = (foot - p->box[1]) / r->height, p->bottom = (foot - p->box[3]) / r->height;
  p->y = (p->top + p->bottom) / 2;
  p->fill = area / (w * h);
  p->arms = count_arms(mask);
  p->lean = stage_deskew_slant(mask);
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

static int is_dot(const part *p) {
  const double stretch = p->height > p->width ? p->height / p->width : p->width / p->height;
  return fmax(p->width, p->height) <= dot_max && stretch <= dot_stretch && p->fill >= 0.5;
}

/* How well the part fits each mark, 0..1. */
static void weigh(const part *p, int before, double fits[], char *best, double *confidence) {
  static const char names[] = ".,-+/";
  const int dot = is_dot(p);
  fits[0] = dot ? within(p->y, -0.2, 0.3) * within(p->bottom, -0.22, 0.25) : 0;
  fits[1] = p->height > p->width && p->height <= 0.6 && p->width <= 0.4 && p->top < 0.4 && p->bottom < -0.05
                ? fmin3(within(p->bottom, -0.6, 0), within(p->height, 0.1, 0.65), within(p->y, -0.35, 0.2))
                : 0;
  fits[2] = p->width >= 2 * p->height
                ? fmin3(within(p->width, 0.15, 1), within(p->y, 0.2, 0.8), within(p->fill, 0.3, 1.7))
                : 0;
  fits[3] = p->arms == 4 && p->fill < 0.65 && p->width < 2 * p->height && p->height < 2.6 * p->width
                ? fmin3(within(p->width, 0.2, 1), within(p->height, 0.2, 1), within(p->y, 0.15, 0.85))
                : 0;
  fits[4] = p->height >= slash_height_min && p->lean >= slash_lean_min && p->width < 1.1 * p->height && p->fill < 0.6
                ? fmin3(within(p->height, 0.8, 2.2), within(p->lean, 0.1, 1.1), within(p->y, 0.1, 0.9))
                : 0;
  if (before) fits[0] = fits[1] = fits[4] = 0; /* only a sign stands before a number */
  for (int i = 0; i < 5; i++)
    if (fits[i] > *confidence) *best = names[i], *confidence = fits[i];
}

/* Two points above each other. */
static double weigh_colon(const part *a, const part *b) {
  if (!is_dot(a) || !is_dot(b)) return 0;
  const part *upper = a->y > b->y ? a : b, *lower = a->y > b->y ? b : a;
  const double apart = upper->y - lower->y,
               larger = fmax(a->fill * a->width * a->height, b->fill * b->width * b->height);
  const double smaller = fmin(a->fill * a->width * a->height, b->fill * b->width * b->height);
  if (fabs(a->x - b->x) > 0.25 || smaller < 0.3 * larger) return 0;
  return fmin3(within(apart, 0.15, 0.85), within(lower->y, -0.15, 0.5), within(upper->y, 0.25, 1));
}

static void set_box(const region *r, int level, const int a[4], const int b[4], stage_box *out) {
  const double scale = 1 << level;
  const double x0 = fmin(a[0], b[0]), y0 = fmin(a[1], b[1]), x1 = fmax(a[2], b[2]), y1 = fmax(a[3], b[3]);
  *out = (stage_box){(r->x + x0) * scale, (r->y + y0) * scale, (x1 - x0) * scale, (y1 - y0) * scale};
}

static void choose(const region *r, int level, const part *parts, size_t count, int before, stage_mark *out) {
  for (size_t i = 0; i < count; i++) {
    double fits[5];
    char best = '\0';
    double confidence = out->confidence;
    weigh(&parts[i], before, fits, &best, &confidence);
    if (best) {
      *out = (stage_mark){best, confidence, {0, 0, 0, 0}};
      set_box(r, level, parts[i].box, parts[i].box, &out->box);
    }
  }
  for (size_t i = 0; i < count && !before; i++)
    for (size_t k = i + 1; k < count; k++) {
      const double confidence = weigh_colon(&parts[i], &parts[k]);
      /* Its lower point alone fits a point as well: two of them are no accident. */
      if (confidence <= 0 || (out->confidence > confidence && out->text != '.')) continue;
      *out = (stage_mark){':', confidence, {0, 0, 0, 0}};
      set_box(r, level, parts[i].box, parts[k].box, &out->box);
    }
}

int stage_mark_find(const stage_pyramid *pyramid, const stage_glyph *left, const stage_glyph *right, stage_mark *out) {
  part parts[PARTS_MAX];
  region r;
  size_t count = 0;
  memset(out, 0, sizeof *out);
  if (left && left->level != right->level) return SHIM_OK;
  const stage_level *level = &pyramid->levels[right->level];
  int status = open_region(level, left, right, &r);
  if (status == SHIM_OK && r.ink.data) status = find_parts(level, right, &r, parts, &count);
  if (status == SHIM_OK) choose(&r, right->level, parts, count, left == NULL, out);
  shim_image_free(&r.ink);
  return status;
}
