/* The int8 kernels for arm64 with the dot product instructions: sdot multiplies and adds 16 pairs of bytes at once. */
#include <arm_neon.h>

#define LANES 4
#define TILES(X) UP_TO_12(X, 1) UP_TO_11(X, 2) UP_TO_8(X, 3) UP_TO_6(X, 4)
#define TILE_LIMITS 0, 12, 11, 8, 6
#define LEVEL_TABLE nn_int8_dotprod
#define LEVEL_NAME "dotprod"

typedef int32x4_t tile_sums;
typedef int8x16_t tile_weights, tile_bytes;
#define start_sums(bias) vld1q_s32(bias)
#define load_weights(from) vld1q_s8(from)
#define load_bytes(from) vreinterpretq_s8_s32(vdupq_n_s32(*(const int32_unaligned *)(from)))
#define add_products(sums, bytes, weights) vdotq_s32(sums, bytes, weights)
#define total_sums(sums) ((ints)(sums))
#define min_floats(a, b) vminq_f32(a, b)
#define max_floats(a, b) vmaxq_f32(a, b)

#include "../int8_body.h"
