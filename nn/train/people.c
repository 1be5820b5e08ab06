/* Reads a set of people's drawings. The index is trusted no more than the pictures: a row too few, a number too many is
 * an error that names file and row. */
#include "people.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../errno_text.h"

enum { LINE_SIZE = 1024, COLUMNS = 5, WRITER = 1, VERTICES = 4 };

/* Blanks between x:y pairs. Returns 0 where it is none of that. */
static int take_vertices(train_index_entry *entry, const char *text) {
  while (*text && entry->vertex_count < TRAIN_VERTICES) {
    char *end;
    double *vertex = entry->vertices[entry->vertex_count++];
    vertex[0] = strtod(text, &end);
    if (end == text || *end != ':') return 0;
    text = end + 1;
    vertex[1] = strtod(text, &end);
    if (end == text) return 0;
    text = end + strspn(end, " ");
  }
  return *text == '\0' && (entry->vertex_count == 0 || entry->vertex_count == TRAIN_VERTICES);
}

/* Cuts the line at its commas. */
static int take_line(train_index_entry *entry, char *line) {
  char *columns[COLUMNS];
  line[strcspn(line, "\r\n")] = '\0';
  for (int i = 0; i < COLUMNS; i++) {
    columns[i] = line;
    char *comma = line ? strchr(line, ',') : NULL;
    if (!line || (!comma && i < COLUMNS - 1)) return 0;
    if (comma) *comma = '\0';
    line = comma ? comma + 1 : NULL;
  }
  *entry = (train_index_entry){0};
  if (line || !*columns[WRITER] || strlen(columns[WRITER]) >= sizeof entry->writer) return 0;
  strcpy(entry->writer, columns[WRITER]);
  return take_vertices(entry, columns[VERTICES]);
}

static int append(train_index *index, const train_index_entry *entry, train_error *error) {
  if ((index->count & (index->count - 1)) == 0) { /* room for twice as many, at every power of two */
    const size_t room = index->count ? 2 * index->count : 1;
    train_index_entry *entries =
        room > SIZE_MAX / sizeof *entries ? NULL : realloc(index->entries, room * sizeof *entries);
    if (!entries) return train_fail_memory(error);
    index->entries = entries;
  }
  index->entries[index->count++] = *entry;
  return TRAIN_OK;
}

int train_index_read(train_index *out, const char *path, train_error *error) {
  char line[LINE_SIZE];
  *out = (train_index){0};
  gzFile file = gzopen(path, "rb");
  if (!file) return train_fail(error, TRAIN_ERR_IO, "%s: cannot be opened: %s", path, nn_errno_text(errno));
  int status = TRAIN_OK;
  if (!gzgets(file, line, sizeof line) || strncmp(line, "index,user,class,stem,vertices", 30) != 0)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: does not begin with index,user,class,stem,vertices", path);
  while (!status && gzgets(file, line, sizeof line)) {
    train_index_entry entry;
    if (take_line(&entry, line))
      status = append(out, &entry, error);
    else
      status = train_fail(error, TRAIN_ERR_FORMAT, "%s: row %zu is not five columns with no or %d vertices", path,
                          out->count + 1, TRAIN_VERTICES);
  }
  if (!status && !gzeof(file)) status = train_fail(error, TRAIN_ERR_FORMAT, "%s: is damaged", path);
  gzclose(file);
  if (status) train_index_free(out);
  return status;
}

void train_index_free(train_index *index) {
  if (!index) return;
  free(index->entries);
  *index = (train_index){0};
}

int train_people_read(train_people *out, const char *folder, const char *part, train_error *error) {
  char name[64], path[TRAIN_DATASET_PATH];
  *out = (train_people){0};
  snprintf(name, sizeof name, "shapes-%s", part);
  int status = train_dataset_read_folder(&out->drawings, folder, name, TRAIN_PEOPLE_CLASSES, error);
  if (!status) status = train_dataset_find(path, folder, name, "index.csv", error);
  if (!status) status = train_index_read(&out->index, path, error);
  if (!status && out->index.count != out->drawings.count)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: has %zu rows, but there are %zu pictures", path, out->index.count,
                        out->drawings.count);
  if (status) train_people_free(out);
  return status;
}

void train_people_free(train_people *people) {
  if (!people) return;
  train_dataset_free(&people->drawings);
  train_index_free(&people->index);
}
