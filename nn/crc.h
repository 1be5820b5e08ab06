/* CRC-32 of IEEE 802.3, the one of zlib and PNG. */
#ifndef GLYPHLIFT_NN_CRC_H
#define GLYPHLIFT_NN_CRC_H

#include <stddef.h>
#include <stdint.h>

/* crc is 0 at first, then the result of the part before. */
uint32_t nn_crc32(uint32_t crc, const void *data, size_t size);

#endif
