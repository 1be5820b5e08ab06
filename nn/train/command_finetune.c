/* glyphlift-train digits --finetune: adapts a digits model to one person's hand, and says what that brought. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../pipeline/glyphlift.h"
#include "clock.h"
#include "commands.h"
#include "finetune.h"
#include "interruption.h"
#include "named_model.h"
#include "number.h"
#include "quantise.h"
#include "paths.h"

typedef struct arguments {
  const char *folder, *model, *data, *out;
  char mnist[TRAIN_PATH_SIZE]; /* empty: no rehearsal */
  uint64_t seed;
  int threads, force, quiet;
} arguments;

static const char help[] = "Usage: glyphlift-train digits --finetune FOLDER [OPTIONS]\n"
                           "\n"
                           "Adapts a digits model to one person's hand, within a minute on two cores.\n"
                           "FOLDER/0 to FOLDER/9 hold at least five pictures each of single digits, of any\n"
                           "size and either polarity; FOLDER/none may hold pictures of what is no digit.\n"
                           "Every fifth picture is kept from training, to say what was gained. MNIST's\n"
                           "pictures, where they are given, keep the model from forgetting other hands;\n"
                           "without them it learns more slowly and its accuracy on MNIST is not known. A\n"
                           "model that reads fewer of the kept pictures than before is not written.\n"
                           "\n"
                           "  --model M       digits (the built-in model, default) or a model file\n"
                           "  --data DIR      folder of MNIST's four files, plain or .gz (default:\n"
                           "                  $GLYPHLIFT_DATA/mnist where it is set)\n"
                           "  --out FILE      model file to write (default: own.glnn)\n"
                           "  --force         write the model also where it got worse\n"
                           "  --seed N        of all random numbers (default: 1)\n"
                           "  --threads N     default: as many as there are cores; changes the time, not the\n"
                           "                  weights\n"
                           "  -q, --quiet     no progress line\n"
                           "  --help\n";

/* Returns -1 to go on, otherwise an exit status. */
static int take_option(arguments *a, int option, const char *text) {
  train_error error;
  switch (option) {
  case 'f': a->folder = text; return -1;
  case 'm': a->model = text; return -1;
  case 'o': a->out = text; return -1;
  case 'd': a->data = text; return -1;
  case 'F': a->force = 1; return -1;
  case 's': return train_number_parse_u64("seed", text, &a->seed, &error) ? train_complain("digits", &error) : -1;
  case 't': return train_number_parse_threads(text, &a->threads, &error) ? train_complain("digits", &error) : -1;
  case 'q': a->quiet = 1; return -1;
  case 'h': fputs(help, stdout); return EXIT_GOOD;
  }
  return train_complain_usage("digits", "with --finetune, the command line is not understood");
}

static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {
      {"finetune", required_argument, NULL, 'f'}, {"model", required_argument, NULL, 'm'},
      {"out", required_argument, NULL, 'o'},      {"data", required_argument, NULL, 'd'},
      {"force", no_argument, NULL, 'F'},          {"seed", required_argument, NULL, 's'},
      {"threads", required_argument, NULL, 't'},  {"quiet", no_argument, NULL, 'q'},
      {"help", no_argument, NULL, 'h'},           {0}};
  int option, status = -1;
  *a = (arguments){.model = "digits", .out = "own.glnn", .seed = 1, .threads = train_core_count()};
  while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
    status = take_option(a, option, optarg);
    if (status >= 0) return status;
  }
  if (optind < argc) return train_complain_usage("digits", "'%s' is not an option", argv[optind]);
  if (!a->data && !getenv("GLYPHLIFT_DATA")) return -1;
  status = train_path_data(a->mnist, "digits", a->data, "mnist");
  if (!a->data && access(a->mnist, F_OK)) *a->mnist = '\0'; /* nobody asked for it by name */
  return status;
}

typedef struct run {
  const arguments *arguments;
  nn_model_content model;
  train_handwriting handwriting;
  train_rehearsal rehearsal;
  train_finetune_result result;
  double seconds;
} run;

static int check_none(const run *r, train_error *error) {
  const train_dataset *learned = &r->handwriting.learned;
  if (r->model.spec.classes > TRAIN_DIGITS || learned->labels[learned->count - 1] < TRAIN_DIGITS) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_ARGUMENT, "%s/none: the model has no class for what is no digit",
                    r->arguments->folder);
}

static void print_start(const run *r) {
  const train_handwriting *h = &r->handwriting;
  fprintf(stderr, "%zu pictures to learn from, %zu kept to judge by", h->learned.count, h->held.count);
  if (h->blank) fprintf(stderr, ", %zu without ink left out", h->blank);
  if (!r->rehearsal.pictures.count)
    fputs("; without MNIST, at a lower rate and for fewer steps", stderr);
  else if (!r->rehearsal.drawn)
    fputs("; among MNIST's, without printed digits (FreeType or fonts are missing)", stderr);
  fputc('\n', stderr);
}

static void print_progress(void *user, int done, int epochs) {
  const run *r = user;
  if (!r->arguments->quiet) fprintf(stderr, "pass %d of %d\n", done, epochs);
}

/* Without the time, so that the same run gives the same file. */
static json_t *make_summary(const run *r) {
  const train_finetune_result *f = &r->result;
  json_t *mnist = r->rehearsal.judged.count
                      ? json_pack("{s:I, s:f, s:f}", "pictures", (json_int_t)r->rehearsal.judged.count, "before",
                                  f->mnist_before, "after", f->mnist_after)
                      : json_null();
  return json_pack("{s:s, s:I, s:I, s:f, s:f, s:o, s:f, s:i, s:f, s:I}", "trainer",
                   "glyphlift-train " GLYPH_VERSION " --finetune", "learned", (json_int_t)r->handwriting.learned.count,
                   "held", (json_int_t)r->handwriting.held.count, "before", f->own_before, "after", f->own_after,
                   "mnist", mnist, "share", f->share, "epochs", f->epochs, "rate", f->rate, "seed",
                   (json_int_t)r->arguments->seed);
}

static void print_verdict(const run *r) {
  const train_finetune_result *f = &r->result;
  printf("kept pictures: %.1f %% right before, %.1f %% after (%zu pictures)\n", 100 * f->own_before, 100 * f->own_after,
         r->handwriting.held.count);
  if (r->rehearsal.judged.count)
    printf("MNIST's last training pictures: %.2f %% before, %.2f %% after (%zu pictures)\n", 100 * f->mnist_before,
           100 * f->mnist_after, r->rehearsal.judged.count);
  if (f->share < 1) printf("only %.0f %% of the change was taken, for MNIST's sake\n", 100 * f->share);
}

/* The new record tells of the old one. */
static int write_model(run *r, train_error *error) {
  nn_error failure = {0};
  json_t *summary = make_summary(r);
  json_t *before = json_loads(r->model.spec.training_record, 0, NULL);
  if (!before) before = json_string(r->model.spec.training_record);
  char *text = NULL;
  if (summary && before && !json_object_set(summary, "model", before)) text = json_dumps(summary, JSON_COMPACT);
  json_decref(before);
  json_decref(summary);
  if (!text) return train_fail_memory(error);
  r->model.spec.training_record = text;
  const int failed = nn_model_write_file(&r->model.spec, r->arguments->out, &failure);
  r->model.spec.training_record = NULL;
  free(text);
  if (failed) return train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  const train_dataset *seen = r->rehearsal.pictures.count ? &r->rehearsal.pictures : &r->handwriting.learned;
  train_quantised report;
  return train_quantise(r->arguments->out, seen->pixels, seen->count, r->arguments->out, &report, error);
}

static int finish(run *r, train_error *error) {
  const train_finetune_result *f = &r->result;
  print_verdict(r);
  if (f->own_after < f->own_before && !r->arguments->force)
    return train_fail(
        error, TRAIN_ERR_FORMAT,
        "the model got worse on the kept pictures (%.1f %% right, before %.1f %%) and is not written; more "
        "pictures help, and --force writes it all the same",
        100 * f->own_after, 100 * f->own_before);
  const int status = write_model(r, error);
  if (!status) printf("%s: written in %.0f s\n", r->arguments->out, r->seconds);
  return status;
}

static int adapt(run *r, train_error *error) {
  const arguments *a = r->arguments;
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  int status = train_model_read(&r->model, a->model, error);
  if (!status) status = train_handwriting_read(&r->handwriting, a->folder, error);
  if (!status) status = check_none(r, error);
  if (!status && *a->mnist)
    status = train_rehearsal_make(&r->rehearsal, a->mnist, &r->model, a->seed, a->threads, error);
  if (status) return status;
  if (!a->quiet) print_start(r);
  const train_finetune_options options = {
      .seed = a->seed, .threads = a->threads, .stop = train_interruption_asked, .progress = print_progress, .user = r};
  status = train_finetune_run(&r->model, &r->handwriting, &r->rehearsal, &options, &r->result, error);
  r->seconds = train_clock_seconds(CLOCK_MONOTONIC) - start;
  return status;
}

int train_command_finetune(int argc, char **argv) {
  arguments a;
  train_error error;
  int status = parse(&a, argc, argv);
  if (status >= 0) return status;
  run r = {.arguments = &a};
  train_interruption_catch();
  status = adapt(&r, &error);
  if (!status) status = finish(&r, &error);
  train_rehearsal_free(&r.rehearsal);
  train_handwriting_free(&r.handwriting);
  nn_model_content_free(&r.model);
  return status ? train_complain("digits", &error) : EXIT_GOOD;
}
