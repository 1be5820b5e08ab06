/* The built-in model or a file. */
#include "named_model.h"

#include <string.h>

int train_is_built_in(const char *name) {
  return strcmp(name, "digits") == 0;
}

int train_model_open(nn_model **out, const char *name, nn_precision precision, train_error *error) {
  nn_error failure = {0};
  if (nn_model_open_as(out, train_is_built_in(name) ? NULL : name, precision, &failure))
    return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}

int train_model_read(nn_model_content *out, const char *name, train_error *error) {
  nn_error failure = {0};
  size_t size;
  const uint8_t *digits = nn_model_digits(&size);
  if (train_is_built_in(name) ? nn_model_read_memory(out, digits, size, &failure)
                              : nn_model_read_file(out, name, &failure))
    return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}
