/* The run: lists files, hands those to be read to the workers, and writes what comes back, all in one order. The
 * calling thread alone touches the database, so that its rows stand in the order of the listing whatever the workers
 * do, and a run that was killed and gone on with leaves what an undisturbed one does. */
#include "batch.h"

#include "../input/input.h"
#include "listing.h"
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  DEFAULT_WORKERS_MAX = 64,
  PAGES_A_TRANSACTION = 16,
  TRANSACTION_MS = 500,
  TELL_MS = 100, /* between calls of the caller's progress */
  COUNT_AT_A_TIME = 1024
};

typedef struct batch {
  const glyph_batch_options *options;
  const char *folder; /* NULL for a list */
  struct stat root;
  store store;
  queue *queue;
  listing *list;
  int is_listed; /* all of it */
  glyph_batch_counts *counts;
  int64_t started_ns, told_ns, begun_ns;
  int pages_begun, is_begun; /* of the open transaction */
  int is_asked_to_stop;
  uint8_t *seen; /* a bit a file of the database */
  size_t seen_bytes;
  int is_torn; /* the open transaction holds part of a page */
  struct {
    int64_t file;
    int is_read, may_pass; /* a page was; a failure is one that may pass */
  } current;               /* the file whose pages are being written */
  glyph_error *error;
} batch;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void glyph_batch_options_init(glyph_batch_options *options) {
  *options = (glyph_batch_options){.size = sizeof *options};
  glyph_options_init(&options->reader);
}

/* ---- telling the caller ------------------------------------------------------------------------------------------ */

static void tell(batch *batch) {
  const int64_t now = now_ns();
  if (now - batch->told_ns < TELL_MS * (int64_t)1000000) return;
  batch->told_ns = now;
  batch->counts->seconds = (double)(now - batch->started_ns) * 1e-9;
  if (batch->options->progress && batch->options->progress(batch->options->user, batch->counts))
    batch->is_asked_to_stop = 1;
}

/* ---- the folder -------------------------------------------------------------------------------------------------- */

static int look_at_root(const batch *batch, struct stat *out) {
  return stat(batch->folder, out) ? -1 : 0;
}

/* A folder that was taken away, or whose file system was, would make every file in it fail. */
static int check_root(batch *batch) {
  struct stat now;
  if (!batch->folder) return GLYPH_OK;
  if (!look_at_root(batch, &now) && now.st_dev == batch->root.st_dev && now.st_ino == batch->root.st_ino)
    return GLYPH_OK;
  return glyph_error_set(batch->error, GLYPH_ERR_IO, "%s: the folder is gone: it was removed, renamed or unmounted",
                         batch->folder);
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

static int begin(batch *batch) {
  if (batch->is_begun) return GLYPH_OK;
  const int status = store_begin(&batch->store, batch->error);
  if (status) return status;
  batch->is_begun = 1;
  batch->pages_begun = 0;
  batch->begun_ns = now_ns();
  return GLYPH_OK;
}

static int commit(batch *batch) {
  if (!batch->is_begun) return GLYPH_OK;
  const int status = store_commit(&batch->store, batch->error);
  if (status == GLYPH_OK) batch->is_begun = 0;
  return status;
}

static int commit_when_due(batch *batch) {
  if (!batch->is_begun) return GLYPH_OK;
  const int is_due =
      batch->pages_begun >= PAGES_A_TRANSACTION || now_ns() - batch->begun_ns >= TRANSACTION_MS * (int64_t)1000000;
  return is_due ? commit(batch) : GLYPH_OK;
}

/* ---- which files are to be read ---------------------------------------------------------------------------------- */

static int mark_seen(batch *batch, int64_t file) {
  const size_t byte = (size_t)file / 8;
  if (byte >= batch->seen_bytes) {
    const size_t wanted = 2 * byte + 1024;
    uint8_t *seen = realloc(batch->seen, wanted);
    if (!seen) return glyph_error_set(batch->error, GLYPH_ERR_MEMORY, "out of memory");
    memset(seen + batch->seen_bytes, 0, wanted - batch->seen_bytes);
    batch->seen = seen;
    batch->seen_bytes = wanted;
  }
  batch->seen[byte] |= (uint8_t)(1 << file % 8);
  return GLYPH_OK;
}

static int is_seen(const batch *batch, int64_t file) {
  const size_t byte = (size_t)file / 8;
  return byte < batch->seen_bytes && batch->seen[byte] >> file % 8 & 1;
}

/* The database, its log and its lock may lie in the folder, and a pattern like * would take them for pictures. */
static int is_own_file(const batch *batch, const char *whole) {
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
  const char *name = strrchr(whole, '/'), *database = strrchr(batch->options->database, '/');
  name = name ? name + 1 : whole;
  database = database ? database + 1 : batch->options->database;
  const size_t length = strlen(database);
  if (strncmp(name, database, length)) return 0;
  int is_named_so = 0;
  for (size_t i = 0; i < 4; i++) is_named_so |= !strcmp(name + length, suffixes[i]);
  struct stat a, b;
  char *base = strdup(whole);
  if (base) base[strlen(whole) - strlen(name + length)] = '\0';
  const int is_own = is_named_so && base && !stat(base, &a) && !stat(batch->options->database, &b) &&
                     a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  free(base);
  return is_own;
}

static void count_unchanged(batch *batch, const known_file *known) {
  batch->counts->files++;
  batch->counts->unchanged++;
  batch->counts->failed_before += known->failed;
  batch->counts->other_settings += !known->is_current;
}

/* Nothing is read, but that a missing file is back may have to be written. */
static int pass_unchanged(batch *batch, const known_file *known) {
  count_unchanged(batch, known);
  int status = mark_seen(batch, known->file);
  if (status || !known->missing) return status;
  status = begin(batch);
  return status == GLYPH_OK ? store_put_missing(&batch->store, known->file, 0, batch->error) : status;
}

static int queue_file(batch *batch, const char *path, const known_file *known, int must_read) {
  task *task = calloc(1, sizeof *task);
  if (task) task->path = strdup(path);
  if (!task || !task->path) {
    task_free(task);
    return glyph_error_set(batch->error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  }
  task->is_file = 1;
  task->known = *known;
  task->must_read = must_read;
  queue_add(batch->queue, task);
  return GLYPH_OK;
}

static int consider(batch *batch, const char *path) {
  known_file known;
  file_facts facts;
  glyph_error ignored;
  char *whole = document_path(batch->folder, path);
  if (!whole) return glyph_error_set(batch->error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  int status = store_find(&batch->store, path, &known, batch->error);
  if (status < 0 || is_own_file(batch, whole)) {
    free(whole);
    return status < 0 ? status : GLYPH_OK;
  }
  const int must_read = !known.done || (batch->options->redo && !known.is_current);
  const int is_unchanged = status == 1 && !must_read && !file_facts_look(whole, path, &facts, &ignored) &&
                           file_facts_agree(&facts, &known.facts);
  free(whole);
  return is_unchanged ? pass_unchanged(batch, &known) : queue_file(batch, path, &known, must_read);
}

/* ---- what comes back --------------------------------------------------------------------------------------------- */

static void count_page(glyph_batch_counts *counts, const glyph_page *page) {
  counts->pages++;
  counts->numbers += (int64_t)page->number_count;
  counts->shapes += (int64_t)page->shape_count;
  counts->connectors += (int64_t)page->connector_count;
  for (size_t i = 0; i < page->number_count; i++)
    counts->doubtful += page->numbers[i].confidence < GLYPH_BATCH_DOUBTFUL;
  for (size_t i = 0; i < page->glyph_count; i++)
    counts->digits += page->glyphs[i].text[0] >= '0' && page->glyphs[i].text[0] <= '9';
}

/* A file that could not be opened. What an earlier run has read of it stays, if the failure is one that may pass. */
static int write_unopened(batch *batch, const task *task) {
  const int may_pass = failure_may_pass(task->result.error.status);
  batch->current.file = task->known.file;
  if (task->known.file && may_pass) return store_put_done(&batch->store, task->known.file, 0, batch->error);
  return store_put_file(&batch->store, task->path, &task->known, &task->facts, 0, 1, !may_pass, &batch->current.file,
                        batch->error);
}

static int write_file(batch *batch, const task *task) {
  batch->current.is_read = task->page != 1 && task->known.pages_done; /* by the run before */
  batch->current.may_pass = 0;
  if (task->is_same) {
    batch->current.file = task->known.file;
    count_unchanged(batch, &task->known);
    return store_put_times(&batch->store, &task->known, &task->facts, batch->error);
  }
  if (!task->page_count) return write_unopened(batch, task);
  return store_put_file(&batch->store, task->path, &task->known, &task->facts, task->page_count,
                        task->page ? task->page : 2, 0, &batch->current.file, batch->error);
}

static int write_page(batch *batch, const page_result *page) {
  if (page->content) {
    count_page(batch->counts, page->content);
    batch->current.is_read = 1;
  } else {
    batch->counts->failures[-page->error.status]++;
    batch->current.may_pass |= failure_may_pass(page->error.status);
  }
  batch->pages_begun++;
  return store_put_page(&batch->store, batch->current.file, page, batch->error);
}

static int end_file(batch *batch, const task *task) {
  batch->counts->files++;
  batch->counts->read += batch->current.is_read;
  batch->counts->failed += !batch->current.is_read;
  if ((task->is_file && !task->page_count) || batch->current.may_pass) return GLYPH_OK;
  return store_put_done(&batch->store, batch->current.file, 1, batch->error);
}

/* A list may name a file twice: the second time it is known by now. */
static int meet_again(batch *batch, task *task) {
  if (!batch->options->list || task->known.file) return GLYPH_OK;
  const int status = store_find(&batch->store, task->path, &task->known, batch->error);
  return status < 0 ? status : GLYPH_OK;
}

static int write_result(batch *batch, task *task) {
  int status = task->result.error.status == GLYPH_ERR_IO ? check_root(batch) : GLYPH_OK;
  if (status == GLYPH_OK) status = begin(batch);
  if (status) return status;
  batch->is_torn = 1;
  if (task->is_file) status = meet_again(batch, task);
  if (status == GLYPH_OK && task->is_file) status = write_file(batch, task);
  if (status == GLYPH_OK && task->result.number) status = write_page(batch, &task->result);
  if (status == GLYPH_OK && task->is_last && !task->is_same) status = end_file(batch, task);
  if (status == GLYPH_OK) status = mark_seen(batch, batch->current.file);
  if (status == GLYPH_OK) batch->is_torn = 0;
  return status;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static int list_one(batch *batch) {
  const char *path;
  const int status = listing_next(batch->list, &path, batch->error);
  if (status < 0) return status;
  batch->is_listed = status == 0;
  return status ? consider(batch, path) : GLYPH_OK;
}

/* Writes the oldest file if it is done; waits for that a while where there is nothing else to do. */
static int write_one(batch *batch, int may_wait) {
  task *task = queue_take(batch->queue, may_wait ? TELL_MS : 0);
  const int status = task ? write_result(batch, task) : GLYPH_OK;
  task_free(task);
  return status == GLYPH_OK ? commit_when_due(batch) : status;
}

static int run_loop(batch *batch) {
  int status = GLYPH_OK, stopped = 0;
  while (status == GLYPH_OK && (!batch->is_listed || queue_count(batch->queue))) {
    if (batch->is_asked_to_stop && !stopped) {
      stopped = batch->is_listed = 1;
      queue_stop(batch->queue);
    }
    const int may_list = !batch->is_listed && queue_count(batch->queue) < queue_room(batch->queue);
    if (may_list) status = list_one(batch);
    if (status == GLYPH_OK && queue_count(batch->queue)) status = write_one(batch, !may_list);
    tell(batch);
  }
  if (status == GLYPH_OK) status = commit(batch);
  if (status || !stopped) return status;
  return glyph_error_set(batch->error, GLYPH_ERR_CANCELLED, "interrupted");
}

/* ---- files that are gone ----------------------------------------------------------------------------------------- */

static int note_missing(batch *batch, int64_t file, const char *path, int was_missing) {
  struct stat ignored;
  char *whole = document_path(batch->folder, path);
  if (!whole) return glyph_error_set(batch->error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
  const int is_gone = stat(whole, &ignored) && (errno == ENOENT || errno == ENOTDIR);
  free(whole);
  batch->counts->missing += is_gone;
  if (is_gone && batch->options->forget) return store_forget(&batch->store, file, batch->error);
  return is_gone == was_missing ? GLYPH_OK : store_put_missing(&batch->store, file, is_gone, batch->error);
}

/* Looks after the files of the database that this run has not come across. */
static int find_missing(batch *batch) {
  int64_t file = 0;
  const char *path = NULL;
  int missing = 0;
  if (batch->options->list) return GLYPH_OK;
  int status = check_root(batch);
  if (status == GLYPH_OK) status = begin(batch);
  while (status == GLYPH_OK) {
    status = store_next_file(&batch->store, file, &file, &path, &missing, batch->error);
    if (status || !file) break;
    if (!is_seen(batch, file)) status = note_missing(batch, file, path, missing);
    tell(batch);
  }
  return status == GLYPH_OK ? commit(batch) : status;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static int check_options(const glyph_batch_options *options, glyph_error *error) {
  if (!options || options->size != sizeof *options)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "glyph_batch_options was not set up by glyph_batch_options_init");
  if (!options->database || !options->folder == !options->list)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "a database and either a folder or a list must be named");
  if (options->workers < 0 || options->shard_count < 0 || options->shard < 0 ||
      (options->shard >= options->shard_count && options->shard))
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "shard %d of %d, or %d workers, is out of range", options->shard,
                           options->shard_count, options->workers);
  return GLYPH_OK;
}

/* How many files there are, for the progress; a list from standard input can be read only once. */
static int count_files(batch *batch) {
  listing *list = NULL;
  const char *path;
  int64_t total = 0;
  batch->counts->total = -1;
  if (!batch->options->progress || (batch->options->list && !strcmp(batch->options->list, "-"))) return GLYPH_OK;
  int status = listing_open(&list, batch->options, 1, batch->error);
  while (status >= 0 && !batch->is_asked_to_stop && (status = listing_next(list, &path, batch->error)) == 1)
    if (++total % COUNT_AT_A_TIME == 0) tell(batch);
  listing_close(&list);
  batch->counts->total = total;
  return status < 0 ? status : GLYPH_OK;
}

static int open_all(batch *batch) {
  const glyph_batch_options *options = batch->options;
  glyph_options reader = options->reader;
  const page_reading reading = {batch->folder, options->shapes};
  char models[MODELS_SIZE];
  reader.progress = NULL;
  reader.dump_directory = NULL;
  reader.keep_picture = 0;
  long workers = options->workers ? options->workers : sysconf(_SC_NPROCESSORS_ONLN);
  if (!options->workers && workers > DEFAULT_WORKERS_MAX) workers = DEFAULT_WORKERS_MAX;
  if (batch->folder && look_at_root(batch, &batch->root))
    return glyph_error_set(batch->error, GLYPH_ERR_IO, "%s: the folder cannot be opened: %s", batch->folder,
                           glyph_errno_text(errno));
  if (batch->folder && !S_ISDIR(batch->root.st_mode))
    return glyph_error_set(batch->error, GLYPH_ERR_IO, "%s: is a file, and a folder is expected; files go into a list",
                           batch->folder);
  int status = listing_open(&batch->list, options, 0, batch->error);
  if (status == GLYPH_OK)
    status = queue_open(&batch->queue, workers > 1 ? (int)workers : 1, &reader, &reading, models, batch->error);
  if (status == GLYPH_OK) status = store_open(&batch->store, options->database, batch->error);
  return status == GLYPH_OK ? store_start_run(&batch->store, options, models, batch->error) : status;
}

/* Says in the database how the run ended, where that is still possible. */
static int end_run(batch *batch, int status) {
  glyph_error ignored;
  const char *state = status == GLYPH_OK ? "finished" : status == GLYPH_ERR_CANCELLED ? "interrupted" : "failed";
  if (!batch->store.run) return status;
  if (batch->is_begun && (batch->is_torn || store_commit(&batch->store, &ignored))) store_roll_back(&batch->store);
  const int ended = store_end_run(&batch->store, state, batch->counts, status ? &ignored : batch->error);
  return status ? status : ended;
}

int glyph_batch_run(const glyph_batch_options *options, glyph_batch_counts *counts, glyph_error *error) {
  glyph_error own_error;
  glyph_batch_counts own_counts;
  batch batch = {.options = options,
                 .counts = counts ? counts : &own_counts,
                 .error = error ? error : &own_error,
                 .started_ns = now_ns()};
  *batch.counts = (glyph_batch_counts){.total = -1};
  int status = check_options(options, batch.error);
  if (status) return status;
  batch.folder = options->list ? NULL : options->folder;
  status = open_all(&batch);
  if (status == GLYPH_OK) status = count_files(&batch);
  if (status == GLYPH_OK) status = run_loop(&batch);
  if (status == GLYPH_OK) status = find_missing(&batch);
  queue_close(&batch.queue);
  status = end_run(&batch, status);
  if (batch.list) {
    batch.counts->left_alone = listing_get_counts(batch.list).left_alone;
    batch.counts->folders_closed = listing_get_counts(batch.list).folders_closed;
  }
  batch.counts->seconds = (double)(now_ns() - batch.started_ns) * 1e-9;
  store_close(&batch.store);
  listing_close(&batch.list);
  free(batch.seen);
  return status;
}
