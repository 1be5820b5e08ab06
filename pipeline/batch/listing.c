/* The files of a run: a folder walked in the order of the paths' bytes, or a list of paths. A folder's names are held
 * in memory while it is walked, and no more: a tree of any size is streamed.
 *
 * The order is that of whole paths: "a.jpg" comes before "a/b.jpg" because '.' is less than '/', so a folder is
 * sorted as if its name ended with a slash. Links to folders are not followed, since they may lead in circles. */
#include "listing.h"

#include "../input/input.h"
#include "hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef struct level {
  char **names; /* sorted; folders end with a slash */
  size_t count, next;
  size_t path_length; /* of the folder's own path below the root, with its slash */
} level;

struct listing {
  const glyph_batch_options *options;
  int is_count;
  FILE *lines; /* NULL for a folder */
  level *levels;
  size_t depth, depth_max;
  char *path; /* what listing_next gives away; of a list the whole line */
  size_t path_size;
  listing_counts counts;
};

/* ---- which files ------------------------------------------------------------------------------------------------- */

int path_fits(const char *pattern, const char *path) {
  const char *slash = strrchr(path, '/');
  return !fnmatch(pattern, strchr(pattern, '/') || !slash ? path : slash + 1, 0);
}

static int has_picture_name(const char *path) {
  static const char *const endings[] = {"jpg", "jpeg", "jpe",  "jfif", "png", "tif", "tiff", "webp", "bmp",  "dib",
                                        "pbm", "pgm",  "ppm",  "pnm",  "pam", "jp2", "j2k",  "jpx",  "heic", "heif",
                                        "hif", "pdf",  "avif", "ras",  "sr",  "exr", "hdr",  "gif"};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
    if (!strcasecmp(dot + 1, endings[i])) return 1;
  return 0;
}

static int is_wanted(listing *list, const char *path) {
  const glyph_batch_options *options = list->options;
  int fits = options->pattern_count == 0 && (list->lines || has_picture_name(path));
  for (size_t i = 0; i < options->pattern_count && !fits; i++) fits = path_fits(options->patterns[i], path);
  if (!fits) list->counts.left_alone++;
  return fits && (options->shard_count <= 1 || shard_of_path(path, options->shard_count) == options->shard);
}

/* ---- a folder ---------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_level(level *level) {
  for (size_t i = level->next; i < level->count; i++) free(level->names[i]);
  free(level->names);
}

static int no_memory(glyph_error *error) {
  return glyph_error_set(error, GLYPH_ERR_MEMORY, "no memory for the list of files");
}

/* Makes list->path hold its first `length` bytes and then `name`. */
static int set_path(listing *list, size_t length, const char *name, glyph_error *error) {
  const size_t size = length + strlen(name) + 1;
  if (size > list->path_size) {
    char *path = realloc(list->path, 2 * size);
    if (!path) return no_memory(error);
    list->path = path;
    list->path_size = 2 * size;
  }
  memcpy(list->path + length, name, size - length);
  return GLYPH_OK;
}

/* 'd' for a folder, 'f' for a regular file or a link to one, 0 for anything else. */
static char kind_of(DIR *folder, const struct dirent *entry) {
  struct stat status;
  if (entry->d_type == DT_REG) return 'f';
  if (entry->d_type == DT_DIR) return 'd';
  if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) return 0;
  if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) return 0;
  if (S_ISDIR(status.st_mode)) return 'd';
  return !fstatat(dirfd(folder), entry->d_name, &status, 0) && S_ISREG(status.st_mode) ? 'f' : 0;
}

static int add_name(level *level, size_t *capacity, const char *name, int is_folder) {
  if (level->count == *capacity) {
    const size_t wanted = *capacity ? 2 * *capacity : 64;
    char **names = wanted > SIZE_MAX / sizeof *names ? NULL : realloc(level->names, wanted * sizeof *names);
    if (!names) return -1;
    level->names = names;
    *capacity = wanted;
  }
  const size_t length = strlen(name);
  char *copy = malloc(length + 2);
  if (!copy) return -1;
  memcpy(copy, name, length + 1);
  if (is_folder) memcpy(copy + length, "/", 2);
  level->names[level->count++] = copy;
  return 0;
}

/* Reads the folder that list->path names below the root into *level. */
static int read_names(listing *list, DIR *folder, level *level, glyph_error *error) {
  size_t capacity = 0;
  for (const struct dirent *entry; (errno = 0, entry = readdir(folder));) {
    if (entry->d_name[0] == '.') continue;
    const char kind = kind_of(folder, entry);
    if (!kind) continue;
    if (kind == 'f') {
      const int status = set_path(list, level->path_length, entry->d_name, error);
      if (status) return status;
      if (!is_wanted(list, list->path)) continue;
    }
    if (add_name(level, &capacity, entry->d_name, kind == 'd')) return no_memory(error);
  }
  if (errno) return glyph_error_set(error, GLYPH_ERR_IO, "cannot be read: %s", glyph_errno_text(errno));
  if (level->count) qsort(level->names, level->count, sizeof *level->names, compare_names);
  return GLYPH_OK;
}

static DIR *open_folder(const listing *list, size_t path_length) {
  const char *root = list->options->folder;
  const size_t size = strlen(root) + path_length + 2;
  char *whole = malloc(size);
  if (!whole) return NULL;
  snprintf(whole, size, "%s/%.*s", root, (int)path_length, path_length ? list->path : "");
  DIR *folder = opendir(whole);
  free(whole);
  return folder;
}

static void note_closed(listing *list, size_t path_length, const char *reason) {
  glyph_error sentence;
  list->counts.folders_closed++;
  if (list->is_count || !list->options->note) return;
  glyph_error_set(&sentence, GLYPH_ERR_IO, "%s/%.*s: the folder is left out: %s", list->options->folder,
                  (int)path_length - 1, list->path, reason);
  list->options->note(list->options->user, sentence.message);
}

/* Goes down into the folder that the first path_length bytes of list->path name (0: the root, which must open). */
static int push(listing *list, size_t path_length, glyph_error *error) {
  DIR *folder = open_folder(list, path_length);
  if (!folder) {
    if (path_length)
      note_closed(list, path_length, glyph_errno_text(errno));
    else
      return glyph_error_set(error, GLYPH_ERR_IO, "%s: the folder cannot be opened: %s", list->options->folder,
                             glyph_errno_text(errno));
    return GLYPH_OK;
  }
  int status = GLYPH_OK;
  level level = {.path_length = path_length};
  if (list->depth == list->depth_max) {
    const size_t wanted = list->depth_max + 16;
    struct level *levels = realloc(list->levels, wanted * sizeof *levels);
    if (levels) list->levels = levels;
    if (levels) list->depth_max = wanted;
    if (!levels) status = no_memory(error);
  }
  if (status == GLYPH_OK) status = read_names(list, folder, &level, error);
  closedir(folder);
  if (status == GLYPH_OK) list->levels[list->depth++] = level;
  if (status == GLYPH_OK) return GLYPH_OK;
  free_level(&level);
  if (status != GLYPH_ERR_IO || !path_length) return status;
  note_closed(list, path_length, error ? error->message : "it cannot be read");
  return GLYPH_OK;
}

static int next_in_folder(listing *list, const char **path, glyph_error *error) {
  while (list->depth) {
    level *top = &list->levels[list->depth - 1];
    if (top->next == top->count) {
      free_level(top);
      list->depth--;
      continue;
    }
    char *name = top->names[top->next++];
    const size_t length = top->path_length + strlen(name);
    int status = set_path(list, top->path_length, name, error);
    free(name);
    if (status) return status;
    *path = list->path;
    if (list->path[length - 1] != '/') return 1;
    status = push(list, length, error);
    if (status) return status;
  }
  return 0;
}

/* ---- a list ------------------------------------------------------------------------------------------------------ */

static int next_in_list(listing *list, const char **path, glyph_error *error) {
  const char end = list->options->list_ends_with_nul ? '\0' : '\n';
  for (ssize_t length; (errno = 0, length = getdelim(&list->path, &list->path_size, end, list->lines)) >= 0;) {
    if (length && list->path[length - 1] == end) list->path[--length] = '\0';
    const char *start = list->path;
    while (!strncmp(start, "./", 2)) start += 2 + strspn(start + 2, "/");
    if (strlen(list->path) != (size_t)length)
      return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: a path in the list holds a NUL; is it of find -print0?",
                             list->options->list);
    if (!*start || !is_wanted(list, start)) continue;
    *path = start;
    return 1;
  }
  if (!ferror(list->lines)) return 0;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: the list cannot be read: %s", list->options->list,
                         glyph_errno_text(errno));
}

/* ---- either ------------------------------------------------------------------------------------------------------ */

int listing_open(listing **out, const glyph_batch_options *options, int is_count, glyph_error *error) {
  listing *list = calloc(1, sizeof *list);
  *out = list;
  if (!list) return no_memory(error);
  list->options = options;
  list->is_count = is_count;
  int status = GLYPH_OK;
  if (!options->list) {
    status = push(list, 0, error);
  } else {
    list->lines = strcmp(options->list, "-") ? fopen(options->list, "r") : stdin;
    if (!list->lines)
      status = glyph_error_set(error, GLYPH_ERR_IO, "%s: the list cannot be opened: %s", options->list,
                               glyph_errno_text(errno));
  }
  if (status) listing_close(out);
  return status;
}

int listing_next(listing *list, const char **path, glyph_error *error) {
  return list->lines ? next_in_list(list, path, error) : next_in_folder(list, path, error);
}

listing_counts listing_get_counts(const listing *list) {
  return list->counts;
}

void listing_close(listing **list) {
  if (!list || !*list) return;
  for (size_t i = 0; i < (*list)->depth; i++) free_level(&(*list)->levels[i]);
  if ((*list)->lines && (*list)->lines != stdin) fclose((*list)->lines);
  free((*list)->levels);
  free((*list)->path);
  free(*list);
  *list = NULL;
}
