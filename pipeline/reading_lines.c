/* From verdicts to numbers and lines: the accepted glyphs in reading order, the marks between them, what is expected of
 * each number, and the page that callers see. */
#include <stdlib.h>

#include "expect.h"
#include "numbers.h"
#include "reading.h"
#include "strays.h"

glyph_box reading_picture_box(const reading *r, const stage_glyph *glyph) {
  glyph_box box = {0};
  if (!r->framed.data) return results_picture_box(r->page, &r->map, reading_box(r, glyph));
  /* In a turned frame the box of its box would be too large. */
  const double size = 1 << glyph->level;
  for (int y = 0; y < glyph->height; y++) {
    const uint8_t *row = glyph->mask.data + y * glyph->mask.stride;
    int first = 0, last = glyph->width - 1;
    while (first <= last && !row[first]) first++;
    while (last > first && !row[last]) last--;
    if (first > last) continue;
    const stage_box run = {(glyph->x + first) * size, (glyph->y + y) * size, (last + 1 - first) * size, size};
    box = results_box_union(box, results_picture_box(r->page, &r->map, run));
  }
  return box;
}

typedef struct line_work {
  stage_box *boxes;
  cells_item *items;
  size_t *order, *chosen;
  results_glyph *glyphs;
  glyph_glyph *rejected;
  size_t count, rejected_count;
  size_t kept; /* glyphs so far that expected numbers keep */
} line_work;

/* What belongs to no group is left out. */
static void pick_accepted(reading *r, line_work *w, const int *groups) {
  for (size_t i = 0; i < r->glyphs.count; i++) {
    judge_verdict *v = &r->verdicts[i];
    if (groups && groups[i] < 0) continue;
    const stage_box box = reading_box(r, &r->glyphs.items[i]);
    v->glyph.box = reading_picture_box(r, &r->glyphs.items[i]);
    if (v->decision == JUDGE_REJECTED && r->reader->options.keep_rejected) w->rejected[w->rejected_count++] = v->glyph;
    if (v->decision != JUDGE_ACCEPTED) continue;
    w->boxes[w->count] = box;
    w->chosen[w->count++] = i;
  }
}

/* Takes for the number in [first, end) the reading that is expected of it. What is left out is rejected. */
static int expect_number(reading *r, line_work *w, size_t first, size_t end) {
  glyph_glyph *glyphs[EXPECTATION_GLYPHS_MAX];
  unsigned char dropped[EXPECTATION_GLYPHS_MAX];
  const size_t count = end - first;
  int fits = 0, status = GLYPH_OK;
  if (count <= EXPECTATION_GLYPHS_MAX) {
    for (size_t i = 0; i < count; i++) glyphs[i] = &w->glyphs[first + i].glyph;
    status = expectation_choose(r->reader->expected, glyphs, count, dropped, &fits);
  }
  for (size_t i = first; i < end; i++) {
    w->glyphs[i].unexpected = !fits;
    if (!fits || !dropped[i - first]) {
      w->glyphs[w->kept++] = w->glyphs[i];
    } else if (r->reader->options.keep_rejected) {
      w->glyphs[i].glyph.reason = "unexpected";
      w->rejected[w->rejected_count++] = w->glyphs[i].glyph;
    }
  }
  return status;
}

static int expect_numbers(reading *r, line_work *w) {
  int status = GLYPH_OK;
  if (!r->reader->expected) return GLYPH_OK;
  w->kept = 0;
  for (size_t first = 0, end; status == GLYPH_OK && first < w->count; first = end) {
    for (end = first + 1; end < w->count && w->glyphs[end].item.number == w->glyphs[first].item.number;) end++;
    status = expect_number(r, w, first, end);
  }
  w->count = w->kept;
  return status;
}

/* The marks among the digits, which stand in reading order. */
static int add_marks(reading *r, line_work *w) {
  const stage_glyph **shapes = malloc((w->count + 1) * sizeof *shapes);
  if (!shapes) return reading_status(r, SHIM_ERR_MEMORY);
  for (size_t k = 0; k < w->count; k++) shapes[k] = &r->glyphs.items[w->chosen[w->order[k]]];
  const int status = reading_status(r, numbers_mark(&r->pyramid, &r->rules.tables, shapes, w->glyphs, &w->count));
  free(shapes);
  for (size_t k = 0; k < w->count; k++) /* the digits have theirs */
    if (w->glyphs[k].glyph.box.width == 0)
      w->glyphs[k].glyph.box = results_picture_box(r->page, &r->map, w->glyphs[k].box);
  return status;
}

/* Arranges the glyphs picked, from place `first` on, whose group is `group`; lines and numbers count on from what is
 * there. */
static int arrange_group(reading *r, line_work *w, const int *groups, int group, size_t first, size_t *end,
                         double *skew) {
  stage_box *boxes = malloc((w->count + 1) * sizeof *boxes);
  cells_item *items = malloc((w->count + 1) * sizeof *items);
  size_t *members = malloc((w->count + 1) * sizeof *members), count = 0;
  int status = boxes && items && members ? SHIM_OK : SHIM_ERR_MEMORY, line = 0, number = 0;
  for (size_t i = 0; status == SHIM_OK && i < w->count; i++)
    if (!groups || groups[w->chosen[i]] == group) boxes[count] = w->boxes[i], members[count++] = i;
  if (status == SHIM_OK)
    status =
        cells_arrange(&r->rules.tables, stage_rules_square(&r->rules), boxes, count, w->order + first, items, skew);
  for (size_t k = 0; k < first; k++) {
    const cells_item *item = &w->items[w->order[k]];
    line = item->line >= line ? item->line + 1 : line;
    number = item->number >= number ? item->number + 1 : number;
  }
  for (size_t k = 0; status == SHIM_OK && k < count; k++) {
    const size_t i = w->order[first + k];
    cells_item *item = &w->items[members[i]];
    *item = items[i];
    if (item->line >= 0) item->line += line;
    item->number += number;
    w->order[first + k] = members[i];
  }
  *end = first + count;
  free(boxes), free(items), free(members);
  return status;
}

static int arrange(reading *r, line_work *w, const int *groups, int group_count, double *skew) {
  size_t end = 0;
  int status = SHIM_OK;
  for (int group = 0; status == SHIM_OK && group < (groups ? group_count : 1); group++)
    status = arrange_group(r, w, groups, group, end, &end, skew);
  return status;
}

/* Rejects numbers that are none, and arranges the others anew. */
static int leave_strays(reading *r, line_work *w, double *skew) {
  size_t rejected = 0;
  stage_box *boxes = malloc((r->glyphs.count + 1) * sizeof *boxes);
  int status = boxes ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; boxes && i < r->glyphs.count; i++) boxes[i] = reading_box(r, &r->glyphs.items[i]);
  const strays_page page = {boxes, r->verdicts, r->glyphs.count, w->chosen, w->items, w->count};
  if (status == SHIM_OK) status = strays_reject(&page, &rejected);
  free(boxes);
  if (status != SHIM_OK || !rejected) return status;
  w->count = w->rejected_count = 0;
  pick_accepted(r, w, NULL);
  return arrange(r, w, NULL, 0, skew);
}

/* Lines hold glyphs of one group only; `order` still names the glyph that each line of the arrangement starts with. */
static void count_lines(const reading *r, const line_work *w, size_t picked, const int *groups, size_t *line_counts) {
  for (size_t i = 0, k = 0; i < r->page->line_count; i++) {
    const size_t first = r->page->numbers[r->page->lines[i].first_number].first_glyph;
    while (k < picked && w->items[w->order[k]].line != w->glyphs[first].item.line) k++;
    if (k < picked) line_counts[groups[w->chosen[w->order[k]]]]++;
  }
}

int reading_run_lines(reading *r, const int *groups, int group_count, size_t *line_counts) {
  const size_t n = r->glyphs.count + 1;
  line_work w = {calloc(n, sizeof *w.boxes),
                 calloc(n, sizeof *w.items),
                 calloc(n, sizeof *w.order),
                 calloc(n, sizeof *w.chosen),
                 calloc(2 * n, sizeof *w.glyphs),
                 calloc(2 * n, sizeof *w.rejected),
                 0,
                 0,
                 0};
  double skew = 0;
  int status = SHIM_ERR_MEMORY;
  if (w.boxes && w.items && w.order && w.chosen && w.glyphs && w.rejected) {
    pick_accepted(r, &w, groups);
    status = arrange(r, &w, groups, group_count, &skew);
    if (status == SHIM_OK && !groups) status = leave_strays(r, &w, &skew);
  }
  status = reading_status(r, status);
  if (status == GLYPH_OK) {
    for (size_t k = 0; k < w.count; k++) {
      const size_t i = w.order[k];
      w.glyphs[k] = (results_glyph){r->verdicts[w.chosen[i]].glyph, w.boxes[i], w.items[i], 0};
    }
    const size_t picked = w.count;
    status = add_marks(r, &w);
    if (status == GLYPH_OK) status = expect_numbers(r, &w);
    const results_source source = {w.glyphs,         w.count, w.rejected,
                                   w.rejected_count, &r->map, r->gray->width,
                                   r->gray->height,  skew,    r->reader->options.min_confidence,
                                   &r->rules.tables};
    if (status == GLYPH_OK) status = results_fill(r->page, &source);
    if (status != GLYPH_OK) reading_status(r, SHIM_ERR_MEMORY);
    if (status == GLYPH_OK && groups) count_lines(r, &w, picked, groups, line_counts);
  }
  free(w.boxes), free(w.items), free(w.order), free(w.chosen), free(w.glyphs), free(w.rejected);
  return status == GLYPH_OK ? reading_finish(r, "lines", 1) : status;
}
