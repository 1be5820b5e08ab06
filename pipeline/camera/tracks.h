/* The numbers in front of a camera, followed from frame to frame. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_TRACKS_H
#define GLYPHLIFT_CAMERA_TRACKS_H

#include "vote.h"

typedef struct tracks_settings {
  double steady_ms, gone_ms; /* see glyph_camera_options */
  double confidence;
  double min_confidence; /* glyphs less sure read '?' */
} tracks_settings;

/* What the tracks say of one number of a frame. */
typedef struct tracks_reading {
  const vote_length
      *voted;    /* as long as the number; NULL: the frames before have nothing to add. Until the next update */
  double share;  /* of the frames that read it so long */
  int is_steady; /* it has become steady with this frame */
  int is_told;   /* it has so now or before, and reads as it did then */
} tracks_reading;

typedef struct tracks tracks;

/* NULL without memory. */
tracks *tracks_open(const tracks_settings *settings);
void tracks_close(tracks **t); /* accepts NULL and a pointer to NULL */

/* The next frame, of the time time_ms, which never goes back. readings has room for page->number_count. */
void tracks_update(tracks *t, const glyph_page *page, double time_ms, tracks_reading *readings);

#endif
