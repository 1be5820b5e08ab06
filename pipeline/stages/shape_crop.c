/* The shapes network's input: one picture size, one pen. A 2 pixel pencil line on a photograph of 3000 pixels, a marker
 * on a 20 pixel box and a finger drawing must look alike, so the ink is brought to a working size, thinned to its
 * centre line (Zhang & Suen, A fast parallel algorithm for thinning digital patterns, 1984) and drawn again with a pen
 * of fixed width, the longer side of the centre line's box fitted, aspect kept, the box in the middle. A filled shape
 * has no centre line worth the name: its outline is taken. Fails where strokes are so fat that holes close up, and a
 * slender filled shape is taken for a fat line. */
#include "shapes.h"

#include <math.h>
#include <string.h>

enum {
  SIDE = STAGE_SHAPE_SIDE,
  FIT = 35,        /* of SIDE: the longer side of the box of the pen's way */
  WORK = 112,      /* longer side of the ink at the working size */
  GRID = WORK + 4, /* with two rows and columns of paper on each side, so that no neighbour needs a test */
  FIRST = 2,
  STRAIGHT = 3,
  DIAGONAL = 4 /* chamfer distances (Borgefors 1986): thirds of a pixel */,
  PART_SIDE_MIN = 3
};
static const double pen_radius = 0.7; /* output pixels */
static const double kept_share = 0.3; /* of a stroke's share of a pixel, for it to be ink when scaled down */
static const double filled_depth =
    0.13; /* of the longer side: half the width of the widest place, from here on filled */
static const double filled_share = 0.75; /* of what the outer boundary encloses is ink */
/* Of the plainest component's ink: what is less, or so much fainter, is dirt. */
static const double speck_share = 0.01, contrast_share = 0.4;
static const double ink_share = 0.5; /* of a coarser level's: a finer one shows the whole drawing */

typedef struct grid {
  uint8_t ink[GRID][GRID]; /* 0 or 1 */
} grid;

/* ---- the working size --------------------------------------------------------------------------------------------- */

/* x0, y0, x1, y1 (exclusive); 0 where there is no ink. */
static int find_box(const shim_image *mask, int box[4]) {
  box[0] = mask->width, box[1] = mask->height, box[2] = box[3] = 0;
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      if (mask->data[y * mask->stride + x]) {
        if (x < box[0]) box[0] = x;
        if (x >= box[2]) box[2] = x + 1;
        if (y < box[1]) box[1] = y;
        box[3] = y + 1;
      }
  return box[2] > box[0];
}

/* Area over half the boundary; the boundary from its crossings with the pixel rows and columns (Crofton). */
static double stroke_width(const shim_image *mask) {
  double area = 0, crossings = 0;
  for (int y = 0; y < mask->height; y++) {
    const uint8_t *row = mask->data + y * mask->stride, *above = y ? row - mask->stride : NULL;
    for (int x = 0; x < mask->width; x++) {
      area += row[x] != 0;
      crossings += (row[x] != 0) != (x && row[x - 1]);
      crossings += (row[x] != 0) != (above && above[x]);
    }
    crossings += row[mask->width - 1] != 0;
  }
  const uint8_t *last = mask->data + (mask->height - 1) * mask->stride;
  for (int x = 0; x < mask->width; x++) crossings += last[x] != 0;
  return area / (crossings * 3.14159265358979 / 8);
}

/* Scaled by the mean of the covered area, or bilinear; however thin a stroke gets, it stays. */
static int bring_to_work(const shim_image *mask, grid *g) {
  const int longer = mask->width > mask->height ? mask->width : mask->height;
  const double scale = (double)WORK / longer, share = stroke_width(mask) * scale;
  const int width = (int)(mask->width * scale + 0.5), height = (int)(mask->height * scale + 0.5);
  const double level = scale < 1 ? 255 * kept_share * (share < 1 ? share : 1) : 128;
  shim_image small;
  memset(g, 0, sizeof *g);
  int status = shim_image_create(&small, width > 0 ? width : 1, height > 0 ? height : 1, 1);
  if (status != SHIM_OK) return status;
  status = shim_resize(mask, &small);
  for (int y = 0; status == SHIM_OK && y < small.height; y++)
    for (int x = 0; x < small.width; x++)
      g->ink[FIRST + y][FIRST + x] = small.data[y * small.stride + x] >= (level < 1 ? 1 : level);
  shim_image_free(&small);
  return status;
}

/* ---- filled shapes ------------------------------------------------------------------------------------------------ */

static int least(int a, int b) {
  return a < b ? a : b;
}

/* The distance of the ink's innermost pixel from the paper, in pixels. */
static double depth_of(const grid *g) {
  uint16_t d[GRID][GRID];
  int most = 0;
  for (int y = 0; y < GRID; y++)
    for (int x = 0; x < GRID; x++) {
      d[y][x] = 0;
      if (!g->ink[y][x]) continue;
      const int straight = least(d[y][x - 1], d[y - 1][x]), diagonal = least(d[y - 1][x - 1], d[y - 1][x + 1]);
      d[y][x] = (uint16_t)least(straight + STRAIGHT, diagonal + DIAGONAL);
    }
  for (int y = GRID - 1; y >= 0; y--)
    for (int x = GRID - 1; x >= 0; x--) {
      if (!g->ink[y][x]) continue;
      const int straight = least(d[y][x + 1], d[y + 1][x]), diagonal = least(d[y + 1][x + 1], d[y + 1][x - 1]);
      d[y][x] = (uint16_t)least(d[y][x], least(straight + STRAIGHT, diagonal + DIAGONAL));
      if (d[y][x] > most) most = d[y][x];
    }
  return (double)most / STRAIGHT;
}

/* Sets `outside` to 1 where paper is connected (4 neighbours) to the grid's border. */
static void flood(const grid *g, grid *outside) {
  uint16_t stack[GRID * GRID];
  size_t count = 0;
  memset(outside, 0, sizeof *outside);
  outside->ink[0][0] = 1;
  stack[count++] = 0;
  while (count) {
    const int at = stack[--count], x = at % GRID, y = at / GRID;
    const int next[4][2] = {{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}};
    for (int i = 0; i < 4; i++) {
      const int nx = next[i][0], ny = next[i][1];
      if (nx < 0 || ny < 0 || nx >= GRID || ny >= GRID || g->ink[ny][nx] || outside->ink[ny][nx]) continue;
      outside->ink[ny][nx] = 1;
      stack[count++] = (uint16_t)(ny * GRID + nx);
    }
  }
}

static int is_filled(const grid *g, const grid *outside) {
  int ink = 0, enclosed = 0;
  for (int y = 0; y < GRID; y++)
    for (int x = 0; x < GRID; x++) {
      ink += g->ink[y][x];
      enclosed += !outside->ink[y][x];
    }
  return ink > filled_share * enclosed && depth_of(g) > filled_depth * WORK;
}

/* What is enclosed and has paper outside beside it. */
static void take_outline(const grid *outside, grid *g) {
  for (int y = 1; y < GRID - 1; y++)
    for (int x = 1; x < GRID - 1; x++)
      g->ink[y][x] = !outside->ink[y][x] && (outside->ink[y][x - 1] || outside->ink[y][x + 1] ||
                                             outside->ink[y - 1][x] || outside->ink[y + 1][x]);
}

/* ---- the picture -------------------------------------------------------------------------------------------------- */

/* A pen's dot around (x, y), pixel (0, 0) covering 0..1; anti-aliased. */
static void dot(double x, double y, uint8_t out[SIDE * SIDE]) {
  const int reach = 2, cx = (int)x, cy = (int)y;
  for (int py = cy - reach; py <= cy + reach; py++)
    for (int px = cx - reach; px <= cx + reach; px++) {
      if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue;
      const double cover = pen_radius + 0.5 - hypot(px + 0.5 - x, py + 0.5 - y);
      const uint8_t value = (uint8_t)(255 * (cover < 0 ? 0 : cover > 1 ? 1 : cover) + 0.5);
      if (value > out[py * SIDE + px]) out[py * SIDE + px] = value;
    }
}

/* Dots lie at most 0.6 pixels apart where the box was not enlarged, so a line of them is a stroke. */
static void draw(const shim_image *line, uint8_t out[SIDE * SIDE]) {
  int box[4];
  if (!find_box(line, box)) return;
  const int width = box[2] - 1 - box[0], height = box[3] - 1 - box[1], longer = width > height ? width : height;
  const double scale = (double)FIT / (longer > FIT ? longer : FIT);
  for (int y = box[1]; y < box[3]; y++)
    for (int x = box[0]; x < box[2]; x++)
      if (line->data[y * line->stride + x])
        dot(SIDE / 2.0 + scale * (x - box[0] - width / 2.0), SIDE / 2.0 + scale * (y - box[1] - height / 2.0), out);
}

int stage_shape_crop(const shim_image *mask, uint8_t out[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE], int *filled) {
  grid g, outside;
  int box[4];
  memset(out, 0, SIDE * SIDE);
  *filled = 0;
  if (!find_box(mask, box)) return SHIM_OK;
  const shim_image tight = {mask->data + box[1] * mask->stride + box[0], box[2] - box[0], box[3] - box[1], 1,
                            mask->stride};
  int status = bring_to_work(&tight, &g);
  if (status != SHIM_OK) return status;
  flood(&g, &outside);
  *filled = is_filled(&g, &outside);
  if (*filled) take_outline(&outside, &g);
  shim_image line = {(uint8_t *)g.ink, GRID, GRID, 1, GRID};
  status = stage_thin(&line, GRID);
  if (status == SHIM_OK) draw(&line, out);
  return status;
}

/* ---- a picture of one shape --------------------------------------------------------------------------------------- */

/* Joins all of the level but specks and what is far fainter than the plainest glyph: a shape may have gaps as wide as
 * itself. */
int stage_shape_ink(const stage_single *single, int level, stage_glyph *out) {
  const stage_glyph *main_part = &single->glyph;
  const double least_area = ldexp(speck_share * main_part->area, 2 * (main_part->level - level));
  stage_glyphs parts = {0};
  memset(out, 0, sizeof *out);
  if (!single->found) return SHIM_OK;
  int status = stage_contour(&single->pyramid, level, PART_SIDE_MIN, &parts);
  for (size_t i = 0; status == SHIM_OK && i < parts.count; i++) {
    const stage_glyph *part = &parts.items[i];
    stage_glyph joined;
    if (part->area < least_area || part->contrast < contrast_share * main_part->contrast) continue;
    status = stage_glyph_join(out->mask.data ? out : part, part, &joined);
    if (status != SHIM_OK) break;
    if (!out->mask.data) joined.area = part->area;
    stage_glyph_free(out);
    *out = joined;
  }
  stage_glyphs_free(&parts);
  if (status != SHIM_OK) stage_glyph_free(out);
  return status;
}

/* The ink of the finest level on which strokes are whole and that has most of what the plainest glyph's level has: on
 * coarser ones the two long sides of a slender shape run into each other. */
static int find_finest_ink(const stage_single *single, stage_glyph *out) {
  const double enough = ldexp(ink_share * single->glyph.area, 2 * single->glyph.level);
  int status = SHIM_OK;
  memset(out, 0, sizeof *out);
  for (int level = 0; status == SHIM_OK && single->found && level <= single->glyph.level; level++) {
    stage_glyph_free(out);
    status = stage_shape_ink(single, level, out);
    if (out->mask.data && out->stroke_width <= STAGE_STROKE_WHOLE && ldexp(out->area, 2 * level) >= enough) break;
  }
  return status;
}

int stage_shape_normalize(const shim_image *gray, uint8_t out[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE]) {
  shim_image large;
  stage_single single;
  stage_glyph all = {0};
  int factor, filled, status = stage_shape_enlarge(gray, &large, &factor);
  if (status != SHIM_OK) return status;
  memset(out, 0, SIDE * SIDE);
  status = stage_single_find(&large, &single);
  if (status == SHIM_OK) {
    status = find_finest_ink(&single, &all);
    if (status == SHIM_OK && all.mask.data) status = stage_shape_crop(&all.mask, out, &filled);
    stage_glyph_free(&all);
    stage_single_free(&single);
  }
  shim_image_free(&large);
  return status;
}
