/* The stages of the pipeline, in the order in which reader.c runs them. Every stage is a function from plain inputs to
 * plain outputs; status 0 is good, a negative one is the shim's (SHIM_ERR_...).
 *
 * A page is looked at on several levels of a pyramid, each half the size of the one before, because no single window
 * serves both a 12 pixel digit and one that fills the picture: on the right level every stroke is a few pixels wide. */
#ifndef GLYPHLIFT_STAGES_H
#define GLYPHLIFT_STAGES_H

#include "../../shim/shim.h"

enum {
  STAGE_LEVELS_MAX = 8,
  STAGE_WINDOW = 25,         /* side of the threshold's window */
  STAGE_STROKE_WHOLE = 10,   /* strokes up to this many pixels of a level wide are found whole in such a window */
  STAGE_STROKE_RESOLVED = 4, /* and from this many on, the level shows how wide they are */
  STAGE_CROP_SIDE = 28,      /* side of the digits network's input */
  STAGE_SHAPE_SIDE = 40      /* side of the shapes network's input */
};

/* ---- map.c -------------------------------------------------------------------------------------------------------- */

/* Between the frame a page is read in (the pixels of the pyramid's level 0) and the picture that was handed in: 3 x 3
 * matrices by rows, applied to (x, y, 1). Coordinates are continuous: pixel (0, 0) covers 0..1. */
typedef struct stage_map {
  double to_picture[9], to_reading[9];
} stage_map;

void stage_map_init(stage_map *map); /* the identity */
void stage_map_to_picture(const stage_map *map, const double reading[2], double picture[2]);
void stage_map_to_reading(const stage_map *map, const double picture[2], double reading[2]);
/* inner leads from its frame to the one that outer leads from. out may be either. */
void stage_map_compose(const stage_map *outer, const stage_map *inner, stage_map *out);
/* The new reading frame is a part of the old one, whose (x, y) becomes its origin. */
void stage_map_shift(stage_map *map, double x, double y);
/* The new frame is the old one of width x height with a clockwise turn by `degrees` undone, just large enough for all
 * of it: turned_width x turned_height. */
void stage_map_turn(stage_map *map, double degrees, int width, int height, int *turned_width, int *turned_height);
/* The reading frame's rectangle width x height shows the picture's quad (clockwise from its top left corner as read).
 * SHIM_ERR_ARGUMENT, and *map untouched, where the quad is not convex. */
int stage_map_from_quad(const double quad[4][2], double width, double height, stage_map *map);
/* Fills `reading`, made in the frame's size, from the picture; `outside` where the frame reaches past it. */
int stage_map_warp(const stage_map *map, const shim_image *picture, uint8_t outside, shim_image *reading);
/* The direction in the picture of a line that is level in the reading frame at (x, y): degrees clockwise, -180..180. */
double stage_map_angle(const stage_map *map, double x, double y);

/* ---- page.c ------------------------------------------------------------------------------------------------------- */

enum { STAGE_PAGE_SIDE_MIN = 240 /* in smaller pictures no sheet is looked for */ };

/* A sheet of paper that lies on something else. */
typedef struct stage_page {
  int found;
  double quad[4][2]; /* picture pixels, clockwise; corners may lie outside. The first side is the most level one */
  int sides_seen;    /* 4, or 3: then the last was made up where the picture ends */
} stage_page;

int stage_page_find(const shim_image *gray, stage_page *out);
/* The frame that shows the found sheet squared up: all of it that lies in the picture of width x height, but for a
 * sliver along its sides. SHIM_ERR_ARGUMENT where there is no such frame. */
int stage_page_frame(const stage_page *page, int width, int height, stage_map *map, int *frame_width,
                     int *frame_height);

/* A view of the largest rectangle of the picture's own shape and direction around the found sheet's middle that holds
 * nothing but the sheet. SHIM_ERR_ARGUMENT where that is next to nothing. */
int stage_page_inside(const stage_page *page, const shim_image *gray, shim_image *inside);

/* ---- pyramid.c ---------------------------------------------------------------------------------------------------- */

typedef struct stage_level {
  int shift;                /* one pixel of the level is 1 << shift pixels of the page wide */
  shim_image gray;          /* dark ink on light paper */
  shim_image ink;           /* by the threshold: how far each pixel lies below the paper around it, in gray levels */
  shim_image binary;        /* by the threshold: 255 ink, 0 paper */
  struct components *parts; /* owned; the binary picture's components where the threshold had to find them, else NULL */
} stage_level;

/* Its components are no longer what its binary picture shows. */
void stage_level_forget_parts(stage_level *level);

typedef struct stage_pyramid {
  stage_level levels[STAGE_LEVELS_MAX];
  int count;
  int enlarged; /* so many pixels of level 0 are one of the picture wide; 0 or 1: it was not enlarged */
} stage_pyramid;

/* Copies gray (inverted where asked) into level 0 and halves it until the shorter side would fall under 40 pixels. */
int stage_pyramid_make(const shim_image *gray, int invert, stage_pyramid *out);
/* The same in the memory of one that was made before (or is zeroed), as far as its pictures have the size. */
int stage_pyramid_remake(const shim_image *gray, int invert, stage_pyramid *pyramid);
void stage_pyramid_free(stage_pyramid *pyramid);

/* ---- shrink.c ----------------------------------------------------------------------------------------------------- */

/* Makes *out (owned by the caller) of the means of factor x factor pixels, 1 to 256 of them; what is left over at the right
 * and the bottom is left out. Fails where nothing would be left. */
int stage_shrink(const shim_image *from, int factor, shim_image *out);

/* ---- polarity.c --------------------------------------------------------------------------------------------------- */

/* About -1..1: positive where the ink is darker than the paper, negative where it is lighter (a blackboard); near 0
 * where the picture does not tell. */
double stage_polarity(const shim_image *gray);
/* The same of a picture that holds one glyph, which may fill it. */
double stage_polarity_single(const shim_image *gray);

/* ---- track.c ------------------------------------------------------------------------------------------------------ */

/* A thin line, followed where it leads. Coordinates are pixels of the page whose edges are whole numbers: pixel 0
 * reaches from 0 to 1. It runs along x (upright 0) or y (upright 1) and is known at samples `step` apart, of which
 * sample i lies at (first + i + 0.5) * step. */
typedef struct stage_track {
  int upright;
  int first, count;    /* samples */
  float *across;       /* owned; where it is at each sample: its y, or its x where upright */
  unsigned char *seen; /* owned; how dark it is at each sample, 256ths of the paper's brightness; 0: not seen */
  int hits;            /* samples where it was seen */
  double step;
  double thickness; /* mean, page pixels */
  double depth;     /* mean, as seen[] */
  double roughness; /* mean bend from sample to sample, pixels of the level: a ruled line's is small, strokes' is not */
} stage_track;

typedef struct stage_tracks {
  stage_track *items; /* those along x first */
  size_t count;
} stage_tracks;

/* Traces the thin dark lines of a level; its gray alone is looked at. */
int stage_tracks_find(const stage_level *level, stage_tracks *out);
void stage_tracks_free(stage_tracks *tracks);

/* Where a track begins and ends along its direction, and where it is at a place along it, beyond its ends too. */
double stage_track_start(const stage_track *track);
double stage_track_end(const stage_track *track);
double stage_track_at(const stage_track *track, double along);

/* ---- table.c ------------------------------------------------------------------------------------------------------ */

/* A ruled grid. Its corners are (rows + 1) x (columns + 1) points where its lines cross, row by row, as x y pairs in
 * page pixels: a bent grid's cells are quads between four of them. */
typedef struct stage_table {
  int rows, columns;
  double *corners; /* owned */
  int *cells; /* owned; for each place of the grid, row by row, that of the top left place of the cell it belongs to:
                      itself, but in cells that go over several rows or columns */
} stage_table;

typedef struct stage_tables {
  stage_table *items;
  size_t count;
} stage_tables;

/* Makes tables of lines that cross. ruling[i] becomes 1 for the tracks that are a table's lines. */
int stage_tables_find(const stage_tracks *tracks, stage_tables *out, unsigned char *ruling);
void stage_tables_free(stage_tables *tables);

/* ---- table_places.c ---------------------------------------------------------------------------------------------- */

/* The upright box around a place of the grid, and around a cell, of one place or more: x0, y0, x1, y1. */
void stage_table_place_box(const stage_table *table, int place, double box[4]);
void stage_table_cell_box(const stage_table *table, int cell, double box[4]);

/* The table and the place of its grid (row * columns + column) that a point lies in; 0 where it lies in none. */
int stage_tables_locate(const stage_tables *tables, double x, double y, size_t *table, int *place);

/* ---- rules.c ------------------------------------------------------------------------------------------------------ */

typedef struct stage_rules {
  stage_tracks tracks;
  unsigned char *chosen; /* owned; 1 for the tracks that are rules or lines of tables and boxes; NULL without tracks */
  stage_tables tables;
} stage_rules;

/* Finds ruled lines and tables on a page that is not thresholded yet. */
int stage_rules_find(const stage_pyramid *pyramid, stage_rules *out);
/* Of the chosen lines, those of ruled or squared paper alone stay chosen; there are no tables then. For pages of
 * drawings, where a drawn line is as straight and as long as a rule. */
int stage_rules_keep_paper(stage_rules *rules, const stage_pyramid *pyramid);
/* Paints the chosen lines over on all levels; strokes that cross them stay whole. */
int stage_rules_remove(const stage_rules *rules, stage_pyramid *pyramid);
/* The side of the squares of squared paper, page pixels; 0 where the rules make none. */
double stage_rules_square(const stage_rules *rules);
/* How far the rules are turned clockwise, up to quarter turns: -45..45 degrees. 0 where they do not tell: there are too
 * few for a page whose shorter side is so long, or they run in many directions. */
int stage_rules_angle(const stage_rules *rules, double side, double *degrees);
void stage_rules_free(stage_rules *rules);

/* ---- threshold.c -------------------------------------------------------------------------------------------------- */

/* Fills level->ink, level->binary and level->parts, which are zeroed or those of another page. Where asked, weak ink that
 * joins the parts of one digit is ink. */
int stage_threshold(stage_level *level, int joins_parts);

/* ---- contour.c ---------------------------------------------------------------------------------------------------- */

/* A connected piece of ink, or several joined to one glyph. */
typedef struct stage_glyph {
  int level;               /* index of the pyramid level it was found on */
  int x, y, width, height; /* box in pixels of its level */
  shim_image mask;         /* owned; width x height, 255 where the ink is this glyph's */
  double area;             /* ink pixels of its level */
  double stroke_width;     /* mean, pixels of its level */
  double contrast;         /* mean depth of its ink, gray levels */
  double gray;             /* its mean, of the level's picture */
  double core;             /* share of its ink that is nearly as deep as the deepest: low where edges are soft */
  int holes;
  int sides_touched;   /* how many sides of the picture it touches */
  int longest_contact; /* ink pixels on the side of the picture that it touches most */
} stage_glyph;

typedef struct stage_glyphs {
  stage_glyph *items;
  size_t count, capacity;
} stage_glyphs;

/* On the finest level a digit is at least this high; on the others, the smallest are left to the finer level. */
enum { STAGE_FINE_SIDE_MIN = 9, STAGE_COARSE_SIDE_MIN = 16 };

/* Appends the components of level `index` whose width or height is at least side_min. */
int stage_contour(const stage_pyramid *pyramid, int index, int side_min, stage_glyphs *out);
int stage_glyphs_append(stage_glyphs *list, stage_glyph *glyph); /* takes the mask over, also on failure */
void stage_glyphs_free(stage_glyphs *list);
void stage_glyph_free(stage_glyph *glyph);

/* The box in pixels of the page: x0, y0, x1, y1 (exclusive). */
void stage_glyph_page_box(const stage_glyph *glyph, int box[4]);
/* Where the middle of its box lies in the map's frame. */
void stage_glyph_reading_centre(const stage_glyph *glyph, const stage_map *map, double centre[2]);

/* ---- surround.c --------------------------------------------------------------------------------------------------- */

typedef struct stage_surroundings {
  double lighter;  /* share (0..1) of the ring around the component that is clearly lighter than the ink next to it */
  double lopsided; /* difference between the mean grays left and right of it, as a share of its contrast */
} stage_surroundings;

int stage_surround(const stage_level *level, const stage_glyph *glyph, stage_surroundings *out);

/* ---- segment.c ---------------------------------------------------------------------------------------------------- */

/* Takes the components of all levels, drops what cannot be a glyph (lines, blobs, page edges) and, where several levels
 * show the same ink, keeps the level that shows it whole. The list is edited in place. Ink in the cells of tables
 * (NULL: none) whose size is a digit's there needs no sharp edges. */
int stage_segment(const stage_pyramid *pyramid, const stage_tables *tables, stage_glyphs *glyphs);

/* One glyph made of two of the same level, which stay as they are. */
int stage_glyph_join(const stage_glyph *a, const stage_glyph *b, stage_glyph *out);

/* Whether the glyph has the size and place of a digit in a table's cell; table says which. */
int stage_tables_hold(const stage_tables *tables, const stage_glyph *glyph, size_t *table);
/* Whether it is what the removal of a table's line may have left: small, or thin, and where a line was. */
int stage_tables_left(const stage_tables *tables, const stage_glyph *glyph);

/* Pairs of pieces that may be one broken digit: out gets joined glyphs, and pairs[2i], pairs[2i + 1] name the two
 * pieces of out->items[i]. The network decides which joins stand. pairs is malloc'd. */
int stage_segment_joins(const stage_glyphs *glyphs, stage_glyphs *out, size_t **pairs);

/* ---- split.c ------------------------------------------------------------------------------------------------------ */

enum { STAGE_CUTS_MAX = 40 };

/* Proposed cuts through a component, from left to right. */
typedef struct stage_split {
  uint8_t *slots; /* owned; the glyph's width x height: how many cuts lie left of each pixel */
  int cut_count;
} stage_split;

int stage_split_find(const stage_glyph *glyph, stage_split *out);
/* The ink from slot `first` to slot `last` (exclusive) as a glyph of its own; of width 0 and without a mask where there
 * is none. */
int stage_split_piece(const stage_glyph *glyph, const stage_split *split, int first, int last, stage_glyph *out);
void stage_split_free(stage_split *split);

/* ---- lattice.c ---------------------------------------------------------------------------------------------------- */

/* A piece between two places where its component may be cut; node 0 is the component's left end. */
typedef struct stage_arc {
  int from, to;
  double score;  /* logarithm of a probability */
  double height; /* of its ink, pixels; above 0 */
} stage_arc;

/* arcs are sorted by `from`. path (room for last_node indices of arcs) gets the best way from node 0 to last_node,
 * *score its score; *path_length is 0 where there is none. */
int stage_lattice_find(const stage_arc *arcs, size_t count, int last_node, size_t *path, size_t *path_length,
                       double *score);

/* ---- deskew.c ----------------------------------------------------------------------------------------------------- */

/* Slant of the ink: pixels that it leans to the right per pixel upwards, from second moments; limited to +-1. */
double stage_deskew_slant(const shim_image *ink);
/* Makes *out (owned by the caller): ink sheared upright, widened to hold it. */
int stage_deskew(const shim_image *ink, double slant, shim_image *out);

/* ---- crop.c ------------------------------------------------------------------------------------------------------- */

/* The network's input in MNIST's form: ink 255 on 0, longer side of the ink box 20 pixels, centre of mass in the
 * middle. */
int stage_crop(const stage_pyramid *pyramid, const stage_glyph *glyph, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]);
/* How a glyph lies: turned clockwise by so many degrees, and by 0 to 3 quarter turns more. */
typedef struct stage_turn {
  double degrees;
  int quarters;
} stage_turn;
/* stage_crop of a glyph that lies turned, for each of the turns: count crops after each other. Least work where turns of
 * the same degrees stand together. */
int stage_crop_turned(const stage_pyramid *pyramid, const stage_glyph *glyph, const stage_turn *turns, size_t count,
                      uint8_t *out);

/* ---- single.c ----------------------------------------------------------------------------------------------------- */

/* A picture of one glyph, of any size and either polarity: all its ink but specks, as one glyph. scale and margin map
 * the pyramid's pixels to those of the picture: picture = pyramid / scale - margin. */
typedef struct stage_single {
  stage_pyramid pyramid;
  stage_glyph glyph;
  int found;         /* 0: no ink */
  int width, height; /* of the picture */
  int scale, margin;
} stage_single;

int stage_single_find(const shim_image *gray, stage_single *out);
void stage_single_free(stage_single *single);

/* stage_single_find and stage_crop in one: the picture in MNIST's form. All 0 where there is no ink. */
int stage_single_normalize(const shim_image *gray, uint8_t out[STAGE_CROP_SIDE * STAGE_CROP_SIDE]);

/* ---- shape_crop.c ------------------------------------------------------------------------------------------------- */

/* The shapes network's input, of ink given as a mask (0 paper, anything else ink) of any size, whatever the pen: ink
 * 255 on 0, every stroke two pixels wide, the longer side of the box of its centre line fitted. *filled: 1 where a
 * filled shape's outline was taken. All 0 where there is no ink. */
int stage_shape_crop(const shim_image *mask, uint8_t out[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE], int *filled);
/* The same of a picture of one shape, of any size and either polarity. */
int stage_shape_normalize(const shim_image *gray, uint8_t out[STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE]);

/* ---- angle.c ------------------------------------------------------------------------------------------------------ */

typedef struct stage_box {
  double x, y, width, height; /* page pixels */
} stage_box;

/* How far the lines that boxes stand in are turned clockwise, up to quarter turns: -45..45 degrees; agreement is the
 * share (0..1) of neighbours that stand in this direction, 0.1 where they stand anyhow. */
int stage_text_angle(const stage_box *boxes, size_t count, double *degrees, double *agreement);

/* ---- lines.c ------------------------------------------------------------------------------------------------------ */

typedef struct stage_line_item {
  int line;   /* from 0, top to bottom */
  int number; /* from 0 through the whole page, in reading order */
} stage_line_item;

/* Puts boxes into lines and numbers. square: the side of the paper's squares in page pixels, 0: none. order[] gets the
 * indices of boxes in reading order; items[i] belongs to boxes[i]. skew_degrees (may be NULL): the lines' mean slope,
 * clockwise positive. */
int stage_lines(const stage_box *boxes, size_t count, double square, size_t *order, stage_line_item *items,
                double *skew_degrees);

/* ---- marks.c ------------------------------------------------------------------------------------------------------ */

typedef struct stage_mark {
  char text; /* one of . , - + : / or 0: none */
  double confidence;
  stage_box box; /* page pixels */
} stage_mark;

/* The mark between two digits that follow each other on a line, or with left NULL the sign before a number's first
 * digit. */
int stage_mark_find(const stage_pyramid *pyramid, const stage_glyph *left, const stage_glyph *right, stage_mark *out);
/* Whether the component is two strokes that cross in their middles: a plus, and not two digits that touch. */
int stage_mark_is_crossing(const stage_glyph *glyph);
/* The probability that the glyph before a digit, which the network reads as a 4 or a 7 with that confidence, is a plus. */
double stage_mark_plus_chance(const stage_glyph *glyph, const stage_glyph *digit, double confidence);

#endif
