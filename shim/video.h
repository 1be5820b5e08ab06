/* The video module: cameras, video files and image sequences by OpenCV's videoio. Reached through shim_module_video()
 * of module.h. A shim_video belongs to one thread at a time. */
#ifndef GLYPHLIFT_SHIM_VIDEO_H
#define GLYPHLIFT_SHIM_VIDEO_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_VIDEO_VERSION 1

/* shim_video_table.next's answer at the end of the video: not an error. */
enum { SHIM_VIDEO_END = 1 };

/* Image sequences have no clock; their times are those of a video of this many frames a second. */
enum { SHIM_VIDEO_SEQUENCE_FPS = 25 };

typedef struct shim_video shim_video;

typedef struct shim_video_frame {
  int width, height; /* pixels */
  int64_t index;     /* from 0 */
  double time_ms;    /* since the start: the file's own, an image sequence's at its nominal rate, a camera's real */
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
  /* Camera `index` (0 is the first). width and height are wishes; 0 leaves them to the camera. */
  int (*open_camera)(int index, int width, int height, shim_video **out);
  /* A video file, or an image sequence where `path` holds a %0Nd ("frames/%04d.png"). */
  int (*open_file)(const char *path, shim_video **out);
  int (*info)(const shim_video *video, shim_video_info *out);
  /* Goes on to the next frame: SHIM_OK, SHIM_VIDEO_END, or an error. */
  int (*next)(shim_video *video, shim_video_frame *out);
  /* Copies the frame that `next` found, as RGB, into the caller's picture of its size with 3 channels. */
  int (*read)(shim_video *video, shim_image *rgb);
  /* Accepts NULL and a pointer to NULL; sets *video to NULL. */
  void (*close)(shim_video **video);
} shim_video_table;

#ifdef __cplusplus
}
#endif
#endif
