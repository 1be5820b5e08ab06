/* The results database: opening, its schema, and SQLite's failures as sentences.
 *
 * One process writes. locking_mode EXCLUSIVE is set before the write-ahead log is switched on, so that no memory is
 * shared with other processes and a network file system will do, if it can lock at all. synchronous NORMAL: a power
 * failure may take the last transactions, which the next run does again, and never leaves half of one. */
#include "database.h"

#include "../input/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
  APPLICATION_ID = 0x676c7068, /* "glph" */
  SCHEMA_VERSION = 1,
  LOCK_WAIT_MS = 2000
};

/* All counting (pages, lines, numbers, glyphs, cells, rows, columns) is from 1. Paths are raw bytes below the folder.
 * Rows of numbers, glyphs and cells lie together page by page, and none needs an index of its own. */
static const char schema[] =
    "CREATE TABLE runs ("
    "  run INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT,"
    "  state TEXT NOT NULL, " /* running (or killed), finished, interrupted, failed, merged */
    "  version TEXT NOT NULL, model TEXT NOT NULL, settings TEXT NOT NULL, " /* settings: JSON */
    "  folder TEXT, shard TEXT, "                                            /* shard: K/N, or NULL */
    "  files INTEGER, pages INTEGER, failures INTEGER) STRICT;"
    "CREATE TABLE files ("
    "  file INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,"
    "  size INTEGER, modified_ns INTEGER, changed_ns INTEGER, sha256 TEXT,"
    "  pages INTEGER, "            /* it has; NULL where it could not be opened */
    "  done INTEGER NOT NULL, "    /* 0: the next run reads it again, because of a failure that may pass */
    "  missing INTEGER NOT NULL, " /* 1: it is not in the folder any more */
    "  run INTEGER NOT NULL REFERENCES runs) STRICT;"
    "CREATE TABLE pages ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL,"
    "  width INTEGER NOT NULL, height INTEGER NOT NULL, rotation INTEGER NOT NULL, skew_degrees REAL NOT NULL,"
    "  milliseconds REAL NOT NULL, json TEXT NOT NULL, PRIMARY KEY (file, page)) STRICT;"
    "CREATE TABLE numbers ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  line INTEGER, cell INTEGER, " /* it stands in one of them */
    "  text TEXT NOT NULL, confidence REAL NOT NULL,"
    "  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    "  PRIMARY KEY (file, page, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE glyphs ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, glyph INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  text TEXT NOT NULL, confidence REAL NOT NULL,"
    "  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    "  second TEXT, second_confidence REAL, " /* the likeliest other reading */
    "  PRIMARY KEY (file, page, glyph)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE cells ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, cell INTEGER NOT NULL,"
    "  table_number INTEGER NOT NULL, row INTEGER NOT NULL, column INTEGER NOT NULL,"
    "  row_span INTEGER NOT NULL, column_span INTEGER NOT NULL, text TEXT NOT NULL, confidence REAL NOT NULL,"
    "  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    "  PRIMARY KEY (file, page, cell)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE shapes ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, shape INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, confidence REAL NOT NULL,"
    "  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, filled INTEGER NOT "
    "NULL,"
    "  PRIMARY KEY (file, page, shape)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE connectors ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, connector INTEGER NOT NULL,"
    "  from_shape INTEGER NOT NULL, to_shape INTEGER NOT NULL, arrow TEXT NOT NULL," /* none, end or both */
    "  PRIMARY KEY (file, page, connector)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE errors ("
    "  file INTEGER NOT NULL REFERENCES files, page INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    "  PRIMARY KEY (file, page)) STRICT, WITHOUT ROWID;"
    "CREATE VIEW readings AS"
    "  SELECT path, page, line, cell, text, confidence, x, y, width, height FROM numbers JOIN files USING (file);"
    "CREATE VIEW failures AS SELECT path, page, code, message FROM errors JOIN files USING (file);";

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static glyph_status status_of(int code) {
  switch (code) {
  case SQLITE_NOMEM: return GLYPH_ERR_MEMORY;
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT: return GLYPH_ERR_FORMAT;
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL:
  case SQLITE_TOOBIG: return GLYPH_ERR_IO;
  default: return GLYPH_ERR_INTERNAL;
  }
}

static int is_lock_failure(int extended) {
  return extended == SQLITE_IOERR_LOCK || extended == SQLITE_IOERR_RDLOCK || extended == SQLITE_IOERR_UNLOCK ||
         extended == SQLITE_IOERR_CHECKRESERVEDLOCK || extended == SQLITE_PROTOCOL || (extended & 0xff) == SQLITE_NOLFS;
}

/* SQLite tries more than one way to open a file, and keeps the reason of the last. */
static const char *reason_of_opening(const char *path) {
  const char *slash = strrchr(path, '/');
  char folder[4096];
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
  if (access(path, F_OK)) return glyph_errno_text(access(folder, W_OK | X_OK) ? errno : ENOENT);
  return access(path, R_OK) ? glyph_errno_text(errno) : "it is not a file";
}

int database_fail(const database *db, glyph_error *error) {
  const int extended = sqlite3_extended_errcode(db->connection), code = extended & 0xff;
  const int system = sqlite3_system_errno(db->connection);
  const glyph_status status = status_of(code);
  if (is_lock_failure(extended))
    return glyph_error_set(error, GLYPH_ERR_IO,
                           "%s: the file system cannot lock files; put the database on a local disk", db->path);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return glyph_error_set(error, status, "%s: the database is locked: another program has it in use", db->path);
  if (code == SQLITE_FULL)
    return glyph_error_set(error, status, "%s: cannot be written: %s", db->path,
                           glyph_errno_text(system == EDQUOT ? EDQUOT : ENOSPC));
  if (code == SQLITE_CANTOPEN)
    return glyph_error_set(error, status, "%s: the database cannot be opened: %s", db->path,
                           reason_of_opening(db->path));
  if (code == SQLITE_READONLY)
    return glyph_error_set(error, status, "%s: cannot be written: the file or its folder is read-only", db->path);
  if (code == SQLITE_NOTADB) return glyph_error_set(error, status, "%s: is not a results database", db->path);
  if (code == SQLITE_CORRUPT)
    return glyph_error_set(error, status, "%s: the database is damaged (%s)", db->path, sqlite3_errmsg(db->connection));
  if (extended == SQLITE_IOERR_WRITE || extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_TRUNCATE)
    return glyph_error_set(
        error, status, "%s: cannot be written: the disk reports an error, or a limit on the size of files is reached",
        db->path);
  if (code == SQLITE_IOERR)
    return glyph_error_set(error, status, "%s: cannot be read or written: %s", db->path,
                           system ? glyph_errno_text(system) : sqlite3_errmsg(db->connection));
  return glyph_error_set(error, status, "%s: %s", db->path, sqlite3_errmsg(db->connection));
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

int database_execute(const database *db, const char *sql, glyph_error *error) {
  return sqlite3_exec(db->connection, sql, NULL, NULL, NULL) == SQLITE_OK ? GLYPH_OK : database_fail(db, error);
}

int database_prepare(const database *db, const char *sql, sqlite3_stmt **out, glyph_error *error) {
  const int code = sqlite3_prepare_v3(db->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
  return code == SQLITE_OK ? GLYPH_OK : database_fail(db, error);
}

int database_row(const database *db, sqlite3_stmt *statement, glyph_error *error) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return 1;
  const int status = code == SQLITE_DONE ? 0 : database_fail(db, error);
  sqlite3_reset(statement);
  return status;
}

int database_run(const database *db, sqlite3_stmt *statement, glyph_error *error) {
  const int status = database_row(db, statement, error);
  return status < 0 ? status : GLYPH_OK;
}

/* The whole number that a statement gives. */
static int read_number(const database *db, const char *sql, int64_t *out, glyph_error *error) {
  sqlite3_stmt *statement = NULL;
  int status = database_prepare(db, sql, &statement, error);
  if (status == GLYPH_OK) status = database_row(db, statement, error);
  if (status == 1) *out = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return status < 0 ? status : GLYPH_OK;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int read_identity(const database *db, const char *name, int64_t *id, int64_t *version, glyph_error *error) {
  char sql[64];
  snprintf(sql, sizeof sql, "PRAGMA %s.application_id", name);
  int status = read_number(db, sql, id, error);
  snprintf(sql, sizeof sql, "PRAGMA %s.user_version", name);
  return status == GLYPH_OK ? read_number(db, sql, version, error) : status;
}

int database_check(const database *db, const char *name, const char *path, glyph_error *error) {
  int64_t id = 0, version = 0;
  const int status = read_identity(db, name, &id, &version, error);
  if (status) return status;
  if (id != APPLICATION_ID)
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: is a database, but not one of glyphlift's results", path);
  if (version == SCHEMA_VERSION) return GLYPH_OK;
  return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: its schema is version %lld, and this program knows version %d",
                         path, (long long)version, SCHEMA_VERSION);
}

/* A new file gets its schema in one transaction, so that one killed on the way is still new. */
static int make_schema(const database *db, glyph_error *error) {
  int64_t tables = 0, id = 0, version = 0;
  char sql[96];
  int status = read_number(db, "SELECT count(*) FROM sqlite_master", &tables, error);
  if (status == GLYPH_OK) status = read_identity(db, "main", &id, &version, error);
  if (status || tables || id || version) return status;
  status = database_execute(db, "BEGIN IMMEDIATE", error);
  if (status == GLYPH_OK) status = database_execute(db, schema, error);
  snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION_ID,
           SCHEMA_VERSION);
  return status == GLYPH_OK ? database_execute(db, sql, error) : status;
}

/* Reading sqlite_master takes the lock that this connection keeps from then on. */
static int set_up_writing(const database *db, database_use use, glyph_error *error) {
  static const char log[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL";
  static const char plain[] = "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF";
  const int status = database_execute(db, use == DATABASE_MAKE ? plain : log, error);
  return status == GLYPH_OK ? make_schema(db, error) : status;
}

int database_open(database *out, const char *path, database_use use, glyph_error *error) {
  const int flags = use == DATABASE_READ ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  *out = (database){.path = path, .is_logged = use == DATABASE_WRITE};
  if (sqlite3_open_v2(path, &out->connection, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
    const int status = out->connection ? database_fail(out, error)
                                       : glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", path);
    database_close(out);
    return status;
  }
  sqlite3_extended_result_codes(out->connection, 1);
  sqlite3_busy_timeout(out->connection, LOCK_WAIT_MS);
  int status = use == DATABASE_READ ? GLYPH_OK : set_up_writing(out, use, error);
  if (status == GLYPH_OK) status = database_check(out, "main", path, error);
  if (status) database_close(out);
  return status;
}

void database_close(database *db) {
  if (!db->connection) return;
  if (!sqlite3_get_autocommit(db->connection)) sqlite3_exec(db->connection, "ROLLBACK", NULL, NULL, NULL);
  if (db->is_logged) sqlite3_exec(db->connection, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  sqlite3_close_v2(db->connection);
  db->connection = NULL;
}
