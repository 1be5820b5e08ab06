/* How kernels share out the pixels of a batch: a walk through them in several views at once, cut into chunks. Each
 * file that includes it gets its own copy, compiled for its instruction set. */
#ifndef GLYPHLIFT_NN_WALK_H
#define GLYPHLIFT_NN_WALK_H

#include <stddef.h>

/* Pixels of a chunk: all output channels of these are done before the next, while their inputs stay in L1. */
enum { CHUNK_PIXELS = 96, RUN_STEP = 8 };

/* The next share of `left` items when shares of at most `limit` are to be as equal as they can be. */
static inline int next_share(int left, int limit) {
  const int shares = (left + limit - 1) / limit;
  return (left + shares - 1) / shares;
}

static inline int min_int(int a, int b) {
  return a < b ? a : b;
}

/* Steps through the pixels of a batch in up to three views at once; [0] is the innermost level, steps are in values. */
enum { LEVELS = 3, VIEWS = 3 };

typedef struct walk {
  size_t count[LEVELS];
  ptrdiff_t step[VIEWS][LEVELS];
  int views; /* that are set */
} walk;

static inline void walk_set_view(walk *pixels, int view, ptrdiff_t x_step, ptrdiff_t y_step, ptrdiff_t picture_step) {
  pixels->step[view][0] = x_step;
  pixels->step[view][1] = y_step;
  pixels->step[view][2] = picture_step;
  if (view >= pixels->views) pixels->views = view + 1;
}

/* Rows innermost: x, y, picture. */
static inline walk walk_rows(size_t batch, int height, int width) {
  return (walk){.count = {(size_t)width, (size_t)height, batch}, .step = {{0}}};
}

static inline void walk_swap_levels(walk *pixels, int first, int second) {
  const size_t count = pixels->count[first];
  pixels->count[first] = pixels->count[second];
  pixels->count[second] = count;
  for (int view = 0; view < VIEWS; view++) {
    const ptrdiff_t step = pixels->step[view][first];
    pixels->step[view][first] = pixels->step[view][second];
    pixels->step[view][second] = step;
  }
}

/* Levels of one step are moved outwards: the innermost loop should be the long one. */
static inline void walk_make_inner_long(walk *pixels) {
  for (int pass = 0; pass < LEVELS - 1; pass++)
    for (int level = 0; level + 1 < LEVELS; level++)
      if (pixels->count[level] == 1) walk_swap_levels(pixels, level, level + 1);
}

typedef ptrdiff_t run_offsets
    __attribute__((vector_size(RUN_STEP * sizeof(ptrdiff_t)), aligned(sizeof(ptrdiff_t)), may_alias));

/* Offsets in values of the next pixels of a walk, in each view. */
typedef struct pixel_chunk {
  int count;
  size_t at[LEVELS];                                /* where the walk goes on */
  ptrdiff_t offset[VIEWS][CHUNK_PIXELS + RUN_STEP]; /* what stands beyond count is no offset */
} pixel_chunk;

/* Offsets of a run of pixels at one distance, and of some beyond it, so that no end has to be looked after. */
static inline void list_run(ptrdiff_t first, ptrdiff_t step, int count, ptrdiff_t *offset) {
  run_offsets next = (run_offsets){0, 1, 2, 3, 4, 5, 6, 7} * step + first;
  for (int i = 0; i < count; i += RUN_STEP, next += RUN_STEP * step) *(run_offsets *)(offset + i) = next;
}

static inline size_t pixels_left(const pixel_chunk *chunk, const walk *pixels) {
  const size_t all = pixels->count[2] * pixels->count[1] * pixels->count[0];
  return all - (chunk->at[2] * pixels->count[1] + chunk->at[1]) * pixels->count[0] - chunk->at[0];
}

/* Takes the next pixels, of the last ones an equal share for each chunk; 0 when there are no more. */
static inline int chunk_next(pixel_chunk *chunk, const walk *pixels) {
  const size_t left = pixels_left(chunk, pixels);
  if (left == 0) return 0;
  const int limit = left < 16 * CHUNK_PIXELS ? next_share((int)left, CHUNK_PIXELS) : CHUNK_PIXELS;
  chunk->count = 0;
  while (chunk->count < limit && chunk->at[2] < pixels->count[2]) {
    const size_t room = (size_t)(limit - chunk->count), rest = pixels->count[0] - chunk->at[0];
    const int run = (int)(rest < room ? rest : room);
    for (int view = 0; view < pixels->views; view++) {
      ptrdiff_t first = 0;
      for (int level = 0; level < LEVELS; level++) first += (ptrdiff_t)chunk->at[level] * pixels->step[view][level];
      list_run(first, pixels->step[view][0], run, chunk->offset[view] + chunk->count);
    }
    chunk->count += run;
    chunk->at[0] += (size_t)run;
    for (int level = 0; level + 1 < LEVELS && chunk->at[level] == pixels->count[level]; level++) {
      chunk->at[level] = 0;
      chunk->at[level + 1]++;
    }
  }
  return 1;
}

#endif
