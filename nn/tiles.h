/* Lists of register tiles: UP_TO_n(X, v) is X(1, v) ... X(n, v), tiles of 1 to n pixels by v vectors of channels. */
#ifndef GLYPHLIFT_NN_TILES_H
#define GLYPHLIFT_NN_TILES_H

#define UP_TO_1(X, V) X(1, V)
#define UP_TO_2(X, V) UP_TO_1(X, V) X(2, V)
#define UP_TO_3(X, V) UP_TO_2(X, V) X(3, V)
#define UP_TO_4(X, V) UP_TO_3(X, V) X(4, V)
#define UP_TO_5(X, V) UP_TO_4(X, V) X(5, V)
#define UP_TO_6(X, V) UP_TO_5(X, V) X(6, V)
#define UP_TO_7(X, V) UP_TO_6(X, V) X(7, V)
#define UP_TO_8(X, V) UP_TO_7(X, V) X(8, V)
#define UP_TO_9(X, V) UP_TO_8(X, V) X(9, V)
#define UP_TO_10(X, V) UP_TO_9(X, V) X(10, V)
#define UP_TO_11(X, V) UP_TO_10(X, V) X(11, V)
#define UP_TO_12(X, V) UP_TO_11(X, V) X(12, V)

#endif
