/* Classifies a digit that lies in memory: here a 28 x 28 array drawn in the source. */
#include <glyphlift/glyphlift.h>

#include <stdio.h>

static const char drawing[28][29] = {
    "............................", "............................", "............................",
    "............................", ".........########...........", "........##########..........",
    ".......####....####.........", ".......###......###.........", "................###.........",
    "................###.........", "...............###..........", "..............####..........",
    ".........########...........", ".........#########..........", "...............####.........",
    ".................###........", "..................###.......", "..................###.......",
    "..................###.......", ".................####.......", ".......##.......####........",
    ".......####...#####.........", "........##########..........", "..........######............",
    "............................", "............................", "............................",
    "............................",
};

int main(void) {
  uint8_t array[28][28];
  for (int y = 0; y < 28; y++)
    for (int x = 0; x < 28; x++) array[y][x] = drawing[y][x] == '#' ? 255 : 0;

  glyph_reader *reader = NULL;
  glyph_page *page = NULL;
  glyph_error error;
  glyph_pixels pixels = {.data = array[0], .width = 28, .height = 28, .channels = 1, .stride = 28};
  int failed =
      glyph_reader_open(&reader, NULL, &error) || glyph_classify_pixels(reader, &pixels, "array", &page, &error);
  if (failed)
    fprintf(stderr, "%s\n", error.message);
  else if (page->glyph_count)
    printf("%s, %.1f %% sure\n", page->glyphs[0].text, 100 * page->glyphs[0].confidence);
  glyph_page_close(&page);
  glyph_reader_close(&reader);
  return failed;
}
