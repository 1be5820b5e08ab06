/* Philox-4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011). The counter holds
 * block, purpose, picture and epoch; the key is the seed. */
#include "random.h"

#include <math.h>

enum { ROUNDS = 10 };

static void make_block(train_random *random) {
  uint32_t c0 = random->counter[0], c1 = random->counter[1], c2 = random->counter[2], c3 = random->counter[3];
  uint32_t k0 = random->key[0], k1 = random->key[1];
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  random->block[0] = c0;
  random->block[1] = c1;
  random->block[2] = c2;
  random->block[3] = c3;
  random->counter[0]++;
  random->used = 0;
}

void train_random_start(train_random *random, uint64_t seed, uint32_t purpose, uint32_t epoch, uint32_t index) {
  *random =
      (train_random){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, purpose, index, epoch}, .used = 4};
}

uint32_t train_random_bits(train_random *random) {
  if (random->used == 4) make_block(random);
  return random->block[random->used++];
}

float train_random_uniform(train_random *random) {
  return (float)(train_random_bits(random) >> 8) * 0x1p-24f;
}

float train_random_signed(train_random *random) {
  return 2.0f * train_random_uniform(random) - 1.0f;
}

float train_random_between(train_random *random, float low, float high) {
  return low + (high - low) * train_random_uniform(random);
}

float train_random_normal(train_random *random) {
  const float radius = sqrtf(-2.0f * logf(1.0f - train_random_uniform(random)));
  return radius * cosf(6.28318531f * train_random_uniform(random));
}

uint32_t train_random_below(train_random *random, uint32_t bound) {
  /* Values under the threshold would favour small results. */
  const uint32_t threshold = -bound % bound;
  uint32_t bits;
  do bits = train_random_bits(random);
  while (bits < threshold);
  return bits % bound;
}
