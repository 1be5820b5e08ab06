/* Threads take the next page each; a page's result depends on its seed alone. */
#include "hard_run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct hard_work {
  const hard_run *run;
  hard_result *results;
  size_t next;
  uint64_t next_seed;
  pthread_mutex_t lock;
  glyph_error error;
  int failed;
} hard_work;

void hard_run_page(const hard_run *run, uint64_t seed, hard_page *page) {
  if (run->has_letters)
    hard_page_letters(page, seed);
  else
    hard_page_numbers(page, seed);
}

static int has_label(const char *const *labels, int count, const char *label) {
  for (int i = 0; i < count; i++)
    if (!strcmp(labels[i], label)) return 1;
  return 0;
}

/* The next page to read; 0 when there is none. */
static int take(hard_work *work, hard_page *page, hard_result **result) {
  static const uint64_t seeds_most = 1000000; /* a label that no page has ends the search */
  const hard_run *run = work->run;
  int found = 0;
  pthread_mutex_lock(&work->lock);
  while (!found && !work->failed && work->next < run->pages && work->next_seed < run->first + seeds_most) {
    uint64_t seed = work->next_seed++;
    hard_run_page(run, seed, page);
    if (run->only && !has_label(page->labels, page->label_count, run->only)) continue;
    *result = &work->results[work->next++];
    (*result)->seed = seed;
    found = 1;
  }
  pthread_mutex_unlock(&work->lock);
  return found;
}

static int read_page(glyph_reader *reader, hard_candidates *watch, const hard_run *run, const hard_page *page,
                     hard_result *result, glyph_error *error) {
  page_picture picture;
  page_truth truth;
  glyph_page *read = NULL;
  memcpy(result->labels, page->labels, sizeof result->labels);
  result->label_count = page->label_count;
  if (hard_page_draw(page, run->scans, &picture, &truth)) {
    snprintf(error->message, sizeof error->message, "page %llu cannot be drawn: out of memory",
             (unsigned long long)result->seed);
    return -1;
  }
  int status = page_score_picture(reader, &picture, page->spec.camera.quality, &truth, &result->score, &read, error);
  if (!status && run->with_losses && hard_losses_find(watch, &truth, read, &result->losses)) {
    snprintf(error->message, sizeof error->message, "page %llu: out of memory", (unsigned long long)result->seed);
    status = -1;
  }
  glyph_page_close(&read);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return status;
}

static void *work_on(void *argument) {
  hard_work *work = argument;
  glyph_options options;
  glyph_reader *reader = NULL;
  glyph_error error;
  hard_page page;
  hard_result *result;
  hard_candidates watch = {0};
  glyph_options_init(&options);
  options.model_path = work->run->model_path;
  int failed = glyph_reader_open(&reader, &options, &error) != GLYPH_OK;
  if (!failed && work->run->with_losses) hard_losses_watch(&watch, reader);
  while (!failed && take(work, &page, &result)) failed = read_page(reader, &watch, work->run, &page, result, &error);
  glyph_reader_close(&reader);
  hard_losses_unwatch(&watch);
  if (failed) {
    pthread_mutex_lock(&work->lock);
    work->failed = 1;
    work->error = error;
    pthread_mutex_unlock(&work->lock);
  }
  return NULL;
}

void hard_run_threads(int count, void *(*work_on)(void *work), void *work) {
  enum { THREADS_MAX = 64 };
  pthread_t threads[THREADS_MAX];
  int started = 0;
  while (started < count && started < THREADS_MAX && !pthread_create(&threads[started], NULL, work_on, work)) started++;
  if (!started) work_on(work);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
}

int hard_run_read(const hard_run *run, hard_result *results, glyph_error *error) {
  hard_work work = {.run = run, .results = results, .next_seed = run->first};
  memset(results, 0, run->pages * sizeof *results);
  pthread_mutex_init(&work.lock, NULL);
  hard_run_threads(run->threads, work_on, &work);
  pthread_mutex_destroy(&work.lock);
  if (work.failed) *error = work.error;
  return work.failed ? -1 : 0;
}

page_score hard_run_sum(const hard_result *results, size_t count, const char *label) {
  page_score sum = {0};
  for (size_t i = 0; i < count; i++)
    if (!label || has_label(results[i].labels, results[i].label_count, label)) page_score_join(&sum, &results[i].score);
  return sum;
}

hard_losses hard_run_losses(const hard_result *results, size_t count, const char *label) {
  hard_losses sum = {0};
  for (size_t i = 0; i < count; i++)
    for (int fate = 0; fate < HARD_FATES; fate++)
      if (!label || has_label(results[i].labels, results[i].label_count, label))
        sum.counts[fate] += results[i].losses.counts[fate];
  return sum;
}

void hard_run_free(const hard_run *run, hard_result *results) {
  for (size_t i = 0; results && i < run->pages; i++) hard_losses_free(&results[i].losses);
  free(results);
}
