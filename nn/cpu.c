/* Which kernels this CPU can run, and which of them are used. The levels are nested: a CPU that has one has all before
 * it. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

static const nn_kernels *const levels[] = {
    &nn_kernels_scalar,
    &nn_kernels_baseline,
#if defined(__x86_64__)
    &nn_kernels_avx2,
    &nn_kernels_avx512,
#endif
};

static size_t supported_levels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 2;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
    return 3;
#endif
  return sizeof levels / sizeof *levels;
}

const nn_kernels *const *nn_kernels_list(size_t *count) {
  *count = supported_levels();
  return levels;
}

const nn_kernels *nn_kernels_choose(void) {
  const size_t count = supported_levels();
  const char *wanted = getenv("GLYPHLIFT_CPU");
  for (size_t i = 0; wanted && i < count; i++)
    if (strcmp(levels[i]->name, wanted) == 0) return levels[i];
  return levels[count - 1];
}
