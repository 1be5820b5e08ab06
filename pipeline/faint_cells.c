/* Faint digits in tables of one digit a cell. The threshold asks for ink that stands out of any page's noise; in a cell
 * of such a table a digit is looked for where nothing was read, in the cell alone: the light over it is evened out as a
 * plane or, where nearly all cells are taken, also as a curved surface, what is left is spread over the gray levels, and
 * what then shows is read, if it has the height of the table's digits. The inner part of the cell alone is looked at, so
 * that a line's remains do not hold a digit that they touch.
 *
 * What the others of a sudoku leave to stand there counts as well. Fails on strokes, which read as ones: these are not
 * believed but where a full sudoku has a 1 missing. */
#include "faint_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "single_cells.h"
#include "sudoku.h"

enum { CELL_SIDE_MAX = 96, CELL_SIDE_MIN = 14, PAPER = 200, INK = 100 /* gray levels deep */, DEPTH_MIN = 3, BLUR = 3 };
enum { PLANE = 3, CURVED = 6, TERMS_MAX = CURVED, LIGHT_ROUNDS = 3 };
static const double inset = 0.13;                          /* of the cell, where its lines were */
static const double deep_rank = 0.03;                      /* of the cell's pixels, as deep as ink is taken to be */
static const double spread_max = 10;                       /* times */
static const double digit_min = 0.7;                       /* the probability that it is one, whichever */
static const double odds_full = 0.25, lone_min = 0.5;      /* a 1 is believed where hardly another digit can stand */
static const double height_least = 0.7, height_most = 1.2; /* of the table's lower digits, and of its higher ones */

typedef struct cell {
  int level;               /* of the pyramid */
  int x, y, width, height; /* pixels of it */
} cell;

/* The inner part of the cell on the finest level that is not needlessly fine; 0 where it is too small. */
static int take_cell(const stage_pyramid *pyramid, const stage_table *table, int place, cell *out) {
  double box[4];
  stage_table_place_box(table, place, box);
  const double width = box[2] - box[0], height = box[3] - box[1];
  int level = 0;
  while (level + 1 < pyramid->count && fmax(width, height) / (1 << level) > CELL_SIDE_MAX) level++;
  const double scale = 1 << level;
  const shim_image *gray = &pyramid->levels[level].gray;
  const int x0 = (int)fmax(0, (box[0] + inset * width) / scale), y0 = (int)fmax(0, (box[1] + inset * height) / scale);
  const int x1 = (int)fmin(gray->width, (box[2] - inset * width) / scale);
  const int y1 = (int)fmin(gray->height, (box[3] - inset * height) / scale);
  *out = (cell){level, x0, y0, x1 - x0, y1 - y0};
  return out->width >= CELL_SIDE_MIN && out->height >= CELL_SIDE_MIN;
}

/* What the light over the cell may be made of, at -1..1 across and down it. */
static void find_terms(double u, double v, double terms[TERMS_MAX]) {
  const double all[TERMS_MAX] = {1, u, v, u * u, u * v, v * v};
  memcpy(terms, all, sizeof all);
}

static double light_at(const double light[TERMS_MAX], const shim_image *gray, int x, int y) {
  double terms[TERMS_MAX], sum = 0;
  find_terms(2.0 * x / (gray->width - 1) - 1, 2.0 * y / (gray->height - 1) - 1, terms);
  for (int i = 0; i < TERMS_MAX; i++) sum += light[i] * terms[i];
  return sum;
}

static double depth_at(const shim_image *gray, const double light[TERMS_MAX], int x, int y) {
  return light_at(light, gray, x, y) - gray->data[y * gray->stride + x];
}

/* Gaussian elimination of the normal equations, whose pivots a grid of pixels keeps away from 0. */
static void solve(double m[TERMS_MAX][TERMS_MAX + 1], int terms, double light[TERMS_MAX]) {
  for (int i = 0; i < terms; i++)
    for (int row = i + 1; row < terms; row++) {
      const double factor = m[row][i] / m[i][i];
      for (int j = i; j <= terms; j++) m[row][j] -= factor * m[i][j];
    }
  for (int i = terms - 1; i >= 0; i--) {
    light[i] = m[i][terms];
    for (int j = i + 1; j < terms; j++) light[i] -= m[i][j] * light[j];
    light[i] /= m[i][i];
  }
}

/* The plane or the curved surface that comes closest to the paper's gray levels: of all pixels first; the curved one then,
 * again and again, of those that do not lie far below it, since these are ink. */
static void fit_light(const shim_image *gray, int terms, double light[TERMS_MAX]) {
  double deepest = INFINITY;
  memset(light, 0, TERMS_MAX * sizeof *light);
  for (int round = 0; round < (terms == PLANE ? 1 : LIGHT_ROUNDS); round++) {
    double m[TERMS_MAX][TERMS_MAX + 1] = {{0}}, at[TERMS_MAX], spread = 0;
    for (int i = 0; i < terms; i++) m[i][i] = 1e-3;
    for (int y = 0; y < gray->height; y++)
      for (int x = 0; x < gray->width; x++) {
        if (round && depth_at(gray, light, x, y) > deepest) continue;
        find_terms(2.0 * x / (gray->width - 1) - 1, 2.0 * y / (gray->height - 1) - 1, at);
        for (int i = 0; i < terms; i++) {
          for (int j = 0; j < terms; j++) m[i][j] += at[i] * at[j];
          m[i][terms] += at[i] * gray->data[y * gray->stride + x];
        }
      }
    solve(m, terms, light);
    for (int y = 0; y < gray->height; y++)
      for (int x = 0; x < gray->width; x++) spread += fabs(depth_at(gray, light, x, y));
    deepest = spread / ((double)gray->width * gray->height);
  }
}

/* Spreads the depths below the light over the gray levels; 0 where there is nothing to spread. */
static int spread(shim_image *gray, int terms) {
  int histogram[256] = {0}, deep = 255;
  double light[TERMS_MAX], count = 0;
  fit_light(gray, terms, light);
  for (int y = 0; y < gray->height; y++)
    for (int x = 0; x < gray->width; x++) histogram[(int)fmin(255, fmax(0, depth_at(gray, light, x, y) + 0.5))]++;
  while (deep > 0 && (count += histogram[deep]) < deep_rank * gray->width * gray->height) deep--;
  if (deep < DEPTH_MIN) return 0;
  const double times = fmin(spread_max, (double)INK / deep);
  for (int y = 0; y < gray->height; y++)
    for (int x = 0; x < gray->width; x++) {
      const double value = PAPER - times * depth_at(gray, light, x, y);
      gray->data[y * gray->stride + x] = (uint8_t)fmin(255, fmax(0, value + 0.5));
    }
  return 1;
}

/* The glyph as one of the pyramid's: its ink in the cell's pixels. */
static int place_glyph(const stage_single *single, const cell *from, stage_glyph *out) {
  const double scale = (double)(1 << single->glyph.level) / single->scale;
  const int x0 = (int)floor(single->glyph.x * scale) - single->margin,
            y0 = (int)floor(single->glyph.y * scale) - single->margin;
  const int width = (int)ceil(single->glyph.width * scale), height = (int)ceil(single->glyph.height * scale);
  *out = single->glyph;
  out->level = from->level;
  out->x = from->x + x0, out->y = from->y + y0;
  out->width = width, out->height = height;
  out->stroke_width *= scale;
  out->area *= scale * scale;
  out->sides_touched = out->longest_contact = 0;
  memset(&out->mask, 0, sizeof out->mask);
  const int status = shim_image_create(&out->mask, width, height, 1);
  for (int y = 0; status == SHIM_OK && y < height; y++)
    for (int x = 0; x < width; x++) {
      const int u = (int)((x + 0.5) / scale), v = (int)((y + 0.5) / scale);
      const shim_image *mask = &single->glyph.mask;
      out->mask.data[y * out->mask.stride + x] =
          u < mask->width && v < mask->height ? mask->data[v * mask->stride + u] : 0;
    }
  return status;
}

/* Reads what stands in the cell; glyph->mask.data is NULL where nothing does. */
static int read_cell(reading *r, const cell *from, int terms, stage_glyph *glyph, judge_verdict *verdict) {
  const shim_image *gray = &r->pyramid.levels[from->level].gray;
  const shim_image part = {gray->data + from->y * gray->stride + from->x, from->width, from->height, 1, gray->stride};
  shim_image even = {0};
  stage_single single = {0};
  uint8_t crop[READING_CROP_SIZE];
  *glyph = (stage_glyph){0};
  int status = reading_status(r, shim_image_create(&even, part.width, part.height, 1));
  if (status == GLYPH_OK) status = reading_status(r, shim_blur(&part, &even, BLUR));
  if (status == GLYPH_OK && spread(&even, terms)) status = reading_status(r, stage_single_find(&even, &single));
  if (status == GLYPH_OK && single.found) {
    status = reading_status(r, stage_crop(&single.pyramid, &single.glyph, crop));
    if (status == GLYPH_OK) status = reading_classify(r, crop, 1, verdict);
    if (status == GLYPH_OK) status = reading_status(r, place_glyph(&single, from, glyph));
  }
  stage_single_free(&single);
  shim_image_free(&even);
  return status;
}

static int keep(reading *r, stage_glyph *glyph, const judge_verdict *verdict) {
  judge_verdict *grown = realloc(r->verdicts, (r->glyphs.count + 1) * sizeof *grown);
  if (grown) r->verdicts = grown;
  if (!grown) return reading_status(r, SHIM_ERR_MEMORY);
  r->verdicts[r->glyphs.count] = *verdict;
  const int status = reading_status(r, stage_glyphs_append(&r->glyphs, glyph));
  *glyph = (stage_glyph){0};
  return status;
}

static int compare_int(const void *a, const void *b) {
  const int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

/* How high the lower and the higher ones of a table's digits are: all but a tenth. Print and pen may differ. */
typedef struct span {
  double low, high;
} span;

/* Which places hold a digit, and how high the digits are; 0 where the table is not one of one digit a cell. */
static span survey(const reading *r, size_t table, unsigned char *taken, int *heights) {
  size_t count = 0;
  for (size_t i = 0; i < r->glyphs.count; i++) {
    const judge_verdict *v = &r->verdicts[i];
    const int place = v->decision == JUDGE_ACCEPTED ? cells_place_of(&r->rules.tables, table, &r->glyphs.items[i]) : -1;
    if (place < 0) continue;
    taken[place] = 1;
    if (v->one_a_cell) heights[count++] = r->glyphs.items[i].height << r->glyphs.items[i].level;
  }
  qsort(heights, count, sizeof *heights, compare_int);
  return count ? (span){heights[count / 10], heights[count - 1 - count / 10]} : (span){0, 0};
}

/* What was found where nothing had been read: whether it is a digit. chances: by the sudoku's others; NULL: it is none. */
static int is_believed(const stage_glyph *glyph, const glyph_glyph *reading, const double *chances, double odds,
                       span usual) {
  const double height = glyph->height << glyph->level;
  if (reading->text[0] == '1' && !(chances && odds <= odds_full && chances[1] >= lone_min)) return 0;
  return judge_digit_probability(reading) >= digit_min && height >= height_least * usual.low &&
         height <= height_most * usual.high;
}

/* In a table whose places are nearly all taken, one that is left free has something in it more likely than not: the
 * network's word counts as much less as the taken ones are more. */
static int fill_table(reading *r, size_t table, const unsigned char *taken, span usual) {
  const stage_table *t = &r->rules.tables.items[table];
  double chances[SUDOKU_PLACES][SUDOKU_DIGITS];
  const int is_sudoku = judge_sudoku_chances(&r->rules.tables, table, &r->glyphs, r->verdicts, chances);
  const int places = t->rows * t->columns;
  int status = GLYPH_OK, filled = 0;
  for (int place = 0; place < places; place++) filled += taken[place];
  const double odds = fmin(1, (double)(places - filled) / filled);
  for (int place = 0; status == GLYPH_OK && place < places; place++) {
    cell from;
    int done = taken[place] || !take_cell(&r->pyramid, t, place, &from);
    /* Another look at what lies in curved light, where a digit is more likely than none. */
    for (int terms = PLANE; status == GLYPH_OK && !done && (terms == PLANE || odds <= odds_full); terms = CURVED) {
      judge_verdict verdict = {.decision = JUDGE_ACCEPTED, .in_cell = table + 1, .one_a_cell = 1, .in_singles = 1};
      stage_glyph glyph;
      status = read_cell(r, &from, terms, &glyph, &verdict);
      if (status == GLYPH_OK && glyph.mask.data && is_sudoku) sudoku_weigh_reading(chances[place], &verdict.glyph);
      judge_weigh(&verdict.glyph, odds);
      done = status == GLYPH_OK && glyph.mask.data &&
             is_believed(&glyph, &verdict.glyph, is_sudoku ? chances[place] : NULL, odds, usual);
      if (done) status = keep(r, &glyph, &verdict);
      done |= terms == CURVED;
      stage_glyph_free(&glyph);
    }
  }
  return status;
}

int reading_fill_cells(reading *r) {
  int status = GLYPH_OK;
  for (size_t table = 0; status == GLYPH_OK && table < r->rules.tables.count; table++) {
    const stage_table *t = &r->rules.tables.items[table];
    unsigned char *taken = calloc((size_t)t->rows * (size_t)t->columns, 1);
    int *heights = malloc((r->glyphs.count + 1) * sizeof *heights);
    if (!taken || !heights) status = reading_status(r, SHIM_ERR_MEMORY);
    const span usual = status == GLYPH_OK ? survey(r, table, taken, heights) : (span){0, 0};
    if (usual.high > 0) status = fill_table(r, table, taken, usual);
    free(taken);
    free(heights);
  }
  return status;
}
