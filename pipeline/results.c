/* Flat results (after quirc's manner): a page owns a few arrays, its numbers and lines name ranges of them, and one
 * close frees all. */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

glyph_page *results_page_new(int width, int height) {
  glyph_page *page = calloc(1, sizeof *page);
  glyph_timing *timings = calloc(RESULTS_TIMINGS_MAX, sizeof *timings);
  if (!page || !timings) {
    free(page);
    free(timings);
    return NULL;
  }
  page->number = 1;
  page->width = width;
  page->height = height;
  page->timings = timings;
  return page;
}

void results_add_timing(glyph_page *page, const char *stage, double milliseconds) {
  for (size_t i = 0; i < page->timing_count; i++)
    if (!strcmp(page->timings[i].stage, stage)) {
      ((glyph_timing *)page->timings)[i].milliseconds += milliseconds;
      return;
    }
  if (page->timing_count < RESULTS_TIMINGS_MAX)
    ((glyph_timing *)page->timings)[page->timing_count++] = (glyph_timing){stage, milliseconds};
}

void results_add_timing_first(glyph_page *page, const char *stage, double milliseconds) {
  if (page->timing_count >= RESULTS_TIMINGS_MAX) return;
  glyph_timing *timings = (glyph_timing *)page->timings;
  memmove(timings + 1, timings, page->timing_count++ * sizeof *timings);
  timings[0] = (glyph_timing){stage, milliseconds};
}

glyph_box results_box_union(glyph_box a, glyph_box b) {
  if (a.width <= 0) return b;
  if (b.width <= 0) return a;
  const int x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
  const int right = a.x + a.width > b.x + b.width ? a.x + a.width : b.x + b.width;
  const int bottom = a.y + a.height > b.y + b.height ? a.y + a.height : b.y + b.height;
  return (glyph_box){x, y, right - x, bottom - y};
}

void results_picture_quad(const stage_map *map, const double reading[4][2], double picture[4][2]) {
  for (int i = 0; i < 4; i++) stage_map_to_picture(map, reading[i], picture[i]);
}

/* The nearest whole pixel that covers; what misses one by rounding only does not. */
static int clamp_to(double value, int limit) {
  return value < 0 ? 0 : value > limit ? limit : (int)value;
}

glyph_box results_picture_box(const glyph_page *page, const stage_map *map, stage_box reading) {
  const double right = reading.x + reading.width, bottom = reading.y + reading.height;
  const double corners[4][2] = {{reading.x, reading.y}, {right, reading.y}, {right, bottom}, {reading.x, bottom}};
  double quad[4][2], box[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
  results_picture_quad(map, corners, quad);
  for (int i = 0; i < 4; i++)
    for (int axis = 0; axis < 2; axis++) {
      box[axis] = fmin(box[axis], quad[i][axis]);
      box[axis + 2] = fmax(box[axis + 2], quad[i][axis]);
    }
  const int x = clamp_to(floor(box[0] + 1e-6), page->width), y = clamp_to(floor(box[1] + 1e-6), page->height);
  return (glyph_box){x, y, clamp_to(ceil(box[2] - 1e-6), page->width) - x,
                     clamp_to(ceil(box[3] - 1e-6), page->height) - y};
}

/* The glyphs' boxes enclosed by a rectangle of the reading frame that is turned by the lines' skew. Each box is
 * represented by its centre line, so that a turned rectangle does not grow by the corners of upright boxes. */
static void enclose(const results_glyph *glyphs, size_t count, double skew_degrees, double quad[4][2]) {
  const double c = cos(skew_degrees * pi / 180), s = sin(skew_degrees * pi / 180);
  double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    const stage_box *b = &glyphs[i].box;
    const double cx = b->x + b->width / 2, cy = b->y + b->height / 2, x = c * cx + s * cy, y = c * cy - s * cx;
    left = fmin(left, x - b->width / 2);
    right = fmax(right, x + b->width / 2);
    top = fmin(top, y - b->height / 2);
    bottom = fmax(bottom, y + b->height / 2);
  }
  const double corners[4][2] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
  for (int i = 0; i < 4; i++) {
    quad[i][0] = c * corners[i][0] - s * corners[i][1];
    quad[i][1] = s * corners[i][0] + c * corners[i][1];
  }
}

static char *number_text(const glyph_glyph *glyphs, size_t count, double min_confidence) {
  char *text = calloc(count * sizeof glyphs->text + 1, 1);
  for (size_t i = 0; text && i < count; i++) strcat(text, glyphs[i].confidence < min_confidence ? "?" : glyphs[i].text);
  return text;
}

static int add_number(glyph_page *page, const results_source *source, size_t first, size_t count) {
  glyph_number *number = (glyph_number *)&page->numbers[page->number_count];
  const glyph_glyph *glyphs = page->glyphs + first;
  *number = (glyph_number){.confidence = 1, .first_glyph = first, .glyph_count = count};
  number->unexpected = source->glyphs[first].unexpected;
  for (size_t i = 0; i < count; i++) {
    number->confidence *= glyphs[i].confidence;
    number->box = results_box_union(number->box, glyphs[i].box);
  }
  double quad[4][2];
  enclose(source->glyphs + first, count, source->skew_degrees, quad);
  results_picture_quad(source->map, quad, number->quad);
  number->text = number_text(glyphs, count, source->min_confidence);
  if (!number->text) return GLYPH_ERR_MEMORY;
  page->number_count++;
  return GLYPH_OK;
}

/* The texts of some of the page's numbers, one blank between; NULL without memory. */
static char *join_numbers(const glyph_page *page, size_t first, size_t count) {
  size_t length = 1;
  for (size_t i = first; i < first + count; i++) length += strlen(page->numbers[i].text) + 1;
  char *text = calloc(length, 1);
  for (size_t i = first; text && i < first + count; i++) {
    if (i > first) strcat(text, " ");
    strcat(text, page->numbers[i].text);
  }
  return text;
}

static int add_line(glyph_page *page, size_t first, size_t count) {
  glyph_line *line = (glyph_line *)&page->lines[page->line_count];
  *line = (glyph_line){.first_number = first, .number_count = count};
  for (size_t i = first; i < first + count; i++) line->box = results_box_union(line->box, page->numbers[i].box);
  line->text = join_numbers(page, first, count);
  if (!line->text) return GLYPH_ERR_MEMORY;
  page->line_count++;
  return GLYPH_OK;
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

static const double *corner_of(const stage_table *table, int row, int column) {
  return table->corners + 2 * (row * (table->columns + 1) + column);
}

/* The last place of the cell; its first one is the cell's own number. */
static int last_place(const stage_table *table, int cell) {
  int last = cell;
  for (int place = cell; place < table->rows * table->columns; place++)
    if (table->cells[place] == cell) last = place;
  return last;
}

static glyph_box cell_box(const glyph_page *page, const results_source *source, const stage_table *table, int top,
                          int left, int bottom, int right) {
  const double *corners[4] = {corner_of(table, top, left), corner_of(table, top, right),
                              corner_of(table, bottom, right), corner_of(table, bottom, left)};
  double box[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (int i = 0; i < 4; i++)
    for (int axis = 0; axis < 2; axis++) {
      box[axis] = fmin(box[axis], corners[i][axis]);
      box[axis + 2] = fmax(box[axis + 2], corners[i][axis]);
    }
  return results_picture_box(page, source->map, (stage_box){box[0], box[1], box[2] - box[0], box[3] - box[1]});
}

static int add_cell(glyph_page *page, const results_source *source, const cells_item *item, size_t first,
                    size_t count) {
  const stage_table *table = &source->tables->items[item->table];
  const int columns = table->columns, last = last_place(table, item->place);
  const int row = item->place / columns, column = item->place % columns;
  glyph_cell *cell = (glyph_cell *)&page->cells[page->cell_count];
  *cell = (glyph_cell){.row = row,
                       .column = column,
                       .row_span = last / columns - row + 1,
                       .column_span = last % columns - column + 1,
                       .confidence = 1,
                       .first_number = first,
                       .number_count = count};
  cell->box = cell_box(page, source, table, row, column, last / columns + 1, last % columns + 1);
  for (size_t i = first; i < first + count; i++) cell->confidence *= page->numbers[i].confidence;
  cell->text = join_numbers(page, first, count);
  if (!cell->text) return GLYPH_ERR_MEMORY;
  ((glyph_table *)page->tables)[item->table].cell_count++;
  page->cell_count++;
  return GLYPH_OK;
}

/* How many lines lie higher than the table's middle, in the frame they were read in. */
static size_t count_lines_above(const glyph_page *page, const results_source *source, const stage_table *table) {
  const double middle = (corner_of(table, 0, 0)[1] + corner_of(table, table->rows, table->columns)[1]) / 2;
  size_t above = 0;
  for (; above < page->line_count; above++) {
    const stage_box *box = &source->glyphs[page->numbers[page->lines[above].first_number].first_glyph].box;
    if (box->y + box->height / 2 > middle) break;
  }
  return above;
}

static int add_table(glyph_page *page, const results_source *source, const stage_table *table) {
  const size_t points = ((size_t)table->rows + 1) * ((size_t)table->columns + 1);
  double(*corners)[2] = malloc(points * sizeof *corners);
  if (!corners) return GLYPH_ERR_MEMORY;
  for (size_t i = 0; i < points; i++) stage_map_to_picture(source->map, table->corners + 2 * i, corners[i]);
  glyph_table *out = (glyph_table *)&page->tables[page->table_count++];
  *out = (glyph_table){.rows = table->rows, .columns = table->columns, .corners = (const double(*)[2])corners};
  const size_t ends[4] = {0, (size_t)table->columns, points - 1, points - 1 - (size_t)table->columns};
  for (int i = 0; i < 4; i++) memcpy(out->quad[i], corners[ends[i]], sizeof out->quad[i]);
  return GLYPH_OK;
}

static int add_tables(glyph_page *page, const results_source *source) {
  int status = GLYPH_OK;
  for (size_t i = 0; source->tables && status == GLYPH_OK && i < source->tables->count; i++)
    status = add_table(page, source, &source->tables->items[i]);
  return status;
}

/* Cells follow each other table by table. */
static void close_tables(glyph_page *page, const results_source *source) {
  size_t cell = 0;
  for (size_t i = 0; i < page->table_count; i++) {
    glyph_table *table = (glyph_table *)&page->tables[i];
    table->first_cell = cell;
    table->lines_above = count_lines_above(page, source, &source->tables->items[i]);
    cell += table->cell_count;
  }
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static int allocate(glyph_page *page, const results_source *source) {
  const size_t n = source->glyph_count;
  page->glyphs = calloc(n + 1, sizeof *page->glyphs);
  page->numbers = calloc(n + 1, sizeof *page->numbers);
  page->lines = calloc(n + 1, sizeof *page->lines);
  page->rejected = calloc(source->rejected_count + 1, sizeof *page->rejected);
  page->tables = calloc((source->tables ? source->tables->count : 0) + 1, sizeof *page->tables);
  page->cells = calloc(n + 1, sizeof *page->cells);
  const int good = page->glyphs && page->numbers && page->lines && page->rejected && page->tables && page->cells;
  return good ? GLYPH_OK : GLYPH_ERR_MEMORY;
}

/* How the lines lie in the picture, parted into the nearest quarter turn and the rest. */
static void set_rotation(glyph_page *page, const results_source *source) {
  const double angle = stage_map_angle(source->map, source->width / 2.0, source->height / 2.0) + source->skew_degrees;
  const double quarters = floor(angle / 90 + 0.5);
  page->skew_degrees = angle - 90 * quarters;
  page->rotation = ((int)quarters * 90 + 720) % 360;
}

static int is_in_table(const results_source *source, const cells_item *item) {
  return source->tables && item->table >= 0;
}

/* Whether two glyphs stand in one line or cell. */
static int is_same_place(const results_source *source, const cells_item *a, const cells_item *b) {
  if (is_in_table(source, a) != is_in_table(source, b)) return 0;
  return is_in_table(source, a) ? a->table == b->table && a->place == b->place : a->line == b->line;
}

/* A box of the reading frame is none in the picture. */
static int is_tilted(const stage_map *map) {
  const double *m = map->to_picture;
  return m[6] != 0 || m[7] != 0 || (fabs(m[0]) > 1e-9 && fabs(m[1]) > 1e-9);
}

static void set_quad(const stage_map *map, stage_box box, double quad[4][2]) {
  const double right = box.x + box.width, bottom = box.y + box.height;
  const double corners[4][2] = {{box.x, box.y}, {right, box.y}, {right, bottom}, {box.x, bottom}};
  results_picture_quad(map, corners, quad);
}

int results_fill(glyph_page *page, const results_source *source) {
  int status = allocate(page, source);
  if (status != GLYPH_OK) return status;
  set_rotation(page, source);
  page->glyph_count = source->glyph_count;
  for (size_t i = 0; i < source->glyph_count; i++) {
    ((glyph_glyph *)page->glyphs)[i] = source->glyphs[i].glyph;
    if (is_tilted(source->map)) set_quad(source->map, source->glyphs[i].box, ((glyph_glyph *)page->glyphs)[i].quad);
  }
  page->rejected_count = source->rejected_count;
  if (source->rejected_count)
    memcpy((glyph_glyph *)page->rejected, source->rejected, source->rejected_count * sizeof *source->rejected);
  status = add_tables(page, source);
  const results_glyph *g = source->glyphs;
  size_t start = 0; /* the line's or cell's first number */
  for (size_t i = 0, end; status == GLYPH_OK && i < source->glyph_count; i = end) {
    for (end = i + 1; end < source->glyph_count && g[end].item.number == g[i].item.number;) end++;
    status = add_number(page, source, i, end - i);
    const cells_item *item = &g[i].item, *next = end < source->glyph_count ? &g[end].item : NULL;
    if (status != GLYPH_OK || (next && is_same_place(source, item, next))) continue;
    const size_t count = page->number_count - start;
    status = is_in_table(source, item) ? add_cell(page, source, item, start, count) : add_line(page, start, count);
    start = page->number_count;
  }
  if (status == GLYPH_OK) close_tables(page, source);
  return status;
}

void results_drop_lines(glyph_page *page) {
  for (size_t i = 0; i < page->number_count; i++) free((char *)page->numbers[i].text);
  for (size_t i = 0; i < page->line_count; i++) free((char *)page->lines[i].text);
  for (size_t i = 0; i < page->cell_count; i++) free((char *)page->cells[i].text);
  for (size_t i = 0; i < page->table_count; i++) free((double *)page->tables[i].corners);
  page->number_count = page->line_count = page->cell_count = page->table_count = 0;
}

static void drop_shapes(glyph_page *page) {
  for (size_t i = 0; i < page->shape_count; i++) free((double *)page->shapes[i].polygon);
  for (size_t i = 0; i < page->connector_count; i++) free((double *)page->connectors[i].path);
  free((glyph_shape *)page->shapes);
  free((glyph_connector *)page->connectors);
}

void glyph_page_close(glyph_page **page) {
  if (!page || !*page) return;
  results_drop_lines(*page);
  drop_shapes(*page);
  free((glyph_glyph *)(*page)->glyphs);
  free((glyph_glyph *)(*page)->rejected);
  free((glyph_number *)(*page)->numbers);
  free((glyph_line *)(*page)->lines);
  free((glyph_table *)(*page)->tables);
  free((glyph_cell *)(*page)->cells);
  free((glyph_timing *)(*page)->timings);
  free((uint8_t *)(*page)->picture.data);
  free(*page);
  *page = NULL;
}
