/* What a fitted outline is, by geometry alone. Each kind is weighed as a model of the way: how near the way is to it
 * (the distances taken as Gaussian noise of unknown size, so that a wobbly hand is no worse for one kind than for
 * another), and how many numbers it takes to say it. Quadrilaterals are then told apart by their angles and sides; a
 * diamond has equal sides and stands on a corner, a rhombus that lies on a side is a parallelogram. "Other" is what
 * every model misses by more than people's hands do. Aspect ratios up to 1 : 1.15 are a circle's or a square's. */
#include "shapes.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double points_worth = 17;    /* independent places along a way */
static const double finest_error = 0.012; /* of the root of the area: nobody draws better */
static const double other_error = 0.034;  /* from here on a fit is no fit */
/* Whoever named it, a fit is none that is worse than this or, up to a limit, so many times as bad as the hand's others. */
static const double doubtful_error = 0.04, doubtful_times = 1.5, doubtful_most = 0.13, doubt_softness = 0.003;
/* An outline that is so much of its hull is no cross, but two shapes in one. */
static const double cross_solidity = 0.81, solidity_softness = 0.01;
static const double number_cost = 1.15; /* per number of a model, as the logarithm of a probability */
static const double equal_aspect = 1.15, aspect_softness = 0.05;
static const double angle_error = 7.5; /* degrees that a drawn corner is off */
/* The directions of short sides are poor: where the other two are parallel and so near to equal, these may differ by
 * this. */
static const double least_even = 0.8, even_softness = 0.02, side_angle_error = 20; /* degrees */
static const double side_error = 0.11; /* of their mean, that sides meant to be equal are off */
static const double upright_leaning = 15, leaning_softness = 2.5; /* degrees: up to here it stands on a corner */
static const double no_quadrilateral = 0.08;                      /* the weight of being none of those named */
static const double star_solidity_max = 0.8, star_tip_min = 0.22;

const char *const stage_kind_names[STAGE_KINDS] = {
    "circle",   "ellipse", "square", "rectangle", "triangle", "diamond", "parallelogram", "trapezoid",
    "pentagon", "hexagon", "star",   "heart",     "cross",    "arrow",   "line",          "other"};

stage_kind stage_kind_best(const double probabilities[STAGE_KINDS]) {
  int best = 0;
  for (int i = 1; i < STAGE_KINDS; i++)
    if (probabilities[i] > probabilities[best]) best = i;
  return (stage_kind)best;
}

typedef struct quadrilateral {
  double angles[4]; /* at the corners, degrees */
  double sides[4];
  double unparallel[2]; /* degrees between opposite sides */
  double
      leaning; /* of the diagonals, degrees from the nearest level or upright line: little where it stands on a corner */
} quadrilateral;

static double wrap(double degrees, double period) {
  return degrees - period * floor(degrees / period + 0.5);
}

static void measure_quadrilateral(const stage_polygon *p, quadrilateral *q) {
  double directions[4];
  for (int i = 0; i < 4; i++) {
    const double *a = p->corners[i], *b = p->corners[(i + 1) % 4];
    directions[i] = atan2(b[1] - a[1], b[0] - a[0]) * 180 / pi;
    q->sides[i] = hypot(b[0] - a[0], b[1] - a[1]);
  }
  for (int i = 0; i < 4; i++) q->angles[i] = 180 - fabs(wrap(directions[i] - directions[(i + 3) % 4], 360));
  for (int i = 0; i < 2; i++) q->unparallel[i] = fabs(wrap(directions[i] - directions[i + 2], 180));
  q->leaning = 0;
  for (int i = 0; i < 2; i++) {
    const double *a = p->corners[i], *b = p->corners[i + 2];
    q->leaning += fabs(wrap(atan2(b[1] - a[1], b[0] - a[0]) * 180 / pi, 90)) / 2;
  }
}

/* Smooth step: 0.5 at `middle`, towards 1 above it. */
static double above(double value, double middle, double softness) {
  return 1 / (1 + exp(-(value - middle) / softness));
}

static double gaussian(double deviation, double sigma) {
  return exp(-deviation * deviation / (2 * sigma * sigma));
}

/* Shares of the quadrilaterals' kinds, sum 1 at the most; what is missing is none of them. */
static void rate_quadrilateral(const stage_polygon *p, double rates[STAGE_KINDS]) {
  quadrilateral q;
  measure_quadrilateral(p, &q);
  double right = 0, unequal = 0, mean_side = 0;
  for (int i = 0; i < 4; i++) right += (q.angles[i] - 90) * (q.angles[i] - 90) / 4, mean_side += q.sides[i] / 4;
  for (int i = 0; i < 4; i++) unequal += (q.sides[i] / mean_side - 1) * (q.sides[i] / mean_side - 1) / 4;
  const double across = (q.sides[0] + q.sides[2]) / fmax(1e-9, q.sides[1] + q.sides[3]);
  const double aspect = across > 1 ? across : 1 / across;
  const double square = 1 - above(aspect, equal_aspect, aspect_softness);
  const double rectangle = gaussian(sqrt(right), angle_error);
  const double standing =
      (1 - above(q.leaning, upright_leaning, leaning_softness)) * gaussian(sqrt(unequal), side_error);
  const int pair = q.unparallel[1] < q.unparallel[0];
  const double nearer = gaussian(q.unparallel[pair], angle_error), farther = q.unparallel[!pair];
  const double ratio = q.sides[pair] / fmax(q.sides[pair + 2], 1e-9);
  const double even = above(fmin(ratio, 1 / fmax(ratio, 1e-9)), least_even, even_softness);
  const double parallel = fmax(gaussian(hypot(q.unparallel[0], q.unparallel[1]) / sqrt(2), angle_error),
                               nearer * gaussian(farther, side_angle_error) * even);
  const double skewed = 1 - rectangle, trapezoid = nearer * above(farther, 14, 2) * skewed;
  rates[STAGE_SQUARE] = rectangle * square * (1 - standing);
  rates[STAGE_RECTANGLE] = rectangle * (1 - square) * (1 - standing);
  rates[STAGE_DIAMOND] = fmax(rectangle, parallel) * standing;
  rates[STAGE_PARALLELOGRAM] = skewed * parallel * (1 - standing);
  rates[STAGE_TRAPEZOID] = trapezoid * (1 - parallel);
  double sum = no_quadrilateral;
  for (int i = 0; i < STAGE_KINDS; i++) sum += rates[i];
  for (int i = 0; i < STAGE_KINDS; i++) rates[i] /= sum;
}

/* A pentagon or hexagon has no corner that points inwards, no needle and no side that is next to nothing. */
static double is_even(const stage_polygon *p) {
  double least = INFINITY, longest = 0, sharpest = 180;
  for (int i = 0; i < p->count; i++) {
    const double *a = p->corners[(i + p->count - 1) % p->count], *b = p->corners[i],
                 *c = p->corners[(i + 1) % p->count];
    const double ux = a[0] - b[0], uy = a[1] - b[1], vx = c[0] - b[0], vy = c[1] - b[1];
    const double cross = vx * uy - vy * ux, angle = atan2(cross, ux * vx + uy * vy) * 180 / pi;
    least = fmin(least, hypot(vx, vy)), longest = fmax(longest, hypot(vx, vy));
    sharpest = fmin(sharpest, angle < 0 ? 0 : angle);
    if (angle < 0 || angle > 165) return 0.02;
  }
  return above(least / longest, 0.25, 0.05) * above(sharpest, 60, 5);
}

static double plausibility(double error, int numbers) {
  return -points_worth * log(hypot(error, finest_error)) - number_cost * numbers;
}

static double rate_star(const stage_fit *fit) {
  if (fit->tips < 4 || fit->tips > 9 || fit->solidity > star_solidity_max) return 0;
  return above(fit->tip_depth, star_tip_min, 0.04);
}

void stage_kind_rate(const stage_fit *fit, double probabilities[STAGE_KINDS]) {
  static const int numbers[] = {6, 8, 10, 12};
  double logs[5], quads[STAGE_KINDS] = {0}, most, sum = 0;
  memset(probabilities, 0, STAGE_KINDS * sizeof *probabilities);
  logs[0] = plausibility(fit->ellipse_error, 5);
  for (int i = 0; i < 4; i++) logs[1 + i] = plausibility(fit->polygons[i].error, numbers[i]);
  const double other = plausibility(other_error, 5);
  most = other;
  for (int i = 0; i < 5; i++) most = fmax(most, logs[i]);
  double shares[5];
  for (int i = 0; i < 5; i++) sum += shares[i] = exp(logs[i] - most);
  sum += exp(other - most);
  for (int i = 0; i < 5; i++) shares[i] /= sum;
  const double round_share = above(fit->radii[0] / fmax(fit->radii[1], 1e-9), equal_aspect, aspect_softness);
  const double star = rate_star(fit), rest = 1 - star;
  rate_quadrilateral(&fit->polygons[1], quads);
  probabilities[STAGE_CIRCLE] = rest * shares[0] * (1 - round_share);
  probabilities[STAGE_ELLIPSE] = rest * shares[0] * round_share;
  probabilities[STAGE_TRIANGLE] = rest * shares[1];
  for (int i = 0; i < STAGE_KINDS; i++) probabilities[i] += rest * shares[2] * quads[i];
  probabilities[STAGE_PENTAGON] = rest * shares[3] * is_even(&fit->polygons[2]);
  probabilities[STAGE_HEXAGON] = rest * shares[4] * is_even(&fit->polygons[3]);
  if (fit->tips == 4)
    probabilities[STAGE_CROSS] = star;
  else
    probabilities[STAGE_STAR] = star;
  double told = 0;
  for (int i = 0; i < STAGE_KINDS; i++) told += probabilities[i];
  probabilities[STAGE_OTHER] = told < 1 ? 1 - told : 0;
}

/* The error of the model that a kind is drawn by; 0 for kinds that no fit knows. */
static double error_of(const stage_fit *fit, int kind) {
  switch (kind) {
  case STAGE_CIRCLE:
  case STAGE_ELLIPSE: return fit->ellipse_error;
  case STAGE_TRIANGLE: return fit->polygons[0].error;
  case STAGE_SQUARE:
  case STAGE_RECTANGLE:
  case STAGE_DIAMOND:
  case STAGE_PARALLELOGRAM:
  case STAGE_TRAPEZOID: return fit->polygons[1].error;
  case STAGE_PENTAGON: return fit->polygons[2].error;
  case STAGE_HEXAGON: return fit->polygons[3].error;
  default: return 0;
  }
}

double stage_kind_error(const stage_fit *fit, const double probabilities[STAGE_KINDS]) {
  return error_of(fit, (int)stage_kind_best(probabilities));
}

void stage_kind_doubt(const stage_fit *fit, double usual_error, double probabilities[STAGE_KINDS]) {
  const double doubtful = fmin(fmax(doubtful_times * usual_error, doubtful_error), doubtful_most);
  for (int i = 0; i < STAGE_OTHER; i++) {
    const double doubt = i == STAGE_CROSS ? above(fit->solidity, cross_solidity, solidity_softness)
                                          : above(error_of(fit, i), doubtful, doubt_softness);
    const double lost = probabilities[i] * doubt;
    probabilities[i] -= lost;
    probabilities[STAGE_OTHER] += lost;
  }
}
