/* What reader.c and sources.c share. Internal to the pipeline. */
#ifndef GLYPHLIFT_READER_H
#define GLYPHLIFT_READER_H

#include "../nn/nn.h"
#include "../shim/shim.h"
#include "expect.h"

struct glyph_reader {
  glyph_options options;
  char *model_path, *dump_directory;
  expectation *expected; /* NULL: nothing is expected of the numbers */
  nn_model *model;
  nn_session *session;
};

/* From a gray picture to a page; on failure *out is NULL. */
typedef int reader_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                        glyph_error *error);
reader_gray reader_read_gray, reader_classify_gray, reader_shapes_gray;

double reader_now_ms(void);

#endif
