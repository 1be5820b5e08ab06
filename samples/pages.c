/* Reads many pictures on several threads and writes their results in the order of the command line. Each worker has its
 * own reader and renders its results; the main thread alone writes. Workers run ahead of the writing by a bounded
 * number of pictures, so that memory does not grow with their number. */
#include "pages.h"

#include "message.h"
#include "options.h"
#include "paths.h"
#include "progress.h"
#include "sink.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_THREADS_MAX = 16, PICTURES_AHEAD = 32 };

typedef struct result {
  char *text;                                      /* glyph_string_free; NULL where nothing is to be written */
  char message[sizeof((glyph_error *)0)->message]; /* for people; empty: none */
  int exit_status, done;
} result;

typedef struct run {
  const page_command *command;
  const options *options;
  char **overlays; /* NULL, or a path an input */
  result *results; /* one an input */
  int started, finished, written, stop;
  int output_failed;
  pthread_mutex_t lock; /* of the counters and of result.done */
  pthread_cond_t changed;
  glyph_reader **readers; /* one a thread */
  pthread_t *threads;
  int thread_count;
} run;

typedef struct worker {
  run *run;
  glyph_reader *reader;
} worker;

/* ---- one picture ---------------------------------------------------------------------------------------------------
 */

static int worse(int a, int b) {
  return a > b ? a : b;
}

static void note_error(result *result, const glyph_error *error, int exit_status) {
  if (!*result->message) memcpy(result->message, error->message, sizeof result->message);
  result->exit_status = worse(result->exit_status, exit_status);
}

static char separator_of(output_format format) {
  return format == FORMAT_TSV ? '\t' : ',';
}

static char *render_page(const run *run, const glyph_page *page, const char *file) {
  glyph_page_kind kind = run->command->kind;
  output_format format = run->options->format;
  if (format == FORMAT_JSON) return glyph_page_json(page, file, kind);
  if (format == FORMAT_SVG) return glyph_page_svg(page, file);
  if (format == FORMAT_TEXT) return glyph_page_text(page, kind);
  if (run->options->table_rows) return glyph_page_table_rows(page, file, separator_of(format));
  return glyph_page_table(page, file, kind, separator_of(format));
}

static void set_no_memory(result *result, const char *file) {
  glyph_error error = {.status = GLYPH_ERR_MEMORY};
  snprintf(error.message, sizeof error.message, "%s: %s", file, strerror(ENOMEM));
  note_error(result, &error, EXIT_ENVIRONMENT);
}

static void set_failure(const run *run, result *result, const char *file, const glyph_error *error) {
  int ours = error->status == GLYPH_ERR_MEMORY || error->status == GLYPH_ERR_INTERNAL;
  note_error(result, error, ours ? EXIT_ENVIRONMENT : EXIT_INPUT);
  if (run->options->format != FORMAT_JSON) return;
  result->text = glyph_error_json(error, file, 1);
  if (!result->text) set_no_memory(result, file);
}

static void read_one(const run *run, glyph_reader *reader, int index) {
  const char *file = run->options->files[index];
  result *result = &run->results[index];
  glyph_page *page = NULL;
  glyph_error error = {0};
  if (run->command->read_file(reader, file, &page, &error)) {
    set_failure(run, result, file, &error);
    return;
  }
  result->text = render_page(run, page, file);
  if (!result->text) set_no_memory(result, file);
  if (run->overlays && glyph_overlay_write(page, run->overlays[index], &error))
    note_error(result, &error, EXIT_ENVIRONMENT);
  glyph_page_close(&page);
}

/* ---- threads -------------------------------------------------------------------------------------------------------
 */

/* The next input, or -1 where none is left. */
static int take(run *run) {
  int index = -1;
  pthread_mutex_lock(&run->lock);
  while (!run->stop && run->started - run->written >= PICTURES_AHEAD + run->thread_count)
    pthread_cond_wait(&run->changed, &run->lock);
  if (!run->stop && run->started < run->options->file_count) index = run->started++;
  pthread_mutex_unlock(&run->lock);
  return index;
}

static void *work(void *user) {
  worker *worker = user;
  run *run = worker->run;
  for (int index; (index = take(run)) >= 0;) {
    read_one(run, worker->reader, index);
    pthread_mutex_lock(&run->lock);
    run->results[index].done = 1;
    run->finished++;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
  }
  return NULL;
}

static void wait_for(run *run, int index, progress *progress) {
  pthread_mutex_lock(&run->lock);
  while (!run->results[index].done) {
    pthread_cond_wait(&run->changed, &run->lock);
    progress_show(progress, run->finished, run->options->file_count, -1, "");
  }
  pthread_mutex_unlock(&run->lock);
}

/* ---- output --------------------------------------------------------------------------------------------------------
 */

static int write_header(const run *run, sink *sink) {
  output_format format = run->options->format;
  if (format != FORMAT_CSV && format != FORMAT_TSV) return 0;
  char separator = separator_of(format);
  char *header = run->options->table_rows ? glyph_table_rows_header(separator)
                                          : glyph_table_header(run->command->kind, separator);
  if (!header) complain("%s", strerror(ENOMEM));
  int failed = header ? sink_write(sink, header) : -1;
  glyph_string_free(header);
  return failed;
}

/* Pages of text stand apart by a form feed, also where one failed; a classified picture is a line, also where it
 * failed: so places in the output tell which input they belong to. */
static int write_result(const run *run, sink *sink, const result *result, int index) {
  const char *before = "", *after = "";
  int classify = run->command->kind == GLYPH_PAGE_CLASSIFY;
  if (run->options->format == FORMAT_TEXT && !classify && index) before = "\f";
  if (run->options->format == FORMAT_TEXT && classify && !result->text) after = "\n";
  if (run->options->format == FORMAT_JSON && result->text) after = "\n";
  if (*before && sink_write(sink, before)) return -1;
  if (result->text && sink_write(sink, result->text)) return -1;
  return *after ? sink_write(sink, after) : 0;
}

static int write_results(run *run, sink *sink) {
  int exit_status = EXIT_GOOD, failed = write_header(run, sink);
  int shares_terminal = isatty(fileno(sink->stream));
  progress progress;
  progress_start(&progress, run->options->quiet, run->options->file_count, 0);
  for (int i = 0; i < run->options->file_count && !failed; i++) {
    result *result = &run->results[i];
    wait_for(run, i, &progress);
    if (shares_terminal || *result->message) progress_hide(&progress);
    if (*result->message) complain("%s", result->message);
    failed = write_result(run, sink, result, i);
    exit_status = worse(exit_status, result->exit_status);
    glyph_string_free(result->text);
    result->text = NULL;
    pthread_mutex_lock(&run->lock);
    run->written = i + 1;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
  }
  progress_hide(&progress);
  run->output_failed = failed;
  return failed ? EXIT_ENVIRONMENT : exit_status;
}

/* ---- the run -------------------------------------------------------------------------------------------------------
 */

static int choose_thread_count(const options *options) {
  long count = options->threads;
  if (!count) {
    count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count > DEFAULT_THREADS_MAX) count = DEFAULT_THREADS_MAX;
  }
  if (count > options->file_count) count = options->file_count;
  return count > 1 ? (int)count : 1;
}

static int open_readers(run *run) {
  for (int i = 0; i < run->thread_count; i++) {
    glyph_error error = {0};
    if (!glyph_reader_open(&run->readers[i], &run->options->reader, &error)) continue;
    complain("%s", error.message);
    return -1;
  }
  return 0;
}

/* Starts the workers, writes, and waits for them. */
static int run_workers(run *run, worker *workers, sink *sink) {
  int count = 0, exit_status = EXIT_ENVIRONMENT;
  for (; count < run->thread_count; count++) {
    workers[count] = (worker){run, run->readers[count]};
    if (pthread_create(&run->threads[count], NULL, work, &workers[count])) break;
  }
  if (count)
    exit_status = write_results(run, sink);
  else
    complain("cannot start a thread");
  run->output_failed |= !count;
  pthread_mutex_lock(&run->lock);
  run->stop = 1;
  pthread_cond_broadcast(&run->changed);
  pthread_mutex_unlock(&run->lock);
  for (int i = 0; i < count; i++) pthread_join(run->threads[i], NULL);
  return exit_status;
}

static int run_with_sink(run *run, worker *workers) {
  sink sink;
  if (open_readers(run) || sink_open(&sink, run->options->output)) return EXIT_ENVIRONMENT;
  int exit_status = run_workers(run, workers, &sink);
  return sink_close(&sink, !run->output_failed) ? EXIT_ENVIRONMENT : exit_status;
}

static int run_all(run *run) {
  size_t files = (size_t)run->options->file_count, threads = (size_t)choose_thread_count(run->options);
  worker *workers = calloc(threads, sizeof *workers);
  run->thread_count = (int)threads;
  run->results = calloc(files, sizeof *run->results);
  run->readers = calloc(threads, sizeof *run->readers);
  run->threads = calloc(threads, sizeof *run->threads);
  int exit_status = EXIT_ENVIRONMENT;
  if (workers && run->results && run->readers && run->threads)
    exit_status = run_with_sink(run, workers);
  else
    complain("%s", strerror(ENOMEM));
  for (size_t i = 0; run->readers && i < threads; i++) glyph_reader_close(&run->readers[i]);
  for (size_t i = 0; run->results && i < files; i++) glyph_string_free(run->results[i].text);
  free(workers);
  free(run->results);
  free(run->readers);
  free(run->threads);
  return exit_status;
}

int pages_command(const page_command *command, int argc, char **argv) {
  options options;
  run run = {.command = command, .options = &options};
  const unsigned shapes = command->kind == GLYPH_PAGE_SHAPES ? OPTIONS_SHAPES : 0;
  const option_set set = {.groups = OPTIONS_PICTURES | OPTIONS_OUTPUT | OPTIONS_READING | shapes};
  int status = options_parse(&options, command->help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  if (options.table_rows && command->kind != GLYPH_PAGE_READ) {
    complain("%s: --csv tables: only glyphlift read finds tables; see glyphlift %s --help", options.command,
             options.command);
    return EXIT_USAGE;
  }
  status = paths_plan(&options, &run.overlays);
  if (status) return status;
  pthread_mutex_init(&run.lock, NULL);
  pthread_cond_init(&run.changed, NULL);
  status = run_all(&run);
  pthread_cond_destroy(&run.changed);
  pthread_mutex_destroy(&run.lock);
  paths_free(run.overlays, options.file_count);
  return status;
}
