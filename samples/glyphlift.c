/* The program glyphlift: finds the command and hands the arguments on. Nothing is opened before they are parsed, so
 * that
 * --help and --version answer at once. The locale stays "C": numbers have a point everywhere. */
#include "commands.h"
#include "message.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: glyphlift COMMAND [OPTIONS] FILE...\n"
                           "\n"
                           "Lifts handwritten digits off photographs and scans.\n"
                           "\n"
                           "Commands:\n"
                           "  read        digits and numbers of a page\n"
                           "  shapes      hand-drawn shapes and the arrows between them\n"
                           "  classify    one glyph a picture\n"
                           "  batch       a folder of pictures into a results database\n"
                           "  merge       results databases into one\n"
                           "  export      rows out of a results database\n"
                           "  camera      a webcam, a video or an image sequence\n"
                           "\n"
                           "  -h, --help  this text; glyphlift COMMAND --help tells a command's options\n"
                           "  --version   the version\n"
                           "\n"
                           "Examples:\n"
                           "  glyphlift read page.jpg\n"
                           "  glyphlift read -f json --overlay seen.png page.jpg\n"
                           "  glyphlift classify digit.png\n";

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} commands[] = {{"read", command_read},    {"classify", command_classify}, {"shapes", command_shapes},
                {"batch", command_batch},  {"merge", command_merge},       {"export", command_export},
                {"camera", command_camera}};

/* A closed standard stream would give its number to the next file opened, and results would land there. The stand-ins
 * fail when they are used. */
static void occupy_closed_streams(void) {
  static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int file = 0; file < 3; file++)
    if (fcntl(file, F_GETFD) == -1) open("/dev/null", modes[file]);
}

int main(int argc, char **argv) {
  occupy_closed_streams();
  const char *name = argc > 1 ? argv[1] : NULL;
  if (!name) {
    fputs(help, stderr);
    return EXIT_USAGE;
  }
  if (!strcmp(name, "--help") || !strcmp(name, "-h")) return print_and_close(help);
  if (!strcmp(name, "--version")) return print_version();
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (!strcmp(name, commands[i].name)) return commands[i].run(argc - 1, argv + 1);
  complain("unknown command '%s'; see glyphlift --help", name);
  return EXIT_USAGE;
}
