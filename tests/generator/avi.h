/* Videos as Motion-JPEG in an AVI file, the plainest that every reader of videos knows. */
#ifndef GENERATOR_AVI_H
#define GENERATOR_AVI_H

#include <stdio.h>

#include "page.h"

typedef struct avi_writer {
  FILE *file;
  uint32_t *sizes; /* of the frames */
  uint32_t count, capacity;
  int failed;
} avi_writer;

/* fps: whole frames a second. 0, or -1 where the file cannot be written. */
int avi_open(avi_writer *avi, const char *path, int width, int height, int fps);
/* A JPEG picture of the video's size. */
void avi_add(avi_writer *avi, const uint8_t *jpeg, size_t size);
/* 0, or -1 where anything could not be written. */
int avi_close(avi_writer *avi);

#endif
