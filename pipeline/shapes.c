/* The shapes of a page: the one place that joins their geometry with the network. read_shapes() is the list of stages.
 * The page is looked at in a frame of moderate size, because a drawn shape's strokes are never as fine as a digit's. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/input.h"
#include "reading.h"

enum {
  FRAME_SIDE_MAX = 2100,  /* pixels; larger pictures are shrunk, */
  SHRUNK_SIDE_MAX = 1500, /* to this at the most */
  OUTLINE_LEVELS = 3,
  SHAPES_MAX = 4000
};
static const double whole_drawn = 0.95, same_overlap = 0.93, sure_enough = 0.6;
static const double length_of_other = 0.04; /* of the picture's longer side: smaller ones without a name are scraps */

void shapes_analysis_free(shapes_analysis *a) {
  for (int i = 0; i < STAGE_LEVELS_MAX; i++) stage_strokes_free(&a->strokes[i]);
  for (int i = 0; i < SHAPES_TRACED_LEVELS; i++) stage_tracer_close(&a->tracers[i]);
  stage_connectors_free(&a->connectors);
  free(a->shapes);
  free(a->parts.boxes);
  free(a->parts.levels);
  memset(a, 0, sizeof *a);
}

/* ---- finding ------------------------------------------------------------------------------------------------------ */

static int add_parts(shapes_analysis *a, int level) {
  const shim_components *found = &a->strokes[level].parts;
  const size_t count = a->parts.count + found->count;
  double(*boxes)[4] = realloc(a->parts.boxes, (count + 1) * sizeof *boxes);
  if (boxes) a->parts.boxes = boxes;
  int *levels = realloc(a->parts.levels, (count + 1) * sizeof *levels);
  if (levels) a->parts.levels = levels;
  if (!boxes || !levels) return SHIM_ERR_MEMORY;
  const double scale = 1 << level;
  for (size_t i = 0; i < found->count; i++) {
    const shim_component *c = &found->items[i];
    const double box[4] = {c->x * scale, c->y * scale, (c->x + c->width) * scale, (c->y + c->height) * scale};
    memcpy(boxes[a->parts.count], box, sizeof box);
    levels[a->parts.count++] = level;
  }
  return SHIM_OK;
}

/* Whether a finer level shows it as whole as can be. */
static int is_known(const shapes_analysis *a, const stage_shape *shape) {
  for (size_t i = 0; i < a->count; i++) {
    const stage_shape *other = &a->shapes[i];
    if (other->level < shape->level && other->outline.drawn >= whole_drawn &&
        other->probabilities[STAGE_OTHER] < 1 - sure_enough &&
        stage_box_overlap(other->outline.box, shape->outline.box) > same_overlap &&
        fabs(other->outline.area - shape->outline.area) < (1 - same_overlap) * shape->outline.area)
      return 1;
  }
  return 0;
}

static int add_shape(shapes_analysis *a, const stage_outline *found, int level) {
  if (a->count == a->capacity) {
    const size_t capacity = a->capacity ? 2 * a->capacity : 64;
    stage_shape *shapes = realloc(a->shapes, capacity * sizeof *shapes);
    if (!shapes) return SHIM_ERR_MEMORY;
    a->shapes = shapes;
    a->capacity = capacity;
  }
  const double scale = 1 << level;
  stage_shape *shape = &a->shapes[a->count];
  memset(shape, 0, sizeof *shape);
  shape->outline = *found;
  shape->level = level;
  for (int i = 0; i < 2 * STAGE_OUTLINE_POINTS; i++) shape->outline.points[i] *= (float)scale;
  for (int i = 0; i < 4; i++) shape->outline.box[i] *= scale;
  shape->outline.area *= scale * scale;
  shape->outline.stroke *= scale;
  memcpy(shape->part_box, shape->outline.box, sizeof shape->part_box);
  if (found->part >= 0) {
    const shim_component *c = &a->strokes[level].parts.items[found->part];
    const double box[4] = {c->x * scale, c->y * scale, (c->x + c->width) * scale, (c->y + c->height) * scale};
    memcpy(shape->part_box, box, sizeof box);
  }
  if (!stage_shape_is_plausible(shape, a->side) || is_known(a, shape)) return SHIM_OK;
  const int status = stage_fit_outline(&shape->outline, &shape->fit);
  if (status != SHIM_OK) return status;
  stage_kind_rate(&shape->fit, shape->probabilities);
  a->count++;
  return SHIM_OK;
}

/* Drawn outlines are looked for on the finest levels, filled shapes on all but the first. */
static int find_on_level(shapes_analysis *a, const stage_pyramid *pyramid, int index) {
  stage_outlines drawn = {0}, filled = {0};
  const stage_level *level = &pyramid->levels[index];
  int status = stage_strokes_make(level, &a->strokes[index]);
  if (status == SHIM_OK) status = add_parts(a, index);
  if (status == SHIM_OK && index < OUTLINE_LEVELS) status = stage_outlines_find(&a->strokes[index], &drawn);
  if (status == SHIM_OK && index)
    status = stage_filled_find(&a->strokes[0], &pyramid->levels[0], &a->strokes[index], level, &filled);
  for (size_t i = 0; status == SHIM_OK && i < drawn.count && a->count < SHAPES_MAX; i++)
    status = add_shape(a, &drawn.items[i], index);
  for (size_t i = 0; status == SHIM_OK && i < filled.count && a->count < SHAPES_MAX; i++)
    status = add_shape(a, &filled.items[i], 0);
  stage_outlines_free(&drawn);
  stage_outlines_free(&filled);
  return status;
}

int shapes_find(const stage_pyramid *pyramid, shapes_analysis *a) {
  const shim_image *gray = &pyramid->levels[0].gray;
  int status = SHIM_OK;
  memset(a, 0, sizeof *a);
  a->side = gray->width > gray->height ? gray->width : gray->height;
  for (int i = 0; status == SHIM_OK && i < pyramid->count; i++) status = find_on_level(a, pyramid, i);
  return status;
}

int shapes_settle(shapes_analysis *a) {
  int status = stage_shapes_choose(&a->parts, a->shapes, a->count, a->side);
  for (size_t i = 0; status == SHIM_OK && i < a->count; i++) {
    const stage_outline *o = &a->shapes[i].outline;
    const double side = fmax(o->box[2] - o->box[0], o->box[3] - o->box[1]);
    if (stage_kind_best(a->shapes[i].probabilities) == STAGE_OTHER && side < length_of_other * a->side)
      a->shapes[i].chosen = 0;
  }
  shapes_order(a->shapes, a->count);
  for (int i = 0; status == SHIM_OK && i < SHAPES_TRACED_LEVELS && a->strokes[i].ink; i++) {
    status = stage_tracer_open(&a->strokes[i], i, a->shapes, a->count, &a->tracers[i]);
    if (status == SHIM_OK) status = stage_connectors_find(&a->tracers[i], &a->connectors);
  }
  shapes_order_connectors(&a->connectors);
  return status;
}

/* ---- the stages --------------------------------------------------------------------------------------------------- */

/* Makes *out, which stays empty where `from` is small enough; *scale: pixels of `from` a pixel of it. */
static int shrink(const shim_image *from, shim_image *out, double *scale) {
  const int longer = from->width > from->height ? from->width : from->height;
  const int parts = longer > FRAME_SIDE_MAX ? (longer + SHRUNK_SIDE_MAX - 1) / SHRUNK_SIDE_MAX : 1;
  const int too_thin = from->width < parts || from->height < parts;
  *scale = too_thin ? 1 : parts;
  return parts == 1 || too_thin ? SHIM_OK : stage_shrink(from, parts, out);
}

/* The picture in a frame of moderate size. */
static int run_frame(reading *r) {
  double scale;
  const int status = shrink(&r->part, &r->framed, &scale);
  if (status != SHIM_OK || !r->framed.data) return reading_status(r, status);
  const stage_map shrunk = {{scale, 0, 0, 0, scale, 0, 0, 0, 1}, {1 / scale, 0, 0, 0, 1 / scale, 0, 0, 0, 1}};
  stage_map_compose(&r->map, &shrunk, &r->map);
  r->gray = &r->framed;
  return GLYPH_OK;
}

static int run_shapes(reading *r, shapes_analysis *a) {
  const int status = reading_status(r, shapes_find(&r->pyramid, a));
  return status == GLYPH_OK ? reading_finish(r, "shapes", 0.5) : status;
}

static int run_names(reading *r, shapes_analysis *a) {
  const int status = shapes_name(r, a);
  return status == GLYPH_OK ? reading_finish(r, "names", 0.55) : status;
}

static int run_connectors(reading *r, shapes_analysis *a) {
  const int status = reading_status(r, shapes_settle(a));
  return status == GLYPH_OK ? reading_finish(r, "connectors", 0.57) : status;
}

static int run_strokes(reading *r, shapes_analysis *a) {
  const int status = shapes_add_loose(r, a);
  return status == GLYPH_OK ? reading_finish(r, "strokes", 0.58) : status;
}

static int run_results(reading *r, const shapes_analysis *a) {
  int status = shapes_fill_page(r, a);
  if (status == GLYPH_OK && r->reader->options.tidy) status = reading_status(r, shapes_tidy(r->page));
  return status == GLYPH_OK ? reading_finish(r, "results", 0.6) : status;
}

static int read_shapes(reading *r, shapes_analysis *a) {
  int status = run_frame(r);
  if (status == GLYPH_OK) status = reading_make_pyramid(r, stage_polarity(r->gray) < 0);
  if (status == GLYPH_OK) status = reading_remove_rules(r, 1);
  if (status == GLYPH_OK) status = reading_threshold(r, 0);
  if (status == GLYPH_OK) status = run_shapes(r, a);
  if (status == GLYPH_OK) status = run_names(r, a);
  if (status == GLYPH_OK) status = run_connectors(r, a);
  if (status == GLYPH_OK) status = run_strokes(r, a);
  if (status == GLYPH_OK) status = run_results(r, a);
  if (status == GLYPH_OK) status = shapes_read_writing(r, a);
  return status;
}

/* The ink without rules, as reading_... have it, but for the stamps and pictures of the page's own stages. */
static int lift_ink(const shim_image *gray, int inverted, stage_pyramid *pyramid) {
  stage_rules rules = {0};
  int status = stage_pyramid_make(gray, inverted, pyramid);
  if (status == SHIM_OK) status = stage_rules_find(pyramid, &rules);
  if (status == SHIM_OK) status = stage_rules_keep_paper(&rules, pyramid);
  if (status == SHIM_OK) status = stage_rules_remove(&rules, pyramid);
  for (int i = 0; status == SHIM_OK && i < pyramid->count; i++) status = stage_threshold(&pyramid->levels[i], 0);
  stage_rules_free(&rules);
  return status;
}

int shapes_see(reading *r, int inverted, shapes_sight *out) {
  memset(out, 0, sizeof *out);
  int status = shrink(r->gray, &out->framed, &out->scale);
  if (status == SHIM_OK) status = lift_ink(out->framed.data ? &out->framed : r->gray, inverted, &out->pyramid);
  if (status == SHIM_OK) status = shapes_find(&out->pyramid, &out->analysis);
  status = reading_status(r, status);
  if (status == GLYPH_OK) status = shapes_name(r, &out->analysis);
  if (status == GLYPH_OK) status = reading_status(r, shapes_settle(&out->analysis));
  return status == GLYPH_OK ? shapes_add_loose(r, &out->analysis) : status;
}

void shapes_sight_free(shapes_sight *sight) {
  shapes_analysis_free(&sight->analysis);
  stage_pyramid_free(&sight->pyramid);
  shim_image_free(&sight->framed);
}

int reader_shapes_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                       glyph_error *error) {
  reading r;
  shapes_analysis analysis = {0};
  int status = reading_start(&r, reader, gray, name, error);
  if (status == GLYPH_OK) status = read_shapes(&r, &analysis);
  shapes_analysis_free(&analysis);
  reading_free(&r);
  if (status != GLYPH_OK) glyph_page_close(&r.page);
  *out = r.page;
  return status;
}
