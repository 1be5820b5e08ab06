/* Page specs, and the drawing of a page from its spec: layout, ink, dirt, paper, truth. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "paper.h"

static void set_color(double color[3], double red, double green, double blue) {
  color[0] = red, color[1] = green, color[2] = blue;
}

void page_spec_init(page_spec *spec, uint64_t seed) {
  random_stream random;
  random_start(&random, seed, 2);
  *spec = (page_spec){
      .seed = seed,
      .width = 1000,
      .height = 700,
      .pen = {PAGE_PEN_BALLPOINT, {0.1, 0.1, 0.16}, 0.075, 0.92, 0.15},
      .paper = {.color = {0.95, 0.94, 0.92}, .texture = 0.015, .speck_radius = 1.5, .table_color = {0.4, 0.33, 0.27}},
      .light = {.level = 0.9, .gradient = 0.1, .gradient_angle = random_between(&random, 0, 360)},
      .camera = {.blur = 0.7, .noise = 1.2, .quality = 88},
      .layout = {.lines = 4, .numbers = 3, .digits = 4, .height = 64, .pitch = 1.9, .x = 0.3, .y = 0.4},
  };
  spec->layout.gap = random_between(&random, 0.16, 0.42);
  spec->layout.blank = spec->layout.gap + random_between(&random, 0.6, 1);
  spec->layout.wobble = random_between(&random, 0.02, 0.07);
  writer_style_random(&spec->writer, &random);
}

static void random_pen(page_pen *pen, random_stream *random) {
  static const double inks[][3] = {{0.08, 0.08, 0.1},  {0.1, 0.14, 0.5}, {0.14, 0.2, 0.62}, {0.7, 0.1, 0.12},
                                   {0.05, 0.38, 0.22}, {0.4, 0.12, 0.5}, {0.12, 0.1, 0.2}};
  const double *ink = inks[random_below(random, (int)(sizeof inks / sizeof *inks))];
  pen->kind = (page_pen_kind)random_below(random, 3);
  for (int c = 0; c < 3; c++) pen->color[c] = fmax(0, ink[c] + 0.03 * random_normal(random));
  pen->width = random_between(random, 0.055, 0.095);
  pen->density = random_between(random, 0.8, 0.95);
  pen->grain = random_between(random, 0.05, 0.25);
  if (pen->kind == PAGE_PEN_PENCIL) {
    set_color(pen->color, 0.2, 0.2, 0.21);
    pen->density = random_between(random, 0.5, 0.8);
    pen->grain = random_between(random, 0.3, 0.6);
  } else if (pen->kind == PAGE_PEN_FELT) {
    pen->width = random_between(random, 0.1, 0.18);
    pen->density = random_between(random, 0.9, 1);
    pen->grain = 0.05;
  }
}

static void random_shadow(page_shadow *shadow, random_stream *random, double difficulty) {
  shadow->kind = (page_shadow_kind)random_below(random, 3);
  shadow->x = random_between(random, 0.2, 0.8);
  shadow->y = random_between(random, 0.15, 0.6);
  shadow->angle = random_between(random, 0, 360);
  shadow->width = random_between(random, 0.1, 0.5);
  shadow->softness = random_between(random, 0.003, 0.1);
  shadow->depth = random_between(random, 0.15, 0.3 + 0.35 * difficulty);
}

static void random_board(page_spec *spec, random_stream *random) {
  if (random_chance(random, 0.6))
    set_color(spec->paper.color, 0.16, 0.24, 0.2);
  else
    set_color(spec->paper.color, 0.16, 0.16, 0.18);
  set_color(spec->pen.color, 0.93, 0.93, 0.88);
  spec->pen.kind = PAGE_PEN_CHALK;
  spec->pen.grain = random_between(random, 0.2, 0.5);
  spec->pen.density = random_between(random, 0.75, 0.95);
  spec->paper.texture = 0.08;
  spec->paper.specks = spec->paper.hairs = 0;
  spec->paper.edge = spec->paper.show_through = 0;
}

void page_spec_random(page_spec *spec, uint64_t seed, double difficulty) {
  random_stream random;
  random_start(&random, seed, 3);
  page_spec_init(spec, seed);
  double hard = difficulty;
  random_pen(&spec->pen, &random);
  double aged = random_between(&random, -0.01, 0.05) * (0.3 + hard);
  for (int c = 0; c < 3; c++) spec->paper.color[c] -= aged * (c + 1);
  spec->paper.texture = random_between(&random, 0.005, 0.01 + 0.03 * hard);
  spec->paper.show_through = random_chance(&random, 0.3 * hard) ? random_between(&random, 0.02, 0.1) : 0;
  spec->paper.specks = random_chance(&random, 0.5 * hard) ? random_below(&random, 60) : 0;
  spec->paper.hairs = random_chance(&random, 0.3 * hard) ? random_below(&random, 4) : 0;
  spec->paper.folds = random_chance(&random, 0.4 * hard) ? 1 + random_below(&random, 2) : 0;
  spec->paper.edge = random_chance(&random, 0.4 * hard) ? random_between(&random, 0.04, 0.15) : 0;
  double gray = random_between(&random, 0.1, 0.7);
  set_color(spec->paper.table_color, gray, gray * random_between(&random, 0.8, 1),
            gray * random_between(&random, 0.6, 1));
  spec->light.level = random_between(&random, 0.95 - 0.75 * hard, 0.95);
  spec->light.gradient = random_between(&random, 0, 0.1 + 0.6 * hard);
  spec->light.vignette = random_between(&random, 0, 0.6 * hard);
  spec->light.warmth = random_between(&random, -0.5, 0.9) * hard;
  spec->light.shadow_count = random_chance(&random, hard) ? 1 + random_below(&random, 2) : 0;
  for (int i = 0; i < spec->light.shadow_count; i++) random_shadow(&spec->light.shadows[i], &random, hard);
  spec->camera.tilt = 5 * hard * random_normal(&random) / 2;
  spec->camera.perspective = random_between(&random, 0, 0.25 * hard);
  spec->camera.perspective_angle = random_between(&random, 0, 360);
  spec->camera.blur = random_between(&random, 0.5, 0.8 + 1.2 * hard);
  spec->camera.noise = random_between(&random, 0.3, 1 + 4 * hard);
  spec->camera.quality = (int)random_between(&random, 95 - 30 * hard, 96);
  spec->layout.height = random_between(&random, 70 - 45 * hard, 90);
  spec->layout.lines = 2 + random_below(&random, 5);
  spec->layout.x = random_between(&random, 0, 1);
  spec->layout.y = random_between(&random, 0, 1);
  if (random_chance(&random, 0.15 * hard)) random_board(spec, &random);
}

static void lay_dirt(const page_spec *spec, ink_plane *plane) {
  random_stream random;
  random_start(&random, spec->seed, 4);
  for (int i = 0; i < spec->paper.specks; i++) {
    double share = random_unit(&random), radius = spec->paper.speck_radius * (0.25 + 0.75 * share * share);
    double x = random_between(&random, 0, spec->width), y = random_between(&random, 0, spec->height);
    double flow = random_between(&random, 0.3, 0.95);
    ink_plane_dot(plane, x, y, radius, flow);
    ink_plane_dot(plane, x + radius * random_unit(&random), y + 0.5 * radius, 0.7 * radius, flow);
  }
  stroke_glyph hair;
  for (int i = 0; i < spec->paper.hairs; i++) {
    stroke_hair(random_between(&random, 8, 40), random_between(&random, 0.25, 0.45), &random, &hair);
    double x = random_between(&random, 0, spec->width), y = random_between(&random, 0, spec->height);
    for (size_t k = 0; k < hair.count; k++) hair.points[k].x += x, hair.points[k].y += y, hair.points[k].flow = 0.6;
    ink_plane_stroke(plane, &hair);
  }
}

/* The sheet's other side carries another text, mirrored. */
static int lay_behind(const page_spec *spec, const page_view *view, ink_plane *plane) {
  page_spec other = *spec;
  other.seed += 77;
  other.layout.x = 1 - spec->layout.x;
  other.layout.text[0] = '\0';
  other.layout.scattered = 0;
  page_glyph *glyphs;
  size_t count;
  char *text;
  if (page_layout_write(&other, view, &glyphs, &count, &text)) return -1;
  for (size_t i = 0; i < count; i++) {
    stroke_glyph *strokes = &glyphs[i].strokes;
    for (size_t k = 0; k < strokes->count; k++) {
      strokes->points[k].x = spec->width - strokes->points[k].x;
      strokes->points[k].radius *= 1.3;
    }
    ink_plane_stroke(plane, strokes);
  }
  free(glyphs);
  free(text);
  return 0;
}

int page_sheet_create(page_sheet *sheet, const page_spec *spec) {
  *sheet = (page_sheet){0};
  page_view_init(&sheet->view, spec);
  if (ink_plane_create(&sheet->writing, spec->width, spec->height) ||
      ink_plane_create(&sheet->dirt, spec->width, spec->height))
    return -1;
  lay_dirt(spec, &sheet->dirt);
  if (spec->paper.show_through <= 0) return 0;
  return ink_plane_create(&sheet->behind, spec->width, spec->height) || lay_behind(spec, &sheet->view, &sheet->behind);
}

void page_sheet_free(page_sheet *sheet) {
  ink_plane_free(&sheet->writing);
  ink_plane_free(&sheet->behind);
  ink_plane_free(&sheet->dirt);
  color_layer_free(&sheet->print);
  color_layer_free(&sheet->things);
}

int page_sheet_truth(const page_glyph *glyphs, size_t count, page_truth *truth) {
  truth->glyphs = malloc((count + 1) * sizeof *truth->glyphs);
  if (!truth->glyphs) return -1;
  truth->count = count;
  for (size_t i = 0; i < count; i++) {
    const stroke_glyph *strokes = &glyphs[i].strokes;
    int x = (int)floor(strokes->left + 0.5), y = (int)floor(strokes->top + 0.5);
    int right = (int)floor(strokes->right + 0.5), bottom = (int)floor(strokes->bottom + 0.5);
    truth->glyphs[i] = (page_truth_glyph){.digit = glyphs[i].digit,
                                          .line = glyphs[i].line,
                                          .number = glyphs[i].number,
                                          .x = x,
                                          .y = y,
                                          .width = right - x,
                                          .height = bottom - y,
                                          .table = glyphs[i].table,
                                          .row = glyphs[i].row,
                                          .column = glyphs[i].column};
  }
  return 0;
}

int page_draw(const page_spec *given, page_picture *picture, page_truth *truth) {
  page_spec copy = *given;
  const page_spec *spec = &copy;
  copy.writer.width = copy.pen.width;
  page_sheet sheet;
  page_glyph *glyphs = NULL;
  char *text = NULL;
  size_t count = 0;
  int status = -1;
  *picture = (page_picture){0};
  if (truth) *truth = (page_truth){0};
  if (page_sheet_create(&sheet, spec) || page_layout_write(spec, &sheet.view, &glyphs, &count, &text)) goto cleanup;
  for (size_t i = 0; i < count; i++) ink_plane_stroke(&sheet.writing, &glyphs[i].strokes);
  if (paper_render(spec, &sheet, picture) || (truth && page_sheet_truth(glyphs, count, truth))) goto cleanup;
  if (truth) {
    truth->is_scattered = spec->layout.scattered > 0;
    truth->text = text;
    text = NULL;
  }
  status = 0;
cleanup:
  page_sheet_free(&sheet);
  free(glyphs);
  free(text);
  if (status) page_picture_free(picture);
  return status;
}

void page_picture_free(page_picture *picture) {
  free(picture->data);
  *picture = (page_picture){0};
}

void page_truth_free(page_truth *truth) {
  free(truth->glyphs);
  free(truth->text);
  free(truth->tables);
  *truth = (page_truth){0};
}
