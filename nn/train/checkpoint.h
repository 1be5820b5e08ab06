/* A training run on disk, to be continued or exported. */
#ifndef GLYPHLIFT_TRAIN_CHECKPOINT_H
#define GLYPHLIFT_TRAIN_CHECKPOINT_H

#include <jansson.h>

#include "trainer.h"

/* Writes the trainer's state and options, and `notes` (an object of the caller's, may be NULL). The file appears
 * whole or not at all. */
int train_checkpoint_write(train_trainer *trainer, const json_t *notes, const char *path, train_error *error);

/* Only the options and the notes (a new reference the caller releases), to open a trainer with. */
int train_checkpoint_read_config(const char *path, train_config *config, json_t **notes, train_error *error);

/* Fills the trainer's state. The trainer's options must be those of the checkpoint. */
int train_checkpoint_read(train_trainer *trainer, const char *path, train_error *error);

/* Gives a new trainer the averaged weights of another run of the same architecture, whose other options may differ. */
int train_checkpoint_start(train_trainer *trainer, const char *path, train_error *error);

#endif
