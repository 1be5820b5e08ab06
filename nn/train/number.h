/* Numbers on the command line. Their whole text is a number in decimal digits, within a range; the sentence of a
 * failure names the option and the range. */
#ifndef GLYPHLIFT_TRAIN_NUMBER_H
#define GLYPHLIFT_TRAIN_NUMBER_H

#include <stdint.h>

#include "error.h"

/* option: its name without the dashes. least and most are within the range. */
typedef struct train_range {
  const char *option;
  double least, most;
  int whole; /* no fractions */
} train_range;

int train_number_check(const train_range *range, double value, train_error *error);
int train_number_parse(const train_range *range, const char *text, double *out, train_error *error);
/* For seeds, which a double cannot hold. */
int train_number_parse_u64(const char *option, const char *text, uint64_t *out, train_error *error);

/* The ranges that several commands share. */
int train_number_parse_threads(const char *text, int *out, train_error *error);
int train_number_parse_temperature(const char *text, double *out, train_error *error);

#endif
