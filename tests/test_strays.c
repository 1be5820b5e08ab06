/* Numbers that are none, on drawn arrangements: rows of digits, and one mark that is more or less like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../pipeline/strays.h"

enum { NUMBERS = 9, DIGITS = 3, MARK = NUMBERS * DIGITS, REJECTED = 2, ALL = MARK + 1 + REJECTED };

typedef struct arrangement {
  stage_box boxes[ALL];
  judge_verdict verdicts[ALL];
  size_t chosen[MARK + 1];
  cells_item items[MARK + 1];
} arrangement;

/* Nine numbers of three digits 20 x 30 pixels large, and the mark, which is read with the given confidence. */
static void arrange(arrangement *a, const stage_box *mark, char read, double confidence) {
  memset(a, 0, sizeof *a);
  for (int i = 0; i <= MARK; i++) {
    const int number = i / DIGITS;
    a->boxes[i] = (stage_box){100 * (number % 3) + 22 * (i % DIGITS), 60 * (number / 3), 20, 30};
    a->verdicts[i].decision = JUDGE_ACCEPTED;
    a->verdicts[i].glyph = (glyph_glyph){.text = {'4'}, .confidence = 0.98};
    a->chosen[i] = (size_t)i;
    a->items[i] = (cells_item){number / 3, number, -1, -1};
  }
  a->boxes[MARK] = *mark;
  a->verdicts[MARK].glyph = (glyph_glyph){.text = {read}, .confidence = confidence};
}

/* Letters on both sides of the mark that were rejected. */
static void spell_around(arrangement *a) {
  const stage_box *mark = &a->boxes[MARK];
  for (int i = 0; i < REJECTED; i++) {
    a->boxes[MARK + 1 + i] = (stage_box){mark->x + (i ? 24 : -24), mark->y, 20, 30};
    a->verdicts[MARK + 1 + i].decision = JUDGE_REJECTED;
  }
}

static int is_rejected(const arrangement *a) {
  return a->verdicts[MARK].decision == JUDGE_REJECTED && !strcmp(a->verdicts[MARK].glyph.reason, "stray");
}

static size_t reject(arrangement *a, size_t candidates, size_t digits) {
  const strays_page page = {a->boxes, a->verdicts, candidates, a->chosen, a->items, digits};
  size_t rejected;
  assert_int_equal(strays_reject(&page, &rejected), SHIM_OK);
  for (int i = 0; i < MARK; i++) assert_int_equal(a->verdicts[i].decision, JUDGE_ACCEPTED);
  return rejected;
}

static void test_what_is_like_the_others_stays(void **state) {
  (void)state;
  const stage_box near = {60, 180, 20, 30}, slender = {60, 180, 5, 30};
  arrangement a;
  arrange(&a, &near, '4', 0.98);
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 0);
  arrange(&a, &near, '4', 0.5);
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 0);
  arrange(&a, &slender, '1', 0.95);
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 0);
}

static void test_a_stroke_of_another_size_far_away(void **state) {
  (void)state;
  const stage_box far = {900, 700, 6, 90};
  arrangement a;
  arrange(&a, &far, '1', 0.8);
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 1);
  assert_true(is_rejected(&a));
}

static void test_one_letter_of_a_word(void **state) {
  (void)state;
  const stage_box apart = {60, 240, 20, 30};
  arrangement a;
  arrange(&a, &apart, '7', 0.3);
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 0); /* alone it may be a digit */
  spell_around(&a);
  assert_int_equal(reject(&a, ALL, MARK + 1), 1);
  assert_true(is_rejected(&a));
}

/* One doubtful digit is nothing strange, nor are two; six in a row are, but on a page where all are doubtful. */
static void test_a_word_of_letters_like_digits(void **state) {
  (void)state;
  const stage_box near = {60, 180, 20, 30};
  for (int length = 1; length <= 6; length++)
    for (int doubtful_page = 0; doubtful_page < 2; doubtful_page++) {
      arrangement a;
      size_t rejected;
      arrange(&a, &near, '4', doubtful_page ? 0.5 : 0.98);
      for (int i = 0; i < MARK; i++) {
        if (i >= MARK - length) a.items[i].number = a.items[MARK - 1].number;
        if (i >= MARK - length || doubtful_page) a.verdicts[i].glyph.confidence = 0.5;
      }
      const strays_page page = {a.boxes, a.verdicts, MARK + 1, a.chosen, a.items, MARK + 1};
      assert_int_equal(strays_reject(&page, &rejected), SHIM_OK);
      if (length <= 2 || doubtful_page) assert_int_equal(rejected, 0);
      if (length == 6 && !doubtful_page) assert_int_equal(rejected, length);
    }
}

/* Neither in a table nor on a page with hardly a number. */
static void test_where_nothing_tells(void **state) {
  (void)state;
  const stage_box far = {900, 700, 6, 90};
  arrangement a;
  arrange(&a, &far, '1', 0.8);
  a.items[MARK].table = 0;
  assert_int_equal(reject(&a, MARK + 1, MARK + 1), 0);
  arrange(&a, &far, '1', 0.8);
  for (int i = 0; i < 4; i++) a.chosen[i] = (size_t)(MARK - i), a.items[i].number = i;
  assert_int_equal(reject(&a, MARK + 1, 4), 0);
  assert_int_equal(reject(&a, MARK + 1, 0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_like_the_others_stays), cmocka_unit_test(test_a_stroke_of_another_size_far_away),
      cmocka_unit_test(test_one_letter_of_a_word), cmocka_unit_test(test_a_word_of_letters_like_digits),
      cmocka_unit_test(test_where_nothing_tells)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
