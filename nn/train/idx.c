/* IDX files: 0, 0, type, rank, the dimensions as big-endian 32-bit numbers, then the data (Y. LeCun's MNIST page).
 * zlib's gzFile reads plain and compressed files alike and checks the gzip checksum at the end. Only unsigned bytes
 * are read. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../errno_text.h"
#include "dataset.h"

enum { IDX_UNSIGNED_BYTE = 8, MAX_RANK = 4 };

/* No set of pictures is larger; a damaged header must not ask for all memory. */
static const size_t MAX_BYTES = (size_t)1 << 34;

static int read_exactly(gzFile file, const char *path, void *out, size_t size, const char *what, train_error *error) {
  size_t done = 0;
  while (done < size) {
    const size_t rest = size - done;
    const int got = gzread(file, (uint8_t *)out + done, rest > INT_MAX / 2 ? INT_MAX / 2 : (unsigned)rest);
    if (got < 0) {
      int code;
      return train_fail(error, TRAIN_ERR_FORMAT, "%s: cannot be read: %s", path, gzerror(file, &code));
    }
    if (got == 0)
      return train_fail(error, TRAIN_ERR_FORMAT, "%s: ends in %s: %zu bytes expected, %zu found", path, what, size,
                        done);
    done += (size_t)got;
  }
  return TRAIN_OK;
}

static int read_header(train_idx *idx, gzFile file, const char *path, int rank, train_error *error) {
  uint8_t header[4 + 4 * MAX_RANK];
  int status = read_exactly(file, path, header, 4 + 4 * (size_t)rank, "its header", error);
  if (status) return status;
  if (header[0] || header[1] || header[2] != IDX_UNSIGNED_BYTE || header[3] != rank)
    return train_fail(error, TRAIN_ERR_FORMAT,
                      "%s: not an IDX file of unsigned bytes in %d dimensions: it starts with %02x %02x %02x %02x",
                      path, rank, header[0], header[1], header[2], header[3]);
  idx->rank = rank;
  idx->size = 1;
  for (int i = 0; i < rank; i++) {
    const uint8_t *b = header + 4 + 4 * i;
    const uint32_t length = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    if (length == 0) return train_fail(error, TRAIN_ERR_FORMAT, "%s: dimension %d is 0", path, i + 1);
    if (idx->size > MAX_BYTES / length)
      return train_fail(error, TRAIN_ERR_FORMAT, "%s: its header asks for more than %zu bytes", path, MAX_BYTES);
    idx->dimensions[i] = length;
    idx->size *= length;
  }
  return TRAIN_OK;
}

int train_idx_read(train_idx *out, const char *path, int rank, train_error *error) {
  *out = (train_idx){0};
  int status;
  uint8_t extra;
  gzFile file = gzopen(path, "rb");
  if (!file) return train_fail(error, TRAIN_ERR_IO, "%s: cannot be opened: %s", path, nn_errno_text(errno));
  gzbuffer(file, 1 << 17);
  if ((status = read_header(out, file, path, rank, error))) goto done;
  out->data = malloc(out->size);
  if (!out->data) {
    status = train_fail(error, TRAIN_ERR_MEMORY, "%s: out of memory for %zu bytes", path, out->size);
    goto done;
  }
  if ((status = read_exactly(file, path, out->data, out->size, "its data", error))) goto done;
  /* Reading past the end also makes zlib compare the gzip checksum. */
  const int more = gzread(file, &extra, 1);
  if (more > 0)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: has bytes after the %zu of its data", path, out->size);
  else if (more < 0)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: is damaged (gzip checksum)", path);
done:
  /* gzclose tells of a gzip stream that ends early, even where all data came out of it. */
  if (gzclose(file) != Z_OK && !status)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: ends in the middle of its gzip stream", path);
  if (status) train_idx_free(out);
  return status;
}

void train_idx_free(train_idx *idx) {
  if (!idx) return;
  free(idx->data);
  *idx = (train_idx){0};
}
