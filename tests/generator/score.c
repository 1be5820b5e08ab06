/* Scores by alignment: of all ways to turn one text into the other with the fewest changes, the one that keeps the most
 * digits (Wagner and Fischer 1974). Scattered digits have no order: they are compared as a multiset. */
#include "score.h"

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

static double now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

int page_score_spec(glyph_reader *reader, const page_spec *spec, page_score *score, glyph_page **out,
                    glyph_error *error) {
  page_picture picture = {0};
  page_truth truth = {0};
  uint8_t *bytes = NULL;
  size_t size;
  glyph_page *page = NULL;
  int status = -1;
  if (page_draw(spec, &picture, &truth) || encode_jpeg(&picture, spec->camera.quality, 0, &bytes, &size)) {
    snprintf(error->message, sizeof error->message, "the page cannot be drawn: out of memory");
    goto cleanup;
  }
  double start = now_milliseconds();
  if (glyph_read_memory(reader, bytes, size, "generated page", &page, error) != GLYPH_OK) goto cleanup;
  score->milliseconds += now_milliseconds() - start;
  page_score_add(score, &truth, page);
  status = 0;
cleanup:
  if (out)
    *out = page;
  else
    glyph_page_close(&page);
  free(bytes);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return status;
}
