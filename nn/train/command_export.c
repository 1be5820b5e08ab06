/* glyphlift-train export: a model file from a checkpoint. The data set is needed again, since the batch-norm
 * statistics of the averaged weights are measured on it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "commands.h"
#include "finish.h"

typedef struct arguments {
  const char *checkpoint, *out;
  char data[4096];
  double temperature;
} arguments;

static const char help[] =
    "Usage: glyphlift-train export --checkpoint FILE [OPTIONS]\n"
    "\n"
    "Makes a model file of a digits run's checkpoint, also of an unfinished one.\n"
    "\n"
    "  --checkpoint FILE   as written by glyphlift-train digits\n"
    "  --data DIR          folder of MNIST's four files (default: $GLYPHLIFT_DATA/mnist)\n"
    "  --out FILE          model file to write (default: digits.glnn)\n"
    "  --temperature T     for the calibrated softmax, where the run had no holdout to fit it on\n"
    "  --help\n";

/* Returns -1 to go on, otherwise an exit status. */
static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {{"checkpoint", required_argument, NULL, 'c'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"temperature", required_argument, NULL, 't'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
  const char *root = getenv("GLYPHLIFT_DATA"), *data = NULL;
  char *end;
  int option;
  *a = (arguments){.out = "digits.glnn"};
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) switch (option) {
    case 'c': a->checkpoint = optarg; break;
    case 'd': data = optarg; break;
    case 'o': a->out = optarg; break;
    case 't':
      a->temperature = strtod(optarg, &end);
      if (*end || !(a->temperature > 0.0 && a->temperature < 1000.0))
        return train_complain_usage("export", "--temperature %s: a number above 0 is expected", optarg);
      break;
    case 'h': fputs(help, stdout); return EXIT_GOOD;
    default: return train_complain_usage("export", "the command line is not understood");
    }
  if (optind < argc) return train_complain_usage("export", "'%s' is not an option", argv[optind]);
  if (!a->checkpoint) return train_complain_usage("export", "--checkpoint FILE is missing");
  if (!data && !root)
    return train_complain_usage("export", "--data DIR or the variable GLYPHLIFT_DATA must say where MNIST is");
  const int length = snprintf(a->data, sizeof a->data, data ? "%s" : "%s/mnist", data ? data : root);
  if (length < 0 || (size_t)length >= sizeof a->data)
    return train_complain_usage("export", "--data: the name is too long");
  return -1;
}

int train_command_export(int argc, char **argv) {
  arguments a;
  train_config config;
  train_error error;
  train_material material = {0};
  train_trainer *trainer = NULL;
  json_t *notes = NULL, *summary = NULL;
  int status = parse(&a, argc, argv);
  if (status >= 0) return status;
  status = train_checkpoint_read_config(a.checkpoint, &config, &notes, &error);
  if (!status) status = train_material_open(&material, &config, a.data, 1, &error);
  if (!status) status = train_trainer_open(&trainer, &config, &material.dataset, 1, &error);
  if (!status) status = train_checkpoint_read(trainer, a.checkpoint, &error);
  const train_finish options = {.out = a.out, .temperature = a.temperature, .notes = notes, .material = &material};
  if (!status) status = train_finish_run(trainer, &options, &summary, &error);
  if (!status) {
    json_dumpf(summary, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
  }
  train_trainer_close(&trainer);
  train_material_close(&material);
  json_decref(notes);
  json_decref(summary);
  return status ? train_complain("export", &error) : EXIT_GOOD;
}
