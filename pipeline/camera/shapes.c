/* A shape is followed as a number of one glyph, which reads as the shape's kind: votes, steadiness and the sheet's
 * motion are the same. The start of a kind's name tells it from all others. */
#include "shapes.h"

#include <stdlib.h>
#include <string.h>

enum { KIND_LENGTH = sizeof((glyph_glyph *)0)->text - 1 };

static void fill_glyph(const glyph_shape *shape, glyph_glyph *glyph) {
  *glyph =
      (glyph_glyph){.confidence = shape->confidence, .box = shape->box, .alternative_count = shape->alternative_count};
  strncpy(glyph->text, shape->kind, KIND_LENGTH);
  for (size_t i = 0; i < shape->alternative_count; i++) {
    strncpy(glyph->alternatives[i].text, shape->alternatives[i].kind, KIND_LENGTH);
    glyph->alternatives[i].confidence = shape->alternatives[i].confidence;
  }
}

static void fill_number(const glyph_glyph *glyph, size_t index, glyph_number *number) {
  const glyph_box *b = &glyph->box;
  const double left = b->x, top = b->y, right = left + b->width, bottom = top + b->height;
  *number = (glyph_number){.text = glyph->text,
                           .confidence = glyph->confidence,
                           .box = *b,
                           .quad = {{left, top}, {right, top}, {right, bottom}, {left, bottom}},
                           .first_glyph = index,
                           .glyph_count = 1};
}

int shapes_update(tracks *t, const glyph_page *page, double time_ms, tracks_reading *readings) {
  const size_t count = page->shape_count;
  glyph_glyph *glyphs = malloc((count + 1) * sizeof *glyphs);
  glyph_number *numbers = malloc((count + 1) * sizeof *numbers);
  if (glyphs && numbers) {
    for (size_t i = 0; i < count; i++) {
      fill_glyph(&page->shapes[i], &glyphs[i]);
      fill_number(&glyphs[i], i, &numbers[i]);
    }
    const glyph_page kinds = {.width = page->width,
                              .height = page->height,
                              .numbers = numbers,
                              .number_count = count,
                              .glyphs = glyphs,
                              .glyph_count = count};
    tracks_update(t, &kinds, time_ms, readings);
    /* Only what has the kind that it was told with is that shape. */
    for (size_t i = 0; i < count; i++) {
      glyph_glyph voted = {0};
      if (readings[i].voted) vote_glyph(readings[i].voted, 0, &voted);
      if (strcmp(voted.text, glyphs[i].text)) readings[i].is_told = readings[i].is_steady = 0;
    }
  }
  const int failed = !glyphs || !numbers;
  free(glyphs);
  free(numbers);
  return failed ? -1 : 0;
}
