/* Reads a photograph: the numbers of each line, with their places and confidences. */
#include <glyphlift/glyphlift.h>

#include <stdio.h>

int main(int argc, char **argv) {
  glyph_reader *reader = NULL;
  glyph_page *page = NULL;
  glyph_error error;
  const char *path = argc > 1 ? argv[1] : "-"; /* standard input */
  int failed = glyph_reader_open(&reader, NULL, &error) || glyph_read_file(reader, path, &page, &error);
  if (failed) fprintf(stderr, "%s\n", error.message);
  for (size_t i = 0; !failed && i < page->number_count; i++) {
    const glyph_number *number = &page->numbers[i];
    printf("%s at (%d, %d), %.1f %% sure\n", number->text, number->box.x, number->box.y, 100 * number->confidence);
  }
  glyph_page_close(&page);
  glyph_reader_close(&reader);
  return failed;
}
