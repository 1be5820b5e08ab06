/* A trained model's further training on one person's digits. */
#ifndef GLYPHLIFT_TRAIN_FINETUNE_H
#define GLYPHLIFT_TRAIN_FINETUNE_H

#include "../model_read.h"
#include "handwriting.h"
#include "trainer.h"

/* A trainer for a model file's layers with the file's weights; batch norm is in them already. The model's classes must
 * begin with the ten digits. config gives all but the input's mean and scale, which are the model's. */
int train_finetune_open(train_trainer **out, const nn_model_content *model, train_config config,
                        const train_dataset *dataset, int threads, train_error *error);

/* What the person's pictures are mixed with, so that nothing else is forgotten (rehearsal: Robins 1995). */
typedef struct train_rehearsal {
  train_dataset pictures; /* MNIST's, and printed digits and rejects where they can be drawn; may be empty */
  train_dataset judged;   /* MNIST's last training pictures; may be empty */
  int drawn;              /* printed digits and rejects are among the pictures */
} train_rehearsal;

/* folder: MNIST's. Without FreeType, or without fonts, there are no printed digits and no rejects. */
int train_rehearsal_make(train_rehearsal *out, const char *folder, const nn_model_content *model, uint64_t seed,
                         int threads, train_error *error);
void train_rehearsal_free(train_rehearsal *rehearsal);

typedef struct train_finetune_options {
  uint64_t seed;
  int threads;
  int (*stop)(void *); /* as train_trainer_epoch's */
  void (*progress)(void *user, int done, int epochs);
  void *user;
} train_finetune_options;

/* Shares right among the ten digits; the person's own includes what is no digit where the folder has such pictures. */
typedef struct train_finetune_result {
  double own_before, own_after;     /* of the held pictures */
  double mnist_before, mnist_after; /* of rehearsal->judged; 0 where that is empty */
  double share; /* of the way from the old weights to the trained ones that was gone, so that MNIST is kept */
  int epochs;
  double rate;
} train_finetune_result;

/* More than this share of MNIST is not given away. */
#define TRAIN_FINETUNE_LOSS_MAX 0.001

/* Replaces model->weights by the trained ones. */
int train_finetune_run(nn_model_content *model, const train_handwriting *handwriting, const train_rehearsal *rehearsal,
                       const train_finetune_options *options, train_finetune_result *out, train_error *error);

#endif
