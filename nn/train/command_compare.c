/* glyphlift-train compare: trains and measures different kinds of classifiers on MNIST, or with --shapes on people's
 * drawings, row by row. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../errno_text.h"
#include "clock.h"
#include "commands.h"
#include "compare/compare.h"
#include "interruption.h"
#include "number.h"
#include "paths.h"

enum { MOST_ROWS = 32, QUICK_TRAINING = 3000, QUICK_TEST = 1000 };
/* So many drawings: the time of support vector machines grows with their square. */
enum { DRAWINGS = 5000, QUICK_DRAWINGS = 1000, QUICK_TEST_DRAWINGS = 400 };

typedef struct arguments {
  const char *data, *out, *only, *skip, *shipped;
  const train_problem *problem;
  char folder[TRAIN_PATH_SIZE], work[TRAIN_PATH_SIZE];
  int epochs, threads, quick, overwrite, quiet;
} arguments;

static const char help_head[] = "Usage: glyphlift-train compare [OPTIONS]\n"
                                "\n"
                                "Trains different kinds of classifiers on MNIST's training pictures, measures\n"
                                "them on its test pictures as they are and corrupted, and writes comparison.md (a\n"
                                "table), comparison.csv and comparison.svg (a plot). With --shapes it does so on\n"
                                "people's drawings of shapes. Settings are chosen on training pictures held out\n"
                                "for that. Each finished row is kept in the work folder and not measured again,\n"
                                "and networks go on from their last epoch, so the same command after an\n"
                                "interruption (Ctrl-C, SIGTERM) goes on.\n"
                                "\n"
                                "  --shapes          drawings of shapes in place of digits, with rows of their\n"
                                "                    own: 5,000 drawings by the training people teach, all those\n"
                                "                    by other people are the test\n"
                                "  --data DIR        folder of MNIST's four files, plain or .gz (default:\n"
                                "                    $GLYPHLIFT_DATA/mnist); with --shapes that of\n"
                                "                    shapes-train-... and shapes-val-... (default:\n"
                                "                    $GLYPHLIFT_DATA/shapes)\n"
                                "  --out DIR         where the results go, made where it is not there (default:\n"
                                "                    comparison, with --shapes comparison-shapes)\n"
                                "  --work DIR        where finished rows are kept (default: OUT/work, with\n"
                                "                    --quick OUT/work-quick)\n"
                                "  --only A,B,...    measures these rows alone; the table has all that are kept\n"
                                "  --skip A,B,...    measures all but these\n"
                                "  --overwrite       measures anew what is kept\n"
                                "  --quick           3,000 training and 1,000 test pictures and short trainings:\n"
                                "                    two minutes; with --shapes 1,000 and 400: half a minute\n"
                                "  --shipped M       digits (the built-in model) or a model file, in place of\n"
                                "                    training the shipped CNN again; with --shapes the network\n"
                                "                    that is measured (default: shapes, the built-in one)\n"
                                "  --epochs N        of the networks (default: as glyphlift-train digits, with\n"
                                "                    --quick 6)\n"
                                "  --threads N       of training (default: as many as there are cores)\n"
                                "  -q, --quiet       no progress lines\n"
                                "  --help\n";

static void print_rows(const train_problem *problem) {
  const train_family *const *families = problem->families;
  printf("\nRows%s%s:\n", *problem->option ? " with" : "", problem->option);
  for (size_t i = 0; i < problem->family_count; i++) {
    const char *why = families[i]->missing ? families[i]->missing() : NULL;
    printf("  %-15s %s%s%s%s\n", families[i]->name, families[i]->title, why ? " (" : "", why ? why : "",
           why ? ")" : "");
  }
}

static void print_help(void) {
  fputs(help_head, stdout);
  print_rows(&train_problem_digits);
  print_rows(&train_problem_shapes);
}

/* ---- arguments ---- */

/* Whether a list of names with commas between has this one. */
static int has_name(const char *list, const char *name) {
  const size_t length = strlen(name);
  while (list) {
    if (strncmp(list, name, length) == 0 && (list[length] == ',' || !list[length])) return 1;
    list = strchr(list, ',');
    if (list) list++;
  }
  return 0;
}

/* Returns the first name that no row has, or NULL. */
static const char *find_unknown(const train_problem *problem, const char *list) {
  const size_t count = problem->family_count;
  const train_family *const *families = problem->families;
  for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL) {
    char name[64];
    int known = 0;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(list, ","), list);
    for (size_t i = 0; i < count; i++) known |= strcmp(families[i]->name, name) == 0;
    if (!known) return list;
  }
  return NULL;
}

static int check(arguments *a) {
  const int shapes = a->problem == &train_problem_shapes;
  if (!a->out) a->out = shapes ? "comparison-shapes" : "comparison";
  if (shapes && a->epochs)
    return train_complain_usage("compare", "--epochs: with --shapes the network is taken as it is, not trained");
  const char *lists[2] = {a->only, a->skip};
  for (int i = 0; i < 2; i++) {
    const char *unknown = find_unknown(a->problem, lists[i]);
    if (unknown)
      return train_complain_usage("compare", "%s %s: there is no row '%.*s'", i ? "--skip" : "--only", lists[i],
                                  (int)strcspn(unknown, ","), unknown);
  }
  if (!*a->work && !train_path_make(a->work, a->quick ? "%s/work-quick" : "%s/work", a->out))
    return train_complain_usage("compare", "--out: the name is too long");
  return train_path_data(a->folder, "compare", a->data, shapes ? "shapes" : "mnist");
}

/* Returns -1 to go on, otherwise an exit status. */
static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {
      {"shapes", no_argument, NULL, 'g'},        {"data", required_argument, NULL, 'd'},
      {"out", required_argument, NULL, 'o'},     {"work", required_argument, NULL, 'w'},
      {"only", required_argument, NULL, 'y'},    {"skip", required_argument, NULL, 'n'},
      {"overwrite", no_argument, NULL, 'v'},     {"quick", no_argument, NULL, 'k'},
      {"shipped", required_argument, NULL, 's'}, {"epochs", required_argument, NULL, 'e'},
      {"threads", required_argument, NULL, 't'}, {"quiet", no_argument, NULL, 'q'},
      {"help", no_argument, NULL, 'h'},          {0}};
  const train_range epochs = {.option = "epochs", .least = 1, .most = 100000, .whole = 1};
  train_error error;
  double number = 0.0;
  int option, good = 1, status = TRAIN_OK;
  *a = (arguments){.problem = &train_problem_digits, .threads = train_core_count()};
  while (!status && (option = getopt_long(argc, argv, "q", options, NULL)) != -1) switch (option) {
    case 'g': a->problem = &train_problem_shapes; break;
    case 'd': a->data = optarg; break;
    case 'o': a->out = optarg; break;
    case 'w': good &= train_path_make(a->work, "%s", optarg); break;
    case 'y': a->only = optarg; break;
    case 'n': a->skip = optarg; break;
    case 'v': a->overwrite = 1; break;
    case 'k': a->quick = 1; break;
    case 's': a->shipped = optarg; break;
    case 'e': status = train_number_parse(&epochs, optarg, &number, &error); break;
    case 't': status = train_number_parse_threads(optarg, &a->threads, &error); break;
    case 'q': a->quiet = 1; break;
    case 'h': print_help(); return EXIT_GOOD;
    default: return train_complain_usage("compare", "the command line is not understood");
    }
  if (status) return train_complain("compare", &error);
  a->epochs = (int)number;
  if (optind < argc) return train_complain_usage("compare", "'%s' is not an option", argv[optind]);
  if (!good) return train_complain_usage("compare", "--work: the name is too long");
  return check(a);
}

/* ---- the run ---- */

typedef struct run {
  const arguments *arguments;
  train_dataset training, test;
  train_compare compare;
  const train_family *const *families;
  size_t count;
  train_row rows[MOST_ROWS];
  int measured[MOST_ROWS], wanted[MOST_ROWS];
  double expected, spent; /* seconds of the rows measured so far, as the families say and as they were */
  size_t failed;
} run;

static int make_folder(const char *path, train_error *error) {
  struct stat found;
  if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode))) return TRAIN_OK;
  return train_fail(error, TRAIN_ERR_IO, "%s: no folder can be made there: %s", path, nn_errno_text(errno));
}

/* A file that is no model should be noticed now, not hours later. */
static int check_shipped(const arguments *a, train_error *error) {
  void *model;
  const int status = train_network_open_file(&model, a->shipped, a->problem, error);
  train_network_close_file(&model);
  return status;
}

static int read_digits(run *r, train_error *error) {
  const arguments *a = r->arguments;
  int status = train_dataset_read_folder(&r->training, a->folder, "train", TRAIN_DIGITS, error);
  if (!status) status = train_dataset_read_folder(&r->test, a->folder, "t10k", TRAIN_DIGITS, error);
  if (status) return status;
  if (a->quick && r->training.count > QUICK_TRAINING) r->training.count = QUICK_TRAINING;
  if (a->quick && r->test.count > QUICK_TEST) r->test.count = QUICK_TEST;
  return TRAIN_OK;
}

static int open_run(run *r, train_error *error) {
  const arguments *a = r->arguments;
  int status = make_folder(a->out, error);
  if (!status) status = make_folder(a->work, error);
  if (!status && a->problem == &train_problem_digits)
    status = read_digits(r, error);
  else if (!status)
    status = train_compare_read_drawings(a->folder, a->quick ? QUICK_DRAWINGS : DRAWINGS,
                                         a->quick ? QUICK_TEST_DRAWINGS : SIZE_MAX, &r->training, &r->test,
                                         &r->compare.held, error);
  if (status) return status;
  if (r->training.height != r->test.height || r->training.width != r->test.width)
    return train_fail(error, TRAIN_ERR_FORMAT, "%s: training pictures of %d x %d pixels, but test pictures of %d x %d",
                      a->folder, r->training.width, r->training.height, r->test.width, r->test.height);
  r->compare = (train_compare){.problem = a->problem,
                               .training = &r->training,
                               .test = &r->test,
                               .held = r->compare.held,
                               .work = a->work,
                               .shipped = a->shipped,
                               .quick = a->quick,
                               .epochs = a->epochs,
                               .threads = a->threads,
                               .quiet = a->quiet};
  r->families = a->problem->families;
  r->count = a->problem->family_count;
  return a->shipped ? check_shipped(a, error) : TRAIN_OK;
}

/* What is kept already, and what is to be measured. */
static int look_around(run *r, train_error *error) {
  const arguments *a = r->arguments;
  for (size_t i = 0; i < r->count; i++) {
    const train_family *f = r->families[i];
    const int asked = (!a->only || has_name(a->only, f->name)) && !(a->skip && has_name(a->skip, f->name));
    const char *why = f->missing ? f->missing() : NULL;
    if (why && asked) train_compare_say(&r->compare, "%s: left out: %s", f->name, why);
    if (!(asked && a->overwrite)) {
      const int status = train_row_read(&r->compare, f, &r->rows[i], &r->measured[i], error);
      if (status && asked) return status;
      if (status) train_compare_say(&r->compare, "%s: left out: %s", f->name, error->message);
    }
    r->wanted[i] = asked && !why && (!r->measured[i] || f->made_of_rows);
  }
  return TRAIN_OK;
}

/* Seconds that a row takes on the machine the families speak of. */
static double expect(const run *r, const train_family *family) {
  const double seconds = r->compare.quick ? family->quick_seconds : family->full_seconds;
  return family->epochs ? seconds * train_network_epochs(&r->compare) : seconds;
}

static void announce(const run *r, size_t row) {
  double left = 0.0;
  size_t todo = 0;
  for (size_t i = row; i < r->count; i++) {
    left += r->wanted[i] ? expect(r, r->families[i]) : 0.0;
    todo += r->wanted[i] != 0;
  }
  if (r->expected > 0.0) left *= r->spent / r->expected;
  const int seconds = (int)(left + 0.5);
  train_compare_say(&r->compare, "%s: %s; %zu row%s to go, about %d min %02d s", r->families[row]->name,
                    r->families[row]->title, todo, todo == 1 ? "" : "s", seconds / 60, seconds % 60);
}

static int write_reports(const run *r, train_error *error) {
  const train_table table = {
      .compare = &r->compare, .families = r->families, .rows = r->rows, .measured = r->measured, .count = r->count};
  return train_report_write(&table, r->arguments->out, error);
}

static void say_result(const train_compare *compare, const train_family *family, const train_row *row) {
  char corrupted[32] = "";
  if (compare->problem->corruptions)
    snprintf(corrupted, sizeof corrupted, ", %.1f %% corrupted", 100.0 * train_row_corrupted_mean(row));
  train_compare_say(compare, "%s: %.2f %% of the test set%s, %.1f us a %s", family->name,
                    100.0 * (double)row->correct / (double)row->images, corrupted, row->prediction_microseconds,
                    compare->problem->item);
}

/* A row of its own accord ends no other row; an interruption ends all. */
static int run_row(run *r, size_t i, train_error *error) {
  const train_family *family = r->families[i];
  const double start = train_clock_seconds(CLOCK_MONOTONIC);
  train_row *row = &r->rows[i];
  r->measured[i] = 0;
  announce(r, i);
  int status = train_compare_run(&r->compare, family, row, error);
  if (status == TRAIN_ERR_STOPPED) return status;
  if (status) {
    train_complain("compare", error);
    r->failed++;
    return TRAIN_OK;
  }
  r->measured[i] = 1;
  r->spent += train_clock_seconds(CLOCK_MONOTONIC) - start;
  r->expected += expect(r, family);
  say_result(&r->compare, family, row);
  status = train_row_write(&r->compare, family, row, error);
  return status ? status : write_reports(r, error);
}

static int run_rows(run *r, train_error *error) {
  int status = TRAIN_OK;
  for (size_t i = 0; i < r->count && !status; i++)
    if (r->wanted[i]) status = run_row(r, i, error);
  if (status == TRAIN_ERR_STOPPED)
    return train_fail(error, TRAIN_ERR_STOPPED,
                      "stopped; what is finished is in %s, and the same command goes on from there", r->arguments->out);
  if (!status) status = write_reports(r, error);
  if (!status && r->failed)
    return train_fail(error, TRAIN_ERR_INTERNAL, "%zu row%s failed; %s has the others", r->failed,
                      r->failed == 1 ? "" : "s", r->arguments->out);
  return status;
}

int train_command_compare(int argc, char **argv) {
  arguments a;
  train_error error;
  int status = parse(&a, argc, argv);
  if (status >= 0) return status;
  run r = {.arguments = &a};
  train_interruption_catch();
  status = open_run(&r, &error);
  if (!status) status = look_around(&r, &error);
  if (!status) status = run_rows(&r, &error);
  if (!status) printf("%s/comparison.md\n%s/comparison.csv\n%s/comparison.svg\n", a.out, a.out, a.out);
  train_dataset_free(&r.training);
  train_dataset_free(&r.test);
  return status ? train_complain("compare", &error) : EXIT_GOOD;
}
