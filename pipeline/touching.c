/* Decides on touching digits. The pieces' readings are most of it: a wrong piece is no digit to the network. But a
 * stroke alone is a 1, and letters are full of strokes: what stands near must speak for digits too. How much each counts
 * is told by logistic regression. Of a chain that stands its weak pieces may yet be rejected, alone.
 *
 * Fails where a part of a digit is a digit itself and the rest another (a 9 that has lost its loop is a 1 or a 7), and
 * in words of letters that look like digits. */
#include "touching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

static const double sure = 0.9;            /* a component read so is one digit, where it is no wider than these are */
static const double widest_sure = 1.25;    /* heights */
static const double plain_digit_min = 0.6; /* of what reads as a 0 or a 1, to be one mark, be it a digit or a letter */
static const double narrowest = 0.3;       /* heights: two ones */
static const double widest = 8;
static const double piece_widest = 1.35; /* heights of the component */
static const double piece_height_min = 0.35;
static const double piece_area_min = 0.04; /* of the component's ink */
static const double chain_mean_min = 0.1;  /* geometric mean of the pieces' probabilities, to be thought of at all */
static const double weak_piece = 0.3;      /* a piece less sure is rejected, though the chain stands */
/* What glyphlift-context-fit printed: fitted by logistic regression on what was proposed on 200 generated pages of numbers,
 * half of them by MNIST's writers (training part), 20 of loose digits, and 10 of letters. */
static const double stands[TOUCHING_FEATURES] = {2.839, 2.124, -2.388, -2.387, 2.695, 0.507};
enum { HEIGHT_MIN = 9 /* pixels of its level */ };

/* The probability that the component is one mark. That an O may be a letter makes it no two digits. */
static double wholeness(const glyph_glyph *reading) {
  const double digit = judge_digit_probability(reading);
  const int is_plain = reading->text[0] == '0' || reading->text[0] == '1';
  return is_plain && digit >= plain_digit_min ? reading->confidence / digit : reading->confidence;
}

int touching_is_suspect(const stage_glyph *glyph, const judge_verdict *verdict) {
  const double aspect = (double)glyph->width / glyph->height;
  if (glyph->height < HEIGHT_MIN || glyph->sides_touched > 1 || aspect < narrowest || aspect > widest) return 0;
  if (verdict->one_a_cell || (wholeness(&verdict->glyph) >= sure && aspect <= widest_sure)) return 0;
  return !stage_mark_is_crossing(glyph);
}

/* Room for one more of `size` bytes. */
static int grow(void **items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return SHIM_OK;
  const size_t wanted = *capacity ? 2 * *capacity : 64;
  void *grown = wanted > SIZE_MAX / size ? NULL : realloc(*items, wanted * size);
  if (!grown) return SHIM_ERR_MEMORY;
  *items = grown;
  *capacity = wanted;
  return SHIM_OK;
}

/* The two arrays of a piece grow together. */
static int grow_pieces(touching *t) {
  size_t capacity = t->piece_capacity;
  int status = grow((void **)&t->arcs, t->pieces.count, &capacity, sizeof *t->arcs);
  if (status == SHIM_OK) status = grow((void **)&t->verdicts, t->pieces.count, &t->piece_capacity, sizeof *t->verdicts);
  return status;
}

static int may_be_digit(const stage_glyph *piece, const stage_glyph *whole) {
  return piece->area >= piece_area_min * whole->area && piece->height >= piece_height_min * whole->height &&
         piece->width <= piece_widest * whole->height;
}

/* All pieces that begin at one node. */
static int add_pieces_from(touching *t, const stage_glyph *whole, const stage_split *split, int from) {
  const int last = split->cut_count + 1;
  int status = SHIM_OK;
  for (int to = from + 1; status == SHIM_OK && to <= last; to++) {
    stage_glyph piece;
    if (from == 0 && to == last) continue; /* the whole was read before */
    status = stage_split_piece(whole, split, from, to, &piece);
    if (status != SHIM_OK) return status;
    const int too_wide = piece.width > piece_widest * whole->height;
    if (piece.width > 0 && may_be_digit(&piece, whole)) {
      status = grow_pieces(t);
      if (status == SHIM_OK) {
        t->arcs[t->pieces.count] = (stage_arc){from, to, 0, piece.height};
        memset(&t->verdicts[t->pieces.count], 0, sizeof *t->verdicts);
        status = stage_glyphs_append(&t->pieces, &piece);
      }
    }
    stage_glyph_free(&piece);
    if (too_wide) break;
  }
  return status;
}

int touching_add(touching *t, const stage_glyphs *glyphs, size_t index) {
  stage_split split;
  int status = grow((void **)&t->components, t->component_count, &t->component_capacity, sizeof *t->components);
  if (status == SHIM_OK) status = stage_split_find(&glyphs->items[index], &split);
  if (status != SHIM_OK) return status;
  const size_t first = t->pieces.count;
  for (int from = 0; status == SHIM_OK && from <= split.cut_count; from++)
    status = add_pieces_from(t, &glyphs->items[index], &split, from);
  t->components[t->component_count++] =
      (touching_component){index, first, t->pieces.count - first, split.cut_count + 1};
  stage_split_free(&split);
  return status;
}

/* ---- with the readings -------------------------------------------------------------------------------------------- */

/* The pieces of the best path; none where the component as it stands is as likely. */
static int find_best(const touching *t, const touching_component *c, double whole, size_t *path, size_t *length) {
  const judge_verdict *verdicts = t->verdicts + c->first_piece;
  double score;
  for (size_t i = 0; i < c->piece_count; i++)
    t->arcs[c->first_piece + i].score = log(fmax(verdicts[i].glyph.confidence, 1e-9));
  const int status = stage_lattice_find(t->arcs + c->first_piece, c->piece_count, c->last_node, path, length, &score);
  if (status == SHIM_OK && score <= log(fmax(whole, 1e-9))) *length = 0;
  return status;
}

static touching_proposal describe_path(const touching *t, const touching_component *c, const size_t *path,
                                       size_t length) {
  touching_proposal p = {.glyph = c->glyph, .first = t->proposed.count, .count = length};
  for (size_t i = 0; i < length; i++) {
    const glyph_glyph *reading = &t->verdicts[c->first_piece + path[i]].glyph;
    const double score = log(fmax(reading->confidence, 1e-6)), share = 1 / (double)length;
    p.ones += share * (reading->text[0] == '1');
    p.mean += share * score;
    p.evidence += share * context_evidence(reading);
  }
  return p;
}

/* Takes the pieces of the path over. */
static int add_proposal(touching *t, const touching_component *c, const size_t *path, const touching_proposal *p) {
  int status = grow((void **)&t->proposals, t->proposal_count, &t->proposal_capacity, sizeof *t->proposals);
  for (size_t i = 0; status == SHIM_OK && i < p->count; i++) {
    const size_t piece = c->first_piece + path[i];
    status = grow((void **)&t->proposed_verdicts, t->proposed.count, &t->proposed_capacity, sizeof *t->verdicts);
    if (status != SHIM_OK) break;
    t->proposed_verdicts[t->proposed.count] = t->verdicts[piece];
    status = stage_glyphs_append(&t->proposed, &t->pieces.items[piece]); /* leaves an empty glyph behind */
  }
  if (status == SHIM_OK) t->proposals[t->proposal_count++] = *p;
  return status;
}

int touching_propose(touching *t, const judge_verdict *verdicts) {
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < t->component_count; i++) {
    const touching_component *c = &t->components[i];
    size_t path[STAGE_CUTS_MAX + 1], length;
    status = find_best(t, c, wholeness(&verdicts[c->glyph].glyph), path, &length);
    if (status != SHIM_OK || !length) continue;
    const touching_proposal p = describe_path(t, c, path, length);
    if (p.mean > log(chain_mean_min)) status = add_proposal(t, c, path, &p);
  }
  stage_glyphs_free(&t->pieces);
  t->component_count = 0;
  return status;
}

/* ---- beside what is near ------------------------------------------------------------------------------------------ */

/* Makes what the chains say the evidence of their marks. */
static void take_evidence(const touching *t, const size_t *mark_of, context_page *page) {
  for (size_t i = 0; i < t->proposal_count; i++) {
    const touching_proposal *p = &t->proposals[i];
    if (mark_of[p->glyph]) page->marks[mark_of[p->glyph] - 1].evidence = p->evidence;
  }
}

/* near: the row of the component among the page's marks, NULL where it is none. */
static void describe(touching_proposal *p, const stage_glyph *whole, const double near[CONTEXT_FEATURES]) {
  p->row[TOUCHING_ALWAYS] = 1;
  p->row[TOUCHING_MEAN] = p->mean;
  p->row[TOUCHING_ONES] = p->ones;
  p->row[TOUCHING_COUNT] = log((double)p->count);
  p->row[TOUCHING_ASPECT] = log((double)whole->width / whole->height);
  p->row[TOUCHING_PAGE] = near ? near[CONTEXT_PAGE] : 0;
}

static int accept(touching *t, const touching_proposal *p, stage_glyphs *glyphs, judge_verdict **verdicts) {
  judge_verdict *grown = realloc(*verdicts, (glyphs->count + p->count) * sizeof *grown);
  if (!grown) return SHIM_ERR_MEMORY;
  *verdicts = grown;
  int status = SHIM_OK;
  for (size_t i = p->first; status == SHIM_OK && i < p->first + p->count; i++) {
    grown[glyphs->count] = t->proposed_verdicts[i];
    const int is_weak = grown[glyphs->count].glyph.confidence < weak_piece;
    grown[glyphs->count].decision = is_weak ? JUDGE_REJECTED : JUDGE_ACCEPTED;
    if (is_weak) grown[glyphs->count].glyph.reason = "shape";
    status = stage_glyphs_append(glyphs, &t->proposed.items[i]);
  }
  grown[p->glyph].decision = JUDGE_REPLACED;
  return status;
}

int touching_settle(touching *t, stage_glyphs *glyphs, size_t single_count, judge_verdict **verdicts) {
  if (t->proposal_count == 0) return SHIM_OK;
  const stage_glyphs components = {.items = glyphs->items, .count = single_count};
  context_page page;
  int status = context_open(&page, &components, *verdicts);
  size_t *mark_of = calloc(single_count + 1, sizeof *mark_of); /* and one; 0: none */
  double(*rows)[CONTEXT_FEATURES] = malloc((page.count + 1) * sizeof *rows);
  if (!mark_of || !rows) status = SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    for (size_t k = 0; k < page.count; k++) mark_of[page.marks[k].glyph] = k + 1;
    take_evidence(t, mark_of, &page);
    context_describe(&page, rows);
  }
  for (size_t i = 0; status == SHIM_OK && i < t->proposal_count; i++) {
    touching_proposal *p = &t->proposals[i];
    const size_t mark = mark_of[p->glyph];
    describe(p, &glyphs->items[p->glyph], mark ? rows[mark - 1] : NULL);
    if (context_weigh(stands, p->row, TOUCHING_FEATURES) > 0) status = accept(t, p, glyphs, verdicts);
  }
  free(rows);
  free(mark_of);
  context_close(&page);
  return status;
}

void touching_free(touching *t) {
  stage_glyphs_free(&t->pieces);
  stage_glyphs_free(&t->proposed);
  free(t->verdicts);
  free(t->arcs);
  free(t->components);
  free(t->proposed_verdicts);
  free(t->proposals);
  memset(t, 0, sizeof *t);
}
