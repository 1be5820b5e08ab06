/* Image sequences: every file of a folder, or those whose name a pattern like frame_%04d.png matches, gaps allowed.
 * Names sort as people count: frame_9 before frame_10. Hidden files and what is no file are left out. */
#define _GNU_SOURCE /* strverscmp */
#include "sequence.h"

#include "../input/input.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The part of a pattern's file name before, in and after its %0Nd. */
typedef struct pattern {
  const char *name, *after;
  size_t before_length;
  size_t digits_min;
} pattern;

static const char *file_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int parse_pattern(const char *path, pattern *out) {
  const char *name = file_of(path), *percent = strchr(name, '%');
  if (!percent) return -1;
  const char *end = percent + 1;
  const int is_padded = *end == '0';
  while (isdigit((unsigned char)*end)) end++;
  if (*end != 'd' || strchr(end, '%') || (end > percent + 1 && !is_padded)) return -1;
  *out = (pattern){name, end + 1, (size_t)(percent - name), is_padded ? strtoul(percent + 1, NULL, 10) : 1};
  return 0;
}

int sequence_is_pattern(const char *name) {
  pattern p;
  return parse_pattern(name, &p) == 0;
}

static int matches(const pattern *p, const char *name) {
  if (!p) return 1;
  if (strncmp(name, p->name, p->before_length)) return 0;
  const char *digits = name + p->before_length;
  const size_t count = strspn(digits, "0123456789");
  return count > 0 && count >= p->digits_min && !strcmp(digits + count, p->after);
}

static int compare_names(const void *a, const void *b) {
  return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int add(sequence *s, size_t *capacity, const char *folder, const char *name) {
  struct stat status;
  if (s->count == *capacity) {
    char **grown = realloc(s->paths, (*capacity * 2 + 64) * sizeof *grown);
    if (!grown) return -1;
    s->paths = grown;
    *capacity = *capacity * 2 + 64;
  }
  const size_t size = strlen(folder) + strlen(name) + 2;
  char *path = malloc(size);
  if (!path) return -1;
  snprintf(path, size, "%s/%s", folder, name);
  if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
    s->paths[s->count++] = path;
  else
    free(path);
  return 0;
}

static int list_folder(const char *folder, const pattern *p, sequence *out, glyph_error *error) {
  size_t capacity = 0;
  DIR *open_folder = opendir(folder);
  if (!open_folder)
    return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot be opened: %s", folder, glyph_errno_text(errno));
  int failed = 0;
  for (const struct dirent *entry; !failed && (entry = readdir(open_folder));)
    if (*entry->d_name != '.' && matches(p, entry->d_name)) failed = add(out, &capacity, folder, entry->d_name);
  closedir(open_folder);
  if (failed) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", folder);
  if (out->count) qsort(out->paths, out->count, sizeof *out->paths, compare_names);
  return GLYPH_OK;
}

int sequence_list(const char *name, sequence *out, glyph_error *error) {
  pattern p;
  *out = (sequence){0};
  const int is_pattern = parse_pattern(name, &p) == 0;
  const size_t length = is_pattern ? (size_t)(p.name - name) : strlen(name);
  char *folder = length ? strndup(name, length) : strdup(".");
  if (!folder) return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", name);
  size_t end = strlen(folder);
  while (end > 1 && folder[end - 1] == '/') folder[--end] = '\0';
  int status = list_folder(folder, is_pattern ? &p : NULL, out, error);
  if (status == GLYPH_OK && out->count == 0)
    status = is_pattern ? glyph_error_set(error, GLYPH_ERR_IO, "%s: no file matches", name)
                        : glyph_error_set(error, GLYPH_ERR_IO, "%s: the folder holds no pictures", name);
  if (status != GLYPH_OK) sequence_free(out);
  free(folder);
  return status;
}

void sequence_free(sequence *s) {
  for (size_t i = 0; i < s->count; i++) free(s->paths[i]);
  free(s->paths);
  *s = (sequence){0};
}
