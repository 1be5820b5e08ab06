/* Traces thin lines: rules, squared paper, the lines of tables and boxes; straight, tilted, in perspective or bent.
 *
 * The picture is averaged over short stretches along one direction, so that a line stands out and strokes blur. In each
 * stretch the profile across it is searched for narrow dark peaks, and peaks of neighbouring stretches are linked to
 * chains that go on in the direction they had, over gaps where a stroke crosses (tracking in strips, as in the removal
 * of staff lines and of form lines by their adjacency graph: Burge & Kropatsch 1999). Lines of either direction up to
 * about 35 degrees off are found; between the two, neither. Short straight strokes are traced too: what a track is, is
 * decided later. Fails on lines wider than THICKNESS_MAX pixels of the level, and on dotted ones. */
#include "row_clones.h"
#include "window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  STRETCH = 4,        /* pixels of the level averaged along the line */
  THICKNESS_MAX = 12, /* pixels of the level at PEAK_SHARE of a line's depth */
  DEPTH_MIN = 6,      /* 256ths of the paper's brightness */
  FIT_LINKS = 14,     /* latest links that tell a chain's direction */
  HITS_MIN = 4,
  LONG_HITS = 14, /* longer than most strokes of digits */
  MISSES_MAX = 20,
  CHAINS_MAX = 3000, /* the longest of a texture's many */
  MERGE_GAP_MAX = 48 /* samples */
};
static const double peak_share = 0.6; /* a peak ends where the depth falls below this share of its own */
static const double slope_max = 0.75;
static const double coverage_min = 0.5; /* of its samples that a track must have been seen in */
static const double fit_tolerance = 1.2;
static const double grain_factor = 2.5;

typedef struct peak {
  float centre, thickness;
  int depth, owner; /* chain that goes on with it, or -1 */
} peak;

typedef struct link {
  float across, thickness;
  int sample, depth, before; /* index of the chain's previous link, or -1 */
} link;

typedef struct chain {
  int first, last; /* links */
  int hits;
  double across, slope; /* where the line would go through the last link's sample, and its slope per sample */
  double thickness;     /* mean */
} chain;

typedef struct tracing {
  shim_image evidence; /* a row a sample, darkness below the paper across it */
  int floor;           /* least depth of a peak */
  peak *peaks;         /* of one sample, sorted */
  size_t peak_count;
  link *links;
  size_t link_count, link_capacity;
  chain *chains; /* the active ones first while tracing */
  size_t chain_count, active, chain_capacity;
} tracing;

/* ---- evidence ----------------------------------------------------------------------------------------------------- */

static void transpose(const shim_image *src, shim_image *dst) {
  enum { BLOCK = 32 };
  for (int y0 = 0; y0 < src->height; y0 += BLOCK)
    for (int x0 = 0; x0 < src->width; x0 += BLOCK)
      for (int y = y0; y < y0 + BLOCK && y < src->height; y++)
        for (int x = x0; x < x0 + BLOCK && x < src->width; x++)
          dst->data[x * dst->stride + y] = src->data[y * src->stride + x];
}

/* A quarter of a sum, halves to the even side: the error has no direction. */
static uint8_t quarter(unsigned sum) {
  return (uint8_t)((sum + 1 + ((sum >> 2) & 1)) >> 2);
}

/* The means of four pixels that lie below each other. */
ROW_CLONES static void average_rows(const uint8_t *from, ptrdiff_t stride, int width, uint8_t *restrict to) {
  const uint8_t *b = from + stride, *c = b + stride, *d = c + stride;
  for (int x = 0; x < width; x++) to[x] = quarter((uint16_t)(from[x] + b[x] + c[x] + d[x]));
}

/* The means of four pixels side by side. */
ROW_CLONES static void average_columns(const uint8_t *from, int width, uint8_t *restrict to) {
  for (int x = 0; x < width; x++) {
    uint32_t four;
    memcpy(&four, from + STRETCH * x, sizeof four);
    to[x] = quarter((four & 255) + (four >> 8 & 255) + (four >> 16 & 255) + (four >> 24));
  }
}

/* gray averaged along the lines' direction: a row a stretch. What is left over of the last one is left out. */
static int shorten(const shim_image *gray, int upright, shim_image *out) {
  enum { BAND = 32 };
  _Static_assert(STRETCH == 4, "four pixels make a stretch");
  const int length = (upright ? gray->height : gray->width) / STRETCH, breadth = upright ? gray->width : gray->height;
  shim_image band = {0};
  int status = shim_image_create(out, breadth, length, 1);
  if (status == SHIM_OK && !upright) status = shim_image_create(&band, length, BAND, 1);
  for (int y = 0; status == SHIM_OK && upright && y < length; y++)
    average_rows(gray->data + y * STRETCH * gray->stride, gray->stride, breadth, out->data + y * out->stride);
  for (int y0 = 0; status == SHIM_OK && !upright && y0 < breadth; y0 += BAND) {
    band.height = breadth - y0 < BAND ? breadth - y0 : BAND;
    for (int y = 0; y < band.height; y++)
      average_columns(gray->data + (y0 + y) * gray->stride, length, band.data + y * band.stride);
    shim_image part = {out->data + y0, band.height, length, 1, out->stride};
    transpose(&band, &part);
  }
  shim_image_free(&band);
  return status;
}

/* Half of all samples of the evidence are no deeper than this: grain. Counters by turns (see threshold.c). */
static int usual_depth(const shim_image *evidence) {
  enum { COUNTERS = 4 };
  size_t histogram[256][COUNTERS] = {{0}}, total = 0, below = 0;
  for (int y = 0; y < evidence->height; y += 2, total += (size_t)evidence->width) {
    const uint8_t *row = evidence->data + y * evidence->stride;
    for (int x = 0; x < evidence->width; x++) histogram[row[x]][x % COUNTERS]++;
  }
  int value = 0;
  for (; value < 255; value++) {
    const size_t *h = histogram[value];
    below += h[0] + h[1] + h[2] + h[3];
    if (2 * below >= total) break;
  }
  return value;
}

/* Darkness below the paper as a share of the paper's own brightness, in 256ths: lines in a shadow count as those in
 * light. */
ROW_CLONES static void measure_depth(const shim_image *smooth, shim_image *paper) {
  enum { DARKEST_PAPER = 16 };
  const int width = paper->width; /* which the rows' bytes could change, for all that the compiler knows */
  for (int y = 0; y < paper->height; y++) {
    const uint8_t *restrict from = smooth->data + y * smooth->stride;
    uint8_t *restrict to = paper->data + y * paper->stride;
    for (int x = 0; x < width; x++) {
      /* As exact as whole numbers would be, of so small ones, and many at a time. */
      const int depth = (int)((float)((to[x] - from[x]) * 256) / (float)(to[x] + DARKEST_PAPER));
      to[x] = (uint8_t)(depth > 255 ? 255 : depth);
    }
  }
}

/* A closing estimates the paper (see threshold.c). */
static int find_evidence(const shim_image *gray, int upright, tracing *t) {
  shim_image smooth = {0}, paper = {0};
  int status = shorten(gray, upright, &smooth);
  if (status == SHIM_OK) status = shim_image_create(&paper, smooth.width, smooth.height, 1);
  if (status == SHIM_OK) status = shim_blur(&smooth, &smooth, 3);
  if (status == SHIM_OK) status = window_close(&smooth, &paper);
  if (status == SHIM_OK) {
    measure_depth(&smooth, &paper);
    const int grain = (int)(grain_factor * usual_depth(&paper));
    t->floor = grain > DEPTH_MIN ? grain : DEPTH_MIN;
    t->evidence = paper;
    memset(&paper, 0, sizeof paper);
  }
  shim_image_free(&smooth);
  shim_image_free(&paper);
  return status;
}

/* ---- peaks across one stretch --------------------------------------------------------------------------------------- */

/* The peak whose deepest pixel is `top`; 0 where it is too wide for a line. */
static int measure_peak(const uint8_t *profile, int count, int top, peak *out) {
  const double level = peak_share * profile[top];
  int from = top, to = top;
  while (from > 0 && profile[from - 1] > level && top - from <= THICKNESS_MAX) from--;
  while (to + 1 < count && profile[to + 1] > level && to - top <= THICKNESS_MAX) to++;
  if (to - from + 1 > THICKNESS_MAX) return 0;
  double mass = 0, moment = 0;
  for (int i = from; i <= to; i++) mass += profile[i] - level, moment += (profile[i] - level) * i;
  *out = (peak){(float)(moment / mass + 0.5), (float)(to - from + 1), profile[top], -1};
  return 1;
}

/* The first place from i on that is at least `floor` deep, or count: most of a profile is not. Eight bytes at a time; a
 * byte's highest bit tells. */
static int next_deep(const uint8_t *profile, int i, int count, int floor) {
  const uint64_t ones = 0x0101010101010101, low = 0x7f * ones, high = 0x80 * ones;
  const uint64_t lift = floor < 0x80 ? (uint64_t)(0x80 - floor) * ones : 0;
  uint64_t word;
  for (;;) {
    for (; i + 8 <= count; i += 8) {
      memcpy(&word, profile + i, sizeof word);
      if ((((word & low) + lift) | word) & high) break;
    }
    const int end = i + 8 < count ? i + 8 : count;
    while (i < end && profile[i] < floor) i++;
    if (i < end || i == count) return i;
  }
}

static void find_peaks(tracing *t, int sample) {
  const uint8_t *profile = t->evidence.data + sample * t->evidence.stride;
  const int count = t->evidence.width;
  int valley = profile[0], top = -1;
  t->peak_count = 0;
  for (int i = 0; i < count; i++) {
    if (top < 0 && valley == 0) i = next_deep(profile, i, count, t->floor); /* no valley is deeper */
    if (i == count) break;
    const int v = profile[i];
    if (top < 0) {
      if (v < valley) valley = v;
      if (v >= t->floor && peak_share * v >= valley) top = i;
    } else if (v > profile[top]) {
      top = i;
    } else if (v <= peak_share * profile[top]) {
      t->peak_count += (size_t)measure_peak(profile, count, top, &t->peaks[t->peak_count]);
      valley = v;
      top = -1;
    }
  }
}

/* ---- chains ------------------------------------------------------------------------------------------------------- */

/* A straight line through up to FIT_LINKS links from `at` backwards. */
static void fit_chain(const tracing *t, chain *c) {
  const link *end = &t->links[c->last];
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int i = c->last; i >= 0 && n < FIT_LINKS; i = t->links[i].before, n++) {
    const double x = t->links[i].sample - end->sample, y = t->links[i].across;
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double spread = n * sxx - sx * sx;
  c->slope = spread > 0 ? (n * sxy - sx * sy) / spread : 0;
  c->slope = fmax(-slope_max * STRETCH, fmin(slope_max * STRETCH, c->slope));
  c->across = (sy - c->slope * sx) / n;
}

/* How far a chain's next peak may lie from where it is expected. */
static double tolerance(const chain *c, int misses) {
  if (c->hits == 1) return slope_max * STRETCH;
  return (c->hits < HITS_MIN ? 2 : fit_tolerance) + 0.1 * fmin(misses, 12);
}

static int misses_allowed(const chain *c) {
  if (c->hits < HITS_MIN) return 0;
  return c->hits / 3 < MISSES_MAX ? 1 + c->hits / 3 : MISSES_MAX;
}

/* The first peak that lies at or after `across`. */
static size_t first_peak(const tracing *t, double across) {
  size_t low = 0, high = t->peak_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (t->peaks[middle].centre < across)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Claims the nearest peak where the chain is expected; of two chains the longer one gets it. */
static void claim_peak(tracing *t, size_t index, int sample) {
  const chain *c = &t->chains[index];
  const int steps = sample - t->links[c->last].sample;
  const double expected = c->across + c->slope * steps, reach = tolerance(c, steps - 1);
  size_t best = t->peak_count;
  for (size_t i = first_peak(t, expected - reach); i < t->peak_count && t->peaks[i].centre <= expected + reach; i++) {
    if (t->peaks[i].thickness > 2 * c->thickness + 2) continue;
    if (best == t->peak_count || fabs(t->peaks[i].centre - expected) < fabs(t->peaks[best].centre - expected)) best = i;
  }
  if (best == t->peak_count) return;
  peak *p = &t->peaks[best];
  if (p->owner < 0 || t->chains[p->owner].hits < c->hits) p->owner = (int)index;
}

static int add_link(tracing *t, const peak *p, int sample, int before) {
  if (t->link_count == t->link_capacity) {
    const size_t capacity = t->link_capacity ? 2 * t->link_capacity : 4096;
    link *grown = capacity > INT32_MAX / sizeof *grown ? NULL : realloc(t->links, capacity * sizeof *grown);
    if (!grown) return SHIM_ERR_MEMORY;
    t->links = grown;
    t->link_capacity = capacity;
  }
  t->links[t->link_count++] = (link){p->centre, p->thickness, sample, p->depth, before};
  return SHIM_OK;
}

static int start_chain(tracing *t, const peak *p, int sample) {
  if (t->chain_count == t->chain_capacity) {
    const size_t capacity = t->chain_capacity ? 2 * t->chain_capacity : 1024;
    chain *grown = capacity > SIZE_MAX / sizeof *grown ? NULL : realloc(t->chains, capacity * sizeof *grown);
    if (!grown) return SHIM_ERR_MEMORY;
    t->chains = grown;
    t->chain_capacity = capacity;
  }
  const int status = add_link(t, p, sample, -1);
  if (status != SHIM_OK) return status;
  const int at = (int)t->link_count - 1;
  t->chains[t->chain_count++] = (chain){at, at, 1, p->centre, 0, p->thickness};
  return SHIM_OK;
}

static int continue_chain(tracing *t, chain *c, const peak *p, int sample) {
  const int status = add_link(t, p, sample, c->last);
  if (status != SHIM_OK) return status;
  c->last = (int)t->link_count - 1;
  c->hits++;
  c->thickness += (p->thickness - c->thickness) / c->hits;
  fit_chain(t, c);
  return SHIM_OK;
}

static void swap_chains(chain *a, chain *b) {
  const chain kept = *a;
  *a = *b;
  *b = kept;
}

/* Finished chains go behind the active ones where they are worth keeping, and away where not. */
static void retire_chains(tracing *t, int sample) {
  for (size_t i = 0; i < t->active;) {
    chain *c = &t->chains[i];
    if (sample - t->links[c->last].sample <= misses_allowed(c)) {
      i++;
      continue;
    }
    const int keep = c->hits >= HITS_MIN;
    swap_chains(c, &t->chains[--t->active]);
    if (!keep) swap_chains(&t->chains[t->active], &t->chains[--t->chain_count]);
  }
}

static int trace_sample(tracing *t, int sample) {
  int status = SHIM_OK;
  find_peaks(t, sample);
  for (size_t i = 0; i < t->active; i++) claim_peak(t, i, sample);
  for (size_t i = 0; status == SHIM_OK && i < t->peak_count; i++) {
    const peak *p = &t->peaks[i];
    status = p->owner >= 0 ? continue_chain(t, &t->chains[p->owner], p, sample) : start_chain(t, p, sample);
    if (p->owner >= 0 || status != SHIM_OK) continue;
    swap_chains(&t->chains[t->active++], &t->chains[t->chain_count - 1]);
  }
  retire_chains(t, sample);
  return status;
}

static int compare_hits(const void *a, const void *b) {
  const chain *p = a, *q = b;
  return p->hits != q->hits ? q->hits - p->hits : p->first - q->first;
}

static int trace_chains(tracing *t) {
  int status = SHIM_OK;
  t->peaks = malloc((size_t)(t->evidence.width / 2 + 1) * sizeof *t->peaks);
  if (!t->peaks) return SHIM_ERR_MEMORY;
  for (int sample = 0; status == SHIM_OK && sample < t->evidence.height; sample++) status = trace_sample(t, sample);
  retire_chains(t, t->evidence.height + MISSES_MAX + 1);
  if (t->chain_count) qsort(t->chains, t->chain_count, sizeof *t->chains, compare_hits);
  if (t->chain_count > CHAINS_MAX) t->chain_count = CHAINS_MAX;
  return status;
}

/* ---- pieces of one line ------------------------------------------------------------------------------------------- */

/* The direction in which a chain starts. Links name the one before only, so the fit starts where FIT_LINKS are
 * passed. */
static void fit_start(const tracing *t, const chain *c, double *across, double *slope) {
  chain head = *c;
  for (int i = c->last, behind = 0; i >= 0; i = t->links[i].before)
    if (++behind > FIT_LINKS) head.last = t->links[head.last].before;
  fit_chain(t, &head);
  *slope = head.slope;
  *across = head.across + head.slope * (t->links[c->first].sample - t->links[head.last].sample);
}

/* Whether b, which starts behind a's end, goes on there. */
static int continues(const tracing *t, const chain *a, const chain *b) {
  const link *end = &t->links[a->last], *start = &t->links[b->first];
  const int gap = start->sample - end->sample, shorter = a->hits < b->hits ? a->hits : b->hits;
  if (gap > (shorter < LONG_HITS ? 2 + shorter / 3 : shorter)) return 0;
  const double reach = 1.5 + 0.12 * gap;
  const double expected = a->across + a->slope * gap;
  if (fabs(start->across - expected) > reach + slope_max * 2) return 0;
  double across, slope;
  fit_start(t, b, &across, &slope);
  /* The shorter piece's direction is the less certain, so the longer one's must meet it. */
  const double off = a->hits >= b->hits ? across - expected : across - slope * gap - a->across;
  const double wide = fmax(a->thickness, b->thickness), narrow = fmin(a->thickness, b->thickness);
  return fabs(off) <= reach && wide <= 2 * narrow + 2;
}

/* The chains by the sample they start at, those of one sample in the order they have. */
typedef struct starts {
  int *first; /* of each sample; -1: none */
  int *next;  /* of each chain */
} starts;

static int open_starts(const tracing *t, starts *s) {
  const size_t samples = (size_t)t->evidence.height;
  s->first = malloc(samples * sizeof *s->first);
  s->next = malloc((t->chain_count + 1) * sizeof *s->next);
  if (!s->first || !s->next) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < samples; i++) s->first[i] = -1;
  for (size_t i = t->chain_count; i-- > 0;) {
    int *first = &s->first[t->links[t->chains[i].first].sample];
    s->next[i] = *first;
    *first = (int)i;
  }
  return SHIM_OK;
}

/* The nearest chain that goes on where a ends; NULL: none. */
static chain *find_continuation(const tracing *t, const starts *s, const chain *a) {
  const int end = t->links[a->last].sample, last = t->evidence.height - 1;
  for (int at = end + 1; at <= last && at <= end + MERGE_GAP_MAX; at++)
    for (int i = s->first[at]; i >= 0; i = s->next[i])
      if (t->chains[i].hits && continues(t, a, &t->chains[i])) return &t->chains[i];
  return NULL;
}

/* Each chain takes over its nearest continuation, the longest chains first. */
static int merge_chains(tracing *t) {
  starts s = {0};
  const int status = open_starts(t, &s);
  for (size_t i = 0; status == SHIM_OK && i < t->chain_count; i++) {
    chain *a = &t->chains[i], *b;
    while (a->hits && (b = find_continuation(t, &s, a))) {
      t->links[b->first].before = a->last;
      a->last = b->last;
      a->thickness = (a->thickness * a->hits + b->thickness * b->hits) / (a->hits + b->hits);
      a->hits += b->hits;
      b->hits = 0;
      fit_chain(t, a);
    }
  }
  free(s.first);
  free(s.next);
  return status;
}

/* ---- from chains to tracks ------------------------------------------------------------------------------------------ */

static void fill_track(const tracing *t, const chain *c, double scale, stage_track *track) {
  double depth = 0, bend = 0;
  int bends = 0;
  for (int i = c->last, after = -1; i >= 0; after = i, i = t->links[i].before) {
    const link *l = &t->links[i];
    const int at = l->sample - track->first;
    track->across[at] = l->across * (float)scale;
    track->seen[at] = (unsigned char)l->depth;
    depth += l->depth;
    if (after < 0) continue;
    const int until = t->links[after].sample - track->first;
    for (int k = at + 1; k < until; k++)
      track->across[k] =
          track->across[at] + (track->across[until] - track->across[at]) * (float)(k - at) / (float)(until - at);
  }
  track->depth = depth / c->hits;
  for (int i = 1; i + 1 < track->count; i++) {
    if (!track->seen[i - 1] || !track->seen[i] || !track->seen[i + 1]) continue;
    bend += fabs(track->across[i - 1] - 2 * track->across[i] + track->across[i + 1]) / scale;
    bends++;
  }
  track->roughness = bends ? bend / bends : INFINITY;
}

static int add_track(const tracing *t, const chain *c, int upright, double scale, double step, stage_tracks *out) {
  const int first = t->links[c->first].sample, count = t->links[c->last].sample - first + 1;
  stage_track track = {.upright = upright,
                       .first = first,
                       .count = count,
                       .step = step,
                       .hits = c->hits,
                       .thickness = c->thickness * scale};
  track.across = malloc((size_t)count * sizeof *track.across);
  track.seen = calloc((size_t)count, 1);
  stage_track *grown = realloc(out->items, (out->count + 1) * sizeof *grown);
  if (grown) out->items = grown;
  if (!track.across || !track.seen || !grown) {
    free(track.across);
    free(track.seen);
    return SHIM_ERR_MEMORY;
  }
  fill_track(t, c, scale, &track);
  out->items[out->count++] = track;
  return SHIM_OK;
}

static int trace_direction(const stage_level *level, int upright, stage_tracks *out) {
  tracing t = {0};
  int status = find_evidence(&level->gray, upright, &t);
  if (status == SHIM_OK) status = trace_chains(&t);
  if (status == SHIM_OK) status = merge_chains(&t);
  if (status == SHIM_OK) {
    const double scale = 1 << level->shift;
    for (size_t i = 0; status == SHIM_OK && i < t.chain_count; i++) {
      const chain *c = &t.chains[i];
      const int span = t.links[c->last].sample - t.links[c->first].sample + 1;
      if (!c->hits || c->hits < coverage_min * span) continue;
      status = add_track(&t, c, upright, scale, scale * STRETCH, out);
    }
  }
  shim_image_free(&t.evidence);
  free(t.peaks);
  free(t.links);
  free(t.chains);
  return status;
}

int stage_tracks_find(const stage_level *level, stage_tracks *out) {
  memset(out, 0, sizeof *out);
  if (level->gray.width < 2 * STRETCH || level->gray.height < 2 * STRETCH) return SHIM_OK;
  int status = trace_direction(level, 0, out);
  if (status == SHIM_OK) status = trace_direction(level, 1, out);
  if (status != SHIM_OK) stage_tracks_free(out);
  return status;
}

void stage_tracks_free(stage_tracks *tracks) {
  for (size_t i = 0; i < tracks->count; i++) {
    free(tracks->items[i].across);
    free(tracks->items[i].seen);
  }
  free(tracks->items);
  memset(tracks, 0, sizeof *tracks);
}

double stage_track_start(const stage_track *track) {
  return track->first * track->step;
}

double stage_track_end(const stage_track *track) {
  return (track->first + track->count) * track->step;
}

double stage_track_at(const stage_track *track, double along) {
  enum { END_SAMPLES = 10 };
  const double place = along / track->step - 0.5 - track->first;
  const int last = track->count - 1, back = last < END_SAMPLES ? last : END_SAMPLES;
  if (last == 0) return track->across[0];
  if (place < 0) return track->across[0] + place * (track->across[back] - track->across[0]) / back;
  if (place >= last)
    return track->across[last] + (place - last) * (track->across[last] - track->across[last - back]) / back;
  const int i = (int)place;
  return track->across[i] + (place - i) * (track->across[i + 1] - track->across[i]);
}
