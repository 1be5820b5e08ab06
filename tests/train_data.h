/* Small labelled pictures and IDX files for the trainer's tests. */
#ifndef GLYPHLIFT_TESTS_TRAIN_DATA_H
#define GLYPHLIFT_TESTS_TRAIN_DATA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../nn/train/dataset.h"
#include "../nn/train/random.h"

/* Ten classes that a network can tell apart: a bright square at a place of the label's, on noise. */
static inline train_dataset data_make(size_t count, int side) {
  train_dataset set = {.count = count, .height = side, .width = side};
  const size_t pixels = (size_t)side * (size_t)side;
  set.pixels = malloc(count * pixels);
  set.labels = malloc(count);
  if (!set.pixels || !set.labels) abort();
  for (size_t n = 0; n < count; n++) {
    train_random random;
    train_random_start(&random, 99, 1000, 0, (uint32_t)n);
    const int label = (int)train_random_below(&random, 10);
    const int cx = side / 5 * (label % 5) + side / 10, cy = label < 5 ? side / 4 : 3 * side / 4;
    set.labels[n] = (uint8_t)label;
    for (int y = 0; y < side; y++)
      for (int x = 0; x < side; x++) {
        const int inside = abs(x - cx) <= side / 10 && abs(y - cy) <= side / 8;
        set.pixels[n * pixels + (size_t)(y * side + x)] =
            (uint8_t)(train_random_below(&random, 60) + (inside ? 190 : 0));
      }
  }
  return set;
}

/* Writes an IDX file; with gzip where the name ends in .gz. dimensions: rank numbers. */
static inline void idx_write(const char *path, int rank, const uint32_t *dimensions, const uint8_t *data) {
  const int zipped = strlen(path) > 3 && strcmp(path + strlen(path) - 3, ".gz") == 0;
  gzFile file = gzopen(path, zipped ? "wb" : "wbT");
  uint8_t head[4] = {0, 0, 8, (uint8_t)rank};
  size_t size = 1;
  if (!file || gzwrite(file, head, 4) != 4) abort();
  for (int i = 0; i < rank; i++) {
    const uint32_t d = dimensions[i];
    const uint8_t bytes[4] = {(uint8_t)(d >> 24), (uint8_t)(d >> 16), (uint8_t)(d >> 8), (uint8_t)d};
    if (gzwrite(file, bytes, 4) != 4) abort();
    size *= d;
  }
  if (gzwrite(file, data, (unsigned)size) != (int)size || gzclose(file) != Z_OK) abort();
}

/* A folder of its own under TMPDIR; the caller frees the name. */
static inline char *folder_make(void) {
  const char *base = getenv("TMPDIR");
  char *name = malloc(256);
  if (!name) abort();
  snprintf(name, 256, "%s/glyphlift-train-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(name)) abort();
  return name;
}

#endif
