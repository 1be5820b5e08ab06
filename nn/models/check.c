/* Run by the build: opens a shipped model's file and, as memory, the one embedded in the library, each of which checks
 * everything down to the checksum, and wants them to be the same file. Opening the embedded model can then trust it.
 *
 * usage: nn_check_model digits|shapes FILE */
#include <stdio.h>
#include <string.h>

#include "../model_read.h"

int main(int argc, char **argv) {
  nn_model *file = NULL, *embedded = NULL;
  nn_error error;
  int failed = 1;
  if (argc != 3) {
    fprintf(stderr, "usage: nn_check_model digits|shapes FILE\n");
    return 2;
  }
  size_t size;
  const uint8_t *data = (strcmp(argv[1], "shapes") == 0 ? nn_model_shapes : nn_model_digits)(&size);
  if (nn_model_open_file(&file, argv[2], &error) != NN_OK) {
    fprintf(stderr, "%s\n", error.message);
  } else if (nn_model_open_memory(&embedded, data, size, &error) != NN_OK) {
    fprintf(stderr, "the embedded %s model: %s\n", argv[1], error.message);
  } else if (nn_model_get_info(file)->checksum != nn_model_get_info(embedded)->checksum) {
    fprintf(stderr, "the embedded %s model is not that of %s\n", argv[1], argv[2]);
  } else {
    failed = 0;
  }
  nn_model_close(&file);
  nn_model_close(&embedded);
  return failed;
}
