/* The kernels for AVX-512: vectors of 16 floats, 32 registers. */
#define LANES 16
/* 12 pixels take as many pointer registers as there are. */
#define TILES(X) UP_TO_12(X, 1) UP_TO_12(X, 2) UP_TO_8(X, 3) UP_TO_6(X, 4)
#define TILE_LIMITS {0, 12, 12, 8, 6}
#define LEVEL_TABLE nn_kernels_avx512
#define LEVEL_NAME "avx512"
#include "../kernels_body.h"
