/* Goldens: what is read from each sample page, digit by digit with its box, as it was when somebody last looked at it.
 * Digits, their order, numbers and lines must be the same; boxes may differ by two pixels, confidences are not kept.
 *
 * A table and ruled paper are drawn here, not kept as pictures; a cell's place stands for the line, as -1 - place.
 *
 * GLYPHLIFT_WRITE_GOLDENS=1 test_golden_pages writes tests/goldens anew: look at the difference before committing
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generator/conditions.h"
#include "generator/hard.h"
#include "shared_reader.h"

enum { BOX_SLACK = 2 };

typedef struct golden_row {
  int line, number, x, y, width, height;
  char text[8];
} golden_row;

static int holds(size_t first, size_t count, size_t number) {
  return number >= first && number < first + count;
}

/* The number's line, or -1 - row * columns - column of its cell. */
static int line_of(const glyph_page *page, size_t number) {
  for (size_t i = 0; i < page->line_count; i++)
    if (holds(page->lines[i].first_number, page->lines[i].number_count, number)) return (int)i;
  for (size_t t = 0; t < page->table_count; t++)
    for (size_t i = 0; i < page->tables[t].cell_count; i++) {
      const glyph_cell *cell = &page->cells[page->tables[t].first_cell + i];
      if (holds(cell->first_number, cell->number_count, number))
        return -1 - cell->row * page->tables[t].columns - cell->column;
    }
  fail_msg("number %zu stands in no line and no cell", number);
  return 0;
}

/* One row a glyph, in reading order; malloc'd. */
static golden_row *rows_of_page(const glyph_page *page) {
  golden_row *rows = calloc(page->glyph_count + 1, sizeof *rows);
  assert_non_null(rows);
  for (size_t n = 0; n < page->number_count; n++)
    for (size_t g = 0; g < page->numbers[n].glyph_count; g++) {
      size_t at = page->numbers[n].first_glyph + g;
      glyph_box box = page->glyphs[at].box;
      rows[at] = (golden_row){line_of(page, n), (int)n, box.x, box.y, box.width, box.height, ""};
      memcpy(rows[at].text, page->glyphs[at].text, sizeof rows[at].text);
    }
  return rows;
}

static void write_golden(const char *path, const golden_row *rows, size_t count) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("line\tnumber\ttext\tx\ty\twidth\theight\n", file);
  for (size_t i = 0; i < count; i++)
    fprintf(file, "%d\t%d\t%s\t%d\t%d\t%d\t%d\n", rows[i].line, rows[i].number, rows[i].text, rows[i].x, rows[i].y,
            rows[i].width, rows[i].height);
  assert_int_equal(fclose(file), 0);
}

static int is_near(int a, int b) {
  return abs(a - b) <= BOX_SLACK;
}

static void compare_golden(const char *path, const golden_row *rows, size_t count) {
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("%s is missing", path);
  char heading[128];
  golden_row row;
  size_t i = 0;
  assert_non_null(fgets(heading, sizeof heading, file));
  while (fscanf(file, "%d %d %7s %d %d %d %d", &row.line, &row.number, row.text, &row.x, &row.y, &row.width,
                &row.height) == 7) {
    if (i == count) fail_msg("%s: has more than the %zu glyphs that were read", path, count);
    const golden_row *read = &rows[i++];
    if (strcmp(row.text, read->text) || row.line != read->line || row.number != read->number)
      fail_msg("%s: glyph %zu is '%s' in line %d, number %d; read '%s' in line %d, number %d", path, i, row.text,
               row.line, row.number, read->text, read->line, read->number);
    if (!is_near(row.x, read->x) || !is_near(row.y, read->y) || !is_near(row.x + row.width, read->x + read->width) ||
        !is_near(row.y + row.height, read->y + read->height))
      fail_msg("%s: glyph %zu's box is %d,%d,%d,%d; read %d,%d,%d,%d", path, i, row.x, row.y, row.width, row.height,
               read->x, read->y, read->width, read->height);
  }
  fclose(file);
  if (i < count) fail_msg("%s: has %zu glyphs; %zu were read", path, i, count);
}

/* Writes or compares the golden of that name; closes the page. */
static void settle_golden(const char *name, glyph_page *page) {
  char path[4096];
  snprintf(path, sizeof path, "%s/tests/goldens/%s.tsv", GLYPHLIFT_SOURCE_DIR, name);
  golden_row *rows = rows_of_page(page);
  if (getenv("GLYPHLIFT_WRITE_GOLDENS"))
    write_golden(path, rows, page->glyph_count);
  else
    compare_golden(path, rows, page->glyph_count);
  free(rows);
  glyph_page_close(&page);
}

static void sample_equals_golden(void **state) {
  const page_sample *sample = *state;
  char path[4096];
  glyph_page *page;
  glyph_error error;
  snprintf(path, sizeof path, "%s/samples/pages/%s", GLYPHLIFT_SOURCE_DIR, sample->file);
  if (glyph_read_file(reader, path, &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  settle_golden(sample->file, page);
}

static void draw_and_settle(const char *name, const hard_page *drawn) {
  page_picture picture;
  glyph_page *page;
  glyph_error error;
  assert_int_equal(hard_page_draw(drawn, NULL, &picture, NULL), 0);
  const glyph_pixels pixels = {picture.data, picture.width, picture.height, 3, 3 * (ptrdiff_t)picture.width};
  if (glyph_read_pixels(reader, &pixels, name, &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  page_picture_free(&picture);
  settle_golden(name, page);
}

static hard_page drawn_page(uint64_t seed) {
  hard_page page = {.content = HARD_LINES, .columns = 4, .rules = {HARD_PLAIN, 60, 2, {0.35, 0.5, 0.75}, 0.8, 0}};
  page_spec_init(&page.spec, seed);
  page.spec.width = 640;
  page.spec.height = 480;
  page.spec.layout.text[0] = '\0';
  page.spec.layout.lines = 5;
  page.spec.layout.numbers = page.spec.layout.digits = 3;
  page.spec.layout.height = 36;
  return page;
}

static void table_equals_golden(void **state) {
  (void)state;
  hard_page page = drawn_page(11);
  page.content = HARD_TABLE;
  page.spec.camera.tilt = 3;
  draw_and_settle("table", &page);
}

static void ruled_page_equals_golden(void **state) {
  (void)state;
  hard_page page = drawn_page(14);
  page.rules.pattern = HARD_RULED;
  page.on_rules = 1;
  draw_and_settle("ruled", &page);
}

int main(void) {
  struct CMUnitTest *tests = calloc(page_sample_count, sizeof *tests);
  if (!tests) return 1;
  for (size_t i = 0; i < page_sample_count; i++)
    tests[i] = (struct CMUnitTest){page_samples[i].file, sample_equals_golden, NULL, NULL,
                                   (void *)(uintptr_t)&page_samples[i]};
  const struct CMUnitTest drawn[] = {cmocka_unit_test(table_equals_golden), cmocka_unit_test(ruled_page_equals_golden)};
  int failed = _cmocka_run_group_tests("golden pages", tests, page_sample_count, open_reader, close_reader);
  failed += cmocka_run_group_tests_name("drawn golden pages", drawn, open_reader, close_reader);
  free(tests);
  return failed;
}
