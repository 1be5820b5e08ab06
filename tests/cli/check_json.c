/* check_json RESULTS ERRORS: checks that standard input is JSON Lines of schema glyphlift/1 with so many pages read and
 * so many failed, each with its keys in their order, and prints the file names. Exit status 1 with a sentence if
 * not. */
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const read_keys =
    "schema file page width height rotation rotation_confidence skew_degrees lines tables timing_ms ";
static const char *const rejected_keys =
    "schema file page width height rotation rotation_confidence skew_degrees lines tables rejected timing_ms ";
static const char *const classify_keys = "schema file page width height rotation skew_degrees glyph timing_ms ";
static const char *const error_keys = "schema file page error ";

static void fail(long line, const char *what) {
  fprintf(stderr, "check_json: line %ld: %s\n", line, what);
  exit(1);
}

/* Returns 1 for a page that failed, 0 for one that was read. */
static int check_keys(json_t *root, long line) {
  char keys[256] = "";
  const char *key;
  json_t *value;
  json_object_foreach(root, key, value) {
    if (!strcmp(key, "rotation_unsure")) continue; /* not on every page */
    if (strlen(keys) + strlen(key) + 2 > sizeof keys) fail(line, "too many keys");
    strcat(strcat(keys, key), " ");
  }
  int known = !strcmp(keys, read_keys) || !strcmp(keys, rejected_keys) || !strcmp(keys, classify_keys);
  if (!known && strcmp(keys, error_keys)) fail(line, keys);
  return !known;
}

static void check_number(const json_t *number, long line) {
  const json_t *glyphs = json_object_get(number, "glyphs");
  const double confidence = json_real_value(json_object_get(number, "confidence"));
  if (!json_string_length(json_object_get(number, "text"))) fail(line, "a number without text");
  if (json_string_length(json_object_get(number, "text")) != json_array_size(glyphs))
    fail(line, "glyphs and text differ");
  if (!(confidence >= 0 && confidence <= 1)) fail(line, "confidence out of range");
  if (json_array_size(json_object_get(number, "box")) != 4) fail(line, "box");
  if (json_array_size(json_object_get(number, "quad")) != 4) fail(line, "quad");
}

static void check_lines(const json_t *root, long line) {
  size_t i, j;
  const json_t *row, *number;
  json_array_foreach(json_object_get(root, "lines"), i, row) {
    const json_t *numbers = json_object_get(row, "numbers");
    if (!json_array_size(numbers)) fail(line, "a line without numbers");
    json_array_foreach(numbers, j, number) check_number(number, line);
  }
}

static int check_line(const char *text, long line) {
  json_error_t error;
  json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  if (!root) fail(line, error.text);
  int failed = check_keys(root, line);
  if (strcmp(json_string_value(json_object_get(root, "schema")), "glyphlift/1")) fail(line, "schema");
  const json_t *message = json_object_get(json_object_get(root, "error"), "message");
  if (failed && !json_string_length(message)) fail(line, "an error without message");
  check_lines(root, line);
  printf("%s\n", json_string_value(json_object_get(root, "file")));
  json_decref(root);
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 3) fail(0, "usage: check_json RESULTS ERRORS");
  char *text = NULL;
  size_t size = 0;
  long counts[2] = {0, 0}, line = 0;
  while (getline(&text, &size, stdin) > 0) counts[check_line(text, ++line)]++;
  free(text);
  if (counts[0] != atol(argv[1]) || counts[1] != atol(argv[2])) {
    fprintf(stderr, "check_json: %ld pages read and %ld failed, not %s and %s\n", counts[0], counts[1], argv[1],
            argv[2]);
    return 1;
  }
  return 0;
}
