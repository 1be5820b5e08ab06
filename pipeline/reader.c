/* The way a picture takes, from bytes to results: the one place that joins the stages with the network. read_page() is
 * the list of stages. */
#include "reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "drawings.h"
#include "evidence.h"
#include "faint_cells.h"
#include "framing.h"
#include "input/input.h"
#include "lone.h"
#include "reading.h"
#include "single_cells.h"
#include "sudoku.h"
#include "touching.h"

enum { NETWORK_BATCH = 32 };
/* Pieces of touching digits: read together, and on one page (a texture has no end of them). */
enum { PIECES_AT_ONCE = 1000, PIECES_MAX = 8000 };
enum { VIDEO_MEMORY_FRAMES = 30 }; /* so many go by how the one before them lies */
enum { SMALL_SIDE = 28 };          /* of ink that a halved picture does not show well, its pixels */
static const int64_t default_max_pixels = 200 * 1000 * 1000;
static const double polarity_doubt = 0.06;    /* below it the picture is read either way */
static const double polarity_evidence = 2;    /* the less likely way must bring this much more */
static const double turned_digits_min = 1.5;  /* so many more digits a page must give that the digits hardly turn */
static const double turned_share_min = 0.07;  /* of its glyphs: few letters of a page look like digits when turned */
static const double turned_share_plain = 0.2; /* as many are digits whatever stands beside them */
static const double beside_others_max = 0.5;  /* of its digits, where they are fewer */
static const double video_digits_min = 0.6; /* of the best frame's: with fewer, how the frame lies is looked for anew */
static const double thin_stroke = 1.6;      /* pixels of the halved picture */
static const double small_ink_max = 0.01;   /* of the candidates: a speck is small too */
static const double wide_ink_min =
    0.5; /* of the ink, in components wide enough for two digits: the page may not be turned */

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
                           "region must have its corner at 0,0 or beyond and a positive size, not %d,%d,%d,%d",
                           region->x, region->y, region->width, region->height);
  if (options->max_pixels <= 0 || !(options->min_confidence >= 0 && options->min_confidence <= 1))
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "max_pixels must be positive and min_confidence within 0..1");
  glyph_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  reader->options = *options;
  int status = GLYPH_OK;
  if (!copy_string(options->model_path, &reader->model_path) ||
      !copy_string(options->shapes_model_path, &reader->shapes_model_path) ||
      !copy_string(options->dump_directory, &reader->dump_directory))
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  reader->options.model_path = reader->model_path;
  reader->options.shapes_model_path = reader->shapes_model_path;
  reader->options.dump_directory = reader->dump_directory;
  if (status == GLYPH_OK) status = expectation_open(&reader->expected, options->expect, options->expect_digits, error);
  reader->options.expect = NULL; /* it is compiled */
  if (status == GLYPH_OK) status = open_model(reader, error);
  if (status == GLYPH_OK && options->shapes_model_path) status = reader_open_shapes_model(reader, error);
  if (status != GLYPH_OK) glyph_reader_close(&reader);
  *out = reader;
  return status;
}

uint32_t glyph_reader_model_checksum(const glyph_reader *reader) {
  return nn_model_get_info(reader->model)->checksum;
}

void glyph_reader_close(glyph_reader **reader) {
  if (!reader || !*reader) return;
  expectation_close(&(*reader)->expected);
  reader_buffers_free(&(*reader)->buffers);
  nn_session_close(&(*reader)->session);
  nn_model_close(&(*reader)->model);
  nn_session_close(&(*reader)->shapes_session);
  nn_model_close(&(*reader)->shapes_model);
  free((*reader)->model_path);
  free((*reader)->shapes_model_path);
  free((*reader)->dump_directory);
  free(*reader);
  *reader = NULL;
}

/* ---- the stages --------------------------------------------------------------------------------------------------- */

/* By the sheet alone where one was found: what it lies on has its own light and dark, and its rim is paper. What looked
 * like a sheet may be a shadow, though: where the whole picture tells otherwise, it is in doubt. */
static void tell_polarity(reading *r) {
  shim_image inside;
  r->polarity = stage_polarity(r->gray);
  if (r->sheet.found && stage_page_inside(&r->sheet, r->gray, &inside) == SHIM_OK) {
    const double own = stage_polarity_single(&inside);
    r->polarity = own * r->polarity < 0 ? copysign(fmin(fabs(own), polarity_doubt / 2), own) : own;
  }
  r->inverted = r->polarity < 0;
}

static int run_page(reading *r) {
  int status = reading_status(r, stage_page_find(r->gray, &r->sheet));
  if (status == GLYPH_OK) status = dump_sheet(&r->dumps, r->gray, &r->sheet, r->error);
  if (status == GLYPH_OK && r->inverted == READING_POLARITY_UNKNOWN) tell_polarity(r);
  return status == GLYPH_OK ? reading_finish(r, "page", 0.05) : status;
}

static int run_contour(reading *r) {
  const int enlarged = r->lies.enlarged > 1 ? r->lies.enlarged : 1;
  const int fine = r->halved ? (STAGE_FINE_SIDE_MIN + 1) / 2 : enlarged * STAGE_FINE_SIDE_MIN;
  int status = GLYPH_OK;
  for (int i = 0; status == GLYPH_OK && i < r->pyramid.count; i++)
    status = reading_status(r, stage_contour(&r->pyramid, i, i ? STAGE_COARSE_SIDE_MIN : fine, &r->glyphs));
  if (status == GLYPH_OK) status = dump_glyphs(&r->dumps, "04-contours", &r->pyramid, &r->glyphs, r->error);
  return status == GLYPH_OK ? reading_finish(r, "contour", 0.6) : status;
}

static int run_segment(reading *r) {
  int status = reading_status(r, stage_segment(&r->pyramid, &r->rules.tables, &r->glyphs));
  if (status == GLYPH_OK) status = dump_glyphs(&r->dumps, "05-glyphs", &r->pyramid, &r->glyphs, r->error);
  return status == GLYPH_OK ? reading_finish(r, "segment", 0.65) : status;
}

static int run_joins(reading *r) {
  stage_glyphs joins = {0};
  int status = reading_status(r, stage_segment_joins(&r->glyphs, &joins, &r->pairs));
  r->single_count = r->glyphs.count;
  for (size_t i = 0; status == GLYPH_OK && i < joins.count; i++)
    status = reading_status(r, stage_glyphs_append(&r->glyphs, &joins.items[i]));
  stage_glyphs_free(&joins);
  return status == GLYPH_OK ? reading_finish(r, "segment", 0.7) : status;
}

static int run_crop(reading *r) {
  const size_t count = r->uncut_count = r->glyphs.count;
  r->crops = malloc(count * READING_CROP_SIZE + 1);
  r->verdicts = calloc(count + 1, sizeof *r->verdicts);
  if (!r->crops || !r->verdicts) return reading_status(r, SHIM_ERR_MEMORY);
  int status = reading_crop(r, &r->glyphs, r->crops);
  if (status == GLYPH_OK) status = dump_crops(&r->dumps, "06-crops", r->crops, count, r->error);
  return status == GLYPH_OK ? reading_finish(r, "crop", 0.8) : status;
}

static int run_classify(reading *r) {
  int status = reading_classify(r, r->crops, r->glyphs.count, r->verdicts);
  if (status == GLYPH_OK) status = reading_status(r, judge_cells(&r->rules.tables, &r->glyphs, r->verdicts));
  r->odds = judge_page_odds(r->single_count, r->verdicts);
  for (size_t i = 0; i < r->glyphs.count; i++)
    if (!r->verdicts[i].in_cell) judge_weigh(&r->verdicts[i].glyph, r->odds);
  return status == GLYPH_OK ? reading_finish(r, "classify", 0.9) : status;
}

/* Has the network read the pieces of the components in hand. */
static int read_pieces(reading *r, touching *t) {
  uint8_t *crops = malloc(t->pieces.count * READING_CROP_SIZE + 1);
  int status = crops ? reading_crop(r, &t->pieces, crops) : reading_status(r, SHIM_ERR_MEMORY);
  if (status == GLYPH_OK) status = reading_classify(r, crops, t->pieces.count, t->verdicts);
  for (size_t i = 0; status == GLYPH_OK && i < t->pieces.count; i++) judge_weigh(&t->verdicts[i].glyph, r->odds);
  if (status == GLYPH_OK) status = reading_status(r, touching_propose(t, r->verdicts));
  free(crops);
  return status;
}

static int run_split(reading *r) {
  touching work = {0};
  int status = GLYPH_OK;
  size_t pieces = 0;
  for (size_t i = 0; status == GLYPH_OK && i < r->single_count && pieces + work.pieces.count < PIECES_MAX; i++) {
    if (!touching_is_suspect(&r->glyphs.items[i], &r->verdicts[i])) continue;
    status = reading_status(r, touching_add(&work, &r->glyphs, i));
    if (status != GLYPH_OK || work.pieces.count < PIECES_AT_ONCE) continue;
    pieces += work.pieces.count;
    status = read_pieces(r, &work);
  }
  if (status == GLYPH_OK && work.component_count) status = read_pieces(r, &work);
  for (size_t i = 0; r->reader->split_observer && i < work.proposed.count; i++)
    work.proposed_verdicts[i].glyph.box = reading_picture_box(r, &work.proposed.items[i]);
  if (status == GLYPH_OK) status = reading_status(r, touching_settle(&work, &r->glyphs, r->single_count, &r->verdicts));
  if (status == GLYPH_OK && r->reader->split_observer) r->reader->split_observer(r->reader->observing, &work);
  touching_free(&work);
  return status == GLYPH_OK ? reading_finish(r, "split", 0.95) : status;
}

static void show_observer(reading *r) {
  for (size_t i = 0; i < r->glyphs.count; i++) r->verdicts[i].glyph.box = reading_picture_box(r, &r->glyphs.items[i]);
  r->reader->observer(r->reader->observing, &r->glyphs, r->uncut_count, r->verdicts, r->crops);
}

static int run_judge(reading *r) {
  const int side = r->gray->width < r->gray->height ? r->gray->width : r->gray->height;
  int status =
      reading_status(r, judge_page(&r->glyphs, r->single_count, r->uncut_count, r->pairs, side, r->odds, r->verdicts));
  if (status == GLYPH_OK && r->reader->observer) show_observer(r);
  if (status == GLYPH_OK)
    status = reading_status(r, context_judge(context_shipped(), &r->glyphs, r->uncut_count, r->verdicts));
  if (status == GLYPH_OK) status = reading_status(r, judge_single_cells(&r->rules.tables, &r->glyphs, r->verdicts));
  if (status == GLYPH_OK) status = reading_fill_cells(r);
  if (status == GLYPH_OK) judge_sudokus(&r->rules.tables, &r->glyphs, r->verdicts);
  return status == GLYPH_OK ? reading_finish(r, "judge", 0.97) : status;
}

static int find_glyphs(reading *r) {
  int status = reading_make_pyramid(r, r->inverted);
  if (status == GLYPH_OK) status = reading_remove_rules(r, 0);
  if (status == GLYPH_OK) status = reading_threshold(r, 1);
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

static framing_source framing_source_of(reading *r) {
  return (framing_source){
      r->reader->session, nn_model_get_info(r->reader->model), r->gray, &r->sheet, &r->pyramid, &r->glyphs, r->turn,
      &r->rules};
}

/* Takes the frame over. */
static int enter_frame(reading *r, const framing *found) {
  r->page->rotation_confidence = found->rotation_confidence;
  r->page->rotation_unsure = found->rotation_unsure;
  r->lies = found->memory;
  r->framed = found->gray;
  if (r->framed.data) {
    stage_map_compose(&r->map, &found->map, &r->map);
    r->gray = &r->framed;
  }
  return reading_finish(r, "orientation", 0.75);
}

/* A frame that is not the picture's own shows the sheet alone. */
static void drop_outside(const reading *r, const framing_source *source) {
  if (r->lies.sheet_holds && r->lies.in_place) framing_drop_outside(source, r->lies.enlarged);
}

/* Reads a video's frame in the frame of the one before; *known is 0 where that does not serve. */
static int find_glyphs_as_before(reading *r, int *known) {
  const framing_source source = framing_source_of(r);
  framing found;
  *known = 0;
  int status = r->before ? reading_status(r, framing_resume(&source, r->before, &found, known)) : GLYPH_OK;
  if (status != GLYPH_OK || !*known) return status;
  status = enter_frame(r, &found);
  if (status == GLYPH_OK) status = find_glyphs(r);
  if (status == GLYPH_OK) drop_outside(r, &source);
  return status;
}

/* Where the page does not lie upright and level, it is looked at again in a frame where it does. */
static int run_orientation(reading *r) {
  const framing_source source = framing_source_of(r);
  framing found;
  int status = reading_status(r, framing_find(&source, &found));
  if (status != GLYPH_OK) return status;
  if (r->turn == FRAMING_TOLD && found.turn_in_doubt) r->other_turn = FRAMING_LIKELIEST;
  status = enter_frame(r, &found);
  if (status != GLYPH_OK || !r->framed.data) return status;
  if (r->turn == FRAMING_TOLD && !found.turn_in_doubt && is_mostly_wide(&r->glyphs)) r->other_turn = FRAMING_UPRIGHT;
  stage_pyramid_free(&r->pyramid);
  stage_rules_free(&r->rules);
  stage_glyphs_free(&r->glyphs);
  status = find_glyphs(r);
  if (status == GLYPH_OK) drop_outside(r, &source);
  return status;
}

static int judge_glyphs(reading *r) {
  int status = run_joins(r);
  if (status == GLYPH_OK) status = run_crop(r);
  if (status == GLYPH_OK) status = run_classify(r);
  if (status == GLYPH_OK) status = run_split(r);
  if (status == GLYPH_OK) status = run_judge(r);
  return status;
}

int reader_judge_ink(reading *r) {
  int status = run_contour(r);
  if (status == GLYPH_OK) status = run_segment(r);
  if (status == GLYPH_OK) status = judge_glyphs(r);
  return status;
}

/* Whether a halved picture holds ink that only the whole one shows well; where there is none, it may have faded. */
static int has_small_ink(const stage_glyphs *glyphs) {
  size_t small = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    const int longer = g->width > g->height ? g->width : g->height;
    small += longer << g->level < SMALL_SIDE || g->stroke_width * (1 << g->level) < thin_stroke;
  }
  return !glyphs->count || (double)small > small_ink_max * (double)glyphs->count;
}

/* What its neighbours say of the digits read at a turn in doubt. */
static int look_beside_digits(reading *r) {
  glyph_box *marks = malloc(r->single_count * sizeof *marks + 1);
  if (!marks) return reading_status(r, SHIM_ERR_MEMORY);
  for (size_t i = 0; i < r->single_count; i++) marks[i] = reading_picture_box(r, &r->glyphs.items[i]);
  r->beside_others = evidence_beside_others(r->page, marks, r->single_count);
  free(marks);
  return GLYPH_OK;
}

/* Reads the page at one polarity into r->page; not at all where the picture was halved too much for it. */
static int read_page(reading *r) {
  int known = 0, status = run_page(r);
  if (status == GLYPH_OK) status = find_glyphs_as_before(r, &known);
  if (status == GLYPH_OK && !known) status = find_glyphs(r);
  r->too_small = status == GLYPH_OK && r->halved && has_small_ink(&r->glyphs);
  if (status == GLYPH_OK && !known && !r->too_small) status = run_orientation(r);
  if (status == GLYPH_OK && !r->too_small) status = judge_glyphs(r);
  if (status == GLYPH_OK && !r->too_small) status = drawings_reject(r, r->inverted);
  if (status == GLYPH_OK && !r->too_small) status = reading_run_lines(r, NULL, 0, NULL);
  if (status == GLYPH_OK && !r->too_small && r->turn == FRAMING_LIKELIEST) status = look_beside_digits(r);
  reading_free(r);
  return status;
}

/* ---- from a gray picture to a page -------------------------------------------------------------------------------- */

/* A way of reading the page, and what it gave. */
typedef struct attempt {
  glyph_page *page; /* NULL: none yet */
  framing_memory lies;
  int inverted;
  size_t number; /* of the reading, as reader->readings counts */
} attempt;

/* Keeps the page of the reading in *best where there is none, or where it is better. */
static void keep_better(attempt *best, attempt *other, int is_better) {
  if (!best->page || is_better) {
    const attempt worse = *best;
    *best = *other;
    *other = worse;
  }
  glyph_page_close(&other->page);
}

/* Whether the reading of the page at another turn is to be preferred. */
static int is_better_turn(const reading *r, const glyph_page *best) {
  const double digits = evidence_digits(r->page), glyphs = (double)r->single_count;
  const double more = digits - evidence_digits(best);
  if (r->turn != FRAMING_LIKELIEST) return more > 0;
  if (more <= turned_digits_min || digits < turned_share_min * glyphs) return 0;
  return digits >= turned_share_plain * glyphs || r->beside_others <= beside_others_max;
}

/* Reads the page and keeps it in *best where more digits are read so. start->too_small becomes 1 where it is to be read
 * whole. */
static int read_way(reading *start, int inverted, framing_turn turn, attempt *best, framing_turn *other) {
  reading r;
  int status = reading_start(&r, start->reader, start->picture, start->name, start->error);
  r.inverted = inverted;
  r.turn = turn;
  r.before = start->before;
  const size_t number = ++start->reader->readings;
  if (start->halved) reading_halve(&r, start->halved);
  if (status == GLYPH_OK) status = read_page(&r);
  *other = r.other_turn;
  if (inverted == READING_POLARITY_UNKNOWN) start->polarity = r.polarity;
  start->too_small |= r.too_small;
  attempt this_one = {r.page, r.lies, r.inverted, number};
  if (status == GLYPH_OK)
    keep_better(best, &this_one, best->page && is_better_turn(&r, best->page));
  else
    glyph_page_close(&this_one.page);
  return status;
}

/* At one polarity, or at the one that the page seems to have. */
static int read_polarity(reading *start, int inverted, attempt *best) {
  framing_turn turn;
  const int status = read_way(start, inverted, FRAMING_TOLD, best, &turn);
  return status == GLYPH_OK && turn != FRAMING_TOLD ? read_way(start, best->inverted, turn, best, &turn) : status;
}

/* Where it is in doubt which polarity the page has, at both. */
static int read_polarities(reading *start, attempt *best) {
  attempt other = {0};
  int status = read_polarity(start, READING_POLARITY_UNKNOWN, best);
  const int in_doubt = start->polarity > -polarity_doubt && start->polarity < polarity_doubt;
  if (status != GLYPH_OK || start->too_small || !in_doubt) return status;
  status = read_polarity(start, !best->inverted, &other);
  if (status == GLYPH_OK && other.page)
    keep_better(best, &other, evidence_area(other.page) > polarity_evidence * evidence_area(best->page));
  glyph_page_close(&other.page);
  return status;
}

/* How the frame lies is looked for anew after a while, and as soon as few digits are read. */
static void remember(reader_memory *memory, const attempt *best, int was_known) {
  const double digits = evidence_digits(best->page);
  memory->frames_left = was_known ? memory->frames_left - 1 : VIDEO_MEMORY_FRAMES;
  if (!was_known || digits > memory->digits) memory->digits = digits;
  if (digits == 0 || digits < video_digits_min * memory->digits) memory->frames_left = 0;
  memory->lies = best->lies;
  memory->inverted = best->inverted;
}

/* The region half as large, where it is large, in the memory of the last page's. */
static int halve(const shim_image *part, shim_image *kept, shim_image *half) {
  *half = (shim_image){0};
  if (part->width <= READER_HALVED_SIDE_MIN && part->height <= READER_HALVED_SIDE_MIN) return SHIM_OK;
  const shim_image even = {part->data, part->width / 2 * 2, part->height / 2 * 2, 1, part->stride};
  if (even.width == 0 || even.height == 0) return SHIM_OK;
  *half = *kept;
  *kept = (shim_image){0};
  const int status = shim_image_reuse(half, even.width / 2, even.height / 2, 1);
  return status == SHIM_OK ? shim_resize(&even, half) : status;
}

/* A video's frame as the one before it where that is known, any other picture from scratch. */
static int read_picture(reading *start, int known, attempt *best) {
  framing_turn turn;
  return known ? read_way(start, start->reader->memory.inverted, FRAMING_TOLD, best, &turn)
               : read_polarities(start, best);
}

static int is_blank(const glyph_page *page) {
  return page->glyph_count == 0 && page->table_count == 0;
}

/* Reads the picture as it is, or from its half where that is not NULL; of that, *too_small says that it does not serve,
 * and there is no page then. */
static int read_at(glyph_reader *reader, const shim_image *picture, const shim_image *half, const char *name,
                   glyph_page **out, int *too_small, glyph_error *error) {
  reader_memory *memory = &reader->memory;
  const int known = reader->options.video && memory->frames_left > 0;
  reading start = {.reader = reader,
                   .picture = picture,
                   .halved = half,
                   .name = name,
                   .error = error,
                   .before = known ? &memory->lies : NULL};
  attempt best = {0};
  int status = reading_take_region(reader, picture, name, &start.part, error);
  if (status == GLYPH_OK) status = read_picture(&start, known, &best);
  if (status == GLYPH_OK && !start.too_small && !reader->options.video && is_blank(best.page))
    status = lone_read(&start, half ? half : &start.part, half ? 2 : 1, &best.page);
  *too_small = status == GLYPH_OK && start.too_small;
  if (status != GLYPH_OK || *too_small)
    glyph_page_close(&best.page);
  else if (reader->options.video)
    remember(memory, &best, known);
  reader->reading_kept = best.number;
  *out = best.page;
  return status;
}

int reader_read_whole(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                      glyph_error *error) {
  int too_small;
  return read_at(reader, gray, NULL, name, out, &too_small, error);
}

int reader_read_halved(glyph_reader *reader, const shim_image *half, const char *name, glyph_page **out, int *too_small,
                       glyph_error *error) {
  const shim_image picture = {NULL, 2 * half->width, 2 * half->height, 1, 2 * half->width};
  return read_at(reader, &picture, half, name, out, too_small, error);
}

int reader_read_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                     glyph_error *error) {
  const double begun = reader_now_ms();
  shim_image part, half = {0};
  int too_small = 1;
  *out = NULL;
  int status = reading_take_region(reader, gray, name, &part, error);
  if (status == GLYPH_OK && halve(&part, &reader->buffers.half, &half) != SHIM_OK)
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory for half of the picture", name);
  double scaled = reader_now_ms();
  const int half_made = half.data != NULL;
  if (status == GLYPH_OK && half_made) status = read_at(reader, gray, &half, name, out, &too_small, error);
  if (status == GLYPH_OK && too_small) {
    scaled = reader_now_ms();
    status = reader_read_whole(reader, gray, name, out, error);
  }
  if (half_made) reader_keep_image(&reader->buffers.half, &half);
  if (status == GLYPH_OK && half_made) results_add_timing_first(*out, "scale", scaled - begun);
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
  uint8_t crop[READING_CROP_SIZE];
  int status = reading_status(r, stage_crop(&single->pyramid, &single->glyph, crop));
  if (status == GLYPH_OK) status = dump_crops(&r->dumps, "06-crops", crop, 1, r->error);
  if (status == GLYPH_OK) status = reading_finish(r, "crop", 0.8);
  if (status != GLYPH_OK) return status;
  judge_verdict verdict = {0};
  status = reading_classify(r, crop, 1, &verdict);
  if (status != GLYPH_OK) return status;
  results_glyph result = {.glyph = verdict.glyph};
  result.glyph.box = single_box(single, r->gray);
  result.glyph.box.x += r->reader->options.region.x;
  result.glyph.box.y += r->reader->options.region.y;
  if (result.glyph.confidence < r->reader->options.min_confidence) strcpy(result.glyph.text, "?");
  const results_source source = {&result, 1, NULL, 0, &r->map, r->gray->width, r->gray->height, 0, 0, NULL};
  if (results_fill(r->page, &source) != GLYPH_OK) return reading_status(r, SHIM_ERR_MEMORY);
  results_drop_lines(r->page);
  return reading_finish(r, "classify", 1);
}

int reader_classify_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                         glyph_error *error) {
  reading r;
  stage_single single = {0};
  int status = reading_start(&r, reader, gray, name, error);
  if (status == GLYPH_OK) status = reading_status(&r, stage_single_find(r.gray, &single));
  if (status == GLYPH_OK) status = dump_image(&r.dumps, "01-gray", &single.pyramid.levels[0].gray, error);
  if (status == GLYPH_OK) status = dump_levels(&r.dumps, &single.pyramid, error);
  if (status == GLYPH_OK) status = reading_finish(&r, "threshold", 0.5);
  if (status == GLYPH_OK && single.found) status = classify_single(&r, &single);
  stage_single_free(&single);
  reading_free(&r);
  if (status != GLYPH_OK) glyph_page_close(&r.page);
  *out = r.page;
  return status;
}
