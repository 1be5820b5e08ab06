/* The options that the commands for pictures share. */
#ifndef GLYPHLIFT_PROGRAM_OPTIONS_H
#define GLYPHLIFT_PROGRAM_OPTIONS_H

#include <glyphlift/glyphlift.h>

typedef enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_TSV } output_format;

typedef struct options {
  const char *command; /* its name, for sentences */
  const char *help;    /* what --help prints */
  output_format format;
  int table_rows; /* csv and tsv: a row of a table a row, not a number */
  const char *output;  /* NULL or "-": standard output */
  const char *overlay; /* a file or a directory; NULL: none */
  glyph_options reader;
  int threads; /* 0: as many as there are cores */
  int quiet;
  char **files;
  int file_count;
} options;

enum { OPTIONS_RUN = -1 };

/* Fills *options from argv, whose first string is the command's name; the strings stay argv's. Returns OPTIONS_RUN, or
 * the exit status the program ends with: after --help and --version, or having complained. */
int options_parse(options *options, const char *help, int argc, char **argv);

#endif
