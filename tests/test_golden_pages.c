/* Goldens: what is read from each sample page, digit by digit with its box, as it was when somebody last looked at it.
 * Digits, their order, numbers and lines must be the same; boxes may differ by two pixels, confidences are not kept.
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

#include "../pipeline/glyphlift.h"
#include "generator/conditions.h"

enum { BOX_SLACK = 2 };

static glyph_reader *reader;

static int open_reader(void **state) {
  (void)state;
  glyph_error error;
  if (glyph_reader_open(&reader, NULL, &error) == GLYPH_OK) return 0;
  print_error("%s\n", error.message);
  return -1;
}

static int close_reader(void **state) {
  (void)state;
  glyph_reader_close(&reader);
  return 0;
}

typedef struct golden_row {
  int line, number, x, y, width, height;
  char text[8];
} golden_row;

/* Number i's line. */
static int line_of(const glyph_page *page, size_t number) {
  size_t line = 0;
  while (number >= page->lines[line].first_number + page->lines[line].number_count) line++;
  return (int)line;
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

static void sample_equals_golden(void **state) {
  const page_sample *sample = *state;
  char picture_path[4096], golden_path[4096];
  glyph_page *page;
  glyph_error error;
  snprintf(picture_path, sizeof picture_path, "%s/samples/pages/%s", GLYPHLIFT_SOURCE_DIR, sample->file);
  snprintf(golden_path, sizeof golden_path, "%s/tests/goldens/%s.tsv", GLYPHLIFT_SOURCE_DIR, sample->file);
  if (glyph_read_file(reader, picture_path, &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  golden_row *rows = rows_of_page(page);
  if (getenv("GLYPHLIFT_WRITE_GOLDENS"))
    write_golden(golden_path, rows, page->glyph_count);
  else
    compare_golden(golden_path, rows, page->glyph_count);
  free(rows);
  glyph_page_close(&page);
}

int main(void) {
  struct CMUnitTest *tests = calloc(page_sample_count, sizeof *tests);
  if (!tests) return 1;
  for (size_t i = 0; i < page_sample_count; i++)
    tests[i] = (struct CMUnitTest){page_samples[i].file, sample_equals_golden, NULL, NULL,
                                   (void *)(uintptr_t)&page_samples[i]};
  int failed = _cmocka_run_group_tests("golden pages", tests, page_sample_count, open_reader, close_reader);
  free(tests);
  return failed;
}
