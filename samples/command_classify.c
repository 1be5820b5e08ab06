/* glyphlift classify: pictures of one glyph each. */
#include "commands.h"

#include "pages.h"

static const char help[] = "Usage: glyphlift classify [OPTIONS] FILE...\n"
                           "\n"
                           "Tells which digit a picture of a single one shows: any size, dark on light or\n"
                           "light on dark. Prints a line a picture, an empty one where there is no ink or\n"
                           "the picture cannot be read.\n"
                           "\n"
                           "  glyphlift classify digit.png\n"
                           "  glyphlift classify -f csv crops/*.png > digits.csv\n"
                           "  glyphlift classify -f json digit.png | jq .glyph.alternatives\n"
                           "\n"
                           "json is one object a picture, one line each; csv and tsv are one row each.\n"
                           "\n" PAGES_HELP("text (default), json, csv or tsv", "", PAGES_HELP_MODEL("digits"));

int command_classify(int argc, char **argv) {
  static const page_command classify = {help, GLYPH_PAGE_CLASSIFY, glyph_classify_document_page};
  return pages_command(&classify, argc, argv);
}
