/* Evens the light out and thresholds.
 *
 * The paper is estimated by a morphological closing: dark structures into which the window does not fit (strokes) are
 * filled, while larger ones (shadows, tables) and their edges stay. What the closing added is the ink's depth (the
 * black top-hat of Serra 1982), so that an edge of a shadow leaves no ink. A pixel is ink where its depth reaches a
 * share of the deepest ink around it, which keeps the width of blurred and faint strokes, and the noise around
 * it; where it joins parts of one digit, a smaller share suffices (hysteresis.c). Strokes wider than the window vanish: a
 * coarser level of the pyramid shows them. */
#include "hysteresis.h"
#include "row_clones.h"
#include "window.h"

#include <math.h>
#include <stdlib.h>

enum {
  NOISE_BLUR = 3,
  TILE = 96,         /* side of the squares in which noise is measured */
  TILE_ROW_STEP = 4, /* every fourth row tells it as well as all */
  DEPTH_MIN = 10     /* gray levels; what a JPEG's noise reaches on plain paper */
};
enum { LIGHT_GRID = 8, LIGHT_MIN = 16, LIT_SIDE_MAX = 300 };
static const double light_quantile = 0.75; /* of the picture's gray levels: usually paper, and in the light */
enum {
  LOCAL_SHARE_256 = 108, /* 0.42 of the deepest ink in the window */
  WEAK_SHARE_256 = 77,   /* 0.3: of ink that may join parts of a digit */
  NOISE_FACTOR_4 = 9     /* what is left of the noise rarely passes 2.25 times its usual depth */
};

/* Ink takes away a share of the light, not an amount of it. So that a digit is evenly dark for the network though a
 * shadow's edge runs across it, its depths below paper that lies in the dark are given as if it lay in the light: nearly
 * so, by a straight line between paper as light as the picture's is, above which depths stay, and half as light, below
 * which they are doubled. What is ink at all is decided without that: deciding by it joined torn digits, but made as
 * much of shadows. */
typedef struct light {
  uint16_t most, least; /* gray levels of paper between which depths grow */
  uint16_t reciprocal;  /* 65536 / least, rounded up: paper in the light keeps its depths exactly */
} light;

static inline uint8_t lit(uint8_t depth, uint8_t paper, light l) {
  const uint16_t p = paper > l.most ? l.most : paper < l.least ? l.least : paper;
  const uint16_t product = (uint16_t)(depth * (uint16_t)(l.most + l.least - p));
  const uint16_t value = (uint16_t)(((uint32_t)product * l.reciprocal) >> 16);
  return (uint8_t)(value < UINT8_MAX ? value : UINT8_MAX); /* black ink on white paper passes that in a half shadow */
}

/* Depths grow below paper of `most`; 0: nowhere, but on paper that is all but black. */
static light light_below(int most) {
  const int least = most / 2 > LIGHT_MIN ? most / 2 : LIGHT_MIN;
  return (light){(uint16_t)(2 * least), (uint16_t)least, (uint16_t)((65536 + least - 1) / least)};
}

/* By the paper's usual gray level, of some of its pixels. Beside small digits a shadow's edge is soft, and what lies in
 * the dark around a page is better left there. */
static light measure_light(const shim_image *paper) {
  size_t histogram[256] = {0}, count = 0, below = 0;
  if (paper->width > LIT_SIDE_MAX && paper->height > LIT_SIDE_MAX) return light_below(0);
  for (int y = LIGHT_GRID / 2; y < paper->height; y += LIGHT_GRID)
    for (int x = LIGHT_GRID / 2; x < paper->width; x += LIGHT_GRID, count++)
      histogram[paper->data[y * paper->stride + x]]++;
  int usual = 0;
  while (usual < 255 && (double)(below += histogram[usual]) < light_quantile * (double)count) usual++;
  return light_below(usual);
}

static uint8_t *row_of(const shim_image *image, int y) {
  return image->data + y * image->stride;
}

/* The depths of a tile's pixels, in rows of `width`. */
typedef struct tile {
  uint8_t depths[TILE * TILE / TILE_ROW_STEP];
  int width, rows;
} tile;

/* Of all tiles side by side, row by row: memory is read on and on so, not in pieces. */
ROW_CLONES static void measure_tiles(const shim_image *paper, const shim_image *smooth, int y0, tile *tiles,
                                     int columns) {
  const int below = paper->height - y0, rows = ((below < TILE ? below : TILE) + TILE_ROW_STEP - 1) / TILE_ROW_STEP;
  for (int column = 0; column < columns; column++) {
    const int left = paper->width - column * TILE;
    tiles[column].width = left < TILE ? left : TILE;
    tiles[column].rows = rows;
  }
  for (int row = 0; row < rows; row++) {
    const int y = y0 + row * TILE_ROW_STEP;
    const uint8_t *p = paper->data + y * paper->stride, *s = smooth->data + y * smooth->stride;
    for (int column = 0; column < columns; column++, p += TILE, s += TILE) {
      const int width = tiles[column].width;
      uint8_t *depths = tiles[column].depths + row * width;
      for (int x = 0; x < width; x++) depths[x] = (uint8_t)(p[x] - s[x]); /* a closing is nowhere darker */
    }
  }
}

/* How many of a tile's depths are no larger than value: column by column in bytes, which every CPU adds many at a time. */
ROW_CLONES static int count_up_to(const tile *t, uint8_t value) {
  uint8_t columns[TILE] = {0};
  int count = 0;
  for (int row = 0; row < t->rows; row++)
    for (int x = 0; x < t->width; x++) columns[x] = (uint8_t)(columns[x] + (t->depths[row * t->width + x] <= value));
  for (int x = 0; x < TILE; x++) count += columns[x];
  return count;
}

/* The least value that more than 40 % of a tile do not surpass: ink covers less than the rest. */
static uint8_t tile_noise(const tile *t) {
  const int rank = t->width * t->rows * 2 / 5;
  int low = 0, high = 255;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (count_up_to(t, (uint8_t)middle) > rank)
      high = middle;
    else
      low = middle + 1;
  }
  return (uint8_t)low;
}

/* The noise's depth at every pixel: measured in tiles, since a table is rougher than the paper on it, and interpolated
 * between their centres, in 16ths. */
enum { FRACTION = 16 };

typedef struct noise_map {
  int columns, rows;
  double tile_width, tile_height;
  uint8_t *tiles;      /* row by row */
  uint16_t *stretched; /* each of these rows as wide as the picture, FRACTION a gray level */
  int width;
} noise_map;

/* The two of count tiles between whose centres a pixel lies, and the second one's weight in FRACTIONs. */
static int place_between(int at, double tile, int count, int *first, int *second) {
  const double place = (at + 0.5) / tile - 0.5;
  const int before = (int)floor(place);
  *first = before < 0 ? 0 : before;
  *second = before + 1 < count ? before + 1 : count - 1;
  return (int)((place - before) * FRACTION + 0.5);
}

static int noise_open(const shim_image *paper, const shim_image *smooth, noise_map *noise) {
  const int width = paper->width;
  noise->width = width;
  noise->columns = (width + TILE - 1) / TILE, noise->rows = (paper->height + TILE - 1) / TILE;
  noise->tile_width = (double)width / noise->columns, noise->tile_height = (double)paper->height / noise->rows;
  const size_t rows = (size_t)noise->rows;
  tile *tiles = malloc((size_t)noise->columns * sizeof *tiles);
  noise->tiles = malloc((size_t)noise->columns * rows);
  noise->stretched = malloc((size_t)width * rows * sizeof *noise->stretched);
  if (!tiles || !noise->tiles || !noise->stretched) {
    free(tiles);
    return SHIM_ERR_MEMORY;
  }
  for (int row = 0; row < noise->rows; row++) {
    measure_tiles(paper, smooth, row * TILE, tiles, noise->columns);
    for (int column = 0; column < noise->columns; column++)
      noise->tiles[row * noise->columns + column] = tile_noise(&tiles[column]);
  }
  free(tiles);
  for (int x = 0; x < width; x++) {
    int first, second;
    const int weight = place_between(x, noise->tile_width, noise->columns, &first, &second);
    for (int row = 0; row < noise->rows; row++) {
      const uint8_t *tiles = noise->tiles + row * noise->columns;
      noise->stretched[(size_t)row * (size_t)width + (size_t)x] =
          (uint16_t)(tiles[first] * (FRACTION - weight) + tiles[second] * weight);
    }
  }
  return SHIM_OK;
}

static void noise_close(noise_map *noise) {
  free(noise->tiles);
  free(noise->stretched);
}

ROW_CLONES static void noise_row(const noise_map *noise, int y, uint8_t *restrict out) {
  int first, second;
  const uint16_t weight = (uint16_t)place_between(y, noise->tile_height, noise->rows, &first, &second);
  const uint16_t *a = noise->stretched + (size_t)first * (size_t)noise->width;
  const uint16_t *b = noise->stretched + (size_t)second * (size_t)noise->width;
  for (int x = 0; x < noise->width; x++)
    out[x] = (uint8_t)((uint16_t)(a[x] * (FRACTION - weight) + b[x] * weight + FRACTION * FRACTION / 2) /
                       (FRACTION * FRACTION));
}

/* How deep each pixel of a row lies below the paper, without the noise's own depth. */
ROW_CLONES static void measure_depth(const uint8_t *paper, const uint8_t *gray, const uint8_t *noise, light l,
                                     int width, uint8_t *out) {
  for (int x = 0; x < width; x++) {
    /* Said so, each line becomes one instruction for many pixels. */
    const uint8_t least = paper[x] < gray[x] ? paper[x] : gray[x];
    const uint8_t depth = (uint8_t)(paper[x] - least), grain = depth < noise[x] ? depth : noise[x];
    out[x] = lit((uint8_t)(depth - grain), paper[x], l);
  }
}

/* One row, in 16-bit arithmetic, which every CPU does eight or more pixels at a time. */
ROW_CLONES static void mark_row(const uint8_t *depth, const uint8_t *deepest, const uint8_t *noise, int width,
                                uint16_t weak_share, uint8_t *restrict binary) {
  for (int x = 0; x < width; x++) {
    const int16_t share = (int16_t)((int16_t)(deepest[x] * LOCAL_SHARE_256) >> 8);
    const int16_t weak = (int16_t)((int16_t)(deepest[x] * weak_share) >> 8);
    const int16_t grain = (int16_t)((int16_t)(noise[x] * NOISE_FACTOR_4) >> 2), d = depth[x];
    const uint8_t is_weak = (d >= DEPTH_MIN) & (d >= grain) & (d > weak);
    binary[x] = (uint8_t)(-(is_weak & (d > share)) | (is_weak & HYSTERESIS_WEAK));
  }
}

_Static_assert((int)WINDOW_REACH >= (int)HYSTERESIS_REACH, "the ink below a row is known when it is marked");

/* Rows that wait until what lies below them is known. */
enum { WAITING = STAGE_WINDOW, DEPTHS = 0, NOISES = WAITING, DEEPEST = 2 * WAITING, ROWS };

/* On the way in level->ink holds the paper and level->binary the smoothed picture: each row of them is used up before
 * it gets what it is for. */
static int mark(stage_level *level, const noise_map *noise, light l, window_max *around, int weak_share, uint8_t *rows,
                hysteresis_places *ridges) {
  const int width = level->gray.width, height = level->gray.height;
  const light as_it_is = light_below(0);
  for (int y = 0; y < height + WINDOW_REACH; y++) {
    uint8_t *depth = NULL, *deepest = rows + DEEPEST * (size_t)width;
    if (y < height) {
      uint8_t *ink = row_of(&level->ink, y), *grain = rows + (size_t)(NOISES + y % WAITING) * (size_t)width;
      depth = rows + (size_t)(DEPTHS + y % WAITING) * (size_t)width;
      noise_row(noise, y, grain);
      measure_depth(ink, row_of(&level->binary, y), grain, as_it_is, width, depth);
      /* The blur served the decision, in which the dark's own noise counts; what is cut out keeps its edges. */
      measure_depth(ink, row_of(&level->gray, y), grain, l, width, ink);
    }
    window_max_push(around, depth, deepest);
    const int ready = y - WINDOW_REACH;
    if (ready < 0) continue;
    mark_row(rows + (size_t)(DEPTHS + ready % WAITING) * (size_t)width, deepest,
             rows + (size_t)(NOISES + ready % WAITING) * (size_t)width, width, (uint16_t)weak_share,
             row_of(&level->binary, ready));
    if (hysteresis_take(level, ready, ridges) != SHIM_OK) return SHIM_ERR_MEMORY;
  }
  return SHIM_OK;
}

int stage_threshold(stage_level *level, int joins_parts) {
  const int width = level->gray.width, height = level->gray.height;
  noise_map noise = {0};
  light l = {0};
  window_max *around = NULL;
  hysteresis_places ridges = {0};
  uint8_t *rows = malloc((size_t)width * ROWS);
  int status = rows ? window_max_open(&around, width) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = shim_image_reuse(&level->ink, width, height, 1);
  if (status == SHIM_OK) status = shim_image_reuse(&level->binary, width, height, 1);
  if (status == SHIM_OK) status = shim_blur(&level->gray, &level->binary, NOISE_BLUR);
  if (status == SHIM_OK) status = window_close(&level->binary, &level->ink);
  if (status == SHIM_OK) l = measure_light(&level->ink);
  if (status == SHIM_OK) status = noise_open(&level->ink, &level->binary, &noise);
  const int weak_share = joins_parts ? WEAK_SHARE_256 : LOCAL_SHARE_256; /* at the latter none is weak */
  if (status == SHIM_OK) status = mark(level, &noise, l, around, weak_share, rows, &ridges);
  stage_level_forget_parts(level);
  if (status == SHIM_OK) status = hysteresis_settle(level, &ridges);
  hysteresis_free(&ridges);
  noise_close(&noise);
  window_max_close(&around);
  free(rows);
  return status;
}
