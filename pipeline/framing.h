/* The frame a page is read in: squared up and upright. Internal to the pipeline. */
#ifndef GLYPHLIFT_FRAMING_H
#define GLYPHLIFT_FRAMING_H

#include "../nn/nn.h"
#include "stages/stages.h"

/* What a first look at the picture as it is has found. */
typedef struct framing_source {
  nn_session *session;
  const nn_model_info *model;
  const shim_image *picture;
  const stage_page *page;
  const stage_pyramid *pyramid;
  stage_glyphs *glyphs;
  int as_it_lies; /* no quarter turn is undone, whatever the digits say */
} framing_source;

typedef struct framing {
  shim_image gray; /* owned: the picture in its frame; empty where it may be read as it is */
  stage_map map;   /* from the frame to the picture */
  double rotation_confidence;
  int rotation_unsure;
} framing;

/* Glyphs that lie outside a sheet which holds the digits are dropped from source->glyphs where the picture may be read as it is.
 * A negative status is the shim's. */
int framing_find(const framing_source *source, framing *out);

#endif
