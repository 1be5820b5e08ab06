/* SHA-256 of files and paths, by nettle, which uses the processor's own instructions for it. */
#include "hash.h"

#include "../input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024 };

static int64_t nanoseconds(struct timespec time) {
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int file_facts_look(const char *path, const char *name, file_facts *out, glyph_error *error) {
  struct stat status;
  *out = (file_facts){0};
  if (stat(path, &status))
    return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be opened: %s", name, glyph_errno_text(errno));
  out->size = status.st_size;
  out->modified_ns = nanoseconds(status.st_mtim);
  out->changed_ns = nanoseconds(status.st_ctim);
  if (S_ISREG(status.st_mode)) return GLYPH_OK;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: is %s, not a picture", name,
                         S_ISDIR(status.st_mode) ? "a directory" : "a pipe, socket or device");
}

int file_facts_agree(const file_facts *a, const file_facts *b) {
  return a->size == b->size && a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static void write_hexadecimal(const uint8_t *bytes, size_t count, char *out) {
  for (size_t i = 0; i < count; i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

int file_facts_hash(const char *path, const char *name, file_facts *facts, glyph_error *error) {
  struct sha256_ctx context;
  uint8_t block[BLOCK_BYTES], digest[SHA256_DIGEST_SIZE];
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t count = file < 0 ? -1 : 1;
  sha256_init(&context);
  while (count > 0 || (file >= 0 && count < 0 && errno == EINTR)) {
    count = read(file, block, sizeof block);
    if (count > 0) sha256_update(&context, (size_t)count, block);
  }
  const int reason = errno;
  if (file >= 0) close(file);
  if (count < 0)
    return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be %s: %s", name, file < 0 ? "opened" : "read",
                           glyph_errno_text(reason));
  sha256_digest(&context, sizeof digest, digest);
  write_hexadecimal(digest, sizeof digest, facts->sha256);
  return GLYPH_OK;
}

int shard_of_path(const char *path, int count) {
  struct sha256_ctx context;
  uint8_t digest[8];
  uint64_t number = 0;
  sha256_init(&context);
  sha256_update(&context, strlen(path), (const uint8_t *)path);
  sha256_digest(&context, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++) number = number << 8 | digest[i];
  return (int)(number % (uint64_t)count);
}
