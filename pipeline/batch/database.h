/* The results database: opening, its schema, and SQLite's failures as sentences. */
#ifndef GLYPHLIFT_BATCH_DATABASE_H
#define GLYPHLIFT_BATCH_DATABASE_H

#include "../glyphlift.h"

#include <sqlite3.h>

typedef struct database {
  sqlite3 *connection;
  const char *path; /* the caller's */
  int is_logged;
} database;

typedef enum database_use {
  DATABASE_WRITE, /* made if missing; locked for this process alone, with a write-ahead log */
  DATABASE_MAKE,  /* the same for a database that nobody else knows yet: without the log */
  DATABASE_READ
} database_use;

int database_open(database *out, const char *path, database_use use, glyph_error *error);
/* Where it was written, the log goes into the database file first: one ordinary file stays. Accepts one that is not
 * open. */
void database_close(database *db);

int database_execute(const database *db, const char *sql, glyph_error *error);
int database_prepare(const database *db, const char *sql, sqlite3_stmt **out, glyph_error *error);
/* Runs a statement that gives no row, and resets it. */
int database_run(const database *db, sqlite3_stmt *statement, glyph_error *error);
/* 1: a row is there; 0: none is left, and the statement is reset; or a negative status. */
int database_row(const database *db, sqlite3_stmt *statement, glyph_error *error);
/* What SQLite says has failed, as a status and a sentence. */
int database_fail(const database *db, glyph_error *error);
/* Is this a database of glyphlift, of a version that this program knows? Also for one attached as `name`. */
int database_check(const database *db, const char *name, const char *path, glyph_error *error);

#endif
