/* The rectangle that was meant by four drawn sides. Its direction is the one that most of the sides agree on, the paper's
 * where they do not. Each of its sides lies between the mean of the way's points that are nearest to it, without those
 * near the corners, which may be rounded or drawn too far, and the nearer of the drawn side's corners. Where the
 * quadrilateral missed the short sides of a slender way, the box around the way is settled instead. Fails where
 * perspective is strong, which leaves no right angles to find. */
#include "shapes.h"

#include <math.h>

enum { N = STAGE_OUTLINE_POINTS, ROUNDS = 3, SIDE_POINTS_MIN = 2, STEPS = 90 };
static const double pi = 3.14159265358979323846;
/* Of a direction: what being off the paper's costs, in degrees to the power of 1.5, and up to where it grows; a side that
 * is farther off than off_most says nothing. */
static const double upright_worth = 1.1, upright_reach_degrees = 10, off_most_degrees = 30;
static const double middle_share = 0.98; /* of a side, that counts */
/* Of the way from a side's middle to the nearer corner: of a long side, and of a short one, which is often rounded. */
static const double corner_shares[2] = {0.57, 0.68};
static const double box_factor = 0.76; /* of the quadrilateral's distance from the way: so near must the box come */
static const double pen_share = 0.09;  /* of the pen's width that corners lie beyond the middle of their strokes */

/* In its own axes, the second a right angle clockwise (as seen) from the first: low and high along either. */
typedef struct upright {
  double axes[2][2], ends[2][2];
} upright;

/* Turned into -45 .. 45 degrees by right angles. */
static double acute(double degrees) {
  return remainder(degrees, 90);
}

/* The direction that the sides agree on best, up to right angles. Where they disagree, the paper's own direction is
 * likelier meant than another. */
static double direction_of(const double (*c)[2]) {
  double angles[4], weights[4], best = 0, least = INFINITY;
  for (int i = 0; i < 4; i++) {
    const double dx = c[(i + 1) % 4][0] - c[i][0], dy = c[(i + 1) % 4][1] - c[i][1], length = hypot(dx, dy);
    angles[i] = acute(atan2(dy, dx) * 180 / pi);
    weights[i] = length * sqrt(length);
  }
  const double all = fmax(weights[0] + weights[1] + weights[2] + weights[3], 1e-9);
  for (int k = -STEPS; k < STEPS; k++) {
    const double angle = 45.0 * k / STEPS;
    double cost = upright_worth * fmin(fabs(angle), upright_reach_degrees);
    for (int i = 0; i < 4; i++) {
      const double off = fmin(fabs(acute(angle - angles[i])), off_most_degrees);
      cost += weights[i] / all * off * sqrt(off);
    }
    if (cost < least) least = cost, best = angle;
  }
  return best * pi / 180;
}

static upright upright_of(const double (*c)[2]) {
  double along[2], down[2];
  for (int i = 0; i < 2; i++) {
    along[i] = (c[1][i] + c[2][i] - c[0][i] - c[3][i]) / 2;
    down[i] = (c[2][i] + c[3][i] - c[0][i] - c[1][i]) / 2;
  }
  const int wide = hypot(along[0], along[1]) > hypot(down[0], down[1]);
  const double turn = direction_of(c), first = wide ? atan2(along[1], along[0]) : atan2(-down[0], down[1]);
  const double angle = turn + round((first - turn) / (pi / 2)) * (pi / 2);
  upright r = {.axes = {{cos(angle), sin(angle)}, {-sin(angle), cos(angle)}}};
  for (int axis = 0; axis < 2; axis++) {
    double at[4];
    for (int i = 0; i < 4; i++) at[i] = c[i][0] * r.axes[axis][0] + c[i][1] * r.axes[axis][1];
    r.ends[axis][0] = axis ? (at[0] + at[1]) / 2 : (at[0] + at[3]) / 2;
    r.ends[axis][1] = axis ? (at[2] + at[3]) / 2 : (at[1] + at[2]) / 2;
  }
  return r;
}

static void settle_sides(const float *points, upright *r) {
  double sums[2][2] = {{0}};
  int counts[2][2] = {{0}};
  for (int i = 0; i < N; i++) {
    double at[2], nearest = INFINITY;
    int axis = 0, end = 0;
    for (int a = 0; a < 2; a++) {
      at[a] = points[2 * i] * r->axes[a][0] + points[2 * i + 1] * r->axes[a][1];
      for (int e = 0; e < 2; e++)
        if (fabs(at[a] - r->ends[a][e]) < nearest) nearest = fabs(at[a] - r->ends[a][e]), axis = a, end = e;
    }
    const double *other = r->ends[1 - axis];
    if (fabs(2 * at[1 - axis] - other[0] - other[1]) > middle_share * (other[1] - other[0])) continue;
    sums[axis][end] += at[axis];
    counts[axis][end]++;
  }
  for (int a = 0; a < 2; a++)
    for (int e = 0; e < 2; e++)
      if (counts[a][e] >= SIDE_POINTS_MIN) r->ends[a][e] = sums[a][e] / counts[a][e];
}

/* A side that is drawn aslant was meant to lie where the nearer of its two corners does, rather than in its middle. */
static void heed_corners(const double (*c)[2], upright *r) {
  static const int at_end[2][2][2] = {{{0, 3}, {1, 2}}, {{0, 1}, {2, 3}}};
  const int longer = r->ends[1][1] - r->ends[1][0] > r->ends[0][1] - r->ends[0][0];
  for (int a = 0; a < 2; a++)
    for (int e = 0; e < 2; e++) {
      double at[2];
      for (int k = 0; k < 2; k++) {
        const double *corner = c[at_end[a][e][k]];
        at[k] = corner[0] * r->axes[a][0] + corner[1] * r->axes[a][1];
      }
      const double nearer = e ? fmin(at[0], at[1]) : fmax(at[0], at[1]);
      r->ends[a][e] += corner_shares[a == longer] * (nearer - r->ends[a][e]);
    }
}

/* The box around the way, along the direction in which it extends most. */
static upright box_of(const float *points) {
  double mean[2] = {0, 0}, xx = 0, xy = 0, yy = 0;
  for (int i = 0; i < 2 * N; i++) mean[i % 2] += points[i] / (double)N;
  for (int i = 0; i < N; i++) {
    const double x = points[2 * i] - mean[0], y = points[2 * i + 1] - mean[1];
    xx += x * x, xy += x * y, yy += y * y;
  }
  const double angle = atan2(2 * xy, xx - yy) / 2;
  upright r = {.axes = {{cos(angle), sin(angle)}, {-sin(angle), cos(angle)}},
               .ends = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}}};
  for (int i = 0; i < N; i++)
    for (int a = 0; a < 2; a++) {
      const double at = points[2 * i] * r.axes[a][0] + points[2 * i + 1] * r.axes[a][1];
      r.ends[a][0] = fmin(r.ends[a][0], at), r.ends[a][1] = fmax(r.ends[a][1], at);
    }
  return r;
}

/* The mean distance of the way's points from the nearest side's line, or what they stick out by. */
static double distance_off(const float *points, const upright *r) {
  double sum = 0;
  for (int i = 0; i < N; i++) {
    double out[2];
    for (int a = 0; a < 2; a++) {
      const double at = points[2 * i] * r->axes[a][0] + points[2 * i + 1] * r->axes[a][1];
      out[a] = fmax(r->ends[a][0] - at, at - r->ends[a][1]);
    }
    sum += out[0] > 0 && out[1] > 0 ? hypot(out[0], out[1]) : fabs(fmax(out[0], out[1]));
  }
  return sum / N;
}

void stage_fit_rectangle(const float *points, double stroke, const stage_polygon *quadrilateral, double corners[4][2]) {
  upright r = upright_of(quadrilateral->corners), box = box_of(points);
  for (int round = 0; round < ROUNDS; round++) settle_sides(points, &r), settle_sides(points, &box);
  if (distance_off(points, &box) < box_factor * distance_off(points, &r))
    r = box;
  else
    heed_corners(quadrilateral->corners, &r);
  for (int a = 0; a < 2; a++)
    for (int e = 0; e < 2; e++) r.ends[a][e] += (e ? pen_share : -pen_share) * stroke;
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 2; k++)
      corners[i][k] = r.ends[0][i == 1 || i == 2] * r.axes[0][k] + r.ends[1][i / 2] * r.axes[1][k];
}
