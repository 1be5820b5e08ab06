/* A file of the trainer's own: JSON text and arrays of floats, with a checksum. For the machine that wrote it: the
 * arrays are as the machine has them, and a file of the other byte order is told by its magic number. */
#ifndef GLYPHLIFT_TRAIN_CONTAINER_H
#define GLYPHLIFT_TRAIN_CONTAINER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

typedef struct train_kind {
  uint64_t magic;
  const char *name; /* in error sentences: "a checkpoint" */
} train_kind;

typedef struct train_part {
  float *data;
  size_t count;
} train_part;

/* The file appears whole or not at all. */
int train_container_write(const char *path, const train_kind *kind, const json_t *text, const train_part *parts,
                          size_t part_count, train_error *error);

typedef struct train_container {
  json_t *text;        /* an object; owned */
  const float *values; /* of all parts, one after the other */
  size_t count;
  void *body; /* owned */
} train_container;

/* On failure *out is zeroed. */
int train_container_read(train_container *out, const char *path, const train_kind *kind, train_error *error);
void train_container_free(train_container *container);

#endif
