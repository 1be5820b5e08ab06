/* The shapes network's training: the generator's drawings, people's drawings and their index, labels that stand for
 * several classes, options; and how the shipped model does on drawings that it has not seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "../nn/train/config.h"
#include "../nn/train/layers.h"
#include "../nn/train/shape_material.h"
#include "../nn/train/vertices.h"
#include "generator/drawn_shapes.h"
#include "train_data.h"

enum { DRAWINGS = 60, NAMED_A_KIND = 40, PEOPLE = 6, REDRAWN = 60, SIDE = 70 };
/* Below what `glyphlift-shape-report 100 9000` measures (nn/models/SHAPES_CARD.md), by what so few drawings can
 * deviate. */
static const double named_right = 0.965;

/* ---- drawings ---- */

static void test_drawings_fit_their_box(void **state) {
  (void)state;
  for (int kind = 0; kind < TRAIN_SHAPES; kind++)
    for (uint32_t i = 0; i < DRAWINGS; i++) {
      train_random random;
      train_drawing drawing, again;
      train_random_start(&random, 5, 1000, (uint32_t)kind, i);
      train_drawing_make(&drawing, (train_shape)kind, i % 2 == 0, &random);
      train_random_start(&random, 5, 1000, (uint32_t)kind, i);
      train_drawing_make(&again, (train_shape)kind, i % 2 == 0, &random);
      assert_memory_equal(&drawing, &again, sizeof drawing);
      assert_in_range(drawing.stroke_count, 1, TRAIN_DRAWING_STROKES);
      assert_true(fabsf(fmaxf(drawing.width, drawing.height) - 1) < 1e-4f);
      for (size_t s = 0; s < drawing.stroke_count; s++)
        for (size_t p = 0; p < drawing.strokes[s].count; p++) {
          const train_point at = drawing.strokes[s].points[p];
          assert_true(at.x > -1e-4f && at.y > -1e-4f && at.x < drawing.width + 1e-4f && at.y < drawing.height + 1e-4f);
        }
    }
}

/* The corners told lie on the ink: a careful hand misses them by little. */
static void test_corners_are_drawn(void **state) {
  (void)state;
  static const size_t counts[TRAIN_SHAPES] = {
      [TRAIN_SHAPE_CIRCLE] = 4,   [TRAIN_SHAPE_SQUARE] = 4,  [TRAIN_SHAPE_TRIANGLE] = 3,
      [TRAIN_SHAPE_PENTAGON] = 5, [TRAIN_SHAPE_HEXAGON] = 6, [TRAIN_SHAPE_TRAPEZOID] = 4};
  for (int kind = 0; kind < TRAIN_SHAPES; kind++) {
    double far = 0;
    if (!counts[kind]) continue;
    for (uint32_t i = 0; i < DRAWINGS; i++) {
      train_random random;
      train_drawing d;
      train_random_start(&random, 6, 1000, (uint32_t)kind, i);
      train_drawing_make(&d, (train_shape)kind, 1, &random);
      assert_int_equal(d.corner_count, counts[kind]);
      for (size_t c = 0; c < d.corner_count; c++) {
        float nearest = 9;
        for (size_t s = 0; s < d.stroke_count; s++)
          for (size_t p = 0; p < d.strokes[s].count; p++)
            nearest = fminf(
                nearest, hypotf(d.strokes[s].points[p].x - d.corners[c].x, d.strokes[s].points[p].y - d.corners[c].y));
        far += (double)nearest / (double)(DRAWINGS * d.corner_count);
      }
    }
    if (far > 0.035) fail_msg("%s: the strokes are %.3f away from the corners", train_shape_names[kind], far);
  }
}

/* However small the drawing, the pen does not close what makes its kind. */
static void test_pens_leave_kinds_open(void **state) {
  (void)state;
  static const train_shape kinds[] = {TRAIN_SHAPE_ELLIPSE, TRAIN_SHAPE_RECTANGLE, TRAIN_SHAPE_ARROW};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (uint32_t i = 0; i < DRAWINGS; i++) {
      train_random random, again;
      train_drawing drawing;
      train_error error;
      shim_image picture;
      train_random_start(&random, 6, 0, 0, i);
      again = random;
      train_drawing_make(&drawing, kinds[k], 0, &again);
      assert_true(drawing.finest > 0);
      assert_int_equal(train_shape_picture(kinds[k], &random, &picture, &error), TRAIN_OK);
      assert_true((float)picture.width * drawing.finest > 3.7f); /* two strokes and the paper between them, pixels */
      shim_image_free(&picture);
    }
}

static void test_threads_draw_the_same(void **state) {
  (void)state;
  train_dataset one, many;
  train_error error;
  assert_int_equal(train_shape_drawings(&one, 48, 3, TRAIN_SHAPE_PART_HELD, 1, &error), TRAIN_OK);
  assert_int_equal(train_shape_drawings(&many, 48, 3, TRAIN_SHAPE_PART_HELD, 3, &error), TRAIN_OK);
  assert_memory_equal(one.pixels, many.pixels, 48 * TRAIN_SHAPE_PIXELS);
  for (int i = 0; i < 48; i++) assert_int_equal(one.labels[i], train_shape_class((train_shape)(i % TRAIN_SHAPES)));
  train_dataset_free(&one);
  train_dataset_free(&many);
}

/* ---- the shipped model ---- */

static void test_shipped_model_names_drawings(void **state) {
  (void)state;
  nn_model *model;
  nn_session *session;
  nn_error error;
  size_t right = 0;
  assert_int_equal(nn_model_open_shapes(&model, &error), NN_OK);
  assert_int_equal(nn_session_open(&session, model, 1, &error), NN_OK);
  const nn_model_info *info = nn_model_get_info(model);
  assert_true(info->parameters <= 300000);
  assert_int_equal(info->width, STAGE_SHAPE_SIDE);
  for (size_t c = 0; c < info->classes; c++) assert_string_equal(info->class_names[c], train_shape_class_names[c]);
  for (int kind = 0; kind < TRAIN_SHAPES; kind++)
    for (uint32_t i = 0; i < NAMED_A_KIND; i++) {
      shim_image picture;
      double probabilities[STAGE_KINDS];
      assert_true(drawn_shape_picture((train_shape)kind, 77, i, &picture));
      assert_true(drawn_shape_name(session, info, &picture, probabilities));
      right += (int)stage_kind_best(probabilities) == kind;
      shim_image_free(&picture);
    }
  const double share = (double)right / (NAMED_A_KIND * TRAIN_SHAPES);
  if (share < named_right) fail_msg("%.2f %% of the drawings are named right", 100 * share);
  nn_session_close(&session);
  nn_model_close(&model);
}

/* ---- labels that stand for several classes ---- */

static void test_set_cross_entropy(void **state) {
  (void)state;
  const float logits[4] = {0.3f, -1.2f, 2.0f, 0.7f};
  float gradient[4], single[4];
  const double loss = train_set_cross_entropy(logits, 4, 1u << 2, 1.0f, gradient);
  assert_true(fabs(loss - train_cross_entropy(logits, 4, 2, 0.0f, 1.0f, single)) < 1e-6);
  for (int c = 0; c < 4; c++) assert_true(fabsf(gradient[c] - single[c]) < 1e-6f);
  assert_true(fabs(train_set_cross_entropy(logits, 4, 15, 1.0f, gradient)) < 1e-6);
  const uint32_t set = 1u << 0 | 1u << 3;
  train_set_cross_entropy(logits, 4, set, 2.0f, gradient);
  for (int c = 0; c < 4; c++) {
    float up[4], down[4], unused[4];
    memcpy(up, logits, sizeof up);
    memcpy(down, logits, sizeof down);
    up[c] += 1e-2f;
    down[c] -= 1e-2f;
    const double slope =
        (train_set_cross_entropy(up, 4, set, 1.0f, unused) - train_set_cross_entropy(down, 4, set, 1.0f, unused)) /
        2e-2;
    assert_true(fabs(2 * slope - (double)gradient[c]) < 1e-3);
  }
}

static void test_options_of_shapes(void **state) {
  (void)state;
  train_config shapes, read;
  train_error error;
  train_config_initialise_shapes(&shapes);
  shapes.drawings = 123;
  snprintf(shapes.held_writers, sizeof shapes.held_writers, "ann,bob");
  json_t *json = train_config_to_json(&shapes);
  assert_null(json_object_get(json, "printed"));
  assert_int_equal(train_config_from_json(json, "test", &read, &error), TRAIN_OK);
  assert_int_equal(read.subject, TRAIN_SUBJECT_SHAPES);
  assert_int_equal(read.drawings, 123);
  assert_string_equal(read.held_writers, "ann,bob");
  assert_int_equal(train_config_compare(&read, json, "test", &error), TRAIN_OK);
  read.drawings = 5;
  assert_int_equal(train_config_compare(&read, json, "test", &error), TRAIN_ERR_ARGUMENT);
  json_decref(json);
  train_config_initialise(&read);
  json = train_config_to_json(&read);
  assert_null(json_object_get(json, "drawings"));
  assert_null(json_object_get(json, "subject"));
  json_decref(json);
}

/* ---- people's drawings ---- */

static char *folder;

static void write_text(const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* Rectangles by three people, two each. */
static void write_people(void) {
  static uint8_t pixels[PEOPLE * SIDE * SIDE];
  uint8_t labels[PEOPLE];
  char path[512];
  memset(pixels, 255, sizeof pixels);
  for (int i = 0; i < PEOPLE; i++) {
    labels[i] = TRAIN_PEOPLE_RECTANGLE;
    for (int y = 14; y < 56; y++)
      for (int x = 7; x < 63; x++)
        if (x < 9 || x > 60 || y < 16 || y > 53) pixels[(i * SIDE + y) * SIDE + x] = 0;
  }
  const uint32_t dimensions[3] = {PEOPLE, SIDE, SIDE};
  snprintf(path, sizeof path, "%s/shapes-train-images-idx3-ubyte", folder);
  idx_write(path, 3, dimensions, pixels);
  snprintf(path, sizeof path, "%s/shapes-train-labels-idx1-ubyte", folder);
  idx_write(path, 1, dimensions, labels);
}

static const char good_index[] = "index,user,class,stem,vertices\n"
                                 "0,ann,rectangle,a,0.11:0.21 0.89:0.21 0.89:0.79 0.11:0.79\n"
                                 "1,bob,rectangle,a,0.11:0.79 0.11:0.21 0.89:0.21 0.89:0.79\n"
                                 "2,ann,rectangle,a,0.89:0.21 0.11:0.21 0.11:0.79 0.89:0.79\n"
                                 "3,cat,rectangle,a,\n4,cat,rectangle,a,\n5,bob,rectangle,a,\n";

static int set_up(void **state) {
  (void)state;
  folder = folder_make();
  write_people();
  write_text("shapes-train-index.csv", good_index);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  static const char *const names[] = {"images-idx3-ubyte", "labels-idx1-ubyte", "index.csv"};
  for (int i = 0; i < 3; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/shapes-train-%s", folder, names[i]);
    remove(path);
  }
  rmdir(folder);
  free(folder);
  return 0;
}

static void test_held_writers_are_last(void **state) {
  (void)state;
  train_config config;
  train_dataset set, held;
  train_error error;
  size_t holdout;
  train_config_initialise_shapes(&config);
  config.drawings = 32;
  config.rescans = REDRAWN;
  snprintf(config.held_writers, sizeof config.held_writers, "bob,ann");
  if (train_shape_material_open(&set, &held, &holdout, &config, folder, 2, &error)) fail_msg("%s", error.message);
  assert_int_equal(holdout, 4);
  assert_int_equal(set.count, 32 + REDRAWN + PEOPLE);
  assert_int_equal(held.count, 4);
  size_t together = 0; /* two drawings in one are "other" */
  for (size_t i = 32; i < 32 + REDRAWN; i++) together += set.labels[i] == train_shape_class(TRAIN_SHAPE_OTHER);
  assert_in_range(together, 1, REDRAWN / 2);
  for (size_t i = 32; i < set.count; i++)
    if (i >= 32 + REDRAWN || set.labels[i] != train_shape_class(TRAIN_SHAPE_OTHER))
      assert_int_equal(set.labels[i], TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_RECTANGLE);
  train_dataset_free(&set);
  train_dataset_free(&held);
  snprintf(config.held_writers, sizeof config.held_writers, "nobody");
  assert_int_equal(train_shape_material_open(&set, &held, &holdout, &config, folder, 1, &error), TRAIN_ERR_ARGUMENT);
  assert_non_null(strstr(error.message, "nobody"));
  snprintf(config.held_writers, sizeof config.held_writers, "ann,bob,cat");
  assert_int_equal(train_shape_material_open(&set, &held, &holdout, &config, folder, 1, &error), TRAIN_ERR_ARGUMENT);
  assert_null(set.pixels);
}

static void test_corners_of_people(void **state) {
  (void)state;
  static const char *const names[] = {"other", "ellipse", "rectangle", "triangle"};
  train_people people;
  train_error error;
  train_corner_error corners[TRAIN_PEOPLE_CLASSES];
  if (train_people_read(&people, folder, "train", &error)) fail_msg("%s", error.message);
  assert_int_equal(train_vertices_measure_set(&people.drawings, names, &people.index, corners, &error), TRAIN_OK);
  assert_int_equal(corners[TRAIN_PEOPLE_RECTANGLE].shapes, 3);
  assert_int_equal(corners[TRAIN_PEOPLE_RECTANGLE].fitted, 3);
  assert_true(corners[TRAIN_PEOPLE_RECTANGLE].mean < 0.02);
  assert_int_equal(corners[TRAIN_PEOPLE_ELLIPSE].shapes, 0);
  train_people_free(&people);
}

static void test_damaged_index(void **state) {
  (void)state;
  static const char *const damaged[] = {"",
                                        "user,class\n",
                                        "index,user,class,stem,vertices\n0,ann,rectangle\n",
                                        "index,user,class,stem,vertices\n0,ann,rectangle,a,0.1:0.2 0.3\n",
                                        "index,user,class,stem,vertices\n0,ann,rectangle,a,0.1:0.2 0.3:0.4\n",
                                        "index,user,class,stem,vertices\n0,,rectangle,a,\n",
                                        "index,user,class,stem,vertices\n0,ann,rectangle,a,1:1 1:1 1:1 1:1 1:1\n",
                                        "index,user,class,stem,vertices\n0,ann,rectangle,a,\n"};
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    train_people people;
    train_error error = {0};
    write_text("shapes-train-index.csv", damaged[i]);
    assert_int_equal(train_people_read(&people, folder, "train", &error), TRAIN_ERR_FORMAT);
    assert_non_null(strstr(error.message, "shapes-train-index.csv"));
    assert_null(people.drawings.pixels);
  }
  write_text("shapes-train-index.csv", good_index);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_drawings_fit_their_box),
      cmocka_unit_test(test_corners_are_drawn),
      cmocka_unit_test(test_pens_leave_kinds_open),
      cmocka_unit_test(test_threads_draw_the_same),
      cmocka_unit_test(test_shipped_model_names_drawings),
      cmocka_unit_test(test_set_cross_entropy),
      cmocka_unit_test(test_options_of_shapes),
      cmocka_unit_test(test_held_writers_are_last),
      cmocka_unit_test(test_corners_of_people),
      cmocka_unit_test(test_damaged_index),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
