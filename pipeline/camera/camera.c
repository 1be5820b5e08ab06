/* The camera: takes the latest frame, has it read, follows its numbers, and keeps account of rates and latencies. */
#include "opened.h"

#include "../input/input.h"
#include "pick.h"
#include "shapes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int default_width = 1280, default_height = 720;
static const double default_retry_seconds = 30, default_steady_seconds = 0.2, default_gone_seconds = 1.5;
static const double default_confidence = 0.8;

void glyph_camera_options_init(glyph_camera_options *options) {
  memset(options, 0, sizeof *options);
  options->size = sizeof *options;
  options->width = default_width;
  options->height = default_height;
  options->retry_seconds = default_retry_seconds;
  options->steady_seconds = default_steady_seconds;
  options->gone_seconds = default_gone_seconds;
  options->confidence = default_confidence;
  glyph_options_init(&options->reader);
}

static double processor_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int check_options(const glyph_camera_options *o, glyph_error *error) {
  if (o->size != sizeof *o)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "glyph_camera_options was not set up by its init function");
  if (o->width < 0 || o->height < 0 || !(o->fps >= 0) || !(o->retry_seconds >= 0) || !(o->steady_seconds >= 0) ||
      !(o->gone_seconds >= 0) || !(o->confidence >= 0 && o->confidence <= 1))
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "size, rate and seconds of a camera must not be negative, confidence within 0..1");
  return GLYPH_OK;
}

static int open_parts(glyph_camera *c, const glyph_camera_options *o, const shim_video_table *video,
                      glyph_error *error) {
  const source_settings source = {.name = c->name,
                                  .width = o->width,
                                  .height = o->height,
                                  .fps = o->fps,
                                  .channels = o->keep_picture ? 3 : 1,
                                  .max_pixels = o->reader.max_pixels,
                                  .ignore_orientation = o->reader.ignore_orientation,
                                  .video = video};
  const capture_settings capture = {source, o->every_frame, o->retry_seconds};
  const tracks_settings numbers = {o->steady_seconds * 1e3, o->gone_seconds * 1e3, o->confidence,
                                   o->reader.min_confidence};
  glyph_options reader = o->reader;
  reader.keep_picture = 0; /* the frame itself is there */
  reader.video = 1;
  c->tracks = tracks_open(&numbers);
  if (o->shapes) c->shapes = tracks_open(&numbers);
  if (!c->tracks || (o->shapes && !c->shapes)) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  const int status = glyph_reader_open(&c->reader, &reader, error);
  return status == GLYPH_OK ? capture_open(&c->capture, &capture, error) : status;
}

int camera_open(glyph_camera **out, const glyph_camera_options *options, const shim_video_table *video,
                glyph_error *error) {
  glyph_camera_options defaults;
  *out = NULL;
  glyph_camera_options_init(&defaults);
  if (!options) options = &defaults;
  int status = check_options(options, error);
  if (status != GLYPH_OK) return status;
  glyph_camera *c = calloc(1, sizeof *c);
  if (c) c->name = strdup(options->source ? options->source : "0");
  if (!c || !c->name) {
    free(c);
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  }
  c->min_confidence = options->reader.min_confidence;
  c->processor_start_ms = processor_now_ms();
  status = open_parts(c, options, video, error);
  if (status != GLYPH_OK) glyph_camera_close(&c);
  *out = c;
  return status;
}

int glyph_camera_open(glyph_camera **out, const glyph_camera_options *options, glyph_error *error) {
  return camera_open(out, options, NULL, error);
}

static void drop_pages(glyph_camera *c) {
  pick_free(&c->live);
  pick_free(&c->steady);
  glyph_page_close(&c->page);
}

void glyph_camera_close(glyph_camera **camera) {
  if (!camera || !*camera) return;
  glyph_camera *c = *camera;
  camera_close_window(c);
  drop_pages(c);
  capture_close(&c->capture);
  glyph_reader_close(&c->reader);
  tracks_close(&c->tracks);
  tracks_close(&c->shapes);
  free(c->name);
  free(c);
  *camera = NULL;
}

/* ---- a frame ------------------------------------------------------------------------------------------------------ */

static size_t count_steady(const tracks_reading *readings, size_t count) {
  size_t steady = 0;
  for (size_t i = 0; i < count; i++) steady += readings[i].is_steady != 0;
  return steady;
}

/* The whole drawing where something in it is new, else nothing. Not 0: no memory. */
static int pick_drawing(glyph_camera *c, const tracks_reading *numbers, tracks_reading *shapes) {
  if (shapes_update(c->shapes, c->page, c->page->time_ms, shapes)) return -1;
  c->news += count_steady(shapes, c->page->shape_count);
  c->steady = pick_numbers(c->page, numbers, c->news == 0, c->min_confidence);
  if (!c->steady) return -1;
  if (c->news) return pick_shapes(c->steady, shapes);
  c->steady->shape_count = c->steady->connector_count = 0;
  return 0;
}

static int pick_pages(glyph_camera *c, glyph_error *error) {
  tracks_reading *numbers = malloc((c->page->number_count + 1) * sizeof *numbers);
  tracks_reading *shapes = malloc((c->page->shape_count + 1) * sizeof *shapes);
  int failed = !numbers || !shapes;
  if (!failed) {
    tracks_update(c->tracks, c->page, c->page->time_ms, numbers);
    c->news = count_steady(numbers, c->page->number_count);
    c->live = pick_numbers(c->page, numbers, 0, c->min_confidence);
    if (c->shapes)
      failed = pick_drawing(c, numbers, shapes);
    else
      c->steady = pick_numbers(c->page, numbers, 1, c->min_confidence);
  }
  free(numbers);
  free(shapes);
  failed |= !c->live || !c->steady;
  return failed ? glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", c->name) : GLYPH_OK;
}

static void count_frame(glyph_camera *c, const capture_frame *frame, double began_ms) {
  const double now = capture_now_ms(), latency = now - frame->info.arrived_ms;
  if (c->read == 0) c->first_ms = frame->info.arrived_ms;
  c->last_ms = now;
  c->read++;
  c->read_ms += now - began_ms;
  c->processor_ms = processor_now_ms() - c->processor_start_ms;
  c->told += (int64_t)c->news;
  c->latency_ms = latency;
  latencies_add(&c->latencies, latency);
}

/* The page's picture is the frame itself, and stays the capture's. */
static int read_frame(glyph_camera *c, const capture_frame *frame, glyph_error *error) {
  const double began_ms = capture_now_ms();
  const shim_image *image = &frame->image;
  const glyph_pixels pixels = {image->data, image->width, image->height, image->channels, image->stride};
  int status = c->shapes ? glyph_read_shapes_pixels(c->reader, &pixels, c->name, &c->page, error)
                         : glyph_read_pixels(c->reader, &pixels, c->name, &c->page, error);
  if (status != GLYPH_OK) return status;
  c->page->frame = frame->info.index + 1;
  c->page->time_ms = frame->info.time_ms;
  status = pick_pages(c, error);
  if (status != GLYPH_OK) return status;
  if (pixels.channels == 3) c->live->picture = c->steady->picture = pixels;
  count_frame(c, frame, began_ms);
  return GLYPH_OK;
}

int glyph_camera_next(glyph_camera *c, int timeout_ms, glyph_camera_frame *out, glyph_error *error) {
  const capture_frame *frame;
  static const int events[] = {[CAPTURE_FRAME] = GLYPH_CAMERA_FRAME,
                               [CAPTURE_WAITING] = GLYPH_CAMERA_WAITING,
                               [CAPTURE_TROUBLE] = GLYPH_CAMERA_TROUBLE,
                               [CAPTURE_END] = GLYPH_CAMERA_END};
  *out = (glyph_camera_frame){0};
  drop_pages(c);
  const int event = capture_take(c->capture, timeout_ms, &frame, error);
  if (event != CAPTURE_FRAME) return event < 0 ? event : events[event];
  const int status = read_frame(c, frame, error);
  if (status != GLYPH_OK) {
    drop_pages(c);
    return status;
  }
  c->width = frame->image.width, c->height = frame->image.height;
  *out = (glyph_camera_frame){c->page, c->live, c->steady, c->news, c->latency_ms};
  return GLYPH_CAMERA_FRAME;
}

/* ---- account ------------------------------------------------------------------------------------------------------ */

void glyph_camera_get_stats(const glyph_camera *c, glyph_camera_stats *out) {
  capture_stats captured;
  capture_get_stats(c->capture, &captured);
  *out = (glyph_camera_stats){.width = c->width,
                              .height = c->height,
                              .captured = captured.captured,
                              .read = c->read,
                              .dropped = captured.dropped,
                              .told = c->told,
                              .reconnections = captured.reconnections};
  if (c->read == 0) return;
  out->seconds = (c->last_ms - c->first_ms) / 1e3;
  out->frames_per_second = out->seconds > 0 ? (double)c->read / out->seconds : 0;
  out->read_ms = c->read_ms / (double)c->read;
  out->processor_ms = c->processor_ms / (double)c->read;
  out->latency_mean_ms = c->latencies.sum_ms / (double)c->read;
  out->latency_median_ms = latencies_share(&c->latencies, 0.5);
  out->latency_95_ms = latencies_share(&c->latencies, 0.95);
  out->latency_max_ms = c->latencies.max_ms;
}
