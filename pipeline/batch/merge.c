/* Joins results databases: the shards of one run, or runs over several folders. Each input is attached in turn and
 * its rows copied, file and run numbers moved on past those that are there. The output is made beside its place and
 * renamed. */
#include "batch.h"

#include "../input/input.h"
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct merge {
  database db;
  char *temporary; /* the file of db, until it is renamed */
  void (*note)(void *user, const char *sentence);
  void *user;
  glyph_error *error;
} merge;

static void note(const merge *merge, const char *path, const char *what) {
  glyph_error sentence;
  if (!merge->note) return;
  glyph_error_set(&sentence, GLYPH_OK, "%s: %s", path, what);
  merge->note(merge->user, sentence.message);
}

static int execute(const merge *merge, const char *sql) {
  return database_execute(&merge->db, sql, merge->error);
}

/* ---- files that several have ------------------------------------------------------------------------------------- */

static int check_contents(const merge *merge, const char *input) {
  sqlite3_stmt *statement = NULL;
  int status = database_prepare(&merge->db,
                                "SELECT a.path FROM main.files a JOIN input.files b USING (path)"
                                " WHERE a.sha256 <> b.sha256 ORDER BY a.path LIMIT 1",
                                &statement, merge->error);
  if (status == GLYPH_OK) status = database_row(&merge->db, statement, merge->error);
  if (status == 1)
    status = glyph_error_set(merge->error, GLYPH_ERR_ARGUMENT,
                             "%s: its file '%s' has another content than that of the databases before it", input,
                             (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return status;
}

/* What was read wins over what failed, then what was read later; the losers' rows go, or are left behind. */
static const char choose_files[] =
    "CREATE TEMP TABLE late AS SELECT a.file AS here, b.file AS there,"
    "  (b.done AND b.pages NOTNULL, y.started) > (a.done AND a.pages NOTNULL, x.started) AS newer"
    "  FROM main.files a JOIN input.files b USING (path) JOIN main.runs x ON x.run = a.run"
    "  JOIN input.runs y ON y.run = b.run;"
    "DELETE FROM main.pages WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.numbers WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.glyphs WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.cells WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.shapes WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.connectors WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.errors WHERE file IN (SELECT here FROM late WHERE newer);"
    "DELETE FROM main.files WHERE file IN (SELECT here FROM late WHERE newer);";

/* ---- copying ----------------------------------------------------------------------------------------------------- */

static const char copy_rows[] =
    "CREATE TEMP TABLE shift AS SELECT (SELECT coalesce(max(file), 0) FROM main.files) AS files,"
    "  (SELECT coalesce(max(run), 0) FROM main.runs) AS runs;"
    "CREATE TEMP TABLE taken (file INTEGER PRIMARY KEY);"
    "INSERT INTO taken SELECT file FROM input.files WHERE file NOT IN (SELECT there FROM late WHERE NOT newer);"
    "INSERT INTO main.runs SELECT run + (SELECT runs FROM shift), started, ended, state, version, model, settings, "
    "folder,"
    "  shard, files, pages, failures FROM input.runs ORDER BY run;"
    "INSERT INTO main.files SELECT file + (SELECT files FROM shift), path, size, modified_ns, changed_ns, sha256, "
    "pages,"
    "  done, missing, run + (SELECT runs FROM shift) FROM input.files WHERE file IN taken ORDER BY file;";

static const char forget_input[] = "DROP TABLE temp.late; DROP TABLE temp.shift; DROP TABLE temp.taken;";

/* The tables that belong to files, and their columns but the first, which is the file. */
static const struct {
  const char *name, *columns;
} tables[] = {
    {"pages", "page, width, height, rotation, skew_degrees, milliseconds, json"},
    {"numbers", "page, number, line, cell, text, confidence, x, y, width, height"},
    {"glyphs", "page, glyph, number, text, confidence, x, y, width, height, second, second_confidence"},
    {"cells", "page, cell, table_number, row, column, row_span, column_span, text, confidence, x, y, width, height"},
    {"shapes", "page, shape, kind, confidence, x, y, width, height, filled"},
    {"connectors", "page, connector, from_shape, to_shape, arrow"},
    {"errors", "page, code, message"},
};

static int copy_tables(const merge *merge) {
  char sql[512];
  int status = GLYPH_OK;
  for (size_t i = 0; i < sizeof tables / sizeof *tables && status == GLYPH_OK; i++) {
    snprintf(sql, sizeof sql,
             "INSERT INTO main.%s (file, %s) SELECT file + (SELECT files FROM shift), %s FROM input.%s"
             " WHERE file IN taken ORDER BY file, page",
             tables[i].name, tables[i].columns, tables[i].columns, tables[i].name);
    status = execute(merge, sql);
  }
  return status;
}

/* ---- one input --------------------------------------------------------------------------------------------------- */

static int attach(const merge *merge, const char *path) {
  const database input = {merge->db.connection, path, 0};
  sqlite3_stmt *statement = NULL;
  if (access(path, R_OK)) /* attaching would make a missing one */
    return glyph_error_set(merge->error, GLYPH_ERR_IO, "%s: the database cannot be opened: %s", path,
                           glyph_errno_text(errno));
  int status = database_prepare(&input, "ATTACH ?1 AS input", &statement, merge->error);
  if (status == GLYPH_OK) {
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    status = database_run(&input, statement, merge->error);
  }
  sqlite3_finalize(statement);
  if (status == GLYPH_OK) status = database_check(&input, "input", path, merge->error);
  return status;
}

static int note_unfinished(const merge *merge, const char *path) {
  sqlite3_stmt *statement = NULL;
  int status =
      database_prepare(&merge->db, "SELECT state FROM input.runs ORDER BY run DESC LIMIT 1", &statement, merge->error);
  if (status == GLYPH_OK) status = database_row(&merge->db, statement, merge->error);
  if (status == 1) {
    const char *state = (const char *)sqlite3_column_text(statement, 0);
    if (strcmp(state, "finished") && strcmp(state, "merged"))
      note(merge, path, "its last run did not come to its end: run that once more, then merge again");
  }
  sqlite3_finalize(statement);
  return status < 0 ? status : GLYPH_OK;
}

static int add_input(const merge *merge, const char *path) {
  int status = attach(merge, path);
  if (status == GLYPH_OK) status = note_unfinished(merge, path);
  if (status == GLYPH_OK) status = check_contents(merge, path);
  if (status == GLYPH_OK) status = execute(merge, "BEGIN");
  if (status == GLYPH_OK) status = execute(merge, choose_files);
  if (status == GLYPH_OK) status = execute(merge, copy_rows);
  if (status == GLYPH_OK) status = copy_tables(merge);
  if (status == GLYPH_OK) status = execute(merge, forget_input);
  if (status == GLYPH_OK) status = execute(merge, "COMMIT");
  return status == GLYPH_OK ? execute(merge, "DETACH input") : status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Tells of shards that are not among those merged. */
static int note_absent_shards(const merge *merge, const char *output) {
  sqlite3_stmt *statement = NULL;
  int status = database_prepare(
      &merge->db,
      "WITH RECURSIVE sizes(n) AS (SELECT DISTINCT CAST(substr(shard, instr(shard, '/') + 1) AS INTEGER) FROM runs"
      "  WHERE shard NOTNULL), every(k, n) AS (SELECT 0, n FROM sizes UNION ALL SELECT k + 1, n FROM every WHERE k + 1 "
      "< n)"
      " SELECT count(*), group_concat(k || '/' || n, ', ') FROM every WHERE k || '/' || n NOT IN"
      "  (SELECT shard FROM runs WHERE shard NOTNULL)",
      &statement, merge->error);
  if (status == GLYPH_OK) status = database_row(&merge->db, statement, merge->error);
  if (status == 1 && sqlite3_column_int(statement, 0)) {
    char what[256];
    snprintf(what, sizeof what, "%d shards are not among the databases: %s", sqlite3_column_int(statement, 0),
             (const char *)sqlite3_column_text(statement, 1));
    note(merge, output, what);
  }
  sqlite3_finalize(statement);
  return status < 0 ? status : GLYPH_OK;
}

static const char add_merged_run[] =
    "INSERT INTO runs (started, ended, state, version, model, settings, folder, files, pages, failures) SELECT"
    "  max(started), max(ended), 'merged', max(version), max(model), max(settings),"
    "  CASE count(DISTINCT coalesce(folder, '')) WHEN 1 THEN max(folder) END,"
    "  (SELECT count(*) FROM files), (SELECT count(*) FROM pages), (SELECT count(*) FROM errors) FROM runs";

static int is_input(const char *output, const char *const *inputs, size_t count) {
  struct stat a, b;
  if (stat(output, &a)) return 0;
  for (size_t i = 0; i < count; i++)
    if (!stat(inputs[i], &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino) return 1;
  return 0;
}

/* folder/.glyphlift-PROCESS.db beside the output. */
static char *make_temporary_name(const char *output) {
  const char *slash = strrchr(output, '/');
  const int folder = slash ? (int)(slash - output) + 1 : 0;
  const size_t size = (size_t)folder + 64;
  char *name = malloc(size);
  if (name) snprintf(name, size, "%.*s.glyphlift-%ld.db", folder, output, (long)getpid());
  return name;
}

/* A log of the file that is replaced would be taken for one of the new file. */
static int check_no_log(const merge *merge, const char *output) {
  char name[4096];
  snprintf(name, sizeof name, "%s-wal", output);
  if (access(name, F_OK)) return GLYPH_OK;
  return glyph_error_set(merge->error, GLYPH_ERR_IO, "%s: cannot be replaced: %s is still there", output, name);
}

static int settle(merge *merge, const char *output) {
  database_close(&merge->db);
  int status = check_no_log(merge, output);
  if (status) return status;
  const int file = open(merge->temporary, O_RDONLY | O_CLOEXEC);
  const int failed = file < 0 || fsync(file) || rename(merge->temporary, output);
  const int reason = errno;
  if (file >= 0) close(file);
  return failed ? glyph_error_set(merge->error, GLYPH_ERR_IO, "%s: cannot be written: %s", output,
                                  glyph_errno_text(reason))
                : GLYPH_OK;
}

int glyph_batch_merge(const char *const *inputs, size_t count, const char *output,
                      void (*note)(void *user, const char *sentence), void *user, glyph_error *error) {
  merge merge = {.note = note, .user = user, .error = error, .temporary = NULL};
  if (!count) return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: there is no database to merge", output);
  if (!access(output, F_OK) && !is_input(output, inputs, count))
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "%s: is there already; remove it, or name it among the databases to merge", output);
  merge.temporary = make_temporary_name(output);
  if (!merge.temporary) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", output);
  unlink(merge.temporary); /* of a process of the same number that was killed */
  int status = database_open(&merge.db, merge.temporary, DATABASE_MAKE, error);
  merge.db.path = output;
  for (size_t i = 0; i < count && status == GLYPH_OK; i++) status = add_input(&merge, inputs[i]);
  if (status == GLYPH_OK) status = note_absent_shards(&merge, output);
  if (status == GLYPH_OK) status = execute(&merge, add_merged_run);
  if (status == GLYPH_OK) status = settle(&merge, output);
  database_close(&merge.db);
  if (status) unlink(merge.temporary);
  free(merge.temporary);
  return status;
}
