/* The int8 kernels for AVX-512 VNNI: vpdpbusd multiplies and adds 64 pairs of bytes at once. */
#include <immintrin.h>

#define LANES 16
#define TILES(X) UP_TO_11(X, 1) UP_TO_11(X, 2) UP_TO_8(X, 3) UP_TO_6(X, 4)
#define TILE_LIMITS 0, 11, 11, 8, 6
#define LEVEL_TABLE nn_int8_vnni
#define LEVEL_NAME "vnni"

typedef __m512i tile_sums, tile_weights, tile_bytes;
#define start_sums(bias) _mm512_loadu_si512(bias)
#define load_weights(from) _mm512_loadu_si512(from)
#define load_bytes(from) _mm512_set1_epi32(*(const int32_unaligned *)(from))

/* Not the intrinsic: GCC 12 copies each sum twice a step around it. */
static inline __m512i add_products(__m512i sums, __m512i bytes, __m512i weights) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(bytes), "v"(weights));
  return sums;
}
#define total_sums(sums) ((ints)(sums))
#define min_floats(a, b) _mm512_min_ps(a, b)
#define max_floats(a, b) _mm512_max_ps(a, b)

#include "../int8_body.h"
