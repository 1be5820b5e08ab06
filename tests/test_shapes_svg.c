/* The SVG of a drawing, rendered and laid over the drawing: ink where ink was, and nowhere else. Skips the rendering
 * where there is no rsvg-convert. */
#include "shapes_drawing.h"

#include <stdio.h>
#include <unistd.h>

#include "../pipeline/input/input.h"
#include "../pipeline/output/output.h"

enum { WIDTH = 640, HEIGHT = 460, NEAR = 6 };

static drawing draw_chart(void) {
  drawing d = drawing_open(WIDTH, HEIGHT, 4);
  d.waver = 2;
  drawing_ellipse(&d, 140, 80, 90, 50, 12, 1);
  drawing_rectangle(&d, 60, 260, 170, 110);
  drawing_polygon(&d, (double[]){470, 200, 580, 315, 470, 430, 360, 315}, 4);
  drawing_arrow(&d, 140, 134, 142, 258, 22, 1);
  drawing_arrow(&d, 232, 315, 358, 315, 22, 1);
  drawing_polygon(&d, (double[]){400, 40, 560, 40, 480, 150}, 3);
  return d;
}

static glyph_page *read_chart(const shim_image *image) {
  glyph_reader *reader = NULL;
  glyph_page *page = NULL;
  glyph_error error = {0};
  const glyph_pixels pixels = {image->data, image->width, image->height, 1, image->stride};
  assert_int_equal(glyph_reader_open(&reader, NULL, &error), GLYPH_OK);
  assert_int_equal(glyph_read_shapes_pixels(reader, &pixels, "chart", &page, &error), GLYPH_OK);
  glyph_reader_close(&reader);
  return page;
}

static int is_dark_near(const shim_image *image, int x, int y, int reach) {
  for (int py = y - reach; py <= y + reach; py++)
    for (int px = x - reach; px <= x + reach; px++)
      if (px >= 0 && py >= 0 && px < image->width && py < image->height && image->data[py * image->stride + px] < 128)
        return 1;
  return 0;
}

/* The share of a's dark pixels that have dark ones of b near them. */
static double share_near(const shim_image *a, const shim_image *b) {
  double dark = 0, met = 0;
  for (int y = 0; y < a->height; y++)
    for (int x = 0; x < a->width; x++) {
      if (!is_dark_near(a, x, y, 0)) continue;
      dark++;
      met += is_dark_near(b, x, y, NEAR);
    }
  return dark > 0 ? met / dark : 0;
}

/* Renders the SVG; 0 where there is no renderer. */
static int render(const char *svg, shim_image *out) {
  char source[] = "/tmp/glyphlift-svg-XXXXXX", picture[64], command[256];
  if (system("command -v rsvg-convert >/dev/null 2>&1")) return 0;
  const int file = mkstemp(source);
  assert_true(file >= 0);
  assert_int_equal(write(file, svg, strlen(svg)), (ssize_t)strlen(svg));
  close(file);
  snprintf(picture, sizeof picture, "%s.png", source);
  snprintf(command, sizeof command, "rsvg-convert -b white -o %s %s", picture, source);
  assert_int_equal(system(command), 0);
  input_bytes bytes = {0};
  glyph_error error;
  const input_options options = {.max_pixels = 1000000, .channels = 1};
  assert_int_equal(input_read_file(picture, &bytes, &error), GLYPH_OK);
  assert_int_equal(input_decode(bytes.data, bytes.size, picture, &options, out, &error), GLYPH_OK);
  input_bytes_free(&bytes);
  unlink(source), unlink(picture);
  return 1;
}

static size_t count_text(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)); text++) count++;
  return count;
}

static void the_drawing_lies_on_what_was_drawn(void **state) {
  (void)state;
  drawing d = draw_chart();
  glyph_page *page = read_chart(&d.image);
  char *svg = glyph_page_svg(page, "a <chart> & more.png");
  shim_image rendered = {0};
  assert_non_null(svg);
  assert_int_equal(page->shape_count, 4);
  assert_int_equal(count_text(svg, "class=\"ellipse\""), 1);
  assert_int_equal(count_text(svg, "class=\"rectangle\""), 1);
  assert_int_equal(count_text(svg, "class=\"diamond\""), 1);
  assert_int_equal(count_text(svg, "class=\"triangle\""), 1);
  assert_int_equal(count_text(svg, "class=\"connector\""), 2);
  assert_int_equal(count_text(svg, "marker-end=\"url(#arrow-end)\""), 2);
  assert_int_equal(count_text(svg, "a &lt;chart&gt; &amp; more.png"), 1);
  const int has_renderer = render(svg, &rendered);
  if (has_renderer) {
    assert_int_equal(rendered.width, WIDTH);
    assert_int_equal(rendered.height, HEIGHT);
    assert_true(share_near(&rendered, &d.image) > 0.98);
    assert_true(share_near(&d.image, &rendered) > 0.95);
  }
  shim_image_free(&rendered);
  glyph_string_free(svg);
  glyph_page_close(&page);
  drawing_close(&d);
  if (!has_renderer) skip();
}

static void text_and_rows_name_every_shape(void **state) {
  (void)state;
  drawing d = draw_chart();
  glyph_page *page = read_chart(&d.image);
  char *text = glyph_page_text(page, GLYPH_PAGE_SHAPES), *rows = glyph_page_table(page, "a,b", GLYPH_PAGE_SHAPES, ',');
  char *header = glyph_table_header(GLYPH_PAGE_SHAPES, ',');
  assert_int_equal(count_text(text, "\n"), page->shape_count + page->connector_count);
  assert_int_equal(count_text(text, " -> "), 2);
  assert_int_equal(count_text(rows, "\n"), page->shape_count);
  assert_int_equal(count_text(rows, "\"a,b\",1,"), page->shape_count);
  assert_string_equal(header, "file,page,shape,kind,x,y,width,height,text,confidence\n");
  glyph_string_free(text), glyph_string_free(rows), glyph_string_free(header);
  glyph_page_close(&page);
  drawing_close(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_drawing_lies_on_what_was_drawn),
      cmocka_unit_test(text_and_rows_name_every_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
