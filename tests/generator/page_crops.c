/* glyphlift-page-crops: draws hard pages and pages of letters, has them read, and keeps what the reader hands to the
 * network, each crop labelled by what was drawn there: training material as pages show it (glyphlift-train digits --crops).
 * Hard-negative mining, as Sung & Poggio ("Example-based learning for view-based human face detection", 1998) have it.
 *
 * A candidate is a digit where its box is that of one digit; none where it is that of no digit, or of two together; all
 * between is left out. By its shape alone nobody can tell an O from a 0 or a bar from a 1, so of these few are kept as
 * none: they teach how doubtful such shapes are, and context.c decides.
 *
 * The reader looks at a page the four ways round, and a page of letters lies most often as most letters look like
 * letters; those that stand on their head, or lie on their side, have to be known for none, too: half of the marks of
 * such pages are given turned. */
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../nn/file.h"
#include "../../nn/train/dataset.h"
#include "hard_watch.h"
#include "samples.h"

enum { SIDE = STAGE_CROP_SIDE, PIXELS = SIDE * SIDE, NONE = 10, LABELS = 11 };
static const double same_min = 0.5, other_max = 0.3; /* intersection over union */
static const double upright_min = 0.6;               /* of the digits */
enum { PLAIN_SHAPE_KEPT = 3 };                       /* one of so many */
enum { INK = 60, LONG = 2 };                         /* darkness; sides' proportion */

/* Of one page, or of all. */
typedef struct crop_set {
  uint8_t *pixels, *labels;
  size_t count, capacity;
  size_t plain; /* 0s and 1s that are none, so far */
} crop_set;

/* Threads take the next page each; the pages' sets stand in the order of their seeds, so that their number changes
 * nothing. */
typedef struct crop_work {
  hard_run numbers, letters;
  crop_set *sets; /* numbers.pages + letters.pages */
  size_t next;
  pthread_mutex_t lock;
  glyph_error error;
  int failed;
} crop_work;

static int is_digit(char sign) {
  return sign >= '0' && sign <= '9';
}

/* The label of what stands in the box: 0 to 9, NONE, or -1 where it is not plain which. */
static int label_of(const page_truth *drawn, const glyph_box *box) {
  double best = 0, second = 0;
  char sign = 0;
  for (size_t i = 0; i < drawn->count; i++) {
    const double overlap = page_score_overlap(&drawn->glyphs[i], box);
    if (overlap > best) {
      second = best;
      best = overlap;
      sign = drawn->glyphs[i].digit;
    } else if (overlap > second) {
      second = overlap;
    }
  }
  if (second >= other_max || best < other_max) return NONE;
  if (best < same_min || second > other_max / 2) return -1;
  return is_digit(sign) ? sign - '0' : sign == '/' ? -1 : NONE;
}

static int add(crop_set *set, const uint8_t *crop, int label) {
  if (set->count == set->capacity) {
    const size_t capacity = set->capacity ? 2 * set->capacity : 256;
    uint8_t *pixels = realloc(set->pixels, capacity * PIXELS), *labels = NULL;
    if (pixels) set->pixels = pixels, labels = realloc(set->labels, capacity);
    if (!labels) return -1;
    set->labels = labels;
    set->capacity = capacity;
  }
  memcpy(set->pixels + set->count * PIXELS, crop, PIXELS);
  set->labels[set->count++] = (uint8_t)label;
  return 0;
}

/* Whether the page lies upright before the reader: of the digits found, most are read right. Digits on their side are
 * to be known as such. */
static int is_upright(const page_truth *drawn, const judge_verdict *verdicts, size_t count) {
  size_t digits = 0, right = 0;
  for (size_t i = 0; i < count; i++) {
    const int label = label_of(drawn, &verdicts[i].glyph.box);
    digits += label >= 0 && label < NONE;
    right += label >= 0 && label < NONE && verdicts[i].glyph.text[0] == '0' + label;
  }
  return right >= upright_min * (double)digits;
}

/* By quarter turns clockwise. */
static void turn_crop(const uint8_t *crop, int turns, uint8_t *out) {
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const int back = SIDE - 1;
      const int from[4][2] = {{x, y}, {y, back - x}, {back - x, back - y}, {back - y, x}};
      out[y * SIDE + x] = crop[from[turns][1] * SIDE + from[turns][0]];
    }
}

/* A dash on its side is a 1. */
static int is_long(const uint8_t *crop) {
  int box[4];
  sample_ink_box(crop, INK, box);
  const int width = box[2] - box[0], height = box[3] - box[1];
  return width > LONG * height || height > LONG * width;
}

static int add_turned(crop_set *set, const uint8_t *crop, int label) {
  static const int turns[8] = {0, 2, 0, 1, 0, 2, 0, 3};
  uint8_t turned[PIXELS];
  const int turn = turns[set->count % 8];
  turn_crop(crop, turn % 2 && is_long(crop) ? 0 : turn, turned);
  return add(set, turned, label);
}

static int has_digits(const page_truth *drawn) {
  for (size_t i = 0; i < drawn->count; i++)
    if (is_digit(drawn->glyphs[i].digit)) return 1;
  return 0;
}

static int watch(void *user, const page_truth *drawn, const stage_glyphs *glyphs, size_t uncut_count,
                 const judge_verdict *verdicts, const uint8_t *crops) {
  crop_set *set = user;
  (void)glyphs;
  int (*const add_crop)(crop_set *, const uint8_t *, int) = has_digits(drawn) ? add : add_turned;
  if (!is_upright(drawn, verdicts, uncut_count)) return 0;
  for (size_t i = 0; i < uncut_count; i++) {
    const glyph_glyph *reading = &verdicts[i].glyph;
    const int label = label_of(drawn, &reading->box);
    if (label < 0) continue;
    const int is_plain = reading->text[0] == '0' || reading->text[0] == '1';
    if (label == NONE && is_plain && set->plain++ % PLAIN_SHAPE_KEPT) continue;
    if (add_crop(set, crops + i * PIXELS, label)) return -1;
  }
  return 0;
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

static void put_32(uint8_t *out, uint32_t value) {
  for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* An IDX file of `rank` dimensions, the first the number of items. */
static int write_idx(const char *folder, const char *name, const uint8_t *data, size_t count, int rank) {
  const size_t header = 4 + 4 * (size_t)rank, size = rank == 3 ? count * PIXELS : count;
  char path[4096];
  nn_error error;
  uint8_t *file = malloc(header + size);
  if (!file) return -1;
  memcpy(file, (uint8_t[]){0, 0, 8, (uint8_t)rank}, 4);
  put_32(file + 4, (uint32_t)count);
  for (int i = 1; i < rank; i++) put_32(file + 4 + 4 * i, SIDE);
  memcpy(file + header, data, size);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  const int status = nn_file_write(path, file, header + size, &error);
  free(file);
  if (status) fprintf(stderr, "glyphlift-page-crops: %s\n", error.message);
  return status;
}

static int join_sets(const crop_set *sets, size_t count, crop_set *all) {
  *all = (crop_set){0};
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < sets[i].count; k++)
      if (add(all, sets[i].pixels + k * PIXELS, sets[i].labels[k])) return -1;
  return 0;
}

static int write_set(const crop_set *set, const char *folder) {
  size_t counts[LABELS] = {0};
  for (size_t i = 0; i < set->count; i++) counts[set->labels[i]]++;
  fprintf(stderr, "%zu crops:", set->count);
  for (int i = 0; i < NONE; i++) fprintf(stderr, " %d %zu,", i, counts[i]);
  fprintf(stderr, " none %zu\n", counts[NONE]);
  return write_idx(folder, "crops-images-idx3-ubyte", set->pixels, set->count, 3) ||
                 write_idx(folder, "crops-labels-idx1-ubyte", set->labels, set->count, 1)
             ? -1
             : 0;
}

/* ---- the program -------------------------------------------------------------------------------------------------- */

static void usage(FILE *out) {
  fputs("Usage: glyphlift-page-crops [OPTIONS] FOLDER\n"
        "Writes what the reader cuts out of generated pages, with its labels, as\n"
        "FOLDER/crops-images-idx3-ubyte and crops-labels-idx1-ubyte; 10 is no digit. The\n"
        "digits are those of MNIST's training set, in the folder mnist of GLYPHLIFT_DATA.\n"
        "  -n, --pages N     of numbers (default 2000)\n"
        "  -l, --letters N   pages of letters and drawings (default 300)\n"
        "  -f, --first SEED  the first page's seed (default 200001)\n"
        "  -j, --threads N   pages at a time (default 2)\n"
        "  -m, --model FILE  instead of the built-in model\n"
        "  -h, --help\n",
        out);
}

/* -1, or the exit status. */
static int parse(int argc, char **argv, hard_run *numbers, hard_run *letters) {
  static const struct option options[] = {
      {"pages", required_argument, NULL, 'n'}, {"letters", required_argument, NULL, 'l'},
      {"first", required_argument, NULL, 'f'}, {"model", required_argument, NULL, 'm'},
      {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "n:l:f:j:m:h", options, NULL)) != -1) switch (option) {
    case 'n': numbers->pages = strtoul(optarg, NULL, 10); break;
    case 'l': letters->pages = strtoul(optarg, NULL, 10); break;
    case 'f': numbers->first = letters->first = strtoull(optarg, NULL, 10); break;
    case 'j': numbers->threads = atoi(optarg); break;
    case 'm': numbers->model_path = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  if (optind + 1 == argc) return -1;
  usage(stderr);
  return 2;
}

/* The next page, from 0; -1 when there is none. */
static int take(crop_work *work, size_t *page) {
  pthread_mutex_lock(&work->lock);
  const int found = !work->failed && work->next < work->numbers.pages + work->letters.pages;
  if (found) *page = work->next++;
  pthread_mutex_unlock(&work->lock);
  return found ? 0 : -1;
}

static void *work_on(void *argument) {
  crop_work *work = argument;
  glyph_options options;
  glyph_reader *reader = NULL;
  glyph_error error;
  size_t page;
  glyph_options_init(&options);
  options.model_path = work->numbers.model_path;
  int failed = glyph_reader_open(&reader, &options, &error) != GLYPH_OK;
  while (!failed && !take(work, &page)) {
    const hard_run *run = page < work->numbers.pages ? &work->numbers : &work->letters;
    const size_t index = page < work->numbers.pages ? page : page - work->numbers.pages;
    failed = hard_watch_page(reader, run, run->first + index,
                             &(hard_watchers){.candidates = watch, .user = &work->sets[page]}, &error);
  }
  glyph_reader_close(&reader);
  if (failed) {
    pthread_mutex_lock(&work->lock);
    work->failed = 1;
    work->error = error;
    pthread_mutex_unlock(&work->lock);
  }
  return NULL;
}

static int collect(crop_work *work) {
  work->sets = calloc(work->numbers.pages + work->letters.pages + 1, sizeof *work->sets);
  if (!work->sets) return -1;
  pthread_mutex_init(&work->lock, NULL);
  hard_run_threads(work->numbers.threads, work_on, work);
  pthread_mutex_destroy(&work->lock);
  return work->failed ? -1 : 0;
}

static void free_set(crop_set *set) {
  free(set->pixels);
  free(set->labels);
}

int main(int argc, char **argv) {
  crop_work work = {.numbers = {.first = 200001, .pages = 2000, .threads = 2},
                    .letters = {.first = 200001, .pages = 300, .has_letters = 1},
                    .error = {.message = "out of memory"}};
  const char *root = getenv("GLYPHLIFT_DATA");
  char folder[4096];
  train_dataset digits;
  train_error failure;
  crop_set all = {0};
  int status = parse(argc, argv, &work.numbers, &work.letters);
  if (status >= 0) return status;
  snprintf(folder, sizeof folder, "%s/mnist", root ? root : ".");
  if (train_dataset_read_folder(&digits, folder, "train", NONE, &failure) != TRAIN_OK) {
    fprintf(stderr, "glyphlift-page-crops: %s\n", failure.message);
    return 3;
  }
  const scan_set scans = {digits.pixels, digits.labels, digits.count};
  const size_t pages = work.numbers.pages + work.letters.pages;
  work.numbers.scans = &scans;
  status = collect(&work) || join_sets(work.sets, pages, &all);
  if (status) fprintf(stderr, "glyphlift-page-crops: %s\n", work.error.message);
  if (!status) status = write_set(&all, argv[optind]);
  for (size_t i = 0; work.sets && i < pages; i++) free_set(&work.sets[i]);
  free(work.sets);
  free_set(&all);
  train_dataset_free(&digits);
  return status ? 3 : 0;
}
