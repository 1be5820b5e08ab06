/* glyphlift-train: trains, measures and exports the networks. */
#include <stdio.h>
#include <string.h>

#include "../../pipeline/glyphlift.h"
#include "commands.h"

static const char help[] = "Usage: glyphlift-train COMMAND [OPTIONS]\n"
                           "\n"
                           "Trains the networks of glyphlift, measures and exports them.\n"
                           "\n"
                           "Commands:\n"
                           "  digits   trains the digits model on MNIST\n"
                           "  shapes   trains the shapes model on drawings\n"
                           "  export   makes a model file of a training run's checkpoint, or ONNX of a model\n"
                           "  eval     measures a model on labelled pictures\n"
                           "  compare  trains and measures different kinds of classifiers\n"
                           "\n"
                           "glyphlift-train COMMAND --help tells the options. --version prints the version.\n";

/* Output that did not arrive (a full disk) is a failure, whatever the command says. */
static int flush_output(int status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  fputs("glyphlift-train: the results cannot be written to standard output\n", stderr);
  return EXIT_INTERNAL;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(int, char **);
  } commands[] = {{"digits", train_command_digits},
                  {"shapes", train_command_shapes},
                  {"export", train_command_export},
                  {"eval", train_command_eval},
                  {"compare", train_command_compare}};
  const char *wanted = argc > 1 ? argv[1] : "";
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp(wanted, commands[i].name) == 0) return flush_output(commands[i].run(argc - 1, argv + 1));
  if (strcmp(wanted, "--help") == 0 || strcmp(wanted, "-h") == 0) {
    fputs(help, stdout);
    return flush_output(EXIT_GOOD);
  }
  if (strcmp(wanted, "--version") == 0) {
    puts("glyphlift-train " GLYPH_VERSION);
    return flush_output(EXIT_GOOD);
  }
  if (argc > 1) fprintf(stderr, "glyphlift-train: there is no command '%s'\n", wanted);
  fputs(help, stderr);
  return EXIT_USAGE;
}
