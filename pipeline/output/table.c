/* Results as comma- or tab-separated rows: one number a row, one row of a table a row, or one picture a row for
 * classified glyphs. Commas go with the quoting of RFC 4180 (rows end with a bare newline, as Unix programs expect);
 * tabs with backslash escapes. */
#include "output.h"
#include "output_string.h"

#include <stdlib.h>
#include <string.h>

static void add_field(output_string *rows, const char *field, char separator) {
  output_string_add_field(rows, field, separator);
  output_string_add(rows, &separator, 1);
}

static void add_box(output_string *rows, glyph_box box, char separator) {
  const int values[] = {box.x, box.y, box.width, box.height};
  for (int i = 0; i < 4; i++) output_string_add_format(rows, "%d%c", values[i], separator);
}

static void add_reading(output_string *rows, const char *text, double confidence, char separator) {
  add_field(rows, text, separator);
  output_string_add_confidence(rows, confidence);
  output_string_add_text(rows, "\n");
}

/* line 0: in a table. */
static void add_number_row(output_string *rows, const glyph_page *page, const char *file, size_t line,
                           const glyph_number *number, char separator) {
  add_field(rows, file, separator);
  output_string_add_format(rows, "%d%c", page->number, separator);
  if (line) output_string_add_format(rows, "%zu", line);
  output_string_add(rows, &separator, 1);
  add_box(rows, number->box, separator);
  add_reading(rows, number->text, number->confidence, separator);
}

static void add_number_rows(output_string *rows, const glyph_page *page, const char *file, char separator) {
  for (size_t i = 0; i < page->line_count; i++)
    for (size_t j = 0; j < page->lines[i].number_count; j++)
      add_number_row(rows, page, file, i + 1, &page->numbers[page->lines[i].first_number + j], separator);
  for (size_t i = 0; i < page->cell_count; i++)
    for (size_t j = 0; j < page->cells[i].number_count; j++)
      add_number_row(rows, page, file, 0, &page->numbers[page->cells[i].first_number + j], separator);
}

/* One row of table `index`, its cells one after the other; `cell` is the first that stands there or later. */
static const glyph_cell *add_table_row(output_string *rows, const glyph_page *page, const char *file, size_t index,
                                       int row, const glyph_cell *cell, char separator) {
  const glyph_table *table = &page->tables[index];
  const glyph_cell *end = page->cells + table->first_cell + table->cell_count;
  add_field(rows, file, separator);
  output_string_add_format(rows, "%d%c%zu%c%d", page->number, separator, index + 1, separator, row + 1);
  for (int column = 0; column < table->columns; column++) {
    const int filled = cell < end && cell->row == row && cell->column == column;
    output_string_add(rows, &separator, 1);
    if (filled) output_string_add_text(rows, cell->text);
    cell += filled;
  }
  output_string_add_text(rows, "\n");
  return cell;
}

char *glyph_page_table_rows(const glyph_page *page, const char *file, char separator) {
  output_string rows = {0};
  char *name = output_utf8_copy(file);
  if (!name) return NULL;
  for (size_t i = 0; i < page->table_count; i++) {
    const glyph_cell *cell = page->cells + page->tables[i].first_cell;
    for (int row = 0; row < page->tables[i].rows; row++)
      cell = add_table_row(&rows, page, name, i, row, cell, separator);
  }
  free(name);
  return output_string_finish(&rows);
}

static void add_glyph_row(output_string *rows, const glyph_page *page, const char *file, char separator) {
  add_field(rows, file, separator);
  output_string_add_format(rows, "%d%c", page->number, separator);
  if (page->glyph_count) {
    add_box(rows, page->glyphs[0].box, separator);
    add_reading(rows, page->glyphs[0].text, page->glyphs[0].confidence, separator);
    return;
  }
  for (int i = 0; i < 5; i++) output_string_add(rows, &separator, 1);
  output_string_add_text(rows, "\n");
}

static void add_shape_rows(output_string *rows, const glyph_page *page, const char *file, char separator) {
  for (size_t i = 0; i < page->shape_count; i++) {
    const glyph_shape *shape = &page->shapes[i];
    output_string text = {0};
    for (size_t k = 0; k < shape->line_count; k++)
      output_string_add_format(&text, k ? " %s" : "%s", page->lines[shape->first_line + k].text);
    char *inside = output_string_finish(&text);
    rows->failed |= !inside;
    add_field(rows, file, separator);
    output_string_add_format(rows, "%d%c%zu%c", page->number, separator, i, separator);
    add_field(rows, shape->kind, separator);
    add_box(rows, shape->box, separator);
    add_reading(rows, inside ? inside : "", shape->confidence, separator);
    free(inside);
  }
}

char *glyph_page_table(const glyph_page *page, const char *file, glyph_page_kind kind, char separator) {
  output_string rows = {0};
  char *name = output_utf8_copy(file);
  if (!name) return NULL;
  if (kind == GLYPH_PAGE_CLASSIFY)
    add_glyph_row(&rows, page, name, separator);
  else if (kind == GLYPH_PAGE_SHAPES)
    add_shape_rows(&rows, page, name, separator);
  else
    add_number_rows(&rows, page, name, separator);
  free(name);
  return output_string_finish(&rows);
}

static char *make_header(const char *const *columns, size_t count, char separator) {
  output_string row = {0};
  for (size_t i = 0; i < count; i++) {
    if (i) output_string_add(&row, &separator, 1);
    output_string_add_text(&row, columns[i]);
  }
  output_string_add_text(&row, "\n");
  return output_string_finish(&row);
}

char *glyph_table_header(glyph_page_kind kind, char separator) {
  static const char *const read[] = {"file", "page", "line", "x", "y", "width", "height", "text", "confidence"};
  static const char *const classify[] = {"file", "page", "x", "y", "width", "height", "text", "confidence"};
  static const char *const shapes[] = {"file", "page",  "shape",  "kind", "x",
                                       "y",    "width", "height", "text", "confidence"};
  if (kind == GLYPH_PAGE_SHAPES) return make_header(shapes, sizeof shapes / sizeof *shapes, separator);
  if (kind == GLYPH_PAGE_CLASSIFY) return make_header(classify, sizeof classify / sizeof *classify, separator);
  return make_header(read, sizeof read / sizeof *read, separator);
}

char *glyph_table_rows_header(char separator) {
  static const char *const columns[] = {"file", "page", "table", "row", "cells"};
  return make_header(columns, sizeof columns / sizeof *columns, separator);
}
