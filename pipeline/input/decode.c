/* From bytes to an upright picture: the magic number chooses the decoder, the pixel cap is watched over, the EXIF
 * orientation applied. A file's name is never looked at; cameras and web sites misname too many. */
#include "input.h"

#include <stdbool.h>
#include <string.h>

static input_format sniff(const uint8_t *data, size_t size) {
  if (size >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0) return INPUT_JPEG;
  if (size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0) return INPUT_PNG;
  /* Text may begin with these letters ("P2P"), hence the third. */
  if (size >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7' && strchr("\t\n\v\f\r #", data[2]) && data[2])
    return INPUT_PNM;
  return input_is_paged(data, size) ? INPUT_PAGED : INPUT_OTHER;
}

int input_check_size(const char *name, int64_t width, int64_t height, const input_options *options,
                     glyph_error *error) {
  if (width < 1 || height < 1)
    return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the picture has no pixels (%lld x %lld)", name,
                           (long long)width, (long long)height);
  if (width > INT32_MAX || height > INT32_MAX || width > options->max_pixels / height)
    return glyph_error_set(error, GLYPH_ERR_LIMIT,
                           "%s: the picture has %lld x %lld pixels, more than the limit of %lld", name,
                           (long long)width, (long long)height, (long long)options->max_pixels);
  return GLYPH_OK;
}

int input_create_picture(const input_options *options, int width, int height, shim_image *out) {
  *out = (shim_image){0};
  if (options->spare) {
    *out = *options->spare;
    *options->spare = (shim_image){0};
  }
  return shim_image_reuse(out, width, height, options->channels);
}

static uint8_t on_white(unsigned value, unsigned alpha) {
  return (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

void input_convert_row(const uint8_t *in, int channels, uint8_t *out, int out_channels, int width) {
  bool colour = channels >= 3, has_alpha = channels == 2 || channels == 4;
  for (int x = 0; x < width; x++, in += channels, out += out_channels) {
    unsigned alpha = has_alpha ? in[channels - 1] : 255;
    uint8_t red = on_white(in[0], alpha);
    uint8_t green = colour ? on_white(in[1], alpha) : red;
    uint8_t blue = colour ? on_white(in[2], alpha) : red;
    if (out_channels == 1) {
      *out = colour ? input_luma(red, green, blue) : red;
    } else {
      out[0] = red;
      out[1] = green;
      out[2] = blue;
    }
  }
}

int input_make_upright(shim_image *image, int orientation, const char *name, const input_options *options,
                       glyph_error *error) {
  if (options->ignore_orientation || orientation == 1) return GLYPH_OK;
  int status = exif_apply_orientation(image, orientation);
  if (status) {
    glyph_error_set(error, status, "%s: no memory to turn the picture upright (%d x %d pixels)", name, image->width,
                    image->height);
    shim_image_free(image);
  }
  return status;
}

int input_decode(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                 glyph_error *error) {
  int orientation = 1, status = GLYPH_OK;
  *out = (shim_image){0};
  if (!name) name = "the picture in memory";
  if (options->channels != 1 && options->channels != 3)
    return glyph_error_set(error, GLYPH_ERR_ARGUMENT, "%s: pictures have 1 or 3 channels, not %d", name,
                           options->channels);
  if (size == 0) return glyph_error_set(error, GLYPH_ERR_FORMAT, "%s: the picture is empty (0 bytes)", name);

  switch (sniff(data, size)) {
  case INPUT_JPEG: status = input_decode_jpeg(data, size, name, options, out, &orientation, error); break;
  case INPUT_PNG: status = input_decode_png(data, size, name, options, out, &orientation, error); break;
  case INPUT_PNM: status = input_decode_pnm(data, size, name, options, out, &orientation, error); break;
  case INPUT_PAGED: status = input_decode_paged(data, size, name, options, out, &orientation, error); break;
  case INPUT_OTHER: status = input_decode_other(data, size, name, options, out, &orientation, error); break;
  }
  return status ? status : input_make_upright(out, orientation, name, options, error);
}
