/* Ascending order, as medians and quantiles want it. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_SORT_DOUBLES_H
#define GLYPHLIFT_STAGE_SORT_DOUBLES_H

#include <stdlib.h>

static inline int compare_doubles(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static inline void sort_doubles(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare_doubles);
}

#endif
