/* What every way of reading a page does alike: how it starts and ends, its stages' statuses and times, the stages that lift
 * ink off the paper, crops for the network and its verdicts. */
#include "reading.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "input/input.h"

double reader_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int is_worth_keeping(const shim_image *image) {
  return image->data && (int64_t)image->width * image->height <= READER_KEPT_PIXELS;
}

void reader_keep_image(shim_image *kept, shim_image *image) {
  if (is_worth_keeping(image)) {
    shim_image_free(kept);
    *kept = *image;
    *image = (shim_image){0};
  }
  shim_image_free(image);
}

void reader_keep_pyramid(stage_pyramid *kept, stage_pyramid *pyramid) {
  if (is_worth_keeping(&pyramid->levels[0].gray)) {
    stage_pyramid_free(kept);
    *kept = *pyramid;
    *pyramid = (stage_pyramid){0};
  }
  stage_pyramid_free(pyramid);
}

void reader_buffers_free(reader_buffers *buffers) {
  shim_image_free(&buffers->decoded);
  shim_image_free(&buffers->half);
  stage_pyramid_free(&buffers->pyramid);
}

int reading_status(const reading *r, int status) {
  if (status == SHIM_OK) return GLYPH_OK;
  if (status == SHIM_ERR_MEMORY) return glyph_error_set(r->error, GLYPH_ERR_MEMORY, "%s: out of memory", r->name);
  return glyph_error_set(r->error, GLYPH_ERR_INTERNAL, "%s: %s", r->name, shim_error());
}

int reading_finish(reading *r, const char *stage, double done) {
  const double now = reader_now_ms();
  results_add_timing(r->page, stage, now - r->mark_ms);
  r->mark_ms = now;
  const glyph_options *options = &r->reader->options;
  if (options->progress && options->progress(options->user, done) != 0)
    return glyph_error_set(r->error, GLYPH_ERR_CANCELLED, "%s: cancelled", r->name);
  return GLYPH_OK;
}

int reading_make_pyramid(reading *r, int inverted) {
  stage_pyramid *kept = &r->reader->buffers.pyramid;
  if (!r->pyramid.count) {
    r->pyramid = *kept;
    *kept = (stage_pyramid){0};
  }
  int status = reading_status(r, stage_pyramid_remake(r->gray, inverted, &r->pyramid));
  if (status == GLYPH_OK) status = dump_image(&r->dumps, "01-gray", &r->pyramid.levels[0].gray, r->error);
  return status == GLYPH_OK ? reading_finish(r, "pyramid", 0.1) : status;
}

int reading_remove_rules(reading *r, int keep_paper) {
  int status = reading_status(r, stage_rules_find(&r->pyramid, &r->rules));
  if (status == GLYPH_OK && keep_paper) status = reading_status(r, stage_rules_keep_paper(&r->rules, &r->pyramid));
  if (status == GLYPH_OK) status = dump_rules(&r->dumps, &r->pyramid, &r->rules, r->error);
  if (status == GLYPH_OK) status = reading_status(r, stage_rules_remove(&r->rules, &r->pyramid));
  return status == GLYPH_OK ? reading_finish(r, "rules", 0.2) : status;
}

int reading_threshold(reading *r, int joins_parts) {
  int status = GLYPH_OK;
  for (int i = 0; status == GLYPH_OK && i < r->pyramid.count; i++)
    status = reading_status(r, stage_threshold(&r->pyramid.levels[i], joins_parts));
  if (status == GLYPH_OK) status = dump_levels(&r->dumps, &r->pyramid, r->error);
  return status == GLYPH_OK ? reading_finish(r, "threshold", 0.4) : status;
}

int reading_crop(reading *r, const stage_glyphs *glyphs, uint8_t *crops) {
  int status = GLYPH_OK;
  for (size_t i = 0; status == GLYPH_OK && i < glyphs->count; i++)
    status = reading_status(r, stage_crop(&r->pyramid, &glyphs->items[i], crops + i * READING_CROP_SIZE));
  return status;
}

int reading_classify(reading *r, const uint8_t *crops, size_t count, judge_verdict *verdicts) {
  const nn_model_info *info = nn_model_get_info(r->reader->model);
  float *probabilities = malloc(count * info->classes * sizeof *probabilities + 1);
  if (!probabilities) return reading_status(r, SHIM_ERR_MEMORY);
  const int run = nn_session_classify(r->reader->session, crops, count, probabilities);
  for (size_t i = 0; run == NN_OK && i < count; i++)
    judge_read(info->class_names, info->classes, probabilities + i * info->classes, &verdicts[i].glyph);
  free(probabilities);
  return run == NN_OK ? GLYPH_OK
                      : glyph_error_set(r->error, GLYPH_ERR_INTERNAL, "%s: the network did not run", r->name);
}

stage_box reading_box(const reading *r, const stage_glyph *glyph) {
  int box[4];
  stage_glyph_page_box(glyph, box);
  /* A level of odd size was rounded down; nothing reaches past the picture, though. */
  const int right = box[2] < r->gray->width ? box[2] : r->gray->width;
  const int bottom = box[3] < r->gray->height ? box[3] : r->gray->height;
  return (stage_box){box[0], box[1], right - box[0], bottom - box[1]};
}

void reading_free(reading *r) {
  shim_image_free(&r->framed);
  reader_keep_pyramid(&r->reader->buffers.pyramid, &r->pyramid);
  stage_rules_free(&r->rules);
  stage_glyphs_free(&r->glyphs);
  free(r->pairs);
  free(r->crops);
  free(r->verdicts);
}

int reading_take_region(const glyph_reader *reader, const shim_image *gray, const char *name, shim_image *part,
                        glyph_error *error) {
  const glyph_box *box = &reader->options.region;
  *part = *gray;
  if (box->width == 0) return GLYPH_OK;
  if (box->x > gray->width - box->width || box->y > gray->height - box->height)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "%s: the region %d,%d,%d,%d reaches past the picture, which is %d x %d pixels large", name,
                           box->x, box->y, box->width, box->height, gray->width, gray->height);
  part->data += box->y * part->stride + box->x;
  part->width = box->width;
  part->height = box->height;
  return GLYPH_OK;
}

void reading_halve(reading *r, const shim_image *halved) {
  const stage_map twice = {{2, 0, 0, 0, 2, 0, 0, 0, 1}, {0.5, 0, 0, 0, 0.5, 0, 0, 0, 1}};
  stage_map_compose(&r->map, &twice, &r->map);
  r->gray = r->halved = halved;
}

int reading_start(reading *r, glyph_reader *reader, const shim_image *gray, const char *name, glyph_error *error) {
  *r = (reading){.reader = reader,
                 .picture = gray,
                 .gray = &r->part,
                 .name = name,
                 .error = error,
                 .dumps = {reader->options.dump_directory, name},
                 .mark_ms = reader_now_ms()};
  const int status = reading_take_region(reader, gray, name, &r->part, error);
  if (status != GLYPH_OK) return status;
  stage_map_init(&r->map);
  stage_map_shift(&r->map, reader->options.region.x, reader->options.region.y);
  r->page = results_page_new(gray->width, gray->height);
  if (!r->page) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", name);
  return dump_begin(&r->dumps, error);
}
