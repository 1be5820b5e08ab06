/* PCG-XSH-RR 64/32 (O'Neill 2014) for streams, and value noise over a hashed lattice for textures. The lattice hash is
 * good enough for the eye; it is not meant for statistics. */
#include "random.h"

/* SplitMix64's finaliser (Steele, Lea, Flood 2014): neighbouring seeds shall have nothing in common. */
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

void random_start(random_stream *stream, uint64_t seed, uint64_t stream_number) {
  stream->state = mix(seed + 0x9e3779b97f4a7c15u);
  stream->increment = (stream_number << 1) | 1;
  random_bits(stream);
}

uint32_t random_bits(random_stream *stream) {
  uint64_t old = stream->state;
  stream->state = old * 6364136223846793005u + stream->increment;
  uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27), turn = (uint32_t)(old >> 59);
  return (shifted >> turn) | (shifted << (-turn & 31));
}

double random_unit(random_stream *stream) {
  return random_bits(stream) * (1.0 / 4294967296.0);
}

double random_between(random_stream *stream, double low, double high) {
  return low + (high - low) * random_unit(stream);
}

int random_below(random_stream *stream, int count) {
  return (int)(((uint64_t)random_bits(stream) * (uint64_t)count) >> 32);
}

int random_chance(random_stream *stream, double probability) {
  return random_unit(stream) < probability;
}

double random_normal(random_stream *stream) {
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += random_unit(stream);
  return (sum - 2) * 1.7320508075688772;
}

static uint32_t lattice_hash(uint32_t seed, int x, int y) {
  uint32_t h = seed ^ ((uint32_t)x * 0x9e3779b1u) ^ ((uint32_t)y * 0x85ebca77u);
  h = (h ^ (h >> 15)) * 0x2c1b3c6du;
  h = (h ^ (h >> 12)) * 0x297a2d39u;
  return h ^ (h >> 15);
}

double noise_white(uint32_t seed, int x, int y) {
  return lattice_hash(seed, x, y) * (2.0 / 4294967296.0) - 1;
}

static int floor_int(double value) {
  int whole = (int)value;
  return whole > value ? whole - 1 : whole;
}

double noise_at(uint32_t seed, double x, double y) {
  int column = floor_int(x), row = floor_int(y);
  double fx = x - column, fy = y - row;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  double top = noise_white(seed, column, row) * (1 - fx) + noise_white(seed, column + 1, row) * fx;
  double bottom = noise_white(seed, column, row + 1) * (1 - fx) + noise_white(seed, column + 1, row + 1) * fx;
  return top * (1 - fy) + bottom * fy;
}

double noise_fractal(uint32_t seed, double x, double y, int octaves) {
  double sum = 0, weight = 1, total = 0;
  for (int i = 0; i < octaves; i++) {
    sum += weight * noise_at(seed + (uint32_t)i * 101u, x, y);
    total += weight;
    weight /= 2;
    x *= 2;
    y *= 2;
  }
  return sum / total;
}
