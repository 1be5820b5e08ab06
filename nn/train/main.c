/* glyphlift-train: trains, measures and exports the networks. */
#include <stdio.h>
#include <string.h>

#include "../../pipeline/glyphlift.h"
#include "commands.h"

static const char help[] = "Usage: glyphlift-train COMMAND [OPTIONS]\n"
                           "\n"
                           "  digits   trains the digits model on MNIST\n"
                           "  export   makes a model file of a training run's checkpoint\n"
                           "  eval     measures a model on labelled pictures\n"
                           "\n"
                           "glyphlift-train COMMAND --help tells the options. --version prints the version.\n";

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(int, char **);
  } commands[] = {{"digits", train_command_digits}, {"export", train_command_export}, {"eval", train_command_eval}};
  const char *wanted = argc > 1 ? argv[1] : "";
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp(wanted, commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
  if (strcmp(wanted, "--help") == 0 || strcmp(wanted, "-h") == 0) {
    fputs(help, stdout);
    return EXIT_GOOD;
  }
  if (strcmp(wanted, "--version") == 0) {
    puts("glyphlift-train " GLYPH_VERSION);
    return EXIT_GOOD;
  }
  if (argc > 1) fprintf(stderr, "glyphlift-train: there is no command '%s'\n", wanted);
  fputs(help, stderr);
  return EXIT_USAGE;
}
