/* The motion of a sheet in front of a camera, or of the camera above it, told by the numbers themselves: each pair of
 * like texts proposes a shift, the shift that most pairs support stands (consensus of minimal samples, after Fischler
 * and Bolles 1981; all samples are tried, there are few), and a similarity is fitted to its supporters by least
 * squares. It fails where equal numbers stand in a raster and move by more than half its pitch between two frames. */
#include "motion.h"

#include <math.h>
#include <string.h>

enum { PROPOSERS_MAX = 60 };
static const double like_min = 0.6; /* of the texts of a pair */
static const double size_ratio_max = 1.5;
static const double reach = 0.8;          /* a supporter lies so near its predicted place, in heights */
static const double supporters_min = 0.5; /* of the weight that could support */
static const double stay_bonus = 0.5;     /* weight that a motion must have more than none at all */

typedef struct pairs {
  const motion_item *before, *now;
  size_t before_count, now_count;
} pairs;

void motion_apply(const motion *m, double *x, double *y) {
  const double from_x = *x, from_y = *y;
  *x = m->a * from_x - m->b * from_y + m->dx;
  *y = m->b * from_x + m->a * from_y + m->dy;
}

static int least(int a, int b, int c) {
  const int d = a < b ? a : b;
  return d < c ? d : c;
}

double motion_text_likeness(const char *a, const char *b) {
  int row[MOTION_TEXT_MAX + 1];
  const int m = (int)strnlen(a, MOTION_TEXT_MAX), n = (int)strnlen(b, MOTION_TEXT_MAX), longer = m > n ? m : n;
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; i <= m; i++) {
    int corner = row[0];
    row[0] = i;
    for (int j = 1; j <= n; j++) {
      const int change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = least(row[j] + 1, row[j - 1] + 1, change);
    }
  }
  return longer ? 1 - (double)row[n] / longer : 1;
}

static int can_pair(const motion_item *a, const motion_item *b) {
  const double ratio = a->height > b->height ? a->height / b->height : b->height / a->height;
  return ratio <= size_ratio_max && motion_text_likeness(a->text, b->text) >= like_min;
}

/* The one among `now` that the item would be after the motion; -1: none. */
static int find_supporter(const pairs *p, const motion_item *item, const motion *m) {
  double x = item->x, y = item->y, nearest = reach * item->height;
  int found = -1;
  motion_apply(m, &x, &y);
  for (size_t j = 0; j < p->now_count; j++) {
    const double distance = hypot(p->now[j].x - x, p->now[j].y - y);
    if (distance >= nearest || !can_pair(item, &p->now[j])) continue;
    nearest = distance;
    found = (int)j;
  }
  return found;
}

/* Longer texts are mistaken for each other less: each counts by its length. */
static double weight_of(const motion_item *items, size_t count) {
  double weight = 0;
  for (size_t i = 0; i < count; i++) weight += (double)strnlen(items[i].text, MOTION_TEXT_MAX);
  return weight;
}

static double weigh_supporters(const pairs *p, const motion *m) {
  double weight = 0;
  for (size_t i = 0; i < p->before_count; i++)
    if (find_supporter(p, &p->before[i], m) >= 0) weight += weight_of(&p->before[i], 1);
  return weight;
}

/* Least squares over the supporters (Umeyama 1991, in the plane); with less than two of them m stays. */
static void fit(const pairs *p, motion *m) {
  double n = 0, x = 0, y = 0, u = 0, v = 0, same = 0, turned = 0, spread = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < p->before_count; i++) {
      const motion_item *from = &p->before[i];
      const int j = find_supporter(p, from, m);
      if (j < 0) continue;
      const motion_item *to = &p->now[j];
      if (pass == 0) {
        n++, x += from->x, y += from->y, u += to->x, v += to->y;
      } else {
        const double fx = from->x - x, fy = from->y - y, tx = to->x - u, ty = to->y - v;
        same += fx * tx + fy * ty;
        turned += fx * ty - fy * tx;
        spread += fx * fx + fy * fy;
      }
    }
    if (n < 2) return;
    if (pass == 0) x /= n, y /= n, u /= n, v /= n;
  }
  if (spread <= 0) return;
  m->a = same / spread;
  m->b = turned / spread;
  m->dx = u - m->a * x + m->b * y;
  m->dy = v - m->b * x - m->a * y;
}

void motion_find(const motion_item *before, size_t before_count, const motion_item *now, size_t now_count,
                 motion *out) {
  const motion none = {1, 0, 0, 0};
  const pairs p = {before, now, before_count, now_count};
  const double possible = fmin(weight_of(before, before_count), weight_of(now, now_count));
  *out = none;
  double most = weigh_supporters(&p, &none) + stay_bonus;
  for (size_t i = 0; i < before_count && i < PROPOSERS_MAX && most < possible; i++)
    for (size_t j = 0; j < now_count; j++) {
      if (!can_pair(&before[i], &now[j])) continue;
      const motion shift = {1, 0, now[j].x - before[i].x, now[j].y - before[i].y};
      const double weight = weigh_supporters(&p, &shift);
      if (weight > most && weight >= supporters_min * possible) most = weight, *out = shift;
    }
  fit(&p, out);
}
