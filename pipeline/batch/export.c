/* Rows of the results database as CSV, TSV or JSON Lines. The first columns of numbers are those of glyphlift read -f
 * csv, so that both give the same rows. Paths that are not UTF-8 are repaired as everywhere in the output. */
#include "batch.h"

#include "../input/input.h"
#include "../output/output_string.h"
#include "database.h"
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#define PLACE "n.x, n.y, n.width, n.height, n.text, n.confidence"
#define LINE_OF(table)                                                                                                 \
  "(SELECT line FROM numbers l WHERE l.file = " table ".file AND l.page = " table ".page"                              \
  " AND l.number = " table ".number)"

/* The first column is the path. A column called confidence has four decimals. */
static const struct {
  const char *columns, *table, *order;
  int has_confidence;
} kinds[] = {
    [GLYPH_EXPORT_NUMBERS] = {"n.page, n.line, " PLACE, "numbers", "n.number", 1},
    [GLYPH_EXPORT_GLYPHS] = {"n.page, " LINE_OF("n") " AS line, n.number, " PLACE ", n.second, n.second_confidence",
                             "glyphs", "n.glyph", 1},
    [GLYPH_EXPORT_CELLS] = {"n.page, n.table_number AS \"table\", n.row, n.column, n.row_span, n.column_span, " PLACE,
                            "cells", "n.cell", 1},
    [GLYPH_EXPORT_SHAPES] = {"n.page, n.shape, n.x, n.y, n.width, n.height, n.filled, n.kind, n.confidence", "shapes",
                             "n.shape", 1},
    [GLYPH_EXPORT_CONNECTORS] = {"n.page, n.connector, n.from_shape AS \"from\", n.to_shape AS \"to\", n.arrow",
                                 "connectors", "n.connector", 0},
    [GLYPH_EXPORT_ERRORS] = {"n.page, n.code, n.message", "errors", "n.page", 0},
};

typedef struct export {
  database db;
  const glyph_export_options *options;
  sqlite3_stmt *rows;
  int (*write)(void *user, const char *row);
  void *user;
  glyph_error *error;
}
export;

void glyph_export_options_init(glyph_export_options *options) {
  *options = (glyph_export_options){.size = sizeof *options, .separator = ',', .max_confidence = 1};
}

/* ---- one row ----------------------------------------------------------------------------------------------------- */

static int is_confidence(const export *export, int column) {
  return strstr(sqlite3_column_name(export->rows, column), "confidence") != NULL;
}

static void add_json_text(output_string *row, const char *text) {
  output_string_add_text(row, "\"");
  for (; *text; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') output_string_add_text(row, "\\");
    if (byte < 0x20)
      output_string_add_format(row, "\\u%04x", byte);
    else
      output_string_add(row, text, 1);
  }
  output_string_add_text(row, "\"");
}

static int add_value(const export *export, output_string *row, int column) {
  const int type = sqlite3_column_type(export->rows, column);
  const char separator = export->options->separator;
  if (type == SQLITE_NULL) {
    output_string_add_text(row, separator ? "" : "null");
  } else if (is_confidence(export, column)) {
    output_string_add_confidence(row, sqlite3_column_double(export->rows, column));
  } else if (type == SQLITE_TEXT) {
    char *text = output_utf8_copy((const char *)sqlite3_column_text(export->rows, column));
    if (!text) return glyph_error_set(export->error, GLYPH_ERR_MEMORY, "%s: out of memory", export->db.path);
    if (separator)
      output_string_add_field(row, text, separator);
    else
      add_json_text(row, text);
    free(text);
  } else {
    output_string_add_format(row, "%lld", (long long)sqlite3_column_int64(export->rows, column));
  }
  return GLYPH_OK;
}

static int hand_over(const export *export, output_string *row) {
  output_string_add_text(row, "\n");
  char *text = output_string_finish(row);
  if (!text) return glyph_error_set(export->error, GLYPH_ERR_MEMORY, "%s: out of memory", export->db.path);
  const int failed = export->write(export->user, text);
  free(text);
  return failed ? glyph_error_set(export->error, GLYPH_ERR_CANCELLED, "%s: cancelled", export->db.path) : GLYPH_OK;
}

static void add_key(const export *export, output_string *row, int column) {
  output_string_add_text(row, column ? "," : "{");
  add_json_text(row, sqlite3_column_name(export->rows, column));
  output_string_add_text(row, ":");
}

static int write_row(const export *export) {
  const char separator = export->options->separator;
  output_string row = {0};
  int status = GLYPH_OK;
  for (int i = 0; i < sqlite3_column_count(export->rows) && status == GLYPH_OK; i++) {
    if (!separator)
      add_key(export, &row, i);
    else if (i)
      output_string_add(&row, &separator, 1);
    status = add_value(export, &row, i);
  }
  if (!separator) output_string_add_text(&row, "}");
  if (status == GLYPH_OK) return hand_over(export, &row);
  free(output_string_finish(&row));
  return status;
}

static int write_header(const export *export) {
  const char separator = export->options->separator;
  output_string row = {0};
  for (int i = 0; i < sqlite3_column_count(export->rows); i++) {
    if (i) output_string_add(&row, &separator, 1);
    output_string_add_field(&row, sqlite3_column_name(export->rows, i), separator);
  }
  return hand_over(export, &row);
}

/* ---- the rows ---------------------------------------------------------------------------------------------------- */

/* SQL's fits(pattern, path), so that export and batch understand the same patterns. */
static void sql_fits(sqlite3_context *context, int count, sqlite3_value **values) {
  const char *pattern = (const char *)sqlite3_value_text(values[0]),
             *path = (const char *)sqlite3_value_text(values[1]);
  (void)count;
  sqlite3_result_int(context, pattern && path && path_fits(pattern, path));
}

/* CROSS JOIN keeps SQLite from going through the rows first and sorting them all. */
static int prepare_rows(export *export) {
  const glyph_export_options *options = export->options;
  output_string sql = {0};
  output_string_add_format(&sql,
                           "SELECT f.path AS file, %s FROM files f CROSS JOIN %s n USING (file)"
                           " WHERE (?1 ISNULL OR fits(?1, f.path)) AND CASE ?2 WHEN 0 THEN 1"
                           " WHEN -1 THEN f.run = (SELECT max(run) FROM runs) ELSE f.run = ?2 END",
                           kinds[options->rows].columns, kinds[options->rows].table);
  if (kinds[options->rows].has_confidence) output_string_add_text(&sql, " AND n.confidence BETWEEN ?3 AND ?4");
  output_string_add_format(&sql, " ORDER BY f.path, n.page, %s", kinds[options->rows].order);
  char *text = output_string_finish(&sql);
  if (!text) return glyph_error_set(export->error, GLYPH_ERR_MEMORY, "%s: out of memory", export->db.path);
  sqlite3_create_function(export->db.connection, "fits", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_fits, NULL,
                          NULL);
  const int status = database_prepare(&export->db, text, &export->rows, export->error);
  free(text);
  if (status) return status;
  sqlite3_bind_text(export->rows, 1, options->pattern, -1, SQLITE_STATIC);
  sqlite3_bind_int64(export->rows, 2, options->run);
  if (!kinds[options->rows].has_confidence) return GLYPH_OK;
  sqlite3_bind_double(export->rows, 3, options->min_confidence);
  sqlite3_bind_double(export->rows, 4, options->max_confidence);
  return GLYPH_OK;
}

int glyph_batch_export(const char *path, const glyph_export_options *options, int (*write)(void *user, const char *row),
                       void *user, glyph_error *error) {
  export export = {.options = options, .write = write, .user = user, .error = error};
  if (options->size != sizeof *options || (unsigned)options->rows > GLYPH_EXPORT_ERRORS)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "glyph_export_options was not set up by glyph_export_options_init");
  int status = database_open(&export.db, path, DATABASE_READ, error);
  if (status) return status;
  status = prepare_rows(&export);
  if (status == GLYPH_OK && options->separator) status = write_header(&export);
  while (status == GLYPH_OK && (status = database_row(&export.db, export.rows, error)) == 1)
    status = write_row(&export);
  sqlite3_finalize(export.rows);
  database_close(&export.db);
  return status;
}
