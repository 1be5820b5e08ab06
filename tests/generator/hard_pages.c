/* glyphlift-hard-pages: draws hard pages, has them read, and prints how much of them is right, of each kind of page and
 * of all; writes an overview of the worst to look at, or the pages themselves with their truth. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../nn/train/dataset.h"
#include "encode.h"
#include "hard_run.h"

typedef struct hard_options {
  hard_run run;
  const char *overview, *folder, *part, *losses;
  size_t worst;
} hard_options;

static void usage(FILE *out) {
  fputs("Usage: glyphlift-hard-pages [OPTIONS]\n"
        "Draws hard pages of handwritten numbers, has them read, and prints how much of\n"
        "them is right.\n"
        "  -n, --pages N          how many (default 50)\n"
        "  -f, --first SEED       the first page's seed (default 1)\n"
        "  -j, --threads N        pages at a time (default 2)\n"
        "  -w, --writers WHOSE    strokes (default), or mnist-train or mnist-test from\n"
        "                         the folder mnist of GLYPHLIFT_DATA; mnist-test is for\n"
        "                         final figures only\n"
        "  -l, --letters          pages of letters, words and drawings without a digit\n"
        "  -k, --kind LABEL       only pages of that kind, as the table names it: 'pen\n"
        "                         pencil'\n"
        "  -o, --overview F.png   the worst pages side by side, misread places marked\n"
        "  -c, --count N          pages in the overview (default 12)\n"
        "  -x, --losses F.tsv     what became of each digit: a table, and in the file a\n"
        "                         line for each that was lost\n"
        "  -d, --draw FOLDER      read nothing: write the pages and truth.jsonl there\n"
        "  -m, --model FILE       instead of the built-in model\n"
        "  -h, --help\n",
        out);
}

static int parse(int argc, char **argv, hard_options *out) {
  static const struct option options[] = {{"pages", required_argument, NULL, 'n'},
                                          {"first", required_argument, NULL, 'f'},
                                          {"threads", required_argument, NULL, 'j'},
                                          {"writers", required_argument, NULL, 'w'},
                                          {"letters", no_argument, NULL, 'l'},
                                          {"kind", required_argument, NULL, 'k'},
                                          {"overview", required_argument, NULL, 'o'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"draw", required_argument, NULL, 'd'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"losses", required_argument, NULL, 'x'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "n:f:j:w:lk:o:c:x:d:m:h", options, NULL)) != -1) switch (option) {
    case 'n': out->run.pages = strtoul(optarg, NULL, 10); break;
    case 'f': out->run.first = strtoull(optarg, NULL, 10); break;
    case 'j': out->run.threads = atoi(optarg); break;
    case 'w': out->part = optarg; break;
    case 'l': out->run.has_letters = 1; break;
    case 'k': out->run.only = optarg; break;
    case 'o': out->overview = optarg; break;
    case 'c': out->worst = strtoul(optarg, NULL, 10); break;
    case 'x':
      out->losses = optarg;
      out->run.with_losses = 1;
      break;
    case 'd': out->folder = optarg; break;
    case 'm': out->run.model_path = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  if (optind == argc && out->run.pages > 0) return -1;
  usage(stderr);
  return 2;
}

/* 0, or the exit status. */
static int load_writers(const char *whose, train_dataset *data, scan_set *scans) {
  char folder[4096];
  train_error error;
  const char *part = !strcmp(whose, "mnist-train") ? "train" : !strcmp(whose, "mnist-test") ? "t10k" : NULL;
  const char *root = getenv("GLYPHLIFT_DATA");
  if (!part) {
    fprintf(stderr, "glyphlift-hard-pages: --writers %s: expected strokes, mnist-train or mnist-test\n", whose);
    return 2;
  }
  snprintf(folder, sizeof folder, "%s/mnist", root ? root : ".");
  if (train_dataset_read_folder(data, folder, part, 10, &error) == TRAIN_OK) {
    *scans = (scan_set){data->pixels, data->labels, data->count};
    return 0;
  }
  fprintf(stderr, "glyphlift-hard-pages: %s\n", error.message);
  return 3;
}

static double percent(size_t part, size_t whole) {
  return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_row(const char *name, const page_score *score) {
  printf("%-24s %5zu %6zu %8.2f %8.2f %8.2f %7.3f %8.1f\n", name, score->pages, score->digits,
         percent(score->placed, score->digits), percent(score->numbers_right, score->numbers),
         percent(score->false_digits, score->digits), page_score_calibration_error(score),
         score->pages ? score->milliseconds / (double)score->pages : 0);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A row of the losses: how many of the digits had a candidate of their own, and what became of all. */
static void print_losses_row(const char *name, const hard_losses *losses) {
  size_t all = 0, found = 0;
  for (int fate = 0; fate < HARD_FATES; fate++) {
    all += losses->counts[fate];
    found += fate <= HARD_REPLACED ? losses->counts[fate] : 0;
  }
  printf("%-24s %6zu %8.2f", name, all, percent(found, all));
  for (int fate = 0; fate < HARD_FATES; fate++) printf(" %8.2f", percent(losses->counts[fate], all));
  putchar('\n');
}

static void print_losses_head(void) {
  printf("\n%-24s %6s %8s", "% of the digits", "digits", "found");
  for (int fate = 0; fate < HARD_FATES; fate++) printf(" %8s", hard_fate_names[fate]);
  putchar('\n');
}

/* A row for each kind of page, and one for all; of the scores, or of the losses. */
static int print_table(const hard_result *results, size_t count, int of_losses) {
  const char **names = malloc((count * HARD_LABELS_MAX + 1) * sizeof *names);
  if (!names) return 3;
  size_t name_count = 0;
  for (size_t i = 0; i < count; i++)
    for (int k = 0; k < results[i].label_count; k++) names[name_count++] = results[i].labels[k];
  qsort(names, name_count, sizeof *names, by_name);
  if (of_losses)
    print_losses_head();
  else
    puts("kind                     pages digits  right %  numb. %  false %     ECE  ms/page");
  for (size_t i = 0; i <= name_count; i++) {
    if (i && i < name_count && !strcmp(names[i], names[i - 1])) continue;
    const char *label = i < name_count ? names[i] : NULL;
    const page_score score = hard_run_sum(results, count, label);
    const hard_losses losses = hard_run_losses(results, count, label);
    if (of_losses)
      print_losses_row(label ? label : "all", &losses);
    else
      print_row(label ? label : "all", &score);
  }
  free(names);
  return 0;
}

/* Each lost digit's page, what was written, its box in the picture, and what became of it. */
static int write_losses(const hard_options *options, const hard_result *results) {
  FILE *file = fopen(options->losses, "w");
  int failed = !file || fputs("seed\tdigit\tx\ty\twidth\theight\tfate\n", file) < 0;
  for (size_t i = 0; i < options->run.pages && !failed; i++) {
    hard_page page;
    page_picture picture;
    page_truth truth;
    hard_run_page(&options->run, results[i].seed, &page);
    failed = hard_page_draw(&page, options->run.scans, &picture, &truth);
    for (size_t k = 0; k < truth.count && !failed; k++) {
      const page_truth_glyph *g = &truth.glyphs[k];
      if (results[i].losses.fates[k] != HARD_RIGHT)
        failed = fprintf(file, "%llu\t%c\t%d\t%d\t%d\t%d\t%s\n", (unsigned long long)results[i].seed, g->digit, g->x,
                         g->y, g->width, g->height, hard_fate_names[results[i].losses.fates[k]]) < 0;
    }
    page_picture_free(&picture);
    page_truth_free(&truth);
  }
  failed |= file && fclose(file);
  if (failed) fprintf(stderr, "glyphlift-hard-pages: %s: cannot be written: %s\n", options->losses, strerror(errno));
  return failed ? 3 : 0;
}

static void print_letters(const hard_result *results, size_t count) {
  page_score total = hard_run_sum(results, count, NULL);
  printf("%zu pages, %zu marks, %zu read as digits (%.2f %%), %.1f ms a page\n", total.pages, total.marks,
         total.false_digits, percent(total.false_digits, total.marks),
         total.pages ? total.milliseconds / (double)total.pages : 0);
}

static int draw_page(const hard_options *options, uint64_t seed, FILE *truths) {
  char path[4096], name[64];
  hard_page page;
  page_picture picture;
  page_truth truth;
  hard_run_page(&options->run, seed, &page);
  if (hard_page_draw(&page, options->run.scans, &picture, &truth)) return 3;
  snprintf(name, sizeof name, "hard-%llu.jpg", (unsigned long long)seed);
  snprintf(path, sizeof path, "%s/%s", options->folder, name);
  char *json = hard_truth_json(&truth, &picture, name);
  int failed = !json || encode_file(&picture, path, page.spec.camera.quality) || fprintf(truths, "%s\n", json) < 0;
  if (failed) fprintf(stderr, "glyphlift-hard-pages: %s: cannot be written: %s\n", path, strerror(errno));
  free(json);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return failed ? 3 : 0;
}

static int draw_pages(const hard_options *options) {
  char path[4096];
  mkdir(options->folder, 0777);
  snprintf(path, sizeof path, "%s/truth.jsonl", options->folder);
  FILE *truths = fopen(path, "w");
  if (!truths) {
    fprintf(stderr, "glyphlift-hard-pages: %s: cannot be written: %s\n", path, strerror(errno));
    return 3;
  }
  int status = 0;
  for (size_t i = 0; i < options->run.pages && !status; i++)
    status = draw_page(options, options->run.first + i, truths);
  return fclose(truths) ? 3 : status;
}

static int read_pages(const hard_options *options) {
  glyph_error error;
  hard_result *results = malloc(options->run.pages * sizeof *results);
  int status = results ? 0 : 3;
  if (!status && hard_run_read(&options->run, results, &error)) status = 1;
  if (!status && options->run.has_letters)
    print_letters(results, options->run.pages);
  else if (!status)
    status = print_table(results, options->run.pages, 0);
  if (!status && options->losses) status = print_table(results, options->run.pages, 1);
  if (!status && options->losses) status = write_losses(options, results);
  if (!status && options->overview &&
      hard_overview_write(&options->run, results, options->worst, options->overview, &error))
    status = 1;
  if (status == 1) fprintf(stderr, "glyphlift-hard-pages: %s\n", error.message);
  hard_run_free(&options->run, results);
  return status ? 3 : 0;
}

int main(int argc, char **argv) {
  hard_options options = {.run = {.first = 1, .pages = 50, .threads = 2}, .worst = 12, .part = "strokes"};
  int status = parse(argc, argv, &options);
  if (status >= 0) return status;
  train_dataset data = {0};
  scan_set scans = {0};
  if (strcmp(options.part, "strokes")) {
    status = load_writers(options.part, &data, &scans);
    if (status) return status;
    options.run.scans = &scans;
  }
  status = options.folder ? draw_pages(&options) : read_pages(&options);
  train_dataset_free(&data);
  return status;
}
