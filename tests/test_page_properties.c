/* What must not change a reading: the page's place in the picture, its scale, how the picture is stored, and what the
 * reader read before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generator/conditions.h"
#include "generator/encode.h"
#include "generator/score.h"

enum { SEED = 21 };

static glyph_reader *reader;
static page_picture picture; /* one plain page, for all tests */
static page_truth truth;

static int set_up(void **state) {
  (void)state;
  page_spec spec;
  glyph_error error;
  page_spec_init(&spec, SEED);
  strcpy(spec.layout.text, "3268 175 | 40961 | 58 3307");
  spec.width = 700;
  spec.height = 460;
  if (page_draw(&spec, &picture, &truth)) return -1;
  if (glyph_reader_open(&reader, NULL, &error) == GLYPH_OK) return 0;
  print_error("%s\n", error.message);
  return -1;
}

static int tear_down(void **state) {
  (void)state;
  glyph_reader_close(&reader);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return 0;
}

static glyph_page *read_pixels(const uint8_t *data, int width, int height, int channels, ptrdiff_t stride) {
  glyph_pixels pixels = {data, width, height, channels, stride};
  glyph_page *page;
  glyph_error error;
  if (glyph_read_pixels(reader, &pixels, "page", &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  return page;
}

static glyph_page *read_picture(const page_picture *source) {
  return read_pixels(source->data, source->width, source->height, 3, (ptrdiff_t)source->width * 3);
}

static glyph_page *read_bytes(const uint8_t *bytes, size_t size) {
  glyph_page *page;
  glyph_error error;
  if (glyph_read_memory(reader, bytes, size, "page", &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  return page;
}

static void assert_same_text(const glyph_page *a, const glyph_page *b) {
  char *left = page_score_text(a), *right = page_score_text(b);
  assert_non_null(left);
  assert_non_null(right);
  assert_string_equal(left, right);
  free(left);
  free(right);
}

/* Boxes of `moved` lie at those of `page` scaled and shifted, to `slack` pixels. */
static void assert_boxes(const glyph_page *page, const glyph_page *moved, int scale, int dx, int dy, int slack) {
  assert_int_equal(page->glyph_count, moved->glyph_count);
  for (size_t i = 0; i < page->glyph_count; i++) {
    glyph_box a = page->glyphs[i].box, b = moved->glyphs[i].box;
    assert_true(abs(a.x * scale + dx - b.x) <= slack && abs(a.y * scale + dy - b.y) <= slack);
    assert_true(abs(a.width * scale - b.width) <= 2 * slack && abs(a.height * scale - b.height) <= 2 * slack);
  }
}

static void assert_identical(const glyph_page *a, const glyph_page *b) {
  assert_same_text(a, b);
  assert_boxes(a, b, 1, 0, 0, 0);
  for (size_t i = 0; i < a->glyph_count; i++) assert_true(a->glyphs[i].confidence == b->glyphs[i].confidence);
}

static uint8_t *pixel(const page_picture *of, int x, int y) {
  return of->data + ((size_t)y * (size_t)of->width + (size_t)x) * 3;
}

static page_picture new_picture(int width, int height) {
  page_picture made = {malloc((size_t)width * (size_t)height * 3), width, height};
  assert_non_null(made.data);
  return made;
}

static void page_is_read_right(void **state) {
  (void)state;
  glyph_page *page = read_picture(&picture);
  page_score score = {0};
  page_score_add(&score, &truth, page);
  assert_int_equal(score.right, truth.count);
  assert_int_equal(score.read, truth.count);
  assert_int_equal(score.boxes, truth.count);
  assert_int_equal(page->line_count, 3);
  glyph_page_close(&page);
}

/* The page lies elsewhere in a larger picture whose margin repeats the paper's border. */
static void shift_keeps_digits(void **state) {
  (void)state;
  static const int shifts[][2] = {{1, 0}, {0, 1}, {7, 11}, {33, 18}};
  glyph_page *page = read_picture(&picture);
  for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
    int dx = shifts[i][0], dy = shifts[i][1];
    page_picture moved = new_picture(picture.width + dx, picture.height + dy);
    for (int y = 0; y < moved.height; y++)
      for (int x = 0; x < moved.width; x++)
        memcpy(pixel(&moved, x, y), pixel(&picture, x < dx ? 0 : x - dx, y < dy ? 0 : y - dy), 3);
    glyph_page *read = read_picture(&moved);
    assert_same_text(page, read);
    assert_boxes(page, read, 1, dx, dy, 3);
    glyph_page_close(&read);
    page_picture_free(&moved);
  }
  glyph_page_close(&page);
}

static void double_size_keeps_digits(void **state) {
  (void)state;
  glyph_page *page = read_picture(&picture);
  page_picture large = new_picture(picture.width * 2, picture.height * 2);
  for (int y = 0; y < large.height; y++)
    for (int x = 0; x < large.width; x++)
      for (int c = 0; c < 3; c++) {
        int x1 = x / 2, y1 = y / 2, x2 = x % 2 ? x1 + 1 : x1 - 1, y2 = y % 2 ? y1 + 1 : y1 - 1;
        x2 = x2 < 0 ? 0 : x2 >= picture.width ? picture.width - 1 : x2;
        y2 = y2 < 0 ? 0 : y2 >= picture.height ? picture.height - 1 : y2;
        pixel(&large, x, y)[c] = (uint8_t)((9 * pixel(&picture, x1, y1)[c] + 3 * pixel(&picture, x2, y1)[c] +
                                            3 * pixel(&picture, x1, y2)[c] + pixel(&picture, x2, y2)[c] + 8) /
                                           16);
      }
  glyph_page *read = read_picture(&large);
  assert_same_text(page, read);
  assert_boxes(page, read, 2, 0, 0, 6);
  glyph_page_close(&read);
  glyph_page_close(&page);
  page_picture_free(&large);
}

/* Where pixel (x, y) of the upright picture is stored, for each EXIF orientation. */
static void stored_place(int orientation, int width, int height, int x, int y, int *stored_x, int *stored_y) {
  int right = width - 1 - x, below = height - 1 - y;
  int places[9][2] = {{x, y}, {x, y},     {right, y},     {right, below}, {x, below},
                      {y, x}, {y, right}, {below, right}, {below, x}};
  *stored_x = places[orientation][0];
  *stored_y = places[orientation][1];
}

static void exif_orientation_is_undone(void **state) {
  (void)state;
  glyph_page *page = read_picture(&picture);
  for (int orientation = 1; orientation <= 8; orientation++) {
    int turned = orientation >= 5;
    page_picture stored = new_picture(turned ? picture.height : picture.width, turned ? picture.width : picture.height);
    for (int y = 0; y < picture.height; y++)
      for (int x = 0; x < picture.width; x++) {
        int sx, sy;
        stored_place(orientation, picture.width, picture.height, x, y, &sx, &sy);
        memcpy(pixel(&stored, sx, sy), pixel(&picture, x, y), 3);
      }
    uint8_t *bytes;
    size_t size;
    assert_int_equal(encode_jpeg(&stored, 92, orientation, &bytes, &size), 0);
    glyph_page *read = read_bytes(bytes, size);
    assert_int_equal(read->width, picture.width);
    assert_int_equal(read->height, picture.height);
    assert_same_text(page, read);
    assert_boxes(page, read, 1, 0, 0, 3);
    glyph_page_close(&read);
    free(bytes);
    page_picture_free(&stored);
  }
  glyph_page_close(&page);
}

static void gray_equals_gray_as_rgb(void **state) {
  (void)state;
  size_t count = (size_t)picture.width * (size_t)picture.height;
  page_picture rgb = new_picture(picture.width, picture.height);
  uint8_t *gray = malloc(count);
  assert_non_null(gray);
  for (size_t i = 0; i < count; i++) {
    gray[i] = picture.data[3 * i + 1];
    memset(rgb.data + 3 * i, gray[i], 3);
  }
  glyph_page *from_gray = read_pixels(gray, picture.width, picture.height, 1, picture.width);
  glyph_page *from_rgb = read_picture(&rgb);
  assert_true(from_gray->glyph_count > 0);
  assert_identical(from_gray, from_rgb);
  glyph_page_close(&from_gray);
  glyph_page_close(&from_rgb);
  free(gray);
  page_picture_free(&rgb);
}

/* The padding holds stripes that would be read as ones. */
static void stride_padding_is_ignored(void **state) {
  (void)state;
  ptrdiff_t stride = picture.width * 3 + 61;
  uint8_t *padded = malloc((size_t)stride * (size_t)picture.height);
  assert_non_null(padded);
  for (int y = 0; y < picture.height; y++) {
    memcpy(padded + y * stride, pixel(&picture, 0, y), (size_t)picture.width * 3);
    for (ptrdiff_t i = picture.width * 3; i < stride; i++) padded[y * stride + i] = i % 20 < 8 ? 0 : 255;
  }
  glyph_page *page = read_picture(&picture), *read = read_pixels(padded, picture.width, picture.height, 3, stride);
  assert_identical(page, read);
  glyph_page_close(&page);
  glyph_page_close(&read);
  free(padded);
}

static void png_equals_pixels(void **state) {
  (void)state;
  uint8_t *bytes;
  size_t size;
  assert_int_equal(encode_png(&picture, &bytes, &size), 0);
  glyph_page *page = read_picture(&picture), *read = read_bytes(bytes, size);
  assert_identical(page, read);
  glyph_page_close(&page);
  glyph_page_close(&read);
  free(bytes);
}

static void pages_read_before_leave_no_trace(void **state) {
  (void)state;
  page_spec spec;
  page_picture other;
  page_condition_spec(page_condition_find("board"), 2, &spec);
  assert_int_equal(page_draw(&spec, &other, NULL), 0);
  glyph_page *first = read_picture(&picture), *between = read_picture(&other), *again = read_picture(&picture);
  assert_identical(first, again);
  glyph_page_close(&first);
  glyph_page_close(&between);
  glyph_page_close(&again);
  page_picture_free(&other);
}

/* Lines run down the page and glyphs to the right, whatever order the contours came in. */
static void reading_order_is_down_and_right(void **state) {
  (void)state;
  glyph_page *page = read_picture(&picture);
  for (size_t i = 1; i < page->line_count; i++)
    assert_true(page->lines[i].box.y > page->lines[i - 1].box.y + page->lines[i - 1].box.height / 2);
  for (size_t i = 0; i < page->line_count; i++) {
    const glyph_line *line = &page->lines[i];
    const glyph_number *first = &page->numbers[line->first_number];
    const glyph_number *last = &page->numbers[line->first_number + line->number_count - 1];
    for (size_t g = first->first_glyph + 1; g < last->first_glyph + last->glyph_count; g++)
      assert_true(page->glyphs[g].box.x > page->glyphs[g - 1].box.x);
  }
  glyph_page_close(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(page_is_read_right),
      cmocka_unit_test(shift_keeps_digits),
      cmocka_unit_test(double_size_keeps_digits),
      cmocka_unit_test(exif_orientation_is_undone),
      cmocka_unit_test(gray_equals_gray_as_rgb),
      cmocka_unit_test(stride_padding_is_ignored),
      cmocka_unit_test(png_equals_pixels),
      cmocka_unit_test(pages_read_before_leave_no_trace),
      cmocka_unit_test(reading_order_is_down_and_right),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
