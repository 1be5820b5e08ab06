/* The time each stage takes on a page, single thread, beside libjpeg-turbo's gray decode of the same file:
 *
 *   bench_page [-s] [-t] [-n RUNS] FILE...
 *
 * The least of RUNS (default 5) readings counts for each stage, since whatever else the machine does only adds to it; of
 * the whole and of the decode beside it processor time, the least and the median, the two by turns. The decode is that of
 * the whole file, whatever the reader decodes of it. The first ratio is that of all stages from decode to crops, the
 * network and what needs it left aside; with -s, which reads shapes, that of all stages. With -t Tesseract, where it is
 * installed, reads each file once with one thread. */
#include "../../pipeline/glyphlift.h"
#include "../../pipeline/input/input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STAGES_MAX = 32, RUNS_DEFAULT = 5 };

typedef struct stage_time {
  const char *name;
  double least_ms;
} stage_time;

typedef struct times {
  stage_time stages[STAGES_MAX];
  size_t count;
  double *totals, *decodes; /* owned; of each run, processor time; decodes are 0 where the file is no JPEG */
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

static double processor_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* libjpeg-turbo's gray decode of a whole JPEG, into rows that are used again; 0 where it is none. A file that the reader
 * has read is sound. */
static double time_decode(const input_bytes *file) {
  enum { ROWS = 16 };
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr manager;
  if (file->size < 2 || file->data[0] != 0xff || file->data[1] != 0xd8) return 0;
  const double start = processor_ms();
  cinfo.err = jpeg_std_error(&manager);
  jpeg_create_decompress(&cinfo);
  jpeg_mem_src(&cinfo, file->data, file->size);
  jpeg_read_header(&cinfo, TRUE);
  cinfo.out_color_space = JCS_GRAYSCALE;
  jpeg_start_decompress(&cinfo);
  JSAMPARRAY rows = cinfo.mem->alloc_sarray((j_common_ptr)&cinfo, JPOOL_IMAGE, cinfo.output_width, ROWS);
  while (cinfo.output_scanline < cinfo.output_height) jpeg_read_scanlines(&cinfo, rows, ROWS);
  jpeg_finish_decompress(&cinfo);
  jpeg_destroy_decompress(&cinfo);
  return processor_ms() - start;
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
  double sum = 0;
  qsort(t->totals, (size_t)set->runs, sizeof *t->totals, compare_double);
  qsort(t->decodes, (size_t)set->runs, sizeof *t->decodes, compare_double);
  const double median = t->totals[set->runs / 2], median_decode = t->decodes[set->runs / 2];
  printf("%s: %d x %d, %zu %s\n", path, page->width, page->height, set->shapes ? page->shape_count : page->glyph_count,
         set->shapes ? "shapes" : "digits");
  for (size_t i = 0; i < t->count; i++) {
    const stage_time *stage = &t->stages[i];
    printf("  %-12s %9.2f ms\n", stage->name, stage->least_ms);
    if (set->shapes ? strcmp(stage->name, "total") != 0 : !is_of_network(stage->name)) sum += stage->least_ms;
  }
  const char *const name = set->shapes ? "all stages" : "decode to crops";
  if (median_decode > 0) {
    printf("  libjpeg-turbo, the whole file in gray: least %.2f ms, median of %d %.2f ms\n", t->decodes[0], set->runs,
           median_decode);
    printf("  %s: %.2f ms, %.2f times that decode\n", name, sum, sum / t->decodes[0]);
    printf("  total, processor time: least %.2f ms, %.2f times the least decode\n", t->totals[0],
           t->totals[0] / t->decodes[0]);
    printf("  total, processor time: median of %d %.2f ms, %.2f times the median decode\n", set->runs, median,
           median / median_decode);
  } else {
    printf("  %s: %.2f ms\n", name, sum);
    printf("  total, processor time: least %.2f ms, median of %d %.2f ms\n", t->totals[0], set->runs, median);
  }
  const double tesseract = set->tesseract ? time_tesseract(path) : 0;
  if (tesseract < 0)
    printf("  Tesseract is not installed, or cannot read the file\n");
  else if (tesseract > 0)
    printf("  Tesseract %.0f ms, %.1f times the median\n", tesseract, tesseract / median);
}

static int bench(glyph_reader *reader, const char *path, const settings *set) {
  times t = {.totals = calloc((size_t)set->runs, sizeof *t.totals),
             .decodes = calloc((size_t)set->runs, sizeof *t.decodes)};
  input_bytes file = {0};
  glyph_error error;
  int failed = !t.totals || !t.decodes;
  if (!failed && input_read_file(path, &file, &error) != GLYPH_OK) {
    fprintf(stderr, "%s\n", error.message);
    failed = 1;
  }
  for (int run = 0; !failed && run < set->runs; run++) {
    glyph_page *page = NULL;
    const double start = processor_ms();
    if ((set->shapes ? glyph_read_shapes_file : glyph_read_file)(reader, path, &page, &error) != GLYPH_OK) {
      fprintf(stderr, "%s\n", error.message);
      failed = 1;
      break;
    }
    t.totals[run] = processor_ms() - start;
    t.decodes[run] = time_decode(&file);
    for (size_t i = 0; i < page->timing_count; i++) note(&t, &page->timings[i]);
    if (run == set->runs - 1) print(path, page, set, &t);
    glyph_page_close(&page);
  }
  input_bytes_free(&file);
  free(t.totals);
  free(t.decodes);
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
