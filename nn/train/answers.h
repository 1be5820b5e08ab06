/* What teachers say of the distorted training pictures, computed once and kept in a file for all runs that learn from
 * it (distillation: Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015).
 *
 * The distortions are drawn from a stream that does not depend on the run's seed: in its full-strength epochs a run
 * goes through the first `copies` of each picture, again and again, and in its late epochs through the
 * `late_copies`. */
#ifndef GLYPHLIFT_TRAIN_ANSWERS_H
#define GLYPHLIFT_TRAIN_ANSWERS_H

#include "container.h"
#include "trainer.h"

struct train_answers {
  train_container container; /* holds the logits: copy by copy, picture by picture, ten digits */
  size_t count;              /* pictures a copy: MNIST's first */
};

/* From `path`, or, where no such file is, from the teachers that config->teachers names, which are then asked about the
 * `count` pictures after the data set's extra ones, and what they say is written to `path`. A file about more pictures
 * will do, so a run with a holdout can learn from the file of one without; one made with other teachers or distortions
 * is refused. progress (may be NULL) is told copies done and copies in all; stop (may be NULL) ends the work with
 * TRAIN_ERR_STOPPED. On failure *out is zeroed. */
typedef struct train_answers_options {
  const char *path;
  size_t count;
  int threads;
  void (*progress)(int done, int all);
  int (*stop)(void *user);
  void *user;
} train_answers_options;

int train_answers_open(train_answers *out, const train_config *config, const train_dataset *dataset,
                       const train_answers_options *options, train_error *error);
void train_answers_free(train_answers *answers);

#endif
