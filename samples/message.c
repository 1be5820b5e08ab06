/* Sentences for people, on standard error. */
#include "message.h"

#include "sink.h"

#include <glyphlift/glyphlift.h>

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...) {
  char sentence[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  for (char *c = sentence; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
  fprintf(stderr, "glyphlift: %s\n", sentence);
}

int print_and_close(const char *text) {
  sink sink;
  if (sink_open(&sink, "-")) return EXIT_ENVIRONMENT;
  int failed = sink_write(&sink, text);
  if (sink_close(&sink, !failed)) failed = 1;
  return failed ? EXIT_ENVIRONMENT : EXIT_GOOD;
}

int print_version(void) {
  char line[64];
  snprintf(line, sizeof line, "glyphlift %s\n", glyph_version());
  return print_and_close(line);
}
