/* glyphlift-chart-report: how much of generated charts is read right, and how many generated pages of digits alone have
 * shapes found in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart_score.h"
#include "encode.h"

static const double sure = 0.5; /* a shape on a page of digits counts from this confidence on */

static void usage(FILE *out) {
  fputs("Usage: glyphlift-chart-report charts [COUNT [SEED [DIFFICULTY [FOLDER]]]]\n"
        "       glyphlift-chart-report digits [COUNT [SEED [DIFFICULTY]]]\n"
        "       glyphlift-chart-report sample PICTURE\n"
        "Draws charts and prints how much of them is read right; or pages of digits, and\n"
        "prints on how many of them shapes are found; or the flow chart of samples/pages.\n"
        "  COUNT       of pages (default 20)\n"
        "  SEED        the first one's (default 1000)\n"
        "  DIFFICULTY  0 easy to 1 hard (default 0.3)\n"
        "  FOLDER      gets the pictures\n",
        out);
}

static glyph_pixels pixels_of(const page_picture *picture) {
  return (glyph_pixels){picture->data, picture->width, picture->height, 3, 3 * (ptrdiff_t)picture->width};
}

static int complain(const char *what) {
  fprintf(stderr, "glyphlift-chart-report: %s\n", what);
  return 1;
}

/* ---- charts ------------------------------------------------------------------------------------------------------- */

static int read_chart(glyph_reader *reader, const page_picture *picture, const chart_truth *truth, chart_score *score) {
  const glyph_pixels pixels = pixels_of(picture);
  glyph_page *page = NULL;
  glyph_error error;
  if (glyph_read_pixels(reader, &pixels, "chart", &page, &error) != GLYPH_OK) return complain(error.message);
  chart_score_digits(truth, page, score);
  glyph_page_close(&page);
  if (glyph_read_shapes_pixels(reader, &pixels, "chart", &page, &error) != GLYPH_OK) return complain(error.message);
  const int failed = chart_score_shapes(truth, page, score);
  glyph_page_close(&page);
  return failed ? complain("out of memory") : 0;
}

static int draw_and_read(glyph_reader *reader, uint64_t seed, double difficulty, const char *folder,
                         chart_score *score) {
  chart_spec spec;
  page_picture picture;
  chart_truth truth;
  char path[4096];
  chart_spec_random(&spec, seed, difficulty);
  if (chart_draw(&spec, &picture, &truth)) return complain("out of memory");
  int failed = 0;
  if (folder) {
    snprintf(path, sizeof path, "%s/chart-%llu.jpg", folder, (unsigned long long)seed);
    if (encode_file(&picture, path, spec.page.camera.quality)) failed = complain("the picture cannot be written");
  }
  if (!failed) failed = read_chart(reader, &picture, &truth, score);
  page_picture_free(&picture);
  chart_truth_free(&truth);
  return failed;
}

static void print_row(const char *what, size_t all, const char *first, size_t a, const char *second, size_t b,
                      size_t wrong) {
  const double share = all ? 100.0 / (double)all : 0;
  printf("%-8s %5zu   %-8s %6.2f %%   %-6s %6.2f %%   false %zu\n", what, all, first, share * (double)a, second,
         share * (double)b, wrong);
}

static int report_charts(glyph_reader *reader, int count, uint64_t seed, double difficulty, const char *folder) {
  chart_score s = {0};
  int failed = 0;
  for (int i = 0; i < count && !failed; i++) failed = draw_and_read(reader, seed + (uint64_t)i, difficulty, folder, &s);
  if (failed) return 1;
  print_row("digits", s.digits, "read", s.digits_read, "right", s.digits_right, s.digits_false);
  print_row("shapes", s.shapes, "located", s.located, "named", s.named, s.shapes_false);
  print_row("strokes", s.strokes, "located", s.strokes_located, "named", s.strokes_named, s.strokes_false);
  print_row("links", s.links, "found", s.links_found, "right", s.links_right, s.links_false);
  print_row("texts", s.texts, "right", s.texts_right, "right", s.texts_right, s.texts_false);
  return 0;
}

/* ---- pages of digits ---------------------------------------------------------------------------------------------- */

/* Whether shapes are found on the page; -1 where it fails. */
static int has_shapes(glyph_reader *reader, uint64_t seed, double difficulty) {
  page_spec spec;
  page_picture picture;
  glyph_page *page = NULL;
  glyph_error error;
  int found = 0;
  page_spec_random(&spec, seed, difficulty);
  if (page_draw(&spec, &picture, NULL)) return -complain("out of memory");
  const glyph_pixels pixels = pixels_of(&picture);
  if (glyph_read_shapes_pixels(reader, &pixels, "page", &page, &error) != GLYPH_OK) found = -complain(error.message);
  for (size_t i = 0; page && i < page->shape_count; i++) {
    const glyph_shape *shape = &page->shapes[i];
    if (shape->confidence <= sure) continue;
    printf("page %llu: %s at %d,%d\n", (unsigned long long)seed, shape->kind, shape->box.x, shape->box.y);
    found = 1;
  }
  glyph_page_close(&page);
  page_picture_free(&picture);
  return found;
}

static int report_digits(glyph_reader *reader, int count, uint64_t seed, double difficulty) {
  int with_shapes = 0;
  for (int i = 0; i < count; i++) {
    const int found = has_shapes(reader, seed + (uint64_t)i, difficulty);
    if (found < 0) return 1;
    with_shapes += found;
  }
  printf("%.1f %% of %d pages of digits without a shape\n", 100.0 * (count - with_shapes) / count, count);
  return 0;
}

static int draw_sample(const char *path) {
  enum { SHAPES = 4, SEED = 1 };
  chart_spec spec;
  page_picture picture;
  chart_truth truth;
  chart_spec_flow(&spec, SEED, SHAPES);
  if (chart_draw(&spec, &picture, &truth)) return complain("out of memory");
  const int failed = encode_file(&picture, path, spec.page.camera.quality);
  page_picture_free(&picture);
  chart_truth_free(&truth);
  return failed ? complain("the picture cannot be written") : 0;
}

int main(int argc, char **argv) {
  const int charts = argc > 1 && !strcmp(argv[1], "charts"), digits = argc > 1 && !strcmp(argv[1], "digits");
  const int count = argc > 2 ? atoi(argv[2]) : 20;
  const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000;
  const double difficulty = argc > 4 ? atof(argv[4]) : 0.3;
  glyph_reader *reader = NULL;
  glyph_error error;
  if (argc > 2 && !strcmp(argv[1], "sample")) return draw_sample(argv[2]);
  if ((!charts && !digits) || count < 1) {
    const int asked = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    usage(asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  if (glyph_reader_open(&reader, NULL, &error) != GLYPH_OK) return complain(error.message);
  const int failed = charts ? report_charts(reader, count, seed, difficulty, argc > 5 ? argv[5] : NULL)
                            : report_digits(reader, count, seed, difficulty);
  glyph_reader_close(&reader);
  return failed;
}
