/* The trainer's errors: a status and one sentence. */
#ifndef GLYPHLIFT_TRAIN_ERROR_H
#define GLYPHLIFT_TRAIN_ERROR_H

typedef enum train_status {
  TRAIN_OK = 0,
  TRAIN_ERR_ARGUMENT = -1,
  TRAIN_ERR_MEMORY = -2,
  TRAIN_ERR_IO = -3,
  TRAIN_ERR_FORMAT = -4,
  TRAIN_ERR_DIVERGED = -5, /* the loss or a weight is no longer a finite number */
  TRAIN_ERR_STOPPED = -6,  /* the caller asked to stop; the last whole epoch is in the checkpoint */
  TRAIN_ERR_INTERNAL = -7
} train_status;

typedef struct train_error {
  train_status status;
  char message[512];
} train_error;

/* Sets *error (may be NULL) and returns status. */
int train_fail(train_error *error, train_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
int train_fail_memory(train_error *error);

#endif
