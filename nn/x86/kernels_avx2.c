/* The kernels for AVX2 with FMA: vectors of 8 floats, 16 registers. */
#define LANES 8
#define TILES(X) UP_TO_10(X, 1) UP_TO_6(X, 2) UP_TO_4(X, 3)
#define TILE_LIMITS 0, 10, 6, 4
#define LEVEL_TABLE nn_kernels_avx2
#define LEVEL_NAME "avx2"
#include "../kernels_body.h"
