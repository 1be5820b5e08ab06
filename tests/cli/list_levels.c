/* Prints the levels of kernels that this CPU can run, worst to best: the values of GLYPHLIFT_CPU for tests/run.sh. */
#include <stdio.h>

#include "../../nn/kernels.h"

int main(void) {
  for (const nn_level *level = nn_level_next(NULL); level; level = nn_level_next(level)) puts(level->name);
  return 0;
}
