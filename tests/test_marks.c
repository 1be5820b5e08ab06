/* Marks between digits, on drawn pictures: two bars 40 pixels high stand for the digits, and what lies between them is
 * drawn with the same pen. Then whole numbers out of digits and marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../pipeline/numbers.h"

enum { WIDTH = 400, HEIGHT = 160, TOP = 60, FOOT = 100, PEN = 6 };

static const stage_tables no_tables = {NULL, 0};

typedef struct sheet {
  shim_image gray;
  stage_pyramid pyramid;
  stage_glyphs glyphs; /* the digits, from left to right */
} sheet;

static void open_sheet(sheet *s) {
  memset(s, 0, sizeof *s);
  assert_int_equal(shim_image_create(&s->gray, WIDTH, HEIGHT, 1), SHIM_OK);
  memset(s->gray.data, 220, (size_t)s->gray.stride * HEIGHT);
}

static void ink(sheet *s, int x, int y, int width, int height) {
  for (int row = y; row < y + height; row++) memset(s->gray.data + row * s->gray.stride + x, 40, (size_t)width);
}

static void line(sheet *s, int x0, int y0, int x1, int y1) {
  const int steps = abs(x1 - x0) + abs(y1 - y0);
  for (int i = 0; i <= steps; i++) ink(s, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, PEN - 2, PEN - 2);
}

/* A digit as the stages see it: two strokes, 24 pixels wide. */
static void digit(sheet *s, int x) {
  ink(s, x, TOP, PEN, FOOT - TOP);
  ink(s, x, TOP, 24, PEN);
  ink(s, x + 18, TOP, PEN, FOOT - TOP);
}

/* The same by a hand that slants as much as a slash does. */
static void slanted_digit(sheet *s, int x) {
  enum { LEAN = 24, APART = 16 };
  line(s, x + LEAN, TOP, x, FOOT - 4);
  line(s, x + LEAN, TOP, x + LEAN + APART, TOP);
  line(s, x + LEAN + APART, TOP, x + APART, FOOT - 4);
}

static int is_digit(const stage_glyph *g) {
  return g->height == FOOT - TOP && g->width == 24 && g->y == TOP;
}

/* Thresholds and keeps the digits, or all ink. */
static void find_ink(sheet *s, int all_ink, size_t wanted) {
  stage_glyphs all = {0};
  assert_int_equal(stage_pyramid_make(&s->gray, 0, &s->pyramid), SHIM_OK);
  assert_int_equal(stage_threshold(&s->pyramid.levels[0], 1), SHIM_OK);
  assert_int_equal(stage_contour(&s->pyramid, 0, all_ink ? 10 : 20, &all), SHIM_OK);
  for (int x = 0; x < WIDTH; x++)
    for (size_t i = 0; i < all.count; i++)
      if (all.items[i].x == x && (all_ink || is_digit(&all.items[i])))
        assert_int_equal(stage_glyphs_append(&s->glyphs, &all.items[i]), SHIM_OK);
  stage_glyphs_free(&all);
  assert_int_equal(s->glyphs.count, wanted);
}

static void find_digits(sheet *s, size_t wanted) {
  find_ink(s, 0, wanted);
}

static void close_sheet(sheet *s) {
  shim_image_free(&s->gray);
  stage_pyramid_free(&s->pyramid);
  stage_glyphs_free(&s->glyphs);
}

static void draw_mark(sheet *s, char mark, int x) {
  switch (mark) {
  case '.': ink(s, x, FOOT - PEN, PEN, PEN); break;
  case ',': line(s, x + 2, FOOT - PEN, x - 2, FOOT + 8); break;
  case '-': ink(s, x - 7, (TOP + FOOT) / 2, 16, 5); break;
  case '+': ink(s, x - 8, 78, 18, 4), ink(s, x - 1, 71, 4, 18); break;
  case 'p': line(s, x - 5, TOP + 4, x + 3, FOOT - 6), ink(s, x - 7, (TOP + FOOT) / 2, 14, 4); break;
  case 'k': line(s, x - 7, TOP + 8, x + 7, FOOT - 8), line(s, x + 7, TOP + 8, x - 7, FOOT - 8); break;
  case ':': ink(s, x, FOOT - PEN - 4, PEN, PEN), ink(s, x, TOP + 10, PEN, PEN); break;
  case '/': line(s, x + 8, TOP - 2, x - 10, FOOT); break;
  case 'o': ink(s, x - 2, TOP + 2, PEN, PEN); break; /* a speck too high for a point */
  case 'i': ink(s, x, FOOT - 2, 2, 1); break;        /* and one too small */
  case 'l': ink(s, x, TOP, PEN, FOOT - TOP); break;  /* an upright stroke */
  default: break;
  }
}

static char mark_between(char mark) {
  sheet s;
  stage_mark found;
  open_sheet(&s);
  digit(&s, 100);
  digit(&s, 160);
  draw_mark(&s, mark, 140);
  find_digits(&s, 2);
  assert_int_equal(stage_mark_find(&s.pyramid, &s.glyphs.items[0], &s.glyphs.items[1], &found), SHIM_OK);
  if (found.text) {
    assert_true(found.confidence > 0 && found.confidence <= 1);
    assert_true(found.box.x >= 124 && found.box.x + found.box.width <= 164); /* between the digits */
  } else {
    assert_true(found.confidence == 0);
  }
  close_sheet(&s);
  return found.text;
}

static void test_each_mark_is_told(void **state) {
  (void)state;
  for (const char *mark = ".,-+:/"; *mark; mark++) assert_int_equal(mark_between(*mark), *mark);
  assert_int_equal(mark_between('p'), '+'); /* slender, and its stem leans */
}

/* The same glyph as the next coarser level shows it. */
static void halve(stage_glyph *glyph) {
  shim_image mask;
  assert_int_equal(shim_image_create(&mask, glyph->width / 2, glyph->height / 2, 1), SHIM_OK);
  for (int y = 0; y < mask.height; y++)
    for (int x = 0; x < mask.width; x++)
      mask.data[y * mask.stride + x] = glyph->mask.data[2 * y * glyph->mask.stride + 2 * x];
  shim_image_free(&glyph->mask);
  glyph->mask = mask;
  glyph->level++;
  glyph->x /= 2, glyph->y /= 2, glyph->width /= 2, glyph->height /= 2;
  glyph->stroke_width /= 2;
}

/* A point beside a digit that was found on a coarser level than its neighbour. */
static void test_marks_between_digits_of_two_levels(void **state) {
  (void)state;
  for (int coarse = 0; coarse < 2; coarse++) {
    sheet s;
    stage_mark found;
    open_sheet(&s);
    digit(&s, 100);
    digit(&s, 160);
    draw_mark(&s, '.', 140);
    find_digits(&s, 2);
    halve(&s.glyphs.items[coarse]);
    assert_int_equal(stage_mark_find(&s.pyramid, &s.glyphs.items[0], &s.glyphs.items[1], &found), SHIM_OK);
    assert_int_equal(found.text, '.');
    assert_true(found.box.x == 140 && found.box.y == FOOT - PEN && found.box.width == PEN);
    close_sheet(&s);
  }
}

static void test_what_is_no_mark(void **state) {
  (void)state;
  for (const char *mark = " oilk"; *mark; mark++) assert_int_equal(mark_between(*mark), 0);
}

/* Commas and slashes that the network took for ones, between two digits and at the end of a number. A stroke that leans
 * as many ones do is a slash between what may be a day and a month alone, unless all of the writing leans so. */
static void test_strokes_that_read_as_ones(void **state) {
  (void)state;
  static const struct {
    int x0, y0, x1, y1; /* of the stroke */
    const char *read, *told;
    int is_slanted;
  } cases[] = {{142, FOOT - 8, 138, FOOT + 8, "112", "1,2", 0}, {158, TOP, 134, FOOT - 4, "112", "1/2", 0},
               {158, TOP, 134, FOOT - 4, "416", "4/6", 0},      {158, TOP, 134, FOOT - 4, "410", "410", 0},
               {160, TOP - 10, 134, FOOT + 6, "410", "4/0", 0}, {140, TOP, 140, FOOT - 4, "112", "112", 0},
               {158, TOP, 134, FOOT - 4, "416", "416", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sheet s;
    results_glyph glyphs[6] = {{.box = {0, 0, 0, 0}}};
    const stage_glyph *shapes[3];
    size_t count = 3;
    open_sheet(&s);
    (cases[i].is_slanted ? slanted_digit : digit)(&s, 84);
    line(&s, cases[i].x0, cases[i].y0, cases[i].x1, cases[i].y1);
    (cases[i].is_slanted ? slanted_digit : digit)(&s, 166);
    find_ink(&s, 1, 3);
    for (size_t k = 0; k < count; k++) {
      int box[4];
      shapes[k] = &s.glyphs.items[k];
      stage_glyph_page_box(shapes[k], box);
      glyphs[k] = (results_glyph){.box = {box[0], box[1], box[2] - box[0], box[3] - box[1]}, .item = {0, 0, -1, -1}};
      glyphs[k].glyph = (glyph_glyph){.text = {cases[i].read[k]}, .confidence = 0.9};
    }
    assert_int_equal(numbers_mark(&s.pyramid, &no_tables, shapes, glyphs, &count), SHIM_OK);
    assert_int_equal(count, 3);
    for (size_t k = 0; k < count; k++) assert_int_equal(glyphs[k].glyph.text[0], cases[i].told[k]);
    close_sheet(&s);
  }
}

/* What the network took for a 4 before two digits: a plus, and a small open 4. */
static void test_a_plus_that_reads_as_a_four(void **state) {
  (void)state;
  for (int open = 0; open < 2; open++) {
    sheet s;
    results_glyph glyphs[6] = {{.box = {0, 0, 0, 0}}};
    const stage_glyph *shapes[3];
    size_t count = 3;
    open_sheet(&s);
    ink(&s, 60, 82, 24, PEN), ink(&s, 69, 72, PEN, 26);
    if (open) ink(&s, 60, 72, PEN, 14);
    digit(&s, 100);
    digit(&s, 140);
    find_ink(&s, 1, 3);
    for (size_t k = 0; k < count; k++) {
      int box[4];
      shapes[k] = &s.glyphs.items[k];
      stage_glyph_page_box(shapes[k], box);
      glyphs[k] = (results_glyph){.box = {box[0], box[1], box[2] - box[0], box[3] - box[1]}, .item = {0, 0, -1, -1}};
      glyphs[k].glyph = (glyph_glyph){.text = {"412"[k]}, .confidence = 0.9};
    }
    assert_int_equal(numbers_mark(&s.pyramid, &no_tables, shapes, glyphs, &count), SHIM_OK);
    assert_int_equal(count, 3);
    for (size_t k = 0; k < count; k++) assert_int_equal(glyphs[k].glyph.text[0], (open ? "412" : "+12")[k]);
    close_sheet(&s);
  }
}

/* A plus, leaning too, is no two digits that touch; a 4, a 1 beside a bar and a digit are not such crossings, nor are a
 * long bar with a short one, a dagger, an x and a star, each of which one condition alone refuses. */
static void test_crossings(void **state) {
  (void)state;
  static const struct {
    int strokes[3][4];
    int crosses;
  } cases[] = {{{{60, 80, 84, 80}, {72, 66, 72, 94}}, 1},
               {{{60, 84, 84, 78}, {78, 66, 68, 94}}, 1},
               {{{60, 66, 60, 84}, {60, 84, 86, 84}, {80, 66, 80, 100}}, 0},
               {{{60, 80, 84, 80}, {84, 66, 84, 94}}, 0},
               {{{60, 66, 84, 66}, {84, 66, 70, 100}}, 0},
               {{{40, 80, 110, 80}, {75, 74, 75, 86}}, 0},
               {{{60, 70, 84, 70}, {72, 64, 72, 100}}, 0},
               {{{62, 68, 84, 92}, {62, 92, 84, 68}}, 0},
               {{{72, 62, 72, 98}, {54, 80, 90, 80}, {60, 68, 84, 92}}, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sheet s;
    open_sheet(&s);
    for (int k = 0; k < 3; k++)
      if (cases[i].strokes[k][0]) {
        const int *at = cases[i].strokes[k];
        line(&s, at[0], at[1], at[2], at[3]);
      }
    find_ink(&s, 1, 1);
    assert_int_equal(stage_mark_is_crossing(&s.glyphs.items[0]), cases[i].crosses);
    close_sheet(&s);
  }
}

/* Before a number only a sign may stand; at the picture's edge nothing is looked for outside it. */
static void test_signs_before_a_number(void **state) {
  (void)state;
  const struct { char drawn, told; } cases[] = {{'-', '-'}, {'+', '+'}, {'.', 0}, {':', 0}, {' ', 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int x = 40; x <= 100; x += 60) {
      sheet s;
      stage_mark found;
      open_sheet(&s);
      draw_mark(&s, cases[i].drawn, x - 16);
      digit(&s, x);
      find_digits(&s, 1);
      assert_int_equal(stage_mark_find(&s.pyramid, NULL, &s.glyphs.items[0], &found), SHIM_OK);
      assert_int_equal(found.text, cases[i].told);
      close_sheet(&s);
    }
}

/* Digits at the given places, all on one line; numbers as given. What comes out, with a blank between numbers. */
static void spell(const char *digits, const int *places, const int *numbers, const char *marks, const int *mark_places,
                  const char *wanted) {
  sheet s;
  const stage_glyph *shapes[8];
  results_glyph glyphs[16] = {{.box = {0, 0, 0, 0}}};
  size_t count = strlen(digits);
  char text[32], *end = text;
  open_sheet(&s);
  for (size_t i = 0; i < count; i++) digit(&s, places[i]);
  for (size_t i = 0; marks[i]; i++) draw_mark(&s, marks[i], mark_places[i]);
  find_digits(&s, count);
  for (size_t i = 0; i < count; i++) {
    shapes[i] = &s.glyphs.items[i];
    glyphs[i] = (results_glyph){.box = {places[i], TOP, 24, FOOT - TOP}, .item = {0, numbers[i], -1, -1}};
    glyphs[i].glyph.text[0] = digits[i];
  }
  assert_int_equal(numbers_mark(&s.pyramid, &no_tables, shapes, glyphs, &count), SHIM_OK);
  for (size_t i = 0; i < count; i++) {
    if (i && glyphs[i].item.number != glyphs[i - 1].item.number) *end++ = ' ';
    *end++ = glyphs[i].glyph.text[0];
  }
  *end = '\0';
  close_sheet(&s);
  assert_string_equal(text, wanted);
}

static void test_numbers_of_digits_and_marks(void **state) {
  (void)state;
  const int close[] = {60, 100, 140}, wide[] = {60, 100, 180};
  const int one[] = {0, 0, 0}, two[] = {0, 0, 1};
  const int between[] = {129}, after[] = {172}, sign[] = {165}, far_sign[] = {20};
  spell("123", close, one, "", NULL, "123");
  spell("123", close, two, "", NULL, "12 3");
  spell("123", close, two, ".", between, "12.3"); /* a point joins what a wide gap has parted */
  spell("123", wide, two, ":", (const int[]){150}, "12:3");
  spell("123", wide, two, "-", sign, "12 -3"); /* nearer to the 3 */
  spell("123", wide, two, "-", (const int[]){151}, "12-3");
  spell("123", close, one, ".", after, "123"); /* at the end there is none */
  spell("123", close, one, "-", (const int[]){44}, "-123");
  spell("123", close, one, "-", far_sign, "123");
}

/* Two cells beside each other, between which the line runs at x: a minus is the sign of the digit in its own cell. */
static size_t count_with_minus(double x) {
  double corners[] = {10, 40, x, 40, 200, 40, 10, 130, x, 130, 200, 130};
  int cells[] = {0, 1};
  stage_table table = {1, 2, corners, cells};
  const stage_tables tables = {&table, 1};
  results_glyph glyphs[2] = {{.box = {100, TOP, 24, FOOT - TOP}, .item = {-1, 0, 0, 1}}};
  size_t count = 1;
  sheet s;
  open_sheet(&s);
  digit(&s, 100);
  draw_mark(&s, '-', 84);
  find_digits(&s, 1);
  const stage_glyph *shape = &s.glyphs.items[0];
  glyphs[0].glyph.text[0] = '5';
  assert_int_equal(numbers_mark(&s.pyramid, &tables, &shape, glyphs, &count), SHIM_OK);
  close_sheet(&s);
  return count;
}

static void test_signs_stay_in_their_cells(void **state) {
  (void)state;
  assert_int_equal(count_with_minus(60), 2);
  assert_int_equal(count_with_minus(97), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_marks_between_digits_of_two_levels),
      cmocka_unit_test(test_a_plus_that_reads_as_a_four),
      cmocka_unit_test(test_crossings),
      cmocka_unit_test(test_each_mark_is_told),
      cmocka_unit_test(test_what_is_no_mark),
      cmocka_unit_test(test_strokes_that_read_as_ones),
      cmocka_unit_test(test_signs_before_a_number),
      cmocka_unit_test(test_numbers_of_digits_and_marks),
      cmocka_unit_test(test_signs_stay_in_their_cells),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
