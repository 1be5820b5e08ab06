/* Where the camera's frames come from. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_SOURCE_H
#define GLYPHLIFT_CAMERA_SOURCE_H

#include "../../shim/module.h"
#include "../glyphlift.h"

typedef struct source_settings {
  const char *name; /* as glyph_camera_options.source */
  int width, height;
  double fps;
  int channels; /* of the frames: 1 gray, 3 RGB */
  int64_t max_pixels;
  int ignore_orientation;
  const shim_video_table *video; /* NULL: the video module, loaded when it is needed */
} source_settings;

typedef struct source source;

/* settings->name outlives the source. */
int source_open(source **out, const source_settings *settings, glyph_error *error);
void source_close(source **s); /* accepts NULL and a pointer to NULL */
int source_is_camera(const source *s);

enum { SOURCE_END = 1, SOURCE_SKIPPED /* a picture of a sequence cannot be read, as error says; go on */ };

/* Goes on to the next frame: GLYPH_OK, one of the above, or a negative status. */
int source_next(source *s, shim_video_frame *out, glyph_error *error);
/* Puts the frame that source_next told of into *image, which is made anew where it is of another size. */
int source_read(source *s, const shim_video_frame *frame, shim_image *image, glyph_error *error);

#endif
