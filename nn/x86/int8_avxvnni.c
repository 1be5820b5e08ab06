/* The int8 kernels for AVX-VNNI: vpdpbusd on vectors of 32 bytes, for processors without AVX-512. */
#include <immintrin.h>

#define LANES 8
#define TILES(X) UP_TO_10(X, 1) UP_TO_6(X, 2) UP_TO_4(X, 3)
#define TILE_LIMITS 0, 10, 6, 4
#define LEVEL_TABLE nn_int8_avxvnni
#define LEVEL_NAME "avxvnni"

typedef __m256i tile_sums, tile_weights, tile_bytes;
#define start_sums(bias) _mm256_loadu_si256((const __m256i *)(bias))
#define load_weights(from) _mm256_loadu_si256((const __m256i *)(from))
#define load_bytes(from) _mm256_set1_epi32(*(const int32_unaligned *)(from))

/* Not the intrinsic: GCC 12 copies each sum twice a step around it. */
static inline __m256i add_products(__m256i sums, __m256i bytes, __m256i weights) {
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(bytes), "x"(weights));
  return sums;
}
#define total_sums(sums) ((ints)(sums))
#define min_floats(a, b) _mm256_min_ps(a, b)
#define max_floats(a, b) _mm256_max_ps(a, b)

#include "../int8_body.h"
