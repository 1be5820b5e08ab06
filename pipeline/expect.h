/* What the caller knows of the numbers on the page, and the readings that fit it. Internal to the pipeline. */
#ifndef GLYPHLIFT_EXPECT_H
#define GLYPHLIFT_EXPECT_H

#include "glyphlift.h"

typedef struct expectation expectation;

/* pattern: a POSIX extended regular expression for a whole number's text, or NULL; digits: how many it has, or 0. *out
 * is NULL where nothing is expected. GLYPH_ERR_ARGUMENT for a bad pattern, GLYPH_ERR_MEMORY. */
int expectation_open(expectation **out, const char *pattern, int digits, glyph_error *error);
void expectation_close(expectation **e);

enum { EXPECTATION_GLYPHS_MAX = 40 /* of a number; a longer one is taken as it reads */ };

/* Looks for the most probable reading of a number that fits, among its glyphs' alternatives and without those that may
 * be no digit. *fits says whether there is one; then glyphs[i] becomes what it reads, and dropped[i] says whether it
 * is left out. GLYPH_OK or GLYPH_ERR_MEMORY. */
int expectation_choose(const expectation *e, glyph_glyph *const *glyphs, size_t count, unsigned char *dropped,
                       int *fits);

#endif
