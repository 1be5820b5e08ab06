/* A one-line progress bar on standard error, for people who wait. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { INPUTS_MIN = 4, BAR_COLUMNS = 30 };

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_start(progress *progress, int quiet, int inputs) {
  progress->enabled = !quiet && inputs >= INPUTS_MIN && isatty(STDERR_FILENO);
  progress->visible = 0;
  progress->started_s = progress->drawn_s = now_s();
}

void progress_show(progress *progress, int finished, int inputs) {
  if (!progress->enabled || finished <= 0) return;
  double now = now_s(), elapsed = now - progress->started_s;
  if (elapsed < 1 || now - progress->drawn_s < 0.1) return;
  char bar[BAR_COLUMNS + 1] = {0};
  int filled = (int)((long long)finished * BAR_COLUMNS / inputs);
  for (int i = 0; i < BAR_COLUMNS; i++) bar[i] = i < filled ? '#' : '.';
  double left = elapsed / finished * (inputs - finished);
  fprintf(stderr, "\r\033[K[%s] %d of %d, %.0f s left", bar, finished, inputs, left);
  progress->drawn_s = now;
  progress->visible = 1;
}

void progress_hide(progress *progress) {
  if (progress->visible) fputs("\r\033[K", stderr);
  progress->visible = 0;
}
