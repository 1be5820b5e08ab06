/* The pages of the files named on the command line, one after the other; each file is opened when its first page is
 * due. */
#ifndef GLYPHLIFT_PROGRAM_INPUTS_H
#define GLYPHLIFT_PROGRAM_INPUTS_H

#include "options.h"

#include <pthread.h>

/* An open file, closed with its last page. */
typedef struct input_file {
  glyph_document *document;
  int users; /* of inputs.lock */
} input_file;

/* A page to be read, or the reason why there is none. */
typedef struct input_page {
  int index;        /* of its file, into options->files */
  int number;       /* from 1 */
  input_file *file; /* NULL: see error */
  glyph_error error;
} input_page;

typedef struct inputs {
  const options *options;
  const char **ranges; /* one a file; NULL: all its pages */
  pthread_mutex_t lock;
  int next_file;       /* not opened yet */
  input_file *current; /* NULL: the next file is to be opened */
  const char *range;   /* what is left of the current one's; NULL: nothing */
  int number, last;    /* pages to come of the current part */
  long long left;      /* pages that are known to come, each unopened file being one */
} inputs;

/* Takes "FILE:PAGES" apart, in place, where no file is called so. Returns EXIT_GOOD, or another exit status having
 * complained. */
int inputs_open(inputs *inputs, const options *options);
void inputs_close(inputs *inputs);
/* The next page; 0 where there is none. For one thread at a time. */
int inputs_next(inputs *inputs, input_page *page);
/* The page is done with; callable from any thread. */
void inputs_release(inputs *inputs, input_page *page);

#endif
