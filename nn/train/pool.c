/* Threads wait on a condition for the next round of tasks; tasks are handed out under the lock (they are milliseconds
 * long, so the lock is not felt). The caller works as worker 0. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct worker {
  train_pool *pool;
  int number;
  pthread_t thread;
} worker;

struct train_pool {
  pthread_mutex_t lock;
  pthread_cond_t work, done;
  worker *workers;
  int started;
  train_task *function;
  void *user;
  size_t next, count, unfinished;
  int closing;
};

/* Takes tasks until none is left; called and returns with the lock held. */
static void work_off(train_pool *pool, int number) {
  while (pool->next < pool->count) {
    const size_t task = pool->next++;
    pthread_mutex_unlock(&pool->lock);
    pool->function(pool->user, task, number);
    pthread_mutex_lock(&pool->lock);
    if (--pool->unfinished == 0) pthread_cond_signal(&pool->done);
  }
}

static void *run_worker(void *argument) {
  worker *self = argument;
  train_pool *pool = self->pool;
  pthread_mutex_lock(&pool->lock);
  while (!pool->closing) {
    work_off(pool, self->number);
    pthread_cond_wait(&pool->work, &pool->lock);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

int train_pool_open(train_pool **out, int threads, train_error *error) {
  *out = NULL;
  if (threads < 1 || threads > TRAIN_MAX_THREADS)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "%d threads asked for; 1 to %d are possible", threads,
                      TRAIN_MAX_THREADS);
  train_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return train_fail_memory(error);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
  pool->workers = calloc((size_t)threads, sizeof *pool->workers);
  int status = pool->workers ? TRAIN_OK : train_fail_memory(error);
  for (int i = 1; i < threads && !status; i++) {
    worker *w = &pool->workers[pool->started];
    *w = (worker){.pool = pool, .number = i};
    if (pthread_create(&w->thread, NULL, run_worker, w))
      status = train_fail(error, TRAIN_ERR_INTERNAL, "thread %d of %d cannot be started", i + 1, threads);
    else
      pool->started++;
  }
  if (status) {
    train_pool_close(&pool);
    return status;
  }
  *out = pool;
  return TRAIN_OK;
}

void train_pool_close(train_pool **pool) {
  if (!pool || !*pool) return;
  train_pool *p = *pool;
  pthread_mutex_lock(&p->lock);
  p->closing = 1;
  pthread_cond_broadcast(&p->work);
  pthread_mutex_unlock(&p->lock);
  for (int i = 0; i < p->started; i++) pthread_join(p->workers[i].thread, NULL);
  pthread_cond_destroy(&p->done);
  pthread_cond_destroy(&p->work);
  pthread_mutex_destroy(&p->lock);
  free(p->workers);
  free(p);
  *pool = NULL;
}

void train_pool_run(train_pool *pool, train_task *function, void *user, size_t count) {
  if (count == 0) return;
  pthread_mutex_lock(&pool->lock);
  pool->function = function;
  pool->user = user;
  pool->next = 0;
  pool->count = pool->unfinished = count;
  pthread_cond_broadcast(&pool->work);
  work_off(pool, 0);
  while (pool->unfinished) pthread_cond_wait(&pool->done, &pool->lock);
  pool->count = pool->next = 0;
  pthread_mutex_unlock(&pool->lock);
}
