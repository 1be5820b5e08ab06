/* CRC-32, reflected polynomial EDB88320. A model's file is checked each time it is opened, so eight bytes go at a time
 * (slicing by 8: Kounavis and Berry, 2008); the tables are made on the stack, which costs less than 10 KB of file. */
#include "crc.h"

enum { SLICES = 8 };

typedef struct tables {
  uint32_t of[SLICES][256];
} tables;

static uint32_t shift_byte(uint32_t crc) {
  for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  return crc;
}

static void make_tables(tables *t) {
  for (uint32_t i = 0; i < 256; i++) t->of[0][i] = shift_byte(i);
  for (int slice = 1; slice < SLICES; slice++)
    for (uint32_t i = 0; i < 256; i++) t->of[slice][i] = t->of[slice - 1][i] >> 8 ^ t->of[0][t->of[slice - 1][i] & 255];
}

static uint32_t shift_slices(const tables *t, uint32_t crc, const uint8_t *from) {
  const uint32_t first =
      crc ^ ((uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24);
  return t->of[7][first & 255] ^ t->of[6][first >> 8 & 255] ^ t->of[5][first >> 16 & 255] ^ t->of[4][first >> 24] ^
         t->of[3][from[4]] ^ t->of[2][from[5]] ^ t->of[1][from[6]] ^ t->of[0][from[7]];
}

uint32_t nn_crc32(uint32_t crc, const void *data, size_t size) {
  const uint8_t *bytes = data;
  tables t;
  crc = ~crc;
  if (size >= sizeof t) {
    make_tables(&t);
    for (; size >= SLICES; size -= SLICES, bytes += SLICES) crc = shift_slices(&t, crc, bytes);
  }
  for (; size > 0; size--, bytes++) crc = shift_byte(crc ^ *bytes);
  return ~crc;
}
