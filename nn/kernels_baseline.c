/* The kernels for vectors of 4 floats, which every target of ours has without asking (SSE2 on x86-64). */
#define LANES 4
/* 16 registers, and without fused multiply-add a product takes one of its own. */
#define TILES(X) UP_TO_8(X, 1) UP_TO_5(X, 2)
#define TILE_LIMITS 0, 8, 5
#define LEVEL_TABLE nn_kernels_baseline
#define LEVEL_NAME "baseline"
#include "kernels_body.h"
