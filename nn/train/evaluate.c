/* The map from a model's classes to a set's. */
#include "evaluate.h"

#include <string.h>

static int find_name(const char *const *names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return (int)i;
  return -1;
}

static int map_class(const char *name, const char *const *set_names, size_t set_count) {
  static const char *const wider[][2] = {{"circle", "ellipse"}, {"square", "rectangle"}, {"diamond", "rectangle"}};
  int found = find_name(set_names, set_count, name);
  for (size_t i = 0; found < 0 && i < sizeof wider / sizeof *wider; i++)
    if (strcmp(name, wider[i][0]) == 0) found = find_name(set_names, set_count, wider[i][1]);
  return found >= 0 ? found : find_name(set_names, set_count, "other");
}

int train_map_classes(const char *const *model_names, size_t model_count, const char *const *set_names,
                      size_t set_count, int *map, train_error *error) {
  int mapped = 0;
  for (size_t i = 0; i < model_count; i++) {
    map[i] = map_class(model_names[i], set_names, set_count);
    mapped += map[i] >= 0;
  }
  if (mapped) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_ARGUMENT,
                    "the model's classes (%s, ...) have nothing in common with the set's (%s, ...)", model_names[0],
                    set_names[0]);
}

void train_map_probabilities(const int *map, const float *probabilities, size_t model_count, double *out,
                             size_t set_count) {
  double sum = 0.0;
  for (size_t c = 0; c < set_count; c++) out[c] = 0.0;
  for (size_t i = 0; i < model_count; i++)
    if (map[i] >= 0) {
      out[map[i]] += (double)probabilities[i];
      sum += (double)probabilities[i];
    }
  for (size_t c = 0; c < set_count; c++) out[c] = sum > 0.0 ? out[c] / sum : 1.0 / (double)set_count;
}
