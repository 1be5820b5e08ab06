/* Which part of a folder this process takes, where a scheduler has started several. */
#include "shard.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 1000000 };

/* A whole number up to COUNT_MAX, or -1. */
static int parse(const char *text, const char *end_set, const char **end) {
  const size_t digits = strspn(text, "0123456789");
  if (!digits || digits > 7 || !strchr(end_set, text[digits])) return -1;
  if (end) *end = text + digits;
  const int value = atoi(text);
  return value <= COUNT_MAX ? value : -1;
}

int shard_parse(const char *text, shard *out) {
  const char *slash;
  *out = (shard){0};
  if (!strcmp(text, "none")) return 0;
  out->index = parse(text, "/", &slash);
  if (out->index < 0 || *slash != '/') return -1;
  out->count = parse(slash + 1, "", NULL);
  return out->count < 1 || out->index >= out->count ? -1 : 0;
}

/* A variable's number; `otherwise` where it is not set, -1 where it is no number. */
static int variable(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text && *text ? parse(text, "", NULL) : otherwise;
}

static int from_slurm(int count, shard *out) {
  const int id = variable("SLURM_ARRAY_TASK_ID", -1), tasks = variable("SLURM_ARRAY_TASK_COUNT", -1);
  const int first = variable("SLURM_ARRAY_TASK_MIN", 0), step = variable("SLURM_ARRAY_TASK_STEP", 1);
  const int last = variable("SLURM_ARRAY_TASK_MAX", first + (tasks - 1) * step);
  if (count) { /* told how many: ids are from 0, and this may be one task of them run again */
    *out = (shard){id, count, "SLURM_ARRAY_TASK_ID"};
  } else if (id < first || tasks < 1 || step < 1 || last != first + (tasks - 1) * step || (id - first) % step) {
    complain(
        "batch: the ids of this Slurm array have gaps, so its task %s is no certain shard; name one with --shard K/N, "
        "or --shard none",
        getenv("SLURM_ARRAY_TASK_ID"));
    return -1;
  } else {
    *out = (shard){(id - first) / step, tasks, "SLURM_ARRAY_TASK_ID"};
  }
  return 0;
}

int shard_from_environment(int count, shard *out) {
  int status = 0;
  if (getenv("SLURM_ARRAY_TASK_ID"))
    status = from_slurm(count, out);
  else if (count && getenv("JOB_COMPLETION_INDEX"))
    *out = (shard){variable("JOB_COMPLETION_INDEX", -1), count, "JOB_COMPLETION_INDEX"};
  else if (count)
    *out = (shard){-1, count, "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX, which are not set,"};
  if (status || (out->index >= 0 && (out->index < out->count || !out->count))) return status;
  complain("batch: %s gives no shard of %d: it should be from 0 to %d", out->source, out->count, out->count - 1);
  return -1;
}
