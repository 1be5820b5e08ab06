/* Where frames come from: cameras that are unplugged, readers that are too slow, videos that end early (by a video
 * module made up here), and image sequences. */
#include "input_helpers.h"

#include <math.h>
#include <time.h>

#include "../pipeline/camera/capture.h"
#include "../pipeline/camera/opened.h"
#include "../pipeline/camera/sequence.h"

enum { WIDTH = 64, HEIGHT = 48 };

/* A camera or file made up here. Frames are gray, each of its own level. */
static struct fake {
  int frames;        /* that are given until the camera is gone or the file ends */
  int announced;     /* by a file's header */
  int opens_to_fail; /* of the next ones */
  int opened;        /* how often */
  double interval_ms;
} fake;

struct shim_video {
  int next, is_camera;
};

static void fake_set(int frames, int announced, int opens_to_fail, double interval_ms) {
  fake.frames = frames, fake.announced = announced, fake.opens_to_fail = opens_to_fail, fake.opened = 0;
  fake.interval_ms = interval_ms;
}

static void sleep_ms(double ms) {
  const struct timespec t = {(time_t)(ms / 1000), (long)(ms * 1e6) % 1000000000};
  nanosleep(&t, NULL);
}

static const char *fake_error(void) {
  return "made up failure";
}

static int fake_open(int is_camera, shim_video **out) {
  *out = NULL;
  if (fake.opened++ && fake.opens_to_fail-- > 0) return SHIM_ERR_FAILED;
  *out = calloc(1, sizeof **out);
  if (*out) (*out)->is_camera = is_camera;
  return *out ? SHIM_OK : SHIM_ERR_MEMORY;
}

static int fake_open_camera(const char *device, int width, int height, double fps, shim_video **out) {
  assert_string_equal(device, "/dev/video7");
  (void)width, (void)height, (void)fps;
  return fake_open(1, out);
}

static int fake_open_file(const char *path, shim_video **out) {
  (void)path;
  return fake_open(0, out);
}

static int fake_info(const shim_video *video, shim_video_info *out) {
  (void)video;
  *out = (shim_video_info){WIDTH, HEIGHT, 25, fake.announced};
  return SHIM_OK;
}

static int fake_next(shim_video *video, shim_video_frame *out) {
  if (video->next == fake.frames) return video->is_camera ? SHIM_ERR_FAILED : SHIM_VIDEO_END;
  if (video->is_camera) sleep_ms(fake.interval_ms);
  *out = (shim_video_frame){WIDTH, HEIGHT, video->next, video->next * fake.interval_ms, capture_now_ms()};
  video->next++;
  return SHIM_OK;
}

static int fake_read(shim_video *video, shim_image *image) {
  for (int y = 0; y < HEIGHT; y++)
    memset(image->data + y * image->stride, 100 + video->next, (size_t)WIDTH * (size_t)image->channels);
  return SHIM_OK;
}

static void fake_close(shim_video **video) {
  free(*video);
  *video = NULL;
}

static const shim_video_table fake_table = {SHIM_VIDEO_VERSION, sizeof fake_table, fake_error,
                                            fake_open_camera,   fake_open_file,    fake_info,
                                            fake_next,          fake_read,         fake_close};

static capture *open_capture(const char *name, int every_frame, double retry_seconds) {
  const capture_settings settings = {
      {.name = name, .channels = 1, .max_pixels = 1000000, .video = &fake_table}, every_frame, retry_seconds};
  capture *c;
  glyph_error error;
  if (capture_open(&c, &settings, &error)) fail_msg("%s", error.message);
  return c;
}

/* The next event that is not waiting. */
static int take(capture *c, const capture_frame **frame, glyph_error *error) {
  int event;
  while ((event = capture_take(c, 50, frame, error)) == CAPTURE_WAITING) continue;
  return event;
}

static void an_unplugged_camera_comes_back(void **state) {
  glyph_camera_options options;
  glyph_camera *camera;
  glyph_camera_frame frame;
  glyph_camera_stats stats;
  glyph_error error;
  int event, troubles = 0;
  int64_t last = 0;
  double last_ms = -1;
  (void)state;
  fake_set(4, 0, 1, 30);
  glyph_camera_options_init(&options);
  options.source = "7";
  options.retry_seconds = 1.3;
  if (camera_open(&camera, &options, &fake_table, &error)) fail_msg("%s", error.message);
  while ((event = glyph_camera_next(camera, 50, &frame, &error)) >= 0) {
    assert_int_not_equal(event, GLYPH_CAMERA_END);
    if (event == GLYPH_CAMERA_TROUBLE) {
      if (!troubles) assert_says(&error, "made up failure; trying to open it again for 1.3 s");
      if (++troubles == 2) fake.opens_to_fail = 1000; /* the second time it stays away */
    }
    if (event != GLYPH_CAMERA_FRAME) continue;
    assert_true(frame.page->frame > last && frame.page->time_ms > last_ms && frame.latency_ms >= 0);
    last = frame.page->frame, last_ms = frame.page->time_ms;
  }
  assert_int_equal(event, GLYPH_ERR_IO);
  assert_says(&error, "made up failure");
  assert_int_equal(troubles, 2);
  assert_in_range(last, 5, 8);
  glyph_camera_get_stats(camera, &stats);
  assert_int_equal(stats.reconnections, 1);
  assert_int_equal(stats.captured, 8);
  glyph_camera_close(&camera);
  assert_null(camera);
  glyph_camera_close(&camera);
  glyph_camera_close(NULL);
}

static void without_patience_a_lost_camera_is_the_end(void **state) {
  const capture_frame *frame;
  glyph_error error;
  int event;
  (void)state;
  fake_set(2, 0, 0, 10);
  capture *c = open_capture("7", 0, 0);
  while ((event = take(c, &frame, &error)) == CAPTURE_FRAME) continue;
  assert_int_equal(event, GLYPH_ERR_IO);
  assert_int_equal(fake.opened, 1);
  capture_close(&c);
}

static void late_frames_are_dropped(void **state) {
  const capture_frame *frame;
  glyph_error error;
  capture_stats stats;
  int64_t last = -1, taken = 0;
  (void)state;
  fake_set(60, 0, 0, 10);
  capture *c = open_capture("7", 0, 0);
  while (take(c, &frame, &error) == CAPTURE_FRAME) {
    assert_true(frame->info.index > last);
    assert_int_equal(frame->image.data[0], 101 + frame->info.index); /* the picture is that frame's, and stays it */
    last = frame->info.index;
    taken++;
    sleep_ms(55);
    assert_int_equal(frame->image.data[0], 101 + last);
  }
  capture_get_stats(c, &stats);
  capture_close(&c);
  assert_int_equal(stats.captured, 60);
  assert_int_equal(stats.dropped + taken, 60);
  assert_true(stats.dropped > 0);
  assert_int_equal(last, 59); /* the latest is always there */
}

static void every_frame_of_a_file_on_demand(void **state) {
  const capture_frame *frame;
  glyph_error error;
  int count = 0;
  (void)state;
  fake_set(50, 50, 0, 1000);
  capture *c = open_capture(GLYPHLIFT_SOURCE_DIR "/LICENSE", 1, 0);
  for (int event; (event = take(c, &frame, &error)) != CAPTURE_END; count++) {
    assert_int_equal(event, CAPTURE_FRAME);
    assert_int_equal(frame->info.index, count);
    assert_int_equal(frame->image.data[0], 101 + count);
  }
  assert_int_equal(count, 50);
  assert_int_equal(take(c, &frame, &error), CAPTURE_END);
  capture_close(&c);
  assert_null(c);
}

static void a_file_plays_at_its_own_speed(void **state) {
  const capture_frame *frame;
  glyph_error error;
  const double start = capture_now_ms();
  (void)state;
  fake_set(8, 8, 0, 50);
  capture *c = open_capture(GLYPHLIFT_SOURCE_DIR "/LICENSE", 0, 0);
  while (take(c, &frame, &error) == CAPTURE_FRAME) assert_true(frame->info.arrived_ms <= capture_now_ms());
  assert_true(capture_now_ms() - start >= 7 * 50);
  capture_close(&c);
}

static void a_video_that_ends_early_is_told(void **state) {
  const capture_frame *frame;
  glyph_error error;
  int event;
  (void)state;
  fake_set(3, 100, 0, 10);
  capture *c = open_capture(GLYPHLIFT_SOURCE_DIR "/LICENSE", 1, 0);
  while ((event = take(c, &frame, &error)) == CAPTURE_FRAME) continue;
  assert_int_equal(event, GLYPH_ERR_FORMAT);
  assert_says(&error, "LICENSE: ends after 3 of 100 frames");
  capture_close(&c);
}

/* The thread waits in each of its places when it is told to stop. */
static void closing_never_waits_for_frames(void **state) {
  const capture_frame *frame;
  glyph_error error;
  (void)state;
  fake_set(1000, 1000, 0, 100000);
  capture *c = open_capture(GLYPHLIFT_SOURCE_DIR "/LICENSE", 0, 0); /* for a frame's time */
  assert_int_equal(take(c, &frame, &error), CAPTURE_FRAME);
  capture_close(&c);
  c = open_capture(GLYPHLIFT_SOURCE_DIR "/LICENSE", 1, 0); /* for the frame to be taken */
  capture_close(&c);
  fake_set(1, 0, 1000, 1);
  c = open_capture("7", 0, 1000); /* for the camera */
  while (take(c, &frame, &error) != CAPTURE_TROUBLE) continue;
  capture_close(&c);
}

/* ---- image sequences ---------------------------------------------------------------------------------------------- */

static void write_picture(scratch *folder, const char *name, int level) {
  shim_image image;
  glyph_error error;
  assert_int_equal(shim_image_create(&image, WIDTH, HEIGHT, 1), SHIM_OK);
  memset(image.data, level, (size_t)image.stride * HEIGHT);
  assert_int_equal(png_write_file(scratch_path(folder, name), &image, &error), GLYPH_OK);
  shim_image_free(&image);
}

static void pictures_come_in_the_order_of_their_numbers(void **state) {
  static const char *const names[] = {"frame_8.png", "frame_9.png", "frame_10.png", "frame_11.png"};
  scratch *folder = *state;
  const capture_frame *frame;
  glyph_error error = {0};
  capture_stats stats;
  int count = 0, troubles = 0, event;
  for (int i = 0; i < 4; i++) write_picture(folder, names[i], 100 + i);
  write_file(scratch_path(folder, "frame_9a.png"), "no picture", 10);
  write_file(scratch_path(folder, ".hidden"), "x", 1);
  capture *c = open_capture(folder->folder, 1, 0);
  while ((event = take(c, &frame, &error)) != CAPTURE_END) {
    if (event == CAPTURE_TROUBLE) {
      assert_says(&error, "frame_9a.png: is not a picture");
      troubles++;
      continue;
    }
    assert_int_equal(event, CAPTURE_FRAME);
    assert_int_equal(frame->image.data[0], 100 + count++);
  }
  assert_int_equal(count, 4);
  assert_int_equal(troubles, 1);
  capture_get_stats(c, &stats);
  assert_int_equal(stats.dropped, 0);
  capture_close(&c);
  unlink(scratch_path(folder, "frame_9a.png"));
  unlink(scratch_path(folder, ".hidden"));
  for (int i = 0; i < 4; i++) unlink(scratch_path(folder, names[i]));
}

static void expect_files(scratch *folder, const char *pattern, const char *expected) {
  char names[256] = "", path[256];
  sequence s;
  glyph_error error;
  snprintf(path, sizeof path, "%s/%s", folder->folder, pattern);
  const int status = sequence_list(path, &s, &error);
  assert_int_equal(status, *expected ? GLYPH_OK : GLYPH_ERR_IO);
  if (status) assert_says(&error, "no file matches");
  for (size_t i = 0; i < s.count; i++) {
    strcat(names, strrchr(s.paths[i], '/') + 1);
    strcat(names, " ");
  }
  assert_string_equal(names, expected);
  sequence_free(&s);
}

static void patterns_match_numbers(void **state) {
  static const char *const names[] = {"a7.png",  "a08.png", "a10.png", "a100.png",
                                      "b10.png", "a10.jpg", "a.png",   "ax.png"};
  scratch *folder = *state;
  for (int i = 0; i < 8; i++) write_file(scratch_path(folder, names[i]), "x", 1);
  expect_files(folder, "a%d.png", "a08.png a7.png a10.png a100.png ");
  expect_files(folder, "a%02d.png", "a08.png a10.png a100.png ");
  expect_files(folder, "a%03d.png", "a100.png ");
  expect_files(folder, "c%d.png", "");
  for (int i = 0; i < 8; i++) unlink(scratch_path(folder, names[i]));
  assert_true(sequence_is_pattern("frames/%04d.png"));
  assert_false(sequence_is_pattern("100%/clip.avi"));
  assert_false(sequence_is_pattern("%s.png"));
  assert_false(sequence_is_pattern("%n%d.png"));
  assert_false(sequence_is_pattern("%12d.png"));
}

/* ---- what cannot be opened ---------------------------------------------------------------------------------------- */

static void expect_no_camera(const char *source, int status, const char *says) {
  glyph_camera_options options;
  glyph_camera *camera = (glyph_camera *)&camera;
  glyph_error error = {0};
  glyph_camera_options_init(&options);
  options.source = source;
  assert_int_equal(glyph_camera_open(&camera, &options, &error), status);
  assert_null(camera);
  assert_says(&error, says);
}

static void failures_are_told(void **state) {
  scratch *folder = *state;
  glyph_camera_options options;
  glyph_camera *camera;
  glyph_error error;
  expect_no_camera("/no/such/video.avi", GLYPH_ERR_IO, "/no/such/video.avi: cannot be opened: there is no such file");
  expect_no_camera("/no/such/%04d.png", GLYPH_ERR_IO, "cannot be opened");
  expect_no_camera(folder->folder, GLYPH_ERR_IO, "the folder holds no pictures");
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_video.so", F_OK) == 0) {
    expect_no_camera("4711", GLYPH_ERR_IO, "there is no camera /dev/video4711");
    expect_no_camera("/dev/no_camera", GLYPH_ERR_IO, "there is no camera /dev/no_camera");
    expect_no_camera("/dev/null", GLYPH_ERR_IO, "/dev/null is not a camera");
    expect_no_camera(GLYPHLIFT_SOURCE_DIR "/LICENSE", GLYPH_ERR_FORMAT, "LICENSE: not a video of a known format");
  }
  glyph_camera_options_init(&options);
  options.confidence = 1.5;
  assert_int_equal(glyph_camera_open(&camera, &options, &error), GLYPH_ERR_ARGUMENT);
  options.size = 1;
  assert_int_equal(glyph_camera_open(&camera, &options, NULL), GLYPH_ERR_ARGUMENT);
}

/* Of any scale, to 1 %. */
static void shares_of_latencies(void **state) {
  (void)state;
  for (double unit = 0.2; unit < 1e5; unit *= 7) {
    latencies l = {0};
    for (int i = 100; i > 0; i--) latencies_add(&l, unit * i);
    const double median = latencies_share(&l, 0.5), most = latencies_share(&l, 0.95);
    assert_true(median >= 50 * unit * 0.999 && median <= 50 * unit * 1.011);
    assert_true(most >= 95 * unit * 0.999 && most <= 95 * unit * 1.011);
    assert_true(latencies_share(&l, 1) == 100 * unit);
    assert_true(fabs(l.sum_ms - 5050 * unit) < 1e-6 * l.sum_ms);
  }
  latencies l = {0};
  latencies_add(&l, 0);
  assert_true(latencies_share(&l, 0.5) == 0);
  latencies_add(&l, 1e12);
  assert_true(l.count == 2 && latencies_share(&l, 0.5) == 0.1 && l.max_ms == 1e12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_of_latencies),
      cmocka_unit_test(an_unplugged_camera_comes_back),
      cmocka_unit_test(without_patience_a_lost_camera_is_the_end),
      cmocka_unit_test(late_frames_are_dropped),
      cmocka_unit_test(every_frame_of_a_file_on_demand),
      cmocka_unit_test(a_file_plays_at_its_own_speed),
      cmocka_unit_test(a_video_that_ends_early_is_told),
      cmocka_unit_test(closing_never_waits_for_frames),
      cmocka_unit_test(pictures_come_in_the_order_of_their_numbers),
      cmocka_unit_test(patterns_match_numbers),
      cmocka_unit_test(failures_are_told),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
