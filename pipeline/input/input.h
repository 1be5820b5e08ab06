/* Bytes of a picture file in, an upright picture out. */
#ifndef GLYPHLIFT_INPUT_H
#define GLYPHLIFT_INPUT_H

#include "../../shim/shim.h"
#include "../glyphlift.h"

typedef struct input_bytes {
  uint8_t *data; /* malloc'd */
  size_t size;
} input_bytes;

typedef struct input_options {
  int64_t max_pixels;
  int ignore_orientation;
  int channels;      /* 1: gray, 3: RGB (in this order) */
  shim_image *spare; /* owned or zeroed, and zeroed where its memory was taken over for the picture; NULL: none */
  int halved_from;   /* with halved: gray pictures with a side longer than this may come half as large */
  int *halved;       /* set to 1 where one did: a JPEG of even sides; NULL: none may */
} input_options;

typedef enum input_format { INPUT_JPEG, INPUT_PNG, INPUT_PNM, INPUT_PAGED, INPUT_OTHER } input_format;

/* Reads a whole file, or standard input where path is "-". Fails on a directory, a missing, unreadable or empty
 * file. */
int input_read_file(const char *path, input_bytes *out, glyph_error *error);
void input_bytes_free(input_bytes *bytes);

/* Decodes by the magic number, not by the file's name, into *out (owned by the caller, shim_image_free), upright unless
 * ignore_orientation. Alpha is laid on white, 16 bits become 8, CMYK and YCCK are converted. `name` stands in error
 * sentences. A picture over max_pixels is refused (GLYPH_ERR_LIMIT) before its pixels are allocated. Of a file of
 * several pages the first is read. */
int input_decode(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                 glyph_error *error);

/* One decoder a library; each has input_decode's contract, and returns the picture as stored with its EXIF orientation
 * (1..8) in *orientation. */
int input_decode_jpeg(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                      int *orientation, glyph_error *error);
int input_decode_png(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                     int *orientation, glyph_error *error);
int input_decode_pnm(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                     int *orientation, glyph_error *error);
int input_decode_other(const uint8_t *data, size_t size, const char *name, const input_options *options,
                       shim_image *out, int *orientation, glyph_error *error);

int input_decode_paged(const uint8_t *data, size_t size, const char *name, const input_options *options,
                       shim_image *out, int *orientation, glyph_error *error);

/* Page `page` (from 1) of a document, with input_decode's contract; `name` is the label below. In document.c. */
int input_document_decode(glyph_document *document, int page, const char *name, const input_options *options,
                          shim_image *out, glyph_error *error);
/* How a page is called in sentences and dumps: its file, with ":PAGE" where that has several. */
void input_document_label(const glyph_document *document, int page, char *label, size_t size);
/* Whether the bytes begin like a file that input_decode_paged reads. */
int input_is_paged(const uint8_t *data, size_t size);

/* exif.c: orientation 1..8 from the TIFF structure of an EXIF block (without "Exif\0\0"); 1 where absent or damaged. */
int exif_orientation(const uint8_t *tiff, size_t size);
/* Turns and mirrors *image in place so that orientation becomes 1. */
int exif_apply_orientation(shim_image *image, int orientation);

/* Turns *image as its orientation says, unless the options leave it alone; frees it on failure. In decode.c. */
int input_make_upright(shim_image *image, int orientation, const char *name, const input_options *options,
                       glyph_error *error);

/* The pixel cap: GLYPH_OK, or GLYPH_ERR_FORMAT for a picture without pixels, GLYPH_ERR_LIMIT for one over
 * options->max_pixels. Every decoder asks before it allocates. In decode.c. */
int input_check_size(const char *name, int64_t width, int64_t height, const input_options *options, glyph_error *error);

/* Makes the picture that is decoded into, of options->spare where there is one. In decode.c. */
int input_create_picture(const input_options *options, int width, int height, shim_image *out);

/* A row of 8-bit samples (channels 1: gray, 2: gray + alpha, 3: RGB, 4: RGB + alpha) as gray (out_channels 1) or RGB
 * (3), alpha laid on white. In decode.c. */
void input_convert_row(const uint8_t *in, int channels, uint8_t *out, int out_channels, int width);

/* Gray of a colour, weighted as in JPEG's Y (ITU-R BT.601), so that a picture reads alike from every format. */
static inline uint8_t input_luma(unsigned red, unsigned green, unsigned blue) {
  return (uint8_t)((19595u * red + 38470u * green + 7471u * blue + 32768u) >> 16);
}

/* Writes a gray or RGB picture as PNG through libpng; atomically (temporary file, then rename). In png.c. */
int png_write_file(const char *path, const shim_image *image, glyph_error *error);

/* Sets *error (may be NULL) and returns status: the one way in which errors are made. In error.c. */
int glyph_error_set(glyph_error *error, glyph_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
