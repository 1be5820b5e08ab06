/* glyphlift-page-report: has generated pages of every condition read, prints a table of scores, and writes the pages
 * that were not read wholly right into a folder, with what was read drawn in. The reader's test ground. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../pipeline/output/output.h"
#include "conditions.h"
#include "encode.h"
#include "score.h"

typedef struct report_options {
  unsigned long long first, seeds;
  const char *folder;
} report_options;

static void usage(FILE *out) {
  fputs("Usage: glyphlift-page-report [OPTIONS] [CONDITION]...\n"
        "Reads generated pages and prints how much of them is right; every condition\n"
        "where none is named.\n"
        "  -n, --seeds N     pages of each condition (default 10)\n"
        "  -f, --first SEED  the first page's seed (default 1)\n"
        "  -o, --out FOLDER  write pages that are not wholly right there: picture,\n"
        "                    overlay, and misses.tsv\n"
        "  -m, --model FILE  instead of the built-in model\n"
        "  -h, --help\n",
        out);
}

/* Draws the page again for the folder: CONDITION-SEED.jpg, CONDITION-SEED.read.png and a row of misses.tsv. */
static void keep_page(const report_options *options, const char *name, unsigned long long seed, const page_spec *spec,
                      const glyph_page *page) {
  char path[4096];
  page_picture picture;
  page_truth truth;
  if (page_draw(spec, &picture, &truth)) return;
  snprintf(path, sizeof path, "%s/%s-%llu.jpg", options->folder, name, seed);
  if (encode_file(&picture, path, spec->camera.quality)) fprintf(stderr, "%s: cannot be written\n", path);
  snprintf(path, sizeof path, "%s/%s-%llu.read.png", options->folder, name, seed);
  glyph_error error;
  if (glyph_overlay_write(page, path, &error)) fprintf(stderr, "%s\n", error.message);
  snprintf(path, sizeof path, "%s/misses.tsv", options->folder);
  FILE *misses = fopen(path, "a");
  char *text = page_score_text(page);
  if (misses && text) fprintf(misses, "%s-%llu.jpg\t%s\t%s\n", name, seed, truth.text, text);
  if (misses) fclose(misses);
  free(text);
  page_picture_free(&picture);
  page_truth_free(&truth);
}

static void print_row(const char *name, const page_score *score) {
  double digits = score->digits ? (double)score->digits : 1, pages = (double)score->pages;
  printf("%-13s %5zu %6zu %6zu  %6.4f %6.4f %6.4f   %6.3f %6.3f   %5.2f %7.1f\n", name, score->pages, score->digits,
         score->read, page_score_recall(score), page_score_precision(score), page_score_f1(score),
         score->boxes / digits, score->overlap / digits, score->pages_right / pages, score->milliseconds / pages);
  fflush(stdout);
}

static int report_condition(glyph_reader *reader, const page_condition *condition, const report_options *options,
                            page_score *score) {
  for (unsigned long long seed = options->first; seed < options->first + options->seeds; seed++) {
    page_spec spec;
    glyph_page *page;
    glyph_error error;
    size_t right = score->pages_right;
    page_condition_spec(condition, seed, &spec);
    if (page_score_spec(reader, &spec, score, &page, &error)) {
      fprintf(stderr, "%s, seed %llu: %s\n", condition->name, seed, error.message);
      return 3;
    }
    if (options->folder && score->pages_right == right) keep_page(options, condition->name, seed, &spec, page);
    glyph_page_close(&page);
  }
  return 0;
}

/* How much the confidences are worth, over all digits read. */
static void print_calibration(page_answers *answers) {
  train_metrics m;
  if (!answers->count) return;
  train_metrics_of_answers(&m, answers->items, answers->count);
  printf(
      "\nof %zu digits read %.2f %% are right; expected calibration error of their confidences %.2f %%; rejecting the "
      "least certain 1 %% removes %.1f %% of the errors\n",
      m.images, 100 * m.accuracy, 100 * m.calibration_error, 100 * m.errors_removed);
}

static int report(glyph_reader *reader, char **names, int name_count, const report_options *options) {
  page_score total = {0};
  page_answers answers = {0};
  int status = 0;
  puts("condition     pages digits   read  recall  prec.  F1       boxes  IoU      right ms/page");
  for (size_t i = 0; i < page_condition_count && !status; i++) {
    int wanted = name_count == 0;
    for (int k = 0; k < name_count; k++) wanted |= !strcmp(names[k], page_conditions[i].name);
    if (!wanted) continue;
    page_score score = {.answers = &answers};
    status = report_condition(reader, &page_conditions[i], options, &score);
    if (status) break;
    print_row(page_conditions[i].name, &score);
    page_score_join(&total, &score);
  }
  if (total.pages && !status) {
    print_row("all", &total);
    print_calibration(&answers);
  }
  free(answers.items);
  return status;
}

int main(int argc, char **argv) {
  static const struct option long_options[] = {
      {"seeds", required_argument, NULL, 'n'}, {"first", required_argument, NULL, 'f'},
      {"out", required_argument, NULL, 'o'},   {"model", required_argument, NULL, 'm'},
      {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
  report_options options = {1, 10, NULL};
  glyph_options reading;
  glyph_options_init(&reading);
  int option;
  while ((option = getopt_long(argc, argv, "n:f:o:m:h", long_options, NULL)) != -1) switch (option) {
    case 'n': options.seeds = strtoull(optarg, NULL, 10); break;
    case 'f': options.first = strtoull(optarg, NULL, 10); break;
    case 'o': options.folder = optarg; break;
    case 'm': reading.model_path = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  for (int i = optind; i < argc; i++)
    if (!page_condition_find(argv[i])) {
      fprintf(stderr, "glyphlift-page-report: there is no condition '%s'\n", argv[i]);
      return 2;
    }
  if (options.folder) mkdir(options.folder, 0777);
  reading.keep_picture = options.folder != NULL;
  glyph_reader *reader;
  glyph_error error;
  if (glyph_reader_open(&reader, &reading, &error) != GLYPH_OK) {
    fprintf(stderr, "glyphlift-page-report: %s\n", error.message);
    return 3;
  }
  int status = report(reader, argv + optind, argc - optind, &options);
  glyph_reader_close(&reader);
  return status;
}
