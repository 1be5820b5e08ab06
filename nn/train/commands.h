/* The subcommands of glyphlift-train. Each gets its own name as argv[0] and returns the program's exit status. */
#ifndef GLYPHLIFT_TRAIN_COMMANDS_H
#define GLYPHLIFT_TRAIN_COMMANDS_H

#include "error.h"

enum { EXIT_GOOD = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_INTERNAL = 3 };

int train_command_digits(int argc, char **argv);
int train_command_shapes(int argc, char **argv);
/* digits with --finetune among its arguments. */
int train_command_finetune(int argc, char **argv);
int train_command_export(int argc, char **argv);
int train_command_eval(int argc, char **argv);
int train_command_compare(int argc, char **argv);

/* Prints "glyphlift-train COMMAND: message" on stderr and returns the exit status that belongs to the error. */
int train_complain(const char *command, const train_error *error);
/* The same for a usage error, with a hint to --help. */
int train_complain_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
