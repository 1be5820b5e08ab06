/* One reading of a page, and what every way of reading does alike: statuses, times, crops and the network. Internal to
 * the pipeline. */
#ifndef GLYPHLIFT_READING_H
#define GLYPHLIFT_READING_H

#include "dump.h"
#include "framing.h"
#include "judge.h"
#include "reader.h"
#include "results.h"
#include "stages/stages.h"

enum { READING_CROP_SIZE = STAGE_CROP_SIDE * STAGE_CROP_SIDE, READING_POLARITY_UNKNOWN = -1 };

/* One reading of a page at one polarity, with all that its stages made. */
typedef struct reading {
  glyph_reader *reader;
  const shim_image *picture; /* as it was handed in */
  shim_image part;           /* a view of the region of it that is to be read */
  const shim_image *gray;    /* the same in the frame it is read in */
  stage_map map;             /* from there to the picture */
  shim_image framed;         /* owned; the gray picture of a frame of its own */
  stage_page sheet;
  int inverted;    /* light ink on a dark board; READING_POLARITY_UNKNOWN until the sheet has been looked for */
  double polarity; /* as stage_polarity, where it was not known before */
  const char *name;
  dump dumps;
  glyph_page *page;
  glyph_error *error;
  double mark_ms;               /* when the last stage ended */
  framing_turn turn;            /* which quarter turn is undone */
  const framing_memory *before; /* how the video's frame before lies; NULL: it is to be found out */
  framing_memory lies;          /* how this one does */
  const shim_image *halved;     /* the region half as large, which is read in its place; NULL: none */
  int too_small;                /* it was, for what stands there */
  framing_turn other_turn;      /* by which the page may read better; FRAMING_TOLD: none */
  stage_pyramid pyramid;
  stage_rules rules;
  stage_glyphs glyphs;              /* candidates: single ones, joined ones, cut off ones */
  size_t single_count, uncut_count; /* how many are single, and how many single or joined */
  double beside_others;             /* as evidence_beside_others, where the turn is the likeliest alone */
  size_t *pairs;
  uint8_t *crops;
  judge_verdict *verdicts;
  double odds; /* of ink outside tables to be no digit, beside those it has for the network */
} reading;

/* The region of the picture that the options name, as a view. */
int reading_take_region(const glyph_reader *reader, const shim_image *gray, const char *name, shim_image *part,
                        glyph_error *error);
/* *r is one to be freed with reading_free also on failure; r->page stays the caller's. */
int reading_start(reading *r, glyph_reader *reader, const shim_image *gray, const char *name, glyph_error *error);
/* Has the region read from a picture of half its size, which stays the caller's. */
void reading_halve(reading *r, const shim_image *halved);
void reading_free(reading *r);

/* A stage's status as the library's, with its sentence. */
int reading_status(const reading *r, int status);
/* Stamps the stage's time and lets the caller cancel. */
int reading_finish(reading *r, const char *stage, double done);

/* The stages that lift ink off the paper, in this order. */
int reading_make_pyramid(reading *r, int inverted);
/* With keep_paper ruled and squared paper alone goes, and the lines that somebody may have drawn stay. */
int reading_remove_rules(reading *r, int keep_paper);
int reading_threshold(reading *r, int joins_parts);

/* The glyphs in the network's form, READING_CROP_SIZE bytes each. */
int reading_crop(reading *r, const stage_glyphs *glyphs, uint8_t *crops);
/* The network's reading of each crop. */
int reading_classify(reading *r, const uint8_t *crops, size_t count, judge_verdict *verdicts);

/* A glyph's box in the frame it was read in. */
stage_box reading_box(const reading *r, const stage_glyph *glyph);
/* The smallest box in the picture around its ink. */
glyph_box reading_picture_box(const reading *r, const stage_glyph *glyph);

/* The stages from contours on to the verdicts, of a pyramid whose levels are thresholded. */
int reader_judge_ink(reading *r);

/* Puts the accepted glyphs into numbers and lines, and fills the page. With groups (one a glyph; NULL: all are one
 * group) what is not of the same group stands in no line together; lines follow group by group, and line_counts[i] gets
 * how many group i has. Glyphs of a negative group are left out. */
int reading_run_lines(reading *r, const int *groups, int group_count, size_t *line_counts);

#endif
