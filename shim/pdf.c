/* The pdf module: pages of PDF files through poppler's C interface and cairo. (Poppler stands under the GPL, hence a
 * module that may be left out.)
 *
 * A page is drawn, with all that stands on it: a form's scan and the ink that a tablet has put over it. Where it is one
 * picture, as scanners make it, it is drawn at that picture's own resolution, pixel on pixel; otherwise at 300 dots an
 * inch. Never with more than DRAWN_PIXELS_MAX: that is an A4 page at 640 dots an inch. The pictures themselves cannot
 * be asked for safely: poppler decodes whatever size a file claims, while what is drawn is scaled row by row.
 *
 * Poppler does not tell a picture's size in pixels without decoding it. Pictures' dictionaries stand in the open in
 * every PDF (streams cannot lie in object streams; ISO 32000-1, section 7.5.7), so their sizes are gathered from the
 * bytes, and the page's is the one of its proportions. A file of pages of one shape scanned at different resolutions is
 * drawn at the finest of them. */
#define _GNU_SOURCE /* memmem */
#include "pages_module.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>
#include <poppler.h>

enum { SIZES_MAX = 64, DICTIONARY_BYTES = 2048, SIDE_MAX = 32767 /* of a cairo surface */ };
static const double DEFAULT_DPI = 300, POINTS_PER_INCH = 72;
static const double DRAWN_PIXELS_MAX = 40e6;
static const double COVER_MIN = 0.6; /* of the page, by its largest picture */
static const double PLACE_TOLERANCE_POINTS = 1.5;
static const double PROPORTION_TOLERANCE = 0.02; /* between a picture and the place it fills */
static const double SAME_PROPORTION =
    0.0005; /* two pictures differ by less where only the rounding of their sides does */

typedef struct picture_size {
  double width, height;
} picture_size;

struct shim_pages_file {
  PopplerDocument *document;
  picture_size sizes[SIZES_MAX]; /* of the pictures in the file */
  int size_count;
};

/* ---- sizes of pictures, from the bytes ----------------------------------------------------------------------------- */

/* The number after `key` in [from, to), or 0: there is none, or it stands in another object. */
static double value_of(const uint8_t *from, const uint8_t *to, const char *key) {
  size_t length = strlen(key);
  const uint8_t *p = from;
  while ((p = memmem(p, (size_t)(to - p), key, length)) != NULL) {
    p += length;
    const uint8_t *digits = p;
    while (digits < to && strchr(" \t\r\n", *digits) && *digits) digits++;
    double value = 0;
    const uint8_t *end = digits;
    for (; end < to && *end >= '0' && *end <= '9' && value < 1e6; end++) value = value * 10 + (*end - '0');
    const uint8_t *after = end;
    while (after < to && (*after == ' ' || (*after >= '0' && *after <= '9'))) after++;
    bool reference = after < to && *after == 'R';
    if (end > digits && !reference) return value;
  }
  return 0;
}

static void add_size(shim_pages_file *file, double width, double height) {
  for (int i = 0; i < file->size_count; i++)
    if (file->sizes[i].width == width && file->sizes[i].height == height) return;
  if (width > 0 && height > 0 && file->size_count < SIZES_MAX)
    file->sizes[file->size_count++] = (picture_size){width, height};
}

/* A picture's dictionary reaches from the nearest "obj" before its /Image to the nearest "stream" after it. */
static void gather_sizes(shim_pages_file *file, const uint8_t *data, size_t size) {
  const uint8_t *end = data + size, *p = data;
  while ((p = memmem(p, (size_t)(end - p), "/Image", 6)) != NULL) {
    const uint8_t *from = p - data > DICTIONARY_BYTES ? p - DICTIONARY_BYTES : data;
    for (const uint8_t *at = from; (at = memmem(at, (size_t)(p - at), "obj", 3)) != NULL;) from = at += 3;
    size_t left = (size_t)(end - p) < DICTIONARY_BYTES ? (size_t)(end - p) : DICTIONARY_BYTES;
    const uint8_t *to = memmem(p, left, "stream", 6);
    if (to) add_size(file, value_of(from, to, "/Width"), value_of(from, to, "/Height"));
    p += 6;
  }
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

static void drop_message(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer unused) {
  (void)domain, (void)level, (void)message, (void)unused;
}

/* Poppler tells of damage on standard error through GLib. */
static void silence_poppler(void) {
  g_log_set_handler("Poppler", G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION, drop_message, NULL);
}

static void close_file(shim_pages_file *file) {
  if (!file) return;
  if (file->document) g_object_unref(file->document);
  free(file);
}

static int fail_to_open(const GError *error) {
  if (error && error->domain == POPPLER_ERROR && error->code == POPPLER_ERROR_ENCRYPTED)
    return pages_fail(SHIM_ERR_FAILED, "it is encrypted and needs a password: save a copy without one");
  if (error && error->domain == POPPLER_ERROR && error->code == POPPLER_ERROR_DAMAGED)
    return pages_fail(SHIM_ERR_FAILED, "it is damaged or cut off");
  return pages_fail(SHIM_ERR_FAILED, "poppler says: %s", error ? error->message : "nothing");
}

static int open_file(const uint8_t *data, size_t size, shim_pages_file **out, int *page_count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  GError *error = NULL;
  *out = NULL;
  pthread_once(&once, silence_poppler);
  shim_pages_file *file = calloc(1, sizeof *file);
  if (!file) return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  GBytes *bytes = g_bytes_new_static(data, size);
  file->document = poppler_document_new_from_bytes(bytes, NULL, &error);
  g_bytes_unref(bytes); /* the document holds its own reference */
  int status = file->document ? SHIM_OK : fail_to_open(error);
  g_clear_error(&error);
  if (status == SHIM_OK) {
    *page_count = poppler_document_get_n_pages(file->document);
    if (*page_count < 1) status = pages_fail(SHIM_ERR_FAILED, "it has no pages");
  }
  if (status == SHIM_OK) {
    gather_sizes(file, data, size);
    *out = file;
  } else {
    close_file(file);
  }
  return status;
}

/* ---- one page ------------------------------------------------------------------------------------------------------- */

typedef struct page_pictures {
  int count;
  double width, height; /* of the largest one's place, in points */
} page_pictures;

/* Poppler gives a place rounded outwards to points, and that of a turned page unturned: a picture of the page's size
 * fills it. */
static bool fills(double width, double height, const double points[2]) {
  return fabs(width - points[0]) <= PLACE_TOLERANCE_POINTS && fabs(height - points[1]) <= PLACE_TOLERANCE_POINTS;
}

static page_pictures look_at_pictures(PopplerPage *page, const double points[2]) {
  page_pictures found = {0};
  GList *mapping = poppler_page_get_image_mapping(page);
  for (GList *item = mapping; item; item = item->next, found.count++) {
    const PopplerRectangle *area = &((PopplerImageMapping *)item->data)->area;
    double width = fabs(area->x2 - area->x1), height = fabs(area->y2 - area->y1);
    if (fills(width, height, points) || fills(height, width, points)) {
      width = points[0];
      height = points[1];
    }
    if (width * height <= found.width * found.height) continue;
    found.width = width;
    found.height = height;
  }
  poppler_page_free_image_mapping(mapping);
  return found;
}

/* How well a picture of the file fits the place, upright or turned: 0 is perfectly. */
static double misfit(const page_pictures *pictures, const picture_size *size, int turned, double scale[2]) {
  scale[0] = (turned ? size->height : size->width) / pictures->width;
  scale[1] = (turned ? size->width : size->height) / pictures->height;
  return fabs(scale[0] / scale[1] - 1);
}

/* Pixels a point, across and down, that show the page's picture pixel on pixel: the finest of those that fit best.
 * False where none fits. */
static bool native_scale(const shim_pages_file *file, const page_pictures *pictures, double best[2]) {
  double least = PROPORTION_TOLERANCE, scale[2];
  best[0] = best[1] = 0;
  for (int i = 0; i < 2 * file->size_count; i++)
    least = fmin(least, misfit(pictures, &file->sizes[i / 2], i % 2, scale));
  for (int i = 0; i < 2 * file->size_count; i++)
    if (misfit(pictures, &file->sizes[i / 2], i % 2, scale) <= least + SAME_PROPORTION && scale[0] > best[0])
      memcpy(best, scale, sizeof scale);
  return best[0] > 0;
}

static void choose_scale(const shim_pages_file *file, PopplerPage *page, const double points[2], double scale[2]) {
  page_pictures pictures = look_at_pictures(page, points);
  const double usual = DEFAULT_DPI / POINTS_PER_INCH;
  if (pictures.width * pictures.height >= COVER_MIN * points[0] * points[1] && native_scale(file, &pictures, scale) &&
      (pictures.count == 1 || scale[0] > usual)) /* of several the largest may be the coarse background of finer ones */
    return;
  scale[0] = scale[1] = usual;
}

static int whole_pixels(double length) {
  return length < 1 ? 1 : length > SIDE_MAX ? SIDE_MAX : (int)(length + 0.5);
}

static int hand_over(cairo_surface_t *surface, const shim_page_sink *sink, int width, int height) {
  const uint8_t *pixels = cairo_image_surface_get_data(surface);
  size_t stride = (size_t)cairo_image_surface_get_stride(surface);
  uint8_t *row = malloc((size_t)width * 3);
  if (!row) return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  for (int y = 0; y < height; y++) {
    const uint32_t *in = (const uint32_t *)(const void *)(pixels + (size_t)y * stride);
    for (int x = 0; x < width; x++) {
      row[3 * x] = (uint8_t)(in[x] >> 16);
      row[3 * x + 1] = (uint8_t)(in[x] >> 8);
      row[3 * x + 2] = (uint8_t)in[x];
    }
    sink->row(sink->user, y, row, 3);
  }
  free(row);
  return SHIM_OK;
}

/* width, height: in pixels; the page in points is stretched to them. */
static int draw(PopplerPage *page, const double points[2], int width, int height, const shim_page_sink *sink) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cairo = cairo_create(surface);
  cairo_set_source_rgb(cairo, 1, 1, 1);
  cairo_paint(cairo);
  cairo_scale(cairo, width / points[0], height / points[1]);
  poppler_page_render(page, cairo);
  cairo_status_t drawn = cairo_status(cairo);
  cairo_destroy(cairo);
  cairo_surface_flush(surface);
  int status = SHIM_OK;
  if (drawn == CAIRO_STATUS_NO_MEMORY)
    status = pages_fail(SHIM_ERR_MEMORY, "out of memory");
  else if (drawn != CAIRO_STATUS_SUCCESS)
    status = pages_fail(SHIM_ERR_FAILED, "the page cannot be drawn: %s", cairo_status_to_string(drawn));
  else
    status = hand_over(surface, sink, width, height);
  cairo_surface_destroy(surface);
  return status;
}

static int decode(shim_pages_file *file, int number, int as_stored, const shim_page_sink *sink, int *orientation) {
  double points[2] = {0, 0};
  (void)as_stored; /* how a page is turned is part of it */
  *orientation = 1;
  PopplerPage *page = poppler_document_get_page(file->document, number);
  if (!page) return pages_fail(SHIM_ERR_FAILED, "the page is damaged");
  poppler_page_get_size(page, &points[0], &points[1]);
  int status;
  if (!(points[0] > 0) || !(points[1] > 0)) {
    status = pages_fail(SHIM_ERR_FAILED, "the page has no size");
  } else {
    double scale[2], most = fmin((double)sink->max_pixels, DRAWN_PIXELS_MAX);
    choose_scale(file, page, points, scale);
    double share = fmin(1, sqrt(most / (points[0] * scale[0] * points[1] * scale[1])));
    int width = whole_pixels(points[0] * scale[0] * share), height = whole_pixels(points[1] * scale[1] * share);
    if ((double)width * height > most) width = whole_pixels(floor(most / height)); /* both were rounded up */
    status = sink->begin(sink->user, width, height) ? SHIM_ERR_FAILED : draw(page, points, width, height, sink);
  }
  g_object_unref(page);
  return status;
}

PAGES_MODULE_TABLE glyphlift_pdf_table = {SHIM_PAGES_VERSION, sizeof(shim_pages), pages_error_text,
                                          open_file,          close_file,         decode};
