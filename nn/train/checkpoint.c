/* The file: magic, size of the JSON text, CRC-32 of all that follows, then the text, padded to 8 bytes, then the
 * arrays of the state as the machine has them. It is for the machine that wrote it: a host of the other byte order
 * is told apart by the magic number. */
#include "checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "config.h"

typedef struct header {
  uint64_t magic;
  uint64_t text_size; /* with padding */
  uint64_t float_count;
  uint64_t checksum;
} header;

static const uint64_t MAGIC = 0x31544b434c474c47; /* "GLGLCKT1" on a little-endian machine */

typedef struct part {
  float *data;
  size_t count;
} part;

enum { PART_COUNT = 5 };

static size_t list_parts(train_trainer *trainer, part parts[PART_COUNT]) {
  const train_network *network = train_trainer_network(trainer);
  train_state *s = train_trainer_state(trainer);
  const size_t n = network->parameter_count;
  const part all[PART_COUNT] = {
      {s->parameters, n}, {s->first, n}, {s->second, n}, {s->average, n}, {s->statistics, network->statistic_count}};
  size_t total = 0;
  for (int i = 0; i < PART_COUNT; i++) {
    parts[i] = all[i];
    total += all[i].count;
  }
  return total;
}

/* JSON text padded with blanks to a multiple of 8; free() it. */
static char *make_text(train_trainer *trainer, const json_t *notes, size_t *size) {
  const train_state *s = train_trainer_state(trainer);
  json_t *object = json_pack("{s:o, s:i, s:I, s:O*}", "config", train_config_to_json(train_trainer_config(trainer)),
                             "epoch", s->epoch, "step", (json_int_t)s->step, "notes", (json_t *)notes);
  char *text = object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  json_decref(object);
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

static int write_all(FILE *file, train_trainer *trainer, const char *text, size_t text_size) {
  part parts[PART_COUNT];
  header head = {.magic = MAGIC, .text_size = text_size, .float_count = list_parts(trainer, parts)};
  uLong crc = crc32_z(0, (const Bytef *)text, text_size);
  for (int i = 0; i < PART_COUNT; i++) crc = crc32_z(crc, (const Bytef *)parts[i].data, parts[i].count * sizeof(float));
  head.checksum = crc;
  if (fwrite(&head, sizeof head, 1, file) != 1 || fwrite(text, 1, text_size, file) != text_size) return -1;
  for (int i = 0; i < PART_COUNT; i++)
    if (fwrite(parts[i].data, sizeof(float), parts[i].count, file) != parts[i].count) return -1;
  return fflush(file) || fsync(fileno(file)) ? -1 : 0;
}

int train_checkpoint_write(train_trainer *trainer, const json_t *notes, const char *path, train_error *error) {
  char temporary[4096];
  size_t text_size;
  const int length = snprintf(temporary, sizeof temporary, "%s.part", path);
  if (length < 0 || (size_t)length >= sizeof temporary)
    return train_fail(error, TRAIN_ERR_ARGUMENT, "the checkpoint's name is too long");
  char *text = make_text(trainer, notes, &text_size);
  if (!text) return train_fail_memory(error);
  FILE *file = fopen(temporary, "wb");
  int good = file && write_all(file, trainer, text, text_size) == 0;
  if (file && fclose(file)) good = 0;
  if (good && rename(temporary, path)) good = 0;
  const int reason = errno;
  free(text);
  if (good) return TRAIN_OK;
  if (file) remove(temporary);
  return train_fail(error, TRAIN_ERR_IO, "%s: the checkpoint cannot be written: %s", path, strerror(reason));
}

static int damaged(const char *path, train_error *error) {
  return train_fail(error, TRAIN_ERR_FORMAT, "%s: not a checkpoint of this trainer, or damaged", path);
}

/* The whole file after the header in *body (free() it). */
static int read_body(const char *path, header *head, char **body, train_error *error) {
  static const uint64_t MOST = (uint64_t)1 << 32;
  *body = NULL;
  FILE *file = fopen(path, "rb");
  if (!file) return train_fail(error, TRAIN_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  int status = TRAIN_OK;
  if (fread(head, sizeof *head, 1, file) != 1 || head->magic != MAGIC || head->text_size > MOST ||
      head->float_count > MOST)
    status = damaged(path, error);
  const size_t size = status ? 0 : head->text_size + head->float_count * sizeof(float);
  if (!status && !(*body = malloc(size + 1))) status = train_fail_memory(error);
  if (!status && (fread(*body, 1, size, file) != size || fgetc(file) != EOF ||
                  crc32_z(0, (const Bytef *)*body, size) != head->checksum))
    status = damaged(path, error);
  fclose(file);
  if (status) {
    free(*body);
    *body = NULL;
  }
  return status;
}

static int parse_text(const char *path, const char *text, size_t size, json_t **out, train_error *error) {
  *out = json_loadb(text, size, 0, NULL);
  return json_is_object(json_object_get(*out, "config")) ? TRAIN_OK : damaged(path, error);
}

int train_checkpoint_read_config(const char *path, train_config *config, json_t **notes, train_error *error) {
  header head;
  char *body;
  json_t *object = NULL;
  *notes = NULL;
  int status = read_body(path, &head, &body, error);
  if (!status) status = parse_text(path, body, head.text_size, &object, error);
  if (!status) status = train_config_from_json(json_object_get(object, "config"), path, config, error);
  if (!status) *notes = json_incref(json_object_get(object, "notes"));
  json_decref(object);
  free(body);
  return status;
}

static int compare_config(const train_trainer *trainer, const json_t *stored, const char *path, train_error *error) {
  json_t *own = train_config_to_json(train_trainer_config(trainer));
  if (!own) return train_fail_memory(error);
  int status = TRAIN_OK;
  const char *key;
  json_t *value;
  json_object_foreach(own, key, value) {
    const json_t *other = json_object_get(stored, key);
    if (json_equal(value, (json_t *)other)) continue;
    char *was = json_dumps(other, JSON_ENCODE_ANY), *is = json_dumps(value, JSON_ENCODE_ANY);
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s: was trained with --%s %s, and is now asked to go on with %s",
                        path, key, was ? was : "?", is ? is : "?");
    free(was);
    free(is);
    break;
  }
  json_decref(own);
  return status;
}

int train_checkpoint_read(train_trainer *trainer, const char *path, train_error *error) {
  header head;
  char *body;
  part parts[PART_COUNT];
  json_t *object = NULL;
  train_state *state = train_trainer_state(trainer);
  int status = read_body(path, &head, &body, error);
  if (!status) status = parse_text(path, body, head.text_size, &object, error);
  if (!status) status = compare_config(trainer, json_object_get(object, "config"), path, error);
  if (!status && head.float_count != list_parts(trainer, parts)) status = damaged(path, error);
  if (!status) {
    const char *source = body + head.text_size;
    for (int i = 0; i < PART_COUNT; source += parts[i].count * sizeof(float), i++)
      memcpy(parts[i].data, source, parts[i].count * sizeof(float));
    state->epoch = (int)json_integer_value(json_object_get(object, "epoch"));
    state->step = (uint64_t)json_integer_value(json_object_get(object, "step"));
  }
  json_decref(object);
  free(body);
  return status;
}
