/* Time that passes, for progress and figures. */
#ifndef GLYPHLIFT_TRAIN_CLOCK_H
#define GLYPHLIFT_TRAIN_CLOCK_H

#include <time.h>

/* Seconds from some fixed moment: of the wall (CLOCK_MONOTONIC), or that this thread has worked
 * (CLOCK_THREAD_CPUTIME_ID). */
static inline double train_clock_seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

#endif
