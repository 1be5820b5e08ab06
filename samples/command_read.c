/* glyphlift read: the digits and numbers of a page. */
#include "commands.h"

#include "pages.h"

static const char help[] = "Usage: glyphlift read [OPTIONS] FILE...\n"
                           "\n"
                           "Reads the handwritten or printed digits of photographs and scans (JPEG, PNG,\n"
                           "TIFF, PDF, HEIC ...) and prints them, a line of the page a line.\n"
                           "\n"
                           "  glyphlift read page.jpg\n"
                           "  glyphlift read --overlay seen.png page.jpg\n"
                           "  glyphlift read -f csv -o numbers.csv scans/*.png\n"
                           "  glyphlift read --csv tables form.jpg\n"
                           "  cat page.jpg | glyphlift read -f json - | jq .lines[].text\n"
                           "\n"
                           "Pages of text stand apart by a form feed; json is one object a page, one line\n"
                           "each; csv and tsv are one number a row, with --csv tables one row of a ruled\n"
                           "table a row. In text a table's cells are apart by tabs.\n"
                           "\n" PAGES_HELP("text (default), json, csv or tsv", PAGES_HELP_CSV PAGES_HELP_REJECTED,
                                           PAGES_HELP_EXPECT PAGES_HELP_MODEL("digits"));

int command_read(int argc, char **argv) {
  static const page_command read = {help, GLYPH_PAGE_READ, glyph_read_document_page};
  return pages_command(&read, argc, argv);
}
