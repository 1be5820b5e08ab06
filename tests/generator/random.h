/* Random numbers and smooth noise that are the same on every machine: integer arithmetic and plain products only. */
#ifndef GENERATOR_RANDOM_H
#define GENERATOR_RANDOM_H

#include <stdint.h>

typedef struct random_stream {
  uint64_t state, increment;
} random_stream;

/* Streams of one seed are independent of each other. */
void random_start(random_stream *stream, uint64_t seed, uint64_t stream_number);
uint32_t random_bits(random_stream *stream);
/* [0, 1) */
double random_unit(random_stream *stream);
double random_between(random_stream *stream, double low, double high);
/* 0 .. count - 1; count must be positive. */
int random_below(random_stream *stream, int count);
int random_chance(random_stream *stream, double probability);
/* Mean 0, standard deviation 1, bounded by +-3.5 (a sum of four uniform numbers). */
double random_normal(random_stream *stream);

/* Value noise in [-1, 1], smooth over unit cells. */
double noise_at(uint32_t seed, double x, double y);
/* Octaves of noise_at, each of half the size and half the weight; in [-1, 1]. */
double noise_fractal(uint32_t seed, double x, double y, int octaves);
/* White noise in [-1, 1), one value a lattice point. */
double noise_white(uint32_t seed, int x, int y);

#endif
