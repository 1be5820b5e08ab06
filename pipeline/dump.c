/* Writes what each stage made as a picture. */
#include "dump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "input/input.h"

enum { PATH_SIZE = 4096, CROPS_PER_ROW = 24 };

int dump_begin(const dump *d, glyph_error *error) {
  if (!d->directory || mkdir(d->directory, 0777) == 0 || errno == EEXIST) return GLYPH_OK;
  return glyph_error_set(error, GLYPH_ERR_IO, "%s: cannot make the folder for the stages' pictures: %s", d->directory,
                         glyph_errno_text(errno));
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

int dump_image(const dump *d, const char *stage, const shim_image *image, glyph_error *error) {
  char path[PATH_SIZE];
  if (!d->directory) return GLYPH_OK;
  const int length = snprintf(path, sizeof path, "%s/%s-%s.png", d->directory, base_name(d->name), stage);
  if (length < 0 || length >= (int)sizeof path)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: the path of a stage's picture is too long", d->directory);
  return png_write_file(path, image, error);
}

/* A gray picture in RGB, to draw on. */
static int copy_to_draw(const dump *d, const shim_image *gray, shim_image *picture, glyph_error *error) {
  int status = shim_image_create(picture, gray->width, gray->height, 3);
  if (status == SHIM_OK) status = shim_gray_to_rgb(gray, picture);
  if (status == SHIM_OK) return GLYPH_OK;
  shim_image_free(picture);
  return glyph_error_set(error, status == SHIM_ERR_MEMORY ? GLYPH_ERR_MEMORY : GLYPH_ERR_INTERNAL, "%s: %s", d->name,
                         shim_error());
}

int dump_sheet(const dump *d, const shim_image *gray, const stage_page *sheet, glyph_error *error) {
  static const shim_colour colour = {220, 40, 40};
  shim_image picture;
  if (!d->directory) return GLYPH_OK;
  int status = copy_to_draw(d, gray, &picture, error);
  if (status != GLYPH_OK) return status;
  for (int i = 0; sheet->found && i < 4; i++) {
    const double *from = sheet->quad[i], *to = sheet->quad[(i + 1) % 4];
    shim_draw_line(&picture, (int)from[0], (int)from[1], (int)to[0], (int)to[1], colour, 2 + picture.width / 300);
  }
  status = dump_image(d, "00-page", &picture, error);
  shim_image_free(&picture);
  return status;
}

int dump_levels(const dump *d, const stage_pyramid *pyramid, glyph_error *error) {
  int status = GLYPH_OK;
  for (int i = 0; d->directory && status == GLYPH_OK && i < pyramid->count; i++) {
    char stage[32];
    snprintf(stage, sizeof stage, "02-ink-level%d", i);
    status = dump_image(d, stage, &pyramid->levels[i].ink, error);
    snprintf(stage, sizeof stage, "03-threshold-level%d", i);
    if (status == GLYPH_OK) status = dump_image(d, stage, &pyramid->levels[i].binary, error);
  }
  return status;
}

static void paint(const stage_glyph *glyph, size_t index, shim_image *picture) {
  static const shim_colour colours[] = {{220, 40, 40}, {30, 130, 220}, {30, 160, 60}, {200, 120, 0}, {150, 50, 190}};
  const shim_colour colour = colours[index % (sizeof colours / sizeof *colours)];
  const int size = 1 << glyph->level;
  for (int y = 0; y < glyph->height; y++)
    for (int x = 0; x < glyph->width; x++)
      if (glyph->mask.data[y * glyph->mask.stride + x])
        shim_draw_filled(picture, (glyph->x + x) * size, (glyph->y + y) * size, size, size, colour, 0.6);
  int box[4];
  stage_glyph_page_box(glyph, box);
  shim_draw_rectangle(picture, box[0], box[1], box[2] - box[0], box[3] - box[1], colour, 1 + picture->width / 1000);
}

int dump_glyphs(const dump *d, const char *stage, const stage_pyramid *pyramid, const stage_glyphs *glyphs,
                glyph_error *error) {
  if (!d->directory) return GLYPH_OK;
  shim_image picture;
  int status = copy_to_draw(d, &pyramid->levels[0].gray, &picture, error);
  if (status != GLYPH_OK) return status;
  for (size_t i = 0; i < glyphs->count; i++) paint(&glyphs->items[i], i, &picture);
  status = dump_image(d, stage, &picture, error);
  shim_image_free(&picture);
  return status;
}

static void draw_track(const stage_track *track, shim_image *picture) {
  static const shim_colour red = {220, 30, 30};
  for (int i = 0; i + 1 < track->count; i++) {
    const int along = (int)((track->first + i + 0.5) * track->step), next = along + (int)track->step;
    const int here = (int)track->across[i], there = (int)track->across[i + 1];
    if (!track->seen[i]) continue;
    if (track->upright)
      shim_draw_line(picture, here, along, there, next, red, 1 + picture->width / 1500);
    else
      shim_draw_line(picture, along, here, next, there, red, 1 + picture->width / 1500);
  }
}

static void draw_table(const stage_table *table, shim_image *picture) {
  static const shim_colour blue = {40, 90, 220};
  const int thickness = 1 + picture->width / 800, columns = table->columns + 1;
  for (int i = 0; i < (table->rows + 1) * columns; i++) {
    const double *here = table->corners + 2 * i, *right = here + 2, *below = here + 2 * columns;
    if (i % columns < table->columns)
      shim_draw_line(picture, (int)here[0], (int)here[1], (int)right[0], (int)right[1], blue, thickness);
    if (i / columns < table->rows)
      shim_draw_line(picture, (int)here[0], (int)here[1], (int)below[0], (int)below[1], blue, thickness);
    shim_draw_filled(picture, (int)here[0] - 2 * thickness, (int)here[1] - 2 * thickness, 4 * thickness, 4 * thickness,
                     blue, 1);
  }
}

int dump_rules(const dump *d, const stage_pyramid *pyramid, const stage_rules *rules, glyph_error *error) {
  if (!d->directory) return GLYPH_OK;
  shim_image picture;
  int status = copy_to_draw(d, &pyramid->levels[0].gray, &picture, error);
  if (status != GLYPH_OK) return status;
  for (size_t i = 0; i < rules->tracks.count; i++)
    if (rules->chosen[i]) draw_track(&rules->tracks.items[i], &picture);
  for (size_t i = 0; i < rules->tables.count; i++) draw_table(&rules->tables.items[i], &picture);
  status = dump_image(d, "02-rules", &picture, error);
  shim_image_free(&picture);
  return status;
}

int dump_crops(const dump *d, const char *stage, const uint8_t *crops, size_t count, glyph_error *error) {
  const int side = STAGE_CROP_SIDE, cell = side + 2;
  if (!d->directory || count == 0) return GLYPH_OK;
  const int rows = (int)((count + CROPS_PER_ROW - 1) / CROPS_PER_ROW);
  shim_image sheet;
  if (shim_image_create(&sheet, CROPS_PER_ROW * cell, rows * cell, 1) != SHIM_OK)
    return glyph_error_set(error, GLYPH_ERR_MEMORY, "%s: out of memory", d->name);
  memset(sheet.data, 60, (size_t)sheet.stride * (size_t)sheet.height);
  for (size_t i = 0; i < count; i++) {
    const int left = (int)(i % CROPS_PER_ROW) * cell + 1, top = (int)(i / CROPS_PER_ROW) * cell + 1;
    for (int y = 0; y < side; y++)
      memcpy(sheet.data + (top + y) * sheet.stride + left, crops + i * (size_t)(side * side) + (size_t)(y * side),
             (size_t)side);
  }
  const int status = dump_image(d, stage, &sheet, error);
  shim_image_free(&sheet);
  return status;
}
