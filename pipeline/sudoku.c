/* Sudokus: in a table of 9 x 9 cells with one digit each, in which hardly a digit stands twice in a row, a column or a
 * block, that none does says something about the doubtful ones. Each reading is weighed by what the cells it must differ
 * from read, over and over: mean-field belief propagation (Jordan et al., "An introduction to variational methods for
 * graphical models", 1999). However many cells speak against a reading, they count no more than the chance that the
 * writer erred, so that what is plainly written stays, wrong or not.
 *
 * Fails where the network is sure of a wrong digit, and on puzzles with other blocks. */
#include "sudoku.h"

#include <math.h>
#include <string.h>

#include "single_cells.h"

enum { SIDE = 9, BLOCK = 3, PLACES = SUDOKU_PLACES, DIGITS = SUDOKU_DIGITS, ROUNDS = 5, PAIRS_MIN = 40 };
static const double repeats_max = 0.03; /* of the pairs that must differ: of digits drawn at random, a ninth is alike */
static const double slip = 0.002;       /* how likely a written digit breaks the rule */
static const double zero = 0.0005;      /* and is a 0, which no sudoku has */

/* What stands in the places of one table. */
typedef struct puzzle {
  glyph_glyph *readings[PLACES]; /* NULL: nothing, or more than one digit */
  double seen[PLACES][DIGITS];   /* the network's probabilities */
  double beliefs[PLACES][DIGITS];
} puzzle;

static int must_differ(int a, int b) {
  const int row = a / SIDE, column = a % SIDE, other_row = b / SIDE, other_column = b % SIDE;
  return a != b && (row == other_row || column == other_column ||
                    (row / BLOCK == other_row / BLOCK && column / BLOCK == other_column / BLOCK));
}

static void take(glyph_glyph *reading, double probabilities[DIGITS]) {
  memset(probabilities, 0, DIGITS * sizeof *probabilities);
  probabilities[reading->text[0] - '0'] = reading->confidence;
  for (size_t i = 0; i < reading->alternative_count; i++)
    probabilities[reading->alternatives[i].text[0] - '0'] = reading->alternatives[i].confidence;
}

static void collect(const stage_tables *tables, size_t table, const stage_glyphs *glyphs, judge_verdict *verdicts,
                    puzzle *p) {
  int counts[PLACES] = {0};
  memset(p, 0, sizeof *p);
  for (size_t i = 0; i < glyphs->count; i++) {
    if (verdicts[i].decision != JUDGE_ACCEPTED || !verdicts[i].in_singles) continue;
    const int place = cells_place_of(tables, table, &glyphs->items[i]);
    if (place >= 0) p->readings[place] = counts[place]++ ? NULL : &verdicts[i].glyph;
  }
  for (int place = 0; place < PLACES; place++)
    if (p->readings[place]) take(p->readings[place], p->seen[place]);
  memcpy(p->beliefs, p->seen, sizeof p->beliefs);
}

static int is_sudoku(const puzzle *p) {
  int pairs = 0, repeats = 0;
  for (int a = 0; a < PLACES; a++)
    for (int b = 0; b < a; b++) {
      if (!p->readings[a] || !p->readings[b] || !must_differ(a, b)) continue;
      pairs++;
      repeats += p->readings[a]->text[0] == p->readings[b]->text[0];
    }
  return pairs >= PAIRS_MIN && repeats <= repeats_max * pairs;
}

/* How likely none of the others that must differ has the digit. */
static double freedom(const puzzle *p, int place, int digit) {
  double free = 1;
  if (digit == 0) return zero;
  for (int other = 0; other < PLACES; other++)
    if (p->readings[other] && must_differ(place, other)) free *= 1 - p->beliefs[other][digit];
  return fmax(free, slip);
}

static void weigh(puzzle *p) {
  double next[PLACES][DIGITS];
  memcpy(next, p->beliefs, sizeof next);
  for (int place = 0; place < PLACES; place++) {
    double before = 0, sum = 0;
    if (!p->readings[place]) continue;
    for (int d = 0; d < DIGITS; d++) {
      before += p->seen[place][d];
      sum += next[place][d] = p->seen[place][d] * freedom(p, place, d);
    }
    for (int d = 0; d < DIGITS; d++) next[place][d] *= before / fmax(sum, 1e-12);
  }
  memcpy(p->beliefs, next, sizeof next);
}

/* The reading and its alternatives by what is believed now; which digits these are stays. */
static void settle(const double beliefs[DIGITS], glyph_glyph *reading) {
  const double best = beliefs[reading->text[0] - '0'];
  reading->confidence = best;
  for (size_t i = 0; i < reading->alternative_count; i++) {
    glyph_alternative *other = &reading->alternatives[i];
    other->confidence = beliefs[other->text[0] - '0'];
    if (other->confidence <= reading->confidence) continue;
    const glyph_alternative better = *other;
    memcpy(other->text, reading->text, sizeof other->text);
    other->confidence = reading->confidence;
    memcpy(reading->text, better.text, sizeof reading->text);
    reading->confidence = better.confidence;
  }
  for (size_t i = 1; i < reading->alternative_count; i++) /* the likeliest first */
    for (size_t k = i; k > 0 && reading->alternatives[k].confidence > reading->alternatives[k - 1].confidence; k--) {
      const glyph_alternative moved = reading->alternatives[k];
      reading->alternatives[k] = reading->alternatives[k - 1];
      reading->alternatives[k - 1] = moved;
    }
}

/* What is believed of the table's digits; 0 where it is no sudoku. */
static int solve(const stage_tables *tables, size_t table, const stage_glyphs *glyphs, judge_verdict *verdicts,
                 puzzle *p) {
  if (tables->items[table].rows != SIDE || tables->items[table].columns != SIDE) return 0;
  collect(tables, table, glyphs, verdicts, p);
  if (!is_sudoku(p)) return 0;
  for (int round = 0; round < ROUNDS; round++) weigh(p);
  return 1;
}

int judge_sudoku_chances(const stage_tables *tables, size_t table, const stage_glyphs *glyphs, judge_verdict *verdicts,
                         double (*chances)[SUDOKU_DIGITS]) {
  puzzle p;
  if (!solve(tables, table, glyphs, verdicts, &p)) return 0;
  for (int place = 0; place < PLACES; place++) {
    double sum = 0;
    for (int d = 0; d < DIGITS; d++) sum += chances[place][d] = freedom(&p, place, d);
    for (int d = 0; d < DIGITS; d++) chances[place][d] /= sum;
  }
  return 1;
}

void sudoku_weigh_reading(const double chances[SUDOKU_DIGITS], glyph_glyph *reading) {
  double beliefs[DIGITS], all = 1;
  take(reading, beliefs);
  for (int d = 0; d < DIGITS; d++) {
    const double weight = DIGITS * chances[d];
    all += (weight - 1) * beliefs[d];
    beliefs[d] *= weight;
  }
  for (int d = 0; d < DIGITS; d++) beliefs[d] /= fmax(all, 1e-12);
  settle(beliefs, reading);
}

void judge_sudokus(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts) {
  for (size_t table = 0; table < tables->count; table++) {
    puzzle p;
    if (!solve(tables, table, glyphs, verdicts, &p)) continue;
    for (int place = 0; place < PLACES; place++)
      if (p.readings[place]) settle(p.beliefs[place], p.readings[place]);
  }
}
