/* Truth and results are matched by their boxes: a thing is found where the boxes overlap by half of both together, digits,
 * which are small, by a third. Boxes of lines are too thin for that and are widened by a share of their length. */
#include "chart_score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double digit_overlap = 0.33, shape_overlap = 0.5, stroke_widening = 0.2;

static double overlap(const double a[4], const double b[4]) {
  const double width = fmin(a[2], b[2]) - fmax(a[0], b[0]), height = fmin(a[3], b[3]) - fmax(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height);
}

static void box_of(const glyph_box *from, double to[4]) {
  to[0] = from->x, to[1] = from->y, to[2] = from->x + from->width, to[3] = from->y + from->height;
}

/* ---- digits ------------------------------------------------------------------------------------------------------- */

/* The glyph at the digit's place; NULL: none. */
static const glyph_glyph *glyph_at(const glyph_page *page, const page_truth_glyph *digit) {
  const double own[4] = {digit->x, digit->y, digit->x + digit->width, digit->y + digit->height};
  for (size_t i = 0; i < page->glyph_count; i++) {
    double box[4];
    box_of(&page->glyphs[i].box, box);
    if (overlap(own, box) > digit_overlap) return &page->glyphs[i];
  }
  return NULL;
}

void chart_score_digits(const chart_truth *truth, const glyph_page *page, chart_score *score) {
  size_t met = 0;
  for (size_t i = 0; i < truth->digits.count; i++) {
    const page_truth_glyph *digit = &truth->digits.glyphs[i];
    const glyph_glyph *glyph = glyph_at(page, digit);
    met += glyph != NULL;
    score->digits_right += glyph && glyph->text[0] == digit->digit;
  }
  score->digits += truth->digits.count;
  score->digits_read += met;
  score->digits_false += page->glyph_count > met ? page->glyph_count - met : 0;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static int is_stroke(const char *kind) {
  return !strcmp(kind, "line") || !strcmp(kind, "arrow");
}

static const char *family_of(const char *kind) {
  if (!strcmp(kind, "circle")) return "ellipse";
  return !strcmp(kind, "square") ? "rectangle" : kind;
}

static void widen(double box[4]) {
  const double by = stroke_widening * fmax(box[2] - box[0], box[3] - box[1]);
  box[0] -= by, box[1] -= by, box[2] += by, box[3] += by;
}

/* What was found of the shape; -1: nothing. */
static int found_at(const glyph_page *page, const chart_shape *shape) {
  int best = -1;
  double most = shape_overlap, own[4];
  const int thin = is_stroke(train_shape_names[shape->kind]);
  memcpy(own, shape->box, sizeof own);
  if (thin) widen(own);
  for (size_t i = 0; i < page->shape_count; i++) {
    double box[4];
    box_of(&page->shapes[i].box, box);
    if (thin) widen(box);
    if (overlap(own, box) < most) continue;
    most = overlap(own, box);
    best = (int)i;
  }
  return best;
}

static int has_text(const glyph_page *page, const glyph_shape *shape, const char *text) {
  return shape->line_count == 1 && !strcmp(page->lines[shape->first_line].text, text);
}

static void score_one(const glyph_page *page, const chart_shape *shape, int found, chart_score *score) {
  const char *kind = train_shape_names[shape->kind];
  const int stroke = is_stroke(kind);
  const glyph_shape *seen = found < 0 ? NULL : &page->shapes[found];
  const int named = seen && !strcmp(family_of(kind), family_of(seen->kind));
  *(stroke ? &score->strokes : &score->shapes) += 1;
  *(stroke ? &score->strokes_located : &score->located) += seen != NULL;
  *(stroke ? &score->strokes_named : &score->named) += (size_t)named;
  if (!seen || stroke) return;
  score->texts += shape->text[0] != '\0';
  score->texts_right += shape->text[0] && has_text(page, seen, shape->text);
  score->texts_false += !shape->text[0] && seen->line_count;
}

static void score_links(const chart_truth *truth, const glyph_page *page, const int *found, chart_score *score) {
  size_t met = 0;
  for (size_t i = 0; i < truth->link_count; i++) {
    const chart_link *link = &truth->links[i];
    for (size_t k = 0; k < page->connector_count; k++) {
      const glyph_connector *c = &page->connectors[k];
      const int from = (int)c->from, to = (int)c->to;
      const int forward = from == found[link->from] && to == found[link->to];
      if (!forward && (from != found[link->to] || to != found[link->from])) continue;
      met++;
      score->links_right += link->has_head ? forward && c->arrow == GLYPH_ARROW_END : c->arrow == GLYPH_ARROW_NONE;
      break;
    }
  }
  score->links += truth->link_count;
  score->links_found += met;
  score->links_false += page->connector_count > met ? page->connector_count - met : 0;
}

int chart_score_shapes(const chart_truth *truth, const glyph_page *page, chart_score *score) {
  int *found = malloc((truth->shape_count + 1) * sizeof *found);
  unsigned char *met = calloc(page->shape_count + 1, 1);
  const int status = found && met ? 0 : -1;
  for (size_t i = 0; !status && i < truth->shape_count; i++) {
    found[i] = found_at(page, &truth->shapes[i]);
    if (found[i] >= 0) met[found[i]] = 1;
    score_one(page, &truth->shapes[i], found[i], score);
  }
  for (size_t i = 0; !status && i < page->shape_count; i++)
    if (!met[i]) *(is_stroke(page->shapes[i].kind) ? &score->strokes_false : &score->shapes_false) += 1;
  if (!status) score_links(truth, page, found, score);
  free(found);
  free(met);
  return status;
}
