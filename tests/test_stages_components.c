/* Components by runs, and small pictures spread and scaled down, beside what OpenCV makes of the same pictures. */
#include "grid.h"

#include <stdlib.h>

#include "../pipeline/stages/components.h"
#include "../pipeline/stages/scale.h"
#include "../pipeline/stages/spread.h"

static unsigned next_random(unsigned *state) {
  *state = *state * 1103515245u + 12345u;
  return *state >> 16;
}

/* Ink in so many of 256 pixels, more of it in blots than anyhow where `blots`. */
static shim_image draw(int width, int height, int share, int blots, unsigned *state) {
  shim_image image = grid_blank(width, height, 0);
  for (int i = 0; i < width * height && !blots; i++) image.data[i] = (int)(next_random(state) % 256) < share ? 255 : 0;
  for (int i = 0; i < width * height * share / 5000; i++) {
    const int x = (int)(next_random(state) % (unsigned)width), y = (int)(next_random(state) % (unsigned)height);
    grid_fill(&image, x, y, 1 + (int)(next_random(state) % 9), 1 + (int)(next_random(state) % 9), i % 3 ? 255 : 0);
  }
  return image;
}

static void assert_same_component(const components *own, size_t at, const shim_contours *theirs, size_t index) {
  const component *c = &own->items[at];
  const shim_contour *outer = &theirs->contours[index];
  shim_image mask, expected = grid_blank(outer->width, outer->height, 0);
  int holes = 0, area = 0;
  size_t boundary = outer->point_count;
  for (int hole = outer->first_hole; hole >= 0; hole = theirs->contours[hole].next_hole, holes++)
    boundary += theirs->contours[hole].point_count;
  assert_int_equal(c->x, outer->x);
  assert_int_equal(c->y, outer->y);
  assert_int_equal(c->width, outer->width);
  assert_int_equal(c->height, outer->height);
  assert_int_equal(c->holes, holes);
  assert_int_equal(c->boundary, boundary);
  assert_int_equal(components_mask(own, at, &mask), SHIM_OK);
  assert_int_equal(shim_contours_fill(theirs, index, c->x, c->y, &expected), SHIM_OK);
  assert_memory_equal(mask.data, expected.data, (size_t)c->width * (size_t)c->height);
  for (int i = 0; i < c->width * c->height; i++) area += mask.data[i] != 0;
  assert_int_equal(c->area, area);
  shim_image_free(&mask);
  shim_image_free(&expected);
}

static void assert_same_components(const shim_image *picture) {
  components own;
  shim_contours theirs;
  size_t at = 0;
  assert_int_equal(components_find(picture, &own), SHIM_OK);
  assert_int_equal(shim_contours_find(picture, &theirs), SHIM_OK);
  for (size_t i = 0; i < theirs.count; i++) {
    if (theirs.contours[i].parent >= 0) continue;
    assert_true(at < own.count);
    assert_same_component(&own, at++, &theirs, i);
  }
  assert_int_equal(at, own.count);
  components_free(&own);
  shim_contours_free(&theirs);
}

/* Box and area of each label, counted anew, and as many components as there are by runs. */
static void assert_labels_measured(const shim_image *picture) {
  components own;
  shim_components found;
  assert_int_equal(components_find(picture, &own), SHIM_OK);
  assert_int_equal(shim_components_find(picture, &found), SHIM_OK);
  assert_int_equal(found.count, own.count);
  for (size_t k = 0; k < found.count; k++) {
    const shim_component *c = &found.items[k];
    int x0 = picture->width, y0 = picture->height, x1 = 0, y1 = 0, area = 0;
    for (int i = 0; i < picture->width * picture->height; i++) {
      const int x = i % picture->width, y = i / picture->width;
      if (found.labels[i] != (int)k + 1) continue;
      x0 = x < x0 ? x : x0, y0 = y < y0 ? y : y0;
      x1 = x >= x1 ? x + 1 : x1, y1 = y + 1;
      area++;
    }
    assert_true(c->x == x0 && c->y == y0 && c->width == x1 - x0 && c->height == y1 - y0 && c->area == area);
  }
  components_free(&own);
  shim_components_free(&found);
}

static void test_labels_measured(void **state) {
  (void)state;
  unsigned random = 9;
  for (int i = 0; i < 40; i++) {
    shim_image picture = draw(1 + i, 1 + (i * 7) % 33, 20 + 5 * i, i % 2, &random);
    assert_labels_measured(&picture);
    shim_image_free(&picture);
  }
}

static void test_as_borders_followed(void **state) {
  (void)state;
  unsigned random = 1;
  for (int i = 0; i < 400; i++) {
    const int width = 1 + (int)(next_random(&random) % 200), height = 1 + (int)(next_random(&random) % 60);
    shim_image picture = draw(width, height, (int)(next_random(&random) % 257), i % 2, &random);
    assert_same_components(&picture);
    shim_image_free(&picture);
  }
}

static void test_all_and_nothing(void **state) {
  (void)state;
  for (int value = 0; value < 256; value += 255) {
    shim_image picture = grid_blank(70, 3, value);
    components all;
    assert_int_equal(components_find(&picture, &all), SHIM_OK);
    assert_int_equal(all.count, value ? 1 : 0);
    if (value) assert_int_equal(all.items[0].area, 210);
    components_free(&all);
    assert_null(all.runs);
    shim_image_free(&picture);
  }
}

/* Runs are found in blocks of 64 pixels: those that begin or end at a block's edge, or fill blocks, stay whole. */
static void test_runs_across_blocks(void **state) {
  (void)state;
  static const int places[] = {0, 1, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256};
  enum { PLACES = sizeof places / sizeof *places };
  for (int w = 1; w < PLACES; w++)
    for (int to = 1; to <= w; to++)
      for (int from = 0; from < to; from++) {
        shim_image picture = grid_blank(places[w], 1, 0);
        components all;
        grid_fill(&picture, places[from], 0, places[to] - places[from], 1, 255);
        assert_int_equal(components_find(&picture, &all), SHIM_OK);
        assert_int_equal(all.count, 1);
        assert_int_equal(all.items[0].x, places[from]);
        assert_int_equal(all.items[0].width, places[to] - places[from]);
        components_free(&all);
        shim_image_free(&picture);
      }
}

/* A view into a wider picture: what lies beside it is none of its ink. */
static void test_view(void **state) {
  (void)state;
  unsigned random = 7;
  shim_image whole = draw(80, 50, 90, 0, &random), part = {whole.data + 7 * 80 + 5, 61, 33, 1, whole.stride};
  assert_same_components(&part);
  shim_image_free(&whole);
}

static void test_spread_as_dilated(void **state) {
  (void)state;
  unsigned random = 3;
  for (int i = 0; i < 300; i++) {
    const int reach = (int)(next_random(&random) % 9), width = 2 * reach + 1 + (int)(next_random(&random) % 70);
    const int height = 1 + (int)(next_random(&random) % 40);
    shim_image picture = grid_blank(width, height, 0), dilated = grid_blank(width, height, 1);
    for (int y = 0; y < height; y++)
      for (int x = reach; x < width - reach; x++) picture.data[y * width + x] = (uint8_t)next_random(&random);
    assert_int_equal(shim_dilate(&picture, &dilated, 2 * reach + 1), SHIM_OK);
    uint8_t *work = malloc(spread_work_size(width, height, reach));
    assert_non_null(work);
    spread(picture.data, width, height, reach, work, picture.data);
    assert_memory_equal(picture.data, dilated.data, (size_t)width * (size_t)height);
    free(work);
    shim_image_free(&picture);
    shim_image_free(&dilated);
  }
}

static void test_scaled_as_resized(void **state) {
  (void)state;
  unsigned random = 5;
  for (int i = 0; i < 300; i++) {
    const int width = 1 + (int)(next_random(&random) % SCALE_SIDE_MAX);
    const int height = 1 + (int)(next_random(&random) % SCALE_SIDE_MAX);
    shim_image small = grid_blank(width, height, 0), resized = grid_blank(width, height, 0);
    shim_image large = grid_blank(width + (int)(next_random(&random) % 200), height + i % 70, 0);
    for (int k = 0; k < large.width * large.height; k++) large.data[k] = (uint8_t)next_random(&random);
    assert_int_equal(scale_down(&large, &small), SHIM_OK);
    assert_int_equal(shim_resize(&large, &resized), SHIM_OK);
    for (int k = 0; k < width * height; k++) assert_in_range(small.data[k] - resized.data[k] + 1, 0, 2);
    shim_image_free(&small);
    shim_image_free(&resized);
    shim_image_free(&large);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_labels_measured),
      cmocka_unit_test(test_as_borders_followed),
      cmocka_unit_test(test_all_and_nothing),
      cmocka_unit_test(test_runs_across_blocks),
      cmocka_unit_test(test_view),
      cmocka_unit_test(test_spread_as_dilated),
      cmocka_unit_test(test_scaled_as_resized),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
