/* The direction in which digits stand beside each other, before anything is read: of the pairs of close neighbours of
 * like size more stand side by side in a line than in any other direction (O'Gorman's docstrum, 1993). Lines and
 * columns alike speak for it, so that it is known up to quarter turns. Fails on scattered digits: no direction stands
 * out there, and the share of pairs that agree says so. */
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEIGHBOURS = 4, BINS = 90 /* of one degree */, SMOOTHING = 4 /* degrees to either side */ };
static const double pi = 3.14159265358979323846;
static const double reach = 4; /* sizes between centres of neighbours */
static const double size_ratio_max = 1.8;
static const double pairs_min = 6;

typedef struct pair {
  double dx, dy, weight;
  double angle; /* degrees 0..90; known for the closest pairs only */
} pair;

static double size_of(const stage_box *box) {
  return box->width > box->height ? box->width : box->height;
}

/* The pair of boxes i and j, where they are neighbours. Most are so far apart that one side of that tells. */
static int make_pair(const stage_box *a, const stage_box *b, pair *out) {
  const double dx = b->x + b->width / 2 - a->x - a->width / 2, size = size_of(a), other = size_of(b);
  const double larger = size > other ? size : other, smaller = size > other ? other : size;
  if (fabs(dx) > reach * larger || larger > size_ratio_max * smaller) return 0;
  const double dy = b->y + b->height / 2 - a->y - a->height / 2;
  if (fabs(dy) > reach * larger) return 0;
  const double distance = hypot(dx, dy);
  if (distance > reach * larger || distance <= 0) return 0;
  *out = (pair){dx, dy, larger / distance, 0};
  return 1;
}

static double angle_of(const pair *p) {
  const double angle = atan2(p->dy, p->dx) * 180 / pi;
  return angle - 90 * floor(angle / 90);
}

/* The closest pairs of box i, at most NEIGHBOURS. */
static size_t pair_up(const stage_box *boxes, size_t count, size_t i, pair *out) {
  size_t kept = 0;
  for (size_t j = 0; j < count; j++) {
    pair p;
    if (j == i || !make_pair(&boxes[i], &boxes[j], &p)) continue;
    size_t place = kept < NEIGHBOURS ? kept++ : NEIGHBOURS;
    for (; place > 0 && out[place - 1].weight < p.weight; place--)
      if (place < NEIGHBOURS) out[place] = out[place - 1];
    if (place < NEIGHBOURS) out[place] = p;
  }
  return kept;
}

static double difference(double a, double b) {
  return a - b - 90 * floor((a - b) / 90 + 0.5);
}

int stage_text_angle(const stage_box *boxes, size_t count, double *degrees, double *agreement) {
  double bins[BINS] = {0}, total = 0, best = 0;
  *degrees = *agreement = 0;
  if (count > SIZE_MAX / (NEIGHBOURS * sizeof(pair)) - 1) return SHIM_ERR_MEMORY;
  pair *pairs = malloc((count + 1) * NEIGHBOURS * sizeof *pairs);
  if (!pairs) return SHIM_ERR_MEMORY;
  size_t n = 0;
  for (size_t i = 0; i < count; i++) n += pair_up(boxes, count, i, pairs + n);
  for (size_t i = 0; i < n; i++) {
    const double angle = pairs[i].angle = angle_of(&pairs[i]);
    total += pairs[i].weight;
    for (int near = (int)angle - SMOOTHING; near <= (int)angle + SMOOTHING + 1; near++) {
      const int bin = (near + BINS) % BINS;
      bins[bin] += pairs[i].weight * fmax(0, 1 - fabs(difference(bin, angle)) / SMOOTHING);
    }
  }
  for (int bin = 0; bin < BINS; bin++)
    if (bins[bin] > best) best = bins[bin], *degrees = bin;
  double near = 0, sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double off = difference(pairs[i].angle, *degrees);
    if (fabs(off) > SMOOTHING) continue;
    near += pairs[i].weight;
    sum += pairs[i].weight * off;
  }
  if (near > 0) *degrees += sum / near;
  *degrees = difference(*degrees, 0);
  if ((double)n >= pairs_min) *agreement = near / total;
  free(pairs);
  return SHIM_OK;
}
