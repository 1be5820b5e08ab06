/* glyphlift-train digits --finetune: a made-up hand, all of whose digits lean over by 50 degrees, is learned from a few
 * crops; what is said to bad folders; a model that got worse is not written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sys/stat.h>

#include "../nn/train/finetune.h"
#include "../pipeline/input/input.h"
#include "generator/strokes.h"
#include "train_program.h"

enum { SIDE = 96, MODEL_SIDE = PROGRAM_PICTURE_SIDE };

/* ---- a hand ------------------------------------------------------------------------------------------------------- */

/* Dark on light, or the other way round; turned clockwise. */
static void draw_digit(int digit, double degrees, int inverted, random_stream *random, uint8_t *out) {
  writer_style style;
  stroke_glyph glyph;
  writer_style_random(&style, random);
  stroke_digit(digit, &style, random, &glyph);
  const double c = cos(degrees * 0.017453292519943), s = sin(degrees * 0.017453292519943);
  memset(out, inverted ? 20 : 230, SIDE * SIDE);
  for (size_t i = 0; i < glyph.count; i++) {
    const stroke_point *p = &glyph.points[i];
    const double u = p->x - (glyph.left + glyph.right) / 2, v = p->y - 0.5, radius = p->radius * 60 + 0.5;
    const double x = SIDE / 2 + 60 * (c * u - s * v), y = SIDE / 2 + 60 * (s * u + c * v);
    for (int py = (int)(y - radius); py <= (int)(y + radius) + 1; py++)
      for (int px = (int)(x - radius); px <= (int)(x + radius) + 1; px++)
        if (px >= 0 && py >= 0 && px < SIDE && py < SIDE && hypot(px - x, py - y) <= radius)
          out[py * SIDE + px] = inverted ? 200 : 40;
  }
}

/* folder/hand/0..9, `count` pictures each; those of a digit learned as another where `wrong`, but not the held ones. */
static void draw_hand(const char *hand, int count, double degrees, int wrong) {
  random_stream random;
  uint8_t pixels[SIDE * SIDE];
  const shim_image picture = {pixels, SIDE, SIDE, 1, SIDE};
  random_start(&random, 7, 1);
  mkdir(in_folder("%s", hand), 0777);
  for (int digit = 0; digit < 10; digit++) {
    mkdir(in_folder("%s/%d", hand, digit), 0777);
    for (int i = 0; i < count; i++) {
      const int shown = wrong && i % 5 != 4 ? (digit + 1) % 10 : digit;
      draw_digit(shown, degrees, i % 2, &random, pixels);
      assert_int_equal(png_write_file(in_folder("%s/%d/%02d.png", hand, digit, i), &picture, NULL), GLYPH_OK);
    }
  }
}

static int set_up(void **state) {
  (void)state;
  folder = folder_make();
  unsetenv("GLYPHLIFT_DATA");
  draw_hand("leaning", 20, 50, 0);
  return 0;
}

/* ---- tests -------------------------------------------------------------------------------------------------------- */

/* The model that comes in gives the trainer's logits again before any training. */
static void test_model_comes_in_whole(void **state) {
  (void)state;
  nn_model_content content;
  nn_model *model;
  nn_session *session;
  train_trainer *trainer;
  train_config config;
  train_error error;
  enum { COUNT = 40 };
  train_dataset set = data_make(COUNT, MODEL_SIDE);
  train_config_initialise(&config);
  assert_int_equal(nn_model_read_digits(&content, NULL), NN_OK);
  const size_t classes = content.spec.classes;
  assert_int_equal(train_finetune_open(&trainer, &content, config, &set, 1, &error), TRAIN_OK);
  assert_int_equal(nn_model_open_as(&model, NULL, NN_PRECISION_FP32, NULL), NN_OK);
  assert_int_equal(nn_session_open(&session, model, COUNT, NULL), NN_OK);
  float *own = calloc(COUNT * classes, sizeof *own), *shipped = calloc(COUNT * classes, sizeof *shipped);
  assert_non_null(own);
  assert_non_null(shipped);
  train_trainer_predict(trainer, set.pixels, COUNT, own);
  assert_int_equal(nn_session_run(session, set.pixels, COUNT, shipped), NN_OK);
  for (size_t i = 0; i < COUNT * classes; i++)
    assert_true(fabsf(own[i] - shipped[i]) < 1e-3f * (1 + fabsf(shipped[i])));
  free(own);
  free(shipped);
  nn_session_close(&session);
  nn_model_close(&model);
  train_trainer_close(&trainer);
  nn_model_content_free(&content);
  train_dataset_free(&set);
}

static void test_a_hand_is_learned(void **state) {
  (void)state;
  double before = -1, after = -1;
  assert_int_equal(run("digits --finetune '%s/leaning' --out '%s/own.glnn' --threads 2", folder, folder), 0);
  expect_in("err", "160 pictures to learn from, 40 kept");
  expect_in("err", "without MNIST");
  const char *text = read_text("out");
  assert_int_equal(sscanf(text, "kept pictures: %lf %% right before, %lf %% after", &before, &after), 2);
  print_message("%.1f %% before, %.1f %% after\n", before, after);
  assert_true(after >= before + 5);
  /* It is a model like any other: it opens, and goes on being trained. */
  nn_model *model;
  assert_int_equal(nn_model_open_file(&model, in_folder("own.glnn"), NULL), NN_OK);
  assert_int_equal(nn_model_get_info(model)->classes, 11);
  assert_non_null(strstr(nn_model_get_info(model)->training_record, "--finetune"));
  nn_model_close(&model);
  assert_int_equal(
      run("digits --finetune='%s/leaning' --model '%s/own.glnn' --out '%s/again.glnn' -q", folder, folder, folder), 0);
}

/* Among other pictures, of which none can be forgotten: that folder's are no digits. */
static void test_rehearsal(void **state) {
  (void)state;
  write_part("train", 300, 0);
  assert_int_equal(run("digits --finetune '%s/leaning' --data '%s' --out '%s/r.glnn' --force", folder, folder, folder),
                   0);
  expect_in("out", "MNIST's last training pictures");
}

/* A model that has learned a hand forgets it when it is told that hand's digits wrong. */
static void test_worse_is_not_written(void **state) {
  (void)state;
  draw_hand("wrong", 40, 50, 1);
  assert_int_equal(run("digits --finetune '%s/leaning' --out '%s/learned.glnn' -q", folder, folder), 0);
  assert_int_equal(
      run("digits --finetune '%s/wrong' --model '%s/learned.glnn' --out '%s/wrong.glnn'", folder, folder, folder), 1);
  expect_in("err", "got worse");
  assert_int_equal(access(in_folder("wrong.glnn"), F_OK), -1);
  assert_int_equal(run("digits --finetune '%s/wrong' --model '%s/learned.glnn' --out '%s/wrong.glnn' --force", folder,
                       folder, folder),
                   0);
  assert_int_equal(access(in_folder("wrong.glnn"), F_OK), 0);
}

static void test_bad_folders(void **state) {
  (void)state;
  draw_hand("bad", 5, 0, 0);
  remove(in_folder("bad/4/03.png"));
  assert_int_equal(run("digits --finetune '%s/bad'", folder), 1);
  expect_in("err", "bad/4: at least 5 pictures of the digit 4 are expected, but 4 were found");
  FILE *file = fopen(in_folder("bad/4/03.png"), "w");
  assert_non_null(file);
  fputs("no picture\n", file);
  fclose(file);
  assert_int_equal(run("digits --finetune '%s/bad'", folder), 1);
  expect_in("err", "03.png");
  assert_int_equal(run("digits --finetune '%s/nowhere'", folder), 1);
  expect_in("err", "nowhere/0");
  assert_int_equal(run("digits --finetune '%s/leaning' --model '%s/bad/4/03.png'", folder, folder), 1);
  assert_int_equal(run("digits --finetune '%s/leaning' --data '%s/nowhere'", folder, folder), 1);
  expect_in("err", "nowhere");
  assert_int_equal(run("digits --finetune"), 2);
  assert_int_equal(run("digits --finetune a --nonsense"), 2);
  assert_int_equal(run("digits --finetune a extra"), 2);
  assert_int_equal(run("digits --finetune a --help"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model_comes_in_whole),
      cmocka_unit_test(test_a_hand_is_learned),
      cmocka_unit_test(test_rehearsal),
      cmocka_unit_test(test_worse_is_not_written),
      cmocka_unit_test(test_bad_folders),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
