/* Drawings of shapes as people make them: strokes with overshoot, gaps, wobble, rounded corners, tilt, whose kind and
 * corners are known. They train the shapes network, and the tests draw their pages with them. Coordinates: the ink's
 * box has its longer side 1 and its top left at 0, 0; y downwards. */
#ifndef GLYPHLIFT_TRAIN_DRAWING_H
#define GLYPHLIFT_TRAIN_DRAWING_H

#include "canvas.h"
#include "random.h"

typedef enum train_shape {
  TRAIN_SHAPE_CIRCLE,
  TRAIN_SHAPE_ELLIPSE,
  TRAIN_SHAPE_SQUARE,
  TRAIN_SHAPE_RECTANGLE,
  TRAIN_SHAPE_TRIANGLE,
  TRAIN_SHAPE_DIAMOND, /* equal sides, standing on a corner */
  TRAIN_SHAPE_PARALLELOGRAM,
  TRAIN_SHAPE_TRAPEZOID,
  TRAIN_SHAPE_PENTAGON,
  TRAIN_SHAPE_HEXAGON,
  TRAIN_SHAPE_STAR,
  TRAIN_SHAPE_HEART,
  TRAIN_SHAPE_CROSS,
  TRAIN_SHAPE_ARROW, /* a line with a head, or an outline of one */
  TRAIN_SHAPE_LINE,
  TRAIN_SHAPE_OTHER, /* scribbles, letters, clouds, cubes, open and half shapes ... */
  TRAIN_SHAPES
} train_shape;

extern const char *const train_shape_names[TRAIN_SHAPES];

enum { TRAIN_STROKE_POINTS = 192, TRAIN_DRAWING_STROKES = 32, TRAIN_DRAWING_CORNERS = 12 };

typedef struct train_stroke {
  train_point points[TRAIN_STROKE_POINTS];
  size_t count;
} train_stroke;

typedef struct train_drawing {
  train_shape kind;
  train_stroke strokes[TRAIN_DRAWING_STROKES];
  size_t stroke_count;
  train_stroke area; /* what is inked beside the strokes, of a filled shape; otherwise of no point */
  /* The corners meant, in order; of circles and ellipses the four ends of the axes; none of hearts, lines, what is
   * other, or drawn without an outline. */
  train_point corners[TRAIN_DRAWING_CORNERS];
  size_t corner_count;
  float width, height; /* of the box of all strokes; the longer one is 1 */
  float finest; /* of what makes the kind, the least distance between strokes: a slender box's, an arrow head's */
} train_drawing;

/* plain: the bare shape, without text in it, connectors at it, filling or a second tracing. */
void train_drawing_make(train_drawing *out, train_shape kind, int plain, train_random *random);

/* Draws it with its box's top left at (left, top), `size` pixels to the unit, a pen of this radius. */
void train_drawing_draw(const train_drawing *drawing, shim_image *canvas, float left, float top, float size,
                        float radius);

#endif
