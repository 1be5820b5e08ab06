/* Where traced lines cross, and which of them belong together: a line of a table crosses or meets several others, so
 * what does not is taken away again and again (the k-core of the graph of crossings), and the cells that hang together
 * by their corners then are one candidate for a table. Three crossings are more than any stroke of a digit in a cell
 * has; two are all that the short lines in a row of boxes have, and then they must end where they meet the others and
 * look like them. */
#include "crossing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 6, CROSSINGS_PER_TRACK_MAX = 400, LONG_HITS = 30 };
static const double reach_samples =
    2.5; /* by which a line may end before one that it meets: the corner hides its last samples */
static const double reach_length = 0.15;                            /* of its own length, if that is less */
static const double roughness_max = 0.35, long_roughness_max = 0.5; /* the latter of lines through many boxes */
static const double between_min = 0.4; /* share of a line between two corners that must have been seen */
static const double alike = 2.5;       /* times as deep or as wide */

/* A track's range across its direction. */
typedef struct range {
  double low, high;
} range;

static range find_range(const stage_track *track) {
  range r = {track->across[0], track->across[0]};
  for (int i = 1; i < track->count; i++) {
    r.low = fmin(r.low, track->across[i]);
    r.high = fmax(r.high, track->across[i]);
  }
  return r;
}

static double reach(const stage_track *track, const stage_track *other) {
  const double length = track->count * track->step;
  return fmin(reach_samples * track->step, reach_length * length) + 0.5 * track->step + other->thickness;
}

static int covers(const stage_track *track, double along, double by) {
  return along >= stage_track_start(track) - by && along <= stage_track_end(track) + by;
}

/* Where a (along x) and b (along y) cross, following each in turn: the slopes' product is under 1, so this settles. */
static int cross(const stage_track *a, const stage_track *b, double point[2]) {
  double y = (stage_track_start(b) + stage_track_end(b)) / 2, x = 0;
  for (int i = 0; i < ROUNDS; i++) {
    x = stage_track_at(b, y);
    y = stage_track_at(a, x);
  }
  point[0] = x;
  point[1] = y;
  return covers(a, x, reach(a, b)) && covers(b, y, reach(b, a));
}

int stage_crossings_append(stage_crossings *list, const stage_crossing *crossing) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 256;
    stage_crossing *grown = capacity > SIZE_MAX / sizeof *grown ? NULL : realloc(list->items, capacity * sizeof *grown);
    if (!grown) return SHIM_ERR_MEMORY;
    list->items = grown;
    list->capacity = capacity;
  }
  list->items[list->count++] = *crossing;
  return SHIM_OK;
}

static int are_alike(double a, double b) {
  return a <= alike * b && b <= alike * a;
}

static int is_smooth(const stage_track *track) {
  return track->roughness <= (track->hits >= LONG_HITS ? long_roughness_max : roughness_max);
}

static int find_all(const stage_tracks *tracks, stage_crossings *out) {
  range *ranges = malloc((tracks->count + 1) * sizeof *ranges);
  if (!ranges) return SHIM_ERR_MEMORY;
  int status = SHIM_OK;
  for (size_t i = 0; i < tracks->count; i++) ranges[i] = find_range(&tracks->items[i]);
  for (size_t i = 0; status == SHIM_OK && i < tracks->count && !tracks->items[i].upright; i++) {
    const stage_track *a = &tracks->items[i];
    size_t own = 0;
    if (!is_smooth(a)) continue;
    for (size_t j = i + 1; status == SHIM_OK && j < tracks->count && own < CROSSINGS_PER_TRACK_MAX; j++) {
      const stage_track *b = &tracks->items[j];
      const double by_a = reach(a, b), by_b = reach(b, a);
      stage_crossing crossing = {i, j, {0, 0}, -1};
      if (!b->upright || !is_smooth(b) || stage_track_start(b) - by_b > ranges[i].high ||
          stage_track_end(b) + by_b < ranges[i].low || stage_track_start(a) - by_a > ranges[j].high ||
          stage_track_end(a) + by_a < ranges[j].low)
        continue;
      if (!cross(a, b, crossing.point)) continue;
      status = stage_crossings_append(out, &crossing);
      own++;
    }
  }
  free(ranges);
  return status;
}

/* Takes away tracks with fewer crossings than `least` until none is left of them. */
static void prune(stage_crossings *list, size_t least, size_t *degrees) {
  for (size_t i = 0; i < list->count; i++) degrees[list->items[i].a]++, degrees[list->items[i].b]++;
  for (int changed = 1; changed;) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
      const stage_crossing *c = &list->items[i];
      if (degrees[c->a] >= least && degrees[c->b] >= least)
        list->items[kept++] = *c;
      else
        degrees[c->a]--, degrees[c->b]--;
    }
    changed = kept < list->count;
    list->count = kept;
  }
}

/* ---- cells -------------------------------------------------------------------------------------------------------- */

/* Crossings as corners: the next one to the right and downwards along the lines, and the root of the corners with which
 * they hang together; -1 for none. */
typedef struct corners {
  int *right, *down, *root;
} corners;

static int compare_along_rows(const void *a, const void *b) {
  const stage_crossing *p = a, *q = b;
  if (p->a != q->a) return p->a < q->a ? -1 : 1;
  return (p->point[0] > q->point[0]) - (p->point[0] < q->point[0]);
}

static int is_seen_between(const stage_track *track, double from, double to) {
  int first = (int)(from / track->step) - track->first, last = (int)(to / track->step) - track->first, seen = 0,
      samples = 0;
  for (int i = first + 1; i < last; i++, samples++) seen += i >= 0 && i < track->count && track->seen[i];
  return seen >= between_min * samples;
}

/* Crossings stand sorted by their line along x, so that the next one is the right neighbour. */
static void find_right(const stage_crossings *list, const stage_tracks *tracks, int *right) {
  for (size_t i = 0; i < list->count; i++) {
    const stage_crossing *c = &list->items[i], *next = c + 1;
    const int linked =
        i + 1 < list->count && next->a == c->a && is_seen_between(&tracks->items[c->a], c->point[0], next->point[0]);
    right[i] = linked ? (int)i + 1 : -1;
  }
}

typedef struct place_down {
  size_t track;
  double y;
  int corner;
} place_down;

static int compare_place(const void *a, const void *b) {
  const place_down *p = a, *q = b;
  if (p->track != q->track) return p->track < q->track ? -1 : 1;
  return (p->y > q->y) - (p->y < q->y);
}

static int find_down(const stage_crossings *list, const stage_tracks *tracks, int *down) {
  place_down *places = malloc((list->count + 1) * sizeof *places);
  if (!places) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < list->count; i++) places[i] = (place_down){list->items[i].b, list->items[i].point[1], (int)i};
  if (list->count) qsort(places, list->count, sizeof *places, compare_place);
  for (size_t i = 0; i < list->count; i++) {
    const place_down *p = &places[i], *next = p + 1;
    const int linked =
        i + 1 < list->count && next->track == p->track && is_seen_between(&tracks->items[p->track], p->y, next->y);
    down[p->corner] = linked ? next->corner : -1;
  }
  free(places);
  return SHIM_OK;
}

static int find_root(int *root, int i) {
  while (root[i] != i) i = root[i] = root[root[i]];
  return i;
}

static void join(int *root, int a, int b) {
  root[find_root(root, a)] = find_root(root, b);
}

/* The four corners of a closed cell hang together; corners of no cell belong to nothing and go. */
static void join_cells(corners *c, size_t count, unsigned char *used) {
  for (size_t i = 0; i < count; i++) c->root[i] = (int)i;
  for (size_t i = 0; i < count; i++) {
    const int right = c->right[i], down = c->down[i];
    if (right < 0 || down < 0 || c->down[right] < 0 || c->down[right] != c->right[down]) continue;
    const int opposite = c->down[right];
    join(c->root, (int)i, right), join(c->root, (int)i, down), join(c->root, (int)i, opposite);
    used[i] = used[right] = used[down] = used[opposite] = 1;
  }
}

/* Numbers what hangs together from 0 on. */
static int number_groups(stage_crossings *list, int *root, const unsigned char *used) {
  int *numbers = malloc((list->count + 1) * sizeof *numbers);
  if (!numbers) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < list->count; i++) numbers[i] = -1;
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    int *number = &numbers[find_root(root, (int)i)];
    if (!used[i]) continue;
    if (*number < 0) *number = list->group_count++;
    list->items[kept] = list->items[i];
    list->items[kept++].group = *number;
  }
  list->count = kept;
  free(numbers);
  return SHIM_OK;
}

static int find_groups(stage_crossings *list, const stage_tracks *tracks) {
  const size_t n = list->count + 1;
  corners c = {malloc(n * sizeof *c.right), malloc(n * sizeof *c.down), malloc(n * sizeof *c.root)};
  unsigned char *used = calloc(n, 1);
  int status = c.right && c.down && c.root && used ? SHIM_OK : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    if (list->count) qsort(list->items, list->count, sizeof *list->items, compare_along_rows);
    find_right(list, tracks, c.right);
    status = find_down(list, tracks, c.down);
  }
  if (status == SHIM_OK) {
    join_cells(&c, list->count, used);
    status = number_groups(list, c.root, used);
  }
  free(c.right), free(c.down), free(c.root), free(used);
  return status;
}

int stage_crossings_find(const stage_tracks *tracks, stage_crossings *out) {
  memset(out, 0, sizeof *out);
  const int status = find_all(tracks, out);
  if (status != SHIM_OK) stage_crossings_free(out);
  return status;
}

/* Those that may be counted: of lines that only two others cross, these must look alike. */
static int keep_candidates(const stage_tracks *tracks, const stage_crossings *all, const unsigned char *skip, int least,
                           stage_crossings *out) {
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < all->count; i++) {
    const stage_crossing *c = &all->items[i];
    const stage_track *a = &tracks->items[c->a], *b = &tracks->items[c->b];
    if (skip[c->a] || skip[c->b]) continue;
    if (least < 3 && (!are_alike(a->depth, b->depth) || !are_alike(a->thickness, b->thickness))) continue;
    status = stage_crossings_append(out, c);
  }
  return status;
}

int stage_crossings_core(const stage_tracks *tracks, const stage_crossings *all, const unsigned char *skip, int least,
                         stage_crossings *out) {
  memset(out, 0, sizeof *out);
  size_t *degrees = calloc(tracks->count + 1, sizeof *degrees);
  int status = degrees ? keep_candidates(tracks, all, skip, least, out) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    prune(out, (size_t)least, degrees);
    status = find_groups(out, tracks);
  }
  free(degrees);
  if (status != SHIM_OK) stage_crossings_free(out);
  return status;
}

void stage_crossings_free(stage_crossings *list) {
  free(list->items);
  memset(list, 0, sizeof *list);
}
