/* Results as plain text: a line of the page a line, as people read it. A picture of one glyph is one line, an empty one
 * where there is no ink, so that lines and pictures stay in step. */
#include "output.h"
#include "output_string.h"

#include <stdlib.h>

char *glyph_page_text(const glyph_page *page, glyph_page_kind kind) {
  output_string text = {0};
  if (kind == GLYPH_PAGE_CLASSIFY) {
    if (page->glyph_count) output_string_add_text(&text, page->glyphs[0].text);
    output_string_add_text(&text, "\n");
    return output_string_finish(&text);
  }
  for (size_t i = 0; i < page->line_count; i++) {
    output_string_add_text(&text, page->lines[i].text);
    output_string_add_text(&text, "\n");
  }
  return output_string_finish(&text);
}

void glyph_string_free(char *string) {
  free(string);
}
