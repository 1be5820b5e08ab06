/* The rows of drawn shapes that learn nothing here: the rules that tutorials name shapes by (the corners that remain of
 * a contour by Douglas and Peucker, and its circularity), the pipeline's own fits, the shipped network, and the network
 * with the fits: as the pipeline joins them on pages, where what is far from any fit is no shape, and as a product of
 * both probabilities, whose weight is chosen. The rules fail where an outline has a gap: its contour then runs along
 * both sides of the stroke. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../pipeline/stages/shapes.h"
#include "../evaluate.h"
#include "../named_model.h"
#include "../shape_classes.h"
#include "compare.h"

enum {
  BATCH = 16, /* their views are a batch of the network */
  VIEWS_PIXELS = STAGE_SHAPE_VIEWS * STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE,
  NETWORK_CLASSES_MOST = 64
};

static const double PI = 3.14159265358979323846;

static shim_image view(const uint8_t *pixels, int height, int width) {
  return (shim_image){(uint8_t *)pixels, width, height, 1, width};
}

static int fail_picture(train_error *error) {
  return train_fail(error, TRAIN_ERR_INTERNAL, "a drawing cannot be measured: %s", shim_error());
}

/* ---- the rules ---------------------------------------------------------------------------------------------------- */

static const double tolerances[] = {0.03, 0.04, 0.05, 0.06}; /* of the perimeter: what is off by less is no corner */
static const double circularities[] = {0.5, 0.6, 0.7, 0.8};  /* from here on an ellipse; a circle has 1 */

enum { TOLERANCES = 4, CIRCULARITIES = 4 };

typedef struct rules {
  double tolerance, circularity;
  int height, width;
} rules;

static size_t find_farthest(const int *contour, size_t count, double x, double y) {
  double most = -1;
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    const double distance = hypot(contour[2 * i] - x, contour[2 * i + 1] - y);
    if (distance <= most) continue;
    most = distance;
    found = i;
  }
  return found;
}

/* A contour as a closed way: it begins and ends in the point farthest from the middle, which is a corner if anything
 * is. `points` has room for count + 1. Returns the number of the point farthest from that. */
static size_t close_contour(const int *contour, size_t count, float *points) {
  double x = 0, y = 0;
  for (size_t i = 0; i < count; i++) {
    x += (double)contour[2 * i] / (double)count;
    y += (double)contour[2 * i + 1] / (double)count;
  }
  const size_t first = find_farthest(contour, count, x, y);
  const size_t second = find_farthest(contour, count, contour[2 * first], contour[2 * first + 1]);
  for (size_t i = 0; i <= count; i++) {
    const int *point = contour + 2 * ((first + i) % count);
    points[2 * i] = (float)point[0];
    points[2 * i + 1] = (float)point[1];
  }
  return (second + count - first) % count;
}

static train_people_class apply(const rules *r, size_t corners, double perimeter, double area) {
  if (corners == 3) return TRAIN_PEOPLE_TRIANGLE;
  if (corners == 4) return TRAIN_PEOPLE_RECTANGLE;
  return 4 * PI * area >= r->circularity * perimeter * perimeter ? TRAIN_PEOPLE_ELLIPSE : TRAIN_PEOPLE_OTHER;
}

static int name_contour(const rules *r, const int *contour, size_t count, train_people_class *out) {
  float *points = malloc(2 * (count + 1) * sizeof *points);
  size_t *kept = malloc((count + 1) * sizeof *kept), there = 0, back = 0;
  double perimeter = 0, area = 0;
  int status = points && kept ? SHIM_OK : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) {
    const size_t middle = close_contour(contour, count, points);
    for (size_t i = 0; i < count; i++) {
      const float *a = points + 2 * i, *b = a + 2;
      perimeter += hypot((double)(b[0] - a[0]), (double)(b[1] - a[1]));
      area += ((double)a[0] * (double)b[1] - (double)b[0] * (double)a[1]) / 2;
    }
    status = shim_simplify(points, middle + 1, r->tolerance * perimeter, kept, &there);
    if (status == SHIM_OK)
      status = shim_simplify(points + 2 * middle, count + 1 - middle, r->tolerance * perimeter, kept, &back);
  }
  if (status == SHIM_OK) *out = apply(r, there + back > 2 ? there + back - 2 : 0, perimeter, fabs(area));
  free(points);
  free(kept);
  return status;
}

/* The longest contour of the mask. Without ink: other. */
static int name_mask(const rules *r, const shim_image *mask, train_people_class *out) {
  shim_contours contours = {0};
  size_t longest = 0;
  int status = shim_contours_find(mask, &contours);
  for (size_t i = 1; status == SHIM_OK && i < contours.count; i++)
    if (contours.contours[i].point_count > contours.contours[longest].point_count) longest = i;
  if (status == SHIM_OK && contours.count) {
    const shim_contour *c = &contours.contours[longest];
    status = name_contour(r, contours.points + 2 * c->first_point, c->point_count, out);
  }
  shim_contours_free(&contours);
  return status;
}

static int name_by_rules(const rules *r, const shim_image *picture, train_people_class *out) {
  stage_single single;
  *out = TRAIN_PEOPLE_OTHER;
  int status = stage_single_find(picture, &single);
  if (status != SHIM_OK) return status;
  if (single.found) status = name_mask(r, &single.pyramid.levels[single.glyph.level].binary, out);
  stage_single_free(&single);
  return status;
}

static int predict_by_rules(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const rules *r = model;
  for (size_t i = 0; i < count; i++) {
    const shim_image picture = view(pixels + i * (size_t)r->height * (size_t)r->width, r->height, r->width);
    train_people_class found;
    if (name_by_rules(r, &picture, &found) != SHIM_OK) return fail_picture(error);
    for (int c = 0; c < TRAIN_PEOPLE_CLASSES; c++) scores[i * TRAIN_PEOPLE_CLASSES + (size_t)c] = c == (int)found;
  }
  return TRAIN_OK;
}

static void set_rules(rules *r, size_t setting) {
  r->tolerance = tolerances[setting / CIRCULARITIES];
  r->circularity = circularities[setting % CIRCULARITIES];
}

typedef struct rule_trials {
  rules rules;
  train_split split;
  float *scores;
} rule_trials;

static int try_rules(void *user, size_t setting, char *text, double *accuracy, train_error *error) {
  rule_trials *t = user;
  const train_dataset *held = &t->split.held;
  set_rules(&t->rules, setting);
  snprintf(text, TRAIN_SETTINGS_SIZE, "corners off by %g of the perimeter or more, circularity of %g or more",
           t->rules.tolerance, t->rules.circularity);
  const int status = predict_by_rules(&t->rules, held->pixels, held->count, t->scores, error);
  if (!status) *accuracy = train_compare_accuracy(t->scores, held->labels, held->count, TRAIN_PEOPLE_CLASSES);
  return status;
}

static int choose_rules(void **model, const train_compare *compare, const train_family *family, train_row *row,
                        train_error *error) {
  rule_trials t = {.rules = {.height = compare->training->height, .width = compare->training->width},
                   .split = train_compare_split(compare, compare->training->count, compare->training->count)};
  size_t best = 0;
  rules *r = malloc(sizeof *r);
  *model = NULL;
  t.scores = malloc(t.split.held.count * TRAIN_PEOPLE_CLASSES * sizeof *t.scores);
  int status = r && t.scores ? TRAIN_OK : train_fail_memory(error);
  if (!status)
    status = train_compare_choose(compare, family, TOLERANCES * CIRCULARITIES, try_rules, &t, row, &best, error);
  free(t.scores);
  if (status) {
    free(r);
    return status;
  }
  set_rules(&t.rules, best);
  *r = t.rules;
  row->parameters = 2;
  row->bytes = row->parameters * sizeof(double);
  *model = r;
  return TRAIN_OK;
}

static void close_rules(void **model) {
  free(*model);
  *model = NULL;
}

/* ---- the pipeline's own --------------------------------------------------------------------------------------------- */

typedef enum variant { FITS, NETWORK, PAGES, PRODUCT } variant;

/* Of the fits' logarithm beside the network's. */
static const double weights[] = {0.05, 0.1, 0.2, 0.4, 0.8};
static const double least_share = 0.02; /* that the fits leave to a class: they may be quite wrong */

enum { WEIGHTS = sizeof weights / sizeof *weights };

typedef struct namer {
  void *network; /* NULL: by the fits alone */
  variant variant;
  double weight; /* of PRODUCT */
  int height, width;
  int map[TRAIN_SHAPE_CLASSES]; /* of the network's classes, which kinds belong to, to people's */
} namer;

static void close_namer(void **model) {
  namer *n = *model;
  if (!n) return;
  train_network_close_file(&n->network);
  free(n);
  *model = NULL;
}

static const char *network_name(const train_compare *compare) {
  return compare->shipped ? compare->shipped : "shapes";
}

static int open_network(namer *n, const train_compare *compare, train_error *error) {
  const char *name = network_name(compare);
  int status = train_network_open_file(&n->network, name, compare->problem, error);
  if (status) return status;
  const nn_model_info *info = train_network_info(n->network);
  if (info->height == STAGE_SHAPE_SIDE && info->width == STAGE_SHAPE_SIDE && info->channels == 1 &&
      info->classes <= NETWORK_CLASSES_MOST)
    return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_FORMAT, "%s: takes pictures of %d x %d pixels, but a shapes model's are %d x %d",
                    name, info->width, info->height, STAGE_SHAPE_SIDE, STAGE_SHAPE_SIDE);
}

static int open_namer(void **model, const train_compare *compare, const train_family *family, train_row *row,
                      train_error *error) {
  namer *n = calloc(1, sizeof *n);
  *model = n;
  if (!n) return train_fail_memory(error);
  n->variant = (variant)family->variant;
  n->height = compare->training->height;
  n->width = compare->training->width;
  int status = train_map_classes(train_shape_class_names, TRAIN_SHAPE_CLASSES, train_people_names, TRAIN_PEOPLE_CLASSES,
                                 n->map, error);
  snprintf(row->settings, sizeof row->settings, "the fits of `glyphlift shapes`, as they are");
  if (!status && n->variant != FITS) status = open_network(n, compare, error);
  if (!status && n->variant != FITS) {
    train_network_describe(n->network, network_name(compare), row);
    train_network_measure(n->network, row);
  }
  if (status) close_namer(model);
  return status;
}

/* What the fits make of a picture; network: joined with its probabilities as on pages (NULL: not). */
static int rate(const namer *n, const shim_image *picture, const float *network, double kinds[STAGE_KINDS]) {
  stage_outline outline;
  stage_fit fit;
  int found;
  memset(kinds, 0, STAGE_KINDS * sizeof *kinds);
  int status = stage_shape_outline(picture, &outline, &found);
  if (status == SHIM_OK && found) status = stage_fit_outline(&outline, &fit);
  if (status != SHIM_OK) return status;
  if (found) stage_kind_rate(&fit, kinds);
  if (network) {
    const nn_model_info *info = train_network_info(n->network);
    stage_kind_join(info->class_names, network, info->classes, kinds);
    if (found) stage_kind_doubt(&fit, stage_kind_error(&fit, kinds), kinds);
  } else if (!found) {
    kinds[STAGE_OTHER] = 1;
  }
  return SHIM_OK;
}

static int name_kinds(const namer *n, const uint8_t *pixels, size_t count, const float *network, float *scores,
                      train_error *error) {
  _Static_assert((int)TRAIN_SHAPES == (int)STAGE_KINDS, "the trainer's kinds are the pipeline's");
  const size_t classes = network ? train_network_info(n->network)->classes : 0;
  for (size_t i = 0; i < count; i++) {
    const shim_image picture = view(pixels + i * (size_t)n->height * (size_t)n->width, n->height, n->width);
    double kinds[STAGE_KINDS];
    if (rate(n, &picture, network ? network + i * classes : NULL, kinds) != SHIM_OK) return fail_picture(error);
    float *row = scores + i * TRAIN_PEOPLE_CLASSES;
    for (int c = 0; c < TRAIN_PEOPLE_CLASSES; c++) row[c] = 0;
    for (int k = 0; k < STAGE_KINDS; k++) row[n->map[train_shape_class((train_shape)k)]] += (float)kinds[k];
  }
  return TRAIN_OK;
}

/* scores hold the network's probabilities. */
static int multiply(const namer *n, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  float fits[BATCH * TRAIN_PEOPLE_CLASSES];
  const int status = name_kinds(n, pixels, count, NULL, fits, error);
  for (size_t i = 0; i < count * TRAIN_PEOPLE_CLASSES && !status; i++)
    scores[i] *= (float)pow((double)fits[i] + least_share, n->weight);
  return status;
}

/* At most BATCH pictures. */
static int name_batch(const namer *n, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  uint8_t crops[BATCH * VIEWS_PIXELS];
  float answers[BATCH * STAGE_SHAPE_VIEWS * NETWORK_CLASSES_MOST];
  if (n->variant == FITS) return name_kinds(n, pixels, count, NULL, scores, error);
  for (size_t i = 0; i < count; i++) {
    const shim_image picture = view(pixels + i * (size_t)n->height * (size_t)n->width, n->height, n->width);
    if (stage_shape_normalize(&picture, crops + i * VIEWS_PIXELS) != SHIM_OK) return fail_picture(error);
    stage_shape_views(crops + i * VIEWS_PIXELS);
  }
  if (n->variant == PAGES) {
    const int status = train_network_classify(n->network, crops, count * STAGE_SHAPE_VIEWS, answers, error);
    if (status) return status;
    stage_shape_views_mean(answers, count, train_network_info(n->network)->classes);
    return name_kinds(n, pixels, count, answers, scores, error);
  }
  const int status = train_network_predict(n->network, crops, count * STAGE_SHAPE_VIEWS, answers, error);
  if (status) return status;
  stage_shape_views_mean(answers, count, TRAIN_PEOPLE_CLASSES);
  memcpy(scores, answers, count * TRAIN_PEOPLE_CLASSES * sizeof *scores);
  return n->variant == NETWORK ? TRAIN_OK : multiply(n, pixels, count, scores, error);
}

static int predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error) {
  const namer *n = model;
  const size_t picture = (size_t)n->height * (size_t)n->width;
  int status = TRAIN_OK;
  for (size_t first = 0; first < count && !status; first += BATCH) {
    const size_t rest = count - first;
    status = name_batch(n, pixels + first * picture, rest < BATCH ? rest : BATCH, scores + first * TRAIN_PEOPLE_CLASSES,
                        error);
  }
  return status;
}

typedef struct weight_trials {
  namer *namer;
  train_split split;
  float *scores;
} weight_trials;

static int try_weight(void *user, size_t setting, char *text, double *accuracy, train_error *error) {
  const weight_trials *t = user;
  const train_dataset *held = &t->split.held;
  t->namer->weight = weights[setting];
  snprintf(text, TRAIN_SETTINGS_SIZE, "the network times the fits to the power of %g", weights[setting]);
  const int status = predict(t->namer, held->pixels, held->count, t->scores, error);
  if (!status) *accuracy = train_compare_accuracy(t->scores, held->labels, held->count, TRAIN_PEOPLE_CLASSES);
  return status;
}

static int choose_weight(void **model, const train_compare *compare, const train_family *family, train_row *row,
                         train_error *error) {
  weight_trials t = {.split = train_compare_split(compare, compare->training->count, compare->training->count)};
  size_t best = 0;
  int status = open_namer(model, compare, family, row, error);
  if (status) return status;
  t.namer = *model;
  t.scores = malloc(t.split.held.count * TRAIN_PEOPLE_CLASSES * sizeof *t.scores);
  if (!t.scores) status = train_fail_memory(error);
  if (!status) status = train_compare_choose(compare, family, WEIGHTS, try_weight, &t, row, &best, error);
  free(t.scores);
  t.namer->weight = weights[best];
  if (status) close_namer(model);
  return status;
}

/* A row of one model is not another's; the built-in one changes, too. */
static json_t *recipe(const train_compare *compare, const train_family *family) {
  (void)family;
  nn_model *model;
  if (train_model_open(&model, network_name(compare), NN_PRECISION_BEST, NULL)) return json_null();
  json_t *checksum = json_integer((json_int_t)nn_model_get_info(model)->checksum);
  nn_model_close(&model);
  return checksum;
}

const train_family train_family_rules = {.name = "rules",
                                         .title = "rules: corners of the contour and circularity",
                                         .full_seconds = 15,
                                         .quick_seconds = 3,
                                         .train = choose_rules,
                                         .predict = predict_by_rules,
                                         .close = close_rules};
const train_family train_family_fits = {.name = "fits",
                                        .title = "geometry: the pipeline's fits alone",
                                        .variant = FITS,
                                        .full_seconds = 15,
                                        .quick_seconds = 3,
                                        .train = open_namer,
                                        .predict = predict,
                                        .close = close_namer};
const train_family train_family_shape_network = {.name = "network",
                                                 .title = "the shipped network",
                                                 .variant = NETWORK,
                                                 .full_seconds = 5,
                                                 .quick_seconds = 1,
                                                 .recipe = recipe,
                                                 .train = open_namer,
                                                 .predict = predict,
                                                 .close = close_namer};
const train_family train_family_shape_pages = {.name = "pages",
                                               .title = "the network and the fits as on pages",
                                               .variant = PAGES,
                                               .full_seconds = 15,
                                               .quick_seconds = 3,
                                               .recipe = recipe,
                                               .train = open_namer,
                                               .predict = predict,
                                               .close = close_namer};
const train_family train_family_combination = {.name = "combination",
                                               .title = "the network times the fits",
                                               .variant = PRODUCT,
                                               .full_seconds = 35,
                                               .quick_seconds = 6,
                                               .recipe = recipe,
                                               .train = choose_weight,
                                               .predict = predict,
                                               .close = close_namer};
