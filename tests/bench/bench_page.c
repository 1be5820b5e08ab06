/* The time each stage takes on a page, single thread, beside libjpeg-turbo's gray decode of the same file:
 *
 *   bench_page [-s] [-n RUNS] FILE...
 *
 * The least of RUNS (default 5) readings counts for each stage, since whatever else the machine does only adds to it.
 * The ratio is that of all stages from decode to crops, the network and what needs it left aside, to the decode; with -s,
 * which reads shapes, that of all stages. */
#include "../../pipeline/glyphlift.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAGES_MAX = 32, RUNS_DEFAULT = 5 };

typedef struct stage_time {
  const char *name;
  double least_ms;
} stage_time;

typedef struct times {
  stage_time stages[STAGES_MAX];
  size_t count;
} times;

static void note(times *t, const glyph_timing *timing) {
  size_t i = 0;
  while (i < t->count && strcmp(t->stages[i].name, timing->stage)) i++;
  if (i == STAGES_MAX) return;
  if (i == t->count) t->stages[t->count++] = (stage_time){timing->stage, INFINITY};
  t->stages[i].least_ms = fmin(t->stages[i].least_ms, timing->milliseconds);
}

static int is_of_network(const char *stage) {
  static const char *const names[] = {"orientation", "classify", "split", "judge", "lines", "total"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(stage, names[i])) return 1;
  return 0;
}

static void print(const char *path, const glyph_page *page, int shapes, const times *t) {
  double decode = 0, sum = 0;
  printf("%s: %d x %d, %zu %s\n", path, page->width, page->height, shapes ? page->shape_count : page->glyph_count,
         shapes ? "shapes" : "digits");
  for (size_t i = 0; i < t->count; i++) {
    const stage_time *stage = &t->stages[i];
    printf("  %-12s %9.2f ms\n", stage->name, stage->least_ms);
    if (!strcmp(stage->name, "decode")) decode = stage->least_ms;
    if (shapes ? strcmp(stage->name, "total") != 0 : !is_of_network(stage->name)) sum += stage->least_ms;
  }
  printf("  %s %.2f ms, %.2f times the decode\n", shapes ? "all stages" : "decode to crops", sum,
         sum / fmax(decode, 1e-9));
}

static int bench(glyph_reader *reader, const char *path, int shapes, int runs) {
  times t = {.count = 0};
  for (int run = 0; run < runs; run++) {
    glyph_page *page = NULL;
    glyph_error error;
    if ((shapes ? glyph_read_shapes_file : glyph_read_file)(reader, path, &page, &error) != GLYPH_OK) {
      fprintf(stderr, "%s\n", error.message);
      return 1;
    }
    for (size_t i = 0; i < page->timing_count; i++) note(&t, &page->timings[i]);
    if (run == runs - 1) print(path, page, shapes, &t);
    glyph_page_close(&page);
  }
  return 0;
}

int main(int argc, char **argv) {
  int runs = RUNS_DEFAULT, first = 1, failed = 0;
  const int shapes = argc > 1 && !strcmp(argv[1], "-s");
  first += shapes;
  if (argc > first + 1 && !strcmp(argv[first], "-n")) runs = atoi(argv[first + 1]), first += 2;
  if (first >= argc || runs < 1) {
    fprintf(stderr, "usage: bench_page [-s] [-n RUNS] FILE...\n");
    return 2;
  }
  glyph_reader *reader = NULL;
  glyph_error error;
  if (glyph_reader_open(&reader, NULL, &error) != GLYPH_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (int i = first; i < argc; i++) failed |= bench(reader, argv[i], shapes, runs);
  glyph_reader_close(&reader);
  return failed;
}
