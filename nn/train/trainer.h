/* Training of one network on one data set. */
#ifndef GLYPHLIFT_TRAIN_TRAINER_H
#define GLYPHLIFT_TRAIN_TRAINER_H

#include "augment.h"
#include "dataset.h"
#include "network.h"
#include "optimizer.h"

/* What a network is to tell apart. */
typedef enum train_subject { TRAIN_SUBJECT_DIGITS, TRAIN_SUBJECT_SHAPES } train_subject;

/* All that decides the weights. */
typedef struct train_config {
  train_subject subject;
  char architecture[32];
  uint64_t seed;
  int epochs;
  int batch;        /* pictures a step */
  int shard;        /* pictures that share batch-norm statistics and a thread */
  int holdout;      /* the last pictures of the training set, kept for validation */
  float rate;       /* peak learning rate */
  float final_rate; /* share of it that is left at the end */
  float warmup_epochs;
  train_optimizer optimizer;
  float smoothing; /* of labels */
  float average;   /* decay of the weight average, per step */
  train_augmentation augmentation;
  float late_strength,
      late_share;          /* augmentation is multiplied by late_strength in the last late_share of the epochs */
  float mean, scale;       /* input value = (byte / 255 - mean) * scale */
  char teachers[1024];     /* model files with commas between; empty: none */
  int copies, late_copies; /* distorted copies of a picture that teachers are asked about, at full and late strength */
  float distill, distill_temperature; /* share of the teachers in the loss; both softened by the temperature */
  int printed, rejects, rescans; /* pictures beside MNIST's: printed digits, what is no digit, MNIST's cut out again */
  int drawings;                  /* shapes only: pictures that the program draws itself, beside people's */
  float extras_share;            /* an epoch takes this share of them, drawn anew */
  char fonts[256];               /* folder of the fonts that they are drawn with */
  int crops;                     /* digits only: pictures cut out of read pages, the first so many of crop_folder */
  char crop_folder[256];         /* holds crops-images-idx3-ubyte and crops-labels-idx1-ubyte */
  char held_writers[256];        /* shapes only: people, with commas between, whose drawings are the holdout */
} train_config;

/* The digits' defaults, from which the shipped model's command departs in few options (nn/models/MODEL_CARD.md). */
void train_config_initialise(train_config *config);
/* The shapes' (nn/models/SHAPES_CARD.md). */
void train_config_initialise_shapes(train_config *config);

/* What changes during training; a checkpoint holds it whole. */
typedef struct train_state {
  int epoch; /* whole epochs done */
  uint64_t step;
  float *parameters, *first, *second; /* weights and the optimizer's moments; parameter_count each */
  float *average;                     /* averaged weights: what is validated and exported */
  float *statistics;                  /* of batch norm, averaged likewise; statistic_count */
} train_state;

typedef struct train_trainer train_trainer;
typedef struct train_answers train_answers; /* answers.h */

/* Copy `copy` of a picture (an index below the number of MNIST's), as teachers and pupils see it: with the strength of
 * the copy, and the same whatever the run's seed. out: floats in 0..255. */
void train_distort(train_augmenter *augmenter, const train_config *config, int copy, uint32_t picture,
                   const uint8_t *pixels, float *out);

/* The architecture ends in eleven classes with config->rejects, otherwise in ten, of shapes in as many as there are.
 * The data set must outlive the trainer. threads: 1 or more; their number changes no result. */
int train_trainer_open(train_trainer **out, const train_config *config, const train_dataset *dataset, int threads,
                       train_error *error);
/* The same with layers of the caller's; config->architecture is not looked at. */
int train_trainer_open_specs(train_trainer **out, const train_config *config, const train_spec *specs, size_t count,
                             const train_dataset *dataset, int threads, train_error *error);
void train_trainer_close(train_trainer **trainer);

/* From now on the loss of MNIST's pictures is a mixture of the label's and the teachers' (config's distill). The
 * answers must outlive the trainer. */
void train_trainer_learn_from(train_trainer *trainer, const train_answers *answers);
/* From now on a label stands for any of several classes: bit c of sets[label] says whether for class c. What the
 * network is taught is that one of them it is. sets must outlive the trainer. */
void train_trainer_allow_sets(train_trainer *trainer, const uint32_t *sets);

const train_config *train_trainer_config(const train_trainer *trainer);
const train_network *train_trainer_network(const train_trainer *trainer);
const train_dataset *train_trainer_dataset(const train_trainer *trainer);
train_state *train_trainer_state(train_trainer *trainer);

typedef struct train_report {
  double loss;     /* mean over the epoch, of augmented pictures with dropout */
  double accuracy; /* on the same */
  double seconds;
  size_t pictures;
} train_report;

/* Trains one epoch. stop (may be NULL) is asked before each step; where it answers other than 0 the epoch is given
 * up with TRAIN_ERR_STOPPED, and the state is of no further use. */
int train_trainer_epoch(train_trainer *trainer, int (*stop)(void *), void *user, train_report *report,
                        train_error *error);

/* Replaces the averaged batch-norm statistics by those of the averaged weights on the undistorted training pictures. */
int train_trainer_estimate_statistics(train_trainer *trainer, train_error *error);

/* Logits (count x classes) of the averaged weights. pixels: count pictures of the network's size. */
void train_trainer_predict(train_trainer *trainer, const uint8_t *pixels, size_t count, float *logits);

/* Pictures and labels kept for validation: the last config->holdout; *count may be 0. */
void train_trainer_holdout(const train_trainer *trainer, const uint8_t **pixels, const uint8_t **labels, size_t *count);

#endif
