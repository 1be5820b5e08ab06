/* Why digits of hard pages were lost: what became of each one that was drawn. */
#ifndef GENERATOR_HARD_LOSSES_H
#define GENERATOR_HARD_LOSSES_H

#include "../../pipeline/reader.h"
#include "score.h"

/* What became of a drawn digit, from the network's side to the page's. */
typedef enum hard_fate {
  HARD_RIGHT,
  HARD_MISREAD,
  HARD_CONTEXT, /* a candidate stands there (overlap of at least a half), but was rejected for this reason */
  HARD_SHAPE,
  HARD_COMPANY,
  HARD_OTHER_REASON,
  HARD_REPLACED, /* such a candidate was cut into pieces or joined with a neighbour */
  HARD_MERGED,   /* a candidate covers it and much else */
  HARD_TORN,     /* candidates cover but parts of it */
  HARD_UNSEEN,   /* no candidate, or as good as none */
  HARD_FATES
} hard_fate;

/* A word for each, for tables. */
extern const char *const hard_fate_names[HARD_FATES];

typedef struct hard_candidate {
  size_t reading; /* by its number */
  glyph_box box;  /* of the picture */
  judge_decision decision;
} hard_candidate;

/* A page's candidates, of all its readings, one after the other. */
typedef struct hard_candidates {
  const glyph_reader *reader;
  hard_candidate *items; /* malloc'd */
  size_t count, capacity;
  int failed; /* not 0: no memory */
} hard_candidates;

typedef struct hard_losses {
  size_t counts[HARD_FATES];
  unsigned char *fates; /* malloc'd; a hard_fate for each of the truth's glyphs, signs as HARD_RIGHT */
  size_t count;
} hard_losses;

/* The reader tells *watch its candidates from now on, and keeps what it rejects; one page at a time. */
void hard_losses_watch(hard_candidates *watch, glyph_reader *reader);
void hard_losses_unwatch(hard_candidates *watch);

/* Fills *out of a page read while watched, and empties *watch for the next. 0, or -1 without memory. */
int hard_losses_find(hard_candidates *watch, const page_truth *truth, const glyph_page *page, hard_losses *out);
void hard_losses_free(hard_losses *losses);

#endif
