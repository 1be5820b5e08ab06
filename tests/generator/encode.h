/* Pictures to files through libjpeg and libpng, apart from the code under test. */
#ifndef GENERATOR_ENCODE_H
#define GENERATOR_ENCODE_H

#include "page.h"

/* *bytes is malloc'd and the caller's. orientation 1..8 is written as an EXIF block, 0 writes none. 0, or -1. */
int encode_jpeg(const page_picture *picture, int quality, int orientation, uint8_t **bytes, size_t *size);
int encode_png(const page_picture *picture, uint8_t **bytes, size_t *size);
/* By the name's end: .png, otherwise JPEG of the given quality. 0, or -1. */
int encode_file(const page_picture *picture, const char *path, int quality);

#endif
