/* Whole files in and out. What is written goes into a file of another name beside the wanted one, which then takes its
 * place. Weak where two programs write the same file at the same time. */
#define _POSIX_C_SOURCE 200809L
#include "file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errno_text.h"
#include "error.h"

enum { MAX_FILE_BYTES = 1 << 30, READ_CHUNK_BYTES = 1 << 16 };

/* *data is malloc'd, also on failure. */
static int read_all(const char *path, uint8_t **data, size_t *size, nn_error *error) {
  size_t room = 0, count = 1;
  FILE *file = fopen(path, "rb");
  if (!file) return nn_error_set(error, NN_ERR_IO, "cannot be opened: %s", nn_errno_text(errno));
  while (count > 0 && *size < MAX_FILE_BYTES) {
    if (*size == room) {
      room = room ? 2 * room : READ_CHUNK_BYTES;
      uint8_t *grown = realloc(*data, room);
      if (!grown) {
        fclose(file);
        return nn_error_memory(error);
      }
      *data = grown;
    }
    count = fread(*data + *size, 1, room - *size, file);
    *size += count;
  }
  const int failed = ferror(file), reason = errno;
  fclose(file);
  if (failed) return nn_error_set(error, NN_ERR_IO, "cannot be read: %s", nn_errno_text(reason));
  if (count > 0)
    return nn_error_set(error, NN_ERR_FORMAT, "too large for a model file (%d bytes at most)", MAX_FILE_BYTES);
  return NN_OK;
}

int nn_file_read(const char *path, void **data, size_t *size, nn_error *error) {
  uint8_t *bytes = NULL;
  assert(path && data && size);
  *size = 0;
  const int status = read_all(path, &bytes, size, error);
  if (status != NN_OK) {
    nn_error_name_file(error, path);
    free(bytes);
    bytes = NULL;
  }
  *data = bytes;
  return status;
}

static int write_all(const char *path, const void *data, size_t size, nn_error *error) {
  FILE *file = fopen(path, "wb");
  if (!file) return nn_error_set(error, NN_ERR_IO, "cannot be created: %s", nn_errno_text(errno));
  int failed = fwrite(data, 1, size, file) != size || fflush(file) != 0 || fsync(fileno(file)) != 0;
  int reason = errno;
  if (fclose(file) != 0 && !failed) {
    failed = 1;
    reason = errno;
  }
  return failed ? nn_error_set(error, NN_ERR_IO, "cannot be written: %s", nn_errno_text(reason)) : NN_OK;
}

int nn_file_write(const char *path, const void *data, size_t size, nn_error *error) {
  static const char suffix[] = ".part";
  assert(path && data);
  char *temporary = malloc(strlen(path) + sizeof suffix);
  if (!temporary) return nn_error_memory(error);
  strcpy(temporary, path);
  strcat(temporary, suffix);
  int status = write_all(temporary, data, size, error);
  if (status == NN_OK && rename(temporary, path) != 0)
    status = nn_error_set(error, NN_ERR_IO, "cannot be put in place: %s", nn_errno_text(errno));
  if (status != NN_OK) {
    remove(temporary);
    nn_error_name_file(error, path);
  }
  free(temporary);
  return status;
}
