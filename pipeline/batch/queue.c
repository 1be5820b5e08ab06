/* The workers and the queue between them and the one writer. Tasks form a list in order; workers begin them from its
 * front on, and the writer takes them back from there. How many files wait, and how many pages are ahead of the
 * writer, is bounded, and so is the memory, whatever the sizes of the folder and of its files. */
#include "queue.h"

#include "../input/input.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
  size_t files_ahead, pages_ahead; /* begun, and not taken back */
  int stopped;
  page_reading reading;
  worker *workers;
  int opened, started; /* workers with a reader, with a thread */
};

void task_free(task *task) {
  if (!task) return;
  page_result_free(&task->result);
  document_release(&task->document);
  free(task->path);
  free(task);
}

static size_t *ahead_of(queue *queue, const task *task) {
  return task->is_file ? &queue->files_ahead : &queue->pages_ahead;
}

/* The oldest may always begin: the writer waits for it. */
static int may_begin(queue *queue) {
  const task *task = queue->begin;
  return task && (task == queue->first || *ahead_of(queue, task) < queue_room(queue));
}

static task *begin_task(queue *queue) {
  pthread_mutex_lock(&queue->lock);
  while (!queue->stopped && !may_begin(queue)) pthread_cond_wait(&queue->added, &queue->lock);
  task *task = queue->stopped ? NULL : queue->begin;
  if (task) {
    task->is_begun = 1;
    ++*ahead_of(queue, task);
    while (queue->begin && queue->begin->is_begun) queue->begin = queue->begin->next;
  }
  pthread_mutex_unlock(&queue->lock);
  return task;
}

static void free_tasks(task *task) {
  while (task) {
    struct task *next = task->next;
    task_free(task);
    task = next;
  }
}

/* Tasks for the file's pages from `page` to its last, each with its share of the document; *last is the last of them.
 * NULL without memory. */
static task *make_pages(const task *file, int page, task **last) {
  task *first = NULL, **link = &first;
  for (; page <= file->page_count; page++) {
    task *made = calloc(1, sizeof *made);
    if (!made) {
      free_tasks(first);
      return NULL;
    }
    made->document = document_share(file->document);
    made->page = page;
    made->is_last = page == file->page_count;
    *last = *link = made;
    link = &made->next;
  }
  return first;
}

/* Puts the file's pages from `page` on behind it. Where that fails, or all is stopping, the next run goes on with
 * them. */
static void add_pages(queue *queue, task *file, int page) {
  task *last = NULL, *first = make_pages(file, page, &last);
  file->is_last = 0;
  pthread_mutex_lock(&queue->lock);
  if (first && !queue->stopped) {
    last->next = file->next;
    file->next = first;
    if (queue->last == file) queue->last = last;
    queue->begin = first; /* all before the file are begun */
    queue->count += (size_t)(file->page_count - page + 1);
    first = NULL;
    pthread_cond_broadcast(&queue->added);
  }
  pthread_mutex_unlock(&queue->lock);
  free_tasks(first);
}

/* Opens the file, hands its later pages to the other workers, and reads the first that is to be read. */
static void open_file(queue *queue, glyph_reader *reader, task *task) {
  const known_file *known = &task->known;
  task->is_last = 1;
  document_open(&task->document, &queue->reading, task->path, known->facts.sha256,
                task->must_read || !*known->facts.sha256 ? 0 : -1, &task->facts, &task->result);
  task->is_same = !task->document && !task->result.number;
  if (!task->document) return;
  const int goes_on = !strcmp(known->facts.sha256, task->facts.sha256);
  const int page = goes_on ? known->pages_done + 1 : 1;
  task->page_count = document_page_count(task->document);
  if (page > task->page_count) return;
  task->page = page;
  if (page < task->page_count) add_pages(queue, task, page + 1);
  document_read(task->document, reader, page, &task->result);
}

static void *work(void *user) {
  worker *worker = user;
  queue *queue = worker->queue;
  for (task *task; (task = begin_task(queue));) {
    if (task->is_file)
      open_file(queue, worker->reader, task);
    else
      document_read(task->document, worker->reader, task->page, &task->result);
    document_release(&task->document);
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

/* Digits are read in shapes, too. */
static int name_models(glyph_reader *reader, int shapes, char models[MODELS_SIZE], glyph_error *error) {
  uint32_t checksum;
  const int length = snprintf(models, MODELS_SIZE, "digits-%08x", (unsigned)glyph_reader_model_checksum(reader));
  const int status = shapes ? glyph_reader_shapes_checksum(reader, &checksum, error) : GLYPH_OK;
  if (shapes && status == GLYPH_OK)
    snprintf(models + length, MODELS_SIZE - (size_t)length, " shapes-%08x", (unsigned)checksum);
  return status;
}

int queue_open(queue **out, int workers, const glyph_options *options, const page_reading *reading,
               char models[MODELS_SIZE], glyph_error *error) {
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
  queue->reading = *reading;
  queue->workers = calloc((size_t)workers, sizeof *queue->workers);
  int status = queue->workers ? GLYPH_OK : glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  for (int i = 0; i < workers && status == GLYPH_OK; i++) status = start_worker(queue, options, error);
  if (status == GLYPH_OK) status = name_models(queue->workers[0].reader, reading->shapes, models, error);
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
  free_tasks(queue->first);
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

size_t queue_count(queue *queue) {
  pthread_mutex_lock(&queue->lock);
  const size_t count = queue->count;
  pthread_mutex_unlock(&queue->lock);
  return count;
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
    --*ahead_of(queue, task);
    pthread_cond_broadcast(&queue->added); /* there is room, or another may begin as the oldest */
  }
  pthread_mutex_unlock(&queue->lock);
  return task;
}

void queue_stop(queue *queue) {
  pthread_mutex_lock(&queue->lock);
  queue->stopped = 1;
  queue->last = queue->begin = NULL;
  for (task **link = &queue->first; *link;) {
    task *task = *link;
    if (task->is_begun) {
      queue->last = task;
      link = &task->next;
      continue;
    }
    *link = task->next;
    queue->count--;
    task_free(task);
  }
  pthread_cond_broadcast(&queue->added);
  pthread_mutex_unlock(&queue->lock);
}
