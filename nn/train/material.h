/* All that a model is trained and judged on: MNIST's training pictures, the extra ones, and those held out; or the same
 * of shapes. */
#ifndef GLYPHLIFT_TRAIN_MATERIAL_H
#define GLYPHLIFT_TRAIN_MATERIAL_H

#include <jansson.h>

#include "extras.h"
#include "trainer.h"

typedef struct train_material {
  size_t digits; /* how many of the pictures are MNIST's */
  train_dataset
      dataset; /* printed digits, rejects, rescans, crops, then MNIST, so that MNIST's last pictures are the holdout */
  train_extras extras;         /* its own training sets are empty: their pictures are in dataset */
  train_dataset held_drawings; /* of shapes */
  size_t holdout;              /* the last pictures of dataset, not to be trained on */
  const uint32_t *sets;        /* NULL, or what the labels stand for (train_trainer_allow_sets) */
} train_material;

/* Reads MNIST, or people's drawings of shapes, from the folder and draws the extra pictures that the config asks for.
 * On failure *out is zeroed. */
int train_material_open(train_material *out, const train_config *config, const char *folder, int threads,
                        train_error *error);
void train_material_close(train_material *material);

/* A trainer of it, which it must outlive. */
int train_material_open_trainer(train_trainer **out, const train_material *material, const train_config *config,
                                int threads, train_error *error);

/* How the trainer's averaged weights do on the held-out pictures. A share of no pictures is 0. */
typedef struct train_verdict {
  size_t printed, rejects, rescans;          /* pictures */
  double printed_accuracy, rescans_accuracy; /* among the ten digits */
  double false_accepts;                      /* of the rejects: read as a digit with a probability of 0.5 or more */
  double false_rejects_printed;              /* read as no digit with more than 0.5 */
  double false_rejects_rescans;
  double false_rejects_mnist; /* of MNIST's holdout */
  size_t drawings;            /* of shapes */
  double drawings_accuracy;
} train_verdict;

/* temperature: of the softmax, whose classes are all there are. */
int train_material_judge(const train_material *material, train_trainer *trainer, double temperature, train_verdict *out,
                         train_error *error);
/* Whether there are held-out pictures to judge on. */
int train_material_has_verdict(const train_material *material);
/* {"fonts", "families", "held_families", "printed", "printed_accuracy", ...}, of shapes {"drawings",
 * "drawings_accuracy"}; NULL without memory. */
json_t *train_verdict_to_json(const train_verdict *verdict, const train_material *material);

#endif
