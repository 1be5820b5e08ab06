/* A string that grows, and UTF-8 made valid: what the writers of text, tables and JSON share. */
#ifndef GLYPHLIFT_OUTPUT_STRING_H
#define GLYPHLIFT_OUTPUT_STRING_H

#include <stddef.h>

/* Starts as {0}. A failed allocation is remembered, later additions do nothing, and output_string_finish tells. */
typedef struct output_string {
  char *data;
  size_t length, capacity;
  int failed;
} output_string;

void output_string_add(output_string *string, const char *bytes, size_t length);
void output_string_add_text(output_string *string, const char *text);
void output_string_add_format(output_string *string, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A probability with four decimals and a point, whatever the locale. */
void output_string_add_confidence(output_string *string, double confidence);
/* A field of a row: quoted as RFC 4180 has it where the separator is a comma, else with \t, \n, \r and \\ for what
 * would break the row. */
void output_string_add_field(output_string *row, const char *field, char separator);

/* The NUL-terminated string, the caller's to free; NULL where an allocation failed. *string is {0} afterwards. */
char *output_string_finish(output_string *string);

/* A copy, the caller's to free, with U+FFFD for each byte that belongs to no valid UTF-8 sequence (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF). NULL without memory. */
char *output_utf8_copy(const char *bytes);

#endif
