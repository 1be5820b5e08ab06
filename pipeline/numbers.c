/* Where a mark belongs: a point, comma, colon or slash stands between two digits of one number; a minus or plus as
 * well, or before the number that it is nearer to. A slash reads as a 1 to the network, or a 7: it is taller and leans
 * more than its neighbours, or leans between what may be a day and a month; many people's ones lean as much. A comma
 * reads as a 1 as well, which is short and hangs through its neighbours' feet, and a plus as a 4 or a 7. */
#include "numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In heights of the digits. */
static const double between_max = 1.7; /* digits farther apart have no mark between them */
static const double side_max = 0.8;    /* from a mark to the digit on either side */
static const double sign_side_max = 0.55, sign_uneven_max = 0.3;
static const double slash_taller = 1.15, slash_width_min = 0.3, straight_max = 1.3;
static const double slash_lean = 0.15, slash_lean_least = 0.1; /* beyond that of the digits beside it; within a date */
/* Of one that is no taller, by its lean, its height and how thick it is beside a straight stroke: fitted over 137 ones
 * and sevens between what may be a day and a month, on pages that the tests' generator drew with MNIST's training
 * writers; 26 of them were slashes. */
static const double slash_weights[] = {0.62, 2.87, 1.49, -2.61};
static const double comma_height_max = 0.6, comma_top_max = 0.4, comma_bottom_max = -0.03; /* above their feet */

typedef struct work {
  const stage_pyramid *pyramid;
  const stage_tables *tables;
  const stage_glyph *const *shapes;
  const results_glyph *from;
  results_glyph *to;
  size_t count, made;
  int number; /* the last one given out */
} work;

static int same_place(const cells_item *a, const cells_item *b) {
  return a->table == b->table && (a->table >= 0 ? a->place == b->place : a->line == b->line);
}

static double right_of(const stage_box *box) {
  return box->x + box->width;
}

static void add_mark(work *w, const stage_mark *mark, const cells_item *item) {
  results_glyph *glyph = &w->to[w->made++];
  *glyph = (results_glyph){.box = mark->box, .item = *item};
  glyph->glyph.text[0] = mark->text;
  glyph->glyph.confidence = mark->confidence;
  glyph->item.number = w->number;
}

/* Whether the mark holds the two digits together. */
static int joins(const stage_mark *mark, const stage_box *left, const stage_box *right, double height) {
  const double before = (mark->box.x - right_of(left)) / height, after = (right->x - right_of(&mark->box)) / height;
  if (!strchr("-+", mark->text)) return before < side_max && after < side_max;
  return before < sign_side_max && after < sign_side_max && before - after < sign_uneven_max;
}

/* Whether the mark stands in the table's cell that the item does: beyond the line it would be another cell's digit. */
static int is_in_cell(const work *w, const stage_mark *mark, const cells_item *item) {
  const double x = mark->box.x + mark->box.width / 2, y = mark->box.y + mark->box.height / 2;
  size_t table;
  int place;
  if (item->table < 0) return 1;
  return stage_tables_locate(w->tables, x, y, &table, &place) && (int)table == item->table &&
         w->tables->items[table].cells[place] == item->place;
}

/* The sign before glyph i, the first of its number. */
static int add_sign(work *w, size_t i, const stage_box *previous) {
  const results_glyph *digit = &w->from[i];
  stage_mark sign;
  const int status = stage_mark_find(w->pyramid, NULL, w->shapes[i], &sign);
  if (status != SHIM_OK || !sign.text) return status;
  const double height = digit->box.height, after = (digit->box.x - right_of(&sign.box)) / height;
  if (after > sign_side_max || after < -0.2) return SHIM_OK;
  if (previous && sign.box.x < right_of(previous)) return SHIM_OK;
  if (!is_in_cell(w, &sign, &digit->item)) return SHIM_OK;
  add_mark(w, &sign, &digit->item);
  return SHIM_OK;
}

/* What stands before glyph i; tells by w->number whether a new number begins with it. */
static int add_before(work *w, size_t i) {
  const results_glyph *right = &w->from[i];
  const results_glyph *left = i > 0 && same_place(&w->from[i - 1].item, &right->item) ? &w->from[i - 1] : NULL;
  const int is_first = !left || left->item.number != right->item.number;
  const double height = left ? (left->box.height + right->box.height) / 2 : right->box.height;
  stage_mark mark = {0};
  int status = SHIM_OK;
  if (left && right->box.x - right_of(&left->box) < between_max * height)
    status = stage_mark_find(w->pyramid, w->shapes[i - 1], w->shapes[i], &mark);
  if (status != SHIM_OK) return status;
  if (mark.text && joins(&mark, &left->box, &right->box, height)) {
    add_mark(w, &mark, &right->item);
    return SHIM_OK;
  }
  if (!is_first) return SHIM_OK;
  w->number++;
  return add_sign(w, i, left ? &left->box : NULL);
}

static int is_between(const work *w, size_t i) {
  const results_glyph *g = w->from;
  return i > 0 && i + 1 < w->count && g[i - 1].item.number == g[i].item.number &&
         g[i + 1].item.number == g[i].item.number;
}

/* A plus that reads as a 4 or a 7. */
static int is_plus(const work *w, size_t i) {
  const results_glyph *g = w->from;
  return strchr("47", g[i].glyph.text[0]) && i + 1 < w->count && g[i + 1].item.number == g[i].item.number &&
         (i == 0 || g[i - 1].item.number != g[i].item.number) &&
         stage_mark_plus_chance(w->shapes[i], w->shapes[i + 1], g[i].glyph.confidence) > 0.5;
}

/* What the digits [first, end) say together: 1 to 99, or 0. */
static int small_number(const work *w, size_t first, size_t end) {
  int value = 0;
  if (end - first > 2) return 0;
  for (; first < end; first++) value = 10 * value + (w->from[first].glyph.text[0] - '0');
  return value;
}

/* Whether the number's digits before glyph i and after it may be a day and a month, in either order. */
static int is_within_date(const work *w, size_t i) {
  enum { DAYS = 31, MONTHS = 12 };
  const int number = w->from[i].item.number;
  size_t first = i, end = i + 1;
  while (first > 0 && w->from[first - 1].item.number == number) first--;
  while (end < w->count && w->from[end].item.number == number) end++;
  const int before = small_number(w, first, i), after = small_number(w, i + 1, end);
  const int less = before < after ? before : after, more = before < after ? after : before;
  return less > 0 && less <= MONTHS && more <= DAYS;
}

/* A straight stroke that leans. */
static int is_slash(const work *w, size_t i) {
  const results_glyph *g = w->from;
  if (!strchr("17", g[i].glyph.text[0]) || !is_between(w, i)) return 0;
  const stage_glyph *ink = w->shapes[i];
  const double lean = stage_deskew_slant(&ink->mask);
  const double beside = fmax(stage_deskew_slant(&w->shapes[i - 1]->mask), stage_deskew_slant(&w->shapes[i + 1]->mask));
  const double taller = g[i].box.height / fmax(g[i - 1].box.height, g[i + 1].box.height);
  const double length = hypot(ink->width - ink->stroke_width, ink->height - ink->stroke_width) + ink->stroke_width;
  const double thick = ink->area / fmax(length * ink->stroke_width, 1);
  if (thick < straight_max && ink->width > slash_width_min * ink->height && taller > slash_taller &&
      lean - beside > slash_lean)
    return 1;
  const double *v = slash_weights;
  return lean - beside > slash_lean_least && is_within_date(w, i) &&
         v[0] + v[1] * lean + v[2] * log(taller) + v[3] * thick > 0;
}

/* A short stroke that hangs through the feet of the digits on its sides. */
static int is_comma(const work *w, size_t i) {
  if (w->from[i].glyph.text[0] != '1' || !is_between(w, i)) return 0;
  const stage_box *left = &w->from[i - 1].box, *box = &w->from[i].box, *right = &w->from[i + 1].box;
  const double height = (left->height + right->height) / 2;
  const double foot = (left->y + left->height + right->y + right->height) / 2;
  return box->height <= comma_height_max * fmin(left->height, right->height) &&
         foot - box->y <= comma_top_max * height && foot - box->y - box->height <= comma_bottom_max * height;
}

/* It was read as a digit, which it may be all the same. */
static void read_as_mark(glyph_glyph *glyph, const char *mark) {
  const glyph_alternative digit = {{glyph->text[0]}, 1 - 0.8};
  strcpy(glyph->text, mark);
  glyph->alternative_count = 1;
  glyph->alternatives[0] = digit;
  glyph->confidence *= 0.8;
}

int numbers_mark(const stage_pyramid *pyramid, const stage_tables *tables, const stage_glyph *const *shapes,
                 results_glyph *glyphs, size_t *count) {
  results_glyph *from = malloc((*count + 1) * sizeof *from);
  int status = from ? SHIM_OK : SHIM_ERR_MEMORY;
  if (!from) return status;
  memcpy(from, glyphs, *count * sizeof *from);
  work w = {pyramid, tables, shapes, from, glyphs, *count, 0, -1};
  for (size_t i = 0; status == SHIM_OK && i < *count; i++) {
    status = add_before(&w, i);
    if (status != SHIM_OK) break;
    glyphs[w.made] = from[i];
    if (is_slash(&w, i))
      read_as_mark(&glyphs[w.made].glyph, "/");
    else if (is_comma(&w, i))
      read_as_mark(&glyphs[w.made].glyph, ",");
    else if (is_plus(&w, i))
      read_as_mark(&glyphs[w.made].glyph, "+");
    glyphs[w.made++].item.number = w.number;
  }
  *count = w.made;
  free(from);
  return status;
}
