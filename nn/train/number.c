/* Numbers on the command line, strictly: strtod alone would take blanks, hexadecimal digits, "inf" and "nan". */
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

static int complain(const train_range *range, const char *text, train_error *error) {
  return train_fail(error, TRAIN_ERR_ARGUMENT, "--%s %s: %s from %.10g to %.10g is expected", range->option, text,
                    range->whole ? "a whole number" : "a number", range->least, range->most);
}

static int is_within(const train_range *range, double value) {
  return value >= range->least && value <= range->most && (!range->whole || value == floor(value));
}

int train_number_check(const train_range *range, double value, train_error *error) {
  char text[32];
  if (is_within(range, value)) return TRAIN_OK;
  snprintf(text, sizeof text, "%.10g", value);
  return complain(range, text, error);
}

int train_number_parse(const train_range *range, const char *text, double *out, train_error *error) {
  char *end;
  if (!*text || text[strspn(text, "0123456789.eE+-")]) return complain(range, text, error);
  const double value = strtod(text, &end);
  if (*end || !is_within(range, value)) return complain(range, text, error);
  *out = value;
  return TRAIN_OK;
}

int train_number_parse_u64(const char *option, const char *text, uint64_t *out, train_error *error) {
  errno = 0;
  const unsigned long long value = strtoull(text, NULL, 10);
  if (!*text || text[strspn(text, "0123456789")] || errno)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "--%s %s: a whole number from 0 to %llu is expected", option, text,
                      (unsigned long long)UINT64_MAX);
  *out = value;
  return TRAIN_OK;
}

int train_number_parse_threads(const char *text, int *out, train_error *error) {
  static const train_range range = {.option = "threads", .least = 1, .most = TRAIN_MAX_THREADS, .whole = 1};
  double value = 0.0;
  const int status = train_number_parse(&range, text, &value, error);
  if (!status) *out = (int)value;
  return status;
}

int train_number_parse_temperature(const char *text, double *out, train_error *error) {
  static const train_range range = {.option = "temperature", .least = 1e-3, .most = 1e3};
  return train_number_parse(&range, text, out, error);
}
