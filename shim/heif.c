/* The heif module: HEIC (what telephones write) and AVIF pictures through libheif, as far as its decoders go. The
 * primary picture is the one page. How it is to be turned stands in the file's own properties, which libheif follows;
 * an EXIF orientation beside them says the same again and is left alone, as the format demands (ISO/IEC 23008-12,
 * section 6.5). */
#include "pages_module.h"

#include <pthread.h>
#include <stdlib.h>

#include <libheif/heif.h>

struct shim_pages_file {
  struct heif_context *context;
};

static int fail_with(struct heif_error error) {
  int status = error.code == heif_error_Memory_allocation_error ? SHIM_ERR_MEMORY : SHIM_ERR_FAILED;
  return pages_fail(status, "libheif says: %s", error.message);
}

static void close_file(shim_pages_file *file) {
  if (!file) return;
  if (file->context) heif_context_free(file->context);
  free(file);
}

/* Decoders that lie in libraries of their own are found by this call. */
static void find_decoders(void) {
#if LIBHEIF_HAVE_VERSION(1, 14, 0)
  heif_init(NULL);
#endif
}

static int open_file(const uint8_t *data, size_t size, shim_pages_file **out, int *page_count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  *out = NULL;
  pthread_once(&once, find_decoders);
  shim_pages_file *file = calloc(1, sizeof *file);
  if (file) file->context = heif_context_alloc();
  if (!file || !file->context) {
    close_file(file);
    return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  }
  struct heif_error error = heif_context_read_from_memory_without_copy(file->context, data, size, NULL);
  if (error.code != heif_error_Ok) {
    int status = fail_with(error);
    close_file(file);
    return status;
  }
  *out = file;
  *page_count = 1;
  return SHIM_OK;
}

/* libheif gives the sizes of pictures as they stand upright, those of the stored ones included, so that the cap is
 * asked with the one and the picture made with what has come. */
static int hand_over(const struct heif_image *image, int channels, const shim_page_sink *sink, int64_t expected) {
  int stride, width = heif_image_get_width(image, heif_channel_interleaved);
  int height = heif_image_get_height(image, heif_channel_interleaved);
  const uint8_t *rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  if (!rows || (int64_t)width * height != expected)
    return pages_fail(SHIM_ERR_FAILED, "the picture has another size than its header says");
  if (sink->begin(sink->user, width, height)) return SHIM_ERR_FAILED;
  for (int y = 0; y < height; y++) sink->row(sink->user, y, rows + (size_t)y * (size_t)stride, channels);
  return SHIM_OK;
}

static int decode_picture(const struct heif_image_handle *handle, int as_stored, const shim_page_sink *sink) {
  int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
  if (width < 1 || height < 1 || (int64_t)width * height > sink->max_pixels) { /* which begin tells */
    sink->begin(sink->user, width, height);
    return SHIM_ERR_FAILED;
  }
  struct heif_decoding_options *options = heif_decoding_options_alloc();
  if (!options) return pages_fail(SHIM_ERR_MEMORY, "out of memory");
  options->ignore_transformations = as_stored != 0;
  options->convert_hdr_to_8bit = 1;
  int channels = heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  struct heif_image *image = NULL;
  struct heif_error error =
      heif_decode_image(handle, &image, heif_colorspace_RGB,
                        channels == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
  heif_decoding_options_free(options);
  int status =
      error.code == heif_error_Ok ? hand_over(image, channels, sink, (int64_t)width * height) : fail_with(error);
  if (image) heif_image_release(image);
  return status;
}

static int decode(shim_pages_file *file, int page, int as_stored, const shim_page_sink *sink, int *orientation) {
  struct heif_image_handle *handle = NULL;
  (void)page;
  *orientation = 1;
  struct heif_error error = heif_context_get_primary_image_handle(file->context, &handle);
  int status = error.code == heif_error_Ok ? decode_picture(handle, as_stored, sink) : fail_with(error);
  if (handle) heif_image_handle_release(handle);
  return status;
}

PAGES_MODULE_TABLE glyphlift_heif_table = {SHIM_PAGES_VERSION, sizeof(shim_pages), pages_error_text,
                                           open_file,          close_file,         decode};
