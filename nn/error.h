/* The one way in which nn makes errors. */
#ifndef GLYPHLIFT_NN_ERROR_H
#define GLYPHLIFT_NN_ERROR_H

#include "nn.h"

/* Sets *error (may be NULL) and returns status. */
int nn_error_set(nn_error *error, nn_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
int nn_error_memory(nn_error *error);
/* Puts the file's name in front of the sentence; a long one is shortened from its start. */
void nn_error_name_file(nn_error *error, const char *path);

#endif
