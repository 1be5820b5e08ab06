/* A training run as a container: options, epoch, step and notes as its text, the state's arrays as its parts. */
#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "container.h"

static const train_kind checkpoint_kind = {0x31544b434c474c47 /* "GLGLCKT1" */, "a checkpoint"};

enum { PART_COUNT = 5 };

static size_t list_parts(train_trainer *trainer, train_part parts[PART_COUNT]) {
  const train_network *network = train_trainer_network(trainer);
  train_state *s = train_trainer_state(trainer);
  const size_t n = network->parameter_count;
  const train_part all[PART_COUNT] = {
      {s->parameters, n}, {s->first, n}, {s->second, n}, {s->average, n}, {s->statistics, network->statistic_count}};
  size_t total = 0;
  for (int i = 0; i < PART_COUNT; i++) {
    parts[i] = all[i];
    total += all[i].count;
  }
  return total;
}

int train_checkpoint_write(train_trainer *trainer, const json_t *notes, const char *path, train_error *error) {
  const train_state *s = train_trainer_state(trainer);
  train_part parts[PART_COUNT];
  list_parts(trainer, parts);
  json_t *text = json_pack("{s:o, s:i, s:I, s:O*}", "config", train_config_to_json(train_trainer_config(trainer)),
                           "epoch", s->epoch, "step", (json_int_t)s->step, "notes", (json_t *)notes);
  if (!text) return train_fail_memory(error);
  const int status = train_container_write(path, &checkpoint_kind, text, parts, PART_COUNT, error);
  json_decref(text);
  return status;
}

int train_checkpoint_read_config(const char *path, train_config *config, json_t **notes, train_error *error) {
  train_container container;
  *notes = NULL;
  int status = train_container_read(&container, path, &checkpoint_kind, error);
  if (!status) status = train_config_from_json(json_object_get(container.text, "config"), path, config, error);
  if (!status) *notes = json_incref(json_object_get(container.text, "notes"));
  train_container_free(&container);
  return status;
}

/* Fills the state's arrays. */
static int take_parts(train_trainer *trainer, const train_container *container, const char *path, train_error *error) {
  train_part parts[PART_COUNT];
  if (container->count != list_parts(trainer, parts))
    return train_fail(error, TRAIN_ERR_FORMAT, "%s: a checkpoint of a network of another size", path);
  const float *source = container->values;
  for (int i = 0; i < PART_COUNT; source += parts[i].count, i++)
    memcpy(parts[i].data, source, parts[i].count * sizeof(float));
  return TRAIN_OK;
}

int train_checkpoint_read(train_trainer *trainer, const char *path, train_error *error) {
  train_container container;
  train_state *state = train_trainer_state(trainer);
  int status = train_container_read(&container, path, &checkpoint_kind, error);
  if (!status)
    status =
        train_config_compare(train_trainer_config(trainer), json_object_get(container.text, "config"), path, error);
  if (!status) status = take_parts(trainer, &container, path, error);
  if (!status) {
    state->epoch = (int)json_integer_value(json_object_get(container.text, "epoch"));
    state->step = (uint64_t)json_integer_value(json_object_get(container.text, "step"));
  }
  train_container_free(&container);
  return status;
}

int train_checkpoint_start(train_trainer *trainer, const char *path, train_error *error) {
  train_container container;
  train_config stored;
  train_state *state = train_trainer_state(trainer);
  const train_config *own = train_trainer_config(trainer);
  const size_t size = train_trainer_network(trainer)->parameter_count * sizeof(float);
  int status = train_container_read(&container, path, &checkpoint_kind, error);
  if (!status) status = train_config_from_json(json_object_get(container.text, "config"), path, &stored, error);
  if (!status && strcmp(stored.architecture, own->architecture) != 0)
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s: holds weights of %s, and %s is to be trained", path,
                        stored.architecture, own->architecture);
  if (!status) status = take_parts(trainer, &container, path, error);
  if (!status) { /* the optimizer begins anew */
    memcpy(state->parameters, state->average, size);
    memset(state->first, 0, size);
    memset(state->second, 0, size);
  }
  train_container_free(&container);
  return status;
}
