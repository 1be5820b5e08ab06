/* Names of the files the program writes, all settled before the first input is read: a run that would destroy an input
 * or write one file twice ends before it has done anything. */
#include "paths.h"

#include "message.h"

#include <glyphlift/glyphlift.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_directory(const char *path) {
  struct stat status;
  return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int ends_with_slash(const char *path) {
  size_t length = strlen(path);
  return length && path[length - 1] == '/';
}

static int is_input(const options *options, const char *path) {
  struct stat target, input;
  if (stat(path, &target) || !S_ISREG(target.st_mode)) return 0;
  for (int i = 0; i < options->file_count; i++)
    if (strcmp(options->files[i], "-") && !stat(options->files[i], &input) && input.st_dev == target.st_dev &&
        input.st_ino == target.st_ino)
      return 1;
  return 0;
}

static const char extension[] = ".overlay.png";

/* folder/NAME.overlay.png, NAME being the input's without folder and extension. */
static char *make_path(const char *folder, const char *input) {
  const char *slash = strrchr(input, '/');
  const char *name = !strcmp(input, "-") ? "stdin" : slash ? slash + 1 : input;
  const char *dot = strrchr(name, '.');
  int length = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
  size_t size = strlen(folder) + 1 + (size_t)length + sizeof extension;
  char *path = malloc(size);
  if (path) snprintf(path, size, "%s%s%.*s%s", folder, ends_with_slash(folder) ? "" : "/", length, name, extension);
  return path;
}

static int make_paths(const options *options, int in_directory, char **paths) {
  for (int i = 0; i < options->file_count; i++) {
    paths[i] = in_directory ? make_path(options->overlay, options->files[i]) : strdup(options->overlay);
    if (paths[i]) continue;
    complain("out of memory");
    return EXIT_ENVIRONMENT;
  }
  return EXIT_GOOD;
}

static int make_directory(const options *options) {
  if (!mkdir(options->overlay, 0777) || (errno == EEXIST && is_directory(options->overlay))) return EXIT_GOOD;
  int is_file = errno == EEXIST || errno == ENOTDIR;
  if (is_file)
    complain("%s: the overlays of several files need a directory, this is a file", options->overlay);
  else
    complain("%s: the directory cannot be made: %s", options->overlay, glyph_errno_text(errno));
  return is_file ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

static int compare_strings(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Leaves `paths` as it is. */
static int check_distinct(const options *options, char *const *paths) {
  size_t count = (size_t)options->file_count;
  char **sorted = malloc(count * sizeof *sorted);
  if (!sorted) {
    complain("out of memory");
    return EXIT_ENVIRONMENT;
  }
  memcpy(sorted, paths, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare_strings);
  int status = EXIT_GOOD;
  for (size_t i = 1; i < count && !status; i++) {
    if (strcmp(sorted[i - 1], sorted[i])) continue;
    complain("%s: two inputs have this overlay; read them in two runs, with two directories", sorted[i]);
    status = EXIT_USAGE;
  }
  free(sorted);
  return status;
}

static int check_targets(const options *options, char *const *paths) {
  for (int i = 0; i < options->file_count; i++) {
    int taken = options->output && !strcmp(paths[i], options->output);
    if (!taken && !is_input(options, paths[i])) continue;
    complain("%s: the overlay would overwrite %s", paths[i], taken ? "the results" : "an input");
    return EXIT_USAGE;
  }
  return check_distinct(options, paths);
}

int paths_plan(const options *options, char ***out) {
  *out = NULL;
  if (options->output && is_input(options, options->output)) {
    complain("%s: the results would overwrite an input", options->output);
    return EXIT_USAGE;
  }
  if (!options->overlay) return EXIT_GOOD;
  if (!strcmp(options->overlay, "-")) {
    complain("--overlay needs a file or a directory; standard output takes the results");
    return EXIT_USAGE;
  }
  int in_directory = options->file_count > 1 || ends_with_slash(options->overlay) || is_directory(options->overlay);
  int status = in_directory ? make_directory(options) : EXIT_GOOD;
  if (status) return status;
  char **paths = calloc((size_t)options->file_count, sizeof *paths);
  if (!paths) {
    complain("out of memory");
    return EXIT_ENVIRONMENT;
  }
  status = make_paths(options, in_directory, paths);
  if (!status) status = check_targets(options, paths);
  if (status)
    paths_free(paths, options->file_count);
  else
    *out = paths;
  return status;
}

/* Before what the name ends in: ".overlay.png", or the last point of it. */
char *paths_of_page(const char *path, int page) {
  enum { PAGE_BYTES = 32 };
  if (!page) return strdup(path);
  const size_t length = strlen(path), size = length + PAGE_BYTES;
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
  size_t head = dot && dot != name ? (size_t)(dot - path) : length;
  if (length >= sizeof extension && !strcmp(path + length + 1 - sizeof extension, extension))
    head = length + 1 - sizeof extension;
  char *out = malloc(size);
  if (out) snprintf(out, size, "%.*s.page-%d%s", (int)head, path, page, path + head);
  return out;
}

void paths_free(char **paths, int count) {
  for (int i = 0; paths && i < count; i++) free(paths[i]);
  free(paths);
}
