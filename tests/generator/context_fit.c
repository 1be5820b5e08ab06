/* glyphlift-context-fit: draws hard pages and pages of letters, has their marks read, and fits the model by which
 * context.c tells digits from what only looks like them, and the weights by which touching.c tells chains of digits from
 * words; prints both as C. To be run again with every new network. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../nn/train/compare/minimise.h"
#include "../../pipeline/context.h"
#include "conditions.h"
#include "hard_watch.h"
#include "samples.h"

static const double ridge = 2; /* marks' worth of prior knowledge that weights are small */
static const double letters_weight =
    2; /* of a page of letters, beside one of numbers: there, every digit read is wrong */

/* A proposal of which so much is right stands. To refuse it counts as so many others taken, and the many proposals in words
 * count for less: context.c sees them too. */
static const double chain_right_min = 0.6, chain_weight = 6, chain_letters_weight = 0.1;

typedef enum mark_truth { MARK_NO_DIGIT, MARK_MISREAD, MARK_RIGHT, MARK_LEFT_OUT } mark_truth;

/* The marks of a page as the reader saw them. */
typedef struct fit_page {
  context_page context;
  mark_truth *truth; /* one a mark, like the rest */
  unsigned char *is_cut;
  double *odds;
  double (*rows)[CONTEXT_FEATURES];
  double weight;
} fit_page;

/* What was proposed for touching digits. */
typedef struct fit_chain {
  double row[TOUCHING_FEATURES], weight;
  unsigned char is_right;
} fit_chain;

typedef struct fit_work {
  fit_page *pages;
  size_t count, capacity;
  double weight; /* of the page in hand */
  fit_chain *chains;
  size_t chain_count, chain_capacity;
  int has_letters; /* the page in hand */
} fit_work;

/* ---- the marks and what they are ---- */

static int is_digit(char sign) {
  return sign >= '0' && sign <= '9';
}

/* A sign of a number is no digit, but a stroke that is read as a 1 and becomes a slash later is no mistake. */
static int is_sign(const page_truth *drawn, const glyph_box *box) {
  for (size_t i = 0; i < drawn->count; i++)
    if (!is_digit(drawn->glyphs[i].digit) && page_score_overlap(&drawn->glyphs[i], box) > 0.2) return 1;
  return 0;
}

/* Only open marks are paired with the digits that were drawn. */
static int tell_truth(fit_page *page, const page_truth *drawn, const judge_verdict *verdicts) {
  glyph_glyph *read = calloc(page->context.count + 1, sizeof *read);
  page_match match = {0};
  int status = -1;
  if (!read) return -1;
  for (size_t i = 0; i < page->context.count; i++)
    if (page->context.marks[i].is_open) read[i] = verdicts[page->context.marks[i].glyph].glyph;
  const glyph_page answer = {.glyphs = read, .glyph_count = page->context.count};
  if (!page_match_make(&match, drawn, &answer)) status = 0;
  for (size_t i = 0; !status && i < page->context.count; i++) {
    const int written = match.written_of[i];
    page->truth[i] = !page->context.marks[i].is_open ? MARK_LEFT_OUT
                     : written < 0                   ? is_sign(drawn, &read[i].box) ? MARK_LEFT_OUT : MARK_NO_DIGIT
                     : drawn->glyphs[written].digit == read[i].text[0] ? MARK_RIGHT
                                                                       : MARK_MISREAD;
  }
  page_match_free(&match);
  free(read);
  return status;
}

static void free_page(fit_page *page) {
  context_close(&page->context);
  free(page->truth), free(page->is_cut), free(page->odds), free(page->rows);
}

static int add_room(fit_work *work) {
  if (work->count < work->capacity) return 0;
  const size_t capacity = work->capacity ? 2 * work->capacity : 64;
  fit_page *pages = realloc(work->pages, capacity * sizeof *pages);
  if (!pages) return -1;
  work->pages = pages;
  work->capacity = capacity;
  return 0;
}

static int watch(void *user, const page_truth *drawn, const stage_glyphs *glyphs, size_t uncut_count,
                 const judge_verdict *verdicts, const uint8_t *crops) {
  fit_work *work = user;
  (void)crops;
  if (add_room(work)) return -1;
  fit_page *page = &work->pages[work->count];
  *page = (fit_page){.weight = work->weight};
  if (context_open(&page->context, glyphs, verdicts) != SHIM_OK) return -1;
  work->count++;
  const size_t count = page->context.count + 1;
  page->truth = calloc(count, sizeof *page->truth);
  page->is_cut = calloc(count, 1);
  page->odds = calloc(count, sizeof *page->odds);
  page->rows = calloc(count, sizeof *page->rows);
  if (!page->truth || !page->is_cut || !page->odds || !page->rows || tell_truth(page, drawn, verdicts)) return -1;
  for (size_t i = 0; i < page->context.count; i++) page->is_cut[i] = page->context.marks[i].glyph >= uncut_count;
  return 0;
}

/* How many of the proposal's digits were drawn there. */
static size_t count_right(const page_truth *drawn, const touching *t, const touching_proposal *p) {
  size_t right = 0;
  for (size_t i = p->first; i < p->first + p->count; i++) {
    const glyph_glyph *read = &t->proposed_verdicts[i].glyph;
    int found = 0;
    for (size_t k = 0; k < drawn->count && !found; k++)
      found = drawn->glyphs[k].digit == read->text[0] && page_score_overlap(&drawn->glyphs[k], &read->box) >= 0.5;
    right += (size_t)found;
  }
  return right;
}

static int watch_splits(void *user, const page_truth *drawn, const touching *t) {
  fit_work *work = user;
  const size_t wanted = work->chain_count + t->proposal_count;
  if (wanted > work->chain_capacity) {
    fit_chain *grown = realloc(work->chains, 2 * wanted * sizeof *grown);
    if (!grown) return -1;
    work->chains = grown;
    work->chain_capacity = 2 * wanted;
  }
  for (size_t i = 0; i < t->proposal_count; i++) {
    const touching_proposal *p = &t->proposals[i];
    const size_t right = count_right(drawn, t, p);
    fit_chain *chain = &work->chains[work->chain_count++];
    chain->weight = right ? chain_weight : work->has_letters ? chain_letters_weight : 1;
    chain->is_right = (double)right >= chain_right_min * (double)p->count;
    memcpy(chain->row, p->row, sizeof chain->row);
  }
  return 0;
}

/* ---- fitting ---- */

/* Logistic regression on rows of `size` numbers. */
typedef struct regression {
  const double *rows, *weights;
  const unsigned char *targets;
  size_t count, size;
} regression;

static double mean_loss(void *user, const float *x, float *gradient) {
  const regression *r = user;
  double total = 0, weights[CONTEXT_FEATURES + CONTEXT_TRUSTS], sums[CONTEXT_FEATURES + CONTEXT_TRUSTS] = {0}, all = 0;
  for (size_t k = 0; k < r->size; k++) weights[k] = x[k];
  for (size_t i = 0; i < r->count; i++) {
    const double *row = r->rows + i * r->size, odds = context_weigh(weights, row, r->size);
    const double toward = r->targets[i] ? odds : -odds;
    total += r->weights[i] * (toward > 0 ? log1p(exp(-toward)) : log1p(exp(toward)) - toward);
    const double slope = r->weights[i] * (1 / (1 + exp(-odds)) - r->targets[i]);
    for (size_t k = 0; k < r->size; k++) sums[k] += slope * row[k];
    all += r->weights[i];
  }
  for (size_t k = 0; k < r->size; k++) {
    if (k) total += ridge / 2 * weights[k] * weights[k], sums[k] += ridge * weights[k]; /* but the constant */
    gradient[k] = (float)(sums[k] / all);
  }
  return total / all;
}

static int minimise(regression *r, double *out) {
  float x[CONTEXT_FEATURES + CONTEXT_TRUSTS] = {0};
  train_minimum minimum;
  train_error error;
  if (train_minimise(mean_loss, r, r->size, x, 1e-6, 2000, NULL, &minimum, &error) != TRAIN_OK) return -1;
  for (size_t k = 0; k < r->size; k++) out[k] = x[k];
  fprintf(stderr, "%zu marks, %.4f nats each after %d iterations\n", r->count, minimum.value, minimum.iterations);
  return 0;
}

static size_t count_marks(const fit_work *work) {
  size_t sum = 0;
  for (size_t p = 0; p < work->count; p++) sum += work->pages[p].context.count;
  return sum;
}

typedef struct fit_table {
  double *rows, *weights;
  unsigned char *targets;
} fit_table;

static int open_table(fit_table *table, size_t count, size_t size) {
  *table =
      (fit_table){malloc((count + 1) * size * sizeof(double)), malloc((count + 1) * sizeof(double)), malloc(count + 1)};
  return table->rows && table->weights && table->targets ? 0 : -1;
}

static void close_table(fit_table *table) {
  free(table->rows), free(table->weights), free(table->targets);
}

/* One pass beside the evidence so far; its outcome is the next one's. */
static int fit_pass(fit_work *work, int pass, double weights[CONTEXT_FEATURES]) {
  fit_table table;
  size_t n = 0;
  int status = open_table(&table, count_marks(work), CONTEXT_FEATURES);
  for (size_t p = 0; !status && p < work->count; p++) {
    fit_page *page = &work->pages[p];
    context_describe(&page->context, page->rows);
    if (pass == 0) context_leave_out(&page->context, page->rows);
    for (size_t i = 0; i < page->context.count; i++) {
      if (!page->context.marks[i].is_open || page->truth[i] == MARK_LEFT_OUT) continue;
      memcpy(table.rows + n * CONTEXT_FEATURES, page->rows[i], sizeof page->rows[i]);
      table.weights[n] = page->weight;
      table.targets[n++] = page->truth[i] != MARK_NO_DIGIT;
    }
  }
  regression r = {table.rows, table.weights, table.targets, n, CONTEXT_FEATURES};
  if (!status) status = minimise(&r, weights);
  for (size_t p = 0; !status && p < work->count; p++) {
    fit_page *page = &work->pages[p];
    for (size_t i = 0; i < page->context.count; i++)
      page->odds[i] = context_weigh(weights, page->rows[i], CONTEXT_FEATURES);
    context_learn(&page->context, page->odds);
  }
  close_table(&table);
  return status;
}

static int fit_trust(fit_work *work, double weights[CONTEXT_TRUSTS]) {
  fit_table table;
  size_t n = 0;
  int status = open_table(&table, count_marks(work), CONTEXT_TRUSTS);
  for (size_t p = 0; !status && p < work->count; p++) {
    const fit_page *page = &work->pages[p];
    for (size_t i = 0; i < page->context.count; i++) {
      if (!page->context.marks[i].is_open || page->odds[i] < 0 ||
          (page->truth[i] != MARK_MISREAD && page->truth[i] != MARK_RIGHT))
        continue;
      context_describe_trust(&page->context.marks[i], page->odds[i], page->is_cut[i], table.rows + n * CONTEXT_TRUSTS);
      table.weights[n] = 1;
      table.targets[n++] = page->truth[i] == MARK_RIGHT;
    }
  }
  regression r = {table.rows, table.weights, table.targets, n, CONTEXT_TRUSTS};
  if (!status) status = minimise(&r, weights);
  close_table(&table);
  return status;
}

static int fit_chains(const fit_work *work, double weights[TOUCHING_FEATURES]) {
  fit_table table;
  int status = open_table(&table, work->chain_count, TOUCHING_FEATURES);
  for (size_t i = 0; !status && i < work->chain_count; i++) {
    memcpy(table.rows + i * TOUCHING_FEATURES, work->chains[i].row, sizeof work->chains[i].row);
    table.weights[i] = work->chains[i].weight;
    table.targets[i] = work->chains[i].is_right;
  }
  regression r = {table.rows, table.weights, table.targets, work->chain_count, TOUCHING_FEATURES};
  if (!status) status = minimise(&r, weights);
  close_table(&table);
  return status;
}

/* ---- the program ---- */

static void usage(FILE *out) {
  fputs("Usage: glyphlift-context-fit [OPTIONS]\n"
        "Fits the model of pipeline/context.c and the weights of pipeline/touching.c on\n"
        "generated pages and prints them as C. Half of the digits are of MNIST's last\n"
        "10,000 training pictures, where GLYPHLIFT_DATA has them.\n"
        "  -n, --pages N     of numbers (default 300)\n"
        "  -s, --loose N     pages of digits that stand alone (default 80)\n"
        "  -l, --letters N   pages of letters (default 14)\n"
        "  -f, --first SEED  the first page's seed (default 100001)\n"
        "  -m, --model FILE  instead of the built-in model\n"
        "  -h, --help\n",
        out);
}

static void print_row(const double *weights, int count, const char *before, const char *after) {
  printf("%s{", before);
  for (int i = 0; i < count; i++) printf("%s%.3f", i ? ", " : "", weights[i]);
  printf("}%s\n", after);
}

static void print_shares(const fit_work *work) {
  size_t counts[2][MARK_LEFT_OUT + 1] = {{0}};
  for (size_t p = 0; p < work->count; p++)
    for (size_t i = 0; i < work->pages[p].context.count; i++)
      if (work->pages[p].context.marks[i].is_open) counts[work->pages[p].odds[i] >= 0][work->pages[p].truth[i]]++;
  for (int stands = 0; stands < 2; stands++)
    fprintf(stderr, "%s: %zu no digits, %zu misread, %zu right\n", stands ? "kept" : "rejected",
            counts[stands][MARK_NO_DIGIT], counts[stands][MARK_MISREAD], counts[stands][MARK_RIGHT]);
}

static int fit(fit_work *work) {
  context_model model;
  double chains[TOUCHING_FEATURES];
  for (int pass = 0; pass < CONTEXT_PASSES; pass++)
    if (fit_pass(work, pass, model.digit[pass])) return -1;
  if (fit_trust(work, model.trust) || fit_chains(work, chains)) return -1;
  print_shares(work);
  for (int pass = 0; pass < CONTEXT_PASSES; pass++)
    print_row(model.digit[pass], CONTEXT_FEATURES, pass ? "     " : "    {", pass + 1 < CONTEXT_PASSES ? "," : "},");
  print_row(model.trust, CONTEXT_TRUSTS, "    ", ",");
  print_row(chains, TOUCHING_FEATURES, "stands = ", ";");
  return 0;
}

/* What is drawn to be learnt from. */
typedef struct fit_pages {
  hard_run numbers, letters;
  size_t loose; /* pages of digits that stand alone */
} fit_pages;

static int watch_loose(glyph_reader *reader, uint64_t seed, fit_work *work, glyph_error *error) {
  page_spec spec;
  page_condition_spec(page_condition_find("scattered"), seed, &spec);
  return hard_watch_spec(reader, &spec, &(hard_watchers){watch, watch_splits, work}, error);
}

/* Every other page of numbers is written by MNIST's writers, the rest by the stroke models; so are all where there are
 * none. */
static int collect(const fit_pages *pages, fit_work *work, glyph_error *error) {
  const hard_run *numbers = &pages->numbers, *letters = &pages->letters;
  glyph_options options;
  glyph_reader *reader = NULL;
  hard_run drawn = *numbers;
  glyph_options_init(&options);
  options.model_path = numbers->model_path;
  int status = glyph_reader_open(&reader, &options, error) == GLYPH_OK ? 0 : -1;
  const hard_watchers watchers = {watch, watch_splits, work};
  drawn.scans = NULL;
  work->weight = 1;
  for (size_t i = 0; !status && i < numbers->pages; i++)
    status = hard_watch_page(reader, i % 2 ? &drawn : numbers, numbers->first + i, &watchers, error);
  for (size_t i = 0; !status && i < pages->loose; i++) status = watch_loose(reader, numbers->first + i, work, error);
  work->weight = letters_weight;
  work->has_letters = 1;
  for (size_t i = 0; !status && i < letters->pages; i++)
    status = hard_watch_page(reader, letters, letters->first + i, &watchers, error);
  glyph_reader_close(&reader);
  return status;
}

/* -1, or the exit status. */
static int parse(int argc, char **argv, fit_pages *pages) {
  static const struct option options[] = {{"pages", required_argument, NULL, 'n'},
                                          {"loose", required_argument, NULL, 's'},
                                          {"letters", required_argument, NULL, 'l'},
                                          {"first", required_argument, NULL, 'f'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "n:s:l:f:m:h", options, NULL)) != -1) switch (option) {
    case 'n': pages->numbers.pages = strtoul(optarg, NULL, 10); break;
    case 's': pages->loose = strtoul(optarg, NULL, 10); break;
    case 'l': pages->letters.pages = strtoul(optarg, NULL, 10); break;
    case 'f': pages->numbers.first = pages->letters.first = strtoull(optarg, NULL, 10); break;
    case 'm': pages->numbers.model_path = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  if (optind == argc) return -1;
  usage(stderr);
  return 2;
}

int main(int argc, char **argv) {
  fit_pages pages = {.numbers = {.first = 100001, .pages = 300},
                     .letters = {.first = 100001, .pages = 14, .has_letters = 1},
                     .loose = 80};
  digit_samples samples;
  glyph_error error = {.message = "out of memory"};
  fit_work work = {0};
  int status = parse(argc, argv, &pages);
  if (status >= 0) return status;
  status = digit_samples_read(&samples, SAMPLES_TUNING) < 0 ? 3 : 0;
  const scan_set scans = {samples.pixels, samples.labels, samples.count};
  if (scans.count) pages.numbers.scans = &scans;
  if (!status && (collect(&pages, &work, &error) || fit(&work))) status = 3;
  if (status) fprintf(stderr, "glyphlift-context-fit: %s\n", error.message);
  for (size_t i = 0; i < work.count; i++) free_page(&work.pages[i]);
  free(work.pages);
  free(work.chains);
  digit_samples_free(&samples);
  return status;
}
