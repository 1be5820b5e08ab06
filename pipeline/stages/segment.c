/* From the components of all levels to glyph candidates.
 *
 * A stroke shows on several levels. On a level too fine for it, it is hollow or in pieces, because the threshold's
 * window fits inside; on one too coarse it is blurred into its neighbours. So the levels are gone through from fine to
 * coarse, and a coarse component takes the place of what is already there only if that covers too little of it.
 * Fails where two digits touch: they stay one component. */
#include "stages.h"

#include <stdlib.h>
#include <string.h>

enum { WHOLE_HEIGHT_MIN = 24 };
enum {
  CANDIDATES_MAX = 10000,
  COVER_SAMPLES = 400,
  THRESHOLD_SPREAD = 1 /* pixels by which blur widens what the threshold finds */
};
static const double lighter_min = 0.7; /* of the ring around: paper, not more of the dark thing */
static const double core_min = 0.2;
static const double faint = 30, faint_core_min = 0.34; /* gray levels; faint ink must be the crisper */
static const double wide_faint = 40, wide_core_min = 0.36,
                    wide_stroke = 5; /* so must wide strokes, which blur hurts less */
static const double stroke_max = 0.28, bold_stroke_max = 0.4, bold_core_min = 0.6; /* of the longer side */
static const double lopsided_max =
    0.5; /* paper on the two sides of a long stroke differs less than this of its contrast */
static const double long_aspect = 3;
/* Thin soft ink is a smeared or a faint stroke where there is plainly paper all around it; thin_max of the longer side. */
static const double thin_max = 0.12, soft_lighter_min = 0.85, soft_lopsided_max = 0.25;
static const double border_contact_max = 0.8; /* of the longer side: digits cut by the border touch less */
static const double piece_area_min = 0.04;    /* of the larger piece's ink, to be a part of the digit */
static const double whole_share = 0.85, whole_aspect_max = 2.5, piece_height = 0.75;
static const double thick_cover_min = 0.65;
static const double thin_cover_min = 0.5;

static double min2(double a, double b) {
  return a < b ? a : b;
}
static double max2(double a, double b) {
  return a > b ? a : b;
}

/* ---- what cannot be a glyph -------------------------------------------------------------------------------------- */

/* A thin stroke is all edge, and varies with the pen's pressure: it tells nothing. */
static int has_soft_edges(const stage_glyph *g) {
  if (g->stroke_width < STAGE_STROKE_RESOLVED) return g->contrast < faint && g->core < core_min;
  if (g->core < core_min || (g->contrast < faint && g->core < faint_core_min)) return 1;
  return g->stroke_width > wide_stroke && g->contrast < wide_faint && g->core < wide_core_min;
}

/* A dot, a blot; a disc's stroke is half as wide as it is. A digit of a marker is bold too, but crisp, as no shadow is. */
static int is_blot(const stage_glyph *g, double longer, int coarsest) {
  const int is_fine = g->level < coarsest && g->stroke_width <= STAGE_STROKE_WHOLE + THRESHOLD_SPREAD;
  const int may_be_bold = is_fine && g->core >= bold_core_min && !g->sides_touched;
  return g->stroke_width - THRESHOLD_SPREAD > (may_be_bold ? bold_stroke_max : stroke_max) * longer;
}

static int is_glyph_like(const stage_glyph *g, int coarsest) {
  const double longer = max2(g->width, g->height), shorter = min2(g->width, g->height);
  if (g->width > 9 * g->height) return 0;                         /* a rule; the bar of a 5 stays, to be joined */
  if (g->sides_touched >= 3) return 0;                            /* a frame, the table around the sheet */
  if (g->longest_contact > border_contact_max * longer) return 0; /* table or shadow beside the sheet */
  if (is_blot(g, longer, coarsest)) return 0;
  if (g->area < 0.02 * g->width * g->height) return 0;                           /* the outline of something large */
  if (g->area > 0.85 * g->width * g->height && shorter > 0.5 * longer) return 0; /* a filled box */
  if (has_soft_edges(g) && g->stroke_width > thin_max * longer) return 0;        /* a shadow */
  return g->level == coarsest || g->stroke_width <= 0.75 * STAGE_WINDOW;
}

static void sweep(stage_glyphs *glyphs, const unsigned char *dropped) {
  size_t kept = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    if (!dropped[i])
      glyphs->items[kept++] = glyphs->items[i];
    else
      stage_glyph_free(&glyphs->items[i]);
  }
  glyphs->count = kept;
}

/* Whether there is paper all around it. */
static int is_on_paper(const stage_pyramid *pyramid, const stage_glyph *g, int *yes) {
  stage_surroundings around;
  const int status = stage_surround(&pyramid->levels[g->level], g, &around);
  const int is_long = g->height > long_aspect * g->width;
  *yes = status == SHIM_OK && around.lighter >= lighter_min && !(is_long && around.lopsided > lopsided_max);
  if (*yes && has_soft_edges(g)) *yes = around.lighter >= soft_lighter_min && around.lopsided <= soft_lopsided_max;
  return status;
}

/* Nothing else has the size and place of a digit in a table's cell. */
static int is_held(const stage_tables *tables, const stage_glyph *g) {
  size_t table;
  return tables && stage_tables_hold(tables, g, &table);
}

/* Of ink of the coarser levels it may wait whether it is on paper: most of it goes since the finest level shows it. */
static int drop_unlike(const stage_pyramid *pyramid, const stage_tables *tables, stage_glyphs *glyphs, int coarse_waits,
                       unsigned char *dropped) {
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    if (is_held(tables, g)) continue;
    int stays = is_glyph_like(g, pyramid->count - 1);
    if (stays && (g->level == 0 || !coarse_waits)) {
      const int status = is_on_paper(pyramid, g, &stays);
      if (status != SHIM_OK) return status;
    }
    dropped[i] = (unsigned char)!stays;
  }
  sweep(glyphs, dropped);
  memset(dropped, 0, glyphs->count);
  return SHIM_OK;
}

/* ---- which level shows the ink whole ------------------------------------------------------------------------------ */

static int boxes_meet(const int a[4], const int b[4]) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

static int mask_at(const stage_glyph *glyph, int x, int y) {
  x -= glyph->x;
  y -= glyph->y;
  if (x < 0 || y < 0 || x >= glyph->width || y >= glyph->height) return 0;
  return glyph->mask.data[y * glyph->mask.stride + x] != 0;
}

/* The share of fine's ink that lies in coarse's, by samples. No branch depends on the ink: half of these would be guessed
 * wrong. */
static double share_inside(const stage_glyph *fine, const stage_glyph *coarse) {
  const int shift = coarse->level - fine->level;
  int step = 1;
  while ((double)fine->width * fine->height / (step * step) > COVER_SAMPLES * 4) step++;
  unsigned samples = 0, inside = 0;
  for (int y = 0; y < fine->height; y += step) {
    const uint8_t *ink = fine->mask.data + y * fine->mask.stride;
    const int below = ((fine->y + y) >> shift) - coarse->y, meets = below >= 0 && below < coarse->height;
    const uint8_t *under = coarse->mask.data + (meets ? below : 0) * coarse->mask.stride;
    for (int x = 0; x < fine->width; x += step) samples += ink[x] >> 7;
    for (int x = 0; meets && x < fine->width; x += step) {
      const unsigned right = (unsigned)(((fine->x + x) >> shift) - coarse->x);
      if (right < (unsigned)coarse->width) inside += (unsigned)(ink[x] & under[right]) >> 7;
    }
  }
  return samples ? (double)inside / samples : 0;
}

/* Area in page pixels, or for thin strokes, whose width a coarse level does not show, the stroke's length. */
static double extent(const stage_glyph *glyph, int by_length) {
  const double scale = (double)(1 << glyph->level);
  return by_length ? glyph->area / max2(glyph->stroke_width, 1e-9) * scale : glyph->area * scale * scale;
}

typedef struct selection {
  const stage_pyramid *pyramid;
  const stage_tables *tables;
  int coarse_waits; /* of coarse ink it is not known yet whether it is on paper */
  stage_glyphs *glyphs;
  int (*boxes)[4];
  unsigned char *dropped;
} selection;

/* Ink on top of the coarse component, clearly darker than it and no weaker: then the coarse one is a shadow or a table.
 * Scraps of a stroke are as dark as the stroke. */
static int lies_on_top(const stage_glyph *fine, const stage_glyph *coarse) {
  return coarse->gray - fine->gray > 0.5 * fine->contrast && fine->contrast > 0.4 * coarse->contrast;
}

/* A faint or grainy stroke falls into pieces on the fine level, which the coarse one still shows whole. Of digits that
 * stand close the coarse level makes one as well: but then two pieces have its height, or they are small on it. */
static int fell_apart(const stage_glyph *coarse, size_t pieces, size_t high_pieces, double largest_share) {
  return pieces >= 2 && high_pieces < 2 && largest_share < whole_share && coarse->height >= WHOLE_HEIGHT_MIN &&
         coarse->width <= whole_aspect_max * coarse->height;
}

/* Decides between component c and the finer ones under it. */
static int settle(selection *s, size_t c, size_t *under) {
  const stage_glyph *coarse = &s->glyphs->items[c];
  const int thin = coarse->stroke_width < STAGE_STROKE_RESOLVED;
  double covered = 0, largest = 0;
  size_t count = 0, high = 0;
  for (size_t i = 0; i < c && s->glyphs->items[i].level < coarse->level; i++) {
    if (s->dropped[i] || !boxes_meet(s->boxes[i], s->boxes[c])) continue;
    const double share = share_inside(&s->glyphs->items[i], coarse);
    if (share < 0.5) continue;
    if (lies_on_top(&s->glyphs->items[i], coarse)) {
      s->dropped[c] = 1;
      return SHIM_OK;
    }
    under[count++] = i;
    /* Ink of a stroke too wide for the fine level is scraps, however much of it there is. */
    const double fine_stroke = coarse->stroke_width * (1 << (coarse->level - s->glyphs->items[i].level));
    if (!thin && fine_stroke > STAGE_STROKE_WHOLE) continue;
    const double piece = share * extent(&s->glyphs->items[i], thin);
    covered += piece;
    high += s->glyphs->items[i].height << s->glyphs->items[i].level >= piece_height * (coarse->height << coarse->level);
    largest = max2(largest, piece);
  }
  const double enough = (thin ? thin_cover_min : thick_cover_min) * extent(coarse, thin);
  int status = SHIM_OK, stays = covered < enough || fell_apart(coarse, count, high, largest / max2(covered, 1e-9));
  if (stays && s->coarse_waits && !is_held(s->tables, coarse)) status = is_on_paper(s->pyramid, coarse, &stays);
  s->dropped[c] = (unsigned char)!stays;
  for (size_t i = 0; stays && i < count; i++) s->dropped[under[i]] = 1;
  return status;
}

static int compare_height(const void *a, const void *b) {
  const int x = *(const int *)a, y = *(const int *)b;
  return (x < y) - (x > y);
}

/* Pairs of candidates are compared below, so that their number must have a bound: of a texture's or an attacker's many
 * the largest are looked at, as many as no page has digits. */
static int drop_excess(stage_glyphs *glyphs, unsigned char *dropped) {
  if (glyphs->count <= CANDIDATES_MAX) return SHIM_OK;
  int *heights = malloc(glyphs->count * sizeof *heights);
  if (!heights) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < glyphs->count; i++) heights[i] = glyphs->items[i].height << glyphs->items[i].level;
  qsort(heights, glyphs->count, sizeof *heights, compare_height);
  const int least = heights[CANDIDATES_MAX - 1];
  size_t kept = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    dropped[i] = glyphs->items[i].height << glyphs->items[i].level < least || kept >= CANDIDATES_MAX;
    kept += !dropped[i];
  }
  sweep(glyphs, dropped);
  memset(dropped, 0, glyphs->count);
  free(heights);
  return SHIM_OK;
}

static int select_levels(selection *s) {
  const size_t count = s->glyphs->count + 1;
  size_t *under = malloc(count * sizeof *under);
  s->boxes = malloc(count * sizeof *s->boxes);
  int status = s->boxes && under ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; status == SHIM_OK && i < s->glyphs->count; i++)
    stage_glyph_page_box(&s->glyphs->items[i], s->boxes[i]);
  for (size_t c = 0; status == SHIM_OK && c < s->glyphs->count; c++)
    if (s->glyphs->items[c].level > 0) status = settle(s, c, under);
  free(under);
  free(s->boxes);
  return status;
}

int stage_segment(const stage_pyramid *pyramid, const stage_tables *tables, stage_glyphs *glyphs) {
  unsigned char *dropped = calloc(glyphs->count + 1, 1);
  if (!dropped) return SHIM_ERR_MEMORY;
  selection s = {pyramid, tables, glyphs->count <= CANDIDATES_MAX, glyphs, NULL, dropped};
  int status = drop_unlike(pyramid, tables, glyphs, s.coarse_waits, dropped);
  if (status == SHIM_OK) status = drop_excess(glyphs, dropped);
  if (status == SHIM_OK) status = select_levels(&s);
  if (status == SHIM_OK) sweep(glyphs, dropped);
  free(dropped);
  return status;
}

/* ---- joining the pieces of a broken digit ------------------------------------------------------------------------- */

/* One piece is the smaller and lies close, above, below or inside the other's width: the bar of a 5, the gap in a pen
 * stroke. Digits side by side, or one above the other on two lines, are no such pair. */
static int may_be_one(const stage_glyph *a, const stage_glyph *b, const int p[4], const int q[4]) {
  const double pw = p[2] - p[0], ph = p[3] - p[1], qw = q[2] - q[0], qh = q[3] - q[1];
  const double across = min2(p[2], q[2]) - max2(p[0], q[0]), down = max2(p[1], q[1]) - min2(p[3], q[3]);
  const double taller = max2(ph, qh), width = max2(p[2], q[2]) - min2(p[0], q[0]);
  const double height = max2(p[3], q[3]) - min2(p[1], q[1]);
  const double stroke_a = a->stroke_width * (1 << a->level), stroke_b = b->stroke_width * (1 << b->level);
  if (max2(stroke_a, stroke_b) > 2.5 * min2(stroke_a, stroke_b)) return 0;
  if (min2(a->area, b->area) < piece_area_min * max2(a->area, b->area)) return 0; /* dust on a digit, or in a frame */
  if (across < 0.3 * min2(pw, qw) || down > 0.25 * taller) return 0;
  if (min2(ph, qh) > 0.6 * taller && down > 0.08 * taller) return 0;
  return height < 1.7 * taller && width < 1.6 * height;
}

int stage_glyph_join(const stage_glyph *a, const stage_glyph *b, stage_glyph *out) {
  const int x0 = a->x < b->x ? a->x : b->x, y0 = a->y < b->y ? a->y : b->y;
  const int x1 = a->x + a->width > b->x + b->width ? a->x + a->width : b->x + b->width;
  const int y1 = a->y + a->height > b->y + b->height ? a->y + a->height : b->y + b->height;
  *out = *a;
  out->x = x0, out->y = y0, out->width = x1 - x0, out->height = y1 - y0;
  out->area = a->area + b->area;
  out->stroke_width = (a->stroke_width * a->area + b->stroke_width * b->area) / out->area;
  out->contrast = (a->contrast * a->area + b->contrast * b->area) / out->area;
  out->holes = a->holes + b->holes;
  const int status = shim_image_create(&out->mask, out->width, out->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < out->height; y++)
    for (int x = 0; x < out->width; x++)
      out->mask.data[y * out->mask.stride + x] =
          (uint8_t)(mask_at(a, x0 + x, y0 + y) || mask_at(b, x0 + x, y0 + y) ? 255 : 0);
  return SHIM_OK;
}

static int add_pair(const stage_glyphs *glyphs, size_t i, size_t j, stage_glyphs *out, size_t **pairs) {
  stage_glyph joined;
  int status = stage_glyph_join(&glyphs->items[i], &glyphs->items[j], &joined);
  if (status == SHIM_OK) status = stage_glyphs_append(out, &joined);
  if (status != SHIM_OK) return status;
  size_t *grown = realloc(*pairs, out->count * 2 * sizeof *grown);
  if (!grown) return SHIM_ERR_MEMORY;
  *pairs = grown;
  grown[2 * out->count - 2] = i;
  grown[2 * out->count - 1] = j;
  return SHIM_OK;
}

int stage_segment_joins(const stage_glyphs *glyphs, stage_glyphs *out, size_t **pairs) {
  int(*boxes)[4] = malloc((glyphs->count + 1) * sizeof *boxes);
  int status = boxes ? SHIM_OK : SHIM_ERR_MEMORY;
  *pairs = NULL;
  for (size_t i = 0; status == SHIM_OK && i < glyphs->count; i++) stage_glyph_page_box(&glyphs->items[i], boxes[i]);
  for (size_t i = 0; status == SHIM_OK && i < glyphs->count; i++)
    for (size_t j = i + 1; status == SHIM_OK && j < glyphs->count; j++) {
      const int *p = boxes[i], *q = boxes[j];
      if (p[0] > q[2] || q[0] > p[2]) continue; /* most pairs: they stand in no column */
      const stage_glyph *a = &glyphs->items[i], *b = &glyphs->items[j];
      if (a->level != b->level || a->sides_touched > 1 || b->sides_touched > 1) continue;
      if (may_be_one(a, b, p, q)) status = add_pair(glyphs, i, j, out, pairs);
    }
  free(boxes);
  return status;
}
