/* Draws videos: the sheets are pages of the generator, drawn once; for each frame the sheet in sight is laid on the
 * table where the scene's keys say, put out of focus, and given the sensor's noise. */
#include "video.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/shim.h"
#include "avi.h"
#include "encode.h"

enum { TABLE_GRAY = 96, JPEG_QUALITY = 90 };
static const double noise_gray = 3;    /* standard deviation */
static const double sheet_share = 0.8; /* of the frame's sides */

static const char first_sheet[] = "3268 175 | 40961 27 | 58 3307", second_sheet[] = "914 66210 | 8745 | 1492 530";
static const char first_numbers[] = "3268 175 40961 27 58 3307", second_numbers[] = "914 66210 8745 1492 530";

static const video_key sheet_keys[] = {
    {0, 0, -0.5, 0.5, 4, 0},       {900, 0, 0.46, 0.5, 2, 0},   {2400, 0, 0.54, 0.53, -3, 0},
    {2600, 0, 0.53, 0.52, -3, 14}, {3100, 0, 0.5, 0.5, -2, 14}, {3300, 0, 0.5, 0.5, -2, 0},
    {4200, 0, 0.5, 0.49, 0, 0},    {4900, 0, 1.5, 0.4, 5, 0},   {6900, 0, 1.5, 0.5, -4, 0},
    {7600, 0, 0.5, 0.5, -2, 0},    {9000, 0, 0.48, 0.52, 1, 0}, {9600, 0, 0.5, -0.6, 0, 0},
    {9601, 1, 0.5, 1.6, 3, 0},     {10300, 1, 0.5, 1.6, 3, 0},  {11000, 1, 0.52, 0.5, 1, 0},
    {12500, 1, 0.5, 0.5, 0, 0},
};
static const video_truth sheet_truth[] = {
    {0, 4900, first_numbers}, {6900, 9600, first_numbers}, {10300, 12500, second_numbers}};

const video_scene video_scene_sheets = {.name = "sheets",
                                        .sheets = {first_sheet, second_sheet},
                                        .keys = sheet_keys,
                                        .key_count = sizeof sheet_keys / sizeof *sheet_keys,
                                        .truth = sheet_truth,
                                        .truth_count = sizeof sheet_truth / sizeof *sheet_truth};

typedef struct drawing {
  const video_spec *spec;
  page_picture sheets[VIDEO_SHEETS_MAX];
  page_picture frame;
  random_stream random;
} drawing;

int video_frame_count(const video_spec *spec) {
  return (int)(spec->scene->keys[spec->scene->key_count - 1].time_ms * spec->fps / 1000) + 1;
}

static int draw_sheets(drawing *d) {
  for (int i = 0; i < VIDEO_SHEETS_MAX && d->spec->scene->sheets[i]; i++) {
    page_spec page;
    page_spec_init(&page, d->spec->seed + (uint64_t)i);
    page.width = (int)(d->spec->width * sheet_share);
    page.height = (int)(d->spec->height * sheet_share);
    page.layout.height = page.height / 8.0;
    page.camera.noise = 0;
    snprintf(page.layout.text, sizeof page.layout.text, "%s", d->spec->scene->sheets[i]);
    if (page_draw(&page, &d->sheets[i], NULL)) return -1;
  }
  return 0;
}

/* Between the keys; the sheet is that of the key before. */
static video_key pose_at(const video_scene *scene, double time_ms) {
  int i = 0;
  while (i + 2 < scene->key_count && scene->keys[i + 1].time_ms <= time_ms) i++;
  const video_key *a = &scene->keys[i], *b = a + 1;
  const double t = fmin(1, (time_ms - a->time_ms) / (b->time_ms - a->time_ms));
  return (video_key){time_ms,
                     a->sheet,
                     a->x + t * (b->x - a->x),
                     a->y + t * (b->y - a->y),
                     a->degrees + t * (b->degrees - a->degrees),
                     a->blur + t * (b->blur - a->blur)};
}

static shim_image view_of(const page_picture *picture) {
  return (shim_image){picture->data, picture->width, picture->height, 3, (ptrdiff_t)picture->width * 3};
}

static int lay_sheet(drawing *d, const video_key *pose) {
  const page_picture *sheet = &d->sheets[pose->sheet];
  const double radians = pose->degrees * 3.14159265358979323846 / 180, c = cos(radians), s = sin(radians);
  const double x = pose->x * d->frame.width, y = pose->y * d->frame.height;
  const double m[6] = {c,  s, sheet->width / 2.0 - c * x - s * y, /* from the frame to the sheet */
                       -s, c, sheet->height / 2.0 + s * x - c * y};
  const shim_image from = view_of(sheet);
  shim_image to = view_of(&d->frame);
  int status = shim_warp_affine(&from, &to, m, TABLE_GRAY);
  const int window = 2 * (int)ceil(3 * pose->blur) + 1; /* sigma follows from it */
  if (status == SHIM_OK && window > 1) status = shim_blur(&to, &to, window);
  return status == SHIM_OK ? 0 : -1;
}

static void add_noise(drawing *d) {
  const size_t size = (size_t)d->frame.width * (size_t)d->frame.height * 3;
  for (size_t i = 0; i < size; i += 3) {
    const double noise = noise_gray * random_normal(&d->random);
    for (size_t k = i; k < i + 3; k++) {
      const double value = d->frame.data[k] + noise + 0.5;
      d->frame.data[k] = (uint8_t)fmax(0, fmin(255, value));
    }
  }
}

int video_draw(const video_spec *spec, int (*take)(void *user, const page_picture *frame, int index), void *user) {
  drawing d = {.spec = spec, .frame = {NULL, spec->width, spec->height}};
  int status = -1;
  random_start(&d.random, spec->seed, 9);
  d.frame.data = malloc((size_t)spec->width * (size_t)spec->height * 3);
  if (!d.frame.data || draw_sheets(&d)) goto cleanup;
  status = 0;
  for (int i = 0; i < video_frame_count(spec) && status == 0; i++) {
    const video_key pose = pose_at(spec->scene, i * 1000.0 / spec->fps);
    status = lay_sheet(&d, &pose);
    if (status == 0) add_noise(&d);
    if (status == 0) status = take(user, &d.frame, i);
  }
cleanup:
  for (int i = 0; i < VIDEO_SHEETS_MAX; i++) page_picture_free(&d.sheets[i]);
  page_picture_free(&d.frame);
  return status;
}

static int add_frame(void *user, const page_picture *frame, int index) {
  uint8_t *bytes;
  size_t size;
  (void)index;
  if (encode_jpeg(frame, JPEG_QUALITY, 0, &bytes, &size)) return -1;
  avi_add(user, bytes, size);
  free(bytes);
  return 0;
}

int video_write(const video_spec *spec, const char *path) {
  avi_writer avi;
  if (avi_open(&avi, path, spec->width, spec->height, spec->fps)) return -1;
  const int failed = video_draw(spec, add_frame, &avi);
  return avi_close(&avi) || failed ? -1 : 0;
}
