/* A peak is measured with enough independent sums in registers to hide the latency of the instruction. */
#define _POSIX_C_SOURCE 200809L
#include "timing.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { SUMS = 12, STEPS = 200000, REPEATS = 7 };

double timing_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double timing_of(void (*work)(void *state), void *state, double seconds) {
  enum { LOOKS = 32 }; /* at the clock, which takes up to a microsecond itself */
  const double start = timing_now();
  double end = start;
  int count = 0;
  for (int calls = 1; end - start < seconds; end = timing_now()) {
    for (int i = 0; i < calls; i++) work(state);
    count += calls;
    calls = 1 + (int)(count * seconds / (timing_now() - start) / LOOKS);
  }
  return (end - start) / count;
}

#define DEFINE_PEAK(NAME, LANES, ATTRIBUTES)                                                                           \
  ATTRIBUTES static void NAME(void) {                                                                                  \
    typedef float vec __attribute__((vector_size(LANES * sizeof(float))));                                             \
    vec sums[SUMS];                                                                                                    \
    volatile float half = 0.5f, sink;                                                                                  \
    const vec factor = (vec){0} + half, added = (vec){0} + half;                                                       \
    float total = 0;                                                                                                   \
    for (int i = 0; i < SUMS; i++) sums[i] = (vec){0} + (float)i;                                                      \
    for (int step = 0; step < STEPS; step++) {                                                                         \
      _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * factor + added;                      \
    }                                                                                                                  \
    for (int i = 0; i < SUMS; i++) total += sums[i][0];                                                                \
    sink = total;                                                                                                      \
    (void)sink;                                                                                                        \
  }

DEFINE_PEAK(peak_baseline, 4, )
#if defined(__x86_64__)
DEFINE_PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))))
DEFINE_PEAK(peak_avx512, 16, __attribute__((target("avx512f"))))

#define DOT(ENCODING, REGISTER, N) ENCODING " vpdpbusd %%" REGISTER #N ", %%" REGISTER #N ", %%" REGISTER #N "\n"
#define TWELVE_DOTS(ENCODING, REGISTER)                                                                                \
  DOT(ENCODING, REGISTER, 0)                                                                                           \
  DOT(ENCODING, REGISTER, 1)                                                                                           \
  DOT(ENCODING, REGISTER, 2)                                                                                           \
  DOT(ENCODING, REGISTER, 3)                                                                                           \
  DOT(ENCODING, REGISTER, 4)                                                                                           \
  DOT(ENCODING, REGISTER, 5)                                                                                           \
  DOT(ENCODING, REGISTER, 6)                                                                                           \
  DOT(ENCODING, REGISTER, 7)                                                                                           \
  DOT(ENCODING, REGISTER, 8)                                                                                           \
  DOT(ENCODING, REGISTER, 9)                                                                                           \
  DOT(ENCODING, REGISTER, 10) DOT(ENCODING, REGISTER, 11)
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11"

static void peak_vnni(void) {
  for (int step = 0; step < STEPS; step++) __asm__ volatile(TWELVE_DOTS("", "zmm") : : : CLOBBERED);
}

static void peak_avxvnni(void) {
  for (int step = 0; step < STEPS; step++) __asm__ volatile(TWELVE_DOTS("%{vex%}", "ymm") : : : CLOBBERED);
}
#endif

/* 1e9 multiply-adds a second, at `width` an instruction. */
static double rate(void (*loop)(void), int width) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double start = timing_now();
    loop();
    const double seconds = timing_now() - start;
    if (seconds < best) best = seconds;
  }
  return 1e-9 * SUMS * STEPS * width / best;
}

double timing_peak_fp32(const char *kernels) {
#if defined(__x86_64__)
  if (strcmp(kernels, "avx2") == 0) return rate(peak_avx2, 8);
  if (strcmp(kernels, "avx512") == 0) return rate(peak_avx512, 16);
#endif
  return rate(peak_baseline, strcmp(kernels, "scalar") == 0 ? 1 : 4);
}

double timing_peak_int8(const char *level) {
#if defined(__x86_64__)
  if (strcmp(level, "vnni") == 0) return rate(peak_vnni, 64);
  if (strcmp(level, "avxvnni") == 0) return rate(peak_avxvnni, 32);
#endif
  (void)level;
  return 0;
}
