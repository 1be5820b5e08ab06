/* People's drawings for the comparison. Files have them sorted by person and class, so a part is drawn by chance;
 * people whose drawings judge settings come last. */
#include <stdlib.h>
#include <string.h>

#include "../people.h"
#include "../random.h"
#include "compare.h"

enum { SEED = 1, PURPOSE = 1 << 21, JUDGE_EVERY = 5 };

/* Each drawing's person, numbered by first appearance. */
static void number_writers(const train_index *index, size_t *numbers) {
  size_t writers = 0;
  for (size_t i = 0; i < index->count; i++) {
    size_t same = 0;
    while (same < i && strcmp(index->entries[same].writer, index->entries[i].writer) != 0) same++;
    numbers[i] = same < i ? numbers[same] : writers++;
  }
}

/* 0 .. count - 1 in an order of chance (Fisher and Yates). */
static void shuffle(size_t *order, size_t count) {
  train_random random;
  train_random_start(&random, SEED, PURPOSE, 0, 0);
  for (size_t i = 0; i < count; i++) {
    const size_t other = train_random_below(&random, (uint32_t)(i + 1));
    order[i] = order[other];
    order[other] = i;
  }
}

static void copy(const train_dataset *from, size_t i, train_dataset *out) {
  const size_t pixels = (size_t)from->height * (size_t)from->width;
  memcpy(out->pixels + out->count * pixels, from->pixels + i * pixels, pixels);
  out->labels[out->count++] = from->labels[i];
}

/* At most `most` of them, those of judges last; held may be NULL: nobody judges. */
static int take(const train_people *people, size_t most, train_dataset *out, size_t *held, train_error *error) {
  const train_dataset *all = &people->drawings;
  const size_t count = all->count < most ? all->count : most;
  size_t *order = malloc(2 * all->count * sizeof *order), *writers = order + all->count;
  *out = (train_dataset){.height = all->height, .width = all->width};
  out->pixels = malloc(all->count * (size_t)all->height * (size_t)all->width);
  out->labels = malloc(all->count);
  if (!order || !out->pixels || !out->labels) {
    free(order);
    return train_fail_memory(error);
  }
  shuffle(order, all->count);
  number_writers(&people->index, writers);
  for (int judges = 0; judges < 2; judges++) {
    if (judges && held) *held = count - out->count;
    for (size_t i = 0; i < count; i++)
      if ((held && writers[order[i]] % JUDGE_EVERY == JUDGE_EVERY - 1) == judges) copy(all, order[i], out);
  }
  free(order);
  return TRAIN_OK;
}

int train_compare_read_drawings(const char *folder, size_t most_training, size_t most_test, train_dataset *training,
                                train_dataset *test, size_t *held, train_error *error) {
  train_people people;
  *training = *test = (train_dataset){0};
  int status = train_people_read(&people, folder, "train", error);
  if (status) return status;
  status = take(&people, most_training, training, held, error);
  train_people_free(&people);
  if (!status) status = train_people_read(&people, folder, "val", error);
  if (!status) {
    status = take(&people, most_test, test, NULL, error);
    train_people_free(&people);
  }
  if (status) {
    train_dataset_free(training);
    train_dataset_free(test);
  }
  return status;
}
