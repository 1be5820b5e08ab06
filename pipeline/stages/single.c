/* A picture that holds one glyph. It is framed with paper, because such pictures are often cut close, enlarged where it
 * is tiny, and then goes through the same pyramid, threshold, contours and segmentation as a page. The plainest glyph
 * is taken, with all ink near it that is not a speck: parts of a broken digit belong to it, while ruled lines along the
 * sides and the ends of neighbours' strokes do not. Fails where such a line touches the digit. */
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MIN = 64 /* smaller pictures are enlarged to at least this */, PART_SIDE_MIN = 4 };
static const double speck_share = 0.03;   /* of the largest component's area */
static const double contrast_share = 0.4; /* of its contrast */
static const double near_share = 0.5;     /* of its longer side */
static const double more_ink = 1.4;       /* times a finer level's ink: that one lost some */
/* Of the picture's width and height. */
static const double rule_length = 0.8, rule_width = 0.08, rule_distance = 0.1;
static const double beside_share = 0.95; /* of the component's ink */
static const double neighbour_width = 0.15, cut_distance = 0.015;
static const double scrap_factor = 1.7, scrap_contrast = 0.8;

/* The gray of the paper: the upper quartile (ink covers less than a quarter of what is not paper). */
static int paper_gray(const shim_image *gray, int dark_ink) {
  size_t histogram[256] = {0}, total = (size_t)gray->width * (size_t)gray->height, seen = 0;
  for (int y = 0; y < gray->height; y++)
    for (int x = 0; x < gray->width; x++) histogram[gray->data[y * gray->stride + x]]++;
  const size_t rank = dark_ink ? total - total / 4 : total / 4;
  int value = 0;
  while (value < 255 && (seen += histogram[value]) < rank) value++;
  return value;
}

/* Every pixel becomes scale x scale pixels, so that the crop can bring back the very pixels that came in: what is
 * already in MNIST's form stays as it is. */
static int enlarge(const shim_image *gray, int scale, shim_image *out) {
  const int status = shim_image_create(out, gray->width * scale, gray->height * scale, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < out->height; y++) {
    const uint8_t *from = gray->data + y / scale * gray->stride;
    uint8_t *to = out->data + y * out->stride;
    for (int x = 0; x < out->width; x++) to[x] = from[x / scale];
  }
  return SHIM_OK;
}

/* Paper around the picture, so wide that the threshold's window never lies on ink alone. */
static int frame(const shim_image *gray, int margin, int paper, shim_image *out) {
  const int status = shim_image_create(out, gray->width + 2 * margin, gray->height + 2 * margin, 1);
  if (status != SHIM_OK) return status;
  memset(out->data, paper, (size_t)out->stride * (size_t)out->height);
  for (int y = 0; y < gray->height; y++)
    memcpy(out->data + (y + margin) * out->stride + margin, gray->data + y * gray->stride, (size_t)gray->width);
  return SHIM_OK;
}

static double page_area(const stage_glyph *glyph) {
  return glyph->area * (double)(1 << 2 * glyph->level);
}

static size_t largest(const stage_glyphs *glyphs) {
  size_t best = 0;
  for (size_t i = 1; i < glyphs->count; i++)
    if (page_area(&glyphs->items[i]) * glyphs->items[i].contrast >
        page_area(&glyphs->items[best]) * glyphs->items[best].contrast)
      best = i;
  return best;
}

/* ---- what others left at the edges -------------------------------------------------------------------------------- */

/* Distances of a component from the picture's sides, as shares of the picture: left, top, right, bottom. */
static void find_distances(const stage_single *single, const stage_glyph *glyph, double out[4]) {
  const double pixel = (double)(1 << glyph->level) / single->scale;
  out[0] = (glyph->x * pixel - single->margin) / single->width;
  out[1] = (glyph->y * pixel - single->margin) / single->height;
  out[2] = 1 - ((glyph->x + glyph->width) * pixel - single->margin) / single->width;
  out[3] = 1 - ((glyph->y + glyph->height) * pixel - single->margin) / single->height;
}

/* A line along a side, from one end nearly to the other. */
static int is_rule(const double distances[4]) {
  const double across = 1 - distances[0] - distances[2], down = 1 - distances[1] - distances[3];
  const double aside = fmin(distances[0], distances[2]), above = fmin(distances[1], distances[3]);
  return (across >= rule_length && down <= rule_width && above <= rule_distance) ||
         (down >= rule_length && across <= rule_width && aside <= rule_distance);
}

/* Rules that meet are one component: long, and nowhere but beside the sides. */
static int is_framing(const stage_single *single, const stage_glyph *glyph, const double distances[4]) {
  if (1 - distances[0] - distances[2] < rule_length && 1 - distances[1] - distances[3] < rule_length) return 0;
  const double pixel = (double)(1 << glyph->level) / single->scale;
  double beside = 0;
  for (int y = 0; y < glyph->height; y++)
    for (int x = 0; x < glyph->width; x++) {
      if (!glyph->mask.data[y * glyph->mask.stride + x]) continue;
      const double u = ((glyph->x + x + 0.5) * pixel - single->margin) / single->width;
      const double v = ((glyph->y + y + 0.5) * pixel - single->margin) / single->height;
      beside += fmin(fmin(u, 1 - u), fmin(v, 1 - v)) <= rule_distance;
    }
  return beside >= beside_share * glyph->area;
}

/* The end of a neighbour's stroke, cut by the left or the right side. */
static int is_neighbour(const double distances[4]) {
  return fmin(distances[0], distances[2]) <= cut_distance && 1 - distances[0] - distances[2] <= neighbour_width;
}

/* Takes out rules, and what neighbours left beside something larger. */
static void drop_remnants(const stage_single *single, stage_glyphs *glyphs) {
  const size_t main_part = glyphs->count ? largest(glyphs) : 0;
  const size_t count = glyphs->count;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    double distances[4];
    find_distances(single, &glyphs->items[i], distances);
    const int alone = i == main_part && count == 1;
    if (is_rule(distances) || (!alone && is_framing(single, &glyphs->items[i], distances)) ||
        (i != main_part && is_neighbour(distances)))
      stage_glyph_free(&glyphs->items[i]);
    else
      glyphs->items[kept++] = glyphs->items[i];
  }
  glyphs->count = kept;
}

/* The components of a level, without remnants. */
static int contour(const stage_single *single, int level, int side_min, stage_glyphs *out) {
  stage_glyphs found = {0};
  int status = stage_contour(&single->pyramid, level, side_min, &found);
  drop_remnants(single, &found);
  for (size_t i = 0; status == SHIM_OK && i < found.count; i++) status = stage_glyphs_append(out, &found.items[i]);
  stage_glyphs_free(&found);
  return status;
}

/* ---- what belongs together ---------------------------------------------------------------------------------------- */

/* Whether the gap between their boxes is small beside main's size. */
static int is_near(const stage_glyph *part, const stage_glyph *main_part) {
  const int longer = main_part->width > main_part->height ? main_part->width : main_part->height;
  const double reach = near_share * longer;
  return part->x < main_part->x + main_part->width + reach && part->x + part->width > main_part->x - reach &&
         part->y < main_part->y + main_part->height + reach && part->y + part->height > main_part->y - reach;
}

/* Adds to *glyph the parts that are no specks, no fainter, and near it; those that are the glyph itself add nothing. */
static int join_parts(const stage_glyphs *parts, stage_glyph *glyph) {
  const stage_glyph seed = *glyph; /* for its measures alone: its mask is freed below */
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < parts->count; i++) {
    const stage_glyph *part = &parts->items[i];
    stage_glyph joined;
    const int same = part->x == seed.x && part->y == seed.y && part->width == seed.width && part->height == seed.height;
    if (same || part->area < speck_share * seed.area || part->contrast < contrast_share * seed.contrast) continue;
    if (!is_near(part, &seed)) continue;
    status = stage_glyph_join(glyph, part, &joined);
    if (status != SHIM_OK) break;
    stage_glyph_free(glyph);
    *glyph = joined;
  }
  return status;
}

/* The plainest glyph on the picture, by the measures of a page: shadows, edges and blots are none. */
static int find_plain(stage_single *single) {
  stage_glyphs glyphs = {0}, parts = {0};
  int status = SHIM_OK;
  for (int level = 0; status == SHIM_OK && level < single->pyramid.count; level++)
    status = contour(single, level, level ? STAGE_COARSE_SIDE_MIN : STAGE_FINE_SIDE_MIN, &glyphs);
  if (status == SHIM_OK) status = stage_segment(&single->pyramid, NULL, &glyphs);
  if (status == SHIM_OK && glyphs.count) {
    const size_t best = largest(&glyphs);
    single->glyph = glyphs.items[best];
    single->found = 1;
    glyphs.items[best] = glyphs.items[--glyphs.count]; /* its mask is single's now */
    status = contour(single, single->glyph.level, PART_SIDE_MIN, &parts);
    if (status == SHIM_OK) status = join_parts(&parts, &single->glyph);
  }
  stage_glyphs_free(&parts);
  stage_glyphs_free(&glyphs);
  return status;
}

/* The largest component of a level with what is near it. *found is 0 where the level has none. */
static int gather(const stage_single *single, int level, stage_glyph *out, int *found) {
  stage_glyphs parts = {0};
  int status = contour(single, level, PART_SIDE_MIN, &parts);
  *found = status == SHIM_OK && parts.count > 0;
  if (*found) {
    const size_t main_part = largest(&parts);
    *out = parts.items[main_part];
    parts.items[main_part] = parts.items[--parts.count]; /* its mask is out's now */
    status = join_parts(&parts, out);
    if (status != SHIM_OK) stage_glyph_free(out);
  }
  stage_glyphs_free(&parts);
  return status;
}

/* A level takes over from a finer one that has no ink, or whose strokes are too wide for its threshold. */
static int takes_over(const stage_glyph *coarse, const stage_glyph *fine) {
  if (coarse->stroke_width < STAGE_STROKE_RESOLVED) return 0;
  const double fine_stroke = coarse->stroke_width * (1 << (coarse->level - fine->level));
  return fine_stroke > STAGE_STROKE_WHOLE || page_area(coarse) > more_ink * page_area(fine);
}

/* Whatever ink there is, on the level that shows most of it: for very fat strokes, of which only scraps look plain. */
static int find_any(const stage_single *single, stage_glyph *best, int *any) {
  int status = SHIM_OK;
  *any = 0;
  for (int level = 0; status == SHIM_OK && level < single->pyramid.count; level++) {
    stage_glyph glyph = {0};
    int found = 0;
    status = gather(single, level, &glyph, &found);
    if (status != SHIM_OK || !found) continue;
    if (!*any || takes_over(&glyph, best)) {
      stage_glyph_free(best);
      *best = glyph;
      *any = 1;
    } else {
      stage_glyph_free(&glyph);
    }
  }
  if (status != SHIM_OK) stage_glyph_free(best);
  return status;
}

/* Whether the plain glyph is but scraps of `all`: that has far more ink, or strokes too wide for the plain one's
 * level. */
static int is_scraps(const stage_glyph *plain, const stage_glyph *all) {
  if (all->contrast <= scrap_contrast * plain->contrast) return 0;
  const double area = page_area(all), stroke = ldexp(all->stroke_width, all->level - plain->level);
  return area > scrap_factor * page_area(plain) ||
         (all->level > plain->level && stroke > STAGE_STROKE_WHOLE && area > page_area(plain));
}

/* The plain glyph, unless all the ink together is far more and no fainter. */
static int find_glyph(stage_single *single) {
  stage_glyph all = {0};
  int any = 0, status = find_plain(single);
  if (status == SHIM_OK) status = find_any(single, &all, &any);
  if (status == SHIM_OK && any && (!single->found || is_scraps(&single->glyph, &all))) {
    stage_glyph_free(&single->glyph);
    single->glyph = all;
    single->found = 1;
  } else {
    stage_glyph_free(&all);
  }
  return status;
}

int stage_single_find(const shim_image *gray, stage_single *out) {
  memset(out, 0, sizeof *out);
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  const int dark_ink = stage_polarity_single(gray) >= 0;
  out->width = gray->width, out->height = gray->height;
  /* By a power of two, so that the pyramid's levels also keep to the pixels that came in. */
  for (out->scale = 1; longer * out->scale < SIDE_MIN;) out->scale *= 2;
  out->margin = longer / 4 + 2;
  shim_image framed = {0}, large = {0};
  int status = frame(gray, out->margin, paper_gray(gray, dark_ink), &framed);
  if (status == SHIM_OK && out->scale > 1) status = enlarge(&framed, out->scale, &large);
  if (status == SHIM_OK) status = stage_pyramid_make(large.data ? &large : &framed, !dark_ink, &out->pyramid);
  out->pyramid.enlarged = out->scale;
  for (int i = 0; status == SHIM_OK && i < out->pyramid.count; i++)
    status = stage_threshold(&out->pyramid.levels[i], 1);
  if (status == SHIM_OK) status = find_glyph(out);
  shim_image_free(&framed);
  shim_image_free(&large);
  if (status != SHIM_OK) stage_single_free(out);
  return status;
}

void stage_single_free(stage_single *single) {
  stage_pyramid_free(&single->pyramid);
  stage_glyph_free(&single->glyph);
  single->found = 0;
}

int stage_single_normalize(const shim_image *gray, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]) {
  stage_single single;
  int status = stage_single_find(gray, &single);
  if (status != SHIM_OK) return status;
  if (single.found)
    status = stage_crop(&single.pyramid, &single.glyph, out);
  else
    memset(out, 0, STAGE_CROP_SIDE * STAGE_CROP_SIDE);
  stage_single_free(&single);
  return status;
}
