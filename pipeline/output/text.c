/* Results as plain text: a line of the page a line and a row of a table a line with its cells apart by tabs, as people
 * read it: a table where it stands among the lines. A picture of one glyph is one line, an empty one where there is no
 * ink, so that lines and pictures stay in step. */
#include "output.h"
#include "output_string.h"

#include <stdlib.h>

static void add_table(output_string *text, const glyph_page *page, const glyph_table *table) {
  const glyph_cell *cell = page->cells + table->first_cell, *end = cell + table->cell_count;
  for (int row = 0; row < table->rows; row++) {
    for (int column = 0; column < table->columns; column++) {
      if (column) output_string_add_text(text, "\t");
      if (cell == end || cell->row != row || cell->column != column) continue;
      output_string_add_text(text, cell->text);
      cell++;
    }
    output_string_add_text(text, "\n");
  }
}

/* The tables that are read before line `line`, or at the page's end. */
static void add_tables(output_string *text, const glyph_page *page, size_t line) {
  for (size_t i = 0; i < page->table_count; i++)
    if (page->tables[i].lines_above == line) add_table(text, page, &page->tables[i]);
}

static void add_shape(output_string *text, const glyph_page *page, size_t index) {
  const glyph_shape *shape = &page->shapes[index];
  output_string_add_format(text, "%zu %s %d %d %d %d", index, shape->kind, shape->box.x, shape->box.y, shape->box.width,
                           shape->box.height);
  for (size_t i = 0; i < shape->line_count; i++)
    output_string_add_format(text, " %s", page->lines[shape->first_line + i].text);
  output_string_add_text(text, "\n");
}

static void add_connector(output_string *text, const glyph_connector *connector) {
  static const char *const arrows[] = {[GLYPH_ARROW_NONE] = "--", [GLYPH_ARROW_END] = "->", [GLYPH_ARROW_BOTH] = "<->"};
  output_string_add_format(text, "%zu %s %zu\n", connector->from, arrows[connector->arrow], connector->to);
}

char *glyph_page_text(const glyph_page *page, glyph_page_kind kind) {
  output_string text = {0};
  if (kind == GLYPH_PAGE_CLASSIFY) {
    if (page->glyph_count) output_string_add_text(&text, page->glyphs[0].text);
    output_string_add_text(&text, "\n");
    return output_string_finish(&text);
  }
  if (kind == GLYPH_PAGE_SHAPES) {
    for (size_t i = 0; i < page->shape_count; i++) add_shape(&text, page, i);
    for (size_t i = 0; i < page->connector_count; i++) add_connector(&text, &page->connectors[i]);
    return output_string_finish(&text);
  }
  for (size_t i = 0; i < page->line_count; i++) {
    add_tables(&text, page, i);
    output_string_add_text(&text, page->lines[i].text);
    output_string_add_text(&text, "\n");
  }
  add_tables(&text, page, page->line_count);
  return output_string_finish(&text);
}

void glyph_string_free(char *string) {
  free(string);
}
