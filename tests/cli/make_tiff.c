/* make_tiff OUT.tif PICTURE...: an uncompressed gray TIFF with a page a picture; "-" in a picture's place is a page
 * whose data is missing. */
#include "../../pipeline/input/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(FILE *out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) fputc((int)(value >> 8 * i & 255), out);
}

static void put_entry(FILE *out, uint32_t tag, uint32_t value) {
  put(out, tag, 2);
  put(out, 4, 2); /* LONG */
  put(out, 1, 4);
  put(out, value, 4);
}

/* The page's directory at `at`, then its rows; *next is where the next page's directory stands. */
static void put_page(FILE *out, const shim_image *gray, int is_missing, int is_last, uint32_t *next) {
  enum { ENTRIES = 9, DIRECTORY_BYTES = 2 + 12 * ENTRIES + 4 };
  const uint32_t rows = *next + DIRECTORY_BYTES, size = (uint32_t)gray->width * (uint32_t)gray->height;
  const uint32_t end = rows + (is_missing ? 0 : (size + 1) / 2 * 2);
  const uint32_t entries[ENTRIES][2] = {{256, (uint32_t)gray->width},
                                        {257, (uint32_t)gray->height},
                                        {258, 8},
                                        {259, 1},
                                        {262, 1},
                                        {273, is_missing ? 0x70000000 : rows},
                                        {277, 1},
                                        {278, (uint32_t)gray->height},
                                        {279, size}};
  put(out, ENTRIES, 2);
  for (int i = 0; i < ENTRIES; i++) put_entry(out, entries[i][0], entries[i][1]);
  put(out, is_last ? 0 : end, 4);
  for (int y = 0; y < gray->height && !is_missing; y++)
    fwrite(gray->data + y * gray->stride, 1, (size_t)gray->width, out);
  if (!is_missing && size % 2) fputc(0, out);
  *next = end;
}

static int read_gray(const char *path, shim_image *gray) {
  const input_options options = {.max_pixels = 1 << 26, .channels = 1};
  input_bytes bytes;
  glyph_error error;
  int failed = input_read_file(path, &bytes, &error);
  if (!failed) failed = input_decode(bytes.data, bytes.size, path, &options, gray, &error);
  if (failed) fprintf(stderr, "make_tiff: %s\n", error.message);
  input_bytes_free(&bytes);
  return failed;
}

int main(int argc, char **argv) {
  FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
  uint32_t next = 8;
  if (!out) {
    fputs("usage: make_tiff OUT.tif PICTURE...\n", stderr);
    return 2;
  }
  fwrite("II*\0\10\0\0\0", 1, 8, out);
  for (int i = 2; i < argc; i++) {
    const int is_missing = !strcmp(argv[i], "-");
    shim_image gray = {.width = 40, .height = 40};
    if (!is_missing && read_gray(argv[i], &gray)) return 1;
    put_page(out, &gray, is_missing, i == argc - 1, &next);
    if (!is_missing) shim_image_free(&gray);
  }
  return fclose(out) != 0;
}
