/* The pictures of an image sequence. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_SEQUENCE_H
#define GLYPHLIFT_CAMERA_SEQUENCE_H

#include "../glyphlift.h"

typedef struct sequence {
  char **paths; /* owned, in the order of their numbers and names */
  size_t count;
} sequence;

/* Whether the name is a pattern: its file's name holds one %d or %0Nd. */
int sequence_is_pattern(const char *name);
/* The files of a folder, or those that a pattern matches; none at all is GLYPH_ERR_IO. */
int sequence_list(const char *name, sequence *out, glyph_error *error);
void sequence_free(sequence *s);

#endif
