/* Shapes as a ruler would draw them (--tidy): circles round, squares and rectangles with right corners, opposite sides
 * parallel, what is nearly level level, and what nearly stands in a row or column in line. Only numbers within people's
 * unsteadiness change; the kinds stay. Trapezoids and all with more than four corners keep their sides. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

static const double pi = 3.14159265358979323846;
static const double level_degrees = 7; /* up to here a slope is meant to be level */
static const double line_share = 0.15; /* of the smaller shape's side: centres that near are in line */

static double wrap(double degrees, double period) {
  return degrees - period * floor(degrees / period + 0.5);
}

/* The direction without a slope that was not meant. */
static double level_angle(double radians) {
  const double degrees = radians * 180 / pi, off = wrap(degrees, 90);
  return fabs(off) <= level_degrees ? (degrees - off) * pi / 180 : radians;
}

static void tidy_ellipse(glyph_shape *shape) {
  if (!strcmp(shape->kind, "circle")) {
    shape->radii[0] = shape->radii[1] = sqrt(shape->radii[0] * shape->radii[1]);
    shape->angle_degrees = 0;
  } else {
    shape->angle_degrees = level_angle(shape->angle_degrees * pi / 180) * 180 / pi;
  }
}

/* The parallelogram nearest to four corners: its middle and half its diagonals, from corner 2 to 0 and from 3 to 1. */
static void half_diagonals(const double (*c)[2], double middle[2], double one[2], double two[2]) {
  for (int axis = 0; axis < 2; axis++) {
    middle[axis] = (c[0][axis] + c[1][axis] + c[2][axis] + c[3][axis]) / 4;
    one[axis] = (c[0][axis] - c[2][axis]) / 2;
    two[axis] = (c[1][axis] - c[3][axis]) / 2;
  }
}

static void put_parallelogram(const double middle[2], const double one[2], const double two[2], double (*c)[2]) {
  for (int axis = 0; axis < 2; axis++) {
    c[0][axis] = middle[axis] + one[axis];
    c[1][axis] = middle[axis] + two[axis];
    c[2][axis] = middle[axis] - one[axis];
    c[3][axis] = middle[axis] - two[axis];
  }
}

/* Sides of a parallelogram from its half diagonals: from corner 0 to 1, and from 1 to 2. */
static void tidy_rectangle(int is_square, double one[2], double two[2]) {
  double across[2] = {two[0] - one[0], two[1] - one[1]}, down[2] = {-one[0] - two[0], -one[1] - two[1]};
  double width = hypot(across[0], across[1]), height = hypot(down[0], down[1]);
  const double turned = atan2(down[1], down[0]) - pi / 2;
  /* The mean of both sides' directions, which are a right angle apart but for a little. */
  double angle = atan2(across[1], across[0]);
  angle = level_angle(angle + wrap((turned - angle) * 180 / pi, 360) * pi / 360);
  if (is_square) width = height = sqrt(width * height);
  const double c = cos(angle), s = sin(angle);
  one[0] = (-width * c + height * s) / 2, one[1] = (-width * s - height * c) / 2;
  two[0] = (width * c + height * s) / 2, two[1] = (width * s - height * c) / 2;
}

static void level_vector(double v[2]) {
  const double length = hypot(v[0], v[1]), angle = level_angle(atan2(v[1], v[0]));
  v[0] = length * cos(angle);
  v[1] = length * sin(angle);
}

static void tidy_quadrilateral(const char *kind, double (*c)[2]) {
  double middle[2], one[2], two[2];
  half_diagonals((const double(*)[2])c, middle, one, two);
  const int is_square = !strcmp(kind, "square");
  if (is_square || !strcmp(kind, "rectangle")) {
    tidy_rectangle(is_square, one, two);
  } else if (!strcmp(kind, "diamond")) { /* diagonals at right angles */
    const double first = atan2(one[1], one[0]),
                 off = wrap((atan2(two[1], two[0]) - first) * 180 / pi - 90, 180) * pi / 180;
    const double angle = level_angle(first + off / 2), a = hypot(one[0], one[1]), b = hypot(two[0], two[1]);
    const double side = one[0] * two[1] - one[1] * two[0] > 0 ? 1 : -1;
    one[0] = a * cos(angle), one[1] = a * sin(angle);
    two[0] = -side * b * sin(angle), two[1] = side * b * cos(angle);
  } else { /* the sides that are nearly level become so */
    double across[2] = {two[0] - one[0], two[1] - one[1]}, down[2] = {-one[0] - two[0], -one[1] - two[1]};
    level_vector(across), level_vector(down);
    for (int axis = 0; axis < 2; axis++) {
      one[axis] = -(across[axis] + down[axis]) / 2;
      two[axis] = (across[axis] - down[axis]) / 2;
    }
  }
  put_parallelogram(middle, one, two, c);
}

static void tidy_triangle(double (*c)[2]) {
  for (int i = 0; i < 3; i++) {
    double *a = c[i], *b = c[(i + 1) % 3];
    const double angle = wrap(atan2(b[1] - a[1], b[0] - a[0]) * 180 / pi, 90);
    if (fabs(angle) > level_degrees) continue;
    const int axis = fabs(b[0] - a[0]) > fabs(b[1] - a[1]);
    a[axis] = b[axis] = (a[axis] + b[axis]) / 2;
    return; /* a second one would move the first */
  }
}

static void tidy_shape(glyph_shape *shape) {
  static const char *const parallel[] = {"square", "rectangle", "diamond", "parallelogram"};
  double(*corners)[2] = (double(*)[2])shape->polygon;
  if (shape->radii[0] > 0) tidy_ellipse(shape);
  for (size_t i = 0; i < sizeof parallel / sizeof *parallel; i++)
    if (!strcmp(shape->kind, parallel[i])) tidy_quadrilateral(shape->kind, corners);
  if (!strcmp(shape->kind, "triangle")) tidy_triangle(corners);
}

/* ---- rows and columns --------------------------------------------------------------------------------------------- */

static double centre_of(const glyph_shape *shape, int axis) {
  if (shape->radii[0] > 0) return shape->centre[axis];
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < shape->polygon_count; i++) {
    low = fmin(low, shape->polygon[i][axis]);
    high = fmax(high, shape->polygon[i][axis]);
  }
  return (low + high) / 2;
}

static int side_of(const glyph_shape *shape, int axis) {
  return axis ? shape->box.height : shape->box.width;
}

static void move(glyph_page *page, size_t index, int axis, double by) {
  glyph_shape *shape = (glyph_shape *)&page->shapes[index];
  shape->centre[axis] += by;
  for (size_t i = 0; i < shape->polygon_count; i++) ((double(*)[2])shape->polygon)[i][axis] += by;
  for (size_t i = 0; i < page->connector_count; i++) {
    const glyph_connector *c = &page->connectors[i];
    double(*path)[2] = (double(*)[2])c->path;
    if (c->from == index) path[0][axis] += by;
    if (c->to == index) path[c->path_count - 1][axis] += by;
  }
}

/* Shapes whose centres are near that of the first get the mean of all. */
static void align(glyph_page *page, int axis, unsigned char *done) {
  memset(done, 0, page->shape_count);
  for (size_t i = 0; i < page->shape_count; i++) {
    double sum = 0, first = centre_of(&page->shapes[i], axis);
    size_t count = 0;
    if (done[i]) continue;
    for (size_t k = i; k < page->shape_count; k++) {
      const double reach = line_share * fmin(side_of(&page->shapes[i], axis), side_of(&page->shapes[k], axis));
      if (done[k] || fabs(centre_of(&page->shapes[k], axis) - first) > reach) continue;
      done[k] = 2;
      sum += centre_of(&page->shapes[k], axis);
      count++;
    }
    for (size_t k = i; k < page->shape_count; k++) {
      if (done[k] != 2) continue;
      move(page, k, axis, sum / (double)count - centre_of(&page->shapes[k], axis));
      done[k] = 1;
    }
  }
}

/* Straight connectors that are nearly level or upright become so. */
static void tidy_connector(glyph_connector *connector) {
  double *a = (double *)connector->path[0], *b = (double *)connector->path[connector->path_count - 1];
  if (connector->path_count != 2 || fabs(wrap(atan2(b[1] - a[1], b[0] - a[0]) * 180 / pi, 90)) > level_degrees) return;
  const int axis = fabs(b[0] - a[0]) > fabs(b[1] - a[1]);
  a[axis] = b[axis] = (a[axis] + b[axis]) / 2;
}

int shapes_tidy(glyph_page *page) {
  unsigned char *done = calloc(page->shape_count + 1, 1);
  if (!done) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < page->shape_count; i++) tidy_shape((glyph_shape *)&page->shapes[i]);
  for (int axis = 0; axis < 2; axis++) align(page, axis, done);
  for (size_t i = 0; i < page->connector_count; i++) tidy_connector((glyph_connector *)&page->connectors[i]);
  free(done);
  return SHIM_OK;
}
