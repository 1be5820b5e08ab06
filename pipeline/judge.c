/* Decides which candidates are digits. The network was shown digits only, so that its confidence alone does not tell a
 * speck from a 1: size and contrast beside the page's sure digits do. */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

static const double confidence_min = 0.5;
static const double join_confidence_min = 0.7;
static const double sure = 0.9;
static const double widest = 2.2;         /* heights: wider ink is a dash or a part of a digit */
static const double speck_height = 0.3;   /* of the sure digits' upper median height */
static const double faint_contrast = 0.3; /* of the sure digits' median contrast */

static int is_digit(const char *name) { return name[0] >= '0' && name[0] <= '9' && name[1] == '\0'; }

void judge_read(const char *const *class_names, size_t classes, const float *probabilities, glyph_glyph *out) {
  memset(out, 0, sizeof *out);
  for (size_t c = 0; c < classes; c++) {
    if (!is_digit(class_names[c])) continue;
    glyph_alternative entry = {{class_names[c][0]}, probabilities[c]}, shifted;
    if (!out->text[0]) {
      memcpy(out->text, entry.text, sizeof out->text);
      out->confidence = entry.confidence;
      continue;
    }
    if (entry.confidence > out->confidence) {
      memcpy(shifted.text, out->text, sizeof shifted.text);
      shifted.confidence = out->confidence;
      memcpy(out->text, entry.text, sizeof out->text);
      out->confidence = entry.confidence;
      entry = shifted;
    }
    for (size_t i = 0; i < GLYPH_ALTERNATIVES_MAX; i++) {
      if (i < out->alternative_count && out->alternatives[i].confidence >= entry.confidence) continue;
      shifted = out->alternatives[i];
      out->alternatives[i] = entry;
      entry = shifted;
      if (i == out->alternative_count) {
        out->alternative_count++;
        break;
      }
    }
  }
}

/* A join stands where the network reads the whole better than the worse of its pieces. */
static void judge_joins(size_t single_count, size_t count, const size_t *pairs, judge_verdict *verdicts) {
  for (size_t i = single_count; i < count; i++) {
    judge_verdict *a = &verdicts[pairs[2 * (i - single_count)]], *b = &verdicts[pairs[2 * (i - single_count) + 1]];
    const double whole = verdicts[i].glyph.confidence;
    const double worse = a->glyph.confidence < b->glyph.confidence ? a->glyph.confidence : b->glyph.confidence;
    const int free_pieces = a->decision != JUDGE_REPLACED && b->decision != JUDGE_REPLACED;
    verdicts[i].decision = JUDGE_REPLACED;
    if (!free_pieces || whole < join_confidence_min || whole < worse) continue;
    verdicts[i].decision = JUDGE_ACCEPTED;
    a->decision = b->decision = JUDGE_REPLACED;
  }
}

static int compare_double(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double page_height(const stage_glyph *glyph) { return (double)glyph->height * (1 << glyph->level); }

/* Rejects what is small or faint beside the page's sure digits. Without memory for it, nothing is rejected. */
static void judge_by_company(const stage_glyphs *glyphs, judge_verdict *verdicts) {
  double *heights = malloc(2 * (glyphs->count + 1) * sizeof *heights);
  if (!heights) return;
  double *contrasts = heights + glyphs->count + 1;
  size_t n = 0;
  for (size_t i = 0; i < glyphs->count; i++)
    if (verdicts[i].decision == JUDGE_ACCEPTED && verdicts[i].glyph.confidence >= sure) {
      heights[n] = page_height(&glyphs->items[i]);
      contrasts[n++] = glyphs->items[i].contrast;
    }
  if (n) {
    qsort(heights, n, sizeof *heights, compare_double);
    qsort(contrasts, n, sizeof *contrasts, compare_double);
    const double height_min = speck_height * heights[n / 2 + n / 4 < n ? n / 2 + n / 4 : n - 1];
    const double contrast_min = faint_contrast * contrasts[n / 2];
    for (size_t i = 0; i < glyphs->count; i++)
      if (verdicts[i].decision == JUDGE_ACCEPTED &&
          (page_height(&glyphs->items[i]) < height_min || glyphs->items[i].contrast < contrast_min))
        verdicts[i].decision = JUDGE_REJECTED;
  }
  free(heights);
}

void judge_page(const stage_glyphs *glyphs, size_t single_count, const size_t *pairs, judge_verdict *verdicts) {
  for (size_t i = 0; i < single_count; i++) {
    const int digit = verdicts[i].glyph.confidence >= confidence_min &&
                      glyphs->items[i].width <= widest * glyphs->items[i].height;
    verdicts[i].decision = digit ? JUDGE_ACCEPTED : JUDGE_REJECTED;
  }
  judge_joins(single_count, glyphs->count, pairs, verdicts);
  judge_by_company(glyphs, verdicts);
}
