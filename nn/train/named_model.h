/* Models as --model and its like name them: "digits" and "shapes" are the built-in ones, everything else a model
 * file. */
#ifndef GLYPHLIFT_TRAIN_NAMED_MODEL_H
#define GLYPHLIFT_TRAIN_NAMED_MODEL_H

#include "../model_read.h"
#include "error.h"

int train_is_built_in(const char *name);
/* For predictions; nn_model_close it. */
int train_model_open(nn_model **out, const char *name, nn_precision precision, train_error *error);
/* For its weights; nn_model_content_free it. */
int train_model_read(nn_model_content *out, const char *name, train_error *error);

#endif
