/* The kernels that this CPU can run, for tests that go through all of them. */
#ifndef GLYPHLIFT_TEST_NN_LEVELS_H
#define GLYPHLIFT_TEST_NN_LEVELS_H

#include "../nn/kernels.h"

enum { MAX_LEVELS = 8 };

/* Each once, scalar first: levels may share them. Returns how many. */
static inline size_t list_kernels(const nn_kernels *kernels[MAX_LEVELS]) {
  size_t count = 0;
  for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level))
    if (count == 0 || kernels[count - 1] != level->kernels) kernels[count++] = level->kernels;
  return count;
}

#endif
