/* The thread that captures frames, and the latest of them. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_CAPTURE_H
#define GLYPHLIFT_CAMERA_CAPTURE_H

#include "source.h"

typedef struct capture_settings {
  source_settings source;
  int every_frame; /* of a file: each waits until it is taken, and none for its time */
  double retry_seconds;
} capture_settings;

/* index and time_ms go on where a camera has come back; arrived_ms of a file's frame is the time it was due. */
typedef struct capture_frame {
  shim_image image;
  shim_video_frame info;
} capture_frame;

typedef struct capture capture;

/* settings->source.name outlives the capture. */
int capture_open(capture **out, const capture_settings *settings, glyph_error *error);
void capture_close(capture **c); /* ends the thread; accepts NULL and a pointer to NULL */

typedef enum capture_event { CAPTURE_FRAME, CAPTURE_WAITING, CAPTURE_TROUBLE, CAPTURE_END } capture_event;

/* The latest frame, which is the caller's until the next call. A capture_event (with CAPTURE_TROUBLE *error says what
 * is wrong), or a negative status: there will be no more. */
int capture_take(capture *c, int timeout_ms, const capture_frame **out, glyph_error *error);

typedef struct capture_stats {
  int64_t captured, dropped;
  int reconnections;
} capture_stats;

void capture_get_stats(capture *c, capture_stats *out);

/* The monotonic clock. */
double capture_now_ms(void);

#endif
