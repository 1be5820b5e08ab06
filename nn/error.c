/* Status and sentence of a failure. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_PATH_LENGTH = 100 };

int nn_error_set(nn_error *error, nn_status status, const char *format, ...) {
  va_list arguments;
  if (!error) return status;
  error->status = status;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return status;
}

int nn_error_memory(nn_error *error) {
  return nn_error_set(error, NN_ERR_MEMORY, "out of memory");
}

void nn_error_name_file(nn_error *error, const char *path) {
  char sentence[sizeof error->message];
  const size_t length = strlen(path);
  const int cut = length > SHOWN_PATH_LENGTH;
  if (!error) return;
  memcpy(sentence, error->message, sizeof sentence);
  /* The precision says that the sentence may lose its end. */
  snprintf(error->message, sizeof error->message, "%s%s: %.*s", cut ? "..." : "",
           path + (cut ? length - SHOWN_PATH_LENGTH : 0), (int)sizeof error->message - SHOWN_PATH_LENGTH - 6, sentence);
}
