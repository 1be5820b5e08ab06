/* Inner loops compiled for several kinds of CPU at once. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_ROW_CLONES_H
#define GLYPHLIFT_STAGE_ROW_CLONES_H

/* Before functions that do nothing but go along rows of bytes: compiled for AVX2 and AVX-512 too, where the compiler and
 * the loader can choose among these; whole numbers come out the same. Sanitizers are not up yet when the loader chooses.
 */
#if !defined __x86_64__ || !defined __gnu_linux__ || defined __clang__ || defined __SANITIZE_ADDRESS__ ||              \
    defined __SANITIZE_THREAD__ || __GNUC__ < 11
#define ROW_CLONES
#elif __GNUC__ < 12
#define ROW_CLONES __attribute__((target_clones("default", "avx2")))
#else
#define ROW_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#endif

#endif
