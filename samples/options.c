/* Command-line options, parsed strictly: a number is a number to its last character, and none is out of range. */
#include "options.h"

#include "message.h"

#include <getopt.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 256, DIGITS_MAX = 40 };

enum {
  OPTION_OVERLAY = 256,
  OPTION_CSV,
  OPTION_DUMP_STAGES,
  OPTION_MIN_CONFIDENCE,
  OPTION_MODEL,
  OPTION_KEEP_REJECTED,
  OPTION_IGNORE_ORIENTATION,
  OPTION_REGION,
  OPTION_MAX_PIXELS,
  OPTION_EXPECT,
  OPTION_DIGITS,
  OPTION_TIDY,
  OPTION_VERSION,
  OPTION_LIST_OPTIONS
};

static const struct {
  struct option option;
  unsigned group;
} common[] = {
    {{"format", required_argument, NULL, 'f'}, OPTIONS_PICTURES},
    {{"csv", required_argument, NULL, OPTION_CSV}, OPTIONS_TABLES},
    {{"overlay", required_argument, NULL, OPTION_OVERLAY}, OPTIONS_PICTURES},
    {{"dump-stages", required_argument, NULL, OPTION_DUMP_STAGES}, OPTIONS_PICTURES},
    {{"output", required_argument, NULL, 'o'}, OPTIONS_OUTPUT},
    {{"min-confidence", required_argument, NULL, OPTION_MIN_CONFIDENCE}, OPTIONS_READING},
    {{"model", required_argument, NULL, OPTION_MODEL}, OPTIONS_READING},
    {{"keep-rejected", no_argument, NULL, OPTION_KEEP_REJECTED}, OPTIONS_NUMBERS},
    {{"ignore-orientation", no_argument, NULL, OPTION_IGNORE_ORIENTATION}, OPTIONS_READING},
    {{"region", required_argument, NULL, OPTION_REGION}, OPTIONS_READING},
    {{"max-pixels", required_argument, NULL, OPTION_MAX_PIXELS}, OPTIONS_READING},
    {{"expect", required_argument, NULL, OPTION_EXPECT}, OPTIONS_NUMBERS | OPTIONS_SHAPES},
    {{"digits", required_argument, NULL, OPTION_DIGITS}, OPTIONS_NUMBERS | OPTIONS_SHAPES},
    {{"tidy", no_argument, NULL, OPTION_TIDY}, OPTIONS_SHAPES},
    {{"threads", required_argument, NULL, 'j'}, OPTIONS_READING},
    {{"quiet", no_argument, NULL, 'q'}, OPTIONS_ALL},
    {{"help", no_argument, NULL, 'h'}, OPTIONS_ALL},
    {{"version", no_argument, NULL, OPTION_VERSION}, OPTIONS_ALL},
    {{"list-options", no_argument, NULL, OPTION_LIST_OPTIONS}, OPTIONS_ALL}, /* for those who write completion */
};

enum { COMMON = sizeof common / sizeof *common, OPTIONS_MAX = COMMON + OPTIONS_OWN_MAX };

int options_usage_error(const options *options, const char *what, const char *value) {
  complain("%s: %s '%s'; see glyphlift %s --help", options->command, what, value, options->command);
  return EXIT_USAGE;
}

int options_parse_probability(const char *text, double *out) {
  char *end;
  if (!*text || text[strspn(text, "0123456789.eE+-")]) return -1;
  *out = strtod(text, &end);
  return *end || !isfinite(*out) || *out < 0 || *out > 1 ? -1 : 0;
}

int options_parse_count(const char *text, int64_t maximum, int64_t *out) {
  if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 18) return -1;
  *out = strtoll(text, NULL, 10);
  return *out < 1 || *out > maximum ? -1 : 0;
}

/* Four whole numbers, a comma between; the size is above 0. */
static int parse_region(const char *text, glyph_box *out) {
  int values[4];
  for (int i = 0; i < 4; i++) {
    const size_t digits = strspn(text, "0123456789");
    if (digits < 1 || digits > 9 || text[digits] != (i < 3 ? ',' : '\0')) return -1;
    values[i] = atoi(text);
    text += digits + 1;
  }
  *out = (glyph_box){values[0], values[1], values[2], values[3]};
  return values[2] > 0 && values[3] > 0 ? 0 : -1;
}

static int set_format(options *options, const char *value) {
  static const char *const names[] = {"text", "json", "csv", "tsv", "svg"};
  const int has_svg = (options->groups & OPTIONS_SHAPES) != 0;
  for (int i = 0; i < 4 + has_svg; i++) {
    if (strcmp(value, names[i])) continue;
    options->format = (output_format)i;
    return 0;
  }
  return options_usage_error(options,
                             has_svg ? "--format takes text, json, csv, tsv or svg, not"
                                     : "--format takes text, json, csv or tsv, not",
                             value);
}

static int is_pattern(const char *text) {
  regex_t pattern;
  const int failed = regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB);
  if (!failed) regfree(&pattern);
  return !failed;
}

/* --csv tables and -f csv may stand in either order; with -f tsv the rows have tabs. */
static int set_rows(options *options, const char *value) {
  if (strcmp(value, "tables") && strcmp(value, "numbers"))
    return options_usage_error(options, "--csv takes tables or numbers, not", value);
  options->table_rows = !strcmp(value, "tables");
  if (options->format != FORMAT_TSV) options->format = FORMAT_CSV;
  return 0;
}

/* Options whose value is checked. Returns EXIT_USAGE for a bad one. */
static int set_checked(options *options, int key, const char *value) {
  int64_t count;
  switch (key) {
  case 'f': return set_format(options, value);
  case 'j':
    if (options_parse_count(value, THREADS_MAX, &count))
      return options_usage_error(options, "--threads takes 1 to 256, not", value);
    options->threads = (int)count;
    return 0;
  case OPTION_EXPECT:
    if (!*value || !is_pattern(value))
      return options_usage_error(options, "--expect takes an extended regular expression, not", value);
    options->reader.expect = value;
    return 0;
  case OPTION_DIGITS:
    if (options_parse_count(value, DIGITS_MAX, &count))
      return options_usage_error(options, "--digits takes 1 to 40, not", value);
    options->reader.expect_digits = (int)count;
    return 0;
  case OPTION_CSV: return set_rows(options, value);
  case OPTION_REGION:
    if (!parse_region(value, &options->reader.region)) return 0;
    return options_usage_error(options,
                               "--region takes X,Y,W,H, four whole numbers of pixels with W and H above 0, not", value);
  case OPTION_MIN_CONFIDENCE:
    if (!options_parse_probability(value, &options->reader.min_confidence)) return 0;
    return options_usage_error(options, "--min-confidence takes a number from 0 to 1, not", value);
  default:
    if (!options_parse_count(value, INT64_MAX, &options->reader.max_pixels)) return 0;
    return options_usage_error(options, "--max-pixels takes a whole number above 0, not", value);
  }
}

static int set_path(options *options, int key, const char *value) {
  if (!*value) return options_usage_error(options, "a file or directory needs a name, not", value);
  if (key == 'o') options->output = value;
  if (key == OPTION_OVERLAY) options->overlay = value;
  if (key == OPTION_DUMP_STAGES) options->reader.dump_directory = value;
  if (key == OPTION_MODEL)
    *(options->groups & OPTIONS_SHAPES ? &options->reader.shapes_model_path : &options->reader.model_path) = value;
  return 0;
}

static int set_option(options *options, int key, const char *value) {
  switch (key) {
  case 'o':
  case OPTION_OVERLAY:
  case OPTION_DUMP_STAGES:
  case OPTION_MODEL: return set_path(options, key, value);
  case OPTION_KEEP_REJECTED: options->reader.keep_rejected = 1; return 0;
  case OPTION_IGNORE_ORIENTATION: options->reader.ignore_orientation = 1; return 0;
  case OPTION_TIDY: options->reader.tidy = 1; return 0;
  case 'q': options->quiet = 1; return 0;
  default: return set_checked(options, key, value);
  }
}

static int check_files(const options *options) {
  int stdin_count = 0;
  for (int i = 0; i < options->file_count; i++) stdin_count += !strcmp(options->files[i], "-");
  if (stdin_count > 1)
    return options_usage_error(options, "standard input can be read once only, it is named twice as", "-");
  if (options->format == FORMAT_SVG && options->file_count > 1)
    return options_usage_error(options,
                               "-f svg makes one drawing of one FILE, and here is another one:", options->files[1]);
  if (options->file_count) return OPTIONS_RUN;
  complain("%s: no FILE is named; see glyphlift %s --help", options->command, options->command);
  return EXIT_USAGE;
}

/* `last` is the argument that getopt has passed last; within a cluster of short options it is still the one before. */
static int unknown_option(const options *options, const char *last) {
  char letter[3] = {'-', (char)optopt, '\0'};
  int is_letter = optopt > 0 && optopt < 256 && !strchr("qh", optopt); /* else a long one that takes no value */
  return options_usage_error(options, "unknown, ambiguous or misused option", is_letter ? letter : last);
}

/* What getopt_long takes: the common options of the command's groups, then its own. */
static void make_tables(const option_set *set, struct option *table, char *letters) {
  size_t count = 0;
  for (size_t i = 0; i < COMMON; i++)
    if (common[i].group & (set->groups | OPTIONS_ALL)) table[count++] = common[i].option;
  for (const struct option *own = set->own; own && own->name; own++) table[count++] = *own;
  table[count] = (struct option){0};
  *letters++ = ':'; /* getopt tells a missing value apart */
  for (size_t i = 0; i < count; i++) {
    if (table[i].val >= 256) continue;
    *letters++ = (char)table[i].val;
    if (table[i].has_arg) *letters++ = ':';
  }
  *letters = '\0';
}

/* A line an option: its name, and a '=' where it takes a value. */
static int print_options(const struct option *table) {
  enum { NAME_BYTES = 40 };
  char text[OPTIONS_MAX * NAME_BYTES] = "";
  size_t used = 0;
  for (; table->name; table++)
    if (table->val != OPTION_LIST_OPTIONS)
      used += (size_t)snprintf(text + used, sizeof text - used, "%.*s%s\n", NAME_BYTES - 3, table->name,
                               table->has_arg ? "=" : "");
  return print_and_close(text);
}

static int is_own(const option_set *set, int key) {
  for (const struct option *own = set->own; own && own->name; own++)
    if (own->val == key) return 1;
  return 0;
}

int options_parse(options *options, const char *help, const option_set *set, int argc, char **argv) {
  struct option table[OPTIONS_MAX + 1];
  char letters[2 * OPTIONS_MAX + 2];
  *options = (struct options){.command = argv[0], .help = help, .groups = set->groups};
  glyph_options_init(&options->reader);
  make_tables(set, table, letters);
  opterr = 0;
  int key, failed;
  while ((key = getopt_long(argc, argv, letters, table, NULL)) != -1) {
    if (key == 'h') return print_and_close(help);
    if (key == OPTION_VERSION) return print_version();
    if (key == OPTION_LIST_OPTIONS) return print_options(table);
    if (key == ':') return options_usage_error(options, "a value is missing after", argv[optind - 1]);
    if (key == '?') return unknown_option(options, argv[optind - 1]);
    failed = is_own(set, key) ? set->set(options, set->user, key, optarg) : set_option(options, key, optarg);
    if (failed) return failed;
  }
  options->files = argv + optind;
  options->file_count = argc - optind;
  options->reader.keep_picture = options->overlay != NULL;
  return set->groups & OPTIONS_PICTURES ? check_files(options) : OPTIONS_RUN;
}
