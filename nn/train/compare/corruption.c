/* Corrupted copies of pictures, in the spirit of MNIST-C (Mu, Gilmer: MNIST-C, a robustness benchmark for computer
 * vision, 2019): the models have not been told what will come, but for those whose training distorts pictures itself,
 * which the table says of them. Turns, shifts and strokes are the trainer's own distortions in larger amounts. */
#include "corruption.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../augment.h"

enum { SEED = 20, PURPOSE = 1 << 20 };

static const float ROTATION_DEGREES = 30.0f, SHIFT_PIXELS = 4.0f, NOISE_DEVIATION = 60.0f;

static const train_corruption_info infos[TRAIN_CORRUPTIONS] = {
    {"blur", "1-2-1 in both directions, three times"},
    {"noise", "Gaussian, standard deviation 60 of 255"},
    {"rotation", "uniform within 30 degrees either way"},
    {"shift", "uniform within 4 pixels either way, along and across"},
    {"lines", "one or two scraps of ruled lines, 1 or 2 pixels wide, half as dark as ink or darker"},
    {"stroke", "a pixel thicker on all sides, or thinner by nine tenths of one, every other picture"},
};

const train_corruption_info *train_corruption_describe(train_corruption corruption) {
  return &infos[corruption];
}

typedef struct work {
  train_augmenter *augmenter;
  float *picture;
  int height, width;
  size_t number; /* of the picture */
  train_random random;
} work;

static void distort(work *w, const train_augmentation *amounts, const uint8_t *source) {
  train_augment(w->augmenter, amounts, 1.0f, &w->random, source, w->picture);
}

static void add_noise(work *w) {
  for (int i = 0; i < w->height * w->width; i++) w->picture[i] += NOISE_DEVIATION * train_random_normal(&w->random);
}

/* A scrap runs along one direction, from somewhere in the first half to somewhere in the second. */
static void add_scrap(work *w, int down) {
  const int along = down ? w->height : w->width, across = down ? w->width : w->height;
  const int first = (int)train_random_below(&w->random, (uint32_t)(along / 2 + 1));
  const int last = along - 1 - (int)train_random_below(&w->random, (uint32_t)(along / 2 + 1));
  const int place = (int)train_random_below(&w->random, (uint32_t)across);
  const int thick = 1 + (int)train_random_below(&w->random, 2);
  const float level = 128.0f + 127.0f * train_random_uniform(&w->random);
  for (int a = first; a <= last; a++)
    for (int t = place; t < place + thick && t < across; t++) {
      float *pixel = &w->picture[down ? a * w->width + t : t * w->width + a];
      if (*pixel < level) *pixel = level;
    }
}

static void add_lines(work *w) {
  const uint32_t kind = train_random_below(&w->random, 3); /* along, down, both */
  if (kind != 1) add_scrap(w, 0);
  if (kind != 0) add_scrap(w, 1);
}

static void corrupt(work *w, train_corruption corruption, const uint8_t *source) {
  static const train_augmentation nothing = {0};
  const train_augmentation turn = {.rotation_degrees = ROTATION_DEGREES}, move = {.shift_pixels = SHIFT_PIXELS};
  const int thicker = w->number % 2 == 0;
  distort(w,
          corruption == TRAIN_CORRUPTION_ROTATION ? &turn
          : corruption == TRAIN_CORRUPTION_SHIFT  ? &move
                                                  : &nothing,
          source);
  switch (corruption) {
  case TRAIN_CORRUPTION_BLUR:
    for (int i = 0; i < 3; i++) train_augment_soften(w->augmenter, w->picture, 1.0f);
    break;
  case TRAIN_CORRUPTION_NOISE: add_noise(w); break;
  case TRAIN_CORRUPTION_LINES: add_lines(w); break;
  case TRAIN_CORRUPTION_STROKE: train_augment_width(w->augmenter, w->picture, thicker ? 1.0f : 0.9f, thicker); break;
  case TRAIN_CORRUPTION_ROTATION:
  case TRAIN_CORRUPTION_SHIFT:
  case TRAIN_CORRUPTIONS: break;
  }
}

static uint8_t to_byte(float value) {
  return value <= 0.0f ? 0 : value >= 255.0f ? 255 : (uint8_t)(value + 0.5f);
}

int train_corrupt(train_dataset *out, const train_dataset *set, train_corruption corruption, train_error *error) {
  const size_t pixels = (size_t)set->height * (size_t)set->width;
  work w = {.height = set->height, .width = set->width};
  *out = (train_dataset){.count = set->count, .height = set->height, .width = set->width};
  int status = train_augmenter_open(&w.augmenter, set->height, set->width, error);
  if (status) return status;
  out->pixels = malloc(set->count * pixels); /* no more than set->pixels has */
  out->labels = malloc(set->count);
  w.picture = malloc(pixels * sizeof *w.picture);
  if (!out->pixels || !out->labels || !w.picture) status = train_fail_memory(error);
  for (size_t i = 0; i < set->count && !status; i++) {
    w.number = i;
    train_random_start(&w.random, SEED, PURPOSE + corruption, 0, (uint32_t)i);
    corrupt(&w, corruption, set->pixels + i * pixels);
    for (size_t p = 0; p < pixels; p++) out->pixels[i * pixels + p] = to_byte(w.picture[p]);
  }
  if (!status)
    memcpy(out->labels, set->labels, set->count);
  else
    train_dataset_free(out);
  free(w.picture);
  train_augmenter_close(&w.augmenter);
  return status;
}
