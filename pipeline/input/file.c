/* Reads a whole file, or standard input, into memory. Pipes and files whose size the system does not know are read to
 * their end; INPUT_FILE_MAX stops endless ones (/dev/zero). A picture that another program is still writing is read as
 * far as it is there, and its decoder then tells of the missing rest. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t INPUT_FILE_MAX = (size_t)2047 << 20; /* bytes */
enum { FIRST_BUFFER_BYTES = 64 * 1024 };

static int open_file(const char *path, const char *name, int *fd, struct stat *status, glyph_error *error) {
  if (*path == '\0') return glyph_error_set(error, GLYPH_ERR_IO, "the name of the file is empty");
  bool is_stdin = strcmp(path, "-") == 0;
  *fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (*fd < 0 || fstat(*fd, status) != 0)
    return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be opened: %s", name, glyph_errno_text(errno));
  if (S_ISDIR(status->st_mode)) return glyph_error_set(error, GLYPH_ERR_IO, "%s: is a directory, not a picture", name);
  return GLYPH_OK;
}

static int grow(input_bytes *bytes, size_t *capacity, const char *name, glyph_error *error) {
  size_t wanted = *capacity < INPUT_FILE_MAX / 2 ? *capacity * 2 : INPUT_FILE_MAX + 1;
  uint8_t *data = realloc(bytes->data, wanted);
  if (!data) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory for the file's %zu bytes", name, wanted);
  bytes->data = data;
  *capacity = wanted;
  return GLYPH_OK;
}

/* Reads to the end of fd; `expected` bytes are allocated at first, one more so that the end shows without growing. */
static int read_all(int fd, size_t expected, const char *name, input_bytes *bytes, glyph_error *error) {
  size_t capacity = expected ? expected + 1 : FIRST_BUFFER_BYTES;
  bytes->data = malloc(capacity);
  if (!bytes->data)
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory for the file's %zu bytes", name, capacity);
  for (;;) {
    if (bytes->size > INPUT_FILE_MAX)
      return glyph_error_set(error, GLYPH_ERR_LIMIT, "%s: the file is larger than %zu bytes", name, INPUT_FILE_MAX);
    if (bytes->size == capacity) {
      int status = grow(bytes, &capacity, name, error);
      if (status) return status;
    }
    ssize_t count = read(fd, bytes->data + bytes->size, capacity - bytes->size);
    if (count == 0) return GLYPH_OK;
    if (count > 0)
      bytes->size += (size_t)count;
    else if (errno != EINTR)
      return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be read: %s", name, glyph_errno_text(errno));
  }
}

int input_read_file(const char *path, input_bytes *out, glyph_error *error) {
  const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
  struct stat file;
  int fd = -1;
  *out = (input_bytes){0};

  int status = open_file(path, name, &fd, &file, error);
  if (status) goto done;
  size_t expected = 0;
  if (S_ISREG(file.st_mode) && file.st_size > 0) {
    if ((uintmax_t)file.st_size > INPUT_FILE_MAX) {
      status = glyph_error_set(error, GLYPH_ERR_LIMIT, "%s: the file is larger than %zu bytes", name, INPUT_FILE_MAX);
      goto done;
    }
    expected = (size_t)file.st_size;
  }
  status = read_all(fd, expected, name, out, error);
  if (!status && out->size == 0) status = glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the file is empty", name);

done:
  if (fd > STDIN_FILENO) close(fd);
  if (status) input_bytes_free(out);
  return status;
}

void input_bytes_free(input_bytes *bytes) {
  if (!bytes) return;
  free(bytes->data);
  *bytes = (input_bytes){0};
}
