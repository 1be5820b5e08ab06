/* Letters, the signs of numbers, drawings and words: what stands beside digits. */
#ifndef GENERATOR_ALPHABET_H
#define GENERATOR_ALPHABET_H

#include "strokes.h"

/* Draws a letter or one of . , - + : / as the writer does; 0, or -1 where there is no such sign. */
int alphabet_sign(char sign, const writer_style *style, random_stream *random, stroke_glyph *out);

/* Stars, houses, arrows: drawings that nobody takes for a digit. */
int alphabet_doodle_count(void);
void alphabet_doodle(int doodle, const writer_style *style, random_stream *random, stroke_glyph *out);

/* A word in lower case, in upper case or with a capital. */
#define ALPHABET_WORD_MAX 16
void alphabet_word(random_stream *random, char word[ALPHABET_WORD_MAX]);

#endif
