/* The int8 kernels for every x86-64: SSE2 multiplies no bytes, so they are widened to 16 bits for pmaddwd. A vector of
 * sums is two registers whose neighbours are added up at the end. */
#include <immintrin.h>

#define LANES 4
#define TILES(X) UP_TO_5(X, 1)
#define TILE_LIMITS 0, 5
#define LEVEL_TABLE nn_int8_sse2
#define LEVEL_NAME "sse2"

typedef struct register_pair {
  __m128i low, high;
} register_pair;
typedef register_pair tile_sums, tile_weights;
typedef __m128i tile_bytes;

static inline register_pair start_sums(const void *bias) {
  const __m128i values = _mm_loadu_si128(bias), zero = _mm_setzero_si128();
  return (register_pair){_mm_unpacklo_epi32(values, zero), _mm_unpackhi_epi32(values, zero)};
}

static inline register_pair load_weights(const void *from) {
  const __m128i values = _mm_loadu_si128(from), signs = _mm_cmpgt_epi8(_mm_setzero_si128(), values);
  return (register_pair){_mm_unpacklo_epi8(values, signs), _mm_unpackhi_epi8(values, signs)};
}

#define load_bytes(from) _mm_unpacklo_epi8(_mm_set1_epi32(*(const int32_unaligned *)(from)), _mm_setzero_si128())

static inline register_pair add_products(register_pair sums, __m128i bytes, register_pair weights) {
  return (register_pair){_mm_add_epi32(sums.low, _mm_madd_epi16(bytes, weights.low)),
                         _mm_add_epi32(sums.high, _mm_madd_epi16(bytes, weights.high))};
}

static inline __m128i add_neighbours(register_pair sums) {
  const __m128 low = _mm_castsi128_ps(sums.low), high = _mm_castsi128_ps(sums.high);
  return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(low, high, _MM_SHUFFLE(2, 0, 2, 0))),
                       _mm_castps_si128(_mm_shuffle_ps(low, high, _MM_SHUFFLE(3, 1, 3, 1))));
}
#define total_sums(sums) ((ints)add_neighbours(sums))
#define min_floats(a, b) _mm_min_ps(a, b)
#define max_floats(a, b) _mm_max_ps(a, b)

#include "../int8_body.h"
