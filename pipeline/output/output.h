/* Results as text, JSON, CSV, TSV and pictures. Installed as <glyphlift/output.h>. */
#ifndef GLYPHLIFT_OUTPUT_H
#define GLYPHLIFT_OUTPUT_H

#ifdef GLYPHLIFT_BUILD
#include "../glyphlift.h"
#else
#include <glyphlift/glyphlift.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum glyph_page_kind { GLYPH_PAGE_READ, GLYPH_PAGE_CLASSIFY, GLYPH_PAGE_SHAPES } glyph_page_kind;

/* Each makes a NUL-terminated UTF-8 string the caller frees with glyph_string_free; NULL only without memory. The
 * output is the same in every locale. `file` may hold any bytes: those that are not UTF-8 become U+FFFD. */

/* One JSON object on one line, without the newline; the schema is glyphlift/1. Boxes are whole pixels, quads have one
 * decimal, confidences four (alternatives that round to 0 are left out), skew and milliseconds two. "rejected" stands
 * there where rejected_count is above 0, a number's "expected" (false) where it is unexpected, "frame" and "time_ms"
 * (one decimal) in a video. A classified page has "glyph" in place of "lines" and "tables": null where there is no ink.
 * A page of shapes has "shapes" and "connectors" in their place. */
GLYPH_API char *glyph_page_json(const glyph_page *page, const char *file, glyph_page_kind kind);
/* The error object of a page that failed. page_number from 1. */
GLYPH_API char *glyph_error_json(const glyph_error *error, const char *file, int page_number);
/* Lines of text and rows of tables with tabs between their cells, each ended by a newline; for CLASSIFY the glyph
 * alone, an empty line where there is no ink; for SHAPES a line a shape (its number from 0, kind, x, y, width, height,
 * the digits in it) and then a line a connector (0 -> 1, 0 <-> 1, or 0 -- 1 without a head). */
GLYPH_API char *glyph_page_text(const glyph_page *page, glyph_page_kind kind);
/* Rows, one a number (file, page, line from 1 or empty in a table, x, y, width, height, text, confidence), separated by
 * ',' (RFC 4180 quoting) or '\t' (tab, newline, carriage return and backslash escaped), each ended by a newline.
 * CLASSIFY gives one row a page, without the line; its box, text and confidence are empty where there is no ink. SHAPES
 * gives one a shape (file, page, shape, kind, x, y, width, height, text, confidence). glyph_table_header gives the
 * matching first row. */
GLYPH_API char *glyph_page_table(const glyph_page *page, const char *file, glyph_page_kind kind, char separator);
GLYPH_API char *glyph_table_header(glyph_page_kind kind, char separator);
/* Rows, one a row of a table: file, page, table and row (from 1), then the cells' texts, as many as the table has
 * columns. A cell that goes over several places stands in its first one. glyph_table_rows_header names the columns
 * before the cells. */
GLYPH_API char *glyph_page_table_rows(const glyph_page *page, const char *file, char separator);
GLYPH_API char *glyph_table_rows_header(char separator);
/* The shapes as a drawing that can be edited (SVG 1.1): an element a shape with its kind as class, connectors with
 * markers, a group where writing stands. */
GLYPH_API char *glyph_page_svg(const glyph_page *page, const char *file);
GLYPH_API void glyph_string_free(char *string);

/* Writes the page's picture (read with keep_picture) with boxes and readings drawn in, as PNG; atomically: the file
 * appears whole or not at all. Green boxes are sure (0.9 and more), amber ones doubtful, red ones below 0.5, gray ones
 * rejected. Pictures smaller than 640 pixels are enlarged. */
GLYPH_API int glyph_overlay_write(const glyph_page *page, const char *path, glyph_error *error);

/* The same drawn into *out, a picture in RGB that the caller frees with glyph_pixels_free. */
GLYPH_API int glyph_overlay_draw(const glyph_page *page, glyph_pixels *out, glyph_error *error);
GLYPH_API void glyph_pixels_free(glyph_pixels *pixels);

#ifdef __cplusplus
}
#endif
#endif
