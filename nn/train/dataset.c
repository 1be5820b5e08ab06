/* A set of labelled pictures: an IDX file of pictures and one of labels that belong together. */
#include "dataset.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check_pair(const train_idx *images, const train_idx *labels, const char *images_path,
                      const char *labels_path, int classes, train_error *error) {
  if (images->dimensions[0] != labels->dimensions[0])
    return train_fail(error, TRAIN_ERR_FORMAT, "%s holds %u pictures, but %s holds %u labels", images_path,
                      images->dimensions[0], labels_path, labels->dimensions[0]);
  if (images->dimensions[1] > INT_MAX || images->dimensions[2] > INT_MAX)
    return train_fail(error, TRAIN_ERR_FORMAT, "%s: pictures of %u x %u pixels", images_path, images->dimensions[2],
                      images->dimensions[1]);
  for (size_t i = 0; i < labels->size; i++)
    if (labels->data[i] >= classes)
      return train_fail(error, TRAIN_ERR_FORMAT, "%s: label %zu is %d, but there are %d classes", labels_path, i,
                        labels->data[i], classes);
  return TRAIN_OK;
}

int train_dataset_read(train_dataset *out, const char *images_path, const char *labels_path, int classes,
                       train_error *error) {
  *out = (train_dataset){0};
  train_idx images = {0}, labels = {0};
  int status = train_idx_read(&images, images_path, 3, error);
  if (!status) status = train_idx_read(&labels, labels_path, 1, error);
  if (!status) status = check_pair(&images, &labels, images_path, labels_path, classes, error);
  if (status) {
    train_idx_free(&images);
    train_idx_free(&labels);
    return status;
  }
  *out = (train_dataset){.pixels = images.data,
                         .labels = labels.data,
                         .count = labels.size,
                         .height = (int)images.dimensions[1],
                         .width = (int)images.dimensions[2]};
  return TRAIN_OK;
}

int train_dataset_find(char path[TRAIN_DATASET_PATH], const char *folder, const char *part, const char *rest,
                       train_error *error) {
  static const char *const suffixes[] = {"", ".gz"};
  for (size_t i = 0; i < 2; i++) {
    const int length = snprintf(path, TRAIN_DATASET_PATH, "%s/%s-%s%s", folder, part, rest, suffixes[i]);
    if (length < 0 || length >= TRAIN_DATASET_PATH)
      return train_fail(error, TRAIN_ERR_ARGUMENT, "the name of the data folder is too long");
    if (access(path, F_OK) == 0) return TRAIN_OK;
  }
  const int of_mnist = strcmp(part, "train") == 0 || strcmp(part, "t10k") == 0;
  return train_fail(error, TRAIN_ERR_IO, "%s: holds no %s-%s, plain or .gz%s", folder, part, rest,
                    of_mnist ? "; nn/train/fetch_mnist.sh downloads MNIST" : "");
}

int train_dataset_read_folder(train_dataset *out, const char *folder, const char *part, int classes,
                              train_error *error) {
  char images[TRAIN_DATASET_PATH], labels[TRAIN_DATASET_PATH];
  *out = (train_dataset){0};
  int status = train_dataset_find(images, folder, part, "images-idx3-ubyte", error);
  if (!status) status = train_dataset_find(labels, folder, part, "labels-idx1-ubyte", error);
  return status ? status : train_dataset_read(out, images, labels, classes, error);
}

void train_dataset_free(train_dataset *dataset) {
  if (!dataset) return;
  free(dataset->pixels);
  free(dataset->labels);
  *dataset = (train_dataset){0};
}
