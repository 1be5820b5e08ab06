/* The projective map between the frame a page is read in and the picture it came from (Hartley & Zisserman, Multiple
 * View Geometry, 2nd ed., 4.1). Both directions are kept, so that neither a stage nor a result has to invert anything.
 * A homography fails on the page's vanishing line: stage_map_from_quad refuses quads that are not convex, whose inside
 * that line would cross. */
#include "stages.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const stage_map identity = {{1, 0, 0, 0, 1, 0, 0, 0, 1}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};

static void multiply(const double a[9], const double b[9], double out[9]) {
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      out[3 * row + column] = a[3 * row] * b[column] + a[3 * row + 1] * b[3 + column] + a[3 * row + 2] * b[6 + column];
}

/* The adjugate, scaled so that the last element is 1 again. */
static int invert(const double m[9], double out[9]) {
  const double adjugate[9] = {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                              m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                              m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  const double determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
  if (fabs(determinant) < 1e-12 || fabs(adjugate[8]) < 1e-12) return SHIM_ERR_ARGUMENT;
  for (int i = 0; i < 9; i++) out[i] = adjugate[i] / adjugate[8];
  return SHIM_OK;
}

static void project(const double m[9], const double from[2], double to[2]) {
  const double w = m[6] * from[0] + m[7] * from[1] + m[8];
  const double x = (m[0] * from[0] + m[1] * from[1] + m[2]) / w, y = (m[3] * from[0] + m[4] * from[1] + m[5]) / w;
  to[0] = x;
  to[1] = y;
}

void stage_map_init(stage_map *map) {
  *map = identity;
}

void stage_map_to_picture(const stage_map *map, const double reading[2], double picture[2]) {
  project(map->to_picture, reading, picture);
}

void stage_map_to_reading(const stage_map *map, const double picture[2], double reading[2]) {
  project(map->to_reading, picture, reading);
}

void stage_map_compose(const stage_map *outer, const stage_map *inner, stage_map *out) {
  stage_map both;
  multiply(outer->to_picture, inner->to_picture, both.to_picture);
  multiply(inner->to_reading, outer->to_reading, both.to_reading);
  *out = both;
}

void stage_map_shift(stage_map *map, double x, double y) {
  const double there[9] = {1, 0, x, 0, 1, y, 0, 0, 1}, back[9] = {1, 0, -x, 0, 1, -y, 0, 0, 1};
  stage_map moved = {{0}, {0}};
  memcpy(moved.to_picture, there, sizeof there);
  memcpy(moved.to_reading, back, sizeof back);
  stage_map_compose(map, &moved, map);
}

void stage_map_turn(stage_map *map, double degrees, int width, int height, int *turned_width, int *turned_height) {
  const double c = cos(degrees * pi / 180), s = sin(degrees * pi / 180);
  const double w = fabs(c) * width + fabs(s) * height, h = fabs(s) * width + fabs(c) * height;
  *turned_width = (int)ceil(w - 1e-6);
  *turned_height = (int)ceil(h - 1e-6);
  const double x = width / 2.0, y = height / 2.0, u = *turned_width / 2.0, v = *turned_height / 2.0;
  const double there[9] = {c, -s, x - c * u + s * v, s, c, y - s * u - c * v, 0, 0, 1};
  const double back[9] = {c, s, u - c * x - s * y, -s, c, v + s * x - c * y, 0, 0, 1};
  stage_map turned = {{0}, {0}};
  memcpy(turned.to_picture, there, sizeof there);
  memcpy(turned.to_reading, back, sizeof back);
  stage_map_compose(map, &turned, map);
}

static int is_convex(const double quad[4][2]) {
  for (int i = 0; i < 4; i++) {
    const double *a = quad[i], *b = quad[(i + 1) % 4], *c = quad[(i + 2) % 4];
    if ((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) <= 0) return 0;
  }
  return 1;
}

int stage_map_from_quad(const double quad[4][2], double width, double height, stage_map *map) {
  if (!is_convex(quad) || width <= 0 || height <= 0) return SHIM_ERR_ARGUMENT;
  /* The unit square's corners go to the quad's (Heckbert 1989, Fundamentals of Texture Mapping, 2.2.2). */
  const double dx1 = quad[1][0] - quad[2][0], dx2 = quad[3][0] - quad[2][0];
  const double dy1 = quad[1][1] - quad[2][1], dy2 = quad[3][1] - quad[2][1];
  const double sx = quad[0][0] - quad[1][0] + quad[2][0] - quad[3][0];
  const double sy = quad[0][1] - quad[1][1] + quad[2][1] - quad[3][1];
  const double determinant = dx1 * dy2 - dx2 * dy1;
  const double g = (sx * dy2 - dx2 * sy) / determinant, h = (dx1 * sy - sx * dy1) / determinant;
  stage_map made = {{(quad[1][0] - quad[0][0] + g * quad[1][0]) / width,
                     (quad[3][0] - quad[0][0] + h * quad[3][0]) / height, quad[0][0],
                     (quad[1][1] - quad[0][1] + g * quad[1][1]) / width,
                     (quad[3][1] - quad[0][1] + h * quad[3][1]) / height, quad[0][1], g / width, h / height, 1},
                    {0}};
  const int status = invert(made.to_picture, made.to_reading);
  if (status == SHIM_OK) *map = made;
  return status;
}

double stage_map_angle(const stage_map *map, double x, double y) {
  const double here[2] = {x - 0.5, y}, beside[2] = {x + 0.5, y};
  double from[2], to[2];
  stage_map_to_picture(map, here, from);
  stage_map_to_picture(map, beside, to);
  return atan2(to[1] - from[1], to[0] - from[0]) * 180 / pi;
}

int stage_map_warp(const stage_map *map, const shim_image *picture, uint8_t outside, shim_image *reading) {
  /* Here whole numbers are corners of pixels, in the shim they are centres. */
  static const double to_corner[9] = {1, 0, 0.5, 0, 1, 0.5, 0, 0, 1}, to_centre[9] = {1, 0, -0.5, 0, 1, -0.5, 0, 0, 1};
  double half[9], matrix[9];
  multiply(map->to_picture, to_corner, half);
  multiply(to_centre, half, matrix);
  return shim_warp_perspective(picture, reading, matrix, outside);
}
