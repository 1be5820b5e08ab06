/* What several commands' options have in common. */
#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"

int train_path_make(char out[TRAIN_PATH_SIZE], const char *format, const char *name) {
  const int length = snprintf(out, TRAIN_PATH_SIZE, format, name);
  return length >= 0 && length < TRAIN_PATH_SIZE;
}

int train_path_data(char out[TRAIN_PATH_SIZE], const char *command, const char *given, const char *set) {
  const char *root = getenv("GLYPHLIFT_DATA");
  char format[64];
  if (!given && !root)
    return train_complain_usage(command, "--data DIR or the variable GLYPHLIFT_DATA must say where the pictures are");
  snprintf(format, sizeof format, given ? "%%s" : "%%s/%s", set);
  if (train_path_make(out, format, given ? given : root)) return -1;
  return train_complain_usage(command, "--data: the name is too long");
}

int train_core_count(void) {
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 ? (int)cores : 1;
}
