/* The progress bar. */
#ifndef GLYPHLIFT_PROGRAM_PROGRESS_H
#define GLYPHLIFT_PROGRAM_PROGRESS_H

typedef struct progress {
  int enabled, visible;
  double started_s, drawn_s;
} progress;

/* Shows nothing where quiet is set, where standard error is no terminal, or where there are few inputs. */
void progress_start(progress *progress, int quiet, int inputs);
/* Draws the bar, at most ten times a second and not in the first second. */
void progress_show(progress *progress, int finished, int inputs);
/* Takes the bar off the terminal, before something else is written there. */
void progress_hide(progress *progress);

#endif
