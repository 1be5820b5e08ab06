/* The overlay: the page's picture with what was read drawn in. Each glyph has a box whose colour tells how sure the
 * reading is, and the reading above it; a thin frame holds a number together, and lines are counted at their left.
 * Tables have their grid drawn in.
 *
 * Sizes follow from the glyph, so that a page of 12 megapixels stays legible when it is looked at as a whole; small
 * pictures are enlarged first. Readings of lines that stand closer than half a digit reach into the line above. */
#include "output.h"

#include "../../shim/shim.h"
#include "../input/input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pictures with a shorter long side are enlarged by a whole factor until they reach it. */
enum { LONG_SIDE_MIN_PIXELS = 640 };
enum { LABEL_MIN_PIXELS = 10 };

static const shim_colour white = {255, 255, 255}, blue = {70, 120, 200}, violet = {170, 60, 200},
                         gray = {150, 150, 150};
static const shim_colour green = {0, 150, 60}, amber = {225, 135, 0}, red = {215, 30, 30};

typedef struct canvas {
  shim_image image;
  int scale;
} canvas;

static shim_colour colour_of(double confidence) {
  return confidence >= 0.9 ? green : confidence >= 0.5 ? amber : red;
}

static int at_least(int minimum, int value) {
  return value > minimum ? value : minimum;
}

static int at_most(int maximum, int value) {
  return value < maximum ? value : maximum;
}

static glyph_box scaled(const canvas *canvas, glyph_box box) {
  int scale = canvas->scale;
  return (glyph_box){box.x * scale, box.y * scale, box.width * scale, box.height * scale};
}

/* Height of the readings beside something `height` pixels high on the canvas. */
static int label_height(const canvas *canvas, int height) {
  return at_least(LABEL_MIN_PIXELS, at_most(canvas->image.height / 12, height / 2));
}

/* Width of the lines around something `height` pixels high on the canvas. */
static int box_stroke(const canvas *canvas, int height) {
  int side = at_least(canvas->image.width, canvas->image.height);
  return at_least(1, at_most(at_least(2, side / 400), (height + 16) / 32));
}

static int text_stroke(int height) {
  return at_least(1, height / 8);
}

/* Text with a white rim, legible on ink as on paper. The rim is the text itself around its place: a thicker stroke
 * would also change the size of the letters. */
static int draw_label(canvas *canvas, const char *text, int x, int baseline, int height, shim_colour colour) {
  int stroke = text_stroke(height), rim = at_least(1, height / 16), status = SHIM_OK;
  for (int i = 0; i < 9 && !status; i++)
    status = shim_draw_text(&canvas->image, text, x + (i % 3 - 1) * rim, baseline + (i / 3 - 1) * rim, height, white,
                            stroke);
  return status ? status : shim_draw_text(&canvas->image, text, x, baseline, height, colour, stroke);
}

/* Above the box; where the picture ends there, below it; where it ends there too, inside. */
static int label_baseline(const canvas *canvas, glyph_box box, int height) {
  int gap = at_least(3, height / 3), below = box.y + box.height + gap + height;
  if (box.y - gap - height >= 0) return box.y - gap;
  return below + gap <= canvas->image.height ? below : box.y + gap + height;
}

/* What the number that the glyph stands in says of it: '?' where it is not sure enough. `numbers` begins at or before
 * that number. Numbers whose glyphs are not one character each show them as they were read. */
static const char *label_of(const glyph_page *page, const glyph_number *numbers, size_t glyph) {
  while (glyph >= numbers->first_glyph + numbers->glyph_count) numbers++;
  const size_t place = glyph - numbers->first_glyph;
  const int spelled = strlen(numbers->text) == numbers->glyph_count;
  return spelled && numbers->text[place] == '?' ? "?" : page->glyphs[glyph].text;
}

static int draw_corners(canvas *canvas, const int corners[4][2], shim_colour colour, int stroke) {
  int status = SHIM_OK;
  for (int i = 0; i < 4 && !status; i++) {
    const int *from = corners[i], *to = corners[(i + 1) % 4];
    status = shim_draw_line(&canvas->image, from[0], from[1], to[0], to[1], colour, stroke);
  }
  return status;
}

/* Around the glyph as it was read: on a page that lies tilted, its quad. */
static int draw_outline(canvas *canvas, const glyph_glyph *glyph, glyph_box box, shim_colour colour, int stroke) {
  const double(*quad)[2] = glyph->quad;
  int corners[4][2];
  if (quad[0][0] == quad[1][0] && quad[0][1] == quad[1][1])
    return shim_draw_rectangle(&canvas->image, box.x, box.y, box.width, box.height, colour, stroke);
  for (int i = 0; i < 4; i++)
    for (int axis = 0; axis < 2; axis++) corners[i][axis] = (int)lround(quad[i][axis] * canvas->scale);
  return draw_corners(canvas, (const int(*)[2])corners, colour, stroke);
}

/* `height` is that of the reading. */
static int draw_glyph(canvas *canvas, const glyph_glyph *glyph, const char *label, int height) {
  glyph_box box = scaled(canvas, glyph->box);
  shim_colour colour = colour_of(glyph->confidence);
  int stroke = box_stroke(canvas, box.height);
  int width = shim_text_width(label, height, text_stroke(height));
  int x = at_least(0, at_most(canvas->image.width - width, box.x + (box.width - width) / 2));
  int status = draw_outline(canvas, glyph, box, colour, stroke);
  return status ? status : draw_label(canvas, label, x, label_baseline(canvas, box, height), height, colour);
}

/* The number's quad, widened by some pixels on every side. */
static int draw_frame(canvas *canvas, const glyph_number *number) {
  const double(*quad)[2] = number->quad;
  static const int along[4] = {-1, 1, 1, -1}, down[4] = {-1, -1, 1, 1};
  double across_x = quad[1][0] - quad[0][0], across_y = quad[1][1] - quad[0][1];
  double down_x = quad[3][0] - quad[0][0], down_y = quad[3][1] - quad[0][1];
  double width = fmax(hypot(across_x, across_y), 1), height = fmax(hypot(down_x, down_y), 1);
  double margin = fmax(2, height / 8);
  int corners[4][2];
  for (int i = 0; i < 4; i++) {
    double x = quad[i][0] + margin * (along[i] * across_x / width + down[i] * down_x / height);
    double y = quad[i][1] + margin * (along[i] * across_y / width + down[i] * down_y / height);
    corners[i][0] = (int)lround(x * canvas->scale);
    corners[i][1] = (int)lround(y * canvas->scale);
  }
  int stroke = at_least(1, box_stroke(canvas, (int)height * canvas->scale) / 2);
  return draw_corners(canvas, (const int(*)[2])corners, number->unexpected ? red : blue, stroke);
}

static int draw_line_count(canvas *canvas, const glyph_line *line, size_t count) {
  char text[24];
  snprintf(text, sizeof text, "%zu", count);
  glyph_box box = scaled(canvas, line->box);
  int height = at_least(LABEL_MIN_PIXELS, label_height(canvas, box.height) * 2 / 3);
  int width = shim_text_width(text, height, text_stroke(height));
  int x = at_least(0, box.x - width - at_least(4, box.height / 3));
  return draw_label(canvas, text, x, box.y + (box.height + height) / 2, height, blue);
}

/* The numbers of a line; all readings have the size that suits their mean height. */
static int draw_line(canvas *canvas, const glyph_page *page, const glyph_line *line) {
  const glyph_number *numbers = page->numbers + line->first_number;
  double height_sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < line->number_count; i++)
    for (size_t j = 0; j < numbers[i].glyph_count; j++, count++)
      height_sum += page->glyphs[numbers[i].first_glyph + j].box.height;
  int height = label_height(canvas, count ? (int)(height_sum / (double)count * canvas->scale) : 0);
  int status = SHIM_OK;
  for (size_t i = 0; i < line->number_count && !status; i++) status = draw_frame(canvas, &numbers[i]);
  for (size_t i = 0; i < line->number_count; i++)
    for (size_t j = 0, k = numbers[i].first_glyph; j < numbers[i].glyph_count && !status; j++, k++)
      status = draw_glyph(canvas, &page->glyphs[k], label_of(page, &numbers[i], k), height);
  return status;
}

static int draw_side(canvas *canvas, const double from[2], const double to[2], int stroke) {
  const int scale = canvas->scale;
  return shim_draw_line(&canvas->image, (int)lround(from[0] * scale), (int)lround(from[1] * scale),
                        (int)lround(to[0] * scale), (int)lround(to[1] * scale), violet, stroke);
}

/* The grid, as it lies on the picture. */
static int draw_grid(canvas *canvas, const glyph_table *table) {
  const int columns = table->columns + 1, side = at_least(canvas->image.width, canvas->image.height);
  const int stroke = at_least(1, side / 800);
  int status = SHIM_OK;
  for (int i = 0; i < (table->rows + 1) * columns && !status; i++) {
    const double(*corner)[2] = table->corners + i;
    if (i % columns < table->columns) status = draw_side(canvas, corner[0], corner[1], stroke);
    if (!status && i / columns < table->rows) status = draw_side(canvas, corner[0], corner[columns], stroke);
  }
  return status;
}

/* The glyphs in the cells, their readings all of one size. */
static int draw_cells(canvas *canvas, const glyph_page *page, const glyph_table *table) {
  double height_sum = 0;
  size_t count = 0;
  int status = SHIM_OK;
  for (int pass = 0; pass < 2; pass++) {
    const int height = label_height(canvas, count ? (int)(height_sum / (double)count * canvas->scale) : 0);
    for (size_t i = 0; i < table->cell_count; i++) {
      const glyph_cell *cell = &page->cells[table->first_cell + i];
      const glyph_number *first = &page->numbers[cell->first_number], *last = first + cell->number_count - 1;
      for (size_t k = first->first_glyph; k < last->first_glyph + last->glyph_count && !status; k++) {
        if (pass)
          status = draw_glyph(canvas, &page->glyphs[k], label_of(page, first, k), height);
        else
          height_sum += page->glyphs[k].box.height, count++;
      }
    }
  }
  return status;
}

static int draw_rejected(canvas *canvas, const glyph_glyph *glyph) {
  glyph_box box = scaled(canvas, glyph->box);
  int stroke = box_stroke(canvas, box.height);
  return shim_draw_rectangle(&canvas->image, box.x, box.y, box.width, box.height, gray, stroke);
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static int draw_way(canvas *canvas, const double (*points)[2], size_t count, int closed, shim_colour colour,
                    int stroke) {
  const int scale = canvas->scale;
  int status = SHIM_OK;
  for (size_t i = closed ? 0 : 1; i < count && !status; i++) {
    const double *from = points[i ? i - 1 : count - 1], *to = points[i];
    status = shim_draw_line(&canvas->image, (int)lround(from[0] * scale), (int)lround(from[1] * scale),
                            (int)lround(to[0] * scale), (int)lround(to[1] * scale), colour, stroke);
  }
  return status;
}

static int draw_ellipse(canvas *canvas, const glyph_shape *shape, shim_colour colour, int stroke) {
  enum { SIDES = 72 };
  double points[SIDES][2];
  const double turn = shape->angle_degrees * 3.14159265358979323846 / 180;
  for (int i = 0; i < SIDES; i++) {
    const double t = i * 2 * 3.14159265358979323846 / SIDES, u = shape->radii[0] * cos(t), v = shape->radii[1] * sin(t);
    points[i][0] = shape->centre[0] + u * cos(turn) - v * sin(turn);
    points[i][1] = shape->centre[1] + u * sin(turn) + v * cos(turn);
  }
  return draw_way(canvas, (const double(*)[2])points, SIDES, 1, colour, stroke);
}

static int draw_shape(canvas *canvas, const glyph_shape *shape, int stroke) {
  const shim_colour colour = colour_of(shape->confidence);
  const glyph_box box = scaled(canvas, shape->box);
  const int height = at_most(canvas->image.height / 30, at_least(LABEL_MIN_PIXELS, box.height / 6));
  int status = shape->radii[0] > 0 ? draw_ellipse(canvas, shape, colour, stroke)
                                   : draw_way(canvas, shape->polygon, shape->polygon_count, 1, colour, stroke);
  return status ? status : draw_label(canvas, shape->kind, box.x, label_baseline(canvas, box, height), height, colour);
}

/* Heads are open ones, drawn by their two strokes. */
static int draw_connector(canvas *canvas, const glyph_connector *connector, int stroke) {
  const size_t last = connector->path_count - 1;
  const int ends[2] = {connector->arrow == GLYPH_ARROW_BOTH, connector->arrow != GLYPH_ARROW_NONE};
  int status = draw_way(canvas, connector->path, connector->path_count, 0, blue, stroke);
  for (int end = 0; end < 2 && !status; end++) {
    const double *tip = connector->path[end ? last : 0], *from = connector->path[end ? last - 1 : 1];
    const double length = fmax(hypot(tip[0] - from[0], tip[1] - from[1]), 1), size = 5.0 * stroke / canvas->scale;
    const double dx = (tip[0] - from[0]) / length * size, dy = (tip[1] - from[1]) / length * size;
    const double head[3][2] = {
        {tip[0] - dx - dy / 2, tip[1] - dy + dx / 2}, {tip[0], tip[1]}, {tip[0] - dx + dy / 2, tip[1] - dy - dx / 2}};
    if (ends[end]) status = draw_way(canvas, head, 3, 0, blue, stroke);
  }
  return status;
}

static int draw_shapes(canvas *canvas, const glyph_page *page) {
  const int side = at_least(canvas->image.width, canvas->image.height), stroke = at_least(2, side / 350);
  int status = SHIM_OK;
  for (size_t i = 0; i < page->connector_count && !status; i++)
    status = draw_connector(canvas, &page->connectors[i], stroke);
  for (size_t i = 0; i < page->shape_count && !status; i++) status = draw_shape(canvas, &page->shapes[i], stroke);
  return status;
}

static int draw_page(canvas *canvas, const glyph_page *page) {
  int status = SHIM_OK;
  for (size_t i = 0; i < page->rejected_count && !status; i++) status = draw_rejected(canvas, &page->rejected[i]);
  for (size_t i = 0; i < page->table_count && !status; i++) status = draw_grid(canvas, &page->tables[i]);
  for (size_t i = 0; i < page->table_count && !status; i++) status = draw_cells(canvas, page, &page->tables[i]);
  for (size_t i = 0; i < page->line_count && !status; i++) status = draw_line(canvas, page, &page->lines[i]);
  for (size_t i = 0; i < page->line_count && !status; i++) status = draw_line_count(canvas, &page->lines[i], i + 1);
  if (!status) status = draw_shapes(canvas, page);
  if (page->line_count || page->table_count) return status;
  for (size_t i = 0; i < page->glyph_count && !status; i++) /* classified */
    status = draw_glyph(canvas, &page->glyphs[i], page->glyphs[i].text,
                        label_height(canvas, page->glyphs[i].box.height * canvas->scale));
  return status;
}

/* A copy of the picture to draw on, enlarged where it is small. */
static int make_canvas(canvas *canvas, const glyph_pixels *picture) {
  int side = at_least(picture->width, picture->height);
  canvas->scale = (LONG_SIDE_MIN_PIXELS + side - 1) / side;
  /* The view is only read from. */
  shim_image view = {(uint8_t *)picture->data, picture->width, picture->height, 3, picture->stride};
  int status = shim_image_create(&canvas->image, view.width * canvas->scale, view.height * canvas->scale, 3);
  return status ? status : shim_resize(&view, &canvas->image);
}

int glyph_overlay_draw(const glyph_page *page, glyph_pixels *out, glyph_error *error) {
  const glyph_pixels *picture = &page->picture;
  *out = (glyph_pixels){0};
  if (!picture->data || picture->channels != 3)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "an overlay needs a page read with keep_picture");
  canvas canvas = {0};
  int status = make_canvas(&canvas, picture);
  if (!status) status = draw_page(&canvas, page);
  const shim_image *drawn = &canvas.image;
  *out = (glyph_pixels){drawn->data, drawn->width, drawn->height, drawn->channels, drawn->stride};
  if (!status) return GLYPH_OK;
  glyph_pixels_free(out);
  return glyph_error_set(error, status == SHIM_ERR_MEMORY ? GLYPH_ERR_MEMORY : GLYPH_ERR_INTERNAL,
                         "the overlay cannot be drawn: %s", shim_error());
}

void glyph_pixels_free(glyph_pixels *pixels) {
  shim_image image = {(uint8_t *)pixels->data, pixels->width, pixels->height, pixels->channels, pixels->stride};
  shim_image_free(&image);
  *pixels = (glyph_pixels){0};
}

int glyph_overlay_write(const glyph_page *page, const char *path, glyph_error *error) {
  glyph_pixels drawn;
  glyph_error reason;
  int status = glyph_overlay_draw(page, &drawn, &reason);
  if (status != GLYPH_OK) return glyph_error_set(error, status, "%s: %s", path, reason.message);
  const shim_image image = {(uint8_t *)drawn.data, drawn.width, drawn.height, drawn.channels, drawn.stride};
  status = png_write_file(path, &image, error);
  glyph_pixels_free(&drawn);
  return status;
}
