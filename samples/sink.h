/* Where results go: standard output, or a file that appears whole at the end or not at all. */
#ifndef GLYPHLIFT_PROGRAM_SINK_H
#define GLYPHLIFT_PROGRAM_SINK_H

#include <stdio.h>

typedef struct sink {
  FILE *stream;
  const char *name; /* for sentences */
  char *path;       /* NULL where it is written straight */
  char *temporary;  /* beside path; NULL while the file has no name */
} sink;

/* `path` NULL or "-" is standard output. What is no regular file (a device, a pipe) is written straight. `path` must
 * outlive the sink. All return 0, or -1 having complained (silently where the reader of a pipe has gone). */
int sink_open(sink *sink, const char *path);
int sink_write(sink *sink, const char *text);
/* With keep 0 the file is dropped. */
int sink_close(sink *sink, int keep);

#endif
