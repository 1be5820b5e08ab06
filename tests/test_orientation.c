/* Which way up a drawn page lies, and how many glyphs it takes to tell. */
#include "grid.h"

#include "../pipeline/orientation.h"
#include "digit_table.h"

typedef struct drawn_page {
  nn_model *model;
  nn_session *session;
  stage_pyramid pyramid;
  stage_glyphs glyphs;
} drawn_page;

/* The page of the text in a picture that was turned clockwise by so many quarters, up to its glyphs. */
static void open_page(const char *text, int quarters, drawn_page *page) {
  shim_image upright, turned;
  page_truth truth;
  stage_map map;
  int width, height;
  *page = (drawn_page){0};
  assert_int_equal(nn_model_open_digits(&page->model, NULL), NN_OK);
  assert_int_equal(nn_session_open(&page->session, page->model, 32, NULL), NN_OK);
  draw_gray_page(text, 21, &upright, &truth);
  stage_map_init(&map);
  stage_map_turn(&map, -90.0 * quarters, upright.width, upright.height, &width, &height);
  assert_int_equal(shim_image_create(&turned, width, height, 1), SHIM_OK);
  assert_int_equal(stage_map_warp(&map, &upright, 255, &turned), SHIM_OK);
  assert_int_equal(stage_pyramid_make(&turned, 0, &page->pyramid), SHIM_OK);
  assert_int_equal(stage_threshold(&page->pyramid.levels[0], 1), SHIM_OK);
  assert_int_equal(stage_contour(&page->pyramid, 0, STAGE_FINE_SIDE_MIN, &page->glyphs), SHIM_OK);
  shim_image_free(&upright);
  shim_image_free(&turned);
  page_truth_free(&truth);
}

static void close_page(drawn_page *page) {
  stage_glyphs_free(&page->glyphs);
  stage_pyramid_free(&page->pyramid);
  nn_session_close(&page->session);
  nn_model_close(&page->model);
}

static orientation find(const drawn_page *page) {
  orientation found;
  const orientation_source source = {.session = page->session,
                                     .model = nn_model_get_info(page->model),
                                     .pyramid = &page->pyramid,
                                     .glyphs = page->glyphs.items,
                                     .count = page->glyphs.count,
                                     .way_count = 1};
  assert_int_equal(orientation_find(&source, &found), SHIM_OK);
  return found;
}

/* The rings among the digits, which have the most ink, are not what is looked at first. */
static void test_few_glyphs_tell_a_plain_page(void **state) {
  (void)state;
  static const char text[] = "83698 60397 30788 | 86374 93086 70863 | 07968 73806 80360 | 60398 90673 08873";
  for (int quarters = 0; quarters < ORIENTATION_QUARTERS; quarters++) {
    drawn_page page;
    open_page(text, quarters, &page);
    assert_true(page.glyphs.count > ORIENTATION_GLYPHS_MAX);
    const orientation found = find(&page);
    assert_int_equal(found.quarters, quarters);
    assert_false(found.unsure);
    assert_in_range(found.looked_at, 1, 8);
    close_page(&page);
  }
}

/* All that may be looked at are, and the doubt is told. */
static void test_rings_alone_leave_a_doubt(void **state) {
  (void)state;
  drawn_page page;
  open_page("00000 00000 00000 | 00000 00000 00000 | 00000 00000 00000 | 00000 00000 00000", 0, &page);
  const orientation found = find(&page);
  assert_true(found.unsure);
  assert_int_equal(found.quarters, 0);
  assert_int_equal(found.looked_at, ORIENTATION_GLYPHS_MAX);
  close_page(&page);
}

static void test_few_glyphs_are_all_looked_at(void **state) {
  (void)state;
  static const char *const texts[] = {"7", "0", "8 0", "0 7 6"};
  static const size_t counts[] = {1, 1, 2, 3};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    drawn_page page;
    open_page(texts[i], 0, &page);
    const orientation found = find(&page);
    assert_int_equal(found.looked_at, counts[i]);
    assert_int_equal(found.quarters, 0);
    assert_true(found.unsure);
    close_page(&page);
  }
}

static void test_no_glyph_tells_nothing(void **state) {
  (void)state;
  drawn_page page;
  open_page("1", 0, &page);
  stage_glyphs_free(&page.glyphs);
  const orientation found = find(&page);
  assert_int_equal(found.looked_at, 0);
  assert_int_equal(found.quarters, 0);
  assert_true(found.unsure);
  close_page(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_few_glyphs_tell_a_plain_page),
      cmocka_unit_test(test_rings_alone_leave_a_doubt),
      cmocka_unit_test(test_few_glyphs_are_all_looked_at),
      cmocka_unit_test(test_no_glyph_tells_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
