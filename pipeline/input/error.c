/* The one way in which errors are made, and the fixed texts: names of statuses, reasons of failed system calls.
 *
 * A message is one line of valid UTF-8 whatever the file is called: control characters become '?', bytes that are not
 * UTF-8 become U+FFFD, and a sentence that does not fit loses its middle, because its end holds the reason. */
#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../nn/errno_text.h"

enum { LONG_MESSAGE_BYTES = 6144 };

/* Length of the well-formed UTF-8 sequence at s (RFC 3629, table 3-7 of the Unicode standard), or 0. */
static size_t utf8_length(const unsigned char *s) {
  if (s[0] < 0x80) return 1;
  size_t length = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
  if (length == 0) return 0;
  unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
  unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
  if (s[1] < low || s[1] > high) return 0;
  for (size_t i = 2; i < length; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  return length;
}

/* Writes `in` as clean UTF-8; stops before a character that does not fit. out_size counts the NUL. */
static void clean_copy(char *out, size_t out_size, const char *in) {
  const unsigned char *s = (const unsigned char *)in;
  size_t used = 0;
  while (*s) {
    size_t length = utf8_length(s);
    const char *piece = (const char *)s;
    size_t piece_length = length;
    if (length == 0) {
      piece = "\xef\xbf\xbd";
      piece_length = 3;
      length = 1;
    } else if (*s < 0x20 || *s == 0x7f) {
      piece = "?";
    }
    if (used + piece_length >= out_size) break;
    memcpy(out + used, piece, piece_length);
    used += piece_length;
    s += length;
  }
  out[used] = '\0';
}

/* Fits clean UTF-8 into `size` bytes by taking characters out of its middle. */
static void fit_copy(char *out, size_t size, const char *in) {
  size_t length = strlen(in);
  if (length < size) {
    memcpy(out, in, length + 1);
    return;
  }
  const char *gap = "...";
  size_t head = size / 3, tail = size - 1 - head - strlen(gap);
  while (head > 0 && ((unsigned char)in[head] & 0xc0) == 0x80) head--;
  const char *end = in + length - tail;
  while (((unsigned char)*end & 0xc0) == 0x80) end++;
  snprintf(out, size, "%.*s%s%s", (int)head, in, gap, end);
}

int glyph_error_set(glyph_error *error, glyph_status status, const char *format, ...) {
  if (!error) return status;
  char raw[LONG_MESSAGE_BYTES], clean[LONG_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(raw, sizeof raw, format, arguments);
  va_end(arguments);
  clean_copy(clean, sizeof clean, length < 0 ? glyph_status_name(status) : raw);
  error->status = status;
  fit_copy(error->message, sizeof error->message, clean);
  return status;
}

const char *glyph_status_name(glyph_status status) {
  switch (status) {
  case GLYPH_OK: return "ok";
  case GLYPH_ERR_ARGUMENT: return "argument";
  case GLYPH_ERR_MEMORY: return "memory";
  case GLYPH_ERR_IO: return "io";
  case GLYPH_ERR_FORMAT: return "format";
  case GLYPH_ERR_LIMIT: return "limit";
  case GLYPH_ERR_MODEL: return "model";
  case GLYPH_ERR_CANCELLED: return "cancelled";
  case GLYPH_ERR_MODULE: return "module";
  case GLYPH_ERR_INTERNAL: return "internal";
  }
  return "unknown";
}

const char *glyph_version(void) {
  return GLYPH_VERSION;
}

const char *glyph_errno_text(int number) {
  return nn_errno_text(number);
}
