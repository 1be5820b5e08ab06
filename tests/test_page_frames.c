/* How a page lies in its picture must not change what is read: quarter turns, any tilt, a sheet on a table seen from
 * the side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/stages/stages.h"
#include "digit_table.h"
#include "grid.h"
#include "generator/conditions.h"
#include "generator/hard.h"
#include "generator/random.h"
#include "generator/score.h"
#include "shared_reader.h"

static glyph_page *read_gray(const shim_image *gray) {
  const glyph_pixels pixels = {gray->data, gray->width, gray->height, 1, gray->stride};
  glyph_page *page;
  glyph_error error;
  if (glyph_read_pixels(reader, &pixels, "page", &page, &error) != GLYPH_OK) fail_msg("%s", error.message);
  return page;
}

/* The page laid into a picture of width x height, so that `to_page` leads from the picture to the page. */
static void lay(const shim_image *page, const stage_map *to_page, int width, int height, uint8_t around,
                shim_image *out) {
  assert_int_equal(shim_image_create(out, width, height, 1), SHIM_OK);
  assert_int_equal(stage_map_warp(to_page, page, around, out), SHIM_OK);
}

/* Every digit of the truth has one of the page whose middle lies where the map puts it, and the text is the same. */
static void assert_reads(const page_truth *truth, const glyph_page *page, const stage_map *to_page) {
  char *text = page_score_text(page);
  assert_non_null(text);
  assert_string_equal(text, truth->text);
  free(text);
  for (size_t i = 0; i < truth->count; i++) {
    const page_truth_glyph *t = &truth->glyphs[i];
    const double middle[2] = {t->x + t->width / 2.0, t->y + t->height / 2.0};
    double expected[2];
    int found = 0;
    stage_map_to_reading(to_page, middle, expected);
    for (size_t j = 0; j < page->glyph_count; j++) {
      const glyph_box *b = &page->glyphs[j].box;
      found += page->glyphs[j].text[0] == t->digit && fabs(b->x + b->width / 2.0 - expected[0]) < 0.25 * t->height &&
               fabs(b->y + b->height / 2.0 - expected[1]) < 0.25 * t->height;
    }
    if (!found) fail_msg("no %c at %.0f,%.0f", t->digit, expected[0], expected[1]);
  }
}

static const char lines[] = "3268 175 | 40961 27 | 58 3307 914";

static void turned_pages_read_alike(void **state) {
  (void)state;
  shim_image page;
  page_truth truth;
  draw_gray_page(lines, 21, &page, &truth);
  for (int quarters = 0; quarters < 4; quarters++) {
    int width, height;
    shim_image picture;
    stage_map to_page;
    stage_map_init(&to_page);
    stage_map_turn(&to_page, -90.0 * quarters, page.width, page.height, &width, &height);
    lay(&page, &to_page, width, height, 255, &picture);
    glyph_page *read = read_gray(&picture);
    assert_reads(&truth, read, &to_page);
    assert_int_equal(read->rotation, 90 * quarters);
    assert_false(read->rotation_unsure);
    assert_true(read->rotation_confidence > 0.9);
    for (size_t i = 0; i < read->number_count; i++) { /* quads begin at the number's own top left */
      const double(*quad)[2] = read->numbers[i].quad;
      const double angle = atan2(quad[1][1] - quad[0][1], quad[1][0] - quad[0][0]) * 180 / 3.14159265358979323846;
      assert_true(fabs(remainder(angle - 90 * quarters, 360)) < 5);
    }
    glyph_page_close(&read);
    shim_image_free(&picture);
  }
  shim_image_free(&page);
  page_truth_free(&truth);
}

static void tilted_pages_read_alike(void **state) {
  (void)state;
  static const double tilts[] = {-40, -25, -15, -8, 8, 15, 25, 40, 115, 205};
  shim_image page;
  page_truth truth;
  draw_gray_page(lines, 21, &page, &truth);
  for (size_t i = 0; i < sizeof tilts / sizeof *tilts; i++) {
    int width, height;
    shim_image picture;
    stage_map to_page;
    stage_map_init(&to_page);
    stage_map_turn(&to_page, -tilts[i], page.width, page.height, &width, &height);
    lay(&page, &to_page, width, height, page.data[0], &picture);
    glyph_page *read = read_gray(&picture);
    assert_reads(&truth, read, &to_page);
    assert_true(fabs(remainder(read->rotation + read->skew_degrees - tilts[i], 360)) < 3);
    glyph_page_close(&read);
    shim_image_free(&picture);
  }
  shim_image_free(&page);
  page_truth_free(&truth);
}

/* A shadow whose edges make three sides of a sheet is none: the digits that stand beside it are read all the same. */
static void shadows_are_no_sheets(void **state) {
  (void)state;
  static const double lights[] = {0.35, 0.55, 0.75};
  for (size_t i = 0; i < sizeof lights / sizeof *lights; i++)
    for (int side = 0; side < 2; side++) {
      shim_image page;
      page_truth truth;
      stage_page sheet;
      stage_map as_it_is;
      draw_gray_page(lines, 21, &page, &truth);
      image_darken(&page, side ? 0 : 490, 420, side ? 310 : 800, 548, lights[i]);
      assert_int_equal(stage_page_find(&page, &sheet), SHIM_OK);
      assert_true(sheet.found);
      stage_map_init(&as_it_is);
      glyph_page *read = read_gray(&page);
      assert_reads(&truth, read, &as_it_is);
      glyph_page_close(&read);
      shim_image_free(&page);
      page_truth_free(&truth);
    }
}

/* Digits that all touch say little of how they lie before they are cut: the page is read either way then. */
static void turned_strings_read_alike(void **state) {
  (void)state;
  page_spec spec;
  shim_image page, picture;
  page_truth truth;
  page_spec_init(&spec, 21);
  snprintf(spec.layout.text, sizeof spec.layout.text, "%s", "3268 1754 | 40961 2735 | 5832 3307 9146");
  spec.layout.gap = -0.10;
  draw_gray_spec(&spec, &page, &truth);
  for (int quarters = 0; quarters < 4; quarters++) {
    int width, height;
    stage_map to_page;
    stage_map_init(&to_page);
    stage_map_turn(&to_page, -90.0 * quarters, page.width, page.height, &width, &height);
    lay(&page, &to_page, width, height, 255, &picture);
    glyph_page *read = read_gray(&picture);
    assert_int_equal(read->rotation, 90 * quarters);
    glyph_page_close(&read);
    shim_image_free(&picture);
  }
  shim_image_free(&page);
  page_truth_free(&truth);
}

/* A sheet on a dark and on a light table, from the side, upright and on its side. */
static void sheets_on_tables_read_alike(void **state) {
  (void)state;
  static const double quads[][4][2] = {{{150, 90}, {860, 160}, {930, 690}, {60, 600}},
                                       {{250, 60}, {740, 60}, {940, 700}, {60, 690}},
                                       {{700, 50}, {740, 710}, {230, 690}, {260, 60}}};
  static const uint8_t tables[] = {60, 150};
  shim_image page;
  page_truth truth;
  draw_gray_page(lines, 21, &page, &truth);
  for (size_t q = 0; q < sizeof quads / sizeof *quads; q++)
    for (size_t t = 0; t < sizeof tables; t++) {
      shim_image picture;
      stage_map to_picture, to_page;
      stage_page sheet;
      assert_int_equal(stage_map_from_quad(quads[q], page.width, page.height, &to_picture), SHIM_OK);
      memcpy(to_page.to_picture, to_picture.to_reading, sizeof to_page.to_picture);
      memcpy(to_page.to_reading, to_picture.to_picture, sizeof to_page.to_reading);
      lay(&page, &to_page, 1000, 750, tables[t], &picture);
      assert_int_equal(stage_page_find(&picture, &sheet), SHIM_OK);
      assert_true(sheet.found);
      assert_int_equal(sheet.sides_seen, 4);
      for (int corner = 0; corner < 4; corner++) {
        double nearest = INFINITY;
        for (int i = 0; i < 4; i++)
          nearest =
              fmin(nearest, hypot(sheet.quad[i][0] - quads[q][corner][0], sheet.quad[i][1] - quads[q][corner][1]));
        assert_true(nearest < 6);
      }
      glyph_page *read = read_gray(&picture);
      assert_reads(&truth, read, &to_page);
      glyph_page_close(&read);
      shim_image_free(&picture);
    }
  shim_image_free(&page);
  page_truth_free(&truth);
}

/* The edge of a shadow that runs through a table is no side of its sheet: sudokus had lost the columns beyond. */
static void shadows_on_tables_are_no_sheets(void **state) {
  (void)state;
  shim_image cells;
  double ink[DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS];
  for (int i = 0; i < DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS; i++) ink[i] = 1;
  digit_table_draw("5 3 8 2 1", ink, &cells);
  image_darken(&cells, 0, 0, 60, 560, 0.4); /* beside the sheet, and a hand's shadow over the last column, */
  image_darken(&cells, 60, 0, 550, 20, 0.4);
  image_darken(&cells, 60, 540, 550, 560, 0.4);
  image_darken(&cells, 550, 0, 800, 560, 0.4); /* where ones stand, which tell little */
  glyph_page *read = read_gray(&cells);
  assert_int_equal(read->table_count, 1);
  assert_int_equal(read->glyph_count, DIGIT_TABLE_ROWS * DIGIT_TABLE_COLUMNS);
  glyph_page_close(&read);
  shim_image_free(&cells);
}

/* As by a pen so many pixels thicker. */
static void thicken(shim_image *page, int pen) {
  shim_image thin;
  assert_int_equal(shim_image_create(&thin, page->width, page->height, 1), SHIM_OK);
  for (int y = 0; y < page->height; y++)
    memcpy(thin.data + y * thin.stride, page->data + y * page->stride, (size_t)page->width);
  for (int y = pen; y < page->height - pen; y++)
    for (int x = pen; x < page->width - pen; x++)
      for (int i = 0; i < pen * pen; i++) {
        const uint8_t value = thin.data[(y + i / pen - pen / 2) * thin.stride + x + i % pen - pen / 2];
        uint8_t *to = page->data + y * page->stride + x;
        *to = value < *to ? value : *to;
      }
  shim_image_free(&thin);
}

/* What surrounds a sheet does not tell whether its ink is dark: on a dark table, a sheet with one large digit was taken
 * for a blackboard. */
static void sheets_tell_their_own_polarity(void **state) {
  (void)state;
  enum { MARGIN = 9, PEN = 8, TIMES = 8 };
  shim_image page, picture;
  page_truth truth;
  stage_map to_page;
  draw_gray_page("8", 21, &page, &truth);
  thicken(&page, PEN);
  const page_truth_glyph *g = &truth.glyphs[0];
  const int width = g->width + 2 * MARGIN, height = g->height + 2 * MARGIN;
  const shim_image sheet = {page.data + (g->y - MARGIN) * page.stride + g->x - MARGIN, width, height, 1, page.stride};
  const double left = width * TIMES / 2.0, top = height * TIMES / 2.0;
  const double quad[4][2] = {{left, top}, {3 * left, top}, {3 * left, 3 * top}, {left, 3 * top}};
  stage_map to_picture;
  assert_int_equal(stage_map_from_quad(quad, width, height, &to_picture), SHIM_OK);
  memcpy(to_page.to_picture, to_picture.to_reading, sizeof to_page.to_picture);
  memcpy(to_page.to_reading, to_picture.to_picture, sizeof to_page.to_reading);
  lay(&sheet, &to_page, 2 * width * TIMES, 2 * height * TIMES, 60, &picture);
  for (int inverted = 0; inverted < 2; inverted++) {
    glyph_page *read = read_gray(&picture);
    assert_int_equal(read->glyph_count, 1);
    assert_string_equal(read->glyphs[0].text, "8");
    glyph_page_close(&read);
    for (int y = 0; y < picture.height; y++)
      for (int x = 0; x < picture.width; x++) picture.data[y * picture.stride + x] ^= 255;
  }
  shim_image_free(&picture);
  shim_image_free(&page);
  page_truth_free(&truth);
}

/* Light bars, so many, beside dark digits: either polarity may be the page's, and bars are 1s to one of them. */
static void expect_digits_beside_bars(int bars) {
  enum { HIGH = 180, WIDE = 14, PITCH = 50, LEFT = 60, GRAY = 130 };
  shim_image page;
  page_truth truth;
  draw_gray_page("32 57 46", 21, &page, &truth);
  const int top = truth.glyphs[0].y > page.height / 2 ? 40 : page.height - HIGH - 40;
  for (int i = 0; i < (int)page.stride * page.height; i++) page.data[i] = (uint8_t)(page.data[i] * GRAY / 255);
  for (int i = 0; i < bars; i++) grid_fill(&page, LEFT + i * PITCH, top, WIDE, HIGH, 255);
  glyph_page *read = read_gray(&page);
  char *text = page_score_text(read);
  assert_int_equal(strncmp(text, truth.text, strlen(truth.text)), 0); /* what follows are gaps between bars */
  free(text);
  glyph_page_close(&read);
  shim_image_free(&page);
  page_truth_free(&truth);
}

static void bars_do_not_outweigh_digits(void **state) {
  (void)state;
  for (int bars = 1; bars <= 3; bars++) expect_digits_beside_bars(bars);
}

/* Of sheets of any shape, wherever they lie: the view holds nothing but the sheet. */
static void insides_lie_in_their_sheets(void **state) {
  (void)state;
  enum { SIDE = 500, TRIES = 300 };
  random_stream random;
  shim_image picture;
  int kept = 0;
  random_start(&random, 7, 0);
  assert_int_equal(shim_image_create(&picture, SIDE, SIDE, 1), SHIM_OK);
  for (int try = 0; try < TRIES; try++) {
    stage_page sheet = {.found = 1};
    shim_image inside;
    const double x = random_between(&random, 0, SIDE), y = random_between(&random, 0, SIDE);
    for (int i = 0; i < 4; i++) { /* a corner in each quarter around the middle */
      const double angle = (i * 90 + random_between(&random, 5, 85)) * 3.14159265358979323846 / 180;
      const double radius = random_between(&random, 30, 400);
      sheet.quad[i][0] = x + radius * cos(angle);
      sheet.quad[i][1] = y + radius * sin(angle);
    }
    if (stage_page_inside(&sheet, &picture, &inside) != SHIM_OK) continue;
    const int left = (int)((inside.data - picture.data) % picture.stride);
    const int top = (int)((inside.data - picture.data) / picture.stride);
    assert_true(top >= 0 && left + inside.width <= SIDE && top + inside.height <= SIDE);
    for (int corner = 0; corner < 4; corner++)
      for (int i = 0; i < 4; i++) {
        const double *from = sheet.quad[i], *to = sheet.quad[(i + 1) % 4];
        const double cx = left + corner % 2 * inside.width - from[0], cy = top + corner / 2 * inside.height - from[1];
        assert_true((to[0] - from[0]) * cy - (to[1] - from[1]) * cx >= 0);
      }
    kept++;
  }
  assert_true(kept > TRIES / 4);
  shim_image_free(&picture);
}

/* No sheet where there is none: plain paper, a drawn frame, a shadow's edge, noise. */
static void nothing_is_no_sheet(void **state) {
  (void)state;
  enum { WIDTH = 640, HEIGHT = 480, KINDS = 4 };
  shim_image picture;
  assert_int_equal(shim_image_create(&picture, WIDTH, HEIGHT, 1), SHIM_OK);
  for (int kind = 0; kind < KINDS; kind++) {
    uint32_t noise = 7;
    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x++) {
        noise = noise * 1664525u + 1013904223u;
        int gray = 220;
        const int in = x > 100 && x < 540 && y > 80 && y<400, deeper = x> 106 && x < 534 && y > 86 && y < 394;
        if (kind == 1 && in && !deeper) gray = 30;
        if (kind == 2 && x + y / 2 > 500) gray = 150;
        if (kind == 3) gray = 120 + (int)(noise >> 24) / 3;
        picture.data[y * picture.stride + x] = (uint8_t)gray;
      }
    stage_page sheet;
    assert_int_equal(stage_page_find(&picture, &sheet), SHIM_OK);
    if (sheet.found) fail_msg("a sheet where there is none, kind %d", kind);
  }
  shim_image_free(&picture);
}

static void every_size_is_taken(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1},      {1, 3000},  {3000, 1},    {240, 240},   {239, 900},
                                 {241, 6000}, {401, 399}, {96000, 240}, {240, 96000}, {104000, 241}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shim_image picture;
    stage_page sheet;
    assert_int_equal(shim_image_create(&picture, sizes[i][0], sizes[i][1], 1), SHIM_OK);
    for (int y = 0; y < picture.height; y++)
      for (int x = 0; x < picture.width; x++)
        picture.data[y * picture.stride + x] = (uint8_t)((x / 37 + y / 53) % 2 ? 200 : 90);
    assert_int_equal(stage_page_find(&picture, &sheet), SHIM_OK);
    shim_image_free(&picture);
  }
}

/* Digits that read upside down as well are read as they lie, and the page says that it does not know. */
static void doubt_is_told(void **state) {
  (void)state;
  shim_image page;
  page_truth truth;
  draw_gray_page("806 | 9 | 60", 3, &page, &truth);
  glyph_page *read = read_gray(&page);
  assert_int_equal(read->rotation, 0);
  assert_true(read->rotation_unsure);
  glyph_page_close(&read);
  memset(page.data, 240, (size_t)page.stride * (size_t)page.height);
  read = read_gray(&page);
  assert_int_equal(read->glyph_count, 0);
  assert_true(read->rotation_unsure);
  glyph_page_close(&read);
  shim_image_free(&page);
  page_truth_free(&truth);
}

static void text_angle_is_found(void **state) {
  (void)state;
  for (int degrees = -44; degrees <= 44; degrees += 4) {
    const double c = cos(degrees * 3.14159265358979323846 / 180), s = sin(degrees * 3.14159265358979323846 / 180);
    stage_box boxes[24];
    double found, agreement;
    for (int i = 0; i < 24; i++) {
      const double x = 30.0 * (i % 8), y = 80.0 * (i / 8);
      boxes[i] = (stage_box){400 + c * x - s * y, 400 + s * x + c * y, 20, 40};
    }
    assert_int_equal(stage_text_angle(boxes, 24, &found, &agreement), SHIM_OK);
    assert_true(fabs(found - degrees) < 1);
    assert_true(agreement > 0.8);
  }
  double found, agreement;
  assert_int_equal(stage_text_angle(NULL, 0, &found, &agreement), SHIM_OK);
  assert_true(agreement == 0);
}

/* Letters upside down look like digits more often than upright ones: that turns no page of them. */
static void pages_of_letters_stay_upright(void **state) {
  (void)state;
  static const uint64_t seeds[] = {2000, 2002, 2008, 2010, 2017, 2019, 12, 308};
  size_t marks = 0, digits = 0;
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
    hard_page letters;
    page_picture picture;
    page_truth truth;
    shim_image gray;
    hard_page_letters(&letters, seeds[i]);
    assert_int_equal(hard_page_draw(&letters, NULL, &picture, &truth), 0);
    take_gray(&picture, &gray);
    glyph_page *read = read_gray(&gray);
    assert_int_equal(read->rotation, 0);
    marks += truth.marks;
    digits += read->glyph_count;
    glyph_page_close(&read);
    shim_image_free(&gray);
    page_truth_free(&truth);
  }
  assert_true(marks >= HARD_MARKS_MIN * sizeof seeds / sizeof *seeds);
  assert_true((double)digits < 0.005 * (double)marks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pages_of_letters_stay_upright),
      cmocka_unit_test(turned_pages_read_alike),
      cmocka_unit_test(tilted_pages_read_alike),
      cmocka_unit_test(sheets_on_tables_read_alike),
      cmocka_unit_test(nothing_is_no_sheet),
      cmocka_unit_test(every_size_is_taken),
      cmocka_unit_test(doubt_is_told),
      cmocka_unit_test(text_angle_is_found),
      cmocka_unit_test(shadows_on_tables_are_no_sheets),
      cmocka_unit_test(turned_strings_read_alike),
      cmocka_unit_test(shadows_are_no_sheets),
      cmocka_unit_test(sheets_tell_their_own_polarity),
      cmocka_unit_test(bars_do_not_outweigh_digits),
      cmocka_unit_test(insides_lie_in_their_sheets),
  };
  return cmocka_run_group_tests(tests, open_reader, close_reader);
}
