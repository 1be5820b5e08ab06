/* Scores by alignment: of all ways to turn one text into the other with the fewest changes, the one that keeps the most
 * digits (Wagner and Fischer 1974). Scattered digits have no order: they are compared as a multiset. */
#include "score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "encode.h"

typedef struct cell {
  size_t cost, kept;
} cell;

static cell better(cell a, cell b) {
  return a.cost < b.cost || (a.cost == b.cost && a.kept > b.kept) ? a : b;
}

/* Number of digits kept; -1 without memory. Other characters are left out. */
static long kept_digits(const char *want, const char *got) {
  size_t length = strlen(got);
  cell *row = malloc((length + 1) * sizeof *row);
  if (!row) return -1;
  for (size_t j = 0; j <= length; j++) row[j] = (cell){j, 0};
  for (size_t i = 0; want[i]; i++) {
    cell diagonal = row[0];
    row[0].cost++;
    for (size_t j = 0; j < length; j++) {
      cell change = {diagonal.cost + (want[i] != got[j]), diagonal.kept + (want[i] == got[j])};
      cell drop = {row[j + 1].cost + 1, row[j + 1].kept}, insert = {row[j].cost + 1, row[j].kept};
      diagonal = row[j + 1];
      row[j + 1] = better(change, better(drop, insert));
    }
  }
  long kept = (long)row[length].kept;
  free(row);
  return kept;
}

static long common_digits(const char *want, const char *got) {
  long counts[2][256] = {{0}}, common = 0;
  for (; *want; want++) counts[0][(unsigned char)*want]++;
  for (; *got; got++) counts[1][(unsigned char)*got]++;
  for (int c = '0'; c <= '9'; c++) common += counts[0][c] < counts[1][c] ? counts[0][c] : counts[1][c];
  return common;
}

static void digits_only(char *text) {
  char *out = text;
  for (; *text; text++)
    if (*text >= '0' && *text <= '9') *out++ = *text;
  *out = '\0';
}

char *page_score_text(const glyph_page *page) {
  size_t size = 1;
  for (size_t i = 0; i < page->line_count; i++) size += strlen(page->lines[i].text) + 3;
  char *text = malloc(size), *end = text;
  if (!text) return NULL;
  for (size_t i = 0; i < page->line_count; i++) end += sprintf(end, "%s%s", i ? " | " : "", page->lines[i].text);
  *end = '\0';
  return text;
}

double page_score_overlap(const page_truth_glyph *truth, const glyph_box *box) {
  int left = truth->x > box->x ? truth->x : box->x, top = truth->y > box->y ? truth->y : box->y;
  int truth_right = truth->x + truth->width, truth_bottom = truth->y + truth->height;
  int box_right = box->x + box->width, box_bottom = box->y + box->height;
  int right = truth_right < box_right ? truth_right : box_right;
  int bottom = truth_bottom < box_bottom ? truth_bottom : box_bottom;
  if (right <= left || bottom <= top) return 0;
  double common = (double)(right - left) * (bottom - top);
  return common / ((double)truth->width * truth->height + (double)box->width * box->height - common);
}

/* ---- by place ---- */

static int is_digit(char sign) {
  return sign >= '0' && sign <= '9';
}

typedef struct pair {
  int written, read;
  double overlap;
} pair;

static int by_overlap(const void *a, const void *b) {
  double left = ((const pair *)a)->overlap, right = ((const pair *)b)->overlap;
  return left < right ? 1 : left > right ? -1 : 0;
}

/* All pairs that overlap enough, the largest overlap first; *count of them, malloc'd. */
static pair *overlapping_pairs(const page_truth *truth, const glyph_page *page, size_t *count) {
  size_t capacity = 4 * (truth->count + page->glyph_count) + 1;
  pair *pairs = malloc(capacity * sizeof *pairs);
  *count = 0;
  for (size_t i = 0; pairs && i < truth->count; i++)
    for (size_t k = 0; k < page->glyph_count && *count < capacity; k++) {
      if (!is_digit(truth->glyphs[i].digit) || !is_digit(page->glyphs[k].text[0])) continue;
      double overlap = page_score_overlap(&truth->glyphs[i], &page->glyphs[k].box);
      if (overlap >= PAGE_MATCH_OVERLAP) pairs[(*count)++] = (pair){(int)i, (int)k, overlap};
    }
  if (pairs) qsort(pairs, *count, sizeof *pairs, by_overlap);
  return pairs;
}

int page_match_make(page_match *match, const page_truth *truth, const glyph_page *page) {
  size_t count;
  pair *pairs = overlapping_pairs(truth, page, &count);
  *match = (page_match){malloc((truth->count + 1) * sizeof(int)), malloc((page->glyph_count + 1) * sizeof(int))};
  int status = -1;
  if (!pairs || !match->read_of || !match->written_of) goto cleanup;
  for (size_t i = 0; i < truth->count; i++) match->read_of[i] = -1;
  for (size_t k = 0; k < page->glyph_count; k++) match->written_of[k] = -1;
  for (size_t i = 0; i < count; i++) {
    if (match->read_of[pairs[i].written] >= 0 || match->written_of[pairs[i].read] >= 0) continue;
    match->read_of[pairs[i].written] = pairs[i].read;
    match->written_of[pairs[i].read] = pairs[i].written;
  }
  status = 0;
cleanup:
  free(pairs);
  return status;
}

void page_match_free(page_match *match) {
  free(match->read_of);
  free(match->written_of);
  *match = (page_match){0};
}

static void add_answer(page_answers *answers, double confidence, int right) {
  if (answers->count == answers->capacity) {
    size_t capacity = answers->capacity ? 2 * answers->capacity : 1024;
    train_answer *items = realloc(answers->items, capacity * sizeof *items);
    if (!items) return;
    answers->items = items;
    answers->capacity = capacity;
  }
  answers->items[answers->count++] = (train_answer){.confidence = confidence, .correct = right};
}

static void add_places(page_score *score, const page_truth *truth, const glyph_page *page) {
  page_match match;
  if (!page_match_make(&match, truth, page))
    for (size_t k = 0; k < page->glyph_count; k++) {
      const glyph_glyph *glyph = &page->glyphs[k];
      if (!is_digit(glyph->text[0])) continue;
      int written = match.written_of[k], right = written >= 0 && truth->glyphs[written].digit == glyph->text[0];
      int bin = (int)(glyph->confidence * PAGE_SCORE_BINS);
      bin = bin < 0 ? 0 : bin >= PAGE_SCORE_BINS ? PAGE_SCORE_BINS - 1 : bin;
      score->placed += right;
      if (score->answers) add_answer(score->answers, glyph->confidence, right);
      score->false_digits += written < 0;
      score->bin_counts[bin]++;
      score->bin_right[bin] += right;
      score->bin_confidence[bin] += glyph->confidence;
    }
  page_match_free(&match);
}

/* 1 where a number of that text is read in about that box. */
static int is_number_read(const glyph_page *page, const char *text, const page_truth_glyph *box) {
  for (size_t i = 0; i < page->number_count; i++)
    if (!strcmp(page->numbers[i].text, text) && page_score_overlap(box, &page->numbers[i].box) >= 0.5) return 1;
  return 0;
}

static void add_numbers(page_score *score, const page_truth *truth, const glyph_page *page) {
  enum { NUMBER_MAX = 64 };
  for (size_t i = 0, next; i < truth->count; i = next) {
    char text[NUMBER_MAX] = {0};
    page_truth_glyph box = truth->glyphs[i];
    int right = box.x + box.width, bottom = box.y + box.height;
    for (next = i; next < truth->count && truth->glyphs[next].number == truth->glyphs[i].number; next++) {
      const page_truth_glyph *glyph = &truth->glyphs[next];
      if (next - i < NUMBER_MAX - 1) text[next - i] = glyph->digit;
      right = glyph->x + glyph->width > right ? glyph->x + glyph->width : right;
      bottom = glyph->y + glyph->height > bottom ? glyph->y + glyph->height : bottom;
      box.x = glyph->x < box.x ? glyph->x : box.x, box.y = glyph->y < box.y ? glyph->y : box.y;
    }
    box.width = right - box.x, box.height = bottom - box.y;
    score->numbers++;
    score->numbers_right += (size_t)is_number_read(page, text, &box);
  }
}

void page_score_add(page_score *score, const page_truth *truth, const glyph_page *page) {
  char *want = strdup(truth->text), *got = page_score_text(page);
  if (want && got) {
    int is_same = !strcmp(want, got);
    digits_only(want);
    digits_only(got);
    long kept = truth->is_scattered ? common_digits(want, got) : kept_digits(want, got);
    score->right += kept > 0 ? (size_t)kept : 0;
    if (truth->is_scattered) is_same = kept == (long)strlen(want) && kept == (long)strlen(got);
    score->pages_right += is_same;
    score->digits += strlen(want);
    score->read += strlen(got);
  }
  score->pages++;
  free(want);
  free(got);
  score->marks += truth->marks;
  add_places(score, truth, page);
  add_numbers(score, truth, page);
  for (size_t i = 0; i < truth->count; i++) {
    double best = 0;
    for (size_t k = 0; k < page->glyph_count; k++) {
      double overlap = page_score_overlap(&truth->glyphs[i], &page->glyphs[k].box);
      if (overlap > best) best = overlap;
    }
    score->overlap += best;
    score->boxes += best >= 0.5;
  }
}

double page_score_recall(const page_score *score) {
  return score->digits ? (double)score->right / (double)score->digits : 1;
}

double page_score_precision(const page_score *score) {
  return score->read ? (double)score->right / (double)score->read : 1;
}

double page_score_f1(const page_score *score) {
  size_t both = score->digits + score->read;
  return both ? 2.0 * (double)score->right / (double)both : 1;
}

double page_score_calibration_error(const page_score *score) {
  double sum = 0;
  size_t count = 0;
  for (int i = 0; i < PAGE_SCORE_BINS; i++) {
    sum += fabs(score->bin_confidence[i] - (double)score->bin_right[i]);
    count += score->bin_counts[i];
  }
  return count ? sum / (double)count : 0;
}

void page_score_join(page_score *sum, const page_score *one) {
  sum->pages += one->pages, sum->pages_right += one->pages_right;
  sum->digits += one->digits, sum->read += one->read, sum->right += one->right;
  sum->boxes += one->boxes, sum->overlap += one->overlap, sum->milliseconds += one->milliseconds;
  sum->placed += one->placed, sum->false_digits += one->false_digits, sum->marks += one->marks;
  sum->numbers += one->numbers, sum->numbers_right += one->numbers_right;
  for (int i = 0; i < PAGE_SCORE_BINS; i++) {
    sum->bin_counts[i] += one->bin_counts[i];
    sum->bin_right[i] += one->bin_right[i];
    sum->bin_confidence[i] += one->bin_confidence[i];
  }
}

static double now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

int page_score_picture(glyph_reader *reader, const page_picture *picture, int quality, const page_truth *truth,
                       page_score *score, glyph_page **out, glyph_error *error) {
  uint8_t *bytes = NULL;
  size_t size;
  glyph_page *page = NULL;
  int status = -1;
  if (encode_jpeg(picture, quality, 0, &bytes, &size)) {
    snprintf(error->message, sizeof error->message, "the page cannot be written: out of memory");
    goto cleanup;
  }
  double start = now_milliseconds();
  if (glyph_read_memory(reader, bytes, size, "generated page", &page, error) != GLYPH_OK) goto cleanup;
  score->milliseconds += now_milliseconds() - start;
  page_score_add(score, truth, page);
  status = 0;
cleanup:
  if (out)
    *out = page;
  else
    glyph_page_close(&page);
  free(bytes);
  return status;
}

int page_score_spec(glyph_reader *reader, const page_spec *spec, page_score *score, glyph_page **out,
                    glyph_error *error) {
  page_picture picture = {0};
  page_truth truth = {0};
  int status = -1;
  if (out) *out = NULL;
  if (page_draw(spec, &picture, &truth))
    snprintf(error->message, sizeof error->message, "the page cannot be drawn: out of memory");
  else
    status = page_score_picture(reader, &picture, spec->camera.quality, &truth, score, out, error);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return status;
}
