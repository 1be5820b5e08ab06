/* Single digits in MNIST's form, from MNIST's own files or from strokes. */
#include "samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paper.h"
#ifdef GENERATOR_READS_MNIST
#include "../../nn/train/dataset.h"
#endif

enum { PIXELS = SAMPLE_SIDE * SAMPLE_SIDE, TUNING_COUNT = 10000, CLASSES = 10 };
static const double ink_side = 20;

void digit_samples_free(digit_samples *samples) {
  free(samples->pixels);
  free(samples->labels);
  *samples = (digit_samples){0};
}

#ifdef GENERATOR_READS_MNIST
int digit_samples_read(digit_samples *out, samples_part part) {
  char folder[4096];
  const char *data = getenv("GLYPHLIFT_DATA");
  *out = (digit_samples){0};
  if (!data) return 1;
  snprintf(folder, sizeof folder, "%s/mnist", data);
  if (access(folder, R_OK)) return 1;
  train_dataset set;
  train_error error;
  if (train_dataset_read_folder(&set, folder, part == SAMPLES_TEST ? "t10k" : "train", CLASSES, &error)) return -1;
  const size_t skipped = part == SAMPLES_TUNING && set.count > TUNING_COUNT ? set.count - TUNING_COUNT : 0;
  const int fits = set.width == SAMPLE_SIDE && set.height == SAMPLE_SIDE;
  if (fits) {
    memmove(set.pixels, set.pixels + skipped * PIXELS, (set.count - skipped) * PIXELS);
    memmove(set.labels, set.labels + skipped, set.count - skipped);
    *out = (digit_samples){set.pixels, set.labels, set.count - skipped};
  } else {
    train_dataset_free(&set);
  }
  return fits ? 0 : -1;
}
#else
int digit_samples_read(digit_samples *out, samples_part part) {
  (void)part;
  *out = (digit_samples){0};
  return 1;
}
#endif

/* Scales the strokes so that their longer side is 20 pixels, and centres them. */
static void fit(stroke_glyph *strokes) {
  const double longer = fmax(strokes->right - strokes->left, strokes->bottom - strokes->top);
  const double scale = ink_side / longer, middle = SAMPLE_SIDE / 2.0;
  const double x = (strokes->left + strokes->right) / 2, y = (strokes->top + strokes->bottom) / 2;
  for (size_t i = 0; i < strokes->count; i++) {
    stroke_point *point = &strokes->points[i];
    point->x = middle + (point->x - x) * scale;
    point->y = middle + (point->y - y) * scale;
    point->radius *= scale;
  }
}

int digit_samples_draw(digit_samples *out, size_t count, uint64_t seed) {
  *out = (digit_samples){malloc(count * PIXELS + 1), malloc(count + 1), count};
  ink_plane plane = {0};
  if (!out->pixels || !out->labels || ink_plane_create(&plane, SAMPLE_SIDE, SAMPLE_SIDE)) {
    digit_samples_free(out);
    return -1;
  }
  for (size_t i = 0; i < count; i++) {
    random_stream random;
    writer_style style;
    stroke_glyph strokes;
    random_start(&random, seed + i, 9);
    writer_style_random(&style, &random);
    out->labels[i] = (uint8_t)(i % CLASSES);
    stroke_digit(out->labels[i], &style, &random, &strokes);
    fit(&strokes);
    memset(plane.ink, 0, PIXELS * sizeof *plane.ink);
    ink_plane_stroke(&plane, &strokes);
    for (size_t p = 0; p < PIXELS; p++) out->pixels[i * PIXELS + p] = (uint8_t)(255 * fminf(plane.ink[p], 1));
  }
  ink_plane_free(&plane);
  return 0;
}

void sample_ink_box(const uint8_t *pixels, int ink_min, int box[4]) {
  box[0] = box[1] = SAMPLE_SIDE, box[2] = box[3] = 0;
  for (int y = 0; y < SAMPLE_SIDE; y++)
    for (int x = 0; x < SAMPLE_SIDE; x++)
      if (pixels[y * SAMPLE_SIDE + x] >= ink_min) {
        if (x < box[0]) box[0] = x;
        if (x >= box[2]) box[2] = x + 1;
        if (y < box[1]) box[1] = y;
        box[3] = y + 1;
      }
}
