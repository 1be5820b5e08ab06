/* The library's public face: options, errors, the shape of results, cancelling, dumps. What is read on pages is judged
 * in test_pages.c. */
#include "grid.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../pipeline/glyphlift.h"

static glyph_reader *open_reader(const glyph_options *options) {
  glyph_reader *reader;
  glyph_error error;
  assert_int_equal(glyph_reader_open(&reader, options, &error), GLYPH_OK);
  return reader;
}

static glyph_pixels pixels_of(const shim_image *image) {
  return (glyph_pixels){image->data, image->width, image->height, image->channels, image->stride};
}

/* Two lines of zeros and a dash. */
static shim_image sample(void) {
  shim_image gray = grid_blank(320, 220, GRID_PAPER);
  for (int i = 0; i < 4; i++) grid_draw(&gray, grid_zero, 30 + 35 * i + (i > 1 ? 70 : 0), 30, 5);
  for (int i = 0; i < 2; i++) grid_draw(&gray, grid_zero, 30 + 35 * i, 130, 5);
  grid_fill(&gray, 250, 190, 40, 8, GRID_INK);
  return gray;
}

static int box_inside(const glyph_box *in, const glyph_box *out) {
  return in->x >= out->x && in->y >= out->y && in->x + in->width <= out->x + out->width &&
         in->y + in->height <= out->y + out->height;
}

static void test_results_are_flat_and_consistent(void **state) {
  (void)state;
  shim_image gray = sample();
  const glyph_pixels pixels = pixels_of(&gray);
  glyph_reader *reader = open_reader(NULL);
  glyph_page *page;
  glyph_error error;
  assert_int_equal(glyph_read_pixels(reader, &pixels, "drawn", &page, &error), GLYPH_OK);
  assert_int_equal(page->width, 320);
  assert_int_equal(page->height, 220);
  assert_int_equal(page->line_count, 2);
  assert_string_equal(page->lines[0].text, "00 00");
  assert_string_equal(page->lines[1].text, "00");
  assert_int_equal(page->number_count, 3);
  assert_int_equal(page->glyph_count, 6);
  size_t next_number = 0, next_glyph = 0;
  for (size_t l = 0; l < page->line_count; l++) {
    const glyph_line *line = &page->lines[l];
    assert_int_equal(line->first_number, next_number);
    for (; next_number < line->first_number + line->number_count; next_number++) {
      const glyph_number *number = &page->numbers[next_number];
      assert_true(box_inside(&number->box, &line->box));
      assert_int_equal(number->first_glyph, next_glyph);
      assert_int_equal(strlen(number->text), number->glyph_count);
      double product = 1;
      for (; next_glyph < number->first_glyph + number->glyph_count; next_glyph++) {
        const glyph_glyph *glyph = &page->glyphs[next_glyph];
        assert_true(box_inside(&glyph->box, &number->box));
        assert_true(glyph->confidence > 0 && glyph->confidence <= 1.0000001);
        product *= glyph->confidence;
        double rest = 1 - glyph->confidence;
        for (size_t a = 0; a < glyph->alternative_count; a++) {
          assert_true(a == 0 || glyph->alternatives[a].confidence <= glyph->alternatives[a - 1].confidence);
          assert_string_not_equal(glyph->alternatives[a].text, glyph->text);
          rest -= glyph->alternatives[a].confidence;
        }
        assert_true(rest > -1e-4);
      }
      assert_true(number->confidence > product - 1e-9 && number->confidence < product + 1e-9);
    }
  }
  assert_int_equal(next_glyph, page->glyph_count);
  assert_string_equal(page->timings[page->timing_count - 1].stage, "total");
  assert_null(page->picture.data);
  glyph_page_close(&page);
  assert_null(page);
  glyph_reader_close(&reader);
  assert_null(reader);
  shim_image_free(&gray);
}

static void test_stride_and_colour_change_nothing(void **state) {
  (void)state;
  shim_image gray = sample();
  const int width = gray.width, height = gray.height, stride = 3 * width + 37;
  uint8_t *rgb = malloc((size_t)stride * (size_t)height);
  assert_non_null(rgb);
  memset(rgb, 7, (size_t)stride * (size_t)height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < 3 * width; x++) rgb[y * stride + x] = gray.data[y * gray.stride + x / 3];
  const glyph_pixels plain = pixels_of(&gray), wide = {rgb, width, height, 3, stride};
  glyph_options options;
  glyph_options_init(&options);
  options.keep_picture = 1;
  glyph_reader *reader = open_reader(&options);
  glyph_page *a, *b;
  assert_int_equal(glyph_read_pixels(reader, &plain, NULL, &a, NULL), GLYPH_OK);
  assert_int_equal(glyph_read_pixels(reader, &wide, NULL, &b, NULL), GLYPH_OK);
  assert_int_equal(a->glyph_count, b->glyph_count);
  assert_memory_equal(a->glyphs, b->glyphs, a->glyph_count * sizeof *a->glyphs);
  for (int y = 0; y < height; y++)
    assert_memory_equal(a->picture.data + y * a->picture.stride, b->picture.data + y * b->picture.stride,
                        3 * (size_t)width);
  glyph_page_close(&a);
  glyph_page_close(&b);
  glyph_reader_close(&reader);
  free(rgb);
  shim_image_free(&gray);
}

/* What a reader keeps of a page for the next one changes nothing there. The large page is read from half its size. */
static void test_pages_after_others(void **state) {
  (void)state;
  shim_image small = sample(), large = grid_blank(2300, 2200, GRID_PAPER), blank = grid_blank(320, 220, 90);
  for (int i = 0; i < 5; i++) grid_draw(&large, grid_zero, 200 + 100 * i, 1500, 14);
  const struct {
    const shim_image *picture;
    size_t lines;
    const char *first;
  } pages[] = {{&small, 2, "00 00"}, {&blank, 0, NULL},    {&large, 1, "00000"}, {&small, 2, "00 00"},
               {&large, 1, "00000"}, {&large, 1, "00000"}, {&blank, 0, NULL}};
  glyph_reader *reader = open_reader(NULL);
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    const glyph_pixels pixels = pixels_of(pages[i].picture);
    glyph_page *page;
    assert_int_equal(glyph_read_pixels(reader, &pixels, NULL, &page, NULL), GLYPH_OK);
    assert_int_equal(page->line_count, pages[i].lines);
    if (pages[i].first) assert_string_equal(page->lines[0].text, pages[i].first);
    glyph_page_close(&page);
  }
  glyph_reader_close(&reader);
  shim_image_free(&small);
  shim_image_free(&large);
  shim_image_free(&blank);
}

static void test_min_confidence_hides_and_keep_rejected_lists(void **state) {
  (void)state;
  shim_image gray = sample();
  const glyph_pixels pixels = pixels_of(&gray);
  glyph_options options;
  glyph_options_init(&options);
  options.min_confidence = 1;
  options.keep_rejected = 1;
  glyph_reader *reader = open_reader(&options);
  glyph_page *page;
  assert_int_equal(glyph_read_pixels(reader, &pixels, NULL, &page, NULL), GLYPH_OK);
  assert_non_null(strchr(page->lines[0].text, '?'));
  assert_string_equal(page->glyphs[0].text, "0"); /* the glyph itself keeps its reading */
  for (size_t i = 0; i < page->rejected_count; i++)
    assert_true(page->rejected[i].box.width > 0 && page->rejected[i].box.height > 0);
  assert_true(page->rejected_count >= 1); /* the dash */
  glyph_page_close(&page);
  glyph_reader_close(&reader);
  shim_image_free(&gray);
}

static void test_classify_finds_one_glyph_or_none(void **state) {
  (void)state;
  glyph_reader *reader = open_reader(NULL);
  glyph_page *page;
  shim_image gray = grid_blank(60, 70, GRID_PAPER);
  glyph_pixels pixels = pixels_of(&gray);
  assert_int_equal(glyph_classify_pixels(reader, &pixels, NULL, &page, NULL), GLYPH_OK);
  assert_int_equal(page->glyph_count, 0);
  assert_int_equal(page->line_count, 0);
  glyph_page_close(&page);
  grid_draw(&gray, grid_zero, 15, 14, 6);
  assert_int_equal(glyph_classify_pixels(reader, &pixels, NULL, &page, NULL), GLYPH_OK);
  assert_int_equal(page->glyph_count, 1);
  assert_string_equal(page->glyphs[0].text, "0");
  const glyph_box *box = &page->glyphs[0].box;
  assert_in_range(box->x, 13, 17);
  assert_in_range(box->y, 12, 16);
  assert_in_range(box->width, 28, 32);
  assert_in_range(box->height, 40, 44);
  glyph_page_close(&page);
  glyph_reader_close(&reader);
  shim_image_free(&gray);
}

static void expect_error(int status, int wanted, const glyph_error *error, const char *word, glyph_page *const *page) {
  assert_int_equal(status, wanted);
  assert_int_equal(error->status, wanted);
  if (!strstr(error->message, word)) fail_msg("\"%s\" does not say \"%s\"", error->message, word);
  assert_null(strchr(error->message, '\n'));
  assert_null(*page);
}

static void test_bad_input_is_told(void **state) {
  (void)state;
  glyph_options options;
  glyph_options_init(&options);
  options.max_pixels = 100;
  glyph_reader *reader = open_reader(&options);
  glyph_page *page = (glyph_page *)&options;
  glyph_error error;
  uint8_t bytes[400] = {0};
  glyph_pixels pixels = {bytes, 11, 10, 1, 11};
  expect_error(glyph_read_pixels(reader, &pixels, "p", &page, &error), GLYPH_ERR_LIMIT, &error, "p: 11 x 10", &page);
  const glyph_pixels bad[] = {
      {NULL, 5, 5, 1, 5}, {bytes, 0, 5, 1, 5}, {bytes, 5, -1, 1, 5}, {bytes, 5, 5, 2, 10}, {bytes, 5, 5, 3, 14}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    expect_error(glyph_read_pixels(reader, &bad[i], "p", &page, &error), GLYPH_ERR_ARGUMENT, &error, "p: ", &page);
  expect_error(glyph_read_file(reader, "/nowhere/x.jpg", &page, &error), GLYPH_ERR_IO, &error, "/nowhere/x.jpg", &page);
  expect_error(glyph_read_memory(reader, "hello, world", 12, "a.jpg", &page, &error), GLYPH_ERR_FORMAT, &error, "a.jpg",
               &page);
  assert_int_equal(glyph_read_file(reader, "/nowhere/x.jpg", &page, NULL), GLYPH_ERR_IO); /* error may be NULL */
  glyph_reader_close(&reader);
}

static void test_bad_options_are_told(void **state) {
  (void)state;
  glyph_reader *reader;
  glyph_error error;
  glyph_options options = {0};
  assert_int_equal(glyph_reader_open(&reader, &options, &error), GLYPH_ERR_ARGUMENT);
  assert_null(reader);
  glyph_options_init(&options);
  options.min_confidence = 1.5;
  assert_int_equal(glyph_reader_open(&reader, &options, &error), GLYPH_ERR_ARGUMENT);
  glyph_options_init(&options);
  options.model_path = "/nowhere/model";
  assert_int_equal(glyph_reader_open(&reader, &options, &error), GLYPH_ERR_MODEL);
  assert_non_null(strstr(error.message, "/nowhere/model"));
  glyph_reader_close(&reader);
  glyph_reader_close(NULL);
  glyph_page_close(NULL);
}

static int stop_after(void *user, double done) {
  int *calls = user;
  assert_true(done >= 0 && done <= 1);
  return --*calls < 0;
}

static void test_cancel_at_every_stage(void **state) {
  (void)state;
  shim_image gray = sample();
  const glyph_pixels pixels = pixels_of(&gray);
  int cancelled = 0, calls;
  for (int limit = 0; limit < 20; limit++) {
    glyph_options options;
    glyph_options_init(&options);
    options.progress = stop_after;
    options.user = &calls;
    calls = limit;
    glyph_reader *reader = open_reader(&options);
    glyph_page *page;
    glyph_error error;
    const int status = glyph_read_pixels(reader, &pixels, "drawn", &page, &error);
    if (status == GLYPH_OK) {
      assert_non_null(page);
    } else {
      cancelled++;
      expect_error(status, GLYPH_ERR_CANCELLED, &error, "drawn", &page);
    }
    glyph_page_close(&page);
    glyph_reader_close(&reader);
  }
  assert_in_range(cancelled, 5, 19);
  shim_image_free(&gray);
}

static size_t count_and_remove(const char *directory) {
  size_t count = 0;
  DIR *listing = opendir(directory);
  assert_non_null(listing);
  for (struct dirent *entry; (entry = readdir(listing));) {
    if (entry->d_name[0] == '.') continue;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    assert_non_null(strstr(entry->d_name, "drawn-0"));
    assert_int_equal(unlink(path), 0);
    count++;
  }
  closedir(listing);
  assert_int_equal(rmdir(directory), 0);
  return count;
}

static void test_dumps_one_picture_a_stage(void **state) {
  (void)state;
  char parent[] = "/tmp/glyphlift-dump-XXXXXX", directory[64];
  assert_non_null(mkdtemp(parent));
  snprintf(directory, sizeof directory, "%s/stages", parent);
  glyph_options options;
  glyph_options_init(&options);
  options.dump_directory = directory;
  glyph_reader *reader = open_reader(&options);
  shim_image gray = sample();
  const glyph_pixels pixels = pixels_of(&gray);
  glyph_page *page;
  assert_int_equal(glyph_read_pixels(reader, &pixels, "some/drawn", &page, NULL), GLYPH_OK);
  glyph_page_close(&page);
  assert_in_range(count_and_remove(directory), 6, 20);
  assert_int_equal(rmdir(parent), 0);
  glyph_reader_close(&reader);
  options.dump_directory = "/nowhere/stages";
  reader = open_reader(&options);
  glyph_error error;
  expect_error(glyph_read_pixels(reader, &pixels, "p", &page, &error), GLYPH_ERR_IO, &error, "/nowhere/stages", &page);
  glyph_reader_close(&reader);
  shim_image_free(&gray);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results_are_flat_and_consistent),
      cmocka_unit_test(test_stride_and_colour_change_nothing),
      cmocka_unit_test(test_pages_after_others),
      cmocka_unit_test(test_min_confidence_hides_and_keep_rejected_lists),
      cmocka_unit_test(test_classify_finds_one_glyph_or_none),
      cmocka_unit_test(test_bad_input_is_told),
      cmocka_unit_test(test_bad_options_are_told),
      cmocka_unit_test(test_cancel_at_every_stage),
      cmocka_unit_test(test_dumps_one_picture_a_stage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
