/* What the digits of a reading weigh, and whose company they are in, from made-up pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/evidence.h"

enum { MARKS_MAX = 16, PITCH = 40, WIDE = 20, HIGH = 30 };

typedef struct made_page {
  glyph_page page;
  glyph_glyph glyphs[MARKS_MAX];
  glyph_box marks[MARKS_MAX];
  size_t count;
} made_page;

/* A line of marks: digits, '.' for a speck, '_' for nothing, and letters for what was not read. */
static void write_marks(const char *line, made_page *made) {
  memset(made, 0, sizeof *made);
  made->page.glyphs = made->glyphs;
  for (int i = 0; line[i]; i++) {
    const int speck = line[i] == '.';
    const glyph_box box = {100 + i * PITCH, speck ? 110 : 100, speck ? 4 : WIDE, speck ? 4 : HIGH};
    if (line[i] == '_') continue;
    made->marks[made->count++] = box;
    if (line[i] < '0' || line[i] > '9') continue;
    glyph_glyph *glyph = &made->glyphs[made->page.glyph_count++];
    *glyph = (glyph_glyph){.text = {line[i]}, .confidence = 0.9, .box = box};
  }
}

static void digits_are_told_by_their_neighbours(void **state) {
  (void)state;
  static const struct {
    const char *line;
    double least, most;
  } cases[] = {
      {"", 0, 0},          {"xyz", 0, 0},       {"2345", 0, 0},        {"7", 0, 0},           {"7x", 1, 1},
      {"x7x", 1, 1},       {"7.", 0, 0},        {".7.x", 1, 1},        {"7____x", 0, 0},      {"x2345x", 0, 0.5},
      {"x7xx4xx6x", 1, 1}, {"24_xyz_35", 0, 0}, {"1x_24", 0.02, 0.03}, {"x1_7_4x", 0.4, 0.6}, {"2x____345", 0.2, 0.3},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    made_page made;
    write_marks(cases[i].line, &made);
    const double share = evidence_beside_others(&made.page, made.marks, made.count);
    if (share < cases[i].least - 1e-9 || share > cases[i].most + 1e-9) fail_msg("'%s': %g", cases[i].line, share);
  }
}

/* Touching digits that were cut have one mark together, which is no stranger to them or to those beside them. */
static void a_mark_of_several_digits_is_theirs(void **state) {
  (void)state;
  made_page made;
  write_marks("2468", &made);
  made.marks[0].width += PITCH;
  made.marks[1] = made.marks[2];
  made.marks[1].width += PITCH;
  assert_true(evidence_beside_others(&made.page, made.marks, 2) == 0);
}

static void ones_weigh_little(void **state) {
  (void)state;
  made_page digits, ones;
  write_marks("2345", &digits);
  write_marks("111111", &ones);
  assert_true(evidence_digits(&digits.page) > 3.5 && evidence_digits(&digits.page) <= 4);
  assert_true(evidence_digits(&ones.page) > 0 && evidence_digits(&ones.page) < 1);
  assert_true(evidence_area(&digits.page) > evidence_area(&ones.page));
  for (size_t i = 0; i < digits.page.glyph_count; i++) digits.glyphs[i].box.height *= 2;
  assert_true(evidence_area(&digits.page) > 3 * 4 * 0.9 * HIGH * HIGH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digits_are_told_by_their_neighbours),
      cmocka_unit_test(a_mark_of_several_digits_is_theirs),
      cmocka_unit_test(ones_weigh_little),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
