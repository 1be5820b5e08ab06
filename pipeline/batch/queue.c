/* The workers and the queue between them and the one writer. Tasks form a list in order; workers begin them from its front
 * on, and the writer takes them back from there. Its length is bounded, and so is the memory, whatever the folder's size. */
#include "queue.h"

#include "../input/input.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { ROOM = 48, ROOM_A_WORKER = 16 };

typedef struct worker {
  queue *queue;
  glyph_reader *reader;
  pthread_t thread;
} worker;

struct queue {
  pthread_mutex_t lock; /* of all that follows up to `stopped`, and of each task's is_done */
  pthread_cond_t added, done;
  task *first, *last, *begin; /* begin: the first that no worker has begun */
  size_t count;
  int stopped;
  const char *folder;
  worker *workers;
  int opened, started; /* workers with a reader, with a thread */
};

void task_free(task *task) {
  if (!task) return;
  file_result_free(&task->result);
  free(task->path);
  free(task);
}

static task *begin_task(queue *queue) {
  pthread_mutex_lock(&queue->lock);
  while (!queue->begin && !queue->stopped) pthread_cond_wait(&queue->added, &queue->lock);
  task *task = queue->stopped ? NULL : queue->begin;
  if (task) queue->begin = task->next;
  pthread_mutex_unlock(&queue->lock);
  return task;
}

static void *work(void *user) {
  worker *worker = user;
  queue *queue = worker->queue;
  for (task *task; (task = begin_task(queue));) {
    document_read(worker->reader, queue->folder, task->path, task->must_read ? "" : task->known.facts.sha256,
                  &task->result);
    pthread_mutex_lock(&queue->lock);
    task->is_done = 1;
    if (task == queue->first) pthread_cond_signal(&queue->done);
    pthread_mutex_unlock(&queue->lock);
  }
  return NULL;
}

static int start_worker(queue *queue, const glyph_options *options, glyph_error *error) {
  worker *worker = &queue->workers[queue->opened];
  worker->queue = queue;
  const int status = glyph_reader_open(&worker->reader, options, error);
  if (status) return status;
  queue->opened++;
  if (pthread_create(&worker->thread, NULL, work, worker))
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "cannot start thread %d", queue->opened);
  queue->started++;
  return GLYPH_OK;
}

int queue_open(queue **out, int workers, const glyph_options *options, const char *folder, uint32_t *model,
               glyph_error *error) {
  queue *queue = calloc(1, sizeof *queue);
  *out = NULL;
  if (!queue) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&queue->lock, NULL);
  pthread_cond_init(&queue->added, NULL);
  pthread_cond_init(&queue->done, &monotonic);
  pthread_condattr_destroy(&monotonic);
  queue->folder = folder;
  queue->workers = calloc((size_t)workers, sizeof *queue->workers);
  int status = queue->workers ? GLYPH_OK : glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  for (int i = 0; i < workers && status == GLYPH_OK; i++) status = start_worker(queue, options, error);
  if (status == GLYPH_OK) *model = glyph_reader_model_checksum(queue->workers[0].reader);
  if (status) queue_close(&queue);
  *out = queue;
  return status;
}

void queue_close(queue **address) {
  queue *queue = address ? *address : NULL;
  if (!queue) return;
  queue_stop(queue);
  for (int i = 0; i < queue->started; i++) pthread_join(queue->workers[i].thread, NULL);
  for (int i = 0; i < queue->opened; i++) glyph_reader_close(&queue->workers[i].reader);
  for (task *task = queue->first, *next; task; task = next) {
    next = task->next;
    task_free(task);
  }
  pthread_cond_destroy(&queue->done);
  pthread_cond_destroy(&queue->added);
  pthread_mutex_destroy(&queue->lock);
  free(queue->workers);
  free(queue);
  *address = NULL;
}

size_t queue_room(const queue *queue) {
  return ROOM + ROOM_A_WORKER * (size_t)queue->started;
}

size_t queue_count(const queue *queue) {
  return queue->count; /* the writer alone adds and takes */
}

void queue_add(queue *queue, task *task) {
  pthread_mutex_lock(&queue->lock);
  if (queue->last)
    queue->last->next = task;
  else
    queue->first = task;
  queue->last = task;
  if (!queue->begin) queue->begin = task;
  queue->count++;
  pthread_cond_signal(&queue->added);
  pthread_mutex_unlock(&queue->lock);
}

task *queue_take(queue *queue, int wait_ms) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  const int64_t end_ns = until.tv_nsec + (int64_t)wait_ms * 1000000;
  until.tv_sec += end_ns / 1000000000;
  until.tv_nsec = end_ns % 1000000000;
  pthread_mutex_lock(&queue->lock);
  int late = wait_ms <= 0;
  while (!late && queue->first && !queue->first->is_done)
    late = pthread_cond_timedwait(&queue->done, &queue->lock, &until) == ETIMEDOUT;
  task *task = queue->first && queue->first->is_done ? queue->first : NULL;
  if (task) {
    queue->first = task->next;
    if (!queue->first) queue->last = NULL;
    queue->count--;
  }
  pthread_mutex_unlock(&queue->lock);
  return task;
}

void queue_stop(queue *queue) {
  pthread_mutex_lock(&queue->lock);
  queue->stopped = 1;
  task **link = &queue->first;
  queue->last = NULL;
  while (*link && *link != queue->begin) {
    queue->last = *link;
    link = &(*link)->next;
  }
  *link = NULL;
  for (task *task = queue->begin, *next; task; task = next) {
    next = task->next;
    task_free(task);
    queue->count--;
  }
  queue->begin = NULL;
  pthread_cond_broadcast(&queue->added);
  pthread_mutex_unlock(&queue->lock);
}
