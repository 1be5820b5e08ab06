/* Which way up a page lies, told by its digits. Internal to the pipeline. */
#ifndef GLYPHLIFT_ORIENTATION_H
#define GLYPHLIFT_ORIENTATION_H

#include "../nn/nn.h"
#include "stages/stages.h"

enum { ORIENTATION_GLYPHS_MAX = 32, ORIENTATION_WAYS_MAX = 7, ORIENTATION_QUARTERS = 4 };

/* How a page may lie apart from quarter turns: as it is (NULL), or as the map of a frame says. */
typedef struct orientation_source {
  nn_session *session;
  const nn_model_info *model;
  const stage_pyramid *pyramid;
  const stage_glyph *glyphs;
  size_t count;
  const stage_map *ways[ORIENTATION_WAYS_MAX]; /* from each frame to the one the glyphs were found in */
  double leads[ORIENTATION_WAYS_MAX];          /* nats of evidence that each needs more than one with 0 */
  int way_count;
} orientation_source;

/* Unsure where the digits do not tell (0, 1, 6, 8 and 9 alone), most glyphs read badly every way, or there are none:
 * quarters is 0 then, unless the digits rule that out. */
typedef struct orientation {
  int way;           /* index of the best of the ways */
  int quarters;      /* clockwise quarter turns of the page that are to be undone, in that frame */
  double confidence; /* probability of the quarter turn */
  int unsure;
  int upright_way; /* the best of the ways without a quarter turn, and its probability */
  double upright_confidence;
  int likeliest_way, likeliest_quarters; /* the best whatever the doubt, and its probability */
  double likeliest_confidence;
  size_t looked_at; /* glyphs */
  double mean;      /* log probability of a glyph, in the mean of those looked at */
} orientation;

/* Reads at most ORIENTATION_GLYPHS_MAX of the glyphs every way and every quarter turn round. A negative status of the
 * shim, or SHIM_ERR_FAILED where the network does not run. */
int orientation_find(const orientation_source *source, orientation *out);

#endif
