/* The pictures of --dump-stages: one PNG a stage, for looking at what the pipeline saw. Internal to the pipeline. */
#ifndef GLYPHLIFT_DUMP_H
#define GLYPHLIFT_DUMP_H

#include "glyphlift.h"
#include "stages/stages.h"

/* directory NULL: every call does nothing. Files are named NAME-NN-STAGE.png after the input's base name. */
typedef struct dump {
  const char *directory, *name;
} dump;

/* Makes the directory where it is missing. */
int dump_begin(const dump *d, glyph_error *error);
int dump_image(const dump *d, const char *stage, const shim_image *image, glyph_error *error);
/* 00-page: the picture with the sheet's outline, where one was found. */
int dump_sheet(const dump *d, const shim_image *gray, const stage_page *sheet, glyph_error *error);
/* Thresholded levels: 02-ink-K and 03-threshold-K. */
int dump_levels(const dump *d, const stage_pyramid *pyramid, glyph_error *error);
/* The picture with the glyphs' ink coloured and boxed. */
int dump_glyphs(const dump *d, const char *stage, const stage_pyramid *pyramid, const stage_glyphs *glyphs,
                glyph_error *error);
/* The picture before its rules are taken away: those red, the rows and columns of tables blue, with their corners. */
int dump_rules(const dump *d, const stage_pyramid *pyramid, const stage_rules *rules, glyph_error *error);
/* The network's inputs side by side. */
int dump_crops(const dump *d, const char *stage, const uint8_t *crops, size_t count, glyph_error *error);

#endif
