/* Numbers followed from frame to frame: what is told, when, and how often, of pages made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pipeline/camera/motion.h"
#include "../pipeline/camera/pick.h"
#include "../pipeline/camera/shapes.h"
#include "../pipeline/camera/tracks.h"

enum { NUMBERS_MAX = 16, GLYPHS_MAX = 64, WIDTH = 1280, HEIGHT = 720, TOLD_MAX = 4096 };
static const double frame_ms = 1000.0 / 30;

/* A frame as the reader would have read it: numbers of digits 40 pixels high and 30 apart, in one line. */
typedef struct frame {
  glyph_glyph glyphs[GLYPHS_MAX];
  glyph_number numbers[NUMBERS_MAX];
  glyph_line line;
  glyph_page page;
} frame;

static void frame_clear(frame *f) {
  memset(f, 0, sizeof *f);
  f->page = (glyph_page){.number = 1,
                         .width = WIDTH,
                         .height = HEIGHT,
                         .lines = &f->line,
                         .line_count = 1,
                         .numbers = f->numbers,
                         .glyphs = f->glyphs};
}

/* Each digit has the confidence; `second` (0: none) is the alternative to the last one, with what is left. */
static void frame_add(frame *f, const char *text, double x, double y, double confidence, char second) {
  const size_t length = strlen(text), first = f->page.glyph_count;
  glyph_number *n = &f->numbers[f->page.number_count++];
  const double right = x + 30.0 * (double)length, foot = y + 40;
  *n = (glyph_number){.text = text,
                      .confidence = confidence,
                      .first_glyph = first,
                      .glyph_count = length,
                      .box = {(int)x, (int)y, (int)(right - x), 40},
                      .quad = {{x, y}, {right, y}, {right, foot}, {x, foot}}};
  for (size_t i = 0; i < length; i++) {
    glyph_glyph *g = &f->glyphs[first + i];
    *g = (glyph_glyph){.text = {text[i]}, .confidence = confidence, .box = {(int)x + 30 * (int)i, (int)y, 26, 40}};
    if (second && i + 1 == length) {
      g->alternatives[0] = (glyph_alternative){{second}, 1 - confidence};
      g->alternative_count = 1;
    }
  }
  f->page.glyph_count += length;
  f->line.number_count++;
}

/* A camera that is shown frames; `told` has what it told, each with a blank after it. */
typedef struct watch {
  tracks *tracks;
  double now_ms;
  char told[TOLD_MAX];
} watch;

static void watch_start(watch *w) {
  static const tracks_settings settings = {200, 1500, 0.8, 0};
  *w = (watch){.tracks = tracks_open(&settings)};
  assert_non_null(w->tracks);
}

static void watch_end(watch *w, const char *expected) {
  assert_string_equal(w->told, expected);
  tracks_close(&w->tracks);
  assert_null(w->tracks);
}

static void show(watch *w, const frame *f) {
  tracks_reading readings[NUMBERS_MAX];
  tracks_update(w->tracks, &f->page, w->now_ms, readings);
  glyph_page *steady = pick_numbers(&f->page, readings, 1, 0);
  assert_non_null(steady);
  for (size_t i = 0; i < steady->number_count; i++) {
    strcat(w->told, steady->numbers[i].text);
    strcat(w->told, " ");
  }
  pick_free(&steady);
  w->now_ms += frame_ms;
}

static void show_number(watch *w, int frames, const char *text, double x, double y) {
  frame f;
  for (int i = 0; i < frames; i++) {
    frame_clear(&f);
    if (text) frame_add(&f, text, x, y, 0.98, 0);
    show(w, &f);
  }
}

static void a_steady_number_is_told_once(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  show_number(&w, 3, "3268", 400, 300);
  assert_string_equal(w.told, "");
  show_number(&w, 200, "3268", 400, 300);
  watch_end(&w, "3268 ");
}

static void it_is_told_again_only_after_it_was_gone(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  show_number(&w, 20, "3268", 400, 300);
  show_number(&w, 30, NULL, 0, 0); /* a second */
  show_number(&w, 60, "3268", 700, 500);
  assert_string_equal(w.told, "3268 ");
  show_number(&w, 50, NULL, 0, 0);
  show_number(&w, 60, "3268", 400, 300);
  watch_end(&w, "3268 3268 ");
}

static void a_misreading_now_and_then_is_outvoted(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 200; i++) show_number(&w, 1, i % 4 == 3 ? "3258" : i % 9 == 8 ? "326" : "3268", 400, 300);
  watch_end(&w, "3268 ");
}

static void a_changed_number_is_told(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  show_number(&w, 30, "3268", 400, 300);
  show_number(&w, 6, "3258", 400, 300); /* a moment is no change */
  show_number(&w, 30, "3268", 400, 300);
  assert_string_equal(w.told, "3268 ");
  show_number(&w, 60, "32681", 400, 300);
  watch_end(&w, "3268 32681 ");
}

static void another_sheet_in_its_place_is_told(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  show_number(&w, 30, "3268", 400, 300);
  show_number(&w, 60, "911", 405, 302);
  watch_end(&w, "3268 911 ");
}

static void flicker_is_not_told(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 100; i++) show_number(&w, 1, i % 5 ? NULL : "7", 100 + 37 * (i % 11), 100 + 31 * (i % 7));
  watch_end(&w, "");
}

/* A machine that reads a frame a second. */
static void rare_frames_are_enough(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 30; i++, w.now_ms += 1000) show_number(&w, 1, i >= 15 && i < 22 ? NULL : "3268", 400, 300);
  watch_end(&w, "3268 3268 ");
}

static void doubtful_numbers_are_not_told(void **state) {
  watch w;
  frame f;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 60; i++) {
    frame_clear(&f);
    frame_add(&f, "41", 400, 300, 0.55, '7');
    frame_add(&f, "88", 400, 500, 0.97, 0);
    show(&w, &f);
  }
  watch_end(&w, "88 ");
}

/* Two frames in three say 1 with 0.55, one says 7 with 0.99: the evidence is for 7. */
static void probabilities_are_summed_not_counted(void **state) {
  vote v = {0};
  frame f;
  glyph_glyph glyph = {0};
  (void)state;
  for (int i = 0; i < 9; i++) {
    frame_clear(&f);
    if (i % 3 < 2)
      frame_add(&f, "1", 400, 300, 0.55, '7');
    else
      frame_add(&f, "7", 400, 300, 0.99, '1');
    vote_add(&v, &f.page, &f.numbers[0], i);
  }
  vote_glyph(vote_best(&v), 0, &glyph);
  assert_string_equal(glyph.text, "7");
  assert_string_equal(glyph.alternatives[0].text, "1");
  assert_true(glyph.confidence > 0.5 && glyph.confidence < 0.999);
  assert_true(glyph.confidence + glyph.alternatives[0].confidence <= 1.000001);
}

static void a_vote_grows_no_surer_than_its_frames_are_independent(void **state) {
  vote v = {0};
  frame f;
  glyph_glyph one = {0}, many = {0};
  (void)state;
  frame_clear(&f);
  frame_add(&f, "3", 400, 300, 0.9, '8');
  vote_add(&v, &f.page, &f.numbers[0], 0);
  vote_glyph(vote_best(&v), 0, &one);
  for (int i = 1; i < 1000; i++) vote_add(&v, &f.page, &f.numbers[0], i);
  vote_glyph(vote_best(&v), 0, &many);
  assert_true(one.confidence > 0.89 && one.confidence < 0.91);
  assert_true(many.confidence > one.confidence && many.confidence < 0.99);
}

static void a_moving_sheet_keeps_its_numbers(void **state) {
  static const char *const texts[] = {"17", "17", "4096", "530"};
  watch w;
  frame f;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 90; i++) { /* 300 pixels a second, and at the 40th frame a jump */
    const double x = 150 + 5 * i + (i >= 40 ? 90 : 0), y = 150 + 2 * i;
    frame_clear(&f);
    for (int k = 0; k < 4; k++) frame_add(&f, texts[k], x + 10 * k, y + 70 * k, 0.97, 0);
    show(&w, &f);
  }
  watch_end(&w, "17 17 4096 530 ");
}

/* It leaves upwards and is back at once, with smears of what is cut off: two long texts outweigh them. */
static void a_sheet_that_nearly_left_is_the_same(void **state) {
  watch w;
  frame f;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 60; i++) {
    const double down = i < 20 ? 0 : 70;
    frame_clear(&f);
    if (i < 20) {
      frame_add(&f, "3268", 300, 100, 0.97, 0);
      frame_add(&f, "40961", 500, 100, 0.97, 0);
      frame_add(&f, "27", 800, 100, 0.97, 0);
    }
    frame_add(&f, "5807", 300, 200 + down, 0.97, 0);
    frame_add(&f, "914", 500, 210 + down, 0.97, 0);
    for (int k = 0; k < 4 && i >= 20 && i < 23; k++) frame_add(&f, "1", 310 + 60 * k, 60 + down, 0.9, 0);
    show(&w, &f);
  }
  watch_end(&w, "3268 40961 27 5807 914 ");
}

/* The sheet slides in from the left: first the last digits are seen. */
static void half_a_number_at_the_border_is_not_told(void **state) {
  watch w;
  (void)state;
  watch_start(&w);
  show_number(&w, 30, "8", 10, 300);
  show_number(&w, 30, "68", 15, 300);
  show_number(&w, 40, "3268", 200, 300);
  show_number(&w, 60, "3268", 200, 685); /* its foot is cut off, but it is the same number */
  watch_end(&w, "3268 ");
}

/* Out of focus two numbers run together for half a second, and a part of one is seen. */
static void what_runs_together_for_a_moment_is_not_told(void **state) {
  watch w;
  frame f;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < 120; i++) {
    frame_clear(&f);
    if (i < 40 || i >= 55) {
      frame_add(&f, "326", 300, 300, 0.97, 0);
      frame_add(&f, "175", 430, 300, 0.97, 0);
    } else if (i < 48) {
      frame_add(&f, "326175", 300, 300, 0.9, 0);
    } else {
      frame_add(&f, "26", 330, 300, 0.9, 0);
    }
    show(&w, &f);
  }
  watch_end(&w, "326 175 ");
}

static void many_numbers_do_no_harm(void **state) {
  enum { COUNT = 1000 };
  static glyph_glyph glyphs[COUNT];
  static glyph_number numbers[COUNT];
  static tracks_reading readings[COUNT];
  watch w;
  (void)state;
  watch_start(&w);
  for (int i = 0; i < COUNT; i++) {
    const int x = 70 + 22 * (i % 50), y = 70 + 28 * (i / 50);
    glyphs[i] = (glyph_glyph){.text = "5", .confidence = 0.99, .box = {x, y, 10, 14}};
    numbers[i] = (glyph_number){.text = "5",
                                .confidence = 0.99,
                                .box = {x, y, 10, 14},
                                .first_glyph = (size_t)i,
                                .glyph_count = 1,
                                .quad = {{x, y}, {x + 10, y}, {x + 10, y + 14}, {x, y + 14}}};
  }
  const glyph_page page = {.width = WIDTH,
                           .height = HEIGHT,
                           .numbers = numbers,
                           .number_count = COUNT,
                           .glyphs = glyphs,
                           .glyph_count = COUNT};
  size_t told = 0;
  for (int i = 0; i < 10; i++) {
    tracks_update(w.tracks, &page, i * frame_ms, readings);
    for (int k = 0; k < COUNT; k++) told += (size_t)readings[k].is_steady;
  }
  assert_in_range(told, 100, COUNT); /* as many as are followed, each once */
  watch_end(&w, "");
}

static void motion_is_found(void **state) {
  motion_item before[5], now[5];
  static const char *const texts[] = {"12", "345", "6", "78", "901"};
  const motion truth = {0.99, 0.05, 120, -40};
  motion found;
  (void)state;
  for (int i = 0; i < 5; i++) {
    before[i] = (motion_item){texts[i], 200 + 150 * i, 200 + 90 * (i % 3), 40};
    now[4 - i] = before[i];
    motion_apply(&truth, &now[4 - i].x, &now[4 - i].y);
  }
  motion_find(before, 5, now, 5, &found);
  for (int i = 0; i < 5; i++) {
    double x = before[i].x, y = before[i].y;
    motion_apply(&found, &x, &y);
    assert_true(x - now[4 - i].x < 1 && now[4 - i].x - x < 1 && y - now[4 - i].y < 1 && now[4 - i].y - y < 1);
  }
  motion_find(before, 5, now, 0, &found);
  assert_true(found.a == 1 && found.b == 0 && found.dx == 0 && found.dy == 0);
}

static void texts_are_compared(void **state) {
  (void)state;
  assert_true(motion_text_likeness("3268", "3268") == 1);
  assert_true(motion_text_likeness("3268", "3258") == 0.75);
  assert_true(motion_text_likeness("3268", "268") == 0.75);
  assert_true(motion_text_likeness("12", "34") == 0);
  assert_true(motion_text_likeness("", "") == 1);
}

/* Numbers in lines and in the cells of a table: what is picked keeps its place there. */
static void picked_pages_are_whole(void **state) {
  frame f;
  tracks_reading readings[4] = {{0}, {.is_steady = 1}, {0}, {.is_steady = 1}};
  static const double corners[][2] = {{0, 0}, {50, 0}, {0, 50}, {50, 50}};
  (void)state;
  frame_clear(&f);
  for (int i = 0; i < 4; i++) frame_add(&f, i == 1 ? "41" : "7", 100 + 100 * i, 100, 0.9, 0);
  f.line = (glyph_line){"7 41", {100, 100, 200, 40}, 0, 2};
  const glyph_cell cells[] = {{0, 0, 1, 1, "7", 0.9, {300, 100, 50, 50}, 2, 1},
                              {1, 0, 1, 1, "7", 0.9, {400, 100, 50, 50}, 3, 1}};
  const glyph_table table = {{{0}}, 1, 1, corners, 1, 0, 2};
  f.page.cells = cells, f.page.cell_count = 2;
  f.page.tables = &table, f.page.table_count = 1;
  glyph_page *steady = pick_numbers(&f.page, readings, 1, 0), *all = pick_numbers(&f.page, readings, 0, 0.95);
  assert_int_equal(steady->number_count, 2);
  assert_string_equal(steady->lines[0].text, "41");
  assert_int_equal(steady->lines[0].first_number, 0);
  assert_int_equal(steady->numbers[1].first_glyph, 2);
  assert_int_equal(steady->cell_count, 1);
  assert_int_equal(steady->cells[0].row, 1);
  assert_int_equal(steady->cells[0].first_number, 1);
  assert_int_equal(steady->tables[0].cell_count, 1);
  assert_int_equal(steady->tables[0].lines_above, 1);
  assert_int_equal(all->number_count, 4);
  assert_string_equal(all->lines[0].text, "? ??");
  pick_free(&steady);
  pick_free(&all);
  assert_null(all);
  pick_free(NULL);
  tracks_close(NULL);
}
/* Of three shapes one flickers between two kinds: the connector to it goes with it. */
static void shapes_are_followed_like_numbers(void **state) {
  static const tracks_settings settings = {200, 1500, 0.8, 0};
  tracks *t = tracks_open(&settings);
  tracks_reading readings[3];
  size_t told = 0;
  (void)state;
  for (int i = 0; i < 40; i++) {
    const glyph_shape shapes[] = {
        {.kind = "rectangle", .confidence = 0.97, .box = {200, 200, 100, 60}},
        {.kind = i % 2 ? "trapezoid" : "parallelogram", .confidence = 0.9, .box = {500, 200, 100, 60}},
        {.kind = "circle", .confidence = 0.97, .box = {800, 200, 80, 80}}};
    const glyph_connector connectors[] = {{0, 1, GLYPH_ARROW_END, NULL, 0}, {0, 2, GLYPH_ARROW_END, NULL, 0}};
    glyph_page page = {.width = WIDTH,
                       .height = HEIGHT,
                       .shapes = shapes,
                       .shape_count = 3,
                       .connectors = connectors,
                       .connector_count = 2};
    assert_int_equal(shapes_update(t, &page, i * frame_ms, readings), 0);
    for (int k = 0; k < 3; k++) told += (size_t)readings[k].is_steady;
    if (i < 39) continue;
    glyph_page *steady = pick_numbers(&page, NULL, 0, 0);
    assert_int_equal(pick_shapes(steady, readings), 0);
    assert_int_equal(steady->shape_count, 2);
    assert_string_equal(steady->shapes[1].kind, "circle");
    assert_int_equal(steady->connector_count, 1);
    assert_int_equal(steady->connectors[0].to, 1);
    pick_free(&steady);
  }
  assert_int_equal(told, 2);
  tracks_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_steady_number_is_told_once),
      cmocka_unit_test(it_is_told_again_only_after_it_was_gone),
      cmocka_unit_test(a_misreading_now_and_then_is_outvoted),
      cmocka_unit_test(a_changed_number_is_told),
      cmocka_unit_test(another_sheet_in_its_place_is_told),
      cmocka_unit_test(flicker_is_not_told),
      cmocka_unit_test(rare_frames_are_enough),
      cmocka_unit_test(doubtful_numbers_are_not_told),
      cmocka_unit_test(probabilities_are_summed_not_counted),
      cmocka_unit_test(a_vote_grows_no_surer_than_its_frames_are_independent),
      cmocka_unit_test(a_moving_sheet_keeps_its_numbers),
      cmocka_unit_test(a_sheet_that_nearly_left_is_the_same),
      cmocka_unit_test(half_a_number_at_the_border_is_not_told),
      cmocka_unit_test(what_runs_together_for_a_moment_is_not_told),
      cmocka_unit_test(many_numbers_do_no_harm),
      cmocka_unit_test(motion_is_found),
      cmocka_unit_test(texts_are_compared),
      cmocka_unit_test(picked_pages_are_whole),
      cmocka_unit_test(shapes_are_followed_like_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
