/* A page in doubt is read in several ways, and this tells which of them to keep: that which makes more digits, 1s aside,
 * which any line makes. Letters turned round are taken for digits now and then; their neighbours tell them, since digits
 * stand among digits, or alone. Fails on a page whose few digits are all written into words. */
#include "evidence.h"

#include <math.h>

static const double one_weight = 0.05;
static const double like_size = 2; /* times as large, or as small */
static const double near = 3;      /* sizes between middles */

static double longer_side(const glyph_box *box) { /* a digit may lie on its side */
  return box->height > box->width ? box->height : box->width;
}

static double weight_of(const glyph_glyph *glyph) {
  return (glyph->text[0] == '1' ? one_weight : 1) * glyph->confidence;
}

double evidence_area(const glyph_page *page) {
  double sum = 0;
  for (size_t i = 0; i < page->glyph_count; i++) {
    const double side = longer_side(&page->glyphs[i].box);
    sum += weight_of(&page->glyphs[i]) * side * side;
  }
  return sum;
}

double evidence_digits(const glyph_page *page) {
  double sum = 0;
  for (size_t i = 0; i < page->glyph_count; i++) sum += weight_of(&page->glyphs[i]);
  return sum;
}

static void middle_of(const glyph_box *box, double *x, double *y) {
  *x = box->x + box->width / 2.0;
  *y = box->y + box->height / 2.0;
}

static int holds_middle(const glyph_box *box, const glyph_box *other) {
  double x, y;
  middle_of(other, &x, &y);
  return x >= box->x && x <= box->x + box->width && y >= box->y && y <= box->y + box->height;
}

/* NULL where no other mark of a like size is near. A mark that holds the digit's middle is the digit's own. */
static const glyph_box *find_neighbour(const glyph_box *digit, const glyph_box *marks, size_t count) {
  const double side = longer_side(digit);
  const glyph_box *nearest = NULL;
  double x, y, least = near * side;
  middle_of(digit, &x, &y);
  for (size_t i = 0; i < count; i++) {
    const double other = longer_side(&marks[i]);
    double there_x, there_y;
    if (other * like_size < side || other > like_size * side || holds_middle(&marks[i], digit)) continue;
    middle_of(&marks[i], &there_x, &there_y);
    const double distance = hypot(there_x - x, there_y - y);
    if (distance < least) least = distance, nearest = &marks[i];
  }
  return nearest;
}

/* Whether a digit was read there: the mark, a part of it, or what it is a part of. */
static int is_read(const glyph_page *page, const glyph_box *mark) {
  for (size_t i = 0; i < page->glyph_count; i++)
    if (holds_middle(&page->glyphs[i].box, mark) || holds_middle(mark, &page->glyphs[i].box)) return 1;
  return 0;
}

double evidence_beside_others(const glyph_page *page, const glyph_box *marks, size_t count) {
  double beside = 0;
  for (size_t i = 0; i < page->glyph_count; i++) {
    const glyph_box *neighbour = find_neighbour(&page->glyphs[i].box, marks, count);
    if (neighbour && !is_read(page, neighbour)) beside += weight_of(&page->glyphs[i]);
  }
  return beside > 0 ? beside / evidence_digits(page) : 0;
}
