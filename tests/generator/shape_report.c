/* glyphlift-shape-report: how many of the generator's drawings are named right, kind by kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawn_shapes.h"

typedef struct report {
  nn_model *model;
  nn_session *session;
  size_t counts[TRAIN_SHAPES][STAGE_KINDS];
} report;

static void usage(FILE *out) {
  fputs("Usage: glyphlift-shape-report [COUNT [SEED [MODEL]]]\n"
        "Draws shapes and prints how many are named right, kind by kind.\n"
        "  COUNT  of each kind (default 100)\n"
        "  SEED   the first one's (default 1000)\n"
        "  MODEL  a file in place of the built-in model; -: by geometry alone\n",
        out);
}

static int open_model(report *r, const char *path) {
  nn_error error;
  if (path && strcmp(path, "-") == 0) return 1;
  if ((path ? nn_model_open_file(&r->model, path, &error) : nn_model_open_shapes(&r->model, &error)) == NN_OK &&
      nn_session_open(&r->session, r->model, 1, &error) == NN_OK)
    return 1;
  fprintf(stderr, "glyphlift-shape-report: %s\n", error.message);
  return 0;
}

static int count(report *r, train_shape kind, uint64_t seed, uint32_t index) {
  double probabilities[STAGE_KINDS];
  shim_image picture;
  const nn_model_info *info = r->model ? nn_model_get_info(r->model) : NULL;
  if (!drawn_shape_picture(kind, seed, index, &picture)) return 0;
  const int good = drawn_shape_name(r->session, info, &picture, probabilities);
  if (good) r->counts[kind][stage_kind_best(probabilities)]++;
  shim_image_free(&picture);
  return good;
}

static void print(const report *r, size_t all) {
  size_t right = 0;
  for (int kind = 0; kind < TRAIN_SHAPES; kind++) {
    const size_t own = r->counts[kind][kind];
    right += own;
    printf("%-14s %6.2f %%", train_shape_names[kind], 100.0 * (double)own / (double)all);
    for (int k = 0; k < STAGE_KINDS; k++)
      if (k != kind && r->counts[kind][k]) printf("  %s %zu", stage_kind_names[k], r->counts[kind][k]);
    putchar('\n');
  }
  printf("%-14s %6.2f %% of %zu\n", "all", 100.0 * (double)right / (double)(all * TRAIN_SHAPES), all * TRAIN_SHAPES);
}

int main(int argc, char **argv) {
  _Static_assert((int)TRAIN_SHAPES == (int)STAGE_KINDS, "the generator draws the kinds that the pipeline names");
  report r = {0};
  const int all = argc > 1 ? atoi(argv[1]) : 100;
  const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
  if (all < 1) {
    const int asked = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
    usage(asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  int good = open_model(&r, argc > 3 ? argv[3] : NULL);
  for (int kind = 0; kind < TRAIN_SHAPES && good; kind++)
    for (int i = 0; i < all && good; i++) good = count(&r, (train_shape)kind, seed, (uint32_t)i);
  if (good) print(&r, (size_t)all);
  nn_session_close(&r.session);
  nn_model_close(&r.model);
  return !good;
}
