/* The truth of a page in the schema that the program writes, so that one scorer reads both. What only a reader has is
 * left out: confidences, alternatives, times. */
#include "hard.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct box_sum {
  int left, top, right, bottom;
} box_sum;

static json_t *box_json(const box_sum *box) {
  return json_pack("[i,i,i,i]", box->left, box->top, box->right - box->left, box->bottom - box->top);
}

static box_sum box_of(const page_truth_glyph *glyph) {
  return (box_sum){glyph->x, glyph->y, glyph->x + glyph->width, glyph->y + glyph->height};
}

static void widen(box_sum *box, const page_truth_glyph *glyph) {
  box_sum other = box_of(glyph);
  box->left = other.left < box->left ? other.left : box->left;
  box->top = other.top < box->top ? other.top : box->top;
  box->right = other.right > box->right ? other.right : box->right;
  box->bottom = other.bottom > box->bottom ? other.bottom : box->bottom;
}

/* Consecutive glyphs of the same number, or of the same line. */
static size_t run_length(const page_truth *truth, size_t first, int of_line) {
  const page_truth_glyph *glyphs = truth->glyphs;
  size_t end = first + 1;
  while (end < truth->count && glyphs[end].table == glyphs[first].table &&
         (of_line ? glyphs[end].line == glyphs[first].line : glyphs[end].number == glyphs[first].number))
    end++;
  return end - first;
}

static box_sum run_box(const page_truth_glyph *glyphs, size_t count) {
  box_sum box = box_of(glyphs);
  for (size_t i = 1; i < count; i++) widen(&box, &glyphs[i]);
  return box;
}

/* The signs of the glyphs, numbers apart by a blank. */
static json_t *run_text(const page_truth_glyph *glyphs, size_t count) {
  char *text = malloc(2 * count + 1), *end = text;
  if (!text) return NULL;
  for (size_t i = 0; i < count; i++) {
    if (i && glyphs[i].number != glyphs[i - 1].number) *end++ = ' ';
    *end++ = glyphs[i].digit;
  }
  *end = '\0';
  json_t *string = json_string(text);
  free(text);
  return string;
}

static json_t *number_json(const page_truth_glyph *glyphs, size_t count) {
  json_t *array = json_array();
  for (size_t i = 0; i < count; i++) {
    box_sum box = box_of(&glyphs[i]);
    json_array_append_new(array, json_pack("{s:s%,s:o}", "text", &glyphs[i].digit, (size_t)1, "box", box_json(&box)));
  }
  box_sum box = run_box(glyphs, count);
  return json_pack("{s:o,s:o,s:o}", "text", run_text(glyphs, count), "box", box_json(&box), "glyphs", array);
}

static json_t *numbers_json(const page_truth *truth, size_t first, size_t count) {
  json_t *array = json_array();
  for (size_t i = first, length; i < first + count; i += length) {
    length = run_length(truth, i, 0);
    json_array_append_new(array, number_json(&truth->glyphs[i], length));
  }
  return array;
}

static json_t *lines_json(const page_truth *truth) {
  json_t *array = json_array();
  for (size_t i = 0, count; i < truth->count; i += count) {
    const page_truth_glyph *glyphs = &truth->glyphs[i];
    count = run_length(truth, i, 1);
    if (glyphs->table) continue;
    box_sum box = run_box(glyphs, count);
    json_array_append_new(array, json_pack("{s:o,s:o,s:o}", "text", run_text(glyphs, count), "box", box_json(&box),
                                           "numbers", numbers_json(truth, i, count)));
  }
  return array;
}

static json_t *cells_json(const page_truth *truth, int table) {
  json_t *array = json_array();
  for (size_t i = 0, count; i < truth->count; i += count) {
    const page_truth_glyph *glyphs = &truth->glyphs[i];
    count = run_length(truth, i, 0);
    if (glyphs->table != table) continue;
    box_sum box = run_box(glyphs, count);
    json_array_append_new(array, json_pack("{s:i,s:i,s:o,s:o,s:o}", "row", glyphs->row, "column", glyphs->column,
                                           "text", run_text(glyphs, count), "box", box_json(&box), "numbers",
                                           numbers_json(truth, i, count)));
  }
  return array;
}

static json_t *tables_json(const page_truth *truth) {
  json_t *array = json_array();
  for (size_t i = 0; i < truth->table_count; i++) {
    const page_truth_table *table = &truth->tables[i];
    const double(*quad)[2] = table->quad;
    json_t *corners = json_pack("[[f,f],[f,f],[f,f],[f,f]]", quad[0][0], quad[0][1], quad[1][0], quad[1][1], quad[2][0],
                                quad[2][1], quad[3][0], quad[3][1]);
    json_array_append_new(array, json_pack("{s:o,s:i,s:i,s:o}", "quad", corners, "rows", table->rows, "columns",
                                           table->columns, "cells", cells_json(truth, (int)i + 1)));
  }
  return array;
}

char *hard_truth_json(const page_truth *truth, const page_picture *picture, const char *file) {
  json_t *root =
      json_pack("{s:s,s:s,s:i,s:i,s:i,s:o,s:o}", "schema", "glyphlift/1", "file", file, "page", 1, "width",
                picture->width, "height", picture->height, "lines", lines_json(truth), "tables", tables_json(truth));
  char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(7)) : NULL;
  json_decref(root);
  return text;
}
