/* Filled shapes: solid ink that stands alone. A coarse level, on which the threshold's window is larger than the shape,
 * tells where one is; the level's gray halfway between the shape and the paper around it then tells its edge on the
 * finest one. What has ink right beside it is a blot on a stroke or an arrow's head. Fails for shapes larger than about
 * a third of the picture, which no level's window spans. */
#include "shapes.h"

#include <math.h>
#include <string.h>

enum { COARSE_SIDE_MIN = 5, SIDE_MIN = 18, HISTOGRAM = 256 };
static const double solid_share = 0.42; /* of its box that is ink */
static const double aspect_max = 5;
static const double stroke_share = 0.3;    /* stroke width over the shorter side: a line has less */
static const double fat_share = 0.14;      /* the same over the longer side, on the finest level */
static const double margin_share = 0.35;   /* of the box, looked at around it */
static const double contrast_min = 24;     /* gray levels between shape and paper */
static const double blur_share_max = 0.22; /* of the shape's own area whose gray is neither */
static const double edge_width_max = 4;    /* pixels of such gray along its edge: a shadow's is wider */
static const double area_change_max = 1.8; /* between the levels */
static const double written_max = 0.004;   /* of the area that is darker still: writing on a shadow */
static const double beside_max = 0.06;     /* of the ring around it that is ink */

/* The gray that half of the pixels of a kind have. */
static int median_of(const int histogram[HISTOGRAM], int count) {
  int value = 0, below = 0;
  while (value < HISTOGRAM - 1 && 2 * (below += histogram[value]) < count) value++;
  return value;
}

typedef struct spot {
  shim_image gray; /* a view of the finest level around it */
  int x, y;        /* of the view */
  double box[4];   /* of the part in the view */
} spot;

static void look_at(const stage_level *fine, const stage_level *coarse, const shim_component *part, spot *out) {
  const int scale = 1 << (coarse->shift - fine->shift), margin_x = (int)(margin_share * part->width) + 2;
  const int margin_y = (int)(margin_share * part->height) + 2;
  const int x0 = (int)fmax(0, (part->x - margin_x) * scale), y0 = (int)fmax(0, (part->y - margin_y) * scale);
  const int x1 = (int)fmin(fine->gray.width, (part->x + part->width + margin_x) * scale);
  const int y1 = (int)fmin(fine->gray.height, (part->y + part->height + margin_y) * scale);
  *out = (spot){.gray = fine->gray, .x = x0, .y = y0};
  out->gray.data += y0 * fine->gray.stride + x0;
  out->gray.width = x1 - x0;
  out->gray.height = y1 - y0;
  out->box[0] = part->x * scale - x0, out->box[1] = part->y * scale - y0;
  out->box[2] = out->box[0] + part->width * scale, out->box[3] = out->box[1] + part->height * scale;
}

/* The middle between the grays inside the part's box, the darker half of which is ink, and outside. -1: they are too
 * alike. */
static int find_middle(const spot *s, double *contrast) {
  int inside[HISTOGRAM] = {0}, outside[HISTOGRAM] = {0}, in = 0, out = 0;
  for (int y = 0; y < s->gray.height; y++)
    for (int x = 0; x < s->gray.width; x++) {
      const int gray = s->gray.data[y * s->gray.stride + x];
      if (x >= s->box[0] && x < s->box[2] && y >= s->box[1] && y < s->box[3])
        inside[gray]++, in++;
      else
        outside[gray]++, out++;
    }
  if (!in || !out) return -1;
  const int paper = median_of(outside, out), ink = median_of(inside, (int)(in * solid_share));
  *contrast = paper - ink;
  return *contrast >= contrast_min ? (paper + ink) / 2 : -1;
}

/* Whether the mask's outline is sharp, the paper beside it plain, and nothing written on it. */
static int stands_alone(const spot *s, const shim_image *mask, int middle, double contrast, double area) {
  int ring = 0, ring_ink = 0, blurred = 0, written = 0, edge = 0;
  const int reach = 2 + (int)(0.06 * sqrt(area));
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++) {
      const int gray = s->gray.data[y * s->gray.stride + x], own = mask->data[y * mask->stride + x] != 0;
      written += own && middle - gray > 0.9 * contrast;
      blurred += own && middle - gray < 0.3 * contrast;
      edge += own && !(stage_line_at(mask, x - 1, y) && stage_line_at(mask, x + 1, y) &&
                       stage_line_at(mask, x, y - 1) && stage_line_at(mask, x, y + 1));
      if (own) continue;
      int beside = 0, touching = 0;
      for (int k = 0; k < 8; k++) {
        beside |= stage_line_at(mask, x + 2 * reach * stage_around[k][0], y + 2 * reach * stage_around[k][1]);
        touching |= stage_line_at(mask, x + reach * stage_around[k][0], y + reach * stage_around[k][1]);
      }
      if (!beside || touching) continue;
      ring++;
      ring_ink += gray < middle;
    }
  if (written > written_max * area || blurred > edge_width_max * edge) return 0;
  return ring && ring_ink <= beside_max * ring && blurred <= blur_share_max * area;
}

/* A stroke's area over half its outline is its width; a letter's is small beside the letter. */
static int is_fat(const stage_outline *o) {
  double length = 0;
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; i < STAGE_OUTLINE_POINTS; j = i++)
    length += hypot(o->points[2 * i] - o->points[2 * j], o->points[2 * i + 1] - o->points[2 * j + 1]);
  const double side = fmax(o->box[2] - o->box[0], o->box[3] - o->box[1]);
  return side >= SIDE_MIN && length > 0 && 2 * o->area / length >= fat_share * side;
}

/* The part's outline on the finest level. *found: 0 where it is no filled shape. */
static int trace(const stage_strokes *strokes, const spot *s, double expected, stage_outline *out, int *found) {
  double contrast = 0;
  const int middle = find_middle(s, &contrast);
  shim_image mask;
  shim_components parts = {0};
  *found = 0;
  if (middle < 0) return SHIM_OK;
  int status = shim_image_create(&mask, s->gray.width, s->gray.height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < mask.height; y++)
    for (int x = 0; x < mask.width; x++)
      mask.data[y * mask.stride + x] = s->gray.data[y * s->gray.stride + x] < middle ? 255 : 0;
  status = shim_components_find(&mask, &parts);
  size_t best = 0;
  for (size_t i = 1; i < parts.count; i++)
    if (parts.items[i].area > parts.items[best].area) best = i;
  const shim_component *c = parts.count ? &parts.items[best] : NULL;
  if (c && c->x > 0 && c->y > 0 && c->x + c->width < mask.width && c->y + c->height < mask.height &&
      c->area < area_change_max * expected && expected < area_change_max * c->area) {
    for (int i = 0; i < mask.width * mask.height; i++)
      if (parts.labels[i] != (int)best + 1) mask.data[i] = 0;
    if (stands_alone(s, &mask, middle, contrast, c->area)) {
      status = stage_outline_trace(&mask, s->x, s->y, 0.5, out);
      stage_outline_measure(strokes->ink, out);
      out->drawn = 1;
      out->is_filled = *found = status == SHIM_OK && is_fat(out);
    }
  }
  shim_components_free(&parts);
  shim_image_free(&mask);
  return status;
}

int stage_filled_find(const stage_strokes *fine_strokes, const stage_level *fine, const stage_strokes *strokes,
                      const stage_level *coarse, stage_outlines *out) {
  const double scale = 1 << (coarse->shift - fine->shift);
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < strokes->parts.count; i++) {
    const shim_component *c = &strokes->parts.items[i];
    const double shorter = c->width < c->height ? c->width : c->height, longer = c->width + c->height - shorter;
    if (shorter < COARSE_SIDE_MIN || longer > aspect_max * shorter || c->area < solid_share * shorter * longer)
      continue;
    if (strokes->widths[i] < stroke_share * shorter) continue;
    spot s;
    stage_outline outline = {.stroke = 1, .part = -1, .faces = 1, .face_count = 1};
    int found;
    look_at(fine, coarse, c, &s);
    status = trace(fine_strokes, &s, c->area * scale * scale, &outline, &found);
    if (status == SHIM_OK && found) status = stage_outlines_append(out, &outline);
  }
  return status;
}
