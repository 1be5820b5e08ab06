/* Text, CSV and TSV: exact output for a known page, quoting and escaping of file names, pictures without ink. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../pipeline/output/output.h"
#include "output_page.h"

static void check(char *text, const char *expected) {
  assert_non_null(text);
  assert_string_equal(text, expected);
  glyph_string_free(text);
}

static void test_text(void **state) {
  (void)state;
  glyph_page page = example_page(), single = example_single(), empty = {.number = 1};
  check(glyph_page_text(&page, GLYPH_PAGE_READ), "32 7\n50?\n");
  check(glyph_page_text(&empty, GLYPH_PAGE_READ), "");
  check(glyph_page_text(&single, GLYPH_PAGE_CLASSIFY), "3\n");
  check(glyph_page_text(&empty, GLYPH_PAGE_CLASSIFY), "\n");
}

static void test_headers(void **state) {
  (void)state;
  check(glyph_table_header(GLYPH_PAGE_READ, ','), "file,page,line,x,y,width,height,text,confidence\n");
  check(glyph_table_header(GLYPH_PAGE_READ, '\t'), "file\tpage\tline\tx\ty\twidth\theight\ttext\tconfidence\n");
  check(glyph_table_header(GLYPH_PAGE_CLASSIFY, ','), "file,page,x,y,width,height,text,confidence\n");
}

static void test_number_rows(void **state) {
  (void)state;
  glyph_page page = example_page(), empty = {.number = 1};
  check(glyph_page_table(&page, "a.jpg", GLYPH_PAGE_READ, ','), "a.jpg,1,1,10,20,26,30,32,0.9700\n"
                                                                "a.jpg,1,1,60,20,13,30,7,1.0000\n"
                                                                "a.jpg,1,2,10,60,40,30,50?,0.0001\n");
  check(glyph_page_table(&empty, "a.jpg", GLYPH_PAGE_READ, ','), "");
}

/* In text a table stands among the lines where it is read, its cells apart by tabs. */
static void test_tables(void **state) {
  (void)state;
  glyph_page page = example_table_page(), plain = example_page();
  glyph_table first = example_table;
  check(glyph_page_text(&page, GLYPH_PAGE_READ), "32\n7\t\t\n\t50?\t\n");
  check(glyph_page_table(&page, "a", GLYPH_PAGE_READ, ','), "a,1,1,10,20,26,30,32,0.9700\n"
                                                            "a,1,,60,20,13,30,7,1.0000\n"
                                                            "a,1,,10,60,40,30,50?,0.0001\n");
  check(glyph_page_table_rows(&page, "a,b", ','), "\"a,b\",1,1,1,7,,\n\"a,b\",1,1,2,,50?,\n");
  check(glyph_page_table_rows(&page, "a", '\t'), "a\t1\t1\t1\t7\t\t\na\t1\t1\t2\t\t50?\t\n");
  check(glyph_page_table_rows(&plain, "a", ','), "");
  check(glyph_table_rows_header(','), "file,page,table,row,cells\n");
  first.lines_above = 0;
  page.tables = &first;
  check(glyph_page_text(&page, GLYPH_PAGE_READ), "7\t\t\n\t50?\t\n32\n");
}

static void test_glyph_rows(void **state) {
  (void)state;
  glyph_page page = example_single();
  check(glyph_page_table(&page, "s", GLYPH_PAGE_CLASSIFY, '\t'), "s\t1\t10\t20\t12\t30\t3\t0.9900\n");
  page.glyph_count = 0;
  check(glyph_page_table(&page, "s", GLYPH_PAGE_CLASSIFY, ','), "s,1,,,,,,\n");
  check(glyph_page_table(&page, "s", GLYPH_PAGE_CLASSIFY, '\t'), "s\t1\t\t\t\t\t\t\n");
}

/* Each name as a CSV and as a TSV field; the rest of the row is the same. */
static void test_file_names(void **state) {
  (void)state;
  static const struct {
    const char *name, *csv, *tsv;
  } cases[] = {
      {"plain name.jpg", "plain name.jpg,1,,,,,,\n", "plain name.jpg\t1\t\t\t\t\t\t\n"},
      {"a,b", "\"a,b\",1,,,,,,\n", "a,b\t1\t\t\t\t\t\t\n"},
      {"say \"x\"", "\"say \"\"x\"\"\",1,,,,,,\n", "say \"x\"\t1\t\t\t\t\t\t\n"},
      {"two\nlines", "\"two\nlines\",1,,,,,,\n", "two\\nlines\t1\t\t\t\t\t\t\n"},
      {"cr\rtab\t\\", "\"cr\rtab\t\\\",1,,,,,,\n", "cr\\rtab\\t\\\\\t1\t\t\t\t\t\t\n"},
      {"", ",1,,,,,,\n", "\t1\t\t\t\t\t\t\n"},
      {"\xFFz", "\uFFFDz,1,,,,,,\n", "\uFFFDz\t1\t\t\t\t\t\t\n"},
  };
  glyph_page page = {.number = 1};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check(glyph_page_table(&page, cases[i].name, GLYPH_PAGE_CLASSIFY, ','), cases[i].csv);
    check(glyph_page_table(&page, cases[i].name, GLYPH_PAGE_CLASSIFY, '\t'), cases[i].tsv);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),   cmocka_unit_test(test_headers),    cmocka_unit_test(test_number_rows),
      cmocka_unit_test(test_tables), cmocka_unit_test(test_glyph_rows), cmocka_unit_test(test_file_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
