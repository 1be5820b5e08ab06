/* glyphlift merge: results databases into one. */
#include "commands.h"

#include "message.h"
#include "options.h"

#include <glyphlift/batch.h>

#include <string.h>

static const char help[] = "Usage: glyphlift merge [OPTIONS] A.db B.db ... -o ALL.db\n"
                           "\n"
                           "Joins the databases of glyphlift batch: the shards of one run, or several runs.\n"
                           "\n"
                           "  glyphlift merge shard-*.db -o all.db\n"
                           "  glyphlift merge all.db new.db -o all.db\n"
                           "\n"
                           "  -o, --output FILE  the database to make, which appears whole or not at all; it\n"
                           "                     may be there only if it is among those merged\n"
                           "  -q, --quiet        no warning of shards that are missing or not finished\n"
                           "  -h, --help         this text\n"
                           "\n"
                           "Of a file that several databases have, the later reading stays; with different\n"
                           "content it is an error, because two folders have been mixed up.\n"
                           "\n"
                           "Exit status: 0 done, 2 wrong usage, 3 failure of the environment.\n";

static void pass_note_on(void *user, const char *sentence) {
  const options *options = user;
  if (!options->quiet) complain("%s", sentence);
}

int command_merge(int argc, char **argv) {
  static const option_set set = {.groups = OPTIONS_OUTPUT};
  options options;
  glyph_error error;
  int status = options_parse(&options, help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  if (!options.output || !strcmp(options.output, "-") || !options.file_count) {
    complain("merge: the databases to merge and, with -o, the one to make must be named; see glyphlift merge --help");
    return EXIT_USAGE;
  }
  status = glyph_batch_merge((const char *const *)options.files, (size_t)options.file_count, options.output,
                             pass_note_on, &options, &error);
  if (status) complain("%s", error.message);
  return status == GLYPH_ERR_ARGUMENT ? EXIT_USAGE : status ? EXIT_ENVIRONMENT : EXIT_GOOD;
}
