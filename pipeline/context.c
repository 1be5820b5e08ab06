/* Words are known by their company: a letter may look like a digit, but a word's other letters do not, and a page of text has
 * few numbers. Every mark is weighed by logistic regression on the network's answer, on its shape, and on the evidence of the
 * marks beside it on its line and of those of its height on the page; then once more, with the outcome of the first time as
 * that evidence: stacked sequential learning (Cohen & Carvalho, "Stacked sequential learning", IJCAI 2005). A second
 * regression, on digits alone, gives the probability that the best reading is right (Platt scaling).
 *
 * Fails for a word all of whose letters look like digits, and, for a network that takes many letters for digits, for a
 * short number beside a word on a page with little else. Where nothing speaks against a digit it decides nothing. */
#include "context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double evidence_max = 5, own_max = 7;
static const double one_evidence = 0.5;  /* of what reads as a 1, at first */
static const double alike_heights = 2.5; /* marks that differ more say nothing about each other */
static const double shared_min = 0.4;    /* of the lower one's height, of marks on one line */
static const double near_heights = 4;    /* farther apart, marks on one line say nothing either */
static const double near_doubt = 0.5,
                    page_doubt = 1;      /* so many marks without evidence are thought to be there besides */
static const double promoted_min = 0.05; /* probability of being a digit below which no context helps */
static const double accepted_min = 0.5;
static const double straight_max = 1.6; /* of a straight stroke's ink, over its length and width */
static const double usual_height = 24;
enum { HEIGHT_MIN = 6, OCTAVE_BINS = 8, BINS = 20 * OCTAVE_BINS };

static double log_odds(double p, double most) {
  return fmax(-most, fmin(most, log(fmax(p, 1e-12) / fmax(1 - p, 1e-12))));
}

static double probability(double odds) {
  return 1 / (1 + exp(-odds));
}

double context_evidence(const glyph_glyph *reading) {
  return log_odds(judge_digit_probability(reading), evidence_max) * (reading->text[0] == '1' ? one_evidence : 1);
}

static double height_of(const context_mark *mark) {
  return mark->box[3] - mark->box[1];
}

/* ---- the marks ---------------------------------------------------------------------------------------------------- */

/* What is left of a rule speaks neither for a word nor for a number; a word written in one go is no straight stroke. */
static int is_dash(const stage_glyph *glyph) {
  const double length = hypot(glyph->width, glyph->height);
  return glyph->width > glyph->height && glyph->area < straight_max * glyph->stroke_width * length;
}

static context_mark take_mark(const stage_glyph *glyph, const judge_verdict *verdict, size_t index) {
  const double digit = judge_digit_probability(&verdict->glyph);
  context_mark mark = {.glyph = index, .text = verdict->glyph.text[0], .contrast = fmax(glyph->contrast, 1)};
  stage_glyph_page_box(glyph, mark.box);
  mark.is_promoted = judge_doubts_shape(verdict) && digit >= promoted_min;
  const int has_cell = verdict->in_cell || verdict->in_singles;
  mark.is_open = !has_cell && (verdict->decision == JUDGE_ACCEPTED || mark.is_promoted);
  mark.own = log_odds(digit, own_max);
  mark.share = digit > 0 ? verdict->glyph.confidence / digit : 0;
  mark.evidence = context_evidence(&verdict->glyph);
  return mark;
}

static int from_the_top(const void *a, const void *b) {
  const context_mark *p = a, *q = b;
  if (p->box[1] != q->box[1]) return p->box[1] < q->box[1] ? -1 : 1;
  return (p->glyph > q->glyph) - (p->glyph < q->glyph);
}

int context_open(context_page *page, const stage_glyphs *glyphs, const judge_verdict *verdicts) {
  *page = (context_page){malloc((glyphs->count + 1) * sizeof *page->marks), 0};
  if (!page->marks) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < glyphs->count; i++) {
    if (verdicts[i].decision == JUDGE_REPLACED || verdicts[i].scrap) continue;
    if (verdicts[i].decision == JUDGE_REJECTED && is_dash(&glyphs->items[i])) continue;
    const context_mark mark = take_mark(&glyphs->items[i], &verdicts[i], i);
    if (height_of(&mark) >= HEIGHT_MIN) page->marks[page->count++] = mark;
  }
  qsort(page->marks, page->count, sizeof *page->marks, from_the_top);
  return SHIM_OK;
}

void context_close(context_page *page) {
  free(page->marks);
  *page = (context_page){0};
}

/* ---- beside the others -------------------------------------------------------------------------------------------- */

/* How much two marks say about each other: 1 side by side on a line, less with the blank between them. */
static double closeness(const context_mark *a, const context_mark *b) {
  const double p = height_of(a), q = height_of(b), taller = fmax(p, q), lower = fmin(p, q);
  if (taller > alike_heights * lower) return 0;
  const double shared = fmin(a->box[3], b->box[3]) - fmax(a->box[1], b->box[1]);
  const double gap = fmax(0, fmax(a->box[0], b->box[0]) - fmin(a->box[2], b->box[2]));
  return shared > shared_min * lower && gap <= near_heights * taller ? exp(-gap / taller) : 0;
}

/* Into CONTEXT_NEAR and CONTEXT_MASS. */
static void describe_lines(const context_page *page, double (*rows)[CONTEXT_FEATURES]) {
  for (size_t i = 0; i < page->count; i++) rows[i][CONTEXT_NEAR] = rows[i][CONTEXT_MASS] = 0;
  for (size_t i = 0; i < page->count; i++) {
    const context_mark *a = &page->marks[i];
    for (size_t k = i + 1; k < page->count && page->marks[k].box[1] < a->box[3]; k++) {
      const context_mark *b = &page->marks[k];
      const double weight = closeness(a, b);
      rows[i][CONTEXT_NEAR] += weight * b->evidence;
      rows[k][CONTEXT_NEAR] += weight * a->evidence;
      rows[i][CONTEXT_MASS] += weight;
      rows[k][CONTEXT_MASS] += weight;
    }
  }
  for (size_t i = 0; i < page->count; i++) {
    rows[i][CONTEXT_NEAR] /= near_doubt + rows[i][CONTEXT_MASS];
    rows[i][CONTEXT_MASS] = rows[i][CONTEXT_NEAR] * log1p(rows[i][CONTEXT_MASS]);
  }
}

/* Sums over marks of about one height. */
typedef struct crowd {
  double count, evidence, digits, contrast; /* digits: how many are thought to be; contrast: sum of their logarithms */
} crowd;

static crowd crowd_of(const context_mark *mark) {
  const double digit = probability(mark->evidence);
  return (crowd){1, mark->evidence, digit, digit * log(mark->contrast)};
}

static void crowd_add(crowd *sum, crowd one, double sign) {
  sum->count += sign * one.count;
  sum->evidence += sign * one.evidence;
  sum->digits += sign * one.digits;
  sum->contrast += sign * one.contrast;
}

static int bin_of(const context_mark *mark) {
  const int bin = (int)(OCTAVE_BINS * log2(height_of(mark)));
  return bin < BINS ? bin : BINS - 1;
}

/* Into CONTEXT_PAGE and CONTEXT_CONTRAST. */
static void describe_crowds(const context_page *page, double (*rows)[CONTEXT_FEATURES]) {
  const int reach = (int)(OCTAVE_BINS * log2(alike_heights));
  crowd bins[BINS] = {{0, 0, 0, 0}};
  for (size_t i = 0; i < page->count; i++) crowd_add(&bins[bin_of(&page->marks[i])], crowd_of(&page->marks[i]), 1);
  for (size_t i = 0; i < page->count; i++) {
    const context_mark *mark = &page->marks[i];
    crowd others = {0, 0, 0, 0};
    const int own = bin_of(mark);
    for (int bin = own - reach < 0 ? 0 : own - reach; bin <= own + reach && bin < BINS; bin++)
      crowd_add(&others, bins[bin], 1);
    crowd_add(&others, crowd_of(mark), -1);
    rows[i][CONTEXT_PAGE] = others.evidence / (page_doubt + others.count);
    const double fainter = others.digits > 0.5 ? log(mark->contrast) - others.contrast / others.digits : 0;
    rows[i][CONTEXT_CONTRAST] = fmax(-2, fmin(1, fainter));
  }
}

static double log_height(const context_mark *mark) {
  return fmax(-1, fmin(1, log2(height_of(mark) / usual_height)));
}

void context_describe(const context_page *page, double (*rows)[CONTEXT_FEATURES]) {
  describe_lines(page, rows);
  describe_crowds(page, rows);
  for (size_t i = 0; i < page->count; i++) {
    const context_mark *mark = &page->marks[i];
    rows[i][CONTEXT_ALWAYS] = 1;
    rows[i][CONTEXT_OWN] = mark->own;
    rows[i][CONTEXT_SHARE] = log(fmax(mark->share, 1e-6));
    rows[i][CONTEXT_ONE] = mark->text == '1';
    rows[i][CONTEXT_ZERO] = mark->text == '0';
    rows[i][CONTEXT_HEIGHT] = log_height(mark);
    rows[i][CONTEXT_ASPECT] = mark->text == '1' ? 0 : log((mark->box[2] - mark->box[0]) / height_of(mark));
    rows[i][CONTEXT_ONE_NEAR] = mark->text == '1' ? rows[i][CONTEXT_NEAR] : 0;
  }
}

void context_leave_out(context_page *page, double (*rows)[CONTEXT_FEATURES]) {
  const int reach = (int)(OCTAVE_BINS * log2(alike_heights));
  size_t against[BINS] = {0};
  for (size_t i = 0; i < page->count; i++) against[bin_of(&page->marks[i])] += page->marks[i].evidence < 0;
  for (size_t i = 0; i < page->count; i++) {
    context_mark *mark = &page->marks[i];
    const int own = bin_of(mark);
    size_t others = 0;
    for (int bin = own - reach < 0 ? 0 : own - reach; bin <= own + reach && bin < BINS; bin++) others += against[bin];
    if (mark->is_promoted ? rows[i][CONTEXT_NEAR] <= 0 : others == (mark->evidence < 0)) mark->is_open = 0;
  }
}

void context_learn(context_page *page, const double *odds) {
  for (size_t i = 0; i < page->count; i++)
    if (page->marks[i].is_open) page->marks[i].evidence = fmax(-evidence_max, fmin(evidence_max, odds[i]));
}

void context_describe_trust(const context_mark *mark, double odds, int is_cut, double row[CONTEXT_TRUSTS]) {
  row[CONTEXT_TRUST_ALWAYS] = 1;
  row[CONTEXT_TRUST_SHARE] = log_odds(mark->share, own_max);
  row[CONTEXT_TRUST_DIGIT] = fmax(-evidence_max, fmin(evidence_max, odds));
  row[CONTEXT_TRUST_HEIGHT] = log_height(mark);
  row[CONTEXT_TRUST_CUT] = is_cut;
}

double context_weigh(const double *weights, const double *row, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += weights[i] * row[i];
  return sum;
}

/* What glyphlift-context-fit printed: fitted on 400 generated pages of numbers, half of them by MNIST's writers (training
 * part), 80 of loose digits, and 14 of letters, each mark of which counted twice. */
static const context_model shipped = {
    {{-1.233, 0.477, 0.895, 0.490, 0.435, 0.349, -0.446, -1.014, 1.650, 0.211, -2.273, -0.093},
     {-0.354, 0.389, 0.779, 0.791, 0.067, 0.304, -0.719, -1.105, 1.705, 0.094, -1.880, -0.201}},
    {-0.207, 0.714, 0.159, 0.365, -1.776},
};

const context_model *context_shipped(void) {
  return &shipped;
}

/* ---- deciding ----------------------------------------------------------------------------------------------------- */

/* The probability that the reading is right; the alternatives share what being a digit leaves. */
static void set_confidence(glyph_glyph *reading, double digit, double right) {
  double others = 0;
  for (size_t i = 0; i < reading->alternative_count; i++) others += reading->alternatives[i].confidence;
  reading->confidence = digit * right;
  for (size_t i = 0; i < reading->alternative_count; i++) {
    const double share = digit * (1 - right) * reading->alternatives[i].confidence / fmax(others, 1e-12);
    reading->alternatives[i].confidence = fmin(share, reading->confidence);
  }
}

static void decide(const context_model *model, const context_mark *mark, double odds, int is_cut,
                   judge_verdict *verdict) {
  double row[CONTEXT_TRUSTS];
  const double digit = probability(odds);
  context_describe_trust(mark, odds, is_cut, row);
  set_confidence(&verdict->glyph, digit, probability(context_weigh(model->trust, row, CONTEXT_TRUSTS)));
  const int stands = digit >= accepted_min;
  if (!stands && verdict->decision == JUDGE_ACCEPTED) verdict->glyph.reason = "context";
  if (stands) verdict->glyph.reason = NULL;
  verdict->decision = stands ? JUDGE_ACCEPTED : JUDGE_REJECTED;
}

int context_judge(const context_model *model, const stage_glyphs *glyphs, size_t uncut_count, judge_verdict *verdicts) {
  context_page page;
  int status = context_open(&page, glyphs, verdicts);
  double(*rows)[CONTEXT_FEATURES] = malloc((page.count + 1) * sizeof *rows);
  double *odds = malloc((page.count + 1) * sizeof *odds);
  if (!rows || !odds) status = SHIM_ERR_MEMORY;
  for (int pass = 0; status == SHIM_OK && pass < CONTEXT_PASSES; pass++) {
    context_describe(&page, rows);
    if (pass == 0) context_leave_out(&page, rows);
    for (size_t i = 0; i < page.count; i++) odds[i] = context_weigh(model->digit[pass], rows[i], CONTEXT_FEATURES);
    context_learn(&page, odds);
  }
  for (size_t i = 0; status == SHIM_OK && i < page.count; i++) {
    const context_mark *mark = &page.marks[i];
    if (mark->is_open) decide(model, mark, odds[i], mark->glyph >= uncut_count, &verdicts[mark->glyph]);
  }
  free(odds);
  free(rows);
  context_close(&page);
  return status;
}
