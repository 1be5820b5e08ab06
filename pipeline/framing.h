/* The frame a page is read in: squared up and upright. Internal to the pipeline. */
#ifndef GLYPHLIFT_FRAMING_H
#define GLYPHLIFT_FRAMING_H

#include "../nn/nn.h"
#include "stages/stages.h"

/* Which quarter turn is undone: the one the digits tell, which in doubt is none; none in any case; or the likeliest,
 * however little speaks for it. */
typedef enum framing_turn { FRAMING_TOLD, FRAMING_UPRIGHT, FRAMING_LIKELIEST } framing_turn;

/* What a first look at the picture as it is has found. */
typedef struct framing_source {
  nn_session *session;
  const nn_model_info *model;
  const shim_image *picture;
  const stage_page *page;
  const stage_pyramid *pyramid;
  stage_glyphs *glyphs;
  framing_turn turn;
  const stage_rules *rules;
} framing_source;

/* How a picture lies, for the next frame of the same video. */
typedef enum framing_way { FRAMING_AS_IT_IS, FRAMING_SHEET, FRAMING_TEXT } framing_way;

typedef struct framing_memory {
  framing_way way;
  int quarters;
  int in_place;        /* the picture is read as it is, or but enlarged */
  int sheet_holds;     /* what lies outside the sheet is left out */
  double text_degrees; /* of the way of the text */
  int enlarged;        /* so many pixels of the frame are one of the picture wide */
  double rotation_confidence;
  int rotation_unsure;
} framing_memory;

typedef struct framing {
  shim_image gray; /* owned: the picture in its frame; empty where it may be read as it is */
  stage_map map;   /* from the frame to the picture */
  double rotation_confidence;
  int rotation_unsure;
  int turn_in_doubt; /* upright it was called for want of evidence, and a quarter turn is likelier */
  framing_memory memory;
} framing;

/* Where much of the ink is small and little of it stands in tables, the frame is an enlarged one. Glyphs that lie outside
 * a sheet which holds the digits are dropped from source->glyphs where the picture may be read as it is. A negative
 * status is the shim's. */
int framing_find(const framing_source *source, framing *out);

/* The same for a picture that lies as the one before, told without a glyph: of source, picture and page are used.
 * *known is 0, and *out empty, where the sheet that it takes is not found in this picture. */
int framing_resume(const framing_source *source, const framing_memory *memory, framing *out, int *known);
/* What framing_find does to the glyphs of a picture that is read as it is, or but enlarged, and whose sheet holds the
 * digits. */
void framing_drop_outside(const framing_source *source, int enlarged);

#endif
