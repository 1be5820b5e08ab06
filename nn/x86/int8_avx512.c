/* The int8 kernels for AVX-512 without VNNI: vpmaddubsw, whose sums of two products fit into 16 bits (int8.h). */
#include <immintrin.h>

#define LANES 16
#define TILES(X) UP_TO_11(X, 1) UP_TO_11(X, 2) UP_TO_8(X, 3) UP_TO_6(X, 4)
#define TILE_LIMITS 0, 11, 11, 8, 6
#define LEVEL_TABLE nn_int8_avx512
#define LEVEL_NAME "avx512"

typedef __m512i tile_sums, tile_weights, tile_bytes;
#define start_sums(bias) _mm512_loadu_si512(bias)
#define load_weights(from) _mm512_loadu_si512(from)
#define load_bytes(from) _mm512_set1_epi32(*(const int32_unaligned *)(from))
#define add_products(sums, bytes, weights)                                                                             \
  _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_maddubs_epi16(bytes, weights), _mm512_set1_epi16(1)))
#define total_sums(sums) ((ints)(sums))
#define min_floats(a, b) _mm512_min_ps(a, b)
#define max_floats(a, b) _mm512_max_ps(a, b)

#include "../int8_body.h"
