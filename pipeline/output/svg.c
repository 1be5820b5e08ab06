/* A page's shapes as a drawing that can be edited: one element a shape with its kind as class, connectors with markers,
 * and a group where writing stands, with what was read of it. Coordinates are the picture's pixels with one decimal,
 * written without printf's floating point, whose decimal point is the locale's. */
#include "output.h"
#include "output_string.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_number(output_string *svg, double value) {
  const long tenths = lround(value * 10), whole = labs(tenths) / 10, rest = labs(tenths) % 10;
  output_string_add_format(svg, rest ? "%s%ld.%ld" : "%s%ld", tenths < 0 ? "-" : "", whole, rest);
}

static void add_attribute(output_string *svg, const char *name, double value) {
  output_string_add_format(svg, " %s=\"", name);
  add_number(svg, value);
  output_string_add_text(svg, "\"");
}

static void add_points(output_string *svg, const double (*points)[2], size_t count) {
  output_string_add_text(svg, " points=\"");
  for (size_t i = 0; i < count; i++) {
    if (i) output_string_add_text(svg, " ");
    add_number(svg, points[i][0]);
    output_string_add_text(svg, ",");
    add_number(svg, points[i][1]);
  }
  output_string_add_text(svg, "\"");
}

static void add_escaped(output_string *svg, const char *text) {
  for (; *text; text++) switch (*text) {
    case '<': output_string_add_text(svg, "&lt;"); break;
    case '>': output_string_add_text(svg, "&gt;"); break;
    case '&': output_string_add_text(svg, "&amp;"); break;
    default: /* control characters are no XML */
      if ((unsigned char)*text >= ' ') output_string_add(svg, text, 1);
    }
}

static void add_shape(output_string *svg, const glyph_shape *shape, size_t index) {
  const int is_round = shape->radii[0] > 0, is_circle = is_round && shape->radii[0] == shape->radii[1];
  const int is_stroke = !is_round && shape->polygon_count == 2;
  output_string_add_format(svg, "    <%s id=\"shape-%zu\" class=\"%s\"",
                           is_circle   ? "circle"
                           : is_round  ? "ellipse"
                           : is_stroke ? "polyline"
                                       : "polygon",
                           index, shape->kind);
  if (is_round) {
    add_attribute(svg, "cx", shape->centre[0]);
    add_attribute(svg, "cy", shape->centre[1]);
  }
  if (is_circle) add_attribute(svg, "r", shape->radii[0]);
  if (is_round && !is_circle) {
    add_attribute(svg, "rx", shape->radii[0]);
    add_attribute(svg, "ry", shape->radii[1]);
    output_string_add_text(svg, " transform=\"rotate(");
    add_number(svg, shape->angle_degrees);
    output_string_add_text(svg, " ");
    add_number(svg, shape->centre[0]);
    output_string_add_text(svg, " ");
    add_number(svg, shape->centre[1]);
    output_string_add_text(svg, ")\"");
  }
  if (!is_round) add_points(svg, shape->polygon, shape->polygon_count);
  if (is_stroke && !strcmp(shape->kind, "arrow")) output_string_add_text(svg, " marker-end=\"url(#arrow-end)\"");
  output_string_add_text(svg, shape->filled ? " fill=\"#000\"/>\n" : "/>\n");
}

static void add_connector(output_string *svg, const glyph_connector *connector, size_t index) {
  output_string_add_format(
      svg, "    <polyline id=\"connector-%zu\" class=\"connector\" data-from=\"shape-%zu\" data-to=\"shape-%zu\"",
      index, connector->from, connector->to);
  add_points(svg, connector->path, connector->path_count);
  if (connector->arrow == GLYPH_ARROW_BOTH) output_string_add_text(svg, " marker-start=\"url(#arrow-start)\"");
  if (connector->arrow != GLYPH_ARROW_NONE) output_string_add_text(svg, " marker-end=\"url(#arrow-end)\"");
  output_string_add_text(svg, "/>\n");
}

/* Where writing stands in a shape: an empty frame of its size, and the digits that were read. */
static void add_writing(output_string *svg, const glyph_page *page, const glyph_shape *shape, size_t index) {
  static const double digit_share = 0.72; /* of the font's size */
  output_string_add_format(svg, "    <g class=\"text\" id=\"text-%zu\">\n      <rect fill=\"none\" stroke=\"none\"",
                           index);
  add_attribute(svg, "x", shape->text_box.x);
  add_attribute(svg, "y", shape->text_box.y);
  add_attribute(svg, "width", shape->text_box.width);
  add_attribute(svg, "height", shape->text_box.height);
  output_string_add_text(svg, "/>\n");
  for (size_t i = 0; i < shape->line_count; i++) {
    const glyph_line *line = &page->lines[shape->first_line + i];
    output_string_add_text(svg, "      <text");
    add_attribute(svg, "x", line->box.x);
    add_attribute(svg, "y", line->box.y + line->box.height);
    add_attribute(svg, "font-size", line->box.height / digit_share);
    output_string_add_text(svg, ">");
    add_escaped(svg, line->text);
    output_string_add_text(svg, "</text>\n");
  }
  output_string_add_text(svg, "    </g>\n");
}

static void add_head(output_string *svg, const glyph_page *page, const char *name) {
  static const char marker[] =
      "    <marker id=\"arrow-%s\" viewBox=\"0 0 10 10\" refX=\"%d\" refY=\"5\" markerWidth=\"5\" "
      "markerHeight=\"5\" orient=\"auto\">\n      <path d=\"%s\" fill=\"#000\"/>\n    </marker>\n";
  output_string_add_format(svg,
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                           "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n  <title>",
                           page->width, page->height, page->width, page->height);
  add_escaped(svg, name);
  output_string_add_text(svg, "</title>\n  <defs>\n");
  output_string_add_format(svg, marker, "start", 0, "M10 0L0 5L10 10z");
  output_string_add_format(svg, marker, "end", 10, "M0 0L10 5L0 10z");
  output_string_add_text(svg, "  </defs>\n");
}

static void open_group(output_string *svg, const char *id, double stroke) {
  output_string_add_format(svg, "  <g id=\"%s\" fill=\"none\" stroke=\"#000\" stroke-linejoin=\"round\"", id);
  add_attribute(svg, "stroke-width", stroke);
  output_string_add_text(svg, ">\n");
}

char *glyph_page_svg(const glyph_page *page, const char *file) {
  output_string svg = {0};
  char *name = output_utf8_copy(file);
  if (!name) return NULL;
  const double stroke = fmax(1, (page->width > page->height ? page->width : page->height) / 300.0);
  add_head(&svg, page, name);
  open_group(&svg, "shapes", stroke);
  for (size_t i = 0; i < page->shape_count; i++) add_shape(&svg, &page->shapes[i], i);
  output_string_add_text(&svg, "  </g>\n");
  open_group(&svg, "connectors", stroke);
  for (size_t i = 0; i < page->connector_count; i++) add_connector(&svg, &page->connectors[i], i);
  output_string_add_text(&svg, "  </g>\n  <g id=\"texts\" font-family=\"sans-serif\">\n");
  for (size_t i = 0; i < page->shape_count; i++)
    if (page->shapes[i].text_box.width) add_writing(&svg, page, &page->shapes[i], i);
  output_string_add_text(&svg, "  </g>\n</svg>\n");
  free(name);
  return output_string_finish(&svg);
}
