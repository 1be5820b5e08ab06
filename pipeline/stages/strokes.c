/* Ink as strokes: its components, their centre lines, and how wide each is drawn. */
#include "shapes.h"

#include <stdlib.h>
#include <string.h>

enum { THIN_ROUNDS = 12 }; /* strokes up to twice as wide; what is fatter is an area */

const int stage_around[8][2] = {{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}};

int stage_line_at(const shim_image *line, int x, int y) {
  return x >= 0 && y >= 0 && x < line->width && y < line->height && line->data[y * line->stride + x];
}

int stage_line_ends(const shim_image *line, int x, int y) {
  int neighbours = 0, rises = 0;
  for (int i = 0; i < 8; i++) {
    const int here = stage_line_at(line, x + stage_around[i][0], y + stage_around[i][1]);
    neighbours += here;
    rises += !here && stage_line_at(line, x + stage_around[(i + 1) % 8][0], y + stage_around[(i + 1) % 8][1]);
  }
  return rises == 1 && neighbours <= 2;
}

static int copy_ink(const shim_image *ink, shim_image *out) {
  const int status = shim_image_create(out, ink->width, ink->height, 1);
  if (status != SHIM_OK) return status;
  for (int y = 0; y < ink->height; y++)
    memcpy(out->data + y * out->stride, ink->data + y * ink->stride, (size_t)ink->width);
  return SHIM_OK;
}

/* Area over the length of the centre line, whose diagonal steps are longer than its pixels. */
static int measure_widths(stage_strokes *s) {
  static const double length_of_step = 1.13; /* the mean of steps in all directions */
  s->widths = calloc(s->parts.count + 1, sizeof *s->widths);
  if (!s->widths) return SHIM_ERR_MEMORY;
  for (int y = 0; y < s->line.height; y++)
    for (int x = 0; x < s->line.width; x++)
      if (s->line.data[y * s->line.stride + x]) s->widths[stage_strokes_part(s, x, y)]++;
  for (size_t i = 0; i < s->parts.count; i++)
    s->widths[i] = s->parts.items[i].area / (length_of_step * (s->widths[i] > 0 ? s->widths[i] : 1));
  return SHIM_OK;
}

int stage_strokes_part(const stage_strokes *strokes, int x, int y) {
  return strokes->parts.labels[(size_t)y * (size_t)strokes->ink->width + (size_t)x] - 1;
}

int stage_strokes_make(const stage_level *level, stage_strokes *out) {
  const shim_image *binary = &level->binary;
  memset(out, 0, sizeof *out);
  out->ink = binary;
  out->depth = &level->ink;
  out->gray = &level->gray;
  int status = shim_components_find(binary, &out->parts);
  if (status == SHIM_OK) status = copy_ink(binary, &out->line);
  if (status == SHIM_OK) status = stage_thin(&out->line, THIN_ROUNDS);
  if (status == SHIM_OK) status = measure_widths(out);
  if (status != SHIM_OK) stage_strokes_free(out);
  return status;
}

void stage_strokes_free(stage_strokes *strokes) {
  shim_image_free(&strokes->line);
  shim_components_free(&strokes->parts);
  free(strokes->widths);
  memset(strokes, 0, sizeof *strokes);
}
