/* RIFF AVI 1.0 with one Motion-JPEG stream and an index (Microsoft, "AVI RIFF File Reference"). Sizes that are known
 * only at the end are written over then. */
#include "avi.h"

#include <stdlib.h>
#include <string.h>

enum { RIFF_SIZE_AT = 4, FRAMES_AT = 48, STREAM_FRAMES_AT = 140, MOVIE_SIZE_AT = 216, FRAMES_START = 224 };

static void put_tag(avi_writer *avi, const char tag[4]) {
  avi->failed |= fwrite(tag, 1, 4, avi->file) != 4;
}

static void put_number(avi_writer *avi, uint32_t value) {
  const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
  avi->failed |= fwrite(bytes, 1, 4, avi->file) != 4;
}

static void put_numbers(avi_writer *avi, const uint32_t *values, int count) {
  for (int i = 0; i < count; i++) put_number(avi, values[i]);
}

static void put_at(avi_writer *avi, long place, uint32_t value) {
  avi->failed |= fseek(avi->file, place, SEEK_SET) != 0;
  put_number(avi, value);
}

static void put_header(avi_writer *avi, uint32_t width, uint32_t height, uint32_t fps) {
  const uint32_t has_index = 0x10, picture = width * height * 3;
  put_tag(avi, "RIFF"), put_number(avi, 0), put_tag(avi, "AVI ");
  put_tag(avi, "LIST"), put_number(avi, 192), put_tag(avi, "hdrl");
  put_tag(avi, "avih"), put_number(avi, 56);
  put_numbers(avi, (uint32_t[]){1000000 / fps, 0, 0, has_index, 0, 0, 1, 0, width, height, 0, 0, 0, 0}, 14);
  put_tag(avi, "LIST"), put_number(avi, 116), put_tag(avi, "strl");
  put_tag(avi, "strh"), put_number(avi, 56), put_tag(avi, "vids"), put_tag(avi, "MJPG");
  put_numbers(avi, (uint32_t[]){0, 0, 0, 1, fps, 0, 0, 0, UINT32_MAX, 0, 0, width | height << 16}, 12);
  put_tag(avi, "strf"), put_number(avi, 40);
  put_numbers(avi, (uint32_t[]){40, width, height, 1 | 24 << 16}, 4);
  put_tag(avi, "MJPG");
  put_numbers(avi, (uint32_t[]){picture, 0, 0, 0, 0}, 5);
  put_tag(avi, "LIST"), put_number(avi, 0), put_tag(avi, "movi");
}

int avi_open(avi_writer *avi, const char *path, int width, int height, int fps) {
  *avi = (avi_writer){.file = fopen(path, "wb")};
  if (!avi->file) return -1;
  put_header(avi, (uint32_t)width, (uint32_t)height, (uint32_t)fps);
  return avi->failed ? -1 : 0;
}

void avi_add(avi_writer *avi, const uint8_t *jpeg, size_t size) {
  if (avi->count == avi->capacity) {
    uint32_t *grown = realloc(avi->sizes, (avi->capacity * 2 + 64) * sizeof *grown);
    avi->failed |= !grown;
    if (!grown) return;
    avi->sizes = grown;
    avi->capacity = avi->capacity * 2 + 64;
  }
  avi->sizes[avi->count++] = (uint32_t)size;
  put_tag(avi, "00dc"), put_number(avi, (uint32_t)size);
  avi->failed |= fwrite(jpeg, 1, size, avi->file) != size;
  if (size % 2) avi->failed |= fputc(0, avi->file) == EOF; /* chunks begin at even places */
}

static void put_index(avi_writer *avi) {
  const uint32_t key_frame = 0x10;
  uint32_t place = 4; /* counted from "movi" */
  put_tag(avi, "idx1"), put_number(avi, 16 * avi->count);
  for (uint32_t i = 0; i < avi->count; i++) {
    put_tag(avi, "00dc");
    put_numbers(avi, (uint32_t[]){key_frame, place, avi->sizes[i]}, 3);
    place += 8 + avi->sizes[i] + avi->sizes[i] % 2;
  }
}

int avi_close(avi_writer *avi) {
  const long movie_end = ftell(avi->file);
  put_index(avi);
  const long end = ftell(avi->file);
  put_at(avi, RIFF_SIZE_AT, (uint32_t)(end - 8));
  put_at(avi, FRAMES_AT, avi->count);
  put_at(avi, STREAM_FRAMES_AT, avi->count);
  put_at(avi, MOVIE_SIZE_AT, (uint32_t)(movie_end - FRAMES_START + 4));
  const int failed = fclose(avi->file) || avi->failed;
  free(avi->sizes);
  *avi = (avi_writer){0};
  return failed ? -1 : 0;
}
