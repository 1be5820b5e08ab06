/* JPEG through libjpeg-turbo's jpeglib.h (the classic API: the TurboJPEG one refuses odd sampling factors), straight to
 * gray where the file is gray or YCbCr, so that chroma is never decoded for it. Half as large where that will do, which
 * libjpeg makes of a quarter of each block's coefficients; the bits have to be read all the same.
 *
 * Warnings (damaged bits, extraneous bytes, a missing end marker) do not fail a file; missing rows do. libjpeg fills
 * what is missing with gray and only warns, so the warnings are listened to:
 *  - the entropy decoder needs bits that are not there (JWRN_HIT_MARKER): all rows from the current one on are lost,
 *    unless a restart marker lets it go on;
 *  - the data end (JWRN_JPEG_EOF) in a file of several scans before every coefficient is known to its last bit. Such a
 *    file that ends with its end marker is taken as it is: its maker wanted it so.
 * An arithmetic decoder reads past the end of good data too, so there the end of data within a scan counts as loss,
 * and a cut that is followed by an end marker cannot be seen.
 *
 * libjpeg does not read 12-bit or lossless files, or heights left to a DNL marker; nor chroma that is sampled at a
 * fraction of luma such as 2/3, of which the gray picture is given where RGB is asked for. */
#include "input.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* Encoders write about 10 scans; each costs a pass over the whole picture, and a few bytes are enough to ask for it. */
enum { SCANS_MAX = 500, ROWS_AT_ONCE = 16 };

typedef struct jpeg_state {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr manager;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  const char *name;
  const input_options *options;
  glyph_error *error;
  shim_image *out;
  int status;
  bool header_read, data_ended;
  unsigned components_seen; /* bit i: component i was in a scan */
  JDIMENSION missing_rows;
} jpeg_state;

static _Noreturn void stop(jpeg_state *state, int status) {
  state->status = status;
  longjmp(state->jump, 1);
}

static void stop_on_error(j_common_ptr common) {
  jpeg_state *state = common->client_data;
  const char *name = state->name;
  char reason[JMSG_LENGTH_MAX];
  common->err->format_message(common, reason);
  if (common->err->msg_code == JERR_OUT_OF_MEMORY)
    stop(state, glyph_error_set(state->error, GLYPH_ERR_MEMORY, "%s: no memory to decode the JPEG", name));
  if (state->data_ended)
    stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the JPEG is truncated: it ends %s", name,
                                state->header_read ? "before its last scan" : "within its header"));
  stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the JPEG cannot be read: %s", name, reason));
}

/* A row of MCUs counts as missing when one of its blocks is. */
static void note_missing_rows(jpeg_state *state) {
  const struct jpeg_decompress_struct *cinfo = &state->cinfo;
  JDIMENSION good = cinfo->input_iMCU_row * (JDIMENSION)cinfo->max_v_samp_factor * DCTSIZE;
  JDIMENSION missing = good < cinfo->image_height ? cinfo->image_height - good : 0;
  if (missing > state->missing_rows) state->missing_rows = missing;
}

static void listen_to_warning(j_common_ptr common, int level) {
  if (level >= 0) return; /* a trace message */
  jpeg_state *state = common->client_data;
  const struct jpeg_decompress_struct *cinfo = &state->cinfo;
  common->err->num_warnings++;
  switch (common->err->msg_code) {
  case JWRN_JPEG_EOF:
    state->data_ended = true;
    if (cinfo->arith_code) note_missing_rows(state);
    break;
  case JWRN_HIT_MARKER: {
    bool at_restart = cinfo->unread_marker >= JPEG_RST0 && cinfo->unread_marker <= JPEG_RST0 + 7;
    if (cinfo->restart_interval == 0 || !at_restart) note_missing_rows(state);
    break;
  }
  }
}

static void watch_scans(j_common_ptr common) {
  jpeg_state *state = common->client_data;
  const struct jpeg_decompress_struct *cinfo = &state->cinfo;
  for (int i = 0; i < cinfo->comps_in_scan; i++)
    state->components_seen |= 1u << cinfo->cur_comp_info[i]->component_index;
  if (cinfo->input_scan_number > SCANS_MAX)
    stop(state,
         glyph_error_set(state->error, GLYPH_ERR_LIMIT, "%s: the JPEG has more than %d scans", state->name, SCANS_MAX));
}

static void open_decoder(jpeg_state *state, const uint8_t *data, size_t size) {
  struct jpeg_decompress_struct *cinfo = &state->cinfo;
  cinfo->err = jpeg_std_error(&state->manager);
  state->manager.error_exit = stop_on_error;
  state->manager.emit_message = listen_to_warning;
  cinfo->client_data = state;
  jpeg_create_decompress(cinfo);
  state->progress.progress_monitor = watch_scans;
  cinfo->progress = &state->progress;
  jpeg_mem_src(cinfo, data, size);
  jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xffff);
}

static int saved_orientation(const struct jpeg_decompress_struct *cinfo) {
  static const char signature[6] = "Exif\0";
  for (jpeg_saved_marker_ptr marker = cinfo->marker_list; marker; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length >= sizeof signature &&
        memcmp(marker->data, signature, sizeof signature) == 0)
      return exif_orientation(marker->data + sizeof signature, marker->data_length - sizeof signature);
  return 1;
}

static bool has_fractional_sampling(const struct jpeg_decompress_struct *cinfo) {
  for (int i = 0; i < cinfo->num_components; i++)
    if (cinfo->max_h_samp_factor % cinfo->comp_info[i].h_samp_factor != 0 ||
        cinfo->max_v_samp_factor % cinfo->comp_info[i].v_samp_factor != 0)
      return true;
  return false;
}

/* With even sides a pixel of the half is four of the whole one, whichever way the picture is turned. */
static bool may_halve(const input_options *options, int width, int height) {
  return options->halved && options->channels == 1 && width % 2 == 0 && height % 2 == 0 &&
         (width > options->halved_from || height > options->halved_from);
}

static void read_header(jpeg_state *state) {
  struct jpeg_decompress_struct *cinfo = &state->cinfo;
  jpeg_read_header(cinfo, TRUE);
  if (state->data_ended) /* its fields may be made of the end marker that libjpeg puts in */
    stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the JPEG is truncated: it ends within its header",
                                state->name));
  state->header_read = true;
  int status = input_check_size(state->name, cinfo->image_width, cinfo->image_height, state->options, state->error);
  if (status) stop(state, status);

  if (may_halve(state->options, (int)cinfo->image_width, (int)cinfo->image_height)) {
    cinfo->scale_num = 1;
    cinfo->scale_denom = 2;
    *state->options->halved = 1;
  }

  switch (cinfo->jpeg_color_space) {
  case JCS_GRAYSCALE:
  case JCS_YCbCr:
  case JCS_RGB: {
    bool gray = state->options->channels == 1 || has_fractional_sampling(cinfo);
    cinfo->out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    break;
  }
  case JCS_CMYK:
  case JCS_YCCK: cinfo->out_color_space = JCS_CMYK; break;
  default:
    stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT,
                                "%s: the JPEG has %d colour components; 1, 3 or 4 are expected", state->name,
                                cinfo->num_components));
  }
}

/* True when every scan of a progressive file has come: all coefficients of all components to the last bit. */
static bool all_coefficients_known(const struct jpeg_decompress_struct *cinfo) {
  if (!cinfo->coef_bits) return true;
  for (int i = 0; i < cinfo->num_components; i++)
    for (int k = 0; k < DCTSIZE2; k++)
      if (cinfo->coef_bits[i][k] != 0) return false;
  return true;
}

/* What can be known to be lost of the data read so far; of a file of several scans all data is read before its rows. */
static void check_nothing_missing(jpeg_state *state) {
  const struct jpeg_decompress_struct *cinfo = &state->cinfo;
  const char *fault = state->data_ended ? "truncated" : "damaged";
  if (state->missing_rows)
    stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the JPEG is %s: %u of %u rows are %s", state->name,
                                fault, state->missing_rows, cinfo->image_height,
                                cinfo->input_scan_number > 1 ? "incomplete" : "missing"));
  int seen = 0;
  for (int i = 0; i < cinfo->num_components; i++) seen += state->components_seen >> i & 1;
  if (seen < cinfo->num_components)
    stop(state,
         glyph_error_set(state->error, GLYPH_ERR_FORMAT, "%s: the JPEG is %s: %d of %d colour components are missing",
                         state->name, fault, cinfo->num_components - seen, cinfo->num_components));
  if (state->data_ended && !all_coefficients_known(cinfo))
    stop(state, glyph_error_set(state->error, GLYPH_ERR_FORMAT,
                                "%s: the JPEG is truncated: it ends after scan %d, before its details", state->name,
                                cinfo->input_scan_number));
}

static void read_rows(jpeg_state *state) {
  struct jpeg_decompress_struct *cinfo = &state->cinfo;
  shim_image *out = state->out;
  while (cinfo->output_scanline < cinfo->output_height && !state->missing_rows) {
    JSAMPROW rows[ROWS_AT_ONCE];
    JDIMENSION left = cinfo->output_height - cinfo->output_scanline;
    JDIMENSION count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
    for (JDIMENSION i = 0; i < count; i++) rows[i] = out->data + (ptrdiff_t)(cinfo->output_scanline + i) * out->stride;
    jpeg_read_scanlines(cinfo, rows, count);
  }
}

/* Adobe's programs store 255 minus the ink, and everybody has followed them where the Adobe marker stands. */
static void convert_cmyk_row(const uint8_t *in, uint8_t *out, int width, int channels, bool inverted) {
  for (int x = 0; x < width; x++, in += 4, out += channels) {
    unsigned flip = inverted ? 0 : 255, rgb[3];
    for (int c = 0; c < 3; c++) rgb[c] = ((in[c] ^ flip) * (in[3] ^ flip) + 127) / 255;
    if (channels == 1) {
      *out = input_luma(rgb[0], rgb[1], rgb[2]);
    } else {
      for (int c = 0; c < 3; c++) out[c] = (uint8_t)rgb[c];
    }
  }
}

static void read_and_convert_rows(jpeg_state *state) {
  struct jpeg_decompress_struct *cinfo = &state->cinfo;
  shim_image *out = state->out;
  JDIMENSION samples = cinfo->output_width * (JDIMENSION)cinfo->output_components;
  JSAMPARRAY row = cinfo->mem->alloc_sarray((j_common_ptr)cinfo, JPOOL_IMAGE, samples, 1);
  while (cinfo->output_scanline < cinfo->output_height && !state->missing_rows) {
    uint8_t *to = out->data + (ptrdiff_t)cinfo->output_scanline * out->stride;
    jpeg_read_scanlines(cinfo, row, 1);
    if (cinfo->out_color_space == JCS_CMYK)
      convert_cmyk_row(row[0], to, out->width, out->channels, cinfo->saw_Adobe_marker);
    else
      input_convert_row(row[0], cinfo->output_components, to, out->channels, out->width);
  }
}

/* libjpeg's errors come back through setjmp. No local variable lives across it: all state is in *state. */
static int decode(jpeg_state *state, const uint8_t *data, size_t size, int *orientation) {
  struct jpeg_decompress_struct *const cinfo = &state->cinfo;
  if (setjmp(state->jump)) return state->status;
  open_decoder(state, data, size);
  read_header(state);
  *orientation = saved_orientation(cinfo);
  jpeg_calc_output_dimensions(cinfo);
  if (input_create_picture(state->options, (int)cinfo->output_width, (int)cinfo->output_height, state->out))
    return glyph_error_set(state->error, GLYPH_ERR_MEMORY, "%s: no memory for a picture of %u x %u pixels", state->name,
                           cinfo->output_width, cinfo->output_height);
  jpeg_start_decompress(cinfo);
  if (jpeg_has_multiple_scans(cinfo)) check_nothing_missing(state);
  if (cinfo->output_components == state->out->channels)
    read_rows(state);
  else
    read_and_convert_rows(state);
  check_nothing_missing(state);
  return GLYPH_OK;
}

int input_decode_jpeg(const uint8_t *data, size_t size, const char *name, const input_options *options, shim_image *out,
                      int *orientation, glyph_error *error) {
  jpeg_state state = {.name = name, .options = options, .error = error, .out = out};
  *out = (shim_image){0};
  *orientation = 1;
  int status = decode(&state, data, size, orientation);
  jpeg_destroy_decompress(&state.cinfo);
  if (status) shim_image_free(out);
  return status;
}
