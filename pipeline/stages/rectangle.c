/* The rectangle that was meant by four drawn sides: its direction is the mean of the sides', each counting with the square
 * of its length, and each of its sides lies at the mean of the way's points that are nearest to it, without those near the
 * corners, which may be rounded or drawn too far. Fails where perspective is strong, which leaves no right angles to find. */
#include "shapes.h"

#include <math.h>

enum { N = STAGE_OUTLINE_POINTS, ROUNDS = 3, SIDE_POINTS_MIN = 4 };
static const double pi = 3.14159265358979323846;
static const double middle_share = 0.8; /* of a side, that counts */

/* In its own axes, the second a right angle clockwise (as seen) from the first: low and high along either. */
typedef struct upright {
  double axes[2][2], ends[2][2];
} upright;

static upright upright_of(const double (*c)[2]) {
  double along[2], down[2];
  for (int i = 0; i < 2; i++) {
    along[i] = (c[1][i] + c[2][i] - c[0][i] - c[3][i]) / 2;
    down[i] = (c[2][i] + c[3][i] - c[0][i] - c[1][i]) / 2;
  }
  const double width = hypot(along[0], along[1]), height = hypot(down[0], down[1]);
  const double first = atan2(along[1], along[0]), second = atan2(down[1], down[0]) - pi / 2;
  const double off = remainder(second - first, 2 * pi);
  const double angle = first + off * height * height / fmax(width * width + height * height, 1e-9);
  upright r = {.axes = {{cos(angle), sin(angle)}, {-sin(angle), cos(angle)}}};
  for (int axis = 0; axis < 2; axis++) {
    const double middle = (c[0][0] + c[1][0] + c[2][0] + c[3][0]) / 4 * r.axes[axis][0] +
                          (c[0][1] + c[1][1] + c[2][1] + c[3][1]) / 4 * r.axes[axis][1];
    r.ends[axis][0] = middle - (axis ? height : width) / 2;
    r.ends[axis][1] = middle + (axis ? height : width) / 2;
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

void stage_fit_rectangle(const float *points, const stage_polygon *quadrilateral, double corners[4][2]) {
  upright r = upright_of(quadrilateral->corners);
  for (int round = 0; round < ROUNDS; round++) settle_sides(points, &r);
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 2; k++)
      corners[i][k] = r.ends[0][i == 1 || i == 2] * r.axes[0][k] + r.ends[1][i / 2] * r.axes[1][k];
}
