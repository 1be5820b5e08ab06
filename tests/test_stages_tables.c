/* Lines that are traced, removed and made into tables, on drawn pictures: every way a table is bent, doubled, broken or
 * open at its sides, and strokes that cross what is taken away. */
#include "grid.h"
#include "generator/random.h"

#include "../pipeline/stages/stages.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 480, LEFT = 60, TOP = 50, PITCH = 60 };

/* Where the point (x, y) of a flat drawing lies on the picture. */
typedef struct bend {
  double tilt, perspective, curl; /* radians; share of the scale over the width; pixels */
} bend;

static void place(const bend *b, double x, double y, double out[2]) {
  const double u = x - WIDTH / 2.0, v = y - HEIGHT / 2.0, scale = 1 / (1 + b->perspective * u / WIDTH);
  const double w = v + b->curl * cos(u / 150);
  out[0] = WIDTH / 2.0 + scale * (cos(b->tilt) * u - sin(b->tilt) * w);
  out[1] = HEIGHT / 2.0 + scale * (sin(b->tilt) * u + cos(b->tilt) * w);
}

/* A round nib of this width goes from point to point. */
static void draw_line(shim_image *image, const bend *b, double x0, double y0, double x1, double y1, double width,
                      int ink) {
  const int steps = 4 * (int)(hypot(x1 - x0, y1 - y0) + 1);
  for (int i = 0; i <= steps; i++) {
    double p[2];
    place(b, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, p);
    for (int y = (int)(p[1] - width); y <= (int)(p[1] + width) + 1; y++)
      for (int x = (int)(p[0] - width); x <= (int)(p[0] + width) + 1; x++) {
        const double depth = fmin(1, fmax(0, width / 2 + 0.5 - hypot(x + 0.5 - p[0], y + 0.5 - p[1])));
        if (depth <= 0 || x < 0 || y < 0 || x >= image->width || y >= image->height) continue;
        uint8_t *to = &image->data[y * image->stride + x];
        const int gray = (int)(GRID_PAPER + depth * (ink - GRID_PAPER));
        if (gray < *to) *to = (uint8_t)gray;
      }
  }
}

static void draw_table(shim_image *image, const bend *b, int rows, int columns, double width, int ink) {
  for (int r = 0; r <= rows; r++)
    draw_line(image, b, LEFT, TOP + r * PITCH, LEFT + columns * PITCH, TOP + r * PITCH, width, ink);
  for (int c = 0; c <= columns; c++)
    draw_line(image, b, LEFT + c * PITCH, TOP, LEFT + c * PITCH, TOP + rows * PITCH, width, ink);
}

static stage_rules find_rules(const shim_image *image) {
  stage_pyramid pyramid;
  stage_rules rules;
  assert_int_equal(stage_pyramid_make(image, 0, &pyramid), SHIM_OK);
  assert_int_equal(stage_rules_find(&pyramid, &rules), SHIM_OK);
  stage_pyramid_free(&pyramid);
  return rules;
}

static void expect_table(const shim_image *image, const bend *b, int rows, int columns) {
  stage_rules rules = find_rules(image);
  assert_int_equal(rules.tables.count, 1);
  const stage_table *t = &rules.tables.items[0];
  assert_int_equal(t->rows, rows);
  assert_int_equal(t->columns, columns);
  for (int i = 0; i < (rows + 1) * (columns + 1); i++) {
    double p[2];
    place(b, LEFT + i % (columns + 1) * PITCH, TOP + i / (columns + 1) * PITCH, p);
    assert_true(hypot(t->corners[2 * i] - p[0], t->corners[2 * i + 1] - p[1]) < 3);
  }
  for (int i = 0; i < rows * columns; i++) assert_int_equal(t->cells[i], i);
  stage_rules_free(&rules);
}

static const bend flat = {0, 0, 0};

static void test_tables_bent(void **state) {
  (void)state;
  static const bend bends[] = {{0, 0, 0}, {0.2, 0, 0}, {-0.35, 0, 0}, {0, 0.3, 0}, {0, 0, 14}, {0.1, 0.25, 9}};
  for (size_t i = 0; i < sizeof bends / sizeof *bends; i++)
    for (int width = 1; width <= 5; width += 2) {
      shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
      draw_table(&image, &bends[i], 6, 8, width, 90);
      expect_table(&image, &bends[i], 6, 8);
      shim_image_free(&image);
    }
}

/* A sudoku's grid: every third line is strong. */
static void draw_sudoku(shim_image *image, const bend *b, int faint, int pitch, int top) {
  for (int i = 0; i <= 9; i++) {
    const int ink = i % 3 ? faint : 80, right = LEFT + 9 * pitch, bottom = top + 9 * pitch;
    draw_line(image, b, LEFT, top + i * pitch, right, top + i * pitch, 2, ink);
    draw_line(image, b, LEFT + i * pitch, top, LEFT + i * pitch, bottom, 2, ink);
  }
}

static void add_grain(shim_image *image, int most) {
  random_stream random;
  random_start(&random, 7, 0);
  for (int i = 0; i < (int)image->stride * image->height; i++)
    image->data[i] = (uint8_t)(image->data[i] - random_below(&random, most + 1));
}

/* Lines too faint to be followed are known by their even distances from those that are not. */
static void test_even_grids_with_faint_lines(void **state) {
  (void)state;
  enum { SMALL_PITCH = 44 };
  static const bend bends[] = {{0, 0, 0}, {0.1, 0, 0}, {0, 0.2, 0}, {0.05, 0.1, 4}};
  for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
    shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    draw_sudoku(&image, &bends[i], 208, SMALL_PITCH, 40);
    add_grain(&image, 8);
    stage_rules rules = find_rules(&image);
    assert_int_equal(rules.tables.count, 1);
    const stage_table *t = &rules.tables.items[0];
    assert_int_equal(t->rows, 9);
    assert_int_equal(t->columns, 9);
    for (int k = 0; k < 100; k++) {
      double p[2];
      place(&bends[i], LEFT + k % 10 * SMALL_PITCH, 40 + k / 10 * SMALL_PITCH, p);
      assert_true(hypot(t->corners[2 * k] - p[0], t->corners[2 * k + 1] - p[1]) < 4);
    }
    stage_rules_free(&rules);
    shim_image_free(&image);
  }
}

/* The grid's last line may lie where the picture ends. */
static void test_even_grids_cut_off(void **state) {
  (void)state;
  enum { SMALL_PITCH = 44 };
  shim_image whole = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  draw_sudoku(&whole, &flat, 208, SMALL_PITCH, 40);
  add_grain(&whole, 8);
  const shim_image image = {whole.data + 45 * whole.stride, WIDTH, HEIGHT - 45, 1, whole.stride};
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 1);
  assert_int_equal(rules.tables.items[0].rows, 9);
  assert_int_equal(rules.tables.items[0].columns, 9);
  stage_rules_free(&rules);
  shim_image_free(&whole);
}

/* A table that is drawn on squared paper does not get the paper's lines, nor do rows of two heights become even. */
static void test_even_grids_are_not_made_up(void **state) {
  (void)state;
  enum { SQUARE = 20 };
  shim_image squared = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  for (int i = 0; i < WIDTH; i += SQUARE) draw_line(&squared, &flat, i, 0, i, HEIGHT, 1, 212);
  for (int i = 10; i < HEIGHT; i += SQUARE) draw_line(&squared, &flat, 0, i, WIDTH, i, 1, 212);
  draw_table(&squared, &flat, 4, 5, 2, 80);
  expect_table(&squared, &flat, 4, 5);
  shim_image_free(&squared);
  shim_image uneven = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  draw_table(&uneven, &flat, 4, 6, 2, 80);
  for (int c = 0; c < 6; c += 2)
    draw_line(&uneven, &flat, LEFT + c * PITCH + PITCH / 2, TOP, LEFT + c * PITCH + PITCH / 2, TOP + 4 * PITCH, 2, 80);
  stage_rules rules = find_rules(&uneven);
  assert_int_equal(rules.tables.count, 1);
  assert_int_equal(rules.tables.items[0].columns, 9);
  stage_rules_free(&rules);
  shim_image_free(&uneven);
}

/* One row of boxes, and one column; a single box is a frame. */
static void test_tables_of_one_row(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 8}, {1, 2}, {5, 1}, {1, 1}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    draw_table(&image, &flat, sizes[i][0], sizes[i][1], 2, 80);
    if (sizes[i][0] * sizes[i][1] > 1) {
      expect_table(&image, &flat, sizes[i][0], sizes[i][1]);
    } else {
      stage_rules rules = find_rules(&image);
      assert_int_equal(rules.tables.count, 0);
      stage_rules_free(&rules);
    }
    shim_image_free(&image);
  }
}

/* No line of theirs is long beside the page: that two run beside each other tells in a glance that there are lines. */
static void test_tables_small_on_a_large_page(void **state) {
  (void)state;
  enum { SMALL_PITCH = 24 };
  static const int sizes[][2] = {{1, 8}, {8, 1}, {3, 5}, {2, 10}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const int rows = sizes[i][0], columns = sizes[i][1], right = LEFT + columns * SMALL_PITCH;
    shim_image image = grid_blank(2000, 1500, GRID_PAPER);
    for (int r = 0; r <= rows; r++)
      draw_line(&image, &flat, LEFT, TOP + r * SMALL_PITCH, right, TOP + r * SMALL_PITCH, 2, 80);
    for (int c = 0; c <= columns; c++)
      draw_line(&image, &flat, LEFT + c * SMALL_PITCH, TOP, LEFT + c * SMALL_PITCH, TOP + rows * SMALL_PITCH, 2, 80);
    stage_rules rules = find_rules(&image);
    assert_int_equal(rules.tables.count, 1);
    assert_int_equal(rules.tables.items[0].rows, rows);
    assert_int_equal(rules.tables.items[0].columns, columns);
    stage_rules_free(&rules);
    shim_image_free(&image);
  }
}

/* Boxes that stand apart, each a little higher or lower than the last: one row of a form, though a line of a box is
 * missing or a stroke parts another; two boxes, or boxes that are not alike, are none. */
static void test_boxes_apart(void **state) {
  (void)state;
  enum { BOXES = 7, SIDE = 40, APART = 60 };
  static const bend bends[] = {{0, 0, 0}, {0.03, 0, 0}, {-0.02, 0.1, 0}};
  for (size_t k = 0; k < sizeof bends / sizeof *bends; k++)
    for (int count = 2; count <= BOXES; count += 5)
      for (int alike = 0; alike < 2; alike++) {
        shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
        for (int i = 0; i < count; i++) {
          const double left = LEFT + i * APART, right = left + SIDE, top = TOP + 2 * (i % 2);
          const double bottom = top + SIDE * (alike ? 1 : pow(1.4, i));
          draw_line(&image, &bends[k], left, top, right, top, 2, 80);
          draw_line(&image, &bends[k], left, bottom, right, bottom, 2, 80);
          draw_line(&image, &bends[k], left, top, left, bottom, 2, 80);
          if (i != 3) draw_line(&image, &bends[k], right, top, right, bottom, 2, 80);
          if (i == 5) draw_line(&image, &bends[k], left + 18, top + 6, left + 18, bottom - 5, 2, 80);
        }
        stage_rules rules = find_rules(&image);
        const int found = alike && count == BOXES;
        assert_int_equal(rules.tables.count, found);
        if (found) {
          const stage_table *t = &rules.tables.items[0];
          assert_int_equal(t->rows, 1);
          assert_int_equal(t->columns, count);
          for (int i = 0; i < count; i++) { /* each box is a cell */
            double middle[2];
            size_t table;
            int cell;
            place(&bends[k], LEFT + i * APART + SIDE / 2.0, TOP + SIDE / 2.0, middle);
            assert_true(stage_tables_locate(&rules.tables, middle[0], middle[1], &table, &cell));
            assert_int_equal(cell, i);
          }
        }
        stage_rules_free(&rules);
        shim_image_free(&image);
      }
}

/* A double border is one boundary. */
static void test_tables_double_lines(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  draw_table(&image, &flat, 4, 6, 2, 80);
  draw_line(&image, &flat, LEFT, TOP - 7, LEFT + 6 * PITCH, TOP - 7, 2, 80);
  draw_line(&image, &flat, LEFT - 7, TOP, LEFT - 7, TOP + 4 * PITCH, 2, 80);
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 1);
  assert_int_equal(rules.tables.items[0].rows, 4);
  assert_int_equal(rules.tables.items[0].columns, 6);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* Without its outer uprights, a table's columns reach to where its lines end. */
static void test_tables_open_sides(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  for (int r = 0; r <= 5; r++)
    draw_line(&image, &flat, LEFT, TOP + r * PITCH, LEFT + 6 * PITCH, TOP + r * PITCH, 2, 80);
  for (int c = 1; c <= 5; c++)
    draw_line(&image, &flat, LEFT + c * PITCH, TOP, LEFT + c * PITCH, TOP + 5 * PITCH, 2, 80);
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 1);
  assert_int_equal(rules.tables.items[0].rows, 5);
  assert_int_equal(rules.tables.items[0].columns, 6);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* Two places between which the line is missing are one cell, and only those. */
static void test_tables_merged_cells(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  draw_table(&image, &flat, 4, 6, 2, 80);
  grid_fill(&image, LEFT + 3 * PITCH - 3, TOP + PITCH + 2, 6, PITCH - 4, GRID_PAPER);
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 1);
  for (int i = 0; i < 4 * 6; i++) assert_int_equal(rules.tables.items[0].cells[i], i == 9 ? 8 : i);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* An L of missing lines is no cell: the places stay apart. */
static void test_tables_no_cell_but_rectangles(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  draw_table(&image, &flat, 4, 6, 2, 80);
  grid_fill(&image, LEFT + 3 * PITCH - 3, TOP + PITCH + 2, 6, PITCH - 4, GRID_PAPER);
  grid_fill(&image, LEFT + 2 * PITCH + 2, TOP + 2 * PITCH - 3, PITCH - 4, 6, GRID_PAPER);
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 1);
  for (int i = 0; i < 4 * 6; i++) assert_int_equal(rules.tables.items[0].cells[i], i);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* Ruled and squared paper are lines to be removed, and no tables. */
static void test_paper_is_no_table(void **state) {
  (void)state;
  for (int squared = 0; squared < 2; squared++) {
    shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    const int pitch = squared ? 22 : 40;
    for (int y = 30; y < HEIGHT; y += pitch) draw_line(&image, &flat, 0, y, WIDTH, y, 1.5, 170);
    for (int x = 30; squared && x < WIDTH; x += pitch) draw_line(&image, &flat, x, 0, x, HEIGHT, 1.5, 170);
    if (!squared) draw_line(&image, &flat, 80, 0, 80, HEIGHT, 1.5, 150); /* a margin */
    stage_rules rules = find_rules(&image);
    size_t chosen = 0;
    for (size_t i = 0; i < rules.tracks.count; i++) chosen += rules.chosen[i];
    assert_int_equal(rules.tables.count, 0);
    assert_true(chosen >= (squared ? 45 : 12));
    stage_rules_free(&rules);
    shim_image_free(&image);
  }
}

/* Nor is squared paper of few squares, which its own edge or the picture's cuts anywhere; a table of as many ends
 * somewhere. */
static void test_squares_cut_short(void **state) {
  (void)state;
  static const int sizes[][3] = {
      {44, 20, 5}, {62, 24, 40}, {80, 30, 50}}; /* squares, and where the first line stands */
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int is_table = 0; is_table < 2; is_table++) {
      const int pitch = sizes[i][0], x0 = sizes[i][1], y0 = sizes[i][2];
      const int right = x0 + (WIDTH - 1 - x0) / pitch * pitch, bottom = y0 + (HEIGHT - 1 - y0) / pitch * pitch;
      shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
      for (int y = y0; y < HEIGHT; y += pitch)
        draw_line(&image, &flat, is_table ? x0 : 0, y, is_table ? right : WIDTH, y, 1.5, 140);
      for (int x = x0; x < WIDTH; x += pitch)
        draw_line(&image, &flat, x, is_table ? y0 : 0, x, is_table ? bottom : HEIGHT, 1.5, 140);
      stage_rules rules = find_rules(&image);
      assert_int_equal(rules.tables.count, is_table);
      stage_rules_free(&rules);
      shim_image_free(&image);
    }
}

/* Nor is squared paper on which lines went unseen here and there: their gaps are multiples of the others. */
static void test_squared_paper_with_gaps(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  for (int y = 30; y < HEIGHT; y += 22) draw_line(&image, &flat, 0, y, WIDTH, y, 1.5, 170);
  for (int i = 0; 30 + 22 * i < WIDTH; i++)
    if (i % 7 == 0 || i % 7 % 2 == 1) draw_line(&image, &flat, 30 + 22 * i, 0, 30 + 22 * i, HEIGHT, 1.5, 170);
  stage_rules rules = find_rules(&image);
  assert_int_equal(rules.tables.count, 0);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* Rules tell how the page lies, up to quarter turns; lines all ways and plain paper tell nothing. */
static void test_rules_tell_the_angle(void **state) {
  (void)state;
  static const double tilts[] = {-28, -8, 0, 3, 21};
  double degrees;
  for (size_t t = 0; t < sizeof tilts / sizeof *tilts; t++)
    for (int squared = 0; squared < 2; squared++) {
      const bend b = {tilts[t] * 3.14159265358979323846 / 180, 0, 0};
      shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
      for (int k = -8; k < 24; k++) draw_line(&image, &b, -WIDTH, 25 * k, 2 * WIDTH, 25 * k, 1.5, 150);
      for (int k = -24; squared && k < 48; k++) draw_line(&image, &b, 25 * k, -HEIGHT, 25 * k, 2 * HEIGHT, 1.5, 150);
      stage_rules rules = find_rules(&image);
      assert_true(stage_rules_angle(&rules, HEIGHT, &degrees));
      if (fabs(degrees - tilts[t]) > 0.5) fail_msg("%.1f degrees instead of %.1f", degrees, tilts[t]);
      stage_rules_free(&rules);
      shim_image_free(&image);
    }
  for (int lines = 0; lines <= 6; lines += 3) {
    shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    for (int k = 0; k < lines; k++) {
      const bend b = {0.25 * (k % 3 - 1), 0, 0};
      draw_line(&image, &b, 20, 120 + 50 * k, WIDTH - 20, 120 + 50 * k, 1.5, 120);
    }
    stage_rules rules = find_rules(&image);
    assert_false(stage_rules_angle(&rules, HEIGHT, &degrees));
    stage_rules_free(&rules);
    shim_image_free(&image);
  }
}

static double mean_darkness(const shim_image *image, int x, int y, int width, int height) {
  double sum = 0;
  for (int row = y; row < y + height; row++)
    for (int column = x; column < x + width; column++) sum += GRID_PAPER - image->data[row * image->stride + column];
  return sum / (width * height);
}

/* A rule goes, a stroke through it stays whole, whichever of the two is darker; upright, aslant, and along both
 * directions. */
static void test_strokes_stay_whole(void **state) {
  (void)state;
  static const double slants[] = {0, 20, -30};
  for (int upright = 0; upright < 2; upright++)
    for (int dark = 0; dark < 2; dark++)
      for (int s = 0; s < 3; s++) {
        shim_image image = grid_blank(500, 500, GRID_PAPER);
        for (int k = 0; k < 5; k++) {
          const int at = 50 + 100 * k;
          if (upright)
            draw_line(&image, &flat, at, 0, at, 500, 3, dark ? 60 : 170);
          else
            draw_line(&image, &flat, 0, at, 500, at, 3, dark ? 60 : 170);
        }
        const double x = 250, y = 250, d = slants[s];
        if (upright)
          draw_line(&image, &flat, x - 40, y - d, x + 40, y + d, 6, 60);
        else
          draw_line(&image, &flat, x - d, y - 40, x + d, y + 40, 6, 60);
        stage_pyramid pyramid;
        stage_rules rules;
        assert_int_equal(stage_pyramid_make(&image, 0, &pyramid), SHIM_OK);
        assert_int_equal(stage_rules_find(&pyramid, &rules), SHIM_OK);
        assert_int_equal(stage_rules_remove(&rules, &pyramid), SHIM_OK);
        const shim_image *clean = &pyramid.levels[0].gray;
        assert_true(mean_darkness(clean, 20, 145, 100, 10) < 3); /* the rule beside */
        assert_true(mean_darkness(clean, 145, 20, 10, 100) < 3);
        assert_true(mean_darkness(clean, 248, 248, 5, 5) > 100); /* the crossing's middle */
        stage_rules_free(&rules);
        stage_pyramid_free(&pyramid);
        shim_image_free(&image);
      }
}

/* A stroke that ends on a square's side goes on nowhere: the other side, near by, is no part of it. */
static void test_strokes_end_on_squares(void **state) {
  (void)state;
  enum { SIDE = 40, PLACES = 8 };
  for (int slant = -1; slant <= 1; slant++) {
    const bend b = {0.12 * slant, 0, 0};
    shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    for (int k = -10; k < 30; k++) {
      draw_line(&image, &b, k * SIDE, -200, k * SIDE, 700, 3, 150);
      draw_line(&image, &b, -200, k * SIDE, 900, k * SIDE, 3, 150);
    }
    for (int k = 0; k < PLACES; k++)
      draw_line(&image, &b, (4 + k) * SIDE + 7, 5 * SIDE - 25, (4 + k) * SIDE + 7, 5 * SIDE - 2, 4, 140);
    stage_pyramid pyramid;
    stage_rules rules;
    assert_int_equal(stage_pyramid_make(&image, 0, &pyramid), SHIM_OK);
    assert_int_equal(stage_rules_find(&pyramid, &rules), SHIM_OK);
    assert_int_equal(stage_rules_remove(&rules, &pyramid), SHIM_OK);
    double darkness = 0;
    for (int k = 0; k < PLACES; k++) {
      double p[2];
      place(&b, (4 + k) * SIDE + 3, 5 * SIDE + 1, p);
      darkness += mean_darkness(&pyramid.levels[0].gray, (int)p[0] - 1, (int)p[1] - 1, 3, 3) / PLACES;
    }
    assert_true(darkness < 5);
    stage_rules_free(&rules);
    stage_pyramid_free(&pyramid);
    shim_image_free(&image);
  }
}

/* Strokes of digits are no rules: tall thin ones side by side, and a box drawn by hand around a number. */
static void test_digits_are_no_rules(void **state) {
  (void)state;
  shim_image image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
  for (int k = 0; k < 6; k++) draw_line(&image, &flat, 80 + 80 * k, 120, 90 + 80 * k, 320, 10, 60);
  grid_draw(&image, grid_three, 60, 350, 12);
  stage_rules rules = find_rules(&image);
  for (size_t i = 0; i < rules.tracks.count; i++) assert_int_equal(rules.chosen[i], 0);
  assert_int_equal(rules.tables.count, 0);
  stage_rules_free(&rules);
  shim_image_free(&image);
}

/* Nothing, black, tiny and thin pictures have no lines and harm nothing. */
static void test_extremes(void **state) {
  (void)state;
  static const int sizes[][3] = {{1, 1, 200},   {1, 400, 200},   {400, 1, 90}, {7, 7, 0},
                                 {300, 200, 0}, {300, 200, 255}, {3000, 9, 40}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shim_image image = grid_blank(sizes[i][0], sizes[i][1], sizes[i][2]);
    stage_pyramid pyramid;
    stage_rules rules;
    assert_int_equal(stage_pyramid_make(&image, 0, &pyramid), SHIM_OK);
    assert_int_equal(stage_rules_find(&pyramid, &rules), SHIM_OK);
    assert_int_equal(rules.tables.count, 0);
    assert_int_equal(stage_rules_remove(&rules, &pyramid), SHIM_OK);
    assert_memory_equal(pyramid.levels[0].gray.data, image.data, (size_t)image.stride * (size_t)image.height);
    stage_rules_free(&rules);
    stage_pyramid_free(&pyramid);
    shim_image_free(&image);
  }
}

/* The same table elsewhere on the page is the same table. */
static void test_shifted(void **state) {
  (void)state;
  for (int shift = 0; shift < 7; shift++) {
    shim_image large = grid_blank(WIDTH + 8, HEIGHT + 8, GRID_PAPER), image = grid_blank(WIDTH, HEIGHT, GRID_PAPER);
    draw_table(&image, &flat, 4, 6, 2, 80);
    for (int y = 0; y < HEIGHT; y++)
      memcpy(large.data + (y + shift) * large.stride + shift, image.data + y * image.stride, WIDTH);
    stage_rules rules = find_rules(&large);
    assert_int_equal(rules.tables.count, 1);
    assert_int_equal(rules.tables.items[0].rows, 4);
    assert_int_equal(rules.tables.items[0].columns, 6);
    assert_true(fabs(rules.tables.items[0].corners[0] - LEFT - shift) < 2);
    stage_rules_free(&rules);
    shim_image_free(&large);
    shim_image_free(&image);
  }
}

/* A line across a picture of `size` pixels: tilted and bent, within what tracing follows. */
static stage_track draw_track(random_stream *random, int upright, int size) {
  enum { STEP = 8 };
  const int count = 3 + random_below(random, size / STEP - 3), first = random_below(random, size / STEP - count + 1);
  stage_track track = {.upright = upright, .first = first, .count = count, .hits = count, .step = STEP, .thickness = 2};
  const double middle = random_between(random, 0, size), tilt = random_between(random, -0.6, 0.6),
               bend = random_between(random, -0.8, 0.8);
  track.depth = 90;
  track.across = malloc((size_t)count * sizeof *track.across);
  track.seen = malloc((size_t)count);
  assert_non_null(track.across);
  assert_non_null(track.seen);
  for (int i = 0; i < count; i++) {
    const double u = (i + 0.5) / count - 0.5;
    track.across[i] = (float)(middle + count * STEP * (tilt * u + bend * u * u));
    track.seen[i] = 90;
  }
  return track;
}

/* Lines in any disorder, whose model may cross nowhere: tables have their corners at places that are numbers. */
static void test_disorder(void **state) {
  (void)state;
  enum { ROUNDS = 4000, LINES_MAX = 12, SIZE = 800 };
  random_stream random;
  random_start(&random, 42, 0);
  for (int round = 0; round < ROUNDS; round++) {
    stage_track items[2 * LINES_MAX];
    unsigned char ruling[2 * LINES_MAX];
    stage_tracks tracks = {items, 0};
    stage_tables tables;
    for (int upright = 0; upright < 2; upright++)
      for (int lines = 2 + random_below(&random, LINES_MAX - 1); lines > 0; lines--)
        items[tracks.count++] = draw_track(&random, upright, SIZE);
    assert_int_equal(stage_tables_find(&tracks, &tables, ruling), SHIM_OK);
    for (size_t i = 0; i < tables.count; i++)
      for (int k = 0; k < 2 * (tables.items[i].rows + 1) * (tables.items[i].columns + 1); k++)
        assert_true(fabs(tables.items[i].corners[k]) < 1e6);
    stage_tables_free(&tables);
    for (size_t i = 0; i < tracks.count; i++) free(items[i].across), free(items[i].seen);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables_bent),
      cmocka_unit_test(test_even_grids_with_faint_lines),
      cmocka_unit_test(test_even_grids_cut_off),
      cmocka_unit_test(test_even_grids_are_not_made_up),
      cmocka_unit_test(test_tables_of_one_row),
      cmocka_unit_test(test_tables_small_on_a_large_page),
      cmocka_unit_test(test_boxes_apart),
      cmocka_unit_test(test_tables_double_lines),
      cmocka_unit_test(test_tables_open_sides),
      cmocka_unit_test(test_tables_merged_cells),
      cmocka_unit_test(test_tables_no_cell_but_rectangles),
      cmocka_unit_test(test_paper_is_no_table),
      cmocka_unit_test(test_rules_tell_the_angle),
      cmocka_unit_test(test_strokes_stay_whole),
      cmocka_unit_test(test_strokes_end_on_squares),
      cmocka_unit_test(test_digits_are_no_rules),
      cmocka_unit_test(test_squared_paper_with_gaps),
      cmocka_unit_test(test_squares_cut_short),
      cmocka_unit_test(test_extremes),
      cmocka_unit_test(test_shifted),
      cmocka_unit_test(test_disorder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
