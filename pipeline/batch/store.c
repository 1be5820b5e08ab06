/* Runs, files and pages into the results database, by prepared statements. Confidences have four decimals there, as
 * in the JSON beside them. */
#include "store.h"

#include "../input/input.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  LAST_RUN,
  ADD_RUN,
  END_RUN,
  FIND_FILE,
  ADD_FILE,
  CHANGE_FILE,
  CHANGE_TIMES,
  SET_DONE,
  NEXT_FILE,
  SET_MISSING,
  DELETE_FILE,
  DELETE_PAGES,
  DELETE_NUMBERS,
  DELETE_GLYPHS,
  DELETE_CELLS,
  DELETE_SHAPES,
  DELETE_CONNECTORS,
  DELETE_ERRORS,
  ADD_PAGE,
  ADD_NUMBER,
  ADD_GLYPH,
  ADD_CELL,
  ADD_SHAPE,
  ADD_CONNECTOR,
  ADD_ERROR,
  STATEMENTS
};
_Static_assert((int)STATEMENTS <= (int)STORE_STATEMENTS, "store.h has room for them");

#define NOW "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

static const char *const texts[STATEMENTS] = {
    [LAST_RUN] = "SELECT folder, shard FROM runs ORDER BY run DESC LIMIT 1",
    [ADD_RUN] =
        "INSERT INTO runs (started, state, version, model, settings, folder, shard) VALUES (" NOW
        ", 'running', ?1, ?2, json_object('max_pixels', ?3, 'min_confidence', ?4, 'ignore_orientation', ?5,"
        " 'region', ?6, 'keep_rejected', ?7, 'expect', ?8, 'digits', ?9, 'shapes', ?10, 'tidy', ?11), ?12, ?13)",
    [END_RUN] = "UPDATE runs SET ended = " NOW ", state = ?2, files = ?3, pages = ?4, failures = ?5 WHERE run = ?1",
    /* A file is gone on with where its pages so far are those of the same settings, and none has to be tried again. */
    [FIND_FILE] = "SELECT f.file, f.size, f.modified_ns, f.changed_ns, f.sha256, f.done, f.missing,"
                  " EXISTS (SELECT 1 FROM errors e WHERE e.file = f.file),"
                  " (a.version, a.model, a.settings) = (b.version, b.model, b.settings),"
                  " CASE WHEN f.done OR EXISTS (SELECT 1 FROM errors e WHERE e.file = f.file AND"
                  "   e.code IN ('io', 'memory', 'module', 'internal')) THEN 0"
                  "  ELSE (SELECT count(*) FROM pages p WHERE p.file = f.file)"
                  "   + (SELECT count(*) FROM errors e WHERE e.file = f.file) END"
                  " FROM files f JOIN runs a ON a.run = f.run JOIN runs b ON b.run = ?2 WHERE f.path = ?1",
    [ADD_FILE] = "INSERT INTO files (path, size, modified_ns, changed_ns, sha256, pages, done, missing, run)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
    [CHANGE_FILE] = "UPDATE files SET size = ?2, modified_ns = ?3, changed_ns = ?4, sha256 = ?5, pages = ?6, done = ?7,"
                    " missing = 0, run = ?8 WHERE file = ?1",
    [CHANGE_TIMES] = "UPDATE files SET modified_ns = ?2, changed_ns = ?3, missing = 0 WHERE file = ?1",
    [SET_DONE] = "UPDATE files SET done = ?2, missing = 0 WHERE file = ?1",
    [NEXT_FILE] = "SELECT file, path, missing FROM files WHERE file > ?1 ORDER BY file LIMIT 1",
    [SET_MISSING] = "UPDATE files SET missing = ?2 WHERE file = ?1",
    [DELETE_FILE] = "DELETE FROM files WHERE file = ?1",
    [DELETE_PAGES] = "DELETE FROM pages WHERE file = ?1",
    [DELETE_NUMBERS] = "DELETE FROM numbers WHERE file = ?1",
    [DELETE_GLYPHS] = "DELETE FROM glyphs WHERE file = ?1",
    [DELETE_CELLS] = "DELETE FROM cells WHERE file = ?1",
    [DELETE_SHAPES] = "DELETE FROM shapes WHERE file = ?1",
    [DELETE_CONNECTORS] = "DELETE FROM connectors WHERE file = ?1",
    [DELETE_ERRORS] = "DELETE FROM errors WHERE file = ?1",
    [ADD_PAGE] = "INSERT INTO pages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [ADD_NUMBER] = "INSERT INTO numbers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [ADD_GLYPH] = "INSERT INTO glyphs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [ADD_CELL] = "INSERT INTO cells VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    [ADD_SHAPE] = "INSERT INTO shapes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [ADD_CONNECTOR] = "INSERT INTO connectors VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [ADD_ERROR] = "INSERT OR REPLACE INTO errors VALUES (?1, ?2, ?3, ?4)",
};

int failure_may_pass(int status) {
  return status == GLYPH_ERR_IO || status == GLYPH_ERR_MEMORY || status == GLYPH_ERR_MODULE ||
         status == GLYPH_ERR_INTERNAL;
}

/* ---- binding: the values of a statement one after the other ------------------------------------------------------ */

typedef struct binding {
  sqlite3_stmt *statement;
  int count;
} binding;

static binding bind(store *store, int which) {
  sqlite3_clear_bindings(store->statements[which]);
  return (binding){store->statements[which], 0};
}

static void bind_number(binding *binding, int64_t value) {
  sqlite3_bind_int64(binding->statement, ++binding->count, value);
}

/* 0 stands for none. */
static void bind_place(binding *binding, int64_t value) {
  if (value)
    bind_number(binding, value);
  else
    binding->count++;
}

static void bind_real(binding *binding, double value, double parts) {
  sqlite3_bind_double(binding->statement, ++binding->count, round(value * parts) / parts + 0.0);
}

/* The text stays the caller's and must last until the statement has run. NULL stands for none. */
static void bind_text(binding *binding, const char *text) {
  sqlite3_bind_text(binding->statement, ++binding->count, text, -1, SQLITE_STATIC);
}

static void bind_box(binding *binding, glyph_box box) {
  bind_number(binding, box.x);
  bind_number(binding, box.y);
  bind_number(binding, box.width);
  bind_number(binding, box.height);
}

static int run(store *store, const binding *binding, glyph_error *error) {
  return database_run(&store->db, binding->statement, error);
}

static int run_for_file(store *store, int which, int64_t file, glyph_error *error) {
  binding b = bind(store, which);
  bind_number(&b, file);
  return run(store, &b, error);
}

/* ---- opening and runs -------------------------------------------------------------------------------------------- */

int store_open(store *out, const char *path, glyph_error *error) {
  *out = (store){0};
  int status = database_open(&out->db, path, DATABASE_WRITE, error);
  for (int i = 0; i < STATEMENTS && status == GLYPH_OK; i++)
    status = database_prepare(&out->db, texts[i], &out->statements[i], error);
  if (status) store_close(out);
  return status;
}

void store_close(store *store) {
  for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(store->statements[i]);
  database_close(&store->db);
  *store = (struct store){0};
}

int store_begin(store *store, glyph_error *error) {
  return database_execute(&store->db, "BEGIN IMMEDIATE", error);
}

int store_commit(store *store, glyph_error *error) {
  return database_execute(&store->db, "COMMIT", error);
}

void store_roll_back(store *store) {
  sqlite3_exec(store->db.connection, "ROLLBACK", NULL, NULL, NULL); /* fails where SQLite has done so itself */
}

static int is_other(const char *a, const char *b) {
  return a && b ? strcmp(a, b) : a != b;
}

/* The folder may be unknown on either side: of a list, or after merging those of several. */
static int check_last_run(store *store, const glyph_batch_options *options, const char *folder, const char *shard,
                          glyph_error *error) {
  sqlite3_stmt *last = store->statements[LAST_RUN];
  int status = database_row(&store->db, last, error);
  if (status != 1) return status;
  const char *last_folder = (const char *)sqlite3_column_text(last, 0);
  const char *last_shard = (const char *)sqlite3_column_text(last, 1);
  status = GLYPH_OK;
  if (is_other(last_shard, shard))
    status =
        glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: holds %s%s, and this run would be %s%s; give each a database",
                        options->database, last_shard ? "shard " : "all shards", last_shard ? last_shard : "",
                        shard ? "shard " : "all shards", shard ? shard : "");
  else if (!options->moved && folder && last_folder && strcmp(last_folder, folder))
    status = glyph_error_set(
        error, GLYPH_ERR_ARGUMENT,
        "%s: holds the results of %s, not of %s; give each folder a database (or say that it has moved)",
        options->database, last_folder, folder);
  sqlite3_reset(last);
  return status;
}

static int add_run(store *store, const glyph_batch_options *options, const char *model, const char *folder,
                   const char *shard, glyph_error *error) {
  const glyph_options *reader = &options->reader;
  char region[64];
  snprintf(region, sizeof region, "%d,%d,%d,%d", reader->region.x, reader->region.y, reader->region.width,
           reader->region.height);
  binding b = bind(store, ADD_RUN);
  bind_text(&b, glyph_version());
  bind_text(&b, model);
  bind_number(&b, reader->max_pixels);
  sqlite3_bind_double(b.statement, ++b.count, reader->min_confidence);
  bind_number(&b, reader->ignore_orientation != 0);
  bind_text(&b, reader->region.width ? region : NULL);
  bind_number(&b, reader->keep_rejected != 0);
  bind_text(&b, reader->expect);
  bind_number(&b, reader->expect_digits);
  bind_number(&b, options->shapes != 0);
  bind_number(&b, reader->tidy != 0);
  bind_text(&b, folder);
  bind_text(&b, shard);
  const int status = run(store, &b, error);
  if (status == GLYPH_OK) store->run = sqlite3_last_insert_rowid(store->db.connection);
  return status;
}

int store_start_run(store *store, const glyph_batch_options *options, const char *models, glyph_error *error) {
  char shard_text[32];
  const char *shard = options->shard_count > 1 ? shard_text : NULL;
  snprintf(shard_text, sizeof shard_text, "%d/%d", options->shard, options->shard_count);
  char *folder = options->list ? NULL : realpath(options->folder, NULL);
  int status = check_last_run(store, options, folder, shard, error);
  if (status == GLYPH_OK) status = add_run(store, options, models, folder, shard, error);
  free(folder);
  return status;
}

int store_end_run(store *store, const char *state, const glyph_batch_counts *counts, glyph_error *error) {
  int64_t failures = 0;
  for (int i = 0; i < GLYPH_BATCH_KINDS; i++) failures += counts->failures[i];
  binding b = bind(store, END_RUN);
  bind_number(&b, store->run);
  bind_text(&b, state);
  bind_number(&b, counts->files);
  bind_number(&b, counts->pages);
  bind_number(&b, failures);
  return run(store, &b, error);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

int store_find(store *store, const char *path, known_file *out, glyph_error *error) {
  binding b = bind(store, FIND_FILE);
  *out = (known_file){0};
  bind_text(&b, path);
  bind_number(&b, store->run);
  const int status = database_row(&store->db, b.statement, error);
  if (status != 1) return status;
  const char *sha256 = (const char *)sqlite3_column_text(b.statement, 4);
  out->file = sqlite3_column_int64(b.statement, 0);
  out->facts.size = sqlite3_column_int64(b.statement, 1);
  out->facts.modified_ns = sqlite3_column_int64(b.statement, 2);
  out->facts.changed_ns = sqlite3_column_int64(b.statement, 3);
  if (sha256) snprintf(out->facts.sha256, sizeof out->facts.sha256, "%s", sha256);
  out->done = sqlite3_column_int(b.statement, 5);
  out->missing = sqlite3_column_int(b.statement, 6);
  out->failed = sqlite3_column_int(b.statement, 7);
  out->is_current = sqlite3_column_int(b.statement, 8);
  out->pages_done = out->is_current ? sqlite3_column_int(b.statement, 9) : 0;
  sqlite3_reset(b.statement);
  return 1;
}

static int clear_results(store *store, int64_t file, glyph_error *error) {
  int status = GLYPH_OK;
  for (int which = DELETE_PAGES; which <= DELETE_ERRORS && status == GLYPH_OK; which++)
    status = run_for_file(store, which, file, error);
  return status;
}

int store_forget(store *store, int64_t file, glyph_error *error) {
  const int status = clear_results(store, file, error);
  return status == GLYPH_OK ? run_for_file(store, DELETE_FILE, file, error) : status;
}

int store_put_times(store *store, const known_file *known, const file_facts *facts, glyph_error *error) {
  binding b = bind(store, CHANGE_TIMES);
  bind_number(&b, known->file);
  bind_number(&b, facts->modified_ns);
  bind_number(&b, facts->changed_ns);
  return run(store, &b, error);
}

int store_put_missing(store *store, int64_t file, int missing, glyph_error *error) {
  binding b = bind(store, SET_MISSING);
  bind_number(&b, file);
  bind_number(&b, missing);
  return run(store, &b, error);
}

int store_next_file(store *store, int64_t after, int64_t *file, const char **path, int *missing, glyph_error *error) {
  binding b = bind(store, NEXT_FILE);
  sqlite3_reset(b.statement);
  bind_number(&b, after);
  const int status = database_row(&store->db, b.statement, error);
  *file = 0;
  if (status != 1) return status;
  *file = sqlite3_column_int64(b.statement, 0);
  *path = (const char *)sqlite3_column_text(b.statement, 1);
  *missing = sqlite3_column_int(b.statement, 2);
  return GLYPH_OK;
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static int put_glyphs(store *store, int64_t file, const glyph_page *page, size_t number, glyph_error *error) {
  const size_t first = page->numbers[number].first_glyph;
  int status = GLYPH_OK;
  for (size_t i = first; i < first + page->numbers[number].glyph_count && status == GLYPH_OK; i++) {
    const glyph_glyph *glyph = &page->glyphs[i];
    binding b = bind(store, ADD_GLYPH);
    bind_number(&b, file);
    bind_number(&b, page->number);
    bind_number(&b, (int64_t)i + 1);
    bind_number(&b, (int64_t)number + 1);
    bind_text(&b, glyph->text);
    bind_real(&b, glyph->confidence, 10000);
    bind_box(&b, glyph->box);
    if (glyph->alternative_count) {
      bind_text(&b, glyph->alternatives[0].text);
      bind_real(&b, glyph->alternatives[0].confidence, 10000);
    }
    status = run(store, &b, error);
  }
  return status;
}

/* Numbers first .. first + count, which stand in a line or, where line is 0, in a cell. */
static int put_numbers(store *store, int64_t file, const glyph_page *page, size_t first, size_t count, size_t line,
                       size_t cell, glyph_error *error) {
  int status = GLYPH_OK;
  for (size_t i = first; i < first + count && status == GLYPH_OK; i++) {
    const glyph_number *number = &page->numbers[i];
    binding b = bind(store, ADD_NUMBER);
    bind_number(&b, file);
    bind_number(&b, page->number);
    bind_number(&b, (int64_t)i + 1);
    bind_place(&b, (int64_t)line);
    bind_place(&b, (int64_t)cell);
    bind_text(&b, number->text);
    bind_real(&b, number->confidence, 10000);
    bind_box(&b, number->box);
    status = run(store, &b, error);
    if (status == GLYPH_OK) status = put_glyphs(store, file, page, i, error);
  }
  return status;
}

static int put_cell(store *store, int64_t file, const glyph_page *page, size_t table, size_t index,
                    glyph_error *error) {
  const glyph_cell *cell = &page->cells[index];
  binding b = bind(store, ADD_CELL);
  bind_number(&b, file);
  bind_number(&b, page->number);
  bind_number(&b, (int64_t)index + 1);
  bind_number(&b, (int64_t)table + 1);
  bind_number(&b, cell->row + 1);
  bind_number(&b, cell->column + 1);
  bind_number(&b, cell->row_span);
  bind_number(&b, cell->column_span);
  bind_text(&b, cell->text);
  bind_real(&b, cell->confidence, 10000);
  bind_box(&b, cell->box);
  const int status = run(store, &b, error);
  if (status) return status;
  return put_numbers(store, file, page, cell->first_number, cell->number_count, 0, index + 1, error);
}

static int put_rows(store *store, int64_t file, const glyph_page *page, glyph_error *error) {
  int status = GLYPH_OK;
  for (size_t i = 0; i < page->line_count && status == GLYPH_OK; i++)
    status = put_numbers(store, file, page, page->lines[i].first_number, page->lines[i].number_count, i + 1, 0, error);
  for (size_t i = 0; i < page->table_count; i++)
    for (size_t j = 0; j < page->tables[i].cell_count && status == GLYPH_OK; j++)
      status = put_cell(store, file, page, i, page->tables[i].first_cell + j, error);
  return status;
}

static int put_shapes(store *store, int64_t file, const glyph_page *page, glyph_error *error) {
  int status = GLYPH_OK;
  for (size_t i = 0; i < page->shape_count && status == GLYPH_OK; i++) {
    const glyph_shape *shape = &page->shapes[i];
    binding b = bind(store, ADD_SHAPE);
    bind_number(&b, file);
    bind_number(&b, page->number);
    bind_number(&b, (int64_t)i + 1);
    bind_text(&b, shape->kind);
    bind_real(&b, shape->confidence, 10000);
    bind_box(&b, shape->box);
    bind_number(&b, shape->filled != 0);
    status = run(store, &b, error);
  }
  return status;
}

static int put_connectors(store *store, int64_t file, const glyph_page *page, glyph_error *error) {
  static const char *const arrows[] = {
      [GLYPH_ARROW_NONE] = "none", [GLYPH_ARROW_END] = "end", [GLYPH_ARROW_BOTH] = "both"};
  int status = GLYPH_OK;
  for (size_t i = 0; i < page->connector_count && status == GLYPH_OK; i++) {
    binding b = bind(store, ADD_CONNECTOR);
    bind_number(&b, file);
    bind_number(&b, page->number);
    bind_number(&b, (int64_t)i + 1);
    bind_number(&b, (int64_t)page->connectors[i].from + 1);
    bind_number(&b, (int64_t)page->connectors[i].to + 1);
    bind_text(&b, arrows[page->connectors[i].arrow]);
    status = run(store, &b, error);
  }
  return status;
}

static int put_content(store *store, int64_t file, const page_result *result, glyph_error *error) {
  const glyph_page *page = result->content;
  const double total_ms = page->timing_count ? page->timings[page->timing_count - 1].milliseconds : 0;
  binding b = bind(store, ADD_PAGE);
  bind_number(&b, file);
  bind_number(&b, page->number);
  bind_number(&b, page->width);
  bind_number(&b, page->height);
  bind_number(&b, page->rotation);
  bind_real(&b, page->skew_degrees, 100);
  bind_real(&b, total_ms, 100);
  bind_text(&b, result->json);
  int status = run(store, &b, error);
  if (status == GLYPH_OK) status = put_rows(store, file, page, error);
  if (status == GLYPH_OK) status = put_shapes(store, file, page, error);
  return status == GLYPH_OK ? put_connectors(store, file, page, error) : status;
}

static int put_error(store *store, int64_t file, const page_result *result, glyph_error *error) {
  binding b = bind(store, ADD_ERROR);
  bind_number(&b, file);
  bind_number(&b, result->number);
  bind_text(&b, glyph_status_name(result->error.status));
  bind_text(&b, result->error.message);
  return run(store, &b, error);
}

int store_put_page(store *store, int64_t file, const page_result *page, glyph_error *error) {
  return page->content ? put_content(store, file, page, error) : put_error(store, file, page, error);
}

/* Size and times of a file without a hash would say that it has been read. */
int store_put_file(store *store, const char *path, const known_file *known, const file_facts *facts, int page_count,
                   int first_page, int done, int64_t *file, glyph_error *error) {
  const int64_t values[] = {facts->size, facts->modified_ns, facts->changed_ns};
  binding b = bind(store, known->file ? CHANGE_FILE : ADD_FILE);
  if (known->file)
    bind_number(&b, known->file);
  else
    bind_text(&b, path);
  for (int i = 0; i < 3 && *facts->sha256; i++) bind_number(&b, values[i]);
  b.count = 4;
  bind_text(&b, *facts->sha256 ? facts->sha256 : NULL);
  bind_place(&b, page_count);
  bind_number(&b, done);
  bind_number(&b, store->run);
  const int status = run(store, &b, error);
  *file = known->file ? known->file : sqlite3_last_insert_rowid(store->db.connection);
  return status == GLYPH_OK && known->file && first_page == 1 ? clear_results(store, *file, error) : status;
}

int store_put_done(store *store, int64_t file, int done, glyph_error *error) {
  binding b = bind(store, SET_DONE);
  bind_number(&b, file);
  bind_number(&b, done);
  return run(store, &b, error);
}
