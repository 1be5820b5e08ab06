/* Digits and drawn shapes on one page: `read` finds the digits alone, also those in shapes; `shapes` finds the shapes,
 * with the digits in them. */
#include "shapes_drawing.h"

#include "generator/chart_score.h"

static glyph_reader *reader;

static int open_reader(void **state) {
  (void)state;
  glyph_error error;
  return glyph_reader_open(&reader, NULL, &error) == GLYPH_OK ? 0 : -1;
}

static int close_reader(void **state) {
  (void)state;
  glyph_reader_close(&reader);
  return 0;
}

/* What `read` makes of a drawing, which is closed. */
static glyph_page *read_digits(drawing *d) {
  glyph_page *page = NULL;
  glyph_error error;
  assert_int_equal(shim_blur(&d->image, &d->image, 3), SHIM_OK);
  const glyph_pixels pixels = {d->image.data, d->image.width, d->image.height, 1, d->image.stride};
  if (glyph_read_pixels(reader, &pixels, "drawing", &page, &error)) fail_msg("%s", error.message);
  drawing_close(d);
  return page;
}

static void drawn_shapes_are_no_digits(void **state) {
  (void)state;
  drawing d = drawing_open(800, 500, 4);
  drawing_rectangle(&d, 60, 50, 200, 120);
  drawing_ellipse(&d, 430, 110, 90, 86, 0, 1);
  drawing_polygon(&d, (double[]){680, 40, 760, 180, 600, 180}, 3);
  drawing_line(&d, 80, 300, 130, 430);
  drawing_arrow(&d, 300, 340, 520, 360, 26, 0);
  glyph_page *page = read_digits(&d);
  assert_int_equal(page->glyph_count, 0);
  glyph_page_close(&page);
}

/* Its arrows lead downwards, as a 1 does. */
static void of_a_flow_chart_the_numbers_are_read(void **state) {
  (void)state;
  glyph_page *page = NULL;
  glyph_error error;
  if (glyph_read_file(reader, GLYPHLIFT_SOURCE_DIR "/samples/pages/chart.jpg", &page, &error))
    fail_msg("%s", error.message);
  static const char *const lines[] = {"2", "87", "09", "6"};
  assert_int_equal(page->line_count, 4);
  for (size_t i = 0; i < 4; i++) assert_string_equal(page->lines[i].text, lines[i]);
  glyph_page_close(&page);
}

static void a_ring_that_stands_alone_is_a_zero(void **state) {
  (void)state;
  drawing d = drawing_open(300, 400, 8);
  drawing_ellipse(&d, 150, 200, 130, 80, 90, 1);
  glyph_page *page = read_digits(&d);
  assert_int_equal(page->glyph_count, 1);
  assert_string_equal(page->glyphs[0].text, "0");
  glyph_page_close(&page);
}

/* Over several charts, since each has but a few of everything. */
static void charts_are_read_apart(void **state) {
  (void)state;
  enum { CHARTS = 6 };
  chart_score score = {0};
  for (uint64_t seed = 1; seed <= CHARTS; seed++) {
    chart_spec spec;
    page_picture picture;
    chart_truth truth;
    glyph_page *page = NULL;
    glyph_error error;
    chart_spec_random(&spec, 300 + seed, 0.25);
    assert_int_equal(chart_draw(&spec, &picture, &truth), 0);
    const glyph_pixels pixels = {picture.data, picture.width, picture.height, 3, 3 * (ptrdiff_t)picture.width};
    if (glyph_read_pixels(reader, &pixels, "chart", &page, &error)) fail_msg("%s", error.message);
    chart_score_digits(&truth, page, &score);
    glyph_page_close(&page);
    if (glyph_read_shapes_pixels(reader, &pixels, "chart", &page, &error)) fail_msg("%s", error.message);
    assert_int_equal(chart_score_shapes(&truth, page, &score), 0);
    glyph_page_close(&page);
    page_picture_free(&picture);
    chart_truth_free(&truth);
  }
  print_message("digits %zu, right %zu, false %zu; shapes %zu, named %zu, false %zu; texts %zu, right %zu, false %zu\n",
                score.digits, score.digits_right, score.digits_false, score.shapes, score.named, score.shapes_false,
                score.texts, score.texts_right, score.texts_false);
  assert_true(score.digits_right >= 0.74 * (double)score.digits);
  assert_true(score.digits_false <= 0.08 * (double)score.digits);
  assert_true(score.named >= 0.8 * (double)score.shapes);
  assert_true(score.shapes_false <= 0.06 * (double)score.shapes);
  assert_true(score.texts_right >= 0.9 * (double)score.texts);
  assert_int_equal(score.texts_false, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(drawn_shapes_are_no_digits),
      cmocka_unit_test(of_a_flow_chart_the_numbers_are_read),
      cmocka_unit_test(a_ring_that_stands_alone_is_a_zero),
      cmocka_unit_test(charts_are_read_apart),
  };
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
