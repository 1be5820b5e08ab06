/* Goldens of shapes: the JSON and the SVG of the sample chart, as they were when somebody last looked at them. Numbers may
 * differ by two pixels (and so may confidences, which are not kept, nor are alternatives); all else must be the same.
 *
 * GLYPHLIFT_WRITE_GOLDENS=1 test_golden_shapes writes tests/goldens anew: look at the difference, and at the SVG, before
 * committing them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctype.h>
#include <math.h>

#include "../pipeline/output/output.h"

static const double slack = 2;
static glyph_page *page;

static int read_sample(void **state) {
  (void)state;
  glyph_reader *reader = NULL;
  glyph_error error;
  int failed = glyph_reader_open(&reader, NULL, &error);
  if (!failed) failed = glyph_read_shapes_file(reader, GLYPHLIFT_SOURCE_DIR "/samples/pages/chart.jpg", &page, &error);
  if (failed) print_error("%s\n", error.message);
  glyph_reader_close(&reader);
  return failed;
}

static int close_sample(void **state) {
  (void)state;
  glyph_page_close(&page);
  return 0;
}

static char *read_golden(const char *path) {
  enum { BYTES_MAX = 1 << 20 };
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("%s is missing", path);
  char *text = calloc(BYTES_MAX, 1);
  assert_non_null(text);
  const size_t size = fread(text, 1, BYTES_MAX - 1, file);
  assert_true(size > 0 && feof(file));
  fclose(file);
  return text;
}

static void write_golden(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* Whether a number starts there, not a name's or a word's last letters. */
static int is_number(const char *text, const char *at) {
  if (at > text && (isalnum((unsigned char)at[-1]) || strchr("-._", at[-1]))) return 0;
  return isdigit((unsigned char)at[0]) || (at[0] == '-' && isdigit((unsigned char)at[1]));
}

/* Numbers have slack where they are quoted, as SVG's are, or where they are not, as JSON's are; digits that were read
 * stand elsewhere, and have none. */
static void assert_alike(const char *path, const char *golden, const char *made, int quoted) {
  const char *a = golden, *b = made;
  int in_quotes = 0;
  while (*a && *b) {
    if (in_quotes == quoted && is_number(golden, a) && is_number(made, b)) {
      char *after_a, *after_b;
      const double p = strtod(a, &after_a), q = strtod(b, &after_b);
      if (fabs(p - q) > slack) fail_msg("%s: %g, and now %g, at: %.60s", path, p, q, b);
      a = after_a, b = after_b;
      continue;
    }
    if (*a != *b) break;
    in_quotes ^= *a == '"';
    a++, b++;
  }
  if (*a || *b) fail_msg("%s: was: %.60s ... is: %.60s", path, a, b);
}

static void settle(const char *name, char *made, int quoted) {
  char path[4096];
  snprintf(path, sizeof path, "%s/tests/goldens/%s", GLYPHLIFT_SOURCE_DIR, name);
  assert_non_null(made);
  if (getenv("GLYPHLIFT_WRITE_GOLDENS")) {
    write_golden(path, made);
  } else {
    char *golden = read_golden(path);
    assert_alike(path, golden, made, quoted);
    free(golden);
  }
  glyph_string_free(made);
}

/* Their lists hold no other lists. */
static void drop_alternatives(char *json) {
  static const char name[] = ",\"alternatives\":[";
  for (char *at; (at = strstr(json, name));) {
    const char *end = strchr(at + sizeof name - 1, ']');
    assert_non_null(end);
    memmove(at, end + 1, strlen(end + 1) + 1);
  }
}

static void json_equals_golden(void **state) {
  (void)state;
  char *json = glyph_page_json(page, "chart.jpg", GLYPH_PAGE_SHAPES),
       *times = json ? strstr(json, ",\"timing_ms\"") : NULL;
  assert_non_null(times);
  strcpy(times, "}\n");
  drop_alternatives(json);
  settle("chart.jpg.json", json, 0);
}

static void svg_equals_golden(void **state) {
  (void)state;
  settle("chart.jpg.svg", glyph_page_svg(page, "chart.jpg"), 1);
}

/* Decoding first, all of it last, however many stages there are between. */
static void test_times_are_whole(void **state) {
  (void)state;
  assert_true(page->timing_count > 2);
  assert_string_equal(page->timings[0].stage, "decode");
  assert_string_equal(page->timings[page->timing_count - 1].stage, "total");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(json_equals_golden), cmocka_unit_test(test_times_are_whole),
                                     cmocka_unit_test(svg_equals_golden)};
  return cmocka_run_group_tests(tests, read_sample, close_sample);
}
