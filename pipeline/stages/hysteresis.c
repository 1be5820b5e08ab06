/* A stroke may be dark and faint in turns: a pencil's, a dry pen's, one that a moved camera smeared in one direction. The
 * threshold tears it where it is faint. There, weak ink joins what it touches: thresholding with hysteresis (Canny, "A
 * computational approach to edge detection", 1986). Two more things are asked of it, since soft edges, neighbours and what
 * shows through from the back of the sheet are weak ink as well: it must fall off to both sides, and what it joins must be
 * a part beside a whole, not two things of one size.
 *
 * Fails for a digit torn into halves (the network judges these, as joins), and where a stroke's end alone is faint. */
#include "hysteresis.h"

#include "components.h"

#include <stdlib.h>
#include <string.h>

enum {
  INK = 255,
  RIDGE = 2 /* weak, and no slope */,
  REACH = 3,          /* pixels from sure ink, to which the way is filled */
  SIDE_SHARE_16 = 11, /* of a ridge's depth, how deep it may be beside it */
  PIXELS_MIN = 6,     /* of a ridge: smaller ones are grain */
  PART_SHARE_16 = 9   /* of two strokes' extent, up to which the smaller one is a part */
};

static const double widths_apart = 3; /* so many times as wide is no stroke of the same pen */

/* ---- places ------------------------------------------------------------------------------------------------------- */

typedef hysteresis_place place;
typedef hysteresis_places places;

static int add_place(places *p, int x, int y) {
  if (p->count == p->capacity) {
    const size_t capacity = p->capacity ? 2 * p->capacity : 1024;
    place *items = capacity > SIZE_MAX / sizeof *items ? NULL : realloc(p->items, capacity * sizeof *items);
    if (!items) return SHIM_ERR_MEMORY;
    p->items = items;
    p->capacity = capacity;
  }
  p->items[p->count++] = (place){x, y};
  return SHIM_OK;
}

static uint8_t *at(const shim_image *image, place p) {
  return image->data + p.y * image->stride + p.x;
}

/* The part of the picture within `reach` of a place: x0, y0, x1, y1 (inclusive). */
static void square_around(const shim_image *image, place p, int reach, int square[4]) {
  square[0] = p.x > reach ? p.x - reach : 0;
  square[1] = p.y > reach ? p.y - reach : 0;
  square[2] = p.x + reach < image->width ? p.x + reach : image->width - 1;
  square[3] = p.y + reach < image->height ? p.y + reach : image->height - 1;
}

/* ---- ridges ------------------------------------------------------------------------------------------------------- */

/* How deep the ink is so far from a pixel, on the deeper of two sides: the least of four directions. */
static inline int depth_beside(const uint8_t *middle, ptrdiff_t down, int distance) {
  const ptrdiff_t directions[] = {1, down, down + 1, down - 1};
  int least = UINT8_MAX; /* of all directions: a branch at each would be guessed wrong too often */
  for (int i = 0; i < 4; i++) {
    const int a = middle[distance * directions[i]], b = middle[-distance * directions[i]], deeper = a > b ? a : b;
    least = deeper < least ? deeper : least;
  }
  return least;
}

/* Whether the ink falls off to both sides of a pixel, in one direction at least. Most strokes are thin, and what lies
 * farthest off tells it of them. */
static int is_ridge(const uint8_t *middle, ptrdiff_t down) {
  int nine = 0;
  for (int x = -1; x <= 1; x++) nine += middle[x - down] + middle[x] + middle[x + down];
  const int most = SIDE_SHARE_16 * nine / (16 * 9);
  for (int distance = HYSTERESIS_REACH; distance >= 2; distance--)
    if (depth_beside(middle, down, distance) <= most) return 1;
  return 0;
}

/* Along the picture's border nothing tells a ridge. */
int hysteresis_take(const stage_level *level, int y, places *ridges) {
  const shim_image *binary = &level->binary, *ink = &level->ink;
  const int left = HYSTERESIS_REACH, right = binary->width - HYSTERESIS_REACH;
  const int tells = y >= HYSTERESIS_REACH && y + HYSTERESIS_REACH < binary->height;
  uint8_t *row = binary->data + y * binary->stride, *end = row + binary->width, *weak = row;
  while ((weak = memchr(weak, HYSTERESIS_WEAK, (size_t)(end - weak)))) {
    const int x = (int)(weak - row);
    *weak = 0;
    if (!tells || x < left || x >= right || !is_ridge(ink->data + y * ink->stride + x, ink->stride)) continue;
    if (add_place(ridges, x, y) != SHIM_OK) return SHIM_ERR_MEMORY;
  }
  return SHIM_OK;
}

void hysteresis_free(places *ridges) {
  free(ridges->items);
  *ridges = (places){0};
}

/* Lists the ridge that a place belongs to and takes it off the picture, along whose border there is none. */
static int take_ridge(const shim_image *binary, place first, places *ridge) {
  ridge->count = 0;
  int status = add_place(ridge, first.x, first.y);
  *at(binary, first) = 0;
  for (size_t i = 0; i < ridge->count; i++) {
    const place here = ridge->items[i];
    for (int y = here.y - 1; y <= here.y + 1; y++) {
      uint8_t *row = binary->data + y * binary->stride;
      for (int x = here.x - 1; x <= here.x + 1; x++) {
        if (row[x] != RIDGE) continue;
        row[x] = 0;
        if (status == SHIM_OK) status = add_place(ridge, x, y);
      }
    }
  }
  return status;
}

/* ---- the strokes that they touch ---------------------------------------------------------------------------------- */

/* A component of sure ink, or several joined: the one that is its own parent has the box of all. */
typedef struct stroke {
  int parent;
  int x0, y0, x1, y1;
  int area, boundary; /* pixels */
} stroke;

typedef struct strokes {
  components all;
  int *owners;  /* of each run, its component */
  size_t *rows; /* of each row, its first run; then how many runs there are */
  stroke *items;
} strokes;

static void strokes_close(strokes *s) {
  free(s->owners);
  free(s->rows);
  free(s->items);
  components_free(&s->all);
}

static int strokes_open(const shim_image *binary, strokes *s) {
  size_t run = 0, runs = 0;
  const int status = components_find(binary, &s->all);
  if (status != SHIM_OK) return status;
  for (size_t i = 0; i < s->all.count; i++)
    for (int r = s->all.items[i].first_run; r >= 0; r = s->all.runs[r].next) runs++;
  s->owners = malloc((runs + 1) * sizeof *s->owners);
  s->rows = malloc(((size_t)binary->height + 1) * sizeof *s->rows);
  s->items = malloc((s->all.count + 1) * sizeof *s->items);
  if (!s->owners || !s->rows || !s->items) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < s->all.count; i++) {
    const component *c = &s->all.items[i];
    s->items[i] = (stroke){(int)i, c->x, c->y, c->x + c->width, c->y + c->height, c->area, c->boundary};
    for (int r = c->first_run; r >= 0; r = s->all.runs[r].next) s->owners[r] = (int)i;
  }
  for (int y = 0; y <= binary->height; y++) {
    while (run < runs && s->all.runs[run].y < y) run++;
    s->rows[y] = run;
  }
  return SHIM_OK;
}

static int find_root(const strokes *s, int at) {
  while (s->items[at].parent != at) at = s->items[at].parent = s->items[s->items[at].parent].parent;
  return at;
}

/* Whose the sure ink at a place is. */
static int stroke_at(const strokes *s, place p) {
  size_t low = s->rows[p.y], high = s->rows[p.y + 1];
  while (low + 1 < high) {
    const size_t middle = (low + high) / 2;
    *(s->all.runs[middle].from <= p.x ? &low : &high) = middle;
  }
  return find_root(s, s->owners[low]);
}

static int longer_side(const stroke *s) {
  return s->x1 - s->x0 > s->y1 - s->y0 ? s->x1 - s->x0 : s->y1 - s->y0;
}

/* Not where both are nearly as large as they are together, nor where one is no stroke of the other's pen. */
static int may_be_parts(const stroke *a, const stroke *b, const stroke *both) {
  const int p = longer_side(a), q = longer_side(b);
  const double width = (double)a->area / a->boundary, other = (double)b->area / b->boundary;
  return 16 * (p < q ? p : q) <= PART_SHARE_16 * longer_side(both) && width <= widths_apart * other &&
         other <= widths_apart * width;
}

/* Joins two strokes that may be parts of one digit. Returns the stroke of both; -1 where they are none. */
static int join(strokes *s, int first, int second) {
  const stroke *a = &s->items[first], *b = &s->items[second];
  const stroke both = {first,
                       a->x0 < b->x0 ? a->x0 : b->x0,
                       a->y0 < b->y0 ? a->y0 : b->y0,
                       a->x1 > b->x1 ? a->x1 : b->x1,
                       a->y1 > b->y1 ? a->y1 : b->y1,
                       a->area + b->area,
                       a->boundary + b->boundary};
  if (!may_be_parts(a, b, &both)) return -1;
  s->items[second].parent = first;
  s->items[first] = both;
  return first;
}

/* ---- joining ------------------------------------------------------------------------------------------------------ */

/* The sure ink nearest to a place; 0 where there is none within reach. */
static int find_sure(const shim_image *binary, place p, place *sure) {
  static const place beside[] = {{0, -1}, {-1, 0}, {1, 0}, {0, 1}};
  int around[4], nearest = 2 * REACH * REACH + 1;
  square_around(binary, p, REACH, around);
  for (int i = 0; i < 4; i++) { /* of most places: no other is nearer */
    const place next = {p.x + beside[i].x, p.y + beside[i].y};
    if (next.x < around[0] || next.y < around[1] || next.x > around[2] || next.y > around[3]) continue;
    if (*at(binary, next) != INK) continue;
    *sure = next;
    return 1;
  }
  for (int y = around[1]; y <= around[3]; y++)
    for (int x = around[0]; x <= around[2]; x++) {
      const int distance = (x - p.x) * (x - p.x) + (y - p.y) * (y - p.y);
      if (distance >= nearest || *at(binary, (place){x, y}) != INK) continue;
      nearest = distance;
      *sure = (place){x, y};
    }
  return nearest <= 2 * REACH * REACH;
}

/* Whether a ridge joins strokes, which are one then. */
static int joins_strokes(const shim_image *binary, strokes *s, const places *ridge) {
  int whole = -1, joined = 0;
  for (size_t i = 0; i < ridge->count; i++) {
    place sure;
    if (!find_sure(binary, ridge->items[i], &sure)) continue;
    const int other = stroke_at(s, sure);
    if (whole < 0) whole = other;
    if (other == whole) continue;
    whole = join(s, whole, other);
    if (whole < 0) return 0;
    joined = 1;
  }
  return joined;
}

static int choose_ridges(const shim_image *binary, strokes *s, const places *all, places *chosen) {
  places ridge = {0};
  int status = SHIM_OK;
  for (size_t i = 0; i < all->count; i++) *at(binary, all->items[i]) = RIDGE;
  for (size_t i = 0; i < all->count; i++) {
    if (*at(binary, all->items[i]) != RIDGE) continue;
    const int taken = take_ridge(binary, all->items[i], &ridge);
    if (status == SHIM_OK) status = taken;
    if (status != SHIM_OK || ridge.count < PIXELS_MIN || !joins_strokes(binary, s, &ridge)) continue;
    for (size_t k = 0; status == SHIM_OK && k < ridge.count; k++)
      status = add_place(chosen, ridge.items[k].x, ridge.items[k].y);
  }
  hysteresis_free(&ridge);
  return status;
}

/* With the way to sure ink near them. */
static void draw_ridges(const shim_image *binary, const places *chosen) {
  for (size_t i = 0; i < chosen->count; i++) {
    const place from = chosen->items[i];
    place sure;
    if (!find_sure(binary, from, &sure)) continue;
    const int dx = sure.x - from.x, dy = sure.y - from.y, steps = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    for (int k = 1; k < steps; k++) *at(binary, (place){from.x + dx * k / steps, from.y + dy * k / steps}) = INK;
  }
  for (size_t i = 0; i < chosen->count; i++) *at(binary, chosen->items[i]) = INK;
}

/* Those that were found last are still the picture's. */
static int keep_parts(strokes *s, stage_level *level) {
  level->parts = malloc(sizeof *level->parts);
  if (!level->parts) return SHIM_ERR_MEMORY;
  *level->parts = s->all;
  s->all = (components){0};
  return SHIM_OK;
}

int hysteresis_settle(stage_level *level, const places *ridges) {
  strokes s = {0};
  places chosen = {0};
  if (!ridges->count) return SHIM_OK;
  int status = strokes_open(&level->binary, &s);
  if (status == SHIM_OK) status = choose_ridges(&level->binary, &s, ridges, &chosen);
  if (status == SHIM_OK) draw_ridges(&level->binary, &chosen);
  if (status == SHIM_OK && !chosen.count) status = keep_parts(&s, level);
  strokes_close(&s);
  hysteresis_free(&chosen);
  return status;
}
