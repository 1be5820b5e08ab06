/* Reads many pages on several threads and writes their results in the order of the command line. */
#ifndef GLYPHLIFT_PROGRAM_PAGES_H
#define GLYPHLIFT_PROGRAM_PAGES_H

#include <glyphlift/output.h>

typedef struct page_command {
  const char *help;
  glyph_page_kind kind;
  int (*read_page)(glyph_reader *reader, glyph_document *document, int number, glyph_page **out, glyph_error *error);
} page_command;

/* The whole of a command: options, reading, output. Returns the exit status. */
int pages_command(const page_command *command, int argc, char **argv);

/* Lines of help for options that some commands take. */
#define PAGES_HELP_CSV "      --csv WHAT          csv with WHAT in its rows: numbers or tables\n"
#define PAGES_HELP_REJECTED "      --keep-rejected     json: also list what was found and is no digit\n"
#define PAGES_HELP_EXPECT                                                                                              \
  "      --expect REGEX      each number fits this extended regular expression as a\n"                                 \
  "                          whole: take the most probable reading that does\n"                                        \
  "      --digits N          each number has N digits (1 to 40)\n"
#define PAGES_HELP_MODEL(kind) "      --model FILE        use this " kind " model, not the built-in one\n"

/* The end of a command's help: the options that all of them take, with its formats, its own lines among the output's and
 * the reading's options, and what the exit status says. */
#define PAGES_HELP(formats, output, reading)                                                                           \
  "Output:\n"                                                                                                          \
  "  -f, --format FORMAT     " formats "\n" output                                                                     \
  "  -o, --output FILE       write the results to FILE, which appears whole or not\n"                                  \
  "                          at all; - is standard output (default)\n"                                                 \
  "      --overlay PATH      draw boxes and readings into each picture: PATH is a\n"                                   \
  "                          PNG file for one input, or a directory that gets a\n"                                     \
  "                          NAME.overlay.png for each; of several pages, with\n"                                      \
  "                          .page-N in its name\n"                                                                    \
  "      --dump-stages DIR   write the picture of every stage into DIR\n"                                              \
  "  -q, --quiet             no progress bar; errors are still told\n"                                                 \
  "\n"                                                                                                                 \
  "Reading:\n"                                                                                                         \
  "      --min-confidence P  read '?' for a digit less probable than P (0 to 1)\n" reading                             \
  "      --ignore-orientation\n"                                                                                       \
  "                          do not turn pictures upright as their EXIF data says\n"                                   \
  "      --region X,Y,W,H    read this part of each picture only (pixels, upright);\n"                                 \
  "                          results keep the coordinates of the whole picture\n"                                      \
  "      --max-pixels N      refuse larger pictures (default 200000000)\n"                                             \
  "  -j, --threads N         read N pages at a time (default: one a core)\n"                                           \
  "\n"                                                                                                                 \
  "  -h, --help              this text\n"                                                                              \
  "      --version           the version\n"                                                                            \
  "\n"                                                                                                                 \
  "Every page of a PDF or TIFF is read; scan.pdf:3 and scan.pdf:1,5-7 name some.\n"                                    \
  "A FILE - is standard input; after -- every argument is a FILE. Files that fail\n"                                   \
  "are told on standard error (and in the output with json); the others are read.\n"                                   \
  "\n"                                                                                                                 \
  "Exit status: 0 all read, 1 some input failed, 2 wrong usage, 3 failure of the\n"                                    \
  "environment (no memory, disk full, unusable model).\n"

#endif
