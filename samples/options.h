/* The options that commands share. */
#ifndef GLYPHLIFT_PROGRAM_OPTIONS_H
#define GLYPHLIFT_PROGRAM_OPTIONS_H

#include <glyphlift/glyphlift.h>

#include <getopt.h>

typedef enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_TSV, FORMAT_SVG } output_format;

typedef struct options {
  const char *command; /* its name, for sentences */
  const char *help;    /* what --help prints */
  unsigned groups;     /* of common options that the command takes */
  output_format format;
  int table_rows;      /* csv and tsv: a row of a table a row, not a number */
  const char *output;  /* NULL or "-": standard output */
  const char *overlay; /* a file or a directory; NULL: none */
  glyph_options reader;
  int threads; /* 0: as many as there are cores */
  int quiet;
  char **files;
  int file_count;
} options;

enum { OPTIONS_RUN = -1 };

/* Groups of common options; quiet, help and version are in all of them. */
enum {
  OPTIONS_PICTURES = 1, /* format, overlay, dump-stages; FILEs must follow */
  OPTIONS_OUTPUT = 2,
  OPTIONS_READING = 4, /* how pictures are read, whatever is on them, and threads */
  OPTIONS_ALL = 8,
  OPTIONS_SHAPES = 16,  /* tidy, svg as format, what is expected of numbers; model is that of shapes */
  OPTIONS_NUMBERS = 32, /* what is expected of numbers, and what is told of their digits */
  OPTIONS_TABLES = 64   /* csv */
};

enum { OPTIONS_OWN_MAX = 16, OPTION_OWN = 512 /* the first value for long ones of a command's own */ };

/* The options a command takes. */
typedef struct option_set {
  unsigned groups;
  const struct option *own; /* at most OPTIONS_OWN_MAX, ended by one without a name; NULL: none */
  /* Called for those. 0, or an exit status having complained. */
  int (*set)(options *options, void *user, int key, const char *value);
  void *user;
} option_set;

/* Fills *options from argv, whose first string is the command's name; the strings stay argv's. Returns OPTIONS_RUN, or
 * the exit status the program ends with: after --help and --version, or having complained. */
int options_parse(options *options, const char *help, const option_set *set, int argc, char **argv);

/* Complains of a value: the command, what, the value and where help is. Returns EXIT_USAGE. */
int options_usage_error(const options *options, const char *what, const char *value);
/* 0, or -1 where text is not wholly a number of the range: 0 to 1, and 1 to maximum. */
int options_parse_probability(const char *text, double *out);
int options_parse_count(const char *text, int64_t maximum, int64_t *out);

#endif
