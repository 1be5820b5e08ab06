/* The way a picture takes, from bytes to results: the one place that joins the stages with the network. read_page() is
 * the list of stages. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cells.h"
#include "dump.h"
#include "framing.h"
#include "input/input.h"
#include "judge.h"
#include "numbers.h"
#include "results.h"
#include "stages/stages.h"
#include "touching.h"

enum { NETWORK_BATCH = 32, CROP_SIZE = STAGE_CROP_SIDE * STAGE_CROP_SIDE };
/* Pieces of touching digits: read together, and on one page (a texture has no end of them). */
enum { PIECES_AT_ONCE = 1000, PIECES_MAX = 8000 };
static const int64_t default_max_pixels = 200 * 1000 * 1000;
static const double polarity_doubt = 0.05;  /* below it the picture is read either way */
static const double polarity_evidence = 2; /* the less likely way must bring this much more */
static const double one_weight = 0.05;     /* of a 1 beside other digits, as evidence: any line makes one */
static const double wide_ink_min = 0.5; /* of the ink, in components wide enough for two digits: the page may not be turned */

/* One reading of a page at one polarity, with all that its stages made. */
typedef struct reading {
  glyph_reader *reader;
  const shim_image *picture; /* as it was handed in */
  shim_image part;        /* a view of the region of it that is to be read */
  const shim_image *gray; /* the same in the frame it is read in */
  stage_map map;          /* from there to the picture */
  shim_image framed;      /* owned; the gray picture of a frame of its own */
  stage_page sheet;
  const char *name;
  dump dumps;
  glyph_page *page;
  glyph_error *error;
  double mark_ms; /* when the last stage ended */
  int as_it_lies;  /* undo no quarter turn */
  int turn_in_doubt; /* the page was turned, but what looks like digits on their side may be digits that touch */
  stage_pyramid pyramid;
  stage_rules rules;
  stage_glyphs glyphs; /* candidates: single ones, joined ones, cut off ones */
  size_t single_count, uncut_count; /* how many are single, and how many single or joined */
  size_t *pairs;
  uint8_t *crops;
  judge_verdict *verdicts;
} reading;

/* ---- options, opening, closing ------------------------------------------------------------------------------------ */

void glyph_options_init(glyph_options *options) {
  memset(options, 0, sizeof *options);
  options->size = sizeof *options;
  options->max_pixels = default_max_pixels;
}

static int copy_string(const char *text, char **out) {
  *out = text ? strdup(text) : NULL;
  return !text || *out;
}

static int open_model(glyph_reader *reader, glyph_error *error) {
  nn_error cause;
  const char *path = reader->options.model_path;
  int status = path ? nn_model_open_file(&reader->model, path, &cause) : nn_model_open_digits(&reader->model, &cause);
  if (status != NN_OK) return glyph_error_set(error, GLYPH_ERR_MODEL, "%s", cause.message);
  const nn_model_info *info = nn_model_get_info(reader->model);
  if (info->width != STAGE_CROP_SIDE || info->height != STAGE_CROP_SIDE || info->channels != 1)
    return glyph_error_set(error, GLYPH_ERR_MODEL, "%s: the model takes %dx%dx%d pictures, not glyphs of 28x28x1",
                           path ? path : "built-in model", info->width, info->height, info->channels);
  status = nn_session_open(&reader->session, reader->model, NETWORK_BATCH, &cause);
  return status == NN_OK ? GLYPH_OK : glyph_error_set(error, GLYPH_ERR_MEMORY, "%s", cause.message);
}

int glyph_reader_open(glyph_reader **out, const glyph_options *options, glyph_error *error) {
  glyph_options defaults;
  *out = NULL;
  glyph_options_init(&defaults);
  if (!options) options = &defaults;
  if (options->size != sizeof *options)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "glyph_options was not set up by glyph_options_init");
  const glyph_box *region = &options->region;
  if (region->x < 0 || region->y < 0 || region->width < 0 || region->height < 0 || !region->width != !region->height)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT,
                           "region must have its corner at 0,0 or beyond and a positive size, not %d,%d,%d,%d", region->x,
                           region->y, region->width, region->height);
  if (options->max_pixels <= 0 || !(options->min_confidence >= 0 && options->min_confidence <= 1))
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "max_pixels must be positive and min_confidence within 0..1");
  glyph_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  reader->options = *options;
  int status = GLYPH_OK;
  if (!copy_string(options->model_path, &reader->model_path) ||
      !copy_string(options->dump_directory, &reader->dump_directory))
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  reader->options.model_path = reader->model_path;
  reader->options.dump_directory = reader->dump_directory;
  if (status == GLYPH_OK)
    status = expectation_open(&reader->expected, options->expect, options->expect_digits, error);
  reader->options.expect = NULL; /* it is compiled */
  if (status == GLYPH_OK) status = open_model(reader, error);
  if (status != GLYPH_OK) glyph_reader_close(&reader);
  *out = reader;
  return status;
}

void glyph_reader_close(glyph_reader **reader) {
  if (!reader || !*reader) return;
  expectation_close(&(*reader)->expected);
  nn_session_close(&(*reader)->session);
  nn_model_close(&(*reader)->model);
  free((*reader)->model_path);
  free((*reader)->dump_directory);
  free(*reader);
  *reader = NULL;
}

/* ---- helpers of the stages below ---------------------------------------------------------------------------------- */

double reader_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A stage's status as the library's, with its sentence. */
static int stage_status(reading *r, int status) {
  if (status == SHIM_OK) return GLYPH_OK;
  if (status == SHIM_ERR_MEMORY) return glyph_error_set(r->error, GLYPH_ERR_MEMORY, "%s: out of memory", r->name);
  return glyph_error_set(r->error, GLYPH_ERR_INTERNAL, "%s: %s", r->name, shim_error());
}

/* Stamps the stage's time and lets the caller cancel. */
static int finish_stage(reading *r, const char *stage, double done) {
  const double now = reader_now_ms();
  results_add_timing(r->page, stage, now - r->mark_ms);
  r->mark_ms = now;
  const glyph_options *options = &r->reader->options;
  if (options->progress && options->progress(options->user, done) != 0)
    return glyph_error_set(r->error, GLYPH_ERR_CANCELLED, "%s: cancelled", r->name);
  return GLYPH_OK;
}

static int crop_glyphs(reading *r, const stage_glyphs *glyphs, uint8_t *crops) {
  int status = GLYPH_OK;
  for (size_t i = 0; status == GLYPH_OK && i < glyphs->count; i++)
    status = stage_status(r, stage_crop(&r->pyramid, &glyphs->items[i], crops + i * CROP_SIZE));
  return status;
}

/* The network's reading of each crop. */
static int classify_crops(reading *r, const uint8_t *crops, size_t count, judge_verdict *verdicts) {
  const nn_model_info *info = nn_model_get_info(r->reader->model);
  float *probabilities = malloc(count * info->classes * sizeof *probabilities + 1);
  if (!probabilities) return stage_status(r, SHIM_ERR_MEMORY);
  const int run = nn_session_classify(r->reader->session, crops, count, probabilities);
  for (size_t i = 0; run == NN_OK && i < count; i++)
    judge_read(info->class_names, info->classes, probabilities + i * info->classes, &verdicts[i].glyph);
  free(probabilities);
  return run == NN_OK ? GLYPH_OK
                      : glyph_error_set(r->error, GLYPH_ERR_INTERNAL, "%s: the network did not run", r->name);
}

/* ---- the stages --------------------------------------------------------------------------------------------------- */

static int run_page(reading *r) {
  int status = stage_status(r, stage_page_find(r->gray, &r->sheet));
  if (status == GLYPH_OK) status = dump_sheet(&r->dumps, r->gray, &r->sheet, r->error);
  return status == GLYPH_OK ? finish_stage(r, "page", 0.05) : status;
}

static int run_pyramid(reading *r, int inverted) {
  int status = stage_status(r, stage_pyramid_make(r->gray, inverted, &r->pyramid));
  if (status == GLYPH_OK) status = dump_image(&r->dumps, "01-gray", &r->pyramid.levels[0].gray, r->error);
  return status == GLYPH_OK ? finish_stage(r, "pyramid", 0.1) : status;
}

static int run_rules(reading *r) {
  int status = stage_status(r, stage_rules_find(&r->pyramid, &r->rules));
  if (status == GLYPH_OK) status = dump_rules(&r->dumps, &r->pyramid, &r->rules, r->error);
  if (status == GLYPH_OK) status = stage_status(r, stage_rules_remove(&r->rules, &r->pyramid));
  return status == GLYPH_OK ? finish_stage(r, "rules", 0.2) : status;
}

static int run_threshold(reading *r) {
  int status = GLYPH_OK;
  for (int i = 0; status == GLYPH_OK && i < r->pyramid.count; i++)
    status = stage_status(r, stage_threshold(&r->pyramid.levels[i]));
  if (status == GLYPH_OK) status = dump_levels(&r->dumps, &r->pyramid, r->error);
  return status == GLYPH_OK ? finish_stage(r, "threshold", 0.4) : status;
}

static int run_contour(reading *r) {
  int status = GLYPH_OK;
  for (int i = 0; status == GLYPH_OK && i < r->pyramid.count; i++)
    status = stage_status(r, stage_contour(&r->pyramid, i, i ? STAGE_COARSE_SIDE_MIN : STAGE_FINE_SIDE_MIN, &r->glyphs));
  if (status == GLYPH_OK) status = dump_glyphs(&r->dumps, "04-contours", &r->pyramid, &r->glyphs, r->error);
  return status == GLYPH_OK ? finish_stage(r, "contour", 0.6) : status;
}

static int run_segment(reading *r) {
  int status = stage_status(r, stage_segment(&r->pyramid, &r->rules.tables, &r->glyphs));
  if (status == GLYPH_OK) status = dump_glyphs(&r->dumps, "05-glyphs", &r->pyramid, &r->glyphs, r->error);
  return status == GLYPH_OK ? finish_stage(r, "segment", 0.65) : status;
}

static int run_joins(reading *r) {
  stage_glyphs joins = {0};
  int status = stage_status(r, stage_segment_joins(&r->glyphs, &joins, &r->pairs));
  r->single_count = r->glyphs.count;
  for (size_t i = 0; status == GLYPH_OK && i < joins.count; i++)
    status = stage_status(r, stage_glyphs_append(&r->glyphs, &joins.items[i]));
  stage_glyphs_free(&joins);
  return status == GLYPH_OK ? finish_stage(r, "segment", 0.7) : status;
}

static int run_crop(reading *r) {
  const size_t count = r->uncut_count = r->glyphs.count;
  r->crops = malloc(count * CROP_SIZE + 1);
  r->verdicts = calloc(count + 1, sizeof *r->verdicts);
  if (!r->crops || !r->verdicts) return stage_status(r, SHIM_ERR_MEMORY);
  int status = crop_glyphs(r, &r->glyphs, r->crops);
  if (status == GLYPH_OK) status = dump_crops(&r->dumps, "06-crops", r->crops, count, r->error);
  return status == GLYPH_OK ? finish_stage(r, "crop", 0.8) : status;
}

static int run_classify(reading *r) {
  int status = classify_crops(r, r->crops, r->glyphs.count, r->verdicts);
  if (status == GLYPH_OK) status = stage_status(r, judge_cells(&r->rules.tables, &r->glyphs, r->verdicts));
  return status == GLYPH_OK ? finish_stage(r, "classify", 0.9) : status;
}

/* Has the network read the pieces of the components in hand. */
static int read_pieces(reading *r, touching *t) {
  uint8_t *crops = malloc(t->pieces.count * CROP_SIZE + 1);
  int status = crops ? crop_glyphs(r, &t->pieces, crops) : stage_status(r, SHIM_ERR_MEMORY);
  if (status == GLYPH_OK) status = classify_crops(r, crops, t->pieces.count, t->verdicts);
  if (status == GLYPH_OK) status = stage_status(r, touching_propose(t, r->verdicts));
  free(crops);
  return status;
}

static int run_split(reading *r) {
  touching work = {0};
  int status = GLYPH_OK;
  size_t pieces = 0;
  for (size_t i = 0; status == GLYPH_OK && i < r->single_count && pieces + work.pieces.count < PIECES_MAX; i++) {
    if (!touching_is_suspect(&r->glyphs.items[i], &r->verdicts[i])) continue;
    status = stage_status(r, touching_add(&work, &r->glyphs, i));
    if (status != GLYPH_OK || work.pieces.count < PIECES_AT_ONCE) continue;
    pieces += work.pieces.count;
    status = read_pieces(r, &work);
  }
  if (status == GLYPH_OK && work.component_count) status = read_pieces(r, &work);
  if (status == GLYPH_OK) status = stage_status(r, touching_settle(&work, &r->glyphs, r->single_count, &r->verdicts));
  touching_free(&work);
  return status == GLYPH_OK ? finish_stage(r, "split", 0.95) : status;
}

static int run_judge(reading *r) {
  const int side = r->gray->width < r->gray->height ? r->gray->width : r->gray->height;
  const int status =
      stage_status(r, judge_page(&r->glyphs, r->single_count, r->uncut_count, r->pairs, side, r->verdicts));
  return status == GLYPH_OK ? finish_stage(r, "judge", 0.97) : status;
}

static stage_box reading_box(const reading *r, const stage_glyph *glyph) {
  int box[4];
  stage_glyph_page_box(glyph, box);
  /* A level of odd size was rounded down; nothing reaches past the picture, though. */
  const int right = box[2] < r->gray->width ? box[2] : r->gray->width;
  const int bottom = box[3] < r->gray->height ? box[3] : r->gray->height;
  return (stage_box){box[0], box[1], right - box[0], bottom - box[1]};
}

/* The smallest box in the picture around a glyph's ink. */
static glyph_box picture_box(const reading *r, const stage_glyph *glyph) {
  glyph_box box = {0};
  if (!r->framed.data) return results_picture_box(r->page, &r->map, reading_box(r, glyph));
  /* In a turned frame the box of its box would be too large. */
  const double size = 1 << glyph->level;
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *row = glyph->mask.data + y * glyph->mask.stride;
    int first = 0, last = glyph->width - 1;
    while (first <= last && !row[first]) first++;
    while (last > first && !row[last]) last--;
    if (first > last) continue;
    const stage_box run = {(glyph->x + first) * size, (glyph->y + y) * size, (last + 1 - first) * size, size};
    box = results_box_union(box, results_picture_box(r->page, &r->map, run));
  }
  return box;
}

typedef struct line_work {
  stage_box *boxes;
  cells_item *items;
  size_t *order, *chosen;
  results_glyph *glyphs;
  glyph_glyph *rejected;
  size_t count, rejected_count;
  size_t kept; /* glyphs so far that expected numbers keep */
} line_work;

static void pick_accepted(reading *r, line_work *w) {
  for (size_t i = 0; i < r->glyphs.count; i++) {
    judge_verdict *v = &r->verdicts[i];
    const stage_box box = reading_box(r, &r->glyphs.items[i]);
    v->glyph.box = picture_box(r, &r->glyphs.items[i]);
    if (v->decision == JUDGE_REJECTED && r->reader->options.keep_rejected) w->rejected[w->rejected_count++] = v->glyph;
    if (v->decision != JUDGE_ACCEPTED) continue;
    w->boxes[w->count] = box;
    w->chosen[w->count++] = i;
  }
}

/* Takes for the number in [first, end) the reading that is expected of it. What is left out is rejected. */
static int expect_number(reading *r, line_work *w, size_t first, size_t end) {
  glyph_glyph *glyphs[EXPECTATION_GLYPHS_MAX];
  unsigned char dropped[EXPECTATION_GLYPHS_MAX];
  const size_t count = end - first;
  int fits = 0, status = GLYPH_OK;
  if (count <= EXPECTATION_GLYPHS_MAX) {
    for (size_t i = 0; i < count; i++) glyphs[i] = &w->glyphs[first + i].glyph;
    status = expectation_choose(r->reader->expected, glyphs, count, dropped, &fits);
  }
  for (size_t i = first; i < end; i++) {
    w->glyphs[i].unexpected = !fits;
    if (!fits || !dropped[i - first]) {
      w->glyphs[w->kept++] = w->glyphs[i];
    } else if (r->reader->options.keep_rejected) {
      w->glyphs[i].glyph.reason = "unexpected";
      w->rejected[w->rejected_count++] = w->glyphs[i].glyph;
    }
  }
  return status;
}

static int expect_numbers(reading *r, line_work *w) {
  int status = GLYPH_OK;
  if (!r->reader->expected) return GLYPH_OK;
  w->kept = 0;
  for (size_t first = 0, end; status == GLYPH_OK && first < w->count; first = end) {
    for (end = first + 1; end < w->count && w->glyphs[end].item.number == w->glyphs[first].item.number;) end++;
    status = expect_number(r, w, first, end);
  }
  w->count = w->kept;
  return status;
}

/* The marks among the digits, which stand in reading order. */
static int add_marks(reading *r, line_work *w) {
  const stage_glyph **shapes = malloc((w->count + 1) * sizeof *shapes);
  if (!shapes) return stage_status(r, SHIM_ERR_MEMORY);
  for (size_t k = 0; k < w->count; k++) shapes[k] = &r->glyphs.items[w->chosen[w->order[k]]];
  const int status = stage_status(r, numbers_mark(&r->pyramid, shapes, w->glyphs, &w->count));
  free(shapes);
  for (size_t k = 0; k < w->count; k++) /* the digits have theirs */
    if (w->glyphs[k].glyph.box.width == 0)
      w->glyphs[k].glyph.box = results_picture_box(r->page, &r->map, w->glyphs[k].box);
  return status;
}

static int run_lines(reading *r) {
  const size_t n = r->glyphs.count + 1;
  line_work w = {calloc(n, sizeof *w.boxes),  calloc(n, sizeof *w.items),    calloc(n, sizeof *w.order),
                 calloc(n, sizeof *w.chosen), calloc(2 * n, sizeof *w.glyphs), calloc(2 * n, sizeof *w.rejected), 0, 0, 0};
  double skew = 0;
  int status = SHIM_ERR_MEMORY;
  if (w.boxes && w.items && w.order && w.chosen && w.glyphs && w.rejected) {
    pick_accepted(r, &w);
    status = cells_arrange(&r->rules.tables, w.boxes, w.count, w.order, w.items, &skew);
  }
  status = stage_status(r, status);
  if (status == GLYPH_OK) {
    for (size_t k = 0; k < w.count; k++) {
      const size_t i = w.order[k];
      w.glyphs[k] = (results_glyph){r->verdicts[w.chosen[i]].glyph, w.boxes[i], w.items[i], 0};
    }
    status = add_marks(r, &w);
    if (status == GLYPH_OK) status = expect_numbers(r, &w);
    const results_source source = {w.glyphs, w.count, w.rejected, w.rejected_count, &r->map, r->gray->width,
                                   r->gray->height, skew, r->reader->options.min_confidence, &r->rules.tables};
    if (status == GLYPH_OK) status = results_fill(r->page, &source);
    if (status != GLYPH_OK) stage_status(r, SHIM_ERR_MEMORY);
  }
  free(w.boxes), free(w.items), free(w.order), free(w.chosen), free(w.glyphs), free(w.rejected);
  return status == GLYPH_OK ? finish_stage(r, "lines", 1) : status;
}

static int find_glyphs(reading *r, int inverted) {
  int status = run_pyramid(r, inverted);
  if (status == GLYPH_OK) status = run_rules(r);
  if (status == GLYPH_OK) status = run_threshold(r);
  if (status == GLYPH_OK) status = run_contour(r);
  if (status == GLYPH_OK) status = run_segment(r);
  return status;
}

/* Strings of touching digits are wide like digits on their side, and the network knows neither. */
static int is_mostly_wide(const stage_glyphs *glyphs) {
  double all = 0, wide = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    const double ink = g->area * (double)(1 << 2 * g->level);
    all += ink;
    if (g->width > g->height) wide += ink;
  }
  return wide >= wide_ink_min * all;
}

/* Where the page does not lie upright and level, it is looked at again in a frame where it does. */
static int run_orientation(reading *r, int inverted) {
  const framing_source source = {r->reader->session, nn_model_get_info(r->reader->model), r->gray, &r->sheet,
                                 &r->pyramid, &r->glyphs, r->as_it_lies};
  framing found;
  int status = stage_status(r, framing_find(&source, &found));
  if (status != GLYPH_OK) return status;
  r->page->rotation_confidence = found.rotation_confidence;
  r->page->rotation_unsure = found.rotation_unsure;
  r->framed = found.gray;
  status = finish_stage(r, "orientation", 0.75);
  if (status != GLYPH_OK || !r->framed.data) return status;
  r->turn_in_doubt = !r->as_it_lies && is_mostly_wide(&r->glyphs);
  stage_map_compose(&r->map, &found.map, &r->map);
  r->gray = &r->framed;
  stage_pyramid_free(&r->pyramid);
  stage_rules_free(&r->rules);
  stage_glyphs_free(&r->glyphs);
  return find_glyphs(r, inverted);
}

static void reading_free(reading *r) {
  shim_image_free(&r->framed);
  stage_pyramid_free(&r->pyramid);
  stage_rules_free(&r->rules);
  stage_glyphs_free(&r->glyphs);
  free(r->pairs);
  free(r->crops);
  free(r->verdicts);
}

/* Reads the page at one polarity into r->page. */
static int read_page(reading *r, int inverted) {
  int status = run_page(r);
  if (status == GLYPH_OK) status = find_glyphs(r, inverted);
  if (status == GLYPH_OK) status = run_orientation(r, inverted);
  if (status == GLYPH_OK) status = run_joins(r);
  if (status == GLYPH_OK) status = run_crop(r);
  if (status == GLYPH_OK) status = run_classify(r);
  if (status == GLYPH_OK) status = run_split(r);
  if (status == GLYPH_OK) status = run_judge(r);
  if (status == GLYPH_OK) status = run_lines(r);
  reading_free(r);
  return status;
}

/* ---- from a gray picture to a page -------------------------------------------------------------------------------- */

/* The part of the picture that is to be read, as a view. */
static int take_region(const glyph_reader *reader, const shim_image *gray, const char *name, shim_image *part,
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

static int start_reading(reading *r, glyph_reader *reader, const shim_image *gray, const char *name,
                         glyph_error *error) {
  *r = (reading){.reader = reader, .picture = gray, .gray = &r->part, .name = name, .error = error,
                 .dumps = {reader->options.dump_directory, name}, .mark_ms = reader_now_ms()};
  const int status = take_region(reader, gray, name, &r->part, error);
  if (status != GLYPH_OK) return status;
  stage_map_init(&r->map);
  stage_map_shift(&r->map, reader->options.region.x, reader->options.region.y);
  r->page = results_page_new(gray->width, gray->height);
  if (!r->page) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", name);
  return dump_begin(&r->dumps, error);
}

/* How much was read, for the choice between two readings: by area, so that one digit outweighs many specks. */
static double evidence(const glyph_page *page) {
  double sum = 0;
  for (size_t i = 0; i < page->glyph_count; i++) {
    const glyph_box *b = &page->glyphs[i].box;
    const double side = b->height > b->width ? b->height : b->width; /* the digit may lie on its side */
    sum += page->glyphs[i].confidence * side * side;
  }
  return sum;
}

/* The same for the choice between two turns of a page: the specks are the same in both, but what is large need not be a digit. */
static double digits_read(const glyph_page *page) {
  double sum = 0;
  for (size_t i = 0; i < page->glyph_count; i++)
    sum += (page->glyphs[i].text[0] == '1' ? one_weight : 1) * page->glyphs[i].confidence;
  return sum;
}

/* Reads the page and keeps it in *best where more digits are read so. */
static int read_way(const reading *start, int inverted, int as_it_lies, glyph_page **best, int *in_doubt) {
  reading r;
  int status = start_reading(&r, start->reader, start->picture, start->name, start->error);
  r.as_it_lies = as_it_lies;
  if (status == GLYPH_OK) status = read_page(&r, inverted);
  *in_doubt = r.turn_in_doubt;
  if (status == GLYPH_OK && (!*best || digits_read(r.page) > digits_read(*best))) {
    glyph_page *worse = *best;
    *best = r.page;
    r.page = worse;
  }
  glyph_page_close(&r.page);
  return status;
}

int reader_read_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                     glyph_error *error) {
  const reading start = {.reader = reader, .picture = gray, .name = name, .error = error};
  shim_image part;
  int status = take_region(reader, gray, name, &part, error);
  const double polarity = status == GLYPH_OK ? stage_polarity(&part) : 0;
  const int tries = polarity > -polarity_doubt && polarity < polarity_doubt ? 2 : 1;
  for (int i = 0; status == GLYPH_OK && i < tries; i++) {
    const int inverted = (polarity < 0) != (i == 1);
    glyph_page *page = NULL;
    int in_doubt;
    status = read_way(&start, inverted, 0, &page, &in_doubt);
    if (status == GLYPH_OK && in_doubt) status = read_way(&start, inverted, 1, &page, &in_doubt);
    if (status == GLYPH_OK && (!*out || evidence(page) > polarity_evidence * evidence(*out))) {
      glyph_page *worse = *out;
      *out = page;
      page = worse;
    }
    glyph_page_close(&page);
  }
  if (status != GLYPH_OK) glyph_page_close(out);
  return status;
}

/* The box of the glyph in the picture that was handed in, without the frame and at its own scale. */
static glyph_box single_box(const stage_single *single, const shim_image *gray) {
  int box[4];
  stage_glyph_page_box(&single->glyph, box);
  for (int i = 0; i < 4; i++) {
    const int limit = i % 2 ? gray->height : gray->width;
    const int value = (int)((double)box[i] / single->scale + 0.5) - single->margin;
    box[i] = value < 0 ? 0 : value > limit ? limit : value;
  }
  return (glyph_box){box[0], box[1], box[2] - box[0], box[3] - box[1]};
}

static int classify_single(reading *r, const stage_single *single) {
  uint8_t crop[CROP_SIZE];
  int status = stage_status(r, stage_crop(&single->pyramid, &single->glyph, crop));
  if (status == GLYPH_OK) status = dump_crops(&r->dumps, "06-crops", crop, 1, r->error);
  if (status == GLYPH_OK) status = finish_stage(r, "crop", 0.8);
  if (status != GLYPH_OK) return status;
  judge_verdict verdict = {0};
  status = classify_crops(r, crop, 1, &verdict);
  if (status != GLYPH_OK) return status;
  results_glyph result = {.glyph = verdict.glyph};
  result.glyph.box = single_box(single, r->gray);
  result.glyph.box.x += r->reader->options.region.x;
  result.glyph.box.y += r->reader->options.region.y;
  if (result.glyph.confidence < r->reader->options.min_confidence) strcpy(result.glyph.text, "?");
  const results_source source = {&result, 1, NULL, 0, &r->map, r->gray->width, r->gray->height, 0, 0, NULL};
  if (results_fill(r->page, &source) != GLYPH_OK) return stage_status(r, SHIM_ERR_MEMORY);
  results_drop_lines(r->page);
  return finish_stage(r, "classify", 1);
}

int reader_classify_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                         glyph_error *error) {
  reading r;
  stage_single single = {0};
  int status = start_reading(&r, reader, gray, name, error);
  if (status == GLYPH_OK) status = stage_status(&r, stage_single_find(r.gray, &single));
  if (status == GLYPH_OK) status = dump_image(&r.dumps, "01-gray", &single.pyramid.levels[0].gray, error);
  if (status == GLYPH_OK) status = dump_levels(&r.dumps, &single.pyramid, error);
  if (status == GLYPH_OK) status = finish_stage(&r, "threshold", 0.5);
  if (status == GLYPH_OK && single.found) status = classify_single(&r, &single);
  stage_single_free(&single);
  reading_free(&r);
  if (status != GLYPH_OK) glyph_page_close(&r.page);
  *out = r.page;
  return status;
}
