/* The thin C shim over OpenCV, core part (core + imgproc). No OpenCV name appears here, and no exception leaves it: a
 * call returns SHIM_OK or a negative status, and shim_error() then says why. All pictures are 8-bit. */
#ifndef GLYPHLIFT_SHIM_H
#define GLYPHLIFT_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SHIM_OK = 0, SHIM_ERR_ARGUMENT = -1, SHIM_ERR_MEMORY = -2, SHIM_ERR_FAILED = -3 };

/* channels 1: gray; 3: RGB in this order. Row y starts at data + y * stride (bytes). Either owned (from
 * shim_image_create) or a view of someone else's memory; only owned ones go to shim_image_free. */
typedef struct shim_image {
  uint8_t *data;
  int width, height, channels;
  ptrdiff_t stride;
} shim_image;

/* The last failure's reason on this thread. Valid until the next shim call of the thread. */
const char *shim_error(void);

/* Allocates width x height x channels, not cleared. On failure *out is zeroed. */
int shim_image_create(shim_image *out, int width, int height, int channels);
/* The same into a picture that is owned or zeroed: it stays where it is if it has that size, and is freed if not. What it
 * shows is of no use afterwards. */
int shim_image_reuse(shim_image *image, int width, int height, int channels);
/* Accepts NULL; zeroes *image. */
void shim_image_free(shim_image *image);

/* ---- pixels. dst is a picture of the right channels the caller has created; it must not overlap src. ------------- */

/* Luma of RGB (0.299, 0.587, 0.114), as JPEG's Y. */
int shim_rgb_to_gray(const shim_image *rgb, shim_image *gray);
int shim_gray_to_rgb(const shim_image *gray, shim_image *rgb);
/* Scales src to dst's size: the mean of the covered area when shrinking, bilinear when growing. */
int shim_resize(const shim_image *src, shim_image *dst);
/* Gaussian blur with an odd window (3, 5, ...), sigma following from it. src and dst may be the same picture. */
int shim_blur(const shim_image *src, shim_image *dst, int window);
/* Morphology with a square window of odd side: the maximum (dilate), or the maximum then the minimum (close), which
 * fills dark structures into which no such square fits. Pixels outside the picture are left out of account. */
int shim_dilate(const shim_image *src, shim_image *dst, int window);
int shim_close(const shim_image *src, shim_image *dst, int window);
/* dst(x, y) = src(m[0]x + m[1]y + m[2], m[3]x + m[4]y + m[5]), bilinear, bicubic where it grows by half or more in area; `outside` where
 * src has no pixel. */
int shim_warp_affine(const shim_image *src, shim_image *dst, const double m[6], uint8_t outside);
/* dst(x, y) = src(u / w, v / w), (u, v, w) = m (x, y, 1), the 3 x 3 matrix by rows; else as above. */
int shim_warp_perspective(const shim_image *src, shim_image *dst, const double m[9], uint8_t outside);

/* ---- contours ---------------------------------------------------------------------------------------------------- */

typedef struct shim_contour {
  size_t first_point, point_count; /* into points */
  int x, y, width, height;         /* bounding box */
  int parent;                      /* -1: the outer boundary of a component; else the outer contour this is a hole of */
  int first_hole;                  /* of an outer contour; -1: none */
  int next_hole;                   /* of a hole: the next one of the same component; -1: none */
} shim_contour;

typedef struct shim_contours {
  int *points; /* x0 y0 x1 y1 ... */
  shim_contour *contours;
  size_t count;
} shim_contours;

/* Boundaries of the 8-connected components of the non-zero pixels, each with its holes (Suzuki & Abe 1985). */
int shim_contours_find(const shim_image *binary, shim_contours *out);
void shim_contours_free(shim_contours *contours);
/* Fills component `index` (an outer contour), its holes left out, into mask with 255; the mask's origin lies at
 * (origin_x, origin_y) of the picture the contours were found in. The mask is not cleared first. */
int shim_contours_fill(const shim_contours *contours, size_t index, int origin_x, int origin_y, shim_image *mask);

/* ---- components and geometry. Points are x y pairs. --------------------------------------------------------------- */

typedef struct shim_component {
  int x, y, width, height; /* bounding box */
  int area;                /* pixels */
} shim_component;

typedef struct shim_components {
  int32_t *labels; /* one a pixel, row by row without padding; 0: paper, k: component k - 1 */
  shim_component *items;
  size_t count;
} shim_components;

/* The 8-connected components of the non-zero pixels. */
int shim_components_find(const shim_image *binary, shim_components *out);
void shim_components_free(shim_components *components);

/* The ellipse nearest to at least five points (direct least squares, Fitzgibbon 1999): its centre x y, its radii, the
 * longer one first, and the longer one's angle in degrees clockwise from x, 0..180. */
int shim_fit_ellipse(const float *points, size_t count, double centre[2], double radii[2], double *angle_degrees);
/* The line nearest to at least two points, points far from it counting less (Huber): a point of it and its unit
 * direction. */
int shim_fit_line(const float *points, size_t count, double point[2], double direction[2]);
/* The polyline with no more points than needed to stay within epsilon (Douglas & Peucker 1973). kept (room for count)
 * gets the indices of the points that stay, in order. */
int shim_simplify(const float *points, size_t count, double epsilon, size_t *kept, size_t *kept_count);
/* Hu's seven moment invariants (1962) of a gray picture's levels. */
int shim_hu_moments(const shim_image *gray, double out[7]);
/* The area within the convex hull of the points. */
int shim_hull_area(const float *points, size_t count, double *area);
/* Fills a closed polygon into a gray picture. */
int shim_fill_polygon(shim_image *image, const float *points, size_t count, uint8_t value);

/* ---- drawing, anti-aliased, on RGB pictures ---------------------------------------------------------------------- */

typedef struct shim_colour {
  uint8_t r, g, b;
} shim_colour;

int shim_draw_rectangle(shim_image *image, int x, int y, int width, int height, shim_colour colour, int thickness);
/* On gray pictures too, with the colour's red as gray; not anti-aliased there. */
int shim_draw_line(shim_image *image, int x0, int y0, int x1, int y1, shim_colour colour, int thickness);
/* Filled rectangle, blended with what is there: opacity 0..1. */
int shim_draw_filled(shim_image *image, int x, int y, int width, int height, shim_colour colour, double opacity);
/* ASCII text (other bytes become '?'), its baseline starting at (x, y), capitals `height` pixels high. */
int shim_draw_text(shim_image *image, const char *text, int x, int y, int height, shim_colour colour, int thickness);
/* The width in pixels that shim_draw_text takes. */
int shim_text_width(const char *text, int height, int thickness);

#ifdef __cplusplus
}
#endif
#endif
