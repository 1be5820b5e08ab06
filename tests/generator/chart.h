/* Charts: pages with shapes drawn by the trainer's hands, numbers in some of them, lines and arrows between them, and
 * numbers, lines and arrows that stand alone; with exact truth. */
#ifndef GENERATOR_CHART_H
#define GENERATOR_CHART_H

#include "../../nn/train/drawing.h"
#include "page.h"

typedef struct chart_spec {
  page_spec page; /* layout: the height of digits and the writer's habits; the rest of it is not heeded */
  int columns, rows;
  double shapes, numbers, strokes; /* shares of places that hold one, the rest stay empty */
  double inscribed;                /* share of the shapes that can, with a number in them */
  double linked;                   /* share of neighbouring shapes with a line between them */
  int flow;                        /* 1: shapes of flow charts alone, in their order, each linked to the next */
} chart_spec;

/* A shape; also a line or an arrow that stands alone. */
typedef struct chart_shape {
  train_shape kind;
  double box[4]; /* x0 y0 x1 y1 in the picture, of the pen's way */
  char text[8];  /* the number in it; empty: none */
} chart_shape;

typedef struct chart_link {
  int from, to; /* places in the list of shapes; the head, if any, is at `to` */
  int has_head;
} chart_link;

typedef struct chart_truth {
  chart_shape *shapes;
  size_t shape_count;
  chart_link *links;
  size_t link_count;
  page_truth digits; /* in shapes and out of them, in no order */
} chart_truth;

/* Six to twenty shapes and numbers, of any kind, on paper as page_spec_random has it. */
void chart_spec_random(chart_spec *spec, uint64_t seed, double difficulty);
/* A flow chart, its shapes one below the other. */
void chart_spec_flow(chart_spec *spec, uint64_t seed, int shapes);

/* 0, or -1 without memory. Both outputs belong to the caller. */
int chart_draw(const chart_spec *spec, page_picture *picture, chart_truth *truth);
void chart_truth_free(chart_truth *truth);

#endif
