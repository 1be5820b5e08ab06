/* The video module: cameras and video files by OpenCV's videoio. Reached through shim_module_video() of module.h. A
 * shim_video belongs to one thread at a time. */
#ifndef GLYPHLIFT_SHIM_VIDEO_H
#define GLYPHLIFT_SHIM_VIDEO_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_VIDEO_VERSION 2

/* shim_video_table.next's answer at the end of the video: not an error. */
enum { SHIM_VIDEO_END = 1 };

typedef struct shim_video shim_video;

typedef struct shim_video_frame {
  int width, height; /* pixels */
  int64_t index;     /* from 0 */
  double time_ms;    /* since the start: the file's own, a camera's real */
  double arrived_ms; /* by the monotonic clock: when it was there, before it was decoded */
} shim_video_frame;

typedef struct shim_video_info {
  int width, height;   /* as announced; frames may differ */
  double fps;          /* 0: unknown */
  int64_t frame_count; /* -1: unknown (cameras, some files) */
} shim_video_info;

typedef struct shim_video_table {
  uint32_t version; /* SHIM_VIDEO_VERSION */
  uint32_t size;    /* bytes of this table */
  /* Why the last call on this thread failed. Valid until the thread's next call. */
  const char *(*error)(void);
  /* The camera at a device's path (/dev/video0, a link to it). width, height and fps are wishes; 0 leaves them to the
   * camera. */
  int (*open_camera)(const char *device, int width, int height, double fps, shim_video **out);
  int (*open_file)(const char *path, shim_video **out);
  int (*info)(const shim_video *video, shim_video_info *out);
  /* Goes on to the next frame: SHIM_OK, SHIM_VIDEO_END, or an error. */
  int (*next)(shim_video *video, shim_video_frame *out);
  /* Copies the frame that `next` found into the caller's picture of its size: gray with 1 channel, RGB with 3. */
  int (*read)(shim_video *video, shim_image *image);
  /* Accepts NULL and a pointer to NULL; sets *video to NULL. */
  void (*close)(shim_video **video);
} shim_video_table;

#ifdef __cplusplus
}
#endif
#endif
