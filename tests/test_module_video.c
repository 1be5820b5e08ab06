/* The video module: an uncompressed video (YUV4MPEG2, which FFmpeg reads) written here, and what fails. */
#include "input_helpers.h"

#include "../shim/module.h"

enum { WIDTH = 32, HEIGHT = 24, FRAMES = 5 };

static const shim_video_table *load(void) {
  const char *why;
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_video.so", F_OK) != 0) skip();
  const shim_video_table *video = shim_module_video(&why);
  if (!video) fail_msg("%s", why);
  assert_int_equal(video->version, SHIM_VIDEO_VERSION);
  return video;
}

/* A gray level of its own for every frame. */
static int level(int frame) {
  return 40 + 35 * frame;
}

/* 10 frames a second, gray: luma of the studio range, chroma in the middle. */
static void write_video(const char *path) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fprintf(file, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", WIDTH, HEIGHT);
  for (int i = 0; i < FRAMES; i++) {
    fputs("FRAME\n", file);
    for (int p = 0; p < WIDTH * HEIGHT; p++) fputc(16 + level(i) * 219 / 255, file);
    for (int p = 0; p < WIDTH * HEIGHT / 2; p++) fputc(128, file);
  }
  assert_int_equal(fclose(file), 0);
}

static void video_file(void **state) {
  scratch *folder = *state;
  const shim_video_table *table = load();
  const char *path = scratch_path(folder, "video.y4m");
  shim_video *video;
  shim_video_info info;
  shim_video_frame frame;
  double before_ms = 0;
  shim_image rgb, gray;
  write_video(path);
  if (table->open_file(path, &video)) fail_msg("%s", table->error());
  assert_int_equal(table->info(video, &info), SHIM_OK);
  assert_int_equal(info.width, WIDTH);
  assert_int_equal(info.height, HEIGHT);
  assert_in_range((int)(info.fps * 10), 99, 101);
  assert_int_equal(shim_image_create(&rgb, WIDTH, HEIGHT, 3), SHIM_OK);
  assert_int_equal(shim_image_create(&gray, WIDTH, HEIGHT, 1), SHIM_OK);
  assert_int_equal(table->read(video, &rgb), SHIM_ERR_ARGUMENT); /* no frame yet */
  for (int i = 0; i < FRAMES; i++) {
    assert_int_equal(table->next(video, &frame), SHIM_OK);
    assert_int_equal(frame.width, WIDTH);
    assert_int_equal(frame.height, HEIGHT);
    assert_int_equal(frame.index, i);
    assert_in_range((int)frame.time_ms, i * 100 - (i > 0), i * 100 + 1);
    assert_int_equal(table->read(video, &rgb), SHIM_OK);
    for (int c = 0; c < 3; c++) assert_in_range(pixel_at(&rgb, 9, 9)[c], level(i) - 20, level(i) + 20);
    assert_int_equal(table->read(video, &gray), SHIM_OK);
    assert_in_range(*pixel_at(&gray, 9, 9), level(i) - 20, level(i) + 20);
    assert_true(frame.arrived_ms >= before_ms);
    before_ms = frame.arrived_ms;
  }
  shim_image small = {rgb.data, WIDTH - 1, HEIGHT, 3, rgb.stride};
  assert_int_equal(table->read(video, &small), SHIM_ERR_ARGUMENT);
  assert_int_equal(table->next(video, &frame), SHIM_VIDEO_END);
  assert_int_equal(table->next(video, &frame), SHIM_VIDEO_END);
  shim_image_free(&rgb);
  shim_image_free(&gray);
  table->close(&video);
  assert_null(video);
  table->close(&video);
  table->close(NULL);
  unlink(path);
}

static void expect_failure(const shim_video_table *table, const char *path, const char *says) {
  shim_video *video = (shim_video *)&video;
  assert_int_equal(table->open_file(path, &video), SHIM_ERR_FAILED);
  assert_null(video);
  if (!strstr(table->error(), says)) fail_msg("\"%s\" does not say \"%s\"", table->error(), says);
}

static void expect_no_camera(const shim_video_table *table, const char *device, const char *says) {
  shim_video *video = (shim_video *)&video;
  assert_int_equal(table->open_camera(device, 640, 480, 30, &video), SHIM_ERR_FAILED);
  assert_null(video);
  if (!strstr(table->error(), says)) fail_msg("\"%s\" does not say \"%s\"", table->error(), says);
}

static void failures_are_told_silently(void **state) {
  scratch *folder = *state;
  const shim_video_table *table = load();
  stderr_watch watch;
  const char *path = scratch_path(folder, "text.avi");
  write_file(path, "this is not a video, but a text\n", 32);
  watch_stderr(&watch);
  expect_failure(table, path, "not a video of a known format");
  expect_failure(table, "/no/such/video.avi", "there is no such file");
  expect_no_camera(table, "/dev/video4711", "there is no camera /dev/video4711");
  expect_no_camera(table, path, "is not a camera but a file");
  expect_no_camera(table, "/dev/null", "/dev/null is not a camera");
  assert_stderr_stayed_empty(&watch);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(video_file),
      cmocka_unit_test(failures_are_told_silently),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
