/* The int8 kernels for every arm64: NEON multiplies bytes to 16 bits and adds neighbouring products to 32. A vector of
 * sums is two registers whose neighbours are added up at the end. */
#include <arm_neon.h>

#define LANES 4
#define TILES(X) UP_TO_8(X, 1) UP_TO_5(X, 2)
#define TILE_LIMITS 0, 8, 5
#define LEVEL_TABLE nn_int8_neon
#define LEVEL_NAME "neon"

typedef int32x4x2_t tile_sums;
typedef int8x16_t tile_weights, tile_bytes;

static inline int32x4x2_t start_sums(const int32_t *bias) {
  const int32x4_t values = vld1q_s32(bias), zero = vdupq_n_s32(0);
  return (int32x4x2_t){{vzip1q_s32(values, zero), vzip2q_s32(values, zero)}};
}

#define load_weights(from) vld1q_s8(from)
#define load_bytes(from) vreinterpretq_s8_s32(vdupq_n_s32(*(const int32_unaligned *)(from)))

static inline int32x4x2_t add_products(int32x4x2_t sums, int8x16_t bytes, int8x16_t weights) {
  return (int32x4x2_t){{vpadalq_s16(sums.val[0], vmull_s8(vget_low_s8(bytes), vget_low_s8(weights))),
                        vpadalq_s16(sums.val[1], vmull_high_s8(bytes, weights))}};
}
#define total_sums(sums) ((ints)vpaddq_s32((sums).val[0], (sums).val[1]))
#define min_floats(a, b) vminq_f32(a, b)
#define max_floats(a, b) vmaxq_f32(a, b)

#include "../int8_body.h"
