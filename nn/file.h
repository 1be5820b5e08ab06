/* Whole files in and out. */
#ifndef GLYPHLIFT_NN_FILE_H
#define GLYPHLIFT_NN_FILE_H

#include "nn.h"

/* *data is malloc'd, NULL on failure. Files that are too large for a model are refused. */
int nn_file_read(const char *path, void **data, size_t *size, nn_error *error);
/* The file appears whole or not at all. */
int nn_file_write(const char *path, const void *data, size_t size, nn_error *error);

#endif
