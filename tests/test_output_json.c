/* JSON: the exact line for a known page, bad file names, and the same bytes under locales with other decimal points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../pipeline/output/output.h"
#include "../pipeline/output/output_string.h"
#include "output_page.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char expected_page[] =
    "{\"schema\":\"glyphlift/1\",\"file\":\"a \\\"b\\\".jpg\",\"page\":1,\"width\":100,\"height\":120,\"rotation\":90,"
    "\"rotation_confidence\":0.9876,"
    "\"skew_degrees\":-1.26,\"lines\":["
    "{\"text\":\"32 7\",\"box\":[10,20,63,30],\"numbers\":["
    "{\"text\":\"32\",\"confidence\":0.97,\"box\":[10,20,26,30],"
    "\"quad\":[[10.0,20.0],[36.0,20.3],[36.0,50.0],[0.0,50.0]],\"glyphs\":["
    "{\"text\":\"3\",\"confidence\":0.99,\"box\":[10,20,12,30],\"alternatives\":[{\"text\":\"8\",\"confidence\":0.01}]}"
    ","
    "{\"text\":\"2\",\"confidence\":0.1235,\"box\":[24,21,12,29],"
    "\"alternatives\":[{\"text\":\"7\",\"confidence\":0.1}]}]},"
    "{\"text\":\"7\",\"confidence\":1.0,\"box\":[60,20,13,30],"
    "\"quad\":[[60.0,20.0],[73.0,20.0],[73.0,50.0],[60.0,50.0]],\"glyphs\":["
    "{\"text\":\"7\",\"confidence\":1.0,\"box\":[60,20,13,30],\"alternatives\":[]}]}]},"
    "{\"text\":\"50?\",\"box\":[10,60,40,30],\"numbers\":["
    "{\"text\":\"50?\",\"confidence\":0.0001,\"box\":[10,60,40,30],"
    "\"quad\":[[10.0,60.0],[50.0,60.0],[50.0,90.0],[10.0,90.0]],\"expected\":false,\"glyphs\":["
    "{\"text\":\"5\",\"confidence\":0.5,\"box\":[10,60,12,30],\"alternatives\":[{\"text\":\"6\",\"confidence\":0.25}]},"
    "{\"text\":\"0\",\"confidence\":1.0,\"box\":[24,60,12,30],\"alternatives\":[]},"
    "{\"text\":\"9\",\"confidence\":0.0,\"box\":[38,60,12,30],\"alternatives\":[]}]}]}],"
    "\"tables\":[],\"timing_ms\":{\"decode\":20.1,\"total\":1234.5}}";

static void check_json(char *json, const char *expected) {
  assert_non_null(json);
  assert_string_equal(json, expected);
  json_error_t error;
  json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
  assert_non_null(root);
  json_decref(root);
  glyph_string_free(json);
}

static void test_page(void **state) {
  (void)state;
  glyph_page page = example_page();
  check_json(glyph_page_json(&page, "a \"b\".jpg", GLYPH_PAGE_READ), expected_page);
}

static void test_empty_page(void **state) {
  (void)state;
  glyph_page page = {.number = 3, .width = 1, .height = 2, .rotation_confidence = 0.25, .rotation_unsure = 1};
  check_json(glyph_page_json(&page, "-", GLYPH_PAGE_READ),
             "{\"schema\":\"glyphlift/1\",\"file\":\"-\",\"page\":3,\"width\":1,\"height\":2,\"rotation\":0,"
             "\"rotation_confidence\":0.25,\"rotation_unsure\":true,"
             "\"skew_degrees\":0.0,\"lines\":[],\"tables\":[],\"timing_ms\":{}}");
}

static void test_table(void **state) {
  (void)state;
  glyph_page page = example_table_page();
  char *json = glyph_page_json(&page, "t", GLYPH_PAGE_READ);
  static const char start[] = "\"tables\":[{\"quad\":[[55.0,15.0],[115.0,15.0],[115.0,95.0],[55.0,95.0]],\"rows\":2,"
                              "\"columns\":3,\"cells\":[{\"row\":0,\"column\":0,\"text\":\"7\",\"confidence\":1.0,"
                              "\"box\":[55,15,20,40],\"numbers\":[{\"text\":\"7\",";
  static const char next[] = "{\"row\":1,\"column\":1,\"column_span\":2,\"text\":\"50?\",";
  assert_non_null(json);
  assert_non_null(strstr(json, start));
  assert_non_null(strstr(json, next));
  json_error_t error;
  json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
  assert_int_equal(json_array_size(json_object_get(root, "lines")), 1);
  json_decref(root);
  glyph_string_free(json);
}

static void test_rejected(void **state) {
  (void)state;
  glyph_page page = {.number = 1, .width = 9, .height = 9, .rejected = example_rejected, .rejected_count = 1};
  check_json(glyph_page_json(&page, "r", GLYPH_PAGE_READ),
             "{\"schema\":\"glyphlift/1\",\"file\":\"r\",\"page\":1,\"width\":9,\"height\":9,\"rotation\":0,"
             "\"rotation_confidence\":0.0,"
             "\"skew_degrees\":0.0,\"lines\":[],\"tables\":[],\"rejected\":[{\"text\":\"1\",\"confidence\":0.25,"
             "\"box\":[80,1,2,3],\"alternatives\":[],\"reason\":\"shape\"}],\"timing_ms\":{}}");
}

static void test_classified(void **state) {
  (void)state;
  glyph_page page = example_single();
  check_json(glyph_page_json(&page, "s.png", GLYPH_PAGE_CLASSIFY),
             "{\"schema\":\"glyphlift/1\",\"file\":\"s.png\",\"page\":1,\"width\":28,\"height\":28,\"rotation\":0,"
             "\"skew_degrees\":0.0,\"glyph\":{\"text\":\"3\",\"confidence\":0.99,\"box\":[10,20,12,30],"
             "\"alternatives\":[{\"text\":\"8\",\"confidence\":0.01}]},\"timing_ms\":{}}");
  page.glyph_count = 0;
  check_json(glyph_page_json(&page, "s.png", GLYPH_PAGE_CLASSIFY),
             "{\"schema\":\"glyphlift/1\",\"file\":\"s.png\",\"page\":1,\"width\":28,\"height\":28,\"rotation\":0,"
             "\"skew_degrees\":0.0,\"glyph\":null,\"timing_ms\":{}}");
}

static void test_error(void **state) {
  (void)state;
  glyph_error error = {GLYPH_ERR_FORMAT, "a\xFF.jpg: not a picture"};
  check_json(glyph_error_json(&error, "a\xFF.jpg", 1),
             "{\"schema\":\"glyphlift/1\",\"file\":\"a\uFFFD.jpg\",\"page\":1,"
             "\"error\":{\"code\":\"format\",\"message\":\"a\uFFFD.jpg: not a picture\"}}");
}

static void test_utf8_repair(void **state) {
  (void)state;
  static const struct {
    const char *bytes, *expected;
  } cases[] = {
      {"", ""},
      {"plain\x01\x7F", "plain\x01\x7F"},
      {"\u00E9 \u20AC \U0001F600 \uD7FF \uE000 \U0010FFFF", "\u00E9 \u20AC \U0001F600 \uD7FF \uE000 \U0010FFFF"},
      {"\xE9t\xE9", "\uFFFDt\uFFFD"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},                     /* overlong */
      {"\xE0\x9F\xBF", "\uFFFD\uFFFD\uFFFD"},           /* overlong */
      {"\xF0\x8F\xBF\xBF", "\uFFFD\uFFFD\uFFFD\uFFFD"}, /* overlong */
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},           /* surrogate */
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"}, /* above U+10FFFF */
      {"\xF5\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xE2\x82", "\uFFFD\uFFFD"}, /* cut off by the end */
      {"\xE2\x82x\x80", "\uFFFD\uFFFDx\uFFFD"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *copy = output_utf8_copy(cases[i].bytes);
    assert_non_null(copy);
    assert_string_equal(copy, cases[i].expected);
    free(copy);
  }
}

/* Every string of two bytes becomes something jansson takes. */
static void test_utf8_repair_agrees_with_jansson(void **state) {
  (void)state;
  for (int first = 1; first < 256; first++)
    for (int second = 0; second < 256; second++) {
      const char bytes[] = {(char)first, (char)second, 0};
      char *copy = output_utf8_copy(bytes);
      json_t *string = json_string(copy);
      assert_non_null(string);
      json_t *original = json_string(bytes);
      assert_int_equal(original != NULL, !strcmp(copy, bytes));
      json_decref(original);
      json_decref(string);
      free(copy);
    }
}

static int use_locale(const char *folder, const char *name) {
  char command[512], path[256];
  snprintf(path, sizeof path, "%s/%s.UTF-8", folder, name);
  snprintf(command, sizeof command, "localedef -i %s -f UTF-8 %s >/dev/null 2>&1", name, path);
  int ignored = system(command); /* warnings make it fail; what counts is that the locale can be used */
  (void)ignored;
  snprintf(path, sizeof path, "%s.UTF-8", name);
  return setlocale(LC_ALL, path) != NULL;
}

/* German has a comma, Pashto a point of two bytes. */
static void test_locales(void **state) {
  (void)state;
  char folder[] = "/tmp/glyphlift-locale-XXXXXX", command[128];
  static const char *const names[] = {"de_DE", "ps_AF"};
  glyph_page page = example_page();
  int tried = 0;
  assert_non_null(mkdtemp(folder));
  setenv("LOCPATH", folder, 1);
  for (int i = 0; i < 2; i++) {
    if (!use_locale(folder, names[i])) continue;
    assert_string_not_equal(localeconv()->decimal_point, ".");
    char *json = glyph_page_json(&page, "a \"b\".jpg", GLYPH_PAGE_READ);
    assert_string_equal(json, expected_page); /* not parsed: jansson aborts on numbers under ps_AF */
    glyph_string_free(json);
    assert_string_not_equal(localeconv()->decimal_point, "."); /* the caller's locale is back */
    char *rows = glyph_page_table(&page, "f", GLYPH_PAGE_READ, ',');
    assert_non_null(strstr(rows, ",32,0.9700\n"));
    glyph_string_free(rows);
    tried++;
  }
  setlocale(LC_ALL, "C");
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
  if (!tried) skip();
}

static long allocations_left;

static void *allocate_some(size_t size) {
  return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* The n-th allocation of the tree fails, for every n; leaks are the sanitizer's to find. */
static void test_no_memory(void **state) {
  (void)state;
  glyph_page page = example_page();
  glyph_error error = {GLYPH_ERR_IO, "x: cannot be read"};
  char *json = NULL, *failure = NULL;
  long n = 0;
  json_set_alloc_funcs(allocate_some, free);
  for (; !json || !failure; n++) {
    glyph_string_free(json);
    glyph_string_free(failure);
    allocations_left = n;
    json = glyph_page_json(&page, "a \"b\".jpg", GLYPH_PAGE_READ);
    allocations_left = n;
    failure = glyph_error_json(&error, "x", 1);
  }
  json_set_alloc_funcs(malloc, free);
  assert_true(n > 100);
  assert_string_equal(json, expected_page);
  glyph_string_free(json);
  glyph_string_free(failure);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_page),        cmocka_unit_test(test_empty_page),
      cmocka_unit_test(test_table),       cmocka_unit_test(test_rejected),
      cmocka_unit_test(test_classified),  cmocka_unit_test(test_error),
      cmocka_unit_test(test_utf8_repair), cmocka_unit_test(test_locales),
      cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_utf8_repair_agrees_with_jansson),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
