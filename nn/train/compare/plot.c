/* The plot of the comparison as SVG: test error against the time of a prediction, both axes logarithmic, a point a
 * model with its 95 % interval. A label goes to the first place beside its point where it covers nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"

enum { WIDTH = 900, HEIGHT = 560, LEFT = 80, RIGHT = 30, TOP = 50, BOTTOM = 60, MOST = 32, PLACES = 8 };

static const double LETTER_WIDTH = 6.6, LETTER_HEIGHT = 13.0; /* of 12 pixels high type, on average */

/* A logarithmic axis: values low .. high run from pixel `from` to pixel `to`. */
typedef struct axis {
  double low, high, from, to;
} axis;

static double place(const axis *a, double value) {
  return a->from + (a->to - a->from) * log(value / a->low) / log(a->high / a->low);
}

typedef struct box {
  double x, y, width, height;
} box;

typedef struct plot {
  axis time, error;
  box taken[2 * MOST]; /* points, then labels */
  size_t taken_count;
} plot;

static int overlap(const box *a, const box *b) {
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height && b->y < a->y + a->height;
}

static int is_free(const plot *p, const box *wanted) {
  if (wanted->x < LEFT || wanted->x + wanted->width > WIDTH - RIGHT || wanted->y < TOP ||
      wanted->y + wanted->height > HEIGHT - BOTTOM)
    return 0;
  for (size_t i = 0; i < p->taken_count; i++)
    if (overlap(&p->taken[i], wanted)) return 0;
  return 1;
}

static double error_of(size_t correct, size_t images) {
  const double wrong = (double)(images - correct);
  return fmax(wrong, 0.5) / (double)images; /* a perfect score has a place, too */
}

/* 1, 2 or 5 times a power of ten: the largest not above, or the smallest not below the value. */
static double round_nicely(double value, int up) {
  static const double steps[] = {1.0, 2.0, 5.0, 10.0};
  const double power = pow(10.0, floor(log10(value)));
  double found = up ? 10.0 * power : power;
  for (int i = 0; i < 4; i++) {
    const double step = steps[up ? 3 - i : i] * power;
    if (up ? step >= value * 0.999 : step <= value * 1.001) found = step;
  }
  return found;
}

static plot make_plot(const train_table *t) {
  double fast = 1e300, slow = 0.0, best = 1.0, worst = 0.0;
  for (size_t i = 0; i < t->count; i++) {
    const train_row *row = &t->rows[i];
    double low, high;
    if (!t->measured[i]) continue;
    train_wilson(row->correct, row->images, &low, &high);
    fast = fmin(fast, fmax(row->prediction_microseconds, 1e-3));
    slow = fmax(slow, fmax(row->prediction_microseconds, 1e-3));
    best = fmin(best, fmax(1.0 - high, 0.25 / (double)row->images));
    worst = fmax(worst, fmin(1.0, fmax(1.0 - low, error_of(row->correct, row->images))));
  }
  if (slow == 0.0) fast = slow = best = worst = 1.0;
  return (plot){.time = {.low = round_nicely(0.7 * fast, 0),
                         .high = round_nicely(1.4 * slow, 1),
                         .from = LEFT,
                         .to = WIDTH - RIGHT},
                .error = {.low = round_nicely(0.9 * best, 0),
                          .high = round_nicely(1.05 * worst, 1),
                          .from = HEIGHT - BOTTOM,
                          .to = TOP}};
}

/* Lines and numbers at 1, 2 and 5 times the powers of ten; on a long axis at the powers alone. */
static void print_ticks(FILE *file, const axis *a, int along) {
  const int all = a->high / a->low < 2000.0;
  for (double tick = a->low; tick < a->high * 1.001;) {
    const double at = place(a, tick), lead = tick / pow(10.0, floor(log10(tick * 1.001)));
    if (all || lead < 1.5) {
      if (along)
        fprintf(file,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>\n<text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">%g</text>\n",
                at, TOP, at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18, tick);
      else
        fprintf(file,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n<text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%g</text>\n",
                LEFT, at, WIDTH - RIGHT, at, LEFT - 8, at + 4.0, 100.0 * tick);
    }
    tick *= lead < 1.5 || lead > 4.5 ? 2.0 : 2.5;
  }
}

static void print_frame(FILE *file, const plot *p, const train_table *t) {
  fprintf(file,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
          "font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n"
          "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
          "<text x=\"%d\" y=\"28\" font-size=\"16\">%s: test error against prediction time%s</text>\n",
          WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, t->compare->problem->title,
          t->compare->quick ? " (quick, small part of the data)" : "");
  print_ticks(file, &p->time, 1);
  print_ticks(file, &p->error, 0);
  fprintf(file,
          "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#222\"/>\n"
          "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">microseconds a %s, one thread</text>\n"
          "<text transform=\"translate(24 %d) rotate(-90)\" text-anchor=\"middle\">test error, %%, with 95 %% "
          "interval</text>\n",
          LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16,
          t->compare->problem->item, (TOP + HEIGHT - BOTTOM) / 2);
}

/* In pixels; top and bottom are those of what is drawn. */
typedef struct point {
  double x, y, top, bottom;
} point;

static point print_point(FILE *file, plot *p, const train_row *row) {
  double low, high;
  train_wilson(row->correct, row->images, &low, &high);
  const double x = place(&p->time, fmax(row->prediction_microseconds, 1e-3));
  const double y = place(&p->error, error_of(row->correct, row->images));
  const double top = place(&p->error, 1.0 - low), bottom = place(&p->error, fmax(1.0 - high, p->error.low));
  const point drawn = {.x = x, .y = y, .top = fmin(top, y - 6.0), .bottom = fmax(bottom, y + 6.0)};
  fprintf(file,
          "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#06c\" stroke-width=\"1.5\"/>\n"
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"#06c\"/>\n",
          x, top, x, bottom, x, y);
  p->taken[p->taken_count++] = (box){x - 6.0, drawn.top, 12.0, drawn.bottom - drawn.top};
  return drawn;
}

/* Right, left, above, below, right and left of the bar's ends. Where all is taken: the first, inside the frame
 * anyway. */
static void print_label(FILE *file, plot *p, const char *text, const point *at) {
  const double width = LETTER_WIDTH * (double)strlen(text), height = LETTER_HEIGHT;
  const double most = WIDTH - RIGHT - width - 2.0;
  const double rights = fmin(at->x + 9.0, most), lefts = at->x - 9.0 - width, middle = fmin(at->x - 0.5 * width, most);
  const double above = at->top - height - 2.0, level = at->y - 0.5 * height, below = at->bottom + 3.0;
  const box places[PLACES] = {{rights, level, width, height}, {lefts, level, width, height},
                              {middle, above, width, height}, {middle, below, width, height},
                              {rights, above, width, height}, {rights, below, width, height},
                              {lefts, above, width, height},  {lefts, below, width, height}};
  const box *found = &places[0];
  for (int i = PLACES - 1; i >= 0; i--)
    if (is_free(p, &places[i])) found = &places[i];
  p->taken[p->taken_count++] = *found;
  fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
          found->x, found->y + 10.5, width, text);
}

void train_plot_print(FILE *file, const train_table *t) {
  point points[MOST];
  plot p = make_plot(t);
  print_frame(file, &p, t);
  const size_t count = t->count < MOST ? t->count : MOST;
  for (size_t i = 0; i < count; i++)
    if (t->measured[i]) points[i] = print_point(file, &p, &t->rows[i]);
  for (size_t i = 0; i < count; i++)
    if (t->measured[i]) print_label(file, &p, t->families[i]->title, &points[i]);
  fputs("</svg>\n", file);
}
