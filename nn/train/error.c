/* The one way in which the trainer's errors are made. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int train_fail(train_error *error, train_status status, const char *format, ...) {
  if (!error) return status;
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return status;
}

int train_fail_memory(train_error *error) {
  return train_fail(error, TRAIN_ERR_MEMORY, "out of memory");
}
