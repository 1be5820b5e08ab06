/* Pages of short strings whose digits stand as close as hurried people write them: the test ground for cutting touching
 * digits apart. */
#ifndef GENERATOR_TOUCHING_H
#define GENERATOR_TOUCHING_H

#include "../../pipeline/glyphlift.h"
#include "page.h"
#include "samples.h"

enum {
  TOUCHING_COLUMNS = 5,
  TOUCHING_ROWS = 8,
  TOUCHING_STRINGS = TOUCHING_COLUMNS * TOUCHING_ROWS,
  TOUCHING_DIGITS_MAX = 6
};

typedef struct touching_spec {
  uint64_t seed;
  int digits;                    /* a string, 1..TOUCHING_DIGITS_MAX */
  int all_touch;                 /* not 0: every digit's ink meets its neighbour's */
  double height_min, height_max; /* of the page's digits, pixels */
  double gap_min, gap_max;       /* between the ink's boxes at 20 pixels height; negative: they overlap */
} touching_spec;

typedef struct touching_string {
  char text[TOUCHING_DIGITS_MAX + 1];
  int x, y, width, height; /* of the ink */
  int touches;             /* neighbours whose ink meets */
} touching_string;

/* Pairs with gaps of -2 to 4, digits 20 to 60 pixels high. */
void touching_spec_init(touching_spec *spec, uint64_t seed);
/* The picture is the caller's, truth has room for TOUCHING_STRINGS. 0, or -1 without memory. */
int touching_draw(const touching_spec *spec, const digit_samples *samples, page_picture *picture,
                  touching_string *truth);

typedef struct touching_score {
  size_t strings, right;
  size_t fewer, more; /* read with fewer or more digits than written; the others have a digit wrong */
} touching_score;

/* Draws the page, has it read and adds to the score. wrong (may be NULL) is called for each string that is not right.
 * 0, or -1 with a sentence in *error. */
typedef void touching_wrong(void *user, const touching_string *truth, const char *read, const page_picture *picture);
int touching_score_page(glyph_reader *reader, const touching_spec *spec, const digit_samples *samples,
                        touching_score *score, touching_wrong *wrong, void *user, glyph_error *error);

#endif
