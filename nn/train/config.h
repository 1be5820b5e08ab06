/* The training options as a table: one row makes the command-line option, its help, its check, and its place in
 * JSON. */
#ifndef GLYPHLIFT_TRAIN_CONFIG_H
#define GLYPHLIFT_TRAIN_CONFIG_H

#include <jansson.h>

#include "trainer.h"

typedef struct train_option {
  const char *name; /* without the dashes */
  const char *help; /* with the default in words of its own where that is not plain */
  enum { TRAIN_OF_ALL, TRAIN_OF_DIGITS, TRAIN_OF_SHAPES } subjects; /* whose option it is */
} train_option;

/* The options there are; *count is set. */
const train_option *train_config_options(size_t *count);
/* Whether option `index` is one for the config's subject; the others do nothing, and JSON lacks them. */
int train_config_has(const train_config *config, size_t index);
/* Sets option `index` from text. */
int train_config_set(train_config *config, size_t index, const char *text, train_error *error);
/* The current value of option `index` as text. */
void train_config_print(const train_config *config, size_t index, char *text, size_t size);

/* A new object with every option of its subject under its name; NULL without memory. */
json_t *train_config_to_json(const train_config *config);
/* Every option must be there. `name` stands in the error sentence. */
int train_config_from_json(const json_t *json, const char *name, train_config *out, train_error *error);
/* An error that names the first option which is another one in `stored` (of train_config_to_json, from `path`). */
int train_config_compare(const train_config *config, const json_t *stored, const char *path, train_error *error);

#endif
