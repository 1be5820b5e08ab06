/* One drawing from strokes to a name. */
#include "drawn_shapes.h"

#include <string.h>

#include "../../nn/train/shape_material.h"

enum { CLASSES_MAX = 64 };

int drawn_shape_picture(train_shape kind, uint64_t seed, uint32_t index, shim_image *out) {
  train_random random;
  train_error error;
  train_random_start(&random, seed, TRAIN_PURPOSE_DRAWINGS, TRAIN_SHAPE_PART_REPORT,
                     index * TRAIN_SHAPES + (uint32_t)kind);
  return train_shape_picture(kind, &random, out, &error) == TRAIN_OK;
}

/* Geometry of the picture; all 0 where it has no outline. */
static int rate(const shim_image *picture, double probabilities[STAGE_KINDS]) {
  shim_image gray;
  stage_outline outline;
  stage_fit fit;
  int found = 0;
  const int margin = picture->width / 2; /* a filled shape with little paper around would be taken for a hole */
  memset(probabilities, 0, STAGE_KINDS * sizeof *probabilities);
  if (shim_image_create(&gray, picture->width + 2 * margin, picture->height + 2 * margin, 1) != SHIM_OK) return 0;
  memset(gray.data, 255, (size_t)gray.stride * (size_t)gray.height);
  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++)
      gray.data[(y + margin) * gray.stride + x + margin] = (uint8_t)(255 - picture->data[y * picture->stride + x]);
  int status = stage_shape_outline(&gray, &outline, &found);
  if (status == SHIM_OK && found) status = stage_fit_outline(&outline, &fit);
  if (status == SHIM_OK && found) stage_kind_rate(&fit, probabilities);
  shim_image_free(&gray);
  return status == SHIM_OK;
}

int drawn_shape_name(nn_session *session, const nn_model_info *info, const shim_image *picture,
                     double probabilities[STAGE_KINDS]) {
  uint8_t crop[STAGE_SHAPE_VIEWS * STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE];
  float network[STAGE_SHAPE_VIEWS * CLASSES_MAX];
  int filled;
  if (!rate(picture, probabilities)) return 0;
  if (!session) return 1;
  if (info->classes > CLASSES_MAX || stage_shape_crop(picture, crop, &filled) != SHIM_OK) return 0;
  stage_shape_views(crop);
  if (nn_session_classify(session, crop, STAGE_SHAPE_VIEWS, network) != NN_OK) return 0;
  stage_shape_views_mean(network, 1, info->classes);
  stage_kind_join(info->class_names, network, info->classes, probabilities);
  return 1;
}
