/* glyphlift: reads handwritten digits off photographs and scans.
 *
 *   glyph_reader *reader;  glyph_page *page;  glyph_error error;
 *   if (glyph_reader_open(&reader, NULL, &error) == GLYPH_OK &&
 *       glyph_read_file(reader, "page.jpg", &page, &error) == GLYPH_OK)
 *     for (size_t i = 0; i < page->line_count; i++) puts(page->lines[i].text);
 *
 * Every function returns GLYPH_OK (0) or a negative glyph_status and then fills `error` (which may be NULL) with one
 * sentence a person can act on. The library never prints and never exits. */
#ifndef GLYPHLIFT_GLYPHLIFT_H
#define GLYPHLIFT_GLYPHLIFT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GLYPH_API __attribute__((visibility("default")))
#else
#define GLYPH_API
#endif

#define GLYPH_VERSION "0.1.0"

typedef enum glyph_status {
  GLYPH_OK = 0,
  GLYPH_ERR_ARGUMENT = -1,  /* the caller's values are out of range */
  GLYPH_ERR_MEMORY = -2,    /* allocation failed */
  GLYPH_ERR_IO = -3,        /* a file cannot be opened, read or written */
  GLYPH_ERR_FORMAT = -4,    /* not a picture, damaged, or of a kind that cannot be read */
  GLYPH_ERR_LIMIT = -5,     /* the picture is over the pixel cap */
  GLYPH_ERR_MODEL = -6,     /* the model file cannot be used */
  GLYPH_ERR_CANCELLED = -7, /* the progress callback asked to stop */
  GLYPH_ERR_MODULE = -8,    /* an optional module (codecs, tiff, pdf, heif, video, window) is not installed */
  GLYPH_ERR_INTERNAL = -9   /* a fault of this library or of one beneath it */
} glyph_status;

typedef struct glyph_error {
  glyph_status status;
  char message[512]; /* UTF-8, one sentence, no newline; names the file where there is one */
} glyph_error;

/* Short lower-case name of a status, as JSON's error.code has it: "io", "format", "limit" ... Static. */
GLYPH_API const char *glyph_status_name(glyph_status status);
/* Why a system call failed, as the sentences of errors say it, e.g. "permission denied"; errno's numbers, the same in
 * every locale. Static. */
GLYPH_API const char *glyph_errno_text(int number);

/* GLYPH_VERSION of the library that is running. Static. */
GLYPH_API const char *glyph_version(void);

/* ---- results: flat, read-only, valid until glyph_page_close ------------------------------------------------------ */

/* Pixels at full resolution, origin top left, in the upright picture (after EXIF orientation). */
typedef struct glyph_box {
  int x, y, width, height;
} glyph_box;

#define GLYPH_ALTERNATIVES_MAX 4

typedef struct glyph_alternative {
  char text[8];      /* UTF-8, usually one digit */
  double confidence; /* probability */
} glyph_alternative;

typedef struct glyph_glyph {
  char text[8];
  double confidence; /* calibrated probability that `text` is right */
  glyph_box box;
  glyph_alternative alternatives[GLYPH_ALTERNATIVES_MAX]; /* most probable first; `text` itself is not among them */
  size_t alternative_count;
  /* Why it was rejected; static, NULL where it was not: "shape" (the network knows no such digit), "width", "container"
   * (lies around digits), "company" (its size or contrast is not that of the page's digits), "context" (what stands
   * near it makes a letter or a mark likelier), "cell" (another one stands in its cell of a table of single digits),
   * "dust", "scrap" (of a table's line), "drawing" (part of a drawn shape), "unexpected" (left out for the sake of
   * expect). */
  const char *reason;
  /* Its box as it was read, where the page lies tilted: corners clockwise from its own top left. All 0 where it does
   * not. */
  double quad[4][2];
} glyph_glyph;

typedef struct glyph_number {
  const char *text; /* its glyphs in reading order; '?' for one below min_confidence */
  double confidence;
  glyph_box box;
  double quad[4][2];               /* corners clockwise from the number's own top left, as it is read */
  size_t first_glyph, glyph_count; /* into page->glyphs */
  int unexpected;                  /* not 0: no likely reading of it fits expect or expect_digits */
} glyph_number;

typedef struct glyph_line {
  const char *text; /* its numbers, one blank between */
  glyph_box box;
  size_t first_number, number_count; /* into page->numbers */
} glyph_line;

/* A cell with something in it; empty ones are left out. */
typedef struct glyph_cell {
  int row, column;           /* from 0; of its top left corner where it goes over several */
  int row_span, column_span; /* 1 but in cells that do */
  const char *text;          /* its numbers, one blank between */
  double confidence;
  glyph_box box;                     /* of the cell itself */
  size_t first_number, number_count; /* into page->numbers */
} glyph_cell;

typedef struct glyph_table {
  double quad[4][2]; /* clockwise from its own top left, as it is read */
  int rows, columns;
  /* Where its lines cross, row by row: (rows + 1) x (columns + 1) points, since a table may be bent. */
  const double (*corners)[2];
  size_t lines_above;            /* how many of the page's lines are read before it */
  size_t first_cell, cell_count; /* into page->cells, row by row */
} glyph_table;

typedef struct glyph_shape_alternative {
  const char *kind;
  double confidence;
} glyph_shape_alternative;

/* A drawn shape, as it was meant: circle, ellipse, square, rectangle, triangle, diamond, parallelogram, trapezoid,
 * pentagon, hexagon, star, heart, cross, arrow, line or other. */
typedef struct glyph_shape {
  const char *kind;                                             /* static */
  double confidence;                                            /* probability of the kind */
  glyph_shape_alternative alternatives[GLYPH_ALTERNATIVES_MAX]; /* most probable first */
  size_t alternative_count;
  glyph_box box;
  /* Circles and ellipses: centre, radii (the longer first) and the longer one's angle, degrees clockwise from x. Radii
   * 0: the shape is a polygon. */
  double centre[2], radii[2], angle_degrees;
  const double (*polygon)[2]; /* corners, clockwise; of a line and an arrow drawn as one its two ends, tail first */
  size_t polygon_count;
  int filled;
  glyph_box text_box;            /* of the ink inside that is no shape; width 0: there is none */
  size_t first_line, line_count; /* the digits inside, into page->lines */
} glyph_shape;

typedef enum glyph_arrow { GLYPH_ARROW_NONE, GLYPH_ARROW_END, GLYPH_ARROW_BOTH } glyph_arrow;

/* A line or arrow from one shape to another. One arrow head stands at the end. */
typedef struct glyph_connector {
  size_t from, to; /* into page->shapes */
  glyph_arrow arrow;
  const double (*path)[2]; /* two points or more, the first and the last on the shapes' outlines */
  size_t path_count;
} glyph_connector;

typedef struct glyph_timing {
  const char *stage; /* "decode", "threshold", ... "total" last */
  double milliseconds;
} glyph_timing;

/* Gray (channels 1) or RGB (channels 3), 8 bits a sample; row y starts at data + y * stride. */
typedef struct glyph_pixels {
  const uint8_t *data;
  int width, height, channels;
  ptrdiff_t stride; /* bytes */
} glyph_pixels;

typedef struct glyph_page {
  int number; /* page within its file, from 1 */
  int width, height;
  int rotation; /* quarter turns undone to read the page: it lies turned so many degrees clockwise, 0, 90, 180 or 270 */
  double rotation_confidence; /* probability of the quarter turn, as the digits tell it */
  /* The digits do not tell (0, 1, 6, 8 and 9 alone, or none), or most glyphs read as none: the page was read as it lies,
   * unless it gave plainly more digits when turned. */
  int rotation_unsure;
  double skew_degrees; /* the lines' slope beyond that, clockwise */
  const glyph_line *lines;
  size_t line_count;
  const glyph_number *numbers; /* those of the lines, then those in the tables */
  size_t number_count;
  const glyph_glyph *glyphs; /* in reading order */
  size_t glyph_count;
  const glyph_glyph *rejected; /* only with keep_rejected; text is the best digit, confidence that of being one */
  size_t rejected_count;
  const glyph_table *tables; /* what stands in them is in no line */
  size_t table_count;
  const glyph_cell *cells;
  size_t cell_count;
  const glyph_shape *shapes; /* only where asked for, in reading order; lines holds what stands in them then */
  size_t shape_count;
  const glyph_connector *connectors;
  size_t connector_count;
  const glyph_timing *timings;
  size_t timing_count;
  glyph_pixels picture; /* the upright picture in RGB, only with keep_picture; data is NULL otherwise */
  int64_t frame;        /* of a video, from 1; 0: it is none of a video */
  double time_ms;       /* of the frame since the video's start */
} glyph_page;

/* ---- reader ------------------------------------------------------------------------------------------------------ */

typedef struct glyph_reader glyph_reader;

typedef struct glyph_options {
  size_t size;            /* sizeof(glyph_options), set by glyph_options_init */
  int64_t max_pixels;     /* larger pictures are refused before they are decoded; default 200 million */
  double min_confidence;  /* glyphs below it read '?'; default 0 */
  int ignore_orientation; /* leave the EXIF orientation alone */
  glyph_box region;       /* read this part alone, which lies wholly in the picture; width and height 0: all */
  int keep_rejected;      /* list in page->rejected what was found and judged not to be a digit */
  int keep_picture;       /* keep the upright RGB picture in page->picture, for overlays */
  int tidy;               /* shapes: what is nearly a circle, square, level or aligned becomes so */
  int video;              /* the pictures are frames of one video: how one lies is taken over from the one before */
  /* What is known of the numbers: the most probable reading that fits is taken, and a number without one is flagged. */
  const char *expect;            /* POSIX extended regular expression for the whole of each number; NULL: anything */
  int expect_digits;             /* how many digits each number has; 0: any */
  const char *model_path;        /* NULL: the built-in digits model */
  const char *shapes_model_path; /* NULL: the built-in shapes model */
  const char *dump_directory;    /* not NULL: each stage writes its picture there as PNG; made if missing */
  /* Called between stages with the share done (0..1); a result other than 0 stops with GLYPH_ERR_CANCELLED. */
  int (*progress)(void *user, double done);
  void *user;
} glyph_options;

GLYPH_API void glyph_options_init(glyph_options *options);

/* options may be NULL (defaults); its strings are copied. A reader belongs to one thread at a time. */
GLYPH_API int glyph_reader_open(glyph_reader **out, const glyph_options *options, glyph_error *error);
/* Accepts NULL and a pointer to NULL; sets *reader to NULL. */
GLYPH_API void glyph_reader_close(glyph_reader **reader);
/* Checksum of the digits model it reads with: results of different models can be told apart by it. */
GLYPH_API uint32_t glyph_reader_model_checksum(const glyph_reader *reader);
/* The same of the shapes model, which is opened where no shapes were read yet. */
GLYPH_API int glyph_reader_shapes_checksum(glyph_reader *reader, uint32_t *out, glyph_error *error);

/* Each makes a page that the caller frees with glyph_page_close; on failure *out is NULL. `path` "-" is standard
 * input. `name` stands in error sentences and dump names, and may be NULL. */
GLYPH_API int glyph_read_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error);
GLYPH_API int glyph_read_memory(glyph_reader *reader, const void *data, size_t size, const char *name, glyph_page **out,
                                glyph_error *error);
GLYPH_API int glyph_read_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name, glyph_page **out,
                                glyph_error *error);

/* The same for a picture of one glyph, any size, either polarity: the page has no lines, and exactly one glyph
 * (its box is the ink found), or none where there is no ink. */
GLYPH_API int glyph_classify_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error);
GLYPH_API int glyph_classify_memory(glyph_reader *reader, const void *data, size_t size, const char *name,
                                    glyph_page **out, glyph_error *error);
GLYPH_API int glyph_classify_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name,
                                    glyph_page **out, glyph_error *error);

/* The shapes of a page, the connectors between them, and the digits that stand in them. */
GLYPH_API int glyph_read_shapes_file(glyph_reader *reader, const char *path, glyph_page **out, glyph_error *error);
GLYPH_API int glyph_read_shapes_memory(glyph_reader *reader, const void *data, size_t size, const char *name,
                                       glyph_page **out, glyph_error *error);
GLYPH_API int glyph_read_shapes_pixels(glyph_reader *reader, const glyph_pixels *pixels, const char *name,
                                       glyph_page **out, glyph_error *error);

/* ---- documents: files of several pages --------------------------------------------------------------------------- */

/* A PDF or TIFF may have many pages, every other picture has one. The functions above read the first. A document may be
 * read by several threads at once, each with its reader; it holds the file's bytes, and no page. */
typedef struct glyph_document glyph_document;

/* `path` "-" is standard input. A file that only ever holds one picture is not looked into: reading its page 1 tells
 * whether it is one. */
GLYPH_API int glyph_document_open(glyph_document **out, const char *path, glyph_error *error);
/* The bytes stay the caller's and must outlive the document; name (which may be NULL) is copied. */
GLYPH_API int glyph_document_open_memory(glyph_document **out, const void *data, size_t size, const char *name,
                                         glyph_error *error);
/* Accepts NULL and a pointer to NULL; sets *document to NULL. */
GLYPH_API void glyph_document_close(glyph_document **document);
/* At least 1. A damaged page counts, and fails when it is read. */
GLYPH_API int glyph_document_page_count(const glyph_document *document);

/* Page `number`, from 1, as glyph_read_file and glyph_classify_file make it; page->number is `number`. */
GLYPH_API int glyph_read_document_page(glyph_reader *reader, glyph_document *document, int number, glyph_page **out,
                                       glyph_error *error);
GLYPH_API int glyph_classify_document_page(glyph_reader *reader, glyph_document *document, int number, glyph_page **out,
                                           glyph_error *error);
GLYPH_API int glyph_read_shapes_document_page(glyph_reader *reader, glyph_document *document, int number,
                                              glyph_page **out, glyph_error *error);

GLYPH_API void glyph_page_close(glyph_page **page);

#ifdef __cplusplus
}
#endif
#endif
