/* Strokes traced outside of shapes, for connect.c and loose.c. Internal to the pipeline. */
#ifndef GLYPHLIFT_TRACE_H
#define GLYPHLIFT_TRACE_H

#include "shapes.h"

/* What hides a pixel: a shape's own strokes, or that it lies in one. */
enum { STAGE_HIDDEN_INSIDE = 128, STAGE_HIDDEN_STROKE = 255 };

typedef struct stage_tracer {
  const stage_strokes *strokes;
  const stage_shape **shapes; /* owned list; the chosen ones */
  size_t shape_count;
  double scale;           /* page pixels a pixel of the level */
  shim_image line;        /* owned; what is left of the centre lines when the shapes are taken away */
  shim_image hidden;      /* owned; STAGE_HIDDEN_..., 0 outside of all shapes */
  shim_components pieces; /* owned; of the line */
} stage_tracer;

/* A stroke's way through the middles of pixels of the level, x y pairs. */
typedef struct stage_way {
  float *points; /* owned */
  size_t count;
} stage_way;

/* A shape that others lie in hides its own strokes alone. stage_tracer_close also on failure. */
int stage_tracer_open(const stage_strokes *strokes, int shift, const stage_shape *shapes, size_t count,
                      stage_tracer *out);
void stage_tracer_close(stage_tracer *tracer);

/* The piece of the line that a pixel belongs to; -1: none. */
int stage_tracer_piece(const stage_tracer *tracer, int x, int y);
/* The part of the ink that a piece belongs to. */
int stage_tracer_part(const stage_tracer *tracer, int piece);
/* The shortest way along a piece between two of its pixels; of no points where there is none. */
int stage_tracer_walk(const stage_tracer *tracer, int piece, const int from[2], const int to[2], stage_way *out);
/* Whether the way starts, or with `back` ends, in an arrow head; stroke: the part's width, pixels of the level. */
int stage_tracer_has_head(const stage_tracer *tracer, int part, double stroke, const stage_way *way, int back);
/* The way's corners in page pixels, first and last point included: *path is the caller's. */
int stage_tracer_corners(const stage_tracer *tracer, const stage_way *way, double stroke, double **path, size_t *count);

/* ---- connect.c ---------------------------------------------------------------------------------------------------- */

/* Appends lines between the chosen shapes that strokes show and that are not in the list yet; go from the finest level on.
 * from and to count the chosen shapes only. */
int stage_connectors_find(const stage_tracer *tracer, stage_connectors *out);

/* ---- loose.c ------------------------------------------------------------------------------------------------------ */

/* Appends the strokes that belong to no chosen shape and no connector and are not in the list yet; go from the finest level
 * on. */
int stage_loose_find(const stage_tracer *tracer, const stage_connectors *connectors, stage_loose_list *out);

#endif
