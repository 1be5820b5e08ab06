/* Lines, arrows and crosses that stand alone, as shapes of the page: strokes that geometry proposes and the network
 * names. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

static const double named_min = 0.6; /* of the probability of the kind */
/* Ink of up to so many times its size beside it makes it writing: any 1 or dash is a line. */
static const double line_ratio = 1.9, telling_ratio = 1.4;

/* A way there and back again, which encloses nothing. */
static void set_way(const stage_loose *loose, stage_outline *out) {
  enum { HALF = STAGE_OUTLINE_POINTS / 2 };
  for (int i = 0; i < STAGE_OUTLINE_POINTS; i++) {
    const double t = i < HALF ? (double)i / HALF : (double)(STAGE_OUTLINE_POINTS - i) / HALF;
    for (int axis = 0; axis < 2; axis++)
      out->points[2 * i + axis] = (float)(loose->ends[0][axis] + t * (loose->ends[1][axis] - loose->ends[0][axis]));
  }
}

/* The box of the ink's middle line, as other outlines have it. */
static void set_box(const stage_loose *loose, stage_outline *out) {
  out->box[0] = out->box[1] = INFINITY, out->box[2] = out->box[3] = -INFINITY;
  for (int y = 0; y < loose->mask.height; y++)
    for (int x = 0; x < loose->mask.width; x++) {
      if (!loose->mask.data[y * loose->mask.stride + x]) continue;
      const double place[2] = {(loose->x + x) * loose->scale, (loose->y + y) * loose->scale};
      for (int axis = 0; axis < 2; axis++) {
        out->box[axis] = fmin(out->box[axis], place[axis]);
        out->box[2 + axis] = fmax(out->box[2 + axis], place[axis] + loose->scale);
      }
    }
  const double half = loose->stroke / 2;
  for (int axis = 0; axis < 2; axis++) {
    const double middle = (out->box[axis] + out->box[2 + axis]) / 2;
    out->box[axis] = fmin(middle, out->box[axis] + half);
    out->box[2 + axis] = fmax(middle, out->box[2 + axis] - half);
  }
}

static int make_shape(const stage_loose *loose, stage_kind kind, const double probabilities[STAGE_KINDS],
                      stage_shape *out) {
  *out = (stage_shape){.chosen = 1, .is_stroke = kind != STAGE_CROSS};
  out->outline = (stage_outline){.stroke = loose->stroke, .drawn = 1, .part = -1};
  memcpy(out->probabilities, probabilities, sizeof out->probabilities);
  memcpy(out->ends, loose->ends, sizeof out->ends);
  int status = SHIM_OK;
  if (out->is_stroke)
    set_way(loose, &out->outline);
  else
    status = stage_outline_trace(&loose->mask, loose->x, loose->y, 0.5, &out->outline);
  for (int i = 0; !out->is_stroke && i < 2 * STAGE_OUTLINE_POINTS; i++) out->outline.points[i] *= (float)loose->scale;
  set_box(loose, &out->outline);
  memcpy(out->part_box, out->outline.box, sizeof out->part_box);
  return status;
}

/* A small head is lost in the network's crop of a long shaft. */
static void heed_head(const stage_loose *loose, double probabilities[STAGE_KINDS]) {
  if (!loose->has_head || probabilities[STAGE_LINE] < probabilities[STAGE_ARROW]) return;
  const double swap = probabilities[STAGE_LINE];
  probabilities[STAGE_LINE] = probabilities[STAGE_ARROW];
  probabilities[STAGE_ARROW] = swap;
}

static int is_sure(const stage_loose_list *list, size_t index, const shapes_analysis *a, stage_kind kind,
                   double probability) {
  if (kind != STAGE_LINE && kind != STAGE_ARROW && kind != STAGE_CROSS) return 0;
  const double ratio = kind == STAGE_LINE ? line_ratio : telling_ratio;
  return probability >= named_min && !stage_loose_is_writing(list, index, &a->parts, a->shapes, a->count, ratio);
}

/* The shapes in reading order anew; connectors keep theirs. */
static int order_again(shapes_analysis *a) {
  int *places = malloc((a->count + 1) * sizeof *places), chosen = 0;
  if (!places) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < a->count; i++) a->shapes[i].rank = a->shapes[i].chosen ? chosen++ : -1;
  shapes_order(a->shapes, a->count);
  for (size_t i = 0; i < a->count && a->shapes[i].chosen; i++) places[a->shapes[i].rank] = (int)i;
  for (size_t i = 0; i < a->connectors.count; i++) {
    stage_connector *c = &a->connectors.items[i];
    c->from = places[c->from];
    c->to = places[c->to];
  }
  shapes_order_connectors(&a->connectors);
  free(places);
  return SHIM_OK;
}

static int keep_named(const stage_loose_list *list, double (*probabilities)[STAGE_KINDS], shapes_analysis *a) {
  stage_shape *added = malloc((list->count + 1) * sizeof *added), *all = NULL;
  size_t count = 0;
  int status = added ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; status == SHIM_OK && i < list->count; i++) {
    heed_head(&list->items[i], probabilities[i]);
    const stage_kind kind = stage_kind_best(probabilities[i]);
    if (is_sure(list, i, a, kind, probabilities[i][kind]))
      status = make_shape(&list->items[i], kind, probabilities[i], &added[count++]);
  }
  if (status == SHIM_OK && count) {
    all = realloc(a->shapes, (a->count + count) * sizeof *all);
    if (!all) status = SHIM_ERR_MEMORY;
  }
  if (all) {
    memcpy(all + a->count, added, count * sizeof *all);
    a->shapes = all;
    a->count = a->capacity = a->count + count;
    status = order_again(a);
  }
  free(added);
  return status;
}

int shapes_add_loose(reading *r, shapes_analysis *a) {
  stage_loose_list list = {0};
  int status = SHIM_OK;
  for (int i = 0; status == SHIM_OK && i < SHAPES_TRACED_LEVELS && a->tracers[i].strokes; i++)
    status = stage_loose_find(&a->tracers[i], &a->connectors, &list);
  double(*probabilities)[STAGE_KINDS] = calloc(list.count + 1, sizeof *probabilities);
  if (status == SHIM_OK && !probabilities) status = SHIM_ERR_MEMORY;
  status = reading_status(r, status);
  if (status == GLYPH_OK) status = shapes_name_strokes(r, &list, probabilities);
  if (status == GLYPH_OK && list.count) status = reading_status(r, keep_named(&list, probabilities, a));
  free(probabilities);
  stage_loose_free(&list);
  return status;
}
