/* glyphlift export: rows out of a results database. */
#include "commands.h"

#include "message.h"
#include "options.h"
#include "sink.h"

#include <glyphlift/batch.h>

#include <string.h>

static const char help[] = "Usage: glyphlift export [OPTIONS] RESULTS.db\n"
                           "\n"
                           "Prints what glyphlift batch has read, in the order of files, pages and places.\n"
                           "\n"
                           "  glyphlift export results.db > numbers.csv\n"
                           "  glyphlift export --max-confidence 0.9 results.db      what to look at\n"
                           "  glyphlift export --what glyphs -f json --file '2024/*' results.db\n"
                           "  glyphlift export --what errors results.db\n"
                           "\n"
                           "      --what WHAT         numbers (default), glyphs, cells of tables, shapes,\n"
                           "                          connectors or errors\n"
                           "  -f, --format FORMAT     csv (default), tsv or json: one row, or object, a line\n"
                           "  -o, --output FILE       write there; the file appears whole or not at all\n"
                           "      --min-confidence P  from this confidence (0 to 1)\n"
                           "      --max-confidence P  up to this confidence\n"
                           "      --file PATTERN      of these files only: a shell pattern for the name, or,\n"
                           "                          with a slash, for the path\n"
                           "      --run N             what run N has read; last: the last run\n"
                           "  -h, --help              this text\n"
                           "\n"
                           "Everything else is a question for SQLite: sqlite3 results.db .schema\n"
                           "\n"
                           "Exit status: 0 done, 2 wrong usage, 3 failure of the environment.\n";

enum { OPTION_WHAT = OPTION_OWN, OPTION_MIN, OPTION_MAX, OPTION_FILE, OPTION_RUN };

static const struct option own_options[] = {
    {"what", required_argument, NULL, OPTION_WHAT},
    {"format", required_argument, NULL, 'f'},
    {"min-confidence", required_argument, NULL, OPTION_MIN},
    {"max-confidence", required_argument, NULL, OPTION_MAX},
    {"file", required_argument, NULL, OPTION_FILE},
    {"run", required_argument, NULL, OPTION_RUN},
    {NULL, 0, NULL, 0},
};

static int set_what(const options *options, glyph_export_options *rows, const char *value) {
  static const char *const names[] = {"numbers", "glyphs", "cells", "shapes", "connectors", "errors"};
  for (int i = 0; i < 6; i++) {
    if (strcmp(value, names[i])) continue;
    rows->rows = (glyph_export_rows)i;
    return 0;
  }
  return options_usage_error(options, "--what takes numbers, glyphs, cells, shapes, connectors or errors, not", value);
}

static int set_format(const options *options, glyph_export_options *rows, const char *value) {
  static const char *const names[] = {"csv", "tsv", "json"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(value, names[i])) continue;
    rows->separator = ",\t\0"[i];
    return 0;
  }
  return options_usage_error(options, "--format takes csv, tsv or json, not", value);
}

static int set_own(options *options, void *user, int key, const char *value) {
  glyph_export_options *rows = user;
  switch (key) {
  case OPTION_WHAT: return set_what(options, rows, value);
  case 'f': return set_format(options, rows, value);
  case OPTION_FILE: rows->pattern = value; return 0;
  case OPTION_RUN:
    rows->run = -1;
    if (!strcmp(value, "last") || !options_parse_count(value, INT64_MAX, &rows->run)) return 0;
    return options_usage_error(options, "--run takes the number of a run, or last, not", value);
  default:
    if (!options_parse_probability(value, key == OPTION_MIN ? &rows->min_confidence : &rows->max_confidence)) return 0;
    return options_usage_error(options,
                               key == OPTION_MIN ? "--min-confidence takes a number from 0 to 1, not"
                                                 : "--max-confidence takes a number from 0 to 1, not",
                               value);
  }
}

static int write_row(void *user, const char *row) {
  return sink_write(user, row);
}

int command_export(int argc, char **argv) {
  glyph_export_options rows;
  options options;
  sink sink;
  glyph_error error;
  glyph_export_options_init(&rows);
  const option_set set = {OPTIONS_OUTPUT, own_options, set_own, &rows};
  int status = options_parse(&options, help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  if (options.file_count != 1) {
    complain("export: one RESULTS.db must be named; see glyphlift export --help");
    return EXIT_USAGE;
  }
  if (sink_open(&sink, options.output)) return EXIT_ENVIRONMENT;
  status = glyph_batch_export(options.files[0], &rows, write_row, &sink, &error);
  if (status && status != GLYPH_ERR_CANCELLED) complain("%s", error.message);
  const int failed = sink_close(&sink, !status);
  return status || failed ? EXIT_ENVIRONMENT : EXIT_GOOD;
}
