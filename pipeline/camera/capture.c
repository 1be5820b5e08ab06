/* Capturing: a thread fills one of three frames while the latest stands ready and the reader has the third, so neither
 * ever waits for the other (triple buffering). A frame that is not taken before the next one is there is dropped.
 *
 * A file plays at its own speed, as a camera would, so that rates and latencies are honest: a frame is there at its
 * time, and its decoding counts into its latency although it was done ahead. A camera that gives no more frames has
 * likely been unplugged: it is opened again and again until it is back or the patience is at its end. */
#include "capture.h"

#include "../input/input.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES = 3, NONE = -1 };
static const double retry_every_ms = 500;
static const double clock_slip_ms = 1000; /* a file that lags so far behind goes on from where it is */

struct capture {
  capture_settings settings;
  source *source;     /* the thread's once that runs */
  double start_ms;    /* of a file: when its time 0 was */
  int64_t index_base; /* of the frames before the camera was lost, and the time when it came back */
  double first_ms;
  pthread_t thread;
  int is_running;
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t changed;
  capture_frame frames[FRAMES];
  int ready, taken; /* or NONE */
  int stop, has_trouble, has_ended;
  int status;        /* with has_ended */
  glyph_error error; /* of the trouble or the end */
  capture_stats stats;
};

double capture_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Waits for a change, but not beyond the moment; not 0 once that has passed. The lock is held. */
static int wait_until(capture *c, double moment_ms) {
  const struct timespec t = {(time_t)(moment_ms / 1e3), (long)(fmod(moment_ms, 1e3) * 1e6)};
  return pthread_cond_timedwait(&c->changed, &c->lock, &t);
}

/* ---- the capturing thread ----------------------------------------------------------------------------------------- */

/* Not 0: to be stopped. */
static int pause_until(capture *c, double moment_ms) {
  pthread_mutex_lock(&c->lock);
  while (!c->stop && !wait_until(c, moment_ms)) continue;
  const int stop = c->stop;
  pthread_mutex_unlock(&c->lock);
  return stop;
}

/* Each is told before the next. */
static void tell_trouble(capture *c, const glyph_error *error) {
  pthread_mutex_lock(&c->lock);
  while (c->has_trouble && !c->stop) pthread_cond_wait(&c->changed, &c->lock);
  c->error = *error;
  c->has_trouble = 1;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
}

/* The frame that is neither ready nor taken. */
static int free_frame(capture *c) {
  pthread_mutex_lock(&c->lock);
  int i = 0;
  while (i == c->ready || i == c->taken) i++;
  pthread_mutex_unlock(&c->lock);
  return i;
}

static int publish(capture *c, int filled) {
  pthread_mutex_lock(&c->lock);
  while (c->settings.every_frame && c->ready != NONE && !c->stop) pthread_cond_wait(&c->changed, &c->lock);
  c->stats.captured++;
  c->stats.dropped += c->ready != NONE;
  c->ready = filled;
  const int stop = c->stop;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
  return stop;
}

/* Waits until the file's frame is due. began_ms: when its decoding did. */
static int keep_time(capture *c, double began_ms, shim_video_frame *frame) {
  const double now = capture_now_ms();
  if (c->settings.every_frame) {
    frame->arrived_ms = began_ms;
    return 0;
  }
  if (c->start_ms == 0 || now - c->start_ms - frame->time_ms > clock_slip_ms) c->start_ms = now - frame->time_ms;
  const double due = c->start_ms + frame->time_ms;
  if (due <= now) {
    frame->arrived_ms = due;
    return 0;
  }
  frame->arrived_ms = due - (now - began_ms);
  return pause_until(c, due);
}

/* A camera's index and time go on from before it was lost. */
static void number_on(capture *c, shim_video_frame *frame) {
  if (c->first_ms == 0) c->first_ms = frame->arrived_ms;
  frame->index += c->index_base;
  frame->time_ms = frame->arrived_ms - c->first_ms;
}

/* Opens the camera again: 1 once it is there, 0 to be stopped, or a negative status without patience. */
static int reconnect(capture *c, const glyph_error *cause, glyph_error *error) {
  const double patience_ms = c->settings.retry_seconds * 1e3, given_up_ms = capture_now_ms() + patience_ms;
  glyph_error trouble, reason = *cause;
  source_close(&c->source);
  if (patience_ms > 0) {
    glyph_error_set(&trouble, cause->status, "%s; trying to open it again for %g s", cause->message,
                    c->settings.retry_seconds);
    tell_trouble(c, &trouble);
  }
  while (capture_now_ms() < given_up_ms) {
    if (pause_until(c, capture_now_ms() + retry_every_ms)) return 0;
    if (source_open(&c->source, &c->settings.source, &reason) != GLYPH_OK) continue;
    pthread_mutex_lock(&c->lock);
    c->index_base = c->stats.captured;
    c->stats.reconnections++;
    pthread_mutex_unlock(&c->lock);
    return 1;
  }
  return glyph_error_set(error, GLYPH_ERR_IO, "%s", reason.message);
}

/* One frame: 1 to go on, 0 to be stopped, SOURCE_END's and failures' status + what `error` says else. */
static int capture_one(capture *c, int *status, glyph_error *error) {
  shim_video_frame info;
  const double began_ms = capture_now_ms();
  *status = source_next(c->source, &info, error);
  if (*status == SOURCE_SKIPPED) {
    tell_trouble(c, error);
    return 1;
  }
  const int filled = free_frame(c);
  capture_frame *frame = &c->frames[filled];
  if (*status == GLYPH_OK) *status = source_read(c->source, &info, &frame->image, error);
  if (*status == SOURCE_END) return 0;
  if (*status != GLYPH_OK) {
    if (!source_is_camera(c->source)) return 0;
    const glyph_error cause = *error;
    const int back = reconnect(c, &cause, error);
    *status = back < 0 ? back : GLYPH_OK;
    return back > 0;
  }
  if (source_is_camera(c->source))
    number_on(c, &info);
  else if (keep_time(c, began_ms, &info))
    return 0;
  frame->info = info;
  return !publish(c, filled);
}

static void *run(void *user) {
  capture *c = user;
  glyph_error error = {0};
  int status = GLYPH_OK;
  while (capture_one(c, &status, &error)) continue;
  pthread_mutex_lock(&c->lock);
  c->has_ended = 1;
  c->status = status < 0 ? status : GLYPH_OK;
  if (status < 0) c->error = error;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

/* ---- the reader's side -------------------------------------------------------------------------------------------- */

static int start(capture *c) {
  pthread_condattr_t attributes;
  pthread_mutex_init(&c->lock, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&c->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  c->is_running = pthread_create(&c->thread, NULL, run, c) == 0;
  return c->is_running ? 0 : -1;
}

int capture_open(capture **out, const capture_settings *settings, glyph_error *error) {
  capture *c = *out = calloc(1, sizeof *c);
  if (!c) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  c->settings = *settings;
  c->ready = c->taken = NONE;
  int status = source_open(&c->source, &settings->source, error);
  if (status == GLYPH_OK && source_is_camera(c->source)) c->settings.every_frame = 0;
  if (status == GLYPH_OK && start(c)) status = glyph_error_set(error, GLYPH_ERR_MEMORY, "cannot start a thread");
  if (status != GLYPH_OK) capture_close(out);
  return status;
}

void capture_close(capture **pointer) {
  if (!pointer || !*pointer) return;
  capture *c = *pointer;
  if (c->is_running) {
    pthread_mutex_lock(&c->lock);
    c->stop = 1;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
  }
  source_close(&c->source);
  for (int i = 0; i < FRAMES; i++) shim_image_free(&c->frames[i].image);
  free(c);
  *pointer = NULL;
}

/* What is to be said first: troubles, then frames, then the end. The lock is held. */
static int next_event(capture *c, const capture_frame **out, glyph_error *error) {
  if (c->has_trouble) {
    c->has_trouble = 0;
    if (error) *error = c->error;
    pthread_cond_broadcast(&c->changed);
    return CAPTURE_TROUBLE;
  }
  if (c->ready != NONE) {
    c->taken = c->ready;
    c->ready = NONE;
    *out = &c->frames[c->taken];
    pthread_cond_broadcast(&c->changed);
    return CAPTURE_FRAME;
  }
  if (!c->has_ended) return CAPTURE_WAITING;
  if (c->status < 0 && error) *error = c->error;
  return c->status < 0 ? c->status : CAPTURE_END;
}

int capture_take(capture *c, int timeout_ms, const capture_frame **out, glyph_error *error) {
  const double until = capture_now_ms() + timeout_ms;
  *out = NULL;
  pthread_mutex_lock(&c->lock);
  c->taken = NONE;
  int event = next_event(c, out, error), late = 0;
  while (event == CAPTURE_WAITING && !late) {
    late = wait_until(c, until);
    event = next_event(c, out, error);
  }
  pthread_mutex_unlock(&c->lock);
  return event;
}

void capture_get_stats(capture *c, capture_stats *out) {
  pthread_mutex_lock(&c->lock);
  *out = c->stats;
  pthread_mutex_unlock(&c->lock);
}
