/* The three kinds of sources: a camera or a video file through the shim's video module, an image sequence through the
 * pipeline's own decoders. Which one it is follows from the name. */
#include "source.h"

#include "../input/input.h"
#include "sequence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const double sequence_fps = 25;
static const double early_end = 0.9; /* of the frames that a video announces; fewer: it was cut off */

struct source {
  source_settings settings;
  shim_video *video; /* NULL: a sequence */
  int is_camera;
  shim_video_info info;
  sequence pictures;
  size_t next_picture;
  shim_image picture; /* the sequence's frame in hand */
  int64_t frames;
};

/* A camera that is named by its number alone. */
static int is_number(const char *name) {
  return *name && strlen(name) <= 4 && name[strspn(name, "0123456789")] == '\0';
}

static const shim_video_table *find_table(source *s, glyph_error *error) {
  const char *why = NULL;
  if (!s->settings.video) s->settings.video = shim_module_video(&why);
  if (!s->settings.video) glyph_error_set(error, GLYPH_ERR_MODULE, "%s: %s", s->settings.name, why);
  return s->settings.video;
}

static int open_camera(source *s, const char *device, glyph_error *error) {
  const shim_video_table *table = find_table(s, error);
  if (!table) return GLYPH_ERR_MODULE;
  s->is_camera = 1;
  if (table->open_camera(device, s->settings.width, s->settings.height, s->settings.fps, &s->video) == SHIM_OK)
    return GLYPH_OK;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s", table->error());
}

static int open_video(source *s, glyph_error *error) {
  const shim_video_table *table = find_table(s, error);
  if (!table) return GLYPH_ERR_MODULE;
  if (table->open_file(s->settings.name, &s->video) != SHIM_OK)
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s", table->error());
  if (table->info(s->video, &s->info) != SHIM_OK) s->info.frame_count = -1;
  return GLYPH_OK;
}

static int open_by_name(source *s, glyph_error *error) {
  const char *name = s->settings.name;
  struct stat status;
  char device[32];
  if (stat(name, &status) == 0) {
    if (S_ISDIR(status.st_mode)) return sequence_list(name, &s->pictures, error);
    return S_ISCHR(status.st_mode) ? open_camera(s, name, error) : open_video(s, error);
  }
  const int reason = errno;
  if (is_number(name)) {
    snprintf(device, sizeof device, "/dev/video%d", atoi(name));
    return open_camera(s, device, error);
  }
  if (strncmp(name, "/dev/", 5) == 0) return open_camera(s, name, error);
  if (sequence_is_pattern(name)) return sequence_list(name, &s->pictures, error);
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be opened: %s", name, glyph_errno_text(reason));
}

int source_open(source **out, const source_settings *settings, glyph_error *error) {
  source *s = *out = calloc(1, sizeof *s);
  if (!s) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  s->settings = *settings;
  const int status = open_by_name(s, error);
  if (status != GLYPH_OK) source_close(out);
  return status;
}

void source_close(source **s) {
  if (!s || !*s) return;
  if ((*s)->video) (*s)->settings.video->close(&(*s)->video);
  sequence_free(&(*s)->pictures);
  shim_image_free(&(*s)->picture);
  free(*s);
  *s = NULL;
}

int source_is_camera(const source *s) {
  return s->is_camera;
}

static int next_picture(source *s, shim_video_frame *out, glyph_error *error) {
  const input_options options = {
      s->settings.max_pixels, s->settings.ignore_orientation, s->settings.channels, NULL, 0, NULL};
  input_bytes bytes = {0};
  if (s->next_picture == s->pictures.count) return SOURCE_END;
  const char *path = s->pictures.paths[s->next_picture];
  shim_image_free(&s->picture);
  int status = input_read_file(path, &bytes, error);
  if (status == GLYPH_OK) status = input_decode(bytes.data, bytes.size, path, &options, &s->picture, error);
  input_bytes_free(&bytes);
  const double fps = s->settings.fps > 0 ? s->settings.fps : sequence_fps;
  *out = (shim_video_frame){.width = s->picture.width,
                            .height = s->picture.height,
                            .index = (int64_t)s->next_picture,
                            .time_ms = (double)s->next_picture * 1000 / fps};
  s->next_picture++;
  return status == GLYPH_OK || status == GLYPH_ERR_MEMORY ? status : SOURCE_SKIPPED;
}

static int end_video(const source *s, glyph_error *error) {
  if ((double)s->frames >= early_end * (double)s->info.frame_count) return SOURCE_END;
  return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: ends after %lld of %lld frames: it is damaged or cut off",
                         s->settings.name, (long long)s->frames, (long long)s->info.frame_count);
}

int source_next(source *s, shim_video_frame *out, glyph_error *error) {
  if (!s->video) return next_picture(s, out, error);
  const int status = s->settings.video->next(s->video, out);
  if (status == SHIM_VIDEO_END) return end_video(s, error);
  if (status != SHIM_OK)
    return glyph_error_set(error, s->is_camera ? GLYPH_ERR_IO : GLYPH_ERR_FORMAT, "%s: %s", s->settings.name,
                           s->settings.video->error());
  s->frames++;
  if ((int64_t)out->width * out->height > s->settings.max_pixels)
    return glyph_error_set(error, GLYPH_ERR_LIMIT, "%s: %d x %d pixels are over the limit of %lld", s->settings.name,
                           out->width, out->height, (long long)s->settings.max_pixels);
  return GLYPH_OK;
}

static int fit_image(const shim_video_frame *frame, int channels, shim_image *image) {
  if (image->data && image->width == frame->width && image->height == frame->height) return SHIM_OK;
  shim_image_free(image);
  return shim_image_create(image, frame->width, frame->height, channels);
}

int source_read(source *s, const shim_video_frame *frame, shim_image *image, glyph_error *error) {
  if (!s->video) {
    shim_image_free(image);
    *image = s->picture;
    s->picture = (shim_image){0};
    return GLYPH_OK;
  }
  int status = fit_image(frame, s->settings.channels, image);
  if (status != SHIM_OK) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", s->settings.name);
  status = s->settings.video->read(s->video, image);
  return status == SHIM_OK
             ? GLYPH_OK
             : glyph_error_set(error, GLYPH_ERR_INTERNAL, "%s: %s", s->settings.name, s->settings.video->error());
}
