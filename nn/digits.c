/* The digits model, put into the program by the assembler (.incbin), so that it is neither a generated source nor
 * something to find at run time. GLYPHLIFT_DIGITS_MODEL is the file's path as a string; the build assembles again when
 * the file changes. */
#include "model_read.h"

__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        ".hidden nn_digits_model\n"
        ".hidden nn_digits_model_end\n"
        ".globl nn_digits_model\n"
        ".globl nn_digits_model_end\n"
        "nn_digits_model:\n"
        ".incbin \"" GLYPHLIFT_DIGITS_MODEL "\"\n"
        "nn_digits_model_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const uint8_t nn_digits_model[] __attribute__((visibility("hidden")));
extern const uint8_t nn_digits_model_end[] __attribute__((visibility("hidden")));

const uint8_t *nn_model_digits(size_t *size) {
  *size = (size_t)(nn_digits_model_end - nn_digits_model);
  return nn_digits_model;
}

int nn_model_read_digits(nn_model_content *out, nn_error *error) {
  size_t size;
  const uint8_t *data = nn_model_digits(&size);
  return nn_model_read_trusted(out, data, size, error);
}
