/* The kernels for AVX-512: vectors of 16 floats, 32 registers. */
#include <immintrin.h>

#define LANES 16
#define STORE_FIRST(to, value, count) _mm512_mask_storeu_ps(to, (__mmask16)((1u << (count)) - 1), value)
/* More than 11 pixels and their pointers no longer fit into the general registers. */
#define TILES(X) UP_TO_11(X, 1) UP_TO_11(X, 2) UP_TO_8(X, 3) UP_TO_6(X, 4)
#define TILE_LIMITS 0, 11, 11, 8, 6
#define LEVEL_TABLE nn_kernels_avx512
#define LEVEL_NAME "avx512"
#include "../kernels_body.h"
