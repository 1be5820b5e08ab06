/* glyphlift batch: a folder of pictures into a results database. */
#include "commands.h"

#include "interruption.h"
#include "message.h"
#include "options.h"
#include "progress.h"
#include "shard.h"

#include <glyphlift/batch.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: glyphlift batch [OPTIONS] FOLDER -o RESULTS.db\n"
                           "       glyphlift batch [OPTIONS] --list FILE -o RESULTS.db\n"
                           "\n"
                           "Reads every picture in FOLDER and the folders in it into a SQLite database. May\n"
                           "be stopped at any time, and even killed: the same command goes on. Files that\n"
                           "are as they were are not read again.\n"
                           "\n"
                           "  glyphlift batch scans -o results.db\n"
                           "  glyphlift batch scans -o results.db --glob '*.tif' --glob '2024/*.jpg'\n"
                           "  find scans -newer last -name '*.png' | glyphlift batch --list - -o new.db\n"
                           "  glyphlift export results.db > numbers.csv\n"
                           "\n"
                           "  -o, --output FILE       the database; made if missing\n"
                           "      --glob PATTERN      these files only; may be given several times. Without\n"
                           "                          a slash it is for names, with one for paths below\n"
                           "                          FOLDER (default: names that end like those of\n"
                           "                          pictures)\n"
                           "      --list FILE         read the files named in FILE, one a line; - is\n"
                           "                          standard input; -0, --null: names end with a NUL\n"
                           "  -j, --threads N         read N files at a time (default: one a core)\n"
                           "      --shapes            read drawn shapes, and the digits in them, instead of\n"
                           "                          lines of digits; --tidy: straighten them\n"
                           "      --redo              read again what an older model or version, or other\n"
                           "                          settings, have read\n"
                           "      --forget            drop the results of files that are not there any more\n"
                           "      --moved             the database's folder has this name now\n"
                           "  -q, --quiet             no progress and no summary\n"
                           "\n"
                           "Many machines, each with a database of its own for glyphlift merge:\n"
                           "      --shard K/N         the K-th part of N, K from 0; a Slurm array gives both\n"
                           "                          by itself; --shard none: all files even so\n"
                           "      --shards N          N parts, K from SLURM_ARRAY_TASK_ID (from 0) or\n"
                           "                          JOB_COMPLETION_INDEX\n"
                           "\n"
                           "Reading, as for glyphlift read: --min-confidence, --expect, --digits, --model,\n"
                           "--ignore-orientation, --region, --max-pixels, --keep-rejected.\n"
                           "\n"
                           "Hidden files, and links to folders, are left out. Files that fail cost nothing\n"
                           "but themselves: glyphlift export --what errors lists them.\n"
                           "\n"
                           "Exit status: 0 all read, 1 some files failed, 2 wrong usage, 3 failure of the\n"
                           "environment (disk full, database locked, folder gone); stopped by Ctrl-C: as a\n"
                           "program that the signal ended.\n";

enum {
  OPTION_GLOB = OPTION_OWN,
  OPTION_LIST,
  OPTION_SHAPES,
  OPTION_TIDY,
  OPTION_REDO,
  OPTION_FORGET,
  OPTION_MOVED,
  OPTION_SHARD,
  OPTION_SHARDS
};
enum { SHARDS_MAX = 1000000, LINE_SECONDS = 10 };

static const struct option own_options[] = {
    {"glob", required_argument, NULL, OPTION_GLOB},
    {"list", required_argument, NULL, OPTION_LIST},
    {"null", no_argument, NULL, '0'},
    {"shapes", no_argument, NULL, OPTION_SHAPES},
    {"tidy", no_argument, NULL, OPTION_TIDY},
    {"redo", no_argument, NULL, OPTION_REDO},
    {"forget", no_argument, NULL, OPTION_FORGET},
    {"moved", no_argument, NULL, OPTION_MOVED},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"shards", required_argument, NULL, OPTION_SHARDS},
    {NULL, 0, NULL, 0},
};

typedef struct command {
  glyph_batch_options batch;
  const char **patterns; /* room for as many as there are arguments */
  shard shard;
  int is_sharded; /* by --shard */
  int shards;     /* of --shards; 0: not named */
  progress progress;
  int is_shown; /* the progress was started */
  int quiet;
} command;

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int set_own(options *options, void *user, int key, const char *value) {
  command *command = user;
  int64_t count;
  switch (key) {
  case OPTION_GLOB: command->patterns[command->batch.pattern_count++] = value; return 0;
  case OPTION_LIST: command->batch.list = value; return 0;
  case '0': command->batch.list_ends_with_nul = 1; return 0;
  case OPTION_SHAPES: command->batch.shapes = 1; return 0;
  case OPTION_TIDY: options->reader.tidy = 1; return 0;
  case OPTION_REDO: command->batch.redo = 1; return 0;
  case OPTION_FORGET: command->batch.forget = 1; return 0;
  case OPTION_MOVED: command->batch.moved = 1; return 0;
  case OPTION_SHARD:
    command->is_sharded = 1;
    return shard_parse(value, &command->shard)
               ? options_usage_error(options, "--shard takes K/N with K from 0 to N - 1, or none, not", value)
               : 0;
  default:
    if (options_parse_count(value, SHARDS_MAX, &count))
      return options_usage_error(options, "--shards takes a whole number from 1, not", value);
    command->shards = (int)count;
    return 0;
  }
}

static int check(const options *options, const command *command) {
  const glyph_batch_options *batch = &command->batch;
  if (!options->output || !strcmp(options->output, "-"))
    complain("batch: the database must be named with -o RESULTS.db; see glyphlift batch --help");
  else if (options->file_count > 1)
    complain("batch: one FOLDER is read at a time, and '%s' is a second; see glyphlift batch --help",
             options->files[1]);
  else if (!batch->list && !options->file_count)
    complain("batch: no FOLDER is named; see glyphlift batch --help");
  else if (batch->list && options->file_count)
    complain("batch: either a FOLDER or a --list is read, not both; see glyphlift batch --help");
  else if (batch->list_ends_with_nul && !batch->list)
    complain("batch: --null belongs to --list; see glyphlift batch --help");
  else if (command->is_sharded && command->shards)
    complain("batch: either --shard or --shards, not both; see glyphlift batch --help");
  else
    return EXIT_GOOD;
  return EXIT_USAGE;
}

static int choose_shard(command *command) {
  if (!command->is_sharded && shard_from_environment(command->shards, &command->shard)) return EXIT_USAGE;
  command->batch.shard = command->shard.index;
  command->batch.shard_count = command->shard.count;
  return EXIT_GOOD;
}

/* ---- while it runs ----------------------------------------------------------------------------------------------- */

static int64_t failures(const glyph_batch_counts *counts) {
  int64_t sum = 0;
  for (int i = 0; i < GLYPH_BATCH_KINDS; i++) sum += counts->failures[i];
  return sum;
}

/* Files that are not read again pass so fast that they tell nothing of the time left. */
static double seconds_left(const glyph_batch_counts *counts) {
  const int64_t worked = counts->read + counts->failed;
  return worked ? counts->seconds / (double)worked * (double)(counts->total - counts->files) : -1;
}

static int show(void *user, const glyph_batch_counts *counts) {
  command *command = user;
  char more[96];
  if (!command->is_shown) progress_start(&command->progress, command->quiet, counts->total, LINE_SECONDS);
  command->is_shown = 1;
  snprintf(more, sizeof more, " files, %lld pages, %.1f a second, %lld failed", (long long)counts->pages,
           counts->seconds > 0 ? (double)counts->pages / counts->seconds : 0, (long long)failures(counts));
  progress_show(&command->progress, counts->files, counts->total, seconds_left(counts), more);
  return interruption_signal();
}

static void pass_note_on(void *user, const char *sentence) {
  command *command = user;
  progress_hide(&command->progress);
  complain("%s", sentence);
}

/* ---- at the end -------------------------------------------------------------------------------------------------- */

static void say(const char *what, long long count, const char *one, const char *many) {
  fprintf(stderr, "  %lld %s%s\n", count, count == 1 ? one : many, what);
}

static void say_failures(const glyph_batch_counts *counts, const char *database) {
  const char *before = " (";
  fprintf(stderr, "  %lld failed", (long long)failures(counts));
  for (int i = 0; i < GLYPH_BATCH_KINDS; i++) {
    if (!counts->failures[i]) continue;
    fprintf(stderr, "%s%lld %s", before, (long long)counts->failures[i], glyph_status_name((glyph_status)-i));
    before = ", ";
  }
  fprintf(stderr, "): glyphlift export --what errors %s\n", database);
}

/* "1 page", "2 pages". */
static void say_count(int64_t count, const char *noun, const char *after) {
  fprintf(stderr, "%lld %s%s%s", (long long)count, noun, count == 1 ? "" : "s", after);
}

static void say_read(const glyph_batch_counts *counts, const command *command) {
  fprintf(stderr, "%s: ", command->batch.database);
  say_count(counts->pages, "page", " of ");
  say_count(counts->read, "file", "");
  fprintf(stderr, " read in %.1f s: ", counts->seconds);
  if (command->batch.shapes) {
    say_count(counts->shapes, "shape", ", ");
    say_count(counts->connectors, "connector", ", ");
  }
  say_count(counts->digits, "digit", " in ");
  say_count(counts->numbers, "number", ", ");
  fprintf(stderr, "%lld of them doubtful\n", (long long)counts->doubtful);
}

static void summarize(const glyph_batch_counts *counts, const command *command) {
  const char *database = command->batch.database;
  if (counts->files == 0)
    fprintf(stderr, "%s: there is no file to read\n", database);
  else if (counts->unchanged == counts->files)
    fprintf(stderr, "%s: nothing is new\n", database);
  else
    say_read(counts, command);
  if (failures(counts)) say_failures(counts, database);
  if (counts->unchanged) say(" as before and not read again", counts->unchanged, "file was", "files were");
  if (counts->failed_before) say(" in an earlier run", counts->failed_before, "of them failed", "of them failed");
  if (counts->other_settings)
    say(" read by another model or version, or with other settings: --redo", counts->other_settings, "of them was",
        "of them were");
  if (counts->missing)
    say(" not there any more", counts->missing, "file of the database is", "files of the database are");
  if (counts->left_alone) say(" no name that is asked for", counts->left_alone, "other file has", "other files have");
}

static int finish(command *command, int status, const glyph_batch_counts *counts, const glyph_error *error) {
  const char *database = command->batch.database;
  progress_hide(&command->progress);
  if (status == GLYPH_ERR_CANCELLED) {
    if (!command->quiet) summarize(counts, command);
    complain("stopped; the pages read so far are in %s, and the same command goes on", database);
    interruption_pass_on();
    return EXIT_ENVIRONMENT;
  }
  if (status) {
    complain("%s", error->message);
    if (counts->files) complain("what was read before that is in %s, and the same command goes on", database);
    return status == GLYPH_ERR_ARGUMENT ? EXIT_USAGE : EXIT_ENVIRONMENT;
  }
  if (!command->quiet) summarize(counts, command);
  return failures(counts) || counts->failed_before || counts->folders_closed ? EXIT_INPUT : EXIT_GOOD;
}

static int run(command *command, int argc, char **argv) {
  const option_set set = {OPTIONS_OUTPUT | OPTIONS_READING | OPTIONS_NUMBERS, own_options, set_own, command};
  options options;
  glyph_batch_counts counts;
  glyph_error error = {0};
  int status = options_parse(&options, help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  status = check(&options, command);
  if (!status) status = choose_shard(command);
  if (status) return status;
  command->quiet = options.quiet;
  command->batch.database = options.output;
  command->batch.folder = options.file_count ? options.files[0] : NULL;
  command->batch.patterns = command->patterns;
  command->batch.workers = options.threads;
  command->batch.reader = options.reader;
  if (command->shard.source && !options.quiet)
    complain("shard %d of %d, by %s", command->shard.index, command->shard.count, command->shard.source);
  interruption_catch();
  signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is told as an error */
  status = glyph_batch_run(&command->batch, &counts, &error);
  return finish(command, status, &counts, &error);
}

int command_batch(int argc, char **argv) {
  command command = {.patterns = calloc((size_t)argc, sizeof *command.patterns)};
  glyph_batch_options_init(&command.batch);
  command.batch.progress = show;
  command.batch.note = pass_note_on;
  command.batch.user = &command;
  int status = EXIT_ENVIRONMENT;
  if (command.patterns)
    status = run(&command, argc, argv);
  else
    complain("out of memory");
  free(command.patterns);
  return status;
}
