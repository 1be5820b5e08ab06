/* glyphlift shapes: the drawn shapes of a page and the connectors between them. */
#include "commands.h"

#include "pages.h"

static const char help[] =
    "Usage: glyphlift shapes [OPTIONS] FILE...\n"
    "\n"
    "Finds hand-drawn shapes (circles, ellipses, squares, rectangles, triangles,\n"
    "diamonds, parallelograms, trapezoids, pentagons, hexagons, stars ...), the lines\n"
    "and arrows between them, and the digits in them.\n"
    "\n"
    "  glyphlift shapes chart.jpg\n"
    "  glyphlift shapes -f svg -o chart.svg chart.jpg\n"
    "  glyphlift shapes --tidy --overlay seen.png chart.jpg\n"
    "  glyphlift shapes -f json chart.jpg | jq '.shapes[].kind'\n"
    "\n"
    "text is a line a shape (number, kind, x y width height, the digits in it) and a\n"
    "line a connector (0 -> 1, 0 -- 1 without a head); json is one object a page; csv\n"
    "and tsv are one shape a row; svg is a drawing to be edited, of one FILE.\n"
    "\n"
    "      --tidy              what is nearly a circle, a square, level or in line\n"
    "                          with others becomes so\n"
    "\n" PAGES_HELP("text (default), json, csv, tsv or svg", "", PAGES_HELP_EXPECT PAGES_HELP_MODEL("shapes"));

int command_shapes(int argc, char **argv) {
  static const page_command shapes = {help, GLYPH_PAGE_SHAPES, glyph_read_shapes_document_page};
  return pages_command(&shapes, argc, argv);
}
