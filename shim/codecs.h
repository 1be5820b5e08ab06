/* The codecs module: picture files by OpenCV's imgcodecs. Reached through shim_module_codecs() of module.h. */
#ifndef GLYPHLIFT_SHIM_CODECS_H
#define GLYPHLIFT_SHIM_CODECS_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_CODECS_VERSION 1

/* Allocates a picture that the caller will own: shim_image_create, or one with its contract. */
typedef int (*shim_allocate)(shim_image *out, int width, int height, int channels);

typedef struct shim_codecs {
  uint32_t version; /* SHIM_CODECS_VERSION */
  uint32_t size;    /* bytes of this table */
  /* Why the last call on this thread failed. Valid until the thread's next call. */
  const char *(*error)(void);
  /* Decodes a picture file into *out (made by `allocate`), gray (channels 1) or RGB (3): as stored, without its EXIF
   * orientation; 16 bits scaled to 8; alpha laid on white. The caller has looked at the picture's size before. */
  int (*decode)(const uint8_t *data, size_t size, int channels, shim_allocate allocate, shim_image *out);
} shim_codecs;

#ifdef __cplusplus
}
#endif
#endif
