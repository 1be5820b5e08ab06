/* The temporal vote: the log probabilities that the frames give a digit at its place in the number are summed, so that
 * one sure frame outweighs several doubtful ones, and older frames count less and less, so that a changed number is
 * seen as changed. Numbers of different length (a digit missed, two numbers run together) are counted apart; the length
 * seen most often stands.
 *
 * Frames of a video err together: the same ink in the same light is misread the same way. So their evidence does not
 * add up without end; however many there are, they count as independent_max (Kish's effective sample size for
 * observations that correlate). It fails where all frames are wrong alike. */
#include "vote.h"

#include <math.h>
#include <string.h>

static const double memory_ms = 700; /* after it a frame counts a third */
static const double independent_max = 2;
static const double unnamed_probability = 0.002; /* of a text that a frame does not name */

static void fade(vote *v, double time_ms) {
  const double rest = exp(-(time_ms - v->time_ms) / memory_ms);
  for (int i = 0; i < VOTE_LENGTHS_MAX; i++) {
    vote_length *l = &v->lengths[i];
    l->weight *= rest;
    for (int place = 0; place < l->length; place++) {
      l->places[place].other *= rest;
      for (int k = 0; k < l->places[place].count; k++) l->places[place].candidates[k].sum *= rest;
    }
  }
  v->time_ms = time_ms;
}

/* That of the given length; a new one takes the place of the least seen. */
static vote_length *find_length(vote *v, int length) {
  vote_length *least = &v->lengths[0];
  for (int i = 0; i < VOTE_LENGTHS_MAX; i++) {
    if (v->lengths[i].length == length) return &v->lengths[i];
    if (v->lengths[i].weight < least->weight) least = &v->lengths[i];
  }
  memset(least, 0, sizeof *least);
  least->length = length;
  return least;
}

static double probability_of(const glyph_glyph *glyph, const char *text) {
  if (!strcmp(glyph->text, text)) return fmax(glyph->confidence, unnamed_probability);
  for (size_t i = 0; i < glyph->alternative_count; i++)
    if (!strcmp(glyph->alternatives[i].text, text)) return fmax(glyph->alternatives[i].confidence, unnamed_probability);
  return unnamed_probability;
}

/* `weight` is that of the frames before, none of which named it. */
static void add_candidate(vote_place *place, const char *text, double weight) {
  int k = 0;
  while (k < place->count && strcmp(place->candidates[k].text, text)) k++;
  if (k < place->count || k == VOTE_CANDIDATES_MAX) return;
  strcpy(place->candidates[k].text, text);
  place->candidates[k].sum = weight * log(unnamed_probability);
  place->count++;
}

static void add_glyph(vote_place *place, const glyph_glyph *glyph, double weight) {
  double rest = 1 - glyph->confidence;
  add_candidate(place, glyph->text, weight);
  for (size_t i = 0; i < glyph->alternative_count; i++) {
    add_candidate(place, glyph->alternatives[i].text, weight);
    rest -= glyph->alternatives[i].confidence;
  }
  place->other += log(fmax(rest, unnamed_probability));
  for (int k = 0; k < place->count; k++)
    place->candidates[k].sum += log(probability_of(glyph, place->candidates[k].text));
}

void vote_add(vote *v, const glyph_page *page, const glyph_number *number, double time_ms) {
  fade(v, time_ms);
  vote_length *l = find_length(v, (int)number->glyph_count);
  for (int i = 0; i < l->length; i++)
    add_glyph(&l->places[i], &page->glyphs[number->first_glyph + (size_t)i], l->weight);
  l->weight += 1;
}

const vote_length *vote_best(const vote *v) {
  const vote_length *best = NULL;
  for (int i = 0; i < VOTE_LENGTHS_MAX; i++)
    if (v->lengths[i].weight > (best ? best->weight : 0)) best = &v->lengths[i];
  return best;
}

double vote_share(const vote *v, const vote_length *best) {
  double all = 0;
  for (int i = 0; i < VOTE_LENGTHS_MAX; i++) all += v->lengths[i].weight;
  return all > 0 ? best->weight / all : 0;
}

/* The alternatives stand in falling order; the least falls off where there is no room. */
static void insert_alternative(glyph_glyph *glyph, const char *text, double confidence) {
  size_t i = glyph->alternative_count;
  if (i < GLYPH_ALTERNATIVES_MAX)
    glyph->alternative_count++;
  else if (glyph->alternatives[--i].confidence >= confidence)
    return;
  for (; i > 0 && glyph->alternatives[i - 1].confidence < confidence; i--)
    glyph->alternatives[i] = glyph->alternatives[i - 1];
  strcpy(glyph->alternatives[i].text, text);
  glyph->alternatives[i].confidence = confidence;
}

void vote_glyph(const vote_length *best, int place, glyph_glyph *out) {
  const vote_place *p = &best->places[place];
  const double weight = best->weight, independent = independent_max * weight / (independent_max - 1 + weight);
  double shares[VOTE_CANDIDATES_MAX];
  int first = 0;
  for (int k = 0; k < p->count; k++)
    if (p->candidates[k].sum > p->candidates[first].sum) first = k;
  double total = exp((p->other - p->candidates[first].sum) / weight * independent);
  for (int k = 0; k < p->count; k++) {
    shares[k] = exp((p->candidates[k].sum - p->candidates[first].sum) / weight * independent);
    total += shares[k];
  }
  strcpy(out->text, p->candidates[first].text);
  out->confidence = 1 / total;
  out->alternative_count = 0;
  for (int k = 0; k < p->count; k++)
    if (k != first) insert_alternative(out, p->candidates[k].text, shares[k] / total);
}
