/* glyphlift-train export: a model file from a checkpoint, ONNX from a model, or a model's int8 part. For the first the
 * data set is needed again, since the batch-norm statistics of the averaged weights are measured on it; for the last,
 * too, since its scales are. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "commands.h"
#include "finish.h"
#include "named_model.h"
#include "number.h"
#include "onnx.h"
#include "quantise.h"
#include "paths.h"

typedef struct arguments {
  const char *checkpoint, *onnx, *onnx_int8, *int8, *out;
  char mnist[TRAIN_PATH_SIZE];
  double temperature;
} arguments;

static const char help[] = "Usage: glyphlift-train export --checkpoint FILE [OPTIONS]\n"
                           "       glyphlift-train export --onnx MODEL [-o FILE]\n"
                           "       glyphlift-train export --onnx-int8 MODEL [-o FILE]\n"
                           "       glyphlift-train export --int8 MODEL [--data DIR] [-o FILE]\n"
                           "\n"
                           "Makes a model file of a digits run's checkpoint, also of an unfinished one; or\n"
                           "makes of a model an ONNX file, which other programs run: OpenCV's DNN module,\n"
                           "ONNX Runtime ...; or writes a model with what it takes to run in 8-bit integers,\n"
                           "three times as fast, found on training pictures (a run of digits does this by\n"
                           "itself at its end).\n"
                           "\n"
                           "  --checkpoint FILE   as written by glyphlift-train digits\n"
                           "  --data DIR          folder of MNIST's four files (default:\n"
                           "                      $GLYPHLIFT_DATA/mnist)\n"
                           "  --temperature T     for the calibrated softmax, where the run had no holdout\n"
                           "                      to fit it on\n"
                           "  --onnx MODEL        digits (the built-in model) or a model file\n"
                           "  --onnx-int8 MODEL   the same in 8-bit integers, of a model that has an int8\n"
                           "                      part, for programs that compute in them: ONNX Runtime\n"
                           "  --int8 MODEL        digits or a model file, also one that has an int8 part\n"
                           "                      already: it is made anew\n"
                           "  -o, --out FILE      file to write (default: digits.glnn, of --onnx and\n"
                           "                      --onnx-int8 digits.onnx)\n"
                           "  --help\n"
                           "\n"
                           "The ONNX file's input, \"input\", is float32, pictures x channels x height x\n"
                           "width, any number of pictures, of the digits model N x 1 x 28 x 28. Its values\n"
                           "are those of 8-bit pictures in MNIST's form, paper 0 and ink 255; the network's\n"
                           "own normalisation is inside. It gives \"logits\" and \"probabilities\" (calibrated),\n"
                           "both pictures x classes. Class names, temperature and training record are in the\n"
                           "file's metadata.\n";

/* Returns -1 to go on, otherwise an exit status. */
static int parse(arguments *a, int argc, char **argv) {
  static const struct option options[] = {{"checkpoint", required_argument, NULL, 'c'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"onnx", required_argument, NULL, 'x'},
                                          {"onnx-int8", required_argument, NULL, 'q'},
                                          {"int8", required_argument, NULL, 'i'},
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
    case 'q': a->onnx_int8 = optarg; break;
    case 'i': a->int8 = optarg; break;
    case 'o': a->out = optarg; break;
    case 't':
      if (train_number_parse_temperature(optarg, &a->temperature, &error)) return train_complain("export", &error);
      break;
    case 'h': fputs(help, stdout); return EXIT_GOOD;
    default: return train_complain_usage("export", "the command line is not understood");
    }
  if (optind < argc) return train_complain_usage("export", "'%s' is not an option", argv[optind]);
  const int to_onnx = a->onnx || a->onnx_int8;
  if (!!a->checkpoint + !!a->onnx + !!a->onnx_int8 + !!a->int8 != 1)
    return train_complain_usage(
        "export", "one of --checkpoint FILE, --onnx MODEL, --onnx-int8 MODEL and --int8 MODEL is expected");
  if (a->int8 && a->temperature > 0.0)
    return train_complain_usage("export", "--temperature goes with --checkpoint, not with --int8");
  if (!a->out) a->out = to_onnx ? "digits.onnx" : "digits.glnn";
  if (!to_onnx) return train_path_data(a->mnist, "export", data, "mnist");
  if (data || a->temperature > 0.0)
    return train_complain_usage("export", "--data and --temperature go with --checkpoint, not with --onnx");
  return -1;
}

static int export_onnx(const arguments *a, train_error *error) {
  const char *name = a->onnx_int8 ? a->onnx_int8 : a->onnx;
  nn_model_content model;
  int status = train_model_read(&model, name, error);
  if (status) return status;
  if (a->onnx_int8 && !model.spec.int8)
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "%s has no int8 part; export --int8 %s gives it one", name, name);
  if (!status) status = train_onnx_write(&model, a->onnx ? NN_PRECISION_FP32 : NN_PRECISION_INT8, a->out, error);
  nn_model_content_free(&model);
  return status;
}

/* On MNIST's training pictures but those that training keeps for judging. */
static int export_int8(const arguments *a, train_error *error) {
  enum { KEPT = 10000 };
  train_dataset dataset = {0};
  train_quantised report;
  int status = train_dataset_read_folder(&dataset, a->mnist, "train", TRAIN_DIGITS, error);
  const size_t count = dataset.count > 2 * KEPT ? dataset.count - KEPT : dataset.count;
  if (!status) status = train_quantise(a->int8, dataset.pixels, count, a->out, &report, error);
  if (!status)
    printf("%s: scales found on %zu pictures, of which int8 reads %zu as fp32 does; root mean square difference of the "
           "logits %.4f\n",
           a->out, report.pictures, report.same, report.difference);
  train_dataset_free(&dataset);
  return status;
}

static int export_checkpoint(const arguments *a, train_error *error) {
  train_config config;
  train_material material = {0};
  train_trainer *trainer = NULL;
  json_t *notes = NULL, *summary = NULL;
  int status = train_checkpoint_read_config(a->checkpoint, &config, &notes, error);
  if (!status) status = train_material_open(&material, &config, a->mnist, 1, error);
  if (!status) status = train_material_open_trainer(&trainer, &material, &config, 1, error);
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
  status = a.onnx || a.onnx_int8 ? export_onnx(&a, &error)
           : a.int8              ? export_int8(&a, &error)
                                 : export_checkpoint(&a, &error);
  return status ? train_complain("export", &error) : EXIT_GOOD;
}
