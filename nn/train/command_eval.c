/* glyphlift-train eval: a model on a labelled set. With --normalize each picture first goes through the pipeline's
 * own crop, as a picture does that `glyphlift classify` reads. */
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../pipeline/stages/shapes.h"
#include "commands.h"
#include "dataset.h"
#include "evaluate.h"
#include "metrics.h"
#include "named_model.h"
#include "shape_classes.h"
#include "vertices.h"

enum { BATCH = 64, MAX_NAMES = 256 };

typedef struct arguments {
  const char *model, *images, *labels, *vertices;
  char *names; /* as given, cut at its commas */
  int normalize;
  nn_precision precision;
  enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN } format;
} arguments;

/* Brings a picture into the form that a model takes. */
typedef int normalizer(const shim_image *gray, uint8_t *out);

/* The set under its names, and the model's answers to it. */
typedef struct evaluation {
  nn_model *model;
  const nn_model_info *info;
  normalizer *normalize; /* NULL: pictures are taken as they are */
  train_dataset dataset;
  const char *names[MAX_NAMES]; /* of the set's classes */
  size_t name_count;
  double *probabilities; /* pictures x name_count */
  size_t *confusion;     /* [truth][read] */
  train_metrics metrics;
  train_corner_error corners[TRAIN_PEOPLE_CLASSES];
} evaluation;

static const char help[] = "Usage: glyphlift-train eval --images FILE --labels FILE [OPTIONS]\n"
                           "\n"
                           "Measures a model on labelled pictures: accuracy, confusion matrix [truth][read],\n"
                           "negative log likelihood (nll), expected calibration error (ece), the\n"
                           "risk-coverage curve, and the errors removed by rejecting the least certain 1 %.\n"
                           "\n"
                           "  --images FILE      IDX file of pictures, plain or gzip\n"
                           "  --labels FILE      IDX file of labels\n"
                           "  --model M          digits or shapes (the built-in models; default: digits) or\n"
                           "                     a model file\n"
                           "  --precision P      fp32 or int8 (default: int8 of a model that has it, as\n"
                           "                     everywhere)\n"
                           "  --names A,B,...    names of the set's classes in label order (default: the\n"
                           "                     model's classes, of the digits model the ten digits)\n"
                           "  --normalize        sends each picture through the pipeline's crop first: any\n"
                           "                     size, either polarity; shapes are read mirrored, too\n"
                           "  --vertices CSV     of drawings of shapes, an index with their corners: also\n"
                           "                     prints how far the corners fitted to the pictures are from\n"
                           "                     these, in percent of the picture's width\n"
                           "  -f, --format F     text (default), json, or markdown: the figures and the\n"
                           "                     risk-coverage curve as tables\n"
                           "  --help\n"
                           "\n"
                           "Probabilities are summed before the choice: circle counts for ellipse, square\n"
                           "and diamond for rectangle where the set does not name them; every other class\n"
                           "the set does not name counts for 'other', and is left out where there is none.\n";

static int take_format(arguments *a, const char *name) {
  static const char *const names[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_MARKDOWN] = "markdown"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      a->format = (int)i;
      return 1;
    }
  return 0;
}

static int take_precision(arguments *a, const char *name) {
  if (strcmp(name, "fp32") == 0)
    a->precision = NN_PRECISION_FP32;
  else if (strcmp(name, "int8") == 0)
    a->precision = NN_PRECISION_INT8;
  return a->precision != NN_PRECISION_BEST;
}

/* Returns -1 to go on, otherwise an exit status. */
static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {
      {"images", required_argument, NULL, 'i'}, {"labels", required_argument, NULL, 'l'},
      {"model", required_argument, NULL, 'm'},  {"names", required_argument, NULL, 'n'},
      {"normalize", no_argument, NULL, 'z'},    {"vertices", required_argument, NULL, 'v'},
      {"format", required_argument, NULL, 'f'}, {"precision", required_argument, NULL, 'p'},
      {"help", no_argument, NULL, 'h'},         {0}};
  int option;
  *a = (arguments){.model = "digits"};
  while ((option = getopt_long(argc, argv, "f:", options, NULL)) != -1) switch (option) {
    case 'i': a->images = optarg; break;
    case 'l': a->labels = optarg; break;
    case 'm': a->model = optarg; break;
    case 'n': a->names = optarg; break;
    case 'z': a->normalize = 1; break;
    case 'v': a->vertices = optarg; break;
    case 'f':
      if (!take_format(a, optarg))
        return train_complain_usage("eval", "--format %s: text, json and markdown are known", optarg);
      break;
    case 'p':
      if (!take_precision(a, optarg))
        return train_complain_usage("eval", "--precision %s: fp32 and int8 are known", optarg);
      break;
    case 'h': fputs(help, stdout); return EXIT_GOOD;
    default: return train_complain_usage("eval", "the command line is not understood");
    }
  if (optind < argc) return train_complain_usage("eval", "'%s' is not an option", argv[optind]);
  if (!a->images || !a->labels)
    return train_complain_usage("eval", "--images FILE and --labels FILE must both be given");
  return -1;
}

/* The model's own classes; of one that knows the ten digits, those alone: a reject class has no labels. */
static void default_names(evaluation *e) {
  e->name_count = e->info->classes < MAX_NAMES ? e->info->classes : MAX_NAMES;
  memcpy(e->names, e->info->class_names, e->name_count * sizeof *e->names);
  int digits = e->name_count > 10;
  for (int d = 0; d < 10 && digits; d++) digits = e->names[d][0] == '0' + d && e->names[d][1] == '\0';
  if (digits) e->name_count = 10;
}

static int split_names(evaluation *e, char *names, train_error *error) {
  char *rest = names;
  e->name_count = 0;
  while (rest) {
    char *comma = strchr(rest, ',');
    if (comma) *comma = '\0';
    if (!*rest || e->name_count == MAX_NAMES)
      return train_fail(error, TRAIN_ERR_ARGUMENT, "--names: 1 to %d names with commas between are expected",
                        MAX_NAMES);
    e->names[e->name_count++] = rest;
    rest = comma ? comma + 1 : NULL;
  }
  return TRAIN_OK;
}

/* The digits' or the shapes', by the size that the model takes. */
static normalizer *find_normalizer(const nn_model_info *info) {
  if (info->height != info->width || info->channels != 1) return NULL;
  return info->height == STAGE_CROP_SIDE    ? stage_single_normalize
         : info->height == STAGE_SHAPE_SIDE ? stage_shape_normalize
                                            : NULL;
}

static int open_evaluation(evaluation *e, const arguments *a, train_error *error) {
  int status = train_model_open(&e->model, a->model, a->precision, error);
  if (status) return status;
  e->info = nn_model_get_info(e->model);
  if (a->names)
    status = split_names(e, a->names, error);
  else
    default_names(e);
  if (!status) status = train_dataset_read(&e->dataset, a->images, a->labels, (int)e->name_count, error);
  if (status) return status;
  const int fits = e->dataset.height == e->info->height && e->dataset.width == e->info->width && e->info->channels == 1;
  if (!fits && !a->normalize)
    return train_fail(error, TRAIN_ERR_FORMAT,
                      "%s: pictures of %d x %d pixels, but the model takes %d x %d; --normalize "
                      "brings them into its form",
                      a->images, e->dataset.width, e->dataset.height, e->info->width, e->info->height);
  if (a->normalize && !(e->normalize = find_normalizer(e->info)))
    return train_fail(
        error, TRAIN_ERR_ARGUMENT,
        "--normalize makes pictures of %d x %d for digits and %d x %d for shapes, but the model takes %d x %d",
        STAGE_CROP_SIDE, STAGE_CROP_SIDE, STAGE_SHAPE_SIDE, STAGE_SHAPE_SIDE, e->info->width, e->info->height);
  e->probabilities = calloc(e->dataset.count * e->name_count, sizeof *e->probabilities);
  e->confusion = calloc(e->name_count * e->name_count, sizeof *e->confusion);
  return e->probabilities && e->confusion ? TRAIN_OK : train_fail_memory(error);
}

static void close_evaluation(evaluation *e) {
  nn_model_close(&e->model);
  train_dataset_free(&e->dataset);
  free(e->probabilities);
  free(e->confusion);
}

/* How many pictures the model is asked about for each of the set's. */
static size_t count_views(const evaluation *e) {
  return e->normalize == stage_shape_normalize ? STAGE_SHAPE_VIEWS : 1;
}

/* Pictures first .. first + count - 1 as the model takes them, in all their views. */
static int fetch(const evaluation *e, size_t first, size_t count, uint8_t *out, train_error *error) {
  const size_t pixels = (size_t)e->dataset.height * (size_t)e->dataset.width;
  const size_t size = count_views(e) * (size_t)e->info->height * (size_t)e->info->width;
  if (!e->normalize) {
    memcpy(out, e->dataset.pixels + first * pixels, count * pixels);
    return TRAIN_OK;
  }
  for (size_t i = 0; i < count; i++) {
    const shim_image picture = {.data = e->dataset.pixels + (first + i) * pixels,
                                .width = e->dataset.width,
                                .height = e->dataset.height,
                                .channels = 1,
                                .stride = e->dataset.width};
    if (e->normalize(&picture, out + i * size))
      return train_fail(error, TRAIN_ERR_INTERNAL, "picture %zu cannot be normalised: %s", first + i, shim_error());
    if (e->normalize == stage_shape_normalize) stage_shape_views(out + i * size);
  }
  return TRAIN_OK;
}

static int classify(evaluation *e, const int *map, nn_session *session, train_error *error) {
  const size_t classes = e->info->classes, size = (size_t)e->info->height * (size_t)e->info->width;
  const size_t views = count_views(e);
  float *probabilities = calloc(BATCH * views * classes, sizeof *probabilities);
  uint8_t *pictures = malloc(BATCH * views * size);
  int status = probabilities && pictures ? TRAIN_OK : train_fail_memory(error);
  for (size_t first = 0; first < e->dataset.count && !status; first += BATCH) {
    const size_t rest = e->dataset.count - first, count = rest < BATCH ? rest : BATCH;
    status = fetch(e, first, count, pictures, error);
    if (!status && nn_session_classify(session, pictures, views * count, probabilities))
      status = train_fail(error, TRAIN_ERR_INTERNAL, "the model does not run");
    if (!status && views > 1) stage_shape_views_mean(probabilities, count, classes);
    for (size_t i = 0; i < count && !status; i++)
      train_map_probabilities(map, probabilities + i * classes, classes, e->probabilities + (first + i) * e->name_count,
                              e->name_count);
  }
  free(probabilities);
  free(pictures);
  return status;
}

static void count_confusion(evaluation *e) {
  for (size_t i = 0; i < e->dataset.count; i++) {
    const double *row = e->probabilities + i * e->name_count;
    size_t best = 0;
    for (size_t c = 1; c < e->name_count; c++)
      if (row[c] > row[best]) best = c;
    e->confusion[e->dataset.labels[i] * e->name_count + best]++;
  }
}

static int run(evaluation *e, train_error *error) {
  nn_error failure = {0};
  nn_session *session = NULL;
  int *map = calloc(e->info->classes, sizeof *map);
  int status = map ? TRAIN_OK : train_fail_memory(error);
  if (!status) status = train_map_classes(e->info->class_names, e->info->classes, e->names, e->name_count, map, error);
  if (!status && nn_session_open(&session, e->model, BATCH * count_views(e), &failure))
    status = train_fail(error, TRAIN_ERR_MEMORY, "%s", failure.message);
  if (!status) status = classify(e, map, session, error);
  if (!status) {
    count_confusion(e);
    status =
        train_metrics_compute(&e->metrics, e->probabilities, e->dataset.labels, e->dataset.count, e->name_count, error);
  }
  nn_session_close(&session);
  free(map);
  return status;
}

/* Nothing without --vertices. */
static int measure_corners(evaluation *e, const char *path, train_error *error) {
  train_index index;
  if (!path) return TRAIN_OK;
  int status = train_index_read(&index, path, error);
  if (!status && index.count != e->dataset.count)
    status = train_fail(error, TRAIN_ERR_FORMAT, "%s: has %zu rows, but there are %zu pictures", path, index.count,
                        e->dataset.count);
  if (!status) status = train_vertices_measure_set(&e->dataset, e->names, &index, e->corners, error);
  train_index_free(&index);
  return status;
}

/* ---- what is printed ---- */

/* NULL where no corners were measured. */
static json_t *corners_to_json(const evaluation *e) {
  json_t *object = NULL;
  for (int c = 0; c < TRAIN_PEOPLE_CLASSES; c++) {
    const train_corner_error *k = &e->corners[c];
    if (k->shapes == 0) continue;
    if (!object) object = json_object();
    json_object_set_new(object, train_people_names[c],
                        json_pack("{s:I, s:I, s:f}", "shapes", (json_int_t)k->shapes, "fitted", (json_int_t)k->fitted,
                                  "mean_error_percent", 100.0 * k->mean));
  }
  return object;
}

static void print_corners(const evaluation *e) {
  for (int c = 0; c < TRAIN_PEOPLE_CLASSES; c++)
    if (e->corners[c].shapes)
      printf("\n%s: corners off by %.2f %% of the picture's width, of %zu outlines found in %zu pictures",
             train_people_names[c], 100.0 * e->corners[c].mean, e->corners[c].fitted, e->corners[c].shapes);
}

static int print_json(const evaluation *e) {
  json_t *object = train_metrics_to_json(&e->metrics), *confusion = json_array(), *names = json_array();
  for (size_t t = 0; t < e->name_count; t++) {
    json_t *row = json_array();
    for (size_t c = 0; c < e->name_count; c++)
      json_array_append_new(row, json_integer((json_int_t)e->confusion[t * e->name_count + c]));
    json_array_append_new(confusion, row);
    json_array_append_new(names, json_string(e->names[t]));
  }
  json_t *corners = corners_to_json(e);
  if (corners) json_object_set_new(object, "corners", corners);
  json_object_set_new(object, "names", names);
  json_object_set_new(object, "confusion", confusion);
  const int failed = json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(8));
  putchar('\n');
  json_decref(object);
  return failed;
}

static void print_text(const evaluation *e) {
  const train_metrics *m = &e->metrics;
  printf("%zu of %zu right: %.2f %%\n", m->correct, m->images, 100.0 * m->accuracy);
  printf("negative log likelihood %.5f, expected calibration error %.5f\n", m->negative_log_likelihood,
         m->calibration_error);
  printf("rejecting the least certain 1 %% removes %.1f %% of the errors\n\n", 100.0 * m->errors_removed);
  puts("kept, surest first   least confidence   wrong");
  for (int i = 0; i < TRAIN_RISK_POINTS; i++)
    printf("%16.1f %%   %16.4f   %.3f %%\n", 100.0 * m->risks[i].coverage, m->risks[i].threshold,
           100.0 * m->risks[i].risk);
  printf("\ntruth \\ read");
  for (size_t c = 0; c < e->name_count; c++) printf(" %9.9s", e->names[c]);
  for (size_t t = 0; t < e->name_count; t++) {
    printf("\n%-12.12s", e->names[t]);
    for (size_t c = 0; c < e->name_count; c++) printf(" %9zu", e->confusion[t * e->name_count + c]);
  }
  print_corners(e);
  putchar('\n');
}

static void print_markdown(const evaluation *e) {
  const train_metrics *m = &e->metrics;
  puts("| pictures | right | negative log likelihood | expected calibration error | errors removed by rejecting 1 % |");
  puts("|---|---|---|---|---|");
  printf("| %zu | %.2f %% | %.4f | %.2f %% | %.0f %% |\n\n", m->images, 100.0 * m->accuracy, m->negative_log_likelihood,
         100.0 * m->calibration_error, 100.0 * m->errors_removed);
  puts("| kept, surest first | least confidence | wrong among the kept |");
  puts("|---|---|---|");
  for (int i = 0; i < TRAIN_RISK_POINTS; i++)
    printf("| %.1f %% | %.4f | %.3f %% |\n", 100.0 * m->risks[i].coverage, m->risks[i].threshold,
           100.0 * m->risks[i].risk);
}

static int print(const evaluation *e, const arguments *a, train_error *error) {
  switch (a->format) {
  case FORMAT_TEXT: print_text(e); return TRAIN_OK;
  case FORMAT_MARKDOWN: print_markdown(e); return TRAIN_OK;
  case FORMAT_JSON: break;
  }
  return print_json(e) ? train_fail(error, TRAIN_ERR_IO, "the results cannot be printed") : TRAIN_OK;
}

int train_command_eval(int argc, char **argv) {
  arguments a;
  train_error error;
  evaluation e = {0};
  int status = parse(&a, argc, argv);
  if (status >= 0) return status;
  status = open_evaluation(&e, &a, &error);
  if (!status) status = run(&e, &error);
  if (!status) status = measure_corners(&e, a.vertices, &error);
  if (!status) status = print(&e, &a, &error);
  close_evaluation(&e);
  return status ? train_complain("eval", &error) : EXIT_GOOD;
}
