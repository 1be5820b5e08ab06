/* Picks numbers out of a page: lines, cells and tables shrink to what is left in them, and the digits say what all
 * frames together say. One allocation holds the page, its arrays and its texts. */
#include "pick.h"

#include <stdlib.h>
#include <string.h>

enum { GLYPH_TEXT_MAX = sizeof((glyph_glyph *)0)->text };

typedef struct picking {
  const glyph_page *from;
  const tracks_reading *readings;
  int steady_only;
  double min_confidence;
  glyph_page *page;
  glyph_number *numbers;
  glyph_glyph *glyphs;
  glyph_line *lines;
  glyph_table *tables;
  glyph_cell *cells;
  glyph_shape *shapes;
  glyph_connector *connectors;
  char *text; /* where the next one goes */
} picking;

static int allocate(picking *p) {
  const glyph_page *from = p->from;
  /* Each glyph's text stands in its number's and in its line's or cell's, where a blank or the end follows each
   * number. */
  const size_t text_size = 2 * (from->glyph_count * GLYPH_TEXT_MAX + from->number_count);
  const size_t size = sizeof *p->page + from->number_count * sizeof *p->numbers +
                      from->glyph_count * sizeof *p->glyphs + from->line_count * sizeof *p->lines +
                      from->table_count * sizeof *p->tables + from->cell_count * sizeof *p->cells +
                      from->shape_count * sizeof *p->shapes + from->connector_count * sizeof *p->connectors + text_size;
  p->page = malloc(size); /* less than the page itself, which fits in memory, takes */
  if (!p->page) return -1;
  *p->page = *from;
  p->numbers = (glyph_number *)(p->page + 1);
  p->glyphs = (glyph_glyph *)(p->numbers + from->number_count);
  p->lines = (glyph_line *)(p->glyphs + from->glyph_count);
  p->tables = (glyph_table *)(p->lines + from->line_count);
  p->cells = (glyph_cell *)(p->tables + from->table_count);
  p->shapes = (glyph_shape *)(p->cells + from->cell_count);
  p->connectors = (glyph_connector *)(p->shapes + from->shape_count);
  p->text = (char *)(p->connectors + from->connector_count);
  if (from->shape_count) memcpy(p->shapes, from->shapes, from->shape_count * sizeof *p->shapes);
  if (from->connector_count) memcpy(p->connectors, from->connectors, from->connector_count * sizeof *p->connectors);
  p->page->shapes = p->shapes;
  p->page->connectors = p->connectors;
  p->page->numbers = p->numbers, p->page->number_count = 0;
  p->page->glyphs = p->glyphs, p->page->glyph_count = 0;
  p->page->lines = p->lines, p->page->line_count = 0;
  p->page->tables = p->tables, p->page->table_count = 0;
  p->page->cells = p->cells, p->page->cell_count = 0;
  p->page->rejected = NULL, p->page->rejected_count = 0;
  return 0;
}

static void add_number(picking *p, size_t index) {
  const glyph_number *from = &p->from->numbers[index];
  const tracks_reading *reading = &p->readings[index];
  glyph_number *to = &p->numbers[p->page->number_count++];
  *to = *from;
  to->first_glyph = p->page->glyph_count;
  to->text = p->text;
  if (reading->voted) to->confidence = reading->share;
  for (size_t i = 0; i < from->glyph_count; i++) {
    glyph_glyph *glyph = &p->glyphs[p->page->glyph_count++];
    *glyph = p->from->glyphs[from->first_glyph + i];
    if (reading->voted) {
      vote_glyph(reading->voted, (int)i, glyph);
      to->confidence *= glyph->confidence;
    }
    const char *shown = glyph->confidence < p->min_confidence ? "?" : glyph->text;
    strcpy(p->text, shown);
    p->text += strlen(shown);
  }
  p->text++;
}

/* Those among count numbers from `first` that are picked; *text gets theirs with blanks between. */
static size_t add_numbers(picking *p, size_t first, size_t count, const char **text) {
  const size_t start = p->page->number_count;
  for (size_t i = first; i < first + count; i++)
    if (!p->steady_only || p->readings[i].is_steady) add_number(p, i);
  char *joined = p->text;
  *text = joined;
  for (size_t i = start; i < p->page->number_count; i++) {
    const size_t length = strlen(p->numbers[i].text);
    memcpy(p->text, p->numbers[i].text, length);
    p->text += length;
    *p->text++ = ' ';
  }
  if (p->page->number_count > start) p->text[-1] = '\0';
  return p->page->number_count - start;
}

static void add_line(picking *p, const glyph_line *from) {
  glyph_line line = *from;
  line.first_number = p->page->number_count;
  line.number_count = add_numbers(p, from->first_number, from->number_count, &line.text);
  if (line.number_count) p->lines[p->page->line_count++] = line;
}

static void add_cell(picking *p, const glyph_cell *from) {
  glyph_cell cell = *from;
  cell.first_number = p->page->number_count;
  cell.number_count = add_numbers(p, from->first_number, from->number_count, &cell.text);
  if (!cell.number_count) return;
  cell.confidence = 1;
  for (size_t i = 0; i < cell.number_count; i++) cell.confidence *= p->numbers[cell.first_number + i].confidence;
  p->cells[p->page->cell_count++] = cell;
}

/* lines_above still counts the lines of the page it is from; those that are left above are counted here. */
static void add_table(picking *p, const glyph_table *from, const size_t *lines_left) {
  glyph_table table = *from;
  table.lines_above = lines_left[from->lines_above];
  table.first_cell = p->page->cell_count;
  for (size_t i = 0; i < from->cell_count; i++) add_cell(p, &p->from->cells[from->first_cell + i]);
  table.cell_count = p->page->cell_count - table.first_cell;
  if (table.cell_count) p->tables[p->page->table_count++] = table;
}

glyph_page *pick_numbers(const glyph_page *page, const tracks_reading *readings, int steady_only,
                         double min_confidence) {
  picking p = {.from = page, .readings = readings, .steady_only = steady_only, .min_confidence = min_confidence};
  size_t *lines_left = malloc((page->line_count + 1) * sizeof *lines_left);
  if (!lines_left || allocate(&p)) goto done;
  for (size_t i = 0; i < page->line_count; i++) {
    lines_left[i] = p.page->line_count;
    add_line(&p, &page->lines[i]);
  }
  lines_left[page->line_count] = p.page->line_count;
  for (size_t i = 0; i < page->table_count; i++) add_table(&p, &page->tables[i], lines_left);
done:
  free(lines_left);
  return p.page;
}

int pick_shapes(glyph_page *page, const tracks_reading *readings) {
  glyph_shape *shapes = (glyph_shape *)page->shapes; /* both are this page's own */
  glyph_connector *connectors = (glyph_connector *)page->connectors;
  size_t *place = malloc((page->shape_count + 1) * sizeof *place), shape_count = 0, connector_count = 0;
  if (!place) return -1;
  for (size_t i = 0; i < page->shape_count; i++) {
    place[i] = shape_count;
    if (readings[i].is_told) shapes[shape_count++] = shapes[i];
  }
  for (size_t i = 0; i < page->connector_count; i++) {
    glyph_connector c = connectors[i];
    if (!readings[c.from].is_told || !readings[c.to].is_told) continue;
    c.from = place[c.from];
    c.to = place[c.to];
    connectors[connector_count++] = c;
  }
  page->shape_count = shape_count;
  page->connector_count = connector_count;
  free(place);
  return 0;
}

void pick_free(glyph_page **page) {
  if (!page) return;
  free(*page);
  *page = NULL;
}
