/* The shape that was meant, from the way that was drawn. The ellipse is the direct least squares one (Fitzgibbon 1999),
 * fitted again without the points farthest from it, with its axes between those of the fit and the way's extents. A
 * polygon's corners start as the points whose removal changes the area least last (Visvalingam & Whyatt 1993) and move
 * along the way as long as the total least squares lines through the sides between them come nearer; the corners are
 * where the lines through the sides' middle parts meet, so that rounded, open and overshot corners do no harm. Fails for
 * shapes smaller than about ten stroke widths' area, whose way is mostly stroke. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = STAGE_OUTLINE_POINTS, ROUNDS_MAX = 12, SIDE_POINTS_MIN = 6 };
static const double side_trim = 0.14;    /* of a side's points, at both its ends: the corner's own shape */
static const double corner_share = 0.06; /* of a side's points, at both its ends, do not count as the polygon's error */
static const double outlier_share = 0.1; /* of the points, for the ellipse's second fit */
static const double no_ellipse = 1;      /* the error where none lies near the points */
static const double corner_reach = 0.35; /* of the shorter side: a corner that lies farther off is none */
static const double corner_widths = 0.7, sharpest = 0.03; /* stroke widths, over the sine of half the corner's angle */
static const double tip_widths = 0.43, tip_share = 0.67;  /* of a triangle's corner: what the way's tip says */
static const double round_aspect = 1.15; /* up to here an ellipse is a circle, whose axes lie as the paper does */
static const double extent_share = 0.5;  /* of the axes: what the way's extents say, beside the least squares */

/* Sums over the way's points up to one, twice around: x, y, xx, xy, yy. */
typedef struct sums {
  double of[2 * N + 1][5];
  const float *points;
} sums;

static void sum_up(const float *points, sums *s) {
  memset(s->of[0], 0, sizeof s->of[0]);
  s->points = points;
  for (int i = 0; i < 2 * N; i++) {
    const double x = points[2 * (i % N)], y = points[2 * (i % N) + 1];
    const double terms[5] = {x, y, x * x, x * y, y * y};
    for (int k = 0; k < 5; k++) s->of[i + 1][k] = s->of[i][k] + terms[k];
  }
}

typedef struct side_line {
  double point[2], direction[2];
} side_line;

/* Mean x and y of points first .. last, last >= first, and their variances xx, xy, yy. */
static void moments(const sums *s, int first, int last, double m[5]) {
  const double n = last - first + 1;
  for (int k = 0; k < 5; k++) m[k] = (s->of[last + 1][k] - s->of[first][k]) / n;
  m[2] -= m[0] * m[0], m[3] -= m[0] * m[1], m[4] -= m[1] * m[1];
}

/* The sum of the points' squared distances from their total least squares line. */
static double squares_off_line(const sums *s, int first, int last) {
  double m[5];
  moments(s, first, last, m);
  const double spread = sqrt((m[2] - m[4]) * (m[2] - m[4]) + 4 * m[3] * m[3]), least = (m[2] + m[4] - spread) / 2;
  return least > 0 ? (last - first + 1) * least : 0;
}

/* The total least squares line through points first .. last. */
static side_line line_through(const sums *s, int first, int last) {
  double m[5];
  moments(s, first, last, m);
  const double angle = atan2(2 * m[3], m[2] - m[4]) / 2;
  return (side_line){{m[0], m[1]}, {cos(angle), sin(angle)}};
}

/* The same without the points next to the corners. */
static side_line middle_line(const sums *s, int first, int last) {
  const int trim = (int)(side_trim * (last - first));
  return line_through(s, first + trim, last - trim);
}

/* ---- corners ------------------------------------------------------------------------------------------------------ */

static double triangle_area(const float *points, int a, int b, int c) {
  const float *p = points + 2 * a, *q = points + 2 * b, *r = points + 2 * c;
  return fabs((double)(q[0] - p[0]) * (r[1] - p[1]) - (double)(q[1] - p[1]) * (r[0] - p[0])) / 2;
}

/* Takes points away, always the one whose triangle with its neighbours is smallest, until `left` remain. */
static void thin_out(const float *points, int *kept, int *count, int left) {
  while (*count > left) {
    int least = 0;
    double least_area = INFINITY;
    for (int i = 0; i < *count; i++) {
      const double area = triangle_area(points, kept[(i + *count - 1) % *count], kept[i], kept[(i + 1) % *count]);
      if (area < least_area) least_area = area, least = i;
    }
    memmove(kept + least, kept + least + 1, (size_t)(*count - least - 1) * sizeof *kept);
    (*count)--;
  }
}

/* The end of the side that starts at corner i, as an index that does not wrap. */
static int side_end(const int *corners, int count, int i) {
  const int end = corners[(i + 1) % count];
  return end > corners[i] ? end : end + N;
}

/* Where between its neighbours the corner serves both sides best. */
static int best_place(const sums *s, const int *corners, int count, int i) {
  const int before = corners[(i + count - 1) % count], after = side_end(corners, count, i);
  const int from = before < corners[i] ? before : before - N;
  int best = corners[i];
  double least = INFINITY;
  for (int at = from + SIDE_POINTS_MIN; at <= after - SIDE_POINTS_MIN; at++) {
    const int shift = from < 0 ? N : 0;
    const double squares =
        squares_off_line(s, from + shift, at + shift) + squares_off_line(s, at + shift, after + shift);
    if (squares < least) least = squares, best = at;
  }
  return (best + N) % N;
}

static int compare_ints(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

static void settle_corners(const sums *s, int *corners, int count) {
  int moved = 1;
  for (int round = 0; moved && round < ROUNDS_MAX; round++) {
    moved = 0;
    for (int i = 0; i < count; i++) {
      const int place = best_place(s, corners, count, i);
      moved |= place != corners[i];
      corners[i] = place;
    }
  }
  qsort(corners, (size_t)count, sizeof *corners, compare_ints);
}

/* Where two sides' lines meet. If that is farther from the way's own corner than `reach`: `share_far` (0 to 1) of `reach`
 * towards it. */
static void meet(const side_line *a, const side_line *b, const float *own, double reach, double share_far,
                 double corner[2]) {
  const double cross = a->direction[0] * b->direction[1] - a->direction[1] * b->direction[0];
  const double dx = b->point[0] - a->point[0], dy = b->point[1] - a->point[1];
  corner[0] = own[0];
  corner[1] = own[1];
  if (fabs(cross) < 1e-6) return;
  const double t = (dx * b->direction[1] - dy * b->direction[0]) / cross;
  const double x = a->point[0] + t * a->direction[0] - own[0], y = a->point[1] + t * a->direction[1] - own[1];
  const double far = hypot(x, y), share = far > reach ? share_far * reach / far : 1;
  corner[0] += share * x;
  corner[1] += share * y;
}

/* How much of a triangle's corner a round pen hides: bent sides' lines meet anywhere, and between two strokes that come
 * together the way turns back before the tip. */
static double hidden_by_pen(const side_line *a, const side_line *b, const float *own, double stroke) {
  const double ax = a->point[0] - own[0], ay = a->point[1] - own[1];
  const double bx = b->point[0] - own[0], by = b->point[1] - own[1];
  const double cosine = (ax * bx + ay * by) / fmax(hypot(ax, ay) * hypot(bx, by), 1e-9);
  return corner_widths * stroke / sqrt(fmax(1 - cosine, sharpest) / 2);
}

/* Moves a triangle's corners, where lines through bowed sides met, towards the way's own tips: what the way reaches
 * farthest in the corner's direction, and what the pen hides beyond it. */
static void settle_tips(const float *points, double stroke, double corners[3][2]) {
  double moved[3][2];
  for (int i = 0; i < 3; i++) {
    const double *corner = corners[i], *a = corners[(i + 2) % 3], *b = corners[(i + 1) % 3];
    const double ax = a[0] - corner[0], ay = a[1] - corner[1], bx = b[0] - corner[0], by = b[1] - corner[1];
    const double along = fmax(hypot(ax, ay), 1e-9), beside = fmax(hypot(bx, by), 1e-9);
    const double ux = -ax / along - bx / beside, uy = -ay / along - by / beside, u = fmax(hypot(ux, uy), 1e-9);
    const double half_sine = sqrt(fmax(1 - (ax * bx + ay * by) / (along * beside), sharpest) / 2);
    const float *tip = points;
    for (int k = 1; k < N; k++)
      if ((points[2 * k] - tip[0]) * ux + (points[2 * k + 1] - tip[1]) * uy > 0) tip = points + 2 * k;
    const double hidden = tip_widths * stroke / half_sine;
    moved[i][0] = corner[0] + tip_share * (tip[0] + hidden * ux / u - corner[0]);
    moved[i][1] = corner[1] + tip_share * (tip[1] + hidden * uy / u - corner[1]);
  }
  memcpy(corners, moved, sizeof moved);
}

static double distance_to_segment(const float *p, const double *a, const double *b) {
  const double dx = b[0] - a[0], dy = b[1] - a[1], squared = dx * dx + dy * dy;
  double t = squared > 0 ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared : 0;
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

static void fit_polygon(const sums *s, const int *start, int count, const stage_outline *o, stage_polygon *out) {
  int corners[STAGE_CORNERS_MAX];
  side_line lines[STAGE_CORNERS_MAX];
  double squares = 0;
  int counted = 0;
  memcpy(corners, start, (size_t)count * sizeof *corners);
  settle_corners(s, corners, count);
  out->count = count;
  for (int i = 0; i < count; i++) lines[i] = middle_line(s, corners[i], side_end(corners, count, i));
  for (int i = 0; i < count; i++) {
    const int before = (i + count - 1) % count;
    const int shorter =
        (int)fmin(side_end(corners, count, i) - corners[i], side_end(corners, count, before) - corners[before]);
    const float *a = s->points + 2 * corners[i], *b = s->points + 2 * ((corners[i] + shorter) % N);
    /* With more corners, the angles at which the sides meet tell the kind, and are left alone. */
    const double reach = count == 3 ? hidden_by_pen(&lines[before], &lines[i], a, o->stroke)
                                    : corner_reach * hypot(b[0] - a[0], b[1] - a[1]) + 2;
    meet(&lines[before], &lines[i], a, reach, count == 3, out->corners[i]);
  }
  for (int i = 0; i < count; i++) {
    const int end = side_end(corners, count, i), trim = (int)(corner_share * (end - corners[i]));
    for (int k = corners[i] + trim; k <= end - trim; k++, counted++) {
      const double d = distance_to_segment(s->points + 2 * (k % N), out->corners[i], out->corners[(i + 1) % count]);
      squares += d * d;
    }
  }
  out->error = sqrt(squares / counted) / sqrt(fmax(o->area, 1));
  if (count == 3) settle_tips(s->points, o->stroke, out->corners);
}

/* ---- the ellipse -------------------------------------------------------------------------------------------------- */

/* Signed distance along the ray from the centre. */
static double distance_to_ellipse(const stage_fit *fit, const float *p) {
  const double turn = fit->angle_degrees * 3.14159265358979323846 / 180, c = cos(turn), s = sin(turn);
  const double dx = p[0] - fit->centre[0], dy = p[1] - fit->centre[1];
  const double u = (c * dx + s * dy) / fit->radii[0], v = (c * dy - s * dx) / fit->radii[1], r = hypot(u, v);
  return r > 0 ? hypot(dx, dy) * (1 - 1 / r) : -fit->radii[1];
}

static int compare_floats(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static int fit_ellipse(const float *points, double root_area, stage_fit *out) {
  float kept[2 * N], distances[N];
  size_t count = 0;
  int status = shim_fit_ellipse(points, N, out->centre, out->radii, &out->angle_degrees);
  if (status != SHIM_OK) return status;
  for (int i = 0; i < N; i++) distances[i] = (float)fabs(distance_to_ellipse(out, points + 2 * i));
  qsort(distances, N, sizeof *distances, compare_floats);
  const float limit = distances[(int)((1 - outlier_share) * N)];
  for (int i = 0; i < N; i++)
    if (fabs(distance_to_ellipse(out, points + 2 * i)) <= limit)
      memcpy(kept + 2 * count++, points + 2 * i, 2 * sizeof *kept);
  status = shim_fit_ellipse(kept, count, out->centre, out->radii, &out->angle_degrees);
  if (status != SHIM_OK || out->radii[1] <= 0) return status;
  double squares = 0;
  for (int i = 0; i < N; i++) {
    const double d = distance_to_ellipse(out, points + 2 * i);
    squares += d * d;
  }
  out->ellipse_error = sqrt(squares / N) / root_area;
  return SHIM_OK;
}

/* Hands draw the ends of long ellipses blunter than they are, so that the least squares ellipse sticks out there, and in
 * what is nearly round its axes lie anywhere. */
static void settle_axes(const float *points, stage_fit *out) {
  if (out->radii[0] < round_aspect * out->radii[1]) out->angle_degrees = 90 * round(out->angle_degrees / 90);
  const double turn = out->angle_degrees * 3.14159265358979323846 / 180;
  const double axes[2][2] = {{cos(turn), sin(turn)}, {-sin(turn), cos(turn)}};
  double centre[2] = {0, 0};
  for (int axis = 0; axis < 2; axis++) {
    const double *u = axes[axis], middle = out->centre[0] * u[0] + out->centre[1] * u[1];
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < N; i++) {
      const double at = points[2 * i] * u[0] + points[2 * i + 1] * u[1];
      low = fmin(low, at), high = fmax(high, at);
    }
    const double place = middle + extent_share * ((low + high) / 2 - middle);
    out->radii[axis] += extent_share * ((high - low) / 2 - out->radii[axis]);
    centre[0] += place * u[0], centre[1] += place * u[1];
  }
  memcpy(out->centre, centre, sizeof centre);
  if (out->radii[0] >= out->radii[1]) return;
  const double longer = out->radii[1];
  out->radii[1] = out->radii[0], out->radii[0] = longer;
  out->angle_degrees += 90;
}

/* ---- tips --------------------------------------------------------------------------------------------------------- */

/* Counts the swings of the distance from the centre that are at least a tenth of the longest, as a star has them. */
static void count_tips(const float *points, stage_fit *out) {
  double radius[N], longest = 0, x = 0, y = 0;
  for (int i = 0; i < N; i++) x += points[2 * i] / (double)N, y += points[2 * i + 1] / (double)N;
  int start = 0;
  for (int i = 0; i < N; i++) {
    radius[i] = hypot(points[2 * i] - x, points[2 * i + 1] - y);
    if (radius[i] > longest) longest = radius[i], start = i;
  }
  const double swing = 0.1 * longest;
  double high = longest, low = longest, shallowest = longest;
  int falling = 1;
  for (int k = 1; k <= N; k++) {
    const double r = radius[(start + k) % N];
    if (falling) {
      low = fmin(low, r);
      if (r > low + swing) {
        out->tips++;
        shallowest = fmin(shallowest, high - low);
        falling = 0, high = r;
      }
    } else {
      high = fmax(high, r);
      if (r < high - swing) falling = 1, low = r;
    }
  }
  out->tip_depth = out->tips ? shallowest / longest : 0;
}

int stage_fit_outline(const stage_outline *outline, stage_fit *out) {
  sums s;
  double hull = 0;
  int kept[N], count = N;
  const double root_area = sqrt(fmax(outline->area, 1));
  memset(out, 0, sizeof *out);
  for (int i = 0; i < N; i++) kept[i] = i;
  sum_up(outline->points, &s);
  for (int corners = STAGE_CORNERS_MAX; corners >= STAGE_CORNERS_MIN; corners--) {
    thin_out(outline->points, kept, &count, corners);
    fit_polygon(&s, kept, corners, outline, &out->polygons[corners - STAGE_CORNERS_MIN]);
  }
  stage_fit_rectangle(outline->points, outline->stroke, &out->polygons[4 - STAGE_CORNERS_MIN], out->rectangle);
  count_tips(outline->points, out);
  int status = shim_hull_area(outline->points, N, &hull);
  out->solidity = hull > 0 ? outline->area / hull : 0;
  if (status != SHIM_OK) return status;
  status = fit_ellipse(outline->points, root_area, out);
  if (status == SHIM_ERR_MEMORY) return status;
  if (status != SHIM_OK || out->radii[1] <= 0)
    out->ellipse_error = no_ellipse;
  else
    settle_axes(outline->points, out);
  return SHIM_OK;
}
