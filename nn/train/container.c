/* The file: magic, size of the JSON text, number of floats, CRC-32 of all that follows, then the text, padded to 8
 * bytes, then the floats. */
#include "container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../errno_text.h"

typedef struct header {
  uint64_t magic;
  uint64_t text_size; /* with padding */
  uint64_t float_count;
  uint64_t checksum;
} header;

/* JSON text padded with blanks to a multiple of 8; free() it. */
static char *make_text(const json_t *object, size_t *size) {
  char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
  if (!text) return NULL;
  const size_t length = strlen(text);
  *size = (length + 8) / 8 * 8;
  char *padded = realloc(text, *size);
  if (!padded) {
    free(text);
    return NULL;
  }
  memset(padded + length, ' ', *size - length);
  return padded;
}

static int write_all(FILE *file, const train_kind *kind, const char *text, size_t text_size, const train_part *parts,
                     size_t part_count) {
  header head = {.magic = kind->magic, .text_size = text_size};
  uLong crc = crc32_z(0, (const Bytef *)text, text_size);
  for (size_t i = 0; i < part_count; i++) {
    head.float_count += parts[i].count;
    crc = crc32_z(crc, (const Bytef *)parts[i].data, parts[i].count * sizeof(float));
  }
  head.checksum = crc;
  if (fwrite(&head, sizeof head, 1, file) != 1 || fwrite(text, 1, text_size, file) != text_size) return -1;
  for (size_t i = 0; i < part_count; i++)
    if (fwrite(parts[i].data, sizeof(float), parts[i].count, file) != parts[i].count) return -1;
  return fflush(file) || fsync(fileno(file)) ? -1 : 0;
}

int train_container_write(const char *path, const train_kind *kind, const json_t *object, const train_part *parts,
                          size_t part_count, train_error *error) {
  char temporary[4096];
  size_t text_size;
  const int length = snprintf(temporary, sizeof temporary, "%s.part", path);
  if (length < 0 || (size_t)length >= sizeof temporary)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "the name of %s is too long", kind->name);
  char *text = make_text(object, &text_size);
  if (!text) return train_fail_memory(error);
  FILE *file = fopen(temporary, "wb");
  int good = file && write_all(file, kind, text, text_size, parts, part_count) == 0;
  if (file && fclose(file)) good = 0;
  if (good && rename(temporary, path)) good = 0;
  const int reason = errno;
  free(text);
  if (good) return TRAIN_OK;
  if (file) remove(temporary);
  return train_fail(error, TRAIN_ERR_IO, "%s: %s cannot be written: %s", path, kind->name, nn_errno_text(reason));
}

static int damaged(const char *path, const train_kind *kind, train_error *error) {
  return train_fail(error, TRAIN_ERR_FORMAT, "%s: not %s of this trainer, or damaged", path, kind->name);
}

static int read_body(FILE *file, const char *path, const train_kind *kind, header *head, void **body,
                     train_error *error) {
  static const uint64_t MOST = (uint64_t)1 << 32;
  if (fread(head, sizeof *head, 1, file) != 1 || head->magic != kind->magic || head->text_size > MOST ||
      head->float_count > MOST)
    return damaged(path, kind, error);
  const size_t size = head->text_size + head->float_count * sizeof(float);
  if (!(*body = malloc(size + 1))) return train_fail_memory(error);
  if (fread(*body, 1, size, file) != size || fgetc(file) != EOF ||
      crc32_z(0, (const Bytef *)*body, size) != head->checksum)
    return damaged(path, kind, error);
  return TRAIN_OK;
}

int train_container_read(train_container *out, const char *path, const train_kind *kind, train_error *error) {
  header head;
  *out = (train_container){0};
  FILE *file = fopen(path, "rb");
  if (!file) return train_fail(error, TRAIN_ERR_IO, "%s: cannot be opened: %s", path, nn_errno_text(errno));
  int status = read_body(file, path, kind, &head, &out->body, error);
  fclose(file);
  if (!status) {
    out->text = json_loadb(out->body, head.text_size, 0, NULL);
    out->values = (const float *)((const char *)out->body + head.text_size);
    out->count = head.float_count;
    if (!json_is_object(out->text)) status = damaged(path, kind, error);
  }
  if (status) train_container_free(out);
  return status;
}

void train_container_free(train_container *container) {
  json_decref(container->text);
  free(container->body);
  *container = (train_container){0};
}
