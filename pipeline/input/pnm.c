/* Netpbm's formats, P1 to P6 and PAM (P7), as their manual pages define them; what scanimage, pdftoppm and scripts
 * write. Read here and not by OpenCV, which takes samples for whole bytes whatever the greatest value is said to be.
 * Of several pictures in a file the first is read. Numbers over the greatest value count as the greatest. */
#include "input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct pnm_state {
  const uint8_t *data;
  size_t size, at;
  const char *name;
  const input_options *options;
  glyph_error *error;
  char kind;   /* '1' to '7' */
  int samples; /* of a pixel: 1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha */
  int64_t width, height, greatest;
} pnm_state;

static bool is_space(uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_spaces_and_comments(pnm_state *state) {
  while (state->at < state->size) {
    uint8_t c = state->data[state->at];
    if (c == '#')
      while (state->at < state->size && state->data[state->at] != '\n' && state->data[state->at] != '\r') state->at++;
    else if (is_space(c))
      state->at++;
    else
      return;
  }
}

/* The next decimal number, or -1 where there is none. Huge ones stay huge without overflow. */
static int64_t read_number(pnm_state *state) {
  skip_spaces_and_comments(state);
  int64_t number = -1;
  for (; state->at < state->size; state->at++) {
    uint8_t c = state->data[state->at];
    if (c < '0' || c > '9') break;
    if (number < 0) number = 0;
    if (number < INT32_MAX) number = number * 10 + (c - '0');
  }
  return number;
}

/* Lines of a word and its value, up to ENDHDR. */
static bool read_pam_header(pnm_state *state) {
  int64_t samples = -1;
  for (;;) {
    skip_spaces_and_comments(state);
    const char *word = (const char *)state->data + state->at;
    size_t left = state->size - state->at, length = 0;
    while (length < left && !is_space((uint8_t)word[length])) length++;
    state->at += length;
    if (length == 0) return false;
    if (length == 6 && memcmp(word, "ENDHDR", 6) == 0) break;
    if (length == 5 && memcmp(word, "WIDTH", 5) == 0)
      state->width = read_number(state);
    else if (length == 6 && memcmp(word, "HEIGHT", 6) == 0)
      state->height = read_number(state);
    else if (length == 5 && memcmp(word, "DEPTH", 5) == 0)
      samples = read_number(state);
    else if (length == 6 && memcmp(word, "MAXVAL", 6) == 0)
      state->greatest = read_number(state);
    else /* TUPLTYPE: the depth says enough */
      while (state->at < state->size && state->data[state->at] != '\n') state->at++;
  }
  state->samples = samples >= 1 && samples <= 4 ? (int)samples : 0;
  return state->samples != 0;
}

static int read_header(pnm_state *state) {
  bool good = true;
  state->kind = (char)state->data[1];
  state->at = 2;
  state->width = state->height = state->greatest = -1;
  if (state->kind == '7') {
    good = read_pam_header(state);
  } else {
    bool bits = state->kind == '1' || state->kind == '4';
    state->samples = state->kind == '3' || state->kind == '6' ? 3 : 1;
    state->width = read_number(state);
    state->height = read_number(state);
    state->greatest = bits ? 1 : read_number(state);
  }
  bool raw = state->kind >= '4';
  if (raw && (state->at >= state->size || !is_space(state->data[state->at++]))) good = false;
  if (!good || state->width < 0 || state->height < 0 || state->greatest < 1 || state->greatest > 65535)
    return glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the PNM file's header is damaged or cut off",
                           state->name);
  return input_check_size(state->name, state->width, state->height, state->options, state->error);
}

static int report_missing(const pnm_state *state, int64_t rows_read) {
  return glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the PNM file is truncated: %lld of %lld rows are missing",
                         state->name, (long long)(state->height - rows_read), (long long)state->height);
}

static uint8_t to_8_bits(int64_t value, int64_t greatest) {
  return (uint8_t)(value >= greatest ? 255 : (value * 255 + greatest / 2) / greatest);
}

/* Each fills a row of width * samples 8-bit samples, and is false where the data end before. */
static bool read_text_row(pnm_state *state, uint8_t *row, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (state->kind == '1') { /* digits may stand without blanks between */
      skip_spaces_and_comments(state);
      if (state->at == state->size) return false;
      row[i] = state->data[state->at++] == '0' ? 255 : 0;
    } else {
      int64_t value = read_number(state);
      if (value < 0) return false;
      row[i] = to_8_bits(value, state->greatest);
    }
  }
  return true;
}

static bool read_raw_row(pnm_state *state, uint8_t *row, size_t count) {
  bool bits = state->kind == '4', wide = state->greatest > 255;
  size_t bytes = bits ? (count + 7) / 8 : wide ? count * 2 : count;
  if (bytes > state->size - state->at) return false;
  const uint8_t *in = state->data + state->at;
  state->at += bytes;
  if (bits)
    for (size_t i = 0; i < count; i++) row[i] = in[i / 8] >> (7 - i % 8) & 1 ? 0 : 255;
  else if (wide)
    for (size_t i = 0; i < count; i++) row[i] = to_8_bits(in[2 * i] << 8 | in[2 * i + 1], state->greatest);
  else if (state->greatest == 255)
    memcpy(row, in, count);
  else
    for (size_t i = 0; i < count; i++) row[i] = to_8_bits(in[i], state->greatest);
  return true;
}

static int read_rows(pnm_state *state, uint8_t *row, shim_image *out) {
  size_t count = (size_t)state->width * (size_t)state->samples;
  for (int y = 0; y < out->height; y++) {
    bool complete = state->kind < '4' ? read_text_row(state, row, count) : read_raw_row(state, row, count);
    if (!complete) return report_missing(state, y);
    input_convert_row(row, state->samples, out->data + y * out->stride, out->channels, out->width);
  }
  return GLYPH_OK;
}

int input_decode_pnm(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                     int *orientation, glyph_error *error) {
  pnm_state state = {.data = data, .size = size, .name = name, .options = options, .error = error};
  uint8_t *row = NULL;
  *out = (shim_image){0};
  *orientation = 1;
  int status = read_header(&state);
  if (status) return status;
  if (!input_create_picture(options, (int)state.width, (int)state.height, out))
    row = calloc((size_t)state.width, (size_t)state.samples);
  if (row)
    status = read_rows(&state, row, out);
  else
    status = glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: no memory for a picture of %lld x %lld pixels", name,
                             (long long)state.width, (long long)state.height);
  free(row);
  if (status) shim_image_free(out);
  return status;
}
