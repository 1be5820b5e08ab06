/* A page made by hand, for the tests of what is written about pages: two lines, three numbers, six digits. */
#ifndef GLYPHLIFT_TESTS_OUTPUT_PAGE_H
#define GLYPHLIFT_TESTS_OUTPUT_PAGE_H

#include "../pipeline/glyphlift.h"

static const glyph_glyph example_glyphs[] = {
    {"3", 0.99, {10, 20, 12, 30}, {{"8", 0.01}}, 1, NULL, {{0}}},
    {"2", 0.123456, {24, 21, 12, 29}, {{"7", 0.1}, {"1", 0.00004}}, 2, NULL, {{0}}},
    {"7", 1.0, {60, 20, 13, 30}, {{"", 0}}, 0, NULL, {{0}}},
    {"5", 0.5, {10, 60, 12, 30}, {{"6", 0.25}}, 1, NULL, {{0}}},
    {"0", 0.99996, {24, 60, 12, 30}, {{"", 0}}, 0, NULL, {{0}}},
    {"9", 0.0, {38, 60, 12, 30}, {{"", 0}}, 0, NULL, {{0}}},
};
static const glyph_number example_numbers[] = {
    {"32", 0.97, {10, 20, 26, 30}, {{10, 20}, {36.04, 20.26}, {36, 50}, {-0.01, 50}}, 0, 2, 0},
    {"7", 1.0, {60, 20, 13, 30}, {{60, 20}, {73, 20}, {73, 50}, {60, 50}}, 2, 1, 0},
    {"50?", 0.00014, {10, 60, 40, 30}, {{10, 60}, {50, 60}, {50, 90}, {10, 90}}, 3, 3, 1},
};
static const glyph_line example_lines[] = {
    {"32 7", {10, 20, 63, 30}, 0, 2},
    {"50?", {10, 60, 40, 30}, 2, 1},
};
static const glyph_glyph example_rejected[] = {{"1", 0.25, {80, 1, 2, 3}, {{"", 0}}, 0, "shape", {{0}}}};
static const glyph_timing example_timings[] = {{"decode", 20.104}, {"total", 1234.5}};

static inline glyph_page example_page(void) {
  return (glyph_page){
      .number = 1,
      .width = 100,
      .height = 120,
      .rotation = 90,
      .rotation_confidence = 0.9876,
      .skew_degrees = -1.256,
      .lines = example_lines,
      .line_count = 2,
      .numbers = example_numbers,
      .number_count = 3,
      .glyphs = example_glyphs,
      .glyph_count = 6,
      .timings = example_timings,
      .timing_count = 2,
  };
}

/* The same digits: one number in a line, the others in the cells of a table of two rows and three columns below it. */
static const glyph_line example_line_above = {"32", {10, 20, 26, 30}, 0, 1};
static const glyph_cell example_cells[] = {
    {0, 0, 1, 1, "7", 1.0, {55, 15, 20, 40}, 1, 1},
    {1, 1, 1, 2, "50?", 0.00014, {75, 55, 40, 40}, 2, 1},
};
static const double example_corners[][2] = {{55, 15}, {75, 15},  {95, 15}, {115, 15}, {55, 55}, {75, 55},
                                            {95, 55}, {115, 55}, {55, 95}, {75, 95},  {95, 95}, {115, 95}};
static const glyph_table example_table = {{{55, 15}, {115, 15}, {115, 95}, {55, 95}}, 2, 3, example_corners, 1, 0, 2};

static inline glyph_page example_table_page(void) {
  glyph_page page = example_page();
  page.lines = &example_line_above;
  page.line_count = 1;
  page.tables = &example_table;
  page.table_count = 1;
  page.cells = example_cells;
  page.cell_count = 2;
  return page;
}

/* What a picture of one glyph gives; glyph_count may be set to 0: no ink. */
static inline glyph_page example_single(void) {
  return (glyph_page){
      .number = 1, .width = 28, .height = 28, .glyphs = example_glyphs, .glyph_count = 1, .timings = example_timings};
}

#endif
