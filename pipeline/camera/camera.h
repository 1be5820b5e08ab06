/* Numbers off a webcam, a video file or an image sequence, each told once it reads steadily. Installed as
 * <glyphlift/camera.h>.
 *
 *   glyph_camera *camera;  glyph_camera_frame frame;  glyph_error error;  int event = 0;
 *   if (glyph_camera_open(&camera, NULL, &error) == GLYPH_OK)
 *     while ((event = glyph_camera_next(camera, 100, &frame, &error)) >= 0 && event != GLYPH_CAMERA_END)
 *       if (event == GLYPH_CAMERA_FRAME)
 *         for (size_t i = 0; i < frame.steady->number_count; i++) puts(frame.steady->numbers[i].text);
 *
 * Frames are captured by a thread of their own, which keeps the latest: a reader that is too slow misses frames instead
 * of falling behind. A camera belongs to one thread at a time. */
#ifndef GLYPHLIFT_CAMERA_H
#define GLYPHLIFT_CAMERA_H

#ifdef GLYPHLIFT_BUILD
#include "../glyphlift.h"
#else
#include <glyphlift/glyphlift.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct glyph_camera glyph_camera;

typedef struct glyph_camera_options {
  size_t size; /* sizeof(glyph_camera_options), set by glyph_camera_options_init */
  /* A camera's number or device ("0", "/dev/video2"), a video file, a folder of pictures, or a pattern for pictures
   * ("frames/%04d.png"). NULL: the first camera. */
  const char *source;
  int width, height;     /* wished of a camera; default 1280 x 720 */
  double fps;            /* wished of a camera, and the rate of an image sequence; 0: the camera's own, and 25 */
  int every_frame;       /* of a file: read every frame, however long it takes; the results are the same every time */
  int shapes;            /* read shapes, with the numbers in them, as glyph_read_shapes_pixels does */
  int keep_picture;      /* frames in RGB, for overlays and the window; 0: pages have no picture */
  double retry_seconds;  /* how long a camera that has gone is waited for; default 30 */
  double steady_seconds; /* how long a number must read the same before it is told; default 0.2 */
  double gone_seconds;  /* a number out of sight for so long has left, and is told again when it is back; default 1.5 */
  double confidence;    /* numbers with a digit less sure are not told; default 0.8 */
  glyph_options reader; /* its keep_picture is not used */
} glyph_camera_options;

GLYPH_API void glyph_camera_options_init(glyph_camera_options *options);

/* options may be NULL (defaults); its strings are copied. */
GLYPH_API int glyph_camera_open(glyph_camera **out, const glyph_camera_options *options, glyph_error *error);
/* Accepts NULL and a pointer to NULL; sets *camera to NULL. */
GLYPH_API void glyph_camera_close(glyph_camera **camera);

typedef enum glyph_camera_event {
  GLYPH_CAMERA_FRAME = 0, /* a frame was read */
  GLYPH_CAMERA_WAITING,   /* there is none yet */
  GLYPH_CAMERA_TROUBLE,   /* something went wrong, as error says, and is being worked on: ask again */
  GLYPH_CAMERA_END        /* of the video or the sequence */
} glyph_camera_event;

/* The pages are valid until the next call with the camera; their `frame` and `time_ms` are set. */
typedef struct glyph_camera_frame {
  const glyph_page *page; /* all that the reader found in this frame alone */
  const glyph_page *live; /* the same numbers, each as the frames so far read it */
  /* Those of them that have become steady with this frame: often none. With shapes, where one of them or a number in
   * them has: all the steady ones in sight, for a drawing is a whole. */
  const glyph_page *steady;
  size_t news;       /* how many numbers and shapes have become steady with it */
  double latency_ms; /* from the frame's arrival to its results */
} glyph_camera_frame;

/* Waits at most timeout_ms for a frame and reads it. A glyph_camera_event, or a negative status: the camera is gone for
 * good, or a video ended before its time. */
GLYPH_API int glyph_camera_next(glyph_camera *camera, int timeout_ms, glyph_camera_frame *out, glyph_error *error);

/* Shows the last frame with its readings in a window (needs keep_picture). Call it from the main thread, also while
 * there is no frame, so that the window answers. *key is the key pressed or -1; 'q' where the window was closed. */
GLYPH_API int glyph_camera_show(glyph_camera *camera, int *key, glyph_error *error);

typedef struct glyph_camera_stats {
  int width, height; /* of the last frame */
  int64_t captured, read, dropped;
  int64_t told; /* numbers, and shapes */
  int reconnections;
  double seconds;           /* from the first frame's arrival to the last one's results */
  double frames_per_second; /* read */
  double read_ms;           /* mean of a frame's reading */
  double processor_ms;      /* a frame read: the time of all the program's threads since the camera was opened */
  double latency_mean_ms, latency_median_ms, latency_95_ms, latency_max_ms;
} glyph_camera_stats;

GLYPH_API void glyph_camera_get_stats(const glyph_camera *camera, glyph_camera_stats *out);

#ifdef __cplusplus
}
#endif
#endif
