/* glyphlift-train export: a model file from a checkpoint, or ONNX from a model. For the first the data set is needed
 * again, since the batch-norm statistics of the averaged weights are measured on it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "commands.h"
#include "finish.h"
#include "named_model.h"
#include "number.h"
#include "onnx.h"
#include "paths.h"

typedef struct arguments {
  const char *checkpoint, *onnx, *out;
  char mnist[TRAIN_PATH_SIZE];
  double temperature;
} arguments;

static const char help[] =
    "Usage: glyphlift-train export --checkpoint FILE [OPTIONS]\n"
    "       glyphlift-train export --onnx MODEL [-o FILE]\n"
    "\n"
    "Makes a model file of a digits run's checkpoint, also of an unfinished one; or makes of a model an ONNX file, which\n"
    "other programs run: OpenCV's DNN module, ONNX Runtime ...\n"
    "\n"
    "  --checkpoint FILE   as written by glyphlift-train digits\n"
    "  --data DIR          folder of MNIST's four files (default: $GLYPHLIFT_DATA/mnist)\n"
    "  --temperature T     for the calibrated softmax, where the run had no holdout to fit it on\n"
    "  --onnx MODEL        digits (the built-in model) or a model file\n"
    "  -o, --out FILE      file to write (default: digits.glnn, of --onnx digits.onnx)\n"
    "  --help\n"
    "\n"
    "The ONNX file's input, \"input\", is float32, pictures x channels x height x width, any number of pictures, of the\n"
    "digits model N x 1 x 28 x 28. Its values are those of 8-bit pictures in MNIST's form, paper 0 and ink 255; the\n"
    "network's own normalisation is inside. It gives \"logits\" and \"probabilities\" (calibrated), both pictures x\n"
    "classes. Class names, temperature and training record are in the file's metadata.\n";

/* Returns -1 to go on, otherwise an exit status. */
static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {{"checkpoint", required_argument, NULL, 'c'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"onnx", required_argument, NULL, 'x'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"temperature", required_argument, NULL, 't'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
  const char *data = NULL;
  train_error error;
  int option;
  *a = (arguments){0};
  while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) switch (option) {
    case 'c': a->checkpoint = optarg; break;
    case 'd': data = optarg; break;
    case 'x': a->onnx = optarg; break;
    case 'o': a->out = optarg; break;
    case 't':
      if (train_number_parse_temperature(optarg, &a->temperature, &error)) return train_complain("export", &error);
      break;
    case 'h': fputs(help, stdout); return EXIT_GOOD;
    default: return train_complain_usage("export", "the command line is not understood");
    }
  if (optind < argc) return train_complain_usage("export", "'%s' is not an option", argv[optind]);
  if (!a->checkpoint == !a->onnx)
    return train_complain_usage("export", "one of --checkpoint FILE and --onnx MODEL is expected");
  if (!a->out) a->out = a->onnx ? "digits.onnx" : "digits.glnn";
  if (!a->onnx) return train_path_data(a->mnist, "export", data, "mnist");
  if (data || a->temperature > 0.0)
    return train_complain_usage("export", "--data and --temperature go with --checkpoint, not with --onnx");
  return -1;
}

static int export_onnx(const arguments *a, train_error *error) {
  nn_model_content model;
  int status = train_model_read(&model, a->onnx, error);
  if (status) return status;
  status = train_onnx_write(&model, a->out, error);
  nn_model_content_free(&model);
  return status;
}

static int export_checkpoint(const arguments *a, train_error *error) {
  train_config config;
  train_material material = {0};
  train_trainer *trainer = NULL;
  json_t *notes = NULL, *summary = NULL;
  int status = train_checkpoint_read_config(a->checkpoint, &config, &notes, error);
  if (!status) status = train_material_open(&material, &config, a->mnist, 1, error);
  if (!status) status = train_trainer_open(&trainer, &config, &material.dataset, 1, error);
  if (!status) status = train_checkpoint_read(trainer, a->checkpoint, error);
  const train_finish options = {.out = a->out, .temperature = a->temperature, .notes = notes, .material = &material};
  if (!status) status = train_finish_run(trainer, &options, &summary, error);
  if (!status) {
    json_dumpf(summary, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
  }
  train_trainer_close(&trainer);
  train_material_close(&material);
  json_decref(notes);
  json_decref(summary);
  return status;
}

int train_command_export(int argc, char **argv) {
  arguments a;
  train_error error;
  int status = parse(&a, argc, argv);
  if (status >= 0) return status;
  status = a.onnx ? export_onnx(&a, &error) : export_checkpoint(&a, &error);
  return status ? train_complain("export", &error) : EXIT_GOOD;
}
