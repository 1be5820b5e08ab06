/* The camera on a drawn video: a sheet comes, drifts, goes out of focus, leaves, comes back, and another one follows.
 * Each of its numbers must be told once each time it is there, and nothing else. Prints frame rate and latency. */
#include "input_helpers.h"

#include "../pipeline/camera/camera.h"
#include "generator/video.h"

enum { TOLD_MAX = 64 };

typedef struct told {
  char text[16];
  double time_ms;
} told;

static void draw(const char *path, int width, int fps) {
  const video_spec spec = {&video_scene_sheets, 1, width, width * 9 / 16, fps};
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_video.so", F_OK) != 0) skip();
  assert_int_equal(video_write(&spec, path), 0);
}

static size_t watch(const char *path, int every_frame, told *all, glyph_camera_stats *stats) {
  glyph_camera_options options;
  glyph_camera *camera;
  glyph_camera_frame frame;
  glyph_error error;
  size_t count = 0;
  int event;
  glyph_camera_options_init(&options);
  options.source = path;
  options.every_frame = every_frame;
  if (glyph_camera_open(&camera, &options, &error)) fail_msg("%s", error.message);
  while ((event = glyph_camera_next(camera, 100, &frame, &error)) != GLYPH_CAMERA_END) {
    if (event < 0 || event == GLYPH_CAMERA_TROUBLE) fail_msg("%s", error.message);
    for (size_t i = 0; event == GLYPH_CAMERA_FRAME && i < frame.steady->number_count; i++) {
      assert_true(count < TOLD_MAX);
      snprintf(all[count].text, sizeof all[count].text, "%s", frame.steady->numbers[i].text);
      all[count++].time_ms = frame.steady->time_ms;
    }
  }
  glyph_camera_get_stats(camera, stats);
  glyph_camera_close(&camera);
  printf("%lld of %lld frames of %d x %d in %.1f s: %.1f a second, %.1f ms of processor time each, latency %.0f ms "
         "(median), %.0f ms "
         "(95 %%)\n",
         (long long)stats->read, (long long)stats->captured, stats->width, stats->height, stats->seconds,
         stats->frames_per_second, stats->processor_ms, stats->latency_median_ms, stats->latency_95_ms);
  return count;
}

/* Takes one telling of the number in the time off the list; 0 where there is none. */
static int take_off(told *all, size_t count, const char *text, const video_truth *truth) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(all[i].text, text) || all[i].time_ms < truth->from_ms || all[i].time_ms > truth->to_ms) continue;
    all[i].text[0] = '\0';
    return 1;
  }
  return 0;
}

static void each_number_is_told_once_and_no_other(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "video.avi");
  told all[TOLD_MAX], again[TOLD_MAX];
  glyph_camera_stats stats;
  draw(path, 960, 15);
  const size_t count = watch(path, 1, all, &stats);
  assert_int_equal(stats.dropped, 0);
  assert_int_equal(stats.told, count);
  assert_int_equal(watch(path, 1, again, &stats), count);
  for (size_t i = 0; i < count; i++) { /* the same again, frame for frame */
    assert_string_equal(again[i].text, all[i].text);
    assert_true(again[i].time_ms == all[i].time_ms);
  }
  for (int i = 0; i < video_scene_sheets.truth_count; i++) {
    const video_truth *truth = &video_scene_sheets.truth[i];
    char numbers[256];
    snprintf(numbers, sizeof numbers, "%s", truth->text);
    for (char *place, *text = strtok_r(numbers, " ", &place); text; text = strtok_r(NULL, " ", &place))
      if (!take_off(all, count, text, truth))
        fail_msg("%s was not told from %g to %g ms", text, truth->from_ms, truth->to_ms);
  }
  for (size_t i = 0; i < count; i++)
    if (*all[i].text) fail_msg("%s was told at %g ms", all[i].text, all[i].time_ms);
  unlink(path);
}

/* Played as a camera would give it, on a machine that may be busy: whatever is dropped, nothing wrong is told. */
static void at_its_own_speed_nothing_wrong_is_told(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "video.avi");
  told all[TOLD_MAX];
  glyph_camera_stats stats;
  draw(path, 640, 15);
  const size_t count = watch(path, 0, all, &stats);
  assert_int_equal(stats.captured, stats.read + stats.dropped);
  for (size_t i = 0; i < count; i++) {
    int is_there = 0;
    for (int k = 0; k < video_scene_sheets.truth_count; k++)
      is_there |= strstr(video_scene_sheets.truth[k].text, all[i].text) != NULL;
    if (!is_there) fail_msg("%s was told at %g ms", all[i].text, all[i].time_ms);
  }
  unlink(path);
}

static void a_cut_off_video_is_told(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "cut.avi");
  const video_spec spec = {&video_scene_sheets, 1, 160, 90, 10};
  glyph_camera_options options;
  glyph_camera *camera;
  glyph_camera_frame frame;
  glyph_error error;
  struct stat file;
  int event, frames = 0;
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_video.so", F_OK) != 0) skip();
  assert_int_equal(video_write(&spec, path), 0);
  assert_int_equal(stat(path, &file), 0);
  assert_int_equal(truncate(path, file.st_size / 3), 0);
  glyph_camera_options_init(&options);
  options.source = path;
  options.every_frame = 1;
  if (glyph_camera_open(&camera, &options, &error)) fail_msg("%s", error.message);
  while ((event = glyph_camera_next(camera, 100, &frame, &error)) >= 0 && event != GLYPH_CAMERA_END)
    frames += event == GLYPH_CAMERA_FRAME;
  assert_int_equal(event, GLYPH_ERR_FORMAT);
  assert_says(&error, "it is damaged or cut off");
  assert_in_range(frames, 20, 80);
  glyph_camera_close(&camera);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_cut_off_video_is_told),
      cmocka_unit_test(each_number_is_told_once_and_no_other),
      cmocka_unit_test(at_its_own_speed_nothing_wrong_is_told),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
