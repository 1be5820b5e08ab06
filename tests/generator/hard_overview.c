/* The worst pages of a run side by side, to look at: each page shrunk to a tile, the misread places marked in it. */
#include "hard_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../pipeline/input/input.h"
#include "../../shim/shim.h"

enum { TILE_WIDTH = 900, TILE_HEIGHT = 760, HEAD = 42, COLUMNS = 3, TEXT_PIXELS = 12, LABEL_PIXELS = 9 };

static const shim_colour red = {225, 20, 20}, violet = {190, 0, 220}, white = {255, 255, 255};

static size_t mistakes(const page_score *score) {
  return score->digits - score->placed + score->false_digits;
}

static int by_mistakes(const void *a, const void *b) {
  const hard_result *left = *(const hard_result *const *)a, *right = *(const hard_result *const *)b;
  size_t l = mistakes(&left->score), r = mistakes(&right->score);
  if (l != r) return l < r ? 1 : -1;
  return left->seed < right->seed ? -1 : left->seed > right->seed;
}

/* A tile: the part of the whole picture that a page is drawn into, and the page's scale there. */
typedef struct tile {
  shim_image *image;
  int x, y;
  double scale;
} tile;

static int mark(const tile *tile, int x, int y, int width, int height, shim_colour colour, const char *text) {
  int left = tile->x + (int)(x * tile->scale) - 2, top = tile->y + (int)(y * tile->scale) - 2;
  int status = shim_draw_rectangle(tile->image, left, top, (int)(width * tile->scale) + 4,
                                   (int)(height * tile->scale) + 4, colour, 1);
  return status ? status : shim_draw_text(tile->image, text, left, top - 2, TEXT_PIXELS, colour, 1);
}

static int mark_page(const tile *tile, const page_truth *truth, const glyph_page *page) {
  page_match match;
  int status = page_match_make(&match, truth, page);
  for (size_t i = 0; i < truth->count && !status; i++) {
    const page_truth_glyph *glyph = &truth->glyphs[i];
    int read = match.read_of[i];
    if (glyph->digit < '0' || glyph->digit > '9') continue;
    if (read >= 0 && page->glyphs[read].text[0] == glyph->digit) continue;
    status = mark(tile, glyph->x, glyph->y, glyph->width, glyph->height, red, read < 0 ? "-" : page->glyphs[read].text);
  }
  for (size_t k = 0; k < page->glyph_count && !status; k++) {
    const glyph_box *box = &page->glyphs[k].box;
    int is_digit = page->glyphs[k].text[0] >= '0' && page->glyphs[k].text[0] <= '9';
    if (is_digit && match.written_of[k] < 0)
      status = mark(tile, box->x, box->y, box->width, box->height, violet, page->glyphs[k].text);
  }
  page_match_free(&match);
  return status;
}

/* "seed 7: 12 of 40 right, 3 false", and below it what kind of page it is, as far as the tile is wide. */
static int write_head(const tile *tile, const hard_result *result) {
  char text[512];
  int length = 0, top = tile->y - HEAD + TEXT_PIXELS + 4;
  snprintf(text, sizeof text, "seed %llu: %zu of %zu right, %zu false", (unsigned long long)result->seed,
           result->score.placed, result->score.digits, result->score.false_digits);
  int status = shim_draw_text(tile->image, text, tile->x + 4, top, TEXT_PIXELS, white, 1);
  text[0] = '\0';
  for (int i = 0; i < result->label_count && length < (int)sizeof text; i++)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s%s", i ? ", " : "", result->labels[i]);
  for (size_t end = strlen(text); end && shim_text_width(text, LABEL_PIXELS, 1) > TILE_WIDTH - 8; end--)
    text[end - 1] = '\0';
  return status ? status : shim_draw_text(tile->image, text, tile->x + 4, tile->y - 6, LABEL_PIXELS, white, 1);
}

static int draw_tile(const hard_run *run, glyph_reader *reader, const hard_result *result, tile *tile,
                     glyph_error *error) {
  hard_page spec;
  page_picture picture;
  page_truth truth;
  glyph_page *page = NULL;
  page_score score = {0};
  hard_run_page(run, result->seed, &spec);
  if (hard_page_draw(&spec, run->scans, &picture, &truth)) return -1;
  int status = page_score_picture(reader, &picture, spec.spec.camera.quality, &truth, &score, &page, error);
  if (!status) {
    double fit_x = (double)TILE_WIDTH / picture.width, fit_y = (double)(TILE_HEIGHT - HEAD) / picture.height;
    tile->scale = fit_x < fit_y ? fit_x : fit_y;
    shim_image from = {picture.data, picture.width, picture.height, 3, (ptrdiff_t)picture.width * 3};
    shim_image to = {tile->image->data + tile->y * tile->image->stride + tile->x * 3,
                     (int)(picture.width * tile->scale), (int)(picture.height * tile->scale), 3, tile->image->stride};
    status = shim_resize(&from, &to);
  }
  if (!status) status = mark_page(tile, &truth, page);
  if (!status) status = write_head(tile, result);
  glyph_page_close(&page);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return status;
}

int hard_overview_write(const hard_run *run, const hard_result *results, size_t count, const char *path,
                        glyph_error *error) {
  glyph_options options;
  glyph_reader *reader = NULL;
  shim_image image = {0};
  const hard_result **order = malloc((run->pages + 1) * sizeof *order);
  int status = -1;
  size_t rows = (count + COLUMNS - 1) / COLUMNS;
  snprintf(error->message, sizeof error->message, "%s: the overview cannot be drawn: out of memory", path);
  glyph_options_init(&options);
  options.model_path = run->model_path;
  if (!order || shim_image_create(&image, COLUMNS * TILE_WIDTH, (int)rows * TILE_HEIGHT, 3)) goto cleanup;
  if (glyph_reader_open(&reader, &options, error) != GLYPH_OK) goto cleanup;
  for (int y = 0; y < image.height; y++)
    for (int x = 0; x < image.width * 3; x++) image.data[y * image.stride + x] = 24;
  for (size_t i = 0; i < run->pages; i++) order[i] = &results[i];
  qsort(order, run->pages, sizeof *order, by_mistakes);
  for (size_t i = 0; i < count && i < run->pages; i++) {
    tile tile = {&image, (int)(i % COLUMNS) * TILE_WIDTH, (int)(i / COLUMNS) * TILE_HEIGHT + HEAD, 1};
    if (draw_tile(run, reader, order[i], &tile, error)) goto cleanup;
  }
  status = png_write_file(path, &image, error) ? -1 : 0;
cleanup:
  glyph_reader_close(&reader);
  shim_image_free(&image);
  free(order);
  return status;
}
