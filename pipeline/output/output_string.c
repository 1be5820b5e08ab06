/* A growing string whose failure is told once, at the end, and the repair of text that is not UTF-8. Numbers are put
 * together from integers, because printf takes the decimal point of the caller's locale. */
#include "output_string.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int reserve(output_string *string, size_t extra) {
  if (string->failed) return -1;
  if (extra < string->capacity - string->length) return 0;
  size_t capacity = string->capacity ? string->capacity : 256;
  while (extra >= capacity - string->length && capacity <= SIZE_MAX / 2) capacity *= 2;
  char *data = extra < capacity - string->length ? realloc(string->data, capacity) : NULL;
  if (!data) {
    string->failed = 1;
    return -1;
  }
  string->data = data;
  string->capacity = capacity;
  return 0;
}

void output_string_add(output_string *string, const char *bytes, size_t length) {
  if (reserve(string, length)) return;
  memcpy(string->data + string->length, bytes, length);
  string->length += length;
}

void output_string_add_text(output_string *string, const char *text) {
  output_string_add(string, text, strlen(text));
}

void output_string_add_format(output_string *string, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || reserve(string, (size_t)length)) {
    string->failed = 1;
    return;
  }
  va_start(arguments, format);
  vsnprintf(string->data + string->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  string->length += (size_t)length;
}

void output_string_add_confidence(output_string *string, double confidence) {
  long parts = lround(confidence * 10000);
  output_string_add_format(string, "%ld.%04ld", parts / 10000, parts % 10000);
}

static void add_quoted(output_string *rows, const char *field) {
  if (!strpbrk(field, ",\"\r\n")) {
    output_string_add_text(rows, field);
    return;
  }
  output_string_add_text(rows, "\"");
  for (; *field; field++) output_string_add(rows, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
  output_string_add_text(rows, "\"");
}

static void add_escaped(output_string *rows, const char *field) {
  static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
  for (; *field; field++) {
    const char *found = strchr(special, *field);
    if (found)
      output_string_add_format(rows, "\\%c", letters[found - special]);
    else
      output_string_add(rows, field, 1);
  }
}

void output_string_add_field(output_string *row, const char *field, char separator) {
  if (separator == ',')
    add_quoted(row, field);
  else
    add_escaped(row, field);
}

char *output_string_finish(output_string *string) {
  output_string_add(string, "", 1);
  char *data = string->data;
  if (string->failed) {
    free(data);
    data = NULL;
  }
  *string = (output_string){0};
  return data;
}

/* Length of the valid sequence at `bytes` (NUL-terminated, not empty), or 0. The first byte fixes the length and the
 * range of the second, as table 3-7 of the Unicode standard has it. */
static size_t sequence_length(const unsigned char *bytes) {
  unsigned first = bytes[0], low = 0x80, high = 0xBF;
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes[1] < low || bytes[1] > high) return 0;
  for (size_t i = 2; i < length; i++)
    if (bytes[i] < 0x80 || bytes[i] > 0xBF) return 0;
  return length;
}

char *output_utf8_copy(const char *bytes) {
  output_string copy = {0};
  while (*bytes) {
    size_t length = sequence_length((const unsigned char *)bytes);
    if (length)
      output_string_add(&copy, bytes, length);
    else
      output_string_add_text(&copy, "\xEF\xBF\xBD");
    bytes += length ? length : 1;
  }
  return output_string_finish(&copy);
}
