/* Decides on touching digits. The pieces' readings are most of it: a wrong piece is no digit to the network. But a
 * stroke alone is a 1, and letters are full of strokes: where a cut leaves a 1, the components nearby must be digits
 * too.
 *
 * Fails where a part of a digit is a digit itself and the rest another (a 9 that has lost its loop is a 1 or a 7), and
 * in words of letters that look like digits. */
#include "touching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double sure = 0.9;            /* a component read so is one digit, where it is no wider than these are */
static const double widest_sure = 1.25;    /* heights */
static const double plain_digit_min = 0.6; /* of what reads as a 0 or a 1, to be one mark, be it a digit or a letter */
static const double narrowest = 0.3;       /* heights: two ones */
static const double widest = 8;
static const double piece_widest = 1.35; /* heights of the component */
static const double piece_height_min = 0.35;
static const double piece_area_min = 0.04; /* of the component's ink */
static const double one_evidence = 0.3;    /* of another digit's, that there are digits nearby */
static const double one_doubt = 0.5;       /* of a component's, where a cut leaves a one: a letter may be so cut */
static const double evidence_near_min = 2; /* less does not tell what the line is made of */
static const double near_heights = 4, alike_heights = 2.5;
enum { HEIGHT_MIN = 9 /* pixels of its level */ };

/* The least sure digit of a proposal must reach this. */
static const double least_without_ones = 0.3;
static const double digits_nearby = 0.6, least_among_digits = 0.3; /* share of digits among what is near */
static const double some_nearby = 0.4, least_among_some = 0.8;
static const double least_alone = 0.6;
static const double nearby_of_ones = 0.8, least_of_ones = 0.8; /* all are ones */

/* The probability that the component is one mark. That an O may be a letter makes it no two digits. */
static double wholeness(const glyph_glyph *reading) {
  const double digit = judge_digit_probability(reading);
  const int is_plain = reading->text[0] == '0' || reading->text[0] == '1';
  return is_plain && digit >= plain_digit_min ? reading->confidence / digit : reading->confidence;
}

int touching_is_suspect(const stage_glyph *glyph, const judge_verdict *verdict) {
  const double aspect = (double)glyph->width / glyph->height;
  if (glyph->height < HEIGHT_MIN || glyph->sides_touched > 1 || aspect < narrowest || aspect > widest) return 0;
  if (verdict->one_a_cell) return 0;
  return wholeness(&verdict->glyph) < sure || aspect > widest_sure;
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

/* Takes the pieces of the path over. */
static int add_proposal(touching *t, const touching_component *c, const size_t *path, size_t length) {
  touching_proposal proposal = {c->glyph, t->proposed.count, length, 0, 1};
  for (size_t i = 0; i < length; i++) {
    const glyph_glyph *reading = &t->verdicts[c->first_piece + path[i]].glyph;
    proposal.ones += reading->text[0] == '1';
    proposal.least = fmin(proposal.least, reading->confidence);
  }
  if (proposal.least < least_without_ones) return SHIM_OK;
  int status = grow((void **)&t->proposals, t->proposal_count, &t->proposal_capacity, sizeof *t->proposals);
  for (size_t i = 0; status == SHIM_OK && i < length; i++) {
    const size_t piece = c->first_piece + path[i];
    status = grow((void **)&t->proposed_verdicts, t->proposed.count, &t->proposed_capacity, sizeof *t->verdicts);
    if (status != SHIM_OK) break;
    t->proposed_verdicts[t->proposed.count] = t->verdicts[piece];
    status = stage_glyphs_append(&t->proposed, &t->pieces.items[piece]); /* leaves an empty glyph behind */
  }
  if (status == SHIM_OK) t->proposals[t->proposal_count++] = proposal;
  return status;
}

int touching_propose(touching *t, const judge_verdict *verdicts) {
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < t->component_count; i++) {
    const touching_component *c = &t->components[i];
    size_t path[STAGE_CUTS_MAX + 1], length;
    status = find_best(t, c, wholeness(&verdicts[c->glyph].glyph), path, &length);
    if (status == SHIM_OK && length) status = add_proposal(t, c, path, length);
  }
  stage_glyphs_free(&t->pieces);
  t->component_count = 0;
  return status;
}

/* ---- beside what is near ------------------------------------------------------------------------------------------ */

/* What a component says of its neighbours: digits or others. */
typedef struct evidence {
  double digits, others;
} evidence;

static void weigh_components(const touching *t, const stage_glyphs *glyphs, size_t single_count,
                             const judge_verdict *verdicts, evidence *out) {
  for (size_t i = 0; i < single_count; i++) {
    const glyph_glyph *reading = &verdicts[i].glyph;
    const int is_digit = reading->confidence >= sure && !touching_is_suspect(&glyphs->items[i], &verdicts[i]);
    out[i] = is_digit ? (evidence){reading->text[0] == '1' ? one_evidence : 1, 0} : (evidence){0, 1};
  }
  for (size_t i = 0; i < t->proposal_count; i++) {
    const touching_proposal *p = &t->proposals[i];
    out[p->glyph] = p->ones ? (evidence){0, one_doubt} : (evidence){(double)p->count, 0};
  }
}

/* Alike in height; near means on one line and not far. */
static int is_alike(const int a[4], const int b[4], int near) {
  const double p = a[3] - a[1], q = b[3] - b[1], taller = fmax(p, q);
  if (taller > alike_heights * fmin(p, q)) return 0;
  if (!near) return 1;
  const double shared = fmin(a[3], b[3]) - fmax(a[1], b[1]), gap = fmax(a[0], b[0]) - fmin(a[2], b[2]);
  return shared > 0.4 * fmin(p, q) && gap < near_heights * taller;
}

/* The share of digits near the component, or where little is near, on the page; -1 where there is nothing at all. */
static double share_of_digits(const stage_glyphs *glyphs, size_t single_count, const evidence *all, size_t index) {
  int own[4], box[4];
  stage_glyph_page_box(&glyphs->items[index], own);
  for (int near = 1; near >= 0; near--) {
    evidence sum = {0, 0};
    for (size_t i = 0; i < single_count; i++) {
      if (i == index) continue;
      stage_glyph_page_box(&glyphs->items[i], box);
      if (is_alike(own, box, near)) sum.digits += all[i].digits, sum.others += all[i].others;
    }
    if (sum.digits + sum.others >= (near ? evidence_near_min : one_evidence))
      return sum.digits / (sum.digits + sum.others);
  }
  return -1;
}

static int stands(const touching_proposal *p, double share) {
  if (p->ones == 0) return 1;
  if (p->ones == p->count) return share >= nearby_of_ones && p->least >= least_of_ones;
  if (share < 0) return p->least >= least_alone;
  if (share >= digits_nearby) return p->least >= least_among_digits;
  return share >= some_nearby && p->least >= least_among_some;
}

static int accept(touching *t, const touching_proposal *p, stage_glyphs *glyphs, judge_verdict **verdicts) {
  judge_verdict *grown = realloc(*verdicts, (glyphs->count + p->count) * sizeof *grown);
  if (!grown) return SHIM_ERR_MEMORY;
  *verdicts = grown;
  int status = SHIM_OK;
  for (size_t i = p->first; status == SHIM_OK && i < p->first + p->count; i++) {
    grown[glyphs->count] = t->proposed_verdicts[i];
    grown[glyphs->count].decision = JUDGE_ACCEPTED;
    status = stage_glyphs_append(glyphs, &t->proposed.items[i]);
  }
  grown[p->glyph].decision = JUDGE_REPLACED;
  return status;
}

int touching_settle(touching *t, stage_glyphs *glyphs, size_t single_count, judge_verdict **verdicts) {
  if (t->proposal_count == 0) return SHIM_OK;
  evidence *all = malloc((single_count + 1) * sizeof *all);
  if (!all) return SHIM_ERR_MEMORY;
  weigh_components(t, glyphs, single_count, *verdicts, all);
  int status = SHIM_OK;
  for (size_t i = 0; status == SHIM_OK && i < t->proposal_count; i++) {
    const touching_proposal *p = &t->proposals[i];
    const double share = p->ones ? share_of_digits(glyphs, single_count, all, p->glyph) : 1;
    if (stands(p, share)) status = accept(t, p, glyphs, verdicts);
  }
  free(all);
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
