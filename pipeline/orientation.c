/* Which way up a page lies, told by its digits: some of the glyphs are turned every way and read, and the way stands
 * that makes them most probable together. The network has a class for what is no digit, which is what it answers to
 * most digits that lie on their side. Glyphs are taken in rounds, so that a page that lies plainly upright costs a
 * single one.
 *
 * Glyphs that read badly every way (letters, drawings) say nothing, because the probability of each has a floor. */
#include "orientation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum {
  ROUND = 4,
  CROP_SIZE = STAGE_CROP_SIDE * STAGE_CROP_SIDE,
  HYPOTHESES = ORIENTATION_WAYS_MAX * ORIENTATION_QUARTERS
};
static const double like_mass = 0.5; /* of the least of the large ones: ink as of their like */
static const double probability_floor = 0.05;
static const double one_probability_max = 0.15; /* any scrap of a line makes a 1 one way round */
static const double scrap_weight = 0.2;         /* of what is much smaller than most ink */
static const double dependence = 0.5;           /* glyphs of one writer err together: their evidence counts half */
static const double lead_hopeless = 8;
static const double lead_decided = 5; /* nats ahead of the other quarter turns, after which no more is read */
static const double confidence_min = 0.9;
static const double possible_min = 0.05;    /* less probable than this, upright is not kept even in doubt */
static const double turned_mean_min = -1.7; /* log probability of a glyph: of a turned page's digits hardly less */

typedef struct ranked {
  double mass;
  size_t index;
} ranked;

static double mass_of(const stage_glyph *glyph) {
  return glyph->area * glyph->contrast * (double)(1 << 2 * glyph->level);
}

static int compare_mass(const void *a, const void *b) {
  const ranked *p = a, *q = b;
  return p->mass != q->mass ? (p->mass < q->mass ? 1 : -1) : (p->index > q->index) - (p->index < q->index);
}

/* What encloses paper goes to the end, else all stays in its order; returns how many come before. */
static size_t put_rings_last(const orientation_source *source, ranked *list, size_t count, ranked *scratch) {
  size_t plain = 0, rings = 0;
  for (size_t i = 0; i < count; i++) {
    if (source->glyphs[list[i].index].holes)
      scratch[rings++] = list[i];
    else
      list[plain++] = list[i];
  }
  memcpy(list + plain, scratch, rings * sizeof *list);
  return plain;
}

/* How many of the rest after the large ones may be a page's digits: digits are larger than dust. */
static size_t count_rest(const ranked *order, size_t count, size_t large) {
  size_t rest = (count - large + 1) / 2;
  while (large + rest < count && order[large + rest].mass >= like_mass * order[large - 1].mass) rest++;
  return rest;
}

/* Half of them those with the most ink, half spread over the rest, by turns: digits need not be the largest that stands
 * on a page. Those with the most ink are 0s, 6s, 8s and 9s, which say the least about up and down: what encloses no
 * paper is preferred among the rest, and looked at first. */
static int choose(const orientation_source *source, size_t chosen[ORIENTATION_GLYPHS_MAX], size_t *count) {
  const size_t half = ORIENTATION_GLYPHS_MAX / 2, large = source->count < half ? source->count : half;
  ranked *order = malloc((source->count + 1) * 2 * sizeof *order), list[ORIENTATION_GLYPHS_MAX];
  if (!order) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < source->count; i++) order[i] = (ranked){mass_of(&source->glyphs[i]), i};
  qsort(order, source->count, sizeof *order, compare_mass);
  ranked *others = order + large, *scratch = order + source->count;
  const size_t rest = count_rest(order, source->count, large), spread = rest < half ? rest : half;
  const size_t plain = put_rings_last(source, others, rest, scratch), first = plain < spread ? plain : spread;
  *count = 0;
  for (size_t i = 0; i < large; i++) {
    list[(*count)++] = order[i];
    if (i < first)
      list[(*count)++] = others[i * plain / first];
    else if (i < spread)
      list[(*count)++] = others[plain + (i - first) * (rest - plain) / (spread - first)];
  }
  put_rings_last(source, list, *count, scratch);
  for (size_t i = 0; i < *count; i++) chosen[i] = list[i].index;
  free(order);
  return SHIM_OK;
}

static double side_of(const stage_glyph *glyph) {
  return (double)((glyph->width > glyph->height ? glyph->width : glyph->height) << glyph->level);
}

/* The side of the glyph in which, from the largest downwards, half of the chosen ink is reached. */
static double typical_side(const orientation_source *source, const size_t *chosen, size_t count) {
  ranked order[ORIENTATION_GLYPHS_MAX];
  double total = 0, above = 0;
  for (size_t i = 0; i < count; i++) {
    order[i] = (ranked){mass_of(&source->glyphs[chosen[i]]), chosen[i]};
    total += order[i].mass;
  }
  qsort(order, count, sizeof *order, compare_mass);
  size_t i = 0;
  while (i + 1 < count && (above += order[i].mass) < total / 2) i++;
  return count ? side_of(&source->glyphs[order[i].index]) : 1;
}

static double angle_at(const stage_map *way, const stage_glyph *glyph) {
  if (!way) return 0;
  double reading[2];
  stage_glyph_reading_centre(glyph, way, reading);
  return stage_map_angle(way, reading[0], reading[1]);
}

static double evidence_of(const glyph_glyph *reading) {
  double probability = reading->confidence;
  if (reading->text[0] == '1')
    probability = fmax(fmin(probability, one_probability_max), reading->alternatives[0].confidence);
  return log(fmax(probability, probability_floor));
}

/* The hypotheses that the evidence so far leaves a chance. */
static size_t list_alive(const orientation_source *source, const double evidence[HYPOTHESES],
                         size_t alive[HYPOTHESES]) {
  const size_t count = (size_t)source->way_count * ORIENTATION_QUARTERS;
  double best = -INFINITY;
  size_t kept = 0;
  for (size_t h = 0; h < count; h++) best = fmax(best, evidence[h]);
  for (size_t h = 0; h < count; h++)
    if (evidence[h] > best - lead_hopeless) alive[kept++] = h;
  return kept;
}

/* Adds one glyph's evidence to every hypothesis; the hopeless ones are not read any more and get the least. */
static int read_glyph(const orientation_source *source, const stage_glyph *glyph, double weight,
                      double evidence[HYPOTHESES]) {
  uint8_t crops[HYPOTHESES * CROP_SIZE] = {0};
  stage_turn turns[HYPOTHESES];
  size_t alive[HYPOTHESES];
  const size_t count = list_alive(source, evidence, alive), classes = source->model->classes;
  float *probabilities = malloc(count * classes * sizeof *probabilities);
  int status = probabilities ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    turns[i] = (stage_turn){angle_at(source->ways[alive[i] / ORIENTATION_QUARTERS], glyph),
                            (int)(alive[i] % ORIENTATION_QUARTERS)};
  if (status == SHIM_OK) status = stage_crop_turned(source->pyramid, glyph, turns, count, crops);
  if (status == SHIM_OK && nn_session_classify(source->session, crops, count, probabilities) != NN_OK)
    status = SHIM_ERR_FAILED;
  const double least = log(probability_floor);
  for (size_t h = 0; status == SHIM_OK && h < HYPOTHESES; h++) evidence[h] += weight * least;
  for (size_t i = 0; status == SHIM_OK && i < count; i++) {
    glyph_glyph reading;
    judge_read(source->model->class_names, classes, probabilities + i * classes, &reading);
    evidence[alive[i]] += weight * (evidence_of(&reading) - least);
  }
  free(probabilities);
  return status;
}

/* What the digits and the leads say together: the best way for each quarter turn. */
static void best_ways(const orientation_source *source, const double evidence[HYPOTHESES],
                      int ways[ORIENTATION_QUARTERS], double scores[ORIENTATION_QUARTERS]) {
  for (int q = 0; q < ORIENTATION_QUARTERS; q++) {
    ways[q] = 0;
    scores[q] = -INFINITY;
    for (int w = 0; w < source->way_count; w++) {
      const double here = evidence[w * ORIENTATION_QUARTERS + q] - source->leads[w];
      if (here > scores[q]) ways[q] = w, scores[q] = here;
    }
  }
}

/* Fills in what the evidence says; returns how far the best quarter turn lies ahead of the next. */
static double decide(const orientation_source *source, const double evidence[HYPOTHESES], orientation *out) {
  int ways[ORIENTATION_QUARTERS], best = 0;
  double scores[ORIENTATION_QUARTERS], next = -INFINITY, sum = 0;
  best_ways(source, evidence, ways, scores);
  for (int q = 1; q < ORIENTATION_QUARTERS; q++)
    if (scores[q] > scores[best]) best = q;
  for (int q = 0; q < ORIENTATION_QUARTERS; q++) {
    sum += exp(scores[q] - scores[best]);
    if (q != best) next = fmax(next, scores[q]);
  }
  out->unsure = 1 / sum < confidence_min;
  out->likeliest_way = ways[best];
  out->likeliest_quarters = best;
  out->likeliest_confidence = 1 / sum;
  out->upright_way = ways[0];
  out->upright_confidence = exp(scores[0] - scores[best]) / sum;
  out->quarters = out->unsure && out->upright_confidence > possible_min ? 0 : best;
  out->way = ways[out->quarters];
  out->confidence = exp(scores[out->quarters] - scores[best]) / sum;
  return scores[best] - next;
}

static double mean_of(const double evidence[HYPOTHESES], double weights, int way, int quarters) {
  return weights > 0 ? evidence[way * ORIENTATION_QUARTERS + quarters] / weights : 0;
}

/* The network knows letters for no digits, but only those that stand upright: most of a page of letters reads badly every
 * way, and the few that look like digits upside down speak for that with one voice. */
static void doubt_turn(double mean, orientation *out) {
  if (out->likeliest_quarters == 0 || mean >= turned_mean_min) return;
  out->unsure = 1;
  out->quarters = 0;
  out->way = out->upright_way;
  out->confidence = out->upright_confidence;
}

int orientation_find(const orientation_source *source, orientation *out) {
  size_t chosen[ORIENTATION_GLYPHS_MAX], count = 0;
  double evidence[HYPOTHESES] = {0}, weights = 0;
  *out = (orientation){.confidence = 1.0 / ORIENTATION_QUARTERS, .unsure = 1};
  int status = choose(source, chosen, &count);
  const double typical = status == SHIM_OK ? typical_side(source, chosen, count) : 1;
  for (size_t i = 0; status == SHIM_OK && i < count; i++) {
    const stage_glyph *glyph = &source->glyphs[chosen[i]];
    const double weight = dependence * fmin(1, fmax(scrap_weight, side_of(glyph) / typical));
    status = read_glyph(source, glyph, weight, evidence);
    weights += weight;
    out->looked_at = i + 1;
    if (status == SHIM_OK && (out->looked_at % ROUND == 0 || out->looked_at == count) &&
        decide(source, evidence, out) >= lead_decided)
      break;
  }
  doubt_turn(mean_of(evidence, weights, out->likeliest_way, out->likeliest_quarters), out);
  out->mean = mean_of(evidence, weights, out->way, out->quarters);
  return status;
}
