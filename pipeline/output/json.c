/* Results as JSON Lines, schema glyphlift/1, through jansson. Confidences have four decimals, skew and times two, quads
 * one; boxes are whole pixels. Alternatives that would round to 0 are left out.
 *
 * jansson prints reals through printf and mends only a one-byte decimal point, so the tree is dumped under the C locale
 * of this thread. Keys stand in the order in which they are set. */
#include "output.h"
#include "output_string.h"

#include <assert.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* Steals value; a NULL value (no memory) is a failure. */
static int put(json_t *object, const char *key, json_t *value) {
  return json_object_set_new_nocheck(object, key, value);
}

static int append(json_t *array, json_t *value) {
  return json_array_append_new(array, value);
}

/* `object` itself, or NULL after freeing it where something put into it failed. */
static json_t *keep_unless(int failed, json_t *object) {
  if (!failed) return object;
  json_decref(object);
  return NULL;
}

static json_t *make_rounded(double value, double parts) {
  assert(isfinite(value));
  return json_real(round(value * parts) / parts + 0.0); /* + 0.0: no negative zero */
}

static json_t *make_confidence(double confidence) {
  return make_rounded(confidence, 10000);
}

static json_t *make_box(glyph_box box) {
  json_t *array = json_array();
  int failed = append(array, json_integer(box.x)) || append(array, json_integer(box.y)) ||
               append(array, json_integer(box.width)) || append(array, json_integer(box.height));
  return keep_unless(failed, array);
}

static json_t *make_quad(const double quad[4][2]) {
  json_t *corners = json_array();
  int failed = 0;
  for (int i = 0; i < 4 && !failed; i++) {
    json_t *corner = json_array();
    failed = append(corner, make_rounded(quad[i][0], 10)) || append(corner, make_rounded(quad[i][1], 10));
    failed = append(corners, keep_unless(failed, corner));
  }
  return keep_unless(failed, corners);
}

static json_t *make_alternatives(const glyph_glyph *glyph) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < glyph->alternative_count && !failed; i++) {
    const glyph_alternative *alternative = &glyph->alternatives[i];
    if (alternative->confidence < 0.00005) continue;
    json_t *object = json_object();
    failed = put(object, "text", json_string(alternative->text)) ||
             put(object, "confidence", make_confidence(alternative->confidence));
    failed = append(array, keep_unless(failed, object));
  }
  return keep_unless(failed, array);
}

static json_t *make_glyph(const glyph_glyph *glyph) {
  json_t *object = json_object();
  int failed = put(object, "text", json_string(glyph->text)) ||
               put(object, "confidence", make_confidence(glyph->confidence)) ||
               put(object, "box", make_box(glyph->box)) || put(object, "alternatives", make_alternatives(glyph)) ||
               (glyph->reason && put(object, "reason", json_string(glyph->reason)));
  return keep_unless(failed, object);
}

static json_t *make_glyphs(const glyph_glyph *glyphs, size_t count) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < count && !failed; i++) failed = append(array, make_glyph(&glyphs[i]));
  return keep_unless(failed, array);
}

static json_t *make_number(const glyph_page *page, const glyph_number *number) {
  json_t *object = json_object();
  int failed = put(object, "text", json_string(number->text)) ||
               put(object, "confidence", make_confidence(number->confidence)) ||
               put(object, "box", make_box(number->box)) || put(object, "quad", make_quad(number->quad)) ||
               (number->unexpected && put(object, "expected", json_false())) ||
               put(object, "glyphs", make_glyphs(page->glyphs + number->first_glyph, number->glyph_count));
  return keep_unless(failed, object);
}

static json_t *make_numbers(const glyph_page *page, size_t first, size_t count) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < count && !failed; i++) failed = append(array, make_number(page, &page->numbers[first + i]));
  return keep_unless(failed, array);
}

static json_t *make_line(const glyph_page *page, const glyph_line *line) {
  json_t *object = json_object();
  int failed = put(object, "text", json_string(line->text)) || put(object, "box", make_box(line->box)) ||
               put(object, "numbers", make_numbers(page, line->first_number, line->number_count));
  return keep_unless(failed, object);
}

static json_t *make_lines(const glyph_page *page) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < page->line_count && !failed; i++) failed = append(array, make_line(page, &page->lines[i]));
  return keep_unless(failed, array);
}

/* Spans stand there where a cell goes over more than one row or column. */
static json_t *make_cell(const glyph_page *page, const glyph_cell *cell) {
  json_t *object = json_object();
  int failed = put(object, "row", json_integer(cell->row)) || put(object, "column", json_integer(cell->column)) ||
               (cell->row_span > 1 && put(object, "row_span", json_integer(cell->row_span))) ||
               (cell->column_span > 1 && put(object, "column_span", json_integer(cell->column_span))) ||
               put(object, "text", json_string(cell->text)) ||
               put(object, "confidence", make_confidence(cell->confidence)) ||
               put(object, "box", make_box(cell->box)) ||
               put(object, "numbers", make_numbers(page, cell->first_number, cell->number_count));
  return keep_unless(failed, object);
}

static json_t *make_table(const glyph_page *page, const glyph_table *table) {
  json_t *object = json_object(), *cells = json_array();
  int failed = !cells;
  for (size_t i = 0; i < table->cell_count && !failed; i++)
    failed = append(cells, make_cell(page, &page->cells[table->first_cell + i]));
  failed = put(object, "quad", make_quad(table->quad)) || put(object, "rows", json_integer(table->rows)) ||
           put(object, "columns", json_integer(table->columns)) || put(object, "cells", keep_unless(failed, cells));
  return keep_unless(failed, object);
}

static json_t *make_tables(const glyph_page *page) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < page->table_count && !failed; i++) failed = append(array, make_table(page, &page->tables[i]));
  return keep_unless(failed, array);
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static json_t *make_point(const double point[2]) {
  json_t *array = json_array();
  int failed = append(array, make_rounded(point[0], 10)) || append(array, make_rounded(point[1], 10));
  return keep_unless(failed, array);
}

static json_t *make_points(const double (*points)[2], size_t count) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < count && !failed; i++) failed = append(array, make_point(points[i]));
  return keep_unless(failed, array);
}

static json_t *make_ellipse(const glyph_shape *shape) {
  json_t *object = json_object();
  int failed = put(object, "center", make_point(shape->centre)) || put(object, "radii", make_point(shape->radii)) ||
               put(object, "angle_degrees", make_rounded(shape->angle_degrees, 100));
  return keep_unless(failed, object);
}

static json_t *make_kinds(const glyph_shape *shape) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < shape->alternative_count && !failed; i++) {
    json_t *object = json_object();
    failed = put(object, "kind", json_string(shape->alternatives[i].kind)) ||
             put(object, "confidence", make_confidence(shape->alternatives[i].confidence));
    failed = append(array, keep_unless(failed, object));
  }
  return keep_unless(failed, array);
}

static json_t *make_shape(const glyph_page *page, const glyph_shape *shape) {
  json_t *object = json_object(), *lines = json_array();
  int failed = !lines;
  for (size_t i = 0; i < shape->line_count && !failed; i++)
    failed = append(lines, make_line(page, &page->lines[shape->first_line + i]));
  lines = keep_unless(failed, lines);
  failed = put(object, "kind", json_string(shape->kind)) ||
           put(object, "confidence", make_confidence(shape->confidence)) || put(object, "box", make_box(shape->box)) ||
           (shape->radii[0] > 0 ? put(object, "ellipse", make_ellipse(shape))
                                : put(object, "polygon", make_points(shape->polygon, shape->polygon_count))) ||
           put(object, "filled", json_boolean(shape->filled)) || put(object, "alternatives", make_kinds(shape)) ||
           (shape->text_box.width && put(object, "text_box", make_box(shape->text_box))) || put(object, "lines", lines);
  return keep_unless(failed, object);
}

static json_t *make_shapes(const glyph_page *page) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < page->shape_count && !failed; i++) failed = append(array, make_shape(page, &page->shapes[i]));
  return keep_unless(failed, array);
}

static json_t *make_connector(const glyph_connector *connector) {
  static const char *const arrows[] = {
      [GLYPH_ARROW_NONE] = "none", [GLYPH_ARROW_END] = "end", [GLYPH_ARROW_BOTH] = "both"};
  json_t *object = json_object();
  int failed = put(object, "from", json_integer((json_int_t)connector->from)) ||
               put(object, "to", json_integer((json_int_t)connector->to)) ||
               put(object, "arrow", json_string(arrows[connector->arrow])) ||
               put(object, "path", make_points(connector->path, connector->path_count));
  return keep_unless(failed, object);
}

static json_t *make_connectors(const glyph_page *page) {
  json_t *array = json_array();
  int failed = !array;
  for (size_t i = 0; i < page->connector_count && !failed; i++)
    failed = append(array, make_connector(&page->connectors[i]));
  return keep_unless(failed, array);
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static json_t *make_timings(const glyph_page *page) {
  json_t *object = json_object();
  int failed = !object;
  for (size_t i = 0; i < page->timing_count && !failed; i++)
    failed = put(object, page->timings[i].stage, make_rounded(page->timings[i].milliseconds, 100));
  return keep_unless(failed, object);
}

/* The keys every object starts with. */
static json_t *make_head(const char *file, int page_number) {
  json_t *object = json_object();
  char *name = output_utf8_copy(file);
  int failed = !name || put(object, "schema", json_string("glyphlift/1")) || put(object, "file", json_string(name)) ||
               put(object, "page", json_integer(page_number));
  free(name);
  return keep_unless(failed, object);
}

static int put_readings(json_t *object, const glyph_page *page, glyph_page_kind kind) {
  if (kind == GLYPH_PAGE_CLASSIFY)
    return put(object, "glyph", page->glyph_count ? make_glyph(&page->glyphs[0]) : json_null());
  if (kind == GLYPH_PAGE_SHAPES)
    return put(object, "shapes", make_shapes(page)) || put(object, "connectors", make_connectors(page));
  return put(object, "lines", make_lines(page)) || put(object, "tables", make_tables(page));
}

static int put_rotation_doubt(json_t *object, const glyph_page *page) {
  return put(object, "rotation_confidence", make_confidence(page->rotation_confidence)) ||
         (page->rotation_unsure && put(object, "rotation_unsure", json_true()));
}

static int add_dumped(const char *bytes, size_t size, void *string) {
  output_string_add(string, bytes, size);
  return 0;
}

static int put_frame(json_t *object, const glyph_page *page) {
  return page->frame &&
         (put(object, "time_ms", make_rounded(page->time_ms, 10)) || put(object, "frame", json_integer(page->frame)));
}

/* Frees root, which may be NULL. */
static char *dump(json_t *root) {
  output_string text = {0};
  locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (root && plain) {
    locale_t before = uselocale(plain);
    text.failed = json_dump_callback(root, add_dumped, &text, JSON_COMPACT | JSON_REAL_PRECISION(15)) != 0;
    uselocale(before);
  }
  int failed = !root || !plain;
  if (plain) freelocale(plain);
  json_decref(root);
  return failed ? NULL : output_string_finish(&text);
}

char *glyph_page_json(const glyph_page *page, const char *file, glyph_page_kind kind) {
  json_t *root = make_head(file, page->number);
  int failed = put_frame(root, page) || put(root, "width", json_integer(page->width)) ||
               put(root, "height", json_integer(page->height)) || put(root, "rotation", json_integer(page->rotation)) ||
               (kind == GLYPH_PAGE_READ && put_rotation_doubt(root, page)) ||
               put(root, "skew_degrees", make_rounded(page->skew_degrees, 100)) || put_readings(root, page, kind) ||
               (page->rejected_count && put(root, "rejected", make_glyphs(page->rejected, page->rejected_count))) ||
               put(root, "timing_ms", make_timings(page));
  return dump(keep_unless(failed, root));
}

static json_t *make_error(const glyph_error *error) {
  json_t *object = json_object();
  char *message = output_utf8_copy(error->message);
  int failed = !message || put(object, "code", json_string(glyph_status_name(error->status))) ||
               put(object, "message", json_string(message));
  free(message);
  return keep_unless(failed, object);
}

char *glyph_error_json(const glyph_error *error, const char *file, int page_number) {
  json_t *root = make_head(file, page_number);
  return dump(keep_unless(put(root, "error", make_error(error)), root));
}
