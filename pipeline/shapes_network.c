/* Names by the shapes network: each outline, drawn anew at one size with one pen, so that neither writing inside nor
 * strokes that touch it are seen, and what geometry says of circles and four corners. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/input.h"
#include "shapes.h"

enum {
  BATCH = 16,
  SIDE = 80,
  MARGIN = 4,
  PEN = 2,
  CROP_BYTES = STAGE_SHAPE_VIEWS * STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE
};

static const double sure = 0.5; /* of what a shape is, for it to tell something of the hand that drew it */

/* Whether one of the model's classes is a kind of shapes; every shapes model knows what is none. */
static int knows_shapes(const nn_model_info *info) {
  for (size_t i = 0; i < info->classes; i++)
    if (!strcmp(info->class_names[i], stage_kind_names[STAGE_OTHER])) return info->classes > 1;
  return 0;
}

static int check_model(const nn_model_info *info, const char *name, glyph_error *error) {
  if (info->width != STAGE_SHAPE_SIDE || info->height != STAGE_SHAPE_SIDE || info->channels != 1)
    return glyph_error_set(error, GLYPH_ERR_MODEL, "%s: the model takes %dx%dx%d pictures, not shapes of %dx%dx1", name,
                           info->width, info->height, info->channels, STAGE_SHAPE_SIDE, STAGE_SHAPE_SIDE);
  if (!knows_shapes(info))
    return glyph_error_set(error, GLYPH_ERR_MODEL, "%s: is not a shapes model: it has no class \"other\"", name);
  return GLYPH_OK;
}

/* The built-in model is opened when the first page of shapes is read: digits do without. */
int reader_open_shapes_model(glyph_reader *reader, glyph_error *error) {
  nn_error cause;
  const char *path = reader->shapes_model_path;
  if (reader->shapes_session) return GLYPH_OK;
  int status = path ? nn_model_open_file(&reader->shapes_model, path, &cause)
                    : nn_model_open_shapes(&reader->shapes_model, &cause);
  if (status != NN_OK) return glyph_error_set(error, GLYPH_ERR_MODEL, "%s", cause.message);
  status = check_model(nn_model_get_info(reader->shapes_model), path ? path : "built-in shapes model", error);
  if (status == GLYPH_OK && nn_session_open(&reader->shapes_session, reader->shapes_model, BATCH, &cause) != NN_OK)
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "%s", cause.message);
  if (status != GLYPH_OK) nn_model_close(&reader->shapes_model);
  return status;
}

int glyph_reader_shapes_checksum(glyph_reader *reader, uint32_t *out, glyph_error *error) {
  const int status = reader_open_shapes_model(reader, error);
  if (status == GLYPH_OK) *out = nn_model_get_info(reader->shapes_model)->checksum;
  return status;
}

static int crop_outline(const stage_outline *o, uint8_t crop[CROP_BYTES]) {
  const double side = fmax(fmax(o->box[2] - o->box[0], o->box[3] - o->box[1]), 1), scale = SIDE / side;
  int x[STAGE_OUTLINE_POINTS], y[STAGE_OUTLINE_POINTS], filled;
  shim_image mask;
  int status = shim_image_create(&mask, SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, 1);
  if (status != SHIM_OK) return status;
  memset(mask.data, 0, (size_t)mask.stride * (size_t)mask.height);
  for (int i = 0; i < STAGE_OUTLINE_POINTS; i++) {
    x[i] = MARGIN + (int)lround((o->points[2 * i] - o->box[0]) * scale);
    y[i] = MARGIN + (int)lround((o->points[2 * i + 1] - o->box[1]) * scale);
  }
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; status == SHIM_OK && i < STAGE_OUTLINE_POINTS; j = i++)
    status = shim_draw_line(&mask, x[j], y[j], x[i], y[i], (shim_colour){255, 255, 255}, PEN);
  if (status == SHIM_OK) status = stage_shape_crop(&mask, crop, &filled);
  shim_image_free(&mask);
  return status;
}

/* What the network and geometry (its answer in probabilities, 0 for what it does not know) together say of `count`
 * crops, of which the first view is set. */
static int name_crops(reading *r, uint8_t *crops, size_t count, double (*const *probabilities)[STAGE_KINDS]) {
  const nn_model_info *info = nn_model_get_info(r->reader->shapes_model);
  float *network = malloc(count * STAGE_SHAPE_VIEWS * info->classes * sizeof *network);
  if (!network) return reading_status(r, SHIM_ERR_MEMORY);
  int status = GLYPH_OK;
  for (size_t i = 0; i < count; i++) stage_shape_views(crops + i * CROP_BYTES);
  if (nn_session_classify(r->reader->shapes_session, crops, count * STAGE_SHAPE_VIEWS, network) != NN_OK)
    status = glyph_error_set(r->error, GLYPH_ERR_INTERNAL, "%s: the shapes network did not run", r->name);
  if (status == GLYPH_OK) stage_shape_views_mean(network, count, info->classes);
  for (size_t i = 0; status == GLYPH_OK && i < count; i++)
    stage_kind_join(info->class_names, network + i * info->classes, info->classes, *probabilities[i]);
  free(network);
  return status;
}

static int compare_errors(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* How badly this page's better shapes are drawn: the lower quartile of their fits' errors. scratch has room for a number
 * a shape. */
static double usual_error(const shapes_analysis *a, double *scratch) {
  size_t count = 0;
  for (size_t i = 0; i < a->count; i++) {
    const stage_shape *s = &a->shapes[i];
    const double error = stage_kind_error(&s->fit, s->probabilities);
    if (error > 0 && s->probabilities[stage_kind_best(s->probabilities)] >= sure) scratch[count++] = error;
  }
  qsort(scratch, count, sizeof *scratch, compare_errors);
  return count ? scratch[(count - 1) / 4] : 0;
}

int shapes_name(reading *r, shapes_analysis *a) {
  if (!a->count) return GLYPH_OK;
  int status = reader_open_shapes_model(r->reader, r->error);
  if (status != GLYPH_OK) return status;
  uint8_t *crops = malloc(a->count * CROP_BYTES);
  double(**probabilities)[STAGE_KINDS] = malloc(a->count * sizeof *probabilities);
  double *errors = malloc(a->count * sizeof *errors);
  if (!crops || !probabilities || !errors) status = reading_status(r, SHIM_ERR_MEMORY);
  for (size_t i = 0; status == GLYPH_OK && i < a->count; i++) {
    probabilities[i] = &a->shapes[i].probabilities;
    status = reading_status(r, crop_outline(&a->shapes[i].outline, crops + i * CROP_BYTES));
  }
  if (status == GLYPH_OK) status = name_crops(r, crops, a->count, probabilities);
  const double usual = status == GLYPH_OK ? usual_error(a, errors) : 0;
  for (size_t i = 0; status == GLYPH_OK && i < a->count; i++)
    stage_kind_doubt(&a->shapes[i].fit, usual, a->shapes[i].probabilities);
  free(errors);
  free(crops);
  free(probabilities);
  return status;
}

int shapes_name_strokes(reading *r, const stage_loose_list *strokes, double (*probabilities)[STAGE_KINDS]) {
  const size_t count = strokes->count;
  if (!count) return GLYPH_OK;
  int status = reader_open_shapes_model(r->reader, r->error), filled;
  if (status != GLYPH_OK) return status;
  uint8_t *crops = malloc(count * CROP_BYTES);
  double(**all)[STAGE_KINDS] = malloc(count * sizeof *all);
  if (!crops || !all) status = reading_status(r, SHIM_ERR_MEMORY);
  for (size_t i = 0; status == GLYPH_OK && i < count; i++) {
    all[i] = &probabilities[i];
    status = reading_status(r, stage_shape_crop(&strokes->items[i].mask, crops + i * CROP_BYTES, &filled));
  }
  if (status == GLYPH_OK) status = name_crops(r, crops, count, all);
  free(crops);
  free(all);
  return status;
}
