/* One large digit that fills much of its picture, where the page's way read nothing: its stroke was taken for a sheet of
 * paper or for a drawn line, or its paper for a board, since nothing else on the page tells. It is looked for as in a
 * picture that is known to hold one glyph, and believed where it is large, whole and plainly a digit.
 *
 * A 0 is not believed, which may be a drawn circle; a 1 where it is upright and slender. Fails on other strokes that look
 * like it. */
#include "lone.h"

#include <math.h>
#include <stdlib.h>

#include "input/input.h"

enum { SIDE_MAX = 800, SIDE_MIN = 20 /* pixels of the picture in which it is looked for */ };
static const double odds = 0.1; /* of what is large and alone to be no digit, beside those it has for the network */
static const double sure = 0.75;
static const double large = 0.35;   /* of the picture's longer side */
static const double one_aspect = 2; /* times as high as wide */

/* Whether the glyph lies in the picture, whole, and is large there. */
static int is_large(const stage_single *single) {
  int box[4];
  stage_glyph_page_box(&single->glyph, box);
  const int from = single->margin * single->scale, right = from + single->width * single->scale,
            bottom = from + single->height * single->scale;
  const int longer = box[2] - box[0] > box[3] - box[1] ? box[2] - box[0] : box[3] - box[1];
  return box[0] > from && box[1] > from && box[2] < right && box[3] < bottom &&
         longer >= large * single->scale * fmax(single->width, single->height);
}

static int is_believed(const stage_glyph *glyph, const glyph_glyph *reading) {
  if (reading->confidence < sure || reading->text[0] == '0') return 0;
  return reading->text[0] != '1' || glyph->height >= one_aspect * glyph->width;
}

/* The frame is the single's, in which its picture lies within a margin. */
static int enter_frame(reading *r, const stage_single *single, int factor) {
  const stage_level *level = &single->pyramid.levels[0];
  const double step = (double)factor / single->scale, from = -factor * single->margin;
  const double right = from + step * level->gray.width, bottom = from + step * level->gray.height;
  const double quad[4][2] = {{from, from}, {right, from}, {right, bottom}, {from, bottom}};
  stage_map frame;
  const int status = stage_map_from_quad(quad, level->gray.width, level->gray.height, &frame);
  if (status == SHIM_OK) stage_map_compose(&r->map, &frame, &r->map);
  return reading_status(r, status);
}

/* Reads the single glyph; *believed says whether r->page has it. r takes what the single holds. */
static int read_single(reading *r, stage_single *single, int factor, int *believed) {
  uint8_t crop[READING_CROP_SIZE];
  int status = enter_frame(r, single, factor);
  if (status == GLYPH_OK) status = reading_status(r, stage_crop(&single->pyramid, &single->glyph, crop));
  r->verdicts = calloc(1, sizeof *r->verdicts);
  if (status == GLYPH_OK && !r->verdicts) status = reading_status(r, SHIM_ERR_MEMORY);
  if (status == GLYPH_OK) status = reading_classify(r, crop, 1, r->verdicts);
  if (status == GLYPH_OK) judge_weigh(&r->verdicts->glyph, odds);
  *believed = status == GLYPH_OK && is_believed(&single->glyph, &r->verdicts->glyph);
  if (!*believed) return status;
  r->verdicts->decision = JUDGE_ACCEPTED;
  r->pyramid = single->pyramid;
  single->pyramid = (stage_pyramid){0};
  r->gray = &r->pyramid.levels[0].gray;
  r->single_count = 1;
  status = reading_status(r, stage_glyphs_append(&r->glyphs, &single->glyph));
  single->glyph = (stage_glyph){0};
  return status == GLYPH_OK ? reading_run_lines(r, NULL, 0, NULL) : status;
}

/* What is known of the page but its digits: the stages' times, and how it was turned. */
static void take_over(const glyph_page *from, glyph_page *to) {
  for (size_t i = 0; i < from->timing_count; i++)
    results_add_timing(to, from->timings[i].stage, from->timings[i].milliseconds);
  to->rotation_confidence = from->rotation_confidence;
  to->rotation_unsure = 1;
}

static int look(const reading *start, stage_single *single, int factor, glyph_page **page) {
  reading r;
  int believed = 0, status = reading_start(&r, start->reader, start->picture, start->name, start->error);
  if (status == GLYPH_OK) {
    take_over(*page, r.page);
    status = read_single(&r, single, factor, &believed);
  }
  if (believed && status == GLYPH_OK) {
    glyph_page *kept = *page;
    *page = r.page;
    r.page = kept;
  }
  glyph_page_close(&r.page);
  reading_free(&r);
  return status;
}

int lone_read(const reading *start, const shim_image *gray, int factor, glyph_page **page) {
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  const int shorter = gray->width < gray->height ? gray->width : gray->height, times = (longer - 1) / SIDE_MAX + 1;
  shim_image small = {0};
  stage_single single = {0};
  if (shorter < times * SIDE_MIN) return GLYPH_OK;
  int status = stage_shrink(gray, times, &small);
  if (status == SHIM_OK) status = stage_single_find(&small, &single);
  shim_image_free(&small);
  status = reading_status(start, status);
  if (status == GLYPH_OK && single.found && is_large(&single)) status = look(start, &single, factor * times, page);
  stage_single_free(&single);
  return status;
}
