/* The commands for results databases, where the program was built without SQLite. */
#include "commands.h"

#include "message.h"

static int tell(char **argv) {
  complain("%s: this program was built without SQLite and nettle (Debian: libsqlite3-dev nettle-dev)", argv[0]);
  return EXIT_ENVIRONMENT;
}

int command_batch(int argc, char **argv) {
  (void)argc;
  return tell(argv);
}

int command_merge(int argc, char **argv) {
  (void)argc;
  return tell(argv);
}

int command_export(int argc, char **argv) {
  (void)argc;
  return tell(argv);
}
