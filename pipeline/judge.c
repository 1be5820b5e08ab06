/* Decides which candidates are digits. The network was shown digits only, so that its confidence alone does not tell a
 * speck from a 1: size and contrast beside the page's sure digits do. */
#include "judge.h"

#include "single_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double confidence_min = 0.5;
static const double cell_confidence_min = 0.15; /* in a table's cell, where few marks are no digits */
static const double join_confidence_min = 0.7;
static const double sure = 0.9;
static const double cell_contrast_min = 0.19, hair_contrast = 0.5,
                    hair_stroke = 0.5;                     /* of the table's typical digit's */
static const double odds_known = 0.25, odds_least = 0.003; /* of ink in a table's cell that is no digit */
static const double wordy_odds = 2;                        /* beyond which a table holds words, or lies over them */
static const double page_odds_least = 0.05;                /* of ink elsewhere */
static const double widest = 2.2;                          /* heights: wider ink is a dash or a part of a digit */
/* Heights relative to the typical digit's. */
static const double dust_height = 0.12;      /* below it, nothing is a digit */
static const double small_height = 0.35;     /* below it, only what is plainly a digit is one */
static const double small_one_height = 0.25; /* a 1 has the least shape: dust looks like it */
static const double one_weight = 0.1;
static const double large_height = 2.5; /* above it, what is fainter than the rest is a shadow or a crease */
static const double large_contrast_min = 0.6;
static const double container_part_min = 0.08;
static const double small_confidence_min = 0.95, small_confidence_clean = 0.6; /* at odds of 1, and of 0 */
static const double clean_odds = 0.3; /* of ink that is no digit, up to which a tiny 1 may be one */
static const double plain_confidence_min = 0.98, plain_contrast_min = 0.25;
static const double small_stroke_max = 0.25;                      /* of its height */
static const double small_contrast_min = 0.5, contrast_min = 0.3; /* of the typical digit's */
static const double faint_sure_min =
    0.3; /* of what is tiny and faint: then it is writing in dim light, or in red ink */
/* What stands alone on its page has nothing to be compared with. */
enum {
  TINY_PIXELS = 24,
  TINY_CONTRAST = 24,
  TINY_SURE_MIN = 3,
  TINY_COMPANY = 3,
  TINY_OF_PAGE = 40,
  HAIR_OF_PAGE = 16
};

static int is_digit(const char *name) {
  return name[0] >= '0' && name[0] <= '9' && name[1] == '\0';
}

void judge_read(const char *const *class_names, size_t classes, const float *probabilities, glyph_glyph *out) {
  memset(out, 0, sizeof *out);
  for (size_t c = 0; c < classes; c++) {
    if (!is_digit(class_names[c])) continue;
    glyph_alternative entry = {{class_names[c][0]}, probabilities[c]}, shifted;
    if (!out->text[0]) {
      memcpy(out->text, entry.text, sizeof out->text);
      out->confidence = entry.confidence;
      continue;
    }
    if (entry.confidence > out->confidence) {
      memcpy(shifted.text, out->text, sizeof shifted.text);
      shifted.confidence = out->confidence;
      memcpy(out->text, entry.text, sizeof out->text);
      out->confidence = entry.confidence;
      entry = shifted;
    }
    for (size_t i = 0; i < GLYPH_ALTERNATIVES_MAX; i++) {
      if (i < out->alternative_count && out->alternatives[i].confidence >= entry.confidence) continue;
      shifted = out->alternatives[i];
      out->alternatives[i] = entry;
      entry = shifted;
      if (i == out->alternative_count) {
        out->alternative_count++;
        break;
      }
    }
  }
}

static void reject(judge_verdict *verdict, const char *reason) {
  verdict->decision = JUDGE_REJECTED;
  verdict->glyph.reason = reason;
}

/* A join stands where the network reads the whole better than the worse of its pieces. */
static void judge_joins(size_t single_count, size_t count, const size_t *pairs, judge_verdict *verdicts) {
  for (size_t i = single_count; i < count; i++) {
    judge_verdict *a = &verdicts[pairs[2 * (i - single_count)]], *b = &verdicts[pairs[2 * (i - single_count) + 1]];
    const double whole = verdicts[i].glyph.confidence;
    const double worse = a->glyph.confidence < b->glyph.confidence ? a->glyph.confidence : b->glyph.confidence;
    const int free_pieces = a->decision != JUDGE_REPLACED && b->decision != JUDGE_REPLACED;
    verdicts[i].decision = JUDGE_REPLACED;
    if (!free_pieces || verdicts[i].scrap || whole < join_confidence_min || whole < worse) continue;
    verdicts[i].decision = JUDGE_ACCEPTED;
    a->decision = b->decision = JUDGE_REPLACED;
  }
}

typedef struct sample {
  double value, weight;
} sample;

static int compare_sample(const void *a, const void *b) {
  const double x = ((const sample *)a)->value, y = ((const sample *)b)->value;
  return (x > y) - (x < y);
}

static double weighted_median(sample *samples, size_t count) {
  double total = 0, below = 0;
  qsort(samples, count, sizeof *samples, compare_sample);
  for (size_t i = 0; i < count; i++) total += samples[i].weight;
  size_t i = 0;
  while (i + 1 < count && below + samples[i].weight < total / 2) below += samples[i++].weight;
  return samples[i].value;
}

/* ---- in the cells of tables --------------------------------------------------------------------------------------- */

double judge_digit_probability(const glyph_glyph *g) {
  double sum = g->confidence;
  for (size_t i = 0; i < g->alternative_count; i++) sum += g->alternatives[i].confidence;
  return sum < 1 ? sum : 1;
}

/* How often ink in the table's cells is no digit, beside how often it is one, as the network's own answers explain it
 * best: the share of a mixture, by expectation and maximisation (Saerens, Latinne & Decaestecker 2002). One digit and a
 * quarter of a mark that is none stand in for what is known before. */
static double find_odds(size_t cell_of, size_t count, const judge_verdict *verdicts) {
  enum { ROUNDS = 12 };
  double odds = 1;
  for (int round = 0; round < ROUNDS; round++) {
    double digits = 1, others = odds_known;
    for (size_t i = 0; i < count; i++) {
      if (verdicts[i].in_cell != cell_of) continue;
      const double p = judge_digit_probability(&verdicts[i].glyph), digit = p / (p + odds * (1 - p) + 1e-12);
      digits += digit;
      others += 1 - digit;
    }
    odds = others / digits;
  }
  return odds > odds_least ? odds : odds_least;
}

void judge_weigh(glyph_glyph *g, double odds) {
  const double p = judge_digit_probability(g), scale = 1 / (p + odds * (1 - p) + 1e-12);
  g->confidence *= scale;
  for (size_t i = 0; i < g->alternative_count; i++) g->alternatives[i].confidence *= scale;
}

/* Contrast as a share of the paper's brightness, so that a shadow over a part of the table makes no difference. */
static double reflected(const stage_glyph *g) {
  return g->contrast / (g->contrast + g->gray + 1);
}

/* What is far fainter than the table's sure digits is what shows through from the other side, or a fold; so is a
 * somewhat fainter hair that reads as a 1. */
static int mark_faint(const stage_glyphs *glyphs, size_t table, judge_verdict *verdicts) {
  sample *contrasts = malloc(2 * (glyphs->count + 1) * sizeof *contrasts), *strokes = contrasts + glyphs->count + 1;
  size_t n = 0;
  if (!contrasts) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    if (verdicts[i].in_cell != table || verdicts[i].glyph.confidence < sure) continue;
    contrasts[n] = (sample){reflected(g), 1};
    strokes[n++] = (sample){g->stroke_width * (1 << g->level), 1};
  }
  const double contrast = n ? weighted_median(contrasts, n) : 0, stroke = n ? weighted_median(strokes, n) : 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    if (verdicts[i].in_cell != table) continue;
    const int hair = verdicts[i].glyph.text[0] == '1' && g->stroke_width * (1 << g->level) < hair_stroke * stroke;
    if (reflected(g) < (hair ? hair_contrast : cell_contrast_min) * contrast) verdicts[i].scrap = 1;
  }
  free(contrasts);
  return SHIM_OK;
}

int judge_cells(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts) {
  for (size_t i = 0; i < glyphs->count; i++) {
    size_t table;
    verdicts[i].in_cell = stage_tables_hold(tables, &glyphs->items[i], &table) ? table + 1 : 0;
    verdicts[i].scrap = stage_tables_left(tables, &glyphs->items[i]);
  }
  int status = SHIM_OK;
  for (size_t table = 1; status == SHIM_OK && table <= tables->count; table++) {
    const double odds = find_odds(table, glyphs->count, verdicts);
    for (size_t i = 0; i < glyphs->count; i++) {
      if (verdicts[i].in_cell != table) continue;
      if (odds > wordy_odds)
        verdicts[i].in_cell = 0; /* its place says nothing then, and its neighbours say more */
      else
        judge_weigh(&verdicts[i].glyph, fmin(odds, 1));
    }
    status = mark_faint(glyphs, table, verdicts);
    if (status == SHIM_OK) status = cells_mark_single(&tables->items[table - 1], table, glyphs, verdicts);
  }
  return status;
}

double judge_page_odds(size_t single_count, const judge_verdict *verdicts) {
  return fmin(1, fmax(page_odds_least, find_odds(0, single_count, verdicts)));
}

/* ---- beside the page's sure digits ---------------------------------------------------------------------------------- */

typedef struct company {
  double height, contrast; /* of the typical sure digit; 0 where there is none */
  int writes_faintly;      /* what is tiny and faint is no dust */
  double odds;             /* of ink that is no digit */
} company;

static int is_sure(const stage_glyph *glyph, const judge_verdict *verdict) {
  return verdict->decision == JUDGE_ACCEPTED && verdict->glyph.confidence >= sure && !glyph->sides_touched;
}

static double page_height(const stage_glyph *glyph) {
  return (double)glyph->height * (1 << glyph->level);
}

static int is_faint_and_tiny(const stage_glyph *glyph) {
  return page_height(glyph) < TINY_PIXELS && glyph->contrast < TINY_CONTRAST;
}

/* Paper's grain now and then looks like a digit; writing does so again and again. */
static int writes_faintly(const stage_glyphs *glyphs, const judge_verdict *verdicts) {
  size_t all = 0, digits = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    if (verdicts[i].decision != JUDGE_ACCEPTED || !is_faint_and_tiny(&glyphs->items[i])) continue;
    all++;
    digits += is_sure(&glyphs->items[i], &verdicts[i]) && !strchr("01", verdicts[i].glyph.text[0]);
  }
  return digits >= TINY_SURE_MIN && (double)digits >= faint_sure_min * (double)all;
}

/* Typical means: where half of all the ink is, so that a hundred specks do not outvote one digit. Ones count for
 * little: they have the least shape, so that what is no digit at all reads as one. */
static int find_company(const stage_glyphs *glyphs, const judge_verdict *verdicts, company *out) {
  *out = (company){.writes_faintly = writes_faintly(glyphs, verdicts)};
  sample *heights = malloc(2 * (glyphs->count + 1) * sizeof *heights);
  if (!heights) return 0;
  sample *contrasts = heights + glyphs->count + 1;
  size_t n = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    const stage_glyph *g = &glyphs->items[i];
    if (!is_sure(g, &verdicts[i])) continue;
    double weight = g->area * (double)(1 << 2 * g->level) * g->contrast;
    if (verdicts[i].glyph.text[0] == '1') weight *= one_weight;
    heights[n] = (sample){page_height(g), weight};
    contrasts[n++] = (sample){g->contrast, weight};
  }
  if (n) {
    out->height = weighted_median(heights, n);
    out->contrast = weighted_median(contrasts, n);
  }
  free(heights);
  return 1;
}

/* So surely a digit that its company does not matter. A 1 may be any stroke, and what shows through from the back of
 * the sheet is mirrored: then a 0 and an 8 still are. */
static int is_plain_digit(const stage_glyph *glyph, const glyph_glyph *reading, double height, const company *typical) {
  return reading->confidence >= plain_confidence_min && height >= TINY_PIXELS && !strchr("018", reading->text[0]) &&
         glyph->contrast >= plain_contrast_min * typical->contrast;
}

static int fits_company(const stage_glyph *glyph, const glyph_glyph *reading, const company *typical) {
  const double height = page_height(glyph);
  if (is_faint_and_tiny(glyph) && !typical->writes_faintly) return 0;
  if (typical->height <= 0 || is_plain_digit(glyph, reading, height, typical)) return 1;
  if (height < dust_height * typical->height || glyph->contrast < contrast_min * typical->contrast) return 0;
  if (height > large_height * typical->height && glyph->contrast < large_contrast_min * typical->contrast) return 0;
  if (height >= small_height * typical->height) return 1;
  if (reading->text[0] == '1' && typical->odds > clean_odds && height < small_one_height * typical->height) return 0;
  const double enough = small_confidence_clean + typical->odds * (small_confidence_min - small_confidence_clean);
  return reading->confidence >= enough && glyph->contrast >= small_contrast_min * typical->contrast &&
         glyph->stroke_width <= small_stroke_max * glyph->height;
}

/* ---- containers --------------------------------------------------------------------------------------------------- */

static int centre_inside(const stage_glyph *inner, const int outer[4]) {
  int box[4];
  stage_glyph_page_box(inner, box);
  const int x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2;
  return x > outer[0] && x < outer[2] && y > outer[1] && y < outer[3];
}

/* A digit does not lie around two others: a table, a shadow, a crease does. */
static void reject_containers(const stage_glyphs *glyphs, judge_verdict *verdicts) {
  for (size_t i = 0; i < glyphs->count; i++) {
    int box[4], inside = 0;
    if (verdicts[i].decision != JUDGE_ACCEPTED) continue;
    stage_glyph_page_box(&glyphs->items[i], box);
    for (size_t j = 0; j < glyphs->count; j++) {
      const stage_glyph *g = &glyphs->items[j];
      if (j == i || !centre_inside(g, box)) continue; /* most lie elsewhere */
      inside += verdicts[j].decision == JUDGE_ACCEPTED && verdicts[j].glyph.confidence >= sure &&
                g->contrast >= 0.5 * glyphs->items[i].contrast &&
                page_height(g) >= container_part_min * page_height(&glyphs->items[i]);
    }
    if (inside >= 2) reject(&verdicts[i], "container");
  }
}

/* A few tiny marks on a large empty page are dust; if they are but strokes, also somewhat larger ones (hairs). */
static void reject_lonely_dust(const stage_glyphs *glyphs, int page_side, judge_verdict *verdicts) {
  size_t accepted = 0;
  for (size_t i = 0; i < glyphs->count; i++) {
    if (verdicts[i].decision != JUDGE_ACCEPTED) continue;
    const double height = page_height(&glyphs->items[i]);
    const int speck = height < TINY_PIXELS && height * TINY_OF_PAGE < page_side;
    const int hair = verdicts[i].glyph.text[0] == '1' && height * HAIR_OF_PAGE < page_side;
    if (!speck && !hair) return;
    accepted++;
  }
  if (accepted > TINY_COMPANY) return;
  for (size_t i = 0; i < glyphs->count; i++)
    if (verdicts[i].decision == JUDGE_ACCEPTED) reject(&verdicts[i], "dust");
}

/* By the component itself; a reason, or NULL where it may be a digit. */
static const char *doubt(const stage_glyph *glyph, const judge_verdict *verdict) {
  if (verdict->scrap) return "scrap";
  if (glyph->width > widest * glyph->height) return "width";
  return verdict->glyph.confidence < (verdict->in_cell ? cell_confidence_min : confidence_min) ? "shape" : NULL;
}

int judge_doubts_shape(const judge_verdict *verdict) {
  return verdict->decision == JUDGE_REJECTED && verdict->glyph.reason && !strcmp(verdict->glyph.reason, "shape");
}

int judge_page(const stage_glyphs *glyphs, size_t single_count, size_t uncut_count, const size_t *pairs, int page_side,
               double odds, judge_verdict *verdicts) {
  company typical;
  for (size_t i = 0; i < single_count; i++) {
    if (verdicts[i].decision == JUDGE_REPLACED) continue;
    const char *reason = doubt(&glyphs->items[i], &verdicts[i]);
    if (reason)
      reject(&verdicts[i], reason);
    else
      verdicts[i].decision = JUDGE_ACCEPTED;
  }
  judge_joins(single_count, uncut_count, pairs, verdicts);
  reject_containers(glyphs, verdicts);
  if (!find_company(glyphs, verdicts, &typical)) return SHIM_ERR_MEMORY;
  typical.odds = odds;
  for (size_t i = 0; i < glyphs->count; i++)
    if ((verdicts[i].decision == JUDGE_ACCEPTED || judge_doubts_shape(&verdicts[i])) && !verdicts[i].in_cell &&
        !fits_company(&glyphs->items[i], &verdicts[i].glyph, &typical))
      reject(&verdicts[i], "company");
  reject_lonely_dust(glyphs, page_side, verdicts);
  return SHIM_OK;
}
