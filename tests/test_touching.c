/* Touching digits: cuts and the search over pieces on drawn grids, and strings of touching digits end to end. The
 * floors are what was measured on 200 strings less about three points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pipeline/stages/stages.h"
#include "../pipeline/touching.h"
#include "generator/touching.h"

/* A glyph whose mask is the grid: '#' is ink. */
static stage_glyph glyph_of(const char *const *rows, int height) {
  stage_glyph glyph = {.width = (int)strlen(rows[0]), .height = height, .stroke_width = 2};
  assert_int_equal(shim_image_create(&glyph.mask, glyph.width, height, 1), SHIM_OK);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < glyph.width; x++) {
      glyph.mask.data[y * glyph.mask.stride + x] = rows[y][x] == '#' ? 255 : 0;
      glyph.area += rows[y][x] == '#';
    }
  return glyph;
}

/* Two rings joined by one thread of ink. */
static const char *const rings[] = {
    ".####......####.", "######....######", "##..##....##..##", "##..##....##..##", "##..########..##",
    "##..##....##..##", "##..##....##..##", "##..##....##..##", "######....######", ".####......####.",
};
enum { RINGS_HEIGHT = sizeof rings / sizeof *rings };

static void test_a_cut_parts_two_rings(void **state) {
  (void)state;
  stage_glyph glyph = glyph_of(rings, RINGS_HEIGHT);
  stage_split split;
  int parted = 0;
  assert_int_equal(stage_split_find(&glyph, &split), SHIM_OK);
  assert_true(split.cut_count > 0 && split.cut_count <= STAGE_CUTS_MAX);
  for (int cut = 1; cut <= split.cut_count; cut++) {
    stage_glyph left, right;
    assert_int_equal(stage_split_piece(&glyph, &split, 0, cut, &left), SHIM_OK);
    assert_int_equal(stage_split_piece(&glyph, &split, cut, split.cut_count + 1, &right), SHIM_OK);
    assert_true(left.area + right.area == glyph.area); /* no ink is lost or doubled */
    parted |= left.width <= 10 && right.width <= 10 && left.height == RINGS_HEIGHT && right.height == RINGS_HEIGHT;
    stage_glyph_free(&left);
    stage_glyph_free(&right);
  }
  assert_true(parted);
  stage_split_free(&split);
  stage_glyph_free(&glyph);
}

static void test_cuts_of_the_smallest_and_of_solid_ink(void **state) {
  (void)state;
  static const char *const dot[] = {"#"};
  static const char *const bar[] = {"########################################"};
  static const char *const solid[] = {"########", "########", "########", "########"};
  const struct {
    const char *const *rows;
    int height;
  } grids[] = {{dot, 1}, {bar, 1}, {solid, 4}};
  for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
    stage_glyph glyph = glyph_of(grids[i].rows, grids[i].height);
    stage_split split;
    assert_int_equal(stage_split_find(&glyph, &split), SHIM_OK);
    assert_true(split.cut_count >= 0 && split.cut_count <= STAGE_CUTS_MAX);
    for (int k = 0; k < glyph.width * glyph.height; k++) assert_true(split.slots[k] <= split.cut_count);
    stage_split_free(&split);
    stage_glyph_free(&glyph);
  }
}

static void test_the_lattice_takes_the_likeliest_way(void **state) {
  (void)state;
  const stage_arc arcs[] = {
      {0, 1, log(0.3), 20}, {0, 2, log(0.9), 20}, {1, 2, log(0.4), 20}, {1, 3, log(0.5), 20}, {2, 3, log(0.8), 20}};
  size_t path[3], length;
  double score;
  assert_int_equal(stage_lattice_find(arcs, 5, 3, path, &length, &score), SHIM_OK);
  assert_int_equal(length, 2);
  assert_int_equal(path[0], 1);
  assert_int_equal(path[1], 4);
  assert_true(fabs(score - log(0.72)) < 1e-9);
}

static void test_the_lattice_knows_no_way(void **state) {
  (void)state;
  const stage_arc arcs[] = {{0, 1, 0, 20}, {2, 3, 0, 20}};
  size_t path[3], length;
  double score;
  assert_int_equal(stage_lattice_find(arcs, 2, 4, path, &length, &score), SHIM_OK);
  assert_int_equal(length, 0);
  assert_int_equal(stage_lattice_find(NULL, 0, 1, path, &length, &score), SHIM_OK);
  assert_int_equal(length, 0);
}

/* A whole digit and a splinter half as high lose against two equal ones that read a little worse. */
static void test_the_lattice_prefers_equal_heights(void **state) {
  (void)state;
  const stage_arc arcs[] = {{0, 1, log(0.9), 40}, {0, 2, log(0.8), 40}, {1, 3, log(0.9), 15}, {2, 3, log(0.8), 38}};
  size_t path[3], length;
  double score;
  assert_int_equal(stage_lattice_find(arcs, 4, 3, path, &length, &score), SHIM_OK);
  assert_int_equal(length, 2);
  assert_int_equal(path[0], 1);
}

/* ---- chains beside what is near ---- */

enum { NEIGHBOURS = 4 };

typedef struct chain {
  stage_glyphs glyphs; /* the rings, then their neighbours */
  judge_verdict *verdicts;
} chain;

/* The network reads the left ring as a 6 so surely, the right one, all other pieces not at all, and what stands beside
 * them as 5s. Settles what becomes of the rings. */
static chain settle_chain(double left, double right, double beside) {
  chain c = {.verdicts = calloc(1 + NEIGHBOURS, sizeof *c.verdicts)};
  touching work = {0};
  assert_non_null(c.verdicts);
  for (int i = 0; i <= NEIGHBOURS; i++) {
    stage_glyph glyph = glyph_of(rings, RINGS_HEIGHT);
    glyph.contrast = 100;
    glyph.x = 30 * i;
    assert_int_equal(stage_glyphs_append(&c.glyphs, &glyph), SHIM_OK);
    c.verdicts[i].glyph = (glyph_glyph){.text = "5", .confidence = i ? beside : 0.001};
  }
  assert_int_equal(touching_add(&work, &c.glyphs, 0), SHIM_OK);
  for (size_t i = 0; i < work.pieces.count; i++) {
    const stage_glyph *piece = &work.pieces.items[i];
    const int is_ring = piece->height == RINGS_HEIGHT && piece->width >= 6 && piece->width <= 10;
    work.verdicts[i].glyph = (glyph_glyph){.text = "6", .confidence = !is_ring ? 1e-5 : piece->x == 0 ? left : right};
  }
  assert_int_equal(touching_propose(&work, c.verdicts), SHIM_OK);
  assert_int_equal(touching_settle(&work, &c.glyphs, c.glyphs.count, &c.verdicts), SHIM_OK);
  touching_free(&work);
  return c;
}

static void free_chain(chain *c) {
  stage_glyphs_free(&c->glyphs);
  free(c->verdicts);
}

static void test_a_sure_chain_stands(void **state) {
  (void)state;
  chain c = settle_chain(0.9, 0.9, 0.99);
  assert_int_equal(c.glyphs.count, 1 + NEIGHBOURS + 2);
  assert_int_equal(c.verdicts[0].decision, JUDGE_REPLACED);
  for (size_t i = 1 + NEIGHBOURS; i < c.glyphs.count; i++) assert_int_equal(c.verdicts[i].decision, JUDGE_ACCEPTED);
  free_chain(&c);
}

static void test_a_weak_piece_is_rejected_alone(void **state) {
  (void)state;
  chain c = settle_chain(0.9, 0.1, 0.99);
  assert_int_equal(c.glyphs.count, 1 + NEIGHBOURS + 2);
  assert_int_equal(c.verdicts[0].decision, JUDGE_REPLACED);
  assert_int_equal(c.verdicts[1 + NEIGHBOURS].decision, JUDGE_ACCEPTED);
  assert_true(judge_doubts_shape(&c.verdicts[2 + NEIGHBOURS]));
  free_chain(&c);
}

static void test_a_doubtful_chain_among_letters_falls(void **state) {
  (void)state;
  chain c = settle_chain(0.4, 0.4, 0.01);
  assert_int_equal(c.glyphs.count, 1 + NEIGHBOURS);
  assert_int_not_equal(c.verdicts[0].decision, JUDGE_REPLACED);
  free_chain(&c);
  c = settle_chain(0.4, 0.4, 0.99); /* which among digits stands */
  assert_int_equal(c.glyphs.count, 1 + NEIGHBOURS + 2);
  free_chain(&c);
}

/* ---- strings ---- */

static void read_strings(const digit_samples *samples, int digits, int all_touch, double floor) {
  enum { STRINGS = 200 };
  touching_spec spec;
  touching_score score = {0};
  glyph_reader *reader;
  glyph_error error;
  assert_int_equal(glyph_reader_open(&reader, NULL, &error), GLYPH_OK);
  touching_spec_init(&spec, 1);
  spec.digits = digits;
  spec.all_touch = all_touch;
  for (; score.strings < STRINGS; spec.seed++)
    assert_int_equal(touching_score_page(reader, &spec, samples, &score, NULL, NULL, &error), 0);
  glyph_reader_close(&reader);
  const double right = (double)score.right / (double)score.strings;
  print_message("%d digits%s: %zu strings, %.3f right\n", digits, all_touch ? ", touching" : "", score.strings, right);
  assert_true(right >= floor);
}

static void test_drawn_strings(void **state) {
  (void)state;
  digit_samples samples;
  assert_int_equal(digit_samples_draw(&samples, 2000, 1), 0);
  read_strings(&samples, 1, 0, 0.97);
  read_strings(&samples, 2, 1, 0.85);
  digit_samples_free(&samples);
}

static void test_strings_of_real_writers(void **state) {
  (void)state;
  digit_samples samples;
  const int status = digit_samples_read(&samples, SAMPLES_TUNING);
  assert_true(status >= 0);
  if (status > 0) {
    print_message("SKIPPED: no MNIST in GLYPHLIFT_DATA\n");
    skip();
  }
  read_strings(&samples, 1, 0, 0.96);
  read_strings(&samples, 2, 1, 0.91);
  read_strings(&samples, 3, 1, 0.8);
  digit_samples_free(&samples);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_cut_parts_two_rings),
      cmocka_unit_test(test_cuts_of_the_smallest_and_of_solid_ink),
      cmocka_unit_test(test_the_lattice_takes_the_likeliest_way),
      cmocka_unit_test(test_the_lattice_knows_no_way),
      cmocka_unit_test(test_the_lattice_prefers_equal_heights),
      cmocka_unit_test(test_a_sure_chain_stands),
      cmocka_unit_test(test_a_weak_piece_is_rejected_alone),
      cmocka_unit_test(test_a_doubtful_chain_among_letters_falls),
      cmocka_unit_test(test_drawn_strings),
      cmocka_unit_test(test_strings_of_real_writers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
