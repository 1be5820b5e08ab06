/* Stands in for boosted.c in a build without XGBoost's C library. */
#include "compare.h"

static const char *missing(void) {
  return "not built in: XGBoost's C library was not found (Debian: libxgboost-dev)";
}

const train_family train_family_boosted = {.name = "boosted", .title = "boosted trees of pixels", .missing = missing};
