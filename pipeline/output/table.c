/* Results as comma- or tab-separated rows: one number a row, or one picture a row for classified glyphs. Commas go with
 * the quoting of RFC 4180 (rows end with a bare newline, as Unix programs expect); tabs with backslash escapes. */
#include "output.h"
#include "output_string.h"

#include <stdlib.h>
#include <string.h>

static void add_quoted(output_string *rows, const char *field) {
  if (!strpbrk(field, ",\"\r\n")) {
    output_string_add_text(rows, field);
    return;
  }
  output_string_add_text(rows, "\"");
  for (; *field; field++) output_string_add(rows, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
  output_string_add_text(rows, "\"");
}

static void add_escaped(output_string *rows, const char *field) {
  static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
  for (; *field; field++) {
    const char *found = strchr(special, *field);
    if (found)
      output_string_add_format(rows, "\\%c", letters[found - special]);
    else
      output_string_add(rows, field, 1);
  }
}

static void add_field(output_string *rows, const char *field, char separator) {
  if (separator == ',')
    add_quoted(rows, field);
  else
    add_escaped(rows, field);
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

static void add_number_rows(output_string *rows, const glyph_page *page, const char *file, char separator) {
  for (size_t i = 0; i < page->line_count; i++) {
    const glyph_line *line = &page->lines[i];
    for (size_t j = 0; j < line->number_count; j++) {
      const glyph_number *number = &page->numbers[line->first_number + j];
      add_field(rows, file, separator);
      output_string_add_format(rows, "%d%c%zu%c", page->number, separator, i + 1, separator);
      add_box(rows, number->box, separator);
      add_reading(rows, number->text, number->confidence, separator);
    }
  }
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

char *glyph_page_table(const glyph_page *page, const char *file, glyph_page_kind kind, char separator) {
  output_string rows = {0};
  char *name = output_utf8_copy(file);
  if (!name) return NULL;
  if (kind == GLYPH_PAGE_CLASSIFY)
    add_glyph_row(&rows, page, name, separator);
  else
    add_number_rows(&rows, page, name, separator);
  free(name);
  return output_string_finish(&rows);
}

char *glyph_table_header(glyph_page_kind kind, char separator) {
  static const char *const columns[] = {"file", "page", "line", "x", "y", "width", "height", "text", "confidence"};
  output_string row = {0};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    if (i == 2 && kind == GLYPH_PAGE_CLASSIFY) continue;
    if (i) output_string_add(&row, &separator, 1);
    output_string_add_text(&row, columns[i]);
  }
  output_string_add_text(&row, "\n");
  return output_string_finish(&row);
}
