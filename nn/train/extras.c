/* Draws all extra pictures on all threads. What a picture shows follows from seed, set and index alone, given the
 * fonts: other fonts give other pictures. Families are held out by a hash of their names, so that most families
 * stay on their side when others come and go, but two of the same design (Arial's likenesses) may stand on both. */
#include "extras.h"

#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "rejects.h"
#include "rescan.h"

enum {
  SIDE = TRAIN_SCAN_SIDE,
  PIXELS = SIDE * SIDE,
  HELD_OF = 6 /* of so many families one is held out */,
  TRIES = 60
};

typedef enum set { SET_PRINTED, SET_REJECTS, SET_RESCANS } set;
typedef enum part { PART_TRAINED, PART_HELD, PARTS } part;

typedef struct failure {
  int status;
  train_error error;
} failure;

typedef struct work {
  uint64_t seed;
  train_fonts *fonts;
  size_t *families; /* PART_TRAINED's, then PART_HELD's */
  size_t family_counts[PARTS];
  train_typesetter **typesetters; /* one a thread */
  failure *failures;              /* one a thread: its first */
  const train_extras_options *options;
  /* what is being drawn now */
  part part;
  set kind;
  train_dataset *set;
} work;

static train_press make_press(const work *w, int worker) {
  const size_t skipped = w->part == PART_HELD ? w->family_counts[PART_TRAINED] : 0;
  return (train_press){.fonts = w->fonts,
                       .families = w->families + skipped,
                       .family_count = w->family_counts[w->part],
                       .typesetter = w->typesetters[worker]};
}

static train_scraps make_scraps(const work *w, int worker) {
  const train_dataset *digits = w->options->digits;
  const size_t trained = digits->count - w->options->holdout;
  const int own = w->part == PART_HELD && w->options->holdout > 0;
  const size_t first = own ? trained : 0;
  return (train_scraps){.press = make_press(w, worker),
                        .pixels = digits->pixels + first * PIXELS,
                        .labels = digits->labels + first,
                        .count = own ? w->options->holdout : trained};
}

/* Any of the digits that the pipeline finds again. */
static int rescan(const train_scraps *scraps, train_random *random, uint8_t *out, uint8_t *label, train_error *error) {
  for (int i = 0; i < TRIES; i++) {
    const uint32_t index = train_random_below(random, (uint32_t)scraps->count);
    int found;
    const int status = train_rescan(scraps->pixels + index * PIXELS, random, out, &found, error);
    *label = scraps->labels[index];
    if (status || found) return status;
  }
  return train_fail(error, TRAIN_ERR_INTERNAL, "the pipeline found none of %d digits drawn again", TRIES);
}

static void draw_picture(void *user, size_t task, int worker) {
  work *w = user;
  failure *f = &w->failures[worker];
  train_random random;
  uint8_t *out = w->set->pixels + task * PIXELS;
  if (f->status) return;
  static const uint32_t purposes[] = {[SET_PRINTED] = TRAIN_PURPOSE_PRINTED,
                                      [SET_REJECTS] = TRAIN_PURPOSE_REJECTS,
                                      [SET_RESCANS] = TRAIN_PURPOSE_RESCANS};
  train_random_start(&random, w->seed, purposes[w->kind], (uint32_t)w->part, (uint32_t)task);
  const train_scraps scraps = make_scraps(w, worker);
  switch (w->kind) {
  case SET_PRINTED:
    w->set->labels[task] = (uint8_t)(task % TRAIN_DIGITS);
    f->status = train_printed_make(&scraps.press, (int)(task % TRAIN_DIGITS), &random, out, &f->error);
    break;
  case SET_REJECTS:
    w->set->labels[task] = TRAIN_CLASS_NONE;
    f->status = train_reject_make(&scraps, train_reject_kind(task), &random, out, &f->error);
    break;
  case SET_RESCANS: f->status = rescan(&scraps, &random, out, &w->set->labels[task], &f->error); break;
  }
}

static int draw_set(work *w, train_pool *pool, part part, set kind, size_t count, train_dataset *out,
                    train_error *error) {
  *out =
      (train_dataset){.pixels = malloc(count * PIXELS + 1), .labels = malloc(count + 1), .height = SIDE, .width = SIDE};
  if (!out->pixels || !out->labels) return train_fail_memory(error);
  out->count = count;
  w->part = part;
  w->kind = kind;
  w->set = out;
  train_pool_run(pool, draw_picture, w, count);
  for (int i = 0; i < w->options->threads; i++)
    if (w->failures[i].status) {
      if (error) *error = w->failures[i].error;
      return w->failures[i].status;
    }
  return TRAIN_OK;
}

/* ---- fonts ---- */

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash_name(const char *name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *name; name++) hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
  return hash;
}

typedef struct ranked {
  uint64_t hash;
  size_t family;
} ranked;

static int by_hash(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  return x->family < y->family ? -1 : 1;
}

/* The families with the smallest hashes are held out. */
static int split_families(work *w, train_error *error) {
  const size_t count = train_fonts_family_count(w->fonts);
  if (count < 2)
    return train_fail(error, TRAIN_ERR_IO,
                      "%s: holds fonts of one family only (%s); at least two are needed, one of them for judging",
                      w->options->fonts, train_fonts_family_name(w->fonts, 0));
  ranked *ranks = malloc(count * sizeof *ranks);
  w->families = malloc(count * sizeof *w->families);
  if (!ranks || !w->families) {
    free(ranks);
    return train_fail_memory(error);
  }
  for (size_t i = 0; i < count; i++) ranks[i] = (ranked){hash_name(train_fonts_family_name(w->fonts, i)), i};
  qsort(ranks, count, sizeof *ranks, by_hash);
  w->family_counts[PART_HELD] = (count + HELD_OF - 1) / HELD_OF;
  w->family_counts[PART_TRAINED] = count - w->family_counts[PART_HELD];
  for (size_t i = 0; i < count; i++) w->families[i] = ranks[count - 1 - i].family;
  free(ranks);
  return TRAIN_OK;
}

static int note_families(const work *w, train_extras *out, train_error *error) {
  const size_t held = w->family_counts[PART_HELD], *families = w->families + w->family_counts[PART_TRAINED];
  size_t size = 1;
  for (size_t i = 0; i < held; i++) size += strlen(train_fonts_family_name(w->fonts, families[i])) + 2;
  if (!(out->held_families = calloc(size, 1))) return train_fail_memory(error);
  for (size_t i = 0; i < held; i++) {
    if (i) strcat(out->held_families, ", ");
    strcat(out->held_families, train_fonts_family_name(w->fonts, families[i]));
  }
  out->font_count = train_fonts_count(w->fonts);
  out->family_count = train_fonts_family_count(w->fonts);
  out->held_family_count = held;
  return TRAIN_OK;
}

/* ---- all sets ---- */

static size_t held_count(int trained) {
  const int share = trained / 10;
  return trained == 0 ? 0 : share > TRAIN_EXTRAS_HELD_LEAST ? (size_t)share : TRAIN_EXTRAS_HELD_LEAST;
}

static int draw_all(work *w, train_pool *pool, train_extras *out, train_error *error) {
  const train_extras_options *o = w->options;
  const struct {
    set kind;
    int count;
    train_dataset *trained, *held;
  } sets[] = {{SET_PRINTED, o->printed, &out->printed, &out->held_printed},
              {SET_REJECTS, o->rejects, &out->rejects, &out->held_rejects},
              {SET_RESCANS, o->rescans, &out->rescans, &out->held_rescans}};
  int status = TRAIN_OK;
  for (size_t i = 0; i < sizeof sets / sizeof *sets && !status; i++) {
    status = draw_set(w, pool, PART_TRAINED, sets[i].kind, (size_t)sets[i].count, sets[i].trained, error);
    if (!status) status = draw_set(w, pool, PART_HELD, sets[i].kind, held_count(sets[i].count), sets[i].held, error);
  }
  return status;
}

static int open_threads(work *w, train_error *error) {
  const size_t threads = (size_t)w->options->threads;
  w->typesetters = calloc(threads, sizeof *w->typesetters);
  w->failures = calloc(threads, sizeof *w->failures);
  int status = w->typesetters && w->failures ? TRAIN_OK : train_fail_memory(error);
  for (size_t i = 0; i < threads && !status; i++) status = train_typesetter_open(&w->typesetters[i], error);
  return status;
}

static void close_work(work *w) {
  for (int i = 0; w->typesetters && i < w->options->threads; i++) train_typesetter_close(&w->typesetters[i]);
  train_fonts_close(&w->fonts);
  free(w->typesetters);
  free(w->failures);
  free(w->families);
}

int train_extras_make(train_extras *out, const train_extras_options *options, train_error *error) {
  const train_dataset *digits = options->digits;
  *out = (train_extras){0};
  if (digits->height != SIDE || digits->width != SIDE || options->holdout >= digits->count)
    return train_fail(error, TRAIN_ERR_ARGUMENT,
                      "printed digits and rejects are for pictures of %d x %d, but those given are %d x %d", SIDE, SIDE,
                      digits->width, digits->height);
  work w = {.seed = options->seed, .options = options};
  train_pool *pool = NULL;
  int status = train_pool_open(&pool, options->threads, error);
  if (!status) status = open_threads(&w, error);
  if (!status) status = train_fonts_open(&w.fonts, options->fonts, error);
  if (!status) status = split_families(&w, error);
  if (!status) status = note_families(&w, out, error);
  if (!status) status = draw_all(&w, pool, out, error);
  close_work(&w);
  train_pool_close(&pool);
  if (status) train_extras_free(out);
  return status;
}

void train_extras_free(train_extras *extras) {
  if (!extras) return;
  train_dataset_free(&extras->printed);
  train_dataset_free(&extras->rejects);
  train_dataset_free(&extras->rescans);
  train_dataset_free(&extras->held_printed);
  train_dataset_free(&extras->held_rescans);
  train_dataset_free(&extras->held_rejects);
  free(extras->held_families);
  *extras = (train_extras){0};
}
