/* Shapes of a page: what drawn shapes are named, how near their fits are to what was drawn, which outlines of a drawing
 * are shapes, connectors, writing inside, and pages without shapes. */
#include "shapes_drawing.h"

#include "../pipeline/glyphlift.h"
#include "generator/page.h"

static glyph_page *read_drawing(drawing *d, int tidy) {
  glyph_options options;
  glyph_reader *reader = NULL;
  glyph_page *page = NULL;
  glyph_error error = {0};
  glyph_options_init(&options);
  options.tidy = tidy;
  assert_int_equal(shim_blur(&d->image, &d->image, 3), SHIM_OK);
  const glyph_pixels pixels = {d->image.data, d->image.width, d->image.height, 1, d->image.stride};
  assert_int_equal(glyph_reader_open(&reader, &options, &error), GLYPH_OK);
  if (glyph_read_shapes_pixels(reader, &pixels, "drawing", &page, &error)) fail_msg("%s", error.message);
  glyph_reader_close(&reader);
  drawing_close(d);
  return page;
}

/* The one shape of the page. */
static const glyph_shape *only_shape(const glyph_page *page, const char *kind) {
  assert_int_equal(page->shape_count, 1);
  assert_string_equal(page->shapes[0].kind, kind);
  return &page->shapes[0];
}

/* The largest distance of a corner from its nearest true one. */
static double corner_error(const glyph_shape *shape, const double *corners, int count) {
  double worst = 0;
  assert_int_equal(shape->polygon_count, count);
  for (int i = 0; i < count; i++) {
    double least = INFINITY;
    for (size_t k = 0; k < shape->polygon_count; k++)
      least = fmin(least,
                   hypot(shape->polygon[k][0] - corners[2 * i] - 0.5, shape->polygon[k][1] - corners[2 * i + 1] - 0.5));
    worst = fmax(worst, least);
  }
  return worst;
}

static void corners_are_where_the_sides_would_meet(void **state) {
  (void)state;
  static const double corners[] = {80, 70, 320, 90, 310, 230, 70, 210};
  for (unsigned seed = 1; seed <= 6; seed++) {
    drawing d = drawing_open(400, 300, 2 + (int)seed % 3);
    d.seed = seed, d.waver = 3;
    /* overshot at two corners, open at the third */
    drawing_line(&d, 60, 68, 340, 92);
    drawing_line(&d, 320, 90, 311, 216);
    drawing_line(&d, 310, 230, 70, 210);
    drawing_line(&d, 69, 226, 81, 54);
    glyph_page *page = read_drawing(&d, 0);
    assert_true(corner_error(only_shape(page, "rectangle"), corners, 4) < 0.025 * 250);
    glyph_page_close(&page);
  }
}

/* The strokes run together long before the tip, and the paper between them ends there. */
static void the_tip_of_a_thin_triangle_is_where_its_sides_meet(void **state) {
  (void)state;
  static const double corners[] = {60, 110, 360, 150, 60, 190};
  for (int pen = 3; pen <= 11; pen += 4) {
    drawing d = drawing_open(420, 300, pen);
    drawing_polygon(&d, corners, 3);
    glyph_page *page = read_drawing(&d, 0);
    assert_true(corner_error(only_shape(page, "triangle"), corners, 3) < 0.025 * 420);
    glyph_page_close(&page);
  }
}

static void a_rectangle_has_right_angles_however_it_was_drawn(void **state) {
  (void)state;
  drawing d = drawing_open(420, 300, 4);
  drawing_polygon(&d, (double[]){60, 62, 350, 55, 358, 232, 66, 222}, 4);
  glyph_page *page = read_drawing(&d, 0);
  const glyph_shape *s = only_shape(page, "rectangle");
  for (size_t i = 0; i < 4; i++) {
    const double *a = s->polygon[i], *b = s->polygon[(i + 1) % 4], *c = s->polygon[(i + 2) % 4];
    assert_true(fabs((b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])) < 1e-6 * 300 * 200);
  }
  glyph_page_close(&page);
}

static void an_ellipse_has_its_axes(void **state) {
  (void)state;
  for (int turn = 0; turn < 180; turn += 45) {
    drawing d = drawing_open(400, 300, 3);
    drawing_ellipse(&d, 200, 150, 120, 70, turn, turn % 90 ? 0.96 : 1.04); /* left open, and overlapping */
    glyph_page *page = read_drawing(&d, 0);
    const glyph_shape *s = only_shape(page, "ellipse");
    assert_true(hypot(s->centre[0] - 200.5, s->centre[1] - 150.5) < 3);
    assert_true(fabs(s->radii[0] - 120) < 4 && fabs(s->radii[1] - 70) < 4);
    assert_true(fabs(remainder(s->angle_degrees - turn, 180)) < 3);
    glyph_page_close(&page);
  }
}

typedef struct named {
  const char *kind;
  int count;
  double corners[24]; /* in a box of 200 x 200 */
} named;

static const named polygons[] = {
    {"square", 4, {20, 20, 180, 20, 180, 180, 20, 180}},
    {"rectangle", 4, {10, 50, 190, 50, 190, 150, 10, 150}},
    {"triangle", 3, {100, 20, 180, 170, 20, 170}},
    {"diamond", 4, {100, 10, 160, 100, 100, 190, 40, 100}},
    {"diamond", 4, {100, 20, 180, 100, 100, 180, 20, 100}}, /* a square that stands on its corner */
    {"parallelogram", 4, {60, 60, 190, 60, 140, 140, 10, 140}},
    {"parallelogram", 4, {40, 80, 190, 80, 178, 120, 10, 120}}, /* its short sides as hands draw them */
    {"trapezoid", 4, {60, 50, 140, 50, 190, 150, 10, 150}},
    {"pentagon", 5, {100, 20, 176, 75, 147, 165, 53, 165, 24, 75}},
    {"hexagon", 6, {180, 100, 140, 169, 60, 169, 20, 100, 60, 31, 140, 31}},
};

static void kinds_are_told_apart_in_many_sizes_and_pens(void **state) {
  (void)state;
  static const double scales[] = {0.3, 0.7, 1.7};
  for (size_t i = 0; i < sizeof polygons / sizeof *polygons; i++)
    for (int s = 0; s < 3; s++) {
      double corners[24];
      const double scale = scales[s];
      drawing d = drawing_open((int)(240 * scale) + 60, (int)(240 * scale) + 60, s ? 2 + s : 2);
      for (int k = 0; k < 2 * polygons[i].count; k++) corners[k] = 30 + scale * (20 + polygons[i].corners[k]);
      drawing_polygon(&d, corners, polygons[i].count);
      glyph_page *page = read_drawing(&d, 0);
      const glyph_shape *shape = only_shape(page, polygons[i].kind);
      assert_true(corner_error(shape, corners, polygons[i].count) < 2 + 0.025 * 200 * scale);
      assert_true(shape->confidence > 0.4 && shape->confidence <= 1);
      glyph_page_close(&page);
    }
}

static void nearly_round_is_a_circle_and_nearly_square_a_square(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    drawing d = drawing_open(300, 300, 3);
    drawing_ellipse(&d, 150, 150, 100, i ? 78 : 93, 0, 1);
    glyph_page *page = read_drawing(&d, 0);
    only_shape(page, i ? "ellipse" : "circle");
    glyph_page_close(&page);
    d = drawing_open(300, 300, 3);
    drawing_rectangle(&d, 50, 50, 200, i ? 156 : 186);
    page = read_drawing(&d, 0);
    only_shape(page, i ? "rectangle" : "square");
    glyph_page_close(&page);
  }
}

static void shapes_in_shapes_and_across_each_other_are_all_found(void **state) {
  (void)state;
  drawing d = drawing_open(700, 320, 3);
  drawing_rectangle(&d, 30, 40, 240, 200); /* one within the other */
  drawing_ellipse(&d, 150, 140, 70, 68, 0, 1);
  drawing_rectangle(&d, 340, 40, 200, 140); /* across each other */
  drawing_rectangle(&d, 460, 110, 200, 140);
  glyph_page *page = read_drawing(&d, 0);
  assert_int_equal(page->shape_count, 4);
  int circles = 0, rectangles = 0;
  for (size_t i = 0; i < 4; i++) {
    circles += !strcmp(page->shapes[i].kind, "circle");
    rectangles += !strcmp(page->shapes[i].kind, "rectangle");
  }
  assert_int_equal(circles, 1);
  assert_int_equal(rectangles, 3);
  glyph_page_close(&page);
}

static void filled_shapes_are_found_as_such(void **state) {
  (void)state;
  drawing d = drawing_open(500, 400, 3);
  const float triangle[] = {150, 80, 230, 240, 70, 240};
  assert_int_equal(shim_fill_polygon(&d.image, triangle, 3, GRID_INK), SHIM_OK);
  drawing_rectangle(&d, 300, 100, 140, 90);
  glyph_page *page = read_drawing(&d, 0);
  assert_int_equal(page->shape_count, 2);
  for (size_t i = 0; i < 2; i++)
    assert_string_equal(page->shapes[i].kind, page->shapes[i].filled ? "triangle" : "rectangle");
  assert_true(page->shapes[0].filled != page->shapes[1].filled);
  glyph_page_close(&page);
}

/* Which shape lies leftmost. */
static size_t leftmost(const glyph_page *page) {
  size_t best = 0;
  for (size_t i = 1; i < page->shape_count; i++)
    if (page->shapes[i].box.x < page->shapes[best].box.x) best = i;
  return best;
}

static void arrows_lead_from_shape_to_shape(void **state) {
  (void)state;
  enum { PLAIN, OPEN, SOLID, BACKWARDS, BOTH, KINDS };
  for (int kind = 0; kind < KINDS; kind++)
    for (int gap = 0; gap <= 8; gap += 8) {
      drawing d = drawing_open(600, 260, 3);
      drawing_rectangle(&d, 40, 70, 150, 100);
      drawing_ellipse(&d, 480, 120, 80, 50, 0, 1);
      const double from = 190 + gap, to = 400 - gap;
      if (kind == PLAIN) drawing_line(&d, from, 118, to, 121);
      if (kind == OPEN || kind == SOLID || kind == BOTH) drawing_arrow(&d, from, 118, to, 121, 24, kind == SOLID);
      if (kind == BACKWARDS || kind == BOTH) drawing_arrow(&d, to, 121, from, 118, 24, 0);
      glyph_page *page = read_drawing(&d, 0);
      assert_int_equal(page->shape_count, 2);
      assert_int_equal(page->connector_count, 1);
      const glyph_connector *c = &page->connectors[0];
      assert_int_equal(c->arrow, kind == PLAIN ? GLYPH_ARROW_NONE : kind == BOTH ? GLYPH_ARROW_BOTH : GLYPH_ARROW_END);
      assert_true(c->from != c->to && c->path_count >= 2);
      if (kind == OPEN || kind == SOLID) assert_int_equal(c->from, leftmost(page));
      if (kind == BACKWARDS) assert_int_equal(c->to, leftmost(page));
      const double *start = c->path[0], *end = c->path[c->path_count - 1];
      const double left = fmin(start[0], end[0]), right = fmax(start[0], end[0]);
      assert_true(fabs(left - 190.5) < 5 && fabs(right - 400.5) < 5);
      glyph_page_close(&page);
    }
}

static void strokes_that_stand_alone_are_lines_arrows_and_crosses(void **state) {
  (void)state;
  drawing d = drawing_open(700, 420, 3);
  drawing_line(&d, 60, 80, 260, 120);
  drawing_arrow(&d, 640, 60, 420, 110, 26, 0);
  drawing_line(&d, 90, 300, 190, 304);
  drawing_line(&d, 141, 250, 138, 352);
  drawing_ellipse(&d, 590, 300, 70, 50, 0, 1);
  drawing_arrow(&d, 518, 300, 350, 330, 26, 0); /* leads nowhere */
  glyph_page *page = read_drawing(&d, 0);
  assert_int_equal(page->connector_count, 0);
  assert_int_equal(page->shape_count, 5);
  int lines = 0, arrows = 0, crosses = 0;
  for (size_t i = 0; i < page->shape_count; i++) {
    const glyph_shape *s = &page->shapes[i];
    lines += !strcmp(s->kind, "line");
    crosses += !strcmp(s->kind, "cross");
    if (strcmp(s->kind, "arrow")) continue;
    arrows++;
    const int is_upper = s->box.y < 150;
    assert_int_equal(s->polygon_count, 2); /* the head last */
    assert_true(fabs(s->polygon[1][0] - (is_upper ? 420 : 350)) < 6);
  }
  assert_int_equal(lines, 1);
  assert_int_equal(arrows, 2);
  assert_int_equal(crosses, 1);
  glyph_page_close(&page);
}

static void connectors_lead_from_shape_to_shape_within_a_frame(void **state) {
  (void)state;
  drawing d = drawing_open(700, 320, 3);
  drawing_rectangle(&d, 20, 20, 650, 270);
  drawing_ellipse(&d, 150, 150, 90, 60, 0, 1);
  drawing_rectangle(&d, 440, 90, 180, 120);
  drawing_arrow(&d, 242, 150, 437, 152, 24, 0);
  glyph_page *page = read_drawing(&d, 0);
  assert_int_equal(page->shape_count, 3);
  assert_int_equal(page->connector_count, 1);
  assert_int_equal(page->connectors[0].arrow, GLYPH_ARROW_END);
  assert_string_equal(page->shapes[page->connectors[0].from].kind, "ellipse");
  glyph_page_close(&page);
}

/* Two rows a little askew, each shape joined to the one after it, drawn in another order than they are read. */
static void shapes_are_listed_in_reading_order(void **state) {
  (void)state;
  static const int places[6][2] = {{50, 66}, {310, 50}, {570, 74}, {50, 310}, {310, 300}, {570, 286}};
  static const size_t ends[5][2] = {{0, 1}, {1, 2}, {2, 5}, {3, 4}, {4, 5}};
  drawing d = drawing_open(760, 460, 3);
  for (int i = 5; i >= 0; i--) drawing_rectangle(&d, places[i][0], places[i][1], 140, 100 + 10 * (i % 2));
  for (int i = 4; i >= 0; i--)
    if (i != 2)
      drawing_arrow(&d, places[i][0] + 140, places[i][1] + 50, places[i + 1][0], places[i + 1][1] + 50, 24, 1);
  drawing_arrow(&d, 640, 174, 640, 286, 24, 1);
  glyph_page *page = read_drawing(&d, 0);
  assert_int_equal(page->shape_count, 6);
  for (int i = 0; i < 6; i++) {
    assert_true(abs(page->shapes[i].box.x - places[i][0]) < 10);
    assert_true(abs(page->shapes[i].box.y - places[i][1]) < 10);
  }
  assert_int_equal(page->connector_count, 5);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(page->connectors[i].from, ends[i][0]);
    assert_int_equal(page->connectors[i].to, ends[i][1]);
  }
  glyph_page_close(&page);
}

static void lines_of_the_paper_are_no_shapes(void **state) {
  (void)state;
  drawing d = drawing_open(640, 480, 1);
  for (int y = 20; y < 480; y += 40)
    assert_int_equal(shim_draw_line(&d.image, 0, y, 639, y + 3, (shim_colour){180, 0, 0}, 1), SHIM_OK);
  for (int x = 15; x < 640; x += 40)
    assert_int_equal(shim_draw_line(&d.image, x, 0, x - 3, 479, (shim_colour){180, 0, 0}, 1), SHIM_OK);
  d.pen = 4;
  drawing_polygon(&d, (double[]){320, 110, 470, 330, 170, 325}, 3);
  glyph_page *page = read_drawing(&d, 0);
  only_shape(page, "triangle");
  glyph_page_close(&page);
}

static void light_on_dark_is_the_same(void **state) {
  (void)state;
  drawing d = drawing_open(400, 300, 4);
  drawing_rectangle(&d, 60, 60, 260, 150);
  for (int i = 0; i < d.image.width * d.image.height; i++) d.image.data[i] = (uint8_t)(255 - d.image.data[i]);
  glyph_page *page = read_drawing(&d, 0);
  only_shape(page, "rectangle");
  glyph_page_close(&page);
}

static void tidy_makes_right_what_is_nearly_so(void **state) {
  (void)state;
  drawing d = drawing_open(700, 300, 3);
  drawing_polygon(&d, (double[]){60, 70, 300, 82, 292, 212, 52, 204}, 4);
  drawing_ellipse(&d, 520, 147, 86, 80, 30, 1);
  glyph_page *page = read_drawing(&d, 1);
  assert_int_equal(page->shape_count, 2);
  for (size_t i = 0; i < 2; i++) {
    const glyph_shape *s = &page->shapes[i];
    if (s->polygon_count) {
      assert_string_equal(s->kind, "rectangle");
      for (size_t k = 0; k < 4; k++) {
        const double *a = s->polygon[k], *b = s->polygon[(k + 1) % 4];
        assert_true(fabs(a[0] - b[0]) < 1e-6 || fabs(a[1] - b[1]) < 1e-6);
      }
    } else {
      assert_true(s->radii[0] == s->radii[1]);
    }
  }
  glyph_page_close(&page);
}

static void pages_of_digits_have_no_shapes(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    page_spec spec;
    page_picture picture;
    glyph_reader *reader = NULL;
    glyph_page *page = NULL;
    glyph_error error = {0};
    page_spec_random(&spec, 4000 + seed, (double)seed / 8);
    assert_int_equal(page_draw(&spec, &picture, NULL), 0);
    const glyph_pixels pixels = {picture.data, picture.width, picture.height, 3, (ptrdiff_t)picture.width * 3};
    assert_int_equal(glyph_reader_open(&reader, NULL, &error), GLYPH_OK);
    assert_int_equal(glyph_read_shapes_pixels(reader, &pixels, "page", &page, &error), GLYPH_OK);
    for (size_t i = 0; i < page->shape_count; i++)
      if (page->shapes[i].confidence > 0.5) fail_msg("seed %d: %s", (int)seed, page->shapes[i].kind);
    glyph_page_close(&page);
    glyph_reader_close(&reader);
    page_picture_free(&picture);
  }
}

static void odd_pictures_are_read_without_shapes(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {7, 5}, {90, 60}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int gray = 0; gray <= 255; gray += 85) {
      drawing d = {grid_blank(sizes[i][0], sizes[i][1], gray), 1, 0, 1};
      glyph_page *page = read_drawing(&d, 1);
      assert_int_equal(page->shape_count, 0);
      assert_int_equal(page->connector_count, 0);
      glyph_page_close(&page);
    }
  drawing d = drawing_open(300, 200, 1); /* noise: whatever is found, it is found in order */
  for (int i = 0; i < 300 * 200; i++) d.image.data[i] = (uint8_t)(128 + 127 * drawing_random(&d));
  glyph_page *page = read_drawing(&d, 0);
  for (size_t i = 0; i < page->connector_count; i++)
    assert_true(page->connectors[i].from < page->shape_count && page->connectors[i].to < page->shape_count);
  glyph_page_close(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(corners_are_where_the_sides_would_meet),
      cmocka_unit_test(the_tip_of_a_thin_triangle_is_where_its_sides_meet),
      cmocka_unit_test(a_rectangle_has_right_angles_however_it_was_drawn),
      cmocka_unit_test(an_ellipse_has_its_axes),
      cmocka_unit_test(kinds_are_told_apart_in_many_sizes_and_pens),
      cmocka_unit_test(nearly_round_is_a_circle_and_nearly_square_a_square),
      cmocka_unit_test(shapes_in_shapes_and_across_each_other_are_all_found),
      cmocka_unit_test(filled_shapes_are_found_as_such),
      cmocka_unit_test(arrows_lead_from_shape_to_shape),
      cmocka_unit_test(strokes_that_stand_alone_are_lines_arrows_and_crosses),
      cmocka_unit_test(connectors_lead_from_shape_to_shape_within_a_frame),
      cmocka_unit_test(shapes_are_listed_in_reading_order),
      cmocka_unit_test(lines_of_the_paper_are_no_shapes),
      cmocka_unit_test(light_on_dark_is_the_same),
      cmocka_unit_test(tidy_makes_right_what_is_nearly_so),
      cmocka_unit_test(pages_of_digits_have_no_shapes),
      cmocka_unit_test(odd_pictures_are_read_without_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
