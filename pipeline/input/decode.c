/* From bytes to an upright picture: the magic number chooses the decoder, the pixel cap is watched over, the EXIF
 * orientation applied. A file's name is never looked at; cameras and web sites misname too many. */
#include "input.h"

#include <string.h>

static input_format sniff(const uint8_t *data, size_t size) {
  if (size >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0) return INPUT_JPEG;
  if (size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0) return INPUT_PNG;
  return INPUT_OTHER;
}

int input_check_size(const char *name, int64_t width, int64_t height, const input_options *options,
                     glyph_error *error) {
  if (width < 1 || height < 1)
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the picture has no pixels (%lld x %lld)", name,
                           (long long)width, (long long)height);
  if (width > INT32_MAX || height > INT32_MAX || width > options->max_pixels / height)
    return glyph_error_set(error, GLYPH_ERR_LIMIT, "%s: the picture has %lld x %lld pixels, more than the limit of %lld",
                           name, (long long)width, (long long)height, (long long)options->max_pixels);
  return GLYPH_OK;
}

int input_decode(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                 glyph_error *error) {
  int orientation = 1, status;
  *out = (shim_image){0};
  if (!name) name = "the picture in memory";
  if (options->channels != 1 && options->channels != 3)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: pictures have 1 or 3 channels, not %d", name,
                           options->channels);
  if (size == 0) return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the picture is empty (0 bytes)", name);

  switch (sniff(data, size)) {
  case INPUT_JPEG: status = input_decode_jpeg(data, size, name, options, out, &orientation, error); break;
  case INPUT_PNG: status = input_decode_png(data, size, name, options, out, &orientation, error); break;
  default: status = input_decode_other(data, size, name, options, out, &orientation, error); break;
  }
  if (status) return status;

  if (options->ignore_orientation || orientation == 1) return GLYPH_OK;
  status = exif_apply_orientation(out, orientation);
  if (status) {
    glyph_error_set(error, status, "%s: no memory to turn the picture upright (%d x %d pixels)", name, out->width,
                    out->height);
    shim_image_free(out);
  }
  return status;
}
