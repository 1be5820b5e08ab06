/* Components that may be several digits: which they are, the pieces proposed for them, and what the network's readings
 * of these say. Internal to the pipeline. */
#ifndef GLYPHLIFT_TOUCHING_H
#define GLYPHLIFT_TOUCHING_H

#include "judge.h"

/* A component with all its pieces, which are read in one go with those of others. */
typedef struct touching_component {
  size_t glyph; /* its index among the page's candidates */
  size_t first_piece, piece_count;
  int last_node;
} touching_component;

/* What a proposal is judged by; logarithms are natural. */
typedef enum touching_feature {
  TOUCHING_ALWAYS, /* 1 */
  TOUCHING_MEAN,   /* of the digits' log probabilities */
  TOUCHING_ONES,   /* share of the digits that are ones, which any stroke is */
  TOUCHING_COUNT,  /* log of the number of digits */
  TOUCHING_ASPECT, /* log of the component's width over its height */
  TOUCHING_PAGE,   /* CONTEXT_PAGE of the component */
  TOUCHING_FEATURES
} touching_feature;

/* The best way to read a component as several digits. */
typedef struct touching_proposal {
  size_t glyph;
  size_t first, count;           /* into touching.proposed */
  double mean;                   /* log probability of the digits */
  double ones;                   /* the share of the digits that are ones */
  double evidence;               /* context_evidence, the digits' mean */
  double row[TOUCHING_FEATURES]; /* once it is settled */
} touching_proposal;

typedef struct touching {
  stage_glyphs pieces;     /* of the components in hand */
  judge_verdict *verdicts; /* one a piece, for the caller to fill with the network's readings */
  stage_arc *arcs;         /* one a piece */
  size_t piece_capacity;
  touching_component *components;
  size_t component_count, component_capacity;
  stage_glyphs proposed; /* digits of the proposals */
  judge_verdict *proposed_verdicts;
  size_t proposed_capacity;
  touching_proposal *proposals;
  size_t proposal_count, proposal_capacity;
} touching;

/* Whether the candidate, read as it stands, may be more than one digit. */
int touching_is_suspect(const stage_glyph *glyph, const judge_verdict *verdict);

/* Takes glyphs->items[index] in hand and makes its pieces. Each of these returns SHIM_OK or SHIM_ERR_... */
int touching_add(touching *t, const stage_glyphs *glyphs, size_t index);

/* With the pieces' readings in t->verdicts: proposes the best way through each component in hand where it beats the
 * component's own reading, and lays the components down. */
int touching_propose(touching *t, const judge_verdict *verdicts);

/* Appends the digits of the proposals that stand to glyphs and *verdicts (realloc'd; one a glyph), accepted; what they
 * were cut from is replaced. The first single_count glyphs are the page's components. */
int touching_settle(touching *t, stage_glyphs *glyphs, size_t single_count, judge_verdict **verdicts);

void touching_free(touching *t);

#endif
