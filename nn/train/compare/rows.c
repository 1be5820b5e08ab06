/* Finished rows on disk. A row is taken from there only where all that it depends on is the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../../../pipeline/glyphlift.h"
#include "../../file.h"
#include "compare.h"

static json_int_t checksum(const train_dataset *set) {
  const size_t pixels = (size_t)set->height * (size_t)set->width;
  const uLong crc = crc32_z(crc32_z(0, set->pixels, set->count * pixels), set->labels, set->count);
  return (json_int_t)crc;
}

/* All that a row depends on. */
static json_t *make_key(const train_compare *compare, const train_family *family) {
  json_t *recipe = family->recipe ? family->recipe(compare, family) : json_null();
  return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:o}", "version", GLYPH_VERSION, "quick", compare->quick,
                   "training_pictures", (json_int_t)compare->training->count, "training_checksum",
                   checksum(compare->training), "test_pictures", (json_int_t)compare->test->count, "test_checksum",
                   checksum(compare->test), "recipe", recipe);
}

int train_compare_path(char path[TRAIN_PATH_SIZE], const char *folder, const char *name, const char *suffix,
                       train_error *error) {
  const int length = snprintf(path, TRAIN_PATH_SIZE, "%s/%s%s", folder, name, suffix);
  if (length >= 0 && length < TRAIN_PATH_SIZE) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_ARGUMENT, "%s: the folder's name is too long", folder);
}

int train_compare_write(const char *path, const char *text, size_t size, train_error *error) {
  nn_error failure;
  if (nn_file_write(path, text, size, &failure)) return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  return TRAIN_OK;
}

static json_t *row_to_json(const train_compare *compare, const train_row *row) {
  json_t *corrupted = json_object();
  for (int c = 0; c < compare->problem->corruptions && corrupted; c++)
    json_object_set_new(corrupted, train_corruption_describe((train_corruption)c)->name, json_real(row->corrupted[c]));
  return json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "settings", row->settings, "images",
                   (json_int_t)row->images, "correct", (json_int_t)row->correct, "parameters",
                   (json_int_t)row->parameters, "bytes", (json_int_t)row->bytes, "training_seconds",
                   row->training_seconds, "choosing_seconds", row->choosing_seconds, "prediction_microseconds",
                   row->prediction_microseconds, "corrupted", corrupted);
}

int train_row_write(const train_compare *compare, const train_family *family, const train_row *row,
                    train_error *error) {
  char path[TRAIN_PATH_SIZE];
  int status = train_compare_path(path, compare->work, family->name, ".json", error);
  if (status) return status;
  json_t *object = json_pack("{s:o, s:o}", "key", make_key(compare, family), "row", row_to_json(compare, row));
  char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
  status = text ? train_compare_write(path, text, strlen(text), error) : train_fail_memory(error);
  free(text);
  json_decref(object);
  return status;
}

static int row_from_json(const train_compare *compare, const json_t *json, train_row *row) {
  const char *settings;
  json_int_t images, correct, parameters, bytes;
  json_t *corrupted;
  json_error_t failure;
  *row = (train_row){0};
  if (json_unpack_ex((json_t *)json, &failure, 0, "{s:s, s:I, s:I, s:I, s:I, s:F, s:F, s:F, s:o}", "settings",
                     &settings, "images", &images, "correct", &correct, "parameters", &parameters, "bytes", &bytes,
                     "training_seconds", &row->training_seconds, "choosing_seconds", &row->choosing_seconds,
                     "prediction_microseconds", &row->prediction_microseconds, "corrupted", &corrupted))
    return 0;
  if (images < 1 || correct < 0 || correct > images || parameters < 0 || bytes < 0) return 0;
  snprintf(row->settings, sizeof row->settings, "%s", settings);
  row->images = (size_t)images;
  row->correct = (size_t)correct;
  row->parameters = (size_t)parameters;
  row->bytes = (size_t)bytes;
  for (int c = 0; c < compare->problem->corruptions; c++) {
    const json_t *value = json_object_get(corrupted, train_corruption_describe((train_corruption)c)->name);
    if (!json_is_number(value)) return 0;
    row->corrupted[c] = json_number_value(value);
  }
  return 1;
}

int train_row_read(const train_compare *compare, const train_family *family, train_row *row, int *found,
                   train_error *error) {
  char path[TRAIN_PATH_SIZE];
  json_error_t failure;
  *found = 0;
  int status = train_compare_path(path, compare->work, family->name, ".json", error);
  if (status || access(path, F_OK)) return status;
  json_t *object = json_load_file(path, 0, &failure), *key = make_key(compare, family);
  if (!key)
    status = train_fail_memory(error);
  else if (!object || !row_from_json(compare, json_object_get(object, "row"), row))
    status = train_fail(error, TRAIN_ERR_FORMAT,
                        "%s: not a row of this comparison, or damaged; --overwrite measures anew", path);
  else if (!json_equal(key, json_object_get(object, "key")))
    status = train_fail(error, TRAIN_ERR_ARGUMENT,
                        "%s: was measured with other pictures, another recipe or another version; --overwrite "
                        "measures anew, --work takes another folder",
                        path);
  else
    *found = 1;
  json_decref(object);
  json_decref(key);
  return status;
}
