/* The time each stage takes on a page, single thread, beside libjpeg-turbo's gray decode of the same file:
 *
 *   bench_page [-s] [-t] [-n RUNS] FILE...
 *
 * The least of RUNS (default 5) readings counts for each stage, since whatever else the machine does only adds to it, and
 * of the whole the median too. The first ratio is that of all stages from decode to crops, the network and what needs it
 * left aside, to the decode; with -s, which reads shapes, that of all stages. With -t Tesseract, where it is installed,
 * reads each file once with one thread: its processor time, since it takes long enough to be interrupted. */
#include "../../pipeline/glyphlift.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAGES_MAX = 32, RUNS_DEFAULT = 5 };

typedef struct stage_time {
  const char *name;
  double least_ms;
} stage_time;

typedef struct times {
  stage_time stages[STAGES_MAX];
  size_t count;
  double *totals; /* owned; of each run */
} times;

typedef struct settings {
  int shapes, tesseract, runs;
} settings;

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

static int compare_double(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double of_stage(const times *t, const char *name) {
  for (size_t i = 0; i < t->count; i++)
    if (!strcmp(t->stages[i].name, name)) return t->stages[i].least_ms;
  return 0;
}

/* Tesseract's processor time for a page of lines, milliseconds; negative where it is not installed or fails. */
static double time_tesseract(const char *path) {
  struct rusage usage;
  int status;
  fflush(stdout); /* or the child would write it too */
  const pid_t child = fork();
  if (child == 0) {
    setenv("OMP_THREAD_LIMIT", "1", 1);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(127);
    execlp("tesseract", "tesseract", path, "stdout", "--psm", "6", (char *)NULL);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status)) return -1;
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void print(const char *path, const glyph_page *page, const settings *set, const times *t) {
  const double decode = fmax(of_stage(t, "decode"), 1e-9);
  double sum = 0;
  printf("%s: %d x %d, %zu %s\n", path, page->width, page->height, set->shapes ? page->shape_count : page->glyph_count,
         set->shapes ? "shapes" : "digits");
  for (size_t i = 0; i < t->count; i++) {
    const stage_time *stage = &t->stages[i];
    printf("  %-12s %9.2f ms\n", stage->name, stage->least_ms);
    if (set->shapes ? strcmp(stage->name, "total") != 0 : !is_of_network(stage->name)) sum += stage->least_ms;
  }
  printf("  %s %.2f ms, %.2f times the decode\n", set->shapes ? "all stages" : "decode to crops", sum, sum / decode);
  qsort(t->totals, (size_t)set->runs, sizeof *t->totals, compare_double);
  const double median = t->totals[set->runs / 2];
  printf("  total, median of %d: %.2f ms, %.2f times the decode\n", set->runs, median, median / decode);
  const double tesseract = set->tesseract ? time_tesseract(path) : 0;
  if (tesseract < 0)
    printf("  Tesseract is not installed, or cannot read the file\n");
  else if (tesseract > 0)
    printf("  Tesseract %.0f ms, %.1f times the median\n", tesseract, tesseract / median);
}

static int bench(glyph_reader *reader, const char *path, const settings *set) {
  times t = {.totals = calloc((size_t)set->runs, sizeof *t.totals)};
  int failed = t.totals == NULL;
  for (int run = 0; !failed && run < set->runs; run++) {
    glyph_page *page = NULL;
    glyph_error error;
    if ((set->shapes ? glyph_read_shapes_file : glyph_read_file)(reader, path, &page, &error) != GLYPH_OK) {
      fprintf(stderr, "%s\n", error.message);
      failed = 1;
      break;
    }
    for (size_t i = 0; i < page->timing_count; i++) note(&t, &page->timings[i]);
    for (size_t i = 0; i < page->timing_count; i++)
      if (!strcmp(page->timings[i].stage, "total")) t.totals[run] = page->timings[i].milliseconds;
    if (run == set->runs - 1) print(path, page, set, &t);
    glyph_page_close(&page);
  }
  free(t.totals);
  return failed;
}

int main(int argc, char **argv) {
  settings set = {.runs = RUNS_DEFAULT};
  int failed = 0, option;
  while ((option = getopt(argc, argv, "stn:")) != -1) {
    if (option == 's')
      set.shapes = 1;
    else if (option == 't')
      set.tesseract = 1;
    else
      set.runs = option == 'n' ? atoi(optarg) : 0;
  }
  if (optind >= argc || set.runs < 1) {
    fprintf(stderr, "usage: bench_page [-s] [-t] [-n RUNS] FILE...\n");
    return 2;
  }
  glyph_reader *reader = NULL;
  glyph_error error;
  if (glyph_reader_open(&reader, NULL, &error) != GLYPH_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (int i = optind; i < argc; i++) failed |= bench(reader, argv[i], &set);
  glyph_reader_close(&reader);
  return failed;
}
