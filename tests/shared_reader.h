/* One reader with the defaults for all tests of a program: opened and closed by the group's set-up and tear-down. */
#ifndef GLYPHLIFT_TESTS_SHARED_READER_H
#define GLYPHLIFT_TESTS_SHARED_READER_H

#include "../pipeline/glyphlift.h"

static glyph_reader *reader;

static inline int open_reader(void **state) {
  (void)state;
  glyph_error error;
  if (glyph_reader_open(&reader, NULL, &error) == GLYPH_OK) return 0;
  print_error("%s\n", error.message);
  return -1;
}

static inline int close_reader(void **state) {
  (void)state;
  glyph_reader_close(&reader);
  return 0;
}

#endif
