/* What shapes.c finds on a page, and how it becomes results. Internal to the pipeline. */
#ifndef GLYPHLIFT_SHAPES_H
#define GLYPHLIFT_SHAPES_H

#include "reading.h"
#include "stages/shapes.h"
#include "stages/trace.h"

enum { SHAPES_TRACED_LEVELS = 2 };

/* All in the pixels of the pyramid's level 0. */
typedef struct shapes_analysis {
  stage_shape *shapes; /* the chosen ones are the page's */
  size_t count, capacity;
  stage_page_parts parts;
  stage_strokes strokes[STAGE_LEVELS_MAX];
  stage_tracer tracers[SHAPES_TRACED_LEVELS]; /* of the strokes outside of the shapes, once these are settled */
  stage_connectors connectors;
  double side; /* of the picture, the longer one */
} shapes_analysis;

/* All that may be a shape, named by geometry, of a pyramid whose levels are thresholded. shapes_analysis_free also on
 * failure. */
int shapes_find(const stage_pyramid *pyramid, shapes_analysis *out);
/* Names them by the network and geometry together. */
int shapes_name(reading *r, shapes_analysis *analysis);
/* The same of strokes that stand alone, by the network: probabilities gets one a stroke. */
int shapes_name_strokes(reading *r, const stage_loose_list *strokes, double (*probabilities)[STAGE_KINDS]);
/* Chooses those of the page, and finds the connectors between them. */
int shapes_settle(shapes_analysis *analysis);
/* Adds the lines, arrows and crosses that stand alone. */
int shapes_add_loose(reading *r, shapes_analysis *analysis);
void shapes_analysis_free(shapes_analysis *analysis);

/* The shapes beside what else is read of a page. */
typedef struct shapes_sight {
  shapes_analysis analysis;
  double scale; /* pixels of the reading's frame a pixel of the analysis */
  shim_image framed;
  stage_pyramid pyramid;
} shapes_sight;

/* All shapes of r->gray. shapes_sight_free also on failure. */
int shapes_see(reading *r, int inverted, shapes_sight *out);
void shapes_sight_free(shapes_sight *sight);

/* The chosen ones in reading order, the others behind them; connectors by the shapes they join. */
void shapes_order(stage_shape *shapes, size_t count);
void shapes_order_connectors(stage_connectors *connectors);

/* The chosen shapes and the connectors into r->page. */
int shapes_fill_page(reading *r, const shapes_analysis *analysis);

/* Makes the page's shapes and connectors regular. */
int shapes_tidy(glyph_page *page);

/* Where writing stands in the page's shapes, and the digits of it. The pyramid's ink outside of them is lost. */
int shapes_read_writing(reading *r, const shapes_analysis *analysis);

#endif
