/* How much of a chart is read right: its digits by `read`, its shapes, their numbers and links by `shapes`. */
#ifndef GENERATOR_CHART_SCORE_H
#define GENERATOR_CHART_SCORE_H

#include "../../pipeline/glyphlift.h"
#include "chart.h"

typedef struct chart_score {
  size_t digits, digits_read, digits_right, digits_false; /* right: the digit itself; false: where no digit is */
  size_t shapes, located, named, shapes_false; /* closed ones; named: right, circles and ellipses, squares and
                                                  rectangles counting alike */
  size_t strokes, strokes_located, strokes_named, strokes_false; /* lines and arrows that stand alone */
  size_t texts, texts_right, texts_false;                        /* numbers in shapes that were located */
  size_t links, links_found, links_right, links_false; /* found: between the right shapes; right: the head as well */
} chart_score;

/* Add to *score. The page of `read`, and that of `shapes`. */
void chart_score_digits(const chart_truth *truth, const glyph_page *page, chart_score *score);
int chart_score_shapes(const chart_truth *truth, const glyph_page *page,
                       chart_score *score); /* 0, or -1 without memory */

#endif
