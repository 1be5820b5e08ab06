/* PDF files written by hand: objects one after the other, the table of their places at the end. */
#ifndef GLYPHLIFT_TESTS_PDF_WRITER_H
#define GLYPHLIFT_TESTS_PDF_WRITER_H

#include "document_helpers.h"

enum { PDF_OBJECTS_MAX = 64, PDF_BYTES_MAX = 1 << 20 };

typedef struct pdf_writer {
  uint8_t *data; /* free it */
  size_t size, places[PDF_OBJECTS_MAX];
  int count; /* objects, numbered from 1 */
} pdf_writer;

__attribute__((format(printf, 2, 3))) static inline void pdf_print(pdf_writer *pdf, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf((char *)pdf->data + pdf->size, PDF_BYTES_MAX - pdf->size, format, arguments);
  va_end(arguments);
  assert_true(length >= 0 && (size_t)length < PDF_BYTES_MAX - pdf->size);
  pdf->size += (size_t)length;
}

static inline void pdf_begin(pdf_writer *pdf) {
  *pdf = (pdf_writer){.data = malloc(PDF_BYTES_MAX)};
  assert_non_null(pdf->data);
  pdf_print(pdf, "%%PDF-1.4\n");
}

/* Returns the object's number. */
static inline int pdf_object(pdf_writer *pdf, const char *text) {
  assert_true(pdf->count + 1 < PDF_OBJECTS_MAX);
  pdf->places[++pdf->count] = pdf->size;
  pdf_print(pdf, "%d 0 obj\n%s\nendobj\n", pdf->count, text);
  return pdf->count;
}

static inline int pdf_stream(pdf_writer *pdf, const char *dictionary, const void *data, size_t size) {
  assert_true(pdf->count + 1 < PDF_OBJECTS_MAX && pdf->size + size + 1000 < PDF_BYTES_MAX);
  pdf->places[++pdf->count] = pdf->size;
  pdf_print(pdf, "%d 0 obj\n<< %s /Length %zu >>\nstream\n", pdf->count, dictionary, size);
  if (size) memcpy(pdf->data + pdf->size, data, size);
  pdf->size += size;
  pdf_print(pdf, "\nendstream\nendobj\n");
  return pdf->count;
}

/* The number the object `ahead` from now will have (1: the next). */
static inline int pdf_next(const pdf_writer *pdf, int ahead) {
  return pdf->count + ahead;
}

/* A page of width x height points with this content; picture: the object that /I names, 0: none. `more`: entries of its
 * dictionary. Its parent is the object pdf_end writes. */
static inline int pdf_page(pdf_writer *pdf, double width, double height, const char *content, int picture,
                           const char *more) {
  char text[512], resources[64] = "";
  int stream = pdf_stream(pdf, "", content, strlen(content));
  if (picture) snprintf(resources, sizeof resources, "/XObject << /I %d 0 R >>", picture);
  snprintf(text, sizeof text,
           "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R /Resources << %s >> %s >>",
           PDF_OBJECTS_MAX - 1, width, height, stream, resources, more);
  return pdf_object(pdf, text);
}

/* The tree of pages, the catalogue and the table of places. trailer: more entries for that dictionary. */
static inline test_file pdf_end(pdf_writer *pdf, const int *pages, int page_count, const char *trailer) {
  size_t tree = pdf->size;
  pdf_print(pdf, "%d 0 obj\n<< /Type /Pages /Count %d /Kids [", PDF_OBJECTS_MAX - 1, page_count);
  for (int i = 0; i < page_count; i++) pdf_print(pdf, " %d 0 R", pages[i]);
  pdf_print(pdf, " ] >>\nendobj\n");
  char text[64];
  snprintf(text, sizeof text, "<< /Type /Catalog /Pages %d 0 R >>", PDF_OBJECTS_MAX - 1);
  int catalogue = pdf_object(pdf, text);
  size_t table = pdf->size;
  pdf_print(pdf, "xref\n0 %d\n0000000000 65535 f \n", pdf->count + 1);
  for (int i = 1; i <= pdf->count; i++) pdf_print(pdf, "%010zu 00000 n \n", pdf->places[i]);
  pdf_print(pdf, "%d 1\n%010zu 00000 n \n", PDF_OBJECTS_MAX - 1, tree);
  pdf_print(pdf, "trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n", PDF_OBJECTS_MAX, catalogue,
            trailer, table);
  return (test_file){pdf->data, pdf->size};
}

#endif
