/* A table seen straight on: its lines upright and level, and even distances even, by the homography of its outer
 * corners and, where the paper is curled, by how far its inner ones lie aside. Past the outer corners the bend is taken
 * to stay as it is there, so far away the view fails. */
#include "flat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SIDE = 360,        /* pixels of the table's longer side, at most */
  MAP_STEP = 8,      /* pixels between the places that are mapped exactly */
  PAPER_REACH = 3,   /* pixels beside a line where its paper is looked for */
  DARKEST_PAPER = 16 /* gray level */
};
static const double margin_share = 0.4; /* of the longer side, on all sides of the table */

int flat_boundaries(const flat *f, int direction) {
  return 1 + (direction ? f->table->columns : f->table->rows);
}

static const double *corner_of(const flat *f, int row, int column) {
  return f->table->corners + 2 * (row * (f->table->columns + 1) + column);
}

/* Between which two boundaries a position lies, and how far on the way from the one to the other, 0..1. */
static int find_between(const flat *f, int direction, double position, double *share) {
  const double *found = f->found[direction];
  int i = 0;
  while (i + 2 < flat_boundaries(f, direction) && position > found[i + 1]) i++;
  *share = fmin(1, fmax(0, (position - found[i]) / fmax(found[i + 1] - found[i], 1e-6)));
  return i;
}

void flat_to_page(const flat *f, double x, double y, double page[2]) {
  double along, down, point[2] = {x, y};
  const int column = find_between(f, 1, x, &along), row = find_between(f, 0, y, &down);
  const double *above = f->bends + 2 * (row * (f->table->columns + 1) + column);
  const double *below = above + 2 * (f->table->columns + 1);
  for (int i = 0; i < 2; i++)
    point[i] += (1 - down) * ((1 - along) * above[i] + along * above[2 + i]) +
                down * ((1 - along) * below[i] + along * below[2 + i]);
  stage_map_to_picture(&f->map, point, page);
}

static double distance(const double *a, const double *b) {
  return hypot(b[0] - a[0], b[1] - a[1]);
}

/* Lays the view out; 0 where the table is no quad that can be looked at so. */
static int lay_out(flat *f, const shim_image *page) {
  const int rows = f->table->rows, columns = f->table->columns;
  const double *corners[4] = {corner_of(f, 0, 0), corner_of(f, 0, columns), corner_of(f, rows, columns),
                              corner_of(f, rows, 0)};
  double quad[4][2];
  for (int i = 0; i < 4; i++) memcpy(quad[i], corners[i], sizeof quad[i]);
  const double width = (distance(quad[0], quad[1]) + distance(quad[3], quad[2])) / 2;
  const double height = (distance(quad[0], quad[3]) + distance(quad[1], quad[2])) / 2;
  const double scale = fmin(1, SIDE / fmax(width, height)), margin = floor(margin_share * scale * fmax(width, height));
  if (!(fmin(width, height) * scale >= 1) || width > 4.0 * page->width || height > 4.0 * page->height) return 0;
  if (stage_map_from_quad(quad, width * scale, height * scale, &f->map) != SHIM_OK) return 0;
  stage_map_shift(&f->map, -margin, -margin);
  f->gray.width = (int)(width * scale + 2 * margin);
  f->gray.height = (int)(height * scale + 2 * margin);
  return 1;
}

/* Each boundary stands where its corners do in the mean. */
static int measure_bends(flat *f) {
  const int rows = f->table->rows, columns = f->table->columns;
  f->found[0] = calloc((size_t)rows + 1, sizeof(double));
  f->found[1] = calloc((size_t)columns + 1, sizeof(double));
  f->bends = malloc(2 * (size_t)(rows + 1) * (size_t)(columns + 1) * sizeof *f->bends);
  if (!f->found[0] || !f->found[1] || !f->bends) return SHIM_ERR_MEMORY;
  for (int r = 0; r <= rows; r++)
    for (int c = 0; c <= columns; c++) {
      double *point = f->bends + 2 * (r * (columns + 1) + c);
      stage_map_to_reading(&f->map, corner_of(f, r, c), point);
      f->found[0][r] += point[1] / (columns + 1);
      f->found[1][c] += point[0] / (rows + 1);
    }
  for (int r = 0; r <= rows; r++)
    for (int c = 0; c <= columns; c++) {
      double *point = f->bends + 2 * (r * (columns + 1) + c);
      point[0] -= f->found[1][c];
      point[1] -= f->found[0][r];
    }
  return SHIM_OK;
}

/* ---- the picture -------------------------------------------------------------------------------------------------- */

/* Places in the level are counted in 65536ths of its pixels; none of a picture is FAR away. */
enum { ONE = 1 << 16, FINE = 256, FAR = 1 << 28 };

/* The gray level at a place between the centres of pixels. What lies outside the picture is white, so that no line seems
 * to go on there. */
static uint8_t sample(const shim_image *gray, int64_t x, int64_t y) {
  const int left = (int)(x >> 16), top = (int)(y >> 16), along = (int)(x >> 8 & 255), down = (int)(y >> 8 & 255);
  if (x < 0 || y < 0 || left >= gray->width - 1 || top >= gray->height - 1) return 255;
  const uint8_t *p = gray->data + top * gray->stride + left, *q = p + gray->stride;
  const int above = (FINE - along) * p[0] + along * p[1], below = (FINE - along) * q[0] + along * q[1];
  return (uint8_t)(((FINE - down) * above + down * below + FINE * FINE / 2) / (FINE * FINE));
}

/* Fills the view between four places that are mapped exactly, of the level whose pixels are so large. */
static void fill_block(const flat *f, const shim_image *level, double scale, int x0, int y0) {
  double place[4][2];
  for (int i = 0; i < 4; i++) {
    flat_to_page(f, x0 + i % 2 * MAP_STEP, y0 + i / 2 * MAP_STEP, place[i]);
    for (int k = 0; k < 2; k++) place[i][k] = fmin(fmax(place[i][k] / scale - 0.5, -FAR), FAR) * ONE;
  }
  for (int y = y0; y < y0 + MAP_STEP && y < f->gray.height; y++) {
    const double down = (y - y0 + 0.5) / MAP_STEP;
    int64_t from[2], step[2];
    for (int k = 0; k < 2; k++) {
      const double first = place[0][k] + down * (place[2][k] - place[0][k]);
      const double last = place[1][k] + down * (place[3][k] - place[1][k]);
      step[k] = (int64_t)((last - first) / MAP_STEP);
      from[k] = (int64_t)first + step[k] / 2;
    }
    for (int x = x0; x < x0 + MAP_STEP && x < f->gray.width; x++, from[0] += step[0], from[1] += step[1])
      f->gray.data[y * f->gray.stride + x] = sample(level, from[0], from[1]);
  }
}

/* From the level whose pixels are about as large as the view's. */
static int fill(flat *f, const stage_pyramid *pyramid) {
  const double *from = corner_of(f, 0, 0), *to = corner_of(f, f->table->rows, f->table->columns);
  const double size[2] = {f->found[1][f->table->columns] - f->found[1][0],
                          f->found[0][f->table->rows] - f->found[0][0]};
  const double scale = distance(from, to) / hypot(size[0], size[1]);
  int level = 0;
  while (level + 1 < pyramid->count && 1 << (level + 1) <= scale) level++;
  const shim_image *gray = &pyramid->levels[level].gray;
  if (gray->width < 2 || gray->height < 2) return SHIM_ERR_ARGUMENT;
  for (int y = 0; y < f->gray.height; y += MAP_STEP)
    for (int x = 0; x < f->gray.width; x += MAP_STEP) fill_block(f, gray, 1 << level, x, y);
  return shim_blur(&f->gray, &f->gray, 3);
}

/* Whether the boundaries lie in the view, each beyond the one before; a corner near the vanishing line runs away. */
static int is_in_order(const flat *f) {
  for (int d = 0; d < 2; d++)
    for (int i = 0; i < flat_boundaries(f, d); i++) {
      const double at = f->found[d][i], before = i ? f->found[d][i - 1] : 0;
      if (!(at >= before && at <= (d ? f->gray.width : f->gray.height))) return 0;
    }
  return 1;
}

int flat_open(const stage_pyramid *pyramid, const stage_table *table, flat *out) {
  *out = (flat){.table = table};
  if (!lay_out(out, &pyramid->levels[0].gray)) return SHIM_OK;
  int status = measure_bends(out);
  if (status == SHIM_OK && !is_in_order(out)) {
    out->gray = (shim_image){0};
    return SHIM_OK;
  }
  if (status == SHIM_OK) status = shim_image_create(&out->gray, out->gray.width, out->gray.height, 1);
  if (status == SHIM_OK) status = fill(out, pyramid);
  if (status != SHIM_OK) flat_close(out);
  return status;
}

void flat_close(flat *f) {
  shim_image_free(&f->gray);
  free(f->found[0]), free(f->found[1]), free(f->bends);
  memset(f, 0, sizeof *f);
}

double flat_depth(const flat *f, int direction, int at, double from, double to) {
  const ptrdiff_t across = direction ? 1 : f->gray.stride, along = direction ? f->gray.stride : 1;
  const int breadth = direction ? f->gray.width : f->gray.height, length = direction ? f->gray.height : f->gray.width;
  const int first = (int)fmax(0, ceil(from)), last = (int)fmin(length, floor(to));
  int histogram[256] = {0}, below = 0, depth = 0;
  if (at < PAPER_REACH || at >= breadth - PAPER_REACH || first >= last) return 0;
  for (int i = first; i < last; i++) {
    const uint8_t *p = f->gray.data + at * across + i * along;
    const int left = p[-PAPER_REACH * across], right = p[PAPER_REACH * across], paper = left < right ? left : right;
    histogram[*p < paper ? (paper - *p) * 256 / (paper + DARKEST_PAPER) : 0]++;
  }
  while (2 * (below += histogram[depth]) < last - first) depth++;
  return depth;
}
