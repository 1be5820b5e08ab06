/* The video module: an uncompressed video (YUV4MPEG2, which FFmpeg reads) and image sequences, written here. */
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

static shim_image make_frame(int frame) {
  shim_image image;
  assert_int_equal(shim_image_create(&image, WIDTH, HEIGHT, 3), SHIM_OK);
  for (int y = 0; y < HEIGHT; y++) {
    uint8_t *row = pixel_at(&image, 0, y);
    memset(row, level(frame), WIDTH * 3);
    row[0] = 255; /* the left edge is red */
    row[1] = row[2] = 0;
  }
  return image;
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
  shim_image rgb;
  write_video(path);
  if (table->open_file(path, &video)) fail_msg("%s", table->error());
  assert_int_equal(table->info(video, &info), SHIM_OK);
  assert_int_equal(info.width, WIDTH);
  assert_int_equal(info.height, HEIGHT);
  assert_in_range((int)(info.fps * 10), 99, 101);
  assert_int_equal(shim_image_create(&rgb, WIDTH, HEIGHT, 3), SHIM_OK);
  assert_int_equal(table->read(video, &rgb), SHIM_ERR_ARGUMENT); /* no frame yet */
  for (int i = 0; i < FRAMES; i++) {
    assert_int_equal(table->next(video, &frame), SHIM_OK);
    assert_int_equal(frame.width, WIDTH);
    assert_int_equal(frame.height, HEIGHT);
    assert_int_equal(frame.index, i);
    assert_in_range((int)frame.time_ms, i * 100 - (i > 0), i * 100 + 1);
    assert_int_equal(table->read(video, &rgb), SHIM_OK);
    for (int c = 0; c < 3; c++) assert_in_range(pixel_at(&rgb, 9, 9)[c], level(i) - 20, level(i) + 20);
  }
  assert_int_equal(table->next(video, &frame), SHIM_VIDEO_END);
  assert_int_equal(table->next(video, &frame), SHIM_VIDEO_END);
  shim_image_free(&rgb);
  table->close(&video);
  assert_null(video);
  table->close(&video);
  table->close(NULL);
  unlink(path);
}

static void image_sequence(void **state) {
  scratch *folder = *state;
  const shim_video_table *table = load();
  char name[32];
  shim_video *video;
  shim_video_frame frame;
  shim_image rgb;
  for (int i = 0; i < FRAMES; i++) {
    shim_image image = make_frame(i);
    glyph_error error;
    snprintf(name, sizeof name, "frame_%03d.png", i);
    assert_int_equal(png_write_file(scratch_path(folder, name), &image, &error), GLYPH_OK);
    shim_image_free(&image);
  }
  if (table->open_file(scratch_path(folder, "frame_%03d.png"), &video)) fail_msg("%s", table->error());
  assert_int_equal(shim_image_create(&rgb, WIDTH, HEIGHT, 3), SHIM_OK);
  for (int i = 0; i < FRAMES; i++) {
    assert_int_equal(table->next(video, &frame), SHIM_OK);
    assert_int_equal(frame.index, i);
    assert_in_range((int)frame.time_ms, i * 1000 / SHIM_VIDEO_SEQUENCE_FPS, i * 1000 / SHIM_VIDEO_SEQUENCE_FPS + 1);
    assert_int_equal(table->read(video, &rgb), SHIM_OK);
    shim_image expected = make_frame(i);
    assert_same_picture(&rgb, &expected);
    shim_image_free(&expected);
  }
  assert_int_equal(table->next(video, &frame), SHIM_VIDEO_END);
  shim_image small = {rgb.data, WIDTH - 1, HEIGHT, 3, rgb.stride};
  assert_int_equal(table->read(video, &small), SHIM_ERR_ARGUMENT);
  table->close(&video);
  shim_image_free(&rgb);
  for (int i = 0; i < FRAMES; i++) {
    snprintf(name, sizeof name, "frame_%03d.png", i);
    unlink(scratch_path(folder, name));
  }
}

static void expect_failure(const shim_video_table *table, const char *path, const char *says) {
  shim_video *video = (shim_video *)&video;
  assert_int_equal(table->open_file(path, &video), SHIM_ERR_FAILED);
  assert_null(video);
  if (!strstr(table->error(), says)) fail_msg("\"%s\" does not say \"%s\"", table->error(), says);
}

static void failures_are_told_silently(void **state) {
  scratch *folder = *state;
  const shim_video_table *table = load();
  shim_video *video;
  stderr_watch watch;
  const char *path = scratch_path(folder, "text.avi");
  write_file(path, "this is not a video, but a text\n", 32);
  watch_stderr(&watch);
  expect_failure(table, path, "not a video of a known format");
  expect_failure(table, "/no/such/video.avi", "there is no such file");
  expect_failure(table, "/no/such/frame_%03d.png", "no picture matches");
  assert_int_equal(table->open_camera(-1, 0, 0, &video), SHIM_ERR_ARGUMENT);
  assert_int_equal(table->open_camera(4711, 0, 0, &video), SHIM_ERR_FAILED);
  assert_null(video);
  assert_non_null(strstr(table->error(), "camera"));
  assert_stderr_stayed_empty(&watch);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(video_file),
      cmocka_unit_test(image_sequence),
      cmocka_unit_test(failures_are_told_silently),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
