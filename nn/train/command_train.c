/* glyphlift-train digits and glyphlift-train shapes: train a model, epoch for epoch, with a checkpoint after each. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "checkpoint.h"
#include "commands.h"
#include "config.h"
#include "finish.h"
#include "interruption.h"
#include "number.h"
#include "paths.h"

enum { MAX_TRAINING_OPTIONS = 64 };

/* What the two commands differ in. */
typedef struct subject {
  const char *name; /* of the command */
  const char *data; /* folder in GLYPHLIFT_DATA */
  const char *out, *help;
  void (*initialise)(train_config *);
} subject;

typedef struct arguments {
  const subject *subject;
  train_config config;
  const char *out;
  const char *data;
  const char *start; /* NULL: with random weights */
  char folder[TRAIN_PATH_SIZE], checkpoint[TRAIN_PATH_SIZE], answers[TRAIN_PATH_SIZE];
  int threads, resume, overwrite, quiet;
  double temperature;
  int argc; /* as called, for the training record */
  char **argv;
} arguments;

enum { HELP_COLUMNS = 80 };

#define HELP_SHARED                                                                                                    \
  "  --resume            go on from the checkpoint, where there is one\n"                                              \
  "  --overwrite         start anew although there is a checkpoint\n"                                                  \
  "  --start FILE        a checkpoint of the same architecture, with whose averaged\n"                                 \
  "                      weights to begin instead of random ones\n"                                                    \
  "  --threads N         default: as many as there are cores; changes the time, not\n"                                 \
  "                      the weights\n"                                                                                \
  "  --temperature T     for the calibrated softmax, where there is no holdout to\n"                                   \
  "                      fit it on\n"                                                                                  \
  "  -q, --quiet         no progress lines\n"                                                                          \
  "  --help\n"                                                                                                         \
  "\n"                                                                                                                 \
  "What decides the weights, with the defaults:\n"

static const char digits_help[] = "Usage: glyphlift-train digits [OPTIONS]\n"
                                  "\n"
                                  "Trains the digits model on MNIST, and with --printed and --rejects on drawn\n"
                                  "pictures, too; writes a model file. Interrupted (Ctrl-C, SIGTERM), it ends with\n"
                                  "the checkpoint of the last whole epoch, from which --resume goes on as if\n"
                                  "nothing had happened. The more families of fonts there are, the better for\n"
                                  "printed digits; on Debian many come with fonts-dejavu-core, fonts-freefont-ttf,\n"
                                  "fonts-lato, fonts-liberation2 and fonts-urw-base35.\n"
                                  "\n"
                                  "  --finetune FOLDER   adapts a trained model to one person's digits instead; has\n"
                                  "                      its own --help\n"
                                  "  --data DIR          folder of MNIST's four files, plain or .gz (default:\n"
                                  "                      $GLYPHLIFT_DATA/mnist)\n"
                                  "  --out FILE          model file to write (default: digits.glnn)\n"
                                  "  --checkpoint FILE   written after each epoch (default: OUT.checkpoint)\n"
                                  "  --answers FILE      with --teachers: what they say is read from here, or\n"
                                  "                      written (default: OUT.answers)\n" HELP_SHARED;

static const char shapes_help[] =
    "Usage: glyphlift-train shapes [OPTIONS]\n"
    "\n"
    "Trains the shapes model on people's drawings and on the program's own; writes a\n"
    "model file. Interrupted (Ctrl-C, SIGTERM), it ends with the checkpoint of the\n"
    "last whole epoch, from which --resume goes on.\n"
    "\n"
    "  --data DIR          folder of shapes-train-images-idx3-ubyte,\n"
    "                      -labels-idx1-ubyte and -index.csv, plain or .gz (default:\n"
    "                      $GLYPHLIFT_DATA/shapes)\n"
    "  --out FILE          model file to write (default: shapes.glnn)\n"
    "  --checkpoint FILE   written after each epoch (default: OUT.checkpoint)\n" HELP_SHARED;

static const subject digits_subject = {"digits", "mnist", "digits.glnn", digits_help, train_config_initialise};
static const subject shapes_subject = {"shapes", "shapes", "shapes.glnn", shapes_help, train_config_initialise_shapes};

/* A name and a text, wrapped; `column` is where the text stands. */
static void print_entry(const char *name, int column, const char *text) {
  int used = printf("  %-*s", column - 3, name);
  while (*text) {
    const int word = (int)strcspn(text, " ");
    if (used + 1 + word > HELP_COLUMNS) used = printf("\n%*s", column - 1, "") - 1;
    used += printf(" %.*s", word, text);
    text += word + strspn(text + word, " ");
  }
  putchar('\n');
}

static void print_option(const train_config *config, const train_option *option, size_t index) {
  char name[32], value[64], text[256];
  train_config_print(config, index, value, sizeof value);
  snprintf(name, sizeof name, "--%s", option->name);
  snprintf(text, sizeof text, *value ? "%s (%s)" : "%s", option->help, value);
  print_entry(name, 22, text);
}

static void print_help(const subject *subject) {
  train_config config;
  size_t count;
  const train_option *options = train_config_options(&count);
  fputs(subject->help, stdout);
  subject->initialise(&config);
  for (size_t i = 0; i < count; i++)
    if (train_config_has(&config, i)) print_option(&config, &options[i], i);
  const train_architecture *architectures = train_architectures(&count);
  puts("\nArchitectures:");
  for (size_t i = 0; i < count; i++) print_entry(architectures[i].name, 13, architectures[i].description);
}

/* ---- arguments ---- */

enum {
  OPTION_DATA = 1000,
  OPTION_OUT,
  OPTION_CHECKPOINT,
  OPTION_ANSWERS,
  OPTION_START,
  OPTION_RESUME,
  OPTION_OVERWRITE,
  OPTION_THREADS,
  OPTION_TEMPERATURE,
  OPTION_HELP
};

static const struct option own_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"out", required_argument, NULL, OPTION_OUT},
    {"checkpoint", required_argument, NULL, OPTION_CHECKPOINT},
    {"answers", required_argument, NULL, OPTION_ANSWERS},
    {"start", required_argument, NULL, OPTION_START},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"temperature", required_argument, NULL, OPTION_TEMPERATURE},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
};

enum { OWN_OPTIONS = sizeof own_options / sizeof *own_options };

/* The command's own options, then one a training option, whose value is its index. */
static void make_options(const train_config *config, struct option all[OWN_OPTIONS + MAX_TRAINING_OPTIONS + 1]) {
  size_t count, own = OWN_OPTIONS;
  const train_option *options = train_config_options(&count);
  memcpy(all, own_options, sizeof own_options);
  for (size_t i = 0; i < count; i++)
    if (train_config_has(config, i)) all[own++] = (struct option){options[i].name, required_argument, NULL, (int)i};
  all[own] = (struct option){0};
}

/* Returns -1 to go on, otherwise an exit status. */
static int take_option(arguments *a, int option, const char *text) {
  const char *command = a->subject->name;
  train_error error;
  switch (option) {
  case OPTION_DATA: a->data = text; return -1;
  case OPTION_OUT: a->out = text; return -1;
  case OPTION_CHECKPOINT:
    return train_path_make(a->checkpoint, "%s", text) ? -1
                                                      : train_complain_usage(command, "--checkpoint: too long a name");
  case OPTION_ANSWERS:
    return train_path_make(a->answers, "%s", text) ? -1
                                                   : train_complain_usage(command, "--answers: the name is too long");
  case OPTION_START: a->start = text; return -1;
  case OPTION_RESUME: a->resume = 1; return -1;
  case OPTION_OVERWRITE: a->overwrite = 1; return -1;
  case OPTION_THREADS:
    return train_number_parse_threads(text, &a->threads, &error) ? train_complain(command, &error) : -1;
  case OPTION_TEMPERATURE:
    return train_number_parse_temperature(text, &a->temperature, &error) ? train_complain(command, &error) : -1;
  case 'q': a->quiet = 1; return -1;
  case OPTION_HELP: print_help(a->subject); return EXIT_GOOD;
  case '?': return train_complain_usage(command, "the command line is not understood");
  }
  return train_config_set(&a->config, (size_t)option, text, &error) ? train_complain(command, &error) : -1;
}

static int parse(arguments *a, const subject *subject, int argc, char **argv) {
  const char *command = subject->name;
  struct option all[OWN_OPTIONS + MAX_TRAINING_OPTIONS + 1];
  *a = (arguments){.subject = subject, .out = subject->out, .threads = train_core_count(), .argc = argc, .argv = argv};
  subject->initialise(&a->config);
  make_options(&a->config, all);
  int option;
  while ((option = getopt_long(argc, argv, "q", all, NULL)) != -1) {
    const int status = take_option(a, option, optarg);
    if (status >= 0) return status;
  }
  if (optind < argc) return train_complain_usage(command, "'%s' is not an option", argv[optind]);
  const int status = train_path_data(a->folder, command, a->data, subject->data);
  if (status >= 0) return status;
  if (!*a->checkpoint && !train_path_make(a->checkpoint, "%s.checkpoint", a->out))
    return train_complain_usage(command, "--out: the name is too long");
  if (!*a->answers && !train_path_make(a->answers, "%s.answers", a->out))
    return train_complain_usage(command, "--out: the name is too long");
  if (a->config.holdout == 0 && !*a->config.held_writers && a->temperature == 0.0)
    return train_complain_usage(command, "without a holdout there is nothing to fit the temperature on; give "
                                         "--temperature, from a run with a holdout");
  return -1;
}

/* ---- the run ---- */

typedef struct run {
  const arguments *arguments;
  train_material material;
  train_trainer *trainer;
  train_answers answers;
  json_t *notes;
  double seconds; /* of all epochs, also those before a resume */
} run;

static char *join_command(int argc, char **argv) {
  size_t size = sizeof "glyphlift-train";
  for (int i = 0; i < argc; i++) size += strlen(argv[i]) + 1;
  char *text = malloc(size);
  if (!text) return NULL;
  size_t used = (size_t)snprintf(text, size, "glyphlift-train");
  for (int i = 0; i < argc; i++) used += (size_t)snprintf(text + used, size - used, " %s", argv[i]);
  return text;
}

static int note_epoch(run *r, const train_report *report, train_error *error) {
  char *command = join_command(r->arguments->argc, r->arguments->argv);
  r->seconds += report->seconds;
  json_t *notes = json_pack("{s:s*, s:i, s:f, s:f, s:f, s:f}", "command", command, "threads", r->arguments->threads,
                            "seconds", r->seconds, "pictures_per_second", (double)report->pictures / report->seconds,
                            "last_loss", report->loss, "last_training_accuracy", report->accuracy);
  free(command);
  if (!notes) return train_fail_memory(error);
  json_decref(r->notes);
  r->notes = notes;
  return TRAIN_OK;
}

static void print_progress(const run *r, const train_report *report, double validation) {
  const int done = train_trainer_state(r->trainer)->epoch, epochs = r->arguments->config.epochs;
  const int left = (int)(report->seconds * (epochs - done) + 0.5);
  fprintf(stderr, "epoch %d/%d  loss %.4f  ", done, epochs, report->loss);
  if (validation >= 0.0)
    fprintf(stderr, "validation %.2f %%  ", 100.0 * validation);
  else
    fprintf(stderr, "training %.2f %%  ", 100.0 * report->accuracy);
  fprintf(stderr, "%.0f pictures/s  %d min %02d s left\n", (double)report->pictures / report->seconds, left / 60,
          left % 60);
}

static void print_fonts(const train_extras *extras) {
  fprintf(stderr, "%zu fonts of %zu families; held out for judging: %s\n", extras->font_count, extras->family_count,
          extras->held_families);
}

/* On the fonts and drawings that training does not see. */
static int print_verdict(const run *r, train_error *error) {
  train_verdict v;
  const int status = train_material_judge(&r->material, r->trainer, 1.0, &v, error);
  if (status) return status;
  if (v.drawings) fprintf(stderr, "  drawings %.2f %%", 100.0 * v.drawings_accuracy);
  if (v.printed) fprintf(stderr, "  printed %.2f %%", 100.0 * v.printed_accuracy);
  if (v.rescans) fprintf(stderr, "  rescans %.2f %%", 100.0 * v.rescans_accuracy);
  if (v.rejects)
    fprintf(stderr, "  false accepts %.2f %%  false rejects %.2f %% of MNIST, %.2f %% of printed",
            100.0 * v.false_accepts, 100.0 * v.false_rejects_mnist, 100.0 * v.false_rejects_printed);
  fputc('\n', stderr);
  return TRAIN_OK;
}

static int run_epochs(run *r, train_error *error) {
  const arguments *a = r->arguments;
  const train_state *state = train_trainer_state(r->trainer);
  int status = TRAIN_OK;
  while (!status && state->epoch < a->config.epochs) {
    train_report report;
    double validation = -1.0;
    status = train_trainer_epoch(r->trainer, train_interruption_asked, NULL, &report, error);
    if (!status && r->material.holdout) status = train_finish_holdout_accuracy(r->trainer, &validation, error);
    if (!status) status = note_epoch(r, &report, error);
    if (!status) status = train_checkpoint_write(r->trainer, r->notes, a->checkpoint, error);
    if (!status && !a->quiet) print_progress(r, &report, validation);
    if (!status && !a->quiet && train_material_has_verdict(&r->material)) status = print_verdict(r, error);
  }
  if (status == TRAIN_ERR_STOPPED)
    train_fail(error, TRAIN_ERR_STOPPED, "stopped; %s holds %d of %d epochs, and --resume goes on from there",
               a->checkpoint, state->epoch, a->config.epochs);
  return status;
}

/* Continues from the checkpoint, or makes a first one: what cannot be written should fail now, not after an epoch. */
static int start(run *r, train_error *error) {
  const arguments *a = r->arguments;
  const int there = access(a->checkpoint, F_OK) == 0;
  if (there && a->resume) {
    train_config config;
    int status = train_checkpoint_read_config(a->checkpoint, &config, &r->notes, error);
    if (!status) status = train_checkpoint_read(r->trainer, a->checkpoint, error);
    r->seconds = json_number_value(json_object_get(r->notes, "seconds"));
    return status;
  }
  if (there && !a->overwrite)
    return train_fail(error, TRAIN_ERR_ARGUMENT,
                      "%s is there already: --resume goes on from it, --overwrite starts anew", a->checkpoint);
  const int status = a->start ? train_checkpoint_start(r->trainer, a->start, error) : TRAIN_OK;
  return status ? status : train_checkpoint_write(r->trainer, NULL, a->checkpoint, error);
}

static void print_asking(int done, int all) {
  fprintf(stderr, "teachers asked about copy %d of %d\n", done, all);
}

/* Nothing without teachers. */
static int ask_teachers(run *r, train_error *error) {
  const arguments *a = r->arguments;
  if (!*a->config.teachers) return TRAIN_OK;
  const train_answers_options options = {.path = a->answers,
                                         .count = r->material.digits - (size_t)a->config.holdout,
                                         .threads = a->threads,
                                         .progress = a->quiet ? NULL : print_asking,
                                         .stop = train_interruption_asked};
  const int status = train_answers_open(&r->answers, &a->config, &r->material.dataset, &options, error);
  if (!status) train_trainer_learn_from(r->trainer, &r->answers);
  return status;
}

static int finish(const run *r, train_error *error) {
  const train_finish options = {
      .out = r->arguments->out, .temperature = r->arguments->temperature, .notes = r->notes, .material = &r->material};
  json_t *summary;
  const int status = train_finish_run(r->trainer, &options, &summary, error);
  if (status) return status;
  json_dumpf(summary, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(summary);
  return TRAIN_OK;
}

/* It has options of its own. */
static int wants_finetune(int argc, char **argv) {
  static const char name[] = "--finetune";
  int found = 0;
  for (int i = 1; i < argc; i++)
    found |=
        strncmp(argv[i], name, sizeof name - 1) == 0 && (!argv[i][sizeof name - 1] || argv[i][sizeof name - 1] == '=');
  return found;
}

static int run_command(const subject *subject, int argc, char **argv) {
  arguments a;
  train_error error;
  int status = parse(&a, subject, argc, argv);
  if (status >= 0) return status;
  run r = {.arguments = &a};
  status = train_material_open(&r.material, &a.config, a.folder, a.threads, &error);
  train_interruption_catch();
  if (!status && !a.quiet && r.material.extras.font_count) print_fonts(&r.material.extras);
  if (!status) status = train_material_open_trainer(&r.trainer, &r.material, &a.config, a.threads, &error);
  if (!status) status = ask_teachers(&r, &error);
  if (!status) status = start(&r, &error);
  if (!status) status = run_epochs(&r, &error);
  if (!status) status = finish(&r, &error);
  train_trainer_close(&r.trainer);
  train_answers_free(&r.answers);
  train_material_close(&r.material);
  json_decref(r.notes);
  return status ? train_complain(subject->name, &error) : EXIT_GOOD;
}

int train_command_digits(int argc, char **argv) {
  if (wants_finetune(argc, argv)) return train_command_finetune(argc, argv);
  return run_command(&digits_subject, argc, argv);
}

int train_command_shapes(int argc, char **argv) {
  return run_command(&shapes_subject, argc, argv);
}
