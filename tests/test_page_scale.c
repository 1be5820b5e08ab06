/* Large pictures, which are read half as large where that serves: the same text and boxes come of it, and small digits
 * are read from the whole picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/glyphlift.h"
#include "generator/encode.h"
#include "generator/page.h"

enum { WIDTH = 2500, HEIGHT = 1300, ODD_HEIGHT = 1301, BOX_SLACK = 8 };
static const char text[] = "4703 28 | 956 1407 | 83 620519";

static void draw(double height, int page_height, page_picture *picture, page_truth *truth) {
  page_spec spec;
  page_spec_init(&spec, 11);
  spec.width = WIDTH, spec.height = page_height;
  spec.layout.height = height;
  strcpy(spec.layout.text, text);
  assert_int_equal(page_draw(&spec, picture, truth), 0);
}

static glyph_page *read_part(const page_picture *picture, glyph_box region) {
  glyph_options options;
  glyph_reader *reader;
  glyph_page *page;
  glyph_error error;
  const glyph_pixels pixels = {picture->data, picture->width, picture->height, 3, (ptrdiff_t)picture->width * 3};
  glyph_options_init(&options);
  options.region = region;
  assert_int_equal(glyph_reader_open(&reader, &options, &error), GLYPH_OK);
  assert_int_equal(glyph_read_pixels(reader, &pixels, "page", &page, &error), GLYPH_OK);
  glyph_reader_close(&reader);
  return page;
}

static void check_edge(int read, int drawn) {
  assert_in_range(abs(read - drawn), 0, BOX_SLACK);
}

static void check_page(const glyph_page *page, int height, const page_truth *truth) {
  assert_int_equal(page->width, WIDTH);
  assert_int_equal(page->height, height);
  assert_int_equal(page->glyph_count, truth->count);
  for (size_t i = 0; i < truth->count; i++) {
    const page_truth_glyph *drawn = &truth->glyphs[i];
    const glyph_box *box = &page->glyphs[i].box;
    assert_int_equal(page->glyphs[i].text[0], drawn->digit);
    check_edge(box->x, drawn->x), check_edge(box->y, drawn->y);
    check_edge(box->x + box->width, drawn->x + drawn->width);
    check_edge(box->y + box->height, drawn->y + drawn->height);
  }
}

/* 1 where the time of a stage stands among the page's. */
static int has_stage(const glyph_page *page, const char *stage) {
  for (size_t i = 0; i < page->timing_count; i++)
    if (!strcmp(page->timings[i].stage, stage)) return 1;
  return 0;
}

/* The same as a JPEG, which is decoded half as large where it may be. */
static glyph_page *read_jpeg(const page_picture *picture) {
  glyph_reader *reader;
  glyph_page *page;
  glyph_error error;
  uint8_t *bytes;
  size_t size;
  assert_int_equal(encode_jpeg(picture, 92, 1, &bytes, &size), 0);
  assert_int_equal(glyph_reader_open(&reader, NULL, &error), GLYPH_OK);
  assert_int_equal(glyph_read_memory(reader, bytes, size, "page.jpg", &page, &error), GLYPH_OK);
  glyph_reader_close(&reader);
  free(bytes);
  return page;
}

/* "scale" is the time to make the half, or to find out that it shows too little: none where only the half was decoded. */
static void test_sizes_in_jpegs(void **state) {
  static const struct {
    double height;
    int page_height, is_scaled;
  } cases[] = {{24, HEIGHT, 1}, {140, HEIGHT, 0}, {220, HEIGHT, 0}, {140, ODD_HEIGHT, 1}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    page_picture picture;
    page_truth truth;
    draw(cases[i].height, cases[i].page_height, &picture, &truth);
    glyph_page *page = read_jpeg(&picture);
    check_page(page, cases[i].page_height, &truth);
    assert_int_equal(has_stage(page, "scale"), cases[i].is_scaled);
    glyph_page_close(&page);
    page_picture_free(&picture), page_truth_free(&truth);
  }
}

static void test_sizes(void **state) {
  static const double heights[] = {24, 40, 70, 140, 220};
  (void)state;
  for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
    page_picture picture;
    page_truth truth;
    draw(heights[i], ODD_HEIGHT, &picture, &truth);
    glyph_page *page = read_part(&picture, (glyph_box){0, 0, 0, 0});
    check_page(page, ODD_HEIGHT, &truth);
    assert_true(has_stage(page, "scale"));
    glyph_page_close(&page);
    page_picture_free(&picture), page_truth_free(&truth);
  }
}

static void test_region(void **state) {
  page_picture picture;
  page_truth truth;
  (void)state;
  draw(140, ODD_HEIGHT, &picture, &truth);
  glyph_page *page = read_part(&picture, (glyph_box){31, 17, WIDTH - 61, ODD_HEIGHT - 27});
  check_page(page, ODD_HEIGHT, &truth);
  glyph_page_close(&page);
  page_picture_free(&picture), page_truth_free(&truth);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_sizes_in_jpegs),
                                     cmocka_unit_test(test_region)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
