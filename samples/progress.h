/* What people who wait see on standard error. */
#ifndef GLYPHLIFT_PROGRAM_PROGRESS_H
#define GLYPHLIFT_PROGRAM_PROGRESS_H

typedef struct progress {
  int enabled, visible;
  double line_s; /* 0: a bar */
  double started_s, drawn_s;
} progress;

/* A bar where standard error is a terminal and there are more than a few inputs (-1: nobody knows); elsewhere a line
 * every line_s seconds, or nothing where that is 0. Shows nothing where quiet is set. */
void progress_start(progress *progress, int quiet, long long inputs, double line_s);
/* Draws the bar, at most ten times a second and not in the first second, or prints the line if it is time. `more`
 * stands after the counts; left_s is the time left, or -1 to have it told from the counts. */
void progress_show(progress *progress, long long finished, long long inputs, double left_s, const char *more);
/* Takes the bar off the terminal, before something else is written there. */
void progress_hide(progress *progress);

#endif
