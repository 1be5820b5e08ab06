/* In place of extras.c where the trainer is built without FreeType. */
#include "extras.h"

int train_extras_make(train_extras *out, const train_extras_options *options, train_error *error) {
  (void)options;
  *out = (train_extras){0};
  return train_fail(
      error, TRAIN_ERR_ARGUMENT,
      "--printed, --rejects and --rescans need FreeType, without which this glyphlift-train was built (Debian: "
      "libfreetype-dev)");
}

void train_extras_free(train_extras *extras) {
  if (extras) *extras = (train_extras){0};
}
