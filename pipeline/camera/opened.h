/* An opened camera, as camera.c and window.c share it. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_OPENED_H
#define GLYPHLIFT_CAMERA_OPENED_H

#include "camera.h"
#include "capture.h"
#include "latency.h"
#include "tracks.h"

struct glyph_camera {
  char *name; /* of the source */
  double min_confidence;
  capture *capture;
  glyph_reader *reader;
  tracks *tracks;
  tracks *shapes; /* NULL: shapes are not read */
  size_t news;
  glyph_page *page, *live, *steady; /* of the last frame; NULL: there is none */
  int has_window;
  int width, height;
  int64_t read, told;
  double first_ms, last_ms, read_ms;       /* arrival of the first frame, results of the last, time of reading */
  double processor_start_ms, processor_ms; /* at opening, and since then */
  double latency_ms;                       /* of the last frame */
  latencies latencies;
};

/* glyph_camera_open with another video module than the installed one, for tests; NULL: that one. */
int camera_open(glyph_camera **out, const glyph_camera_options *options, const shim_video_table *video,
                glyph_error *error);
void camera_close_window(glyph_camera *camera);

#endif
