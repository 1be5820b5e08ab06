/* JPEG with 4:2:0 chroma, as phones write it, and PNG through libpng's simplified interface. */
#include "encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

static void write_orientation(struct jpeg_compress_struct *jpeg, int orientation) {
  uint8_t exif[] = {'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, /* one entry: tag 0x0112, SHORT */
                    1,   18,  0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0};
  exif[25] = (uint8_t)orientation;
  jpeg_write_marker(jpeg, JPEG_APP0 + 1, exif, sizeof exif);
}

/* libjpeg's default error handler exits the program; that suits a test tool, and memory is its only error here. */
int encode_jpeg(const page_picture *picture, int quality, int orientation, uint8_t **bytes, size_t *size) {
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  unsigned long length = 0;
  *bytes = NULL;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, bytes, &length);
  jpeg.image_width = (JDIMENSION)picture->width;
  jpeg.image_height = (JDIMENSION)picture->height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.optimize_coding = TRUE;
  jpeg_start_compress(&jpeg, TRUE);
  if (orientation) write_orientation(&jpeg, orientation);
  for (int y = 0; y < picture->height; y++) {
    JSAMPROW row = picture->data + (size_t)y * (size_t)picture->width * 3;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  *size = length;
  return 0;
}

int encode_png(const page_picture *picture, uint8_t **bytes, size_t *size) {
  png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB};
  image.width = (png_uint_32)picture->width;
  image.height = (png_uint_32)picture->height;
  png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
  *bytes = malloc(length);
  if (!*bytes) return -1;
  if (!png_image_write_to_memory(&image, *bytes, &length, 0, picture->data, 0, NULL)) {
    free(*bytes);
    *bytes = NULL;
    return -1;
  }
  *size = length;
  return 0;
}

int encode_file(const page_picture *picture, const char *path, int quality) {
  const char *end = strrchr(path, '.');
  uint8_t *bytes;
  size_t size;
  int failed = end && !strcmp(end, ".png") ? encode_png(picture, &bytes, &size)
                                           : encode_jpeg(picture, quality, 0, &bytes, &size);
  if (failed) return -1;
  FILE *file = fopen(path, "wb");
  failed = !file || fwrite(bytes, 1, size, file) != size;
  if (file && fclose(file)) failed = 1;
  free(bytes);
  return failed ? -1 : 0;
}
