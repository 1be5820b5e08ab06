/* The parts of a hard page's drawing, in the order in which they are laid. */
#ifndef GENERATOR_HARD_PARTS_H
#define GENERATOR_HARD_PARTS_H

#include "hard.h"
#include "paper.h"

/* A box of the picture, in pixels. */
typedef struct hard_box {
  double left, top, right, bottom;
} hard_box;

/* A page while it is drawn. */
typedef struct hard_drawing {
  const hard_page *page;
  const scan_set *scans;
  random_stream random;
  page_sheet sheet;
  ink_plane scratch; /* empty between calls: what goes into a colour layer is drawn here */
  page_glyph *glyphs;
  size_t count, capacity;
  page_truth_table *tables;
  size_t table_count;
  hard_box *taken; /* where nothing else may stand */
  size_t taken_count, taken_capacity;
  int line, number;
  size_t marks;
  int failed; /* not 0: no memory */
} hard_drawing;

enum { HARD_TABLES_MAX = 16 };

/* A straight line of the sheet with a round pen. */
void hard_line(const hard_drawing *drawing, ink_plane *plane, double x0, double y0, double x1, double y1, double width,
               double flow);
/* Marks a box as taken; grows the list. */
void hard_take(hard_drawing *drawing, hard_box box);
/* 1 where no taken box comes nearer than margin. */
int hard_is_free(const hard_drawing *drawing, hard_box box, double margin);
/* The box of the picture that a rectangle of the sheet covers. */
hard_box hard_cover(const hard_drawing *drawing, double left, double top, double right, double bottom);

/* The paper's own lines. */
void hard_rule_paper(hard_drawing *drawing);
/* Numbers, tables, forms: glyphs and tables of the truth, their ink and their printed lines. */
void hard_write_numbers(hard_drawing *drawing);
/* A whole page of words and drawings. */
void hard_write_letters(hard_drawing *drawing);
/* What lies about, wherever it is free. */
void hard_lay_clutter(hard_drawing *drawing);

#endif
