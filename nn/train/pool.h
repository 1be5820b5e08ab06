/* A few threads that work off numbered tasks together. */
#ifndef GLYPHLIFT_TRAIN_POOL_H
#define GLYPHLIFT_TRAIN_POOL_H

#include <stddef.h>

#include "error.h"

enum { TRAIN_MAX_THREADS = 256 };

typedef struct train_pool train_pool;

/* worker: 0 .. threads - 1, for the buffers of a thread. */
typedef void train_task(void *user, size_t task, int worker);

/* threads counts the caller's own. */
int train_pool_open(train_pool **out, int threads, train_error *error);
void train_pool_close(train_pool **pool);

/* Runs tasks 0 .. count - 1, each once, on whichever thread is free; returns when all are done. */
void train_pool_run(train_pool *pool, train_task *function, void *user, size_t count);

#endif
