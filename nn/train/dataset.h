/* Labelled pictures of one size, from IDX files. */
#ifndef GLYPHLIFT_TRAIN_DATASET_H
#define GLYPHLIFT_TRAIN_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

typedef struct train_idx {
  uint8_t *data; /* owned */
  size_t size;
  int rank;
  uint32_t dimensions[4];
} train_idx;

/* Reads an IDX file of unsigned bytes with `rank` dimensions, plain or gzip. A file that is too short, too long,
 * damaged or of another type is refused. On failure *out is zeroed. */
int train_idx_read(train_idx *out, const char *path, int rank, train_error *error);
void train_idx_free(train_idx *idx);

typedef struct train_dataset {
  uint8_t *pixels; /* count x height x width, ink 255 on 0; owned */
  uint8_t *labels; /* count; owned */
  size_t count;
  int height, width;
} train_dataset;

/* Labels must lie below `classes`. On failure *out is zeroed. */
int train_dataset_read(train_dataset *out, const char *images_path, const char *labels_path, int classes,
                       train_error *error);
enum { TRAIN_DATASET_PATH = 4096 };
/* path gets folder/PART-REST, or with .gz behind it where only that is there. */
int train_dataset_find(char path[TRAIN_DATASET_PATH], const char *folder, const char *part, const char *rest,
                       train_error *error);
/* folder/PART-images-idx3-ubyte and PART-labels-idx1-ubyte, with or without .gz. MNIST's parts are "train" and
 * "t10k". */
int train_dataset_read_folder(train_dataset *out, const char *folder, const char *part, int classes,
                              train_error *error);
void train_dataset_free(train_dataset *dataset);

#endif
