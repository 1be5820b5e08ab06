/* The modules that read files of one or more pages: tiff (libtiff), pdf (poppler) and heif (libheif). One table of
 * functions serves the three; each is reached through its function in module.h. */
#ifndef GLYPHLIFT_SHIM_PAGES_H
#define GLYPHLIFT_SHIM_PAGES_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_PAGES_VERSION 1

/* An open file. It belongs to one thread at a time; several may be open on the same bytes. */
typedef struct shim_pages_file shim_pages_file;

/* Where a page's pixels go. */
typedef struct shim_page_sink {
  void *user;
  int64_t max_pixels; /* what is drawn and has no size of its own is drawn with at most so many */
  /* The page's size, before anything of that size is allocated. Not 0: the module stops with SHIM_ERR_FAILED. */
  int (*begin)(void *user, int width, int height);
  /* Row y, from the top, once each: width samples of 1 to 4 channels (gray, gray + alpha, RGB, RGB + alpha). */
  void (*row)(void *user, int y, const uint8_t *samples, int channels);
} shim_page_sink;

typedef struct shim_pages {
  uint32_t version; /* SHIM_PAGES_VERSION */
  uint32_t size;    /* bytes of this table */
  /* Why the last call on this thread failed: a sentence without its subject ("it is encrypted"). Valid until the
   * thread's next call. */
  const char *(*error)(void);
  /* The bytes must outlive the file. *page_count is at least 1: a file without pages is an error, a page that is
   * damaged counts, and fails when it is read. */
  int (*open)(const uint8_t *data, size_t size, shim_pages_file **out, int *page_count);
  /* Accepts NULL. */
  void (*close)(shim_pages_file *file);
  /* Page `page`, from 0. as_stored: not turned; the EXIF orientation (1..8) that would turn it is in *orientation, 1
   * where the module has turned it or there is none. */
  int (*decode)(shim_pages_file *file, int page, int as_stored, const shim_page_sink *sink, int *orientation);
} shim_pages;

#ifdef __cplusplus
}
#endif
#endif
