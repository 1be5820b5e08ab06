/* What stands near a mark says whether it is a digit: the last word on what the network and the judge let pass, and the
 * probability that callers see. Internal to the pipeline. */
#ifndef GLYPHLIFT_CONTEXT_H
#define GLYPHLIFT_CONTEXT_H

#include "judge.h"

/* What a mark is judged by; logarithms are natural. All are 0 where nothing speaks either way. */
typedef enum context_feature {
  CONTEXT_ALWAYS,   /* 1 */
  CONTEXT_OWN,      /* log odds, by the network, that the mark is a digit at all */
  CONTEXT_SHARE,    /* log of the share that its best digit has of that */
  CONTEXT_NEAR,     /* mean evidence of the marks beside it on its line, the nearest counting most */
  CONTEXT_MASS,     /* CONTEXT_NEAR times the log of how much stands there: many say more than one */
  CONTEXT_PAGE,     /* mean evidence of the page's marks of about its height */
  CONTEXT_ONE,      /* it reads as a 1, which any stroke does */
  CONTEXT_ZERO,     /* or as a 0, which any ring does */
  CONTEXT_CONTRAST, /* log of its contrast over that of what seem to be digits of about its height */
  CONTEXT_HEIGHT,   /* log2 of its height in pixels over 24 */
  CONTEXT_ASPECT,   /* log of its width over its height; of a 1, which may be ever so narrow, 0 */
  CONTEXT_ONE_NEAR, /* CONTEXT_NEAR of what reads as a 1 */
  CONTEXT_FEATURES
} context_feature;

/* What tells a digit read right from one misread, among digits. */
typedef enum context_trust {
  CONTEXT_TRUST_ALWAYS,
  CONTEXT_TRUST_SHARE,  /* log odds of its best digit against the others, by the network */
  CONTEXT_TRUST_DIGIT,  /* log odds that it is a digit, by the context */
  CONTEXT_TRUST_HEIGHT, /* as CONTEXT_HEIGHT */
  CONTEXT_TRUST_CUT,    /* it was cut off a larger component */
  CONTEXT_TRUSTS
} context_trust;

enum { CONTEXT_PASSES = 2 };

/* Linear log odds. Fitted by glyphlift-context-fit. */
typedef struct context_model {
  double digit[CONTEXT_PASSES][CONTEXT_FEATURES];
  double trust[CONTEXT_TRUSTS];
} context_model;

typedef struct context_mark {
  size_t glyph; /* its index among the page's candidates */
  int box[4];   /* page pixels: x0, y0, x1, y1 */
  char text;
  int is_open;     /* to be decided on here; the others are but company */
  int is_promoted; /* the judge rejected it for its shape */
  double own;      /* log odds by the network that it is a digit */
  double share;    /* of its best digit among all digits, 0..1 */
  double contrast; /* gray levels */
  double evidence; /* log odds, as far as is known, that it is a digit */
} context_mark;

/* A page's marks, from the top downwards. */
typedef struct context_page {
  context_mark *marks;
  size_t count;
} context_page;

/* What a reading says at first, before anything near is looked at: log odds, as far as the network tells, of a digit. */
double context_evidence(const glyph_glyph *reading);

/* Takes the marks of a page that judge_page has decided on. SHIM_ERR_MEMORY is the only failure. */
int context_open(context_page *page, const stage_glyphs *glyphs, const judge_verdict *verdicts);
void context_close(context_page *page);

/* The features of every mark beside the others' evidence: rows gets page->count of them. */
void context_describe(const context_page *page, double (*rows)[CONTEXT_FEATURES]);
/* Leaves to the judge what he accepted where nothing of its height on the page speaks against digits, and what he rejected
 * where nothing near speaks for it. rows: of the first pass. */
void context_leave_out(context_page *page, double (*rows)[CONTEXT_FEATURES]);
/* Makes what a pass found (log odds, one a mark) the evidence of the open marks. */
void context_learn(context_page *page, const double *log_odds);
/* log_odds: of the last pass. */
void context_describe_trust(const context_mark *mark, double log_odds, int is_cut, double row[CONTEXT_TRUSTS]);

/* A dot product: the log odds. */
double context_weigh(const double *weights, const double *row, size_t count);

/* The model that ships. */
const context_model *context_shipped(void);

/* Decides anew on what judge_page accepted outside of tables, and on what it rejected for its shape alone; the confidences of
 * what stands become probabilities of being read right. The glyphs from uncut_count on were cut off larger components.
 * SHIM_ERR_MEMORY is the only failure. */
int context_judge(const context_model *model, const stage_glyphs *glyphs, size_t uncut_count, judge_verdict *verdicts);

#endif
