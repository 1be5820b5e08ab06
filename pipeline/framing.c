/* Decides in which frame a page is read. The sheet's sides (page.c) and the direction of its rules (rules.c), or of its
 * lines of digits where it has none (angle.c), are proposals; the digits themselves choose among them and among the
 * quarter turns (orientation.c), so that a wrong sheet costs nothing as long as its digits read better without it. In a
 * video what was decided serves the next frames too, each with its own sheet. What lies outside the sheet is left out,
 * unless sure digits stand there. A page that reads well as it is keeps its pixels: only then is nothing resampled, and
 * nothing read twice. Small ink is read enlarged: the threshold's blur would fill its loops and close its gaps. */
#include "framing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "orientation.h"
#include "stages/sort_doubles.h"

enum {
  CROP_SIZE = STAGE_CROP_SIDE * STAGE_CROP_SIDE,
  LOOKED_AT_MAX = 256,
  GRID = 16,
  GLYPHS_ON_SHEET_MIN = 3,
  CUT_CELLS_MIN = 2
};
static const double text_angle_min = 8; /* degrees; smaller ones do not hurt the reading */
static const double text_agreement_min = 0.3, text_agreement_chance = 0.1; /* the latter where digits stand anyhow */
static const double text_plain_min = 2.2; /* as many standard errors beyond that chance tell it plainly */
/* Nats of evidence that the digits must add: people write along a sheet's sides, and its rules. */
static const double lead_of_sheet = -2, lead_of_part = -1.5, lead_of_rules = -2, lead_of_text = 1.5, lead_of_fan = 3;
static const double fan_degrees[] = {15, -15, 30, -30, 45};
static const double poor_mean = -1.4;  /* log probability of the digits at which other angles are tried */
static const double level_degrees = 5; /* a sheet that lies so level is read where it lies */
static const double sure = 0.95;
enum { ENLARGED = 2, SMALL_SIDE = 24, SIDE_MIN = 9, ENLARGED_PIXELS_MAX = 4000000 /* of the picture */ };
static const double small_share_min = 0.3, tables_share_max = 0.1; /* of the ink's extent */
static const double edge_share = 0.007;                            /* of the sheet's longer side */
static const double rim_share = 0.15;                              /* of a glyph's box, on each side */
static const double outside_contrast_min = 0.45;                   /* of the usual one inside */
static const double outside_max = 0.05; /* sure digits outside the sheet, a share of those inside */

/* The way the sheet lies, the way the lines lie, and how they lie together. */
typedef struct proposals {
  stage_map page, text;
  int page_width, page_height;
  double text_degrees;
  int text_known;         /* not 0: so plainly that no other angle is tried */
  int page_way, text_way; /* -1: not proposed */
} proposals;

static const proposals no_proposals = {.page_way = -1, .text_way = -1};

/* Whether a point of the frame lies in it, at least so far from its border. */
static int lies_within(const double point[2], int width, int height, double margin) {
  return point[0] > margin && point[1] > margin && point[0] < width - margin && point[1] < height - margin;
}

/* The same of a glyph's middle. */
static int is_inside(const stage_map *frame, int width, int height, double margin, const stage_glyph *glyph) {
  double reading[2];
  stage_glyph_reading_centre(glyph, frame, reading);
  return lies_within(reading, width, height, margin);
}

/* The glyphs that the sheet's digits can be among: where there are enough, those on it. Masks stay the source's. */
static int list_glyphs(const framing_source *source, const proposals *p, stage_glyph **out, size_t *count) {
  const stage_glyphs *all = source->glyphs;
  *out = malloc((all->count + 1) * sizeof **out);
  *count = 0;
  if (!*out) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < all->count; i++)
    if (p->page_way >= 0 && is_inside(&p->page, p->page_width, p->page_height, 0, &all->items[i]))
      (*out)[(*count)++] = all->items[i];
  if (*count >= GLYPHS_ON_SHEET_MIN) return SHIM_OK;
  if (all->count) memcpy(*out, all->items, all->count * sizeof **out);
  *count = all->count;
  return SHIM_OK;
}

static void propose_page(const framing_source *source, orientation_source *ways, proposals *p) {
  const shim_image *picture = source->picture;
  if (!source->page->found || stage_page_frame(source->page, picture->width, picture->height, &p->page, &p->page_width,
                                               &p->page_height) != SHIM_OK)
    return;
  p->page_way = ways->way_count;
  ways->leads[ways->way_count] = source->page->sides_seen == 4 ? lead_of_sheet : lead_of_part;
  ways->ways[ways->way_count++] = &p->page;
}

static void turn_page(const framing_source *source, double degrees, stage_map *map) {
  int width, height;
  stage_map_init(map);
  stage_map_turn(map, degrees, source->picture->width, source->picture->height, &width, &height);
}

/* The direction of the digits' lines, with the share of neighbours that stand in it. */
static int measure_text(const orientation_source *ways, double *degrees, double *agreement) {
  stage_box *boxes = malloc((ways->count + 1) * sizeof *boxes);
  if (!boxes) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < ways->count; i++) {
    int box[4];
    stage_glyph_page_box(&ways->glyphs[i], box);
    boxes[i] = (stage_box){box[0], box[1], box[2] - box[0], box[3] - box[1]};
  }
  const int status = stage_text_angle(boxes, ways->count, degrees, agreement);
  free(boxes);
  return status;
}

/* Rules tell it best, but a sheet's sides are among what looks like rules, and its frame is a proposal of its own. */
static int propose_text(const framing_source *source, orientation_source *ways, proposals *p) {
  const shim_image *picture = source->picture;
  const double side = picture->width < picture->height ? picture->width : picture->height;
  double agreement = 1;
  int status = SHIM_OK;
  const int by_rules = p->page_way < 0 && stage_rules_angle(source->rules, side, &p->text_degrees);
  if (!by_rules) status = measure_text(ways, &p->text_degrees, &agreement);
  p->text_known = by_rules || (agreement - text_agreement_chance) * sqrt((double)ways->count) >= text_plain_min;
  if (status != SHIM_OK || fabs(p->text_degrees) < text_angle_min || agreement < text_agreement_min) return status;
  turn_page(source, p->text_degrees, &p->text);
  p->text_way = ways->way_count;
  ways->leads[ways->way_count] = by_rules ? lead_of_rules : lead_of_text;
  ways->ways[ways->way_count++] = &p->text;
  return SHIM_OK;
}

/* Where the digits read badly every way proposed, and nothing else tells how they lie: all angles, and the one at which
 * most neighbours stand, though few do. */
static int try_fan(const framing_source *source, orientation_source *ways, proposals *p, orientation *decided) {
  enum { STEPS = sizeof fan_degrees / sizeof *fan_degrees, FAN = STEPS + 1 };
  orientation_source fan = *ways;
  orientation other;
  stage_map maps[FAN];
  double degrees[FAN] = {p->text_degrees};
  memcpy(degrees + 1, fan_degrees, sizeof fan_degrees);
  fan.way_count = 1;
  for (int i = 0; i < FAN; i++) {
    turn_page(source, degrees[i], &maps[i]);
    fan.leads[fan.way_count] = i == 0 ? lead_of_text : lead_of_fan;
    fan.ways[fan.way_count++] = &maps[i];
  }
  const int status = orientation_find(&fan, &other);
  if (status != SHIM_OK || other.way == 0 || other.unsure || other.mean <= decided->mean) return status;
  *decided = other;
  p->text_degrees = degrees[other.way - 1];
  p->text_way = other.way;
  p->page_way = -1;
  return SHIM_OK;
}

/* Whether it reads surely as a digit with a shape of its own: a 1 and a 0 may be any scrap and any ring. */
static int is_sure_digit(const framing_source *source, const stage_glyph *glyph, stage_turn turn, int *yes) {
  uint8_t crop[CROP_SIZE];
  float *probabilities = malloc(source->model->classes * sizeof *probabilities);
  int status = probabilities ? stage_crop_turned(source->pyramid, glyph, &turn, 1, crop) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK && nn_session_classify(source->session, crop, 1, probabilities) != NN_OK)
    status = SHIM_ERR_FAILED;
  if (status == SHIM_OK) {
    glyph_glyph reading;
    judge_read(source->model->class_names, source->model->classes, probabilities, &reading);
    *yes = reading.confidence >= sure && reading.text[0] != '1' && reading.text[0] != '0';
  }
  free(probabilities);
  return status;
}

/* Whether all of a glyph but a part of its rim stands on the sheet. */
static int stands_on(const proposals *p, const stage_glyph *glyph) {
  int box[4];
  stage_glyph_page_box(glyph, box);
  for (int corner = 0; corner < 4; corner++) {
    const double across = corner % 2 ? 1 - rim_share : rim_share, down = corner / 2 ? 1 - rim_share : rim_share;
    const double point[2] = {box[0] + across * (box[2] - box[0]), box[1] + down * (box[3] - box[1])};
    double reading[2];
    stage_map_to_reading(&p->page, point, reading);
    if (!lies_within(reading, p->page_width, p->page_height, 0)) return 0;
  }
  return 1;
}

/* How many sure digits stand on the sheet, and beside it or across its edge. */
typedef struct sheet_digits {
  int inside, outside;
} sheet_digits;

/* Counts them, as they read with so many quarter turns of the sheet undone. What is far fainter than the sheet's digits is
 * the grain of what it lies on. */
static int count_sheet_digits(const framing_source *source, const proposals *p, int quarters, sheet_digits *out) {
  int status = SHIM_OK, looked_at[2] = {0, 0}, digits[2] = {0, 0};
  double contrasts[2][LOOKED_AT_MAX], inside_contrast = 0;
  const stage_turn turn = {stage_map_angle(&p->page, p->page_width / 2.0, p->page_height / 2.0), quarters};
  for (size_t i = 0; status == SHIM_OK && i < source->glyphs->count; i++) {
    const stage_glyph *glyph = &source->glyphs->items[i];
    const int inside = stands_on(p, glyph);
    int yes = 0;
    if (looked_at[inside]++ >= LOOKED_AT_MAX) continue;
    status = is_sure_digit(source, glyph, turn, &yes);
    if (yes) contrasts[inside][digits[inside]++] = glyph->contrast;
  }
  if (digits[1]) {
    sort_doubles(contrasts[1], (size_t)digits[1]);
    inside_contrast = contrasts[1][digits[1] / 2];
  }
  *out = (sheet_digits){digits[1], 0};
  for (int i = 0; i < digits[0]; i++) out->outside += contrasts[0][i] >= outside_contrast_min * inside_contrast;
  return status;
}

/* Whether what looked like a sheet is a shadow on the one that all digits stand on: most of them stand beside it, or none
 * stands on it and one of its sides was not even seen. */
static int is_no_sheet(const stage_page *page, const sheet_digits *digits) {
  return digits->outside > digits->inside || (digits->inside == 0 && page->sides_seen < 4);
}

/* A ruled table stands on one sheet: a border that some of its cells lie beyond is a shadow's. */
static int cuts_table(const framing_source *source, const proposals *p) {
  for (size_t i = 0; i < source->rules->tables.count; i++) {
    const stage_table *table = &source->rules->tables.items[i];
    size_t places[2] = {0, 0};
    for (int place = 0; place < table->rows * table->columns; place++) {
      double cell[4], reading[2];
      if (table->cells[place] != place) continue;
      stage_table_cell_box(table, place, cell);
      const double middle[2] = {(cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2};
      stage_map_to_reading(&p->page, middle, reading);
      places[lies_within(reading, p->page_width, p->page_height, 0)]++;
    }
    if (places[0] >= CUT_CELLS_MIN && places[1] >= CUT_CELLS_MIN) return 1;
  }
  return 0;
}

/* The gray that is lighter than half of the picture. What lies beyond the picture's border is given it: a lighter one
 * makes dark strips of the table that is left along the border. */
static uint8_t middle_gray(const shim_image *picture) {
  size_t histogram[256] = {0}, count = 0, below = 0;
  for (int y = 0; y < picture->height; y += GRID)
    for (int x = 0; x < picture->width; x += GRID, count++) histogram[picture->data[y * picture->stride + x]]++;
  int gray = 0;
  while (gray < 255 && (below += histogram[gray]) * 2 < count) gray++;
  return (uint8_t)gray;
}

/* How far a found sheet's sides are from level and upright, degrees. */
static double tilt(const stage_page *page) {
  double worst = 0;
  for (int i = 0; i < 4; i++) {
    const double *from = page->quad[i], *to = page->quad[(i + 1) % 4];
    const double angle = atan2(to[1] - from[1], to[0] - from[0]) * 180 / 3.14159265358979323846 - 90 * i;
    worst = fmax(worst, fabs(angle - 360 * floor(angle / 360 + 0.5)));
  }
  return worst;
}

/* With it goes what stands on the sheet's very edge: its shadow, in scraps. */
static void drop_outside(const proposals *p, stage_glyphs *glyphs) {
  const double margin = edge_share * fmax(p->page_width, p->page_height);
  size_t kept = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    stage_glyph *glyph = &glyphs->items[i];
    if (is_inside(&p->page, p->page_width, p->page_height, margin, glyph))
      glyphs->items[kept++] = *glyph;
    else
      stage_glyph_free(glyph);
  }
  glyphs->count = kept;
}

/* The frame for what was decided; width 0 where the picture may be read as it is. */
static void choose_frame(const framing_source *source, const proposals *p, const orientation *decided, int holds,
                         stage_map *map, int *width, int *height) {
  double degrees = 90.0 * decided->quarters;
  *width = *height = 0;
  stage_map_init(map);
  if (decided->way == 0 && decided->quarters == 0) return;
  if (decided->way == p->page_way) {
    if (decided->quarters == 0 && tilt(source->page) < level_degrees) return;
    if (!holds) degrees += stage_map_angle(&p->page, p->page_width / 2.0, p->page_height / 2.0);
  } else if (decided->way == p->text_way) {
    degrees += p->text_degrees;
  }
  const int squared = holds && decided->way != p->text_way;
  if (squared) *map = p->page;
  stage_map_turn(map, degrees, squared ? p->page_width : source->picture->width,
                 squared ? p->page_height : source->picture->height, width, height);
}

static int is_in_table(const framing_source *source, const stage_glyph *glyph) {
  int box[4], place;
  size_t table;
  stage_glyph_page_box(glyph, box);
  return stage_tables_locate(&source->rules->tables, (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0, &table, &place);
}

/* Of touching digits the string's height counts, wherever up is; of a stroke its length. A table's cells tell where small
 * digits stand, and what its lines leave would be enlarged with them. */
static int is_small_ink(const framing_source *source) {
  double small = 0, all = 0, in_tables = 0;
  for (size_t i = 0; i < source->glyphs->count; i++) {
    const stage_glyph *g = &source->glyphs->items[i];
    const int longer = (g->width > g->height ? g->width : g->height) << g->level;
    const int shorter = (g->width < g->height ? g->width : g->height) << g->level;
    all += longer;
    if ((shorter < SIDE_MIN ? longer : shorter) < SMALL_SIDE) small += longer;
    if (is_in_table(source, g)) in_tables += longer;
  }
  return all > 0 && small >= small_share_min * all && in_tables <= tables_share_max * all &&
         (int64_t)source->picture->width * source->picture->height <= ENLARGED_PIXELS_MAX;
}

/* width 0: the picture's own frame. */
static void enlarge(const framing_source *source, stage_map *map, int *width, int *height) {
  const stage_map larger = {{1.0 / ENLARGED, 0, 0, 0, 1.0 / ENLARGED, 0, 0, 0, 1},
                            {ENLARGED, 0, 0, 0, ENLARGED, 0, 0, 0, 1}};
  *width = ENLARGED * (*width ? *width : source->picture->width);
  *height = ENLARGED * (*height ? *height : source->picture->height);
  stage_map_compose(map, &larger, map);
}

static int warp(const framing_source *source, int width, int height, framing *out) {
  out->memory.in_place = width == 0;
  if (out->memory.enlarged > 1) enlarge(source, &out->map, &width, &height);
  if (width == 0) return SHIM_OK;
  int status = shim_image_create(&out->gray, width, height, 1);
  if (status == SHIM_OK) status = stage_map_warp(&out->map, source->picture, middle_gray(source->picture), &out->gray);
  if (status != SHIM_OK) shim_image_free(&out->gray);
  return status;
}

static framing_way way_of(const proposals *p, int way) {
  if (way == p->page_way) return FRAMING_SHEET;
  return way == p->text_way ? FRAMING_TEXT : FRAMING_AS_IT_IS;
}

/* The turn that is to be undone whatever the digits say. */
static void heed_turn(framing_turn turn, orientation *decided) {
  if (turn == FRAMING_TOLD) return;
  const int upright = turn == FRAMING_UPRIGHT;
  decided->quarters = upright ? 0 : decided->likeliest_quarters;
  decided->way = upright ? decided->upright_way : decided->likeliest_way;
  decided->confidence = upright ? decided->upright_confidence : decided->likeliest_confidence;
  decided->unsure = 1;
}

/* Decides on the way and the turn; the sheet is proposed only where with_sheet is not 0. */
static int decide(const framing_source *source, int with_sheet, proposals *p, orientation *decided) {
  orientation_source ways = {
      .session = source->session, .model = source->model, .pyramid = source->pyramid, .way_count = 1};
  stage_glyph *glyphs = NULL;
  *p = no_proposals;
  if (with_sheet) propose_page(source, &ways, p);
  int status = list_glyphs(source, p, &glyphs, &ways.count);
  ways.glyphs = glyphs;
  if (status == SHIM_OK) status = propose_text(source, &ways, p);
  if (status == SHIM_OK) status = orientation_find(&ways, decided);
  if (status == SHIM_OK && p->page_way < 0 && !p->text_known && decided->looked_at > 0 && decided->mean < poor_mean)
    status = try_fan(source, &ways, p, decided);
  if (status == SHIM_OK) heed_turn(source->turn, decided);
  free(glyphs);
  return status;
}

int framing_find(const framing_source *source, framing *out) {
  proposals p;
  orientation decided = {0};
  int width, height, holds = 0;
  sheet_digits digits = {0, 0};
  *out = (framing){0};
  int status = decide(source, 1, &p, &decided);
  if (status == SHIM_OK && p.page_way >= 0) status = count_sheet_digits(source, &p, decided.quarters, &digits);
  if (status == SHIM_OK && p.page_way >= 0 && is_no_sheet(source->page, &digits))
    status = decide(source, 0, &p, &decided);
  if (status != SHIM_OK) return status;
  if (p.page_way >= 0) holds = !cuts_table(source, &p) && digits.outside <= outside_max * digits.inside;
  out->rotation_confidence = decided.confidence;
  out->rotation_unsure = decided.unsure;
  out->turn_in_doubt = decided.quarters != decided.likeliest_quarters;
  out->memory = (framing_memory){.way = way_of(&p, decided.way),
                                 .quarters = decided.quarters,
                                 .sheet_holds = holds,
                                 .text_degrees = p.text_degrees,
                                 .enlarged = is_small_ink(source) ? ENLARGED : 1,
                                 .rotation_confidence = decided.confidence,
                                 .rotation_unsure = decided.unsure};
  choose_frame(source, &p, &decided, holds, &out->map, &width, &height);
  if (holds) drop_outside(&p, source->glyphs);
  return warp(source, width, height, out);
}

int framing_resume(const framing_source *source, const framing_memory *memory, framing *out, int *known) {
  orientation_source ways = {.way_count = 1};
  proposals p = no_proposals;
  int width, height;
  *out = (framing){.rotation_confidence = memory->rotation_confidence,
                   .rotation_unsure = memory->rotation_unsure,
                   .memory = *memory};
  propose_page(source, &ways, &p);
  *known = p.page_way >= 0 || (memory->way != FRAMING_SHEET && !memory->sheet_holds);
  if (!*known) return SHIM_OK;
  p.text_way = ways.way_count;
  p.text_degrees = memory->text_degrees;
  const int decided_ways[] = {[FRAMING_AS_IT_IS] = 0, [FRAMING_SHEET] = p.page_way, [FRAMING_TEXT] = p.text_way};
  const orientation decided = {.way = decided_ways[memory->way], .quarters = memory->quarters};
  choose_frame(source, &p, &decided, memory->sheet_holds, &out->map, &width, &height);
  return warp(source, width, height, out);
}

void framing_drop_outside(const framing_source *source, int enlarged) {
  orientation_source ways = {.way_count = 1};
  proposals p = no_proposals;
  propose_page(source, &ways, &p);
  const stage_map larger = {{enlarged, 0, 0, 0, enlarged, 0, 0, 0, 1},
                            {1.0 / enlarged, 0, 0, 0, 1.0 / enlarged, 0, 0, 0, 1}};
  stage_map_compose(&larger, &p.page, &p.page); /* from the sheet to the enlarged picture */
  if (p.page_way >= 0) drop_outside(&p, source->glyphs);
}
