/* Which kernels this CPU can run, and which of them are used: the last level that it has. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#include "int8.h"

#if defined(__x86_64__)
#include <cpuid.h>

static const nn_level levels[] = {
    {"scalar", &nn_kernels_scalar, &nn_int8_scalar}, {"baseline", &nn_kernels_baseline, &nn_int8_sse2},
    {"avx2", &nn_kernels_avx2, &nn_int8_avx2},       {"avxvnni", &nn_kernels_avx2, &nn_int8_avxvnni},
    {"avx512", &nn_kernels_avx512, &nn_int8_avx512}, {"vnni", &nn_kernels_avx512, &nn_int8_vnni},
};

/* GCC 12's __builtin_cpu_supports does not know the name. Slow in a virtual machine, so asked only where it matters. */
static int has_avx_vnni(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}

static int is_supported(size_t level) {
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  switch (level) {
  case 2: return avx2;
  case 3: return avx2 && has_avx_vnni();
  case 4: return avx512;
  case 5: return avx512 && __builtin_cpu_supports("avx512vnni");
  default: return 1;
  }
}

#elif defined(__aarch64__)
static const nn_level levels[] = {
    {"scalar", &nn_kernels_scalar, &nn_int8_scalar},
    {"baseline", &nn_kernels_baseline, &nn_int8_neon},
    {"dotprod", &nn_kernels_baseline, &nn_int8_dotprod},
};

static int is_supported(size_t level) {
#if defined(__linux__)
  enum { HAS_DOT_PRODUCT = 1 << 20 }; /* HWCAP_ASIMDDP */
  return level < 2 || (getauxval(AT_HWCAP) & HAS_DOT_PRODUCT);
#else
  return level < 2;
#endif
}

#else
static const nn_level levels[] = {
    {"scalar", &nn_kernels_scalar, &nn_int8_scalar},
    {"baseline", &nn_kernels_baseline, &nn_int8_scalar},
};

static int is_supported(size_t level) {
  (void)level;
  return 1;
}
#endif

const nn_level *nn_level_next(const nn_level *before) {
  const size_t count = sizeof levels / sizeof *levels;
  for (size_t i = before ? (size_t)(before - levels) + 1 : 0; i < count; i++)
    if (is_supported(i)) return &levels[i];
  return NULL;
}

const nn_level *nn_level_choose(void) {
  const char *wanted = getenv("GLYPHLIFT_CPU");
  size_t best = sizeof levels / sizeof *levels - 1;
  for (size_t i = 0; wanted && i <= best; i++)
    if (strcmp(levels[i].name, wanted) == 0 && is_supported(i)) return &levels[i];
  while (!is_supported(best)) best--;
  return &levels[best];
}
