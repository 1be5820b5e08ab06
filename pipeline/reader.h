/* What reader.c and sources.c share. Internal to the pipeline. */
#ifndef GLYPHLIFT_READER_H
#define GLYPHLIFT_READER_H

#include "../nn/nn.h"
#include "../shim/shim.h"
#include "expect.h"
#include "framing.h"
#include "judge.h"

/* Sees a page's candidates before their context decides on them, their boxes in the picture: what the context's model
 * is fitted on, and with the crops (STAGE_CROP_SIDE squared bytes for each of the uncut_count that nothing was cut off)
 * also the network. */
typedef void reader_observer(void *user, const stage_glyphs *glyphs, size_t uncut_count, const judge_verdict *verdicts,
                             const uint8_t *crops);

/* Sees what was proposed for touching digits, once it is settled; the boxes of t->proposed_verdicts are the picture's.
 * The observer sees the candidates of the same reading afterwards. */
struct touching;
typedef void reader_split_observer(void *user, const struct touching *t);

/* Of the frames of a video so far. */
typedef struct reader_memory {
  int frames_left; /* so many more go by it */
  framing_memory lies;
  int inverted;
  double digits; /* as many, in the sum of their confidences, were read on its best frame */
} reader_memory;

/* Pictures that one page leaves to the next: memory that was used before costs no time to get. Larger ones than
 * READER_KEPT_PIXELS are not kept. */
enum { READER_KEPT_PIXELS = 1 << 24 };
typedef struct reader_buffers {
  shim_image decoded, half;
  stage_pyramid pyramid;
} reader_buffers;

struct glyph_reader {
  glyph_options options;
  char *model_path, *shapes_model_path, *dump_directory;
  expectation *expected; /* NULL: nothing is expected of the numbers */
  nn_model *model;
  nn_session *session;
  nn_model *shapes_model; /* NULL until shapes are read */
  nn_session *shapes_session;
  reader_observer *observer; /* NULL: none */
  reader_split_observer *split_observer;
  void *observing;     /* the user of both */
  size_t readings;     /* made so far: a page whose turn or polarity is in doubt is read several times */
  size_t reading_kept; /* the number, from 1, of the one that the last page is of */
  reader_memory memory;
  reader_buffers buffers;
};

/* Keeps a picture of a page for the next one, or frees it; zeroes *image. */
void reader_keep_image(shim_image *kept, shim_image *image);
void reader_keep_pyramid(stage_pyramid *kept, stage_pyramid *pyramid);
void reader_buffers_free(reader_buffers *buffers);

/* From a gray picture to a page; on failure *out is NULL. */
typedef int reader_gray(glyph_reader *reader, const shim_image *gray, const char *name, glyph_page **out,
                        glyph_error *error);
reader_gray reader_read_gray, reader_classify_gray, reader_shapes_gray;

/* Larger pictures are looked at half as large first, which serves for all ink but what is small there. */
enum { READER_HALVED_SIDE_MIN = 2100 };
/* As reader_read_gray, but at its full size from the start. */
reader_gray reader_read_whole;
/* From a picture that came half as large as it is, of even sides. *too_small becomes 1, and *out stays NULL, where what
 * stands there is to be read from the whole picture. No region is looked at. */
int reader_read_halved(glyph_reader *reader, const shim_image *half, const char *name, glyph_page **out, int *too_small,
                       glyph_error *error);

/* Opens the shapes model where it is not open yet. */
int reader_open_shapes_model(glyph_reader *reader, glyph_error *error);

double reader_now_ms(void);

#endif
