/* The int8 kernels for AVX2: vpmaddubsw, whose sums of two products fit into 16 bits (int8.h). */
#include <immintrin.h>

#define LANES 8
#define TILES(X) UP_TO_10(X, 1) UP_TO_5(X, 2)
#define TILE_LIMITS 0, 10, 5
#define LEVEL_TABLE nn_int8_avx2
#define LEVEL_NAME "avx2"

typedef __m256i tile_sums, tile_weights, tile_bytes;
#define start_sums(bias) _mm256_loadu_si256((const __m256i *)(bias))
#define load_weights(from) _mm256_loadu_si256((const __m256i *)(from))
#define load_bytes(from) _mm256_set1_epi32(*(const int32_unaligned *)(from))
#define add_products(sums, bytes, weights)                                                                             \
  _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, weights), _mm256_set1_epi16(1)))
#define total_sums(sums) ((ints)(sums))
#define min_floats(a, b) _mm256_min_ps(a, b)
#define max_floats(a, b) _mm256_max_ps(a, b)

#include "../int8_body.h"
