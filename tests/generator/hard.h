/* Hard pages: the distribution that the reader's accuracy is judged on. Everything follows from the seed: writer, pen,
 * paper, light, camera, what is written and what lies about. hard.c holds the distribution; do not bend it to the
 * reader. */
#ifndef GENERATOR_HARD_H
#define GENERATOR_HARD_H

#include "page.h"
#include "scans.h"

typedef enum hard_content { HARD_LINES, HARD_COLUMNS, HARD_TABLE, HARD_FORM, HARD_LETTERS } hard_content;
typedef enum hard_pattern { HARD_PLAIN, HARD_RULED, HARD_SQUARED } hard_pattern;

/* Printed lines: of the paper, a table or a form. */
typedef struct hard_rules {
  hard_pattern pattern;
  double pitch, width; /* pixels of the sheet */
  double color[3], density;
  int has_margin;
} hard_rules;

/* How many of each are tried; what finds no free place is left out. */
typedef struct hard_clutter {
  int words, doodles, print, stamps; /* written by hand; printed paragraphs; stamps */
  int staples, pens, hands;
} hard_clutter;

#define HARD_LABELS_MAX 16

typedef struct hard_page {
  page_spec spec; /* layout: height, lines, numbers, digits, gap, blank, pitch, wobble */
  hard_content content;
  hard_rules rules;
  hard_clutter clutter;
  double signs;                        /* share of numbers with a point, comma, minus, colon or slash */
  double sizes;                        /* a line's height is the page's times 1 - sizes .. 1 + sizes */
  int on_rules;                        /* lines of writing stand on the paper's rules, or one digit in a square */
  int columns;                         /* of numbers, or of a table */
  int quarter_turns;                   /* of the picture, clockwise */
  double boldness;                     /* of writers' scans: the level of scan_lay */
  const char *labels[HARD_LABELS_MAX]; /* what the page is a case of, "pen pencil"; static strings */
  int label_count;
} hard_page;

/* A page of numbers. */
void hard_page_numbers(hard_page *page, uint64_t seed);
/* A page of letters, words and drawings, without a digit: at least HARD_MARKS_MIN of them. */
void hard_page_letters(hard_page *page, uint64_t seed);
enum { HARD_MARKS_MIN = 150 };

/* scans: whose digits are written; NULL for the stroke models. 0, or -1 without memory. As page_draw otherwise. */
int hard_page_draw(const hard_page *page, const scan_set *scans, page_picture *picture, page_truth *truth);

/* The truth as the program's JSON, one line; free() it. NULL without memory. */
char *hard_truth_json(const page_truth *truth, const page_picture *picture, const char *file);

#endif
