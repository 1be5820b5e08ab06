/* Reads many pages on several threads and writes their results in the order of the command line. Each worker has its
 * own reader and renders its results; the main thread alone writes. Workers run ahead of the writing by a bounded
 * number of pages, so that memory does not grow with their number. */
#include "pages.h"

#include "inputs.h"
#include "message.h"
#include "paths.h"
#include "progress.h"
#include "sink.h"

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
  char **overlays; /* NULL, or a path a file */
  inputs inputs;
  pthread_mutex_t inputs_lock; /* taken before the one below */
  result *results;             /* of pages in hand: number i stands at i % result_count */
  int result_count;
  long long started, finished, written; /* pages */
  long long expected;                   /* as far as it is known */
  int ended, stop;                      /* no page follows; none is to be read */
  int output_failed;
  pthread_mutex_t lock; /* of the counters and of result.done */
  pthread_cond_t changed;
  glyph_reader **readers; /* one a thread */
  pthread_t *threads;
  int thread_count;
} run;

typedef struct worker {
  run *run;
  glyph_reader **reader; /* NULL until it is needed */
} worker;

/* ---- one page ------------------------------------------------------------------------------------------------------
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
  snprintf(error.message, sizeof error.message, "%s: out of memory", file);
  note_error(result, &error, EXIT_ENVIRONMENT);
}

static void set_failure(const run *run, result *result, const char *file, int page, const glyph_error *error) {
  int ours = error->status == GLYPH_ERR_MEMORY || error->status == GLYPH_ERR_INTERNAL;
  note_error(result, error, ours ? EXIT_ENVIRONMENT : EXIT_INPUT);
  if (run->options->format != FORMAT_JSON) return;
  result->text = glyph_error_json(error, file, page);
  if (!result->text) set_no_memory(result, file);
}

static void write_overlay(const run *run, result *result, const input_page *input, const glyph_page *page) {
  glyph_error error = {0};
  const int is_one_of_many = glyph_document_page_count(input->file->document) > 1;
  char *path = paths_of_page(run->overlays[input->index], is_one_of_many ? input->number : 0);
  if (!path)
    set_no_memory(result, run->overlays[input->index]);
  else if (glyph_overlay_write(page, path, &error))
    note_error(result, &error, EXIT_ENVIRONMENT);
  free(path);
}

static void read_one(const run *run, glyph_reader *reader, input_page *input, result *result) {
  const char *file = run->options->files[input->index];
  glyph_page *page = NULL;
  if (!input->file || run->command->read_page(reader, input->file->document, input->number, &page, &input->error)) {
    set_failure(run, result, file, input->number, &input->error);
    return;
  }
  result->text = render_page(run, page, file);
  if (!result->text) set_no_memory(result, file);
  if (run->overlays) write_overlay(run, result, input, page);
  glyph_page_close(&page);
}

static void read_with(const run *run, glyph_reader **reader, input_page *input, result *result) {
  glyph_error error = {0};
  if (!*reader && glyph_reader_open(reader, &run->options->reader, &error)) {
    set_failure(run, result, run->options->files[input->index], input->number, &error);
    result->exit_status = EXIT_ENVIRONMENT;
  } else {
    read_one(run, *reader, input, result);
  }
}

/* ---- threads -------------------------------------------------------------------------------------------------------
 */

/* Waits until the page after the last one may be read; 0: none is to be. */
static int may_start(run *run) {
  pthread_mutex_lock(&run->lock);
  while (!run->stop && run->started - run->written >= run->result_count) pthread_cond_wait(&run->changed, &run->lock);
  const int may = !run->stop && !run->ended;
  pthread_mutex_unlock(&run->lock);
  return may;
}

/* The next page, or NULL where none is left: its place among the results. */
static result *take(run *run, input_page *input) {
  result *place = NULL;
  pthread_mutex_lock(&run->inputs_lock);
  if (may_start(run)) {
    const int is_there = inputs_next(&run->inputs, input);
    pthread_mutex_lock(&run->lock);
    if (is_there) place = &run->results[run->started++ % run->result_count];
    if (place) *place = (result){0};
    run->ended = !is_there;
    run->expected = run->started + run->inputs.left;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
  }
  pthread_mutex_unlock(&run->inputs_lock);
  return place;
}

static void *work(void *user) {
  worker *worker = user;
  run *run = worker->run;
  input_page input;
  for (result *result; (result = take(run, &input)) != NULL;) {
    read_with(run, worker->reader, &input, result);
    inputs_release(&run->inputs, &input);
    pthread_mutex_lock(&run->lock);
    result->done = 1;
    run->finished++;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
  }
  return NULL;
}

/* The result of the next page to be written, when it is there; NULL: none follows. */
static result *wait_for_next(run *run, progress *progress) {
  pthread_mutex_lock(&run->lock);
  result *next = &run->results[run->written % run->result_count];
  for (;;) {
    if (run->written == run->started && run->ended) next = NULL;
    if (!next || (run->written < run->started && next->done)) break;
    pthread_cond_wait(&run->changed, &run->lock);
    progress_show(progress, run->finished, run->expected, -1, "");
  }
  pthread_mutex_unlock(&run->lock);
  return next;
}

/* ---- output --------------------------------------------------------------------------------------------------------
 */

static int write_header(const run *run, sink *sink) {
  output_format format = run->options->format;
  if (format != FORMAT_CSV && format != FORMAT_TSV) return 0;
  char separator = separator_of(format);
  char *header =
      run->options->table_rows ? glyph_table_rows_header(separator) : glyph_table_header(run->command->kind, separator);
  if (!header) complain("out of memory");
  int failed = header ? sink_write(sink, header) : -1;
  glyph_string_free(header);
  return failed;
}

/* Pages of text stand apart by a form feed, also where one failed; a classified picture is a line, also where it
 * failed: so places in the output tell which input they belong to. */
static int write_result(const run *run, sink *sink, const result *result) {
  const char *before = "", *after = "";
  int classify = run->command->kind == GLYPH_PAGE_CLASSIFY;
  if (run->options->format == FORMAT_TEXT && !classify && run->written) before = "\f";
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
  progress_start(&progress, run->options->quiet, -1, 0);
  for (result *result; !failed && (result = wait_for_next(run, &progress)) != NULL;) {
    if (shares_terminal || *result->message) progress_hide(&progress);
    if (*result->message) complain("%s", result->message);
    failed = write_result(run, sink, result);
    exit_status = worse(exit_status, result->exit_status);
    glyph_string_free(result->text);
    result->text = NULL;
    pthread_mutex_lock(&run->lock);
    run->written++;
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
  return count > 1 ? (int)count : 1;
}

/* The first of the readers, which tells whether there can be any; the other workers open theirs when they have a
 * page. */
static int open_first_reader(run *run) {
  glyph_error error = {0};
  if (!glyph_reader_open(&run->readers[0], &run->options->reader, &error)) return 0;
  complain("%s", error.message);
  return -1;
}

/* Starts the workers, writes, and waits for them. */
static int run_workers(run *run, worker *workers, sink *sink) {
  int count = 0, exit_status = EXIT_ENVIRONMENT;
  for (; count < run->thread_count; count++) {
    workers[count] = (worker){run, &run->readers[count]};
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
  if (open_first_reader(run) || sink_open(&sink, run->options->output)) return EXIT_ENVIRONMENT;
  int exit_status = run_workers(run, workers, &sink);
  return sink_close(&sink, !run->output_failed) ? EXIT_ENVIRONMENT : exit_status;
}

static int run_all(run *run) {
  const size_t threads = (size_t)choose_thread_count(run->options);
  worker *workers = calloc(threads, sizeof *workers);
  run->thread_count = (int)threads;
  run->result_count = PICTURES_AHEAD + run->thread_count;
  run->results = calloc((size_t)run->result_count, sizeof *run->results);
  run->readers = calloc(threads, sizeof *run->readers);
  run->threads = calloc(threads, sizeof *run->threads);
  int exit_status = EXIT_ENVIRONMENT;
  if (workers && run->results && run->readers && run->threads)
    exit_status = run_with_sink(run, workers);
  else
    complain("out of memory");
  for (size_t i = 0; run->readers && i < threads; i++) glyph_reader_close(&run->readers[i]);
  for (int i = 0; run->results && i < run->result_count; i++) glyph_string_free(run->results[i].text);
  free(workers);
  free(run->results);
  free(run->readers);
  free(run->threads);
  return exit_status;
}

int pages_command(const page_command *command, int argc, char **argv) {
  options options;
  run run = {.command = command, .options = &options};
  static const unsigned own[] = {[GLYPH_PAGE_READ] = OPTIONS_NUMBERS | OPTIONS_TABLES,
                                 [GLYPH_PAGE_CLASSIFY] = 0,
                                 [GLYPH_PAGE_SHAPES] = OPTIONS_SHAPES};
  const option_set set = {.groups = OPTIONS_PICTURES | OPTIONS_OUTPUT | OPTIONS_READING | own[command->kind]};
  int status = options_parse(&options, command->help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  status = inputs_open(&run.inputs, &options);
  if (!status) status = paths_plan(&options, &run.overlays);
  if (status) {
    inputs_close(&run.inputs);
    return status;
  }
  pthread_mutex_init(&run.inputs_lock, NULL);
  pthread_mutex_init(&run.lock, NULL);
  pthread_cond_init(&run.changed, NULL);
  status = run_all(&run);
  pthread_cond_destroy(&run.changed);
  pthread_mutex_destroy(&run.lock);
  pthread_mutex_destroy(&run.inputs_lock);
  inputs_close(&run.inputs);
  paths_free(run.overlays, options.file_count);
  return status;
}
