/* Forward and backward passes of a network over one shard of a batch. */
#ifndef GLYPHLIFT_TRAIN_PASS_H
#define GLYPHLIFT_TRAIN_PASS_H

#include "network.h"

/* The buffers of one thread. */
typedef struct train_workspace train_workspace;

int train_workspace_open(train_workspace **out, const train_network *network, train_error *error);
void train_workspace_close(train_workspace **workspace);

/* Picture n of the shard: height x width x channels floats to be filled, rows train_workspace_input_stride floats
 * apart. */
float *train_workspace_input(train_workspace *workspace, size_t picture, ptrdiff_t *row_stride);

typedef struct train_pass {
  const float *parameters, *packed;
  float *statistics; /* of batch norm: used as they are, or the shard's own are written here */
  size_t batch;
  int shard_statistics;     /* batch norm by the shard's own statistics */
  int dropout;              /* at work */
  const uint32_t *pictures; /* indices in the data set, for dropout's random numbers; else NULL */
  uint64_t seed;
  uint32_t epoch;
} train_pass;

/* Returns the logits, batch x classes with *stride floats between pictures; valid until the next forward pass. */
const float *train_forward(train_workspace *workspace, const train_pass *pass, ptrdiff_t *stride);

/* After train_forward with the same pass: sums the gradients into `gradients` (parameter_count floats, not cleared
 * here), from the loss's gradients in train_workspace_loss_gradient. */
float *train_workspace_loss_gradient(train_workspace *workspace, size_t picture);
void train_backward(train_workspace *workspace, const train_pass *pass, float *gradients);

#endif
