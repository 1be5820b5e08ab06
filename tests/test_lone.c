/* One large stroke that fills its picture is a 1, whatever the page's way takes it for; blank paper, a stroke that lies
 * and one that goes on beyond the picture are nothing. */
#include "grid.h"

#include <stdlib.h>

#include "generator/random.h"
#include "shared_reader.h"

/* Paper with a grain, and a bar of which the nib left an uneven rim. */
static shim_image draw_bar(int width, int height, int x, int y, int bar_width, int bar_height, double lean) {
  shim_image image = grid_blank(width, height, 200);
  random_stream random;
  random_start(&random, 11, 0);
  for (int row = 0; row < bar_height; row++) {
    const int aside = (int)(lean * (bar_height - row)) + random_below(&random, 2);
    grid_fill(&image, x + aside, y + row, bar_width, 1, 90);
  }
  for (int i = 0; i < (int)image.stride * height; i++)
    image.data[i] = (uint8_t)(image.data[i] - random_below(&random, 7));
  assert_int_equal(shim_blur(&image, &image, 5), SHIM_OK);
  return image;
}

static glyph_page *read_page(const shim_image *image) {
  const glyph_pixels pixels = {image->data, image->width, image->height, 1, image->stride};
  glyph_page *page;
  glyph_error error;
  if (glyph_read_pixels(reader, &pixels, "bar", &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  return page;
}

/* A bar that leans to the right, of a picture that it fills. */
static void expect_one(int scale, double lean) {
  const int x = 40 * scale, y = 14 * scale, width = 40 * scale, height = 410 * scale, right = (int)(lean * height);
  shim_image image = draw_bar(2 * x + width + right, 438 * scale, x, y, width, height, lean);
  glyph_page *page = read_page(&image);
  assert_int_equal(page->glyph_count, 1);
  assert_string_equal(page->glyphs[0].text, "1");
  assert_int_equal(page->line_count, 1);
  const glyph_box *b = &page->glyphs[0].box;
  const int near = 10 * scale;
  assert_true(abs(b->x - x) <= near && abs(b->y - y) <= near && abs(b->width - width - right) <= 2 * near &&
              abs(b->height - height) <= 2 * near);
  glyph_page_close(&page);
  shim_image_free(&image);
}

static void test_a_bar_is_a_one(void **state) {
  (void)state;
  for (int scale = 1; scale <= 5; scale += 2) /* the largest is halved first */
    for (int lean = 0; lean <= 3; lean++) expect_one(scale, lean / 10.0);
}

static void test_other_pictures_hold_none(void **state) {
  (void)state;
  static const int bars[][4] = {{0, 0, 0, 0}, {14, 100, 410, 40}, {100, -10, 40, 500}, {-30, -10, 60, 500}};
  for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
    shim_image image = draw_bar(445, 445, bars[i][0], bars[i][1], bars[i][2], bars[i][3], 0);
    glyph_page *page = read_page(&image);
    assert_int_equal(page->glyph_count, 0);
    glyph_page_close(&page);
    shim_image_free(&image);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_bar_is_a_one),
      cmocka_unit_test(test_other_pictures_hold_none),
  };
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
