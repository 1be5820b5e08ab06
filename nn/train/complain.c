/* How the program reports failures. */
#include <stdarg.h>
#include <stdio.h>

#include "commands.h"

int train_complain(const char *command, const train_error *error) {
  fprintf(stderr, "glyphlift-train %s: %s\n", command, error->message);
  switch (error->status) {
  case TRAIN_OK: return EXIT_GOOD;
  case TRAIN_ERR_ARGUMENT: return EXIT_USAGE;
  case TRAIN_ERR_FORMAT:
  case TRAIN_ERR_IO:
  case TRAIN_ERR_DIVERGED:
  case TRAIN_ERR_STOPPED: return EXIT_INPUT;
  case TRAIN_ERR_MEMORY:
  case TRAIN_ERR_INTERNAL: break;
  }
  return EXIT_INTERNAL;
}

int train_complain_usage(const char *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "glyphlift-train %s: ", command);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "; glyphlift-train %s --help tells the options\n", command);
  va_end(arguments);
  return EXIT_USAGE;
}
