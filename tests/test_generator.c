/* The page generator itself: what it says stands on a page must be what is drawn there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/input/input.h"
#include "generator/conditions.h"
#include "generator/encode.h"
#include "generator/score.h"

/* Ink on flawless paper: every dark pixel is writing. */
static void flawless(page_spec *spec, uint64_t seed) {
  page_spec_init(spec, seed);
  spec->paper.texture = 0;
  spec->pen.grain = 0;
  spec->pen.density = 1;
  spec->light.gradient = 0;
  spec->camera.blur = 0;
  spec->camera.noise = 0;
}

static int is_dark(const page_picture *picture, int x, int y) {
  return picture->data[((size_t)y * (size_t)picture->width + (size_t)x) * 3] < 190;
}

static int is_near(int a, int b) {
  return abs(a - b) <= 1;
}

/* The box of the dark pixels in and around the glyph's own box must be that box, to a pixel. */
static void assert_box_holds_ink(const page_picture *picture, const page_truth_glyph *glyph) {
  int left = picture->width, top = picture->height, right = 0, bottom = 0;
  for (int y = glyph->y - 2; y < glyph->y + glyph->height + 2; y++)
    for (int x = glyph->x - 2; x < glyph->x + glyph->width + 2; x++) {
      if (x < 0 || y < 0 || x >= picture->width || y >= picture->height || !is_dark(picture, x, y)) continue;
      left = x < left ? x : left;
      top = y < top ? y : top;
      right = x + 1 > right ? x + 1 : right;
      bottom = y + 1 > bottom ? y + 1 : bottom;
    }
  assert_true(is_near(left, glyph->x) && is_near(top, glyph->y));
  assert_true(is_near(right, glyph->x + glyph->width) && is_near(bottom, glyph->y + glyph->height));
}

static size_t dark_pixels_outside(const page_picture *picture, const page_truth *truth) {
  size_t count = 0;
  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++) {
      int inside = !is_dark(picture, x, y);
      for (size_t i = 0; i < truth->count && !inside; i++) {
        const page_truth_glyph *glyph = &truth->glyphs[i];
        inside =
            x >= glyph->x - 1 && x <= glyph->x + glyph->width && y >= glyph->y - 1 && y <= glyph->y + glyph->height;
      }
      count += !inside;
    }
  return count;
}

static void check_boxes(const page_spec *spec) {
  page_picture picture;
  page_truth truth;
  assert_int_equal(page_draw(spec, &picture, &truth), 0);
  assert_true(truth.count > 0);
  for (size_t i = 0; i < truth.count; i++) assert_box_holds_ink(&picture, &truth.glyphs[i]);
  assert_int_equal(dark_pixels_outside(&picture, &truth), 0);
  page_picture_free(&picture);
  page_truth_free(&truth);
}

static void boxes_are_those_of_the_ink(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    page_spec spec;
    flawless(&spec, seed);
    strcpy(spec.layout.text, "0123456789 | 98765 43210 | 1 4 7 0");
    spec.layout.gap = 0.3;
    spec.layout.wobble = 0.02;
    spec.writer.slant = 0; /* so that no box reaches into its neighbour's */
    spec.pen.width = 0.05 + 0.01 * (double)seed;
    check_boxes(&spec);
  }
}

static void boxes_follow_the_camera(void **state) {
  (void)state;
  for (int i = 0; i < 6; i++) {
    page_spec spec;
    flawless(&spec, 40 + (uint64_t)i);
    strcpy(spec.layout.text, "2 5 8 | 3 6 9");
    spec.layout.pitch = 2.4;
    spec.camera.tilt = 4.0 * i - 10;
    spec.camera.perspective = 0.05 * i;
    spec.camera.perspective_angle = 70 * i;
    check_boxes(&spec);
  }
}

static void same_seed_same_page(void **state) {
  (void)state;
  page_spec spec, other;
  page_picture first, second, third;
  page_truth truth, again;
  page_spec_random(&spec, 7, 0.8);
  page_spec_random(&other, 8, 0.8);
  assert_int_equal(page_draw(&spec, &first, &truth), 0);
  assert_int_equal(page_draw(&spec, &second, &again), 0);
  assert_int_equal(page_draw(&other, &third, NULL), 0);
  size_t size = (size_t)spec.width * (size_t)spec.height * 3;
  assert_memory_equal(first.data, second.data, size);
  assert_string_equal(truth.text, again.text);
  assert_int_equal(truth.count, again.count);
  assert_true(memcmp(first.data, third.data, size) != 0);
  page_picture_free(&first);
  page_picture_free(&second);
  page_picture_free(&third);
  page_truth_free(&truth);
  page_truth_free(&again);
}

/* Glyphs stand in the text's order with the text's line and number, inside the picture, boxes larger than nothing. */
static void assert_truth_is_sound(const page_spec *spec, const page_truth *truth) {
  int line = 0, number = 0;
  size_t next = 0;
  for (const char *at = truth->text; *at; at++) {
    if (*at == '|')
      line++, number++, at++;
    else if (*at == ' ')
      number += at[1] != '|';
    else {
      assert_true(next < truth->count);
      const page_truth_glyph *glyph = &truth->glyphs[next++];
      assert_int_equal(glyph->digit, *at);
      assert_int_equal(glyph->line, line);
      assert_int_equal(glyph->number, number);
      assert_true(glyph->width > 0 && glyph->height > 0 && glyph->x >= 0 && glyph->y >= 0);
      assert_true(glyph->x + glyph->width <= spec->width && glyph->y + glyph->height <= spec->height);
    }
  }
  assert_int_equal(next, truth->count);
}

static void every_condition_has_sound_truth(void **state) {
  (void)state;
  for (size_t i = 0; i < page_condition_count; i++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      page_spec spec;
      page_picture picture;
      page_truth truth;
      page_condition_spec(&page_conditions[i], seed, &spec);
      assert_int_equal(page_draw(&spec, &picture, &truth), 0);
      assert_int_equal(truth.count == 0, page_conditions[i].is_blank);
      assert_truth_is_sound(&spec, &truth);
      page_picture_free(&picture);
      page_truth_free(&truth);
    }
}

static void small_digits_are_small(void **state) {
  (void)state;
  page_spec spec;
  page_picture picture;
  page_truth truth;
  page_condition_spec(page_condition_find("small"), 3, &spec);
  assert_int_equal(page_draw(&spec, &picture, &truth), 0);
  for (size_t i = 0; i < truth.count; i++) assert_in_range(truth.glyphs[i].height, 9, 22);
  page_picture_free(&picture);
  page_truth_free(&truth);
}

static void digits_are_written_in_several_ways(void **state) {
  (void)state;
  for (int digit = 0; digit < 10; digit++) assert_true(skeleton_count(digit) >= 3);
}

static void random_numbers_are_spread(void **state) {
  (void)state;
  random_stream random;
  random_start(&random, 1, 1);
  enum { DRAWS = 20000 };
  double sum = 0, squares = 0;
  int counts[10] = {0};
  for (int i = 0; i < DRAWS; i++) {
    double normal = random_normal(&random);
    sum += normal;
    squares += normal * normal;
    counts[random_below(&random, 10)]++;
  }
  assert_true(sum / DRAWS > -0.03 && sum / DRAWS < 0.03);
  assert_true(squares / DRAWS > 0.95 && squares / DRAWS < 1.05);
  for (int i = 0; i < 10; i++) assert_in_range(counts[i], DRAWS / 10 - 200, DRAWS / 10 + 200);
}

static double mean_difference(const shim_image *image, const page_picture *picture) {
  double sum = 0;
  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width * 3; x++)
      sum +=
          abs(image->data[y * image->stride + x] - picture->data[(size_t)y * (size_t)picture->width * 3 + (size_t)x]);
  return sum / ((double)picture->width * picture->height * 3);
}

/* Machines differ in the last bit of sine and power: pictures are compared to a gray level. */
static void sample_pages_are_what_the_generator_draws(void **state) {
  (void)state;
  for (size_t i = 0; i < page_sample_count; i++) {
    char path[4096];
    page_spec spec;
    page_picture picture;
    input_bytes bytes;
    glyph_error error;
    shim_image image;
    input_options options = {.max_pixels = 200000000, .channels = 3};
    snprintf(path, sizeof path, "%s/samples/pages/%s", GLYPHLIFT_SOURCE_DIR, page_samples[i].file);
    page_samples[i].make(&spec);
    assert_int_equal(page_draw(&spec, &picture, NULL), 0);
    assert_int_equal(input_read_file(path, &bytes, &error), 0);
    assert_int_equal(input_decode(bytes.data, bytes.size, path, &options, &image, &error), 0);
    assert_int_equal(image.width, picture.width);
    assert_int_equal(image.height, picture.height);
    assert_true(mean_difference(&image, &picture) < 2.5);
    input_bytes_free(&bytes);
    shim_image_free(&image);
    page_picture_free(&picture);
  }
}

static void encoded_pictures_decode_to_themselves(void **state) {
  (void)state;
  page_spec spec;
  page_picture picture;
  uint8_t *bytes;
  size_t size;
  shim_image image;
  glyph_error error;
  input_options options = {.max_pixels = 200000000, .channels = 3};
  page_spec_init(&spec, 3);
  spec.width = 333;
  spec.height = 211;
  assert_int_equal(page_draw(&spec, &picture, NULL), 0);
  assert_int_equal(encode_png(&picture, &bytes, &size), 0);
  assert_int_equal(input_decode(bytes, size, "png", &options, &image, &error), 0);
  assert_true(mean_difference(&image, &picture) == 0);
  shim_image_free(&image);
  free(bytes);
  assert_int_equal(encode_jpeg(&picture, 95, 0, &bytes, &size), 0);
  assert_int_equal(input_decode(bytes, size, "jpeg", &options, &image, &error), 0);
  assert_true(mean_difference(&image, &picture) < 2.5);
  shim_image_free(&image);
  free(bytes);
  page_picture_free(&picture);
}

/* ---- the score ---------------------------------------------------------------------------------------------------- */

/* A page of lines without glyphs: enough for its text. */
static page_score score_texts(const char *want, const char *const *lines, size_t line_count, int is_scattered) {
  glyph_line page_lines[4] = {{0}};
  for (size_t i = 0; i < line_count; i++) page_lines[i].text = lines[i];
  glyph_page page = {.lines = page_lines, .line_count = line_count};
  page_truth truth = {.text = (char *)(uintptr_t)want, .is_scattered = is_scattered};
  page_score score = {0};
  page_score_add(&score, &truth, &page);
  return score;
}

static void score_counts_digits(void **state) {
  (void)state;
  page_score same = score_texts("12 3 | 45", (const char *[]){"12 3", "45"}, 2, 0);
  assert_int_equal(same.right, 5);
  assert_int_equal(same.pages_right, 1);
  assert_true(page_score_f1(&same) == 1);
  page_score gap_lost = score_texts("12 3 | 45", (const char *[]){"123", "45"}, 2, 0);
  assert_int_equal(gap_lost.right, 5);
  assert_int_equal(gap_lost.pages_right, 0);
  page_score wrong = score_texts("12345", (const char *[]){"12945"}, 1, 0);
  assert_int_equal(wrong.right, 4);
  page_score missing = score_texts("12345", (const char *[]){"1245"}, 1, 0);
  assert_int_equal(missing.right, 4);
  assert_true(page_score_precision(&missing) == 1);
  assert_true(page_score_recall(&missing) == 0.8);
  page_score extra = score_texts("12345", (const char *[]){"1233", "45"}, 2, 0);
  assert_int_equal(extra.right, 5);
  assert_int_equal(extra.read, 6);
  assert_int_equal(extra.pages_right, 0);
}

static void score_knows_nothing(void **state) {
  (void)state;
  page_score blank = score_texts("", NULL, 0, 0);
  assert_true(page_score_f1(&blank) == 1);
  assert_int_equal(blank.pages_right, 1);
  page_score invented = score_texts("", (const char *[]){"1"}, 1, 0);
  assert_true(page_score_f1(&invented) == 0);
  page_score missed = score_texts("7", NULL, 0, 0);
  assert_true(page_score_f1(&missed) == 0);
}

static void score_of_scattered_digits_has_no_order(void **state) {
  (void)state;
  page_score strewn = score_texts("1 | 2 | 2 | 3", (const char *[]){"22", "31"}, 2, 1);
  assert_int_equal(strewn.right, 4);
  assert_int_equal(strewn.pages_right, 1);
  page_score in_order = score_texts("1 | 2 | 2 | 3", (const char *[]){"22", "31"}, 2, 0);
  assert_int_equal(in_order.right, 3);
  page_score wrong = score_texts("1 | 2 | 2 | 3", (const char *[]){"23", "31"}, 2, 1);
  assert_int_equal(wrong.right, 3);
}

static void overlap_is_intersection_over_union(void **state) {
  (void)state;
  page_truth_glyph truth = {.x = 10, .y = 20, .width = 10, .height = 20};
  assert_true(page_score_overlap(&truth, &(glyph_box){10, 20, 10, 20}) == 1);
  assert_true(page_score_overlap(&truth, &(glyph_box){10, 20, 5, 20}) == 0.5);
  assert_true(page_score_overlap(&truth, &(glyph_box){15, 20, 10, 20}) == 100.0 / 300);
  assert_true(page_score_overlap(&truth, &(glyph_box){20, 20, 10, 20}) == 0);
  assert_true(page_score_overlap(&truth, &(glyph_box){0, 0, 100, 100}) == 200.0 / 10000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(boxes_are_those_of_the_ink),
      cmocka_unit_test(boxes_follow_the_camera),
      cmocka_unit_test(same_seed_same_page),
      cmocka_unit_test(every_condition_has_sound_truth),
      cmocka_unit_test(small_digits_are_small),
      cmocka_unit_test(digits_are_written_in_several_ways),
      cmocka_unit_test(random_numbers_are_spread),
      cmocka_unit_test(sample_pages_are_what_the_generator_draws),
      cmocka_unit_test(encoded_pictures_decode_to_themselves),
      cmocka_unit_test(score_counts_digits),
      cmocka_unit_test(score_knows_nothing),
      cmocka_unit_test(score_of_scattered_digits_has_no_order),
      cmocka_unit_test(overlap_is_intersection_over_union),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
