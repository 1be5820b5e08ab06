/* What people who wait see on standard error: a bar on a terminal, or a line now and then. */
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

void progress_start(progress *progress, int quiet, long long inputs, double line_s) {
  const int is_terminal = isatty(STDERR_FILENO);
  const int is_long = inputs < 0 || inputs >= INPUTS_MIN;
  progress->enabled = !quiet && (is_terminal ? is_long : line_s > 0);
  progress->line_s = is_terminal ? 0 : line_s;
  progress->visible = 0;
  progress->started_s = progress->drawn_s = now_s();
}

static void draw_bar(long long finished, long long inputs) {
  char bar[BAR_COLUMNS + 1] = {0};
  const int filled = inputs > 0 ? (int)(finished * BAR_COLUMNS / inputs) : 0;
  for (int i = 0; i < BAR_COLUMNS; i++) bar[i] = i < filled ? '#' : '.';
  fprintf(stderr, "\r\033[K[%s] ", bar);
}

void progress_show(progress *progress, long long finished, long long inputs, double left_s, const char *more) {
  if (!progress->enabled || finished <= 0) return;
  const double now = now_s(), elapsed = now - progress->started_s;
  if (now - progress->drawn_s < (progress->line_s > 0 ? progress->line_s : 0.1)) return;
  if (progress->line_s <= 0 && elapsed < 1) return;
  if (progress->line_s <= 0 && inputs >= 0) draw_bar(finished, inputs);
  if (progress->line_s <= 0 && inputs < 0) fputs("\r\033[K", stderr);
  if (progress->line_s > 0) fputs("glyphlift: ", stderr);
  fprintf(stderr, "%lld", finished);
  if (inputs >= 0) fprintf(stderr, " of %lld", inputs);
  fputs(more, stderr);
  if (left_s < 0) left_s = elapsed / (double)finished * (double)(inputs - finished);
  if (inputs >= 0 && left_s < 120) fprintf(stderr, ", %.0f s left", left_s);
  if (inputs >= 0 && left_s >= 120) fprintf(stderr, ", %.0f min left", left_s / 60);
  if (progress->line_s > 0) fputs("\n", stderr);
  progress->drawn_s = now;
  progress->visible = progress->line_s <= 0;
}

void progress_hide(progress *progress) {
  if (progress->visible) fputs("\r\033[K", stderr);
  progress->visible = 0;
}
