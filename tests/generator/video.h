/* Videos of sheets that somebody holds under a camera, with exact truth: what is to be read, and when. */
#ifndef GENERATOR_VIDEO_H
#define GENERATOR_VIDEO_H

#include "page.h"

/* Where a sheet lies at a moment; in between, positions run on straight. */
typedef struct video_key {
  double time_ms;
  int sheet;      /* index */
  double x, y;    /* of the sheet's middle, in shares of the frame: 0.5 is the frame's middle */
  double degrees; /* clockwise */
  double blur;    /* standard deviation of the defocus, pixels */
} video_key;

/* From one moment to the other each of the text's numbers is to be told once, and no other. */
typedef struct video_truth {
  double from_ms, to_ms;
  const char *text; /* blanks between numbers */
} video_truth;

enum { VIDEO_SHEETS_MAX = 4 };

typedef struct video_scene {
  const char *name;
  const char *sheets[VIDEO_SHEETS_MAX]; /* their texts, as page_layout.text */
  const video_key *keys;                /* in the order of their times, the first at 0; the last is the end */
  int key_count;
  const video_truth *truth;
  int truth_count;
} video_scene;

/* A sheet comes, drifts and turns, is out of focus for a while, leaves, comes back, and another one follows. */
extern const video_scene video_scene_sheets;

typedef struct video_spec {
  const video_scene *scene;
  uint64_t seed;
  int width, height, fps;
} video_spec;

int video_frame_count(const video_spec *spec);
/* Draws all frames and hands each on. 0; -1 without memory; or what `take` returned where that is not 0. */
int video_draw(const video_spec *spec, int (*take)(void *user, const page_picture *frame, int index), void *user);
/* The same into a Motion-JPEG AVI file. 0, or -1. */
int video_write(const video_spec *spec, const char *path);

#endif
