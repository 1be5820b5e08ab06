/* The stages that find drawn shapes: strokes, outlines, fits, names, connectors. Internal to the pipeline. Lengths and places
 * are pixels of the level looked at, continuous: pixel (0, 0) covers 0..1. */
#ifndef GLYPHLIFT_SHAPES_STAGES_H
#define GLYPHLIFT_SHAPES_STAGES_H

#include "stages.h"

/* ---- thin.c ------------------------------------------------------------------------------------------------------- */

/* Thins the non-zero pixels to lines one pixel wide; the picture's outermost pixels become 0. Strokes wider than twice
 * `rounds` stay fat in the middle. */
int stage_thin(shim_image *ink, int rounds);

/* ---- strokes.c ---------------------------------------------------------------------------------------------------- */

/* The ink of a level as strokes. */
typedef struct stage_strokes {
  const shim_image *ink;   /* the level's binary picture */
  const shim_image *depth; /* the level's ink, in gray levels */
  const shim_image *gray;  /* the level's picture */
  shim_image line;         /* owned; the strokes' centre line, 255 on 0 */
  shim_components parts;   /* of the ink */
  double *widths;          /* owned; one a part: its mean stroke width */
} stage_strokes;

/* Of a level that is thresholded, which must stay. */
int stage_strokes_make(const stage_level *level, stage_strokes *out);
void stage_strokes_free(stage_strokes *strokes);
/* The steps to a pixel's neighbours, from the one above clockwise. */
extern const int stage_around[8][2];
/* Whether a line has a pixel there (places outside have none), and whether it ends in that pixel. */
int stage_line_at(const shim_image *line, int x, int y);
int stage_line_ends(const shim_image *line, int x, int y);
/* The part that a pixel belongs to; -1: none. */
int stage_strokes_part(const stage_strokes *strokes, int x, int y);

/* ---- bridge.c ----------------------------------------------------------------------------------------------------- */

/* Makes *closed (owned by the caller): the ink, with gaps that are small beside their strokes drawn shut. */
int stage_bridge_gaps(const stage_strokes *strokes, shim_image *closed);

/* ---- outline.c ---------------------------------------------------------------------------------------------------- */

enum { STAGE_OUTLINE_POINTS = 160, STAGE_FACES_MAX = 64 };

/* A closed way along the middle of drawn strokes, or along the edge of a filled shape. */
typedef struct stage_outline {
  float points[2 * STAGE_OUTLINE_POINTS]; /* x y, evenly spaced, clockwise as seen */
  double box[4];                          /* x0, y0, x1, y1 of the points */
  double area, stroke;
  double drawn; /* share of the way where there is ink */
  int is_filled;
  int part;       /* of the strokes */
  uint64_t faces; /* which of the part's enclosed regions it holds */
  int face_count; /* how many of them are more than scraps of it */
} stage_outline;

typedef struct stage_outlines {
  stage_outline *items;
  size_t count, capacity;
} stage_outlines;

/* Appends what strokes enclose: each enclosed region, and regions beside each other taken together. */
int stage_outlines_find(const stage_strokes *strokes, stage_outlines *out);
void stage_outlines_free(stage_outlines *outlines);
/* STAGE_OUTLINE_POINTS places (x y), evenly spaced along the closed way through the middles of pixels. */
void stage_outline_resample(const int *from, size_t count, float *out);
int stage_outlines_append(stage_outlines *list, const stage_outline *outline);
/* The way around the mask's largest piece, moved outwards by so much; the mask's origin lies at (x, y). */
int stage_outline_trace(const shim_image *mask, int x, int y, double outwards, stage_outline *out);
/* Box, area, and how much of the way the ink shows. */
void stage_outline_measure(const shim_image *ink, stage_outline *outline);

/* ---- filled.c ----------------------------------------------------------------------------------------------------- */

/* Appends the filled shapes that the coarse level shows; outlines are the fine level's, of no part. */
int stage_filled_find(const stage_strokes *fine_strokes, const stage_level *fine, const stage_strokes *strokes,
                      const stage_level *coarse, stage_outlines *out);

/* ---- fit.c -------------------------------------------------------------------------------------------------------- */

enum { STAGE_CORNERS_MIN = 3, STAGE_CORNERS_MAX = 6 };

typedef struct stage_polygon {
  int count;
  double corners[STAGE_CORNERS_MAX][2];
  double error; /* root mean square distance of the way from it, as a share of the root of the area */
} stage_polygon;

typedef struct stage_fit {
  double centre[2], radii[2], angle_degrees; /* the ellipse; radii: the longer first */
  double ellipse_error;                      /* as a polygon's */
  stage_polygon polygons[STAGE_CORNERS_MAX - STAGE_CORNERS_MIN + 1];
  double
      rectangle[4]
               [2]; /* the corners of what was meant, should it be a rectangle or square: clockwise, at right angles */
  double solidity;  /* area over that of the convex hull */
  int tips;         /* how often the way comes out far from the centre and goes back */
  double tip_depth; /* of the shallowest such way back, as a share of the longest radius */
} stage_fit;

int stage_fit_outline(const stage_outline *outline, stage_fit *out);

/* ---- rectangle.c -------------------------------------------------------------------------------------------------- */

/* The rectangle that the way (STAGE_OUTLINE_POINTS x y), drawn with so wide a pen, and the quadrilateral fitted to it
 * mean. */
void stage_fit_rectangle(const float *points, double stroke, const stage_polygon *quadrilateral, double corners[4][2]);

/* ---- kind.c ------------------------------------------------------------------------------------------------------- */

typedef enum stage_kind {
  STAGE_CIRCLE,
  STAGE_ELLIPSE,
  STAGE_SQUARE,
  STAGE_RECTANGLE,
  STAGE_TRIANGLE,
  STAGE_DIAMOND,
  STAGE_PARALLELOGRAM,
  STAGE_TRAPEZOID,
  STAGE_PENTAGON,
  STAGE_HEXAGON,
  STAGE_STAR,
  STAGE_HEART,
  STAGE_CROSS,
  STAGE_ARROW,
  STAGE_LINE,
  STAGE_OTHER,
  STAGE_KINDS
} stage_kind;

/* Their names, as results have them. */
extern const char *const stage_kind_names[STAGE_KINDS];
stage_kind stage_kind_best(const double probabilities[STAGE_KINDS]);
/* The probability of each kind by geometry alone. */
void stage_kind_rate(const stage_fit *fit, double probabilities[STAGE_KINDS]);
/* The error of the best kind's fit; 0 for kinds that no fit knows. */
double stage_kind_error(const stage_fit *fit, const double probabilities[STAGE_KINDS]);
/* Gives to "other" what kinds have whose fit misses the way by more than people's hands do; usual_error: that of the
 * better shapes by the same hand, of a single one its own. */
void stage_kind_doubt(const stage_fit *fit, double usual_error, double probabilities[STAGE_KINDS]);

/* ---- kind_join.c -------------------------------------------------------------------------------------------------- */

/* The shapes network's probabilities of its classes (of these names) joined with geometry's of the kinds, which are
 * replaced. All 0 for geometry: where nothing was fitted. */
void stage_kind_join(const char *const *names, const float *network, size_t classes, double probabilities[STAGE_KINDS]);

/* ---- shape_views.c ------------------------------------------------------------------------------------------------ */

enum { STAGE_SHAPE_VIEWS = 2 };
/* Sets the second view: the first, the crop, mirrored sideways. */
void stage_shape_views(uint8_t views[STAGE_SHAPE_VIEWS * STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE]);
/* answers: of the network to the views of `count` crops, `classes` numbers a view; the first count x classes become
 * their means. */
void stage_shape_views_mean(float *answers, size_t count, size_t classes);

/* ---- shape_single.c ----------------------------------------------------------------------------------------------- */

/* All ink that a level shows of a picture of one shape but specks, as one glyph; without a mask where there is none. In
 * shape_crop.c. */
int stage_shape_ink(const stage_single *single, int level, stage_glyph *out);
/* A picture of one shape, enlarged where it is small by a whole factor, which is returned in *factor. */
int stage_shape_enlarge(const shim_image *gray, shim_image *out, int *factor);
/* The outline of a picture of one shape, of any size and either polarity, in its pixels. *found: 0 where there is none. */
int stage_shape_outline(const shim_image *gray, stage_outline *out, int *found);

/* ---- choose.c. From here on all is in page pixels. ---------------------------------------------------------------- */

typedef struct stage_shape {
  stage_outline outline;
  stage_fit fit;
  double probabilities[STAGE_KINDS];
  int level;          /* it was found on */
  double part_box[4]; /* of all ink that its outline is part of */
  double merit;
  int chosen, dropped;
  int is_stroke;     /* a line or an arrow of strokes, which encloses nothing; the way goes there and back, */
  double ends[2][2]; /* between these, the head last */
  int rank;          /* scratch of those who sort */
} stage_shape;

/* The boxes (x0, y0, x1, y1) of all parts of ink, on all levels. */
typedef struct stage_page_parts {
  double (*boxes)[4];
  int *levels;
  size_t count;
} stage_page_parts;

/* Whether its outline, all that need be set, is drawn well enough and large enough to be a shape. */
int stage_shape_is_plausible(const stage_shape *shape, double side);
/* Sets `chosen` for the shapes of the page; side: the picture's longer one. Fails where memory is short, and has set
 * nothing then. */
int stage_shapes_choose(const stage_page_parts *parts, stage_shape *shapes, size_t count, double side);

/* ---- connect.c ---------------------------------------------------------------------------------------------------- */

enum { STAGE_HEAD_START = 1, STAGE_HEAD_END = 2 };

typedef struct stage_connector {
  int from, to; /* places in the list of shapes */
  int heads;    /* STAGE_HEAD_... */
  double *path; /* owned; x y pairs from one shape's outline to the other's */
  size_t count;
} stage_connector;

typedef struct stage_connectors {
  stage_connector *items;
  size_t count, capacity;
} stage_connectors;

void stage_connectors_free(stage_connectors *connectors);

/* ---- loose.c ------------------------------------------------------------------------------------------------------ */

/* A stroke that may be a line, an arrow or a cross that stands alone. */
typedef struct stage_loose {
  double ends[2][2]; /* the one where a head is, or may be, last */
  int has_head;
  double length, stroke;
  double depth;    /* mean, gray levels */
  double scale;    /* page pixels a pixel of the mask */
  int x, y;        /* of the mask, pixels of its level */
  shim_image mask; /* owned; its ink, 255 on 0 */
} stage_loose;

typedef struct stage_loose_list {
  stage_loose *items;
  size_t count, capacity;
} stage_loose_list;

void stage_loose_free(stage_loose_list *list);
/* Whether ink of about its size, up to this ratio, that is no drawing stands on the page. */
int stage_loose_is_writing(const stage_loose_list *list, size_t index, const stage_page_parts *parts,
                           const stage_shape *shapes, size_t count, double ratio);

/* Intersection over union of two boxes: x0, y0, x1, y1. */
double stage_box_overlap(const double a[4], const double b[4]);
int stage_outline_holds(const stage_outline *outline, double x, double y);
/* How far a point is from the way; nearest (may be NULL) gets the way's own point. */
double stage_outline_distance(const stage_outline *outline, double x, double y, double nearest[2]);

#endif
