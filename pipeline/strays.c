/* What is read in a word, off a scrap of a ruled line or off a pen that lies on the sheet is seldom like the page's
 * numbers: its digits are read with less confidence than the page's, which says the more the more of them there are,
 * others that were rejected stand beside it, it is a single stroke, larger or smaller than the rest, or far away from
 * them. A logistic regression weighs these.
 *
 * Fails on words whose letters all look like digits, and where the page holds more words than numbers. */
#include "strays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stages/sort_doubles.h"

enum { NUMBERS_MIN = 6 };
/* Fitted over 2,551 numbers that were read on 166 pages of the tests' generator, MNIST's training writers; 47 of them
 * were none. */
static const double weights[] = {-6.08, -0.34, 0.87, 3.53, 3.34, 2.16, 0.7};
static const double confidence_least = 0.01, confidence_most = 0.999; /* beyond which the logit says no more */
/* What stands beside a digit, as shares: of its height, of the smaller height, of the smaller width. */
static const double small = 0.4, large = 2.2, beside_max = 0.7, level_min = 0.4, overhang_max = 0.35;
static const double same_overlap = 0.3; /* intersection over union of what is the same ink */
static const double near_least = 0.3;   /* heights */
static const double spreads = 2;        /* as many are usual */

typedef struct number {
  stage_box box;
  size_t first, digits, beside; /* its digits' places in the gathering's members */
  double logits, height, near;
  int is_one;
} number;

static double right_of(const stage_box *b) {
  return b->x + b->width;
}

static double foot_of(const stage_box *b) {
  return b->y + b->height;
}

static double between(double low, double high, double other_low, double other_high) {
  return fmax(0, fmax(low - other_high, other_low - high));
}

static double median(double *values, size_t count) {
  sort_doubles(values, count);
  return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

static double overlap(const stage_box *a, const stage_box *b) {
  const double width = fmin(right_of(a), right_of(b)) - fmax(a->x, b->x);
  const double height = fmin(foot_of(a), foot_of(b)) - fmax(a->y, b->y);
  const double common = width > 0 && height > 0 ? width * height : 0;
  return common / (a->width * a->height + b->width * b->height - common);
}

static int stands_beside(const stage_box *other, const stage_box *digit, double height) {
  const double level = fmin(foot_of(digit), foot_of(other)) - fmax(digit->y, other->y);
  const double gap = fmax(other->x - right_of(digit), digit->x - right_of(other));
  return level > level_min * fmin(digit->height, other->height) && gap < beside_max * height &&
         gap > -overhang_max * fmin(digit->width, other->width);
}

/* The rejected that stand beside the number's digits. */
static size_t count_beside(const strays_page *page, const number *n, const size_t *members) {
  size_t beside = 0;
  for (size_t c = 0; c < page->candidate_count; c++) {
    const stage_box *other = &page->boxes[c];
    int is_beside = 0, is_same = 0;
    if (page->verdicts[c].decision != JUDGE_REJECTED) continue;
    if (other->height < small * n->height || other->height > large * n->height) continue;
    for (size_t k = 0; k < n->digits && !is_same; k++) {
      const stage_box *digit = &page->boxes[page->chosen[members[n->first + k]]];
      is_same = overlap(digit, other) > same_overlap;
      is_beside |= stands_beside(other, digit, n->height);
    }
    beside += is_beside && !is_same;
  }
  return beside;
}

static double logit_of(const glyph_glyph *glyph) {
  const double p = fmin(confidence_most, fmax(confidence_least, glyph->confidence));
  return log(p / (1 - p));
}

static void add_digit(number *n, const stage_box *box, const glyph_glyph *glyph) {
  const double right = n->digits ? fmax(right_of(&n->box), right_of(box)) : right_of(box);
  const double foot = n->digits ? fmax(foot_of(&n->box), foot_of(box)) : foot_of(box);
  const double x = n->digits ? fmin(n->box.x, box->x) : box->x, y = n->digits ? fmin(n->box.y, box->y) : box->y;
  n->box = (stage_box){x, y, right - x, foot - y};
  n->is_one = n->digits == 0 && glyph->text[0] == '1';
  n->logits += logit_of(glyph);
  n->digits++;
}

static double distance(const stage_box *a, const stage_box *b) {
  return hypot(between(a->x, right_of(a), b->x, right_of(b)), between(a->y, foot_of(a), b->y, foot_of(b)));
}

/* Gathers the numbers that stand in no table; those in one have no digits. members has room for all digits. */
static void gather(const strays_page *page, number *numbers, size_t count, size_t *members, double *scratch) {
  for (size_t i = 0; i < page->count; i++)
    if (page->items[i].table < 0)
      add_digit(&numbers[page->items[i].number], &page->boxes[page->chosen[i]], &page->verdicts[page->chosen[i]].glyph);
  for (size_t k = 1; k < count; k++) numbers[k].first = numbers[k - 1].first + numbers[k - 1].digits;
  for (size_t k = 0; k < count; k++) numbers[k].digits = 0;
  for (size_t i = 0; i < page->count; i++) {
    number *n = &numbers[page->items[i].number];
    if (page->items[i].table < 0) members[n->first + n->digits++] = i;
  }
  for (size_t k = 0; k < count; k++) {
    number *n = &numbers[k];
    if (!n->digits) continue;
    for (size_t d = 0; d < n->digits; d++) scratch[d] = page->boxes[page->chosen[members[n->first + d]]].height;
    n->height = median(scratch, n->digits);
    n->beside = count_beside(page, n, members);
    n->near = INFINITY;
    for (size_t other = 0; other < count; other++)
      if (other != k && numbers[other].digits) n->near = fmin(n->near, distance(&n->box, &numbers[other].box));
  }
}

/* The page's numbers outside tables. */
typedef struct usual {
  size_t numbers;
  double height, spread; /* of the digits: median, and the logarithm's median deviation from it */
  double near;           /* three quarters of the numbers have another one as near as this */
  double logit;          /* of the digits' confidences: median */
} usual;

/* That the number is none. */
static double stray_chance(const number *n, const usual *u) {
  const double away = (n->near + near_least * u->height) / (u->near + near_least * u->height);
  const double odd = fabs(log(n->height / u->height)) - spreads * u->spread;
  const double digits = (double)n->digits, logit = n->logits / digits;
  const double doubt = n->is_one ? 0 : fmax(0, u->logit - logit) * sqrt(digits); /* a lone stroke is never sure */
  const double sum = weights[0] + weights[1] * logit + weights[2] * (double)n->beside + weights[3] * n->is_one +
                     weights[4] * fmin(1, fmax(0, odd)) + weights[5] * log(fmax(1, away)) + weights[6] * doubt;
  return 1 / (1 + exp(-sum));
}

/* Scratch has room for all digits. */
static usual find_usual(const strays_page *page, const number *numbers, size_t count, double *scratch) {
  usual u = {0, 0, 0, 0, 0};
  size_t digits = 0;
  for (size_t k = 0; k < count; k++)
    if (numbers[k].digits) scratch[u.numbers++] = numbers[k].near;
  if (u.numbers < NUMBERS_MIN) return u;
  sort_doubles(scratch, u.numbers);
  u.near = scratch[3 * u.numbers / 4];
  for (size_t i = 0; i < page->count; i++)
    if (page->items[i].table < 0) scratch[digits++] = numbers[page->items[i].number].height;
  u.height = median(scratch, digits);
  for (size_t i = 0; i < digits; i++) scratch[i] = fabs(log(scratch[i] / u.height));
  u.spread = median(scratch, digits);
  digits = 0;
  for (size_t i = 0; i < page->count; i++)
    if (page->items[i].table < 0) scratch[digits++] = logit_of(&page->verdicts[page->chosen[i]].glyph);
  u.logit = median(scratch, digits);
  return u;
}

int strays_reject(const strays_page *page, size_t *rejected) {
  size_t count = 0;
  *rejected = 0;
  for (size_t i = 0; i < page->count; i++)
    if (page->items[i].number >= (int)count) count = (size_t)page->items[i].number + 1;
  number *numbers = calloc(count + 1, sizeof *numbers);
  size_t *members = malloc((page->count + 1) * sizeof *members);
  double *scratch = malloc((page->count + 1) * sizeof *scratch);
  const int status = numbers && members && scratch ? SHIM_OK : SHIM_ERR_MEMORY;
  if (status != SHIM_OK) goto done;
  gather(page, numbers, count, members, scratch);
  const usual u = find_usual(page, numbers, count, scratch);
  if (u.numbers < NUMBERS_MIN) goto done;
  for (size_t i = 0; i < page->count; i++) {
    const number *n = &numbers[page->items[i].number];
    judge_verdict *verdict = &page->verdicts[page->chosen[i]];
    if (page->items[i].table >= 0 || stray_chance(n, &u) < 0.5) continue;
    verdict->decision = JUDGE_REJECTED;
    verdict->glyph.reason = "stray";
    ++*rejected;
  }
done:
  free(numbers);
  free(members);
  free(scratch);
  return status;
}
