/* PDF files through poppler: pages that are one picture come out pixel on pixel, others drawn; what cannot be read is
 * told in a sentence; and none of the libraries is loaded before such a file is met. The files are written here by
 * hand. */
#include "pdf_writer.h"

#include "../shim/module.h"

enum { WIDTH = 45, HEIGHT = 37 };

static void need_module(void) {
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_pdf.so", F_OK) != 0) skip();
  const char *why;
  if (!shim_module_pdf(&why)) fail_msg("%s", why);
}

/* A gray picture object, stored without compression. */
static int add_picture(pdf_writer *pdf, int width, int height) {
  char dictionary[256];
  uint8_t *pixels = malloc((size_t)width * (size_t)height);
  assert_non_null(pixels);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) pixels[y * width + x] = pattern_gray(x, y, width, height);
  snprintf(dictionary, sizeof dictionary,
           "/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", width,
           height);
  int number = pdf_stream(pdf, dictionary, pixels, (size_t)width * (size_t)height);
  free(pixels);
  return number;
}

/* A page that its picture fills, at `dpi`. */
static int add_scan(pdf_writer *pdf, int width, int height, double dpi, const char *more) {
  char content[128];
  double across = width * 72 / dpi, down = height * 72 / dpi;
  int picture = add_picture(pdf, width, height);
  snprintf(content, sizeof content, "q %.4f 0 0 %.4f 0 0 cm /I Do Q", across, down);
  return pdf_page(pdf, across, down, content, picture, more);
}

/* First in main(): nothing has asked for a module before. */
static void nothing_is_loaded_for_other_pictures(void **state) {
  (void)state;
  static const uint8_t pixel[] = "P5 1 1 255\nA";
  shim_image image;
  glyph_document *document = open_or_fail(pixel, sizeof pixel - 1);
  assert_int_equal(glyph_document_page_count(document), 1);
  page_or_fail(document, 1, &gray_options, &image);
  shim_image_free(&image);
  glyph_document_close(&document);
  assert_false(is_loaded("libpoppler"));
  assert_false(is_loaded("libtiff"));
  assert_false(is_loaded("libheif"));
  assert_false(is_loaded("imgcodecs"));
}

static void scans_come_pixel_on_pixel(void **state) {
  (void)state;
  static const struct {
    int width, height;
    double dpi;
    const char *more;
    int orientation; /* how EXIF would call the page's turn */
  } scans[] = {{45, 37, 300, "", 1},
               {45, 37, 72, "", 1},
               {37, 51, 150, "/Rotate 90", 6},
               {45, 37, 600, "/Rotate 180", 3},
               {45, 37, 100, "/Rotate 270", 8}};
  enum { SCANS = sizeof scans / sizeof *scans };
  need_module();
  for (int i = 0; i < SCANS; i++) {
    pdf_writer pdf;
    shim_image image;
    pdf_begin(&pdf);
    int page = add_scan(&pdf, scans[i].width, scans[i].height, scans[i].dpi, scans[i].more);
    test_file file = pdf_end(&pdf, &page, 1, "");
    glyph_document *document = open_or_fail(file.data, file.size);
    page_or_fail(document, 1, &gray_options, &image);
    assert_pattern(&image, scans[i].width, scans[i].height, scans[i].orientation, 0);
    shim_image_free(&image);
    glyph_document_close(&document);
    free(file.data);
  }
}

static void drawn_pages_have_300_dots_an_inch(void **state) {
  (void)state;
  pdf_writer pdf;
  shim_image image;
  need_module();
  pdf_begin(&pdf);
  int pages[3] = {pdf_page(&pdf, 72, 36, "18 9 36 9 re f", 0, "")};
  int picture = add_picture(&pdf, 45, 37);
  pages[1] = pdf_page(&pdf, 72, 72, "q 30 0 0 24.67 20 20 cm /I Do Q", picture, ""); /* which fills no page */
  pages[2] = pdf_page(&pdf, 72, 36, "1 0 0 rg 0 0 72 36 re f", 0, "/CropBox [0 0 36 36]");
  test_file file = pdf_end(&pdf, pages, 3, "");
  glyph_document *document = open_or_fail(file.data, file.size);
  assert_int_equal(glyph_document_page_count(document), 3);
  page_or_fail(document, 1, &gray_options, &image);
  assert_int_equal(image.width, 300);
  assert_int_equal(image.height, 150);
  for (int y = 0; y < 150; y += 5)
    for (int x = 0; x < 300; x += 5) {
      if (x == 75 || x == 225 || difference(y, 75) < 2 || difference(y, 112) < 2) continue; /* edges */
      bool inside = x > 75 && x < 225 && y > 75 && y < 112;
      assert_int_equal(*pixel_at(&image, x, y), inside ? 0 : 255);
    }
  shim_image_free(&image);
  page_or_fail(document, 2, &gray_options, &image);
  assert_int_equal(image.width, 300);
  shim_image_free(&image);
  page_or_fail(document, 3, &rgb_options, &image);
  assert_int_equal(image.width, 150);
  assert_memory_equal(pixel_at(&image, 70, 70), "\xff\0\0", 3);
  shim_image_free(&image);
  glyph_document_close(&document);
  free(file.data);
}

/* A tablet's ink on a scanned form: the form's resolution, and both to be seen. */
static void ink_over_a_scan_stays(void **state) {
  (void)state;
  pdf_writer pdf;
  shim_image image;
  need_module();
  pdf_begin(&pdf);
  int picture = add_picture(&pdf, WIDTH, HEIGHT);
  int page = pdf_page(&pdf, WIDTH, HEIGHT, "q 45 0 0 37 0 0 cm /I Do Q 0 g 10 17 20 10 re f", picture, "");
  test_file file = pdf_end(&pdf, &page, 1, "");
  glyph_document *document = open_or_fail(file.data, file.size);
  page_or_fail(document, 1, &gray_options, &image);
  assert_int_equal(image.width, WIDTH);
  assert_int_equal(image.height, HEIGHT);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      bool ink = x >= 10 && x < 30 && y >= 10 && y < 20;
      assert_int_equal(*pixel_at(&image, x, y), ink ? 0 : pattern_gray(x, y, WIDTH, HEIGHT));
    }
  shim_image_free(&image);
  glyph_document_close(&document);
  free(file.data);
}

/* ---- limits -------------------------------------------------------------------------------------------------------- */

static void no_page_is_drawn_with_more_than_its_share(void **state) {
  (void)state;
  static const struct {
    double width, height;
    int64_t max_pixels, most;
  } pages[] = {{14400, 14400, 1000000000, 40000000},
               {14400, 3, 1000000000, 40000000},
               {595, 842, 1000, 1000},
               {10, 14400, 5000, 5000},
               {595, 842, 1, 1},
               {0.01, 0.01, 1000, 1000}};
  need_module();
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    pdf_writer pdf;
    shim_image image;
    pdf_begin(&pdf);
    int page = pdf_page(&pdf, pages[i].width, pages[i].height, "0 0 5 5 re f", 0, "");
    test_file file = pdf_end(&pdf, &page, 1, "");
    glyph_document *document = open_or_fail(file.data, file.size);
    input_options options = {.max_pixels = pages[i].max_pixels, .channels = 1};
    page_or_fail(document, 1, &options, &image);
    assert_in_range((int64_t)image.width * image.height, 1, pages[i].most);
    shim_image_free(&image);
    glyph_document_close(&document);
    free(file.data);
  }
}

/* A few bytes that claim a picture of 30000 x 30000 pixels, as an object and within the page. */
static void claims_of_size_cost_nothing(void **state) {
  (void)state;
  static const char *const contents[] = {"q 100 0 0 100 0 0 cm /I Do Q",
                                         "q 100 0 0 100 0 0 cm BI /W 30000 /H 30000 /CS /G /BPC 1 ID \xff\xff EI Q"};
  need_module();
  for (int i = 0; i < 2; i++) {
    pdf_writer pdf;
    shim_image image;
    glyph_error error;
    pdf_begin(&pdf);
    int picture = pdf_stream(&pdf,
                             "/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceGray "
                             "/BitsPerComponent 1",
                             "\xff\xff", 2);
    int page = pdf_page(&pdf, 100, 100, contents[i], picture, "");
    test_file file = pdf_end(&pdf, &page, 1, "");
    glyph_document *document = open_or_fail(file.data, file.size);
    input_options options = {.max_pixels = 4000000, .channels = 1};
    if (!decode_document(document, 1, &options, &image, &error))
      assert_in_range((int64_t)image.width * image.height, 1, 4000000);
    shim_image_free(&image);
    glyph_document_close(&document);
    free(file.data);
  }
}

/* ---- what cannot be read -------------------------------------------------------------------------------------------- */

static void expect_refusal(test_file file, const char *sentence) {
  glyph_document *document;
  glyph_error error;
  stderr_watch watch;
  watch_stderr(&watch);
  int status = glyph_document_open_memory(&document, file.data, file.size, "a.pdf", &error);
  assert_stderr_stayed_empty(&watch);
  assert_int_equal(status, GLYPH_ERR_FORMAT);
  assert_string_equal(error.message, sentence);
  assert_null(document);
}

static void refusals(void **state) {
  (void)state;
  pdf_writer pdf;
  need_module();
  pdf_begin(&pdf);
  test_file file = pdf_end(&pdf, NULL, 0, "");
  expect_refusal(file, "a.pdf: the PDF cannot be read: it has no pages");
  free(file.data);

  pdf_begin(&pdf);
  int page = add_scan(&pdf, WIDTH, HEIGHT, 100, "");
  file = pdf_end(&pdf, &page, 1,
                 "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << /Filter "
                 "/Standard /V 1 /R 2 /P -44 /O <000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f> "
                 "/U <000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f> >>");
  expect_refusal(file, "a.pdf: the PDF cannot be read: it is encrypted and needs a password: save a copy without one");
  free(file.data);

  uint8_t rubbish[64] = "%PDF-1.7\nand nothing that belongs to one";
  expect_refusal((test_file){rubbish, sizeof rubbish}, "a.pdf: the PDF cannot be read: it is damaged or cut off");
}

static void a_damaged_page_costs_itself(void **state) {
  (void)state;
  pdf_writer pdf;
  shim_image image;
  glyph_error error;
  need_module();
  pdf_begin(&pdf);
  int pages[3] = {add_scan(&pdf, WIDTH, HEIGHT, 100, ""), 0, add_scan(&pdf, WIDTH, HEIGHT, 100, "")};
  pages[1] = pdf_object(&pdf, "(no page)");
  test_file file = pdf_end(&pdf, pages, 3, "");
  glyph_document *document = open_or_fail(file.data, file.size);
  stderr_watch watch;
  watch_stderr(&watch);
  const int count = glyph_document_page_count(document);
  int good = 0;
  for (int page = 1; page <= count; page++) {
    good += decode_document(document, page, &gray_options, &image, &error) == GLYPH_OK;
    shim_image_free(&image);
  }
  assert_stderr_stayed_empty(&watch);
  assert_int_equal(good, 2);
  glyph_document_close(&document);
  free(file.data);
}

static void cut_files(void **state) {
  (void)state;
  pdf_writer pdf;
  need_module();
  pdf_begin(&pdf);
  int pages[2] = {add_scan(&pdf, WIDTH, HEIGHT, 100, "")};
  pages[1] = pdf_page(&pdf, 72, 36, "1 0 0 rg 0 0 50 20 re f BT /F 12 Tf (17) Tj ET", 0, "");
  test_file file = pdf_end(&pdf, pages, 2, "");
  assert_int_equal(read_what_is_there(file.data, file.size), 2);
  cut_and_flip(file, 97);
  free(file.data);
}

/* ---- threads ------------------------------------------------------------------------------------------------------- */

static void several_threads_read_one_document(void **state) {
  (void)state;
  enum { PAGES = 6, THREADS = 6, LEAST_WIDTH = 40 };
  pdf_writer pdf;
  int pages[PAGES];
  need_module();
  pdf_begin(&pdf);
  for (int i = 0; i < PAGES; i++) pages[i] = add_scan(&pdf, LEAST_WIDTH + i, 60, 150, "");
  test_file file = pdf_end(&pdf, pages, PAGES, "");
  read_in_threads(file, THREADS, PAGES, LEAST_WIDTH, 3 * PAGES);
  free(file.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_loaded_for_other_pictures),
      cmocka_unit_test(scans_come_pixel_on_pixel),
      cmocka_unit_test(drawn_pages_have_300_dots_an_inch),
      cmocka_unit_test(ink_over_a_scan_stays),
      cmocka_unit_test(no_page_is_drawn_with_more_than_its_share),
      cmocka_unit_test(claims_of_size_cost_nothing),
      cmocka_unit_test(refusals),
      cmocka_unit_test(a_damaged_page_costs_itself),
      cmocka_unit_test(cut_files),
      cmocka_unit_test(several_threads_read_one_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
