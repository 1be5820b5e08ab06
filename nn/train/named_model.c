/* A built-in model or a file. */
#include "named_model.h"

#include <string.h>

#include "../model.h"

static int is_shapes(const char *name) {
  return strcmp(name, "shapes") == 0;
}

int train_is_built_in(const char *name) {
  return strcmp(name, "digits") == 0 || is_shapes(name);
}

int train_model_open(nn_model **out, const char *name, nn_precision precision, train_error *error) {
  nn_model_content content;
  nn_error failure = {0};
  if (is_shapes(name)) {
    if (nn_model_read_shapes(&content, &failure) || nn_model_open_content(out, &content, precision, &failure))
      return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
    return TRAIN_OK;
  }
  if (nn_model_open_as(out, train_is_built_in(name) ? NULL : name, precision, &failure))
    return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}

int train_model_read(nn_model_content *out, const char *name, train_error *error) {
  nn_error failure = {0};
  size_t size;
  const uint8_t *data = (is_shapes(name) ? nn_model_shapes : nn_model_digits)(&size);
  if (train_is_built_in(name) ? nn_model_read_memory(out, data, size, &failure)
                              : nn_model_read_file(out, name, &failure))
    return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}
