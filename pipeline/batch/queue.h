/* Pages on their way through the workers, in order: the oldest is taken back first, however fast the later ones are. */
#ifndef GLYPHLIFT_BATCH_QUEUE_H
#define GLYPHLIFT_BATCH_QUEUE_H

#include "store.h"

/* A file, to be opened and its first page read, or one of its other pages; those follow by themselves. */
typedef struct task {
  struct task *next;
  int is_file;
  int is_begun, is_done;
  int is_last; /* of its file's tasks */
  document *document;
  int page; /* to be read; 0: none */
  page_result result;
  /* Of a file: */
  char *path;
  known_file known;
  int must_read; /* even if the content is what is known */
  file_facts facts;
  int is_same;    /* its content is what is known already: it was not read */
  int page_count; /* 0 where it could not be opened */
} task;

typedef struct queue queue;

enum { MODELS_SIZE = 40 };

/* Opens a reader a worker and starts the workers. models: the networks that they read with, each by its checksum. */
int queue_open(queue **out, int workers, const glyph_options *options, const page_reading *reading,
               char models[MODELS_SIZE], glyph_error *error);
/* Waits for the pages in hand. */
void queue_close(queue **queue);

/* How many may be in the queue: enough that one slow page does not keep the other workers waiting. */
size_t queue_room(const queue *queue);
size_t queue_count(queue *queue);
/* Takes the task over. */
void queue_add(queue *queue, task *task);
/* The oldest task once it is done, the caller's to task_free; NULL where it is not done within so many milliseconds. */
task *queue_take(queue *queue, int wait_ms);
/* From now on no page is begun, and those that were not are dropped. */
void queue_stop(queue *queue);

void task_free(task *task);

#endif
