/* The shipped models, put into the program by the assembler (.incbin), so that they are neither generated sources nor
 * something to find at run time. GLYPHLIFT_DIGITS_MODEL and GLYPHLIFT_SHAPES_MODEL are the files' paths as strings; the
 * build assembles again when a file changes. */
#include "model_read.h"

#define EMBED(symbol, path)                                                                                            \
  __asm__(".pushsection .rodata\n"                                                                                     \
          ".balign 64\n"                                                                                               \
          ".hidden " #symbol "\n"                                                                                      \
          ".hidden " #symbol "_end\n"                                                                                  \
          ".globl " #symbol "\n"                                                                                       \
          ".globl " #symbol "_end\n" #symbol ":\n"                                                                     \
          ".incbin \"" path "\"\n" #symbol "_end:\n"                                                                   \
          ".byte 0\n"                                                                                                  \
          ".popsection\n");                                                                                            \
  extern const uint8_t symbol[] __attribute__((visibility("hidden")));                                                 \
  extern const uint8_t symbol##_end[] __attribute__((visibility("hidden")))

EMBED(nn_digits_model, GLYPHLIFT_DIGITS_MODEL);
EMBED(nn_shapes_model, GLYPHLIFT_SHAPES_MODEL);

const uint8_t *nn_model_digits(size_t *size) {
  *size = (size_t)(nn_digits_model_end - nn_digits_model);
  return nn_digits_model;
}

const uint8_t *nn_model_shapes(size_t *size) {
  *size = (size_t)(nn_shapes_model_end - nn_shapes_model);
  return nn_shapes_model;
}

int nn_model_read_digits(nn_model_content *out, nn_error *error) {
  size_t size;
  const uint8_t *data = nn_model_digits(&size);
  return nn_model_read_trusted(out, data, size, error);
}

int nn_model_read_shapes(nn_model_content *out, nn_error *error) {
  size_t size;
  const uint8_t *data = nn_model_shapes(&size);
  return nn_model_read_trusted(out, data, size, error);
}
