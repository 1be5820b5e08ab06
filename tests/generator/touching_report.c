/* glyphlift-touching-report: has strings of touching digits read and prints how many are right. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "encode.h"
#include "touching.h"

typedef struct report {
  const char *folder;
  unsigned long long seed;
  int count;
} report;

static void usage(FILE *out) {
  fputs("Usage: glyphlift-touching-report [OPTIONS]\n"
        "Reads strings made of MNIST's last 10,000 training pictures (drawn digits where\n"
        "GLYPHLIFT_DATA has none).\n"
        "  -n, --strings N    how many (default 1000; whole pages of 40)\n"
        "  -d, --digits N     in a string, 1 to 6 (default 2)\n"
        "  -a, --all-gaps     also strings whose digits do not touch\n"
        "  -t, --test         MNIST's test set: for final figures only\n"
        "  -s, --strokes      drawn digits\n"
        "  -f, --first SEED   the first page's seed (default 1)\n"
        "  -o, --out FOLDER   write the wrong ones there\n"
        "  -m, --model FILE   instead of the built-in model\n"
        "  -h, --help\n",
        out);
}

/* FOLDER/SEED-COUNT-TRUTH-READ.png */
static void keep(void *user, const touching_string *truth, const char *read, const page_picture *picture) {
  report *r = user;
  char path[4096];
  const int margin = truth->height / 4, width = truth->width + 2 * margin, height = truth->height + 2 * margin;
  page_picture part = {malloc(3 * (size_t)width * (size_t)height), width, height};
  snprintf(path, sizeof path, "%s/%llu-%d-%s-%s.png", r->folder, r->seed, r->count++, truth->text, read);
  for (int y = 0; part.data && y < height; y++)
    memcpy(part.data + 3 * (size_t)y * (size_t)width,
           picture->data + 3 * ((size_t)(truth->y - margin + y) * (size_t)picture->width + (size_t)(truth->x - margin)),
           3 * (size_t)width);
  if (!part.data || encode_file(&part, path, 90)) fprintf(stderr, "%s: cannot be written\n", path);
  page_picture_free(&part);
}

static int run(const touching_spec *first, size_t strings, const digit_samples *samples, const glyph_options *options,
               report *r) {
  touching_score score = {0};
  glyph_reader *reader;
  glyph_error error;
  int status = glyph_reader_open(&reader, options, &error) == GLYPH_OK ? 0 : 3;
  for (touching_spec spec = *first; !status && score.strings < strings; spec.seed++) {
    r->seed = spec.seed;
    if (touching_score_page(reader, &spec, samples, &score, r->folder ? keep : NULL, r, &error)) status = 3;
  }
  glyph_reader_close(&reader);
  if (status) {
    fprintf(stderr, "glyphlift-touching-report: %s\n", error.message);
    return status;
  }
  printf("%zu strings: %.2f %% right; %zu with digits too few, %zu too many, %zu misread\n", score.strings,
         100.0 * (double)score.right / (double)score.strings, score.fewer, score.more,
         score.strings - score.right - score.fewer - score.more);
  return 0;
}

static int open_samples(digit_samples *samples, samples_part part, int strokes) {
  enum { DRAWN = 5000 };
  const int status = strokes ? 1 : digit_samples_read(samples, part);
  if (status <= 0) return status;
  if (!strokes) puts("No MNIST in GLYPHLIFT_DATA: drawn digits");
  return digit_samples_draw(samples, DRAWN, 1);
}

int main(int argc, char **argv) {
  static const struct option long_options[] = {
      {"strings", required_argument, NULL, 'n'}, {"digits", required_argument, NULL, 'd'},
      {"all-gaps", no_argument, NULL, 'a'},      {"test", no_argument, NULL, 't'},
      {"strokes", no_argument, NULL, 's'},       {"first", required_argument, NULL, 'f'},
      {"out", required_argument, NULL, 'o'},     {"model", required_argument, NULL, 'm'},
      {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
  touching_spec spec;
  glyph_options options;
  report r = {0};
  size_t strings = 1000;
  int strokes = 0, option;
  samples_part part = SAMPLES_TUNING;
  touching_spec_init(&spec, 1);
  glyph_options_init(&options);
  spec.all_touch = 1;
  while ((option = getopt_long(argc, argv, "n:d:atsf:o:m:h", long_options, NULL)) != -1) switch (option) {
    case 'n': strings = strtoull(optarg, NULL, 10); break;
    case 'd': spec.digits = atoi(optarg); break;
    case 'a': spec.all_touch = 0; break;
    case 't': part = SAMPLES_TEST; break;
    case 's': strokes = 1; break;
    case 'f': spec.seed = strtoull(optarg, NULL, 10); break;
    case 'o': r.folder = optarg; break;
    case 'm': options.model_path = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  if (spec.digits < 1 || spec.digits > TOUCHING_DIGITS_MAX) {
    fputs("glyphlift-touching-report: --digits takes 1 to 6\n", stderr);
    return 2;
  }
  if (r.folder) mkdir(r.folder, 0777);
  digit_samples samples;
  if (open_samples(&samples, part, strokes)) {
    fputs("glyphlift-touching-report: MNIST's files are damaged, or memory is short\n", stderr);
    return 3;
  }
  const int status = run(&spec, strings, &samples, &options, &r);
  digit_samples_free(&samples);
  return status;
}
