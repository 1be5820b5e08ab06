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

typedef struct place {
  double x, y, size; /* of the box's middle, its longer side */
  size_t box;
} place;

static int compare_place(const void *a, const void *b) {
  const place *p = a, *q = b;
  if (p->x != q->x) return p->x < q->x ? -1 : 1;
  return (p->box > q->box) - (p->box < q->box);
}

/* The boxes' places from left to right; NULL without memory. */
static place *list_places(const stage_box *boxes, size_t count) {
  place *places = malloc((count + 1) * sizeof *places);
  for (size_t i = 0; places && i < count; i++) {
    const stage_box *b = &boxes[i];
    places[i] = (place){b->x + b->width / 2, b->y + b->height / 2, b->width > b->height ? b->width : b->height, i};
  }
  if (places) qsort(places, count, sizeof *places, compare_place);
  return places;
}

/* The pair of two places, where they are neighbours. */
static int make_pair(const place *a, const place *b, pair *out) {
  const double larger = a->size > b->size ? a->size : b->size, smaller = a->size > b->size ? b->size : a->size;
  const double dx = b->x - a->x, dy = b->y - a->y, squared = dx * dx + dy * dy;
  if (squared > reach * reach * larger * larger || squared <= 0 || larger > size_ratio_max * smaller) return 0;
  *out = (pair){dx, dy, larger / sqrt(squared), 0};
  return 1;
}

static double angle_of(const pair *p) {
  const double angle = atan2(p->dy, p->dx) * 180 / pi;
  return angle - 90 * floor(angle / 90);
}

/* Keeps the pair among the closest so far, at most NEIGHBOURS. */
static void keep_pair(const pair *p, pair *closest, size_t *kept) {
  size_t place = *kept < NEIGHBOURS ? (*kept)++ : NEIGHBOURS;
  for (; place > 0 && closest[place - 1].weight < p->weight; place--)
    if (place < NEIGHBOURS) closest[place] = closest[place - 1];
  if (place < NEIGHBOURS) closest[place] = *p;
}

/* The closest pairs of place i. What is a neighbour is at most so much larger, or as the largest of all, and lies at most
 * so far aside. */
static size_t pair_up(const place *places, size_t count, size_t i, double largest, pair *out) {
  const place *here = &places[i];
  const double far = reach * fmin(size_ratio_max * here->size, largest);
  size_t kept = 0;
  pair p;
  for (size_t j = i; j-- > 0 && here->x - places[j].x <= far;)
    if (make_pair(here, &places[j], &p)) keep_pair(&p, out, &kept);
  for (size_t j = i + 1; j < count && places[j].x - here->x <= far; j++)
    if (make_pair(here, &places[j], &p)) keep_pair(&p, out, &kept);
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
  place *places = list_places(boxes, count);
  if (!pairs || !places) {
    free(pairs);
    free(places);
    return SHIM_ERR_MEMORY;
  }
  size_t n = 0;
  double largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, places[i].size);
  for (size_t i = 0; i < count; i++) n += pair_up(places, count, i, largest, pairs + n);
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
  free(places);
  return SHIM_OK;
}
