/* How the numbers of one frame have moved until the next. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_MOTION_H
#define GLYPHLIFT_CAMERA_MOTION_H

#include <stddef.h>

typedef struct motion_item {
  const char *text;
  double x, y; /* centre, pixels */
  double height;
} motion_item;

/* Shift, turn and change of size: (x, y) goes to (a x - b y + dx, b x + a y + dy). */
typedef struct motion {
  double a, b, dx, dy;
} motion;

void motion_apply(const motion *m, double *x, double *y);

/* How alike two texts are: 1 equal, 0 nothing in common (edit distance, in shares of the longer one). Texts longer than
 * MOTION_TEXT_MAX are compared up to there. */
enum { MOTION_TEXT_MAX = 48 };
double motion_text_likeness(const char *a, const char *b);

/* No motion where too few of the numbers tell the same one. */
void motion_find(const motion_item *before, size_t before_count, const motion_item *now, size_t now_count, motion *out);

#endif
