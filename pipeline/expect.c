/* Readings are tried in the order of their probability, which is the product of their glyphs': best-first search,
 * where every reading follows from one other by taking the next choice at one place (Lawler 1972). The digits are
 * taken for independent, and how a line is parted into numbers is not tried again. */
#include "expect.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/input.h"

enum { CHOICES_MAX = GLYPH_ALTERNATIVES_MAX + 2, TRIES_MAX = 1000, QUEUE_MAX = TRIES_MAX * 8 };
static const double probability_min = 1e-4;      /* of an alternative, to be tried */
static const double probability_none_min = 1e-3; /* of being no digit at all */

struct expectation {
  regex_t pattern;
  int has_pattern, digits;
};

/* What a glyph may read; alternative -1 is its text, -2 nothing. */
typedef struct choice {
  double cost; /* - log probability */
  int alternative;
} choice;

typedef struct candidate {
  double cost;
  int last; /* the place changed last: only places from here on are changed further */
  unsigned char chosen[EXPECTATION_GLYPHS_MAX];
} candidate;

typedef struct search {
  glyph_glyph *const *glyphs;
  size_t count;
  choice choices[EXPECTATION_GLYPHS_MAX][CHOICES_MAX];
  int choice_counts[EXPECTATION_GLYPHS_MAX];
  candidate *queue; /* a heap, the cheapest first */
  size_t queued;
} search;

int expectation_open(expectation **out, const char *pattern, int digits, glyph_error *error) {
  *out = NULL;
  if (digits < 0) return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "expect_digits is %d, not 0 or more", digits);
  if (!pattern && digits == 0) return GLYPH_OK;
  expectation *e = calloc(1, sizeof *e);
  char *whole = pattern ? malloc(strlen(pattern) + sizeof "^()$") : NULL;
  int status = e && (whole || !pattern) ? GLYPH_OK : glyph_error_set(error, GLYPH_ERR_MEMORY, "out of memory");
  if (status == GLYPH_OK && pattern) {
    sprintf(whole, "^(%s)$", pattern);
    const int failed = regcomp(&e->pattern, whole, REG_EXTENDED | REG_NOSUB);
    e->has_pattern = !failed;
    if (failed) {
      char reason[128];
      regerror(failed, &e->pattern, reason, sizeof reason);
      status = glyph_error_set(error, GLYPH_ERR_ARGUMENT, "the pattern '%s' is no extended regular expression: %s",
                               pattern, reason);
    }
  }
  if (status == GLYPH_OK) e->digits = digits;
  free(whole);
  *out = e;
  if (status != GLYPH_OK) expectation_close(out);
  return status;
}

void expectation_close(expectation **e) {
  if (!e || !*e) return;
  if ((*e)->has_pattern) regfree(&(*e)->pattern);
  free(*e);
  *e = NULL;
}

static int matches(const expectation *e, const char *text) {
  int digits = 0;
  for (const char *c = text; *c; c++) digits += isdigit((unsigned char)*c) != 0;
  if (e->digits && digits != e->digits) return 0;
  return *text && (!e->has_pattern || regexec(&e->pattern, text, 0, NULL, 0) == 0);
}

static void add_choice(search *s, size_t place, double probability, int alternative) {
  choice *choices = s->choices[place];
  int k = s->choice_counts[place]++;
  const double cost = -log(fmax(probability, 1e-12));
  for (; k > 0 && choices[k - 1].cost > cost; k--) choices[k] = choices[k - 1];
  choices[k] = (choice){cost, alternative};
}

static void list_choices(search *s) {
  for (size_t i = 0; i < s->count; i++) {
    const glyph_glyph *g = s->glyphs[i];
    double none = 1 - g->confidence;
    add_choice(s, i, g->confidence, -1);
    for (size_t k = 0; k < g->alternative_count; k++) {
      none -= g->alternatives[k].confidence;
      if (g->alternatives[k].confidence >= probability_min) add_choice(s, i, g->alternatives[k].confidence, (int)k);
    }
    if (none >= probability_none_min) add_choice(s, i, none, -2);
  }
}

static const char *text_of(const glyph_glyph *glyph, int alternative) {
  return alternative == -2 ? "" : alternative == -1 ? glyph->text : glyph->alternatives[alternative].text;
}

static void spell(const search *s, const candidate *c, char *text) {
  *text = '\0';
  for (size_t i = 0; i < s->count; i++) strcat(text, text_of(s->glyphs[i], s->choices[i][c->chosen[i]].alternative));
}

static void push(search *s, const candidate *c) {
  if (s->queued == QUEUE_MAX) return;
  size_t at = s->queued++;
  for (; at > 0 && s->queue[(at - 1) / 2].cost > c->cost; at = (at - 1) / 2) s->queue[at] = s->queue[(at - 1) / 2];
  s->queue[at] = *c;
}

static candidate pop(search *s) {
  const candidate first = s->queue[0], moved = s->queue[--s->queued];
  size_t at = 0;
  for (size_t child = 1; child < s->queued; child = 2 * at + 1) {
    if (child + 1 < s->queued && s->queue[child + 1].cost < s->queue[child].cost) child++;
    if (s->queue[child].cost >= moved.cost) break;
    s->queue[at] = s->queue[child];
    at = child;
  }
  s->queue[at] = moved;
  return first;
}

static void push_next(search *s, const candidate *c) {
  for (int i = c->last; i < (int)s->count; i++) {
    const int next = c->chosen[i] + 1;
    if (next >= s->choice_counts[i]) continue;
    candidate other = *c;
    other.cost += s->choices[i][next].cost - s->choices[i][next - 1].cost;
    other.chosen[i] = (unsigned char)next;
    other.last = i;
    push(s, &other);
  }
}

/* The glyph's text and the alternative change places. */
static void take(glyph_glyph *glyph, int alternative) {
  glyph_alternative *other = &glyph->alternatives[alternative];
  glyph_alternative old = {.confidence = glyph->confidence};
  memcpy(old.text, glyph->text, sizeof old.text);
  memcpy(glyph->text, other->text, sizeof glyph->text);
  glyph->confidence = other->confidence;
  size_t k = (size_t)alternative;
  for (; k > 0 && glyph->alternatives[k - 1].confidence < old.confidence; k--)
    glyph->alternatives[k] = glyph->alternatives[k - 1];
  glyph->alternatives[k] = old;
}

static void adopt(search *s, const candidate *c, unsigned char *dropped) {
  for (size_t i = 0; i < s->count; i++) {
    const int alternative = s->choices[i][c->chosen[i]].alternative;
    dropped[i] = alternative == -2;
    if (alternative >= 0) take(s->glyphs[i], alternative);
  }
}

int expectation_choose(const expectation *e, glyph_glyph *const *glyphs, size_t count, unsigned char *dropped,
                       int *fits) {
  char text[EXPECTATION_GLYPHS_MAX * sizeof glyphs[0]->text + 1];
  memset(dropped, 0, count);
  *fits = 0;
  if (count == 0 || count > EXPECTATION_GLYPHS_MAX) return GLYPH_OK;
  search *s = calloc(1, sizeof *s);
  if (s) s->queue = malloc(QUEUE_MAX * sizeof *s->queue);
  const int status = s && s->queue ? GLYPH_OK : GLYPH_ERR_MEMORY;
  if (status == GLYPH_OK) {
    candidate start = {0};
    s->glyphs = glyphs;
    s->count = count;
    list_choices(s);
    for (size_t i = 0; i < count; i++) start.cost += s->choices[i][0].cost;
    push(s, &start);
    for (int tries = 0; s->queued && tries < TRIES_MAX && !*fits; tries++) {
      const candidate c = pop(s);
      spell(s, &c, text);
      *fits = matches(e, text);
      if (*fits)
        adopt(s, &c, dropped);
      else
        push_next(s, &c);
    }
  }
  if (s) free(s->queue);
  free(s);
  return status;
}
