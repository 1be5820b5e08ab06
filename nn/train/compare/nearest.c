/* k nearest neighbours by Euclidean distance of the pixels, one vote each. All distances of a block of pictures come
 * from one matrix product, |a - b|^2 = |a|^2 - 2 ab + |b|^2. Slow, and as large as the training set. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

#include "../clock.h"
#include "compare.h"
#include "features.h"

enum { MOST = 10, BLOCK = 128, CHUNK = 4096, HELD = 10000 };

static const int choices[] = {1, 3, 4, 5, 7, 10};

typedef struct nearest {
  train_samples samples;
  float *squares;          /* |b|^2 of each */
  float *block, *products; /* BLOCK x width, BLOCK x CHUNK */
  int height, width, k;
} nearest;

/* The nearest so far, the nearest first. */
typedef struct neighbours {
  float distances[MOST];
  uint8_t labels[MOST];
  int count;
} neighbours;

static void insert(neighbours *n, float distance, uint8_t label) {
  if (n->count == MOST && distance >= n->distances[MOST - 1]) return;
  int place = n->count < MOST ? n->count++ : MOST - 1;
  for (; place > 0 && n->distances[place - 1] > distance; place--) {
    n->distances[place] = n->distances[place - 1];
    n->labels[place] = n->labels[place - 1];
  }
  n->distances[place] = distance;
  n->labels[place] = label;
}

/* count <= BLOCK pictures. |a|^2 is left out: it changes no order. */
static void find_block(const nearest *m, const uint8_t *pixels, size_t count, neighbours *out) {
  const int width = (int)m->samples.width;
  train_feature_make(TRAIN_FEATURE_PIXELS, pixels, count, m->height, m->width, m->block, NULL);
  for (size_t i = 0; i < count; i++) out[i].count = 0;
  for (size_t first = 0; first < m->samples.count; first += CHUNK) {
    const size_t rest = m->samples.count - first, chunk = rest < CHUNK ? rest : CHUNK;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)chunk, width, -2.0f, m->block, width,
                m->samples.values + first * m->samples.width, width, 0.0f, m->products, CHUNK);
    for (size_t i = 0; i < count; i++)
      for (size_t j = 0; j < chunk; j++)
        insert(&out[i], m->squares[first + j] + m->products[i * CHUNK + j], (uint8_t)m->samples.labels[first + j]);
  }
}

/* Of equal votes the class with the nearer neighbours wins. */
static void vote(const neighbours *n, int k, float *scores) {
  for (int c = 0; c < TRAIN_DIGITS; c++) scores[c] = 0.0f;
  for (int i = 0; i < k && i < n->count; i++) scores[n->labels[i]] += 1.0f + 0.01f / (float)(i + 1);
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  (void)error;
  const nearest *m = model;
  neighbours found[BLOCK];
  for (size_t first = 0; first < count; first += BLOCK) {
    const size_t rest = count - first, block = rest < BLOCK ? rest : BLOCK;
    find_block(m, pixels + first * m->samples.width, block, found);
    for (size_t i = 0; i < block; i++) vote(&found[i], m->k, scores + (first + i) * TRAIN_DIGITS);
  }
  return TRAIN_OK;
}

static void close_nearest(void **model) {
  nearest *m = *model;
  if (!m) return;
  train_samples_free(&m->samples);
  free(m->squares);
  free(m->block);
  free(m->products);
  free(m);
  *model = NULL;
}

/* The set must outlive the model. */
static int open_nearest(void **model, const train_dataset *set, train_error *error) {
  nearest *m = calloc(1, sizeof *m);
  *model = m;
  if (!m) return train_fail_memory(error);
  m->height = set->height;
  m->width = set->width;
  int status = train_samples_make(&m->samples, TRAIN_FEATURE_PIXELS, set, error);
  if (!status) {
    m->squares = malloc(set->count * sizeof *m->squares);
    m->block = malloc(BLOCK * m->samples.width * sizeof *m->block);
    m->products = malloc((size_t)BLOCK * CHUNK * sizeof *m->products);
    if (!m->squares || !m->block || !m->products) status = train_fail_memory(error);
  }
  for (size_t i = 0; i < set->count && !status; i++) {
    const float *row = m->samples.values + i * m->samples.width;
    m->squares[i] = cblas_sdot((int)m->samples.width, row, 1, row, 1);
  }
  if (status) close_nearest(model);
  return status;
}

/* The neighbours of all held-out pictures, found once for all k. */
typedef struct trials {
  neighbours *found;
  float *scores;
  const uint8_t *labels;
  size_t count;
} trials;

static int try_k(void *user, size_t setting, char *text, double *accuracy, train_error *error) {
  (void)error;
  const trials *t = user;
  for (size_t i = 0; i < t->count; i++) vote(&t->found[i], choices[setting], t->scores + i * TRAIN_DIGITS);
  *accuracy = train_compare_accuracy(t->scores, t->labels, t->count, TRAIN_DIGITS);
  snprintf(text, TRAIN_SETTINGS_SIZE, "k = %d", choices[setting]);
  return TRAIN_OK;
}

static int choose(const train_compare *compare, const train_family *family, train_row *row, int *k,
                  train_error *error) {
  const train_split split = train_compare_split(compare, compare->training->count, HELD);
  const size_t count = split.held.count;
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  void *model = NULL;
  size_t best = 0;
  trials t = {.found = calloc(count, sizeof *t.found),
              .scores = malloc(count * TRAIN_DIGITS * sizeof *t.scores),
              .labels = split.held.labels,
              .count = count};
  int status = t.found && t.scores ? TRAIN_OK : train_fail_memory(error);
  if (!status) status = open_nearest(&model, &split.fitting, error);
  for (size_t first = 0; first < count && !status; first += BLOCK) {
    const nearest *m = model;
    const size_t rest = count - first;
    find_block(m, split.held.pixels + first * m->samples.width, rest < BLOCK ? rest : BLOCK, t.found + first);
  }
  if (!status)
    status = train_compare_choose(compare, family, sizeof choices / sizeof *choices, try_k, &t, row, &best, error);
  row->choosing_seconds = train_clock_seconds(CLOCK_MONOTONIC) - start; /* mostly for finding the neighbours */
  *k = choices[best];
  close_nearest(&model);
  free(t.found);
  free(t.scores);
  return status;
}

static int train(void **model, const train_compare *compare, const train_family *family, train_row *row,
                 train_error *error) {
  int k;
  *model = NULL;
  int status = choose(compare, family, row, &k, error);
  if (!status) status = open_nearest(model, compare->training, error);
  if (status) return status;
  nearest *m = *model;
  m->k = k;
  row->parameters = m->samples.count * m->samples.width;
  row->bytes = row->parameters + m->samples.count; /* the pictures and labels themselves */
  return TRAIN_OK;
}

const train_family train_family_nearest = {.name = "nearest",
                                           .title = "k nearest neighbours",
                                           .full_seconds = 150,
                                           .quick_seconds = 1,
                                           .train = train,
                                           .predict = predict,
                                           .close = close_nearest};
