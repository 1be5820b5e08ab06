/* Draws pages of handwritten-like digits as a camera or a scanner would see them, with exact truth. The same spec gives
 * the same page again. Lengths are pixels of the picture unless said otherwise, angles degrees clockwise, colours sRGB
 * in 0..1. */
#ifndef GENERATOR_PAGE_H
#define GENERATOR_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "strokes.h"

typedef enum page_pen_kind { PAGE_PEN_BALLPOINT, PAGE_PEN_PENCIL, PAGE_PEN_FELT, PAGE_PEN_CHALK } page_pen_kind;

typedef struct page_pen {
  page_pen_kind kind;
  double color[3];
  double width;   /* in digit heights */
  double density; /* 1 hides the paper wholly */
  double grain;   /* share of ink the paper's tooth keeps off, 0..1 */
} page_pen;

typedef struct page_paper {
  double color[3];
  double texture;      /* relative brightness of the paper's grain */
  double show_through; /* density of the other side's writing; 0: none */
  int specks, hairs, folds;
  double speck_radius; /* of the largest */
  double edge;         /* share of the picture's sides that shows the table around the sheet; 0: no edge in sight */
  double table_color[3];
} page_paper;

typedef enum page_shadow_kind { PAGE_SHADOW_HALF, PAGE_SHADOW_BAND, PAGE_SHADOW_BLOB } page_shadow_kind;

/* Position, width and softness in shares of the picture's longer side. */
typedef struct page_shadow {
  page_shadow_kind kind;
  double x, y, angle, width, softness;
  double depth; /* share of the light taken away */
} page_shadow;

#define PAGE_SHADOWS_MAX 4

typedef struct page_light {
  double level; /* 1: white paper is nearly white; 0.1: a dim room */
  double gradient, gradient_angle;
  double vignette;
  double warmth; /* -1 blue .. 1 yellow */
  page_shadow shadows[PAGE_SHADOWS_MAX];
  int shadow_count;
} page_light;

/* A bright reflection: light added around a place, in shares of the picture's longer side. */
typedef struct page_glare {
  double x, y, radius;
  double strength; /* 1: as bright as white paper in full light; 0: none */
} page_glare;

/* A sheet that does not lie flat: a wave that moves its points across the wave's own direction. */
typedef struct page_bend {
  double depth; /* 0: flat */
  double length, angle, phase;
} page_bend;

typedef struct page_camera {
  double tilt, perspective, perspective_angle; /* perspective: relative change of scale over the picture */
  double blur;                                 /* standard deviation of the defocus */
  double noise;                                /* standard deviation of the sensor noise, in gray levels of 255 */
  int quality;                                 /* of the JPEG, 1..100, where one is written */
} page_camera;

typedef struct page_layout {
  char text[512];      /* digits, blanks between numbers, " | " between lines; empty: random numbers */
  int scattered;       /* not 0: so many random digits, all over the sheet, in sizes up to height; no text, no lines */
  int lines;           /* of random text; 0: blank paper */
  int numbers, digits; /* most numbers a line and digits a number of random text */
  double height;       /* of a digit; made smaller where the text does not fit */
  double pitch;        /* distance of lines, in digit heights */
  double gap, blank;   /* between digits and between numbers, in digit heights */
  double wobble;       /* standard deviation of baseline and size, in digit heights */
  double x, y;         /* where the text stands in the free room, 0..1 */
} page_layout;

typedef struct page_spec {
  uint64_t seed;
  int width, height;
  writer_style writer;
  page_pen pen;
  page_paper paper;
  page_light light;
  page_glare glare;
  page_bend bend;
  page_camera camera;
  page_layout layout;
} page_spec;

typedef struct page_truth_glyph {
  char digit;              /* on hard pages also a sign of a number: . , - + : / */
  int line, number;        /* from 0; numbers count from the page's first */
  int x, y, width, height; /* of the ink */
  int table, row, column;  /* table: from 1; 0 for what stands in no table's cell */
} page_truth_glyph;

typedef struct page_truth_table {
  double quad[4][2]; /* clockwise from its own top left */
  int rows, columns;
} page_truth_table;

typedef struct page_truth {
  page_truth_glyph *glyphs;
  size_t count;
  char *text;       /* as page_layout.text; of scattered digits each is a line, in no order */
  int is_scattered; /* compare as a multiset */
  page_truth_table *tables;
  size_t table_count;
  size_t marks; /* letters and drawings that are no digits */
} page_truth;

/* RGB, 8 bits, no padding. */
typedef struct page_picture {
  uint8_t *data;
  int width, height;
} page_picture;

/* Dark ballpoint on white paper in good light, seen straight from above; writer and text follow from the seed. */
void page_spec_init(page_spec *spec, uint64_t seed);
/* difficulty 0 (a good scan) .. 1 (about the worst that a patient person would still try). */
void page_spec_random(page_spec *spec, uint64_t seed, double difficulty);

/* 0, or -1 without memory. Both outputs belong to the caller; truth may be NULL. */
int page_draw(const page_spec *spec, page_picture *picture, page_truth *truth);
void page_picture_free(page_picture *picture);
void page_truth_free(page_truth *truth);

#endif
