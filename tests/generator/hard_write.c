/* What is written on a hard page, and where: lines, columns, tables and forms of numbers, or words. Numbers that do not
 * fit are shortened; columns, like lines, are read from their top. */
#include "hard_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alphabet.h"

static void random_digits(random_stream *random, int count, char *out) {
  for (int i = 0; i < count; i++) out[i] = (char)('0' + random_below(random, 10));
  out[count] = '\0';
}

static void random_number(hard_drawing *drawing, int most_digits, char text[HARD_TEXT_MAX]) {
  random_stream *random = &drawing->random;
  char whole[8], part[4];
  random_digits(random, 1 + random_below(random, most_digits), whole);
  random_digits(random, 1 + random_below(random, 2), part);
  int day = 1 + random_below(random, 28), month = 1 + random_below(random, 12), form = random_below(random, 8);
  if (!random_chance(random, drawing->page->signs)) form = -1;
  switch (form) {
  case 0:
  case 1: snprintf(text, HARD_TEXT_MAX, "%s.%s", whole, part); break;
  case 2: snprintf(text, HARD_TEXT_MAX, "%s,%s", whole, part); break;
  case 3: snprintf(text, HARD_TEXT_MAX, "-%s", whole); break;
  case 4: snprintf(text, HARD_TEXT_MAX, "+%s", whole); break;
  case 5: snprintf(text, HARD_TEXT_MAX, "%d:%02d", random_below(random, 24), random_below(random, 60)); break;
  case 6: snprintf(text, HARD_TEXT_MAX, "%d/%d", day, month); break;
  case 7: snprintf(text, HARD_TEXT_MAX, "%d.%d.%d", day, month, 1950 + random_below(random, 90)); break;
  default: snprintf(text, HARD_TEXT_MAX, "%s", whole);
  }
}

/* Sets the number, without its end where it is wider than room digit heights; 0 where nothing fits. */
static int set_number(hard_drawing *drawing, int most_digits, double room, double pitch, hard_text *out) {
  char string[HARD_TEXT_MAX];
  random_number(drawing, most_digits, string);
  for (;;) {
    hard_text_set(drawing, string, &drawing->page->spec.writer, drawing->page->spec.layout.gap, pitch, out);
    if (out->count && out->width <= room) return 1;
    size_t length = strlen(string);
    if (length <= 1) return 0;
    length--;
    while (length > 1 && (string[length - 1] < '0' || string[length - 1] > '9')) length--;
    string[length] = '\0';
    if (length == 1 && (string[0] < '0' || string[0] > '9')) return 0;
  }
}

static void put_number(hard_drawing *drawing, const hard_text *text, double x, double baseline, double height,
                       int table, int row, int column) {
  hard_take(drawing, hard_text_lay(drawing, text, &drawing->sheet.writing, x, baseline, height));
  hard_text_keep(drawing, text, table, row, column);
}

/* ---- lines and columns ---- */

static double line_height(hard_drawing *drawing) {
  double share = drawing->page->sizes * random_between(&drawing->random, -1, 1);
  return fmax(12, fmin(120, drawing->page->spec.layout.height * (1 + share)));
}

/* The next place for a line of writing at or below y: on the paper's rule, or in the middle of a row of squares. */
static double next_baseline(const hard_page *page, double y, double height) {
  const hard_rules *rules = &page->rules;
  if (rules->pattern == HARD_PLAIN || !page->on_rules) return y;
  double rule = ceil(y / rules->pitch) * rules->pitch;
  return rules->pattern == HARD_RULED ? rule : rule - (rules->pitch - height) / 2;
}

static int is_one_a_square(const hard_page *page) {
  return page->rules.pattern == HARD_SQUARED && page->on_rules;
}

/* From x to right; returns the numbers written. */
static int write_line(hard_drawing *drawing, double x, double right, double baseline, double height, int numbers) {
  const hard_page *page = drawing->page;
  double pitch = is_one_a_square(page) ? page->rules.pitch / height : 0;
  if (pitch > 0) x = ceil(x / page->rules.pitch) * page->rules.pitch;
  int written = 0;
  hard_text text;
  for (int i = 0; i < numbers; i++) {
    if (!set_number(drawing, page->spec.layout.digits, (right - x) / height, pitch, &text)) break;
    put_number(drawing, &text, x, baseline, height, 0, 0, 0);
    x += (text.width + (pitch > 0 ? pitch : page->spec.layout.blank)) * height;
    written++;
  }
  drawing->line += written > 0;
  return written;
}

static void write_lines(hard_drawing *drawing, double left, double right, int numbers, int is_column) {
  const page_view *view = &drawing->sheet.view;
  const page_layout *layout = &drawing->page->spec.layout;
  random_stream *random = &drawing->random;
  double sits = 0.08 * layout->height * random_normal(random); /* of the writing above or below the rules */
  double y = view->top + layout->height * random_between(random, 1.15, 1.6);
  for (int line = 0; line < layout->lines; line++) {
    double height = line_height(drawing), room = right - left;
    if (line) y += fmax(layout->pitch, 1.3) * height;
    double baseline = next_baseline(drawing->page, y, height);
    if (baseline + 0.2 * height > view->bottom) break;
    y = baseline;
    double x = left + room * random_between(random, 0, is_column ? 0.05 : 0.25);
    write_line(drawing, x, right, baseline + (is_one_a_square(drawing->page) ? 0.3 : 1) * sits, height,
               is_column ? 1 : 1 + random_below(random, numbers));
  }
}

static void write_columns(hard_drawing *drawing) {
  const page_view *view = &drawing->sheet.view;
  int columns = drawing->page->columns;
  double width = (view->right - view->left) / columns, between = 1.2 * drawing->page->spec.layout.height;
  for (int i = 0; i < columns; i++) {
    double left = view->left + i * width;
    write_lines(drawing, left, left + width - fmin(between, 0.4 * width), 1, 1);
  }
}

/* ---- tables and forms ---- */

typedef struct grid {
  double x, y, cell_width, cell_height;
  int rows, columns;
  double between; /* room between the cells of a row: boxes that stand apart */
} grid;

static void rule_grid(hard_drawing *drawing, const grid *grid) {
  const hard_page *page = drawing->page;
  int by_hand = random_chance(&drawing->random, 0.2);
  ink_plane *plane = by_hand ? &drawing->sheet.writing : &drawing->scratch;
  double width = by_hand ? page->spec.pen.width * page->spec.layout.height : page->rules.width;
  double shake = by_hand ? 0.04 * grid->cell_height : 0;
  double step = grid->cell_width + grid->between, right = grid->x + grid->columns * step - grid->between;
  for (int i = 0; i <= grid->rows; i++) {
    double y = grid->y + i * grid->cell_height;
    for (double x = grid->x; x<right - 1; x += grid->between> 0 ? step : right - grid->x) {
      double end = grid->between > 0 ? x + grid->cell_width : right;
      hard_line(drawing, plane, x, y + shake * random_normal(&drawing->random), end,
                y + shake * random_normal(&drawing->random), width, 0.95);
    }
  }
  for (int i = 0; i <= grid->columns; i++)
    for (int side = 0; side < 2; side++) {
      double x = grid->x + i * step - side * grid->between, bottom = grid->y + grid->rows * grid->cell_height;
      if ((side && (i == 0 || grid->between <= 0)) || (!side && i == grid->columns && grid->between > 0)) continue;
      hard_line(drawing, plane, x + shake * random_normal(&drawing->random), grid->y,
                x + shake * random_normal(&drawing->random), bottom, width, 0.95);
    }
  if (!by_hand) color_layer_lay(&drawing->sheet.print, plane, page->rules.color, page->rules.density);
}

static int keep_table(hard_drawing *drawing, const grid *grid) {
  if (drawing->table_count == HARD_TABLES_MAX) return 0;
  page_truth_table *table = &drawing->tables[drawing->table_count++];
  double width = grid->columns * (grid->cell_width + grid->between) - grid->between;
  double height = grid->rows * grid->cell_height;
  *table = (page_truth_table){.rows = grid->rows, .columns = grid->columns};
  for (int i = 0; i < 4; i++)
    page_view_apply(&drawing->sheet.view, grid->x + (i == 1 || i == 2 ? width : 0), grid->y + (i > 1 ? height : 0),
                    &table->quad[i][0], &table->quad[i][1]);
  hard_take(drawing, hard_cover(drawing, grid->x, grid->y, grid->x + width, grid->y + height));
  return (int)drawing->table_count;
}

static void fill_grid(hard_drawing *drawing, const grid *grid, int most_digits, double filled) {
  double height = drawing->page->spec.layout.height;
  int table = keep_table(drawing, grid);
  if (!table) return;
  rule_grid(drawing, grid);
  hard_text text;
  for (int row = 0; row < grid->rows; row++) {
    for (int column = 0; column < grid->columns; column++) {
      if (!random_chance(&drawing->random, filled)) continue;
      double left = grid->x + column * (grid->cell_width + grid->between);
      if (!set_number(drawing, most_digits, 0.95 * grid->cell_width / height, 0, &text)) continue;
      double spare_x = grid->cell_width - text.width * height, spare_y = grid->cell_height - height;
      put_number(drawing, &text, left + spare_x * (0.5 + 0.12 * random_normal(&drawing->random)),
                 grid->y + (row + 1) * grid->cell_height - spare_y * (0.5 + 0.15 * random_normal(&drawing->random)),
                 height, table, row, column);
    }
    drawing->line++;
  }
}

static int at_most(int value, double limit) {
  return value < limit ? value : limit < 1 ? 1 : (int)limit;
}

static void write_table(hard_drawing *drawing) {
  const page_view *view = &drawing->sheet.view;
  random_stream *random = &drawing->random;
  double height = drawing->page->spec.layout.height, room_x = view->right - view->left;
  double room_y = view->bottom - view->top;
  int digits = 1 + random_below(random, 3);
  grid grid = {.cell_width = fmin(room_x, height * (0.75 * digits + random_between(random, 0.5, 1.2))),
               .cell_height = fmin(room_y, height * random_between(random, 1.25, 2))};
  grid.rows = at_most(drawing->page->spec.layout.lines, room_y / grid.cell_height);
  grid.columns = at_most(drawing->page->columns, room_x / grid.cell_width);
  grid.x = view->left + (room_x - grid.columns * grid.cell_width) * random_unit(random);
  grid.y = view->top + (room_y - grid.rows * grid.cell_height) * random_unit(random);
  fill_grid(drawing, &grid, digits, random_between(random, 0.6, 1));
}

/* Rows of boxes, a digit each: combs, or boxes that stand apart. */
static void write_form(hard_drawing *drawing) {
  const page_view *view = &drawing->sheet.view;
  random_stream *random = &drawing->random;
  double height = drawing->page->spec.layout.height, side = height * random_between(random, 1.2, 1.7);
  double apart = random_chance(random, 0.5) ? 0 : side * random_between(random, 0.12, 0.35);
  int rows = 1 + random_below(random, 5);
  double y = view->top + 0.2 * height;
  for (int row = 0; row < rows && y + side < view->bottom; row++, y += side * random_between(random, 1.4, 2.2)) {
    grid grid = {.y = y, .cell_width = side, .cell_height = side, .rows = 1, .between = apart};
    grid.columns = at_most(3 + random_below(random, 8), (view->right - view->left) / (side + apart));
    double spare = view->right - view->left - grid.columns * (side + apart);
    grid.x = view->left + spare * random_unit(random);
    fill_grid(drawing, &grid, 1, random_chance(random, 0.6) ? 1 : 0.7);
  }
}

void hard_write_numbers(hard_drawing *drawing) {
  const page_view *view = &drawing->sheet.view;
  switch (drawing->page->content) {
  case HARD_COLUMNS: write_columns(drawing); break;
  case HARD_TABLE: write_table(drawing); break;
  case HARD_FORM: write_form(drawing); break;
  default: write_lines(drawing, view->left, view->right, drawing->page->spec.layout.numbers, 0);
  }
}

/* ---- letters ---- */

/* Words, and a drawing now and then, from x to the sheet's right. */
static void write_words(hard_drawing *drawing, double baseline, double height) {
  const page_view *view = &drawing->sheet.view;
  const writer_style *style = &drawing->page->spec.writer;
  random_stream *random = &drawing->random;
  double x = view->left, gap = random_between(random, 0.08, 0.25);
  hard_text text;
  for (;;) {
    char word[ALPHABET_WORD_MAX];
    alphabet_word(random, word);
    hard_text_set(drawing, word, style, gap, 0, &text);
    if (!text.count || x + text.width * height > view->right) return;
    hard_take(drawing, hard_text_lay(drawing, &text, &drawing->sheet.writing, x, baseline, height));
    drawing->marks += (size_t)text.count;
    x += (text.width + 0.6) * height;
    double size = height * random_between(random, 0.8, 1.2);
    if (!random_chance(random, 0.12) || x + size > view->right) continue;
    stroke_glyph doodle;
    alphabet_doodle(random_below(random, alphabet_doodle_count()), style, random, &doodle);
    page_view_map_strokes(view, x + 0.3 * size, baseline - size, size, &doodle);
    ink_plane_stroke(&drawing->sheet.writing, &doodle);
    drawing->marks++;
    x += 1.3 * size;
  }
}

void hard_write_letters(hard_drawing *drawing) {
  static const double mark_width = 1, line_pitch = 1.75; /* heights that a mark and its blanks take, generously */
  const page_view *view = &drawing->sheet.view;
  double area = (view->right - view->left) * (view->bottom - view->top);
  double height =
      fmin(drawing->page->spec.layout.height, sqrt(area / (HARD_MARKS_MIN * mark_width * line_pitch * 1.3)));
  for (double y = view->top + 1.1 * height; y + 0.5 * height < view->bottom; y += line_pitch * height)
    write_words(drawing, y, height);
}
