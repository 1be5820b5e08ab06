/* Printed characters from the fonts of a folder, as outlines that FreeType rasterises at any size and position. */
#ifndef GLYPHLIFT_TRAIN_FONTS_H
#define GLYPHLIFT_TRAIN_FONTS_H

#include <stddef.h>

#include "../../shim/shim.h"
#include "error.h"

/* Immutable once opened; shared by threads. Families and their fonts are sorted by name. */
typedef struct train_fonts train_fonts;

/* Searches the folder and those in it. A font counts if it is scalable, has ten different digits, and most of them look
 * like those of the other fonts; of files that hold the same family and style one counts. No such font is an error. */
int train_fonts_open(train_fonts **out, const char *folder, train_error *error);
void train_fonts_close(train_fonts **fonts);

size_t train_fonts_count(const train_fonts *fonts);
size_t train_fonts_family_count(const train_fonts *fonts);
const char *train_fonts_family_name(const train_fonts *fonts, size_t family);
/* The fonts of a family are first .. first + count - 1; returns count. */
size_t train_fonts_family(const train_fonts *fonts, size_t family, size_t *first);
/* 1 where the font has the character, which is one of the digits or of train_fonts_signs. */
int train_fonts_has(const train_fonts *fonts, size_t font, char character);

/* What is kept of a font beside its digits: letters, punctuation and signs that no reader should take for a digit,
 * also when their size is lost. fonts.c says what is left out, and why. */
extern const char train_fonts_signs[];

/* Of one character. Lengths are shares of the em but for em_pixels. */
typedef struct train_type {
  float em_pixels;
  float stretch;          /* of the width; 1: as designed */
  float turn_radians;     /* positive: clockwise */
  float slant;            /* pixels to the right a pixel upwards */
  float weight;           /* added to the stroke width; may be negative */
  float shift_x, shift_y; /* of the raster, 0..1 pixel */
} train_type;

/* Rasterises for one thread. */
typedef struct train_typesetter train_typesetter;
int train_typesetter_open(train_typesetter **out, train_error *error);
void train_typesetter_close(train_typesetter **typesetter);
/* Makes *out (shim_image_free it): the character's coverage, as small as holds it. The font must have the character.
 * TRAIN_ERR_FORMAT: its outline cannot be filled, or is far larger than the em. */
int train_typesetter_draw(train_typesetter *typesetter, const train_fonts *fonts, size_t font, char character,
                          const train_type *type, shim_image *out, train_error *error);

#endif
