/* Reads the crops of a folder class by class, in the order of their names, so that the same folder always gives the
 * same two sets. Where names follow the order of writing, every fifth picture spreads the held ones over all of it. */
#include "handwriting.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../pipeline/input/input.h"
#include "../../pipeline/stages/stages.h"

enum { SIDE = STAGE_CROP_SIDE, PIXELS = SIDE * SIDE, HELD_EVERY = 5, PATH_SIZE = 4096, MAX_PIXELS = 200 * 1000 * 1000 };

static int append(train_dataset *set, const uint8_t *picture, int label, train_error *error) {
  if ((set->count & (set->count - 1)) == 0) { /* room for twice as many, at every power of two */
    const size_t room = set->count ? 2 * set->count : 1;
    uint8_t *pixels = room > SIZE_MAX / PIXELS ? NULL : realloc(set->pixels, room * PIXELS);
    if (pixels) set->pixels = pixels;
    uint8_t *labels = pixels ? realloc(set->labels, room) : NULL;
    if (!labels) return train_fail_memory(error);
    set->labels = labels;
  }
  memcpy(set->pixels + set->count * PIXELS, picture, PIXELS);
  set->labels[set->count++] = (uint8_t)label;
  return TRAIN_OK;
}

static int read_crop(const char *path, uint8_t picture[PIXELS], train_error *error) {
  const input_options options = {.max_pixels = MAX_PIXELS, .channels = 1};
  input_bytes bytes = {0};
  shim_image gray = {0};
  glyph_error failure = {0};
  int status = TRAIN_OK;
  if (input_read_file(path, &bytes, &failure) || input_decode(bytes.data, bytes.size, path, &options, &gray, &failure))
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s", failure.message);
  else if (stage_single_normalize(&gray, picture))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "%s: %s", path, shim_error());
  shim_image_free(&gray);
  input_bytes_free(&bytes);
  return status;
}

static int has_ink(const uint8_t picture[PIXELS]) {
  int ink = 0;
  for (int i = 0; i < PIXELS; i++) ink |= picture[i];
  return ink;
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

/* The pictures of one class. Folders in it are not looked at. */
static int read_class(train_handwriting *h, const char *folder, struct dirent **entries, int count, int label,
                      size_t *found, train_error *error) {
  int status = TRAIN_OK;
  for (int i = 0; i < count && !status; i++) {
    char path[PATH_SIZE];
    uint8_t picture[PIXELS];
    struct stat about;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (length < 0 || length >= PATH_SIZE)
      return train_fail(error, TRAIN_ERR_IO, "%s: the names in it are too long", folder);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) continue;
    status = read_crop(path, picture, error);
    if (status) break;
    if (!has_ink(picture)) {
      h->blank++;
      continue;
    }
    const int held = *found % HELD_EVERY == HELD_EVERY - 1;
    status = append(held ? &h->held : &h->learned, picture, label, error);
    ++*found;
  }
  return status;
}

static int read_folder(train_handwriting *h, const char *folder, int label, train_error *error) {
  char name[16], path[PATH_SIZE];
  struct dirent **entries = NULL;
  size_t found = 0;
  const int is_digit = label < TRAIN_DIGITS;
  if (is_digit)
    snprintf(name, sizeof name, "%d", label);
  else
    snprintf(name, sizeof name, "none");
  const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || length >= PATH_SIZE) return train_fail(error, TRAIN_ERR_IO, "%s: too long a name", folder);
  const int count = scandir(path, &entries, is_visible, by_bytes);
  if (count < 0 && is_digit)
    return train_fail(error, TRAIN_ERR_IO,
                      "%s: there is no such folder; the pictures of the digit %s are expected there", path, name);
  const int status = read_class(h, path, entries, count, label, &found, error);
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
  if (!status && is_digit && found < TRAIN_HANDWRITING_LEAST)
    return train_fail(error, TRAIN_ERR_FORMAT,
                      "%s: at least %d pictures of the digit %s are expected, but %zu %s found", path,
                      TRAIN_HANDWRITING_LEAST, name, found, found == 1 ? "was" : "were");
  return status;
}

int train_handwriting_read(train_handwriting *out, const char *folder, train_error *error) {
  *out = (train_handwriting){.learned = {.height = SIDE, .width = SIDE}, .held = {.height = SIDE, .width = SIDE}};
  int status = TRAIN_OK;
  for (int label = 0; label <= TRAIN_CLASS_NONE && !status; label++) status = read_folder(out, folder, label, error);
  if (status) train_handwriting_free(out);
  return status;
}

void train_handwriting_free(train_handwriting *handwriting) {
  if (!handwriting) return;
  train_dataset_free(&handwriting->learned);
  train_dataset_free(&handwriting->held);
  handwriting->blank = 0;
}
