/* Numbers that are none: letters, scraps and things that were read as digits. Internal to the pipeline. */
#ifndef GLYPHLIFT_STRAYS_H
#define GLYPHLIFT_STRAYS_H

#include "cells.h"
#include "judge.h"

/* A page's candidates, and which of them are digits of which numbers. */
typedef struct strays_page {
  const stage_box *boxes; /* of each candidate */
  judge_verdict *verdicts;
  size_t candidate_count;
  const size_t *chosen; /* the candidates that are digits */
  const cells_item *items;
  size_t count; /* of digits */
} strays_page;

/* Rejects ("stray") the digits of numbers outside tables that are more likely none; *rejected tells how many. With few
 * numbers on the page there is nothing to compare with, and none is. SHIM_ERR_MEMORY is the only failure. */
int strays_reject(const strays_page *page, size_t *rejected);

#endif
